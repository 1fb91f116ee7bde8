#include "storage/load/store_load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::FactsIn;
using test::OrThrow;
using test::QuadsIn;
using test::TestStore;
using test::ThrowIfError;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint64_t kMebibyte = 1 << 20;

// A load of `count` facts "org/<i> supplies prod/<i % 7>" and a name each, in statements of ten.
class Load {
 public:
  explicit Load(TestStore* store, const Clearance& clearance = Clearance::Unrestricted()) {
    LoadOptions options;
    options.memory_bytes_max = 4 * kMebibyte;
    options.thread_count = 1;
    options.block_rows = 8;
    load_ = OrThrow((*store)->BeginBulkLoad(clearance, options));
    PredicateDefinition supplies;
    supplies.name = "supplies";
    ThrowIfError(load_->loader().Define(supplies));
    stream_ = OrThrow(load_->loader().NewStream());
  }

  void Add(int count, Marking marking = {}) {
    const PredicateRef supplies = OrThrow(stream_->Predicate("supplies"));
    const PredicateRef name = OrThrow(stream_->Predicate(kName));
    for (int i = 0; i < count; ++i) {
      if (i % 10 == 0) {
        StatementDraft draft;
        draft.context.claimant = OrThrow(stream_->Entity("dataset/test"));
        draft.context.marking = marking;
        statement_ = OrThrow(stream_->OpenStatement(draft));
      }
      const TermRef organization = OrThrow(stream_->Entity("org/" + std::to_string(i)));
      const TermRef product = OrThrow(stream_->Entity("prod/" + std::to_string(i % 7)));
      ThrowIfError(stream_->Add(statement_, organization, supplies, product));
      const TermRef text = OrThrow(stream_->Text("Organization Number " + std::to_string(i)));
      ThrowIfError(stream_->Add(statement_, organization, name, text));
    }
  }
  LoadResult Commit() { return OrThrow(load_->Commit()); }
  StatusOr<LoadResult> TryCommit() { return load_->Commit(); }

 private:
  std::unique_ptr<StoreLoad> load_;
  LoadStream* stream_ = nullptr;
  StatementRef statement_;
};

size_t CountFacts(TestStore* store, Permutation permutation = Permutation::kSpo) {
  const auto view = store->View();
  return FactsIn(*view, permutation, {}, view->default_scope()).size();
}

// Behind another load as behind a compaction, which has the same right.
TEST(StoreLoad, GivesUpItsPlaceWhenItIsToldTo) {
  TestStore store;
  store.Say("org/ap", "org/hikvision", "supplies", "prod/optics");
  store.Commit();
  Load load(&store);
  const CancellationToken token(std::chrono::steady_clock::now() + std::chrono::milliseconds(50));
  LoadOptions options;
  options.token = &token;
  EXPECT_EQ(store->BeginBulkLoad(Clearance::Unrestricted(), options).status().code(),
            StatusCode::kDeadlineExceeded);
  CancellationToken cancelled;
  cancelled.Cancel();
  EXPECT_EQ(store->Compact(cancelled).code(), StatusCode::kCancelled);
  load.Add(1);
  load.Commit();
  ThrowIfError(store->Compact(CancellationToken()));
}

