// TermId: what a quad holds in its subject, predicate and object places.
//
// 64 bits: a tag in the top four, a payload in the other sixty. Within one tag the payload keeps
// the order of the values it stands for, so that a range of dates or integers is a range of ids.
// Values that do not fit sixty bits live in the dictionary, and the payload is their number there
// (such numbers say nothing about order).

#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace sightline::storage {

// Part of the persistent format: never renumber, only add.
enum class TermTag : uint8_t {
  kNone = 0,       // Bits 0: no term; unbound, unknown.
  kEntity = 1,     // Payload: dictionary number of an external id.
  kStatement = 2,  // Payload: StatementId.
  kBoolean = 3,    // Payload: 0 or 1.
  kInteger = 4,    // Payload: value + 2^59, for -2^59 <= value < 2^59.
  kDate = 5,       // Payload: first day (since 0001-01-01) * 8 + DatePrecision.
  kInstant = 6,    // Payload: microseconds since 1970 + 2^59.
  kShortString =
      7,  // Payload: up to 7 bytes of UTF-8, big-endian, zero-padded, then the length in 4 bits.
  kString = 8,    // Payload: dictionary number of a string without language.
  kValue = 9,     // Payload: dictionary number of any other value (storage/model/value.h).
  kDecimal = 10,  // Payload: value * 10^6 + 2^59, for -2^59 <= value * 10^6 < 2^59, a whole number.
};

struct TermId {
  uint64_t bits = 0;

  static constexpr int kPayloadBits = 60;
  static constexpr uint64_t kPayloadMask = (uint64_t{1} << kPayloadBits) - 1;

  static constexpr TermId Make(TermTag tag, uint64_t payload) {
    return TermId{(uint64_t{static_cast<uint8_t>(tag)} << kPayloadBits) | (payload & kPayloadMask)};
  }
  constexpr TermTag tag() const { return static_cast<TermTag>(bits >> kPayloadBits); }
  constexpr uint64_t payload() const { return bits & kPayloadMask; }
  constexpr bool is_none() const { return bits == 0; }
  constexpr bool is_entity() const { return tag() == TermTag::kEntity; }
  constexpr bool is_statement() const { return tag() == TermTag::kStatement; }
  // An entity or a statement: something that facts can be about.
  constexpr bool is_node() const { return is_entity() || is_statement(); }

  friend auto operator<=>(const TermId&, const TermId&) = default;
};

}  // namespace sightline::storage

template <>
struct std::hash<sightline::storage::TermId> {
  size_t operator()(sightline::storage::TermId id) const noexcept {
    // Fibonacci hashing: ids of one kind differ in their low bits only.
    return static_cast<size_t>(id.bits * 0x9E3779B97F4A7C15ull);
  }
};
