#include "clients/cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <map>
#include <sstream>
#include <tuple>
#include <utility>
#include <vector>

#include "clients/cli/exit_code.h"
#include "clients/cli/parameter.h"
#include "clients/cli/terminal.h"
#include "clients/cpp/connection.h"

namespace sightline::cli {
namespace {

constexpr char kDefaultServer[] = "127.0.0.1:7432";

constexpr char kFooter[] =
    "Exit codes:\n"
    "  0    all went well\n"
    "  1    the query or the input is wrong, or the query failed\n"
    "  2    the command line is wrong\n"
    "  3    no server answers, it cannot be started, or it refuses the store\n"
    "  4    what was printed is not the whole result\n"
    "  130  interrupted (128 + the signal)\n"
    "  141  the reader of standard output went away\n";

constexpr char kTlpLabels[] = "CLEAR, GREEN, AMBER, AMBER+STRICT and RED are";

// What `load` is told of its files.
struct LoadWords {
  std::vector<std::string> formats;
  std::string dataset, claimant, document, language, marking, load_id;
  int64_t reject_limit = 0;
  CLI::Option* reject_limit_option = nullptr;
};

void AddLoadOptions(CLI::App* load, Options* options, LoadWords* words) {
  load->add_option("FILE", options->load_files, "Files, in order; - is standard input")
      ->type_name("")
      ->required();
  load->add_option("--format", words->formats,
                   "Of the files: " + FileFormatNames() +
                       " [their names tell]. Or how the results are printed, as above")
      ->type_name("FORMAT")
      ->allow_extra_args(false);
  load->add_option("--dataset", words->dataset,
                   "Imported files: the collection they belong to [dataset/NAME]")
      ->type_name("ID");
  load->add_option("--claimant", words->claimant, "Imported files: who says it [the dataset]")
      ->type_name("ID");
  load->add_option("--document", words->document, "Imported files: where it is said")
      ->type_name("ID");
  load->add_option("--language", words->language, "Imported files: of text that names none")
      ->type_name("TAG");
  load->add_option("--marking", words->marking,
                   "Imported files: TLP label of what names none [CLEAR]")
      ->type_name("LABEL");
  load->add_option("--rejects", options->load_reject_path,
                   "Imported files: where records that are not taken go")
      ->type_name("FILE")
      ->capture_default_str();
  words->reject_limit_option =
      load->add_option("--reject-limit", words->reject_limit,
                       "Imported files: with more rejects than this nothing is loaded [1000]")
          ->type_name("N")
          ->check(CLI::Range(int64_t{0}, int64_t{1'000'000'000}));
  load->add_option(
          "--load-id", words->load_id,
          "A UUID of yours, for one FILE: with it, an interrupted load goes on where it was")
      ->type_name("UUID");
}

// Puts the words into `*options`. Empty, or what is wrong with them.
std::string SetLoadOptions(const LoadWords& words, std::string* result_format, Options* options) {
  v1::BulkLoadOpen& open = options->load_open;
  for (const std::string& name : words.formats) {
    if (const std::optional<v1::FileFormat> format = ParseFileFormat(name)) {
      open.set_format(*format);
    } else if (ParseFormat(name)) {
      *result_format = name;
    } else {
      return "--format: there is no format '" + name + "' of files; " + FileFormatNames() + " are";
    }
  }
  if (!words.load_id.empty()) {
    if (!client::IsLoadId(words.load_id)) {
      return "--load-id: '" + words.load_id +
             "' is not a UUID, as in 123e4567-e89b-12d3-a456-426614174000";
    }
    if (options->load_files.size() != 1) return "--load-id: it is for one file";
  }
  open.set_load_id(words.load_id);
  open.set_dataset(words.dataset);
  open.set_claimant(words.claimant);
  open.set_document(words.document);
  open.set_language(words.language);
  if (!words.marking.empty()) {
    const std::optional<v1::TlpLabel> label = ParseTlpLabel(words.marking);
    if (!label) return "--marking: there is no TLP label '" + words.marking + "'; " + kTlpLabels;
    open.mutable_marking()->set_tlp(*label);
  }
  if (words.reject_limit_option->count() > 0) open.set_reject_limit(words.reject_limit);
  for (const std::string* text :
       {&words.dataset, &words.claimant, &words.document, &words.language}) {
    if (client::FirstInvalidUtf8(*text)) return "load: '" + *text + "' is not UTF-8";
  }
  return "";
}

void AddQueriesCommands(CLI::App* queries, Options* options) {
  queries->require_subcommand(1);
  queries->add_subcommand("list", "Running queries: yours; an administrator's list has all")
      ->fallthrough();
  CLI::App* cancel = queries->add_subcommand("cancel", "End queries, by their ids");
  cancel->fallthrough();
  cancel->add_option("ID", options->cancelled_queries)->required()->type_name("");
}

// What `user` and `token` are told, before it is looked at.
struct AccessTexts {
  std::string role, clearance, lifetime, max_time;
  std::vector<std::string> authorizations, certificates;
  bool is_disabled = false, is_enabled = false;
  std::vector<std::pair<CLI::App*, AccessWords::Action>> actions;
};

// Options of what may be read and written. `clearance` and `authorizations` are of the command
// line as a whole too, where they are said to the private server.
void AddRightsOptions(CLI::App* command, AccessTexts* texts) {
  command->add_option("--role", texts->role, "reader, writer or administrator")
      ->type_name("ROLE")
      ->check(CLI::IsMember({"reader", "writer", "administrator"}));
  command
      ->add_option("--may-read", texts->clearance,
                   "The highest TLP label: CLEAR, GREEN, AMBER, AMBER+STRICT or RED")
      ->type_name("LABEL");
  command
      ->add_option("--holds", texts->authorizations,
                   "Authorizations, for access expressions; \"\" for none")
      ->type_name("A,B,...")
      ->delimiter(',')
      ->allow_extra_args(false);
}

// What a user may use at most. 0 takes a limit away.
void AddLimitOptions(CLI::App* command, AccessTexts* texts, AccessWords* words) {
  command
      ->add_option("--max-time", texts->max_time, "Longest a call may take: 30s, 2m; 0: no limit")
      ->type_name("TIME");
  for (const auto& [name, help, count] :
       {std::tuple("--max-rows", "Rows of a query; 0: no limit", &words->max_rows),
        std::tuple("--max-memory-mib", "Memory of a query, in MiB; 0: no limit",
                   &words->max_memory_mib),
        std::tuple("--max-facts", "Facts that a call may touch; 0: no limit", &words->max_steps),
        std::tuple("--max-queries", "Queries of one user at once; 0: no limit",
                   &words->max_queries)}) {
    command->add_option(name, *count, help)
        ->type_name("COUNT")
        ->check(CLI::Range(int64_t{0}, int64_t{1} << 40));
  }
}

void AddRoleCommands(CLI::App* role, AccessTexts* texts, AccessWords* words) {
  role->require_subcommand(1);
  using Action = AccessWords::Action;
  const auto add = [&](const char* name, const char* help, Action action) {
    CLI::App* command = role->add_subcommand(name, help);
    command->fallthrough();
    texts->actions.emplace_back(command, action);
    return command;
  };
  add("list", "All roles, with what their users may use at most", Action::kList);
  CLI::App* update = add("update", "Change what is said, leave the rest", Action::kUpdate);
  update->add_option("ROLE", texts->role)
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"reader", "writer", "administrator"}));
  AddLimitOptions(update, texts, words);
}

void AddUserCommands(CLI::App* user, AccessTexts* texts, AccessWords* words) {
  user->require_subcommand(1);
  using Action = AccessWords::Action;
  const auto add = [&](const char* name, const char* help, Action action) {
    CLI::App* command = user->add_subcommand(name, help);
    command->fallthrough();
    texts->actions.emplace_back(command, action);
    return command;
  };
  add("list", "All users", Action::kList);
  add("show", "Who you are to the server", Action::kShow);
  for (const auto& [name, help, action] :
       {std::tuple("create", "Make a user: a reader of TLP:CLEAR unless said otherwise",
                   Action::kCreate),
        std::tuple("update", "Change what is said, leave the rest", Action::kUpdate)}) {
    CLI::App* command = add(name, help, action);
    command->add_option("NAME", words->name)->required()->type_name("");
    AddRightsOptions(command, texts);
    command
        ->add_option("--certificate", texts->certificates,
                     "A name in the client certificate that is his; \"\" for none")
        ->type_name("NAME,...")
        ->delimiter(',')
        ->allow_extra_args(false);
    AddLimitOptions(command, texts, words);
    if (action == Action::kCreate) continue;
    auto* disable = command->add_flag("--disable", texts->is_disabled, "Let him in no more");
    command->add_flag("--enable", texts->is_enabled, "Let him in again")->excludes(disable);
  }
  add("delete", "Remove a user and his tokens", Action::kDelete)
      ->add_option("NAME", words->name)
      ->required()
      ->type_name("");
}

void AddTokenCommands(CLI::App* token, AccessTexts* texts, AccessWords* words) {
  token->require_subcommand(1);
  using Action = AccessWords::Action;
  const auto add = [&](const char* name, const char* help, Action action) {
    CLI::App* command = token->add_subcommand(name, help);
    command->fallthrough();
    texts->actions.emplace_back(command, action);
    return command;
  };
  CLI::App* list = add("list", "Your tokens, or a user's", Action::kList);
  list->add_option("--user", words->user, "Whose; '*': everyone's")->type_name("NAME");
  CLI::App* issue = add("issue", "Make a token and print it, this once", Action::kIssue);
  issue->add_option("--user", words->user, "Whose [yours]")->type_name("NAME");
  issue->add_option("--label", words->label, "What it is for")->type_name("TEXT");
  issue->add_option("--lifetime", texts->lifetime, "90m, 12h, 30d or never [12h]")
      ->type_name("TIME");
  AddRightsOptions(issue, texts);
  add("revoke", "End a token, at once", Action::kRevoke)
      ->add_option("ID", words->name)
      ->required()
      ->type_name("");
}

// Empty, or what is wrong with the words.
std::string SetAccessWords(const AccessTexts& texts, AccessWords* words) {
  for (const auto& [command, action] : texts.actions) {
    if (command->parsed()) words->action = action;
  }
  if (!texts.role.empty()) words->role = ParseRole(texts.role);
  if (!texts.clearance.empty()) {
    words->clearance = ParseTlpLabel(texts.clearance);
    if (!words->clearance) {
      return "--may-read: there is no TLP label '" + texts.clearance + "'; " + kTlpLabels;
    }
  }
  const auto list = [](const std::vector<std::string>& said,
                       std::optional<std::vector<std::string>>* out) {
    if (said.empty()) return;
    out->emplace();
    for (const std::string& text : said) {
      if (!text.empty()) (*out)->push_back(text);
    }
  };
  list(texts.authorizations, &words->authorizations);
  list(texts.certificates, &words->certificate_names);
  if (texts.is_disabled || texts.is_enabled) words->disabled = texts.is_disabled;
  if (!texts.lifetime.empty()) {
    words->lifetime = ParseLifetime(texts.lifetime);
    if (!words->lifetime) {
      return "--lifetime: '" + texts.lifetime + "' is no time; 12h is, 30d or never";
    }
  }
  if (!texts.max_time.empty()) {
    words->max_time =
        texts.max_time == "0" ? std::chrono::milliseconds(0) : ParseDuration(texts.max_time);
    if (!words->max_time) {
      return "--max-time: '" + texts.max_time + "' is no time; 30s is, 500ms or 2m";
    }
  }
  for (const std::string* text : {&words->name, &words->user, &words->label}) {
    if (client::FirstInvalidUtf8(*text)) return "'" + *text + "' is not UTF-8";
  }
  return "";
}

}  // namespace

CommandLine ParseCommandLine(int argc, char** argv) {
  CommandLine result;
  Options& options = result.options;
  CLI::App app("Sightline: a knowledge graph that can say who told us that.", "sightline");
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("sightline"), "The version of this program");
  app.fallthrough();

