// SyntaxTokens: what each piece of a text is, for showing it in colours. Of any text, also of one
// that does not parse: it goes by the tokens and their neighbours.
//
// Thread safety: a free function; safe from any thread.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sightline::query {

enum class TokenClass : uint8_t {
  kKeyword,
  kName,  // A variable, or a word whose part the neighbours do not tell.
  kClass,
  kPredicate,  // Or a property.
  kFunction,
  kParameter,
  kEntity,  // #org/hikvision
  kText,
  kNumber,
  kDate,
  kOperator,
  kPunctuation,
  kComment,
  kError,  // No token of the language.
};

struct SyntaxToken {
  uint32_t begin = 0;  // Bytes [begin, end) of the text.
  uint32_t end = 0;
  TokenClass token_class = TokenClass::kName;
};

// In order; white space is left out. Empty when the text is not UTF-8. REQUIRES: below 4 GiB.
std::vector<SyntaxToken> SyntaxTokensOf(std::string_view text);

}  // namespace sightline::query
