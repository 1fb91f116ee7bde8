#include "clients/cli/editor/edit_buffer.h"

#include <algorithm>
#include <utility>

#include "clients/cli/display_text.h"

namespace sightline::cli {
namespace {

constexpr size_t kUndoSteps = 200;

bool IsWord(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= 'a' && byte <= 'z') || byte == '_';
}

}  // namespace

size_t EditBuffer::Next(size_t at) const {
  if (at >= text_.size()) return text_.size();
  const std::string_view text = text_;
  CodePoint point = FirstCodePoint(text.substr(at));
  at += point.bytes;
  if (point.value == '\n' || point.value == '\t') return at;
  while (at < text.size()) {
    point = FirstCodePoint(text.substr(at));
    if (point.value < 0x20 || WidthOf(point.value) > 0) break;
    at += point.bytes;
  }
  return at;
}

size_t EditBuffer::Previous(size_t at) const {
  const std::string_view text = text_;
  while (at > 0) {
    do {
      --at;
    } while (at > 0 && (text[at] & 0xC0) == 0x80);
    const CodePoint point = FirstCodePoint(text.substr(at));
    if (point.value < 0x20 || WidthOf(point.value) > 0) break;
  }
  return at;
}

void EditBuffer::Remember() {
  undo_.push_back({text_, cursor_});
  if (undo_.size() > kUndoSteps) undo_.erase(undo_.begin());
}

void EditBuffer::MoveTo(size_t cursor) {
  cursor_ = std::min(cursor, text_.size());
  goal_column_.reset();
  kill_place_.reset();
  typing_place_.reset();
}

void EditBuffer::Set(std::string text) {
  Remember();
  text_ = std::move(text);
  MoveTo(text_.size());
}

void EditBuffer::Replace(size_t begin, size_t end, std::string_view text) {
  constexpr size_t kCharacterBytes = 4;
  const bool is_typed = begin == end && text.size() <= kCharacterBytes;
  const bool goes_on = is_typed && typing_place_ == begin && text != "\n";
  if (!goes_on) Remember();
  text_.replace(begin, end - begin, text);
  MoveTo(begin + text.size());
  if (is_typed) typing_place_ = cursor_;
}

void EditBuffer::Reset() {
  text_.clear();
  undo_.clear();
  MoveTo(0);
}

void EditBuffer::MoveLeft() { MoveTo(Previous(cursor_)); }
void EditBuffer::MoveRight() { MoveTo(Next(cursor_)); }
void EditBuffer::MoveWordLeft() { MoveTo(WordStartBefore(cursor_)); }
void EditBuffer::MoveWordRight() { MoveTo(WordEndAfter(cursor_)); }
void EditBuffer::MoveToLineStart() { MoveTo(LineStart()); }
void EditBuffer::MoveToLineEnd() { MoveTo(LineEnd()); }

size_t EditBuffer::LineStart() const {
  const size_t before = cursor_ == 0 ? std::string::npos : text_.rfind('\n', cursor_ - 1);
  return before == std::string::npos ? 0 : before + 1;
}

size_t EditBuffer::LineEnd() const { return std::min(text_.find('\n', cursor_), text_.size()); }

size_t EditBuffer::WordStartBefore(size_t at) const {
  while (at > 0 && !IsWord(text_[at - 1])) --at;
  while (at > 0 && IsWord(text_[at - 1])) --at;
  return at;
}

size_t EditBuffer::WordEndAfter(size_t at) const {
  while (at < text_.size() && !IsWord(text_[at])) ++at;
  while (at < text_.size() && IsWord(text_[at])) ++at;
  return at;
}

size_t EditBuffer::ColumnOf(size_t at) const {
  const size_t before = at == 0 ? std::string::npos : text_.rfind('\n', at - 1);
  const size_t start = before == std::string::npos ? 0 : before + 1;
  return DisplayWidth(std::string_view(text_).substr(start, at - start));
}

void EditBuffer::MoveToColumn(size_t line_start, size_t column) {
  size_t at = line_start;
  size_t used = 0;
  while (at < text_.size() && text_[at] != '\n') {
    const size_t next = Next(at);
    const size_t width = DisplayWidth(std::string_view(text_).substr(at, next - at));
    if (used + width > column) break;
    used += width;
    at = next;
  }
  MoveTo(at);
}

bool EditBuffer::MoveUp() {
  const size_t start = LineStart();
  if (start == 0) return false;
  const size_t column = goal_column_.value_or(ColumnOf(cursor_));
  const size_t before = start == 1 ? std::string::npos : text_.rfind('\n', start - 2);
  MoveToColumn(before == std::string::npos ? 0 : before + 1, column);
  goal_column_ = column;
  return true;
}

bool EditBuffer::MoveDown() {
  const size_t end = LineEnd();
  if (end == text_.size()) return false;
  const size_t column = goal_column_.value_or(ColumnOf(cursor_));
  MoveToColumn(end + 1, column);
  goal_column_ = column;
  return true;
}

void EditBuffer::DeleteBack() {
  // A mark is typed after its letter, and taken back before it.
  size_t begin = cursor_;
  while (begin > 0 && (text_[--begin] & 0xC0) == 0x80) {
  }
  if (begin < cursor_) Replace(begin, cursor_, "");
}

void EditBuffer::DeleteForward() {
  if (cursor_ < text_.size()) Replace(cursor_, Next(cursor_), "");
}

void EditBuffer::Kill(size_t begin, size_t end, bool is_before) {
  if (begin >= end) return;
  const std::string taken = text_.substr(begin, end - begin);
  if (kill_place_ != cursor_) {
    killed_ = taken;
  } else {
    killed_ = is_before ? taken + killed_ : killed_ + taken;
  }
  Replace(begin, end, "");
  typing_place_.reset();
  kill_place_ = cursor_;
}

void EditBuffer::DeleteWordBack() { Kill(WordStartBefore(cursor_), cursor_, true); }
void EditBuffer::DeleteWordForward() { Kill(cursor_, WordEndAfter(cursor_), false); }
void EditBuffer::KillToLineStart() { Kill(LineStart(), cursor_, true); }

void EditBuffer::KillToLineEnd() {
  const size_t end = LineEnd();
  Kill(cursor_, end == cursor_ ? std::min(end + 1, text_.size()) : end, false);
}

void EditBuffer::Yank() {
  if (!killed_.empty()) Insert(std::string(killed_));
  typing_place_.reset();
}

void EditBuffer::Transpose() {
  size_t middle = cursor_;
  // At the end, the two before it.
  if (middle == LineEnd() && middle > LineStart()) middle = Previous(middle);
  if (middle == LineStart() || middle >= text_.size()) return;
  const size_t begin = Previous(middle), end = Next(middle);
  const std::string swapped =
      text_.substr(middle, end - middle) + text_.substr(begin, middle - begin);
  Replace(begin, end, swapped);
}

void EditBuffer::Undo() {
  if (undo_.empty()) return;
  text_ = std::move(undo_.back().text);
  const size_t cursor = undo_.back().cursor;
  undo_.pop_back();
  MoveTo(cursor);
}

}  // namespace sightline::cli
