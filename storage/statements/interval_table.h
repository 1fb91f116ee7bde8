// IntervalTable: the distinct valid intervals of all statements, by number. Days and months repeat
// over statements, so that a statement holds four bytes at most of an interval.
//
// Thread safety: as InternTable.

#pragma once

#include <absl/hash/hash.h>

#include <cstddef>

#include "storage/model/time_interval.h"
#include "storage/statements/intern_table.h"

namespace sightline::storage {

struct IntervalHash {
  size_t operator()(const TimeInterval& interval) const {
    return absl::HashOf(interval.from.kind, interval.from.micros, interval.to.kind,
                        interval.to.micros);
  }
};

using IntervalTable = InternTable<TimeInterval, IntervalHash>;

}  // namespace sightline::storage
