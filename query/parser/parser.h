// Parser: SLQL text to abstract syntax. The only module that includes ANTLR; nothing of ANTLR
// leaves it.
//
// Thread safety: safe from any thread.

#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "query/ast/ast.h"
#include "query/diagnostics/diagnostic.h"
#include "query/parser/prefixes.h"
#include "storage/base/status.h"

namespace sightline::query {

struct ParserLimits {
  size_t text_bytes_max = 1 << 20;  // 1 MiB.
  // Levels of brackets and other nesting; a deeper text is refused before the recursive parser sees
  // it.
  int nesting_max = 200;
  // Tokens of one statement; bounds flat chains (a AND b AND ...), which nest in the tree.
  size_t statement_tokens_max = 200'000;
  // Operators of one chain (a + b + ..., a.b.c...), as they nest in the tree and so in everything
  // that walks it: a stack of 1 MiB has to do. AND, OR and XOR do not count: a long chain of one of
  // them becomes a balanced tree.
  size_t operators_max = 1'000;
};

// Parses a whole script. An empty script (white space and comments only) is not an error.
// `prefixes`: what names in back-quotes may begin with; those that the script defines or drops are
// defined or dropped there for what follows. Null: names stay as they stand.
//
// Errors carry one Diagnostic (SL1xxx): SL1000 too long or too deep, SL1001 a character that does
// not belong here, SL1002 an unterminated string, SL1003 an unexpected word or sign, SL1004 invalid
// UTF-8, SL1005 a literal that is out of range or malformed.
StatusOr<ast::Script> Parse(std::string_view text, const ParserLimits& limits = {},
                            Prefixes* prefixes = nullptr);

// As Parse, but goes on behind a statement that does not parse, up to kBrokenStatementsMax of them:
// their diagnostics, then that of what ends the text early, come in `*errors`. Gives the statements
// that parse.
inline constexpr size_t kBrokenStatementsMax = 10;
ast::Script ParseWhatParses(std::string_view text, const ParserLimits& limits, Prefixes* prefixes,
                            std::vector<Diagnostic>* errors);

}  // namespace sightline::query
