// Shell: `sightline shell`. The loop around statements and commands is in shell.cc, what the
// commands do in backslash_commands.cc.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "clients/cli/editor/history.h"
#include "clients/cli/editor/line_editor.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/line_reader.h"
#include "clients/cli/session.h"
#include "clients/cli/statement_splitter.h"
#include "clients/cli/why_command.h"

namespace sightline::cli {

// Thread safety: one thread.
class Shell {
 public:
  // Borrows the session, which is open and must outlive the shell.
  explicit Shell(Session* session);

  // Reads and runs until the end. Gives an exit code.
  int Run();

 private:
  struct Command {
    // The first is the one that \help names.
    std::vector<std::string_view> names;
    std::string_view usage, help;
    int (Shell::*run)(std::string_view argument);
  };
  static const std::vector<Command>& Commands();
  static const Command* FindCommand(std::string_view name);

  LineEditorOptions EditorOptions();
  Completion Complete(std::string_view text, size_t cursor);

  // Those below give an exit code each.
  // What was typed before one Enter.
  int RunEntry(std::string_view text);
  int RunLine(std::string_view line, StatementSplitter* splitter);
  // A line that begins with a backslash or a colon.
  int RunCommand(std::string_view line);
  int RunStatement(const std::string& text);
  // A statement of the shell's own, which only reads.
  int RunReading(const std::string& text);

  // What Commands() lists: backslash_commands.cc.
  int Help(std::string_view argument);
  int Quit(std::string_view argument);
  int SetFormat(std::string_view argument);
  int Parameters(std::string_view argument);
  int SetTiming(std::string_view argument);
  int SetPager(std::string_view argument);
  int SetHistory(std::string_view argument);
  int Set(std::string_view argument);
  int Server(std::string_view argument);
  int Why(std::string_view argument);
  int Plan(std::string_view argument);
  int Describe(std::string_view argument);
  int Edit(std::string_view argument);
  int RunFile(std::string_view argument);
  int Watch(std::string_view argument);

  int Refuse(const std::string& message) {
    session_->Say("error: " + message);
    return kExitRefused;
  }
  void Print(const std::string& text) {
    session_->out().Write(text);
    session_->out().Flush();
  }

  Session* const session_;
  History history_;
  LineReader reader_;
  LastQuery last_;
  // The last statement that was typed, also one with a mistake.
  std::string typed_;
  // What stands on the next prompt.
  std::string prefill_;
  // Of \i: the file whose statements run, the line on which the statement that is read begins, and
  // how many files deep.
  std::string file_name_;
  size_t statement_line_ = 1;
  int files_deep_ = 0;
  bool is_over_ = false;
};

// `text` without spaces at its ends.
std::string_view TrimmedLine(std::string_view text);
// Whether a line is a command of the shell, not SLQL.
bool IsShellCommand(std::string_view line);

}  // namespace sightline::cli
