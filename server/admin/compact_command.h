// sightline-admin compact: all quads of a store in one run.

#pragma once

#include <cstdio>
#include <string>

#include "server/admin/admin_exit_code.h"
#include "storage/base/cancellation.h"

namespace sightline::server {

AdminExitCode RunCompact(const std::string& directory,
                         const storage::CancellationToken& cancellation, std::FILE* out,
                         std::FILE* errors);

}  // namespace sightline::server
