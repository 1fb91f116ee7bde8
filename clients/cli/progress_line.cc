#include "clients/cli/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string_view>

namespace sightline::cli {
namespace {

constexpr std::chrono::milliseconds kQuietFor{1000};
constexpr std::chrono::milliseconds kStep{250};

void WriteAll(int fd, std::string_view text) {
  // A line that is not drawn is no loss.
  if (write(fd, text.data(), text.size()) < 0) return;
}

}  // namespace

std::string ProgressText(int64_t rows, std::chrono::milliseconds elapsed) {
  std::string count = std::to_string(rows);
  for (size_t i = count.size(); i > 3;) count.insert(i -= 3, ",");
  const double seconds = static_cast<double>(elapsed.count()) / 1000;
  const std::string time = seconds < 60 ? fmt::format("{:.1f} s", seconds)
                                        : fmt::format("{} min {:02} s", elapsed.count() / 60'000,
                                                      elapsed.count() / 1000 % 60);
  return fmt::format("{}, {}; Ctrl-C ends it",
                     rows == 0   ? "running"
                     : rows == 1 ? "1 row"
                                 : count + " rows",
                     time);
}

ProgressLine::ProgressLine(int fd) : fd_(fd) {
  if (fd_ >= 0) thread_ = std::thread([this] { Draw(); });
}

void ProgressLine::Draw() {
  std::unique_lock lock(mutex_);
  auto next = begin_ + kQuietFor;
  while (!changed_.wait_until(lock, next, [this] { return is_over_; })) {
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin_);
    WriteAll(fd_, "\r\x1b[K" + ProgressText(rows_.load(std::memory_order_relaxed), elapsed));
    is_drawn_ = true;
    next += kStep;
  }
}

void ProgressLine::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (is_over_) return;
    is_over_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (is_drawn_) WriteAll(fd_, "\r\x1b[K");
}

}  // namespace sightline::cli
