#include "storage/kv/kv_backup.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/utilities/backup_engine.h>
#include <rocksdb/utilities/checkpoint.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <memory>
#include <string_view>
#include <utility>

#include "storage/kv/rocks_status.h"
#include "storage/kv/store_directory.h"

namespace sightline::storage {
namespace {

constexpr std::string_view kLockName = "BACKUPS.lock";
constexpr std::string_view kMetadataHead = "sightline store, format ";
// Between two looks at whether a backup is still wanted.
constexpr uint64_t kProgressBytes = 1 << 20;

// What RocksDB's backup engine keeps in its directory.
bool IsOfBackups(std::string_view name) {
  return name == "." || name == ".." || name == "lost+found" || name == kLockName ||
         name == "meta" || name == "private" || name == "shared" || name == "shared_checksum";
}

rocksdb::Env* OrDefault(rocksdb::Env* env) {
  return env != nullptr ? env : rocksdb::Env::Default();
}

StatusOr<uint32_t> FormatOf(const rocksdb::BackupInfo& info) {
  uint32_t version = 0;
  const std::string_view text = info.app_metadata;
  if (text.starts_with(kMetadataHead)) {
    const char* end = text.data() + text.size();
    const auto [after, error] = std::from_chars(text.data() + kMetadataHead.size(), end, version);
    if (error == std::errc() && after == end) return version;
  }
  return DataLoss("Backup {} does not say that it is of a store of ours", info.backup_id);
}

StatusOr<KvBackup> BackupOf(const rocksdb::BackupInfo& info) {
  SL_ASSIGN_OR_RETURN(const uint32_t format, FormatOf(info));
  return KvBackup{info.backup_id, info.timestamp, info.size, format};
}

// Whether a directory is one of backups, or may become one.
Status CheckDirectory(rocksdb::Env* env, const std::string& path, bool create_if_missing) {
  if (path.empty()) return InvalidArgument("The path of the backups is empty");
  if (env->FileExists(path).IsNotFound()) {
    if (!create_if_missing) return NotFound("There are no backups at {}", path);
    SL_RETURN_IF_ERROR(FromRocks("Making the directory of the backups", env->CreateDir(path)));
    SL_RETURN_IF_ERROR(SyncParentOf(env, path));
  }
  std::vector<std::string> names;
  SL_RETURN_IF_ERROR(
      FromRocks("Reading the directory of the backups", env->GetChildren(path, &names)));
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    if (IsOfBackups(name)) continue;
    return FailedPrecondition(
        "The directory holds files that are not backups (the first is '{}'); choose an empty or "
        "a new directory: {}",
        name, path);
  }
  if (!create_if_missing && !std::binary_search(names.begin(), names.end(), "meta")) {
    return NotFound("There are no backups at {}", path);
  }
  return OkStatus();
}

// A directory of backups, locked and opened.
class BackupDirectory {
 public:
  static StatusOr<std::unique_ptr<BackupDirectory>> Open(rocksdb::Env* env, const std::string& path,
                                                         bool create_if_missing) {
    SL_RETURN_IF_ERROR(CheckDirectory(env, path, create_if_missing));
    auto directory = std::unique_ptr<BackupDirectory>(new BackupDirectory(env));
    const rocksdb::Status locked =
        env->LockFile(fmt::format("{}/{}", path, kLockName), &directory->lock_);
    if (!locked.ok()) {
      directory->lock_ = nullptr;
      return FailedPrecondition("The backups are in use, or cannot be locked: {}: {}", path,
                                locked.ToString());
    }
    rocksdb::BackupEngineOptions options(path, env);
    // Names by the table's own unique id: a restored store that has gone on shares no name.
    options.share_files_with_checksum = true;
    options.callback_trigger_interval_size = kProgressBytes;
    rocksdb::BackupEngine* engine = nullptr;
    SL_RETURN_IF_ERROR(
        FromRocks("Opening the backups", rocksdb::BackupEngine::Open(env, options, &engine)));
    directory->engine_.reset(engine);
    return directory;
  }
  ~BackupDirectory() {
    engine_.reset();
    if (lock_ != nullptr) env_->UnlockFile(lock_).PermitUncheckedError();
  }

  rocksdb::BackupEngine& engine() { return *engine_; }

  // Errors: kNotFound; kDataLoss when it is there and its list of files is damaged.
  StatusOr<rocksdb::BackupInfo> Find(uint32_t id) {
    rocksdb::BackupInfo info;
    const rocksdb::Status found = engine_->GetBackupInfo(id, &info);
    if (found.IsNotFound()) return NotFound("There is no backup {}", id);
    SL_RETURN_IF_ERROR(FromRocks("Reading the list of the backups", found));
    return info;
  }

 private:
  explicit BackupDirectory(rocksdb::Env* env) : env_(env) {}

  rocksdb::Env* const env_;
  rocksdb::FileLock* lock_ = nullptr;
  std::unique_ptr<rocksdb::BackupEngine> engine_;
};

}  // namespace

