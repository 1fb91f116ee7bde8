// FakeClock: time that goes when the test says so.
//
// Thread safety: safe from any thread.

#pragma once

#include <atomic>
#include <cstdint>

#include "storage/base/clock.h"

namespace sightline::test {

class FakeClock final : public storage::Clock {
 public:
  // 2024-04-13T12:00:00Z, the day after the article of examples/article appeared.
  static constexpr int64_t kStartMicros = 1'713'009'600'000'000;
  static constexpr int64_t kMicrosPerDay = 86'400'000'000;

  int64_t NowMicros() override { return now_micros_; }
  void Set(int64_t micros) { now_micros_ = micros; }
  void Advance(int64_t micros) { now_micros_ += micros; }

 private:
  std::atomic<int64_t> now_micros_{kStartMicros};
};

}  // namespace sightline::test
