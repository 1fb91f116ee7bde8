// FetchedRows: the result of a look-up, all of it.
//
// Thread-compatible.

#pragma once

#include <string>
#include <vector>

#include "clients/cpp/error.h"
#include "clients/cpp/result_batch.h"
#include "sightline/v1/query_service.pb.h"

namespace sightline::client {

struct FetchedRows {
  // Errors: INTERNAL (MALFORMED_RESULT).
  static Result<FetchedRows> Decode(v1::FetchRowsResponse response);

  std::vector<v1::ColumnSpec> columns;
  ResultBatch rows;
  NodeCards cards;  // Of all nodes in the rows.
  v1::Revision read_at;
  v1::Truncation truncation = v1::TRUNCATION_UNSPECIFIED;
  std::vector<v1::Diagnostic> notices;
  std::string next_cursor;  // Of a query with LIMIT n AFTER that gave a full page.
};

}  // namespace sightline::client
