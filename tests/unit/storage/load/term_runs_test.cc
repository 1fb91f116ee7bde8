#include "storage/load/term_runs.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/temp_directory.h"
#include "tests/unit/storage/load/load_fixture.h"

namespace sightline::storage {
namespace {

Status Allow() { return OkStatus(); }

TEST(TermTable, GivesOneNumberATermAndKeepsTagsAndBitsApart) {
  TermTable table;
  EXPECT_EQ(*table.Intern(TermTag::kEntity, "optics", Allow), 0u);
  EXPECT_EQ(*table.Intern(TermTag::kString, "optics", Allow), 1u);
  EXPECT_EQ(table.InternBits(42), 2u);
  EXPECT_EQ(*table.Intern(TermTag::kEntity, "", Allow), 3u);
  EXPECT_EQ(*table.Intern(TermTag::kEntity, "optics", Allow), 0u);
  EXPECT_EQ(table.InternBits(42), 2u);
  EXPECT_EQ(table.BytesOf(1), "optics");
  EXPECT_EQ(table.BitsOf(2), 42u);
  EXPECT_EQ(table.size(), 4u);
}

TEST(TermTable, AsksBeforeItMakesATermAndNotAgain) {
  TermTable table;
  const auto refuse = [] { return InvalidArgument("no"); };
  EXPECT_EQ(table.Intern(TermTag::kEntity, "optics", refuse).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(table.size(), 0u);
  ASSERT_TRUE(table.Intern(TermTag::kEntity, "optics", Allow).ok());
  EXPECT_EQ(*table.Intern(TermTag::kEntity, "optics", refuse), 0u);
}

TEST(TermRuns, MergeOfManyRunsEqualsAMap) {
  const sightline::test::TempDirectory directory;
  test::Random random(3);
  for (const uint64_t run_count : {1, 2, 7, 60}) {
    auto file = *SpillFile::Create(directory.path());
    using Occurrence = std::tuple<uint32_t, uint32_t, bool>;
    std::map<std::string, std::vector<Occurrence>> expected;
    std::vector<TermRun> runs;
    for (uint32_t run = 0; run < run_count; ++run) {
      TermTable table;
      for (int i = 0; i < 3000; ++i) {
        const auto tag =
            std::array{TermTag::kEntity, TermTag::kString, TermTag::kValue}[random.Below(3)];
        std::string bytes = "http://example.org/" + std::to_string(random.Below(20'000));
        if (random.Below(50) == 0) bytes.append(random.Below(9'000), '\0');
        const uint32_t before = table.size();
        const uint32_t local = *table.Intern(tag, bytes, Allow);
        if (local < before) continue;
        const bool is_name = random.Below(4) == 0;
        if (is_name) table.MarkName(local);
        expected[static_cast<char>(tag) + bytes].emplace_back(run, local, is_name);
      }
      table.InternBits(run);  // Not a dictionary entry: not in the run.
      runs.push_back(*WriteTermRun(table, CancellationToken(), file.get()));
    }
    TermMerge merge(runs, 1);  // The smallest buffers.
    std::map<std::string, std::vector<Occurrence>> found;
    std::string before;
    while (*merge.Next()) {
      EXPECT_LT(before, merge.key());
      before = merge.key();
      for (const auto& occurrence : merge.occurrences()) {
        found[before].emplace_back(occurrence.run, occurrence.local, occurrence.is_name);
      }
    }
    EXPECT_EQ(found, expected) << run_count << " runs";
  }
}

TEST(TermRuns, MergeOfNothingIsEmpty) {
  TermMerge merge({}, 1 << 20);
  EXPECT_FALSE(*merge.Next());
  EXPECT_FALSE(*merge.Next());
}

}  // namespace
}  // namespace sightline::storage
