// TimeInterval: when something was said or held, with "unknown" and "open" kept apart.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storage/base/status.h"
#include "storage/model/value.h"

namespace sightline::storage {

// Part of the persistent format.
enum class BoundKind : uint8_t {
  kUnknown = 0,  // Nobody said.
  kOpen = 1,     // Said to have no end (or beginning).
  kAt = 2,       // Said.
};

struct TimeBound {
  BoundKind kind = BoundKind::kUnknown;
  int64_t micros = 0;  // Since 1970; only for kAt.
  friend bool operator==(const TimeBound&, const TimeBound&) = default;
};

// Half-open: `from` is included, `to` is not. Both unknown means "undated".
struct TimeInterval {
  TimeBound from;
  TimeBound to;

  bool undated() const {
    return from.kind == BoundKind::kUnknown && to.kind == BoundKind::kUnknown;
  }
  // Unknown and open bounds count as unbounded.
  bool Contains(int64_t micros) const;
  bool Overlaps(const TimeInterval& other) const;

  // The days of a partial date; an instant is the interval of one microsecond.
  static TimeInterval Of(const PartialDate& date);
  static TimeInterval Of(const Instant& instant);
  // From the start of `first` to the end of `last`.
  static TimeInterval Spanning(const TimeInterval& first, const TimeInterval& last);

  // 2023-10-01/2023-12-31 (last day included, as people write), ".." for open, "?" for unknown.
  std::string ToString() const;
  friend bool operator==(const TimeInterval&, const TimeInterval&) = default;
};

}  // namespace sightline::storage
