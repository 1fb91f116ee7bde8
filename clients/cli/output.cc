#include "clients/cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sightline::cli {

constexpr size_t kBufferBytes = 64 << 10;

Output::~Output() {
  Flush();
  EndPaging();
}

void Output::Write(std::string_view text) {
  if (is_broken()) return;
  buffer_.append(text);
  if (!pager_command_.empty() && pager_ == nullptr) {
    if (!IsBeyondPage()) return;
    if (before_write_) before_write_();
    pager_ = Pager::Start(pager_command_, fd_);
    if (pager_ == nullptr) pager_command_.clear();
    WriteOut();
    return;
  }
  if (buffer_.size() >= kBufferBytes) WriteOut();
}

void Output::Flush() {
  // While less than a page is there, it is not known yet where it goes.
  if (!pager_command_.empty() && pager_ == nullptr) return;
  WriteOut();
}

bool Output::IsBeyondPage() {
  for (; counted_bytes_ < buffer_.size(); ++counted_bytes_) {
    const char c = buffer_[counted_bytes_];
    if (c == '\n') {
      ++counted_rows_;
      row_columns_ = 0;
    } else if ((c & 0xC0) != 0x80 && ++row_columns_ > page_columns_) {
      ++counted_rows_;
      row_columns_ = 1;
    }
  }
  return counted_rows_ > page_rows_;
}

void Output::BeginPaging(const std::string& command, size_t rows, size_t columns) {
  WriteOut();
  pager_command_ = command;
  page_rows_ = rows;
  page_columns_ = columns;
  counted_bytes_ = counted_rows_ = row_columns_ = 0;
}

void Output::EndPaging() {
  if (pager_command_.empty()) return;
  pager_command_.clear();
  WriteOut();
  if (pager_ == nullptr) return;
  pager_.reset();
  is_closed_ = false;
}

void Output::WriteOut() {
  if (!buffer_.empty() && !is_broken() && before_write_) before_write_();
  const int fd = pager_ != nullptr ? pager_->fd() : fd_;
  std::string_view rest = buffer_;
  while (!rest.empty() && !is_broken()) {
    const ssize_t count = write(fd, rest.data(), rest.size());
    if (count >= 0) {
      rest.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EPIPE) {
      is_closed_ = true;
    } else if (errno != EINTR) {
      failure_ = std::strerror(errno);
    }
  }
  buffer_.clear();
}

}  // namespace sightline::cli
