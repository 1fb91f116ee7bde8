// `sightline queries`: what the server is running, and how to end it.

#pragma once

#include "clients/cli/session.h"

namespace sightline::cli {

// Opens the session, does what its options say and gives an exit code.
int RunQueriesCommand(Session* session);

}  // namespace sightline::cli
