// Evaluates bound expressions.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "query/ast/printer.h"
#include "query/functions/arithmetic.h"
#include "query/functions/datum_order.h"
#include "query/functions/expression.h"
#include "query/functions/fields.h"
#include "query/functions/first_operand.h"
#include "query/functions/integer_expression.h"
#include "query/functions/name_score.h"
#include "query/functions/regex_match.h"
#include "query/functions/registry.h"
#include "query/functions/runtime_error.h"
#include "query/functions/text_search.h"

namespace sightline::query {
namespace {

using ast::BinaryOperator;
using ast::QuantifierKind;
using ast::UnaryOperator;
using storage::TermId;
using storage::Value;

Datum OfTruth(std::optional<bool> truth) { return truth ? Datum::OfBoolean(*truth) : Datum(); }

StatusOr<std::optional<bool>> TruthOf(const Datum& datum, std::string_view what) {
  if (datum.is_null()) return std::optional<bool>();
  const Value* value = datum.value();
  const bool* boolean = value != nullptr ? value->get_if<bool>() : nullptr;
  if (boolean == nullptr) {
    return RuntimeError("SL3010", fmt::format("{} is {}, not BOOLEAN", what, DatumTypeName(datum)));
  }
  return std::optional<bool>(*boolean);
}

const std::string* TextOf(const Datum& datum) {
  const Value* value = datum.value();
  const auto* text = value != nullptr ? value->get_if<storage::Text>() : nullptr;
  return text != nullptr ? &text->text : nullptr;
}

// Amounts of the same type whose units keep them from being compared.
bool DifferInUnit(const Datum& a, const Datum& b) {
  const Value *x = a.value(), *y = b.value();
  if (x == nullptr || y == nullptr) return false;
  if (const auto* money = x->get_if<storage::Money>()) {
    const auto* other = y->get_if<storage::Money>();
    return other != nullptr && money->currency != other->currency;
  }
  if (const auto* quantity = x->get_if<storage::Quantity>()) {
    const auto* other = y->get_if<storage::Quantity>();
    return other != nullptr && quantity->unit != other->unit;
  }
  return false;
}

// What CYPHER divides in its own way: two INTEGERs have a truncated quotient, and 0.0 / 0.0 is NaN,
// which is nowhere else.
std::optional<Datum> CypherQuotient(const Datum& a, const Datum& b) {
  const Value *x = a.value(), *y = b.value();
  if (x == nullptr || y == nullptr || x->comparator() != storage::Comparator::kExactly ||
      y->comparator() != storage::Comparator::kExactly) {
    return std::nullopt;
  }
  const auto *left = x->get_if<int64_t>(), *right = y->get_if<int64_t>();
  if (left != nullptr && right != nullptr) {
    if (*right == 0 || (*left == INT64_MIN && *right == -1)) return std::nullopt;
    return Datum::OfInteger(*left / *right);
  }
  const auto is_zero = [](const Value& value) {
    const auto* number = value.get_if<double>();
    const auto* integer = value.get_if<int64_t>();
    return (number != nullptr && *number == 0) || (integer != nullptr && *integer == 0);
  };
  if (!is_zero(*x) || !is_zero(*y)) return std::nullopt;
  return Datum(Value(std::numeric_limits<double>::quiet_NaN()));
}

// Counts what an expression holds while it evaluates others, until it is done.
class HeldBytes {
 public:
  explicit HeldBytes(EvaluationContext* context) : context_(context) {}
  ~HeldBytes() { context_->held_bytes -= bytes_; }
  HeldBytes(const HeldBytes&) = delete;
  HeldBytes& operator=(const HeldBytes&) = delete;

  // SL5005 when it is too much. The value is that of the expression.
  Status Add(const BoundExpression& expression, const Datum& value) {
    return AddBytes(MakesValue(expression) ? value.heap_bytes() : 0);
  }
  Status AddItem(const BoundExpression& expression, const Datum& value) {
    return AddBytes(sizeof(Datum) + (MakesValue(expression) ? value.heap_bytes() : 0));
  }
  Status AddBytes(uint64_t bytes) {
    bytes_ += bytes;
    context_->held_bytes += bytes;
    if (context_->held_bytes <= kHeldBytesMax) return OkStatus();
    return RuntimeError(
        "SL5005", fmt::format("this expression holds more than {} bytes at a time", kHeldBytesMax),
        {"use shorter lists, or UNWIND them and aggregate"});
  }

