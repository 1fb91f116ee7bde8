#include "storage/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "storage/base/mutex.h"
#include "storage/kv/kv_store.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::FactsIn;
using test::OrThrow;
using test::TempDirectory;
using test::TestStore;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

StatusCode CodeOf(const Status& status) { return status.code(); }

TEST(Store, StartsEmptyAtRevisionZero) {
  TestStore store;
  EXPECT_EQ(store->revision(), Revision{0});
  const auto view = store.View();
  EXPECT_EQ(view->default_scope()->size(), 0u);
  EXPECT_NE(view->catalog().FindPredicate(kName), nullptr);
  EXPECT_THAT(FactsIn(*view, Permutation::kSpo, KeyPrefix::Of(), view->default_scope()), IsEmpty());
  EXPECT_EQ(store->Statistics().statements, 0u);
}

TEST(Store, KeepsWhatWasCommittedOverAReopen) {
  TestStore store;
  const auto fact_of = [&](const ReadView& view) {
    return FactsIn(view, Permutation::kSpo, KeyPrefix::Of(), view.default_scope());
  };
  store.Say("org/ap", "org/hikvision", "supplies", "prod/optics", {.quote = "optical components"});
  store.Name("org/hikvision", "Hikvision");
  std::vector<Fact> before;
  {
    const auto view = store.View();
    before = fact_of(*view);
    EXPECT_EQ(before.size(), 2u);
  }
  store.Reopen();
  const auto view = store.View();
  EXPECT_EQ(fact_of(*view), before);
  EXPECT_EQ(view->revision(), Revision{1});
  const Statement statement = OrThrow(view->GetStatement(StatementId{1}));
  EXPECT_EQ(statement.content.quote, "optical components");
  EXPECT_EQ(statement.recorded_at_micros, test::FakeClock::kStartMicros);
  EXPECT_EQ(OrThrow(view->CaptionOf(before[0].subject)), "Hikvision");
  EXPECT_EQ(store->Statistics().quads, 2u);
}

TEST(Store, RefusesADirectoryWithForeignFilesAndLeavesItAlone) {
  const TempDirectory directory;
  std::ofstream(directory.Child("letter.txt")) << "Dear Sir";
  const auto store = Store::Open(directory.path(), {});
  EXPECT_EQ(CodeOf(store.status()), StatusCode::kFailedPrecondition);
  EXPECT_THAT(MessageOf(store.status()), HasSubstr("letter.txt"));
  int file_count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    ++file_count;
  }
  EXPECT_EQ(file_count, 1);
}

TEST(Store, RefusesAFileInPlaceOfADirectory) {
  const TempDirectory directory;
  std::ofstream(directory.Child("store")) << "Dear Sir";
  const auto store = Store::Open(directory.Child("store"), {});
  EXPECT_EQ(CodeOf(store.status()), StatusCode::kFailedPrecondition);
}

TEST(Store, RefusesANewerFormatNamingBothNumbers) {
  TestStore store;
  store.Say("org/ap", "org/hikvision", "supplies", "prod/optics");
  store.Commit();
  store.Close();
  std::ofstream(store.directory() + "/SIGHTLINE") << "sightline store, format 7\n";
  const auto opened = Store::Open(store.directory(), {});
  EXPECT_EQ(CodeOf(opened.status()), StatusCode::kFailedPrecondition);
  EXPECT_THAT(MessageOf(opened.status()), HasSubstr("format 7"));
  EXPECT_THAT(MessageOf(opened.status()), HasSubstr("reads format 3"));
}

TEST(Store, RefusesAnOlderFormatAndLeavesItAsItIs) {
  TestStore store;
  store.Say("org/ap", "org/hikvision", "supplies", "prod/optics");
  store.Commit();
  store.Close();
  std::ofstream(store.directory() + "/SIGHTLINE") << "sightline store, format 2\n";
  const auto files = [&] {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(store.directory())) {
      names.insert(entry.path().filename());
    }
    return names;
  };
  const auto before = files();
  const auto opened = Store::Open(store.directory(), {});
  EXPECT_EQ(CodeOf(opened.status()), StatusCode::kFailedPrecondition);
  EXPECT_THAT(MessageOf(opened.status()), HasSubstr("format 2"));
  EXPECT_EQ(files(), before);
}

