// FlushGate: an Env that holds RocksDB's flushes back while writing is in trouble, until the
// recovery asks for them.
//
// RocksDB 7.8 forgets a flush that begins between an error and DB::Resume: it stays in the queue
// with nobody to do it, each later one does the one before it, and Resume waits for ever for its
// last (https://github.com/facebook/rocksdb/issues/15030). Such a flush waits here.
//
// Thread safety: safe from any thread.

#pragma once

#include <rocksdb/env.h>

#include <memory>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/kv/write_trouble.h"

namespace sightline::storage {

class FlushGate final : public rocksdb::EnvWrapper {
 public:
  // Borrows `env`, which does everything else. Must outlive the database.
  FlushGate(rocksdb::Env* env, std::shared_ptr<const WriteTrouble> trouble);
  ~FlushGate() override;

  // From Open to Close nothing is held back: to be called right before DB::Resume and when it has
  // returned, and before the database is closed. Open to begin with: Close is to be called when the
  // database is open.
  void Open() SL_EXCLUDES(mutex_);
  void Close() SL_EXCLUDES(mutex_);
  // The trouble is over: what is held back goes on.
  void Release() SL_EXCLUDES(mutex_);

  void Schedule(void (*function)(void*), void* argument, Priority priority, void* tag,
                void (*unschedule)(void*)) override;

 private:
  struct Flush;

  void Run(std::unique_ptr<Flush> flush) SL_EXCLUDES(mutex_);

  const std::shared_ptr<const WriteTrouble> trouble_;
  Mutex mutex_;
  bool is_open_ SL_GUARDED_BY(mutex_) = true;
  std::vector<std::unique_ptr<Flush>> held_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::storage
