// BatchEncoder: rows of the engine as ColumnBatch messages, in the memory layout of the Arrow
// columnar format 1.0 (https://arrow.apache.org/docs/format/Columnar.html), little-endian.
//
// One encoder a result stream: it remembers which nodes have had their card.
//
// Thread safety: one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_set>
#include <vector>

#include "query/engine.h"
#include "sightline/v1/query_service.pb.h"
#include "storage/base/status.h"
#include "storage/model/term_id.h"

namespace sightline::server {

struct BatchEncoderOptions {
  size_t batch_bytes_target = 256 << 10;  // A batch ends with the row that reaches it.
  size_t message_bytes_max = 4 << 20;
  int value_nesting_max = 24;
};

v1::ColumnType ToProto(query::ColumnType type);

class BatchEncoder {
 public:
  // Borrows `cursor`, for names, values and cards; it must outlive the encoder.
  BatchEncoder(const query::ResultCursor* cursor, const BatchEncoderOptions& options);

  // Replaces `*out` with rows [first_row, first_row + result) of `batch`: as many as make
  // batch_bytes_target, one at least.
  //
  // Errors: kResourceExhausted when a single row does not fit in a message; kOutOfRange for a value
  // nested too deep; kInternal when a cell is not of its column's type; the cursor's.
  StatusOr<size_t> Encode(const query::ResultBatch& batch, size_t first_row, v1::ColumnBatch* out);

 private:
  class Reader;

  Status EncodeRows(const query::ResultBatch& batch, size_t first_row, size_t row_count,
                    v1::ColumnBatch* out);
  Status EncodeColumn(query::ColumnType type, const std::vector<query::Datum>& cells,
                      size_t first_row, size_t row_count, Reader* reader, v1::Column* out);

  const query::ResultCursor* const cursor_;
  const BatchEncoderOptions options_;
  std::unordered_set<storage::TermId> carded_;
};

}  // namespace sightline::server
