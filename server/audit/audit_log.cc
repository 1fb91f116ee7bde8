#include "server/audit/audit_log.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "server/audit/audit_files.h"
#include "server/observability/time_text.h"
#include "storage/base/hex.h"

namespace sightline::server {
namespace {

namespace fs = std::filesystem;
using storage::MutexLock;

constexpr int64_t kSyncMicros = 1'000'000;
constexpr std::string_view kHashMember = ",\"hash\":\"";
constexpr size_t kHashDigits = 64;
constexpr uint64_t kDeniedPerSecondMax = 100;
constexpr size_t kTextBytesMax = 1'000;  // Of one member.

// The last record's hash of a log that has none.
const std::string& FirstHash() {
  static const std::string hash(kHashDigits, '0');
  return hash;
}

std::string Sha256Hex(std::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return storage::ToHex({reinterpret_cast<const char*>(digest), sizeof(digest)});
}

// The next member of a JSON object; what is empty, or 0, is left out. Two records are made in each
// call, nearly all of plain letters.
void AppendText(std::string_view name, std::string_view text, std::string* line) {
  if (text.empty()) return;
  text = text.substr(0, kTextBytesMax);
  line->append(",\"").append(name).append("\":");
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c < 0x7F && c != '"' && c != '\\';
  });
  if (is_plain) {
    line->append("\"").append(text).append("\"");
  } else {
    line->append(nlohmann::json(std::string(text))
                     .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
}
void AppendCount(std::string_view name, int64_t count, std::string* line) {
  if (count != 0) line->append(fmt::format(",\"{}\":{}", name, count));
}

struct Line {
  uint64_t number = 0;
  std::string previous, hash;
};

// A line without its end. None when it is no record, or not the one that its hash is of.
std::optional<Line> ReadLine(std::string_view text) {
  if (text.size() < kHashMember.size() + kHashDigits + 2) return std::nullopt;
  const size_t hash_begin = text.size() - kHashDigits - 2;
  if (!text.ends_with("\"}") ||
      text.substr(hash_begin - kHashMember.size(), kHashMember.size()) != kHashMember) {
    return std::nullopt;
  }
  Line line;
  line.hash = text.substr(hash_begin, kHashDigits);
  if (line.hash != Sha256Hex(text.substr(0, hash_begin - kHashMember.size()))) return std::nullopt;
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("n") || !json["n"].is_number_unsigned() ||
      !json.contains("prev") || !json["prev"].is_string()) {
    return std::nullopt;
  }
  line.number = json["n"].get<uint64_t>();
  line.previous = json["prev"].get<std::string>();
  return line;
}

StatusOr<std::string> ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) {
    return Unavailable("The audit log cannot be read: {}", path.string());
  }
  return text;
}

}  // namespace

StatusOr<std::unique_ptr<AuditLog>> AuditLog::Open(const AuditLogOptions& options,
                                                   storage::Clock* clock) {
  if (::mkdir(options.directory.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return Unavailable("The audit log's directory cannot be made: {}: {}", options.directory,
                       std::strerror(errno));
  }
  std::unique_ptr<AuditLog> log(new AuditLog(options, clock));
  MutexLock lock(&log->mutex_);
  SL_RETURN_IF_ERROR(log->OpenLastFile());
  return log;
}

AuditLog::~AuditLog() {
  MutexLock lock(&mutex_);
  if (file_ < 0) return;
  ::fdatasync(file_);
  ::close(file_);
}

Status AuditLog::OpenLastFile() {
  hash_ = FirstHash();
  SL_ASSIGN_OR_RETURN(const auto files, AuditFilesIn(options_.directory));
  if (files.empty()) return StartFile(1);
  const auto& [number, path] = *files.rbegin();
  SL_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const size_t whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  // The last record: of this file, or of the one before when this was begun and nothing written.
  std::string_view last = std::string_view(text).substr(0, whole);
  std::string before;
  if (last.empty() && files.size() > 1) {
    SL_ASSIGN_OR_RETURN(before, ReadFile(std::next(files.rbegin())->second));
    last = before;
  }
  if (!last.empty()) {
    last.remove_suffix(1);
    last = last.substr(last.rfind('\n') == std::string_view::npos ? 0 : last.rfind('\n') + 1);
    const std::optional<Line> line = ReadLine(last);
    if (!line) {
      return DataLoss("The audit log's last record is not what it was written as: {}",
                      path.string());
    }
    record_number_ = line->number;
    hash_ = line->hash;
  }
  file_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file_ < 0 || ::ftruncate(file_, static_cast<off_t>(whole)) != 0) {
    return Unavailable("The audit log cannot be written: {}: {}", path.string(),
                       std::strerror(errno));
  }
  file_number_ = number;
  file_bytes_ = whole;
  if (whole == text.size()) return OkStatus();
  const std::string detail = fmt::format("cut {} bytes of a torn record", text.size() - whole);
  AuditRecord record;
  record.event = "recovered";
  record.detail = detail;
  return AppendLine(record);
}

