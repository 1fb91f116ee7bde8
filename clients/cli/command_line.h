// The command line of `sightline`.

#pragma once

#include <string>

#include "clients/cli/options.h"

namespace sightline::cli {

struct CommandLine {
  Options options;
  // Set when nothing is to be run: the help, the version, or what is wrong.
  bool is_done = false;
  int exit_code = 0;
  std::string message;
};

// Reads the arguments, $SIGHTLINE_SERVER and the terminal's size.
CommandLine ParseCommandLine(int argc, char** argv);

}  // namespace sightline::cli
