#include "clients/cli/editor/terminal_mode.h"

#include <unistd.h>

#include <string_view>

namespace sightline::cli {
namespace {

constexpr std::string_view kMarkPastes = "\x1b[?2004h";
constexpr std::string_view kPlainPastes = "\x1b[?2004l";

void Send(int fd, std::string_view text) {
  if (write(fd, text.data(), text.size()) < 0) return;
}

}  // namespace

TerminalMode::TerminalMode(int input, int output) : input_(input), output_(output) {
  if (tcgetattr(input_, &before_) != 0) return;
  termios mode = before_;
  mode.c_iflag &= ~static_cast<tcflag_t>(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
  mode.c_cflag |= CS8;
  mode.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | IEXTEN | ISIG);
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  // What was typed ahead stays.
  is_set_ = tcsetattr(input_, TCSADRAIN, &mode) == 0;
  if (is_set_) Send(output_, kMarkPastes);
}

TerminalMode::~TerminalMode() {
  if (!is_set_) return;
  Send(output_, kPlainPastes);
  tcsetattr(input_, TCSADRAIN, &before_);
}

}  // namespace sightline::cli
