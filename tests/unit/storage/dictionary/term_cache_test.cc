#include "storage/dictionary/term_cache.h"

#include <gtest/gtest.h>

#include <thread>

namespace sightline::storage {
namespace {

TermId Entity(uint64_t number) { return TermId::Make(TermTag::kEntity, number); }

TEST(TermCache, GivesBackWhatItKeeps) {
  TermCache cache;
  EXPECT_EQ(cache.Find(Entity(1)), std::nullopt);
  cache.Keep(Entity(1), "org/ap");
  cache.Keep(TermId::Make(TermTag::kString, 1), "a text");
  EXPECT_EQ(cache.Find(Entity(1)), "org/ap");
  EXPECT_EQ(cache.Find(TermId::Make(TermTag::kString, 1)), "a text");
}

TEST(TermCache, KeepsNoLongTerms) {
  TermCache cache;
  cache.Keep(Entity(1), std::string(512, 'x'));
  cache.Keep(Entity(2), std::string(513, 'x'));
  EXPECT_NE(cache.Find(Entity(1)), std::nullopt);
  EXPECT_EQ(cache.Find(Entity(2)), std::nullopt);
}

TEST(TermCache, NeverGivesAnothersTerm) {
  // Far more terms than places, from several threads.
  TermCache cache;
  std::vector<std::thread> threads;
  std::vector<int> found(4, 0), wrong(4, 0);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (uint64_t i = 0; i < 100'000; ++i) {
        const TermId term = Entity(1 + (i * 7919 + static_cast<uint64_t>(thread)) % 30'000);
        cache.Keep(term, std::to_string(term.payload()));
        // Another thread may have taken the place meanwhile.
        const auto bytes = cache.Find(term);
        if (!bytes) continue;
        ++found[thread];
        if (*bytes != std::to_string(term.payload())) ++wrong[thread];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int thread = 0; thread < 4; ++thread) {
    EXPECT_GT(found[thread], 1'000);
    EXPECT_EQ(wrong[thread], 0);
  }
}

}  // namespace
}  // namespace sightline::storage
