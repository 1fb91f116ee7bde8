#include "clients/cli/editor/painter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/clients/cli/editor/screen.h"

namespace sightline::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Scene SceneOf(std::string_view text, size_t cursor, size_t columns) {
  Scene scene;
  scene.prompt = "> ";
  scene.continuation = ". ";
  scene.text = text;
  scene.cursor = cursor;
  scene.columns = columns;
  return scene;
}

TEST(Painter, WritesOnlyTheRowThatChanged) {
  Painter painter;
  painter.Paint(LayOut(SceneOf("MATCH (a)\nRETURN", 16, 40)));
  const std::string bytes = painter.Paint(LayOut(SceneOf("MATCH (a)\nRETURN a", 18, 40)));
  EXPECT_THAT(bytes, HasSubstr("RETURN a"));
  EXPECT_THAT(bytes, Not(HasSubstr("MATCH")));
}

TEST(Painter, WritesNothingWhenNothingChanged) {
  Painter painter;
  painter.Paint(LayOut(SceneOf("MATCH", 5, 40)));
  EXPECT_EQ(painter.Paint(LayOut(SceneOf("MATCH", 5, 40))), "");
}

// Random texts one after another: the screen shows each as if it had been drawn on an empty one.
TEST(Painter, AnyPictureFollowsAnyOther) {
  constexpr size_t kColumns = 9, kRows = 8;
  const std::string_view pieces[] = {"a", "海", "e\u0301", "\n", " ", "MATCH", "\t", "b"};
  unsigned state = 11;
  const auto random = [&state](size_t below) {
    state = state * 1'103'515'245 + 12'345;
    return (state >> 16) % below;
  };
  Painter painter;
  Screen screen(kColumns, kRows);
  screen.Write("before\r\n");
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    std::vector<size_t> boundaries = {0};
    for (size_t n = random(14); n > 0; --n) {
      text += pieces[random(std::size(pieces))];
      boundaries.push_back(text.size());
    }
    Scene scene = SceneOf(text, boundaries[random(boundaries.size())], kColumns);
    scene.rows = kRows;
    for (size_t n = random(4); n > 0; --n) scene.below.push_back({"menu", 4});
    const Picture picture = LayOut(scene);
    screen.Write(painter.Paint(picture));

    Screen fresh(kColumns, kRows);
    fresh.Write(Painter().Paint(picture));
    std::vector<std::string> lines = screen.Lines();
    // What was on the screen before may still stand above.
    const size_t above = screen.row() - picture.cursor_row;
    ASSERT_LE(above, 1u) << i;
    for (size_t n = 0; n < above && !lines.empty(); ++n) lines.erase(lines.begin());
    ASSERT_EQ(lines, fresh.Lines()) << i << " '" << text << "'";
    ASSERT_EQ(screen.column(), picture.cursor_column) << i << " '" << text << "'";
  }
}

TEST(Painter, FinishLeavesThePictureAndGoesBelow) {
  Painter painter;
  Screen screen(20, 5);
  screen.Write(painter.Paint(LayOut(SceneOf("a\nb", 0, 20))));
  screen.Write(painter.Finish());
  EXPECT_EQ(screen.row(), 2u);
  EXPECT_EQ(screen.column(), 0u);
  screen.Write(painter.Paint(LayOut(SceneOf("c", 1, 20))));
  EXPECT_THAT(screen.Lines(), ElementsAre("> a", ". b", "> c"));
}

TEST(Painter, ANarrowerTerminalIsDrawnAnew) {
  Painter painter;
  painter.Paint(LayOut(SceneOf("abcdefgh\nij", 11, 20)));
  // The first row of 10 columns takes three of 4 columns each; the cursor is in the fourth.
  EXPECT_EQ(painter.Erase(4), "\r\x1b[4A\x1b[J");
}

}  // namespace
}  // namespace sightline::cli
