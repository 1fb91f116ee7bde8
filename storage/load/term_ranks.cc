#include "storage/load/term_ranks.h"

#include <span>
#include <utility>

#include "storage/base/check.h"
#include "storage/load/radix_sort.h"

namespace sightline::storage {

StatusOr<TermRanks> RankTerms(const std::vector<uint64_t>& occurrences,
                              const CancellationToken& token) {
  SL_CHECK(occurrences.size() < UINT32_MAX);
  struct Place {
    uint64_t term;
    uint32_t index;
  };
  std::vector<Place> places(occurrences.size());
  uint64_t varying = 0;
  for (uint32_t i = 0; i < occurrences.size(); ++i) {
    places[i] = {occurrences[i], i};
    varying |= occurrences[i] ^ occurrences[0];
  }
  std::vector<Place> other(places.size());
  constexpr uint64_t kDigitMask = (uint64_t{1} << kRadixBitsMax) - 1;
  for (int shift = 0; shift < 64; shift += kRadixBitsMax) {
    if ((varying >> shift & kDigitMask) == 0) continue;
    SL_RETURN_IF_ERROR(RadixPass(
        std::span<const Place>(places), std::span<Place>(other), kDigitMask + 1,
        [shift](const Place& place) { return place.term >> shift & kDigitMask; }, token));
    places.swap(other);
  }
  other = std::vector<Place>();
  TermRanks result;
  result.ranks.resize(places.size());
  for (const Place& place : places) {
    if (result.terms.empty() || result.terms.back() != place.term) {
      result.terms.push_back(place.term);
    }
    result.ranks[place.index] = static_cast<uint32_t>(result.terms.size() - 1);
  }
  return result;
}

}  // namespace sightline::storage
