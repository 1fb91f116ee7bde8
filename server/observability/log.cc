#include "server/observability/log.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/observability/time_text.h"

namespace sightline::server {
namespace {

using Json = nlohmann::ordered_json;

// What is not UTF-8 becomes U+FFFD.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string_view Cut(std::string_view text, size_t bytes_max) { return text.substr(0, bytes_max); }

// As it is where that is one plain word; else quoted as in JSON, so that a line stays one line.
std::string Quoted(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x7F || c == '"' || c == '=' || c == '\\') {
      return Dump(Json(std::string(text)));
    }
  }
  return std::string(text);
}

}  // namespace

std::string_view LogLevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "";
}

std::optional<LogLevel> ParseLogLevel(std::string_view name) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (LogLevelName(level) == name) return level;
  }
  return std::nullopt;
}

std::string Log::LineOf(int64_t micros, LogLevel level, std::string_view event,
                        const std::vector<LogField>& fields, size_t text_bytes_max) const {
  const std::string time = TimeText(micros);
  if (format_ == LogFormat::kJson) {
    Json json;
    json["time"] = time;
    json["level"] = std::string(LogLevelName(level));
    json["event"] = std::string(event);
    for (const LogField& field : fields) {
      if (const auto* number = std::get_if<int64_t>(&field.value)) {
        json[std::string(field.name)] = *number;
      } else if (const auto text = std::get<std::string_view>(field.value); !text.empty()) {
        json[std::string(field.name)] = std::string(Cut(text, text_bytes_max));
      }
    }
    return Dump(json) + "\n";
  }
  std::string line = fmt::format("{} {} {}", time, LogLevelName(level), event);
  for (const LogField& field : fields) {
    if (const auto* number = std::get_if<int64_t>(&field.value)) {
      line += fmt::format(" {}={}", field.name, *number);
    } else if (const auto text = std::get<std::string_view>(field.value); !text.empty()) {
      line += fmt::format(" {}={}", field.name, Quoted(Cut(text, text_bytes_max)));
    }
  }
  return line + "\n";
}

void Log::WriteFields(LogLevel level, std::string_view event, std::vector<LogField> fields) {
  const int64_t micros = clock_->NowMicros();
  storage::MutexLock lock(&mutex_);
  if (level > LogLevel::kDebug) {
    const auto found = rates_.find(event);
    Rate& rate = found != rates_.end() ? found->second : rates_[std::string(event)];
    const int64_t second = micros / 1'000'000;
    if (std::exchange(rate.second, second) != second) rate.in_second = 0;
    if (++rate.in_second > kLinesPerSecondMax) {
      ++rate.omitted;
      omitted_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    if (const uint64_t omitted = std::exchange(rate.omitted, 0); omitted > 0) {
      fields.emplace_back("omitted", static_cast<int64_t>(omitted));
    }
  }
  std::string line = LineOf(micros, level, event, fields, kLineBytesMax);
  for (size_t bytes_max = 1'024; line.size() > kLineBytesMax && bytes_max > 0; bytes_max /= 2) {
    line = LineOf(micros, level, event, fields, bytes_max);
  }
  if (!Put(line)) dropped_.fetch_add(1, std::memory_order_relaxed);
}

bool Log::Put(std::string_view line) const {
  // A pipe that has room has room for a whole line; a file always has, in this sense.
  pollfd room{descriptor_, POLLOUT, 0};
  if (line.size() > kLineBytesMax || ::poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0) {
    return false;
  }
  ssize_t written = 0;
  do {
    written = ::write(descriptor_, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  return written == static_cast<ssize_t>(line.size());
}

}  // namespace sightline::server
