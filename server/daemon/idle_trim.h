// IdleTrim: gives the system back what a crowd of connections or long messages has left behind. The
// allocator keeps what is freed for the next ones, in pieces of all sizes: when they do not come,
// for nothing.
//
// Thread safety: `unused` and `trim` are called by the trim's thread, `unused` first by the
// maker's.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "storage/base/periodic_thread.h"

namespace sightline::server {

// Bytes that the allocator holds and nobody uses, trimmed or not.
int64_t UnusedHeapBytes();

class IdleTrim {
 public:
  // So many more bytes than there were at least make it worth the while.
  static constexpr int64_t kUnusedMin = 32 << 20;
  // More change between two looks than this: the server is at work.
  static constexpr int64_t kSteady = 1 << 20;

  // While it lives, asks how many bytes are unused, now and every `interval`; when they have become
  // many more since it last trimmed, and do not change any more, calls `trim`. UnusedHeapBytes and
  // malloc_trim, but for tests.
  IdleTrim(std::chrono::milliseconds interval, std::function<int64_t()> unused,
           std::function<void()> trim);

 private:
  void Look();

  const std::function<int64_t()> unused_;
  const std::function<void()> trim_;
  int64_t least_;  // Since the last trim, or the beginning. What is trimmed still counts as unused.
  int64_t before_ = 0;  // When it last looked.
  storage::PeriodicThread thread_;
};

}  // namespace sightline::server
