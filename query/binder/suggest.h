// Did-you-mean: the names that are close to a wrong one, and the edits that put them in its place.
//
// Thread-safe: functions without state.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/diagnostics/diagnostic.h"

namespace sightline::query {

inline constexpr size_t kSuggestionsMax = 3;

// The candidates within Damerau-Levenshtein distance 2 of `word` (1 for words of up to three
// letters), case aside, nearest first and then by name, each once, at most `count_max`.
std::vector<std::string> ClosestNames(std::string_view word, std::vector<std::string> candidates,
                                      size_t count_max = kSuggestionsMax);

// The name as SLQL writes it: in back-ticks unless it is a plain word.
std::string QuoteName(std::string_view name);
// Text as SLQL writes it, in double quotes.
std::string QuoteText(std::string_view text);

// The place of `name` (bare or in back-ticks) within `span`; empty when `span` does not end with
// it.
SourceSpan PlaceOfName(std::string_view query_text, const SourceSpan& span, std::string_view name);

// Adds "did you mean A, B or C?" and, where `place` is not empty, an edit for each. The
// replacements are names in the place of a name, so that the repaired text parses.
void OfferNames(Diagnostic* diagnostic, const SourceSpan& place,
                const std::vector<std::string>& replacements);

}  // namespace sightline::query
