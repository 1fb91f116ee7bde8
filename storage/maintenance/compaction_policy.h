// How the store keeps its runs few: when it folds, what it merges, and what that has cost.
//
// Tiered compaction, as in P. O'Neil et al., The log-structured merge-tree (1996), and in its
// "universal" form in RocksDB: runs of like size are merged once there are a few of them, so that a
// quad is rewritten a logarithmic number of times and a scan has few runs to merge.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "storage/index/quad_block.h"
#include "storage/index/run_manifest.h"

namespace sightline::storage {

struct CompactionOptions {
  // A delta of so many quads is folded into a run. Memory: about 200 bytes a quad.
  uint64_t fold_quads = 256 << 10;
  // So many runs of like size become one.
  size_t merge_runs = 4;
  // A run is like the smaller ones together when it is at most so many times as long.
  uint64_t like_ratio = 2;
  // Rows a block. Tests take less.
  size_t block_rows = kBlockRows;
  // Of its time, what background work takes on its core; the rest belongs to queries.
  double background_share = 0.5;
};

// What a compactor has done since it was made, and has to do.
struct CompactionStatistics {
  uint64_t folds = 0;
  uint64_t merges = 0;
  uint64_t quads_written = 0;  // Of folds and merges; a quad counts once, not once a permutation.
  uint64_t bytes_written = 0;
  uint64_t micros = 0;       // Spent, pauses included.
  uint64_t last_micros = 0;  // Of these on the last run that was written.
  bool is_running = false;
  // Of what is running: rows written, in all permutations, and to be written.
  uint64_t rows_done = 0;
  uint64_t rows_total = 0;
  // What is due: the delta at so many quads; and so many runs, which become one.
  uint64_t fold_at = 0;
  uint64_t runs_to_merge = 0;
};

// The runs that should be merged now; none when the manifest is as it should be.
std::vector<RunInfo> RunsToMerge(const RunManifest& manifest, const CompactionOptions& options);

}  // namespace sightline::storage
