// QuadRunBuilder: batches of quads, sorted and packed one by one, merged into one run.
//
// Each batch's six orders are written as blocks to spill files at once; they are a fifth of the
// size of the quads. A single batch needs no merge: its blocks are the run's.
//
// Thread-compatible; uses two threads of its own where it may.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/base/cancellation.h"
#include "storage/base/status.h"
#include "storage/index/permutation.h"
#include "storage/index/run_key.h"
#include "storage/index/run_manifest.h"
#include "storage/index/run_writer.h"
#include "storage/load/quad_sort.h"
#include "storage/load/spill_file.h"
#include "storage/load/statement_numbers.h"

namespace sightline::storage {

class QuadRunBuilder {
 public:
  struct Options {
    RunNumber run;
    std::string directory;  // For spill files.
    int thread_count = 2;
    size_t block_rows = kBlockRows;
    const CancellationToken* token = nullptr;  // Never null.
  };
  explicit QuadRunBuilder(const Options& options) : options_(options) {}

  // Adds quads in any order; `terms` is what the rows' first three columns are places in,
  // ascending. Errors, as of Finish: kUnavailable, the token's.
  Status AddBatch(std::span<const LoadRow> rows, std::span<const uint64_t> terms,
                  const StatementNumbers& statements);

  // Hands the blocks of all permutations to `sink`, keys ascending; equal quads are kept once.
  StatusOr<RunInfo> Finish(const BlockSink& sink);

 private:
  // Blocks in a spill file, each with its key.
  struct BlockRegion {
    std::unique_ptr<SpillFile> file;
    uint64_t quad_count = 0;
    uint64_t block_count = 0;
    uint64_t bytes = 0;
  };
  class Source;

  // Writes what `add` gives the writer.
  StatusOr<BlockRegion> WriteRegion(Permutation permutation,
                                    const std::function<Status(RunWriter*)>& add) const;
  StatusOr<BlockRegion> Merge(Permutation permutation);
  Status MergeAll();

  const Options options_;
  std::array<std::vector<BlockRegion>, kPermutationCount> regions_;  // One a batch.
};

}  // namespace sightline::storage
