// MergedScan: the rows of one permutation, in key order, as one reader may see them.
//
// Merges the sorted inputs of a permutation (runs of compressed blocks, the delta, a transaction's
// own quads) and leaves out what the scope does not contain. Callers see one stream, each row once.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "storage/base/status.h"
#include "storage/index/fact_condition.h"
#include "storage/index/permutation.h"
#include "storage/index/quad_delta.h"
#include "storage/index/quad_iterator_pool.h"
#include "storage/index/run_manifest.h"
#include "storage/statements/scope.h"

namespace sightline::storage {

enum class ScanRows : uint8_t {
  kFacts,       // Each fact once, if the scope's dispute rule lets it hold; no statement column.
  kStatements,  // One row a statement in scope, assertions and denials alike. The dispute rule then
                // keeps or drops all statements of a fact together, except that kDefault keeps the
                // assertions only.
};

struct MergedScanOptions {
  ScanRows rows = ScanRows::kFacts;
  // Rows a batch at most. 2048 rows x 4 columns x 8 B = 64 KiB, which stays in L2.
  size_t batch_rows_max = 2048;
};

// Up to batch_rows_max rows, column by column: columns[0..2] are the key in permutation order,
// columns[3] the statement ids, empty for kFacts. All filled columns have row_count entries.
struct ScanBatch {
  std::vector<TermId> columns[3];
  std::vector<StatementId> statements;
  size_t row_count = 0;

  void Clear();
};

// What the scan has cost so far. `rows_hidden` is itself hidden from readers: audit log only.
struct MergedScanStats {
  uint64_t quads_read = 0;
  uint64_t rows_hidden = 0;
};

// Thread safety: one thread at a time per scan; any number of scans per ReadView.
// Lifetime: borrows the view and holds the scope; the view must outlive the scan.
class MergedScan {
 public:
  virtual ~MergedScan() = default;

  // Replaces `*batch` with the next rows and returns their number; 0 is the end, for good.
  // Ascending by (0, 1, 2, statement) within and across batches, no duplicates. A prefix that
  // matches nothing is not an error; the scan is empty.
  //
  // Errors: kDataLoss, kUnavailable from the store. After an error the batch is empty and the scan
  // over.
  virtual StatusOr<size_t> Next(ScanBatch* batch) = 0;

  // Skips ahead to the first row at or after `key` (all three terms may be given; missing ones
  // count as lowest) without producing the rows between. Never moves backwards. Errors: as Next().
  virtual Status SeekForward(const KeyPrefix& key) = 0;

  virtual MergedScanStats Stats() const = 0;

  // Starts anew with another prefix, before or behind the present place, as if the scan had just
  // been opened with it: for looking many prefixes up. Much cheaper than a new scan, and cheapest
  // when the prefixes ascend, because near ones lie in the same group of rows. Stats go on
  // counting. Errors: as OpenMergedScan; those of Next() are final here too.
  virtual Status Rebind(const KeyPrefix& prefix) = 0;
};

// Where the rows come from. All may be null; `blocks` is of a snapshot that has the runs.
struct ScanInputs {
  std::shared_ptr<QuadIteratorPool> blocks;
  RunManifestPtr runs;
  QuadDeltaPtr delta;
  QuadDeltaPtr pending;  // A transaction's own.
  // What the scope says of a fact as a whole beside its dispute rule.
  std::shared_ptr<FactCondition> fact_condition = nullptr;
};

// Positions a scan at the first row whose key starts with `prefix`. Errors: kDataLoss,
// kUnavailable; kInvalidArgument for a prefix of more than three terms or batches of no rows.
StatusOr<std::unique_ptr<MergedScan>> OpenMergedScan(ScanInputs inputs, Permutation permutation,
                                                     const KeyPrefix& prefix, ScopePtr scope,
                                                     const MergedScanOptions& options);

}  // namespace sightline::storage