 private:
  EvaluationContext* const context_;
  uint64_t bytes_ = 0;
};

// One row's evaluation. Errors and notices get the place of the innermost expression that they
// arise in.
class RowEvaluator {
 public:
  RowEvaluator(const Batch& batch, size_t row, EvaluationContext* context)
      : batch_(batch), row_(row), context_(context) {}

  StatusOr<Datum> Evaluate(const BoundExpression& expression) {
    if (const auto* binary = std::get_if<BoundBinary>(&expression.node)) {
      if (std::optional<Datum> value = EvaluateIntegers(*binary, batch_, row_)) {
        SL_RETURN_IF_ERROR(context_->Work(2));
        return *std::move(value);
      }
    }
    // Down along the first operands to where the chain begins, and back up: no recursion.
    const BoundExpression* node = &expression;
    std::vector<const BoundExpression*> chain;
    while (const BoundExpression* first = FirstOperand(*node)) {
      chain.push_back(node);
      node = first;
    }
    SL_ASSIGN_OR_RETURN(Datum value, Placed(*node, [&] { return Leaf(*node); }));
    while (!chain.empty()) {
      const BoundExpression& parent = *chain.back();
      chain.pop_back();
      StatusOr<Datum> applied = Placed(parent, [&]() -> StatusOr<Datum> {
        HeldBytes held(context_);
        SL_RETURN_IF_ERROR(held.Add(*node, value));
        return Apply(parent, std::move(value));
      });
      if (!applied.ok()) return applied;
      value = *std::move(applied);
      node = &parent;
    }
    return value;
  }

 private:
  template <typename Function>
  StatusOr<Datum> Placed(const BoundExpression& expression, const Function& function) {
    const size_t notice_count = context_->notices.size();
    StatusOr<Datum> value = function();
    if (context_->notices.size() != notice_count) {
      PlaceNotices(context_, notice_count, expression.span);
    }
    if (!value.ok()) return PlaceError(value.status(), expression.span);
    return value;
  }

  // The value as it is, unless it is larger than values may be. Lists that are made from one of
  // `given` items, which came in as a parameter, may be as long.
  StatusOr<Datum> Made(Datum value, uint64_t given = 0) {
    if (value.expanded() > std::max(kExpandedItemsMax, given)) return TooLarge("this value");
    if (value.depth() > kDatumDepthMax) return TooLarge("this value");
    SL_RETURN_IF_ERROR(WorkOn(value));
    return value;
  }
  // Whatever makes, reads or compares a value takes time by its size.
  Status WorkOn(const Datum& value) { return context_->Work(1 + value.heap_bytes() / 64); }

  // --- What has no first operand -----------------------------------------------------------------

  StatusOr<Datum> Leaf(const BoundExpression& expression) {
    return std::visit([this](const auto& node) { return On(node); }, expression.node);
  }

