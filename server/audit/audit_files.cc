#include "server/audit/audit_files.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <system_error>

namespace sightline::server {

namespace fs = std::filesystem;

std::string AuditFileName(uint64_t number) { return fmt::format("audit-{:06}.jsonl", number); }

StatusOr<std::map<uint64_t, fs::path>> AuditFilesIn(const std::string& directory) {
  std::map<uint64_t, fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    constexpr std::string_view kPrefix = "audit-";
    if (!name.starts_with(kPrefix) || !name.ends_with(".jsonl")) continue;
    uint64_t number = 0;
    const char* begin = name.data() + kPrefix.size();
    const char* stop = name.data() + name.size() - 6;
    const auto [rest, failure] = std::from_chars(begin, stop, number);
    if (failure == std::errc() && rest == stop) files.emplace(number, entry->path());
  }
  if (error == std::errc::no_such_file_or_directory) {
    return NotFound("There is no audit log in {}", directory);
  }
  if (error) return Unavailable("The audit log cannot be read: {}", error.message());
  return files;
}

}  // namespace sightline::server
