#include "query/exec/share_guard.h"

#include <algorithm>

#include "query/functions/runtime_error.h"
#include "query/functions/sort_in_steps.h"
#include "query/functions/support.h"
#include "query/functions/term_order.h"
#include "query/plan/expression_walk.h"

namespace sightline::query {

using storage::TermId;

ShareGuard::ShareGuard(ExecutionContext* context)
    : context_(context),
      predicates_(context->evaluation.view->catalog().PredicateIdsAtOrBelow(kShareOf)) {}

std::vector<uint32_t> ShareGuard::ColumnsOf(const AggregateCall& call, const Frame& frame) const {
  std::vector<uint32_t> columns;
  if (predicates_.empty() || call.kind != AggregateKind::kSum || call.argument == nullptr) {
    return columns;
  }
  std::vector<const BoundExpression*> pending = {call.argument.get()};
  while (!pending.empty()) {
    const BoundExpression* next = pending.back();
    pending.pop_back();
    if (const auto* property = std::get_if<BoundProperty>(&next->node)) {
      if (const auto* slot = std::get_if<BoundSlot>(&property->object->node)) {
        columns.push_back(slot->column);
      }
    }
    ForEachPart(*next, [&pending](const BoundExpression& part) { pending.push_back(&part); });
  }
  if (columns.empty() && !SlotsOf(*call.argument).empty()) {
    for (uint32_t slot = 0; slot < frame.slots.size(); ++slot) {
      if (frame.slots[slot].kind == Vector::Kind::kTerms) columns.push_back(slot);
    }
  }
  return columns;
}

namespace {

// In the order in which they are told: that of the store, or of names for whom that may not be
// shown.
Status Order(std::vector<TermId>* terms, EvaluationContext* context) {
  std::sort(terms->begin(), terms->end());
  TermOrder* const names = context->term_order.get();
  if (names == nullptr) return OkStatus();
  SL_RETURN_IF_ERROR(SortInSteps(
      terms, 1, [names](TermId a, TermId b) { return names->Compare(a, b) < 0; }, context));
  return names->status();
}

}  // namespace

StatusOr<const std::vector<TermId>*> ShareGuard::WholesOf(TermId thing) {
  const auto [known, is_new] = wholes_.try_emplace(thing);
  if (!is_new) return &known->second;
  EvaluationContext& evaluation = context_->evaluation;
  const auto says = [this](TermId predicate) {
    return std::find(predicates_.begin(), predicates_.end(), predicate) != predicates_.end();
  };
  SL_RETURN_IF_ERROR(evaluation.Work(1));
  SL_ASSIGN_OR_RETURN(
      const auto scan,
      evaluation.view->Scan(storage::Permutation::kSpo, storage::KeyPrefix::Of(thing),
                            ScopeAt(evaluation, evaluation.query_scope_index),
                            {.rows = storage::ScanRows::kStatements}));
  storage::ScanBatch batch;
  while (true) {
    SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
    if (row_count == 0) break;
    SL_RETURN_IF_ERROR(evaluation.TouchFacts(row_count));
    for (size_t row = 0; row < row_count; ++row) {
      if (says(batch.columns[1][row])) known->second.push_back(batch.columns[2][row]);
      SL_ASSIGN_OR_RETURN(const storage::Statement statement,
                          evaluation.view->GetStatement(batch.statements[row]));
      for (const storage::Qualifier& qualifier : statement.content.qualifiers) {
        if (says(qualifier.predicate)) known->second.push_back(qualifier.value);
      }
    }
  }
  if (known->second.size() > 1) SL_RETURN_IF_ERROR(Order(&known->second, &evaluation));
  return &known->second;
}

StatusOr<bool> ShareGuard::AddsShareToWhole(const Things& things) {
  if (things.size() < 2) return false;
  // Of several that are shares of others the first is told: names decide which, so they are put in
  // order only when there is one.
  std::vector<TermId> ordered;
  for (const TermId thing : things) {
    SL_ASSIGN_OR_RETURN(const std::vector<TermId>* const wholes, WholesOf(thing));
    if (!wholes->empty()) ordered.push_back(thing);
  }
  SL_RETURN_IF_ERROR(Order(&ordered, &context_->evaluation));
  for (const TermId thing : ordered) {
    Things seen = {thing};
    std::vector<TermId> pending = {thing};
    while (!pending.empty()) {
      const TermId next = pending.back();
      pending.pop_back();
      SL_ASSIGN_OR_RETURN(const std::vector<TermId>* const wholes, WholesOf(next));
      for (const TermId whole : *wholes) {
        if (!whole.is_node() || !seen.insert(whole).second) continue;
        if (things.contains(whole)) {
          const storage::ReadView& view = *context_->evaluation.view;
          SL_ASSIGN_OR_RETURN(const std::string share, view.ExternalIdOf(thing));
          SL_ASSIGN_OR_RETURN(const std::string of, view.ExternalIdOf(whole));
          AddNotice(&context_->evaluation, "N3010",
                    fmt::format("a sum was left unknown: it would add #{} to #{}, of which it is a "
                                "share",
                                share, of));
          return true;
        }
        pending.push_back(whole);
      }
    }
  }
  return false;
}

}  // namespace sightline::query