  StatusOr<Datum> On(const BoundConstant& node) { return node.value; }
  StatusOr<Datum> On(const BoundParameter& node) {
    if (context_->parameters == nullptr) return Internal("A late parameter before its value");
    return context_->parameters->values[node.index];
  }
  StatusOr<Datum> On(const BoundSlot& node) {
    return CellOf(batch_.columns[node.column], row_, *context_);
  }
  StatusOr<Datum> On(const BoundLocal& node) { return context_->locals[node.local]; }
  StatusOr<Datum> On(const BoundList& node) {
    DatumList list;
    list.reserve(node.items.size());
    HeldBytes held(context_);
    for (const BoundExpressionPtr& item : node.items) {
      SL_ASSIGN_OR_RETURN(Datum value, Evaluate(*item));
      SL_RETURN_IF_ERROR(held.AddItem(*item, value));
      list.push_back(std::move(value));
    }
    return Made(Datum(std::move(list)));
  }
  StatusOr<Datum> On(const BoundMap& node) {
    DatumMap map;
    map.reserve(node.entries.size());
    std::unordered_map<std::string_view, size_t> entry_of;
    HeldBytes held(context_);
    for (const auto& [key, expression] : node.entries) {
      SL_ASSIGN_OR_RETURN(Datum value, Evaluate(*expression));
      SL_RETURN_IF_ERROR(held.AddItem(*expression, value));
      // Keys are unique; the last one written counts.
      const auto [entry, is_new] = entry_of.emplace(key, map.size());
      if (is_new) {
        map.emplace_back(key, std::move(value));
      } else {
        map[entry->second].second = std::move(value);
      }
    }
    return Made(Datum(std::move(map)));
  }
  StatusOr<Datum> On(const BoundCall& node) {
    std::vector<Datum> arguments;
    arguments.reserve(node.arguments.size());
    HeldBytes held(context_);
    uint64_t given = 0;
    for (const BoundExpressionPtr& argument : node.arguments) {
      SL_ASSIGN_OR_RETURN(Datum value, Evaluate(*argument));
      SL_RETURN_IF_ERROR(held.Add(*argument, value));
      SL_RETURN_IF_ERROR(WorkOn(value));
      given = std::max(given, value.expanded());
      arguments.push_back(std::move(value));
    }
    if (node.function->null_in_null_out &&
        std::any_of(arguments.begin(), arguments.end(),
                    [](const Datum& argument) { return argument.is_null(); })) {
      return Datum();
    }
    SL_ASSIGN_OR_RETURN(Datum result, node.function->evaluate(arguments, context_));
    return Made(std::move(result), given);
  }
  StatusOr<Datum> On(const BoundCase& node) {
    Datum subject;
    HeldBytes held(context_);
    if (node.subject != nullptr) {
      SL_ASSIGN_OR_RETURN(subject, Evaluate(*node.subject));
      SL_RETURN_IF_ERROR(held.Add(*node.subject, subject));
    }
    for (const auto& [when, then] : node.branches) {
      SL_ASSIGN_OR_RETURN(const Datum condition, Evaluate(*when));
      std::optional<bool> holds;
      if (node.subject != nullptr) {
        SL_RETURN_IF_ERROR(WorkOn(subject));
        SL_RETURN_IF_ERROR(WorkOn(condition));
        holds = Equal(subject, condition);
        if (!holds && DifferInUnit(subject, condition)) NoticeDifferentUnits(context_);
      } else {
        SL_ASSIGN_OR_RETURN(holds, TruthOf(condition, "this condition of CASE"));
      }
      if (holds.value_or(false)) return Evaluate(*then);
    }
    return node.otherwise != nullptr ? Evaluate(*node.otherwise) : StatusOr<Datum>(Datum());
  }
  StatusOr<Datum> On(const BoundQuantified& node) {
    SL_ASSIGN_OR_RETURN(const Datum datum, Evaluate(*node.list));
    if (datum.is_null()) return Datum();
    const DatumList* list = datum.list();
    if (list == nullptr) return TypeMismatch("a quantifier", "a LIST", datum);
    HeldBytes held(context_);
    SL_RETURN_IF_ERROR(held.Add(*node.list, datum));
    size_t true_count = 0, false_count = 0, unknown_count = 0;
    for (const Datum& item : *list) {
      SL_RETURN_IF_ERROR(context_->Work(1));
      context_->SetLocal(node.local, item);
      SL_ASSIGN_OR_RETURN(const Datum condition, Evaluate(*node.where));
      SL_ASSIGN_OR_RETURN(const std::optional<bool> truth,
                          TruthOf(condition, "this condition of a quantifier"));
      ++(!truth ? unknown_count : *truth ? true_count : false_count);
      // The outcome is settled whatever the other items are.
      if (node.kind == QuantifierKind::kAll && false_count > 0) return Datum::OfBoolean(false);
      if (node.kind == QuantifierKind::kAny && true_count > 0) return Datum::OfBoolean(true);
      if (node.kind == QuantifierKind::kNone && true_count > 0) return Datum::OfBoolean(false);
      if (node.kind == QuantifierKind::kSingle && true_count > 1) return Datum::OfBoolean(false);
    }
    if (unknown_count > 0) return Datum();
    return Datum::OfBoolean(node.kind == QuantifierKind::kAll ||
                            node.kind == QuantifierKind::kNone ||
                            (node.kind == QuantifierKind::kSingle && true_count == 1));
  }
  StatusOr<Datum> On(const BoundComprehension& node) {
    SL_ASSIGN_OR_RETURN(const Datum datum, Evaluate(*node.list));
    if (datum.is_null()) return Datum();
    const DatumList* list = datum.list();
    if (list == nullptr) return TypeMismatch("a list comprehension", "a LIST", datum);
    HeldBytes held(context_);
    SL_RETURN_IF_ERROR(held.Add(*node.list, datum));
    const uint64_t most = std::max(kExpandedItemsMax, datum.expanded());
    uint64_t expanded = 0;
    DatumList result;
    for (const Datum& item : *list) {
      SL_RETURN_IF_ERROR(context_->Work(1));
      context_->SetLocal(node.local, item);
      if (node.where != nullptr) {
        SL_ASSIGN_OR_RETURN(const Datum condition, Evaluate(*node.where));
        SL_ASSIGN_OR_RETURN(const std::optional<bool> truth,
                            TruthOf(condition, "this condition of a list comprehension"));
        if (!truth.value_or(false)) continue;
      }
      if (node.projection == nullptr) {
        SL_RETURN_IF_ERROR(held.AddBytes(sizeof(Datum)));
        result.push_back(item);
        continue;
      }
      SL_ASSIGN_OR_RETURN(Datum value, Evaluate(*node.projection));
      SL_RETURN_IF_ERROR(held.AddItem(*node.projection, value));
      expanded += 1 + value.expanded();
      if (expanded > most) return TooLarge("this LIST");
      result.push_back(std::move(value));
    }
    return Made(Datum(std::move(result)), most);
  }
  StatusOr<Datum> On(const BoundSubquery& node) {
    for (const auto& [local, captured] : node.captures) {
      SL_ASSIGN_OR_RETURN(const Datum value, Evaluate(*captured));
      context_->SetLocal(local, value);
    }
    if (context_->subqueries == nullptr) return Internal("a subquery that nobody can run");
    SL_ASSIGN_OR_RETURN(Datum value, context_->subqueries->Run(node.index));
    return Made(std::move(value));
  }
  // An operator whose first operand the binder left out.
  template <typename Node>
  StatusOr<Datum> On(const Node&) {
    return Internal("an operator without its first operand");
  }

