// SightlinedProcess: a real sightlined for a test, started and stopped as a user would.
//
// Thread safety: one thread at a time.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace sightline::test {

class SightlinedProcess {
 public:
  // Runs `program --data data_directory arguments...` and waits for its ready line. Null when the
  // program ends before that; then `*exit_code` and `*errors` (stderr) say how.
  static std::unique_ptr<SightlinedProcess> Start(const std::string& program,
                                                  const std::string& data_directory,
                                                  const std::vector<std::string>& arguments,
                                                  int* exit_code, std::string* errors);
  // Kills what still runs.
  ~SightlinedProcess();

  // What a client connects to, from the ready line: "127.0.0.1:41234", "unix:/tmp/x".
  const std::string& address() const { return address_; }
  pid_t pid() const { return pid_; }
  // Resident memory now.
  size_t ResidentBytes() const;

  void Signal(int signal) const;
  // Waits until it has ended. The exit code, or 128 + the signal that killed it; -1 when it has not
  // ended in time.
  int Wait(std::chrono::milliseconds timeout);

 private:
  pid_t pid_ = -1;
  int output_ = -1;  // Of the child's stdout.
  std::string errors_path_;
  std::string address_;
};

}  // namespace sightline::test
