#include "query/diagnostics/display_width.h"

#include <gtest/gtest.h>

#include <string_view>

namespace sightline::query {
namespace {

TEST(DisplayWidth, LatinCyrillicAndGreekTakeOneColumn) {
  for (char32_t c : std::u32string_view(U"aZ0 ~éßñжЯωΣ—“→")) {
    EXPECT_EQ(DisplayWidth(c), 1) << std::hex << static_cast<uint32_t>(c);
  }
}

TEST(DisplayWidth, EastAsianWideAndEmojiTakeTwo) {
  for (char32_t c : std::u32string_view(U"海康かカ한（，！🙂🚀")) {
    EXPECT_EQ(DisplayWidth(c), 2) << std::hex << static_cast<uint32_t>(c);
  }
  EXPECT_EQ(DisplayWidth(0xFF71), 1);  // Half-width katakana.
}

TEST(DisplayWidth, MarksThatJoinTheLetterBeforeTakeNone) {
  for (char32_t c : {U'\u0301', U'\u200B', U'\u200D', U'\uFE0F', U'\u064E', U'\u05B0'}) {
    EXPECT_EQ(DisplayWidth(c), 0) << std::hex << static_cast<uint32_t>(c);
  }
}

}  // namespace
}  // namespace sightline::query
