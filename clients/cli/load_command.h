// `sightline load`: scripts of SLQL statements and files to import, each whole or not at all.

#pragma once

#include "clients/cli/session.h"

namespace sightline::cli {

// Loads the files in order and stops at the first that fails; those before it stay loaded. Gives an
// exit code.
int RunLoadCommand(Session* session);

}  // namespace sightline::cli
