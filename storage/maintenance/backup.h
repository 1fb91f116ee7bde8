// Backups: made by Store::Backup, listed, verified and restored without a store open.
//
// A backup directory holds many backups of one store, which share the files that they have in
// common: a second backup copies what is new. Every file has a checksum, which restoring compares
// too. A backup that was cut short is not listed, and what there is of it goes with the next one; a
// restore that was cut short leaves a directory that no program takes for a store.
//
// Thread safety: safe from any thread. One process at a time works on a backup directory.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/status.h"
#include "storage/kv/kv_backup.h"

namespace sightline::storage {

using BackupInfo = KvBackup;
using BackupOptions = KvBackupOptions;

// Oldest first; none is incomplete. Also while a backup is being made. `env` as KvOptions::env; so
// below. Errors: kNotFound when there is no such directory; kFailedPrecondition when it holds
// something else; kUnavailable.
StatusOr<std::vector<BackupInfo>> ListBackups(const std::string& backup_directory,
                                              rocksdb::Env* env = nullptr);

// Reads all files of a backup (none given: the newest) and compares their checksums. Gives the
// backup's number. Errors: as above; kFailedPrecondition also when the directory is in use;
// kNotFound when there is no such backup; kDataLoss.
StatusOr<uint32_t> VerifyBackup(const std::string& backup_directory, std::optional<uint32_t> id,
                                rocksdb::Env* env = nullptr);

// Makes a store of a backup (none given: the newest) at `target`, which must be empty or not there.
// Gives the backup's number. Errors: as above; kFailedPrecondition for a target that holds
// anything, or a backup of a newer format.
StatusOr<uint32_t> RestoreBackup(const std::string& backup_directory, std::optional<uint32_t> id,
                                 const std::string& target, uint32_t format_version,
                                 rocksdb::Env* env = nullptr);

}  // namespace sightline::storage
