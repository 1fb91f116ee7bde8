// Pager: a program such as less that shows what is long, a screen at a time.

#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

namespace sightline::cli {

class Pager {
 public:
  // Runs `command` with the shell; it writes to `terminal`. Null when it cannot be started.
  static std::unique_ptr<Pager> Start(const std::string& command, int terminal);
  // Says that nothing more comes, and waits until the reader leaves.
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  // Where to write to. EPIPE: the reader has left.
  int fd() const { return fd_; }

 private:
  Pager(pid_t process, int fd) : process_(process), fd_(fd) {}

  const pid_t process_;
  const int fd_;
};

// $PAGER, else `less -FRSX` where there is less. Empty: no pager, as when $PAGER is set to nothing.
std::string PagerCommand();

// Runs `command` with the shell and this process' terminal, and waits for its end: for $EDITOR.
// Gives its exit code; 127 when it cannot be started.
int RunOnTerminal(const std::string& command);

}  // namespace sightline::cli
