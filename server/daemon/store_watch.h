// StoreWatch: notices when a store stops taking writes because its disk is full or fails, or
// because an administrator has turned writing off, and when it takes them again.
//
// A store tries whether the cause has gone when somebody writes; but who has heard that the server
// is not well sends nothing any more. So the watch tries, with a transaction that writes nothing.
//
// Thread safety: the callback runs on the watch's thread; all else on one thread.

#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <string>
#include <thread>

#include "server/auth/read_only_switch.h"
#include "storage/base/mutex.h"
#include "storage/store.h"

namespace sightline::server {

class StoreWatch {
 public:
  // `reason` says why it takes no writes; empty: it takes them.
  using OnChange = std::function<void(const std::string& reason)>;

  // Looks every `interval`. Borrows the store and the switch. A store is taken to be well at the
  // beginning. A server that was started to be read only is well as it is.
  StoreWatch(storage::Store* store, const ReadOnlySwitch* read_only,
             std::chrono::milliseconds interval, OnChange on_change);
  // Stops; the callback is not called after it.
  ~StoreWatch();
  StoreWatch(const StoreWatch&) = delete;
  StoreWatch& operator=(const StoreWatch&) = delete;

 private:
  void Run();
  std::string Look() const;

  storage::Store* const store_;
  const ReadOnlySwitch* const read_only_;
  const std::chrono::milliseconds interval_;
  const OnChange on_change_;
  storage::Mutex mutex_;
  std::condition_variable stop_;
  bool stops_ SL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace sightline::server
