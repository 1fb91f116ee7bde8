#include "storage/statements/statement_columns.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using test::ThrowIfError;

std::vector<StatementHead> RandomHeads(uint64_t seed, uint64_t interval_count) {
  std::mt19937_64 random(seed);
  std::vector<StatementHead> heads(kSegmentRows);
  for (StatementHead& head : heads) {
    head.context_number = static_cast<uint32_t>(random() % 100'000);
    head.polarity = random() % 10 == 0 ? Polarity::kDenies : Polarity::kAsserts;
    head.credibility = static_cast<Credibility>(random() % 7);
    const auto number = static_cast<int64_t>(random() % interval_count);
    if (number > 0) head.valid = {{BoundKind::kAt, -number}, {BoundKind::kOpen, 0}};
  }
  return heads;
}

std::string Encode(const std::vector<StatementHead>& heads) {
  SegmentEncoder encoder;
  for (const StatementHead& head : heads) encoder.Add(head);
  return encoder.Encode();
}

TEST(SegmentEncoder, GivesBackEveryRow) {
  for (const uint64_t interval_count : {1, 7, 100'000}) {
    const std::vector<StatementHead> heads = RandomHeads(interval_count, interval_count);
    StatementSegment segment;
    ThrowIfError(DecodeSegment(Encode(heads), &segment));
    EXPECT_LE(segment.intervals.size(), interval_count);
    for (size_t row = 0; row < kSegmentRows; ++row) {
      ASSERT_EQ(segment.rows[row].context_number, heads[row].context_number);
      ASSERT_EQ(segment.rows[row].polarity, heads[row].polarity);
      ASSERT_EQ(segment.rows[row].credibility, heads[row].credibility);
      ASSERT_EQ(segment.intervals[segment.rows[row].interval_number], heads[row].valid);
    }
  }
}

TEST(SegmentEncoder, IsEmptyAfterASegment) {
  SegmentEncoder encoder;
  const std::vector<StatementHead> first = RandomHeads(1, 50);
  const std::vector<StatementHead> second = RandomHeads(2, 50);
  for (const StatementHead& head : first) encoder.Add(head);
  EXPECT_EQ(encoder.row_count(), kSegmentRows);
  EXPECT_EQ(encoder.Encode(), Encode(first));
  EXPECT_EQ(encoder.row_count(), 0u);
  for (const StatementHead& head : second) encoder.Add(head);
  EXPECT_EQ(encoder.Encode(), Encode(second));
}

// The bytes of docs/file-format.md. A change here is a change of the persistent format.
TEST(SegmentEncoder, WritesTheDocumentedBytes) {
  std::vector<StatementHead> heads(kSegmentRows);
  for (StatementHead& head : heads) {
    head.context_number = 300;
    head.credibility = 2;
  }
  heads[1].context_number = 302;
  const std::string bytes = Encode(heads);
  const std::string contexts = std::string("\x01\xac\x02\x00\x02", 5) + std::string(4094, '\0');
  const std::string grades("\x00\x04", 2);             // Constant: 0 + 2 * 2.
  const std::string intervals("\x01\x00\x00\x00", 4);  // One, undated; all rows have number 0.
  ASSERT_EQ(bytes.substr(0, bytes.size() - 8), "\x01" + contexts + grades + intervals);
}

TEST(SegmentEncoder, EveryFlippedBitIsFound) {
  // Two bytes for a context, one for an interval: all of it in a few thousand tries.
  const std::string bytes = Encode(RandomHeads(3, 20));
  StatementSegment segment;
  std::mt19937_64 random(4);
  for (size_t i = 0; i < 4000; ++i) {
    // The header and the end whole, the rest at random.
    const size_t byte = i < 300   ? i
                        : i < 600 ? bytes.size() - 1 - (i - 300)
                                  : random() % bytes.size();
    std::string damaged = bytes;
    damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << random() % 8));
    ASSERT_EQ(DecodeSegment(damaged, &segment).code(), StatusCode::kDataLoss) << byte;
  }
  for (const size_t length : {size_t{0}, size_t{7}, size_t{8}, bytes.size() - 1}) {
    EXPECT_EQ(DecodeSegment(bytes.substr(0, length), &segment).code(), StatusCode::kDataLoss);
  }
  EXPECT_EQ(DecodeSegment(bytes + "x", &segment).code(), StatusCode::kDataLoss);
}

TEST(StatementColumns, TakeFewBytesWhereRowsAreAlike) {
  std::vector<StatementRow> rows(kSegmentRows);
  for (size_t row = 0; row < kSegmentRows; ++row) {
    rows[row].context_number = 1'000'000 + static_cast<uint32_t>(row / 20);
  }
  const StatementColumns columns = StatementColumns::Pack(rows.data(), kSegmentRows);
  EXPECT_EQ(columns.allocated_bytes(kSegmentRows), kSegmentRows);
  EXPECT_FALSE(columns.has_denials());
  EXPECT_EQ(columns[4095].context_number, 1'000'204u);
}

}  // namespace
}  // namespace sightline::storage
