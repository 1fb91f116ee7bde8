// DaemonOptions: what sightlined is told, by its command line, its environment and a file.
//
// Thread-compatible plain data.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/daemon/exit_code.h"
#include "server/daemon/listen_address.h"
#include "server/daemon/settings.h"
#include "server/daemon/tls_files.h"
#include "server/observability/log.h"
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
  // Encrypted when there is a certificate; with client_ca every client needs a certificate that it
  // has signed.
  TlsPaths tls;
  // Of the audit log; empty: none.
  std::string audit_directory;
  bool audit_required = false;  // Answer nothing while it cannot be written.
  // Where backups go; empty: nowhere. The newest so many are kept.
  std::string backup_directory;
  int64_t backups_kept = 7;
  bool read_only = false;
  bool hide_numbers = false;    // Of a store that is made (storage::StoreOptions::hides_numbers).
  bool canonical_order = true;  // query::EngineOptions::canonical_order.
  bool create_if_missing = true;
  bool exit_with_parent = false;
  int64_t parent_pid = 0;  // With exit_with_parent: whose child this is; 0: who it is at the start.
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kText;
  int64_t slow_query_ms = 1'000;                // Queries that take longer are logged; 0: none.
  std::optional<ListenAddress> metrics_listen;  // TCP, loopback. None: metrics are not served.
  uint32_t query_threads = 0;                   // query::EngineOptions::threads_max.
  ServerLimits limits;
};

// Either the options, or what to print and the code to exit with (help, version and --check-config
// among them).
struct ParsedCommandLine {
  std::optional<DaemonOptions> options;
  ExitCode exit_code = ExitCode::kStopped;
  std::string output;  // For stdout when the code is 0, else for stderr.
  Settings settings;   // As they were said, and where.
};

// `environment` as a process has it; null for none. A process that another runs for itself
// (--exit-with-parent) is told all by its command line: it does not read the environment.
ParsedCommandLine ParseCommandLine(int argc, const char* const* argv,
                                   const char* const* environment = nullptr);

// All settings, at their defaults.
Settings DeclareSettings();

}  // namespace sightline::server
