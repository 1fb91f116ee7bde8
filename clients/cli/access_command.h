// Users, roles and tokens: `sightline user`, `sightline role` and `sightline token`.

#pragma once

#include "clients/cli/session.h"

namespace sightline::cli {

// Each opens the session, does what its options say and gives an exit code.
int RunUserCommand(Session* session);
int RunRoleCommand(Session* session);
int RunTokenCommand(Session* session);

}  // namespace sightline::cli
