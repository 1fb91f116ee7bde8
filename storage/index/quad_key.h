// QuadKey: a quad in one permutation's order.

#pragma once

#include <array>
#include <cstdint>

#include "storage/index/permutation.h"
#include "storage/model/statement.h"

namespace sightline::storage {

// The three terms in the permutation's order, then the statement.
using QuadKey = std::array<uint64_t, 4>;

QuadKey QuadKeyOf(Permutation permutation, const Quad& quad);

// The least key at or after `prefix`: missing terms and the statement are 0.
QuadKey LowestKeyOf(const KeyPrefix& prefix);
bool StartsWith(const QuadKey& key, const KeyPrefix& prefix);

}  // namespace sightline::storage
