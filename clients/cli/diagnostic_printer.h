// Diagnostics as people read them, drawn from the query text on this side:
//
//   error[SL2011]: there is no class 'Optic'
//    --> claims.slql:1:26
//    1 | MATCH (s)-[:supplies]->(:Optic) RETURN s
//      |                          ^^^^^ did you mean Optics?
//      = help: ...

#pragma once

#include <string>
#include <string_view>

#include "clients/cpp/error.h"
#include "sightline/v1/diagnostic.pb.h"

namespace sightline::cli {

struct DiagnosticStyle {
  // Terminal colours.
  bool is_colored = false;
  // Named in a line of its own, with line and column. Empty: no such line (a query on the command
  // line, say).
  std::string source_name;
};

// Long lines are cut around the place; tabs and wide characters keep the caret aligned. Places
// outside of `query_text` are drawn at its end. Nothing in it can command a terminal.
std::string DrawDiagnostic(const v1::Diagnostic& diagnostic, std::string_view query_text,
                           const DiagnosticStyle& style);

// All diagnostics of an error, else "error: " and its message, with the stable code if there is
// one: "error[SL8004]: ".
std::string DrawError(const client::Error& error, std::string_view query_text,
                      const DiagnosticStyle& style);

// The place of a byte for people: line and column from 1, columns counted in code points.
v1::SourceSpan PlaceOf(std::string_view text, size_t byte);

}  // namespace sightline::cli
