#include "storage/index/quad_key.h"

namespace sightline::storage {

QuadKey QuadKeyOf(Permutation permutation, const Quad& quad) {
  const PermutedKey terms = Permute(permutation, quad.fact);
  return {terms[0].bits, terms[1].bits, terms[2].bits, quad.statement.value};
}

QuadKey LowestKeyOf(const KeyPrefix& prefix) {
  QuadKey key{};
  for (size_t i = 0; i < prefix.length; ++i) key[i] = prefix.terms[i].bits;
  return key;
}

bool StartsWith(const QuadKey& key, const KeyPrefix& prefix) {
  for (size_t i = 0; i < prefix.length; ++i) {
    if (key[i] != prefix.terms[i].bits) return false;
  }
  return true;
}

}  // namespace sightline::storage
