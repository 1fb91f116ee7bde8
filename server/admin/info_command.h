// sightline-admin info.

#pragma once

#include <cstdio>
#include <string>

#include "server/admin/admin_exit_code.h"

namespace sightline::server {

// How much the store holds and where it lies, on `out`. Counts everything, whatever its marking.
AdminExitCode RunInfo(const std::string& directory, std::FILE* out, std::FILE* errors);

}  // namespace sightline::server
