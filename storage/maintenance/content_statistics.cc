#include "storage/maintenance/content_statistics.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "storage/index/merged_scan.h"

namespace sightline::storage {
namespace {

// The different entities in the first column of a permutation, ascending, and whatever else a
// visitor wants to know of the rows passed.
template <typename Visit>
class FirstEntities {
 public:
  FirstEntities(MergedScan* scan, const CancellationToken& cancellation, Visit visit)
      : scan_(scan), cancellation_(cancellation), visit_(std::move(visit)) {}

  // The next one; none at the end.
  StatusOr<TermId> Next() {
    while (true) {
      for (; row_ < batch_.row_count; ++row_) {
        const TermId term = batch_.columns[0][row_];
        if (term == last_ || !term.is_entity()) continue;
        last_ = term;
        ++row_;
        return term;
      }
      if (is_over_) return TermId{};
      SL_RETURN_IF_ERROR(cancellation_.Check());
      SL_ASSIGN_OR_RETURN(const size_t row_count, scan_->Next(&batch_));
      row_ = 0;
      is_over_ = row_count == 0;
      visit_(batch_);
    }
  }

 private:
  MergedScan* const scan_;
  const CancellationToken& cancellation_;
  const Visit visit_;
  ScanBatch batch_;
  size_t row_ = 0;
  TermId last_;
  bool is_over_ = false;
};

}  // namespace

StatusOr<ContentStatistics> CountContent(const ReadView& view,
                                         const CancellationToken& cancellation) {
  const ScopePtr& scope = view.default_scope();
  ContentStatistics statistics;
  statistics.statements = scope->size();

  std::unordered_map<TermId, uint64_t> by_predicate;
  SL_ASSIGN_OR_RETURN(const auto by_subject, view.Scan(Permutation::kSpo, KeyPrefix::Of(), scope));
  SL_ASSIGN_OR_RETURN(const auto by_object, view.Scan(Permutation::kOsp, KeyPrefix::Of(), scope));
  FirstEntities subjects(by_subject.get(), cancellation, [&](const ScanBatch& batch) {
    statistics.facts += batch.row_count;
    for (size_t i = 0; i < batch.row_count; ++i) ++by_predicate[batch.columns[1][i]];
  });
  FirstEntities objects(by_object.get(), cancellation, [](const ScanBatch&) {});
  // Both ascend, so that what is in both is met at the same time.
  SL_ASSIGN_OR_RETURN(TermId subject, subjects.Next());
  SL_ASSIGN_OR_RETURN(TermId object, objects.Next());
  while (!subject.is_none() || !object.is_none()) {
    ++statistics.entities;
    const TermId least = subject.is_none()  ? object
                         : object.is_none() ? subject
                                            : std::min(subject, object);
    if (subject == least) {
      SL_ASSIGN_OR_RETURN(subject, subjects.Next());
    }
    if (object == least) {
      SL_ASSIGN_OR_RETURN(object, objects.Next());
    }
  }

  for (const auto& [predicate, facts] : by_predicate) {
    SL_ASSIGN_OR_RETURN(std::string name, view.ExternalIdOf(predicate));
    statistics.predicates.push_back({std::move(name), facts});
  }
  std::sort(statistics.predicates.begin(), statistics.predicates.end(),
            [](const PredicateFacts& a, const PredicateFacts& b) {
              return std::tie(b.facts, a.predicate) < std::tie(a.facts, b.predicate);
            });
  return statistics;
}

}  // namespace sightline::storage
