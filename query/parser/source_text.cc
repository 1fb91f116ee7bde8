#include "query/parser/source_text.h"

#include <algorithm>

#include "storage/base/utf8.h"

namespace sightline::query {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

SourceText::SourceText(std::string_view text) : text_(text) {
  if (text.starts_with(kByteOrderMark)) body_begin_ = kByteOrderMark.size();
  line_begins_.push_back(static_cast<uint32_t>(body_begin_));
  bool ascii = true;
  for (size_t i = body_begin_; i < text.size(); ++i) {
    if (text[i] == '\n') line_begins_.push_back(static_cast<uint32_t>(i + 1));
    if (static_cast<unsigned char>(text[i]) >= 0x80) ascii = false;
  }
  if (ascii) return;
  bytes_.reserve(text.size() - body_begin_);
  for (size_t i = body_begin_; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      bytes_.push_back(static_cast<uint32_t>(i));
    }
  }
}

size_t SourceText::ByteOf(size_t code_point) const {
  if (bytes_.empty()) return std::min(body_begin_ + code_point, text_.size());
  return code_point < bytes_.size() ? bytes_[code_point] : text_.size();
}

SourceSpan SourceText::SpanOf(size_t begin, size_t end) const {
  return SpanOfBytes(ByteOf(begin), ByteOf(std::max(begin, end)));
}

SourceSpan SourceText::SpanOfBytes(size_t begin, size_t end) const {
  const auto line =
      std::prev(std::upper_bound(line_begins_.begin() + 1, line_begins_.end(), begin));
  size_t column = 0;
  if (bytes_.empty()) {
    column = begin - *line;
  } else {
    const auto first = std::lower_bound(bytes_.begin(), bytes_.end(), *line);
    column = std::lower_bound(first, bytes_.end(), begin) - first;
  }
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end),
          static_cast<uint32_t>(line - line_begins_.begin() + 1),
          static_cast<uint32_t>(column + 1)};
}

}  // namespace sightline::query
