// TermRanks: the terms of a batch of chunks, sorted, and for each of their occurrences its place.
//
// Quads are sorted by ranks: 32 bits that are dense, where a TermId has 64 that are not. A batch
// of quads takes half the memory and a quarter of the passes.

#pragma once

#include <cstdint>
#include <vector>

#include "storage/base/cancellation.h"
#include "storage/base/status.h"

namespace sightline::storage {

struct TermRanks {
  std::vector<uint64_t> terms;  // TermId bits, ascending, each once.
  std::vector<uint32_t> ranks;  // ranks[i] is where the i-th occurrence stands in `terms`.
};

// REQUIRES: fewer than 2^32 occurrences. Errors: the token's.
StatusOr<TermRanks> RankTerms(const std::vector<uint64_t>& occurrences,
                              const CancellationToken& token);

}  // namespace sightline::storage
