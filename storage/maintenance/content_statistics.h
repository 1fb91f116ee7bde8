// ContentStatistics: how much a reader can see in a store, counted through his own view, so that
// nothing of what he may not see is in it.
//
// Thread-safe: a pure function of the view. Time: two passes over all facts. Memory: a number for
// each predicate.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/base/cancellation.h"
#include "storage/base/status.h"
#include "storage/txn/read_view.h"

namespace sightline::storage {

struct PredicateFacts {
  std::string predicate;
  uint64_t facts = 0;
};

struct ContentStatistics {
  uint64_t statements = 0;  // Visible and not retracted.
  uint64_t facts = 0;       // That hold: some visible statement asserts them.
  uint64_t entities = 0;    // Different ones, as subject or object of such a fact.
  // The predicates of such facts, the most frequent first, then by name.
  std::vector<PredicateFacts> predicates;
};

// Errors: those of `cancellation`; kDataLoss, kUnavailable from the store.
StatusOr<ContentStatistics> CountContent(const ReadView& view,
                                         const CancellationToken& cancellation);

}  // namespace sightline::storage
