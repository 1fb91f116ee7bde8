#include "clients/cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <system_error>
#include <utility>

namespace sightline::cli {
namespace {

constexpr std::array<std::pair<std::string_view, v1::FileFormat>, 9> kFileFormats = {{
    {"slql", v1::FILE_FORMAT_SLQL},
    {"ntriples", v1::FILE_FORMAT_NTRIPLES},
    {"nquads", v1::FILE_FORMAT_NQUADS},
    {"turtle", v1::FILE_FORMAT_TURTLE},
    {"trig", v1::FILE_FORMAT_TRIG},
    {"ftm", v1::FILE_FORMAT_FTM_ENTITIES},
    {"statement-csv", v1::FILE_FORMAT_STATEMENT_CSV},
    {"statement-pack", v1::FILE_FORMAT_STATEMENT_PACK},
    {"statement-jsonl", v1::FILE_FORMAT_STATEMENT_JSONL},
}};

constexpr std::array<std::pair<std::string_view, v1::TlpLabel>, 6> kTlpLabels = {{
    {"CLEAR", v1::TLP_LABEL_CLEAR},
    {"WHITE", v1::TLP_LABEL_CLEAR},  // CLEAR's name in TLP 1.0.
    {"GREEN", v1::TLP_LABEL_GREEN},
    {"AMBER", v1::TLP_LABEL_AMBER},
    {"AMBER+STRICT", v1::TLP_LABEL_AMBER_STRICT},
    {"RED", v1::TLP_LABEL_RED},
}};

constexpr std::array<std::pair<std::string_view, Format>, 10> kFormats = {{
    {"table", Format::kTable},
    {"vertical", Format::kVertical},
    {"csv", Format::kCsv},
    {"tsv", Format::kTsv},
    {"json", Format::kJson},
    {"jsonl", Format::kJsonLines},
    {"markdown", Format::kMarkdown},
    {"dot", Format::kDot},
    {"graphml", Format::kGraphml},
    {"gexf", Format::kGexf},
}};

}  // namespace

std::optional<Format> ParseFormat(std::string_view name) {
  for (const auto& [known, format] : kFormats) {
    if (name == known) return format;
  }
  return std::nullopt;
}

std::string_view FormatName(Format format) {
  for (const auto& [name, known] : kFormats) {
    if (format == known) return name;
  }
  return "";
}

std::string FormatNames() {
  std::string names;
  for (const auto& [name, format] : kFormats) {
    if (!names.empty()) names += ", ";
    names += name;
  }
  return names;
}

bool IsForEveryCommand(Format format) {
  return format == Format::kTable || format == Format::kCsv || format == Format::kJson ||
         format == Format::kJsonLines;
}

std::optional<v1::FileFormat> ParseFileFormat(std::string_view name) {
  for (const auto& [known, format] : kFileFormats) {
    if (name == known) return format;
  }
  return std::nullopt;
}

std::string FileFormatNames() {
  std::string names;
  for (const auto& [name, format] : kFileFormats) {
    if (!names.empty()) names += ", ";
    names += name;
  }
  return names;
}

std::optional<v1::TlpLabel> ParseTlpLabel(std::string_view label) {
  std::string upper(label);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (upper.starts_with("TLP:")) upper.erase(0, 4);
  for (const auto& [known, value] : kTlpLabels) {
    if (upper == known) return value;
  }
  return std::nullopt;
}

std::string TlpLabelText(v1::TlpLabel label) {
  for (const auto& [known, value] : kTlpLabels) {
    if (value == label) return fmt::format("TLP:{}", known);
  }
  return "TLP:CLEAR";
}

std::optional<v1::Role> ParseRole(std::string_view name) {
  for (const v1::Role role : {v1::ROLE_READER, v1::ROLE_WRITER, v1::ROLE_ADMINISTRATOR}) {
    if (name == RoleName(role)) return role;
  }
  return std::nullopt;
}

std::string_view RoleName(v1::Role role) {
  switch (role) {
    case v1::ROLE_WRITER:
      return "writer";
    case v1::ROLE_ADMINISTRATOR:
      return "administrator";
    default:
      return "reader";
  }
}

std::optional<std::chrono::seconds> ParseLifetime(std::string_view text) {
  if (text == "never") return std::chrono::seconds(0);
  constexpr int64_t kSecondsMax = 10ll * 366 * 86'400;
  int64_t number = 0;
  const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || number < 1 || rest + 1 != text.data() + text.size()) {
    return std::nullopt;
  }
  const int64_t unit = *rest == 's'   ? 1
                       : *rest == 'm' ? 60
                       : *rest == 'h' ? 3'600
                       : *rest == 'd' ? 86'400
                                      : 0;
  if (unit == 0 || number > kSecondsMax / unit) return std::nullopt;
  return std::chrono::seconds(number * unit);
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
