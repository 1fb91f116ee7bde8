// Looking after a server: `sightline admin`.

#pragma once

#include "clients/cli/session.h"

namespace sightline::cli {

// Opens the session, does what its options say and gives an exit code.
int RunAdminCommand(Session* session);

}  // namespace sightline::cli
