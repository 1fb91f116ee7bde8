#include "query/parser/nesting_guard.h"

#include "SLQLLexer.h"

namespace sightline::query {
namespace {

using Lexer = grammar::SLQLLexer;

// Behind one of these an expression may be complete, so that a word that follows begins something
// new.
bool EndsExpression(size_t type) {
  switch (type) {
    case Lexer::RPAREN:
    case Lexer::RBRACK:
    case Lexer::RBRACE:
    case Lexer::K_END:
    case Lexer::K_NULL:
    case Lexer::K_TRUE:
    case Lexer::K_FALSE:
    case Lexer::TEMPORAL:
    case Lexer::INTEGER:
    case Lexer::FLOAT:
    case Lexer::SCALED:
    case Lexer::STRING:
    case Lexer::ID:
    case Lexer::ATNAME:
    case Lexer::PARAM:
    case Lexer::CURRENCY:
    case Lexer::NAME:
    case Lexer::QUOTED:
      return true;
    default:
      return false;
  }
}

// Tokens that end the operand of a NOT for good.
bool EndsNegation(size_t type, size_t previous) {
  switch (type) {
    case Lexer::K_AND:
    case Lexer::K_OR:
    case Lexer::K_XOR:
    case Lexer::K_WHEN:
    case Lexer::K_THEN:
    case Lexer::K_ELSE:
    case Lexer::K_AS:
    case Lexer::K_MATCH:
    case Lexer::K_OPTIONAL:
    case Lexer::K_ORDER:
    case Lexer::K_RETURN:
    case Lexer::K_SKIP:
    case Lexer::K_LIMIT:
    case Lexer::K_UNION:
    case Lexer::K_UNWIND:
    case Lexer::K_WHERE:
    case Lexer::COMMA:
    case Lexer::SEMI:
    case Lexer::PIPE:
      return true;
    // Clauses that begin with a soft word, which elsewhere may be a variable.
    case Lexer::K_FILTER:
    case Lexer::K_LET:
    case Lexer::K_CALL:
    case Lexer::K_ASSERT:
    case Lexer::K_DENY:
    case Lexer::K_RETRACT:
      return EndsExpression(previous);
    default:
      return false;
  }
}

size_t OpenerOf(size_t closer) {
  switch (closer) {
    case Lexer::RPAREN:
      return Lexer::LPAREN;
    case Lexer::RBRACK:
      return Lexer::LBRACK;
    case Lexer::RBRACE:
      return Lexer::LBRACE;
    default:
      return Lexer::K_CASE;
  }
}

}  // namespace

void NestingGuard::Pop() {
  depth_ -= frames_.back().levels + frames_.back().negations;
  frames_.pop_back();
}

int NestingGuard::Feed(size_t type) {
  const size_t previous = previous_;
  previous_ = type;
  // x.case, x:END and {case: 1} are names.
  const bool is_name = previous == Lexer::DOT || previous == Lexer::COLON;
  switch (type) {
    case Lexer::K_CASE:
      if (is_name) break;
      [[fallthrough]];
    case Lexer::LPAREN:
    case Lexer::LBRACK:
    case Lexer::LBRACE:
      frames_.push_back({type, 1 + signs_, 0});
      depth_ += frames_.back().levels;
      signs_ = 0;
      return depth_;
    case Lexer::RPAREN:
    case Lexer::RBRACK:
    case Lexer::RBRACE: {
      // An END may be missing inside; brackets of another sort are an error that the parser
      // reports.
      const size_t opener = OpenerOf(type);
      while (frames_.size() > 1 && frames_.back().opened_by == Lexer::K_CASE) Pop();
      if (frames_.size() > 1 && frames_.back().opened_by == opener) Pop();
      signs_ = 0;
      return depth_;
    }
    case Lexer::K_END:
      if (!is_name && frames_.size() > 1 && frames_.back().opened_by == Lexer::K_CASE) Pop();
      signs_ = 0;
      return depth_;
    case Lexer::PLUS:
    case Lexer::MINUS:
      // Behind an operand they are operators, or the stroke of an edge.
      if (EndsExpression(previous)) break;
      [[fallthrough]];
    case Lexer::BANG:
      ++signs_;
      return depth_ + signs_;
    case Lexer::K_NOT:
      if (previous != Lexer::K_IS) {
        ++frames_.back().negations;
        ++depth_;
      }
      signs_ = 0;
      return depth_;
    default:
      break;
  }
  signs_ = 0;
  if (EndsNegation(type, previous)) {
    depth_ -= frames_.back().negations;
    frames_.back().negations = 0;
  }
  return depth_;
}

}  // namespace sightline::query
