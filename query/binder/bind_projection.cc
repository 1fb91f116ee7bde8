// RETURN and WITH: projection, aggregation, DISTINCT, ORDER BY, SKIP, LIMIT.

#include <algorithm>
#include <utility>

#include "query/binder/same_expression.h"
#include "query/binder/statement_binder.h"
#include "query/evidence/row_marking.h"
#include "query/plan/expression_walk.h"

namespace sightline::query {
namespace {

bool IsAggregate(const ast::Expression& expression) {
  if (std::holds_alternative<ast::CountStar>(expression.node)) return true;
  const auto* call = std::get_if<ast::FunctionCall>(&expression.node);
  return call != nullptr && FindAggregateFunction(call->name) != nullptr;
}

// rand() is another number each time it is asked: an aggregate of it means nothing, and where a
// query says the same aggregate twice they would differ.
bool IsRandom(const ast::Expression& expression) {
  const auto* call = std::get_if<ast::FunctionCall>(&expression.node);
  const ScalarFunction* function = call != nullptr ? FindScalarFunction(call->name) : nullptr;
  return function != nullptr && function->name == "rand";
}

template <typename Test>
bool Contains(const ast::Expression& expression, const Test& test) {
  std::vector<const ast::Expression*> pending = {&expression};
  while (!pending.empty()) {
    const ast::Expression* next = pending.back();
    pending.pop_back();
    if (test(*next)) return true;
    for (const ast::Expression* part : PartsOf(*next)) pending.push_back(part);
  }
  return false;
}

bool ContainsAggregate(const ast::Expression& expression) {
  return Contains(expression, IsAggregate);
}

const std::string* VariableName(const ast::Expression& expression) {
  const auto* variable = std::get_if<ast::Variable>(&expression.node);
  return variable != nullptr ? &variable->name : nullptr;
}

bool IsPropertyOfVariable(const ast::Expression& expression) {
  const auto* property = std::get_if<ast::Property>(&expression.node);
  return property != nullptr && VariableName(*property->object) != nullptr;
}

std::optional<uint32_t> SlotOf(const BoundExpression& expression) {
  const auto* slot = std::get_if<BoundSlot>(&expression.node);
  return slot != nullptr ? std::optional(slot->column) : std::nullopt;
}

// An item's expression with the brackets that it stands in: what is directly before an item is
// either a word, a comma or a bracket of its own.
SourceSpan WithBrackets(std::string_view text, SourceSpan span) {
  constexpr std::string_view kSpace = " \t\r\n";
  while (span.begin > 0) {
    const size_t before = text.find_last_not_of(kSpace, span.begin - 1);
    const size_t behind = text.find_first_not_of(kSpace, span.end);
    if (before == std::string_view::npos || behind == std::string_view::npos ||
        text[before] != '(' || text[behind] != ')') {
      break;
    }
    span.begin = static_cast<uint32_t>(before);
    span.end = static_cast<uint32_t>(behind + 1);
  }
  return span;
}

constexpr std::string_view kNotGrouped =
    "is neither an item of its own, to group by, nor inside an aggregate";

// Where the item is that an ORDER BY names, or says again in other words than a name.
template <typename Item>
std::optional<uint32_t> SlotOfItem(const std::vector<Item>& items,
                                   const std::vector<uint32_t>& slots,
                                   const ast::Expression& expression) {
  const std::string* name = VariableName(expression);
  for (size_t i = 0; i < items.size(); ++i) {
    const bool found = name != nullptr ? items[i].name == *name
                                       : items[i].expression != nullptr &&
                                             SameExpression(*items[i].expression, expression);
    if (found) return slots[i];
  }
  return std::nullopt;
}

}  // namespace

StatusOr<std::vector<StatementBinder::ProjectionItem>> StatementBinder::ItemsOf(
    const ast::Projection& projection, bool is_with) {
  std::vector<ProjectionItem> items;
  if (projection.star) {
    if (bindings_.all().empty() && projection.items.empty()) {
      return Error("SL4013", projection.span,
                   "nothing here has a name, so that * stands for nothing",
                   {"name what you look for: MATCH (x)…"});
    }
    for (const Binding& binding : bindings_.all()) {
      items.push_back({.star = &binding, .name = binding.name, .span = projection.span});
    }
  }
  for (const ast::ProjectionItem& item : projection.items) {
    ProjectionItem made;
    made.expression = item.expression.get();
    made.span = item.expression->span;
    made.aggregated = ContainsAggregate(*item.expression);
    made.is_marking = IsMarkingCall(*item.expression);
    const std::string* variable = VariableName(*item.expression);
    if (item.alias.has_value()) {
      made.name = item.alias->text;
      made.span = item.alias->span;
    } else if (variable != nullptr) {
      made.name = *variable;
    } else if (is_with) {
      return Error("SL4009", made.span,
                   fmt::format("{} needs a name to be used after WITH", Text(made.span)),
                   {fmt::format("write {} AS name", Text(made.span))});
    } else {
      made.name = Text(WithBrackets(context_.text, made.span));
    }
    const bool renames = variable == nullptr || *variable != made.name;
    if (is_with && renames && bindings_.Find(made.name) == nullptr && IsTaken(made.name)) {
      return Error("SL2002", made.span,
                   fmt::format("'{}' is in use already, around this subquery", made.name),
                   {"choose another name"});
    }
    items.push_back(std::move(made));
  }
  for (size_t i = 0; i < items.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (items[i].name != items[j].name) continue;
      return Error("SL4006", items[i].span,
                   fmt::format("two columns would be called '{}'", items[i].name),
                   {"give one of them another name with AS"});
    }
  }
  return items;
}

