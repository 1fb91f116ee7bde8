// EndHistogram: how the facts of a predicate lie over their subjects, or their objects: how many
// the most frequent ones have each, and all others together. What joins come to where a few hubs
// have most of the facts on both sides is many times what averages say.
//
// Source: Y. Ioannidis, V. Poosala: Balancing histogram optimality and practicality for query
// result size estimation (SIGMOD 1995), whose end-biased histograms these are.
//
// Pure functions; thread-safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "storage/model/term_id.h"

namespace sightline::query {

struct EndHistogram {
  static constexpr size_t kFrequentMax = 32;

  struct Frequent {
    storage::TermId end;
    uint64_t facts = 0;
  };
  std::vector<Frequent> frequent;  // By end, ascending; kFrequentMax at most.
  uint64_t facts = 0;              // Of all ends.
  uint64_t ends = 0;               // Different ones.
};
using EndHistogramPtr = std::shared_ptr<const EndHistogram>;

// Makes a histogram of facts that come by their ends.
class EndCounter {
 public:
  void Add(storage::TermId end) {
    if (end != current_.end) Finish();
    current_.end = end;
    ++current_.facts;
    ++histogram_.facts;
  }
  // REQUIRES: nothing is added afterwards.
  EndHistogram Take();

 private:
  void Finish();

  EndHistogram histogram_;  // `frequent` is a heap with the fewest facts in front.
  EndHistogram::Frequent current_;
};

// About how many pairs of facts have the same end, when the less frequent ends of both are drawn
// from the same values, of which there are as many as the one with more ends has.
double PairsWithTheSameEnd(const EndHistogram& a, const EndHistogram& b);

}  // namespace sightline::query