TEST(StoreLoad, BecomesOneRevisionBesideWhatWasThere) {
  TestStore store;
  const StatementId before = store.Say("org/ap", "org/3", "supplies", "prod/3");
  store.Say("org/ap", "org/hikvision", "supplies", "prod/optics");
  const Revision revision = store.Commit();
  Load load(&store);
  load.Add(35);
  EXPECT_EQ(CountFacts(&store), 2u);  // Readers see nothing of it yet.
  const LoadResult result = load.Commit();
  EXPECT_EQ(result.revision, Revision{revision.value + 1});
  EXPECT_EQ(result.entry.statements_added, 4u);
  EXPECT_EQ(result.entry.quads_added, 70u);

  for (int reopened = 0; reopened < 2; ++reopened) {
    // "org/3 supplies prod/3" is said twice and is one fact.
    for (const Permutation permutation : kPermutations) {
      EXPECT_EQ(CountFacts(&store, permutation), 71u);
    }
    {
      const auto view = store.View();
      const auto node = OrThrow(view->FindNode("org/3"));
      ASSERT_TRUE(node.has_value());
      EXPECT_THAT(OrThrow(view->NodesNamed("organization number 3", *view->default_scope())),
                  testing::ElementsAre(*node));
      EXPECT_EQ(OrThrow(view->CaptionOf(*node)), "Organization Number 3");
      const auto quads =
          QuadsIn(*view, Permutation::kSpo, KeyPrefix::Of(*node, store.Predicate("supplies")),
                  view->default_scope());
      ASSERT_THAT(quads, SizeIs(2));
      EXPECT_EQ(quads[0].statement, before);
      const Statement loaded = OrThrow(view->GetStatement(quads[1].statement));
      EXPECT_EQ(loaded.revision, result.revision);
      EXPECT_THAT(OrThrow(view->FactsOf(quads[1].statement)), SizeIs(20));
      EXPECT_THAT(OrThrow(view->FactsOf(before)), SizeIs(1));
      const auto earlier = store.ViewAt(revision);
      EXPECT_EQ(FactsIn(*earlier, Permutation::kSpo, {}, earlier->default_scope()).size(), 2u);
    }
    store.RollBack();
    store.Reopen();
  }
}

TEST(StoreLoad, IsWrittenAndRetractedOverLikeAnyOther) {
  TestStore store;
  {
    Load load(&store);
    load.Add(20);
    load.Commit();
  }
  store.Say("org/ap", "org/1", "supplies", "prod/6");
  store.Retract(StatementId{1});  // The first ten organizations.
  store.Commit();
  EXPECT_EQ(CountFacts(&store), 21u);
  ThrowIfError(store->Compact(CancellationToken()));
  EXPECT_EQ(CountFacts(&store), 21u);
  EXPECT_EQ(store->Statistics().runs, 1u);
  Load again(&store);
  again.Add(20);
  again.Commit();
  EXPECT_EQ(CountFacts(&store), 41u);
  store.Reopen();
  EXPECT_EQ(CountFacts(&store), 41u);
}

TEST(StoreLoad, GivenUpLeavesNothing) {
  TestStore store;
  store.Say("org/ap", "org/hikvision", "supplies", "prod/optics");
  const Revision revision = store.Commit();
  const uint64_t terms = store->Statistics().terms;
  { Load(&store).Add(5'000); }
  EXPECT_EQ(store->revision(), revision);
  EXPECT_EQ(store->Statistics().terms, terms);
  EXPECT_EQ(CountFacts(&store), 1u);
  EXPECT_TRUE(std::filesystem::is_empty(store.directory() + "/scratch"));
  // The writers who waited go on.
  store.Say("org/ap", "org/dahua", "supplies", "prod/optics");
  EXPECT_EQ(store.Commit(), Revision{revision.value + 1});
}

TEST(StoreLoad, OthersWaitUntilItHasGone) {
  TestStore store;
  store.Predicate("supplies");
  const Revision revision = store.Commit();
  auto load = std::make_unique<Load>(&store);
  load->Add(10);
  std::atomic<bool> is_in = false;
  std::thread writer([&] {
    const auto transaction = OrThrow(store->BeginTransaction(Clearance::Unrestricted()));
    is_in = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(is_in);
  load->Commit();
  writer.join();
  EXPECT_TRUE(is_in);
  EXPECT_EQ(store->revision(), Revision{revision.value + 1});
}

TEST(StoreLoad, HidesWhatIsMarked) {
  TestStore store;
  Load load(&store);
  load.Add(10, Marking{TlpLabel::kRed, ""});
  load.Commit();
  const auto view = store.View(Clearance{});
  EXPECT_THAT(FactsIn(*view, Permutation::kSpo, {}, view->default_scope()), IsEmpty());
  EXPECT_FALSE(OrThrow(view->FindNode("org/3")).has_value());
  EXPECT_EQ(view->FactsOf(StatementId{1}).status().code(), StatusCode::kNotFound);
}

TEST(StoreLoad, RefusesToMarkAboveTheWriter) {
  TestStore store;
  Load load(&store, Clearance{});
  EXPECT_THROW(load.Add(1, Marking{TlpLabel::kRed, ""}), std::runtime_error);
}

}  // namespace
}  // namespace sightline::storage
