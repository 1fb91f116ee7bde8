// An Output that writes to a file without a name, and what has been written to it.

#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "clients/cli/output.h"

namespace sightline::cli {

class CapturedOutput {
 public:
  CapturedOutput() : fd_(memfd_create("output", 0)), output_(fd_) {}
  ~CapturedOutput() { close(fd_); }
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;

  Output* output() { return &output_; }
  std::string Text() {
    output_.Flush();
    std::string text(static_cast<size_t>(lseek(fd_, 0, SEEK_END)), '\0');
    if (pread(fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) return "";
    return text;
  }

 private:
  const int fd_;
  Output output_;
};

}  // namespace sightline::cli
