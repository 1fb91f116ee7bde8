// The terminal on standard input and output.

#pragma once

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace sightline::cli {

// Its width; nothing when standard output is no terminal.
inline std::optional<size_t> TerminalColumns() {
  if (isatty(STDOUT_FILENO) != 1) return std::nullopt;
  winsize size{};
  // A terminal that does not know its size says 0.
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

// Its height in rows; 24 when nothing tells.
inline size_t TerminalRows() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return 24;
  return size.ws_row;
}

// Whether the terminal on `fd` can do more than take one line after another.
inline bool IsCapable(int fd) {
  const char* name = std::getenv("TERM");
  return isatty(fd) == 1 && name != nullptr && *name != '\0' && std::string_view(name) != "dumb";
}

// Whether colours are welcome on the terminal on `fd`: https://no-color.org.
inline bool IsColorWelcome(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  return IsCapable(fd) && (no_color == nullptr || *no_color == '\0');
}

}  // namespace sightline::cli
