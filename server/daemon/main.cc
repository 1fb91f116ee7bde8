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
#include "server/observability/log.h"
#include "storage/base/clock.h"

namespace {

using sightline::server::DaemonOptions;
using sightline::server::ExitCode;
using sightline::server::Log;
using sightline::server::LogLevel;
using sightline::server::ParsedCommandLine;
using sightline::server::ServiceManager;
using sightline::server::Setting;

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
                   const std::atomic<bool>& drained, Log* log, sightline::server::Server* server) {
  using Clock = std::chrono::steady_clock;
  auto leave_at = Clock::now() + drain_max + kLeaveGrace;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(leave_at - Clock::now());
    if (left.count() <= 0) {
      log->Write(LogLevel::kWarning, "calls_left_behind", {});
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

// What Server::Reload takes over.
bool IsLive(const Setting& setting) {
  return setting.name == "log-level" || setting.name == "slow-query-ms";
}

// Reads the settings again. What is wrong with them changes nothing; what cannot change in a server
// that runs is named.
void Reload(int argc, char** argv, const ParsedCommandLine& before, Log* log,
            sightline::server::Server* server) {
  const ParsedCommandLine now = sightline::server::ParseCommandLine(argc, argv, environ);
  if (!now.options) {
    log->Write(LogLevel::kError, "reload_failed", {{"error", now.output}});
    return;
  }
  std::string waiting;
  for (const Setting& setting : now.settings.all()) {
    if (IsLive(setting) || before.settings.Text(setting.name) == setting.text) continue;
    waiting += (waiting.empty() ? "" : ",") + setting.key();
  }
  server->Reload(*now.options);
  log->Write(LogLevel::kInfo, "reloaded", {{"need_restart", waiting}});
}

// The next signal. Tells the service manager meanwhile that the server is alive, as often as it
// wants to hear it, and as long as that is so.
int NextSignal(const sigset_t& signals, const ServiceManager& manager,
               sightline::server::Server* server) {
  const auto every = manager.alive_every();
  if (!every) {
    int signal = 0;
    sigwait(&signals, &signal);
    return signal;
  }
  const timespec wait = TimespecOf(*every);
  while (true) {
    const int signal = ::sigtimedwait(&signals, nullptr, &wait);
    if (signal >= 0) return signal;
    if (errno == EAGAIN && server->IsAlive()) manager.TellAlive();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const pid_t parent = ::getppid();
  const ParsedCommandLine command = sightline::server::ParseCommandLine(argc, argv, environ);
  if (!command.options) {
    std::fputs(command.output.c_str(), command.exit_code == ExitCode::kStopped ? stdout : stderr);
    return Exit(command.exit_code);
  }
  const DaemonOptions& options = *command.options;
  // Never freed, as threads of gRPC's may outlive main.
  Log* const log = new Log(STDERR_FILENO, options.log_format, options.log_level,
                           sightline::storage::Clock::System());

  // Before any thread starts, so that all inherit it: only the wait below takes these signals.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  // With a file there is something to read again; without one, a terminal that closes ends us.
  sigset_t signals = stop_signals;
  sigaddset(&signals, SIGHUP);
  const bool may_reload = command.settings.IsSet("config");
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
      sightline::server::Server::Start(options, log, &failure);
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

  while (NextSignal(signals, manager, server.get()) == SIGHUP && may_reload) {
    Reload(argc, argv, command, log, server.get());
  }
  manager.TellStopping();
  log->Write(LogLevel::kInfo, "draining", {});
  std::atomic<bool> drained{false};
  std::thread watcher([&] {
    WatchDraining(stop_signals, std::chrono::milliseconds(options.limits.drain_ms_max), drained,
                  log, server.get());
  });
  if (!server->Drain()) log->Write(LogLevel::kWarning, "calls_cancelled", {});
  drained.store(true);
  pthread_kill(watcher.native_handle(), SIGTERM);
  watcher.join();
  log->Write(LogLevel::kInfo, "stopped", {});
  return Exit(ExitCode::kStopped);
}
