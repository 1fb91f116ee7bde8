// The order of names: the same whether names or ranks are compared, all rows are kept or the first
// ones, in memory or in temporary files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;

class NameOrder : public ::testing::Test {
 protected:
  static constexpr int kNodes = 700;

  // Numbers go another way than names.
  void SetUp() override {
    std::mt19937_64 random(7);
    for (int i = 0; i < kNodes; ++i) {
      const std::string from = "n/" + std::to_string(random() % 100'000);
      nodes_.push_back(from);
      store_.Say("org/desk", from, "supplies", "m/" + std::to_string(random() % 50));
      store_.Say("org/desk", from, "weighs", storage::Value(static_cast<int64_t>(random() % 20)));
    }
    store_.Commit();
    std::sort(nodes_.begin(), nodes_.end());
    nodes_.erase(std::unique(nodes_.begin(), nodes_.end()), nodes_.end());
  }

  RunOutcome Run(std::string_view text, const EngineOptions& options, uint32_t batch_rows = 16) {
    QueryRequest request;
    request.text = text;
    request.clearance.tlp_max = storage::TlpLabel::kRed;  // Not all that there can be.
    request.limits.batch_rows = batch_rows;
    return RunRequest(&*store_, request, options);
  }

  test::TestStore store_;
  std::vector<std::string> nodes_;  // Sorted.
};

std::vector<EngineOptions> AllOptions() {
  std::vector<EngineOptions> all(3);
  all[0].ranked_rows_min = 0;
  all[1].ranked_rows_min = UINT64_MAX;
  all[2].ranked_rows_min = 200;  // Ranks come when rows have been compared by names.
  const size_t count = all.size();
  for (size_t i = 0; i < count; ++i) {
    all.push_back(all[i]);
    all.back().spill_after_bytes = 4000;
  }
  return all;
}

TEST_F(NameOrder, IsThatOfTheNames) {
  for (const EngineOptions& options : AllOptions()) {
    const RunOutcome outcome = Run("MATCH (a)-[:weighs]->(w) RETURN DISTINCT a", options);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status;
    EXPECT_EQ(outcome.rows, nodes_);
  }
}

TEST_F(NameOrder, LimitKeepsTheFirst) {
  for (const std::string text :
       {"MATCH (a)-[:supplies]->(b) RETURN a, b", "MATCH (a)-[:supplies]->(b) RETURN b, a",
        "MATCH (a)-[:weighs]->(w) RETURN w, a",
        "MATCH (a)-[:weighs]->(w) RETURN a, w ORDER BY w DESC",
        "MATCH (a)-[:weighs]->(w) RETURN w + 0.5 AS x, [a] AS l ORDER BY x",
        "MATCH (a)-[:supplies]->(b) RETURN a.weighs AS w, b ORDER BY b DESC"}) {
    const RunOutcome all = Run(text, AllOptions()[1]);
    ASSERT_TRUE(all.status.ok()) << text << all.status;
    ASSERT_GT(all.rows.size(), 600u);
    for (const EngineOptions& options : AllOptions()) {
      EXPECT_EQ(Run(text, options).rows, all.rows) << text;
      for (const size_t limit : {0, 1, 3, 40, 500}) {
        const RunOutcome some = Run(text + " LIMIT " + std::to_string(limit), options);
        EXPECT_EQ(some.rows,
                  std::vector<std::string>(all.rows.begin(),
                                           all.rows.begin() + static_cast<ptrdiff_t>(limit)))
            << text << " LIMIT " << limit;
      }
    }
  }
}

TEST_F(NameOrder, GrowsWithTheStore) {
  EngineOptions options;
  options.ranked_rows_min = 0;
  for (const char* name : {"zz", "a", "n/5000x"}) {
    store_.Say("org/desk", name, "weighs", storage::Value(int64_t{3}));
    store_.Commit();
    nodes_.insert(std::upper_bound(nodes_.begin(), nodes_.end(), name), name);
    EXPECT_EQ(Run("MATCH (a)-[:weighs]->(w) RETURN DISTINCT a", options).rows, nodes_);
  }
}

}  // namespace
}  // namespace sightline::query