TEST(Store, RefusesASecondOpenInTheSameProcess) {
  TestStore store;
  const auto second = Store::Open(store.directory(), {});
  EXPECT_EQ(CodeOf(second.status()), StatusCode::kFailedPrecondition);
  EXPECT_THAT(MessageOf(second.status()), HasSubstr("open already"));
}

TEST(Store, CreatesNothingWhenToldNotTo) {
  const TempDirectory directory;
  const auto absent = Store::Open(directory.Child("store"), {.create_if_missing = false});
  EXPECT_EQ(CodeOf(absent.status()), StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(directory.Child("store")));
  const auto empty = Store::Open(directory.path(), {.create_if_missing = false});
  EXPECT_EQ(CodeOf(empty.status()), StatusCode::kNotFound);
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(Store, NamesWhatItHasLost) {
  const std::map<ColumnFamily, std::string> lost = {
      {ColumnFamily::kStatements, "2 statements, and its commit log names 3"},
      {ColumnFamily::kRetractions, "0 retractions, and its commit log names 1"},
      {ColumnFamily::kContexts, "A statement refers to"},
      {ColumnFamily::kCommits, "A statement refers to"},
      {ColumnFamily::kMeta, "lost its format version"},
  };
  for (const auto& [family, message] : lost) {
    TestStore store;
    store.Say("org/ap", "org/hikvision", "supplies", "prod/optics");
    store.Commit();
    store.Say("org/voice", "org/hikvision", "supplies", "prod/optics");
    store.Say("org/voice", "org/hikvision", "supplies", "prod/lenses");
    store.Retract(StatementId{1});
    store.Commit();
    store.Close();
    {
      const auto kv = OrThrow(KvStore::Open(store.directory(), {}));
      std::string last;
      const auto iterator = kv->NewIterator(family, "", "");
      for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) last = iterator->key();
      const auto batch = kv->NewBatch();
      batch->Delete(family, last);
      test::ThrowIfError(kv->Write(*batch, Durability::kRelaxed));
    }
    const auto opened = Store::Open(store.directory(), {});
    EXPECT_EQ(CodeOf(opened.status()), StatusCode::kDataLoss);
    EXPECT_THAT(MessageOf(opened.status()), HasSubstr(message));
  }
}

TEST(Store, RefusesARevisionOfTheFuture) {
  TestStore store;
  EXPECT_EQ(CodeOf(store->OpenReadView(Revision{1}, {}).status()), StatusCode::kOutOfRange);
}

TEST(Store, LetsWritersInOneAfterTheOther) {
  TestStore store;
  store.Predicate("supplies");
  store.Commit();
  constexpr int kThreads = 4, kCommits = 10;
  std::atomic<int> inside = 0, most_inside = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kCommits; ++i) {
        auto transaction = OrThrow(store->BeginTransaction(Clearance::Unrestricted()));
        most_inside = std::max<int>(most_inside, ++inside);
        const auto entity = [&](std::string id) { return OrThrow(transaction->InternEntity(id)); };
        StatementDraft draft;
        draft.facts = {{entity(fmt::format("org/{}-{}", thread, i)), entity("supplies"),
                        entity("prod/optics")}};
        draft.context.claimant = entity("org/ap");
        EXPECT_FALSE(OrThrow(transaction->Add(draft)).duplicate);
        --inside;
        OrThrow(transaction->Commit(Durability::kRelaxed));
      }
    });
  }
  // Readers meanwhile see whole commits only: as many statements as revisions, less the first.
  for (int i = 0; i < 200; ++i) {
    const auto view = OrThrow(store->OpenReadView(std::nullopt, Clearance::Unrestricted()));
    EXPECT_EQ(view->default_scope()->size(), view->revision().value - 1);
    EXPECT_EQ(FactsIn(*view, Permutation::kPos, KeyPrefix::Of(), view->default_scope()).size(),
              view->revision().value - 1);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most_inside, 1);
  EXPECT_EQ(store->revision(), Revision{1 + kThreads * kCommits});
}

