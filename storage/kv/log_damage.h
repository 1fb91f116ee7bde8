// LogDamage: whether a damaged write-ahead log lost acknowledged commits, or only the one record
// that was being written when the machine stopped.
//
// A disk writes the pages of one large record in any order, so that a record torn by a power cut
// can have its end on disk and a hole in its middle. RocksDB's recovery modes cannot tell that from
// damage to old records: one refuses both, another drops whatever follows without a word. Here the
// log is read by its format (https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format):
// commits are synced one after the other, so that an intact record behind the damage proves that
// the damaged one had been acknowledged. (Commits that were not synced, Durability::kRelaxed, can
// look the same.)

#pragma once

#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace rocksdb {
class Env;
}

namespace sightline::storage {

enum class LogDamage {
  kNone,        // Every record is whole, or the last one is cut off.
  kLastRecord,  // Nothing intact follows the damage: it was never acknowledged, as far as can be
                // told.
  kMiddle,      // Intact records follow: acknowledged commits are damaged.
};

// Of the logs' bytes, oldest first.
class LogInspector {
 public:
  void AddLog(std::string_view bytes);
  LogDamage damage() const { return damage_; }

 private:
  void Damaged();
  void RecordFound();

  LogDamage damage_ = LogDamage::kNone;
};

// Reads all logs in the directory. Errors: kUnavailable.
StatusOr<LogDamage> InspectLogs(rocksdb::Env* env, const std::string& directory);

}  // namespace sightline::storage
