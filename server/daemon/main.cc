// sightlined: serves one store over gRPC. docs/operations.md tells how to run it.

#include <absl/synchronization/mutex.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "server/daemon/exit_code.h"
#include "server/daemon/options.h"
#include "server/daemon/server.h"
#include "server/daemon/service_manager.h"

namespace {

using sightline::server::ExitCode;
using sightline::server::ServiceManager;

// From a second signal, or from the end of the draining, to the end of the process.
constexpr std::chrono::milliseconds kLeaveGrace{1'500};

int Exit(ExitCode code) { return static_cast<int>(code); }

timespec TimespecOf(std::chrono::nanoseconds time) {
  return {static_cast<time_t>(time.count() / 1'000'000'000),
          static_cast<long>(time.count() % 1'000'000'000)};
}

// While the server drains: a second signal cuts that short, and what does not end though it was
// cancelled (a long text is parsed in one go) is left behind. Nothing is lost by that: what is not
// committed yet is nobody's, and what is committed is on disk. Ends when `drained`, which a signal
// to its thread announces.
void WatchDraining(const sigset_t& signals, std::chrono::milliseconds drain_max,
                   const std::atomic<bool>& drained, sightline::server::Server* server) {
  using Clock = std::chrono::steady_clock;
  auto leave_at = Clock::now() + drain_max + kLeaveGrace;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(leave_at - Clock::now());
    if (left.count() <= 0) {
      std::fprintf(stderr, "sightlined: left calls behind that did not end\n");
      std::fflush(stderr);
      std::_Exit(Exit(ExitCode::kStopped));
    }
    const timespec wait = TimespecOf(left);
    const int signal = ::sigtimedwait(&signals, nullptr, &wait);
    if (drained.load()) return;
    if (signal < 0) continue;
    server->HurryUp();
    leave_at = std::min(leave_at, Clock::now() + kLeaveGrace);
  }
}

// Until a signal comes. Tells the service manager meanwhile that the server is alive, as often as
// it wants to hear it, and as long as that is so.
void WaitForSignal(const sigset_t& signals, const ServiceManager& manager,
                   sightline::server::Server* server) {
  const auto every = manager.alive_every();
  if (!every) {
    int signal = 0;
    sigwait(&signals, &signal);
    return;
  }
  const timespec wait = TimespecOf(*every);
  while (::sigtimedwait(&signals, nullptr, &wait) < 0) {
    if (errno == EAGAIN && server->IsAlive()) manager.TellAlive();
  }
}

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
  // A file that may not grow (ulimit -f) is an error of one write, like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  if (options.exit_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    // It may have ended before the line above; before the first line, if the option tells its id.
    const pid_t expected =
        options.parent_pid != 0 ? static_cast<pid_t>(options.parent_pid) : parent;
    if (const pid_t now = ::getppid(); now != expected) {
      std::fprintf(stderr,
                   "sightlined: process %d, which is to be the parent, has ended or is not the one "
                   "that started this program: that is %d\n",
                   static_cast<int>(expected), static_cast<int>(now));
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
  if (const std::string token = server->first_admin_token(); !token.empty()) {
    std::fprintf(stderr,
                 "sightlined: made the user admin, an administrator. Its token, shown only now:\n"
                 "%s\n",
                 token.c_str());
  }
  std::printf("sightlined ready: listening on %s\n", server->address().c_str());
  std::fflush(stdout);
  const ServiceManager manager = ServiceManager::FromEnvironment();
  manager.TellReady("listening on " + server->address());

  WaitForSignal(signals, manager, server.get());
  manager.TellStopping();
  std::fprintf(stderr, "sightlined: stopping\n");
  std::atomic<bool> drained{false};
  std::thread watcher([&] {
    WatchDraining(signals, std::chrono::milliseconds(options.limits.drain_ms_max), drained,
                  server.get());
  });
  if (!server->Drain()) std::fprintf(stderr, "sightlined: cancelled calls that were running\n");
  drained.store(true);
  pthread_kill(watcher.native_handle(), SIGTERM);
  watcher.join();
  return Exit(ExitCode::kStopped);
}
