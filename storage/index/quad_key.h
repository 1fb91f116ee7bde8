// QuadKey: a quad in one permutation's order, and its bytes as a key of the delta layer.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/index/permutation.h"
#include "storage/model/statement.h"

namespace sightline::storage {

// The three terms in the permutation's order, then the statement. Compares as its bytes do.
using QuadKey = std::array<uint64_t, 4>;

// One byte of permutation, then four big-endian numbers.
inline constexpr size_t kQuadKeyBytes = 33;

QuadKey QuadKeyOf(Permutation permutation, const Quad& quad);
std::string EncodeQuadKey(Permutation permutation, const QuadKey& key);
// REQUIRES: kQuadKeyBytes at `bytes`.
QuadKey DecodeQuadKey(std::string_view bytes);

// The least key at or after `prefix`: missing terms and the statement are 0.
QuadKey LowestKeyOf(const KeyPrefix& prefix);
bool StartsWith(const QuadKey& key, const KeyPrefix& prefix);

}  // namespace sightline::storage
