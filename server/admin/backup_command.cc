#include "server/admin/backup_command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

#include "server/admin/progress_line.h"
#include "storage/maintenance/backup.h"
#include "storage/store.h"

namespace sightline::server {
namespace {

AdminExitCode Failed(const Status& status, std::FILE* errors) {
  fmt::print(errors, "sightline-admin: {}\n", MessageOf(status));
  return status.code() == StatusCode::kDataLoss ? AdminExitCode::kFindings : AdminExitCode::kFailed;
}

void Print(const storage::BackupInfo& backup, std::FILE* out) {
  fmt::print(out, "backup {}  {:%Y-%m-%dT%H:%M:%SZ}  {}\n", backup.id,
             fmt::gmtime(static_cast<std::time_t>(backup.seconds)), ByteText(backup.bytes));
}

}  // namespace

AdminExitCode RunBackup(const std::string& directory, const std::string& backup_directory,
                        uint32_t keep, std::FILE* out, std::FILE* errors) {
  storage::StoreOptions options;
  options.create_if_missing = false;
  options.compacts_in_background = false;
  const auto store = storage::Store::Open(directory, options);
  if (!store.ok()) return Failed(store.status(), errors);
  const StatusOr<storage::BackupInfo> backup = (*store)->Backup(backup_directory, {.keep = keep});
  if (!backup.ok()) return Failed(backup.status(), errors);
  Print(*backup, out);
  return AdminExitCode::kDone;
}

AdminExitCode RunListBackups(const std::string& backup_directory, bool verify, std::FILE* out,
                             std::FILE* errors) {
  const auto backups = storage::ListBackups(backup_directory);
  if (!backups.ok()) return Failed(backups.status(), errors);
  for (const storage::BackupInfo& backup : *backups) {
    Print(backup, out);
    if (!verify) continue;
    const StatusOr<uint32_t> verified = storage::VerifyBackup(backup_directory, backup.id);
    if (!verified.ok()) return Failed(verified.status(), errors);
  }
  if (verify) fmt::print(out, "{} backups, all checksums agree\n", backups->size());
  return AdminExitCode::kDone;
}

AdminExitCode RunRestore(const std::string& backup_directory, std::optional<uint32_t> id,
                         const std::string& directory, std::FILE* out, std::FILE* errors) {
  const StatusOr<uint32_t> restored =
      storage::RestoreBackup(backup_directory, id, directory, storage::kFormatVersion);
  if (!restored.ok()) return Failed(restored.status(), errors);
  fmt::print(out, "backup {} restored to {}\n", *restored, directory);
  return AdminExitCode::kDone;
}

}  // namespace sightline::server
