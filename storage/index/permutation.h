// Permutation: an order in which the quads are kept sorted.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "storage/model/statement.h"

namespace sightline::storage {

// Part of the persistent format.
enum class Permutation : uint8_t { kSpo = 0, kPos = 1, kOsp = 2, kPso = 3, kOps = 4, kSop = 5 };
inline constexpr int kPermutationCount = 6;
inline constexpr std::array<Permutation, kPermutationCount> kPermutations = {
    Permutation::kSpo, Permutation::kPos, Permutation::kOsp,
    Permutation::kPso, Permutation::kOps, Permutation::kSop};
std::string_view PermutationName(Permutation permutation);  // "SPO"

// A fact's three terms in the permutation's order, and back.
using PermutedKey = std::array<TermId, 3>;
PermutedKey Permute(Permutation permutation, const Fact& fact);
Fact Unpermute(Permutation permutation, const PermutedKey& key);

// The first terms of a key, in the permutation's order; none at the end means "any".
struct KeyPrefix {
  std::array<TermId, 3> terms{};
  uint8_t length = 0;  // 0..3

  static KeyPrefix Of() { return {}; }
  static KeyPrefix Of(TermId a) { return {{a}, 1}; }
  static KeyPrefix Of(TermId a, TermId b) { return {{a, b}, 2}; }
  static KeyPrefix Of(TermId a, TermId b, TermId c) { return {{a, b, c}, 3}; }
};

}  // namespace sightline::storage
