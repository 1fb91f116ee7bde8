// sightline: Sightline on the command line. docs/cli.md describes it.

#include <absl/synchronization/mutex.h>
#include <fmt/format.h>
#include <signal.h>

#include <string>

#include "clients/cli/access_command.h"
#include "clients/cli/admin_command.h"
#include "clients/cli/command_line.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/info_command.h"
#include "clients/cli/interrupts.h"
#include "clients/cli/load_command.h"
#include "clients/cli/queries_command.h"
#include "clients/cli/query_command.h"
#include "clients/cli/session.h"
#include "clients/cli/shell_command.h"

namespace sightline::cli {
namespace {

int Run(Session* session) {
  switch (session->options().command) {
    case Command::kQuery:
      return RunQueryCommand(session);
    case Command::kLoad:
      return RunLoadCommand(session);
    case Command::kShell:
      return RunShellCommand(session);
    case Command::kInfo:
      return RunInfoCommand(session);
    case Command::kRole:
      return RunRoleCommand(session);
    case Command::kUser:
      return RunUserCommand(session);
    case Command::kToken:
      return RunTokenCommand(session);
    case Command::kQueries:
      return RunQueriesCommand(session);
    case Command::kAdmin:
      return RunAdminCommand(session);
    case Command::kVersion:
      session->out().Write(fmt::format("sightline {}\n", SIGHTLINE_VERSION));
      return FinishOutput(session, kExitOk);
    case Command::kNone:
      break;
  }
  return kExitUsage;
}

int Main(int argc, char** argv) {
  const CommandLine command_line = ParseCommandLine(argc, argv);
  if (command_line.is_done) {
    Output(command_line.exit_code == kExitOk ? 1 : 2).Write(command_line.message);
    return command_line.exit_code;
  }
  // A closed pipe is an answer of write(), not a reason to die with the private server behind.
  signal(SIGPIPE, SIG_IGN);
  // The packaged gRPC runs absl's deadlock detection, which costs time at every lock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  Interrupts interrupts;
  Session session(command_line.options, &interrupts);
  const int exit_code = Run(&session);
  const int close_code = session.Close();
  return exit_code == kExitOk ? close_code : exit_code;
}

}  // namespace
}  // namespace sightline::cli

int main(int argc, char** argv) { return sightline::cli::Main(argc, argv); }
