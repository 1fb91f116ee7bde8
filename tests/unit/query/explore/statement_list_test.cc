#include "query/explore/statement_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/query/explore/explore_world.h"

namespace sightline::query {
namespace {

using storage::StatementId;
using test::OrThrow;
using testing::ElementsAre;
using testing::IsEmpty;

class StatementListTest : public testing::Test {
 protected:
  void SetUp() override {
    auto& store = world_.store();
    asserted_ = store.Say("desk", "org/a", "supplies", "prod/x");
    denied_ = store.Deny("ministry", "org/a", "supplies", "prod/x");
    hidden_ = store.Say("spy", "org/a", "supplies", "prod/x", Red());
    inbound_ = store.Say("desk", "org/b", "owns", "org/a");
    only_denied_ = store.Deny("ministry", "org/a", "owns", "org/c");
    employees_ = store.Say("desk", "org/a", "employees", storage::Value(int64_t{5}));
    retracted_ = store.Say("desk", "org/a", "supplies", "prod/old");
    store.Commit();
    store.Retract(retracted_);
  }
  storage::TermId Id(const char* id) { return world_.store().Entity(id); }
  std::vector<StatementId> List(const StatementPattern& pattern, const ExploreScope& scope = {},
                                const storage::Clearance& clearance = Green(), uint64_t skip = 0,
                                uint64_t count_max = 100) {
    ExploreContext* context = world_.Look(scope, clearance);
    const StatementPage page = OrThrow(ListStatements(pattern, skip, count_max, context));
    total_ = page.total;
    return page.statements;
  }

  ExploreWorld world_;
  StatementId asserted_, denied_, hidden_, inbound_, only_denied_, employees_, retracted_;
  uint64_t total_ = 0;
};

TEST_F(StatementListTest, OfAnEntity) {
  EXPECT_THAT(List({.about = Id("org/a")}),
              ElementsAre(asserted_, denied_, inbound_, only_denied_, employees_));
  EXPECT_THAT(List({.subject = Id("org/a")}),
              ElementsAre(asserted_, denied_, only_denied_, employees_));
  EXPECT_THAT(List({.object = Id("org/a")}), ElementsAre(inbound_));
  EXPECT_THAT(List({.predicate = "owns", .about = Id("org/a")}),
              ElementsAre(inbound_, only_denied_));
}

TEST_F(StatementListTest, OfAnEdgeAPredicateAValue) {
  EXPECT_THAT(List({.subject = Id("org/a"), .object = Id("prod/x")}),
              ElementsAre(asserted_, denied_));
  EXPECT_THAT(List({.subject = Id("org/a"), .predicate = "supplies", .object = Id("prod/x")}),
              ElementsAre(asserted_, denied_));
  EXPECT_THAT(List({.predicate = "owns"}), ElementsAre(inbound_, only_denied_));
  EXPECT_THAT(List({.object = world_.store().Term(storage::Value(int64_t{5}))}),
              ElementsAre(employees_));
  EXPECT_THAT(List({.subject = Id("org/b"), .object = Id("prod/x")}), IsEmpty());
}

TEST_F(StatementListTest, HiddenOnesAreNotThere) {
  EXPECT_THAT(List({.subject = Id("org/a"), .object = Id("prod/x")}, {},
                   storage::Clearance::Unrestricted()),
              ElementsAre(asserted_, denied_, hidden_));
  EXPECT_EQ(total_, 3u);
}

TEST_F(StatementListTest, UnderARuleOnDisputes) {
  ExploreScope scope;
  scope.dispute_rule = storage::DisputeRule::kOnlyDisputed;
  EXPECT_THAT(List({.subject = Id("org/a")}, scope), ElementsAre(asserted_, denied_));
  scope.dispute_rule = storage::DisputeRule::kOnlyDenied;
  EXPECT_THAT(List({.subject = Id("org/a")}, scope), ElementsAre(only_denied_));
}

TEST_F(StatementListTest, PageByPage) {
  EXPECT_THAT(List({.about = Id("org/a")}, {}, Green(), 1, 2), ElementsAre(denied_, inbound_));
  EXPECT_EQ(total_, 5u);
  EXPECT_THAT(List({.about = Id("org/a")}, {}, Green(), 9, 2), IsEmpty());
}

}  // namespace
}  // namespace sightline::query
