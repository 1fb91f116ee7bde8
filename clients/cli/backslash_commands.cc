// What the shell's commands do. Commands() lists them.

#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clients/cli/display_text.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/pager.h"
#include "clients/cli/parameter.h"
#include "clients/cli/query_command.h"
#include "clients/cli/query_completer.h"
#include "clients/cli/shell.h"
#include "clients/cli/shell_help.h"
#include "clients/cli/terminal.h"
#include "clients/cli/value_text.h"

namespace sightline::cli {
namespace {

constexpr size_t kEditedBytesMax = 1 << 20;

std::optional<bool> ParseSwitch(std::string_view word) {
  if (word == "on") return true;
  if (word == "off") return false;
  return std::nullopt;
}

std::string_view SwitchName(bool is_on) { return is_on ? "on" : "off"; }

bool IsPlainName(std::string_view text) {
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c & 0x80) != 0 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                  (c >= 'A' && c <= 'Z') || c == '_';
         });
}

}  // namespace

const std::vector<Shell::Command>& Shell::Commands() {
  static const std::vector<Command> commands = {
      {{"help", "h", "?"}, "[WORD]", "this; what a command, clause or function does", &Shell::Help},
      {{"why"}, "N", "what row N of the last result rests on", &Shell::Why},
      {{"plan"}, "[profile]", "how the last query runs; what each step took", &Shell::Plan},
      {{"d", "describe"},
       "[NAME]",
       "classes and predicates; a class, predicate or entity",
       &Shell::Describe},
      {{"format"}, "[FORMAT]", "how results are printed", &Shell::SetFormat},
      {{"param"},
       "[NAME=[VALUE]]",
       "list, set or take away parameters ($NAME in a query)",
       &Shell::Parameters},
      {{"timing"}, "on|off", "say where the time of a query went", &Shell::SetTiming},
      {{"pager"}, "on|off", "long results go to $PAGER", &Shell::SetPager},
      {{"edit", "e"}, "", "the last query in $EDITOR, back onto the prompt", &Shell::Edit},
      {{"i"}, "FILE", "run the statements of a file", &Shell::RunFile},
      {{"watch"}, "SECONDS", "run the last query again and again", &Shell::Watch},
      {{"history"}, "on|off", "keep what is typed for the next time", &Shell::SetHistory},
      {{"set"}, "[NAME VALUE]", "all settings; timeout, limit and others", &Shell::Set},
      {{"server"}, "[ADDRESS]", "where the session is, or go elsewhere", &Shell::Server},
      {{"quit", "q", "exit"}, "", "leave", &Shell::Quit},
  };
  return commands;
}

const Shell::Command* Shell::FindCommand(std::string_view name) {
  if (name.starts_with('\\') || name.starts_with(':')) name.remove_prefix(1);
  for (const Command& command : Commands()) {
    if (std::find(command.names.begin(), command.names.end(), name) != command.names.end()) {
      return &command;
    }
  }
  return nullptr;
}

Completion Shell::Complete(std::string_view text, size_t cursor) {
  if (!IsShellCommand(text)) {
    // Behind a statement that is complete, another one begins; the server knows scripts.
    return CompleteSlql(session_, text, cursor);
  }
  Completion completion;
  const size_t first = text.find_first_not_of(" \t");
  const size_t space = std::min(text.find_first_of(" \t", first), text.size());
  completion.end = cursor;
  if (cursor <= space) {
    completion.begin = first;
    const std::string_view typed = text.substr(first + 1, cursor - first - 1);
    for (const Command& command : Commands()) {
      if (!command.names[0].starts_with(typed)) continue;
      completion.candidates.push_back(
          {fmt::format("\\{}{}", command.names[0], command.usage.empty() ? "" : " "),
           std::string(command.help)});
    }
    return completion;
  }
  completion.begin = std::min(text.find_first_not_of(" \t", space), cursor);
  const std::string typed(text.substr(completion.begin, cursor - completion.begin));
  const std::string_view name = text.substr(first + 1, space - first - 1);
  std::vector<std::string> words;
  if (name == "format") {
    std::string names = FormatNames();
    for (size_t at = 0; at < names.size();) {
      const size_t end = std::min(names.find(", ", at), names.size());
      words.push_back(names.substr(at, end - at));
      at = end + 2;
    }
  } else if (name == "timing" || name == "pager" || name == "history") {
    words = {"on", "off"};
  } else if (name == "plan") {
    words = {"profile"};
  } else if (name == "set") {
    words = {"ascii", "format", "history", "limit", "pager", "timeout", "timing"};
  } else if (name == "i") {
    const size_t slash = typed.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : typed.substr(0, slash + 1);
    std::error_code failure;
    for (const auto& entry :
         std::filesystem::directory_iterator(folder.empty() ? "." : folder, failure)) {
      const std::string file = entry.path().filename().string();
      if (file.starts_with('.')) continue;
      words.push_back(folder + file + (entry.is_directory(failure) ? "/" : ""));
    }
    std::sort(words.begin(), words.end());
  }
  for (const std::string& word : words) {
    if (word.starts_with(typed)) completion.candidates.push_back({word, ""});
  }
  return completion;
}

