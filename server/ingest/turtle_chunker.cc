#include "server/ingest/turtle_chunker.h"

#include <algorithm>

#include "server/ingest/rdf_lexer.h"

namespace sightline::server {
namespace {

// Bytes that a dot in the middle of a name or a number can stand next to.
bool ContinuesName(char byte) {
  return IsNameByte(byte) || byte == ':' || byte == '%' || byte == '\\' || byte == '.';
}

}  // namespace

StatusOr<bool> TurtleChunker::Fill() {
  if (source_ended_) return false;
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
  }
  // By way of a buffer of its own: growing a string by so much would clear it each time.
  SL_ASSIGN_OR_RETURN(const size_t count, source_.Read(read_ahead_.data(), read_ahead_.size()));
  buffer_.append(read_ahead_.data(), count);
  source_ended_ = count == 0;
  return true;
}

void TurtleChunker::Advance(std::string_view text) {
  const size_t last_line_end = text.rfind('\n');
  if (last_line_end == std::string_view::npos) {
    column_ += text.size();
    return;
  }
  line_ += static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
  column_ = text.size() - last_line_end;
}

bool TurtleChunker::FindEnd() {
  const size_t size = buffer_.size();
  // At the end of the file nothing more comes; else three bytes show all that one must look ahead.
  const size_t limit = source_ended_ ? size : size < 3 ? 0 : size - 3;
  const auto at = [&](size_t index) { return index < size ? buffer_[index] : '\0'; };
  while (scanned_ < limit) {
    const char byte = buffer_[scanned_];
    switch (inside_) {
      case Inside::kPlain:
        switch (byte) {
          case '<':
            inside_ = Inside::kIri;
            break;
          case '#':
            inside_ = Inside::kComment;
            break;
          case '\\':
            ++scanned_;
            break;
          case '"':
          case '\'':
            quote_ = byte;
            if (at(scanned_ + 1) == byte && at(scanned_ + 2) == byte) {
              inside_ = Inside::kLongString;
              scanned_ += 2;
            } else {
              inside_ = Inside::kString;
            }
            break;
          case '.': {
            const bool after_name = scanned_ > begin_ && ContinuesName(buffer_[scanned_ - 1]);
            const char next = at(scanned_ + 1);
            const bool begins_number = next >= '0' && next <= '9';
            if (!begins_number && !(after_name && ContinuesName(next))) {
              ++scanned_;
              return true;
            }
            break;
          }
          case '{':
          case '}':
            if (braces_) {
              ++scanned_;
              return true;
            }
            break;
          default:
            break;
        }
        break;
      case Inside::kIri:
        // An IRI holds no white space: what does is none, and must not hide what follows.
        if (byte == '>' || byte == ' ' || byte == '\n' || byte == '\t') inside_ = Inside::kPlain;
        break;
      case Inside::kComment:
        if (byte == '\n' || byte == '\r') inside_ = Inside::kPlain;
        break;
      case Inside::kString:
        if (byte == '\\' && at(scanned_ + 1) != '\n') ++scanned_;
        if (byte == quote_ || byte == '\n') inside_ = Inside::kPlain;
        break;
      case Inside::kLongString:
        if (byte == '\\') ++scanned_;
        if (byte == quote_ && at(scanned_ + 1) == quote_ && at(scanned_ + 2) == quote_ &&
            at(scanned_ + 3) != quote_) {
          inside_ = Inside::kPlain;
          scanned_ += 2;
        }
        break;
    }
    ++scanned_;
  }
  if (!source_ended_) return false;
  scanned_ = size;
  return true;
}

StatusOr<bool> TurtleChunker::Next(TurtlePiece* piece) {
  inside_ = Inside::kPlain;
  begin_ = scanned_;
  piece->too_long = false;
  piece->line = line_;
  piece->column = column_;
  while (true) {
    const bool found = FindEnd();
    // Checked before the piece is given out as well: the read-ahead must not decide.
    if (scanned_ - begin_ > piece_bytes_max_) {
      piece->too_long = true;
      break;
    }
    if (found) break;
    SL_RETURN_IF_ERROR(Fill().status());
  }
  if (!piece->too_long) {
    piece->text = std::string_view(buffer_).substr(begin_, scanned_ - begin_);
    Advance(piece->text);
    return !piece->text.empty();
  }
  // Goes on behind the line in which the limit was passed.
  size_t line_end = buffer_.find('\n', scanned_);
  const std::string kept(buffer_, begin_, kRejectTextBytesMax);
  while (line_end == std::string::npos) {
    Advance(std::string_view(buffer_).substr(begin_));
    begin_ = scanned_ = buffer_.size();
    SL_ASSIGN_OR_RETURN(const bool more, Fill());
    if (!more) break;
    line_end = buffer_.find('\n', begin_);
  }
  if (line_end != std::string::npos) {
    Advance(std::string_view(buffer_).substr(begin_, line_end + 1 - begin_));
    begin_ = scanned_ = line_end + 1;
  }
  // In front of what is still to be read, so that the piece can borrow it.
  buffer_.insert(begin_, kept);
  piece->text = std::string_view(buffer_).substr(begin_, kept.size());
  scanned_ = begin_ + kept.size();
  return true;
}

}  // namespace sightline::server
