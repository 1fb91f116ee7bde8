// Revision and StatementId: numbers that must not be passed for one another.

#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace sightline::storage {

// A point in the commit order. 0 is the empty store; every commit adds one.
struct Revision {
  uint64_t value = 0;
  friend auto operator<=>(const Revision&, const Revision&) = default;
};

// "Not closed": the recorded interval of a statement nobody has retracted.
inline constexpr Revision kOpenRevision{UINT64_MAX};

// A statement's number, given in the order of recording, from 1. 0 is no statement. Fits 32 bits in
// this format version (as in bitmaps of statements); the store refuses more.
struct StatementId {
  uint64_t value = 0;
  friend auto operator<=>(const StatementId&, const StatementId&) = default;
};

}  // namespace sightline::storage

template <>
struct std::hash<sightline::storage::StatementId> {
  size_t operator()(sightline::storage::StatementId id) const noexcept {
    return std::hash<uint64_t>{}(id.value);
  }
};
