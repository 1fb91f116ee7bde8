// KeyDecoder: what a terminal sends, as keys.
//
// Understands UTF-8, the control keys of Emacs and readline, the escape sequences that xterm and
// its many kin send (ECMA-48 CSI, SS3, xterm's modifiers), and bracketed paste (xterm's mode 2004).

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sightline::cli {

struct Key {
  enum class Kind {
    kText,     // `text` was typed.
    kPaste,    // `text` was pasted: its line ends are \n, other control characters are gone.
    kEnter,    // Runs what is complete.
    kNewline,  // Alt-Enter: a new line in any case.
    kTab,
    kBackTab,
    kLeft,
    kRight,
    kUp,
    kDown,
    kWordLeft,
    kWordRight,
    kLineStart,
    kLineEnd,
    kTextStart,
    kTextEnd,
    kDeleteBack,
    kDeleteForward,
    kDeleteWordBack,
    kDeleteWordForward,
    kKillToLineStart,
    kKillToLineEnd,
    kYank,
    kTranspose,
    kUndo,
    kHistoryBack,     // The entry before, whichever line the cursor is on.
    kHistoryForward,  // The one after.
    kSearch,
    kClearScreen,
    kEscape,      // Leaves a menu or a search.
    kInterrupt,   // Ctrl-C.
    kEndOfInput,  // Ctrl-D: deletes forward where there is text.
    kSuspend,     // Ctrl-Z.
  };
  Kind kind;
  std::string text;

  friend bool operator==(const Key&, const Key&) = default;
};

// Thread-compatible.
class KeyDecoder {
 public:
  // The keys that are complete with these bytes; the rest is kept for the next call. Sequences that
  // mean nothing here give no key.
  std::vector<Key> Decode(std::string_view bytes);
  // Whether something incomplete is kept. After a short silence it was no sequence: Flush() gives
  // the Escape key that it was.
  bool is_waiting() const { return !pending_.empty() && !is_pasting_; }
  std::vector<Key> Flush();

 private:
  // Takes one key, or nothing, from the front of pending_; false: more bytes are needed.
  bool Take(std::vector<Key>* keys);
  bool TakeEscape(std::vector<Key>* keys);
  bool TakePaste(std::vector<Key>* keys);

  std::string pending_;
  bool is_pasting_ = false;
};

// Text as it may stand in a buffer: \r\n and \r become \n, control characters but \n and \t go, and
// what is not UTF-8 becomes U+FFFD.
std::string CleanText(std::string_view text);

}  // namespace sightline::cli
