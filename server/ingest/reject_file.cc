#include "server/ingest/reject_file.h"

#include <cerrno>
#include <cstring>

#include "server/ingest/json_text.h"

namespace sightline::server {

std::string_view RejectReasonName(RejectReason reason) {
  switch (reason) {
    case RejectReason::kSyntax:
      return "syntax";
    case RejectReason::kEncoding:
      return "encoding";
    case RejectReason::kRecordTooLong:
      return "record-too-long";
    case RejectReason::kNesting:
      return "nesting";
    case RejectReason::kBadId:
      return "bad-id";
    case RejectReason::kTextTooLong:
      return "text-too-long";
    case RejectReason::kUnknownPrefix:
      return "unknown-prefix";
    case RejectReason::kMissingField:
      return "missing-field";
    case RejectReason::kBadField:
      return "bad-field";
    case RejectReason::kDuplicateKey:
      return "duplicate-key";
    case RejectReason::kRefused:
      return "refused";
  }
  return "";
}

RejectFile::~RejectFile() {
  if (file_ != nullptr) std::fclose(file_);
}

Status RejectFile::Write(const std::string& line) {
  if (path_.empty()) return OkStatus();
  if (file_ == nullptr) file_ = std::fopen(path_.c_str(), "wbe");
  if (file_ == nullptr || std::fwrite(line.data(), 1, line.size(), file_) != line.size()) {
    return Unavailable("Cannot write the reject file {}: {}", path_, std::strerror(errno));
  }
  return OkStatus();
}

Status RejectFile::Add(const Reject& reject) {
  std::string line = "{\"file\":";
  AppendJsonString(source_name_, &line);
  line += fmt::format(",\"line\":{},\"column\":{},\"reason\":\"{}\",\"message\":", reject.line,
                      reject.column, RejectReasonName(reject.reason));
  AppendJsonString(reject.message, &line);
  line += ",\"text\":";
  AppendJsonString(reject.text.substr(0, kRejectTextBytesMax), &line);
  line += "}\n";

  const storage::MutexLock lock(&mutex_);
  if (count_ == 0) {
    first_ = fmt::format("{}{}line {}, column {}: {} ({})", source_name_,
                         source_name_.empty() ? "" : ", ", reject.line, reject.column,
                         reject.message, RejectReasonName(reject.reason));
  }
  ++count_;
  if (listener_) listener_(reject);
  SL_RETURN_IF_ERROR(Write(line));
  if (count_ > limit_) {
    if (file_ != nullptr) std::fflush(file_);
    return FailedPrecondition("More than {} records rejected; the first: {}", limit_, first_);
  }
  return OkStatus();
}

Status RejectFile::Finish() {
  const storage::MutexLock lock(&mutex_);
  if (file_ != nullptr && std::fflush(file_) != 0) {
    return Unavailable("Cannot write the reject file {}: {}", path_, std::strerror(errno));
  }
  return OkStatus();
}

uint64_t RejectFile::count() const {
  const storage::MutexLock lock(&mutex_);
  return count_;
}

std::string RejectFile::first() const {
  const storage::MutexLock lock(&mutex_);
  return first_;
}

}  // namespace sightline::server
