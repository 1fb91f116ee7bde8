#include "query/functions/runtime_error.h"

#include <algorithm>
#include <utility>

namespace sightline::query {

Status RuntimeError(std::string code, std::string message, std::vector<std::string> help) {
  Diagnostic diagnostic;
  diagnostic.code = std::move(code);
  diagnostic.message = std::move(message);
  diagnostic.help = std::move(help);
  return ToStatus(std::move(diagnostic));
}

Status TypeMismatch(std::string_view what, std::string_view wanted, const Datum& found,
                    std::string_view help) {
  std::vector<std::string> repairs;
  if (!help.empty()) repairs.emplace_back(help);
  return RuntimeError("SL3011",
                      fmt::format("{} works on {}, not on {}", what, wanted, DatumTypeName(found)),
                      std::move(repairs));
}

Status ValueOutOfRange(std::string_view what) {
  return RuntimeError("SL5003", fmt::format("{} is out of range", what),
                      {"FLOAT is wide and not exact: reckon with toFloat(x)"});
}

Status FloatOutOfRange(std::string_view what) {
  return RuntimeError("SL5003", fmt::format("{} is out of range", what),
                      {"a FLOAT reaches to about 1.8e308: divide before you multiply, or reckon "
                       "with logarithms"});
}

Status DivisionByZero() {
  return RuntimeError("SL5004", "division by zero",
                      {"test it first: CASE WHEN n <> 0 THEN total / n END"});
}

Status TooLarge(std::string_view what) {
  return RuntimeError(
      "SL5005", fmt::format("{} is larger than a value of a query may be", what),
      {fmt::format(
          "texts may have {} bytes, lists {} items with those of the lists in them, {} deep",
          kTextBytesMax, kListItemsMax, kDatumDepthMax)});
}

Status PlaceError(const Status& status, const SourceSpan& span) {
  std::vector<Diagnostic> diagnostics = DiagnosticsOf(status);
  if (diagnostics.empty()) return status;
  bool placed = false;
  for (Diagnostic& diagnostic : diagnostics) {
    if (!diagnostic.span.empty()) continue;
    diagnostic.span = span;
    placed = true;
  }
  return placed ? ToStatus(std::move(diagnostics)) : status;
}

void AddNotice(EvaluationContext* context, std::string_view code, std::string_view message) {
  for (const Diagnostic& notice : context->notices) {
    if (notice.code == code && notice.span.empty()) return;
  }
  Diagnostic notice;
  notice.severity = Severity::kNotice;
  notice.code = code;
  notice.message = message;
  context->notices.push_back(std::move(notice));
}

void PlaceNotices(EvaluationContext* context, size_t first, const SourceSpan& span) {
  std::vector<Diagnostic>& notices = context->notices;
  for (size_t i = first; i < notices.size();) {
    if (notices[i].span.empty()) notices[i].span = span;
    const bool again =
        std::any_of(notices.begin(), notices.begin() + static_cast<ptrdiff_t>(i),
                    [&](const Diagnostic& earlier) {
                      return earlier.code == notices[i].code && earlier.span == notices[i].span;
                    });
    if (again) {
      notices.erase(notices.begin() + static_cast<ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
}

void NoticeDifferentUnits(EvaluationContext* context) {
  AddNotice(context, "N3004", "amounts in different currencies or units were left unknown");
}

void NoticeOpenBounds(EvaluationContext* context) {
  AddNotice(context, "N3005",
            "numbers that are only bounded, such as '> 500M' or '~ 70', left a result unknown");
}

std::string_view DatumTypeName(const Datum& datum) {
  if (datum.list() != nullptr) return "LIST";
  if (datum.map() != nullptr) return "MAP";
  if (datum.fact() != nullptr) return "FACT";
  if (datum.path() != nullptr) return "PATH";
  const storage::TermId node = datum.node();
  if (!node.is_none()) return node.is_statement() ? "STATEMENT" : "ENTITY";
  return storage::ValueTypeName(datum.value()->type());
}

}  // namespace sightline::query
