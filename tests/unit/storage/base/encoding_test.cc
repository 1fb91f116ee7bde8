#include "storage/base/encoding.h"

#include <gtest/gtest.h>

#include <vector>

namespace sightline::storage {
namespace {

using std::string_literals::operator""s;

const std::vector<uint64_t> kNumbers = {0,
                                        1,
                                        127,
                                        128,
                                        255,
                                        16'383,
                                        16'384,
                                        UINT32_MAX,
                                        uint64_t{1} << 35,
                                        uint64_t{1} << 63,
                                        UINT64_MAX - 1,
                                        UINT64_MAX};

TEST(Encoding, FixedIntegersAreBigEndian) {
  std::string bytes;
  AppendByte(0xAB, &bytes);
  AppendFixed16(0x0102, &bytes);
  AppendFixed32(0x03040506, &bytes);
  AppendFixed64(0x0708090A0B0C0D0E, &bytes);
  EXPECT_EQ(bytes, "\xAB\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E"s);
  EXPECT_EQ(LoadFixed16(bytes.data() + 1), 0x0102);
  EXPECT_EQ(LoadFixed32(bytes.data() + 3), 0x03040506u);
  EXPECT_EQ(LoadFixed64(bytes.data() + 7), 0x0708090A0B0C0D0Eu);
  ByteReader reader(bytes);
  EXPECT_EQ(*reader.ReadByte(), 0xAB);
  EXPECT_EQ(*reader.ReadFixed16(), 0x0102);
  EXPECT_EQ(*reader.ReadFixed32(), 0x03040506u);
  EXPECT_EQ(*reader.ReadFixed64(), 0x0708090A0B0C0D0Eu);
  EXPECT_TRUE(reader.ExpectEnd().ok());
}

TEST(Encoding, FixedIntegersSortAsNumbers) {
  std::string before;
  for (size_t i = 0; i < kNumbers.size(); ++i) {
    std::string bytes;
    AppendFixed64(kNumbers[i], &bytes);
    if (i > 0) {
      EXPECT_LT(before, bytes) << kNumbers[i];
    }
    before = bytes;
  }
}

TEST(Encoding, VarintsComeBack) {
  std::string bytes;
  for (uint64_t number : kNumbers) AppendVarint(number, &bytes);
  ByteReader reader(bytes);
  for (uint64_t number : kNumbers) EXPECT_EQ(*reader.ReadVarint(), number);
  EXPECT_TRUE(reader.at_end());
}

TEST(Encoding, SmallSignedVarintsAreShort) {
  for (int64_t number :
       {int64_t{0}, int64_t{-1}, int64_t{63}, int64_t{-64}, INT64_MIN, INT64_MAX}) {
    std::string bytes;
    AppendSignedVarint(number, &bytes);
    if (number >= -64 && number < 64) {
      EXPECT_EQ(bytes.size(), 1u) << number;
    }
    EXPECT_EQ(*ByteReader(bytes).ReadSignedVarint(), number);
  }
}

TEST(Encoding, StringsKeepEveryByte) {
  const std::string text = "Hik\0vision\xFF"s;
  std::string bytes;
  AppendLengthPrefixed(text, &bytes);
  AppendLengthPrefixed("", &bytes);
  ByteReader reader(bytes);
  EXPECT_EQ(*reader.ReadLengthPrefixed(), text);
  EXPECT_EQ(*reader.ReadLengthPrefixed(), "");
  EXPECT_TRUE(reader.at_end());
}

TEST(ByteReader, RefusesWhatEndsTooEarly) {
  EXPECT_EQ(ByteReader("").ReadByte().status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ByteReader("1").ReadFixed16().status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ByteReader("123").ReadFixed32().status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ByteReader("1234567").ReadFixed64().status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ByteReader("").ReadVarint().status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ByteReader("\x80\x80").ReadVarint().status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ByteReader("\x05"
                       "abcd")
                .ReadLengthPrefixed()
                .status()
                .code(),
            StatusCode::kDataLoss);
  EXPECT_EQ(ByteReader("abc").ReadBytes(UINT64_MAX).status().code(), StatusCode::kDataLoss);
}

TEST(ByteReader, RefusesVarintsThatAppendVarintDoesNotWrite) {
  EXPECT_EQ(ByteReader("\x81\x00"s).ReadVarint().status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ByteReader(std::string(9, '\xFF') + "\x02").ReadVarint().status().code(),
            StatusCode::kDataLoss);
  EXPECT_EQ(ByteReader(std::string(11, '\xFF')).ReadVarint().status().code(),
            StatusCode::kDataLoss);
}

TEST(ByteReader, NoticesBytesLeftOver) {
  ByteReader reader("ab");
  ASSERT_TRUE(reader.ReadByte().ok());
  EXPECT_EQ(reader.rest(), "b");
  EXPECT_EQ(reader.ExpectEnd().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace sightline::storage
