// Expressions: three-valued logic, a few operators on integers and text, what dots read,
// aggregates.

#include <algorithm>
#include <cctype>

#include "query/functions/datum_order.h"
#include "tests/reference/evaluator.h"

namespace sightline::reference {

using ast::BinaryOperator;
using storage::Value;

namespace {

std::string Lower(const std::string& text) {
  std::string lower;
  for (const char c : text) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

Datum OfTruth(std::optional<bool> truth) { return truth ? Datum::OfBoolean(*truth) : Datum(); }

const int64_t* IntegerIn(const Datum& datum) {
  return datum.value() != nullptr ? datum.value()->get_if<int64_t>() : nullptr;
}
const std::string* TextIn(const Datum& datum) {
  const auto* text = datum.value() != nullptr ? datum.value()->get_if<storage::Text>() : nullptr;
  return text != nullptr ? &text->text : nullptr;
}

bool IsGrouping(const std::string& name) {
  const std::string lower = Lower(name);
  return lower == "count" || lower == "collect" || lower == "sum" || lower == "min" ||
         lower == "max";
}

// Better is more. "Cannot be judged" and unstated stand between the fair and the poor.
int Goodness(storage::Reliability grade) {
  using storage::Reliability;
  switch (grade) {
    case Reliability::kA:
      return 6;
    case Reliability::kB:
      return 5;
    case Reliability::kC:
      return 4;
    case Reliability::kUnstated:
    case Reliability::kF:
      return 3;
    case Reliability::kD:
      return 2;
    case Reliability::kE:
      return 1;
  }
  return 0;
}
int Goodness(storage::Credibility grade) {
  if (grade == 0 || grade == 6) return 3;
  return grade <= 3 ? 7 - grade : 6 - grade;
}

Datum SortedNodes(const std::vector<const Said*>& statements, const HeldFacts& base, Graph* graph) {
  std::set<TermId> claimants;
  for (const Said* said : statements) {
    claimants.insert(base.CanonicalOf(graph->Node(said->statement->claimant)));
  }
  DatumList list;
  for (const TermId claimant : claimants) list.push_back(Datum::OfNode(claimant));
  return Datum(std::move(list));
}

}  // namespace

bool Evaluator::IsAggregate(const ast::Expression& expression) {
  if (std::holds_alternative<ast::CountStar>(expression.node)) return true;
  const auto* call = std::get_if<ast::FunctionCall>(&expression.node);
  return call != nullptr && IsGrouping(call->name);
}

bool Evaluator::HasAggregate(const ast::Expression& expression) {
  if (IsAggregate(expression)) return true;
  const auto any = [](const auto& parts) {
    return std::any_of(parts.begin(), parts.end(),
                       [](const ast::ExpressionPtr& part) { return HasAggregate(*part); });
  };
  if (const auto* binary = std::get_if<ast::Binary>(&expression.node)) {
    return HasAggregate(*binary->left) || HasAggregate(*binary->right);
  }
  if (const auto* unary = std::get_if<ast::Unary>(&expression.node)) {
    return HasAggregate(*unary->operand);
  }
  if (const auto* call = std::get_if<ast::FunctionCall>(&expression.node)) {
    return any(call->arguments);
  }
  if (const auto* list = std::get_if<ast::ListLiteral>(&expression.node)) return any(list->items);
  return false;
}

std::optional<bool> Evaluator::Truth(const ast::Expression& expression, const Context& context) {
  const Datum datum = Compute(expression, context);
  if (datum.is_null()) return std::nullopt;
  const bool* truth = datum.value() != nullptr ? datum.value()->get_if<bool>() : nullptr;
  if (truth == nullptr) throw QueryFails("SL3010");
  return *truth;
}

Datum Evaluator::Compute(const ast::Expression& expression, const Context& context) {
  if (const auto* literal = std::get_if<ast::Literal>(&expression.node)) {
    return Datum(literal->value);
  }
  if (const auto* id = std::get_if<ast::IdLiteral>(&expression.node)) {
    // What the reader cannot see is unknown to him.
    if (!graph_.Sees(id->external_id)) return {};
    return Canonical(Datum::OfNode(graph_.Node(id->external_id)), identity_around_);
  }
  if (const auto* variable = std::get_if<ast::Variable>(&expression.node)) {
    const auto found = context.row->find(variable->name);
    if (found == context.row->end()) throw QueryFails("SL2001");
    return found->second;
  }
  if (const auto* parameter = std::get_if<ast::ParameterExpression>(&expression.node)) {
    return parameters_.at(parameter->name);
  }
  if (const auto* property = std::get_if<ast::Property>(&expression.node)) {
    return ReadMember(Compute(*property->object, context), property->key.text);
  }
  if (const auto* check = std::get_if<ast::ClassCheck>(&expression.node)) {
    const Datum object = Compute(*check->object, context);
    if (object.is_null()) return {};
    return Datum::OfBoolean(
        graph_.IsA(head_base_.CanonicalOf(object.node()), check->test, head_base_));
  }
  if (const auto* named = std::get_if<ast::NamedCheck>(&expression.node)) {
    const Datum object = Compute(*named->object, context), name = Compute(*named->name, context);
    if (object.is_null() || name.is_null()) return {};
    const std::set<TermId> nodes = graph_.NodesNamed(name.value()->ToString(), head_base_);
    return Datum::OfBoolean(nodes.contains(head_base_.CanonicalOf(object.node())));
  }
  if (const auto* unary = std::get_if<ast::Unary>(&expression.node)) {
    switch (unary->op) {
      case ast::UnaryOperator::kIsNull:
        return Datum::OfBoolean(Compute(*unary->operand, context).is_null());
      case ast::UnaryOperator::kIsNotNull:
        return Datum::OfBoolean(!Compute(*unary->operand, context).is_null());
      case ast::UnaryOperator::kNot: {
        const std::optional<bool> truth = Truth(*unary->operand, context);
        return truth ? Datum::OfBoolean(!*truth) : Datum();
      }
      case ast::UnaryOperator::kPlus:
      case ast::UnaryOperator::kMinus: {
        const Datum operand = Compute(*unary->operand, context);
        if (operand.is_null()) return {};
        if (IntegerIn(operand) == nullptr) throw NotCovered("a sign before this");
        return unary->op == ast::UnaryOperator::kPlus ? operand
                                                      : Datum::OfInteger(-*IntegerIn(operand));
      }
    }
  }
  if (const auto* binary = std::get_if<ast::Binary>(&expression.node)) {
    return ComputeBinary(*binary, context);
  }
  if (const auto* list = std::get_if<ast::ListLiteral>(&expression.node)) {
    DatumList items;
    for (const ast::ExpressionPtr& item : list->items) items.push_back(Compute(*item, context));
    return Datum(std::move(items));
  }
  if (std::holds_alternative<ast::CountStar>(expression.node)) {
    if (context.group == nullptr) throw QueryFails("SL4001");
    return Datum::OfInteger(static_cast<int64_t>(context.group->size()));
  }
  if (const auto* call = std::get_if<ast::FunctionCall>(&expression.node)) {
    return IsGrouping(call->name) ? ComputeAggregate(*call, context) : ComputeCall(*call, context);
  }
  if (const auto* choice = std::get_if<ast::CaseExpression>(&expression.node)) {
    for (const auto& [when, then] : choice->branches) {
      const bool holds =
          choice->subject != nullptr
              ? query::Equal(Compute(*choice->subject, context), Compute(*when, context)) == true
              : Truth(*when, context) == true;
      if (holds) return Compute(*then, context);
    }
    return choice->otherwise != nullptr ? Compute(*choice->otherwise, context) : Datum();
  }
  if (const auto* check = std::get_if<ast::QuantifiedCheck>(&expression.node)) {
    const Datum list = Compute(*check->list, context);
    if (list.is_null()) return {};
    if (list.list() == nullptr) throw QueryFails("SL3011");
    size_t yes = 0, no = 0, unknown = 0;
    for (const Datum& item : *list.list()) {
      Row row = *context.row;
      row[check->variable.text] = item;
      const std::optional<bool> truth = Truth(*check->where, Context{&row, context.group});
      ++(!truth ? unknown : *truth ? yes : no);
    }
    switch (check->kind) {
      case ast::QuantifierKind::kAll:
        return no > 0 ? Datum::OfBoolean(false) : unknown > 0 ? Datum() : Datum::OfBoolean(true);
      case ast::QuantifierKind::kAny:
        return yes > 0 ? Datum::OfBoolean(true) : unknown > 0 ? Datum() : Datum::OfBoolean(false);
      case ast::QuantifierKind::kNone:
        return yes > 0 ? Datum::OfBoolean(false) : unknown > 0 ? Datum() : Datum::OfBoolean(true);
      case ast::QuantifierKind::kSingle:
        if (yes > 1) return Datum::OfBoolean(false);
        return unknown > 0 ? Datum() : Datum::OfBoolean(yes == 1);
    }
  }
  if (const auto* comprehension = std::get_if<ast::ListComprehension>(&expression.node)) {
    const Datum list = Compute(*comprehension->list, context);
    if (list.is_null()) return {};
    if (list.list() == nullptr) throw QueryFails("SL3011");
    DatumList items;
    for (const Datum& item : *list.list()) {
      Row row = *context.row;
      row[comprehension->variable.text] = item;
      const Context inner{&row, context.group};
      if (comprehension->where && Truth(*comprehension->where, inner) != true) continue;
      items.push_back(comprehension->projection ? Compute(*comprehension->projection, inner)
                                                : item);
    }
    return Datum(std::move(items));
  }
  if (const auto* subquery = std::get_if<ast::Subquery>(&expression.node)) {
    return ComputeSubquery(*subquery, *context.row);
  }
  if (const auto* check = std::get_if<ast::PatternCheck>(&expression.node)) {
    return ComputePatternCheck(*check, *context.row);
  }
  if (const auto* list = std::get_if<ast::PatternComprehension>(&expression.node)) {
    return ComputePatternList(*list, *context.row);
  }
  throw NotCovered("this kind of expression");
}

Datum Evaluator::ComputeSubquery(const ast::Subquery& subquery, const Row& row) {
  Table found = RunParts(*subquery.query, row);
  Cut(&found);
  return subquery.count ? Datum::OfInteger(static_cast<int64_t>(found.rows.size()))
                        : Datum::OfBoolean(!found.rows.empty());
}

Datum Evaluator::ComputePatternCheck(const ast::PatternCheck& check, const Row& row) {
  for (const ast::PatternTerm& term : check.match->patterns.front().terms) {
    const auto* node = std::get_if<ast::NodePattern>(&term);
    const auto* edge = std::get_if<ast::EdgePattern>(&term);
    if (node != nullptr && node->variable && !row.contains(node->variable->text)) {
      throw QueryFails("SL2001");
    }
    if (edge != nullptr && (edge->variable || edge->statement_variable)) {
      throw NotCovered("a variable of an edge in a pattern as a condition");
    }
  }
  Table found = TableOf(row);
  RunMatch(*check.match, &found);
  return Datum::OfBoolean(!found.rows.empty());
}

Datum Evaluator::ComputePatternList(const ast::PatternComprehension& list, const Row& row) {
  Table found = TableOf(row);
  RunMatch(*list.match, &found);
  // Computed where the pattern stands, not under its scope: it has none of its own.
  DatumList items;
  for (const Row& match : found.rows) items.push_back(Compute(*list.projection, match));
  return Datum(std::move(items));
}

// An id that names nothing the reader can see is nobody: equal to nothing that is known.
void Evaluator::TellNobody(const ast::Binary& binary, Datum* left, Datum* right) {
  const auto is_nobody = [&](const ast::Expression& expression) {
    const auto* id = std::get_if<ast::IdLiteral>(&expression.node);
    return id != nullptr && !graph_.Sees(id->external_id);
  };
  const Datum nobody = Datum::OfNode(graph_.Node("nobody, an id that no world has"));
  const bool left_is = is_nobody(*binary.left);
  if (left_is && is_nobody(*binary.right)) return;
  if (left_is) *left = nobody;
  if (is_nobody(*binary.right)) *right = nobody;
  const auto* written = std::get_if<ast::ListLiteral>(&binary.right->node);
  if (written == nullptr || right->list() == nullptr || left_is) return;
  DatumList items = *right->list();
  for (size_t i = 0; i < items.size(); ++i) {
    if (is_nobody(*written->items[i])) items[i] = nobody;
  }
  *right = Datum(std::move(items));
}

Datum Evaluator::ComputeBinary(const ast::Binary& binary, const Context& context) {
  switch (binary.op) {
    case BinaryOperator::kAnd:
    case BinaryOperator::kOr:
    case BinaryOperator::kXor: {
      const std::optional<bool> left = Truth(*binary.left, context);
      const std::optional<bool> right = Truth(*binary.right, context);
      if (binary.op == BinaryOperator::kAnd) {
        if (left == false || right == false) return Datum::OfBoolean(false);
        return left && right ? Datum::OfBoolean(true) : Datum();
      }
      if (binary.op == BinaryOperator::kOr) {
        if (left == true || right == true) return Datum::OfBoolean(true);
        return left && right ? Datum::OfBoolean(false) : Datum();
      }
      return left && right ? Datum::OfBoolean(*left != *right) : Datum();
    }
    default:
      break;
  }
  Datum left = Compute(*binary.left, context), right = Compute(*binary.right, context);
  const bool compares = binary.op == BinaryOperator::kEqual ||
                        binary.op == BinaryOperator::kNotEqual ||
                        binary.op == BinaryOperator::kIn || binary.op == BinaryOperator::kNotIn;
  if (compares) TellNobody(binary, &left, &right);
  switch (binary.op) {
    case BinaryOperator::kEqual:
      return OfTruth(query::Equal(left, right));
    case BinaryOperator::kNotEqual: {
      const std::optional<bool> equal = query::Equal(left, right);
      return equal ? Datum::OfBoolean(!*equal) : Datum();
    }
    case BinaryOperator::kLess:
      return OfTruth(query::Compare(left, query::Order::kLess, right));
    case BinaryOperator::kLessEqual:
      return OfTruth(query::Compare(left, query::Order::kLessOrEqual, right));
    case BinaryOperator::kGreater:
      return OfTruth(query::Compare(left, query::Order::kGreater, right));
    case BinaryOperator::kGreaterEqual:
      return OfTruth(query::Compare(left, query::Order::kGreaterOrEqual, right));
    case BinaryOperator::kIn:
    case BinaryOperator::kNotIn: {
      if (right.is_null()) return {};
      if (right.list() == nullptr) throw QueryFails("SL3011");
      bool unknown = false, found = false;
      for (const Datum& item : *right.list()) {
        const std::optional<bool> equal = query::Equal(left, item);
        unknown = unknown || !equal;
        found = found || equal == true;
      }
      if (!found && unknown) return {};
      return Datum::OfBoolean(found == (binary.op == BinaryOperator::kIn));
    }
    case BinaryOperator::kStartsWith:
    case BinaryOperator::kEndsWith:
    case BinaryOperator::kContains: {
      const std::string *text = TextIn(left), *part = TextIn(right);
      if (text == nullptr || part == nullptr) return {};
      const size_t at =
          binary.op == BinaryOperator::kEndsWith ? text->rfind(*part) : text->find(*part);
      if (binary.op == BinaryOperator::kStartsWith) return Datum::OfBoolean(at == 0);
      if (binary.op == BinaryOperator::kContains) {
        return Datum::OfBoolean(at != std::string::npos);
      }
      return Datum::OfBoolean(at != std::string::npos && at + part->size() == text->size());
    }
    default:
      break;
  }
  if (left.is_null() || right.is_null()) return {};
  const int64_t *a = IntegerIn(left), *b = IntegerIn(right);
  if (a == nullptr || b == nullptr) {
    if (binary.op == BinaryOperator::kAdd && TextIn(left) != nullptr && TextIn(right) != nullptr) {
      return Datum::OfText(*TextIn(left) + *TextIn(right));
    }
    throw NotCovered("arithmetic on this");
  }
  switch (binary.op) {
    case BinaryOperator::kAdd:
      return Datum::OfInteger(*a + *b);
    case BinaryOperator::kSubtract:
      return Datum::OfInteger(*a - *b);
    case BinaryOperator::kMultiply:
      return Datum::OfInteger(*a * *b);
    case BinaryOperator::kDivide:
      return Datum(Value(static_cast<double>(*a) / static_cast<double>(*b)));
    case BinaryOperator::kModulo:
      if (*b == 0) throw QueryFails("SL5004");
      return Datum::OfInteger(*a % *b);
    default:
      throw NotCovered("this operator");
  }
}

Datum Evaluator::ComputeCall(const ast::FunctionCall& call, const Context& context) {
  std::vector<Datum> arguments;
  for (const ast::ExpressionPtr& argument : call.arguments) {
    arguments.push_back(Compute(*argument, context));
  }
  const std::string name = Lower(call.name);
  if (name == "coalesce") {
    for (const Datum& argument : arguments) {
      if (!argument.is_null()) return argument;
    }
    return {};
  }
  if (arguments.size() != 1) throw NotCovered("the function " + call.name);
  const Datum& argument = arguments[0];
  if (argument.is_null()) return {};
  if (name == "size" && argument.list() != nullptr) {
    return Datum::OfInteger(static_cast<int64_t>(argument.list()->size()));
  }
  if (name == "size" && TextIn(argument) != nullptr) {
    return Datum::OfInteger(static_cast<int64_t>(TextIn(argument)->size()));
  }
  if (name == "length" && argument.path() != nullptr) {
    return Datum::OfInteger(static_cast<int64_t>(argument.path()->facts.size()));
  }
  if (name == "cost" && argument.path() != nullptr) {
    const std::optional<double> cost = argument.path()->cost;
    return cost ? Datum::OfInteger(static_cast<int64_t>(*cost)) : Datum();
  }
  if (name == "nodes" && argument.path() != nullptr) {
    DatumList nodes;
    for (const TermId node : argument.path()->nodes) nodes.push_back(graph_.DatumOf(node));
    return Datum(std::move(nodes));
  }
  if (name == "date" && TextIn(argument) != nullptr) {
    const auto date = storage::PartialDate::Parse(*TextIn(argument));
    return date.ok() ? Datum(Value(*date)) : Datum();
  }
  if (name == "abs" && IntegerIn(argument) != nullptr) {
    return Datum::OfInteger(std::abs(*IntegerIn(argument)));
  }
  if (name == "tolower" && TextIn(argument) != nullptr) {
    return Datum::OfText(Lower(*TextIn(argument)));
  }
  if (name == "type" && argument.fact() != nullptr) {
    return Datum::OfText(graph_.TextOf(argument.fact()->fact.predicate));
  }
  if (name == "ids" && !argument.node().is_none()) {
    const TermId node = head_facts_.CanonicalOf(argument.node());
    std::set<std::string> ids = {graph_.TextOf(node)};
    for (const auto& [id, canonical] : head_facts_.identity) {
      if (canonical == node) ids.insert(graph_.TextOf(id));
    }
    DatumList list;
    for (const std::string& id : ids) list.push_back(Datum::OfText(id));
    return Datum(std::move(list));
  }
  if (name == "id" && argument.node().is_entity()) {
    return Datum::OfText(graph_.TextOf(argument.node()));
  }
  throw NotCovered("the function " + call.name);
}

Datum Evaluator::ComputeAggregate(const ast::FunctionCall& call, const Context& context) {
  if (context.group == nullptr) throw QueryFails("SL4001");
  std::vector<Datum> known;
  std::set<std::string> seen;
  for (const Row& row : *context.group) {
    Datum datum = Compute(*call.arguments.at(0), Context{&row});
    if (datum.is_null()) continue;
    if (call.distinct && !seen.insert(query::IdentityKey(datum)).second) continue;
    known.push_back(std::move(datum));
  }
  const std::string name = Lower(call.name);
  if (name == "count") return Datum::OfInteger(static_cast<int64_t>(known.size()));
  if (name == "collect") return Datum(DatumList(known));
  if (name == "sum") {
    int64_t sum = 0;
    for (const Datum& datum : known) {
      if (IntegerIn(datum) == nullptr) throw NotCovered("a sum of this");
      sum += *IntegerIn(datum);
    }
    return Datum::OfInteger(sum);
  }
  if (known.empty()) return {};
  const auto less = [](const Datum& a, const Datum& b) { return query::SortOrder(a, b) < 0; };
  return name == "min" ? *std::min_element(known.begin(), known.end(), less)
                       : *std::max_element(known.begin(), known.end(), less);
}

Datum Evaluator::Canonical(const Datum& datum, const Identity& identity) const {
  const auto found = identity.find(datum.node());
  return found == identity.end() ? datum : Datum::OfNode(found->second);
}

// --- What dots read

Datum Evaluator::ReadMember(const Datum& object, const std::string& key) {
  if (object.is_null()) return {};
  if (const query::FactDatum* fact = object.fact()) return ReadFact(*fact, key);
  const TermId node = object.node();
  if (node.is_statement()) return ReadStatement(graph_.SaidBy(node), key);
  if (node.is_none()) throw NotCovered("a property of this");
  return ReadProperty(node, key);
}

Datum Evaluator::ReadStatement(const Said& said, const std::string& key) {
  const WorldStatement& statement = *said.statement;
  if (key == "quote") return Datum::OfText(statement.label);
  if (key == "polarity") {
    return Datum::OfText(statement.polarity == storage::Polarity::kAsserts ? "asserts" : "denies");
  }
  const auto node = [this](const std::string& id) {
    return Canonical(Datum::OfNode(graph_.Node(id)), head_base_.identity);
  };
  if (key == "claimant" || key == "source") return node(statement.claimant);
  if (key == "document") return statement.document.empty() ? Datum() : node(statement.document);
  if (key == "credibility") {
    const storage::Credibility grade = graph_.CredibilityOf(said, head_);
    return grade == 0 ? Datum() : Datum::OfInteger(grade);
  }
  if (key == "reliability") {
    const std::string grade(storage::ReliabilityName(graph_.ReliabilityOf(said, head_)));
    return grade.empty() ? Datum() : Datum::OfText(grade);
  }
  for (const auto& [name, value] : statement.qualifiers) {
    if (name == key) return Datum(value);
  }
  bool inverse = false;
  if (graph_.FindProperty(key, &inverse) == nullptr) {
    throw NotCovered("this field of a statement");
  }
  return {};
}

Datum Evaluator::ReadFact(const query::FactDatum& fact, const std::string& key) {
  const Held support = graph_.SupportOf(fact.fact, scopes_[fact.scope_index]);
  if (key == "count") return Datum::OfInteger(static_cast<int64_t>(support.asserting.size()));
  if (key == "disputed") {
    return Datum::OfBoolean(!support.asserting.empty() && !support.denying.empty());
  }
  if (key == "denied") return Datum::OfBoolean(!support.denying.empty());
  if (key == "asserted_by" || key == "sources") {
    return SortedNodes(support.asserting, head_base_, &graph_);
  }
  if (key == "denied_by") return SortedNodes(support.denying, head_base_, &graph_);
  if (key == "predicate") return Datum::OfText(graph_.TextOf(fact.fact.predicate));
  throw NotCovered("this field of a fact");
}

Datum Evaluator::ReadProperty(TermId node, const std::string& key) {
  bool inverse = false;
  const storage::PredicateDefinition* definition = graph_.FindProperty(key, &inverse);
  if (definition == nullptr) throw QueryFails("SL2015");
  std::map<TermId, std::vector<const Said*>> values;
  // Who something is does not depend on who is asked about it.
  const bool names_it = key == "name" || key == "alias";
  for (const Step& step : Graph::StepsOf(names_it ? head_base_ : head_facts_, graph_.WalkOf(key))) {
    if (step.from != head_base_.CanonicalOf(node)) continue;
    const Held& held = *step.held;
    std::vector<const Said*>& told = values[step.to];
    const auto& statements = held.asserting.empty() ? held.denying : held.asserting;
    told.insert(told.end(), statements.begin(), statements.end());
  }
  if (values.empty()) return {};
  if (inverse || definition->cardinality == storage::Cardinality::kMany) {
    DatumList list;
    for (const auto& [term, statements] : values) list.push_back(graph_.DatumOf(term));
    return Datum(std::move(list));
  }
  // The best: by reliability, then credibility, of one statement; by claimants; by the latest
  // record; the first in the order of values.
  const auto grade_of = [this](const std::vector<const Said*>& statements) {
    std::pair<int, int> best = {-1, -1};
    std::set<TermId> claimants;
    int latest = -1;
    for (const Said* said : statements) {
      const WorldStatement& statement = *said->statement;
      best = std::max(best, std::pair(Goodness(graph_.ReliabilityOf(*said, head_)),
                                      Goodness(graph_.CredibilityOf(*said, head_))));
      claimants.insert(head_base_.CanonicalOf(graph_.Node(statement.claimant)));
      latest = std::max(latest, statement.commit);
    }
    return std::tuple(best, claimants.size(), latest);
  };
  std::optional<Datum> best;
  std::tuple<std::pair<int, int>, size_t, int> best_grade;
  for (const auto& [term, statements] : values) {
    const auto grade = grade_of(statements);
    Datum value = graph_.DatumOf(term);
    if (!best || grade > best_grade ||
        (grade == best_grade && query::SortOrder(value, *best) < 0)) {
      best = std::move(value);
      best_grade = grade;
    }
  }
  return *best;
}

}  // namespace sightline::reference
