#include "query/binder/kind_set.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_set>

#include "storage/catalog/catalog.h"

namespace sightline::query {

StatusOr<std::vector<storage::TermId>> KindsAtOrBelow(const storage::ReadView& view,
                                                      const storage::Catalog& catalog,
                                                      const storage::ScopePtr& scope,
                                                      const std::vector<storage::TermId>& roots) {
  const std::vector<storage::TermId> broader = catalog.PredicateIdsAtOrBelow(storage::kBroader);
  std::unordered_set<storage::TermId> seen;
  std::vector<storage::TermId> pending;
  const auto reach = [&](storage::TermId kind) {
    if (!kind.is_none() && seen.insert(kind).second) pending.push_back(kind);
  };
  for (storage::TermId root : roots) reach(root);
  storage::ScanBatch batch;
  while (!pending.empty()) {
    const storage::TermId kind = pending.back();
    pending.pop_back();
    if (const storage::ClassDefinition* definition = catalog.FindClass(kind)) {
      for (const auto* below : catalog.ClassesAtOrBelow(definition->name)) reach(below->id);
    }
    for (const storage::TermId predicate : broader) {
      SL_ASSIGN_OR_RETURN(auto scan, view.Scan(storage::Permutation::kPos,
                                               storage::KeyPrefix::Of(predicate, kind), scope));
      for (;;) {
        SL_ASSIGN_OR_RETURN(const size_t rows, scan->Next(&batch));
        if (rows == 0) break;
        for (size_t row = 0; row < rows; ++row) reach(batch.columns[2][row]);
      }
    }
  }
  std::vector<storage::TermId> kinds(seen.begin(), seen.end());
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

StatusOr<std::vector<storage::TermId>> KindsSpokenOf(const storage::ReadView& view,
                                                     const storage::Catalog& catalog,
                                                     const storage::ScopePtr& scope,
                                                     const std::vector<storage::TermId>& kinds) {
  std::set<storage::TermId> membership;
  for (std::string_view name : {storage::kInstanceOf, storage::kBroader}) {
    const std::vector<storage::TermId> below = catalog.PredicateIdsAtOrBelow(name);
    membership.insert(below.begin(), below.end());
  }
  std::vector<storage::TermId> spoken_of;
  storage::ScanBatch batch;
  for (storage::TermId kind : kinds) {
    if (catalog.FindClass(kind) == nullptr) {
      spoken_of.push_back(kind);
      continue;
    }
    SL_ASSIGN_OR_RETURN(auto as_subject,
                        view.Scan(storage::Permutation::kSpo, storage::KeyPrefix::Of(kind), scope,
                                  {.batch_rows_max = 1}));
    SL_ASSIGN_OR_RETURN(size_t rows, as_subject->Next(&batch));
    bool found = rows > 0;
    SL_ASSIGN_OR_RETURN(auto as_object,
                        view.Scan(storage::Permutation::kOps, storage::KeyPrefix::Of(kind), scope,
                                  {.batch_rows_max = 1}));
    while (!found) {
      SL_ASSIGN_OR_RETURN(rows, as_object->Next(&batch));
      if (rows == 0) break;
      const storage::TermId predicate = batch.columns[1][0];
      found = !membership.contains(predicate);
      // Past all instances at once: there may be millions.
      if (!found) {
        SL_RETURN_IF_ERROR(as_object->SeekForward(
            storage::KeyPrefix::Of(kind, storage::TermId{predicate.bits + 1})));
      }
    }
    if (found) spoken_of.push_back(kind);
  }
  return spoken_of;
}

}  // namespace sightline::query
