#include "query/exec/neighbour_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using storage::Permutation;
using storage::TermId;
using storage::TermTag;
using ::testing::ElementsAreArray;

TermId Node(uint64_t number) { return TermId::Make(TermTag::kEntity, number); }

std::vector<TermId> NodesFrom(uint64_t first, uint64_t count) {
  std::vector<TermId> nodes;
  for (uint64_t i = 0; i < count; ++i) nodes.push_back(Node(first + i));
  return nodes;
}

class NeighbourCacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_.Say("org/desk", "n1", "knows", "n2");
    scope_ = store_.View()->default_scope();
  }

  test::TestStore store_;
  storage::ScopePtr scope_;
};

TEST_F(NeighbourCacheTest, KeepsTheNeighboursOfManyNodes) {
  NeighbourCache cache(64 << 20);
  const NeighbourTablePtr table = cache.TableOf(scope_, Permutation::kPso, Node(1));
  EXPECT_EQ(table->Find(Node(7)), std::nullopt);
  for (uint64_t i = 0; i < 3000; ++i) cache.Add(table.get(), Node(i), NodesFrom(i, i % 1200));
  cache.Add(table.get(), Node(5), NodesFrom(0, 9));  // The first stays.
  for (uint64_t i = 0; i < 3000; ++i) {
    EXPECT_THAT(*table->Find(Node(i)), ElementsAreArray(NodesFrom(i, i % 1200)));
  }
  EXPECT_EQ(table->Find(Node(3000)), std::nullopt);
  EXPECT_GE(cache.bytes(), 3000 * 599 * sizeof(TermId));
}

TEST_F(NeighbourCacheTest, HasATableForWhatHoldsInAScope) {
  NeighbourCache cache(64 << 20);
  const NeighbourTablePtr table = cache.TableOf(scope_, Permutation::kPso, Node(1));
  EXPECT_EQ(cache.TableOf(store_.View()->default_scope(), Permutation::kPso, Node(1)), table);
  EXPECT_NE(cache.TableOf(scope_, Permutation::kPos, Node(1)), table);
  EXPECT_NE(cache.TableOf(scope_, Permutation::kPso, Node(2)), table);
  const auto resolved = [&](const storage::ScopeConditions& conditions) {
    return test::OrThrow(store_.View()->Resolve(conditions));
  };
  EXPECT_NE(cache.TableOf(resolved({.dispute_rule = storage::DisputeRule::kExcludingDisputed}),
                          Permutation::kPso, Node(1)),
            table);
  EXPECT_EQ(cache.TableOf(resolved({.origins_min = 2}), Permutation::kPso, Node(1)), nullptr);
  store_.Say("org/desk", "n1", "knows", "n3");
  EXPECT_NE(cache.TableOf(store_.View()->default_scope(), Permutation::kPso, Node(1)), table);
}

