#include "server/ingest/format.h"

#include <fmt/ranges.h>

#include <array>
#include <string>
#include <vector>

namespace sightline::server {
namespace {

struct FormatEntry {
  FileFormat format;
  std::string_view name;
  std::vector<std::string_view> extensions;
};

const std::vector<FormatEntry>& Formats() {
  static const std::vector<FormatEntry> kFormats = {
      {FileFormat::kNTriples, "ntriples", {".nt"}},
      {FileFormat::kNQuads, "nquads", {".nq"}},
      {FileFormat::kTurtle, "turtle", {".ttl"}},
      {FileFormat::kTriG, "trig", {".trig"}},
      {FileFormat::kFtmEntities, "ftm", {".ftm.json", ".ftm", ".ijson"}},
      {FileFormat::kStatementCsv, "statement-csv", {".statements.csv"}},
      {FileFormat::kStatementPack, "statement-pack", {".statements.pack", ".pack"}},
      {FileFormat::kStatementJsonl, "statement-jsonl", {".statements.jsonl", ".sljsonl"}},
      {FileFormat::kSlql, "slql", {".slql"}},
  };
  return kFormats;
}

std::string FormatNames() {
  std::vector<std::string_view> names;
  for (const FormatEntry& entry : Formats()) names.push_back(entry.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string_view WithoutFolder(std::string_view file_name) {
  const size_t slash = file_name.rfind('/');
  return slash == std::string_view::npos ? file_name : file_name.substr(slash + 1);
}

std::string_view WithoutCompression(std::string_view file_name) {
  for (const std::string_view extension : {".gz", ".zst"}) {
    if (file_name.ends_with(extension)) {
      file_name.remove_suffix(extension.size());
      break;
    }
  }
  return file_name;
}

}  // namespace

std::string_view FileFormatName(FileFormat format) {
  for (const FormatEntry& entry : Formats()) {
    if (entry.format == format) return entry.name;
  }
  return "automatic";
}

StatusOr<FileFormat> ParseFileFormat(std::string_view name) {
  for (const FormatEntry& entry : Formats()) {
    if (entry.name == name) return entry.format;
  }
  return InvalidArgument("There is no file format '{}'. There are: {}", name, FormatNames());
}

StatusOr<FileFormat> FormatOfFileName(std::string_view file_name) {
  const std::string_view base = WithoutCompression(WithoutFolder(file_name));
  for (const FormatEntry& entry : Formats()) {
    for (const std::string_view extension : entry.extensions) {
      if (base.ends_with(extension)) return entry.format;
    }
  }
  return InvalidArgument(
      "The name of the file does not tell its format: {}. Say it with --format: {}", file_name,
      FormatNames());
}

std::string_view FileStem(std::string_view file_name) {
  const std::string_view whole = WithoutFolder(file_name);
  const std::string_view base = WithoutCompression(whole);
  std::string_view stem = base;
  for (const FormatEntry& entry : Formats()) {
    for (const std::string_view extension : entry.extensions) {
      // The longest extension that fits: ".statements.pack" rather than ".pack".
      if (base.ends_with(extension) && base.size() - extension.size() < stem.size()) {
        stem = base.substr(0, base.size() - extension.size());
      }
    }
  }
  if (stem.size() == base.size()) {
    const size_t dot = base.rfind('.');
    if (dot != std::string_view::npos) stem = base.substr(0, dot);
  }
  return stem.empty() ? whole : stem;
}

}  // namespace sightline::server
