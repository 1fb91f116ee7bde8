// Output: buffered writing to a file descriptor that remembers when its reader went away, with a
// pager in between where one is wanted.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "clients/cli/pager.h"

namespace sightline::cli {

// Thread safety: one thread at a time. SIGPIPE must be ignored.
class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // After a failed write nothing more is written.
  void Write(std::string_view text);
  void Flush();

  // Called before bytes leave, which may be many times. Empty: nothing is called.
  void set_before_write(std::function<void()> before_write) {
    before_write_ = std::move(before_write);
  }

  // Until EndPaging(), what is written goes to the pager once it takes more than `rows` lines of
  // `columns`; what is less is written as ever, when paging ends or the output is flushed by hand.
  // A pager that cannot be started leaves things as they are.
  void BeginPaging(const std::string& command, size_t rows, size_t columns);
  // Waits until the reader leaves the pager. is_closed() is false again after it. Does nothing
  // unless paging.
  void EndPaging();

  // Whether the reader has closed its end (a pipe to `head`, a pager that was left).
  bool is_closed() const { return is_closed_; }
  // Why writing failed otherwise ("No space left on device"); empty while it has not.
  const std::string& failure() const { return failure_; }
  bool is_broken() const { return is_closed_ || !failure_.empty(); }

 private:
  void WriteOut();
  // Whether the buffer, from what was counted last, goes beyond the page.
  bool IsBeyondPage();

  const int fd_;
  std::string buffer_;
  bool is_closed_ = false;
  std::string failure_;
  std::function<void()> before_write_;

  std::string pager_command_;  // Empty: no paging.
  size_t page_rows_ = 0, page_columns_ = 0;
  size_t counted_bytes_ = 0, counted_rows_ = 0, row_columns_ = 0;
  std::unique_ptr<Pager> pager_;
};

}  // namespace sightline::cli
