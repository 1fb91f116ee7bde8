// EmbeddedServer: a private sightlined for the length of a program.
//
// Runs `sightlined --data DIR --listen unix:SOCKET --exit-with-parent --parent-pid PID` with the
// socket in a folder that only this user may enter. docs/decisions/0003 says why embedded use takes
// this way.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "clients/cpp/error.h"

namespace sightline::client {

struct EmbeddedServerOptions {
  std::string data_dir;
  // The sightlined to run. Empty: FindServerProgram().
  std::string program;
  // Further arguments, after those that the class gives.
  std::vector<std::string> arguments;
  // Recovery of a large store takes time.
  std::chrono::milliseconds start_timeout{120'000};
  // How long the server may take to drain before it is killed.
  std::chrono::milliseconds stop_timeout{15'000};
  // Asked a few times a second while the server starts; true gives up.
  std::function<bool()> should_give_up;
};

// Where sightlined is: in the folder of the running program, else at $SIGHTLINED, else on $PATH.
// Empty when it is at none of them.
std::string FindServerProgram();

// Thread safety: one thread at a time. Start and the destructor must run on a thread that lives as
// long as the server is needed: the kernel counts the starting thread's end as the parent's.
class EmbeddedServer {
 public:
  // Returns when the server is ready. Errors: UNAVAILABLE (SERVER_NOT_STARTED) with what the server
  // wrote to its standard error; CANCELLED when asked to give up.
  static Result<std::unique_ptr<EmbeddedServer>> Start(const EmbeddedServerOptions& options);
  // Stops the server, if Stop() has not, and removes its folder.
  ~EmbeddedServer();
  EmbeddedServer(const EmbeddedServer&) = delete;
  EmbeddedServer& operator=(const EmbeddedServer&) = delete;

  // "unix:/tmp/sightline-x7Yq2b/socket"
  const std::string& address() const { return address_; }
  pid_t pid() const { return pid_; }

  // Lets the server drain and waits for its end. Close connections first. Errors: INTERNAL when it
  // had to be killed or ended with an error, with what it wrote. A second call does nothing.
  MaybeError Stop();

  // What the server wrote to its standard error, at most its last 16 KiB.
  std::string Log() const;

 private:
  EmbeddedServer() = default;
  // The exit status as waitpid gives it, once the server has ended within `timeout`.
  bool WaitForExit(std::chrono::milliseconds timeout, int* wait_status);

  std::string folder_;
  std::string address_;
  pid_t pid_ = -1;
  // The server's standard output: its end tells of the process's end.
  int output_fd_ = -1;
  // Its standard error: a file without a name.
  int log_fd_ = -1;
  std::chrono::milliseconds stop_timeout_{};
};

}  // namespace sightline::client
