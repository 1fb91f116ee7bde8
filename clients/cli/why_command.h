// \why: what one row of the last result rests on.
//
// The result's rows are remembered as fingerprints. The query runs again with WHY in front, over
// exactly the state that it read and with the parameters it had; the row is found again by its
// fingerprint, since the order of rows may be another one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "clients/cli/query_command.h"
#include "clients/cli/session.h"

namespace sightline::cli {

// The last query of a shell: what \why, \plan, \watch and \edit are about. Thread-compatible.
struct LastQuery {
  // Rows that \why can be asked of; 8 bytes each.
  static constexpr size_t kRowsMax = 1'000'000;

  // As it was sent; empty: there was none.
  std::string text;
  std::map<std::string, v1::Value> parameters;
  bool has_written = false;
  v1::Revision read_at;
  std::vector<uint64_t> rows;
  // Columns without the one that WHY adds.
  size_t columns = 0;

  // Adds the rows of a batch, up to kRowsMax.
  void Remember(const client::ResultBatch& batch, const client::NodeCards& cards);
};

// The last statement of a script with EXPLAIN, PROFILE or WHY in front, in place of one of these
// that stands there. Empty when it is no query (SHOW, DESCRIBE, DEFINE, DROP, nothing).
std::string WithPrefix(std::string_view prefix, std::string_view script);

// Draws the evidence of row `number`, counted from 1. Gives an exit code.
int ShowEvidence(Session* session, const LastQuery& last, size_t number);

// Of the first `columns` cells.
uint64_t RowFingerprint(const client::ResultBatch& batch, size_t row, size_t columns,
                        const client::NodeCards& cards);

}  // namespace sightline::cli
