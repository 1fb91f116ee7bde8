#include "server/admin/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

namespace sightline::server {
namespace {

using storage::MutexLock;

constexpr std::chrono::milliseconds kRedrawAfter{200};

}  // namespace

std::string Grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t place = digits.size(); place > 3;) digits.insert(place -= 3, ",");
  return digits;
}

std::string Counted(uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", Grouped(number), noun, number == 1 ? "" : "s");
}

std::string ByteText(uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

ProgressLine::ProgressLine(std::FILE* to, bool is_quiet)
    : to_(to), is_drawn_(!is_quiet && ::isatty(::fileno(to)) == 1) {}

ProgressLine::~ProgressLine() { Clear(); }

void ProgressLine::Show(std::string_view stage, uint64_t done, uint64_t total,
                        std::string_view note) {
  if (!is_drawn_) return;
  MutexLock lock(&mutex_);
  const auto now = SteadyClock::now();
  if (stage != stage_) {
    stage_ = stage;
    stage_began_ = now;
  } else if (now - drawn_at_ < kRedrawAfter) {
    return;
  }
  drawn_at_ = now;
  std::string line = fmt::format("\r{:<9}", stage);
  if (total > 0) {
    const double share = static_cast<double>(done) / static_cast<double>(total);
    line += fmt::format(" {:5.1f} %", 100 * share);
    const std::chrono::duration<double> spent = now - stage_began_;
    if (share > 0.01) line += fmt::format("  {:.0f} s left", spent.count() * (1 - share) / share);
  }
  if (!note.empty()) line += fmt::format("  {}", note);
  fmt::print(to_, "{}\x1b[K", line);
  std::fflush(to_);
  has_line_ = true;
}

void ProgressLine::Clear() {
  MutexLock lock(&mutex_);
  if (!has_line_) return;
  std::fputs("\r\x1b[K", to_);
  std::fflush(to_);
  has_line_ = false;
}

}  // namespace sightline::server
