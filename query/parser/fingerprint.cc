#include "query/parser/fingerprint.h"

#include <xxhash.h>

#include <memory>
#include <string>

#include "SLQLLexer.h"
#include "query/parser/source_text.h"
#include "query/parser/statement_parser.h"
#include "storage/base/utf8.h"

namespace sightline::query {

using grammar::SLQLLexer;

uint64_t FingerprintOf(std::string_view text, size_t text_bytes_max) {
  if (text.size() > text_bytes_max || !storage::IsValidUtf8(text)) return 0;
  std::string kinds;
  const SourceText source(text);
  TokenReader reader(source.body());
  while (true) {
    const std::unique_ptr<antlr4::Token> token = reader.Next();
    const size_t type = token->getType();
    if (type == antlr4::Token::EOF) break;
    kinds += std::to_string(type);
    // Of all tokens with a text of their own, only names of classes, predicates and variables say
    // what kind of question it is.
    if (type == SLQLLexer::NAME || type == SLQLLexer::CURRENCY) kinds += token->getText();
    kinds += ' ';
  }
  const uint64_t hash = XXH3_64bits(kinds.data(), kinds.size());
  return hash == 0 ? 1 : hash;
}

std::string NormalisedText(std::string_view text, size_t text_bytes_max, size_t bytes_max) {
  if (text.size() > text_bytes_max || !storage::IsValidUtf8(text)) return "";
  std::string normalised;
  const SourceText source(text);
  TokenReader reader(source.body());
  while (normalised.size() <= bytes_max) {
    const std::unique_ptr<antlr4::Token> token = reader.Next();
    const size_t type = token->getType();
    if (type == antlr4::Token::EOF) return normalised;
    if (!normalised.empty()) normalised += ' ';
    switch (type) {
      case SLQLLexer::ID:
        normalised += "#?";
        break;
      case SLQLLexer::TEMPORAL:
      case SLQLLexer::INTEGER:
      case SLQLLexer::FLOAT:
      case SLQLLexer::SCALED:
      case SLQLLexer::STRING:
      case SLQLLexer::ATNAME:
      case SLQLLexer::PARAM:
      case SLQLLexer::QUOTED:
      case SLQLLexer::UNTERMINATED_STRING:
      case SLQLLexer::UNTERMINATED_NAME:
      case SLQLLexer::UNTERMINATED_COMMENT:
      case SLQLLexer::UNKNOWN_CHAR:
        normalised += '?';
        break;
      default:
        normalised += token->getText();
    }
  }
  normalised.resize(bytes_max);
  normalised.resize(storage::ValidUtf8Prefix(normalised));
  return normalised + " ...";
}

}  // namespace sightline::query
