#include "clients/cli/line_reader.h"

#include <signal.h>
#include <unistd.h>

#include <utility>

#include "clients/cli/terminal.h"

namespace sightline::cli {

LineReader::LineReader(LineEditorOptions options, History* history, Interrupts* interrupts,
                       Output* out)
    : options_(std::move(options)),
      interrupts_(interrupts),
      out_(out),
      input_(interrupts),
      is_interactive_(isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1) {
  if (is_interactive_ && IsCapable(STDOUT_FILENO)) {
    editor_ = std::make_unique<LineEditor>(options_, history, interrupts);
  }
}

LineReader::Outcome LineReader::Read(bool is_continued, std::string_view initial,
                                     std::string* text) {
  if (editor_ != nullptr) {
    out_->Flush();
    switch (editor_->Read(initial, text)) {
      case LineEditor::Outcome::kText:
        return Outcome::kText;
      case LineEditor::Outcome::kEnd:
        return Outcome::kEnd;
      case LineEditor::Outcome::kCleared:
        return Outcome::kCleared;
      case LineEditor::Outcome::kSignal:
        break;
    }
    return interrupts_->signal() == SIGINT ? Outcome::kCleared : Outcome::kSignal;
  }
  if (is_interactive_) {
    out_->Write(is_continued ? options_.continuation : options_.prompt);
    out_->Flush();
  }
  switch (input_.ReadLine(text)) {
    case StandardInput::Outcome::kRead:
      return Outcome::kText;
    case StandardInput::Outcome::kInterrupted:
      return is_interactive_ && interrupts_->signal() == SIGINT ? Outcome::kCleared
                                                                : Outcome::kSignal;
    default:
      return Outcome::kEnd;
  }
}

}  // namespace sightline::cli
