// StatementWriter: the statements of all chunks as entries of kStatements, kStatementColumns and
// kContexts.
//
// Thread-compatible. Borrows all.

#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "storage/base/status.h"
#include "storage/kv/kv_store.h"
#include "storage/load/load_chunk.h"
#include "storage/load/load_session.h"
#include "storage/load/statement_numbers.h"
#include "storage/statements/statement_columns.h"

namespace sightline::storage {

class StatementWriter {
 public:
  // Appends the ids of a chunk's terms, by local number.
  using AppendFinals = std::function<Status(const LoadChunk&, std::vector<uint64_t>*)>;
  // Keys ascend within a family.
  using PutEntry = std::function<Status(ColumnFamily, std::string_view, std::string_view)>;

  StatementWriter(LoadSession* session, const StatementNumbers& statements, const OrdinalSet& late)
      : session_(session), statements_(statements), late_(late) {}

  // Errors: kInvalidArgument for a reference to a statement that has no fact; the callbacks'; the
  // token's; kUnavailable.
  Status Write(const std::vector<LoadChunk>& chunks, const AppendFinals& append_finals,
               const PutEntry& put);
  // Segments of kStatementColumns that the store will have.
  uint64_t segment_count() const { return segment_count_; }

 private:
  class Source;

  // Adds the next statement to the columns.
  Status AddHead(const StatementHead& head, const PutEntry& put);

  LoadSession* const session_;
  const StatementNumbers& statements_;
  const OrdinalSet& late_;
  SegmentEncoder columns_;
  uint64_t segment_count_ = 0;
};

}  // namespace sightline::storage