uint32_t StatementBinder::AddOutput(const ProjectionItem& item, const BoundExpression& expression,
                                    const Bindings& input, Frame* frame, Bindings* output) {
  // A variable that is passed on stays what it was.
  const Binding* passed = item.star;
  if (passed == nullptr && item.expression != nullptr) {
    if (const std::string* name = VariableName(*item.expression)) passed = input.Find(*name);
  }
  Binding binding;
  if (passed != nullptr) binding = *passed;
  binding.name = item.name;
  binding.type = expression.type;
  binding.slot = frame->Add({.name = item.name,
                             .kind = binding.kind,
                             .type = binding.type,
                             .from_pattern = binding.from_pattern});
  output->Add(binding);
  return binding.slot;
}

Status StatementBinder::BindProjection(const ast::Projection& projection, bool is_with,
                                       const ast::Expression* where) {
  SL_ASSIGN_OR_RETURN(const std::vector<ProjectionItem> items, ItemsOf(projection, is_with));
  const bool aggregated = std::any_of(items.begin(), items.end(),
                                      [](const ProjectionItem& item) { return item.aggregated; });
  if (!aggregated) {
    for (const ast::SortItem& sort : projection.paging.order_by) {
      if (!ContainsAggregate(*sort.expression)) continue;
      return Error("SL4001", sort.expression->span,
                   fmt::format("ORDER BY cannot gather rows that {} does not gather",
                               is_with ? "WITH" : "RETURN"),
                   {"put the aggregate among the items, with a name, and order by the name"});
    }
    SL_RETURN_IF_ERROR(ProjectPlain(projection, items, &where));
  } else {
    SL_RETURN_IF_ERROR(ProjectAggregated(projection, items));
  }
  if (projection.paging.after != nullptr && !is_with) {
    SL_RETURN_IF_ERROR(BindPage(projection.paging));
  } else {
    SL_RETURN_IF_ERROR(BindSkipLimit(projection.paging));
  }
  SL_RETURN_IF_ERROR(AddMarkings(projection, items));
  if (std::optional<LogicalFilter> filter = std::exchange(filter_, std::nullopt)) {
    plan_ = MakeOperator(*std::move(filter), frame_, std::move(plan_));
  }
  if (where != nullptr) SL_RETURN_IF_ERROR(BindFilter(*where));
  rows_distinct_ = aggregated || projection.distinct;
  argument_only_ = false;
  columns_.clear();
  for (const Binding& binding : bindings_.all()) {
    columns_.push_back({.name = binding.name, .slot = binding.slot, .type = binding.type});
  }
  return OkStatus();
}

