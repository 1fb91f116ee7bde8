// TerminalMode: a terminal's own line editing switched off while ours is on.

#pragma once

#include <termios.h>

namespace sightline::cli {

// Keys come one by one and are not echoed; Ctrl-C, Ctrl-Z and their like are keys. Pasted text is
// marked as such. What was before comes back with the object's end. Thread-compatible.
class TerminalMode {
 public:
  TerminalMode(int input, int output);
  ~TerminalMode();
  TerminalMode(const TerminalMode&) = delete;
  TerminalMode& operator=(const TerminalMode&) = delete;

 private:
  const int input_, output_;
  termios before_{};
  bool is_set_ = false;
};

}  // namespace sightline::cli
