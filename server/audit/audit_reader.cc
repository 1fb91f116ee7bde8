#include "server/audit/audit_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "server/audit/audit_files.h"
#include "server/observability/time_text.h"

namespace sightline::server {
namespace {

constexpr size_t kBytesAtOnce = 1 << 20;

nlohmann::json Parse(std::string_view line) {
  return nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
}

uint64_t NumberOf(const nlohmann::json& record) {
  const auto number = record.is_object() ? record.find("n") : record.end();
  return number != record.end() && number->is_number_unsigned() ? number->get<uint64_t>() : 0;
}

std::string TextOf(const nlohmann::json& record, const char* name) {
  const auto text = record.is_object() ? record.find(name) : record.end();
  return text != record.end() && text->is_string() ? text->get<std::string>() : "";
}

// Whether all records of a file come before what is wanted, as its successor's first one tells.
bool IsPassedOver(const std::filesystem::path& successor, const AuditFilter& filter) {
  std::ifstream file(successor, std::ios::binary);
  std::string line;
  if (!std::getline(file, line)) return false;
  const nlohmann::json first = Parse(line);
  const uint64_t number = NumberOf(first);
  if (number == 0) return false;
  return number <= filter.after ||
         (filter.since_micros > 0 && TextOf(first, "time") < TimeText(filter.since_micros));
}

// Up to kBytesAtOnce from an offset on. Errors: kUnavailable.
StatusOr<std::string> ReadAt(const std::string& path, uint64_t offset) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return Unavailable("The audit log cannot be read: {}: {}", path, std::strerror(errno));
  }
  std::string bytes(kBytesAtOnce, '\0');
  const ssize_t count = ::pread(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  const int error = errno;
  ::close(file);
  if (count < 0) {
    return Unavailable("The audit log cannot be read: {}: {}", path, std::strerror(error));
  }
  bytes.resize(static_cast<size_t>(count));
  return bytes;
}

}  // namespace

StatusOr<bool> AuditReader::NextFile() {
  SL_ASSIGN_OR_RETURN(const auto files, AuditFilesIn(directory_));
  auto next = file_number_ ? files.upper_bound(*file_number_) : files.begin();
  if (next == files.end()) return false;
  if (!file_number_) {
    for (auto after = std::next(next); after != files.end() && IsPassedOver(after->second, filter_);
         ++after) {
      next = after;
    }
  }
  file_number_ = next->first;
  path_ = next->second.string();
  offset_ = 0;
  return true;
}

StatusOr<AuditReader::Part> AuditReader::Read() {
  Part part;
  if (!file_number_) {
    SL_ASSIGN_OR_RETURN(const bool has_file, NextFile());
    if (!has_file) return NotFound("There is no audit log in {}", directory_);
  }
  // Asked for before the file is read: once there is a next one, this one does not grow any more.
  SL_ASSIGN_OR_RETURN(const auto files, AuditFilesIn(directory_));
  const bool is_last = files.upper_bound(*file_number_) == files.end();
  SL_ASSIGN_OR_RETURN(const std::string bytes, ReadAt(path_, offset_));
  size_t begin = 0;
  for (size_t end = bytes.find('\n'); end != std::string::npos; end = bytes.find('\n', begin)) {
    AuditLine line;
    line.json = bytes.substr(begin, end - begin);
    begin = end + 1;
    if (Passes(line)) {
      line.number = NumberOf(Parse(line.json));
      part.lines.push_back(std::move(line));
    }
  }
  offset_ += begin;
  const bool is_read = begin == 0 && bytes.size() < kBytesAtOnce;  // But for a torn record.
  if (begin == 0 && bytes.size() == kBytesAtOnce) {
    // No record is that long. What it is, somebody else wrote.
    offset_ += bytes.size();
  }
  if (is_read && is_last) part.is_at_end = true;
  if (is_read && !is_last) SL_RETURN_IF_ERROR(NextFile().status());
  return part;
}

bool AuditReader::Passes(const AuditLine& line) const {
  if (filter_.user.empty() && filter_.since_micros == 0 && filter_.after == 0) return true;
  const nlohmann::json record = Parse(line.json);
  if (!record.is_object()) return false;
  return NumberOf(record) > filter_.after &&
         (filter_.user.empty() || TextOf(record, "user") == filter_.user) &&
         (filter_.since_micros == 0 || TextOf(record, "time") >= TimeText(filter_.since_micros));
}

}  // namespace sightline::server
