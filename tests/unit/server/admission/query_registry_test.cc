#include "server/admission/query_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace sightline::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

QueryDescription Of(std::string user, std::string text = "RETURN 1") {
  QueryDescription description;
  description.user = std::move(user);
  description.text = std::move(text);
  return description;
}

std::vector<std::string> Texts(const QueryRegistry::Page& page) {
  std::vector<std::string> texts;
  for (const QuerySnapshot& query : page.queries) texts.push_back(query.description.text);
  return texts;
}

TEST(QueryRegistry, ListsTheNewestFirstAndWhatIsKnownOfEach) {
  QueryRegistry registry;
  const auto first = registry.Add(Of("mia", "one"), 1'000, 100, [](QueryState) {});
  const auto second = registry.Add(Of("bob", "two"), 2'000, 100, [](QueryState) {});
  second->SetState(QueryState::kStreaming);
  second->SetRows(7);
  second->memory_bytes()->store(64);
  const auto page = registry.List({}, 10, "");
  ASSERT_TRUE(page.has_value());
  EXPECT_THAT(Texts(*page), ElementsAre("two", "one"));
  EXPECT_EQ(page->queries[0].id, second->id());
  EXPECT_EQ(page->queries[0].state, QueryState::kStreaming);
  EXPECT_EQ(page->queries[0].rows, 7);
  EXPECT_EQ(page->queries[0].memory_bytes, 64u);
  EXPECT_EQ(page->queries[0].start_micros, 2'000);
  EXPECT_EQ(page->queries[1].state, QueryState::kQueued);
  registry.Remove(first);
  EXPECT_THAT(Texts(*registry.List({}, 10, "")), ElementsAre("two"));
  registry.Remove(second);
  EXPECT_THAT(Texts(*registry.List({}, 10, "")), IsEmpty());
}

TEST(QueryRegistry, AUserHasAsManyAsHeMayAndOthersHaveTheirs) {
  QueryRegistry registry;
  const auto add = [&registry](const char* user) {
    return registry.Add(Of(user, "x"), 1'000, 2, [](QueryState) {});
  };
  const auto first = add("mia"), second = add("mia");
  EXPECT_EQ(add("mia"), nullptr);
  EXPECT_NE(add("bob"), nullptr);
  registry.Remove(first);
  registry.Remove(first);  // It is gone already, and counts once.
  EXPECT_NE(add("mia"), nullptr);
  EXPECT_EQ(add("mia"), nullptr);
}

TEST(QueryRegistry, ShowsAUserHisOwn) {
  QueryRegistry registry;
  const auto mine = registry.Add(Of("mia", "mine"), 1'000, 100, [](QueryState) {});
  const auto his = registry.Add(Of("bob", "his"), 1'000, 100, [](QueryState) {});
  EXPECT_THAT(Texts(*registry.List("mia", 10, "")), ElementsAre("mine"));
  EXPECT_THAT(Texts(*registry.List("eve", 10, "")), IsEmpty());
  registry.Remove(mine);
  registry.Remove(his);
}

TEST(QueryRegistry, PagesStayWholeWhenQueriesComeAndGo) {
  QueryRegistry registry;
  std::vector<std::shared_ptr<RegisteredQuery>> queries;
  for (int i = 0; i < 5; ++i) {
    queries.push_back(
        registry.Add(Of("mia", std::to_string(i)), 1'000 + i, 100, [](QueryState) {}));
  }
  const auto first = registry.List({}, 2, "");
  EXPECT_THAT(Texts(*first), ElementsAre("4", "3"));
  ASSERT_FALSE(first->next.empty());
  registry.Remove(queries[3]);  // The last one shown.
  queries.push_back(registry.Add(Of("mia", "new"), 2'000, 100, [](QueryState) {}));
  const auto second = registry.List({}, 2, first->next);
  EXPECT_THAT(Texts(*second), ElementsAre("2", "1"));
  const auto third = registry.List({}, 2, second->next);
  EXPECT_THAT(Texts(*third), ElementsAre("0"));
  EXPECT_EQ(third->next, "");
  for (const auto& query : queries) registry.Remove(query);
}

TEST(QueryRegistry, RefusesPagesOfNoList) {
  QueryRegistry registry;
  for (const char* from : {"x", "12", "-", "12-", "12-abc", "99999999999999999999-0123456789abcdef",
                           "-1-0123456789abcdef", "0-0123456789abcdef"}) {
    EXPECT_FALSE(registry.List({}, 10, from).has_value()) << from;
  }
}

TEST(QueryRegistry, CancelsOnceAndOnlyWhatOneMay) {
  QueryRegistry registry;
  int cancelled = 0;
  QueryState seen = QueryState::kQueued;
  const auto query = registry.Add(Of("mia"), 1'000, 100, [&](QueryState state) {
    ++cancelled;
    seen = state;
  });
  query->SetState(QueryState::kRunning);
  EXPECT_FALSE(registry.Cancel(query->id(), "bob"));
  EXPECT_FALSE(registry.Cancel("0123456789abcdef", "mia"));
  EXPECT_FALSE(registry.Cancel("", {}));
  EXPECT_FALSE(query->is_cancelled());
  EXPECT_EQ(cancelled, 0);
  EXPECT_TRUE(registry.Cancel(query->id(), "mia"));
  EXPECT_TRUE(query->is_cancelled());
  EXPECT_EQ(seen, QueryState::kRunning);
  EXPECT_TRUE(registry.Cancel(query->id(), {}));
  EXPECT_EQ(cancelled, 1);
  registry.Remove(query);
  EXPECT_FALSE(registry.Cancel(query->id(), {}));
}

TEST(QueryRegistry, IdsAreRandom) {
  QueryRegistry registry;
  std::set<std::string> ids;
  for (int i = 0; i < 1'000; ++i) {
    const auto query = registry.Add(Of("mia"), 1'000, 100, [](QueryState) {});
    EXPECT_THAT(query->id(), SizeIs(16));
    ids.insert(query->id());
    registry.Remove(query);
  }
  EXPECT_THAT(ids, SizeIs(1'000));
}

TEST(QueryRegistry, NeverCancelsWhatIsRemoved) {
  QueryRegistry registry;
  for (int round = 0; round < 200; ++round) {
    std::atomic<bool> is_over{false};
    const auto query =
        registry.Add(Of("mia"), 1'000, 100, [&](QueryState) { EXPECT_FALSE(is_over.load()); });
    std::thread canceller([&] { registry.Cancel(query->id(), {}); });
    registry.Remove(query);
    is_over.store(true);
    canceller.join();
  }
}

TEST(QueryRegistry, IdsAreSixteenDigitsAndNoTwoAreAlike) {
  QueryRegistry registry;
  std::set<std::string> ids;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1'000; ++j) {
        const auto query = registry.Add(Of("mia"), 1'000, 10'000, [](QueryState) {});
        EXPECT_EQ(query->id().size(), 16u);
        EXPECT_EQ(query->id().find_first_not_of("0123456789abcdef"), std::string::npos);
        const std::lock_guard lock(mutex);
        EXPECT_TRUE(ids.insert(query->id()).second) << query->id();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace sightline::server
