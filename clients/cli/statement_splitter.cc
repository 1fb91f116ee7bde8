#include "clients/cli/statement_splitter.h"

namespace sightline::cli {

bool StatementSplitter::AddLine(std::string_view line) {
  const bool is_empty = line.find_first_not_of(" \t\r") == std::string_view::npos;
  if (is_empty && state_ == State::kPlain && !is_blank_) return true;
  text_ += line;
  text_ += '\n';
  char last = ' ';
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const char next = i + 1 < line.size() ? line[i + 1] : '\0';
    switch (state_) {
      case State::kPlain:
        if (c == '/' && next == '/') {
          i = line.size();
          continue;
        }
        if (c == '/' && next == '*') {
          state_ = State::kBlockComment;
          ++i;
          continue;
        }
        if (c == '\'') state_ = State::kSingle;
        if (c == '"') state_ = State::kDouble;
        if (c == '`') state_ = State::kBacktick;
        if (c != ' ' && c != '\t' && c != '\r') {
          last = c;
          is_blank_ = false;
        }
        continue;
      // A doubled quote within closes and opens again at once, which comes to the same.
      case State::kSingle:
      case State::kDouble:
        last = ' ';
        if (c == '\\') {
          ++i;
        } else if (c == (state_ == State::kSingle ? '\'' : '"')) {
          state_ = State::kPlain;
        }
        continue;
      case State::kBacktick:
        last = ' ';
        if (c == '`') state_ = State::kPlain;
        continue;
      case State::kBlockComment:
        if (c == '*' && next == '/') {
          state_ = State::kPlain;
          ++i;
        }
        continue;
    }
  }
  return state_ == State::kPlain && last == ';';
}

void StatementSplitter::Reset() {
  text_.clear();
  state_ = State::kPlain;
  is_blank_ = true;
}

}  // namespace sightline::cli
