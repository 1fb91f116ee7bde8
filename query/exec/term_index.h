// TermIndex: numbers terms in the order in which they come, with a hash table of open addresses
// (linear probing, at most half full). Out of memory, it stays as it was.
//
// Thread safety: one thread at a time.

#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "storage/model/term_id.h"

namespace sightline::query {

class TermIndex {
 public:
  // What a term takes at most where there are many: up to four places, and itself in an array that
  // may be half empty.
  static constexpr uint64_t kTermBytes = 4 * sizeof(uint32_t) + 2 * sizeof(storage::TermId);

  size_t size() const { return terms_.size(); }
  storage::TermId operator[](uint32_t index) const { return terms_[index]; }

  // The term's number, and whether it is new.
  std::pair<uint32_t, bool> Add(storage::TermId term) {
    if (terms_.size() * 2 >= places_.size()) Grow();
    uint32_t& place = PlaceOf(term);
    if (place != kEmpty) return {place, false};
    const auto number = static_cast<uint32_t>(terms_.size());
    terms_.push_back(term);
    place = number;
    return {number, true};
  }
  std::optional<uint32_t> Find(storage::TermId term) const {
    if (places_.empty()) return std::nullopt;
    const uint32_t place = const_cast<TermIndex*>(this)->PlaceOf(term);
    return place == kEmpty ? std::nullopt : std::optional<uint32_t>(place);
  }

 private:
  static constexpr uint32_t kEmpty = UINT32_MAX;
  // So few, that having too many costs less than entering all terms anew.
  static constexpr size_t kFewPlaces = size_t{1} << 14;

  uint32_t& PlaceOf(storage::TermId term) {
    const size_t mask = places_.size() - 1;
    // The high bits of the product are the well mixed ones.
    size_t at = (std::hash<storage::TermId>{}(term) >> 20) & mask;
    while (places_[at] != kEmpty && terms_[places_[at]] != term) at = (at + 1) & mask;
    return places_[at];
  }
  void Grow() {
    const size_t times = places_.size() < kFewPlaces ? 4 : 2;
    places_ = std::vector<uint32_t>(places_.empty() ? 64 : places_.size() * times, kEmpty);
    for (uint32_t i = 0; i < terms_.size(); ++i) PlaceOf(terms_[i]) = i;
  }

  std::vector<storage::TermId> terms_;
  std::vector<uint32_t> places_;  // A power of two of them.
};

}  // namespace sightline::query
