#include "clients/cli/editor/layout.h"

#include <algorithm>
#include <optional>

#include "clients/cli/display_text.h"

namespace sightline::cli {
namespace {

constexpr size_t kTabColumns = 4;

class RowMaker {
 public:
  explicit RowMaker(size_t columns) : columns_(columns) { rows_.emplace_back(); }

  void SetStyle(std::string_view style) {
    if (style == style_) return;
    if (!style_.empty()) rows_.back().bytes += "\x1b[0m";
    style_ = style;
    if (!style_.empty()) Begin();
  }
  void Put(std::string_view bytes, size_t width) {
    if (rows_.back().width + width > columns_) NewRow();
    rows_.back().bytes += bytes;
    rows_.back().width += width;
  }
  // A style does not reach over rows, so that each can be written by itself.
  void NewRow() {
    if (!style_.empty()) rows_.back().bytes += "\x1b[0m";
    rows_.emplace_back();
    if (!style_.empty()) Begin();
  }
  // Where the next character of this width would go.
  size_t row() const { return rows_.size() - 1; }
  size_t column() const { return rows_.back().width; }
  bool is_full(size_t width) const { return rows_.back().width + width > columns_; }
  std::vector<Row> Take() {
    SetStyle("");
    return std::move(rows_);
  }

 private:
  void Begin() {
    rows_.back().bytes += "\x1b[";
    rows_.back().bytes += style_;
    rows_.back().bytes += 'm';
  }

  const size_t columns_;
  std::string_view style_;
  std::vector<Row> rows_;
};

void PutPrompt(std::string_view prompt, std::string_view style, RowMaker* maker) {
  maker->SetStyle(style);
  while (!prompt.empty()) {
    const CodePoint point = FirstCodePoint(prompt);
    maker->Put(prompt.substr(0, point.bytes), WidthOf(point.value));
    prompt.remove_prefix(point.bytes);
  }
  maker->SetStyle("");
}

}  // namespace

Picture LayOut(const Scene& scene) {
  RowMaker maker(scene.columns);
  Picture picture;
  PutPrompt(scene.prompt, scene.prompt_style, &maker);
  auto span = scene.spans.begin();
  std::optional<std::pair<size_t, size_t>> cursor;
  for (size_t at = 0; at < scene.text.size();) {
    while (span != scene.spans.end() && span->end <= at) ++span;
    const bool is_styled = span != scene.spans.end() && span->begin <= at;
    const CodePoint point = FirstCodePoint(scene.text.substr(at));
    if (point.value == '\n') {
      if (at == scene.cursor) {
        if (maker.is_full(1)) maker.NewRow();
        cursor.emplace(maker.row(), maker.column());
      }
      maker.SetStyle("");
      maker.NewRow();
      PutPrompt(scene.continuation, scene.prompt_style, &maker);
      ++at;
      continue;
    }
    const std::string_view bytes = scene.text.substr(at, point.bytes);
    maker.SetStyle(is_styled ? span->style : "");
    const bool is_plain = point.value == '\\' || OneLine(bytes) == bytes;
    const size_t width = point.value == '\t' ? kTabColumns : is_plain ? WidthOf(point.value) : 1;
    if (at == scene.cursor) {
      if (maker.is_full(width)) maker.NewRow();
      cursor.emplace(maker.row(), maker.column());
    }
    if (point.value == '\t') {
      for (size_t i = 0; i < kTabColumns; ++i) maker.Put(" ", 1);
    } else {
      maker.Put(is_plain ? bytes : std::string_view("\xEF\xBF\xBD"), width);
    }
    at += point.bytes;
  }
  if (!cursor) {
    maker.SetStyle("");
    if (maker.is_full(1)) maker.NewRow();
    cursor.emplace(maker.row(), maker.column());
  }
  picture.cursor_row = cursor->first;
  picture.cursor_column = cursor->second;
  picture.rows = maker.Take();
  picture.rows.insert(picture.rows.end(), scene.below.begin(), scene.below.end());
  if (picture.rows.size() > scene.rows) {
    // What is below gives way first; then rows above the cursor's.
    size_t first = 0;
    if (picture.cursor_row >= scene.rows) first = picture.cursor_row + 1 - scene.rows;
    picture.rows.erase(picture.rows.begin(), picture.rows.begin() + static_cast<ptrdiff_t>(first));
    picture.rows.resize(std::min(picture.rows.size(), scene.rows));
    picture.cursor_row -= first;
  }
  return picture;
}

}  // namespace sightline::cli
