// AuditLog: who asked what and when, in a form that shows when somebody has changed it.
//
// One line of JSON a record, in files audit-000001.jsonl, audit-000002.jsonl and so on, each for
// its owner alone. Records count from 1; each has the SHA-256 (FIPS 180-4) of its own line up to
// there, and the line holds the hash of the record before: whoever changes, removes or moves a
// record has to write all later ones anew. That the end was cut off shows only to who has noted a
// later hash (head()).
//
// A record is with the operating system when Append returns, and on the disk a second later at the
// next one, or when the log is closed: it survives a crash of the process, and of the machine but
// for the last second. What a crash tore is cut off at the next start, which a record tells.
//
// No query text, value or secret is in it: of a query, its fingerprint.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/observability/log.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"

namespace sightline::server {

// What a record says; what is empty, or 0, is left out.
struct AuditRecord {
  std::string_view event;  // "begin", "end", "denied", "recovered"
  uint64_t call = 0;       // Joins a call's begin and end; NextCall() gives it.
  std::string_view user;
  std::string_view token;   // Its id.
  std::string_view peer;    // "127.0.0.1:41234"
  std::string_view method;  // "/sightline.v1.QueryService/ExecuteQuery"
  std::string_view fingerprint;
  std::string_view outcome;  // The status code's name: "OK", "PERMISSION_DENIED".
  int64_t rows = 0;          // Shown.
  int64_t added = 0;         // Statements.
  int64_t retracted = 0;
  std::string_view detail;  // "user mia", for changes of users and tokens.
  std::string_view trace;   // The trace that the call belongs to: 32 hexadecimal digits.
};

struct AuditLogOptions {
  std::string directory;  // Made when it is missing.
  uint64_t file_bytes_max = 64 << 20;
  Log* log = nullptr;  // Told when it cannot be written, and when it can again. May be null.
};

// Thread safety: safe from any thread.
class AuditLog {
 public:
  // Errors: kUnavailable when the directory cannot be written; kDataLoss when the last file's last
  // record is not what its hash says.
  static StatusOr<std::unique_ptr<AuditLog>> Open(const AuditLogOptions& options,
                                                  storage::Clock* clock);
  // Makes all of it durable.
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // Of more than 100 "denied" in a second only the first are written; the next record says how many
  // were left out, so that a flood of wrong tokens does not fill the disk.
  //
  // kUnavailable when it could not be written; then nothing of it is there, and the next one is
  // tried anew. Tells the log, once until it can be again.
  Status Append(const AuditRecord& record);

  const std::string& directory() const { return options_.directory; }

  uint64_t NextCall();
  // The last record's number and hash: "812 9f86d0...".
  std::string head() const;
  uint64_t records() const;  // Written since the log was opened.
  bool is_failing() const;   // Whether the last one could not be written.

 private:
  AuditLog(const AuditLogOptions& options, storage::Clock* clock)
      : options_(options), clock_(clock) {}

  Status OpenLastFile() SL_REQUIRES(mutex_);
  Status StartFile(uint64_t number) SL_REQUIRES(mutex_);
  Status TryAppend(const AuditRecord& record) SL_REQUIRES(mutex_);
  Status AppendLine(const AuditRecord& record) SL_REQUIRES(mutex_);

  const AuditLogOptions options_;
  storage::Clock* const clock_;
  mutable storage::Mutex mutex_;
  int file_ SL_GUARDED_BY(mutex_) = -1;
  uint64_t file_number_ SL_GUARDED_BY(mutex_) = 0;
  uint64_t file_bytes_ SL_GUARDED_BY(mutex_) = 0;
  uint64_t record_number_ SL_GUARDED_BY(mutex_) = 0;  // Of the last one.
  std::string hash_ SL_GUARDED_BY(mutex_);            // Of the last one.
  int64_t synced_micros_ SL_GUARDED_BY(mutex_) = 0;
  uint64_t call_ SL_GUARDED_BY(mutex_) = 0;
  int64_t denied_second_ SL_GUARDED_BY(mutex_) = 0;
  uint64_t denied_in_second_ SL_GUARDED_BY(mutex_) = 0;
  uint64_t omitted_ SL_GUARDED_BY(mutex_) = 0;  // Since the last record.
  uint64_t records_ SL_GUARDED_BY(mutex_) = 0;
  bool has_failed_ SL_GUARDED_BY(mutex_) = false;
};

// What a look through a log has found.
struct AuditVerification {
  uint64_t first = 0;  // The number of the first record there is; older files may be elsewhere.
  uint64_t last = 0;
  std::string head;     // The last one's hash.
  std::string problem;  // With file and line; empty when all records follow from one another.
};
// Reads all of a log, also one that is in use. Errors: kNotFound when there is none; kUnavailable.
StatusOr<AuditVerification> VerifyAuditLog(const std::string& directory);

}  // namespace sightline::server
