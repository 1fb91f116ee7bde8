// LogDamage: whether a damaged write-ahead log lost acknowledged commits, or only what was being
// written when the machine stopped.
//
// A disk writes the pages of a file in any order, so that a power cut can leave a hole in a record
// that was not synced yet, and intact records behind it that were not either: one sync serves many
// commits. RocksDB's recovery modes cannot tell that from damage to old records: one refuses both,
// another drops whatever follows without a word. Here the log is read by its format
// (https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format), and every batch says in
// its last bytes up to where the log was known to be durable when the batch was written (a claim).
// An intact record whose claim reaches beyond the beginning of the damage proves that what is
// damaged there was durable once, and may have been acknowledged.
//
// A claim is a place in a log and not a sequence number of RocksDB: the first record of a log has
// none before it that would say which numbers are damaged.
//
// The limit: until the next batch, or until the store is closed, nobody claims for the records that
// were synced last. Damaged, they look like records that were torn; they are dropped.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace rocksdb {
class Env;
}

namespace sightline::storage {

// A place between two records. Later logs have greater numbers.
struct LogPosition {
  uint64_t log = 0;     // Its number.
  uint64_t offset = 0;  // Bytes.
  friend auto operator<=>(const LogPosition&, const LogPosition&) = default;
};

// What the last bytes of a batch are when it is given this as RocksDB's "log data".
std::string EncodeDurableClaim(const LogPosition& durable);
// Of a log record, or of its end; none when it has no claim.
std::optional<LogPosition> DecodeDurableClaim(std::string_view record);

enum class LogDamage {
  kNone,          // Every record is whole, or the last one is cut off.
  kUnsynced,      // What is damaged was never durable, as far as can be told.
  kAcknowledged,  // What is damaged had been durable.
};

// Of the logs' bytes, ascending by number.
class LogInspector {
 public:
  void AddLog(uint64_t number, std::string_view bytes);
  LogDamage damage() const;

 private:
  void Damaged(const LogPosition& begin);
  void RecordFound(std::string_view end);

  std::optional<LogPosition> first_damage_;
  LogPosition claimed_;  // The greatest claim of an intact record.
};

// Reads all logs in the directory. Errors: kUnavailable.
StatusOr<LogDamage> InspectLogs(rocksdb::Env* env, const std::string& directory);

}  // namespace sightline::storage
