// Late parameters: which parameters of a query are put in when its plan is run, and what is put in.

#include <algorithm>
#include <utility>

#include "query/binder/statement_binder.h"
#include "query/plan/late_parameters.h"

namespace sightline::query {

std::optional<uint32_t> StatementBinder::AddLateValue(const std::string& name) {
  if (!context_.late_parameters) return std::nullopt;
  auto& values = late_.values;
  const auto known = std::find_if(values.begin(), values.end(), [&](const LateValue& value) {
    return value.name == name && value.identity == identity_;
  });
  if (known == values.end()) {
    values.push_back({.name = name, .identity = identity_});
    return static_cast<uint32_t>(values.size() - 1);
  }
  return static_cast<uint32_t>(known - values.begin());
}

NodeSet StatementBinder::AddLateNames(uint32_t value, uint32_t scope_index) {
  late_.nodes.push_back(
      {.kind = LateNodes::Kind::kNamed, .value = value, .scope_index = scope_index});
  return NodeSet::OfParameter(static_cast<uint32_t>(late_.nodes.size() - 1));
}

std::optional<NameTest> StatementBinder::LateNameTest(const ast::NodePattern& node,
                                                      uint32_t scope_index) {
  const auto* parameter = std::get_if<ast::ParameterExpression>(&node.named->node);
  if (parameter == nullptr || node.named_fuzzy || context_.parameters == nullptr) {
    return std::nullopt;
  }
  const auto given = context_.parameters->find(parameter->name);
  if (given == context_.parameters->end() || StaticTypeOf(given->second) != StaticType::kText) {
    return std::nullopt;
  }
  const std::optional<uint32_t> value = AddLateValue(parameter->name);
  if (!value) return std::nullopt;
  NameTest test;
  test.late_name = value;
  test.nodes = AddLateNames(*value, scope_index);
  late_.nodes.back().named_at = node.named->span;
  late_.nodes.back().is_only_test = !node.classes.has_value();
  return test;
}

void StatementBinder::ReadNow(BoundExpression* expression) {
  const auto* parameter = std::get_if<BoundParameter>(&expression->node);
  if (parameter == nullptr) return;
  const LateValue& late = late_.values[parameter->index];
  late_.by_value.insert(late.name);
  expression->node =
      BoundConstant{WithCanonicalIds(context_.parameters->find(late.name)->second, late.identity)};
}

void StatementBinder::NoticeNames(std::string_view name, size_t count, bool is_only_test,
                                  const SourceSpan& span) {
  if (count == 0) {
    NoticeNamesNothing(name, span);
  } else if (count > 1 && is_only_test) {
    Notice(Severity::kNotice, "N1005", span,
           fmt::format("{} names {} things", QuoteText(name), count),
           {"all of them count; write an id to mean one"});
  }
}

StatusOr<LateValues> StatementBinder::BindLate(const LateParameters& late,
                                               const std::vector<storage::ScopePtr>& scopes,
                                               const BindContext& context) {
  LateValues bound;
  bound.parameters = std::make_shared<ParameterValues>();
  std::vector<Datum>& values = bound.parameters->values;
  values.reserve(late.values.size());
  for (const LateValue& value : late.values) {
    const auto given = context.parameters->find(value.name);
    if (given == context.parameters->end()) return Internal("A late parameter without a value");
    values.push_back(WithCanonicalIds(given->second, value.identity));
  }
  std::optional<StatementBinder> binder;  // For what it says.
  for (const LateNodes& nodes : late.nodes) {
    SL_ASSIGN_OR_RETURN(std::vector<storage::TermId> found,
                        FindLateNodes(nodes, values, scopes, *context.view));
    if (nodes.named_at && found.size() != 1) {
      if (!binder) binder.emplace(context);
      binder->NoticeNames(values[nodes.value].value()->get_if<storage::Text>()->text, found.size(),
                          nodes.is_only_test, *nodes.named_at);
    }
    bound.parameters->nodes.push_back(std::move(found));
  }
  if (binder) bound.notices = std::move(binder->notices_);
  return bound;
}

StatusOr<LateValues> BindLateParameters(const LateParameters& late,
                                        const std::vector<storage::ScopePtr>& scopes,
                                        const BindContext& context) {
  return StatementBinder::BindLate(late, scopes, context);
}

}  // namespace sightline::query
