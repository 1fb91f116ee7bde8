#include "storage/load/quad_run_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "storage/index/quad_block.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/storage/load/load_fixture.h"

namespace sightline::storage {
namespace {

struct Case {
  size_t batch_count;
  size_t batch_rows;
  int thread_count;
  size_t block_rows;
};

class QuadRunBuilderTest : public ::testing::TestWithParam<Case> {};

TEST_P(QuadRunBuilderTest, EqualsASortOfAllQuadsInSixOrders) {
  const Case& c = GetParam();
  const sightline::test::TempDirectory directory;
  const CancellationToken token;
  test::Random random(c.batch_count * 1000 + c.batch_rows);
  OrdinalSet with_facts;
  constexpr uint32_t kStatementCount = 3000;
  for (uint32_t i = 0; i < kStatementCount; ++i) with_facts.Insert(i);
  const StatementNumbers statements(with_facts, kStatementCount, 17);

  QuadRunBuilder builder({.run = RunNumber{5},
                          .directory = directory.path(),
                          .thread_count = c.thread_count,
                          .block_rows = c.block_rows,
                          .token = &token});
  std::set<QuadKey> quads;  // SPO.
  for (size_t batch = 0; batch < c.batch_count; ++batch) {
    std::set<uint64_t> distinct;
    // Terms of all tags, so that columns mix widths.
    for (int i = 0; i < 5000; ++i) {
      distinct.insert((1 + random.Below(9)) << 60 | random.Below(1 << (1 + random.Below(24))));
    }
    const std::vector<uint64_t> terms(distinct.begin(), distinct.end());
    std::vector<LoadRow> rows;
    uint32_t statement = 0;
    for (size_t i = 0; i < c.batch_rows; ++i) {
      // Every other batch has its statements in no order.
      statement = batch % 2 == 0 ? std::min<uint32_t>(kStatementCount - 1, statement + (i % 3 == 0))
                                 : static_cast<uint32_t>(random.Below(kStatementCount));
      const LoadRow row = {static_cast<uint32_t>(random.Below(terms.size())),
                           static_cast<uint32_t>(random.Below(20)),
                           static_cast<uint32_t>(random.Below(terms.size())), statement};
      rows.push_back(row);
      if (i % 10 == 0) rows.push_back(row);  // Kept once.
      quads.insert({terms[row[0]], terms[row[1]], terms[row[2]], 18 + row[3]});
    }
    ASSERT_TRUE(builder.AddBatch(rows, terms, statements).ok());
  }
  std::map<Permutation, std::vector<QuadKey>> found;
  std::string last_key;
  uint64_t blocks = 0;
  const auto info = builder.Finish([&](std::string_view key, std::string_view value) {
    EXPECT_LT(last_key, key);
    last_key = key;
    ++blocks;
    const auto block = QuadBlock::Open(value);
    GroupRows rows;
    auto& keys = found[static_cast<Permutation>(key[4])];
    for (size_t group = 0; group < block->group_count(); ++group) {
      EXPECT_TRUE(block->UnpackGroup(group, &rows).ok());
      for (size_t row = 0; row < rows.row_count; ++row) keys.push_back(rows.rows().Row(row));
    }
    return OkStatus();
  });
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->number, RunNumber{5});
  EXPECT_EQ(info->quad_count, quads.size());
  EXPECT_EQ(info->block_count, blocks);
  for (int i = 0; i < kPermutationCount; ++i) {
    const auto permutation = static_cast<Permutation>(i);
    std::vector<QuadKey> expected;
    for (const QuadKey& quad : quads) {
      expected.push_back(
          QuadKeyOf(permutation,
                    {{TermId{quad[0]}, TermId{quad[1]}, TermId{quad[2]}}, StatementId{quad[3]}}));
    }
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(found[permutation], expected) << PermutationName(permutation);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, QuadRunBuilderTest,
                         ::testing::Values(Case{1, 1, 1, 4096}, Case{1, 20'000, 1, 4096},
                                           Case{1, 20'000, 2, 300}, Case{2, 5'000, 2, 256},
                                           Case{9, 1'000, 2, 100}, Case{30, 100, 1, 1}));

TEST(QuadRunBuilder, EndsWhenCancelled) {
  const sightline::test::TempDirectory directory;
  CancellationToken token;
  OrdinalSet with_facts;
  with_facts.Insert(0);
  const StatementNumbers statements(with_facts, 1, 0);
  const std::vector<LoadRow> rows(10, LoadRow{0, 0, 0, 0});
  const std::vector<uint64_t> terms = {uint64_t{1} << 60 | 1};
  QuadRunBuilder builder({.run = RunNumber{1}, .directory = directory.path(), .token = &token});
  ASSERT_TRUE(builder.AddBatch(rows, terms, statements).ok());
  token.Cancel();
  EXPECT_EQ(builder.AddBatch(rows, terms, statements).code(), StatusCode::kCancelled);
  const auto sink = [](std::string_view, std::string_view) { return OkStatus(); };
  EXPECT_EQ(builder.Finish(sink).status().code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace sightline::storage
