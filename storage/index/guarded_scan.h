// OpenGuardedScan: a merged scan whose memory somebody watches over.

#pragma once

#include <memory>

#include "storage/base/status.h"
#include "storage/index/merged_scan.h"
#include "storage/index/scan_guard.h"

namespace sightline::storage {

// As OpenMergedScan. `guard`, which may be null, is asked about the rows that the scan holds
// itself: those that merged entities have under other ids. Errors: also those of the guard.
StatusOr<std::unique_ptr<MergedScan>> OpenGuardedScan(ScanInputs inputs, Permutation permutation,
                                                      const KeyPrefix& prefix, ScopePtr scope,
                                                      const MergedScanOptions& options,
                                                      std::shared_ptr<ScanGuard> guard);

}  // namespace sightline::storage
