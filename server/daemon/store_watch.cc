#include "server/daemon/store_watch.h"

#include <utility>

namespace sightline::server {

StoreWatch::StoreWatch(storage::Store* store, const ReadOnlySwitch* read_only,
                       std::chrono::milliseconds interval, OnChange on_change)
    : store_(store),
      read_only_(read_only),
      interval_(interval),
      on_change_(std::move(on_change)),
      thread_(interval, [this] { Look(); }) {}

std::string StoreWatch::Ask() const {
  if (store_->write_failure().ok()) {
    return read_only_->state().is_fixed ? "" : MessageOf(read_only_->Check());
  }
  const storage::CancellationToken soon(std::chrono::steady_clock::now() + interval_);
  (void)store_->BeginTransaction(storage::Clearance(), &soon);
  return MessageOf(store_->write_failure());
}

void StoreWatch::Look() {
  const std::string reason = Ask();
  if (std::exchange(was_well_, reason.empty()) != reason.empty()) on_change_(reason);
}

}  // namespace sightline::server
