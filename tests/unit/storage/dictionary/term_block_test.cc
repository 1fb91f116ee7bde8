#include "storage/dictionary/term_block.h"

#define XXH_INLINE_ALL
#include <gtest/gtest.h>
#include <xxhash.h>

#include "storage/base/encoding.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using namespace std::string_literals;
using test::OrThrow;

TermId Entity(uint64_t number) { return TermId::Make(TermTag::kEntity, number); }

std::string BlockOf(const std::vector<std::string>& terms, TermId last) {
  TermBlockBuilder builder;
  for (size_t i = 0; i < terms.size(); ++i) {
    builder.Add(terms[i], i == 0 ? 0 : SharedPrefixLength(terms[i - 1], terms[i]));
  }
  return builder.Finish(last);
}

// A block with a right checksum around any body.
std::string Forged(std::string_view body, TermId last) {
  std::string block;
  AppendFixed32(static_cast<uint32_t>(XXH3_64bits_withSeed(body.data(), body.size(), last.bits)),
                &block);
  return block.append(body);
}

// Prefixes of one another, bytes over 127, zeros, an empty term, long ones.
std::vector<std::string> Terms() {
  const std::string long_prefix(300, 'p');
  return {"",
          "\0"s,
          "\0a"s,
          "a",
          "a\0"s,
          "aa",
          "ab",
          "abc",
          "abd",
          "b",
          long_prefix,
          long_prefix + "1",
          long_prefix + std::string(65536, 'q'),
          long_prefix + std::string(65536, 'q') + "r",
          "\x7F",
          "\x80",
          "\xFF",
          "\xFF\xFF"};
}

TEST(TermBlock, FindsEachTermBothWays) {
  const std::vector<std::string> terms = Terms();
  const TermId last = Entity(100 + terms.size());
  const std::string bytes = BlockOf(terms, last);
  const TermBlock block = OrThrow(TermBlock::Open(bytes, last));
  EXPECT_EQ(block.term_count(), terms.size());
  EXPECT_EQ(block.first_number(), 101u);
  for (size_t i = 0; i < terms.size(); ++i) {
    EXPECT_EQ(OrThrow(block.Find(terms[i])), Entity(101 + i)) << i;
    EXPECT_EQ(OrThrow(block.BytesOf(101 + i)), terms[i]) << i;
  }
  EXPECT_EQ(OrThrow(block.Decode()), terms);
}

TEST(TermBlock, FindsNothingElse) {
  const std::vector<std::string> terms = Terms();
  const std::string bytes = BlockOf(terms, Entity(terms.size()));
  const TermBlock block = OrThrow(TermBlock::Open(bytes, Entity(terms.size())));
  const std::vector<std::string> absent = {"\x01", "`",   "a\1"s, "aaa",      "ab\0"s,
                                           "abb",  "abe", "c",    "ppp",      std::string(301, 'p'),
                                           "\x81", "q",   "\xFE", "\xFF\xFE", "\xFF\xFF\x01"};
  for (const std::string& term : absent) {
    EXPECT_EQ(OrThrow(block.Find(term)), std::nullopt) << term.size() << " " << term;
  }
}

TEST(TermBlock, IsTheOneOfItsLastNumberAndTag) {
  const std::string bytes = BlockOf({"a", "b"}, Entity(7));
  EXPECT_TRUE(TermBlock::Open(bytes, Entity(7)).ok());
  EXPECT_EQ(TermBlock::Open(bytes, Entity(8)).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(TermBlock::Open(bytes, TermId::Make(TermTag::kString, 7)).status().code(),
            StatusCode::kDataLoss);
}

TEST(TermBlock, TellsEachFlippedBitAndEachCut) {
  const std::string bytes = BlockOf({"org/ap", "org/apple", "person/b"}, Entity(3));
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(TermBlock::Open(damaged, Entity(3)).status().code(), StatusCode::kDataLoss) << bit;
  }
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_EQ(TermBlock::Open(bytes.substr(0, length), Entity(3)).status().code(),
              StatusCode::kDataLoss)
        << length;
  }
}

TEST(TermBlock, RefusesMalformedBytesUnderARightChecksum) {
  const std::vector<std::string> headers = {
      ""s,               // Nothing.
      "\x02\x01\0\1a"s,  // Another layout.
      "\x01"s,           // No count.
      "\x01\0"s,         // No terms.
      "\x01\x04\0\1a"s,  // More terms than numbers.
  };
  for (const std::string& body : headers) {
    EXPECT_EQ(TermBlock::Open(Forged(body, Entity(3)), Entity(3)).status().code(),
              StatusCode::kDataLoss)
        << body;
  }
  const std::vector<std::string> entries = {
      "\x01\x03\0\1a"s,            // Ends after one of three.
      "\x01\x03\1\1a\0\1b\0\1c"s,  // Shares before the first.
      "\x01\x03\0\1a\2\1b\0\1c"s,  // Shares more than there is.
      "\x01\x03\0\x7F"
      "a\0\1b\0\1c"s,                                       // Longer than the block.
      "\x01\x03\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1"s,  // As long as can be.
      "\x01\x03\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1\1"s,  // The same, shared.
      "\x01\x03\0\x80\0\1b\0\1c"s,                          // A needless byte.
  };
  for (const std::string& body : entries) {
    const std::string bytes = Forged(body, Entity(3));
    const TermBlock block = OrThrow(TermBlock::Open(bytes, Entity(3)));
    EXPECT_EQ(block.Find("z").status().code(), StatusCode::kDataLoss) << body;
    EXPECT_EQ(block.BytesOf(3).status().code(), StatusCode::kDataLoss) << body;
    EXPECT_EQ(block.Decode().status().code(), StatusCode::kDataLoss) << body;
  }
  // What only a check of the whole block sees: bytes left over, terms that do not ascend.
  for (const std::string& body : {"\x01\x02\0\1a\0\1bx"s, "\x01\x02\0\1b\0\1a"s}) {
    const std::string bytes = Forged(body, Entity(3));
    const TermBlock block = OrThrow(TermBlock::Open(bytes, Entity(3)));
    EXPECT_EQ(block.Decode().status().code(), StatusCode::kDataLoss) << body;
  }
}

TEST(SharedPrefixLength, CountsBytes) {
  EXPECT_EQ(SharedPrefixLength("", "a"), 0u);
  EXPECT_EQ(SharedPrefixLength("abc", "abd"), 2u);
  EXPECT_EQ(SharedPrefixLength("ab", "abc"), 2u);
  EXPECT_EQ(SharedPrefixLength("\xFF", "\xFF"), 1u);
}

}  // namespace
}  // namespace sightline::storage
