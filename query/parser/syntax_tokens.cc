#include "query/parser/syntax_tokens.h"

#include <memory>
#include <string>

#include "SLQLLexer.h"
#include "query/parser/source_text.h"
#include "storage/base/utf8.h"

namespace sightline::query {
namespace {

using grammar::SLQLLexer;

bool IsReserved(size_t type) { return type >= SLQLLexer::K_AND && type <= SLQLLexer::K_XOR; }
bool IsKeyword(size_t type) { return type >= SLQLLexer::K_AND && type <= SLQLLexer::K_YIELD; }
bool IsWord(size_t type) {
  return IsKeyword(type) || type == SLQLLexer::NAME || type == SLQLLexer::QUOTED ||
         type == SLQLLexer::CURRENCY;
}

TokenClass ClassOfSign(size_t type) {
  switch (type) {
    case SLQLLexer::LPAREN:
    case SLQLLexer::RPAREN:
    case SLQLLexer::LBRACK:
    case SLQLLexer::RBRACK:
    case SLQLLexer::LBRACE:
    case SLQLLexer::RBRACE:
    case SLQLLexer::COMMA:
    case SLQLLexer::SEMI:
    case SLQLLexer::COLON:
    case SLQLLexer::DOT:
      return TokenClass::kPunctuation;
    default:
      return TokenClass::kOperator;
  }
}

TokenClass ClassOf(size_t type) {
  if (type >= SLQLLexer::LPAREN && type <= SLQLLexer::CARET) return ClassOfSign(type);
  switch (type) {
    case SLQLLexer::TEMPORAL:
      return TokenClass::kDate;
    case SLQLLexer::INTEGER:
    case SLQLLexer::FLOAT:
    case SLQLLexer::SCALED:
      return TokenClass::kNumber;
    case SLQLLexer::STRING:
      return TokenClass::kText;
    case SLQLLexer::ID:
      return TokenClass::kEntity;
    case SLQLLexer::PARAM:
      return TokenClass::kParameter;
    case SLQLLexer::ATNAME:
      return TokenClass::kName;
    case SLQLLexer::LINE_COMMENT:
    case SLQLLexer::BLOCK_COMMENT:
    case SLQLLexer::UNTERMINATED_COMMENT:
      return TokenClass::kComment;
    default:
      return IsWord(type) ? TokenClass::kName : TokenClass::kError;
  }
}

// Tells what words are, by the brackets around and the signs beside them.
class WordReader {
 public:
  // Of the word before which `previous` and behind which `next` stands.
  TokenClass ClassOfWord(size_t type, size_t previous, size_t next) const {
    if (previous == SLQLLexer::DOT) return TokenClass::kPredicate;
    if (after_colon_) {
      return bracket() == SLQLLexer::LBRACK ? TokenClass::kPredicate : TokenClass::kClass;
    }
    if (next == SLQLLexer::COLON && bracket() == SLQLLexer::LBRACE) return TokenClass::kPredicate;
    if (IsReserved(type)) return TokenClass::kKeyword;
    if (next == SLQLLexer::LPAREN && !IsKeyword(type)) return TokenClass::kFunction;
    // A keyword that may be a name is one where no keyword could be.
    const bool stands_as_name =
        next == SLQLLexer::DOT || next == SLQLLexer::COLON || next == SLQLLexer::EQ ||
        (previous == SLQLLexer::LPAREN && next == SLQLLexer::RPAREN) || previous == SLQLLexer::K_AS;
    return IsKeyword(type) && !stands_as_name ? TokenClass::kKeyword : TokenClass::kName;
  }

  void Feed(size_t type) {
    switch (type) {
      case SLQLLexer::LPAREN:
      case SLQLLexer::LBRACK:
      case SLQLLexer::LBRACE:
        // Brackets within a test of classes are part of it.
        brackets_.push_back(after_colon_ && type == SLQLLexer::LPAREN ? bracket() : type);
        break;
      case SLQLLexer::RPAREN:
      case SLQLLexer::RBRACK:
      case SLQLLexer::RBRACE:
        if (!brackets_.empty()) brackets_.pop_back();
        break;
      default:
        break;
    }
    switch (type) {
      case SLQLLexer::COLON:
        // In braces a value follows.
        after_colon_ = bracket() != SLQLLexer::LBRACE;
        break;
      case SLQLLexer::PIPE:
      case SLQLLexer::AMP:
      case SLQLLexer::BANG:
      case SLQLLexer::K_ONLY:
        after_colon_ = after_colon_ || was_class_;
        break;
      case SLQLLexer::LPAREN:
        break;
      default:
        was_class_ = after_colon_;
        after_colon_ = false;
        return;
    }
    was_class_ = after_colon_;
  }

 private:
  size_t bracket() const { return brackets_.empty() ? 0 : brackets_.back(); }

  std::vector<size_t> brackets_;
  bool after_colon_ = false;  // A class or predicate may follow.
  bool was_class_ = false;    // One has just been read.
};

}  // namespace

std::vector<SyntaxToken> SyntaxTokensOf(std::string_view text) {
  std::vector<SyntaxToken> tokens;
  if (!storage::IsValidUtf8(text)) return tokens;
  const SourceText source(text);
  antlr4::ANTLRInputStream input{std::string(source.body())};
  SLQLLexer lexer(&input);
  lexer.removeErrorListeners();
  std::vector<size_t> types;
  while (true) {
    const std::unique_ptr<antlr4::Token> token = lexer.nextToken();
    if (token->getType() == antlr4::Token::EOF) break;
    const SourceSpan span = source.SpanOf(token->getStartIndex(), token->getStopIndex() + 1);
    tokens.push_back({span.begin, span.end, ClassOf(token->getType())});
    types.push_back(token->getType());
  }
  WordReader words;
  size_t previous = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].token_class == TokenClass::kComment) continue;
    if (IsWord(types[i])) {
      size_t next = i + 1;
      while (next < tokens.size() && tokens[next].token_class == TokenClass::kComment) ++next;
      tokens[i].token_class =
          words.ClassOfWord(types[i], previous, next < tokens.size() ? types[next] : 0);
    }
    words.Feed(types[i]);
    previous = types[i];
  }
  return tokens;
}

}  // namespace sightline::query