  // --- Operators, given their first operand ------------------------------------------------------

  StatusOr<Datum> Apply(const BoundExpression& expression, Datum first) {
    if (const auto* binary = std::get_if<BoundBinary>(&expression.node)) {
      return Binary(*binary, std::move(first));
    }
    if (const auto* unary = std::get_if<BoundUnary>(&expression.node)) {
      return Unary(unary->op, first);
    }
    if (const auto* property = std::get_if<BoundProperty>(&expression.node)) {
      return ReadMember(first, property->access, context_);
    }
    if (const auto* index = std::get_if<BoundIndex>(&expression.node)) return Index(*index, first);
    if (const auto* slice = std::get_if<BoundSlice>(&expression.node)) return Slice(*slice, first);
    if (const auto* check = std::get_if<BoundClassCheck>(&expression.node)) {
      if (first.is_null()) return Datum();
      if (const FactDatum* fact = first.fact()) {
        // The binder put the predicates in the place of kinds.
        return Datum::OfBoolean(std::binary_search(check->test.kinds.begin(),
                                                   check->test.kinds.end(), fact->fact.predicate));
      }
      const TermId node = first.node();
      if (node.is_none()) return TypeMismatch("a class test", "ENTITY", first);
      SL_ASSIGN_OR_RETURN(const bool is_a, IsA(node, check->test, context_));
      return Datum::OfBoolean(is_a);
    }
    return Named(std::get<BoundNamedCheck>(expression.node), first);
  }

