// Writers who wait for one sync of the log.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "storage/txn/sync_group.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using test::TestStore;

TEST(SyncGroup, ServesWhoWaitsAndWhoComesLater) {
  SyncGroup group;
  std::atomic<int> served{0};
  std::vector<std::thread> members;
  for (int i = 0; i < 4; ++i) {
    members.emplace_back([&] { served += group.Wait() == SyncGroup::Outcome::kServed; });
  }
  group.Serve();
  for (std::thread& member : members) member.join();
  EXPECT_EQ(served, 4);
  EXPECT_EQ(group.Wait(), SyncGroup::Outcome::kServed);
}

TEST(SyncGroup, AsksOneOfMany) {
  SyncGroup group;
  std::atomic<int> asked{0}, served{0};
  std::vector<std::thread> members;
  for (int i = 0; i < 4; ++i) {
    members.emplace_back([&] { ++(group.Wait() == SyncGroup::Outcome::kAsked ? asked : served); });
  }
  group.AskOne();
  while (asked == 0) std::this_thread::yield();
  EXPECT_EQ(asked, 1);
  group.Serve();
  for (std::thread& member : members) member.join();
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(served, 3);
}

TEST(SyncGroup, AsksWhoComesFirstWhenNobodyIsThere) {
  SyncGroup group;
  group.AskOne();
  EXPECT_EQ(group.Wait(), SyncGroup::Outcome::kAsked);
  group.AskAll();
  EXPECT_EQ(group.Wait(), SyncGroup::Outcome::kAsked);
  EXPECT_EQ(group.Wait(), SyncGroup::Outcome::kAsked);
}

// Writers of both kinds come in every order. A relaxed one who has been asked to do the next sync,
// and needs none, must not leave those behind him asleep: then this would never end.
TEST(GroupCommit, NobodyWaitsForASyncThatNobodyDoes) {
  TestStore store;
  store.Predicate("supplies");
  store.Commit();
  constexpr int kThreads = 8, kCommits = 40;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kCommits; ++i) {
        auto transaction = OrThrow(store->BeginTransaction(Clearance::Unrestricted()));
        const auto entity = [&](std::string id) { return OrThrow(transaction->InternEntity(id)); };
        StatementDraft draft;
        draft.facts = {{entity(fmt::format("org/{}-{}", thread, i)), entity("supplies"),
                        entity("prod/optics")}};
        draft.context.claimant = entity("org/ap");
        EXPECT_FALSE(OrThrow(transaction->Add(draft)).duplicate);
        const auto durability = (thread + i) % 2 == 0 ? Durability::kSynced : Durability::kRelaxed;
        const CommitResult result = OrThrow(transaction->Commit(durability));
        // Who has been told that it is done sees it.
        EXPECT_GE(store->revision(), result.revision);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store->revision(), Revision{1 + kThreads * kCommits});
}

}  // namespace
}  // namespace sightline::storage
