// ExplainSyntaxError: what is wrong with a statement that does not parse, and the smallest change
// that makes it parse.
//
// Tries candidates in the order of how likely they are: habits of SQL and Cypher, a misspelt
// keyword, a phrase begun, a bracket never closed, a sign missing, a word too many. An edit is
// offered only when the statement with it parses. Trying is bounded: by the number of parses, by
// the tokens they read in all, and by the length of the statement; beyond that the place is told
// and no edit is offered.
//
// Thread safety: a free function without state.

#pragma once

#include "query/diagnostics/diagnostic.h"
#include "query/parser/parser.h"
#include "query/parser/source_text.h"
#include "query/parser/statement_parser.h"

namespace sightline::query {

// REQUIRES: parser.Parse gave null last. `limits` hold for the tried texts as for the first.
Diagnostic ExplainSyntaxError(const StatementParser& parser, const SourceText& source,
                              const ParserLimits& limits);

}  // namespace sightline::query
