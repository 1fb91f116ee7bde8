// StoreLoad: a bulk load into an open store, from its beginning to its end.
//
//   auto load = store->BeginBulkLoad(clearance, {.memory_bytes_max = 2ull << 30});
//   auto stream = (*load)->loader().NewStream();
//   ... (storage/load/bulk_loader.h)
//   auto result = (*load)->Commit();
//
// Readers go on as they were until Commit; other writers and the compaction wait until the load has
// ended. Dropping it gives it up.
//
// Thread safety: one thread at a time; the loader's streams have threads of their own.

#pragma once

#include <memory>

#include "storage/base/status.h"
#include "storage/load/bulk_loader.h"
#include "storage/maintenance/compactor.h"
#include "storage/model/marking.h"
#include "storage/txn/store_state.h"

namespace sightline::storage {

class StoreLoad {
 public:
  // Waits for the running transaction and for the compaction, and folds the delta; the options'
  // token bounds the wait. Errors: as BulkLoader::Start, Compactor::Fold; kUnavailable when the
  // store takes no writes.
  static StatusOr<std::unique_ptr<StoreLoad>> Begin(std::shared_ptr<StoreState> store,
                                                    Compactor* compactor,
                                                    const Clearance& clearance,
                                                    const LoadOptions& options);
  ~StoreLoad();
  StoreLoad(const StoreLoad&) = delete;
  StoreLoad& operator=(const StoreLoad&) = delete;

  BulkLoader& loader() { return *loader_; }

  // Makes the load visible and durable, and ends it. Errors: as BulkLoader::Commit.
  StatusOr<LoadResult> Commit();

 private:
  explicit StoreLoad(std::shared_ptr<StoreState> store);
  Status Open(Compactor* compactor, const Clearance& clearance, const LoadOptions& options);
  void End();

  // None of this is held once the load has ended.
  std::shared_ptr<StoreState> store_;
  std::unique_ptr<RunChange> change_;
  PublishedPtr before_;
  std::unique_ptr<BulkLoader> loader_;
  bool is_running_ = false;  // In the writer gate.
};

}  // namespace sightline::storage
