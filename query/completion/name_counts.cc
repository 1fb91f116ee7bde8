#include "query/completion/name_counts.h"

#include <unordered_set>

namespace sightline::query {

using storage::KeyPrefix;
using storage::Permutation;
using storage::TermId;

StatusOr<NameCount> NameCounts::FactsOf(const storage::PredicateDefinition& predicate) const {
  NameCount count;
  storage::ScanBatch batch;
  for (const TermId id : view_.catalog().PredicateIdsAtOrBelow(predicate.name)) {
    SL_ASSIGN_OR_RETURN(const auto scan,
                        view_.Scan(Permutation::kPso, KeyPrefix::Of(id), view_.default_scope()));
    while (true) {
      SL_RETURN_IF_ERROR(may_go_on_());
      SL_ASSIGN_OR_RETURN(const size_t rows, scan->Next(&batch));
      if (rows == 0) break;
      count.count += rows;
      if (count.count > kCountMax) return NameCount{kCountMax, true};
    }
  }
  return count;
}

StatusOr<NameCount> NameCounts::InstancesOf(const storage::ClassDefinition& definition) const {
  const auto* instance_of = view_.catalog().FindPredicate(storage::kInstanceOf);
  if (instance_of == nullptr) return NameCount{};
  std::unordered_set<uint64_t> instances;
  storage::ScanBatch batch;
  for (const auto* below : view_.catalog().ClassesAtOrBelow(definition.name)) {
    SL_ASSIGN_OR_RETURN(const auto scan,
                        view_.Scan(Permutation::kPos, KeyPrefix::Of(instance_of->id, below->id),
                                   view_.default_scope()));
    while (true) {
      SL_RETURN_IF_ERROR(may_go_on_());
      SL_ASSIGN_OR_RETURN(const size_t rows, scan->Next(&batch));
      if (rows == 0) break;
      for (const TermId instance : batch.columns[2]) instances.insert(instance.bits);
      if (instances.size() > kCountMax) return NameCount{kCountMax, true};
    }
  }
  return NameCount{instances.size(), false};
}

StatusOr<std::map<TermId, NameCount>> NameCounts::PredicatesAt(const std::vector<TermId>& nodes,
                                                               bool as_subjects) const {
  // Subjects have the predicate second, objects third.
  const Permutation permutation = as_subjects ? Permutation::kSpo : Permutation::kOps;
  std::map<TermId, NameCount> counts;
  storage::ScanBatch batch;
  for (const TermId node : nodes) {
    SL_ASSIGN_OR_RETURN(const auto scan,
                        view_.Scan(permutation, KeyPrefix::Of(node), view_.default_scope()));
    while (true) {
      SL_RETURN_IF_ERROR(may_go_on_());
      SL_ASSIGN_OR_RETURN(const size_t rows, scan->Next(&batch));
      if (rows == 0) break;
      TermId full;
      for (const TermId predicate : batch.columns[1]) {
        NameCount& count = counts[predicate];
        count.is_least = count.count == kCountMax;
        if (!count.is_least) ++count.count;
        full = count.is_least ? predicate : TermId();
      }
      // The next predicate, when of this one enough was seen.
      if (!full.is_none()) {
        SL_RETURN_IF_ERROR(scan->SeekForward(KeyPrefix::Of(node, TermId{full.bits + 1})));
      }
    }
  }
  return counts;
}

}  // namespace sightline::query
