// BuildStatement: ANTLR's parse tree of one statement to abstract syntax.
//
// Recursion is as deep as the text's brackets, which the parser has limited; chains of operators
// are walked in a loop. A chain of AND, OR or XOR becomes a balanced tree from 64 operands on (the
// operators are associative, also with unknown), so that whoever walks the tree recurses little.
//
// Thread safety: a free function without state.

#pragma once

#include <cstddef>

#include "SLQLParser.h"
#include "query/ast/ast.h"
#include "query/diagnostics/diagnostic.h"
#include "query/parser/prefixes.h"
#include "query/parser/source_text.h"
#include "storage/base/status.h"

namespace sightline::query {

// `prefixes` expand names in back-quotes; may be null. Errors: SL1005 for a literal that is
// malformed or out of range, SL1000 for a chain of more than `operators_max` operators other than
// AND, OR and XOR, SL1003 for parts that exclude one another.
StatusOr<ast::Statement> BuildStatement(grammar::SLQLParser::StatementContext* tree,
                                        const SourceText& source, size_t operators_max,
                                        const Prefixes* prefixes = nullptr);

}  // namespace sightline::query
