#include "query/exec/draft_checks.h"

#include <algorithm>
#include <set>
#include <vector>

#include "storage/txn/origin_finder.h"

namespace sightline::query {
namespace {

using storage::Fact;
using storage::KeyPrefix;
using storage::Permutation;
using storage::TermId;

Status Refuse(std::string_view code, std::string message, const SourceSpan& span,
              std::string help) {
  Diagnostic wrong;
  wrong.code = code;
  wrong.message = std::move(message);
  wrong.span = span;
  wrong.help = {std::move(help)};
  return ToStatus(std::move(wrong));
}

bool IsAmong(TermId predicate, const std::vector<TermId>& predicates) {
  return std::find(predicates.begin(), predicates.end(), predicate) != predicates.end();
}

// Whether `to` is above `from` by these predicates: in what is on record, and in the draft itself.
StatusOr<bool> Leads(TermId from, TermId to, const std::vector<TermId>& predicates,
                     const storage::StatementDraft& draft, const storage::ReadView& view,
                     EvaluationContext* context) {
  std::set<TermId> seen = {from};
  std::vector<TermId> pending = {from};
  const auto reach = [&](TermId node) {
    if (node.is_node() && seen.insert(node).second) pending.push_back(node);
  };
  storage::ScanBatch batch;
  while (!pending.empty()) {
    const TermId next = pending.back();
    pending.pop_back();
    if (next == to) return true;
    for (const Fact& fact : draft.facts) {
      if (fact.subject == next && IsAmong(fact.predicate, predicates)) reach(fact.object);
    }
    for (const TermId predicate : predicates) {
      SL_RETURN_IF_ERROR(context->Work(1));
      SL_ASSIGN_OR_RETURN(
          const auto scan,
          view.Scan(Permutation::kSpo, KeyPrefix::Of(next, predicate), view.default_scope()));
      while (true) {
        SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
        if (row_count == 0) break;
        SL_RETURN_IF_ERROR(context->TouchFacts(row_count));
        for (const TermId node : batch.columns[2]) reach(node);
      }
    }
  }
  return false;
}

// The most that anybody says: of two counts of one text, the shorter one may be that of an extract.
StatusOr<std::optional<int64_t>> TextLengthOf(TermId document, const storage::ReadView& view) {
  std::optional<int64_t> length;
  storage::ScanBatch batch;
  for (const TermId predicate : view.catalog().PredicateIdsAtOrBelow(kTextLength)) {
    SL_ASSIGN_OR_RETURN(
        const auto scan,
        view.Scan(Permutation::kSpo, KeyPrefix::Of(document, predicate), view.default_scope()));
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
      if (row_count == 0) break;
      for (const TermId term : batch.columns[2]) {
        SL_ASSIGN_OR_RETURN(const storage::Value value, view.ValueOf(term));
        const int64_t* bytes = value.get_if<int64_t>();
        if (bytes != nullptr && value.comparator() == storage::Comparator::kExactly) {
          length = std::max(length.value_or(0), *bytes);
        }
      }
    }
  }
  return length;
}

}  // namespace

Status CheckStatementDraft(const storage::StatementDraft& draft, const SourceSpan& span,
                           ExecutionContext* context) {
  SL_ASSIGN_OR_RETURN(const auto view, context->transaction->View());
  const storage::Catalog& catalog = view->catalog();
  if (draft.span && !draft.context.document.is_none()) {
    SL_ASSIGN_OR_RETURN(const auto length, TextLengthOf(draft.context.document, *view));
    if (length && draft.span->end > static_cast<uint64_t>(*length)) {
      return Refuse("SL6008",
                    fmt::format("the span ends at byte {}, and the document's text has {}",
                                draft.span->end, *length),
                    span, "spans count the bytes of the text in UTF-8, from 0, the end excluded");
    }
  }
  if (draft.polarity == storage::Polarity::kDenies) return OkStatus();
  for (const Fact& fact : draft.facts) {
    const storage::PredicateDefinition* const predicate = catalog.FindPredicate(fact.predicate);
    if (predicate == nullptr) continue;
    if (fact.subject == fact.object &&
        catalog.IsPredicateAtOrBelow(predicate->name, storage::kDerivedFrom)) {
      return Refuse("SL6006", "a document does not derive from itself", span,
                    "name the document that it was made from");
    }
    for (const std::string_view order : {storage::kBroader, storage::kPartOf}) {
      if (!fact.object.is_node() || !catalog.IsPredicateAtOrBelow(predicate->name, order)) continue;
      SL_ASSIGN_OR_RETURN(const bool in_circle,
                          Leads(fact.object, fact.subject, catalog.PredicateIdsAtOrBelow(order),
                                draft, *view, &context->evaluation));
      if (!in_circle) continue;
      return order == storage::kBroader
                 ? Refuse("SL6007", "this would put a kind above itself", span,
                          "look at what is above it: MATCH (#kind)-[:broader]->+(wider)")
                 : Refuse("SL6007", "this would make something a part of itself", span,
                          "look at what it is in: MATCH (#part)-[:partOf]->+(whole)");
    }
  }
  return OkStatus();
}

}  // namespace sightline::query
