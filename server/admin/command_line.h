// The command line of sightline-admin: which command, with what.

#pragma once

#include <cstdio>

#include "server/admin/admin_exit_code.h"
#include "storage/base/cancellation.h"

namespace sightline::server {

// Reads the arguments, runs the command, writes results to `out` and what is wrong to `errors`.
// SIGINT and SIGTERM cancel it.
AdminExitCode RunAdmin(int argc, const char* const* argv, std::FILE* out, std::FILE* errors);

// Set by the signals; cancelled, a command ends with kStopped.
storage::CancellationToken& AdminCancellation();

}  // namespace sightline::server
