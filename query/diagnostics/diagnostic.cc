#include "query/diagnostics/diagnostic.h"

#include <absl/strings/cord.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "storage/base/check.h"

namespace sightline::query {
namespace {

// The diagnostics travel inside the status as JSON; the key is ours and never leaves the process.
constexpr char kPayloadKey[] = "sightline/query-diagnostics";

using Json = nlohmann::json;

Json SpanToJson(const SourceSpan& span) {
  return Json::array({span.begin, span.end, span.line, span.column});
}
SourceSpan SpanFromJson(const Json& json) {
  return {json.at(0).get<uint32_t>(), json.at(1).get<uint32_t>(), json.at(2).get<uint32_t>(),
          json.at(3).get<uint32_t>()};
}

Json ToJson(const Diagnostic& diagnostic) {
  Json labels = Json::array();
  for (const Label& label : diagnostic.labels) {
    labels.push_back({{"span", SpanToJson(label.span)}, {"text", label.text}});
  }
  Json edits = Json::array();
  for (const Edit& edit : diagnostic.edits) {
    edits.push_back({{"span", SpanToJson(edit.span)}, {"replacement", edit.replacement}});
  }
  return {{"severity", static_cast<int>(diagnostic.severity)},
          {"code", diagnostic.code},
          {"message", diagnostic.message},
          {"span", SpanToJson(diagnostic.span)},
          {"labels", std::move(labels)},
          {"help", diagnostic.help},
          {"edits", std::move(edits)}};
}

Diagnostic FromJson(const Json& json) {
  Diagnostic diagnostic;
  diagnostic.severity = static_cast<Severity>(json.at("severity").get<int>());
  diagnostic.code = json.at("code").get<std::string>();
  diagnostic.message = json.at("message").get<std::string>();
  diagnostic.span = SpanFromJson(json.at("span"));
  for (const Json& label : json.at("labels")) {
    diagnostic.labels.push_back(
        {SpanFromJson(label.at("span")), label.at("text").get<std::string>()});
  }
  diagnostic.help = json.at("help").get<std::vector<std::string>>();
  for (const Json& edit : json.at("edits")) {
    diagnostic.edits.push_back(
        {SpanFromJson(edit.at("span")), edit.at("replacement").get<std::string>()});
  }
  return diagnostic;
}

StatusCode CodeFor(std::string_view code) {
  if (code == "SL5002") return StatusCode::kDeadlineExceeded;
  if (code == "SL5003") return StatusCode::kOutOfRange;
  if (code == "SL5004") return StatusCode::kInvalidArgument;
  if (code.starts_with("SL5")) return StatusCode::kResourceExhausted;
  if (code.starts_with("SL6")) return StatusCode::kFailedPrecondition;
  if (code.starts_with("SL7")) return StatusCode::kPermissionDenied;
  if (code.starts_with("SL9")) return StatusCode::kUnimplemented;
  return StatusCode::kInvalidArgument;
}

Status WithPayload(StatusCode code, const std::vector<Diagnostic>& diagnostics) {
  const Diagnostic& first = diagnostics.front();
  Status status = MakeStatus(code, fmt::format("{} {} (line {}, column {})", first.code,
                                               first.message, first.span.line, first.span.column));
  Json json = Json::array();
  for (const Diagnostic& diagnostic : diagnostics) json.push_back(ToJson(diagnostic));
  // A name that a message quotes may hold invalid UTF-8 when it came from a parameter; replace it.
  status.SetPayload(kPayloadKey,
                    absl::Cord(json.dump(-1, ' ', false, Json::error_handler_t::replace)));
  return status;
}

}  // namespace

Status ToStatus(std::vector<Diagnostic> diagnostics) {
  SL_CHECK(!diagnostics.empty());
  return WithPayload(CodeFor(diagnostics.front().code), diagnostics);
}

Status ToStatus(Diagnostic diagnostic) {
  return ToStatus(std::vector<Diagnostic>{std::move(diagnostic)});
}

std::vector<Diagnostic> DiagnosticsOf(const Status& status) {
  const auto payload = status.GetPayload(kPayloadKey);
  if (!payload.has_value()) return {};
  std::vector<Diagnostic> diagnostics;
  // We wrote it ourselves, so it parses.
  for (const Json& json : Json::parse(std::string(*payload))) diagnostics.push_back(FromJson(json));
  return diagnostics;
}

Status WithPlace(const Status& status, std::string code, SourceSpan span) {
  if (status.ok() || status.GetPayload(kPayloadKey).has_value()) return status;
  Diagnostic diagnostic;
  diagnostic.code = std::move(code);
  diagnostic.message = MessageOf(status);
  diagnostic.span = span;
  return WithPayload(status.code(), {std::move(diagnostic)});
}

}  // namespace sightline::query
