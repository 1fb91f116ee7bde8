#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "storage/index/quad_block.h"
#include "storage/model/term_id.h"
#include "tests/support/quad_block_promises.h"

namespace sightline::storage {
namespace {

// The numbers of a column, by a way of making them that is drawn once: what is hard on a codec is
// not a random number but its place among the others.
class ColumnMaker {
 public:
  explicit ColumnMaker(std::mt19937_64* random)
      : random_(*random), kind_(random_() % 10), width_(random_() % 65), base_(random_()) {
    few_.resize(1 + random_() % 20);
    for (uint64_t& number : few_) number = random_() >> random_() % 64;
  }

  uint64_t Next() {
    const uint64_t narrow = width_ == 0 ? 0 : random_() >> (64 - width_);
    switch (kind_) {
      case 0:
        return base_;
      case 1:
        return narrow;
      case 2:
        return base_ + narrow;  // May go round the top.
      case 3:
        return random_() >> random_() % 64;  // As many of each width.
      case 4:
        return few_[random_() % few_.size()];
      case 5:
        return TermId::Make(static_cast<TermTag>(random_() % 16), narrow).bits;
      case 6:
        return TermId::Make(static_cast<TermTag>(random_() % 3), few_[random_() % few_.size()])
            .bits;
      case 7:
        return random_() % 50 == 0 ? random_() : narrow;  // Exceptions.
      case 8:
        return base_ += random_() % 4 == 0 ? narrow >> 20 : 0;
      default:
        return random_() % 2 == 0 ? UINT64_MAX - narrow : narrow;
    }
  }

 private:
  std::mt19937_64& random_;
  const uint64_t kind_;
  const uint64_t width_;
  uint64_t base_;
  std::vector<uint64_t> few_;
};

std::vector<QuadKey> AnyRows(size_t count_max) {
  std::mt19937_64 random(*rc::gen::arbitrary<uint64_t>());
  const size_t count = *rc::gen::inRange<size_t>(1, count_max + 1);
  ColumnMaker columns[] = {ColumnMaker(&random), ColumnMaker(&random), ColumnMaker(&random),
                           ColumnMaker(&random)};
  std::vector<QuadKey> rows(count);
  for (QuadKey& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) row[i] = columns[i].Next();
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

void CheckRoundTrip(size_t count_max) {
  const std::vector<QuadKey> rows = AnyRows(count_max);
  const test::QuadBlockReading reading = test::ReadKeepingPromises(test::EncodeRows(rows));
  RC_ASSERT(reading.whole);
  RC_ASSERT(reading.rows == rows);
}

RC_GTEST_PROP(QuadBlock, SmallBlocksGiveBackTheirRows, ()) { CheckRoundTrip(600); }
RC_GTEST_PROP(QuadBlock, LargeBlocksGiveBackTheirRows, ()) {
  // A hundred blocks of this size would take a minute without optimisation.
  if (*rc::gen::inRange(0, 10) != 0) return;
  CheckRoundTrip(kBlockRowsMax);
}

RC_GTEST_PROP(QuadBlock, KeepsItsPromisesOnDamageThatChecksumsDoNotShow, ()) {
  std::string block = test::EncodeRows(AnyRows(600));
  for (int left = *rc::gen::inRange(1, 5); left > 0; --left) {
    block[*rc::gen::inRange<size_t>(0, block.size())] = *rc::gen::arbitrary<char>();
  }
  test::ReadKeepingPromises(test::WithChecksums(std::move(block)));
}

}  // namespace
}  // namespace sightline::storage
