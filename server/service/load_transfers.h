// LoadTransfers: the files that clients are sending, or have stopped sending half-way, each under
// its sender and his load_id.
//
// In a directory of its own lie two files for each: NAME.open, what the client said of it, and
// NAME.part, its bytes, where NAME is a hash of sender and load_id. They are there again after a
// restart. One that nobody has touched for load_keep_ms_max goes when the next is taken; when all
// together would grow beyond load_spool_bytes_max, those go that nobody is sending, the longest
// untouched first. A small one counts as a MiB there, so that there are not too many of them.
//
// Thread safety: safe from any thread. What a Lease gives belongs to its holder.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "server/service/limits.h"
#include "server/service/load_transfer.h"
#include "sightline/v1/statement_service.pb.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"

namespace sightline::server {

class LoadTransfers {
 public:
  // The right to send a file: one holds it at a time. Must go before LoadTransfers does.
  class Lease {
   public:
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    const LoadTransfer& transfer() const { return *transfer_; }
    // Takes what is new of a chunk that begins at `offset`: what is there already is passed over.
    // Errors: kOutOfRange for a gap; kResourceExhausted when the file becomes larger than
    // `bytes_max`, and when there is no room; kUnavailable.
    Status Append(int64_t offset, std::string_view bytes, int64_t bytes_max);
    // It is not needed any more: the files go with the lease.
    void Discard() { is_discarded_ = true; }

   private:
    friend class LoadTransfers;
    Lease(LoadTransfers* owner, std::string name, std::unique_ptr<LoadTransfer> transfer)
        : owner_(owner), name_(std::move(name)), transfer_(std::move(transfer)) {}

    LoadTransfers* const owner_;
    const std::string name_;
    std::unique_ptr<LoadTransfer> transfer_;
    bool is_discarded_ = false;
  };

  // Of `directory`, which is made when it is missing. Borrows `clock`. Errors: kUnavailable.
  static StatusOr<std::unique_ptr<LoadTransfers>> Open(std::string directory,
                                                       const ServerLimits& limits,
                                                       storage::Clock* clock);

  // The file that `sender` sends under open.load_id, new or as far as it has come. `give_way` is
  // called, from any thread and perhaps after the lease has gone, when another call wants it.
  //
  // Errors: kAlreadyExists when it was begun with other words than `open`; kUnavailable while
  // another has the lease, who is asked to give way; kUnavailable of the disk.
  StatusOr<std::unique_ptr<Lease>> Take(std::string_view sender, const v1::BulkLoadOpen& open,
                                        std::function<void()> give_way) SL_EXCLUDES(mutex_);

  // Of all of them, as load_spool_bytes_max counts them.
  int64_t byte_count() const SL_EXCLUDES(mutex_);

 private:
  struct Entry {
    int64_t byte_count = 0;
    int64_t touched_micros = 0;
    std::function<void()> give_way;  // Empty when nobody has the lease.
  };

  LoadTransfers(std::string directory, const ServerLimits& limits, storage::Clock* clock)
      : directory_(std::move(directory)), limits_(limits), clock_(clock) {}

  Status Load() SL_EXCLUDES(mutex_);
  std::string PathOf(const std::string& name, const char* ending) const;
  Status WriteOpen(const std::string& name, const v1::BulkLoadOpen& open) const;
  // Counts so many more bytes of an entry that somebody has. Errors: kResourceExhausted.
  Status Reserve(const std::string& name, int64_t bytes) SL_EXCLUDES(mutex_);
  // Removes others until everything has room. Errors: kResourceExhausted.
  Status MakeRoom() SL_REQUIRES(mutex_);
  void Release(const std::string& name, int64_t byte_count, bool is_discarded) SL_EXCLUDES(mutex_);
  void Remove(const std::string& name) SL_REQUIRES(mutex_);
  void RemoveExpired() SL_REQUIRES(mutex_);
  int64_t Total() const SL_REQUIRES(mutex_);

  const std::string directory_;
  const ServerLimits limits_;
  storage::Clock* const clock_;
  mutable storage::Mutex mutex_;
  std::map<std::string, Entry> entries_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::server
