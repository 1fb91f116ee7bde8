// LineEditor: lines from a terminal with editing and history (libedit), or from a pipe.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "clients/cli/interrupts.h"
#include "clients/cli/standard_input.h"

namespace sightline::cli {

class LineEditor {
 public:
  enum class Outcome { kLine, kEnd, kInterrupted };

  // With a terminal on both ends lines are edited; else they are read as they come, without
  // prompts. `history_file` may be empty: nothing is kept then. Borrows `interrupts`.
  LineEditor(Interrupts* interrupts, std::string history_file);
  // Saves the history.
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  bool is_interactive() const { return editor_ != nullptr; }
  // Replaces `*line` by the next line, without its end.
  Outcome Read(const std::string& prompt, std::string* line);
  void AddToHistory(const std::string& line);

 private:
  struct Editor;
  Interrupts* const interrupts_;
  const std::string history_file_;
  StandardInput input_;  // Where no lines are edited.
  std::unique_ptr<Editor> editor_;
};

// $XDG_STATE_HOME/sightline/history, else ~/.local/state/sightline/history; its folder is made with
// mode 0700. Empty when there is no such place.
std::string HistoryFile();

}  // namespace sightline::cli
