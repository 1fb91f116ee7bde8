#include "query/explore/entity_details.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/query/explore/explore_world.h"

namespace sightline::query {
namespace {

using storage::Value;
using test::OrThrow;
using testing::ElementsAre;

class EntityDetailsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto& store = world_.store();
    store.DefineClass("Company");
    store.Say("desk", "org/a", "instanceOf", "Company");
    store.Say("desk", "org/a", "instanceOf", "kind/broker");
    store.Name("kind/broker", "broker");
    store.Name("org/a", "Alpha");
    store.Say("desk", "org/a", "employees", Value(int64_t{100}));
    store.Say("other", "org/a", "employees", Value(int64_t{200}));
    store.Deny("ministry", "org/a", "employees", Value(int64_t{200}));
    store.Deny("ministry", "org/a", "employees", Value(int64_t{300}));
    store.Say("desk", "org/a", "owns", "org/b");
    store.Say("spy", "org/a", "alias", Value::OfText("The Bakery"), Red());
    store.Say("spy", "org/a", "employees", Value(int64_t{400}), Red());
    store.Say("spy", "org/a", "instanceOf", "kind/front", Red());
  }
  std::vector<std::string> Properties(const ExploreScope& scope = {},
                                      const storage::Clearance& clearance = Green(),
                                      uint64_t most = 100) {
    ExploreContext* context = world_.Look(scope, clearance);
    details_ = OrThrow(DescribeEntity(world_.store().Entity("org/a"), most, context));
    std::vector<std::string> texts;
    for (const EntityProperty& property : details_.properties) {
      texts.push_back(property.predicate + " " + world_.IdOf(property.fact.fact.object) + " " +
                      std::to_string(property.fact.asserting) + "-" +
                      std::to_string(property.fact.denying));
    }
    return texts;
  }

  ExploreWorld world_;
  EntityDetails details_;
};

TEST_F(EntityDetailsTest, TellsWhatIsSaidOfIt) {
  EXPECT_THAT(Properties(),
              ElementsAre("employees 100 1-0", "employees 200 1-1", "name Alpha 1-0"));
  EXPECT_EQ(details_.card.caption, "Alpha");
  EXPECT_EQ(details_.card.class_name, "Company");
  EXPECT_THAT(details_.class_names, ElementsAre("Company", "broker"));
  EXPECT_THAT(details_.external_ids, ElementsAre("org/a"));
  EXPECT_EQ(details_.properties_omitted, 0u);
}

TEST_F(EntityDetailsTest, ShowsMoreToWhoMaySeeMore) {
  EXPECT_THAT(Properties({}, storage::Clearance::Unrestricted()),
              ElementsAre("alias The Bakery 1-0", "employees 100 1-0", "employees 200 1-1",
                          "employees 400 1-0", "name Alpha 1-0"));
  EXPECT_THAT(details_.class_names, ElementsAre("Company", "broker", "kind/front"));
}

TEST_F(EntityDetailsTest, NamesAreWhatTheyAreWhoeverIsAsked) {
  ExploreScope scope;
  scope.sources = {world_.store().Entity("other")};
  EXPECT_THAT(Properties(scope), ElementsAre("employees 200 1-0", "name Alpha 1-0"));
}

TEST_F(EntityDetailsTest, CountsWhatItLeavesOut) {
  EXPECT_THAT(Properties({}, Green(), 1), ElementsAre("employees 100 1-0"));
  EXPECT_EQ(details_.properties_omitted, 2u);
}

TEST_F(EntityDetailsTest, AnEntityOfSeveralIds) {
  world_.store().Say("desk", "org/a", "sameAs", "org/0");
  world_.store().Say("desk", "org/0", "employees", Value(int64_t{7}));
  EXPECT_THAT(Properties(), ElementsAre("employees 7 1-0", "employees 100 1-0", "employees 200 1-1",
                                        "name Alpha 1-0"));
  EXPECT_THAT(details_.external_ids, ElementsAre("org/0", "org/a"));
  EXPECT_EQ(details_.card.external_id, "org/0");
  EXPECT_EQ(details_.card.caption, "Alpha");
}

}  // namespace
}  // namespace sightline::query
