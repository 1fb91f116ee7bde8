// `sightline info`: what the server is and allows.

#pragma once

#include "clients/cli/session.h"

namespace sightline::cli {

// Gives an exit code.
int RunInfoCommand(Session* session);

}  // namespace sightline::cli
