#include "storage/index/quad_block.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "storage/model/term_id.h"
#include "tests/support/quad_block_promises.h"

namespace sightline::storage {
namespace {

using test::EncodeRows;
using test::QuadBlockReading;
using test::ReadKeepingPromises;
using test::WithChecksums;

uint64_t Entity(uint64_t number) { return TermId::Make(TermTag::kEntity, number).bits; }
uint64_t Integer(uint64_t value) {
  return TermId::Make(TermTag::kInteger, (uint64_t{1} << 59) + value).bits;
}
uint64_t ShortString(uint64_t payload) { return TermId::Make(TermTag::kShortString, payload).bits; }

// Subjects with some statements each, objects of several types.
std::vector<QuadKey> MixedRows(size_t count) {
  std::mt19937_64 random(count);
  std::vector<QuadKey> rows;
  for (size_t i = 0; rows.size() < count; ++i) {
    const uint64_t objects[] = {Entity(random() % 100'000), Integer(random() % 1000),
                                TermId::Make(TermTag::kDate, random() % 6'000'000).bits,
                                ShortString(random())};
    rows.push_back(
        {Entity(1000 + i / 5), Entity(1 + i % 5), objects[random() % 4], 1 + random() % 3000});
  }
  return rows;
}

void ExpectRoundTrip(const std::vector<QuadKey>& rows) {
  const QuadBlockReading reading = ReadKeepingPromises(EncodeRows(rows));
  EXPECT_TRUE(reading.whole);
  EXPECT_EQ(reading.rows, rows);
}

TEST(QuadBlock, GivesBackItsRowsAtAllSizesAroundAGroup) {
  for (const size_t count :
       {1u, 2u, 3u, 4u, 5u, 255u, 256u, 257u, 511u, 512u, 513u, 4096u, 65535u, 65536u}) {
    SCOPED_TRACE(count);
    ExpectRoundTrip(MixedRows(count));
  }
}

TEST(QuadBlock, SaysWhatItHolds) {
  std::vector<QuadKey> rows = MixedRows(600);
  rows[10][3] = 4000;
  rows[500][3] = 0;
  const std::string bytes = EncodeRows(rows);
  const StatusOr<QuadBlock> block = QuadBlock::Open(bytes);
  ASSERT_TRUE(block.ok());
  EXPECT_EQ(block->row_count(), 600u);
  EXPECT_EQ(block->group_count(), 3u);
  EXPECT_EQ(block->first_statement(), StatementId{0});
  EXPECT_EQ(block->last_statement(), StatementId{4000});
  EXPECT_EQ(block->FirstOfGroup(0), rows[0]);
  EXPECT_EQ(block->FirstOfGroup(2), rows[512]);
}

TEST(QuadBlock, FindsTheGroupOfAKey) {
  const std::vector<QuadKey> rows = MixedRows(1000);
  const std::string bytes = EncodeRows(rows);
  const StatusOr<QuadBlock> block = QuadBlock::Open(bytes);
  ASSERT_TRUE(block.ok());
  EXPECT_EQ(block->GroupFor({0, 0, 0, 0}), 0u);
  EXPECT_EQ(block->GroupFor({UINT64_MAX, 0, 0, 0}), 3u);
  for (size_t group = 1; group < 4; ++group) {
    QuadKey key = rows[group * kGroupRows];
    EXPECT_EQ(block->GroupFor(key), group);
    // A key between the last row of a group and the first of the next: the group before it is
    // named, of which no row is at or after the key; the reader goes on to the next.
    --key[3];
    EXPECT_EQ(block->GroupFor(key), group - 1);
  }
}

// What a column takes with these numbers, in a full group whose first column is told.
size_t ColumnBytes(const std::vector<uint64_t>& numbers) {
  std::vector<QuadKey> rows;
  for (size_t i = 0; i < numbers.size(); ++i) rows.push_back({i, 0, numbers[i], 0});
  ExpectRoundTrip(rows);
  std::vector<QuadKey> constant = rows;
  for (QuadKey& row : constant) row[2] = 0;
  return EncodeRows(rows).size() - EncodeRows(constant).size() + 1;
}

TEST(QuadBlock, WritesEachColumnInAFewBytes) {
  std::mt19937_64 random(1);
  std::map<std::string, std::vector<uint64_t>> columns;
  const std::vector<uint64_t> countries = {ShortString(random()), ShortString(random()),
                                           ShortString(random())};
  for (size_t i = 0; i < kGroupRows; ++i) {
    columns["constant"].push_back(random.max());
    columns["ascending"].push_back((uint64_t{1} << 60) + i * 1000);
    columns["a range"].push_back((uint64_t{1} << 60) + random() % 1000);
    columns["three far apart"].push_back(countries[random() % 3]);
    columns["three types"].push_back(i % 3 == 0   ? Entity(random() % 1000)
                                     : i % 3 == 1 ? Integer(random() % 1000)
                                                  : TermId::Make(TermTag::kDate, 7).bits);
    columns["some large"].push_back(i % 32 == 0 ? ShortString(random()) : Entity(random() % 1000));
  }
  EXPECT_EQ(ColumnBytes(columns["constant"]), 1u);
  EXPECT_EQ(ColumnBytes(columns["ascending"]), 2u + 32 * 12);    // 4 rows back: 4000.
  EXPECT_EQ(ColumnBytes(columns["a range"]), 5u + 8 + 32 * 10);  // A reference.
  EXPECT_EQ(ColumnBytes(columns["three far apart"]), 5u + 24 + 32 * 2);
  EXPECT_EQ(ColumnBytes(columns["three types"]), 5u + 24 + 32 * (2 + 10));
  // Eight short strings, of whose 60 bits at least the upper 50 are exceptions.
  EXPECT_LE(ColumnBytes(columns["some large"]), 5u + 16 + 32 * (1 + 10) + 8 * 8);
}

TEST(QuadBlock, DetectsEveryFlippedBit) {
  const std::string bytes = EncodeRows(MixedRows(300));
  ASSERT_TRUE(ReadKeepingPromises(bytes).whole);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    ASSERT_FALSE(ReadKeepingPromises(flipped).whole) << "bit " << bit;
  }
}

TEST(QuadBlock, AFlippedBitInAGroupLeavesTheOthersReadable) {
  const std::vector<QuadKey> rows = MixedRows(600);
  std::string bytes = EncodeRows(rows);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  const StatusOr<QuadBlock> block = QuadBlock::Open(bytes);
  ASSERT_TRUE(block.ok());
  GroupRows group;
  EXPECT_TRUE(block->UnpackGroup(0, &group).ok());
  EXPECT_TRUE(block->UnpackGroup(1, &group).ok());
  EXPECT_EQ(block->UnpackGroup(2, &group).code(), StatusCode::kDataLoss);
}

TEST(QuadBlock, DetectsATruncatedOrLengthenedBlock) {
  const std::string bytes = EncodeRows(MixedRows(300));
  for (size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_EQ(QuadBlock::Open(std::string_view(bytes).substr(0, size)).status().code(),
              StatusCode::kDataLoss);
  }
  EXPECT_EQ(QuadBlock::Open(bytes + '\0').status().code(), StatusCode::kDataLoss);
}

// With the checksums right, damage may go unnoticed, but the rows are still what a block promises.
TEST(QuadBlock, KeepsItsPromisesOnDamageThatChecksumsDoNotShow) {
  for (const size_t count : {40u, 256u}) {
    const std::string bytes = EncodeRows(MixedRows(count));
    size_t unnoticed = 0;
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::string flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
      unnoticed += ReadKeepingPromises(WithChecksums(std::move(flipped))).whole;
    }
    EXPECT_GT(unnoticed, 0u);  // An object's low bit, for one.
    EXPECT_LT(unnoticed, bytes.size() * 8);
    std::mt19937_64 random(count);
    for (int trial = 0; trial < 2'000; ++trial) {
      std::string damaged = bytes;
      for (uint64_t left = 1 + random() % 4; left > 0; --left) {
        damaged[random() % damaged.size()] = static_cast<char>(random());
      }
      ReadKeepingPromises(WithChecksums(std::move(damaged)));
    }
  }
}

TEST(QuadBlockDeathTest, RefusesToWriteRowsThatDoNotAscend) {
  EXPECT_DEATH(EncodeRows({{1, 2, 3, 4}, {1, 2, 3, 4}}), "RowsAscend");
  std::vector<QuadKey> rows = MixedRows(257);
  rows[256] = rows[255];
  EXPECT_DEATH(EncodeRows(rows), "check failed");
}

// The worked example of FORMAT.md.
TEST(QuadBlock, WritesTheBytesOfTheFormatsExample) {
  const std::vector<QuadKey> rows = {{Entity(10), Entity(2), Entity(20), 5},
                                     {Entity(10), Entity(2), Integer(7), 5},
                                     {Entity(11), Entity(3), Entity(21), 5}};
  std::string hex;
  for (const char byte : EncodeRows(rows)) hex += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  EXPECT_EQ(hex,
            "f63df736933819ab"
            "01000000"
            "03000000"
            "0500000000000000"
            "0500000000000000"
            "0a00000000000010020000000000001014000000000000100500000000000000"
            "65000000"
            "74a8cf1e"
            "010104"
            "010104"
            "0202020000"
            "14000000000000100700000000000048"
            "24"
            "00");
}

}  // namespace
}  // namespace sightline::storage
