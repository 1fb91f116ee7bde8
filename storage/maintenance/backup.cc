#include "storage/maintenance/backup.h"

namespace sightline::storage {
namespace {

StatusOr<uint32_t> IdOr(std::optional<uint32_t> id, const std::string& backup_directory,
                        rocksdb::Env* env) {
  if (id) return *id;
  SL_ASSIGN_OR_RETURN(const auto backups, ListBackups(backup_directory, env));
  if (backups.empty()) return NotFound("There are no backups at {}", backup_directory);
  return backups.back().id;
}

}  // namespace

StatusOr<std::vector<BackupInfo>> ListBackups(const std::string& backup_directory,
                                              rocksdb::Env* env) {
  return ListKvBackups(env, backup_directory);
}

StatusOr<uint32_t> VerifyBackup(const std::string& backup_directory, std::optional<uint32_t> id,
                                rocksdb::Env* env) {
  SL_ASSIGN_OR_RETURN(const uint32_t number, IdOr(id, backup_directory, env));
  SL_RETURN_IF_ERROR(VerifyKvBackup(env, backup_directory, number));
  return number;
}

StatusOr<uint32_t> RestoreBackup(const std::string& backup_directory, std::optional<uint32_t> id,
                                 const std::string& target, uint32_t format_version,
                                 rocksdb::Env* env) {
  SL_ASSIGN_OR_RETURN(const uint32_t number, IdOr(id, backup_directory, env));
  SL_RETURN_IF_ERROR(RestoreKvBackup(env, backup_directory, number, target, format_version));
  return number;
}

}  // namespace sightline::storage
