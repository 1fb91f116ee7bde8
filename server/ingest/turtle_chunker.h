// TurtleChunker: a Turtle or TriG stream cut at the ends of its statements, so that a parser has
// one whole statement in memory, and after a bad one knows where the next begins.
//
// Looks only for what can hide a dot: strings, IRIs, comments, and names ("ex:a.b", "1.5"). A dot
// that is none of these ends a statement wherever it stands, for no bracket may hold one; so an
// unclosed bracket spoils its own statement and no other. '{' and '}' end a piece, too: a graph of
// any size is read piece by piece.
//
// Memory: one piece, at most `piece_bytes_max`, and a read-ahead. Thread-compatible.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/ingest/byte_source.h"
#include "server/ingest/line_chunker.h"
#include "storage/base/status.h"

namespace sightline::server {

struct TurtlePiece {
  std::string_view text;  // Until the next call.
  uint64_t line = 1;      // Where it begins, from 1.
  uint64_t column = 1;    // In bytes, from 1.
  bool too_long = false;  // `text` is the beginning; the rest of its line is passed over.
};

class TurtleChunker {
 public:
  // `source` is borrowed. `braces`: TriG.
  TurtleChunker(ByteSource& source, bool braces, size_t piece_bytes_max = kRecordBytesMax)
      : source_(source), braces_(braces), piece_bytes_max_(piece_bytes_max) {}

  // Replaces `*piece`. False at the end; what follows the last statement, if only white space and
  // comments, is a piece as well. Errors: the source's.
  StatusOr<bool> Next(TurtlePiece* piece);

 private:
  enum class Inside : uint8_t { kPlain, kIri, kComment, kString, kLongString };

  StatusOr<bool> Fill();
  // Goes on from scanned_ to behind the end of the piece. False when more bytes are needed.
  bool FindEnd();
  void Advance(std::string_view text);

  ByteSource& source_;
  const bool braces_;
  const size_t piece_bytes_max_;
  std::string buffer_;
  size_t begin_ = 0;    // Of the piece, in buffer_.
  size_t scanned_ = 0;  // How far FindEnd has got.
  Inside inside_ = Inside::kPlain;
  char quote_ = 0;
  std::vector<char> read_ahead_ = std::vector<char>(256 << 10);
  bool source_ended_ = false;
  uint64_t line_ = 1;
  uint64_t column_ = 1;
};

}  // namespace sightline::server
