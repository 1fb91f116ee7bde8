#include "query/optimizer/optimizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "query/parser/parser.h"
#include "query/plan/rows_wanted.h"
#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;

const LogicalMatch* FindMatch(const LogicalOperator& plan) {
  if (const auto* match = std::get_if<LogicalMatch>(&plan.node)) return match;
  for (const LogicalPlan& input : plan.inputs) {
    if (const LogicalMatch* match = FindMatch(*input)) return match;
  }
  return nullptr;
}
const LogicalSort* FindSort(const LogicalOperator& plan) {
  if (const auto* sort = std::get_if<LogicalSort>(&plan.node)) return sort;
  for (const LogicalPlan& input : plan.inputs) {
    if (const LogicalSort* sort = FindSort(*input)) return sort;
  }
  return nullptr;
}

class Optimizer : public ::testing::Test {
 protected:
  Optimizer() { FillSuppliers(store_); }

  BoundQuery Plan(std::string_view text, const OptimizerOptions& options = {}) {
    view_ = store_.View();
    const ast::Script script = test::OrThrow(Parse(text));
    BindContext context;
    context.text = text;
    context.view = view_.get();
    context.parameters = &parameters_;
    BoundStatement bound = test::OrThrow(Bind(script.statements.front(), context));
    BoundQuery query = std::move(std::get<BoundQuery>(bound.node));
    test::ThrowIfError(Optimize(&query, *view_, options));
    return query;
  }

  test::TestStore store_;
  std::map<std::string, Datum, std::less<>> parameters_;
  std::shared_ptr<const storage::ReadView> view_;
};

TEST_F(Optimizer, ListsItsRules) {
  EXPECT_THAT(OptimizerRules(),
              ElementsAre("pinned-nodes", "pattern-order", "early-filters", "multiway-join",
                          "merge-join", "hash-join", "exists", "top-n"));
}

TEST_F(Optimizer, BeginsAtTheRarestNode) {
  for (int i = 0; i < 100; ++i) {
    store_.Say("org/desk", "org/hikvision", "supplies", "prod/" + std::to_string(i));
  }
  const BoundQuery query =
      Plan("MATCH (c:Company)-[:supplies]->(p)<-[:supplies]-(#org/iray) RETURN c");
  const PatternGraph& graph = FindMatch(*query.plan)->graph;
  ASSERT_FALSE(graph.steps.empty());
  EXPECT_EQ(graph.steps.front().kind, PatternStep::Kind::kScanNode);
  EXPECT_TRUE(graph.nodes[graph.steps.front().index].id.has_value());
}

TEST_F(Optimizer, BeginsAtTheNodeThatTheConditionNames) {
  parameters_.emplace("p", Datum::OfNode(*test::OrThrow(store_.View()->FindNode("org/iray"))));
  for (const char* condition : {"s = #org/iray", "#org/iray = s", "s = $p AND p IS KNOWN"}) {
    const std::string text =
        std::string("MATCH (s)-[:supplies]->(p) WHERE ") + condition + " RETURN s, p";
    const BoundQuery query = Plan(text);
    const PatternGraph& graph = FindMatch(*query.plan)->graph;
    EXPECT_TRUE(graph.nodes[graph.steps.front().index].id.has_value()) << condition;
    const BoundQuery off = Plan(text, {.rules_off = {"pinned-nodes"}});
    for (const PatternNode& node : FindMatch(*off.plan)->graph.nodes) {
      EXPECT_FALSE(node.id.has_value()) << condition;
    }
  }
  // Not where one side of an OR, a negation, or a condition that can fail says so.
  for (const char* condition : {"s = #org/iray OR s = #org/hikvision", "NOT s = #org/iray",
                                "s <> #org/iray", "s = #org/iray AND 1 / size(s.name) > 0"}) {
    const BoundQuery query =
        Plan(std::string("MATCH (s)-[:supplies]->(p) WHERE ") + condition + " RETURN s, p");
    for (const PatternNode& node : FindMatch(*query.plan)->graph.nodes) {
      EXPECT_FALSE(node.id.has_value()) << condition;
    }
  }
}