  StatusOr<Datum> Unary(UnaryOperator op, const Datum& operand) {
    switch (op) {
      case UnaryOperator::kIsNull:
        return Datum::OfBoolean(operand.is_null());
      case UnaryOperator::kIsNotNull:
        return Datum::OfBoolean(!operand.is_null());
      case UnaryOperator::kNot: {
        SL_ASSIGN_OR_RETURN(std::optional<bool> truth, TruthOf(operand, "what NOT stands before"));
        if (truth) truth = !*truth;
        return OfTruth(truth);
      }
      case UnaryOperator::kMinus:
        return Negate(operand);
      case UnaryOperator::kPlus:
        if (!operand.is_null() && (operand.value() == nullptr || !IsMeasurable(*operand.value()))) {
          return TypeMismatch("the sign '+'", "numbers and amounts", operand);
        }
        return operand;
    }
    return Internal("no such unary operator");
  }

  StatusOr<Datum> Binary(const BoundBinary& node, Datum left) {
    switch (node.op) {
      case BinaryOperator::kAnd:
      case BinaryOperator::kOr:
      case BinaryOperator::kXor:
        return Logical(node, left);
      default:
        break;
    }
    SL_ASSIGN_OR_RETURN(const Datum right, Evaluate(*node.right));
    SL_RETURN_IF_ERROR(WorkOn(left));
    SL_RETURN_IF_ERROR(WorkOn(right));
    switch (node.op) {
      case BinaryOperator::kEqual:
      case BinaryOperator::kNotEqual: {
        std::optional<bool> equal = Equal(left, right);
        if (!equal && DifferInUnit(left, right)) NoticeDifferentUnits(context_);
        if (equal && node.op == BinaryOperator::kNotEqual) equal = !*equal;
        return OfTruth(equal);
      }
      case BinaryOperator::kLess:
        return Ordered(left, Order::kLess, right);
      case BinaryOperator::kLessEqual:
        return Ordered(left, Order::kLessOrEqual, right);
      case BinaryOperator::kGreater:
        return Ordered(left, Order::kGreater, right);
      case BinaryOperator::kGreaterEqual:
        return Ordered(left, Order::kGreaterOrEqual, right);
      case BinaryOperator::kIn:
      case BinaryOperator::kNotIn:
        return In(left, right, node.op == BinaryOperator::kNotIn);
      case BinaryOperator::kStartsWith:
      case BinaryOperator::kEndsWith:
      case BinaryOperator::kContains:
      case BinaryOperator::kRegexMatch:
        return TextTest(node.op, left, right);
      case BinaryOperator::kDivide:
        if (context_->cypher) {
          if (std::optional<Datum> quotient = CypherQuotient(left, right)) return *quotient;
        }
        [[fallthrough]];
      default: {
        SL_ASSIGN_OR_RETURN(Datum result, Arithmetic(node.op, left, right, context_));
        return Made(std::move(result));
      }
    }
  }

  // Kleene's logic: false AND unknown is false, true OR unknown is true.
  StatusOr<Datum> Logical(const BoundBinary& node, const Datum& left_datum) {
    const std::string what = fmt::format("an operand of {}", OperatorSymbol(node.op));
    SL_ASSIGN_OR_RETURN(const std::optional<bool> left, TruthOf(left_datum, what));
    if (node.op == BinaryOperator::kAnd && left == false) return Datum::OfBoolean(false);
    if (node.op == BinaryOperator::kOr && left == true) return Datum::OfBoolean(true);
    SL_ASSIGN_OR_RETURN(const Datum right_datum, Evaluate(*node.right));
    SL_ASSIGN_OR_RETURN(const std::optional<bool> right, TruthOf(right_datum, what));
    if (node.op == BinaryOperator::kAnd) {
      if (right == false) return Datum::OfBoolean(false);
      return left && right ? Datum::OfBoolean(true) : Datum();
    }
    if (node.op == BinaryOperator::kOr) {
      if (right == true) return Datum::OfBoolean(true);
      return left && right ? Datum::OfBoolean(false) : Datum();
    }
    return left && right ? Datum::OfBoolean(*left != *right) : Datum();
  }

