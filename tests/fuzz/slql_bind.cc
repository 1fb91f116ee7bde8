// Feeds arbitrary texts that parse to the binder. Holds it to: no crash; an error has diagnostics
// with a stable code, whose places lie in the text; a repair makes the text one that still parses.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "query/binder/binder.h"
#include "query/parser/parser.h"
#include "storage/base/check.h"
#include "tests/fuzz/fuzz_world.h"

namespace sightline::query {
namespace {

void CheckDiagnostics(const std::string& text, const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics) {
    SL_CHECK(diagnostic.code.size() >= 5);
    SL_CHECK(diagnostic.span.end <= text.size());
    SL_CHECK(!Render(diagnostic, text).empty());
    if (diagnostic.edits.empty()) continue;
    std::vector<Edit> edits = diagnostic.edits;
    std::sort(edits.begin(), edits.end(),
              [](const Edit& a, const Edit& b) { return a.span.begin > b.span.begin; });
    std::string repaired = text;
    for (const Edit& edit : edits) {
      SL_CHECK(edit.span.begin <= edit.span.end && edit.span.end <= repaired.size());
      repaired.replace(edit.span.begin, edit.span.end - edit.span.begin, edit.replacement);
    }
    SL_CHECK(Parse(repaired).ok());
  }
}

void CheckText(const std::string& text) {
  static test::TestStore* const store = [] {
    auto* made = new test::TestStore();
    test::Fill(made);
    return made;
  }();
  const StatusOr<ast::Script> script = Parse(text);
  if (!script.ok()) return;
  const auto view = store->View();
  const std::map<std::string, Datum, std::less<>> parameters = {
      {"n", Datum::OfInteger(2)}, {"name", Datum::OfText("Name 1")}, {"cursor", Datum()}};
  BindContext context;
  context.text = text;
  context.view = view.get();
  context.parameters = &parameters;
  context.now_micros = 1;
  context.parse = [](std::string_view definition) { return Parse(definition); };
  for (const ast::Statement& statement : script->statements) {
    const StatusOr<BoundStatement> bound = Bind(statement, context);
    if (bound.ok()) {
      CheckDiagnostics(text, bound->notices);
      continue;
    }
    const std::vector<Diagnostic> diagnostics = DiagnosticsOf(bound.status());
    SL_CHECK(!diagnostics.empty());
    CheckDiagnostics(text, diagnostics);
  }
}

}  // namespace
}  // namespace sightline::query

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sightline::query::CheckText(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
