#include "clients/cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sightline::cli {

constexpr size_t kBufferBytes = 64 << 10;

void Output::Write(std::string_view text) {
  if (is_broken()) return;
  buffer_.append(text);
  if (buffer_.size() >= kBufferBytes) Flush();
}

void Output::Flush() {
  std::string_view rest = buffer_;
  while (!rest.empty() && !is_broken()) {
    const ssize_t count = write(fd_, rest.data(), rest.size());
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
