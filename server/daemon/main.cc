// sightlined: serves one store over gRPC. docs/operations.md tells how to run it.

#include <absl/synchronization/mutex.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>

#include "server/daemon/exit_code.h"
#include "server/daemon/options.h"
#include "server/daemon/server.h"

namespace {

using sightline::server::ExitCode;

int Exit(ExitCode code) { return static_cast<int>(code); }

}  // namespace

int main(int argc, char** argv) {
  const pid_t parent = ::getppid();
  sightline::server::ParsedCommandLine command = sightline::server::ParseCommandLine(argc, argv);
  if (!command.options) {
    std::fputs(command.output.c_str(), command.exit_code == ExitCode::kStopped ? stdout : stderr);
    return Exit(command.exit_code);
  }
  const sightline::server::DaemonOptions& options = *command.options;

  // Before any thread starts, so that all inherit it: only the wait below takes these signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  if (options.exit_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    // It may have ended before the line above; before the first line, if the option tells its id.
    const pid_t expected =
        options.parent_pid != 0 ? static_cast<pid_t>(options.parent_pid) : parent;
    if (::getppid() != expected) {
      std::fprintf(stderr, "sightlined: the process that started this one has ended\n");
      return Exit(ExitCode::kStopped);
    }
  }
  // The store, the socket: for the owner alone.
  ::umask(S_IRWXG | S_IRWXO);
  // Debian builds gRPC's Abseil with deadlock detection on; it costs up to a fifth of a call.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  sightline::server::Server::Failure failure;
  std::unique_ptr<sightline::server::Server> server =
      sightline::server::Server::Start(options, &failure);
  if (!server) {
    std::fprintf(stderr, "sightlined: %s\n", sightline::MessageOf(failure.status).c_str());
    return Exit(failure.exit_code);
  }
  std::printf("sightlined ready: listening on %s\n", server->address().c_str());
  std::fflush(stdout);

  int signal = 0;
  sigwait(&signals, &signal);
  std::fprintf(stderr, "sightlined: stopping\n");
  // A second signal cuts the draining short.
  std::thread second([&signals, &server] {
    int again = 0;
    sigwait(&signals, &again);
    server->HurryUp();
  });
  if (!server->Drain()) std::fprintf(stderr, "sightlined: cancelled calls that were running\n");
  // Ends the wait for a signal that did not come.
  pthread_kill(second.native_handle(), SIGTERM);
  second.join();
  return Exit(ExitCode::kStopped);
}
