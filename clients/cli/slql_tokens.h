// The tokens of SLQL as far as colours and the end of a statement need them. The server's grammar
// (query/grammar/SLQLLexer.g4) has the last word; a test keeps the keywords in step with it.

#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "clients/cli/editor/layout.h"

namespace sightline::cli {

enum class TokenKind {
  kKeyword,
  kName,       // Also `quoted`.
  kLabel,      // A name behind a colon or a dot: of a class, a predicate, a property.
  kEntity,     // #org/hikvision
  kParameter,  // $name
  kText,       // Without its end as well.
  kNumber,     // Numbers, dates and quarters.
  kComment,    // Without its end as well.
  kSign,       // One character of anything else.
};

// Bytes [begin, end).
struct SlqlToken {
  TokenKind kind;
  size_t begin, end;
};

// In order; what lies between two of them is white space. Any text has tokens.
std::vector<SlqlToken> SlqlTokens(std::string_view text);

// All keywords, in capitals and in order.
const std::vector<std::string_view>& SlqlKeywords();
// Whatever its case.
bool IsSlqlKeyword(std::string_view word);

// The colours of a text on a prompt: SLQL, or a command of the shell.
std::vector<StyledSpan> Highlight(std::string_view text);

// Where the last statement of a script begins: its first token. The text's size when it has none.
size_t LastStatement(std::string_view text);

}  // namespace sightline::cli
