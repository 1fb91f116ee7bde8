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

}  // namespace sightline::query
