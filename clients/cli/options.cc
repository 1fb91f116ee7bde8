#include "clients/cli/options.h"

#include <charconv>
#include <system_error>

namespace sightline::cli {

std::optional<Format> ParseFormat(std::string_view name) {
  for (const Format format : {Format::kTable, Format::kCsv, Format::kJson, Format::kJsonLines}) {
    if (name == FormatName(format)) return format;
  }
  return std::nullopt;
}

std::string_view FormatName(Format format) {
  switch (format) {
    case Format::kTable:
      return "table";
    case Format::kCsv:
      return "csv";
    case Format::kJson:
      return "json";
    case Format::kJsonLines:
      return "jsonl";
  }
  return "";
}

std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  constexpr double kWeekMs = 7.0 * 24 * 3600 * 1000;
  double number = 0;
  const auto [rest, failure] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (failure != std::errc()) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<size_t>(rest - text.data()));
  double unit_ms = 0;
  if (unit == "ms") {
    unit_ms = 1;
  } else if (unit.empty() || unit == "s") {
    unit_ms = 1000;
  } else if (unit == "m") {
    unit_ms = 60'000;
  } else if (unit == "h") {
    unit_ms = 3'600'000;
  }
  const double ms = number * unit_ms;
  // Written so that NaN fails as well.
  if (!(ms >= 1 && ms <= kWeekMs)) return std::nullopt;
  return std::chrono::milliseconds(static_cast<int64_t>(ms));
}

}  // namespace sightline::cli
