// StatementSplitter: where a statement that is being typed ends.

#pragma once

#include <string>
#include <string_view>

namespace sightline::cli {

// Fed line by line. A statement ends with a line whose last sign, comments apart, is a semicolon,
// or with an empty line; neither counts within a string, a quoted name or a comment.
// Thread-compatible.
class StatementSplitter {
 public:
  // True when the statement is complete; text() is it then, and Reset() makes ready for the next.
  bool AddLine(std::string_view line);
  void Reset();

  const std::string& text() const { return text_; }
  // Nothing but white space and comments so far.
  bool is_blank() const { return is_blank_; }
  // Within a string, a quoted name or a comment.
  bool is_open() const { return state_ != State::kPlain; }

 private:
  enum class State { kPlain, kSingle, kDouble, kBacktick, kBlockComment };

  std::string text_;
  State state_ = State::kPlain;
  bool is_blank_ = true;
};

}  // namespace sightline::cli