TEST_F(NeighbourCacheTest, LetsGoOfTheTablesAskedForLongestAgo) {
  constexpr uint64_t kBytesMax = 1 << 20;
  NeighbourCache cache(kBytesMax);
  const NeighbourTablePtr old = cache.TableOf(scope_, Permutation::kPso, Node(1));
  cache.Add(old.get(), Node(1), NodesFrom(0, 3));
  const NeighbourTablePtr table = cache.TableOf(scope_, Permutation::kPso, Node(2));
  for (uint64_t i = 0; i < 10'000; ++i) {
    cache.Add(table.get(), Node(i), NodesFrom(i, 100));
    EXPECT_LE(cache.bytes(), kBytesMax + (uint64_t{1} << 19) + 4096);  // And a chunk.
  }
  // Who has them can ask them still.
  EXPECT_THAT(*old->Find(Node(1)), ElementsAreArray(NodesFrom(0, 3)));
  cache.Add(old.get(), Node(2), NodesFrom(0, 3));
  EXPECT_EQ(old->Find(Node(2)), std::nullopt);
  EXPECT_NE(cache.TableOf(scope_, Permutation::kPso, Node(1)), old);
  EXPECT_THAT(*table->Find(Node(0)), ElementsAreArray(NodesFrom(0, 100)));
  EXPECT_EQ(table->Find(Node(9'999)), std::nullopt);
  EXPECT_NE(cache.TableOf(scope_, Permutation::kPso, Node(2)), table);
}

TEST_F(NeighbourCacheTest, KeepsNothingWhereThereIsNoRoom) {
  NeighbourCache cache(0);
  EXPECT_EQ(cache.TableOf(scope_, Permutation::kPso, Node(1)), nullptr);
}

// One engine answers all of them, each against one that keeps nothing.
class NeighboursOfQueries : public ::testing::Test {
 protected:
  static constexpr int kNodes = 40;

  RunOutcome Ask(QueryEngine* engine, std::string_view text, const storage::Clearance& clearance) {
    QueryRequest request;
    request.text = text;
    request.clearance = clearance;
    return RunRequest(engine, request);
  }

  static EngineOptions WithoutCache() {
    EngineOptions options;
    options.neighbour_bytes_max = 0;
    return options;
  }

  static std::string Name(uint64_t node) { return "n/" + std::to_string(node); }

  void ExpectAsWithoutCache(QueryEngine* engine) {
    QueryEngine plain(&*store_, WithoutCache());
    for (const char* text : {"MATCH (a)-[:knows*..5]->(b) RETURN a, b",
                             "MATCH (#n/0)-[:knows*..5]->(#n/9) RETURN 1 AS x",
                             "MATCH p = (#n/7)<-[:knows|pays*..4]-(#n/16) RETURN p",
                             "MATCH (#n/7)-[:knows*..2]-(c) RETURN count(c) AS n",
                             "EXCLUDING DISPUTED MATCH (#n/0)-[:knows*..4]->(c) RETURN c",
                             "MATCH p = ANY SHORTEST (#n/0)-[:knows*..6]->(#n/13) RETURN p",
                             "MATCH p = ALL SHORTEST (#n/3)-[:knows|pays*]->(b) RETURN p",
                             "MATCH p = SHORTEST 3 (#n/8)-[:knows*..4]-(#n/21) RETURN p",
                             "MATCH p = ACYCLIC (#n/8)-[:knows*..3]->(b) RETURN p"}) {
      ExpectSame(engine, &plain, text);
    }
  }

  void ExpectSame(QueryEngine* engine, QueryEngine* plain, const std::string& text) {
    storage::Clearance green;
    green.tlp_max = storage::TlpLabel::kGreen;
    for (const auto& clearance : {storage::Clearance::Unrestricted(), green}) {
      const RunOutcome wanted = Ask(plain, text, clearance);
      ASSERT_TRUE(wanted.status.ok()) << text << ": " << wanted.status;
      for (int i = 0; i < 2; ++i) {
        const RunOutcome outcome = Ask(engine, text, clearance);
        EXPECT_EQ(outcome.rows, wanted.rows) << text;
        EXPECT_EQ(outcome.summary.facts_touched, wanted.summary.facts_touched) << text;
      }
    }
  }

  test::TestStore store_;
};

TEST_F(NeighboursOfQueries, AreThoseOfTheScopeAtEachRevision) {
  QueryEngine engine(&*store_, {});
  std::mt19937 random(3);
  std::vector<storage::StatementId> said;
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 50; ++i) {
      const std::string from = Name(random() % kNodes), to = Name(random() % kNodes);
      const char* predicate = random() % 4 == 0 ? "pays" : "knows";
      storage::Marking marking;
      if (random() % 4 == 0) marking.tlp = storage::TlpLabel::kRed;
      said.push_back(random() % 6 == 0
                         ? store_.Deny("org/firm", from, predicate, to, {.marking = marking})
                         : store_.Say("org/desk", from, predicate, to, {.marking = marking}));
    }
    if (round == 2) store_.Say("org/desk", Name(3), "sameAs", Name(8));
    if (round > 3) {
      for (int i = 0; i < 10; ++i) store_.Retract(said[static_cast<size_t>(10 * round + i)]);
    }
    store_.Commit();
    ExpectAsWithoutCache(&engine);
  }
}

}  // namespace
}  // namespace sightline::query
