// Feeds arbitrary bytes to the parser. Holds it to three promises beside not crashing: an error has
// exactly one diagnostic that can be rendered; every edit offered makes the text one that parses
// further; what parses prints to text that parses to the same.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "query/ast/printer.h"
#include "query/parser/parser.h"
#include "storage/base/check.h"

namespace sightline::query {
namespace {

// The place of the error in `text`; text.size() + 1 when it parses.
size_t FirstError(const std::string& text) {
  const StatusOr<ast::Script> script = Parse(text);
  if (script.ok()) return text.size() + 1;
  return DiagnosticsOf(script.status()).at(0).span.begin;
}

void CheckText(const std::string& text) {
  const StatusOr<ast::Script> script = Parse(text);
  if (script.ok()) {
    // The printed text has brackets that the text left out, and so may nest deeper than is allowed.
    ParserLimits roomy;
    roomy.nesting_max = 4000;
    roomy.text_bytes_max = 16 << 20;
    const std::string printed = ast::Print(*script);
    const StatusOr<ast::Script> again = Parse(printed, roomy);
    SL_CHECK(again.ok());
    SL_CHECK(ast::Print(*again) == printed);
    return;
  }
  const std::vector<Diagnostic> diagnostics = DiagnosticsOf(script.status());
  SL_CHECK(diagnostics.size() == 1);
  SL_CHECK(!Render(diagnostics[0], text).empty());
  std::vector<Edit> edits = diagnostics[0].edits;
  if (edits.empty()) return;
  std::sort(edits.begin(), edits.end(),
            [](const Edit& a, const Edit& b) { return a.span.begin > b.span.begin; });
  std::string repaired = text;
  for (const Edit& edit : edits) {
    repaired.replace(edit.span.begin, edit.span.end - edit.span.begin, edit.replacement);
  }
  // The statements that follow may have errors of their own.
  SL_CHECK(FirstError(repaired) > edits.back().span.begin);
}

}  // namespace
}  // namespace sightline::query

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sightline::query::CheckText(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
