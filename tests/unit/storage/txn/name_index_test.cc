#include "storage/txn/name_index.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/load/store_load.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::ClearanceOf;
using test::OrThrow;
using test::TestStore;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Alike(const ReadView& view, const std::string& name,
                               const NameSearchOptions& options = {}) {
  std::vector<std::string> found;
  for (const NameMatch& match : OrThrow(view.NodesAlike(name, *view.default_scope(), options))) {
    found.push_back(OrThrow(view.ExternalIdOf(match.node)) + " " + match.name);
  }
  return found;
}

void ExpectSound(TestStore* store) {
  const CancellationToken never;
  for (const VerifyFinding& finding : OrThrow((*store)->Verify({}, never)).findings) {
    ADD_FAILURE() << finding.message;
  }
}

TEST(PostingBlock, ComesBackAsItWas) {
  const std::vector<uint32_t> numbers = {5, 6, 300, 70'000, UINT32_MAX};
  const std::string key = PostingBlockKey("list", 5);
  EXPECT_EQ(OrThrow(FirstOfPostingBlock(key)), 5u);
  std::vector<uint32_t> decoded;
  test::ThrowIfError(DecodePostingBlock(key, EncodePostingBlock(numbers), &decoded));
  EXPECT_EQ(decoded, numbers);
  EXPECT_LT(PostingBlockKey("list", 6), key);  // Newer ones stand in front.
}

TEST(PostingBlock, RefusesWhatItHasNotWritten) {
  std::vector<uint32_t> numbers;
  const std::string key = PostingBlockKey("list", 5);
  for (const std::string& bytes :
       {std::string("\x80"), std::string("\0", 1), std::string("\xFF\xFF\xFF\xFF\xFF\xFF")}) {
    numbers.clear();
    EXPECT_EQ(DecodePostingBlock(key, bytes, &numbers).code(), StatusCode::kDataLoss);
  }
}

TEST(NodesAlike, FindsByNamesAndAliasesBestFirst) {
  TestStore store;
  store.Name("org/hikvision", "Hangzhou Hikvision Digital Technology Co., Ltd.");
  store.Say("org/ap", "org/hikvision", kAlias, Value::OfText("海康威视"));
  store.Say("org/ap", "org/hik-russia", kAlias, Value::OfText("Хиквижн"));
  store.Name("org/dahua", "Dahua Technology");
  const auto view = store.View();
  EXPECT_THAT(Alike(*view, "haikang weishi"), ElementsAre("org/hikvision 海康威视"));
  EXPECT_THAT(Alike(*view, "Hikvizhn"), ElementsAre("org/hik-russia Хиквижн"));
  EXPECT_THAT(Alike(*view, "hikvision"),
              ElementsAre("org/hikvision Hangzhou Hikvision Digital Technology Co., Ltd.",
                          "org/hik-russia Хиквижн"));
  EXPECT_THAT(Alike(*view, "Norinco"), IsEmpty());
}

TEST(NodesAlike, ShowsNothingThatTheReaderMayNotSee) {
  TestStore store;
  store.Name("org/open", "Hikvision Digital");
  store.Say("org/agency", "org/shell", kName, Value::OfText("Hikvision"),
            {.marking = {TlpLabel::kRed, ""}});
  store.Deny("org/ap", "org/denied", kName, Value::OfText("Hikvision"));
  const auto view = store.View(ClearanceOf(TlpLabel::kGreen));
  EXPECT_THAT(Alike(*view, "Hikvision", {.count_max = 1}),
              ElementsAre("org/open Hikvision Digital"));
  EXPECT_THAT(Alike(*store.View(), "Hikvision"),
              ElementsAre("org/shell Hikvision", "org/open Hikvision Digital"));
}

TEST(NodesAlike, GoesByTheScopeAndSeesTheTransactionsOwnNames) {
  TestStore store;
  store.Name("org/a", "Hikvision");
  store.Commit();
  const StatementId later = store.Name("org/b", "Hikvision");
  const auto pending = OrThrow(store.transaction().View());
  EXPECT_THAT(Alike(*pending, "Hikvison"), ElementsAre("org/a Hikvision", "org/b Hikvision"));
  store.Commit();
  store.Retract(later);
  EXPECT_THAT(Alike(*store.View(), "Hikvison"), ElementsAre("org/a Hikvision"));
  EXPECT_THAT(Alike(*store.ViewAt(Revision{2}), "Hikvison").size(), 2u);
}

TEST(NodesAlike, CutsAtTheCountWithoutRegardToTheOrderOfFirstUse) {
  TestStore store;
  for (const char* id : {"org/c", "org/b", "org/a"}) store.Name(id, "Hikvision");
  EXPECT_THAT(Alike(*store.View(), "Hikvision", {.count_max = 2}),
              ElementsAre("org/a Hikvision", "org/b Hikvision"));
}

TEST(NodesAlike, AsksWhoMayPassBeforeItCounts) {
  TestStore store;
  store.Name("org/a", "Hikvision");
  store.Name("org/b", "Hikvision Digital");
  const TermId wanted = store.Entity("org/b");
  NameSearchOptions options;
  options.count_max = 1;
  options.passes = [&](TermId node) -> StatusOr<bool> { return node == wanted; };
  EXPECT_THAT(Alike(*store.View(), "Hikvision", options), ElementsAre("org/b Hikvision Digital"));
}

// More names than wait unnumbered, one commit at a time and many at once, and after a restart.
TEST(NameIndex, StaysSoundWhenNamesAreNumbered) {
  TestStore store;
  const auto name = [](int number) {
    return fmt::format("Supplier {} of {}", number,
                       std::string(1, static_cast<char>('a' + number % 26)));
  };
  int number = 0;
  for (const int at_once : {700, 1, 500, 3000, 1, 900, 200}) {
    for (int i = 0; i < at_once; ++i, ++number) {
      store.Name(fmt::format("org/{}", number), name(number));
    }
    store.Name("org/0", name(0));  // Once more.
    store.Commit();
    ExpectSound(&store);
  }
  for (const int asked : {0, 699, 700, 1200, 4200, 5300}) {
    EXPECT_THAT(Alike(*store.View(), name(asked), {.count_max = 1}),
                ElementsAre(fmt::format("org/{} {}", asked, name(asked))));
  }
  store.Reopen();
  EXPECT_THAT(Alike(*store.View(), name(1201), {.count_max = 1}),
              ElementsAre(fmt::format("org/1201 {}", name(1201))));
}

TEST(NameIndex, StaysSoundWhenLoadsComeInBetween) {
  TestStore store;
  int number = 0;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 600; ++i, ++number) {
      store.Name(fmt::format("org/{}", number), fmt::format("Supplier number {}", number));
    }
    store.Commit();
    auto load = OrThrow(store->BeginBulkLoad(Clearance::Unrestricted(), {}));
    auto* const stream = OrThrow(load->loader().NewStream());
    StatementDraft draft;
    draft.context.claimant = OrThrow(stream->Entity("org/registry"));
    const StatementRef statement = OrThrow(stream->OpenStatement(draft));
    // Some of them are there already.
    for (int i = number - 100; i < number + 2500; ++i) {
      test::ThrowIfError(stream->Add(statement, OrThrow(stream->Entity(fmt::format("org/{}", i))),
                                     OrThrow(stream->Predicate(kAlias)),
                                     OrThrow(stream->Text(fmt::format("Supplier number {}", i)))));
    }
    number += 2500;
    OrThrow(load->Commit());
    ExpectSound(&store);
  }
  EXPECT_THAT(Alike(*store.View(), "suplier number 4321", {.count_max = 1}),
              ElementsAre("org/4321 Supplier number 4321"));
}

}  // namespace
}  // namespace sightline::storage