// Only behind the projection, when the row's evidence holds what the items rest on as well, and
// that of all rows which DISTINCT or an aggregate has made one of.
Status StatementBinder::AddMarkings(const ast::Projection& projection,
                                    const std::vector<ProjectionItem>& items) {
  LogicalExtend extend;
  for (const ProjectionItem& item : items) {
    if (!item.is_marking) continue;
    if (!frame_->evidence_slot) {
      return Error("SL4025", item.span, "marking() stands in no subquery",
                   {"ask for it in the query around it"});
    }
    for (const ast::SortItem& by : projection.paging.order_by) {
      const auto names = [&](const ast::Expression& part) {
        const std::string* name = VariableName(part);
        return IsMarkingCall(part) || (name != nullptr && *name == item.name);
      };
      if (!Contains(*by.expression, names)) continue;
      return Error("SL4025", by.expression->span, "rows cannot be ordered by marking() at once",
                   {"write WITH x, marking() AS m RETURN x, m ORDER BY m.tlp"});
    }
    extend.items.emplace_back(bindings_.Find(item.name)->slot,
                              MakeRowMarking(*frame_->evidence_slot, item.span));
  }
  if (!extend.items.empty()) plan_ = MakeOperator(std::move(extend), frame_, std::move(plan_));
  return OkStatus();
}

Status StatementBinder::ProjectPlain(const ast::Projection& projection,
                                     const std::vector<ProjectionItem>& items,
                                     const ast::Expression** where) {
  const Bindings input = bindings_;
  FramePtr frame = NewFrame();
  Bindings output;
  LogicalProject project;
  std::vector<uint32_t> slots;
  // What ORDER BY and WHERE see: the items' names and, behind them, the variables from before.
  const auto bind_behind = [&](const ast::Expression& expression,
                               std::string_view place) -> StatusOr<BoundExpressionPtr> {
    ExpressionScope scope{.bindings = &input, .place = place};
    scope.substitute = [&](const ast::Expression& part) -> StatusOr<BoundExpressionPtr> {
      const std::string* variable = VariableName(part);
      if (variable == nullptr) return BoundExpressionPtr();
      for (const ProjectionItem& item : items) {
        if (item.name != *variable || item.expression == nullptr) continue;
        ExpressionScope of_item{.bindings = &input, .place = "an item"};
        return BindExpression(*item.expression, &of_item);
      }
      return BoundExpressionPtr();
    };
    return place == "WHERE" ? BindCondition(expression, &scope)
                            : BindExpression(expression, &scope);
  };
  for (const ProjectionItem& item : items) {
    BoundExpressionPtr bound;
    if (item.star != nullptr) {
      const Binding* star = input.Find(item.name);
      bound = MakeSlot(star->slot, star->type, item.span);
    } else if (item.is_marking) {
      bound = MakeConstant(Datum(), StaticType::kMap, item.span);
    } else {
      ExpressionScope scope{.bindings = &input, .place = "an item"};
      SL_ASSIGN_OR_RETURN(bound, BindExpression(*item.expression, &scope));
    }
    slots.push_back(AddOutput(item, *bound, input, frame.get(), &output));
    project.items.emplace_back(slots.back(), std::move(bound));
  }

  std::vector<SortKey> sort;
  if (!projection.distinct) {
    for (const ast::SortItem& by : projection.paging.order_by) {
      std::optional<uint32_t> slot = SlotOfItem(items, slots, *by.expression);
      if (!slot.has_value()) {
        SL_ASSIGN_OR_RETURN(BoundExpressionPtr key, bind_behind(*by.expression, "ORDER BY"));
        slot = frame->Add({.name = "", .kind = Vector::Kind::kData, .type = key->type});
        project.items.emplace_back(*slot, std::move(key));
      }
      sort.push_back({*slot, by.descending});
    }
  }
  // A WHERE that reads what the items leave behind is computed with them, and asked at the end.
  const auto is_left_behind = [&](const ast::Expression& part) {
    const std::string* variable = VariableName(part);
    return variable != nullptr && input.Find(*variable) != nullptr &&
           output.Find(*variable) == nullptr;
  };
  if (*where != nullptr && !projection.distinct && Contains(**where, is_left_behind)) {
    SL_ASSIGN_OR_RETURN(BoundExpressionPtr condition, bind_behind(**where, "WHERE"));
    SL_RETURN_IF_ERROR(CheckComparisons(*condition));
    const uint32_t slot =
        frame->Add({.name = "", .kind = Vector::Kind::kData, .type = StaticType::kBoolean});
    filter_ = LogicalFilter{MakeSlot(slot, StaticType::kBoolean, (*where)->span),
                            Text((*where)->span), (*where)->span};
    project.items.emplace_back(slot, std::move(condition));
    *where = nullptr;
  }
  frame_ = frame;
  bindings_ = output;
  plan_ = MakeOperator(std::move(project), frame, std::move(plan_));
  if (projection.distinct) return SortDistinct(projection, items, input);
  if (!sort.empty()) {
    plan_ = MakeOperator(LogicalSort{std::move(sort), std::nullopt}, frame, std::move(plan_));
  }
  return OkStatus();
}

