#include "clients/cli/display_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sightline::cli {
namespace {

TEST(OneLine, EscapesWhatATerminalWouldObey) {
  using namespace std::string_literals;
  EXPECT_EQ(OneLine("plain é 海"), "plain é 海");
  EXPECT_EQ(OneLine("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(OneLine("\x1b]0;title\x07"), "\\x1b]0;title\\x07");
  EXPECT_EQ(OneLine("nul\0!"s), "nul\\x00!");
  EXPECT_EQ(OneLine("\x7f"), "\\x7f");
  EXPECT_EQ(OneLine("\xc2\x9b"
                    "2J"),
            "\\u009b2J");
  EXPECT_EQ(OneLine("\xe2\x80\xae"
                    "evil"),
            "\\u202eevil");
  EXPECT_EQ(OneLine("\xff\xc3"), "\\xff\\xc3");
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(DisplayWidth(""), 0u);
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("海康"), 4u);
  EXPECT_EQ(DisplayWidth("e\xcc\x81"), 1u);
  EXPECT_EQ(DisplayWidth("“é”"), 3u);
}

TEST(CutToWidth, NeverCutsWithinACharacter) {
  EXPECT_EQ(CutToWidth("abcdef", 6), "abcdef");
  EXPECT_EQ(CutToWidth("abcdef", 4), "abc…");
  EXPECT_EQ(CutToWidth("海康威视", 6), "海康…");
  EXPECT_EQ(DisplayWidth(CutToWidth("海康威视", 6)), 5u);
  EXPECT_EQ(CutToWidth("abc", 1), "…");
}

TEST(WrapToWidth, BreaksAtSpacesWhereThereAreAny) {
  using testing::ElementsAre;
  EXPECT_THAT(WrapToWidth("one two three", 8), ElementsAre("one two", "three"));
  EXPECT_THAT(WrapToWidth("one two", 7), ElementsAre("one two"));
  EXPECT_THAT(WrapToWidth("abcdefghij", 4), ElementsAre("abcd", "efgh", "ij"));
  EXPECT_THAT(WrapToWidth("海康威视", 5), ElementsAre("海康", "威视"));
  EXPECT_THAT(WrapToWidth("", 5), ElementsAre(""));
  EXPECT_THAT(WrapToWidth("abc   def", 4), ElementsAre("abc ", "def"));
}

}  // namespace
}  // namespace sightline::cli