  std::string server, format = "table", color = "auto", timeout, clearance;
  std::vector<std::string> parameters, authorizations;
  auto* server_option =
      app.add_option("--server", server,
                     fmt::format("HOST:PORT or unix:PATH of a running server [$SIGHTLINE_SERVER, "
                                 "else {}]",
                                 kDefaultServer))
          ->type_name("ADDRESS");
  auto* db_option =
      app.add_option("--db", options.db,
                     "A store's folder: serve it privately for this command. load and "
                     "shell make it when it is missing")
          ->type_name("DIR");
  app.add_option("--token-file", options.token_file,
                 "A file with the access token [$SIGHTLINE_TOKEN_FILE, or the token itself in "
                 "$SIGHTLINE_TOKEN]")
      ->type_name("FILE");
  app.add_flag("--tls", options.has_tls, "Encrypt; the options below do so too");
  app.add_option("--tls-ca", options.tls_ca_file,
                 "Authorities that may vouch for the server, PEM [the system's]")
      ->type_name("FILE");
  app.add_option("--tls-certificate", options.tls_certificate_file, "Your certificate, PEM")
      ->type_name("FILE");
  app.add_option("--tls-key", options.tls_key_file, "The key of your certificate, PEM")
      ->type_name("FILE");
  app.add_option("--format", format, "How results are printed [table]: " + FormatNames())
      ->type_name("FORMAT");
  app.add_option("--param", parameters,
                 "$NAME in the query; VALUE is JSON, the #id of an entity, a date, else text. May "
                 "be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_option("--timeout", timeout, "Longest a query may take: 30s, 500ms, 2m")
      ->type_name("TIME");
  app.add_option("--limit-rows", options.limit_rows, "Most rows of a result; more exit with 4")
      ->type_name("COUNT")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 40));
  app.add_flag("--read-only", options.is_read_only, "Refuse to write");
  app.add_flag("--quiet,-q", options.is_quiet, "Results and errors only");
  app.add_option("--color", color, "Of messages [auto: on a terminal]")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  bool has_no_pager = false;
  app.add_flag("--no-pager", has_no_pager, "Print long results without $PAGER");
  app.add_flag("--ascii", options.output.is_ascii, "Draw tables with ASCII characters");
  app.add_flag("--guard-formulas", options.output.guard_formulas,
               "CSV: keep spreadsheets from running text as a formula");
  app.add_option("--clearance", clearance, "With --db: the highest TLP label that may be read")
      ->type_name("LABEL");
  app.add_option("--authorizations", authorizations, "With --db: tokens for access expressions")
      ->type_name("A,B,...")
      ->allow_extra_args(false);

  CLI::App* query = app.add_subcommand("query", "Run SLQL and print the result");
  std::string text, file;
  auto* text_option =
      query->add_option("TEXT", text, "The query; - reads standard input")->type_name("");
  auto* file_option =
      query->add_option("-f,--file", file, "Read the query from a file")->type_name("FILE");
  text_option->excludes(file_option);
  std::string watch;
  query->add_option("--watch", watch, "Run it again, this long after each result: 5s, 500ms")
      ->type_name("TIME");

  CLI::App* load = app.add_subcommand(
      "load", "Load scripts, RDF, FollowTheMoney: each file whole or not at all");
  LoadWords load_words;
  AddLoadOptions(load, &options, &load_words);
  CLI::App* shell = app.add_subcommand("shell", "Type queries; works with a pipe as well");
  bool has_no_history = false;
  shell->add_flag("--no-history", has_no_history, "Keep nothing of what is typed");
  CLI::App* info = app.add_subcommand("info", "What the server is and allows");
  CLI::App* user = app.add_subcommand("user", "Who may call the server");
  CLI::App* role = app.add_subcommand("role", "What callers may use at most");
  CLI::App* token = app.add_subcommand("token", "What callers show to be let in");
  AccessTexts access_texts;
  AddUserCommands(user, &access_texts, &options.access);
  AddRoleCommands(role, &access_texts, &options.access);
  AddTokenCommands(token, &access_texts, &options.access);
  CLI::App* queries = app.add_subcommand("queries", "What the server is running for you");
  AddQueriesCommands(queries, &options);
  CLI::App* admin = app.add_subcommand("admin", "Look after a server");
  AdminTexts admin_texts;
  AddAdminCommands(admin, &admin_texts, &options.admin);
  CLI::App* version = app.add_subcommand("version", "The version of this program");
  for (CLI::App* command : {query, load, shell, info, user, role, token, queries, admin, version}) {
    command->fallthrough();
  }

  const auto refuse = [&](const std::string& message) {
    result.is_done = true;
    result.exit_code = kExitUsage;
    result.message = "sightline: " + message + "\nRun 'sightline --help' for the options.\n";
    return result;
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    result.is_done = true;
    CLI::App* asked = &app;
    for (CLI::App* command : app.get_subcommands()) asked = command;
    result.message = asked->help(asked == &app ? "" : "sightline");
    return result;
  } catch (const CLI::CallForVersion&) {
    options.command = Command::kVersion;
    return result;
  } catch (const CLI::ParseError& error) {
    if (app.get_subcommands().empty() && !app.remaining().empty()) {
      return refuse("there is no command '" + app.remaining().front() + "'");
    }
    return refuse(error.what());
  }

  options.command = query->parsed()     ? Command::kQuery
                    : load->parsed()    ? Command::kLoad
                    : shell->parsed()   ? Command::kShell
                    : info->parsed()    ? Command::kInfo
                    : user->parsed()    ? Command::kUser
                    : role->parsed()    ? Command::kRole
                    : token->parsed()   ? Command::kToken
                    : queries->parsed() ? Command::kQueries
                    : admin->parsed()   ? Command::kAdmin
                                        : Command::kVersion;
  if (options.command == Command::kQuery) {
    if (text_option->count() == 0 && file_option->count() == 0) {
      return refuse("query: give the text, -f FILE, or - for standard input");
    }
    if (file_option->count() > 0) options.query_file = file;
    if (text_option->count() > 0) options.query_text = text;
  }
  if (options.command == Command::kLoad) {
    if (const std::string wrong = SetLoadOptions(load_words, &format, &options); !wrong.empty()) {
      return refuse(wrong);
    }
  }
  if (options.command == Command::kLoad && options.is_read_only) {
    return refuse("load writes, which --read-only forbids");
  }
  if (options.command == Command::kUser || options.command == Command::kRole ||
      options.command == Command::kToken) {
    if (const std::string wrong = SetAccessWords(access_texts, &options.access); !wrong.empty()) {
      return refuse(wrong);
    }
  }
  if (options.command == Command::kAdmin) {
    const int64_t now = std::chrono::duration_cast<std::chrono::seconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count();
    if (const std::string wrong = SetAdminWords(admin_texts, now, &options.admin); !wrong.empty()) {
      return refuse(wrong);
    }
  }
  options.has_tls = options.has_tls || !options.tls_ca_file.empty() ||
                    !options.tls_certificate_file.empty() || !options.tls_key_file.empty();
  if (options.tls_certificate_file.empty() != options.tls_key_file.empty()) {
    return refuse("--tls-certificate and --tls-key go together");
  }
  if (db_option->count() > 0 && (options.has_tls || !options.token_file.empty())) {
    return refuse("--db needs no token and no TLS: the server is private");
  }
  if (db_option->count() > 0 && server_option->count() > 0) {
    return refuse("--server and --db exclude each other");
  }
  if (db_option->count() > 0 && options.db.empty()) return refuse("--db: the folder has no name");
  if (db_option->count() == 0) {
    if (!clearance.empty() || !authorizations.empty()) {
      return refuse("--clearance and --authorizations go with --db; a running server has its own");
    }
    const char* named = std::getenv("SIGHTLINE_SERVER");
    options.server = server_option->count() > 0           ? server
                     : named != nullptr && *named != '\0' ? named
                                                          : kDefaultServer;
  }
  if (!clearance.empty()) {
    // Told here, before a server is started for it.
    if (!ParseTlpLabel(clearance)) {
      return refuse("--clearance: there is no TLP label '" + clearance + "'; " + kTlpLabels);
    }
    options.server_arguments.insert(options.server_arguments.end(), {"--clearance", clearance});
  }
  for (const std::string& tokens : authorizations) {
    options.server_arguments.insert(options.server_arguments.end(), {"--authorizations", tokens});
  }
  if (!ParseFormat(format)) {
    return refuse("--format: there is no format '" + format + "'; " + FormatNames() + " are");
  }
  options.output.format = *ParseFormat(format);
  const bool has_result = options.command == Command::kQuery || options.command == Command::kShell;
  if (!has_result && !IsForEveryCommand(options.output.format)) {
    return refuse("--format " + format +
                  " is for query and shell; other commands print table, csv, json and jsonl");
  }
  options.is_paged = !has_no_pager;
  options.has_history = !has_no_history;
  if (!watch.empty()) {
    options.watch = ParseDuration(watch);
    if (!options.watch || *options.watch < kWatchMin) {
      return refuse("--watch: '" + watch + "' is no time of at least 100ms; 5s is");
    }
  }
  options.color = color == "always"  ? ColorMode::kAlways
                  : color == "never" ? ColorMode::kNever
                                     : ColorMode::kAuto;
  options.output.terminal_columns = TerminalColumns();
  options.timing = options.output.terminal_columns ? Timing::kTotal : Timing::kOff;
  if (!timeout.empty()) {
    options.timeout = ParseDuration(timeout);
    if (!options.timeout) return refuse("--timeout: '" + timeout + "' is no time; 30s is, or 2m");
  }
  for (const std::string& parameter : parameters) {
    client::Result<std::pair<std::string, v1::Value>> parsed = ParseParameter(parameter);
    if (!parsed.ok()) return refuse("--param: " + parsed.error().message);
    if (!options.parameters.emplace(parsed->first, std::move(parsed->second)).second) {
      return refuse("--param: " + parsed->first + " comes twice");
    }
  }
  return result;
}

}  // namespace sightline::cli
