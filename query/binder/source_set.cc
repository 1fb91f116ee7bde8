#include "query/binder/source_set.h"

#include <algorithm>
#include <unordered_set>

#include "query/functions/source_order.h"
#include "storage/catalog/catalog.h"

namespace sightline::query {

StatusOr<std::vector<storage::TermId>> SourcesAtOrBelow(const storage::ReadView& view,
                                                        const storage::Catalog& catalog,
                                                        const storage::ScopePtr& scope,
                                                        const std::vector<storage::TermId>& roots) {
  const std::vector<storage::TermId> predicates = SourcePredicates(catalog);
  std::unordered_set<storage::TermId> seen;
  std::vector<storage::TermId> pending;
  const auto reach = [&](storage::TermId source) {
    if (source.is_node() && seen.insert(source).second) pending.push_back(source);
  };
  for (storage::TermId root : roots) reach(scope->CanonicalOf(root));
  storage::ScanBatch batch;
  while (!pending.empty()) {
    const storage::TermId source = pending.back();
    pending.pop_back();
    if (const storage::ClassDefinition* definition = catalog.FindClass(source)) {
      for (const auto* below : catalog.ClassesAtOrBelow(definition->name)) reach(below->id);
    }
    for (storage::TermId predicate : predicates) {
      SL_ASSIGN_OR_RETURN(auto scan, view.Scan(storage::Permutation::kPos,
                                               storage::KeyPrefix::Of(predicate, source), scope));
      for (;;) {
        SL_ASSIGN_OR_RETURN(const size_t rows, scan->Next(&batch));
        if (rows == 0) break;
        for (size_t row = 0; row < rows; ++row) reach(batch.columns[2][row]);
      }
    }
  }
  std::vector<storage::TermId> sources(seen.begin(), seen.end());
  // Statements name their sources by any id.
  if (scope->identity() != nullptr) {
    for (const storage::TermId source : seen) {
      const auto& members = scope->identity()->MembersOf(source);
      if (!members.empty()) sources.insert(sources.end(), members.begin() + 1, members.end());
    }
  }
  std::sort(sources.begin(), sources.end());
  return sources;
}

}  // namespace sightline::query
