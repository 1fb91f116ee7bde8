// sightline-admin dump.

#pragma once

#include <cstdio>
#include <string>

#include "server/admin/admin_exit_code.h"
#include "storage/base/cancellation.h"

namespace sightline::server {

// The whole history of the store as lines of JSON (docs/dump.md), to the file, or to `out` when
// `path` is empty. What went wrong, and progress, go to `errors`; a file that is not complete is
// not there.
AdminExitCode RunDump(const std::string& directory, const std::string& path, bool is_quiet,
                      const storage::CancellationToken& cancellation, std::FILE* out,
                      std::FILE* errors);

}  // namespace sightline::server
