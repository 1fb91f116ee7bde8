#include "query/binder/suggest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sightline::query {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Suggest, NearestFirstAtMostThreeCaseAside) {
  EXPECT_THAT(ClosestNames("optic", {"Optics", "optics", "topic", "boat"}),
              ElementsAre("Optics", "optics", "topic"));
  EXPECT_THAT(ClosestNames("suplies", {"supplied", "supplies"}),
              ElementsAre("supplies", "supplied"));
  EXPECT_THAT(ClosestNames("usable_on", {"usableOn"}), ElementsAre("usableOn"));
  EXPECT_THAT(ClosestNames("abcde", {"abcda", "abcdb", "abcdc", "abcdd"}),
              ElementsAre("abcda", "abcdb", "abcdc"));
}

TEST(Suggest, ShortWordsAreNotCloseToEverything) {
  EXPECT_THAT(ClosestNames("st", {"a", "b", "i", "ab"}), IsEmpty());
  EXPECT_THAT(ClosestNames("a", {"b", "c"}), IsEmpty());
  EXPECT_THAT(ClosestNames("abc", {"abd", "xyz"}), ElementsAre("abd"));
}

TEST(Suggest, QuotesNamesThatAreNoPlainWords) {
  EXPECT_EQ(QuoteName("usableOn"), "usableOn");
  EXPECT_EQ(QuoteName("two words"), "`two words`");
  EXPECT_EQ(QuoteName("Match"), "`Match`");
  EXPECT_EQ(QuoteName("a`b"), "`a``b`");
  EXPECT_EQ(QuoteName("4x"), "`4x`");
  EXPECT_EQ(QuoteText("say \"hi\"\n"), "\"say \\\"hi\\\"\\n\"");
}

TEST(Suggest, PlaceOfANameWithinItsSpan) {
  const std::string text = "MATCH (é:ONLY `Optic`)";
  const SourceSpan span{.begin = 10, .end = 22, .line = 1, .column = 10};
  const SourceSpan place = PlaceOfName(text, span, "Optic");
  EXPECT_EQ(text.substr(place.begin, place.end - place.begin), "`Optic`");
  EXPECT_EQ(place.column, 15u);
  EXPECT_TRUE(PlaceOfName(text, span, "Other").empty());
}

}  // namespace
}  // namespace sightline::query
