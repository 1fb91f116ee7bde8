#include "clients/cli/editor/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sightline::cli {
namespace {

using testing::ElementsAre;

std::vector<std::string> Bytes(const Picture& picture) {
  std::vector<std::string> rows;
  for (const Row& row : picture.rows) rows.push_back(row.bytes);
  return rows;
}

Scene SceneOf(std::string_view text, size_t cursor, size_t columns = 20) {
  Scene scene;
  scene.prompt = "> ";
  scene.continuation = ". ";
  scene.text = text;
  scene.cursor = cursor;
  scene.columns = columns;
  return scene;
}

TEST(LayOut, PromptsStandInFrontOfEachLine) {
  const Picture picture = LayOut(SceneOf("MATCH (a)\nRETURN a", 11));
  EXPECT_THAT(Bytes(picture), ElementsAre("> MATCH (a)", ". RETURN a"));
  EXPECT_EQ(picture.cursor_row, 1u);
  EXPECT_EQ(picture.cursor_column, 3u);
}

TEST(LayOut, TheCursorMayStandOnALineEnd) {
  const Picture picture = LayOut(SceneOf("ab\nc", 2));
  EXPECT_EQ(picture.cursor_row, 0u);
  EXPECT_EQ(picture.cursor_column, 4u);
}

TEST(LayOut, LongLinesGoOnBelow) {
  const Picture picture = LayOut(SceneOf("abcdefgh", 8, 6));
  EXPECT_THAT(Bytes(picture), ElementsAre("> abcd", "efgh"));
  EXPECT_EQ(picture.cursor_column, 4u);
}

TEST(LayOut, BehindAFullRowTheCursorIsOnTheNext) {
  const Picture picture = LayOut(SceneOf("abcd", 4, 6));
  EXPECT_THAT(Bytes(picture), ElementsAre("> abcd", ""));
  EXPECT_EQ(picture.cursor_row, 1u);
  EXPECT_EQ(picture.cursor_column, 0u);
  const Picture line = LayOut(SceneOf("abcd\nx", 4, 6));
  EXPECT_EQ(line.cursor_row, 1u);
  EXPECT_EQ(line.cursor_column, 0u);
}

TEST(LayOut, AWideCharacterIsNotSplit) {
  const Picture picture = LayOut(SceneOf("a海康", 1, 6));
  EXPECT_THAT(Bytes(picture), ElementsAre("> a海", "康"));
  EXPECT_EQ(picture.cursor_column, 3u);
  const Picture before = LayOut(SceneOf("a海康", 4, 6));
  EXPECT_EQ(before.cursor_row, 1u);
  EXPECT_EQ(before.cursor_column, 0u);
}

TEST(LayOut, AMarkTakesNoColumnAndStaysInItsRow) {
  const Picture picture = LayOut(SceneOf("abce\u0301f", 6, 6));
  EXPECT_THAT(Bytes(picture), ElementsAre("> abce\u0301", "f"));
}

TEST(LayOut, WhatCouldCommandTheTerminalIsShownHarmlessly) {
  const Picture picture = LayOut(SceneOf("a\x1b[2J\u202e\tb", 0));
  EXPECT_THAT(Bytes(picture), ElementsAre("> a\uFFFD[2J\uFFFD    b"));
}

TEST(LayOut, ColoursEndWithEachRow) {
  Scene scene = SceneOf("MATCH x", 7, 6);
  scene.spans = {{0, 5, "34"}};
  EXPECT_THAT(Bytes(LayOut(scene)), ElementsAre("> \x1b[34mMATC\x1b[0m", "\x1b[34mH\x1b[0m x"));
}

TEST(LayOut, ShowsTheRowsAroundTheCursorWhenThereAreMoreThanTheTerminalHas) {
  Scene scene = SceneOf("a\nb\nc\nd\ne", 9);
  scene.rows = 3;
  scene.below = {{"menu", 4}};
  Picture picture = LayOut(scene);
  EXPECT_THAT(Bytes(picture), ElementsAre(". c", ". d", ". e"));
  EXPECT_EQ(picture.cursor_row, 2u);
  scene.cursor = 0;
  picture = LayOut(scene);
  EXPECT_THAT(Bytes(picture), ElementsAre("> a", ". b", ". c"));
  EXPECT_EQ(picture.cursor_row, 0u);
}

}  // namespace
}  // namespace sightline::cli
