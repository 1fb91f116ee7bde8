#include "storage/index/quad_key.h"

#include "storage/base/encoding.h"

namespace sightline::storage {

QuadKey QuadKeyOf(Permutation permutation, const Quad& quad) {
  const PermutedKey terms = Permute(permutation, quad.fact);
  return {terms[0].bits, terms[1].bits, terms[2].bits, quad.statement.value};
}

std::string EncodeQuadKey(Permutation permutation, const QuadKey& key) {
  std::string bytes;
  bytes.reserve(kQuadKeyBytes);
  AppendByte(static_cast<uint8_t>(permutation), &bytes);
  for (const uint64_t part : key) AppendFixed64(part, &bytes);
  return bytes;
}

QuadKey DecodeQuadKey(std::string_view bytes) {
  const char* parts = bytes.data() + 1;
  return {LoadFixed64(parts), LoadFixed64(parts + 8), LoadFixed64(parts + 16),
          LoadFixed64(parts + 24)};
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
