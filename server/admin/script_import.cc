#include "server/admin/script_import.h"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

#include "query/diagnostics/diagnostic.h"
#include "query/engine.h"
#include "server/ingest/byte_source.h"
#include "server/ingest/script_file.h"
#include "storage/load/bulk_loader.h"

namespace sightline::server {
namespace {

// What is parsed takes some fifty times the bytes of the text.
constexpr uint64_t kMemoryOverText = 64;

// What went wrong in the script, as people read it.
Status WithPlace(const Status& status, const std::string& file, const std::string& text) {
  const std::vector<query::Diagnostic> diagnostics = query::DiagnosticsOf(status);
  if (diagnostics.empty()) {
    return MakeStatus(status.code(), fmt::format("{}: {}", file, MessageOf(status)));
  }
  const query::SourceSpan& place = diagnostics.front().span;
  std::string message = fmt::format("{}, line {}, column {}", file, place.line, place.column);
  for (const query::Diagnostic& diagnostic : diagnostics) {
    message += '\n';
    message += query::Render(diagnostic, text);
    while (message.ends_with('\n')) message.pop_back();
  }
  return MakeStatus(status.code(), message);
}

}  // namespace

Status RunScriptFile(storage::Store* store, const std::string& file, uint64_t memory_bytes_max,
                     const storage::CancellationToken& cancellation) {
  if (memory_bytes_max == 0) memory_bytes_max = storage::DefaultLoadMemoryBytes();
  query::EngineOptions options;
  options.parser.text_bytes_max = static_cast<size_t>(memory_bytes_max / kMemoryOverText);
  options.limits.memory_bytes_max = memory_bytes_max;
  options.limits.steps_max = UINT64_MAX;
  SL_ASSIGN_OR_RETURN(auto source, OpenFile(file));
  const StatusOr<std::string> text = ReadScript(std::move(source), options.parser.text_bytes_max);
  if (!text.ok()) {
    return MakeStatus(text.status().code(), fmt::format("{}: {}", file, MessageOf(text.status())));
  }
  query::QueryEngine engine(store, options);
  query::QueryRequest request;
  request.text = *text;
  request.clearance = storage::Clearance::Unrestricted();
  request.limits = options.limits;
  request.cancellation = &cancellation;
  const auto cursor = engine.Execute(request);
  return cursor.ok() ? OkStatus() : WithPlace(cursor.status(), file, *text);
}

}  // namespace sightline::server
