// Diagnostic: what is wrong with a query, where, and how to repair it.
//
// Principles (docs/language/errors.md): the user's own text with the exact place; one cause first;
// plain words; a repair is offered as an edit only when the repaired text parses. Codes are stable,
// wording is not. Never holds a name or value the reader may not see.
//
// Thread-compatible plain data.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"

namespace sightline::query {

// Bytes [begin, end) of the query text (UTF-8), with the place of `begin` for people: line and
// column from 1, columns counted in code points.
struct SourceSpan {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t line = 1;
  uint32_t column = 1;

  bool empty() const { return begin == end; }
  // From the start of `first` to the end of `last`.
  static SourceSpan Joining(const SourceSpan& first, const SourceSpan& last) {
    return {first.begin, last.end, first.line, first.column};
  }
  friend bool operator==(const SourceSpan&, const SourceSpan&) = default;
};

enum class Severity : uint8_t { kError, kWarning, kNotice };

// Replace the text of `span` by `replacement`. Offered only when the result parses.
struct Edit {
  SourceSpan span;
  std::string replacement;
  friend bool operator==(const Edit&, const Edit&) = default;
};

struct Label {
  SourceSpan span;
  std::string text;
  friend bool operator==(const Label&, const Label&) = default;
};

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string code;     // "SL2011"; tests/lint checks that docs/language/errors.md explains each.
  std::string message;  // One sentence, no full stop: "there is no class 'Optic'".
  SourceSpan span;
  std::vector<Label> labels;
  std::vector<std::string> help;
  std::vector<Edit> edits;
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// The form people read, in the manner of a good compiler:
//   error[SL2011]: there is no class 'Optic'
//    1 | MATCH (s)-[:supplies]->(:Optic) RETURN s
//      |                          ^^^^^ did you mean Optics?
//      = help: ...
// Long lines are cut around the place; tabs and wide characters keep the caret aligned.
std::string Render(const Diagnostic& diagnostic, std::string_view query_text);

// A failed Status that carries the diagnostics. Its code follows from the first diagnostic's code:
// SL1-SL4 kInvalidArgument; SL5 kResourceExhausted (SL5002 kDeadlineExceeded, SL5003 kOutOfRange,
// SL5004 kInvalidArgument); SL6 kFailedPrecondition; SL7 kPermissionDenied; SL9 (not implemented)
// kUnimplemented. The message is "SL2011 there is no class 'Optic' (line 1, column 26)". REQUIRES:
// not empty.
Status ToStatus(std::vector<Diagnostic> diagnostics);
Status ToStatus(Diagnostic diagnostic);

// What ToStatus put in; empty for other statuses.
std::vector<Diagnostic> DiagnosticsOf(const Status& status);

// Gives a status that has no diagnostics (a store error, say) a code and a place, keeping its
// StatusCode.
Status WithPlace(const Status& status, std::string code, SourceSpan span);

}  // namespace sightline::query
