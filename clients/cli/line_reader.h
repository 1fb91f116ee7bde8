// LineReader: what is typed or piped into the shell: edited where there is a terminal that can do
// it, else line by line as it comes.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "clients/cli/editor/history.h"
#include "clients/cli/editor/line_editor.h"
#include "clients/cli/interrupts.h"
#include "clients/cli/output.h"
#include "clients/cli/standard_input.h"

namespace sightline::cli {

// Thread safety: one thread at a time.
class LineReader {
 public:
  enum class Outcome {
    kText,
    kEnd,
    // Ctrl-C on a terminal: what was typed is dropped.
    kCleared,
    // Another signal, or Ctrl-C elsewhere: Interrupts tells which.
    kSignal,
  };

  // Borrows all but the options.
  LineReader(LineEditorOptions options, History* history, Interrupts* interrupts, Output* out);

  // Somebody sits at a terminal on both ends.
  bool is_interactive() const { return is_interactive_; }
  // And it can do more than take lines.
  bool has_editor() const { return editor_ != nullptr; }

  // Replaces `*text` by the next line without its end; with an editor by all that is typed, several
  // lines, it may be. `initial` stands on the prompt already, for an editor only. `is_continued`:
  // the line belongs to those before it.
  Outcome Read(bool is_continued, std::string_view initial, std::string* text);

 private:
  const LineEditorOptions options_;
  Interrupts* const interrupts_;
  Output* const out_;
  StandardInput input_;
  const bool is_interactive_;
  std::unique_ptr<LineEditor> editor_;
};

}  // namespace sightline::cli
