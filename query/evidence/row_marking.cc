#include "query/evidence/row_marking.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <utility>

#include "query/evidence/evidence.h"
#include "query/functions/registry.h"
#include "query/plan/expression_walk.h"
#include "storage/model/marking.h"

namespace sightline::query {
namespace {

constexpr std::string_view kName = "marking";

StatusOr<Datum> MarkingOfEvidence(std::span<const Datum> arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const std::vector<storage::StatementId> statements,
                      StatementsOf(arguments.front(), context));
  std::optional<storage::Marking> joined;
  for (const storage::StatementId id : statements) {
    SL_ASSIGN_OR_RETURN(const storage::Statement statement, context->view->GetStatement(id));
    const storage::Marking& marking = statement.content.context.marking;
    joined = joined ? JoinOf(*joined, marking) : marking;
  }
  if (!joined) return Datum();
  return Datum(
      DatumMap{{"tlp", Datum::OfText(std::string(storage::TlpLabelName(joined->tlp)))},
               {"access", joined->access.empty() ? Datum() : Datum::OfText(joined->access)}});
}

constexpr ScalarFunction kMarking = {kName,
                                     "marking() -> MAP",
                                     "What the row has to be marked, by what it rests on.",
                                     1,
                                     1,
                                     StaticType::kMap,
                                     true,
                                     MarkingOfEvidence};

}  // namespace

bool IsMarkingCall(const ast::Expression& expression) {
  const auto* call = std::get_if<ast::FunctionCall>(&expression.node);
  return call != nullptr && call->name.size() == kName.size() &&
         std::equal(kName.begin(), kName.end(), call->name.begin(), [](char a, char b) {
           return a == std::tolower(static_cast<unsigned char>(b));
         });
}

BoundExpressionPtr MakeRowMarking(uint32_t evidence_slot, const SourceSpan& span) {
  BoundCall call{.function = &kMarking, .arguments = {}};
  call.arguments.push_back(MakeSlot(evidence_slot, StaticType::kList, span));
  auto made = std::make_unique<BoundExpression>();
  made->node = std::move(call);
  made->type = StaticType::kMap;
  made->span = span;
  return made;
}

}  // namespace sightline::query
