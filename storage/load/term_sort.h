// SortTerms: byte strings into ascending order.
//
// A multikey quicksort that looks at eight bytes at a time: J. Bentley, R. Sedgewick, Fast
// algorithms for sorting and searching strings (1997), with the next eight bytes cached beside the
// pointer as in W. Ng, K. Kakehi, Cache efficient radix sort for string sorting (2007). External
// ids share long prefixes, which plain comparison sorts read anew each time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "storage/base/cancellation.h"
#include "storage/base/status.h"

namespace sightline::storage {

struct SortTerm {
  const char* bytes = nullptr;
  uint32_t length = 0;
  uint32_t index = 0;  // The caller's.
  uint64_t key = 0;    // Scratch.
};

// REQUIRES: no two are equal. Errors: the token's.
Status SortTerms(std::span<SortTerm> terms, const CancellationToken& token);

}  // namespace sightline::storage
