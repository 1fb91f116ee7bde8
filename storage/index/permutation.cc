#include "storage/index/permutation.h"

#include "storage/base/check.h"

namespace sightline::storage {
namespace {

// For each permutation, which of subject (0), predicate (1) and object (2) stands where.
constexpr std::array<std::array<uint8_t, 3>, kPermutationCount> kPlaces = {{
    {0, 1, 2},  // SPO
    {1, 2, 0},  // POS
    {2, 0, 1},  // OSP
    {1, 0, 2},  // PSO
    {2, 1, 0},  // OPS
    {0, 2, 1},  // SOP
}};

const std::array<uint8_t, 3>& PlacesOf(Permutation permutation) {
  const auto index = static_cast<size_t>(permutation);
  SL_CHECK(index < kPlaces.size());
  return kPlaces[index];
}

}  // namespace

std::string_view PermutationName(Permutation permutation) {
  switch (permutation) {
    case Permutation::kSpo:
      return "SPO";
    case Permutation::kPos:
      return "POS";
    case Permutation::kOsp:
      return "OSP";
    case Permutation::kPso:
      return "PSO";
    case Permutation::kOps:
      return "OPS";
    case Permutation::kSop:
      return "SOP";
  }
  return "?";
}

PermutedKey Permute(Permutation permutation, const Fact& fact) {
  const std::array<TermId, 3> terms = {fact.subject, fact.predicate, fact.object};
  const auto& places = PlacesOf(permutation);
  return {terms[places[0]], terms[places[1]], terms[places[2]]};
}

Fact Unpermute(Permutation permutation, const PermutedKey& key) {
  std::array<TermId, 3> terms;
  const auto& places = PlacesOf(permutation);
  for (size_t i = 0; i < 3; ++i) terms[places[i]] = key[i];
  return {terms[0], terms[1], terms[2]};
}

}  // namespace sightline::storage