int Shell::Help(std::string_view argument) {
  if (argument.empty()) {
    std::string text =
        "Type SLQL over as many lines as you like. ';' and Enter run it, and so does an empty "
        "line.\n\n";
    for (const Command& command : Commands()) {
      text += fmt::format("  {:<24}{}\n", fmt::format("\\{} {}", command.names[0], command.usage),
                          command.help);
    }
    text +=
        "\n"
        "  Tab completes       Alt-Enter  begins a line\n"
        "  Up, Down  history   Ctrl-R  searches it\n"
        "  Ctrl-C  drops what is typed, ends what runs\n"
        "  Ctrl-D  leaves\n\n";
    const size_t columns =
        std::max<size_t>(session_->options().output.terminal_columns.value_or(80), 40);
    for (const std::string& line :
         {"Formats: " + FormatNames(), "\\help knows: " + HelpedKeywords() + "; functions"}) {
      for (const std::string& part : WrapToWidth(line, columns)) text += part + "\n";
    }
    Print(text);
    return kExitOk;
  }
  if (const Command* command = FindCommand(argument); command != nullptr && argument[0] == '\\') {
    Print(fmt::format("\\{} {}\n    {}\n", command->names[0], command->usage, command->help));
    return kExitOk;
  }
  std::string text = KeywordHelp(argument);
  // The server knows its functions and procedures, and what the schema holds of this name.
  v1::CompleteQueryRequest request;
  for (const std::string_view before : {"RETURN ", "CALL "}) {
    if (client::FirstInvalidUtf8(argument)) break;
    request.set_query(fmt::format("{}{}", before, argument));
    request.set_cursor_byte(static_cast<uint32_t>(request.query().size()));
    const client::Result<v1::CompleteQueryResponse> response = session_->connection().CompleteQuery(
        request, {.timeout = std::chrono::milliseconds(2000), .cancel = nullptr});
    if (!response.ok()) break;
    for (const v1::Candidate& candidate : response->candidates()) {
      if (candidate.kind() != v1::CANDIDATE_KIND_FUNCTION &&
          candidate.kind() != v1::CANDIDATE_KIND_PROCEDURE) {
        continue;
      }
      const std::string& name = candidate.insert_text();
      const std::string_view bare = std::string_view(name).substr(0, name.find('('));
      const bool is_it =
          bare.size() == argument.size() && std::equal(bare.begin(), bare.end(), argument.begin(),
                                                       [](unsigned char a, unsigned char b) {
                                                         return std::tolower(a) == std::tolower(b);
                                                       });
      if (is_it) {
        const bool is_function = candidate.kind() == v1::CANDIDATE_KIND_FUNCTION;
        text += fmt::format("{}\n    a {}\n", OneLine(candidate.detail()),
                            is_function ? "function" : "procedure or stored query, for CALL");
      }
    }
  }
  if (text.empty()) {
    return Refuse(
        fmt::format("there is no help on '{}'; \\help lists what there is", OneLine(argument)));
  }
  Print(text);
  return kExitOk;
}

int Shell::Quit(std::string_view) {
  is_over_ = true;
  return kExitOk;
}

int Shell::SetFormat(std::string_view argument) {
  OutputOptions& output = session_->options().output;
  if (argument.empty()) {
    Print(fmt::format("{}\n", FormatName(output.format)));
    return kExitOk;
  }
  const std::optional<Format> format = ParseFormat(argument);
  if (!format) {
    return Refuse(
        fmt::format("there is no format '{}'; {} are there", OneLine(argument), FormatNames()));
  }
  output.format = *format;
  return kExitOk;
}

int Shell::Parameters(std::string_view argument) {
  std::map<std::string, v1::Value>& parameters = session_->options().parameters;
  if (argument.empty()) {
    const client::NodeCards none;
    std::string text;
    for (const auto& [name, value] : parameters) {
      text += fmt::format("{} = {}\n", OneLine(name), OneLine(ValueText(value, none)));
    }
    Print(text);
  } else if (argument.back() == '=') {
    if (parameters.erase(std::string(argument.substr(0, argument.size() - 1))) == 0) {
      return Refuse("there is no such parameter");
    }
  } else {
    client::Result<std::pair<std::string, v1::Value>> parameter = ParseParameter(argument);
    if (!parameter.ok()) return Refuse(parameter.error().message);
    parameters[parameter->first] = std::move(parameter->second);
  }
  return kExitOk;
}

