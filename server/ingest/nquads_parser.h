// ParseNQuadsLine: one line of N-Triples or N-Quads.
//
// Written by hand because it is the hot path of a bulk load: the grammar is one line, and this
// reads it several times as fast as a general Turtle reader (figures in docs/import.md). A line is
// also the unit of recovery, and of work for several threads.

#pragma once

#include <cstdint>
#include <string_view>

#include "server/ingest/rdf_lexer.h"
#include "server/ingest/text_arena.h"

namespace sightline::server {

enum class ParsedLine : uint8_t { kQuad, kNothing, kFault };  // kNothing: blank, or a comment.

// `line` without its line end. The quad's views go into `line` and `arena`. `graphs`: N-Quads.
ParsedLine ParseNQuadsLine(std::string_view line, bool graphs, TextArena* arena, RdfQuad* quad,
                           ParseFault* fault);

}  // namespace sightline::server
