#include "query/optimizer/statistics.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "storage/index/merged_scan.h"
#include "storage/statements/scope_builder.h"

namespace sightline::query {
namespace {

using storage::KeyPrefix;
using storage::Permutation;
using storage::TermId;

// By the term in the second column.
StatusOr<EndHistogramPtr> Count(Permutation permutation, TermId predicate,
                                const storage::ReadView& view, const storage::ScopePtr& scope) {
  // Every id for itself: who is one with whom does not change how many there are by much.
  SL_ASSIGN_OR_RETURN(const auto scan, view.Scan(permutation, KeyPrefix::Of(predicate),
                                                 storage::WithIdentity(scope, nullptr)));
  storage::ScanBatch batch;
  uint64_t facts = 0;
  EndCounter counter;
  while (facts < PredicateStatistics::kFactsCounted) {
    SL_ASSIGN_OR_RETURN(const size_t rows, scan->Next(&batch));
    if (rows == 0) break;
    facts += rows;
    for (size_t row = 0; row < rows; ++row) counter.Add(batch.columns[1][row]);
  }
  return EndHistogramPtr(std::make_shared<const EndHistogram>(counter.Take()));
}

int64_t SteadyMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

StatusOr<PredicateStatistics> ScopeStatistics::Of(TermId predicate, const storage::ReadView& view,
                                                  const storage::ScopePtr& scope) {
  {
    storage::MutexLock lock(&mutex_);
    const auto known = of_.find(predicate.bits);
    if (known != of_.end()) return known->second;
  }
  SL_ASSIGN_OR_RETURN(EndHistogramPtr by_subject, Count(Permutation::kPso, predicate, view, scope));
  SL_ASSIGN_OR_RETURN(EndHistogramPtr by_object, Count(Permutation::kPos, predicate, view, scope));
  const PredicateStatistics statistics{.facts = by_subject->facts,
                                       .subjects = by_subject->ends,
                                       .objects = by_object->ends,
                                       .by_subject = std::move(by_subject),
                                       .by_object = std::move(by_object)};
  storage::MutexLock lock(&mutex_);
  of_.emplace(predicate.bits, statistics);
  return statistics;
}

std::shared_ptr<ScopeStatistics> StatisticsCache::For(const storage::ReadView& view,
                                                      const storage::ScopePtr& scope) {
  const int64_t now = SteadyMicros();
  storage::MutexLock lock(&mutex_);
  const auto known = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.clearance == view.clearance() && entry.conditions == scope->conditions();
  });
  if (known != entries_.end()) {
    if (known->revision != view.revision() && now - known->made_micros > kAgeMaxMicros) {
      known->revision = view.revision();
      known->made_micros = now;
      known->statistics = std::make_shared<ScopeStatistics>();
    }
    std::rotate(known, known + 1, entries_.end());
    return entries_.back().statistics;
  }
  if (entries_.size() == kEntriesMax) entries_.erase(entries_.begin());
  entries_.push_back({.clearance = view.clearance(),
                      .conditions = scope->conditions(),
                      .revision = view.revision(),
                      .made_micros = now,
                      .statistics = std::make_shared<ScopeStatistics>()});
  return entries_.back().statistics;
}

}  // namespace sightline::query
