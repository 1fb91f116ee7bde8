// StatementParser: ANTLR's lexer and parser as we drive them. A text is read token by token and
// parsed statement by statement; the first bad token ends it, without ANTLR's own recovery and
// messages.
//
// Thread safety: objects belong to one thread; ANTLR's shared DFA cache is safe from any.

#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "SLQLLexer.h"
#include "SLQLParser.h"

namespace sightline::query {

// Reads tokens, without comments. REQUIRES: `text` is valid UTF-8 without a byte order mark.
class TokenReader {
 public:
  explicit TokenReader(std::string_view text);
  // Ends with a token of type EOF.
  std::unique_ptr<antlr4::Token> Next();

 private:
  antlr4::ANTLRInputStream input_;
  grammar::SLQLLexer lexer_;
};

class StatementParser {
 public:
  // `tokens` are those of one statement, without a semicolon, and end with EOF. They keep pointing
  // into their TokenReader, which has to outlive this.
  explicit StatementParser(std::vector<std::unique_ptr<antlr4::Token>> tokens);
  ~StatementParser();

  enum class Mode { kSll, kLl };
  // The tree, owned by this; null when the statement does not parse. May be called again.
  grammar::SLQLParser::StatementContext* Parse(Mode mode);

  // After Parse gave null: the index of the first token that cannot stand where it does.
  size_t bad_token() const;
  size_t token_count() const;
  const antlr4::Token& token(size_t index) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sightline::query
