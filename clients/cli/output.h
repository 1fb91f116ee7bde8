// Output: buffered writing to a file descriptor that remembers when its reader went away.

#pragma once

#include <string>
#include <string_view>

namespace sightline::cli {

// Thread safety: one thread at a time. SIGPIPE must be ignored.
class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}
  ~Output() { Flush(); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // After a failed write nothing more is written.
  void Write(std::string_view text);
  void Flush();

  // Whether the reader has closed its end (a pipe to `head`).
  bool is_closed() const { return is_closed_; }
  // Why writing failed otherwise ("No space left on device"); empty while it has not.
  const std::string& failure() const { return failure_; }
  bool is_broken() const { return is_closed_ || !failure_.empty(); }

 private:
  const int fd_;
  std::string buffer_;
  bool is_closed_ = false;
  std::string failure_;
};

}  // namespace sightline::cli
