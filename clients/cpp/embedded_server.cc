#include "clients/cpp/embedded_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include "clients/cpp/unix_socket.h"

extern char** environ;

namespace sightline::client {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::string_view kReady = "sightlined ready: listening on ";
constexpr std::string_view kSocketName = "/socket";
constexpr size_t kLogBytesMax = 16 << 10;

Error NotStarted(std::string message) {
  return {grpc::StatusCode::UNAVAILABLE, std::move(message), kReasonNotStarted, {}};
}

// A new folder of mode 0700 whose socket path is short enough and needs no quoting.
Result<std::string> MakePrivateFolder() {
  std::vector<std::string> parents;
  if (const char* place = std::getenv("TMPDIR"); place != nullptr && *place == '/') {
    parents.emplace_back(place);
  }
  parents.emplace_back("/tmp");
  std::string reason;
  for (const std::string& parent : parents) {
    std::string folder = parent + "/sightline-XXXXXX";
    const bool is_plain = std::all_of(folder.begin(), folder.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '/' || c == '-' || c == '.' || c == '_';
    });
    if (!is_plain || folder.size() + kSocketName.size() > kUnixSocketPathBytesMax) {
      reason = fmt::format("{} is too long a path for a socket, or needs quoting", parent);
    } else if (mkdtemp(folder.data()) != nullptr) {
      return folder;
    } else {
      reason = fmt::format("{}: {}", parent, std::strerror(errno));
    }
  }
  return NotStarted("cannot make a private folder for the server's socket: " + reason);
}

std::string Describe(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    return fmt::format("was ended by signal {}", WTERMSIG(wait_status));
  }
  return fmt::format("ended with exit code {}", WEXITSTATUS(wait_status));
}

}  // namespace

std::string FindServerProgram() {
  const auto is_program = [](const std::string& path) {
    struct stat entry {};
    return stat(path.c_str(), &entry) == 0 && S_ISREG(entry.st_mode) &&
           access(path.c_str(), X_OK) == 0;
  };
  std::error_code ignored;
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe", ignored);
  if (!own.empty()) {
    std::string beside = (own.parent_path() / "sightlined").string();
    if (is_program(beside)) return beside;
  }
  if (const char* named = std::getenv("SIGHTLINED"); named != nullptr && is_program(named)) {
    return named;
  }
  const char* search = std::getenv("PATH");
  std::string_view rest = search == nullptr ? "" : search;
  while (!rest.empty()) {
    const size_t colon = rest.find(':');
    const std::string folder(rest.substr(0, colon));
    if (!folder.empty() && is_program(folder + "/sightlined")) return folder + "/sightlined";
    rest = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
  }
  return "";
}

