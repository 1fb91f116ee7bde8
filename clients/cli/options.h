// What the command line asks for.

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clients/cli/admin_words.h"
#include "sightline/v1/access_service.pb.h"
#include "sightline/v1/statement_service.pb.h"
#include "sightline/v1/types.pb.h"

namespace sightline::cli {

enum class Format {
  kTable,
  kVertical,
  kCsv,
  kTsv,
  kJson,
  kJsonLines,
  kMarkdown,
  kDot,
  kGraphml,
  kGexf,
};
std::optional<Format> ParseFormat(std::string_view name);
std::string_view FormatName(Format format);
// "table, vertical, csv, ...", for messages.
std::string FormatNames();
// Whether all commands print in it; the others are for the results of queries alone.
bool IsForEveryCommand(Format format);

enum class ColorMode { kAuto, kAlways, kNever };

struct OutputOptions {
  Format format = Format::kTable;
  // Draw tables with ASCII characters only.
  bool is_ascii = false;
  // Columns of the terminal; unset when standard output is none, and nothing is cut then.
  std::optional<size_t> terminal_columns;
  // Terminal colours on standard output.
  bool is_colored = false;
  // CSV: put an apostrophe before text that a spreadsheet would take for a formula.
  bool guard_formulas = false;
};

enum class Command {
  kNone,
  kQuery,
  kLoad,
  kShell,
  kInfo,
  kUser,
  kRole,
  kToken,
  kQueries,
  kAdmin,
  kVersion
};

// What `user` and `token` are to do, as it was said; unset: not said.
struct AccessWords {
  enum class Action { kList, kCreate, kUpdate, kDelete, kShow, kIssue, kRevoke };
  Action action = Action::kList;
  std::string name;  // Of the user, or the token's id.
  std::optional<v1::Role> role;
  std::optional<v1::TlpLabel> clearance;
  std::optional<std::vector<std::string>> authorizations;
  std::optional<std::vector<std::string>> certificate_names;
  std::optional<bool> disabled;
  // Of a user or a role; 0: what the server allows to all. Those that are not said stay.
  std::optional<std::chrono::milliseconds> max_time;
  std::optional<int64_t> max_rows, max_memory_mib, max_steps, max_queries;
  std::string user;   // Of a token.
  std::string label;  // Of a token.
  // Of a token; zero: without end.
  std::optional<std::chrono::seconds> lifetime;
};

// What is said of the time a query took: nothing, one figure, or where it went.
enum class Timing { kOff, kTotal, kParts };

struct Options {
  Command command = Command::kNone;
  // One of them is set, after ParseCommandLine.
  std::string server;
  std::string db;
  // Files: of the access token, and PEM for TLS. The token's text itself comes from the environment
  // only, not from the command line, which others on the machine can read.
  std::string token_file;
  std::string tls_ca_file, tls_certificate_file, tls_key_file;
  bool has_tls = false;
  OutputOptions output;
  ColorMode color = ColorMode::kAuto;
  std::map<std::string, v1::Value> parameters;
  // Of a query; unset: the server's own limit.
  std::optional<std::chrono::milliseconds> timeout;
  // 0: the server's own limit.
  int64_t limit_rows = 0;
  bool is_read_only = false;
  bool is_quiet = false;
  // kTotal where standard output is a terminal.
  Timing timing = Timing::kOff;
  // Results that are longer than the terminal go to $PAGER.
  bool is_paged = true;
  // What is typed in the shell is kept for the next time.
  bool has_history = true;
  // Of `query`: run it again and again, this long after each result.
  std::optional<std::chrono::milliseconds> watch;
  // For the private server, with --db only.
  std::vector<std::string> server_arguments;

  AccessWords access;
  // `queries`: what to cancel; empty: list them.
  std::vector<std::string> cancelled_queries;
  AdminWords admin;

  std::optional<std::string> query_text;  // "-" is standard input.
  std::optional<std::string> query_file;
  std::vector<std::string> load_files;
  // Of all of them; the file's name is still to be set. With a load_id there is one file.
  v1::BulkLoadOpen load_open;
  std::string load_reject_path = "sightline-rejects.jsonl";
};

// "slql", "ntriples": the names of docs/import.md.
std::optional<v1::FileFormat> ParseFileFormat(std::string_view name);
// "slql, ntriples, ...", for messages.
std::string FileFormatNames();

// "amber", "TLP:AMBER+STRICT", whatever the case.
std::optional<v1::TlpLabel> ParseTlpLabel(std::string_view label);

// "reader", "writer", "administrator".
std::optional<v1::Role> ParseRole(std::string_view name);
std::string_view RoleName(v1::Role role);
// "TLP:AMBER+STRICT"
std::string TlpLabelText(v1::TlpLabel label);

// "12h", "30d", "90m", "45s", at most ten years; "never" is zero.
std::optional<std::chrono::seconds> ParseLifetime(std::string_view text);

// The shortest pause of --watch and \watch: a server is not to be kept busy by looking at it.
inline constexpr std::chrono::milliseconds kWatchMin{100};

// "30", "30s", "500ms", "2m", "1h"; nothing for other text, zero, or more than a week.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);

}  // namespace sightline::cli
