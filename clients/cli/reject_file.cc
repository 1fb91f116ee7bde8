#include "clients/cli/reject_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "clients/cli/json_writer.h"

namespace sightline::cli {

RejectFile::~RejectFile() {
  if (file_ != nullptr) std::fclose(file_);
}

std::optional<std::string> RejectFile::Add(const std::string& file_name,
                                           const v1::LoadFileResponse& response) {
  if (response.first_rejects().empty()) return std::nullopt;
  if (file_ == nullptr) file_ = std::fopen(path_.c_str(), "wbe");
  bool is_written = file_ != nullptr;
  for (const v1::RejectedRecord& record : response.first_rejects()) {
    if (!is_written) break;
    const std::string line = fmt::format(
        "{{\"file\":{},\"line\":{},\"column\":{},\"reason\":{},\"message\":{},\"text\":{}}}\n",
        JsonString(file_name), record.line(), record.column(), JsonString(record.reason()),
        JsonString(record.message()), JsonString(record.text()));
    is_written = std::fwrite(line.data(), 1, line.size(), file_) == line.size();
  }
  if (is_written) is_written = std::fflush(file_) == 0;
  if (is_written) return std::nullopt;
  return fmt::format("cannot write the reject file {}: {}", path_, std::strerror(errno));
}

}  // namespace sightline::cli
