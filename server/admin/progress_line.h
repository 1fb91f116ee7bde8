// ProgressLine: one line of a terminal that is written over and over: what, how far, how fast, how
// long still.
//
// Thread-safe.

#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "storage/base/mutex.h"

namespace sightline::server {

class ProgressLine {
 public:
  // Writes nothing when `to` is no terminal, or `is_quiet`.
  ProgressLine(std::FILE* to, bool is_quiet);
  ~ProgressLine();

  // `done` of `total` (0: not known) of a stage; `note` stands behind. Drawn some times a second.
  void Show(std::string_view stage, uint64_t done, uint64_t total, std::string_view note)
      SL_EXCLUDES(mutex_);
  // Takes the line away.
  void Clear() SL_EXCLUDES(mutex_);

 private:
  using SteadyClock = std::chrono::steady_clock;

  std::FILE* const to_;
  const bool is_drawn_;
  storage::Mutex mutex_;
  std::string stage_ SL_GUARDED_BY(mutex_);
  SteadyClock::time_point stage_began_ SL_GUARDED_BY(mutex_);
  SteadyClock::time_point drawn_at_ SL_GUARDED_BY(mutex_);
  bool has_line_ SL_GUARDED_BY(mutex_) = false;
};

// "1,234,567".
std::string Grouped(uint64_t number);
// "1 triple", "1,234 triples".
std::string Counted(uint64_t number, std::string_view noun);
// "3.4 GiB".
std::string ByteText(uint64_t bytes);

}  // namespace sightline::server
