// Store: an embedded knowledge-graph store in one directory. Start here.
//
//   auto store = Store::Open("/var/lib/sightline", {});
//   auto transaction = (*store)->BeginTransaction(clearance);   // write
//   auto view = (*store)->OpenReadView(std::nullopt, clearance); // read
//
// Thread safety: safe from any thread. One process at a time may have a directory open.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "storage/base/cancellation.h"
#include "storage/base/clock.h"
#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/kv/kv_store.h"
#include "storage/model/marking.h"
#include "storage/txn/read_view.h"
#include "storage/txn/transaction.h"

namespace sightline::storage {

// Of the files on disk. A store of a newer version is refused, naming both numbers.
inline constexpr uint32_t kFormatVersion = 1;

struct StoreOptions {
  bool create_if_missing = true;
  KvOptions kv{};
  Clock* clock = Clock::System();  // Borrowed; must outlive the store.
};

// Counts of the whole store, above anyone's clearance: for the administrator only.
struct StoreStatistics {
  Revision revision;
  uint64_t statements = 0;
  uint64_t quads = 0;
  uint64_t terms = 0;
  uint64_t disk_bytes = 0;
};

class Store {
 public:
  // Errors: as KvStore::Open; also kFailedPrecondition when the directory holds files that are not
  // a store of ours, or a store of a newer format version.
  static StatusOr<std::unique_ptr<Store>> Open(const std::string& directory,
                                               const StoreOptions& options);
  virtual ~Store() = default;

  // The newest committed revision.
  virtual Revision revision() const = 0;

  // The store at `revision` (unset: the newest) for a reader of this clearance. Errors: kOutOfRange
  // for a revision that has not been committed yet.
  virtual StatusOr<std::shared_ptr<const ReadView>> OpenReadView(std::optional<Revision> revision,
                                                                 const Clearance& clearance) = 0;

  // Waits for the running transaction, if any, and for the writers who came before. `clearance` is
  // the writer's: it bounds what he may mark and retract. `cancellation` bounds the wait alone; it
  // may be null. Errors: kDeadlineExceeded and kCancelled when it says so before the writer's turn
  // has come; kUnavailable when an earlier commit has failed.
  virtual StatusOr<std::unique_ptr<Transaction>> BeginTransaction(
      const Clearance& clearance, const CancellationToken* cancellation = nullptr) = 0;

  virtual StoreStatistics Statistics() const = 0;
};

}  // namespace sightline::storage