  StatusOr<Datum> Ordered(const Datum& left, Order order, const Datum& right) {
    const std::optional<bool> truth = Compare(left, order, right);
    if (!truth && DifferInUnit(left, right)) NoticeDifferentUnits(context_);
    return OfTruth(truth);
  }

  StatusOr<Datum> In(const Datum& item, const Datum& datum, bool negated) {
    if (datum.is_null()) return Datum();
    const DatumList* list = datum.list();
    if (list == nullptr) return TypeMismatch("IN", "a LIST", datum);
    bool unknown = false;
    for (const Datum& candidate : *list) {
      SL_RETURN_IF_ERROR(WorkOn(candidate));
      const std::optional<bool> equal = Equal(item, candidate);
      if (equal == true) return Datum::OfBoolean(!negated);
      if (!equal) unknown = true;
      if (!equal && DifferInUnit(item, candidate)) NoticeDifferentUnits(context_);
    }
    return unknown ? Datum() : Datum::OfBoolean(negated);
  }

  StatusOr<Datum> TextTest(BinaryOperator op, const Datum& left, const Datum& right) {
    const std::string *text = TextOf(left), *part = TextOf(right);
    if (text == nullptr || part == nullptr) return Datum();
    switch (op) {
      case BinaryOperator::kStartsWith:
        return Datum::OfBoolean(text->starts_with(*part));
      case BinaryOperator::kEndsWith:
        return Datum::OfBoolean(text->ends_with(*part));
      case BinaryOperator::kContains:
        return Datum::OfBoolean(FindText(*text, *part) != std::string_view::npos);
      default: {
        SL_ASSIGN_OR_RETURN(const bool matches, MatchesPattern(*text, *part));
        return Datum::OfBoolean(matches);
      }
    }
  }

  StatusOr<Datum> Index(const BoundIndex& node, const Datum& object) {
    SL_ASSIGN_OR_RETURN(const Datum index, Evaluate(*node.index));
    if (const DatumList* list = object.list()) {
      if (index.is_null()) return Datum();
      SL_ASSIGN_OR_RETURN(int64_t position, IntegerOf(index, "the index of a LIST"));
      const auto size = static_cast<int64_t>(list->size());
      if (position < 0) position += size;  // From the end.
      if (position < 0 || position >= size) return Datum();
      return (*list)[static_cast<size_t>(position)];
    }
    if (object.is_null() || index.is_null()) return Datum();
    const std::string* key = TextOf(index);
    if (object.map() == nullptr && object.node().is_none() && object.fact() == nullptr) {
      return TypeMismatch("[ ]", "LIST, MAP, ENTITY, STATEMENT and FACT", object);
    }
    if (key == nullptr) return TypeMismatch("[ ]", "a STRING as key", index);
    return ReadMember(object, AccessByName(*key, context_->view->catalog()), context_);
  }

  StatusOr<int64_t> IntegerOf(const Datum& datum, std::string_view what) {
    const Value* value = datum.value();
    const int64_t* integer = value != nullptr ? value->get_if<int64_t>() : nullptr;
    if (integer == nullptr) {
      return RuntimeError("SL3011",
                          fmt::format("{} is {}, not INTEGER", what, DatumTypeName(datum)));
    }
    return *integer;
  }

