// The terminal on standard output.

#pragma once

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstddef>
#include <optional>

namespace sightline::cli {

// Its width; nothing when standard output is no terminal.
inline std::optional<size_t> TerminalColumns() {
  if (isatty(STDOUT_FILENO) != 1) return std::nullopt;
  winsize size{};
  // A terminal that does not know its size says 0.
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace sightline::cli
