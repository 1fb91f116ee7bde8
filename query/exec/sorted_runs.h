// SortedRuns: an external merge sort. Takes runs of sorted rows, keeps them in temporary files, and
// gives all rows in order.
//
// Source: D. Knuth, The Art of Computer Programming 3, 5.4.1: multiway merging. Runs are merged
// kRunsMergedMax at a time, neighbours with neighbours, until so few are left, so that equal rows
// keep the order of their runs.
//
// Errors: those of SpilledRows; the store's, from reading the values of terms; those of
// ExecutionContext::Tick. Thread-compatible. Borrows the order and the context.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "query/exec/operator.h"
#include "query/exec/row_order.h"
#include "query/exec/spilled_rows.h"

namespace sightline::query {

class SortedRuns {
 public:
  // Of each run and of the result, no more than the first `rows_max` rows are of interest.
  SortedRuns(RowOrder* row_order, std::optional<uint64_t> rows_max, FramePtr frame,
             ExecutionContext* context);

  // These rows of the batch, in this order, which is the row order.
  Status AddRun(const Batch& batch, const std::vector<uint32_t>& order);
  // Called once, when all runs are there.
  Status StartMerge();
  // How many Next gives.
  uint64_t row_count() const;
  // Adds the next row to `out`. REQUIRES: StartMerge; there is one.
  Status Next(Batch* out);

 private:
  // The first row that a run has not given yet.
  struct Head {
    SpilledRowReader reader;
    size_t run = 0;
    Batch row;
    std::vector<uint64_t> prefixes{};  // Of that row.
  };

  Status Open(size_t begin, size_t end);
  // Whether the run had another row.
  StatusOr<bool> Advance(Head* head);
  StatusOr<bool> NextOf(Batch* out);
  bool IsAfter(const Head& a, const Head& b) const;

  RowOrder* const row_order_;
  const std::optional<uint64_t> rows_max_;
  const FramePtr frame_;
  ExecutionContext* const context_;
  std::unique_ptr<SpilledRows> rows_;
  std::vector<SpilledRows::Run> runs_;        // In the order in which their rows came.
  std::vector<std::unique_ptr<Head>> heads_;  // A heap: the first row in front.
};

}  // namespace sightline::query
