#include "tests/e2e/sightlined_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

extern char** environ;

namespace sightline::test {
namespace {

constexpr std::string_view kReady = "sightlined ready: listening on ";

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

int CodeOf(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

std::unique_ptr<SightlinedProcess> SightlinedProcess::Start(
    const std::string& program, const std::string& data_directory,
    const std::vector<std::string>& arguments, int* exit_code, std::string* errors) {
  auto process = std::make_unique<SightlinedProcess>();
  char errors_path[] = "/tmp/sightlined-stderr-XXXXXX";
  const int errors_file = ::mkstemp(errors_path);
  process->errors_path_ = errors_path;
  int pipe_ends[2];
  if (errors_file < 0 || ::pipe2(pipe_ends, O_CLOEXEC) != 0) std::abort();

  // Ends with the test, also when that is killed.
  std::vector<std::string> words = {program, "--data", data_directory, "--exit-with-parent"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors_file, STDERR_FILENO);
  const int spawned =
      ::posix_spawn(&process->pid_, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_ends[1]);
  ::close(errors_file);
  process->output_ = pipe_ends[0];
  if (spawned != 0) {
    process->pid_ = -1;
    *errors = "could not start " + program;
    return nullptr;
  }

  std::string line;
  char c;
  // Ends at the end of the line, or with the process.
  while (::read(process->output_, &c, 1) == 1 && c != '\n') line.push_back(c);
  if (line.compare(0, kReady.size(), kReady) != 0) {
    *exit_code = process->Wait(std::chrono::seconds(10));
    *errors = line + ReadFile(process->errors_path_);
    return nullptr;
  }
  process->address_ = line.substr(kReady.size());
  return process;
}

SightlinedProcess::~SightlinedProcess() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (output_ >= 0) ::close(output_);
  ::unlink(errors_path_.c_str());
}

size_t SightlinedProcess::ResidentBytes() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/statm");
  size_t total_pages = 0, resident_pages = 0;
  file >> total_pages >> resident_pages;
  return resident_pages * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

void SightlinedProcess::Signal(int signal) const { ::kill(pid_, signal); }

int SightlinedProcess::Wait(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (true) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return CodeOf(status);
    }
    if (std::chrono::steady_clock::now() > deadline) return -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace sightline::test