Result<std::unique_ptr<EmbeddedServer>> EmbeddedServer::Start(
    const EmbeddedServerOptions& options) {
  const std::string program = options.program.empty() ? FindServerProgram() : options.program;
  if (program.empty()) {
    return NotStarted(
        "cannot find the program sightlined: it is not beside this one, not on PATH, and "
        "SIGHTLINED does not name it");
  }
  Result<std::string> folder = MakePrivateFolder();
  if (!folder.ok()) return folder.error();
  std::unique_ptr<EmbeddedServer> server(new EmbeddedServer());
  server->folder_ = *folder;
  server->address_ = fmt::format("unix:{}{}", server->folder_, kSocketName);
  server->stop_timeout_ = options.stop_timeout;

  // Without a name at once: a program that is killed leaves no log behind.
  const std::string log = server->folder_ + "/log";
  server->log_fd_ = open(log.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (server->log_fd_ < 0) {
    return NotStarted(fmt::format("cannot make the server's log: {}", std::strerror(errno)));
  }
  unlink(log.c_str());

  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) {
    return NotStarted(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  }
  server->output_fd_ = output[0];

  std::vector<std::string> words = {program,          "--data",
                                    options.data_dir, "--listen",
                                    server->address_, "--exit-with-parent",
                                    "--parent-pid",   std::to_string(getpid())};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, server->log_fd_, STDERR_FILENO);
  // Ctrl-C at the terminal is for the client, which then ends the server in order; and the client's
  // own signal mask is not the server's.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  sigdelset(&all, SIGKILL);
  sigdelset(&all, SIGSTOP);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  const int failure =
      posix_spawn(&server->pid_, program.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(output[1]);
  if (failure != 0) {
    server->pid_ = -1;
    return NotStarted(fmt::format("cannot run {}: {}", program, std::strerror(failure)));
  }

  std::string said;
  const auto deadline = Clock::now() + options.start_timeout;
  while (said.find('\n') == std::string::npos || said.find(kReady) == std::string::npos) {
    if (options.should_give_up && options.should_give_up()) {
      return Error{grpc::StatusCode::CANCELLED, "interrupted while the server started", "", {}};
    }
    if (Clock::now() >= deadline) {
      return NotStarted(fmt::format("{} was not ready after {} s", program,
                                    options.start_timeout.count() / 1000));
    }
    pollfd ready{server->output_fd_, POLLIN, 0};
    if (poll(&ready, 1, 100) <= 0) continue;
    char buffer[512];
    const ssize_t count = read(server->output_fd_, buffer, sizeof buffer);
    if (count > 0) {
      said.append(buffer, static_cast<size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      int wait_status = 0;
      const bool has_ended = server->WaitForExit(milliseconds(2000), &wait_status);
      std::string message = server->Log();
      while (!message.empty() && message.back() == '\n') message.pop_back();
      if (message.empty()) {
        message = fmt::format("{} {}", program,
                              has_ended ? Describe(wait_status) : "closed its standard output");
      }
      return NotStarted(std::move(message));
    }
  }
  return server;
}

EmbeddedServer::~EmbeddedServer() {
  Stop();
  if (output_fd_ >= 0) close(output_fd_);
  if (log_fd_ >= 0) close(log_fd_);
  if (!folder_.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
}

bool EmbeddedServer::WaitForExit(milliseconds timeout, int* wait_status) {
  // The pipe hangs up when the process ends, which saves polling for it.
  const auto deadline = Clock::now() + timeout;
  bool has_hung_up = false;
  while (true) {
    const pid_t ended = waitpid(pid_, wait_status, WNOHANG);
    if (ended == pid_ || (ended < 0 && errno == ECHILD)) {
      pid_ = -1;
      return true;
    }
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    if (has_hung_up) {
      // Between the hang-up and the process's end lie its last instructions.
      usleep(500);
      continue;
    }
    pollfd output{output_fd_, POLLIN, 0};
    if (poll(&output, 1, static_cast<int>(std::min<int64_t>(left, 1000))) > 0) {
      char ignored[512];
      if (read(output_fd_, ignored, sizeof ignored) == 0) has_hung_up = true;
    }
  }
}

MaybeError EmbeddedServer::Stop() {
  if (pid_ < 0) return std::nullopt;
  int wait_status = 0;
  kill(pid_, SIGTERM);
  if (!WaitForExit(stop_timeout_, &wait_status)) {
    kill(pid_, SIGKILL);
    WaitForExit(milliseconds(5000), &wait_status);
    return Error{grpc::StatusCode::INTERNAL,
                 fmt::format("the private server did not end within {} s and was killed",
                             stop_timeout_.count() / 1000),
                 "",
                 {}};
  }
  // A start that is given up meets a server that has no handler for SIGTERM yet.
  const bool is_clean = (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0) ||
                        (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGTERM);
  if (is_clean) return std::nullopt;
  return Error{grpc::StatusCode::INTERNAL,
               fmt::format("the private server {}\n{}", Describe(wait_status), Log()),
               "",
               {}};
}

std::string EmbeddedServer::Log() const {
  struct stat entry {};
  if (log_fd_ < 0 || fstat(log_fd_, &entry) != 0) return "";
  const auto size = static_cast<size_t>(std::max<off_t>(entry.st_size, 0));
  std::string text(std::min(size, kLogBytesMax), '\0');
  // Not read(): the place in the file is the server's as well.
  const ssize_t count =
      pread(log_fd_, text.data(), text.size(), static_cast<off_t>(size - text.size()));
  text.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
  return text;
}

}  // namespace sightline::client