  StatusOr<Datum> Slice(const BoundSlice& node, const Datum& object) {
    if (object.is_null()) return Datum();
    const DatumList* list = object.list();
    if (list == nullptr) return TypeMismatch("[ .. ]", "a LIST", object);
    const auto size = static_cast<int64_t>(list->size());
    int64_t bounds[2] = {0, size};
    const BoundExpressionPtr* parts[2] = {&node.from, &node.to};
    bool unknown = false;
    for (int i = 0; i < 2; ++i) {
      if (*parts[i] == nullptr) continue;
      SL_ASSIGN_OR_RETURN(const Datum bound, Evaluate(**parts[i]));
      if (bound.is_null()) {
        unknown = true;
        continue;
      }
      SL_ASSIGN_OR_RETURN(bounds[i], IntegerOf(bound, "a bound of a slice"));
      if (bounds[i] < 0) bounds[i] = std::max<int64_t>(bounds[i] + size, 0);
      bounds[i] = std::min(bounds[i], size);
    }
    if (unknown) return Datum();
    if (bounds[0] >= bounds[1]) return Datum(DatumList{});
    return Made(Datum(DatumList(list->begin() + bounds[0], list->begin() + bounds[1])),
                object.expanded());
  }

  StatusOr<Datum> Named(const BoundNamedCheck& node, const Datum& object) {
    SL_ASSIGN_OR_RETURN(const Datum name_datum, Evaluate(*node.name));
    if (object.is_null() || name_datum.is_null()) return Datum();
    const TermId subject = object.node();
    if (subject.is_none()) return TypeMismatch("NAMED", "ENTITY", object);
    const std::string* name = TextOf(name_datum);
    if (name == nullptr) return TypeMismatch("NAMED", "a STRING as name", name_datum);
    if (node.fuzzy) {
      SL_ASSIGN_OR_RETURN(const std::optional<double> score, NameScoreOf(subject, *name, context_));
      return Datum::OfBoolean(score.has_value());
    }
    auto known = context_->nodes_named.find(*name);
    if (known == context_->nodes_named.end()) {
      SL_ASSIGN_OR_RETURN(std::vector<TermId> nodes,
                          context_->view->NodesNamed(*name, *context_->base_scope()));
      SL_RETURN_IF_ERROR(context_->TouchFacts(nodes.size()));
      // Names that come from rows may be many; what they cost to keep stays bounded.
      if (context_->nodes_named.size() >= 1024) context_->nodes_named.clear();
      known = context_->nodes_named.emplace(*name, std::move(nodes)).first;
    }
    return Datum::OfBoolean(
        std::binary_search(known->second.begin(), known->second.end(), subject));
  }

  const Batch& batch_;
  const size_t row_;
  EvaluationContext* const context_;
};

}  // namespace

StatusOr<Datum> Evaluate(const BoundExpression& expression, const Batch& batch, size_t row,
                         EvaluationContext* context) {
  return RowEvaluator(batch, row, context).Evaluate(expression);
}

StatusOr<Vector> EvaluateColumn(const BoundExpression& expression, const Batch& batch,
                                EvaluationContext* context) {
  Vector column(Vector::Kind::kData);
  column.data().reserve(batch.row_count);
  for (size_t row = 0; row < batch.row_count; ++row) {
    SL_ASSIGN_OR_RETURN(Datum value, Evaluate(expression, batch, row, context));
    column.data().push_back(std::move(value));
  }
  return column;
}

StatusOr<Truth> EvaluateCondition(const BoundExpression& expression, const Batch& batch, size_t row,
                                  EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const Datum value, Evaluate(expression, batch, row, context));
  const StatusOr<std::optional<bool>> truth = TruthOf(value, "this condition");
  if (!truth.ok()) return PlaceError(truth.status(), expression.span);
  if (!*truth) return Truth::kUnknown;
  return **truth ? Truth::kTrue : Truth::kFalse;
}

StatusOr<Datum> CellOf(const Vector& column, size_t row, const EvaluationContext& context) {
  if (row >= column.size()) return Datum();  // No operator has bound the column yet.
  if (column.kind() == Vector::Kind::kData) return column.data()[row];
  const TermId term = column.terms()[row];
  if (term.is_none()) return Datum();
  if (term.is_node()) return Datum::OfNode(term);
  if (storage::IsInline(term)) return Datum(storage::InlineValue(term));
  SL_ASSIGN_OR_RETURN(Value value, context.view->ValueOf(term));
  return Datum(std::move(value));
}

}  // namespace sightline::query
