// sightline-admin backup, backups, restore: copies of a store that share what they have in common.

#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "server/admin/admin_exit_code.h"

namespace sightline::server {

// Adds a backup and keeps the newest `keep`.
AdminExitCode RunBackup(const std::string& directory, const std::string& backup_directory,
                        uint32_t keep, std::FILE* out, std::FILE* errors);
// One line a backup, oldest first; with `verify` their checksums are compared.
AdminExitCode RunListBackups(const std::string& backup_directory, bool verify, std::FILE* out,
                             std::FILE* errors);
// Makes a store of a backup (none: the newest) in a directory that is empty or not there.
AdminExitCode RunRestore(const std::string& backup_directory, std::optional<uint32_t> id,
                         const std::string& directory, std::FILE* out, std::FILE* errors);

}  // namespace sightline::server
