// DaemonOptions: sightlined's command line.
//
// Thread-compatible plain data.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/daemon/exit_code.h"
#include "server/daemon/listen_address.h"
#include "server/service/limits.h"
#include "storage/model/marking.h"

namespace sightline::server {

struct DaemonOptions {
  std::string data_directory;
  ListenAddress listen;
  storage::Clearance clearance;  // Of every caller.
  bool read_only = false;
  bool create_if_missing = true;
  bool exit_with_parent = false;
  int64_t parent_pid = 0;  // With exit_with_parent: whose child this is; 0: who it is at the start.
  ServerLimits limits;
};

// Either the options, or what to print and the code to exit with (help and version among them).
struct ParsedCommandLine {
  std::optional<DaemonOptions> options;
  ExitCode exit_code = ExitCode::kStopped;
  std::string output;  // For stdout when the code is 0, else for stderr.
};

ParsedCommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace sightline::server
