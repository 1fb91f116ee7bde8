#include "query/optimizer/end_histogram.h"

#include <algorithm>
#include <utility>

namespace sightline::query {
namespace {

using Frequent = EndHistogram::Frequent;

bool HasMore(const Frequent& a, const Frequent& b) { return a.facts > b.facts; }

// The facts of the ends that are not frequent, and how many of these there are.
struct Rest {
  explicit Rest(const EndHistogram& histogram)
      : facts(static_cast<double>(histogram.facts)),
        ends(static_cast<double>(histogram.ends - histogram.frequent.size())) {
    for (const Frequent& frequent : histogram.frequent) {
      facts -= static_cast<double>(frequent.facts);
    }
  }
  double facts, ends;
};

}  // namespace

void EndCounter::Finish() {
  if (current_.facts == 0) return;
  ++histogram_.ends;
  std::vector<Frequent>& frequent = histogram_.frequent;
  if (frequent.size() < EndHistogram::kFrequentMax) {
    frequent.push_back(current_);
    std::push_heap(frequent.begin(), frequent.end(), HasMore);
  } else if (current_.facts > frequent.front().facts) {
    std::pop_heap(frequent.begin(), frequent.end(), HasMore);
    frequent.back() = current_;
    std::push_heap(frequent.begin(), frequent.end(), HasMore);
  }
  current_.facts = 0;
}

EndHistogram EndCounter::Take() {
  Finish();
  std::sort(histogram_.frequent.begin(), histogram_.frequent.end(),
            [](const Frequent& a, const Frequent& b) { return a.end < b.end; });
  return std::move(histogram_);
}

double PairsWithTheSameEnd(const EndHistogram& a, const EndHistogram& b) {
  const Rest rest_a(a), rest_b(b);
  const double domain = std::max({rest_a.ends, rest_b.ends, 1.0});
  double pairs = rest_a.facts * rest_b.facts / domain;
  auto left = a.frequent.begin();
  auto right = b.frequent.begin();
  while (left != a.frequent.end() || right != b.frequent.end()) {
    const bool from_left =
        right == b.frequent.end() || (left != a.frequent.end() && left->end < right->end);
    const bool from_right =
        left == a.frequent.end() || (right != b.frequent.end() && right->end < left->end);
    if (from_left) {
      pairs += static_cast<double>((left++)->facts) * rest_b.facts / domain;
    } else if (from_right) {
      pairs += static_cast<double>((right++)->facts) * rest_a.facts / domain;
    } else {
      pairs += static_cast<double>((left++)->facts) * static_cast<double>((right++)->facts);
    }
  }
  return pairs;
}

}  // namespace sightline::query
