// LineEditor: text typed on a terminal, over as many lines as it takes, with colours, history and
// completion.
//
// It is a loop around parts that know nothing of terminals: KeyDecoder makes keys of bytes,
// EditBuffer does what they say, LayOut and Painter make the picture. docs/decisions/0010 says why
// it is our own.

#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clients/cli/editor/edit_buffer.h"
#include "clients/cli/editor/history.h"
#include "clients/cli/editor/key_decoder.h"
#include "clients/cli/editor/layout.h"
#include "clients/cli/editor/painter.h"
#include "clients/cli/interrupts.h"

namespace sightline::cli {

struct Candidate {
  // Takes the place of what is completed.
  std::string text;
  // For people, beside it: "class", "predicate   Company -> Item   1,204".
  std::string detail;
};

struct Completion {
  // Bytes [begin, end) of the text that a candidate takes the place of.
  size_t begin = 0, end = 0;
  // The most fitting first.
  std::vector<Candidate> candidates;
  bool is_incomplete = false;
  // Why there are none, where that is worth a word.
  std::string message;
};

struct LineEditorOptions {
  std::string prompt, continuation;
  bool is_colored = false;
  // Whether Enter hands the text over; else it begins a new line.
  std::function<bool(std::string_view text)> is_complete;
  std::function<std::vector<StyledSpan>(std::string_view text)> highlight;
  // May take as long as a person waits for a key to act.
  std::function<Completion(std::string_view text, size_t cursor)> complete;
};

// Thread safety: one thread at a time.
class LineEditor {
 public:
  enum class Outcome { kText, kEnd, kCleared, kSignal };

  // Borrows both, which must outlive the editor. REQUIRES: a capable terminal on standard input and
  // output.
  LineEditor(LineEditorOptions options, History* history, Interrupts* interrupts);

  // Replaces `*text` by what is typed, beginning with `initial` on the prompt. kEnd: Ctrl-D without
  // text, or the terminal is gone. kCleared: Ctrl-C. kSignal: one that Interrupts tells of.
  Outcome Read(std::string_view initial, std::string* text);

 private:
  struct Menu {
    Completion completion;
    std::optional<size_t> selected;
    // The buffer before the first candidate was put into it.
    std::string text;
    size_t cursor = 0;
    // Where the candidate that is shown ends.
    size_t shown_end = 0;
  };
  struct Search {
    std::string part;
    size_t found;  // Position in the history; its size: nothing.
    std::string text_before;
    size_t cursor_before = 0;
  };

  // Reads and handles keys until there is an outcome.
  Outcome ReadKeys();
  // Nothing: go on.
  std::optional<Outcome> Handle(const Key& key);
  std::optional<Outcome> HandleEdit(const Key& key);
  // Whether the key belonged to the menu, or to the search.
  bool HandleInMenu(const Key& key);
  bool HandleInSearch(const Key& key);
  void GoTo(size_t history_position);
  void OpenMenu();
  void Select(size_t candidate);
  void FindEntry(size_t from);
  void Suspend();

  std::vector<Row> Below(size_t columns) const;
  void Show();
  // Takes the menu away, goes to the line below what was typed.
  void Leave();
  void Write(std::string_view bytes);

  const LineEditorOptions options_;
  History* const history_;
  Interrupts* const interrupts_;
  EditBuffer buffer_;
  KeyDecoder decoder_;
  // Decoded and not yet handled: they came with the Enter that ended the last text.
  std::vector<Key> ahead_;
  Painter painter_;
  // Which entry is shown; entries().size(): the text of one's own, kept in draft_ meanwhile.
  size_t history_position_ = 0;
  std::string draft_;
  std::optional<Menu> menu_;
  std::optional<Search> search_;
  // Said below the text until the next key.
  std::string hint_;
  size_t columns_ = 80;
};

// What all candidates begin with.
std::string CommonBeginning(const std::vector<Candidate>& candidates);

}  // namespace sightline::cli
