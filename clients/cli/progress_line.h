// ProgressLine: how far a query has come, on one line of a terminal that is gone when it is done.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace sightline::cli {

// Draws after the first second, four times a second, from a thread of its own. SetRows and Stop may
// be called from any thread.
class ProgressLine {
 public:
  // Draws to `fd`; -1: draws nothing.
  explicit ProgressLine(int fd);
  ~ProgressLine() { Stop(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void SetRows(int64_t rows) { rows_.store(rows, std::memory_order_relaxed); }
  // Takes the line away. Nothing is drawn after it. May be called again.
  void Stop();

 private:
  void Draw();

  const int fd_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::atomic<int64_t> rows_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  bool is_drawn_ = false;
  std::thread thread_;
};

// "12,345 rows, 3.2 s"; while there are no rows, "running, 3.2 s". Ctrl-C is named in it.
std::string ProgressText(int64_t rows, std::chrono::milliseconds elapsed);

}  // namespace sightline::cli
