// The fingerprint of a query: what kind of question it is, without what it asks about.
//
// Two texts that differ in literals, ids, parameters' names, spacing, comments or the case of
// keywords have the same one. For logs, which must not hold what a query names.
//
// Thread safety: may be called from any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sightline::query {

// Of a text that cannot be read as tokens, such as one that is not UTF-8 or longer than
// `text_bytes_max`: 0. Takes as long as reading the text's tokens.
uint64_t FingerprintOf(std::string_view text, size_t text_bytes_max);

// The text that the fingerprint is of, for people: keywords and names of classes, predicates and
// variables, with ? in place of each literal and parameter and #? in place of each id; cut at
// `bytes_max`. Empty where there is no fingerprint.
std::string NormalisedText(std::string_view text, size_t text_bytes_max, size_t bytes_max);

}  // namespace sightline::query
