// QueryGuard: what the scans of a query hold themselves counts against its memory, and they end
// when nobody waits for it any more.
//
// Thread-safe.

#pragma once

#include <cstdint>

#include "query/exec/operator.h"
#include "storage/base/mutex.h"
#include "storage/index/scan_guard.h"

namespace sightline::query {

class QueryGuard final : public storage::ScanGuard {
 public:
  // Takes from what the contexts of the query share. Borrows its cancellation and the budget of all
  // queries. REQUIRES: context.ShareLimits().
  explicit QueryGuard(const ExecutionContext& context);

  Status Hold(uint64_t before, uint64_t bytes) override SL_EXCLUDES(mutex_);

 private:
  storage::Mutex mutex_;
  ExecutionContext held_ SL_GUARDED_BY(mutex_);  // Counts what they hold.
};

}  // namespace sightline::query