StatusOr<std::vector<KvBackup>> ListKvBackups(rocksdb::Env* env,
                                              const std::string& backup_directory) {
  env = OrDefault(env);
  SL_RETURN_IF_ERROR(CheckDirectory(env, backup_directory, false));
  // Reads only, so that it needs no lock: each list of files is renamed into place.
  rocksdb::BackupEngineReadOnly* opened = nullptr;
  SL_RETURN_IF_ERROR(
      FromRocks("Opening the backups",
                rocksdb::BackupEngineReadOnly::Open(
                    env, rocksdb::BackupEngineOptions(backup_directory, env), &opened)));
  const std::unique_ptr<rocksdb::BackupEngineReadOnly> engine(opened);
  std::vector<rocksdb::BackupInfo> infos;
  engine->GetBackupInfo(&infos);
  std::vector<KvBackup> backups;
  for (const rocksdb::BackupInfo& info : infos) {
    SL_ASSIGN_OR_RETURN(const KvBackup backup, BackupOf(info));
    backups.push_back(backup);
  }
  std::sort(backups.begin(), backups.end(),
            [](const KvBackup& a, const KvBackup& b) { return a.id < b.id; });
  return backups;
}

Status VerifyKvBackup(rocksdb::Env* env, const std::string& backup_directory, uint32_t id) {
  SL_ASSIGN_OR_RETURN(const auto directory,
                      BackupDirectory::Open(OrDefault(env), backup_directory, false));
  SL_RETURN_IF_ERROR(directory->Find(id).status());
  const rocksdb::Status verified =
      directory->engine().VerifyBackup(id, /*verify_with_checksum=*/true);
  if (verified.IsNotFound()) return DataLoss("Backup {} lacks a file: {}", id, verified.ToString());
  return FromRocks(fmt::format("Verifying backup {}", id), verified);
}

Status RestoreKvBackup(rocksdb::Env* env_or_null, const std::string& backup_directory, uint32_t id,
                       const std::string& target, uint32_t format_version) {
  rocksdb::Env* const env = OrDefault(env_or_null);
  SL_ASSIGN_OR_RETURN(const auto directory, BackupDirectory::Open(env, backup_directory, false));
  SL_ASSIGN_OR_RETURN(const rocksdb::BackupInfo info, directory->Find(id));
  SL_ASSIGN_OR_RETURN(const uint32_t format, FormatOf(info));
  if (format > format_version) {
    return FailedPrecondition("Backup {} has format {}, and this program reads up to format {}", id,
                              format, format_version);
  }
  SL_RETURN_IF_ERROR(MakeEmptyDirectory(env, target));
  const rocksdb::Status restored =
      directory->engine().RestoreDBFromBackup(rocksdb::RestoreOptions(), id, target, target);
  if (restored.IsNotFound()) return DataLoss("Backup {} lacks a file: {}", id, restored.ToString());
  SL_RETURN_IF_ERROR(FromRocks(fmt::format("Restoring backup {}", id), restored));
  return WriteMarker(env, target, format);
}

Status CheckpointDatabase(rocksdb::DB* db, const std::string& directory, uint32_t format_version) {
  rocksdb::Env* const env = db->GetEnv();
  if (directory.empty()) return InvalidArgument("The path of the checkpoint is empty");
  if (!env->FileExists(directory).IsNotFound()) {
    return FailedPrecondition("A checkpoint needs a directory that is not there yet: {}",
                              directory);
  }
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(db, &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(directory);
  SL_RETURN_IF_ERROR(FromRocks("Making a checkpoint", status));
  return WriteMarker(env, directory, format_version);
}

StatusOr<KvBackup> BackUpDatabase(rocksdb::DB* db, const std::string& backup_directory,
                                  const KvBackupOptions& options, uint32_t format_version) {
  if (options.keep == 0) return InvalidArgument("At least one backup must be kept");
  SL_ASSIGN_OR_RETURN(const auto directory,
                      BackupDirectory::Open(db->GetEnv(), backup_directory, true));
  rocksdb::BackupEngine& engine = directory->engine();
  rocksdb::CreateBackupOptions create;
  // Else the log would be copied, which no two backups share.
  create.flush_before_backup = true;
  std::atomic<uint64_t> bytes{0};
  create.progress_callback = [&] {
    const uint64_t copied = bytes.fetch_add(kProgressBytes) + kProgressBytes;
    if (options.progress) options.progress(copied);
    if (options.cancellation != nullptr && !options.cancellation->Check().ok()) engine.StopBackup();
  };
  if (options.cancellation != nullptr) SL_RETURN_IF_ERROR(options.cancellation->Check());
  rocksdb::BackupID id = 0;
  const rocksdb::Status made = engine.CreateNewBackupWithMetadata(
      create, db, fmt::format("{}{}", kMetadataHead, format_version), &id);
  if (made.IsIncomplete() && options.cancellation != nullptr) {
    SL_RETURN_IF_ERROR(options.cancellation->Check());
  }
  SL_RETURN_IF_ERROR(FromRocks("Making a backup", made));
  SL_RETURN_IF_ERROR(FromRocks("Deleting old backups", engine.PurgeOldBackups(options.keep)));
  SL_ASSIGN_OR_RETURN(const rocksdb::BackupInfo info, directory->Find(id));
  return BackupOf(info);
}

}  // namespace sightline::storage
