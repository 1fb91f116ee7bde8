#include "clients/cli/editor/edit_buffer.h"

#include <gtest/gtest.h>

namespace sightline::cli {
namespace {

// The text with a bar where the cursor is.
std::string Shown(const EditBuffer& buffer) {
  std::string text = buffer.text();
  return text.insert(buffer.cursor(), "|");
}

EditBuffer Buffer(std::string text) {
  EditBuffer buffer;
  const size_t bar = text.find('|');
  text.erase(bar, 1);
  buffer.Insert(text);
  buffer.MoveTo(bar);
  return buffer;
}

TEST(EditBuffer, InsertsAtTheCursor) {
  EditBuffer buffer = Buffer("RETURN |b");
  buffer.Insert("a, ");
  EXPECT_EQ(Shown(buffer), "RETURN a, |b");
}

TEST(EditBuffer, AWideCharacterIsOneStep) {
  EditBuffer buffer = Buffer("海康|");
  buffer.MoveLeft();
  EXPECT_EQ(Shown(buffer), "海|康");
  buffer.DeleteBack();
  EXPECT_EQ(Shown(buffer), "|康");
}

TEST(EditBuffer, AMarkStaysWithItsLetter) {
  EditBuffer buffer = Buffer("ae\u0301|o");
  buffer.MoveLeft();
  EXPECT_EQ(Shown(buffer), "a|e\u0301o");
  buffer.DeleteForward();
  EXPECT_EQ(Shown(buffer), "a|o");
}

TEST(EditBuffer, BackspaceTakesTheMarkFirst) {
  EditBuffer buffer = Buffer("e\u0301|");
  buffer.DeleteBack();
  EXPECT_EQ(Shown(buffer), "e|");
}

TEST(EditBuffer, WordsAndLines) {
  EditBuffer buffer = Buffer("MATCH (s)-[:supplies]->(o)\nRETURN s|, o");
  buffer.MoveWordLeft();
  EXPECT_EQ(Shown(buffer), "MATCH (s)-[:supplies]->(o)\nRETURN |s, o");
  buffer.MoveToLineStart();
  EXPECT_EQ(Shown(buffer), "MATCH (s)-[:supplies]->(o)\n|RETURN s, o");
  buffer.MoveToLineEnd();
  EXPECT_EQ(Shown(buffer), "MATCH (s)-[:supplies]->(o)\nRETURN s, o|");
  buffer.MoveToTextStart();
  buffer.MoveWordRight();
  EXPECT_EQ(Shown(buffer), "MATCH| (s)-[:supplies]->(o)\nRETURN s, o");
}

TEST(EditBuffer, UpAndDownKeepTheColumn) {
  EditBuffer buffer = Buffer("abcdef\nx\n海康威|视");
  EXPECT_TRUE(buffer.MoveUp());
  EXPECT_EQ(Shown(buffer), "abcdef\nx|\n海康威视");
  EXPECT_TRUE(buffer.MoveUp());
  EXPECT_EQ(Shown(buffer), "abcdef|\nx\n海康威视");
  EXPECT_FALSE(buffer.MoveUp());
  EXPECT_TRUE(buffer.MoveDown());
  EXPECT_TRUE(buffer.MoveDown());
  EXPECT_EQ(Shown(buffer), "abcdef\nx\n海康威|视");
  EXPECT_FALSE(buffer.MoveDown());
}

TEST(EditBuffer, AnEmptyFirstLineCanBeReached) {
  EditBuffer buffer = Buffer("\nab|");
  EXPECT_TRUE(buffer.MoveUp());
  EXPECT_EQ(Shown(buffer), "|\nab");
}

TEST(EditBuffer, KillsAddUpAndComeBack) {
  EditBuffer buffer = Buffer("one two three|");
  buffer.DeleteWordBack();
  buffer.DeleteWordBack();
  EXPECT_EQ(Shown(buffer), "one |");
  buffer.MoveToTextStart();
  buffer.Yank();
  EXPECT_EQ(Shown(buffer), "two three|one ");
}

TEST(EditBuffer, KillToLineEndTakesTheLineEndAtTheEnd) {
  EditBuffer buffer = Buffer("ab|cd\nef");
  buffer.KillToLineEnd();
  EXPECT_EQ(Shown(buffer), "ab|\nef");
  buffer.KillToLineEnd();
  EXPECT_EQ(Shown(buffer), "ab|ef");
  buffer.Yank();
  EXPECT_EQ(Shown(buffer), "abcd\n|ef");
}

TEST(EditBuffer, UndoTakesBackARunOfTyping) {
  EditBuffer buffer;
  for (const char* c : {"a", "b", "海"}) buffer.Insert(c);
  buffer.Insert("\n");
  buffer.Insert("x");
  buffer.DeleteBack();
  buffer.Undo();
  EXPECT_EQ(Shown(buffer), "ab海\nx|");
  buffer.Undo();
  EXPECT_EQ(Shown(buffer), "ab海|");
  buffer.Undo();
  EXPECT_EQ(Shown(buffer), "|");
  buffer.Undo();
  EXPECT_EQ(Shown(buffer), "|");
}

TEST(EditBuffer, Transposes) {
  EditBuffer buffer = Buffer("ab海|");
  buffer.Transpose();
  EXPECT_EQ(Shown(buffer), "a海b|");
  buffer.MoveToTextStart();
  buffer.Transpose();
  EXPECT_EQ(Shown(buffer), "|a海b");
}

TEST(EditBuffer, NothingHappensInAnEmptyOne) {
  EditBuffer buffer;
  buffer.MoveLeft();
  buffer.MoveRight();
  buffer.MoveWordLeft();
  buffer.MoveWordRight();
  buffer.DeleteBack();
  buffer.DeleteForward();
  buffer.DeleteWordBack();
  buffer.KillToLineEnd();
  buffer.KillToLineStart();
  buffer.Transpose();
  buffer.Yank();
  buffer.Undo();
  EXPECT_EQ(Shown(buffer), "|");
}

}  // namespace
}  // namespace sightline::cli
