// RunKey: the key of a block in kQuads.
//
// The run's number, the permutation, the block's last quad: a Seek to a quad lands on the block
// that holds the first quad at or after it.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/status.h"
#include "storage/index/permutation.h"
#include "storage/index/quad_key.h"

namespace sightline::storage {

// A run is an immutable set of quads, in all six permutations.
struct RunNumber {
  uint32_t value = 0;
  friend auto operator<=>(const RunNumber&, const RunNumber&) = default;
};

inline constexpr size_t kRunKeyBytes = 4 + 1 + 32;

std::string EncodeRunKey(RunNumber run, Permutation permutation, const QuadKey& last);
// Errors: kDataLoss.
StatusOr<QuadKey> DecodeLastOfBlock(std::string_view key);

// [first, second) holds the keys of one permutation of a run; of all permutations of it.
struct RunKeyRange {
  std::string lower;
  std::string upper;
};
RunKeyRange KeysOf(RunNumber run, Permutation permutation);
RunKeyRange KeysOf(RunNumber run);

}  // namespace sightline::storage