// DISTINCT, and an order by what is left after it. REQUIRES: frame_ and bindings_ are the
// projection's.
Status StatementBinder::SortDistinct(const ast::Projection& projection,
                                     const std::vector<ProjectionItem>& items,
                                     const Bindings& input) {
  LogicalDistinct distinct;
  for (const Binding& binding : bindings_.all()) distinct.keys.push_back(binding.slot);
  plan_ = MakeOperator(std::move(distinct), frame_, std::move(plan_));
  if (projection.paging.order_by.empty()) return OkStatus();
  LogicalExtend extend;
  std::vector<SortKey> keys;
  for (const ast::SortItem& by : projection.paging.order_by) {
    ExpressionScope scope{.bindings = &bindings_,
                          .place = "ORDER BY",
                          .forbidden = &input,
                          .forbidden_why =
                              "is not among the items, and after DISTINCT rows can be "
                              "ordered by the items only",
                          .forbidden_code = "SL4002"};
    scope.substitute = [&](const ast::Expression& part) -> StatusOr<BoundExpressionPtr> {
      if (const std::string* name = VariableName(part)) {
        const Binding* binding = bindings_.Find(*name);
        if (binding != nullptr) return MakeSlot(binding->slot, binding->type, part.span);
      }
      for (const ProjectionItem& item : items) {
        if (item.expression == nullptr || !SameExpression(*item.expression, part)) continue;
        const Binding* binding = bindings_.Find(item.name);
        return MakeSlot(binding->slot, binding->type, part.span);
      }
      return BoundExpressionPtr();
    };
    SL_ASSIGN_OR_RETURN(BoundExpressionPtr key, BindExpression(*by.expression, &scope));
    std::optional<uint32_t> slot = SlotOf(*key);
    if (!slot.has_value()) {
      slot = frame_->Add({.name = "", .kind = Vector::Kind::kData, .type = key->type});
      extend.items.emplace_back(*slot, std::move(key));
    }
    keys.push_back({*slot, by.descending});
  }
  if (!extend.items.empty()) plan_ = MakeOperator(std::move(extend), frame_, std::move(plan_));
  plan_ = MakeOperator(LogicalSort{std::move(keys), std::nullopt}, frame_, std::move(plan_));
  return OkStatus();
}

