// SpilledRows: rows that an operator keeps in a temporary file, because memory cannot hold them.
// DeferredRows: rows that an operator puts off until it has dealt with others.
//
// An operator that spills holds at most ExecutionContext::spill_after_bytes in memory (or what the
// budgets leave it), and beside that buffers which no budget counts: 256 KiB to write, and 32 KiB
// for each place at which it reads, a MiB in the widest merge. The files have no names:
// whatever ends the query or the process, nothing is left of them.
//
// Errors of all members that write or read: SL5005 when the file cannot be made, written or read,
// or would grow beyond ExecutionContext::spill_bytes_max (all files of the query together).
// Thread-compatible.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "query/exec/operator.h"
#include "query/functions/batch.h"
#include "query/plan/frame.h"
#include "storage/base/status.h"
#include "storage/load/spill_file.h"

namespace sightline::query {

class SpilledRows {
 public:
  // Some rows in the order in which they were appended.
  struct Run {
    uint64_t begin = 0, end = 0;  // Bytes of the file.
    uint64_t row_count = 0;
  };

  explicit SpilledRows(ExecutionContext* context) : context_(context) {}
  ~SpilledRows();
  SpilledRows(const SpilledRows&) = delete;
  SpilledRows& operator=(const SpilledRows&) = delete;

  Status Append(const Batch& batch, size_t row);
  uint64_t appended() const { return open_.row_count; }
  // Those appended since the last run ended; they can be read from now on.
  StatusOr<Run> EndRun();

 private:
  friend class SpilledRowReader;

  ExecutionContext* const context_;
  std::unique_ptr<storage::SpillFile> file_;  // Null until there is a row.
  Run open_;
  std::string bytes_;
  uint64_t space_ = 0;  // Taken of what temporary files may have.
};

// Borrows the rows.
class SpilledRowReader {
 public:
  SpilledRowReader(const SpilledRows& rows, const SpilledRows::Run& run);

  // Adds the next row to `batch`. Whether there was one.
  StatusOr<bool> Next(Batch* batch);

 private:
  storage::SpillReader reader_;
  uint64_t rows_left_;
};

// Rows that come back in the order in which they were put off, in passes: what is put off while a
// pass is read comes back in the next.
class DeferredRows {
 public:
  // The rows have the columns of the frame.
  DeferredRows(FramePtr frame, ExecutionContext* context)
      : frame_(std::move(frame)), context_(context) {}

  Status Append(const Batch& batch, size_t row);
  // Begins to read what was put off so far. Whether there is any.
  StatusOr<bool> StartPass();
  // Replaces `*batch` with the next rows of the pass; 0 at its end.
  StatusOr<size_t> Next(Batch* batch);
  // Gives `take` the rows of the pass that are left. Errors: also those of `take`.
  Status TakeRest(const std::function<Status(const Batch&)>& take);
  void Clear();

 private:
  const FramePtr frame_;
  ExecutionContext* const context_;
  std::unique_ptr<SpilledRows> read_, written_;
  std::unique_ptr<SpilledRowReader> reader_;
};

}  // namespace sightline::query
