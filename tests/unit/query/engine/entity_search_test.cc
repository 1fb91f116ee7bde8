#include "query/entity_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/test_store.h"

namespace sightline::query {
namespace {

using storage::TlpLabel;
using test::ClearanceOf;
using test::OrThrow;
using testing::ElementsAre;
using testing::IsEmpty;

class EntitySearchTest : public testing::Test {
 protected:
  void SetUp() override {
    store_.DefineClass("Organization");
    store_.DefineClass("Company", {"Organization"});
    store_.DefineClass("Person");
    Say("org/hikvision", "Company", "Hangzhou Hikvision Digital Technology");
    Say("per/hik", "Person", "Hik Vision");
    store_.Say("org/ap", "org/hikvision", storage::kAlias, storage::Value::OfText("海康威视"));
    store_.Say("org/agency", "org/shell", storage::kName, storage::Value::OfText("Hikvision"),
               {.marking = {TlpLabel::kRed, ""}});
    store_.Commit();
  }
  void Say(const char* id, const char* kind, const char* name) {
    store_.Say("org/ap", id, storage::kInstanceOf, kind);
    store_.Name(id, name);
  }
  std::vector<std::string> Found(const EntitySearchRequest& request) {
    std::vector<std::string> found;
    for (const EntityMatch& match : OrThrow(SearchEntities(&*store_, request)).matches) {
      found.push_back(match.card.external_id + " (" + match.card.class_name + ") " +
                      match.matched_name);
    }
    return found;
  }

  test::TestStore store_;
};

TEST_F(EntitySearchTest, FindsWhatIsAlikeWithTheNameThatWasMet) {
  EXPECT_THAT(Found({.name = "haikang weishi", .clearance = ClearanceOf(TlpLabel::kGreen)}),
              ElementsAre("org/hikvision (Company) 海康威视"));
}

TEST_F(EntitySearchTest, FindsInstancesOfAClassAndOfThoseUnderIt) {
  EXPECT_THAT(Found({.name = "hikvision",
                     .clearance = ClearanceOf(TlpLabel::kGreen),
                     .class_name = "Organization",
                     .count_max = 1}),
              ElementsAre("org/hikvision (Company) Hangzhou Hikvision Digital Technology"));
}

TEST_F(EntitySearchTest, ShowsNothingAboveTheClearance) {
  for (const EntityMatch& match :
       OrThrow(SearchEntities(&*store_,
                              {.name = "Hikvision", .clearance = ClearanceOf(TlpLabel::kAmber)}))
           .matches) {
    EXPECT_NE(match.card.external_id, "org/shell");
  }
}

TEST_F(EntitySearchTest, RefusesAnEmptyNameAndAnUnknownClass) {
  EXPECT_EQ(SearchEntities(&*store_, {.name = ""}).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(SearchEntities(&*store_, {.name = "x", .class_name = "Compny"}).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_THAT(Found({.name = "Norinco"}), IsEmpty());
}

}  // namespace
}  // namespace sightline::query
