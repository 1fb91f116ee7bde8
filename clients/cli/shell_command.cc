#include "clients/cli/shell_command.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "clients/cli/display_text.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/json_writer.h"
#include "clients/cli/line_editor.h"
#include "clients/cli/parameter.h"
#include "clients/cli/query_command.h"
#include "clients/cli/statement_splitter.h"
#include "clients/cli/terminal.h"
#include "clients/cli/value_text.h"

namespace sightline::cli {
namespace {

constexpr std::string_view kHelp =
    "Type SLQL over as many lines as you like; a ';' at a line's end or an empty line runs it.\n"
    "Ctrl-C clears what is typed or ends the running query, Ctrl-D leaves.\n"
    "\n"
    "  :help                     this\n"
    "  :format table|csv|json|jsonl\n"
    "  :param                    list the parameters\n"
    "  :param NAME=VALUE         set one ($NAME in a query); NAME= takes it away\n"
    "  :timing on|off            say how long queries take\n"
    "  :server [ADDRESS]         where the session is, or go elsewhere\n"
    "  :quit\n";

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

class Shell {
 public:
  explicit Shell(Session* session)
      : session_(session),
        editor_(&session->interrupts(), isatty(STDIN_FILENO) == 1 ? HistoryFile() : "") {}

  int Run();

 private:
  // What a line that begins with ':' asks for. Gives an exit code.
  int RunColonCommand(std::string_view line);
  int RunStatement(const std::string& text);
  int Refuse(const std::string& message) {
    session_->Say("error: " + message);
    return kExitRefused;
  }

  Session* const session_;
  LineEditor editor_;
  bool is_over_ = false;
};

int Shell::RunColonCommand(std::string_view line) {
  const size_t space = line.find_first_of(" \t");
  const std::string_view name = line.substr(0, space);
  const std::string_view argument =
      space == std::string_view::npos ? "" : Trimmed(line.substr(space));
  Options& options = session_->options();
  Output& out = session_->out();
  if (name == ":quit" || name == ":q" || name == ":exit") {
    is_over_ = true;
  } else if (name == ":help" || name == ":h" || name == ":?") {
    out.Write(kHelp);
  } else if (name == ":format") {
    const std::optional<Format> format = ParseFormat(argument);
    if (!format && !argument.empty()) {
      return Refuse(fmt::format("there is no format '{}'; table, csv, json and jsonl are there",
                                OneLine(argument)));
    }
    if (format) options.output.format = *format;
    if (!format) out.Write(fmt::format("{}\n", FormatName(options.output.format)));
  } else if (name == ":param") {
    if (argument.empty()) {
      const client::NodeCards none;
      for (const auto& [parameter, value] : options.parameters) {
        out.Write(fmt::format("{} = {}\n", OneLine(parameter), OneLine(ValueText(value, none))));
      }
    } else if (argument.back() == '=') {
      if (options.parameters.erase(std::string(argument.substr(0, argument.size() - 1))) == 0) {
        return Refuse("there is no such parameter");
      }
    } else {
      client::Result<std::pair<std::string, v1::Value>> parameter = ParseParameter(argument);
      if (!parameter.ok()) return Refuse(parameter.error().message);
      options.parameters[parameter->first] = std::move(parameter->second);
    }
  } else if (name == ":timing") {
    if (argument == "on") {
      options.is_timed = true;
    } else if (argument == "off") {
      options.is_timed = false;
    } else {
      return Refuse("write :timing on or :timing off");
    }
  } else if (name == ":server") {
    if (!argument.empty()) return session_->Switch(std::string(argument));
    out.Write(options.db.empty()
                  ? options.server + "\n"
                  : fmt::format("{} ({})\n", session_->connection().address(), options.db));
  } else {
    return Refuse(fmt::format("there is no command '{}'; :help lists them", OneLine(name)));
  }
  out.Flush();
  return kExitOk;
}

int Shell::RunStatement(const std::string& text) {
  if (session_->options().output.terminal_columns) {
    // The window may have changed its size.
    session_->options().output.terminal_columns = TerminalColumns();
  }
  return RunQuery(session_, text, "");
}

int Shell::Run() {
  StatementSplitter splitter;
  std::string line;
  int exit_code = kExitOk;
  if (editor_.is_interactive()) {
    session_->options().is_timed = true;
    session_->out().Write("Sightline shell. :help helps, :quit leaves.\n");
    session_->out().Flush();
  }
  while (!is_over_) {
    const std::string prompt = splitter.text().empty() ? "sightline> " : "      ...> ";
    const LineEditor::Outcome outcome = editor_.Read(prompt, &line);
    int result = kExitOk;
    if (outcome == LineEditor::Outcome::kInterrupted) {
      const int signal = session_->interrupts().signal();
      if (signal != SIGINT || !editor_.is_interactive()) return kExitSignalBase + signal;
      session_->interrupts().Clear();
      splitter.Reset();
      session_->out().Write("^C\n");
      session_->out().Flush();
      continue;
    }
    if (outcome == LineEditor::Outcome::kEnd) {
      is_over_ = true;
      if (editor_.is_interactive()) {
        session_->out().Write("\n");
        break;
      }
      if (splitter.is_blank()) break;
      result = RunStatement(splitter.text());
    } else {
      editor_.AddToHistory(line);
      const std::string_view trimmed = Trimmed(line);
      if (splitter.is_blank() && !splitter.is_open() && trimmed.starts_with(':')) {
        splitter.Reset();
        result = RunColonCommand(trimmed);
      } else if (splitter.AddLine(line)) {
        const std::string text = splitter.text();
        splitter.Reset();
        result = RunStatement(text);
      }
    }
    if (editor_.is_interactive()) {
      const int signal = session_->interrupts().signal();
      if (signal != 0 && signal != SIGINT) return kExitSignalBase + signal;
      if (session_->out().is_broken()) return FinishOutput(session_, kExitOk);
      session_->interrupts().Clear();
    } else if (result != kExitOk) {
      exit_code = result;
      // A row limit is no reason to leave out the statements that follow.
      if (result != kExitIncomplete) break;
    }
  }
  return FinishOutput(session_, exit_code);
}

}  // namespace

int RunShellCommand(Session* session) {
  if (const int exit_code = session->Open(); exit_code != kExitOk) return exit_code;
  return Shell(session).Run();
}

}  // namespace sightline::cli
