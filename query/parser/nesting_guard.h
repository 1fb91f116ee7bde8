// NestingGuard: how deep a statement nests, told from its tokens alone, before the recursive parser
// sees them.
//
// Counts what makes the grammar's rules call themselves: brackets, CASE, and the prefixes NOT, +, -
// and
// !. Chains of binary operators do not nest in the parser; the tree they make is limited by its
// builder.
//
// Thread-compatible.

#pragma once

#include <cstddef>
#include <vector>

namespace sightline::query {

class NestingGuard {
 public:
  // Takes the next token (a type of SLQLLexer, comments left out) and returns the depth it stands
  // at.
  int Feed(size_t token_type);

 private:
  struct Frame {
    size_t opened_by;  // The token type of the bracket, or K_CASE.
    // Levels that the frame adds: itself, and the signs written directly before it.
    int levels = 1;
    // NOTs since the last token that ends what they negate. NOT binds looser than comparisons, so
    // a = NOT b = NOT c nests without ever having two NOTs in a row.
    int negations = 0;
  };

  void Pop();

  std::vector<Frame> frames_ = {{0, 0, 0}};  // The first one is the statement itself.
  int depth_ = 0;                            // Sum of levels and negations.
  int signs_ = 0;                            // Signs in a row, up to now.
  size_t previous_ = 0;
};

}  // namespace sightline::query
