#include "server/daemon/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>
#include <utility>
#include <vector>

#include "server/daemon/tls_files.h"

namespace sightline::server {
namespace {

using Kind = Setting::Kind;

std::string FlagOf(const Setting& setting) { return "--" + setting.name; }

void DeclareLimit(const LimitEntry& entry, std::string section, Settings* settings) {
  const int64_t value = ServerLimits{}.*entry.member;
  Setting setting{.name = std::string(entry.setting),
                  .section = std::move(section),
                  .kind = Kind::kInteger,
                  .value_name = "N",
                  .help = std::string(entry.help),
                  .minimum = entry.minimum,
                  .maximum = entry.maximum};
  switch (entry.unit) {
    case LimitEntry::Unit::kOne:
      setting.text = std::to_string(value);
      break;
    case LimitEntry::Unit::kMebibyte:
      setting.text = std::to_string(value >> 20);
      setting.value_name = "MIB";
      break;
    case LimitEntry::Unit::kSecond:
      setting.kind = Kind::kSeconds;
      setting.text = fmt::format("{}", static_cast<double>(value) / 1'000);
      setting.value_name = "SECONDS";
      break;
  }
  setting.is_machines_own = entry.member == &ServerLimits::running_max ||
                            entry.member == &ServerLimits::total_memory_bytes_max;
  settings->Declare(std::move(setting));
}

ServerLimits LimitsOf(const Settings& settings) {
  ServerLimits limits;
  for (const LimitEntry& entry : LimitTable()) {
    switch (entry.unit) {
      case LimitEntry::Unit::kOne:
        limits.*entry.member = settings.Integer(entry.setting);
        break;
      case LimitEntry::Unit::kMebibyte:
        // A default that is no whole number of them stays as it is.
        if (settings.IsSet(entry.setting)) {
          limits.*entry.member = settings.Integer(entry.setting) << 20;
        }
        break;
      case LimitEntry::Unit::kSecond:
        limits.*entry.member = settings.Millis(entry.setting);
        break;
    }
  }
  return limits;
}

// Of two limits that are bound to one another, the lesser: an error when it was asked for to be
// more, else lowered without a word, so that one may be set alone. `bound` says what it is held to.
Status HoldTo(const Settings& settings, std::string_view lesser_name, std::string_view bound,
              int64_t greater, int64_t* lesser) {
  if (*lesser <= greater) return OkStatus();
  if (settings.IsSet(lesser_name)) {
    return InvalidArgument("--{} is more than {}", lesser_name, bound);
  }
  *lesser = greater;
  return OkStatus();
}

Status HoldTogether(const Settings& settings, ServerLimits* limits) {
  SL_RETURN_IF_ERROR(HoldTo(settings, "query-seconds", "--query-seconds-max", limits->time_ms_max,
                            &limits->time_ms_default));
  SL_RETURN_IF_ERROR(HoldTo(settings, "query-memory-mib", "--total-memory-mib",
                            limits->total_memory_bytes_max, &limits->memory_bytes_max));
  SL_RETURN_IF_ERROR(HoldTo(settings, "batch-rows", "--batch-rows-max", limits->batch_rows_max,
                            &limits->batch_rows_default));
  SL_RETURN_IF_ERROR(HoldTo(settings, "page-items", "--page-items-max", limits->page_items_max,
                            &limits->page_items_default));
  SL_RETURN_IF_ERROR(HoldTo(settings, "login-lock-seconds", "--login-lock-seconds-max",
                            limits->login_lock_ms_max, &limits->login_lock_ms));
  // What goes into one message, with room for what goes with it.
  const std::string_view quarter = "a quarter of --message-bytes-max";
  const int64_t part = limits->message_bytes_max / 4;
  SL_RETURN_IF_ERROR(HoldTo(settings, "batch-bytes", quarter, part, &limits->batch_bytes_target));
  SL_RETURN_IF_ERROR(HoldTo(settings, "query-bytes-max", quarter, part, &limits->query_bytes_max));
  return HoldTo(settings, "load-chunk-bytes-max", quarter, part, &limits->load_chunk_bytes_max);
}

// Reads flags into `settings`, after the file and the environment, which flags may choose. What is
// to be printed instead comes as `printed`.
Status ReadAll(int argc, const char* const* argv, const char* const* environment,
               Settings* settings, ParsedCommandLine* printed) {
  std::vector<std::pair<std::string, std::string>> flags;
  CLI::App app(
      "Serves a Sightline store over gRPC. Each setting may also stand in the file that --config "
      "names (query_rows = 1000) or in the environment (SIGHTLINED_QUERY_ROWS=1000); a flag counts "
      "before the environment, and that before the file.",
      "sightlined");
  app.set_version_flag("--version", std::string("sightlined ") + SIGHTLINE_VERSION);
  app.allow_extras();
  for (const Setting& each : settings->all()) {
    CLI::Option* option = nullptr;
    const std::string name = each.name;
    if (each.kind == Kind::kSwitch) {
      option = app.add_flag_function(
          FlagOf(each),
          [&flags, name](std::int64_t count) {
            flags.emplace_back(name, count > 0 ? "true" : "false");
          },
          each.help);
    } else {
      option = app.add_option_function<std::string>(
          FlagOf(each), [&flags, name](const std::string& text) { flags.emplace_back(name, text); },
          each.help);
      option->type_name(each.value_name);
      if (!each.text.empty()) option->default_str(each.text);
    }
    option->group(each.section);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    const int code = app.exit(error, out, err);
    printed->exit_code = code == 0 ? ExitCode::kStopped : ExitCode::kUsage;
    printed->output = code == 0 ? out.str() : err.str();
    return OkStatus();
  }
  if (const std::vector<std::string> extras = app.remaining(); !extras.empty()) {
    const std::string flag = extras.front().substr(0, extras.front().find('='));
    return InvalidArgument("there is no option '{}'{}", flag, settings->DidYouMean(flag, FlagOf));
  }
  const auto given = [&flags](std::string_view name) -> const std::string* {
    for (const auto& [flag, text] : flags) {
      if (flag == name) return &text;
    }
    return nullptr;
  };
  const std::string* const is_child = given("exit-with-parent");
  if (is_child != nullptr && *is_child == "true") environment = nullptr;
  if (const std::string* const file = given("config")) {
    SL_RETURN_IF_ERROR(settings->ReadFile(*file));
  }
  SL_RETURN_IF_ERROR(settings->ReadEnvironment(environment));
  for (const auto& [name, text] : flags) SL_RETURN_IF_ERROR(settings->SetFlag(name, text));
  return OkStatus();
}

StatusOr<ListenAddress> AddressOf(const Settings& settings, std::string_view name) {
  StatusOr<ListenAddress> address = ListenAddress::Parse(settings.Text(name));
  if (!address.ok()) return InvalidArgument("--{}: {}", name, MessageOf(address.status()));
  return address;
}

Status ReadAccess(const Settings& settings, DaemonOptions* options) {
  const bool is_unix = options->listen.kind == ListenAddress::Kind::kUnix;
  const bool without_users = settings.Switch("without-users");
  options->has_users = !without_users && !is_unix;
  options->admin_token_file = settings.Text("admin-token-file");
  if (options->has_users && (settings.IsSet("clearance") || settings.IsSet("authorizations"))) {
    return InvalidArgument(
        "--clearance and --authorizations go with --without-users or a unix socket; users have "
        "their own");
  }
  if (!options->has_users && !options->admin_token_file.empty()) {
    return InvalidArgument(
        "--admin-token-file goes with users: not with --without-users or a unix socket");
  }
  const std::optional<storage::TlpLabel> label = storage::ParseTlpLabel(settings.Text("clearance"));
  if (!label) {
    return InvalidArgument("--clearance: there is no TLP label '{}'", settings.Text("clearance"));
  }
  options->clearance.tlp_max = *label;
  for (std::string& token : settings.List("authorizations")) {
    if (token.empty()) return InvalidArgument("--authorizations: a token is empty");
    options->clearance.authorizations.insert(std::move(token));
  }
  if (!is_unix && !options->listen.is_loopback()) {
    if (without_users) return InvalidArgument("--without-users is for loopback addresses only");
    if (settings.Text("tls-client-ca").empty()) {
      return InvalidArgument(
          "--listen: beyond this machine only with TLS and certificates of clients: give "
          "--tls-certificate, --tls-key and --tls-client-ca");
    }
  }
  return OkStatus();
}

Status ReadTls(const Settings& settings, DaemonOptions* options) {
  options->tls.certificate = settings.Text("tls-certificate");
  options->tls.key = settings.Text("tls-key");
  options->tls.client_ca = settings.Text("tls-client-ca");
  const bool has_certificate = !options->tls.certificate.empty();
  if (has_certificate == options->tls.key.empty()) {
    return InvalidArgument("--tls-certificate and --tls-key go together");
  }
  if (!options->tls.client_ca.empty() && !has_certificate) {
    return InvalidArgument("--tls-client-ca goes with --tls-certificate");
  }
  if (has_certificate && options->listen.kind == ListenAddress::Kind::kUnix) {
    return InvalidArgument("a unix socket takes no TLS: the system guards it");
  }
  return OkStatus();
}

Status ReadAudit(const Settings& settings, DaemonOptions* options) {
  // Of two that contradict each other, what was said in the place that counts more.
  const Setting& audit = settings.Get("audit");
  const Setting& no_audit = settings.Get("no-audit");
  const bool refuses = no_audit.text == "true";
  if (refuses && !audit.text.empty() && audit.origin == no_audit.origin) {
    return InvalidArgument("--audit and --no-audit exclude each other");
  }
  const bool keeps_none = refuses && no_audit.origin > audit.origin;
  if (!keeps_none) options->audit_directory = audit.text;
  if (options->has_users && !refuses && options->audit_directory.empty()) {
    options->audit_directory = options->data_directory + "/audit";
  }
  options->audit_required = settings.Switch("audit-required");
  if (options->audit_required && options->audit_directory.empty()) {
    return InvalidArgument("--audit-required needs an audit log: give --audit DIR");
  }
  return OkStatus();
}

Status ReadObservability(const Settings& settings, DaemonOptions* options) {
  options->log_level = *ParseLogLevel(settings.Text("log-level"));
  options->log_format = settings.Text("log-format") == "json" ? LogFormat::kJson : LogFormat::kText;
  options->slow_query_ms = settings.Integer("slow-query-ms");
  if (settings.Text("metrics-listen").empty()) return OkStatus();
  SL_ASSIGN_OR_RETURN(ListenAddress address, AddressOf(settings, "metrics-listen"));
  if (address.kind != ListenAddress::Kind::kTcp || !address.is_loopback()) {
    return InvalidArgument(
        "--metrics-listen: metrics count what is in the whole store, and anyone who can connect "
        "may read them: HOST:PORT of loopback only");
  }
  if (address.host == "localhost") address.host = "127.0.0.1";
  options->metrics_listen = std::move(address);
  return OkStatus();
}

StatusOr<DaemonOptions> OptionsOf(const Settings& settings) {
  DaemonOptions options;
  options.data_directory = settings.Text("data");
  if (options.data_directory.empty()) {
    return InvalidArgument("--data is required: the directory of the store");
  }
  SL_ASSIGN_OR_RETURN(options.listen, AddressOf(settings, "listen"));
  SL_RETURN_IF_ERROR(ReadAccess(settings, &options));
  SL_RETURN_IF_ERROR(ReadAudit(settings, &options));
  SL_RETURN_IF_ERROR(ReadTls(settings, &options));
  SL_RETURN_IF_ERROR(ReadObservability(settings, &options));
  options.backup_directory = settings.Text("backups");
  options.backups_kept = settings.Integer("backups-keep");
  options.read_only = settings.Switch("read-only");
  options.hide_numbers = settings.Switch("hide-numbers");
  const std::string& order = settings.Text("order");
  options.canonical_order = order.empty() ? options.has_users : order == "names";
  options.create_if_missing = !settings.Switch("no-create");
  options.exit_with_parent = settings.Switch("exit-with-parent");
  options.parent_pid = settings.Integer("parent-pid");
  if (options.parent_pid != 0 && !options.exit_with_parent) {
    return InvalidArgument("--parent-pid goes with --exit-with-parent");
  }
  options.query_threads = static_cast<uint32_t>(settings.Integer("query-threads"));
  options.limits = LimitsOf(settings);
  SL_RETURN_IF_ERROR(HoldTogether(settings, &options.limits));
  return options;
}

}  // namespace

Settings DeclareSettings() {
  Settings settings;
  const auto declare = [&settings](Setting setting) { settings.Declare(std::move(setting)); };

  const std::string run = "Running";
  declare({.name = "config",
           .section = run,
           .value_name = "FILE",
           .help = "A file with settings (TOML), as packaging/sightlined.example.toml shows it",
           .is_flag_only = true});
  declare({.name = "check-config",
           .section = run,
           .kind = Kind::kSwitch,
           .help = "Print what is in force, and where each value comes from, and exit",
           .text = "false",
           .is_flag_only = true});
  declare({.name = "exit-with-parent",
           .section = run,
           .kind = Kind::kSwitch,
           .help = "Stop when the process that started this one ends; do not read the environment",
           .text = "false",
           .is_flag_only = true});
  declare({.name = "parent-pid",
           .section = run,
           .kind = Kind::kInteger,
           .value_name = "PID",
           .help = "With --exit-with-parent, which process that is, so that one that ended before "
                   "the server looked is noticed. It is the direct parent: a wrapper script has to "
                   "exec the server",
           .text = "0",
           .maximum = int64_t{1} << 30,
           .is_flag_only = true});

  const std::string store = "Store";
  declare({.name = "data",
           .section = store,
           .value_name = "DIR",
           .help = "Directory of the store; made when it is missing; required"});
  declare({.name = "no-create",
           .section = store,
           .kind = Kind::kSwitch,
           .help = "Fail when there is no store in the directory",
           .text = "false"});
  declare({.name = "read-only",
           .section = store,
           .kind = Kind::kSwitch,
           .help = "Refuse all writes",
           .text = "false"});
  declare({.name = "hide-numbers",
           .section = store,
           .kind = Kind::kSwitch,
           .help = "A new store names statements and unnamed entities so that nobody can count "
                   "those that he may not see",
           .text = "false"});
  declare({.name = "order",
           .section = store,
           .kind = Kind::kChoice,
           .value_name = "ORDER",
           .help = "Of rows without ORDER BY. names: tells nothing of what a reader may not see, "
                   "and finds all rows first; stored: as they are found. With users names, else "
                   "stored",
           .choices = {"names", "stored"}});

  const std::string network = "Network and TLS";
  declare({.name = "listen",
           .section = network,
           .value_name = "ADDRESS",
           .help = "HOST:PORT (port 0: any free one), or unix:PATH. Beyond loopback only with TLS "
                   "and certificates of clients",
           .text = "127.0.0.1:7432"});
  declare({.name = "tls-certificate",
           .section = network,
           .value_name = "FILE",
           .help = "The server's certificate, PEM, with those that lead to its authority"});
  declare({.name = "tls-key",
           .section = network,
           .value_name = "FILE",
           .help = "The key of that certificate, PEM, its owner's alone"});
  declare({.name = "tls-client-ca",
           .section = network,
           .value_name = "FILE",
           .help = "Every client needs a certificate that one of these authorities has signed, "
                   "PEM"});

  const std::string access = "Access and audit";
  declare({.name = "without-users",
           .section = access,
           .kind = Kind::kSwitch,
           .help = "Let everyone in who can connect, as one caller; on loopback only. A unix "
                   "socket is so anyway",
           .text = "false"});
  declare({.name = "clearance",
           .section = access,
           .value_name = "LABEL",
           .help = "Without users, the highest TLP label that callers may read and write: CLEAR, "
                   "GREEN, AMBER, AMBER+STRICT or RED",
           .text = "CLEAR"});
  declare({.name = "authorizations",
           .section = access,
           .kind = Kind::kList,
           .value_name = "A,B,...",
           .help = "Without users, tokens that callers hold, for access expressions"});
  declare({.name = "admin-token-file",
           .section = access,
           .value_name = "FILE",
           .help = "Where the first start writes the administrator's token, instead of printing "
                   "it"});
  declare({.name = "audit",
           .section = access,
           .value_name = "DIR",
           .help = "Directory of the audit log; with users, DIR/audit unless said otherwise"});
  declare({.name = "no-audit",
           .section = access,
           .kind = Kind::kSwitch,
           .help = "Keep no audit log",
           .text = "false"});
  declare({.name = "audit-required",
           .section = access,
           .kind = Kind::kSwitch,
           .help = "Answer nothing while the audit log cannot be written",
           .text = "false"});

  const std::string backups = "Backups";
  declare({.name = "backups",
           .section = backups,
           .value_name = "DIR",
           .help = "Directory of the backups that administrators have made; best on another disk"});
  declare({.name = "backups-keep",
           .section = backups,
           .kind = Kind::kInteger,
           .value_name = "N",
           .help = "Of the backups, how many stay: the newest",
           .text = "7",
           .minimum = 1,
           .maximum = 100'000});

  const std::string watch = "Logs and metrics";
  declare({.name = "log-level",
           .section = watch,
           .kind = Kind::kChoice,
           .value_name = "LEVEL",
           .help = "What is logged on standard error: debug (every call), info, warning or error",
           .text = "info",
           .choices = {"debug", "info", "warning", "error"}});
  declare({.name = "log-format",
           .section = watch,
           .kind = Kind::kChoice,
           .value_name = "FORMAT",
           .help = "text (logfmt) or json, a line an event",
           .text = "text",
           .choices = {"text", "json"}});
  declare({.name = "slow-query-ms",
           .section = watch,
           .kind = Kind::kInteger,
           .value_name = "N",
           .help = "Log queries that take so many milliseconds, without what they ask about; 0: "
                   "none",
           .text = "1000",
           .maximum = 86'400'000});
  declare({.name = "metrics-listen",
           .section = watch,
           .value_name = "ADDRESS",
           .help = "HOST:PORT of loopback where Prometheus reads /metrics; not set: nowhere"});

  declare({.name = "query-threads",
           .section = "Limits",
           .kind = Kind::kInteger,
           .value_name = "N",
           .help =
               "Threads that may work on one query; 1: no query has helpers; 0: as many as there "
               "are cores",
           .text = "0",
           .maximum = 1'024});
  for (const LimitEntry& entry : LimitTable()) DeclareLimit(entry, "Limits", &settings);
  return settings;
}

ParsedCommandLine ParseCommandLine(int argc, const char* const* argv,
                                   const char* const* environment) {
  ParsedCommandLine parsed;
  parsed.settings = DeclareSettings();
  const auto refuse = [&parsed](const Status& status) {
    parsed.exit_code = ExitCode::kUsage;
    parsed.output = "sightlined: " + MessageOf(status) + "\n";
    return parsed;
  };
  if (const Status read = ReadAll(argc, argv, environment, &parsed.settings, &parsed); !read.ok()) {
    return refuse(read);
  }
  if (!parsed.output.empty()) return parsed;
  StatusOr<DaemonOptions> options = OptionsOf(parsed.settings);
  if (!options.ok()) return refuse(options.status());
  if (!parsed.settings.Switch("check-config")) {
    parsed.options = std::move(*options);
    return parsed;
  }
  if (!options->tls.certificate.empty()) {
    const auto pem = ReadTlsFiles(options->tls);
    if (!pem.ok()) return refuse(pem.status());
    if (const auto tls = TlsContext::Make(*pem); !tls.ok()) return refuse(tls.status());
  }
  parsed.output = parsed.settings.EffectiveText();
  return parsed;
}

}  // namespace sightline::server