// Two steps: an aggregate with the grouping items as keys, and a projection over its frame that
// puts expressions over aggregates together.
Status StatementBinder::ProjectAggregated(const ast::Projection& projection,
                                          const std::vector<ProjectionItem>& items) {
  const Bindings input = bindings_;
  FramePtr group_frame = NewFrame();
  Bindings groups;  // What the items may use besides aggregates: variables that are grouped by.
  LogicalAggregate aggregate;
  struct Known {
    const ast::Expression* expression;
    uint32_t slot;
    StaticType type;
  };
  std::vector<Known> keys;
  std::vector<Known> calls;
  for (const ProjectionItem& item : items) {
    if (item.aggregated || item.is_marking) continue;
    BoundExpressionPtr bound;
    ProjectionItem key = item;
    if (item.star != nullptr) {
      const Binding* star = input.Find(item.name);
      bound = MakeSlot(star->slot, star->type, item.span);
      key.star = star;
    } else {
      ExpressionScope scope{.bindings = &input, .place = "an item"};
      SL_ASSIGN_OR_RETURN(bound, BindExpression(*item.expression, &scope));
      // Within other items a grouped variable goes by its own name.
      if (const std::string* variable = VariableName(*item.expression)) key.name = *variable;
    }
    const bool is_variable = item.star != nullptr || VariableName(*item.expression) != nullptr;
    Bindings unnamed;
    const uint32_t slot =
        AddOutput(key, *bound, input, group_frame.get(),
                  is_variable && groups.Find(key.name) == nullptr ? &groups : &unnamed);
    if (item.expression != nullptr) keys.push_back({item.expression, slot, bound->type});
    aggregate.keys.emplace_back(slot, std::move(bound));
  }

  ExpressionScope scope{.bindings = &groups,
                        .place = "an item",
                        .forbidden = &input,
                        .forbidden_why = kNotGrouped,
                        .forbidden_code = "SL4002"};
  const auto add_call = [&](const ast::Expression& part) -> StatusOr<BoundExpressionPtr> {
    for (const Known& call : calls) {
      if (SameExpression(*call.expression, part)) {
        return MakeSlot(call.slot, call.type, part.span);
      }
    }
    AggregateCall call;
    call.span = part.span;
    StaticType type = StaticType::kInteger;
    if (std::holds_alternative<ast::CountStar>(part.node)) {
      call.kind = AggregateKind::kCountStar;
    } else {
      const auto& written = std::get<ast::FunctionCall>(part.node);
      const AggregateFunction* function = FindAggregateFunction(written.name);
      if (static_cast<int>(written.arguments.size()) != ArityOf(function->kind)) {
        return Error(
            "SL2018", part.span,
            fmt::format("{}() was given {} arguments", function->name, written.arguments.size()),
            {std::string(function->signature)});
      }
      for (const ast::ExpressionPtr& argument : written.arguments) {
        if (!Contains(*argument, IsRandom)) continue;
        return Error("SL2019", argument->span, "rand() is another number in each row and each time",
                     {"WITH rand() AS x first, and use x"});
      }
      call.kind = function->kind;
      call.distinct = written.distinct;
      ExpressionScope argument{.bindings = &input, .place = "another aggregate"};
      if (written.arguments.size() == 1) {
        SL_ASSIGN_OR_RETURN(call.argument, BindExpression(*written.arguments[0], &argument));
      } else {
        BoundList both;
        for (const ast::ExpressionPtr& part_argument : written.arguments) {
          SL_ASSIGN_OR_RETURN(both.items.emplace_back(), BindExpression(*part_argument, &argument));
        }
        call.argument = std::make_unique<BoundExpression>();
        call.argument->node = std::move(both);
        call.argument->type = StaticType::kList;
        call.argument->span = part.span;
      }
      type = function->result;
      if ((call.kind == AggregateKind::kMin || call.kind == AggregateKind::kMax) &&
          call.argument->type != StaticType::kList) {
        type = call.argument->type;
      }
    }
    call.slot = group_frame->Add({.name = "", .kind = Vector::Kind::kData, .type = type});
    const uint32_t slot = call.slot;
    calls.push_back({&part, slot, type});
    aggregate.calls.push_back(std::move(call));
    return MakeSlot(slot, type, part.span);
  };
  const auto substitute_group = [&](const ast::Expression& part) -> StatusOr<BoundExpressionPtr> {
    if (IsAggregate(part)) {
      if (!scope.locals.empty()) {
        return Error("SL4001", part.span, "a list has items, not rows, and nothing to gather",
                     {"gather first: WITH x, count(*) AS n, then use n in the list"});
      }
      return add_call(part);
    }
    if (VariableName(part) != nullptr) return BoundExpressionPtr();  // By name, among the groups.
    // openCypher takes no more than a property for repeated; we do.
    if (cypher_ && !IsPropertyOfVariable(part)) return BoundExpressionPtr();
    for (const Known& key : keys) {
      if (SameExpression(*key.expression, part)) return MakeSlot(key.slot, key.type, part.span);
    }
    return BoundExpressionPtr();
  };

  FramePtr frame = NewFrame();
  Bindings output;
  LogicalProject project;
  std::vector<uint32_t> slots;
  const auto bind_item = [&](const ProjectionItem& item) -> StatusOr<BoundExpressionPtr> {
    if (item.star != nullptr) {
      const Binding* group = groups.Find(item.name);
      return MakeSlot(group->slot, group->type, item.span);
    }
    if (item.is_marking) return MakeConstant(Datum(), StaticType::kMap, item.span);
    for (const Known& key : keys) {
      if (key.expression == item.expression) return MakeSlot(key.slot, key.type, item.span);
    }
    scope.substitute = substitute_group;
    return BindExpression(*item.expression, &scope);
  };
  for (const ProjectionItem& item : items) {
    SL_ASSIGN_OR_RETURN(BoundExpressionPtr bound, bind_item(item));
    slots.push_back(AddOutput(item, *bound, groups, frame.get(), &output));
    project.items.emplace_back(slots.back(), std::move(bound));
  }
  std::vector<SortKey> sort;
  if (!projection.distinct) {
    scope.place = "ORDER BY";
    for (const ast::SortItem& by : projection.paging.order_by) {
      std::optional<uint32_t> slot = SlotOfItem(items, slots, *by.expression);
      if (!slot.has_value()) {
        // The items' names stand for the items.
        const auto substitute = [&](const ast::Expression& part) -> StatusOr<BoundExpressionPtr> {
          if (const std::string* variable = VariableName(part)) {
            for (const ProjectionItem& item : items) {
              if (item.name != *variable) continue;
              ExpressionScope of_item = scope;
              of_item.substitute = substitute_group;
              if (item.expression == nullptr) return bind_item(item);
              return BindExpression(*item.expression, &of_item);
            }
          }
          // openCypher orders by what is gathered for an item only; we gather more if need be.
          const bool is_item = std::any_of(calls.begin(), calls.end(), [&](const Known& call) {
            return SameExpression(*call.expression, part);
          });
          if (cypher_ && IsAggregate(part) && !is_item) {
            return Error("SL4002", part.span, "this is not gathered for any of the items",
                         {"put it among the items, with a name, and order by the name"});
          }
          return substitute_group(part);
        };
        ExpressionScope of_sort = scope;
        of_sort.substitute = substitute;
        SL_ASSIGN_OR_RETURN(BoundExpressionPtr key, BindExpression(*by.expression, &of_sort));
        slot = frame->Add({.name = "", .kind = Vector::Kind::kData, .type = key->type});
        project.items.emplace_back(*slot, std::move(key));
      }
      sort.push_back({*slot, by.descending});
    }
  }
  plan_ = MakeOperator(std::move(aggregate), group_frame, std::move(plan_));
  plan_ = MakeOperator(std::move(project), frame, std::move(plan_));
  frame_ = frame;
  bindings_ = output;
  if (projection.distinct) return SortDistinct(projection, items, input);
  if (!sort.empty()) {
    plan_ = MakeOperator(LogicalSort{std::move(sort), std::nullopt}, frame, std::move(plan_));
  }
  return OkStatus();
}

