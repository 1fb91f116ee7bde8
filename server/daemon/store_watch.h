// StoreWatch: notices when a store stops taking writes because its disk is full or fails, or
// because an administrator has turned writing off, and when it takes them again.
//
// A store tries whether the cause has gone when somebody writes; but who has heard that the server
// is not well sends nothing any more. So the watch tries, with a transaction that writes nothing.
//
// Thread safety: the callback runs on the watch's thread; all else on one thread.

#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "server/auth/read_only_switch.h"
#include "storage/base/periodic_thread.h"
#include "storage/store.h"

namespace sightline::server {

class StoreWatch {
 public:
  // `reason` says why it takes no writes; empty: it takes them.
  using OnChange = std::function<void(const std::string& reason)>;

  // Looks every `interval` while it lives. Borrows the store and the switch. A store is taken to be
  // well at the beginning. A server that was started to be read only is well as it is.
  StoreWatch(storage::Store* store, const ReadOnlySwitch* read_only,
             std::chrono::milliseconds interval, OnChange on_change);

 private:
  void Look();
  // Why it takes no writes; empty: it takes them.
  std::string Ask() const;

  storage::Store* const store_;
  const ReadOnlySwitch* const read_only_;
  const std::chrono::milliseconds interval_;
  const OnChange on_change_;
  bool was_well_ = true;
  storage::PeriodicThread thread_;
};

}  // namespace sightline::server
