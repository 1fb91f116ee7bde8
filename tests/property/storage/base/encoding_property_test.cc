#include "storage/base/encoding.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "storage/base/utf8.h"

namespace sightline::storage {
namespace {

// Numbers of every length, not only long ones.
rc::Gen<uint64_t> AnyNumber() {
  return rc::gen::apply([](uint64_t bits, int shift) { return bits >> shift; },
                        rc::gen::resize(1000, rc::gen::arbitrary<uint64_t>()),
                        rc::gen::inRange(0, 64));
}

RC_GTEST_PROP(Encoding, WhatIsAppendedIsRead, ()) {
  const std::vector<uint64_t> numbers = *rc::gen::container<std::vector<uint64_t>>(AnyNumber());
  const auto text = *rc::gen::arbitrary<std::string>();
  std::string bytes;
  for (uint64_t number : numbers) {
    AppendVarint(number, &bytes);
    AppendSignedVarint(static_cast<int64_t>(number), &bytes);
    AppendFixed64(number, &bytes);
    AppendFixed32(static_cast<uint32_t>(number), &bytes);
    AppendFixed16(static_cast<uint16_t>(number), &bytes);
    AppendLengthPrefixed(text, &bytes);
  }
  ByteReader reader(bytes);
  for (uint64_t number : numbers) {
    RC_ASSERT(*reader.ReadVarint() == number);
    RC_ASSERT(*reader.ReadSignedVarint() == static_cast<int64_t>(number));
    RC_ASSERT(*reader.ReadFixed64() == number);
    RC_ASSERT(*reader.ReadFixed32() == static_cast<uint32_t>(number));
    RC_ASSERT(*reader.ReadFixed16() == static_cast<uint16_t>(number));
    RC_ASSERT(*reader.ReadLengthPrefixed() == text);
  }
  RC_ASSERT(reader.ExpectEnd().ok());
}

RC_GTEST_PROP(Encoding, FixedIntegersSortAsNumbers, ()) {
  const uint64_t a = *AnyNumber();
  const uint64_t b = *AnyNumber();
  std::string a_bytes;
  std::string b_bytes;
  AppendFixed64(a, &a_bytes);
  AppendFixed64(b, &b_bytes);
  RC_ASSERT((a < b) == (a_bytes < b_bytes));
}

RC_GTEST_PROP(ByteReader, ReadsAVarintOnlyInTheFormThatIsWritten, ()) {
  const auto bytes = *rc::gen::arbitrary<std::string>();
  ByteReader reader(bytes);
  const StatusOr<uint64_t> number = reader.ReadVarint();
  if (!number.ok()) {
    RC_ASSERT(number.status().code() == StatusCode::kDataLoss);
    return;
  }
  std::string again;
  AppendVarint(*number, &again);
  RC_ASSERT(again + std::string(reader.rest()) == bytes);
}

RC_GTEST_PROP(Utf8, EncodedCodePointsAreValidAndComeBack, ()) {
  const auto code_points = *rc::gen::container<std::vector<char32_t>>(
      rc::gen::map(rc::gen::oneOf(rc::gen::inRange<uint32_t>(0, 0x800),
                                  rc::gen::inRange<uint32_t>(0x800, 0xD800),
                                  rc::gen::inRange<uint32_t>(0xE000, 0x11'0000)),
                   [](uint32_t code_point) { return static_cast<char32_t>(code_point); }));
  std::string text;
  for (char32_t code_point : code_points) {
    if (code_point < 0x80) {
      text.push_back(static_cast<char>(code_point));
      continue;
    }
    int continuations = 1;
    if (code_point >= 0x800) continuations = 2;
    if (code_point >= 0x1'0000) continuations = 3;
    const uint32_t lead_marks[] = {0, 0xC0, 0xE0, 0xF0};
    text.push_back(
        static_cast<char>(lead_marks[continuations] | (code_point >> (6 * continuations))));
    for (int i = continuations - 1; i >= 0; --i) {
      text.push_back(static_cast<char>(0x80 | ((code_point >> (6 * i)) & 0x3F)));
    }
  }
  RC_ASSERT(IsValidUtf8(text));
  std::vector<char32_t> decoded;
  for (size_t offset = 0; offset < text.size();) decoded.push_back(NextCodePoint(text, &offset));
  RC_ASSERT(decoded == code_points);
  RC_ASSERT(CodePointCount(text) == code_points.size());
}

RC_GTEST_PROP(Utf8, TheValidPrefixIsTheLongestOne, ()) {
  const auto text = *rc::gen::arbitrary<std::string>();
  const size_t prefix = ValidUtf8Prefix(text);
  RC_ASSERT(IsValidUtf8(std::string_view(text).substr(0, prefix)));
  RC_ASSERT(IsValidUtf8(text) == (prefix == text.size()));
}

}  // namespace
}  // namespace sightline::storage
