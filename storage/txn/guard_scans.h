// Watching over what the scans of a view hold in memory.

#pragma once

#include <memory>

#include "storage/index/scan_guard.h"
#include "storage/txn/read_view.h"

namespace sightline::storage {

// From now on the view's scans ask this guard about rows that they hold themselves. For whoever has
// the view to himself, before the first scan.
void GuardScans(const ReadView& view, std::shared_ptr<ScanGuard> guard);

}  // namespace sightline::storage
