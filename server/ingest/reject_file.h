// RejectFile: what an import could not take, one JSON object a line, and the limit on how much.
//
//   {"file":"a.nt","line":7,"column":12,"reason":"syntax","message":"...","text":"<a> <b> ."}
//
// Thread-safe.

#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "storage/base/mutex.h"
#include "storage/base/status.h"

namespace sightline::server {

// Stable: docs/import.md lists their names.
enum class RejectReason : uint8_t {
  kSyntax,         // "syntax": not what the format's grammar allows
  kEncoding,       // "encoding": not UTF-8
  kRecordTooLong,  // "record-too-long": over kRecordBytesMax
  kNesting,        // "nesting": brackets deeper than the limit
  kBadId,          // "bad-id": cannot be an external id
  kTextTooLong,    // "text-too-long": over 64 KiB
  kUnknownPrefix,  // "unknown-prefix": of a Turtle name
  kMissingField,   // "missing-field"
  kBadField,       // "bad-field": a field's value is not what the field takes
  kDuplicateKey,   // "duplicate-key": a JSON object names a key twice
  kRefused,        // "refused": by the store; the message has its words
};
std::string_view RejectReasonName(RejectReason reason);

struct Reject {
  uint64_t line = 0;    // From 1; 0 when not known.
  uint64_t column = 0;  // In bytes, from 1; 0 when the whole line is meant.
  RejectReason reason = RejectReason::kSyntax;
  std::string message;
  std::string_view text;  // What was rejected, or its beginning.
};

inline constexpr size_t kRejectTextBytesMax = 4 << 10;

class RejectFile {
 public:
  // Rejects beyond `limit` end the import. An empty path writes none, and only counts. The file is
  // made with the first reject; an older one is replaced. Errors come with the first reject.
  RejectFile(std::string path, uint64_t limit) : path_(std::move(path)), limit_(limit) {}
  ~RejectFile();
  RejectFile(const RejectFile&) = delete;
  RejectFile& operator=(const RejectFile&) = delete;

  // Told of each reject too, one at a time, from any of the import's threads. Call before the
  // first.
  void SetListener(std::function<void(const Reject&)> listener) { listener_ = std::move(listener); }

  // Of the rejects to come. Call between files, not while one is being imported.
  void SetSourceName(std::string name) { source_name_ = std::move(name); }

  // Errors: kFailedPrecondition when this is one too many, kUnavailable when the file cannot be
  // written.
  Status Add(const Reject& reject);
  // Everything to the disk. Errors: kUnavailable.
  Status Finish();

  uint64_t count() const;
  // "line 7, column 12: ..."; empty when there is none.
  std::string first() const;

 private:
  Status Write(const std::string& line) SL_REQUIRES(mutex_);

  const std::string path_;
  const uint64_t limit_;
  std::function<void(const Reject&)> listener_;
  std::string source_name_;
  mutable storage::Mutex mutex_;
  std::FILE* file_ SL_GUARDED_BY(mutex_) = nullptr;
  uint64_t count_ SL_GUARDED_BY(mutex_) = 0;
  std::string first_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::server