TEST_F(Optimizer, KnowsHowManyRowsAreWantedOfAPattern) {
  const std::string match = "MATCH (a:Company)-[:supplies]->(b) ";
  const auto wanted = [&](const std::string& end) {
    return RowsWanted(*Plan(match + end).plan).value_or(0);  // 0: all.
  };
  EXPECT_EQ(wanted("RETURN a, b"), 0u);
  EXPECT_EQ(wanted("RETURN a, b LIMIT 10"), 10u);
  EXPECT_EQ(wanted("RETURN a, b SKIP 5 LIMIT 10"), 15u);
  EXPECT_EQ(wanted("RETURN DISTINCT a LIMIT 10"), 10u);
  EXPECT_EQ(wanted("WITH a LIMIT 10 RETURN count(*) AS n"), 10u);
  EXPECT_EQ(wanted("WITH a LIMIT 10 RETURN a LIMIT 3"), 3u);
  EXPECT_EQ(wanted("MATCH (b)-[:usableOn]->(c) UNWIND [1, 2] AS i RETURN a, i LIMIT 4"), 4u);
  EXPECT_EQ(wanted("OPTIONAL MATCH (b)-[:usableOn]->(c) RETURN a, c LIMIT 10"), 10u);
  // A filter lets some through.
  EXPECT_GT(wanted("WHERE size(b.name) > 2 RETURN a LIMIT 10"), 10u);
  // All are read before the first of these.
  EXPECT_EQ(wanted("RETURN a, b ORDER BY b LIMIT 10"), 0u);
  EXPECT_EQ(wanted("RETURN a, count(*) AS n LIMIT 10"), 0u);
}

TEST_F(Optimizer, PutsConditionsBehindTheStepThatBindsTheirColumns) {
  const std::string text =
      "MATCH (c:Company)-[:supplies]->(p)-[:usableOn]->(v) WHERE #terr/cn IN c.country RETURN c, v";
  size_t early = 0;
  const BoundQuery query = Plan(text);
  for (const PatternStep& step : FindMatch(*query.plan)->graph.steps) {
    early += step.early_filters.size();
  }
  EXPECT_EQ(early, 1u);
  const BoundQuery off = Plan(text, {.rules_off = {"early-filters"}});
  for (const PatternStep& step : FindMatch(*off.plan)->graph.steps) {
    EXPECT_TRUE(step.early_filters.empty());
  }
}

TEST_F(Optimizer, ReadsNoChainBeforeAllThatItMustGoAroundIsKnown) {
  const BoundQuery query = Plan(
      "MATCH (#org/iray)-[r:supplies*1..2]-(x), (x)-[:supplies]->(y) WHERE r IS KNOWN RETURN x",
      {.rules_off = {"pattern-order"}});
  const PatternGraph& graph = FindMatch(*query.plan)->graph;
  ASSERT_TRUE(graph.edges[0].variable_length);
  ASSERT_FALSE(graph.edges[1].variable_length);
  for (const PatternStep& step : graph.steps) {
    const bool last = step.kind != PatternStep::Kind::kScanNode && step.index == 1;
    EXPECT_EQ(step.early_filters.size(), last ? 1u : 0u);
  }
}

TEST_F(Optimizer, LeavesAFilterThatCanFailWhereItIs) {
  const BoundQuery query = Plan(
      "MATCH (c:Company)-[:supplies]->(p) WHERE #terr/cn IN c.country AND 1 / size(c.name) > 0 "
      "RETURN c");
  for (const PatternStep& step : FindMatch(*query.plan)->graph.steps) {
    EXPECT_TRUE(step.early_filters.empty());
  }
}

TEST_F(Optimizer, KeepsNoMoreOfASortThanTheLimitTakes) {
  const std::string text = "MATCH (c:Company) RETURN c ORDER BY c.name SKIP 2 LIMIT 3";
  EXPECT_EQ(FindSort(*Plan(text).plan)->rows_max, std::optional<uint64_t>(5));
  EXPECT_EQ(FindSort(*Plan(text, {.rules_off = {"top-n"}}).plan)->rows_max, std::nullopt);
}

