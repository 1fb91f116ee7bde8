#include "storage/index/bit_packing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace sightline::storage {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

uint64_t MaskOf(unsigned width) { return width == 0 ? 0 : UINT64_MAX >> (64 - width); }

std::vector<VectorPath> PathsOfThisMachine() {
  std::vector<VectorPath> paths = {VectorPath::kBaseline};
  if (BestVectorPath() != VectorPath::kBaseline) paths.push_back(BestVectorPath());
  return paths;
}

std::vector<uint64_t> RandomNumbers(size_t count, unsigned width) {
  std::mt19937_64 random(width * 1000 + count);
  std::vector<uint64_t> numbers(count);
  for (uint64_t& number : numbers) number = random() & MaskOf(width);
  if (count > 1) numbers[count - 1] = MaskOf(width);
  return numbers;
}

// Bytes of exactly the size that is packed, on the heap, where AddressSanitizer sees what lies
// beyond, and at an odd address.
class PackedBuffer {
 public:
  explicit PackedBuffer(size_t byte_count) : bytes_(byte_count + 1, '\xEE') {}
  char* data() { return bytes_.data() + 1; }
  char before() const { return bytes_[0]; }

 private:
  std::vector<char> bytes_;
};

TEST(BitPacking, GroupsOfAllWidthsComeBackOnAllPaths) {
  for (unsigned width = 0; width <= kPackedWidthMax; ++width) {
    SCOPED_TRACE(width);
    const std::vector<uint64_t> numbers = RandomNumbers(kPackedGroupCount, width);
    PackedBuffer packed(PackedBytes(kPackedGroupCount, width));
    PackGroup(numbers.data(), width, packed.data());
    EXPECT_EQ(packed.before(), '\xEE');
    for (const VectorPath path : PathsOfThisMachine()) {
      for (const uint64_t base : {uint64_t{0}, uint64_t{1} << 60, UINT64_MAX}) {
        std::vector<uint64_t> expected = numbers;
        for (uint64_t& number : expected) number += base;
        std::vector<uint64_t> unpacked(kPackedGroupCount);
        UnpackGroup(packed.data(), width, base, path, unpacked.data());
        EXPECT_EQ(unpacked, expected);
      }
    }
  }
}

TEST(BitPacking, SequencesOfAllWidthsAndLengthsComeBack) {
  for (unsigned width = 0; width <= kPackedWidthMax; ++width) {
    for (const size_t count : {0, 1, 2, 7, 8, 9, 63, 255, 256}) {
      SCOPED_TRACE(testing::Message() << width << " bits, " << count << " numbers");
      const std::vector<uint64_t> numbers = RandomNumbers(count, width);
      PackedBuffer packed(PackedBytes(count, width));
      PackSequence(numbers.data(), count, width, packed.data());
      EXPECT_EQ(packed.before(), '\xEE');
      std::vector<uint64_t> expected = numbers;
      for (uint64_t& number : expected) number += UINT64_MAX;
      std::vector<uint64_t> unpacked(count);
      UnpackSequence(packed.data(), count, width, UINT64_MAX, unpacked.data());
      EXPECT_EQ(unpacked, expected);
    }
  }
}

// The layout is on disk. Told here as FORMAT.md tells it, bit by bit.
TEST(BitPacking, GroupsAreLaidOutAsTheFormatSays) {
  for (const unsigned width : {1u, 5u, 31u, 32u, 33u, 50u, 64u}) {
    const std::vector<uint64_t> numbers = RandomNumbers(kPackedGroupCount, width);
    std::vector<char> expected(PackedBytes(kPackedGroupCount, width), 0);
    const auto put = [&expected](size_t first_byte, unsigned bits, unsigned from, size_t index,
                                 uint64_t number) {
      const size_t lane = 2 * (index % 4) + index / 4 % 2;
      for (unsigned bit = 0; bit < bits; ++bit) {
        const size_t lane_bit = index / 8 * bits + bit;
        const size_t byte = first_byte + 4 * (lane_bit / 32 * 8 + lane) + lane_bit % 32 / 8;
        if ((number >> (from + bit) & 1) != 0) {
          expected[byte] = static_cast<char>(expected[byte] | 1 << lane_bit % 8);
        }
      }
    };
    for (size_t i = 0; i < numbers.size(); ++i) {
      put(0, std::min(width, 32u), 0, i, numbers[i]);
      if (width > 32) put(1024, width - 32, 32, i, numbers[i]);
    }
    std::vector<char> packed(expected.size());
    PackGroup(numbers.data(), width, packed.data());
    EXPECT_EQ(packed, expected) << width;
  }
}

TEST(BitPacking, SequencesFillBytesFromTheLowestBit) {
  const uint64_t numbers[] = {0b101, 0b011, 0b110};
  std::vector<uint8_t> packed(PackedBytes(3, 3));
  PackSequence(numbers, 3, 3, reinterpret_cast<char*>(packed.data()));
  EXPECT_THAT(packed, ElementsAre(0b10'011'101, 0b1));
}

TEST(BitPacking, WidthNothingIsTheBaseAlone) {
  std::vector<uint64_t> numbers(kPackedGroupCount);
  for (const VectorPath path : PathsOfThisMachine()) {
    UnpackGroup("", 0, 42, path, numbers.data());
    EXPECT_THAT(numbers, Each(42));
  }
}

}  // namespace
}  // namespace sightline::storage