// Readers of two clearances while one thread adds, denies, retracts and rolls back: each view
// stands still, agrees with itself and shows the same again when it is opened later; also after a
// reopen.
TEST(Store, ViewsStandStillWhileStatementsComeAndGo) {
  TestStore store;
  store.Predicate("supplies");
  store.Commit();
  constexpr int kCommits = 300;
  const Clearance low = test::ClearanceOf(TlpLabel::kGreen);
  // What is seen at a revision: statements in scope, facts by them.
  using Sight = std::pair<std::vector<StatementId>, std::vector<Fact>>;
  const auto look = [&](Revision revision, const Clearance& clearance) {
    const auto view = OrThrow(store->OpenReadView(revision, clearance));
    return Sight(view->default_scope()->Statements(),
                 FactsIn(*view, Permutation::kOps, KeyPrefix::Of(), view->default_scope()));
  };
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; i < kCommits; ++i) {
      const auto transaction = OrThrow(store->BeginTransaction(Clearance::Unrestricted()));
      const auto entity = [&](std::string id) { return OrThrow(transaction->InternEntity(id)); };
      StatementDraft draft;
      draft.context.claimant = entity(fmt::format("org/claimant-{}", i));
      StatementId last;
      for (int k = 0; k < 3; ++k) {
        draft.facts = {
            {entity(fmt::format("org/{}-{}", i, k)), entity("supplies"), entity("prod/optics")}};
        draft.polarity = k == 1 ? Polarity::kDenies : Polarity::kAsserts;
        draft.context.marking.tlp = k == 2 ? TlpLabel::kRed : TlpLabel::kClear;
        last = OrThrow(transaction->Add(draft)).id;
      }
      if (i % 5 == 4) continue;  // Rolled back.
      if (last.value > 3) {
        test::ThrowIfError(transaction->Retract(StatementId{last.value - 3}, "superseded"));
      }
      OrThrow(transaction->Commit(Durability::kRelaxed));
    }
    done = true;
  });
  std::map<Revision, Sight> sights[2];
  Mutex sights_mutex;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&, reader] {
      const Clearance clearance = reader == 0 ? low : Clearance::Unrestricted();
      do {
        const Revision revision = store->revision();
        Sight sight = look(revision, clearance);
        MutexLock lock(&sights_mutex);
        const auto [known, is_new] = sights[reader].emplace(revision, sight);
        if (!is_new) {
          EXPECT_EQ(known->second, sight);
        }
      } while (!done);
    });
  }
  writer.join();
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(store->revision(), Revision{1 + kCommits * 4 / 5});
  store.Reopen();
  for (int reader = 0; reader < 2; ++reader) {
    const Clearance clearance = reader == 0 ? low : Clearance::Unrestricted();
    EXPECT_FALSE(sights[reader].empty());
    for (const auto& [revision, sight] : sights[reader]) {
      EXPECT_EQ(look(revision, clearance), sight) << "revision " << revision.value;
    }
    // After the first commit, three statements each, of which one is hidden from the low reader;
    // the hidden one of the commit before is retracted.
    const Sight last = look(store->revision(), clearance);
    const size_t commits = kCommits * 4 / 5;
    EXPECT_EQ(last.first.size(), reader == 0 ? 2 * commits : 2 * commits + 1);
    EXPECT_EQ(last.second.size(), reader == 0 ? commits : commits + 1);
  }
}

}  // namespace
}  // namespace sightline::storage