// Rows and N3002 counts do not depend on the rules, over random graphs and a list of query shapes.
TEST_F(Optimizer, RowsDoNotDependOnTheRules) {
  for (uint32_t seed = 1; seed <= 3; ++seed) {
    std::mt19937 random(seed);
    test::TestStore store;
    store.DefineClass("Depot");
    const auto depot = [&random] { return "depot/" + std::to_string(random() % 8); };
    for (int i = 0; i < 30; ++i) {
      const char* predicates[] = {"shipsTo", "owns", "nearTo"};
      store.Say("org/desk", depot(), predicates[random() % 3], depot());
      if (i % 5 == 0) store.Deny("org/other", depot(), "shipsTo", depot());
      if (i % 3 == 0) store.Say("org/desk", depot(), "instanceOf", store.Entity("Depot"));
      if (i % 3 == 1) {
        store.Say("org/desk", depot(), "rank", storage::Value(static_cast<int64_t>(random() % 4)));
      }
    }
    store.Commit();
    for (const std::string_view text : {
             "MATCH (a)-[:shipsTo]->(b)-[:owns]->(c) RETURN a, b, c",
             "MATCH (a:Depot)-[:shipsTo]-(b)-[:nearTo]-(c:Depot) RETURN a, b, c",
             "MATCH (a)-[:shipsTo]->(b), (b)-[:shipsTo]->(c), (c)-[:shipsTo]->(a) RETURN a, b, c",
             "MATCH (a)-[:shipsTo]->(b)-[:shipsTo]->(c), (a)-[:shipsTo]->(c) RETURN a, b, c",
             "MATCH (a)-[:shipsTo]->(b), (a)-[:shipsTo]->(c), (b)-[:owns]->(c:Depot), "
             "(c)-[:nearTo]->(a) RETURN a, b, c",
             "MATCH (a)-[:shipsTo]->(b), (a)-[:shipsTo]->(c)<-[:shipsTo]-(b) WHERE a <> c "
             "RETURN a, b, c",
             "MATCH (a)-[:shipsTo]->()-[*..2]->(c:Depot) RETURN a, c",
             "MATCH (a)-[:owns]->(b)-[:shipsTo*]->(c) WHERE a <> c RETURN a, b, c",
             "MATCH p = (a:Depot)-[:owns|nearTo*1..3]->(c) RETURN a, c, p",
             "MATCH (a)-[r]->(b) WHERE b:Depot RETURN a, r, b",
             "MATCH (a)-[*1..2]-(b:Depot)-[:shipsTo]-(c) RETURN a, b, c",
             "MATCH p = (a:Depot)-[*1..3]-(b)-[r]->(c) WHERE a:Depot RETURN a, b, c, r, p",
             "MATCH (a)-[r:shipsTo*1..2]-(b)-[:shipsTo @st]->(c) WHERE st IS KNOWN RETURN a, b, c, "
             "r, st",
             "MATCH (a)-[:shipsTo]->(b) WHERE 2 IN a.rank AND b:Depot RETURN a, b",
             "MATCH (a)-[:rank]->(v), (b)-[:rank]->(v) WHERE a <> b RETURN a, b, v",
             "MATCH (a)-[:shipsTo]->(b) OPTIONAL MATCH (b)-[:owns]->(c) WHERE c <> a RETURN a, b, "
             "c",
             "MATCH (a)-[:shipsTo]->(b) EXCLUDING DISPUTED RETURN a, b",
         }) {
      std::optional<RunOutcome> first;
      for (const std::set<std::string, std::less<>>& off :
           {std::set<std::string, std::less<>>{},
            {"pattern-order"},
            {"early-filters"},
            {"multiway-join"},
            {"top-n"},
            {"pattern-order", "early-filters", "top-n"}}) {
        EngineOptions options;
        options.optimizer_rules_off = off;
        const RunOutcome outcome = RunQuery(store, text, options);
        ASSERT_TRUE(outcome.status.ok()) << text << ": " << outcome.status;
        if (!first) first = outcome;
        EXPECT_EQ(outcome.sorted_rows(), first->sorted_rows()) << "seed " << seed << ": " << text;
        EXPECT_EQ(outcome.summary.notices, first->summary.notices)
            << "seed " << seed << ": " << text;
      }
    }
  }
}

}  // namespace
}  // namespace sightline::query
