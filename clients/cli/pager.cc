#include "clients/cli/pager.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <string>

extern char** environ;

namespace sightline::cli {
namespace {

bool IsInPath(const std::string& program) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

// Starts `sh -c command`. This process blocks and ignores signals which the program wants; `input`
// and `output` become its standard input and output where they are not -1.
pid_t Spawn(const std::string& command, int input, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (input >= 0) posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  if (output >= 0) posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  std::string shell = "sh", option = "-c", text = command;
  char* const arguments[] = {shell.data(), option.data(), text.data(), nullptr};
  pid_t process = -1;
  const int failure = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return failure == 0 ? process : -1;
}

int Wait(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::unique_ptr<Pager> Pager::Start(const std::string& command, int terminal) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return nullptr;
  const pid_t process = Spawn(command, ends[0], terminal);
  close(ends[0]);
  if (process < 0) {
    close(ends[1]);
    return nullptr;
  }
  return std::unique_ptr<Pager>(new Pager(process, ends[1]));
}

Pager::~Pager() {
  close(fd_);
  Wait(process_);
}

std::string PagerCommand() {
  if (const char* const named = std::getenv("PAGER")) return named;
  // A minimal system has none: then all of it is printed.
  return IsInPath("less") ? "less -FRSX" : "";
}

int RunOnTerminal(const std::string& command) {
  const pid_t process = Spawn(command, -1, -1);
  return process < 0 ? 127 : Wait(process);
}

}  // namespace sightline::cli
