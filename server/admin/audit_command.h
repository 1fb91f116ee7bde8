// sightline-admin audit: whether an audit log is as it was written.

#pragma once

#include <cstdio>
#include <string>

#include "server/admin/admin_exit_code.h"

namespace sightline::server {

// Reads a log, also one that a server is writing, and says on `out` which records there are and the
// last one's hash. kFindings when a record was changed, removed or moved.
AdminExitCode RunAudit(const std::string& directory, std::FILE* out, std::FILE* errors);

}  // namespace sightline::server
