// DeltaScan: MergedScan over the delta layer, one key a quad, and a transaction's pending quads.

#pragma once

#include <cstdint>
#include <memory>

#include "storage/base/status.h"
#include "storage/index/merged_scan.h"
#include "storage/index/pending_quads.h"
#include "storage/index/permutation.h"
#include "storage/index/quad_iterator_pool.h"
#include "storage/statements/scope.h"

namespace sightline::storage {

struct DeltaScanInputs {
  std::shared_ptr<QuadIteratorPool> committed;
  std::shared_ptr<const PendingQuads> pending;  // Null outside transactions.
};

// Positions a scan at the first row whose key starts with `prefix`. Errors: kDataLoss,
// kUnavailable; kInvalidArgument for a prefix of more than three terms or batches of no rows.
StatusOr<std::unique_ptr<MergedScan>> OpenDeltaScan(DeltaScanInputs inputs, Permutation permutation,
                                                    const KeyPrefix& prefix, ScopePtr scope,
                                                    const MergedScanOptions& options);

}  // namespace sightline::storage
