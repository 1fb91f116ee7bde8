// Sort prefixes: the first 64 bits of what a datum is sorted by.
//
// What has the lesser prefix comes first in ORDER BY; of equal prefixes SortOrder
// (query/functions/datum_order.h) says which. So most comparisons of a sort are one of integers.

#pragma once

#include <cstdint>

#include "query/functions/datum.h"

namespace sightline::query {

// The upper bits tell kinds of data apart, these the data of one kind.
inline constexpr int kSortPlaceBits = 60;

// The same for all nodes: their order is not theirs alone.
uint64_t SortPrefix(const Datum& datum);
// Of a node with this place among all nodes. Places that do not fit count as the last one that
// does.
uint64_t NodeSortPrefix(uint64_t place);

}  // namespace sightline::query
