// Log: what the server has to say, a line an event, on standard error.
//
//   log->Write(LogLevel::kWarning, "slow_query", {{"duration_ms", 1'200}, {"user", "mia"}});
//
// text: 2026-11-26T05:03:11.123456Z warning slow_query duration_ms=1200 user=mia      (logfmt)
// json: {"time":"2026-11-26T05:03:11.123456Z","level":"warning","event":"slow_query", ...}
//
// Logging never keeps the server waiting: where whoever reads the pipe or terminal does not keep
// up, lines are dropped and counted. A line has at most 4,096 bytes, so that a pipe takes it in one
// go (PIPE_BUF), and values are cut for it. Of one event at most 100 lines a second are written (of
// level debug, all); the next one says how many were left out.
//
// What is logged holds no secret, no value of a fact and no query text but its normalised form.
//
// Thread safety: safe from any thread.

#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/mutex.h"

namespace sightline::server {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarning, kError };
std::string_view LogLevelName(LogLevel level);  // "debug", "info", "warning", "error"
std::optional<LogLevel> ParseLogLevel(std::string_view name);

enum class LogFormat : uint8_t { kText, kJson };

// An empty text is left out. Borrows the text.
struct LogField {
  LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
  LogField(std::string_view field, const std::string& text)
      : name(field), value(std::string_view(text)) {}
  LogField(std::string_view field, const char* text) : name(field), value(std::string_view(text)) {}
  LogField(std::string_view field, int64_t number) : name(field), value(number) {}
  LogField(std::string_view field, int number) : name(field), value(int64_t{number}) {}

  std::string_view name;
  std::variant<std::string_view, int64_t> value;
};

class Log {
 public:
  // Writes to `descriptor`, which stays the caller's. Borrows the clock.
  Log(int descriptor, LogFormat format, LogLevel level, storage::Clock* clock)
      : descriptor_(descriptor), format_(format), clock_(clock), level_(level) {}
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Lines below it are not written.
  void SetLevel(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  bool IsOn(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }

  // `event` names what has happened, always in the same words.
  void Write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (IsOn(level)) WriteFields(level, event, {fields.begin(), fields.end()});
  }
  void Write(LogLevel level, std::string_view event, std::vector<LogField> fields) {
    if (IsOn(level)) WriteFields(level, event, std::move(fields));
  }

  // Lines that nobody took, and lines left out because there were too many of their event.
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  uint64_t omitted() const { return omitted_.load(std::memory_order_relaxed); }

  static constexpr size_t kLineBytesMax = 4'096;
  static constexpr uint64_t kLinesPerSecondMax = 100;  // Of one event.

 private:
  struct Rate {
    int64_t second = 0;
    uint64_t in_second = 0;
    uint64_t omitted = 0;  // Since the last line.
  };

  void WriteFields(LogLevel level, std::string_view event, std::vector<LogField> fields);
  std::string LineOf(int64_t micros, LogLevel level, std::string_view event,
                     const std::vector<LogField>& fields, size_t text_bytes_max) const;
  // Whether it was taken whole.
  bool Put(std::string_view line) const SL_REQUIRES(mutex_);

  const int descriptor_;
  const LogFormat format_;
  storage::Clock* const clock_;
  std::atomic<LogLevel> level_;
  std::atomic<uint64_t> dropped_{0}, omitted_{0};
  storage::Mutex mutex_;
  std::map<std::string, Rate, std::less<>> rates_ SL_GUARDED_BY(mutex_);  // By event.
};

}  // namespace sightline::server
