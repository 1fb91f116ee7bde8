#include "clients/cli/shell.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clients/cli/display_text.h"
#include "clients/cli/evidence_text.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/query_command.h"
#include "clients/cli/repair.h"
#include "clients/cli/slql_tokens.h"
#include "clients/cli/terminal.h"

namespace sightline::cli {
namespace {

constexpr size_t kFileBytesMax = 64 << 20;
constexpr int kFilesDeepMax = 8;

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

// Whether Enter runs what is on the prompt: all of its statements are complete.
bool IsCompleteEntry(std::string_view text) {
  StatementSplitter splitter;
  for (const std::string_view line : Lines(text)) {
    if (splitter.is_blank() && !splitter.is_open() && IsShellCommand(line)) continue;
    if (splitter.AddLine(line)) splitter.Reset();
  }
  return splitter.is_blank() && !splitter.is_open();
}

}  // namespace

std::string_view TrimmedLine(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

bool IsShellCommand(std::string_view line) {
  const std::string_view trimmed = TrimmedLine(line);
  return trimmed.starts_with('\\') || trimmed.starts_with(':');
}

Shell::Shell(Session* session)
    : session_(session),
      history_(isatty(STDIN_FILENO) == 1 && session->options().has_history ? HistoryFile() : ""),
      reader_(EditorOptions(), &history_, &session->interrupts(), &session->out()) {}

LineEditorOptions Shell::EditorOptions() {
  LineEditorOptions options;
  options.prompt = "sightline> ";
  options.continuation = "      ...> ";
  options.is_colored = session_->options().output.is_colored;
  options.is_complete = IsCompleteEntry;
  options.highlight = Highlight;
  options.complete = [this](std::string_view text, size_t cursor) {
    return Complete(text, cursor);
  };
  return options;
}

int Shell::RunFile(std::string_view argument) {
  if (argument.empty()) return Refuse("write \\i FILE");
  if (files_deep_ >= kFilesDeepMax) {
    return Refuse(fmt::format("files call files more than {} deep", kFilesDeepMax));
  }
  const std::string name(argument);
  client::Result<std::string> text = ReadWholeFile(name, kFileBytesMax, session_->interrupts());
  if (!text.ok()) {
    session_->Report(text.error());
    return kExitRefused;
  }
  ++files_deep_;
  const std::string outer = std::exchange(file_name_, name);
  const size_t outer_line = statement_line_;
  StatementSplitter splitter;
  int exit_code = kExitOk;
  size_t number = 0;
  for (const std::string_view line : Lines(*text)) {
    ++number;
    if (splitter.is_blank() && !splitter.is_open()) {
      splitter.Reset();
      statement_line_ = number;
    }
    exit_code = RunLine(line, &splitter);
    if (exit_code != kExitOk || is_over_) break;
  }
  if (exit_code == kExitOk && !is_over_ && !splitter.is_blank()) {
    exit_code = RunStatement(splitter.text());
  }
  file_name_ = outer;
  statement_line_ = outer_line;
  --files_deep_;
  return exit_code;
}

int Shell::RunCommand(std::string_view line) {
  const size_t space = line.find_first_of(" \t");
  const std::string_view name = line.substr(0, space);
  const std::string_view argument =
      space == std::string_view::npos ? "" : TrimmedLine(line.substr(space));
  const Command* command = FindCommand(name);
  if (command == nullptr) {
    return Refuse(fmt::format("there is no command '{}'; \\help lists them", OneLine(name)));
  }
  return (this->*command->run)(argument);
}

int Shell::RunStatement(const std::string& text) {
  // Lines before the statement, so that a message has its line of the file.
  const bool is_from_file = !file_name_.empty();
  std::string sent = is_from_file ? std::string(statement_line_ - 1, '\n') + text : text;
  LastQuery query;
  query.parameters = session_->options().parameters;
  RunOptions run;
  if (reader_.is_interactive()) {
    run.on_batch = [&](const v1::ResultHeader& header, const client::ResultBatch& batch,
                       const client::NodeCards& cards) {
      query.columns = batch.column_count();
      if (query.columns > 1 &&
          IsEvidenceColumn(header.columns(static_cast<int>(query.columns) - 1))) {
        --query.columns;
      }
      query.Remember(batch, cards);
    };
  }
  if (!is_from_file) typed_ = text;
  const QueryOutcome outcome = RunQuery(session_, sent, file_name_, run);
  query.text = text;
  query.has_written = outcome.trailer.has_committed_at();
  query.read_at = outcome.trailer.has_committed_at() ? outcome.trailer.committed_at()
                                                     : outcome.header.read_at();
  if (query.columns == 0) query.columns = static_cast<size_t>(outcome.header.columns_size());
  if (outcome.header.has_read_at() || !outcome.error) last_ = std::move(query);
  if (outcome.error && reader_.has_editor() && !is_from_file) {
    if (const std::optional<std::string> repaired =
            RepairedText(text, outcome.error->diagnostics)) {
      prefill_ = *repaired;
      while (!prefill_.empty() && prefill_.back() == '\n') prefill_.pop_back();
      if (!IsCompleteEntry(prefill_)) prefill_ += ';';
      session_->Say("  repaired on the prompt: Enter runs it, Ctrl-C drops it");
    }
  }
  return outcome.exit_code;
}

int Shell::RunLine(std::string_view line, StatementSplitter* splitter) {
  if (session_->options().output.terminal_columns) {
    // The window may have changed its size.
    session_->options().output.terminal_columns = TerminalColumns();
  }
  if (splitter->is_blank() && !splitter->is_open() && IsShellCommand(line)) {
    splitter->Reset();
    return RunCommand(TrimmedLine(line));
  }
  if (!splitter->AddLine(line)) return kExitOk;
  const std::string text = splitter->text();
  splitter->Reset();
  return RunStatement(text);
}

int Shell::RunEntry(std::string_view text) {
  history_.Add(text);
  StatementSplitter splitter;
  const std::vector<std::string_view> lines = Lines(text);
  for (size_t i = 0; i < lines.size(); ++i) {
    const int exit_code = RunLine(lines[i], &splitter);
    if (is_over_) return exit_code;
    if (exit_code == kExitOk || exit_code == kExitIncomplete) continue;
    // What was to come after a mistake is kept with its repair.
    for (++i; i < lines.size() && !prefill_.empty(); ++i) prefill_ += fmt::format("\n{}", lines[i]);
    return exit_code;
  }
  return kExitOk;
}

int Shell::Run() {
  StatementSplitter splitter;  // Where there is no editor.
  std::string text;
  int exit_code = kExitOk;
  if (reader_.is_interactive()) {
    session_->interrupts().OutliveCtrlC();
    Print("Sightline shell. \\help helps, \\quit leaves.\n");
  }
  while (!is_over_) {
    const std::string initial = std::exchange(prefill_, "");
    const LineReader::Outcome outcome = reader_.Read(!splitter.text().empty(), initial, &text);
    int result = kExitOk;
    switch (outcome) {
      case LineReader::Outcome::kSignal:
        return kExitSignalBase + session_->interrupts().signal();
      case LineReader::Outcome::kCleared:
        session_->interrupts().Clear();
        splitter.Reset();
        Print("^C\n");
        continue;
      case LineReader::Outcome::kEnd:
        is_over_ = true;
        if (reader_.is_interactive() && !reader_.has_editor()) Print("\n");
        if (reader_.has_editor() || splitter.is_blank()) break;
        result = RunStatement(splitter.text());
        break;
      case LineReader::Outcome::kText:
        result = reader_.has_editor() ? RunEntry(text) : RunLine(text, &splitter);
        break;
    }
    if (reader_.is_interactive()) {
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

}  // namespace sightline::cli
