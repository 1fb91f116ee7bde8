#include "clients/cli/standard_input.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace sightline::cli {

StandardInput::Outcome StandardInput::Fill() {
  while (true) {
    pollfd events[] = {{STDIN_FILENO, POLLIN, 0}, {interrupts_->wake_fd(), POLLIN, 0}};
    if (poll(events, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return Outcome::kFailed;
    }
    if (events[1].revents != 0) return Outcome::kInterrupted;
    char chunk[64 << 10];
    const ssize_t count = read(STDIN_FILENO, chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Outcome::kFailed;
    if (count == 0) return Outcome::kEnd;
    buffer_.append(chunk, static_cast<size_t>(count));
    return Outcome::kRead;
  }
}

StandardInput::Outcome StandardInput::ReadLine(std::string* line) {
  line->clear();
  size_t searched = begin_;
  while (true) {
    const size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      line->assign(buffer_, begin_, end - begin_);
      begin_ = end + 1;
      return Outcome::kRead;
    }
    // What has been handed out goes only here, so that many short lines cost no copying each.
    buffer_.erase(0, begin_);
    begin_ = 0;
    searched = buffer_.size();
    const Outcome outcome = Fill();
    if (outcome == Outcome::kEnd && !buffer_.empty()) {
      line->swap(buffer_);
      buffer_.clear();
      return Outcome::kRead;
    }
    if (outcome != Outcome::kRead) return outcome;
  }
}

StandardInput::Outcome StandardInput::ReadAll(size_t bytes_max, std::string* text) {
  Outcome outcome = Outcome::kRead;
  while (outcome == Outcome::kRead && buffer_.size() - begin_ <= bytes_max) outcome = Fill();
  text->assign(buffer_, begin_);
  buffer_.clear();
  begin_ = 0;
  return outcome == Outcome::kEnd ? Outcome::kRead : outcome;
}

}  // namespace sightline::cli