// ORDER BY in mid-query, over the variables as they are.
Status StatementBinder::BindSort(const std::vector<ast::SortItem>& order_by) {
  if (order_by.empty()) return OkStatus();
  LogicalExtend extend;
  std::vector<SortKey> keys;
  for (const ast::SortItem& by : order_by) {
    ExpressionScope scope{.bindings = &bindings_, .place = "ORDER BY"};
    SL_ASSIGN_OR_RETURN(BoundExpressionPtr key, BindExpression(*by.expression, &scope));
    std::optional<uint32_t> slot = SlotOf(*key);
    if (!slot.has_value()) {
      slot = frame_->Add({.name = "", .kind = Vector::Kind::kData, .type = key->type});
      extend.items.emplace_back(*slot, std::move(key));
    }
    keys.push_back({*slot, by.descending});
  }
  if (!extend.items.empty()) plan_ = MakeOperator(std::move(extend), frame_, std::move(plan_));
  plan_ = MakeOperator(LogicalSort{std::move(keys), std::nullopt}, frame_, std::move(plan_));
  return OkStatus();
}

StatusOr<uint64_t> StatementBinder::BindRowCount(const ast::Expression& expression,
                                                 std::string_view word) {
  SL_ASSIGN_OR_RETURN(const Datum datum, EvaluateConstant(expression, word));
  const int64_t* number = datum.value() != nullptr ? datum.value()->get_if<int64_t>() : nullptr;
  if (number == nullptr || *number < 0) {
    return Error("SL4008", expression.span, fmt::format("{} needs a whole number from 0", word));
  }
  return static_cast<uint64_t>(*number);
}

Status StatementBinder::BindSkipLimit(const ast::Paging& paging) {
  if (paging.after != nullptr) {
    return Error("SL4015", paging.after->span,
                 "AFTER pages through the rows of the last RETURN only", {"leave AFTER out here"});
  }
  if (paging.skip == nullptr && paging.limit == nullptr) return OkStatus();
  LogicalSkipLimit page;
  if (paging.skip != nullptr) {
    SL_ASSIGN_OR_RETURN(page.skip, BindRowCount(*paging.skip, "SKIP"));
  }
  if (paging.limit != nullptr) {
    SL_ASSIGN_OR_RETURN(page.limit, BindRowCount(*paging.limit, "LIMIT"));
  }
  plan_ = MakeOperator(page, frame_, std::move(plan_));
  argument_only_ = false;
  return OkStatus();
}

}  // namespace sightline::query
