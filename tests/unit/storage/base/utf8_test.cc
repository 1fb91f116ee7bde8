#include "storage/base/utf8.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sightline::storage {
namespace {

using std::string_literals::operator""s;

std::vector<char32_t> CodePointsOf(std::string_view text) {
  std::vector<char32_t> code_points;
  for (size_t offset = 0; offset < text.size();) {
    code_points.push_back(NextCodePoint(text, &offset));
  }
  return code_points;
}

TEST(Utf8, AcceptsEveryLengthAtItsBounds) {
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8("\0"s));
  EXPECT_TRUE(IsValidUtf8("\x7F"));
  EXPECT_TRUE(IsValidUtf8("\xC2\x80"));          // U+0080
  EXPECT_TRUE(IsValidUtf8("\xDF\xBF"));          // U+07FF
  EXPECT_TRUE(IsValidUtf8("\xE0\xA0\x80"));      // U+0800
  EXPECT_TRUE(IsValidUtf8("\xED\x9F\xBF"));      // U+D7FF
  EXPECT_TRUE(IsValidUtf8("\xEE\x80\x80"));      // U+E000
  EXPECT_TRUE(IsValidUtf8("\xEF\xBF\xBF"));      // U+FFFF
  EXPECT_TRUE(IsValidUtf8("\xF0\x90\x80\x80"));  // U+10000
  EXPECT_TRUE(IsValidUtf8("\xF4\x8F\xBF\xBF"));  // U+10FFFF
}

TEST(Utf8, RefusesWhatIsNotUtf8) {
  EXPECT_FALSE(IsValidUtf8("\x80"));              // A continuation byte alone.
  EXPECT_FALSE(IsValidUtf8("\xC0\xAF"));          // Overlong slash.
  EXPECT_FALSE(IsValidUtf8("\xC1\xBF"));          // Overlong.
  EXPECT_FALSE(IsValidUtf8("\xE0\x9F\xBF"));      // Overlong.
  EXPECT_FALSE(IsValidUtf8("\xED\xA0\x80"));      // Surrogate.
  EXPECT_FALSE(IsValidUtf8("\xF0\x8F\xBF\xBF"));  // Overlong.
  EXPECT_FALSE(IsValidUtf8("\xF4\x90\x80\x80"));  // Above U+10FFFF.
  EXPECT_FALSE(IsValidUtf8("\xF5\x80\x80\x80"));
  EXPECT_FALSE(IsValidUtf8("\xFF"));
  EXPECT_FALSE(IsValidUtf8("a\xC3"));     // Cut off.
  EXPECT_FALSE(IsValidUtf8("\xE2\x82"));  // Cut off.
  EXPECT_FALSE(IsValidUtf8("\xC3(xx"));   // No continuation.
}

TEST(Utf8, SaysWhereItStopsBeingValid) {
  EXPECT_EQ(ValidUtf8Prefix("танк"), 8u);
  EXPECT_EQ(ValidUtf8Prefix("та\xFFнк"), 4u);
  EXPECT_EQ(ValidUtf8Prefix("\xFF"), 0u);
}

TEST(Utf8, GivesCodePoints) {
  EXPECT_THAT(CodePointsOf("aл海𝄞"), testing::ElementsAre(U'a', U'л', U'海', U'𝄞'));
  EXPECT_EQ(CodePointCount("aл海𝄞"), 4u);
  EXPECT_EQ(CodePointCount(""), 0u);
}

TEST(Utf8, GivesOneReplacementCharacterForEachBadByte) {
  EXPECT_THAT(CodePointsOf("\xE2\x82"
                           "a"),
              testing::ElementsAre(kReplacementCharacter, kReplacementCharacter, U'a'));
}

}  // namespace
}  // namespace sightline::storage
