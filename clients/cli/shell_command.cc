#include "clients/cli/shell_command.h"

#include "clients/cli/exit_code.h"
#include "clients/cli/shell.h"

namespace sightline::cli {

int RunShellCommand(Session* session) {
  if (const int exit_code = session->Open(); exit_code != kExitOk) return exit_code;
  return Shell(session).Run();
}

}  // namespace sightline::cli
