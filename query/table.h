// Table: rows that are there as a whole, for the statements that are no queries.
//
// Thread-compatible plain data.

#pragma once

#include <vector>

#include "query/engine.h"
#include "query/functions/datum.h"

namespace sightline::query {

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Datum>> rows;
};

}  // namespace sightline::query
