#include "server/daemon/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <sstream>
#include <vector>

namespace sightline::server {
namespace {

// A time, in seconds: a millisecond to a day. CLI::Range lets "nan" through.
class SecondsRange final : public CLI::Validator {
 public:
  SecondsRange()
      : CLI::Validator(
            [](std::string& text) {
              double seconds = 0;
              const bool is_number = CLI::detail::lexical_cast(text, seconds);
              if (is_number && seconds >= 0.001 && seconds <= 86'400) return std::string();
              return "'" + text + "' is no time of 0.001 to 86400 seconds";
            },
            "SECONDS") {}
};

int64_t MillisOf(double seconds) { return std::llround(seconds * 1'000); }

}  // namespace

ParsedCommandLine ParseCommandLine(int argc, const char* const* argv) {
  ParsedCommandLine parsed;
  DaemonOptions options;
  ServerLimits& limits = options.limits;
  std::string listen = "127.0.0.1:7432";
  std::string clearance = "CLEAR";
  std::vector<std::string> authorizations;
  bool no_create = false;
  double query_seconds = static_cast<double>(limits.time_ms_default) / 1'000;
  double query_seconds_max = static_cast<double>(limits.time_ms_max) / 1'000;
  double write_seconds = static_cast<double>(limits.write_time_ms_max) / 1'000;
  int64_t query_mebibytes = limits.memory_bytes_max >> 20;
  int64_t total_mebibytes = limits.total_memory_bytes_max >> 20;
  int64_t load_file_mebibytes = limits.load_file_bytes_max >> 20;
  int64_t load_memory_mebibytes = limits.load_memory_bytes_max >> 20;

  CLI::App app("Serves a Sightline store over gRPC.", "sightlined");
  app.set_version_flag("--version", std::string("sightlined ") + SIGHTLINE_VERSION);
  app.add_option("--data", options.data_directory, "Directory of the store; made when missing")
      ->required()
      ->type_name("DIR");
  app.add_option(
         "--listen", listen,
         "HOST:PORT (port 0: any free one), or unix:PATH. Beyond loopback only with TLS and "
         "certificates of clients")
      ->type_name("ADDRESS")
      ->capture_default_str();
  bool without_users = false;
  app.add_flag("--without-users", without_users,
               "Let everyone in who can connect, as one caller; on loopback only");
  app.add_option("--admin-token-file", options.admin_token_file,
                 "Where the first start writes the administrator's token, instead of printing it")
      ->type_name("FILE");
  app.add_option("--tls-certificate", options.tls_certificate_file,
                 "The server's certificate, PEM, with those that lead to its authority")
      ->type_name("FILE");
  app.add_option("--tls-key", options.tls_key_file, "The key of that certificate, PEM")
      ->type_name("FILE");
  app.add_option("--tls-client-ca", options.tls_client_ca_file,
                 "Every client needs a certificate that one of these authorities has signed, PEM")
      ->type_name("FILE");
  auto* audit_option =
      app.add_option("--audit", options.audit_directory,
                     "Directory of the audit log; with users, DIR/audit unless said otherwise")
          ->type_name("DIR");
  bool no_audit = false;
  app.add_flag("--no-audit", no_audit, "Keep no audit log")->excludes(audit_option);
  app.add_flag("--audit-required", options.audit_required,
               "Answer nothing while the audit log cannot be written");
  auto* clearance_option =
      app.add_option("--clearance", clearance,
                     "Without users: the highest TLP label that callers may read and write: CLEAR, "
                     "GREEN, AMBER, AMBER+STRICT or RED")
          ->type_name("LABEL")
          ->capture_default_str();
  auto* authorizations_option =
      app.add_option(
             "--authorizations", authorizations,
             "Without users: tokens that callers hold, for access expressions; separated by commas")
          ->type_name("A,B,...")
          ->delimiter(',');
  app.add_flag("--read-only", options.read_only, "Refuse all writes");
  app.add_flag("--hide-numbers", options.hide_numbers,
               "A new store names statements and unnamed entities so that nobody can count those "
               "that he may not see");
  std::string order;
  app.add_option("--order", order,
                 "Of rows without ORDER BY. names: tells nothing of what a reader may not see; "
                 "stored: as they are found, which is sooner. With users: names, else stored")
      ->type_name("ORDER")
      ->check(CLI::IsMember({"names", "stored"}));
  app.add_flag("--no-create", no_create, "Fail when there is no store at DIR");
  auto* with_parent = app.add_flag("--exit-with-parent", options.exit_with_parent,
                                   "Stop when the process that started this one ends");
  app.add_option("--parent-pid", options.parent_pid,
                 "Which process that is: stop at once when another is the parent by now")
      ->needs(with_parent)
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 30))
      ->type_name("PID");
  auto* query_seconds_option =
      app.add_option("--query-seconds", query_seconds,
                     "Time a query may take when it names no limit of its own")
          ->check(SecondsRange())
          ->capture_default_str();
  app.add_option("--query-seconds-max", query_seconds_max,
                 "Longest time that a query may ask for, and the time of loading a file")
      ->check(SecondsRange())
      ->capture_default_str();
  app.add_option("--write-seconds", write_seconds,
                 "Time a WriteStatements call may take, its wait for other writers included")
      ->check(SecondsRange())
      ->capture_default_str();
  auto* query_memory_option =
      app.add_option("--query-memory-mib", query_mebibytes, "Memory a query may use, in MiB")
          ->check(CLI::Range(int64_t{1}, int64_t{1} << 20))
          ->capture_default_str();
  app.add_option("--total-memory-mib", total_mebibytes,
                 "Memory all queries may use together, in MiB; by default half of the machine's")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 30))
      ->capture_default_str();
  app.add_option("--query-rows", limits.rows_max, "Rows a query may send")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 40))
      ->capture_default_str();
  app.add_option("--query-threads", options.query_threads,
                 "Threads that may work on one query; by default as many as there are cores")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  app.add_option("--query-steps", limits.steps_max, "Facts a query may touch")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 50))
      ->capture_default_str();
  app.add_option("--load-file-mib", load_file_mebibytes,
                 "Size of a file that BulkLoad imports, in MiB; it waits in the store's directory")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 30))
      ->capture_default_str();
  app.add_option("--load-memory-mib", load_memory_mebibytes,
                 "Memory that an import may use, in MiB")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 20))
      ->capture_default_str();
  app.add_option("--running", limits.running_max, "Queries that work at once")
      ->check(CLI::Range(int64_t{1}, int64_t{1'024}))
      ->capture_default_str();
  app.add_option("--queued", limits.queued_max, "Queries that wait for that")
      ->check(CLI::Range(int64_t{1}, int64_t{100'000}))
      ->capture_default_str();
  app.add_option("--stall-ms", limits.stall_ms_max,
                 "Cut a client that neither reads nor sends for so long")
      ->check(CLI::Range(int64_t{100}, int64_t{86'400'000}))
      ->capture_default_str();

  const auto refuse = [&parsed](std::string message) {
    parsed.exit_code = ExitCode::kUsage;
    parsed.output = "sightlined: " + std::move(message) + "\n";
    return parsed;
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    const int code = app.exit(error, out, err);
    parsed.exit_code = code == 0 ? ExitCode::kStopped : ExitCode::kUsage;
    parsed.output = code == 0 ? out.str() : err.str();
    return parsed;
  }
  StatusOr<ListenAddress> address = ListenAddress::Parse(listen);
  if (!address.ok()) return refuse("--listen: " + MessageOf(address.status()));
  options.listen = std::move(*address);
  const bool is_unix = options.listen.kind == ListenAddress::Kind::kUnix;
  options.has_users = !without_users && !is_unix;
  if (options.has_users && clearance_option->count() + authorizations_option->count() > 0) {
    return refuse(
        "--clearance and --authorizations go with --without-users or a unix socket; users have "
        "their own");
  }
  if (!options.has_users && !options.admin_token_file.empty()) {
    return refuse("--admin-token-file goes with users: not with --without-users or a unix socket");
  }
  options.canonical_order = order.empty() ? options.has_users : order == "names";
  if (options.has_users && !no_audit && options.audit_directory.empty()) {
    options.audit_directory = options.data_directory + "/audit";
  }
  if (options.audit_required && options.audit_directory.empty()) {
    return refuse("--audit-required needs an audit log: give --audit DIR");
  }
  const bool has_certificate = !options.tls_certificate_file.empty();
  if (has_certificate == options.tls_key_file.empty()) {
    return refuse("--tls-certificate and --tls-key go together");
  }
  if (!options.tls_client_ca_file.empty() && !has_certificate) {
    return refuse("--tls-client-ca goes with --tls-certificate");
  }
  if (has_certificate && is_unix) return refuse("a unix socket takes no TLS: the system guards it");
  if (!is_unix && !options.listen.is_loopback()) {
    if (without_users) return refuse("--without-users is for loopback addresses only");
    if (options.tls_client_ca_file.empty()) {
      return refuse(
          "--listen: beyond this machine only with TLS and certificates of clients: give "
          "--tls-certificate, --tls-key and --tls-client-ca");
    }
  }
  const std::optional<storage::TlpLabel> label = storage::ParseTlpLabel(clearance);
  if (!label) return refuse("--clearance: there is no TLP label '" + clearance + "'");
  options.clearance.tlp_max = *label;
  for (std::string& token : authorizations) {
    if (token.empty()) return refuse("--authorizations: a token is empty");
    options.clearance.authorizations.insert(std::move(token));
  }
  options.create_if_missing = !no_create;
  if (query_seconds > query_seconds_max && query_seconds_option->count() > 0) {
    return refuse("--query-seconds is more than --query-seconds-max");
  }
  if (query_mebibytes > total_mebibytes && query_memory_option->count() > 0) {
    return refuse("--query-memory-mib is more than --total-memory-mib");
  }
  limits.time_ms_max = MillisOf(query_seconds_max);
  limits.time_ms_default = std::min(MillisOf(query_seconds), limits.time_ms_max);
  limits.write_time_ms_max = MillisOf(write_seconds);
  limits.total_memory_bytes_max = total_mebibytes << 20;
  limits.memory_bytes_max = std::min(query_mebibytes, total_mebibytes) << 20;
  limits.load_file_bytes_max = load_file_mebibytes << 20;
  limits.load_memory_bytes_max = load_memory_mebibytes << 20;
  parsed.options = std::move(options);
  return parsed;
}

}  // namespace sightline::server
