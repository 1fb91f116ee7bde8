// `sightline shell`: statements and commands, typed or from a pipe.

#pragma once

#include "clients/cli/session.h"

namespace sightline::cli {

// Gives an exit code: from a pipe that of the first statement that failed, where it stops.
int RunShellCommand(Session* session);

}  // namespace sightline::cli
