// sightline-admin verify: whether everything in a store agrees with everything else.

#pragma once

#include <cstdio>
#include <string>

#include "server/admin/admin_exit_code.h"
#include "storage/base/cancellation.h"

namespace sightline::server {

// One line a finding on `out`; kFindings when there is any.
AdminExitCode RunVerify(const std::string& directory, bool is_quiet,
                        const storage::CancellationToken& cancellation, std::FILE* out,
                        std::FILE* errors);

}  // namespace sightline::server
