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
  // Callers are users, who show a token or a certificate. Else everyone who can connect is the same
  // caller, with `clearance`: on a unix socket, or by --without-users.
  bool has_users = true;
  storage::Clearance clearance;
  // Where the first administrator's token goes; empty: standard error.
  std::string admin_token_file;
  // PEM files. Encrypted when there is a certificate; with client_ca every client needs a
  // certificate that it has signed.
  std::string tls_certificate_file;
  std::string tls_key_file;
  std::string tls_client_ca_file;
  // Of the audit log; empty: none.
  std::string audit_directory;
  bool audit_required = false;  // Answer nothing while it cannot be written.
  bool read_only = false;
  bool hide_numbers = false;    // Of a store that is made (storage::StoreOptions::hides_numbers).
  bool canonical_order = true;  // query::EngineOptions::canonical_order.
  bool create_if_missing = true;
  bool exit_with_parent = false;
  int64_t parent_pid = 0;  // With exit_with_parent: whose child this is; 0: who it is at the start.
  uint32_t query_threads = 0;  // query::EngineOptions::threads_max.
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
