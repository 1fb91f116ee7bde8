// EditBuffer: a text of several lines with a cursor in it, and what keys do to the two. Knows
// nothing of terminals.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::cli {

// The text is UTF-8; the cursor is a byte offset that never stands within a character or before its
// combining marks. Thread-compatible.
class EditBuffer {
 public:
  const std::string& text() const { return text_; }
  size_t cursor() const { return cursor_; }

  // Replaces all of it; the cursor goes to the end. Can be undone.
  void Set(std::string text);
  // Replaces a range of bytes; the cursor goes behind it.
  void Replace(size_t begin, size_t end, std::string_view text);
  void Insert(std::string_view text) { Replace(cursor_, cursor_, text); }
  // Empties it and forgets what could be undone; what was killed stays.
  void Reset();

  void MoveLeft();
  void MoveRight();
  void MoveWordLeft();
  void MoveWordRight();
  void MoveToLineStart();
  void MoveToLineEnd();
  void MoveToTextStart() { MoveTo(0); }
  void MoveToTextEnd() { MoveTo(text_.size()); }
  void MoveTo(size_t cursor);
  // To the line above or below, as near to the column of the first such move as it goes. False on
  // the first or last line: nothing has moved.
  bool MoveUp();
  bool MoveDown();

  void DeleteBack();
  void DeleteForward();
  // What these take out, Yank() puts in again; one after another they add up.
  void DeleteWordBack();
  void DeleteWordForward();
  void KillToLineStart();
  // At a line's end, the line end itself.
  void KillToLineEnd();
  void Yank();
  // Exchanges the characters around the cursor.
  void Transpose();
  // Takes back the last change; a run of typed characters is one. Does nothing without any.
  void Undo();

  size_t LineStart() const;
  size_t LineEnd() const;
  // The boundary of the next character, and of the one before, combining marks included.
  size_t Next(size_t at) const;
  size_t Previous(size_t at) const;

 private:
  struct Snapshot {
    std::string text;
    size_t cursor;
  };
  void Remember();
  // Moves bytes to the killed text, before or behind what the last kill took.
  void Kill(size_t begin, size_t end, bool is_before);
  size_t WordStartBefore(size_t at) const;
  size_t WordEndAfter(size_t at) const;
  size_t ColumnOf(size_t at) const;
  void MoveToColumn(size_t line_start, size_t column);

  std::string text_;
  size_t cursor_ = 0;
  std::string killed_;
  // Where a further kill would add to the last one.
  std::optional<size_t> kill_place_;
  std::optional<size_t> goal_column_;
  std::vector<Snapshot> undo_;
  // Where a further typed character belongs to the same change.
  std::optional<size_t> typing_place_;
};

}  // namespace sightline::cli