int Shell::SetTiming(std::string_view argument) {
  Timing& timing = session_->options().timing;
  if (argument.empty()) {
    Print(fmt::format("{}\n", timing == Timing::kOff     ? "off"
                              : timing == Timing::kParts ? "on"
                                                         : "total"));
    return kExitOk;
  }
  const std::optional<bool> is_on = ParseSwitch(argument);
  if (!is_on && argument != "total") return Refuse("write \\timing on, off or total");
  timing = !is_on ? Timing::kTotal : *is_on ? Timing::kParts : Timing::kOff;
  return kExitOk;
}

int Shell::SetPager(std::string_view argument) {
  bool& is_paged = session_->options().is_paged;
  if (argument.empty()) {
    Print(fmt::format("{}: {}\n", SwitchName(is_paged), OneLine(PagerCommand())));
    return kExitOk;
  }
  const std::optional<bool> is_on = ParseSwitch(argument);
  if (!is_on) return Refuse("write \\pager on or \\pager off");
  is_paged = *is_on;
  return kExitOk;
}

int Shell::SetHistory(std::string_view argument) {
  if (argument.empty()) {
    Print(fmt::format("{}\n", SwitchName(history_.is_kept())));
    return kExitOk;
  }
  const std::optional<bool> is_on = ParseSwitch(argument);
  if (!is_on) return Refuse("write \\history on or \\history off");
  history_.set_is_kept(*is_on);
  return kExitOk;
}

int Shell::Set(std::string_view argument) {
  Options& options = session_->options();
  const size_t space = argument.find_first_of(" \t=");
  const std::string_view name = argument.substr(0, space);
  const std::string_view value =
      space == std::string_view::npos ? "" : TrimmedLine(argument.substr(space + 1));
  if (argument.empty()) {
    Print(fmt::format(
        "ascii    {}\nformat   {}\nhistory  {}\nlimit    {}\npager    {}\ntimeout  {}\ntiming   "
        "{}\n",
        SwitchName(options.output.is_ascii), FormatName(options.output.format),
        SwitchName(history_.is_kept()),
        options.limit_rows == 0 ? "the server's" : std::to_string(options.limit_rows),
        SwitchName(options.is_paged),
        options.timeout ? fmt::format("{} ms", options.timeout->count()) : "the server's",
        options.timing == Timing::kOff     ? "off"
        : options.timing == Timing::kParts ? "on"
                                           : "total"));
    return kExitOk;
  }
  if (value.empty()) return Refuse("write \\set NAME VALUE; \\set alone lists the names");
  if (name == "format") return SetFormat(value);
  if (name == "timing") return SetTiming(value);
  if (name == "pager") return SetPager(value);
  if (name == "history") return SetHistory(value);
  if (name == "ascii") {
    const std::optional<bool> is_on = ParseSwitch(value);
    if (!is_on) return Refuse("write \\set ascii on or off");
    options.output.is_ascii = *is_on;
  } else if (name == "timeout") {
    const std::optional<std::chrono::milliseconds> timeout = ParseDuration(value);
    if (!timeout && value != "default") return Refuse("a time is 30s, 500ms, 2m or default");
    options.timeout = timeout;
  } else if (name == "limit") {
    int64_t rows = 0;
    const auto [rest, failure] = std::from_chars(value.data(), value.data() + value.size(), rows);
    const bool is_number =
        failure == std::errc() && rest == value.data() + value.size() && rows > 0;
    if (!is_number && value != "default") return Refuse("a limit is a number of rows or default");
    options.limit_rows = is_number ? rows : 0;
  } else {
    return Refuse(fmt::format("there is no setting '{}'; \\set lists them", OneLine(name)));
  }
  return kExitOk;
}

int Shell::Server(std::string_view argument) {
  if (!argument.empty()) {
    const int exit_code = session_->Switch(std::string(argument));
    // Revisions and numbers of nodes are those of one store.
    if (exit_code == kExitOk) last_ = LastQuery();
    return exit_code;
  }
  const Options& options = session_->options();
  Print(options.db.empty()
            ? options.server + "\n"
            : fmt::format("{} ({})\n", session_->connection().address(), options.db));
  return kExitOk;
}

int Shell::Why(std::string_view argument) {
  size_t number = 0;
  const auto [rest, failure] =
      std::from_chars(argument.data(), argument.data() + argument.size(), number);
  if (failure != std::errc() || rest != argument.data() + argument.size()) {
    return Refuse("write \\why N, the row's number in the last result, from 1");
  }
  return ShowEvidence(session_, last_, number);
}

