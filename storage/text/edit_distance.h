// EditDistance: how far two words are apart, for "did you mean" and for fuzzy names.
//
// Thread safety: may be called from any thread.

#pragma once

#include <cstddef>
#include <string_view>

namespace sightline::storage {

// The least number of insertions, deletions, replacements and swaps of neighbours that turn `a`
// into `b` (optimal string alignment: no place is edited twice), counted in code points. When that
// is more than `distance_max`, the answer is distance_max + 1, found sooner: the work is O(shorter
// length * distance_max), the memory O(shorter length).
//
// Compares the code points as they are; fold first where case should not count. A byte that is not
// UTF-8 counts as one code point, U+FFFD.
size_t EditDistance(std::string_view a, std::string_view b, size_t distance_max);

}  // namespace sightline::storage
