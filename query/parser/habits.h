// Habits: words and signs of SQL, Cypher and other languages that SLQL says differently.
//
// Thread safety: free functions without state.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/diagnostics/diagnostic.h"

namespace sightline::query {

// A token of a statement, for people: its type (of SLQLLexer), place and text.
struct Word {
  size_t type = 0;
  SourceSpan span;
  std::string_view text;
};

struct Habit {
  size_t word = 0;        // The index of the first word that tells the habit,
  size_t word_count = 1;  // and how many do.
  std::string help;
  // Makes the SLQL of it; empty when it takes more than an edit. Not yet verified.
  std::vector<Edit> edits;
};

// What the words around `bad`, the first that does not parse, look like; nothing when they look
// like no habit. `words` end with EOF.
std::optional<Habit> RecogniseHabit(const std::vector<Word>& words, size_t bad);

// For a sign that is not SLQL's (a typographic quote, a full-width bracket ...): what to write
// instead.
struct ForeignSign {
  std::string_view sign, replacement, help;
};
const ForeignSign* FindForeignSign(std::string_view sign);

}  // namespace sightline::query
