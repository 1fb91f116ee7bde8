// SourceText: places in a query text. ANTLR counts code points, everything else here counts bytes.
//
// Thread-compatible.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "query/diagnostics/diagnostic.h"

namespace sightline::query {

class SourceText {
 public:
  // `text` is valid UTF-8, below 4 GiB, and outlives this. A byte order mark at its start is no
  // part of `body`; code points count from behind it.
  explicit SourceText(std::string_view text);

  std::string_view text() const { return text_; }
  std::string_view body() const { return text_.substr(body_begin_); }

  // The span of code points [begin, end).
  SourceSpan SpanOf(size_t begin, size_t end) const;
  // The span of bytes [begin, end) of text(), both at the start of a code point.
  SourceSpan SpanOfBytes(size_t begin, size_t end) const;
  std::string_view TextOf(const SourceSpan& span) const {
    return text_.substr(span.begin, span.end - span.begin);
  }

 private:
  size_t ByteOf(size_t code_point) const;

  std::string_view text_;
  size_t body_begin_ = 0;
  // Byte offset of each code point; empty when the body is ASCII and they coincide.
  std::vector<uint32_t> bytes_;
  std::vector<uint32_t> line_begins_;  // Byte offsets.
};

}  // namespace sightline::query
