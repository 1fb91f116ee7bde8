#include "clients/cli/reject_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "clients/cli/json_writer.h"

namespace sightline::cli {

RejectFile::~RejectFile() {
  if (file_ != nullptr) std::fclose(file_);
}

void RejectFile::Begin(const std::string& file_name) {
  file_name_ = file_name;
  begin_ = file_ == nullptr ? 0 : std::ftell(file_);
  count_ = 0;
  failure_.clear();
}

void RejectFile::Add(const v1::RejectedRecord& record) {
  if (!failure_.empty()) return;
  if (file_ == nullptr) file_ = std::fopen(path_.c_str(), "wbe");
  if (file_ == nullptr) return Fail();
  const std::string line = fmt::format(
      "{{\"file\":{},\"line\":{},\"column\":{},\"reason\":{},\"message\":{},\"text\":{}}}\n",
      JsonString(file_name_), record.line(), record.column(), JsonString(record.reason()),
      JsonString(record.message()), JsonString(record.text()));
  if (std::fwrite(line.data(), 1, line.size(), file_) != line.size()) return Fail();
  // As they come: whoever watches the file sees them.
  if (std::fflush(file_) != 0) return Fail();
  ++count_;
}

void RejectFile::Restart() {
  count_ = 0;
  if (file_ == nullptr || !failure_.empty()) return;
  if (std::fseek(file_, begin_, SEEK_SET) != 0 || ::ftruncate(::fileno(file_), begin_) != 0) Fail();
}

void RejectFile::Fail() {
  failure_ = fmt::format("cannot write the reject file {}: {}", path_, std::strerror(errno));
}

}  // namespace sightline::cli