int Shell::RunReading(const std::string& text) {
  RunOptions run;
  run.is_read_only = true;
  return RunQuery(session_, text, "", run).exit_code;
}

int Shell::Plan(std::string_view argument) {
  if (!argument.empty() && argument != "profile") return Refuse("write \\plan or \\plan profile");
  if (last_.text.empty()) return Refuse("there is no query yet");
  const std::string text = WithPrefix(argument.empty() ? "EXPLAIN" : "PROFILE", last_.text);
  if (text.empty()) return Refuse("the last statement has no plan: it is no query");
  // The tree also where results are printed in a format for programs.
  const Format format = std::exchange(session_->options().output.format, Format::kTable);
  RunOptions run;
  run.is_read_only = !argument.empty();
  run.parameters = last_.parameters;
  run.counts_rows = false;
  const int exit_code = RunQuery(session_, text, "", run).exit_code;
  session_->options().output.format = format;
  return exit_code;
}

int Shell::Describe(std::string_view argument) {
  if (argument.ends_with(';')) argument.remove_suffix(1);
  if (argument.empty()) {
    const int exit_code = RunReading("SHOW CLASSES");
    return exit_code != kExitOk ? exit_code : RunReading("SHOW PREDICATES");
  }
  const bool is_expression =
      argument[0] == '#' || argument[0] == '"' || argument[0] == '\'' || argument[0] == '$';
  if (IsPlainName(argument)) {
    for (const char* kind : {"CLASS", "PREDICATE", "QUERY"}) {
      RunOptions run;
      run.is_read_only = true;
      run.tells_errors = false;
      const QueryOutcome outcome =
          RunQuery(session_, fmt::format("DESCRIBE {} {}", kind, argument), "", run);
      const bool is_unknown =
          outcome.error && outcome.error->code == grpc::StatusCode::INVALID_ARGUMENT;
      if (!is_unknown) {
        if (outcome.error && session_->interrupts().signal() == 0) session_->Report(*outcome.error);
        return outcome.exit_code;
      }
    }
  }
  return RunReading("DESCRIBE " + (is_expression ? std::string(argument) : QuotedText(argument)));
}

int Shell::Edit(std::string_view) {
  if (!reader_.has_editor()) return Refuse("\\edit needs a terminal");
  const char* editor = std::getenv("VISUAL");
  if (editor == nullptr || *editor == '\0') editor = std::getenv("EDITOR");
  if (editor == nullptr || *editor == '\0') editor = "vi";
  const char* folder = std::getenv("TMPDIR");
  std::string path = fmt::format("{}/sightline-XXXXXX.slql",
                                 folder != nullptr && *folder != '\0' ? folder : "/tmp");
  const int file = mkstemps(path.data(), 5);
  if (file < 0) return Refuse("cannot make a file in " + path);
  Output(file).Write(typed_);
  close(file);
  // The name is ours but for $TMPDIR: quoted for the shell.
  std::string quoted = "'";
  for (const char c : path) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  const int exit_code = RunOnTerminal(fmt::format("{} {}'", editor, quoted));
  client::Result<std::string> text = ReadWholeFile(path, kEditedBytesMax, session_->interrupts());
  unlink(path.c_str());
  if (exit_code != 0)
    return Refuse(fmt::format("{} ended with code {}", OneLine(editor), exit_code));
  if (!text.ok()) return Refuse(text.error().message);
  prefill_ = CleanText(*text);
  while (!prefill_.empty() && (prefill_.back() == '\n' || prefill_.back() == ' ')) {
    prefill_.pop_back();
  }
  return kExitOk;
}

int Shell::Watch(std::string_view argument) {
  const std::optional<std::chrono::milliseconds> interval =
      ParseDuration(argument.empty() ? "2" : argument);
  if (!interval || *interval < kWatchMin) {
    return Refuse("write \\watch and how often (2, 500ms; 0.1 s at least): it runs the last query");
  }
  if (last_.text.empty()) return Refuse("there is no query yet");
  if (last_.has_written)
    return Refuse("the last statement writes; \\watch would write again and again");
  const std::map<std::string, v1::Value> now =
      std::exchange(session_->options().parameters, last_.parameters);
  const int exit_code = WatchQuery(session_, last_.text, "", *interval);
  session_->options().parameters = now;
  // Ctrl-C is how one leaves it.
  if (reader_.is_interactive() && session_->interrupts().signal() == SIGINT) {
    session_->interrupts().Clear();
    return kExitOk;
  }
  return exit_code;
}

}  // namespace sightline::cli
