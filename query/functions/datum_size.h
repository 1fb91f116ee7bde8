// How much memory a datum holds, for the query's budget.

#pragma once

#include <cstddef>

#include "query/functions/datum.h"

namespace sightline::query {

// Bytes, about: the datum and what hangs on it. What two datums share counts for each.
size_t DatumBytes(const Datum& datum);

}  // namespace sightline::query
