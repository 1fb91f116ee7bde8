#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::ClearanceOf;
using test::OrThrow;
using test::TestStore;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> From(const ReadView& view, const std::string& prefix,
                              size_t count_max = 10) {
  std::vector<std::string> found;
  for (const NameMatch& match : OrThrow(view.NodesNamedFrom(
           prefix, *view.default_scope(), count_max, [] { return OkStatus(); }))) {
    found.push_back(OrThrow(view.ExternalIdOf(match.node)) + " " + match.name);
  }
  return found;
}

TEST(NodesNamedFrom, FindsByTheBeginningOfTheForm) {
  TestStore store;
  store.Name("org/hik", "Hikvision");
  store.Name("org/hik", "Hikvision Digital");
  store.Name("org/hikma", "HIKMA");
  store.Name("org/lodz", "Łódź Works");
  store.Name("org/other", "The Hikvision Fans");
  const auto view = store.View();
  EXPECT_THAT(From(*view, "hik"), ElementsAre("org/hikma HIKMA", "org/hik Hikvision"));
  EXPECT_THAT(From(*view, "Hikvision D"), ElementsAre("org/hik Hikvision Digital"));
  EXPECT_THAT(From(*view, "lodz"), ElementsAre("org/lodz Łódź Works"));
  EXPECT_THAT(From(*view, "Хикв"), ElementsAre("org/hik Hikvision"));
  EXPECT_THAT(From(*view, "zz"), IsEmpty());
  EXPECT_THAT(From(*view, "", 2), ElementsAre("org/hikma HIKMA", "org/hik Hikvision"));
  EXPECT_THAT(From(*view, "hik", 1), ElementsAre("org/hikma HIKMA"));
  EXPECT_THAT(From(*view, "hik", 0), IsEmpty());
}

TEST(NodesNamedFrom, SaysNothingOfWhatIsHidden) {
  for (const bool hidden_first : {false, true}) {
    TestStore store;
    const test::SayDetails secret{.marking = {TlpLabel::kRed, ""}};
    if (hidden_first) store.Say("org/agency", "org/x", kName, Value::OfText("HIKA"), secret);
    store.Name("org/b", "Hika");
    store.Name("org/a", "HIKA");
    store.Say("org/agency", "org/y", kName, Value::OfText("Hikb"), secret);
    const auto view = store.View(ClearanceOf(TlpLabel::kGreen));
    EXPECT_THAT(From(*view, "hik"), ElementsAre("org/a HIKA", "org/b Hika"));
    EXPECT_EQ(From(*store.View(), "hik").size(), hidden_first ? 4u : 3u);
  }
}

TEST(NodesNamedFrom, SeesTheTransactionsOwnNamesInTheirPlaces) {
  TestStore store;
  store.Name("org/b", "Hikb");
  store.Commit();
  store.Name("org/a", "Hika");
  store.Name("org/c", "Hikc");
  const auto view = OrThrow(store.transaction().View());
  EXPECT_THAT(From(*view, "hik"), ElementsAre("org/a Hika", "org/b Hikb", "org/c Hikc"));
}

TEST(NodesNamedFrom, EndsWhenItIsToldTo) {
  TestStore store;
  store.Name("org/a", "Hika");
  const auto view = store.View();
  EXPECT_EQ(view->NodesNamedFrom("hik", *view->default_scope(), 10,
                                 [] { return MakeStatus(StatusCode::kCancelled, "enough"); })
                .status()
                .code(),
            StatusCode::kCancelled);
}

}  // namespace
}  // namespace sightline::storage
