#include "query/optimizer/end_histogram.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "query/optimizer/join_order.h"

namespace sightline::query {
namespace {

storage::TermId Node(uint64_t number) {
  return storage::TermId::Make(storage::TermTag::kEntity, number);
}

EndHistogram HistogramOf(const std::map<uint64_t, uint64_t>& facts) {
  EndCounter counter;
  for (const auto& [end, count] : facts) {
    for (uint64_t i = 0; i < count; ++i) counter.Add(Node(end));
  }
  return counter.Take();
}

uint64_t TruePairs(const std::map<uint64_t, uint64_t>& a, const std::map<uint64_t, uint64_t>& b) {
  uint64_t pairs = 0;
  for (const auto& [end, count] : a) {
    const auto other = b.find(end);
    if (other != b.end()) pairs += count * other->second;
  }
  return pairs;
}

TEST(EndHistogram, KeepsTheMostFrequentEnds) {
  std::map<uint64_t, uint64_t> facts;
  for (uint64_t end = 1; end <= 100; ++end) facts[end] = end;
  const EndHistogram histogram = HistogramOf(facts);
  EXPECT_EQ(histogram.facts, 5050u);
  EXPECT_EQ(histogram.ends, 100u);
  ASSERT_EQ(histogram.frequent.size(), EndHistogram::kFrequentMax);
  for (size_t i = 0; i < histogram.frequent.size(); ++i) {
    EXPECT_EQ(histogram.frequent[i].end, Node(69 + i));
    EXPECT_EQ(histogram.frequent[i].facts, 69 + i);
  }
  EXPECT_EQ(HistogramOf({}).ends, 0u);
  EXPECT_EQ(PairsWithTheSameEnd(HistogramOf({}), histogram), 0);
}

TEST(EndHistogram, IsExactWhereAllEndsAreKept) {
  const std::map<uint64_t, uint64_t> a = {{1, 1000}, {2, 3}, {3, 1}}, b = {{1, 500}, {3, 7}};
  EXPECT_EQ(PairsWithTheSameEnd(HistogramOf(a), HistogramOf(b)),
            static_cast<double>(TruePairs(a, b)));
}

TEST(EndHistogram, SeesHubsThatAveragesHide) {
  std::mt19937_64 random(7);
  std::map<uint64_t, uint64_t> a, b;
  for (uint64_t end = 1; end <= 5000; ++end) {
    a[end] = 1 + random() % 3;
    b[end] = 1 + random() % 3;
  }
  for (const uint64_t hub : {17, 400, 4711}) {
    a[hub] = 20'000;
    b[hub] = 10'000;
  }
  const EndHistogram left = HistogramOf(a), right = HistogramOf(b);
  const auto truth = static_cast<double>(TruePairs(a, b));
  EXPECT_NEAR(PairsWithTheSameEnd(left, right) / truth, 1, 0.05);
  const double averages = static_cast<double>(left.facts) * static_cast<double>(right.facts) / 5000;
  EXPECT_LT(averages, truth / 100);
}

// Of two relations that could come next, the one that shares its hubs is the larger.
TEST(EndHistogram, ChoosesTheOrder) {
  std::map<uint64_t, uint64_t> hubs, others;
  for (uint64_t end = 1; end <= 1000; ++end) hubs[end] = others[end] = 1;
  hubs[5] = 9000;
  others[900] = 9000;
  const EndHistogram from_hubs = HistogramOf(hubs), from_others = HistogramOf(others);
  const auto relation = [](uint32_t left, uint32_t right, const EndHistogram* left_ends,
                           const EndHistogram* right_ends) {
    return JoinRelation{.left = left,
                        .right = right,
                        .rows = 9999,
                        .left_values = 1000,
                        .right_values = 1000,
                        .left_ends = left_ends,
                        .right_ends = right_ends};
  };
  // x -0-> y; y -1-> z shares its hub; y -2-> w does not.
  const std::vector<JoinVariable> variables = {{}, {}, {}, {}};
  const std::vector<JoinRelation> relations = {relation(0, 1, nullptr, &from_hubs),
                                               relation(1, 2, &from_hubs, nullptr),
                                               relation(1, 3, &from_others, nullptr)};
  const JoinOrder order = OrderJoins(variables, relations, false);
  ASSERT_EQ(order.steps.size(), 3u);
  const bool hubs_last = order.steps[2].index == 1 || order.steps[2].index == 0;
  EXPECT_TRUE(hubs_last) << "the two that share a hub are not joined first";
  EXPECT_GT(order.rows, 9000.0 * 9000);
}

}  // namespace
}  // namespace sightline::query
