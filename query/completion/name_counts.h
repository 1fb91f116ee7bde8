// NameCounts: how much there is of a name, as one reader sees it, counted up to a bound.
//
// Counting by scans through the view: a count says nothing of what is hidden.
//
// Thread-compatible; borrows the view.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"
#include "storage/model/term_id.h"
#include "storage/txn/read_view.h"

namespace sightline::query {

struct NameCount {
  uint64_t count = 0;
  bool is_least = false;  // Counting ended at the bound.
};

class NameCounts {
 public:
  // 10,000 facts take a fraction of a millisecond; of more, people need no exact number.
  static constexpr uint64_t kCountMax = 10'000;

  // `may_go_on` is asked once a batch; its error is the result.
  NameCounts(const storage::ReadView& view, std::function<Status()> may_go_on)
      : view_(view), may_go_on_(std::move(may_go_on)) {}

  // Facts with the predicate or one below it.
  StatusOr<NameCount> FactsOf(const storage::PredicateDefinition& predicate) const;
  // Different instances of the class and those below it.
  StatusOr<NameCount> InstancesOf(const storage::ClassDefinition& definition) const;
  // Facts of the nodes by predicate, in the direction: nodes as subjects, or as objects.
  StatusOr<std::map<storage::TermId, NameCount>> PredicatesAt(
      const std::vector<storage::TermId>& nodes, bool as_subjects) const;

 private:
  const storage::ReadView& view_;
  const std::function<Status()> may_go_on_;
};

}  // namespace sightline::query