Status AuditLog::StartFile(uint64_t number) {
  const std::string path = options_.directory + "/" + AuditFileName(number);
  const int file =
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) {
    return Unavailable("The audit log cannot be written: {}: {}", path, std::strerror(errno));
  }
  if (file_ >= 0) {
    ::fdatasync(file_);
    ::close(file_);
  }
  file_ = file;
  file_number_ = number;
  file_bytes_ = 0;
  // The name too.
  if (const int folder = ::open(options_.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
  return OkStatus();
}

Status AuditLog::Append(const AuditRecord& record) {
  MutexLock lock(&mutex_);
  if (record.event == "denied") {
    const int64_t second = clock_->NowMicros() / 1'000'000;
    if (second != denied_second_) denied_in_second_ = 0;
    denied_second_ = second;
    if (++denied_in_second_ > kDeniedPerSecondMax) {
      ++omitted_;
      return OkStatus();
    }
  }
  const Status status = TryAppend(record);
  if (status.ok() == has_failed_) {
    has_failed_ = !status.ok();
    if (options_.log != nullptr && has_failed_) {
      options_.log->Write(LogLevel::kError, "audit_failing", {{"error", MessageOf(status)}});
    } else if (options_.log != nullptr) {
      options_.log->Write(LogLevel::kInfo, "audit_recovered", {});
    }
  }
  return status;
}

Status AuditLog::TryAppend(const AuditRecord& record) {
  if (file_bytes_ >= options_.file_bytes_max) SL_RETURN_IF_ERROR(StartFile(file_number_ + 1));
  return AppendLine(record);
}

Status AuditLog::AppendLine(const AuditRecord& record) {
  const int64_t now = clock_->NowMicros();
  std::string line = fmt::format("{{\"n\":{}", record_number_ + 1);
  AppendText("time", TimeText(now), &line);
  AppendText("event", record.event, &line);
  AppendCount("call", static_cast<int64_t>(record.call), &line);
  AppendText("user", record.user, &line);
  AppendText("token", record.token, &line);
  AppendText("peer", record.peer, &line);
  AppendText("method", record.method, &line);
  AppendText("fingerprint", record.fingerprint, &line);
  AppendText("outcome", record.outcome, &line);
  AppendText("detail", record.detail, &line);
  AppendText("trace", record.trace, &line);
  AppendCount("rows", record.rows, &line);
  AppendCount("added", record.added, &line);
  AppendCount("retracted", record.retracted, &line);
  AppendCount("omitted", static_cast<int64_t>(omitted_), &line);
  AppendText("prev", hash_, &line);
  std::string hash = Sha256Hex(line);
  line.append(kHashMember).append(hash).append("\"}\n");

  size_t written = 0;
  while (written < line.size()) {
    const ssize_t count = ::write(file_, line.data() + written, line.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const int error = errno;
      // Half a record would be taken for one that somebody has changed.
      if (written > 0 && ::ftruncate(file_, static_cast<off_t>(file_bytes_)) != 0) {
        return Unavailable("The audit log is damaged at its end: {}", std::strerror(errno));
      }
      return Unavailable("The audit log cannot be written: {}", std::strerror(error));
    }
    written += static_cast<size_t>(count);
  }
  file_bytes_ += line.size();
  ++record_number_;
  ++records_;
  omitted_ = 0;
  hash_ = std::move(hash);
  if (now < synced_micros_ || now - synced_micros_ >= kSyncMicros) {
    synced_micros_ = now;
    if (::fdatasync(file_) != 0) {
      return Unavailable("The audit log cannot be written: {}", std::strerror(errno));
    }
  }
  return OkStatus();
}

uint64_t AuditLog::NextCall() {
  MutexLock lock(&mutex_);
  return ++call_;
}

std::string AuditLog::head() const {
  MutexLock lock(&mutex_);
  return fmt::format("{} {}", record_number_, hash_);
}

uint64_t AuditLog::records() const {
  MutexLock lock(&mutex_);
  return records_;
}

bool AuditLog::is_failing() const {
  MutexLock lock(&mutex_);
  return has_failed_;
}

StatusOr<AuditVerification> VerifyAuditLog(const std::string& directory) {
  SL_ASSIGN_OR_RETURN(const auto files, AuditFilesIn(directory));
  if (files.empty()) return NotFound("There is no audit log in {}", directory);
  AuditVerification found;
  uint64_t file_before = 0;
  for (const auto& [number, path] : files) {
    const auto problem = [&, &path = path](size_t line, std::string_view what) {
      found.problem = fmt::format("{}:{}: {}", path.string(), line, what);
      return found;
    };
    if (file_before != 0 && number != file_before + 1)
      return problem(1, "a file before is missing");
    file_before = number;
    SL_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
    size_t line_number = 0;
    for (size_t begin = 0; begin < text.size();) {
      ++line_number;
      const size_t end = text.find('\n', begin);
      if (end == std::string::npos) {
        // A server that is running may be writing it.
        if (number == files.rbegin()->first) break;
        return problem(line_number, "the record is torn");
      }
      const std::optional<Line> line = ReadLine(std::string_view(text).substr(begin, end - begin));
      begin = end + 1;
      if (!line) return problem(line_number, "the record is not what it was written as");
      const bool is_first = found.first == 0;
      if (is_first && line->number == 1 && line->previous != FirstHash()) {
        return problem(line_number, "the first record names one before");
      }
      if (!is_first && (line->number != found.last + 1 || line->previous != found.head)) {
        return problem(line_number, "a record before is missing, or is another one");
      }
      if (is_first) found.first = line->number;
      found.last = line->number;
      found.head = line->hash;
    }
  }
  return found;
}

}  // namespace sightline::server
