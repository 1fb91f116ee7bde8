#include "server/service/status_mapping.h"

#include <utility>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/admission/admission.h"
#include "server/service/request_error.h"

namespace sightline::server {
namespace {

constexpr size_t kMessageBytesMax = 1'000;
constexpr size_t kDetailBytesMax = 3'000;  // Of the diagnostics; the rest fits in 1,000 more.

// Why a call failed, for programs.
std::string ReasonOf(const Status& status, const std::vector<query::Diagnostic>& diagnostics,
                     const ErrorContext& context) {
  if (!context.reason.empty()) return context.reason;
  if (!diagnostics.empty()) return diagnostics.front().code;
  if (std::string code = RequestCodeOf(status); !code.empty()) return code;
  if (status.code() == StatusCode::kDeadlineExceeded) return "SL5002";
  if (status.code() == StatusCode::kInvalidArgument) return std::string(kBadRequest);
  return absl::StatusCodeToString(status.code());
}

}  // namespace

std::string CutText(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  size_t end = bytes_max < 3 ? 0 : bytes_max - 3;
  // A continuation byte does not begin a code point.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

v1::SourceSpan ToProto(const query::SourceSpan& span) {
  v1::SourceSpan out;
  out.set_start_byte(span.begin);
  out.set_end_byte(span.end);
  out.set_line(span.line);
  out.set_column(span.column);
  return out;
}

v1::Diagnostic ToProto(const query::Diagnostic& diagnostic) {
  v1::Diagnostic out;
  switch (diagnostic.severity) {
    case query::Severity::kError:
      out.set_severity(v1::SEVERITY_ERROR);
      break;
    case query::Severity::kWarning:
      out.set_severity(v1::SEVERITY_WARNING);
      break;
    case query::Severity::kNotice:
      out.set_severity(v1::SEVERITY_NOTICE);
      break;
  }
  out.set_code(diagnostic.code);
  out.set_message(CutText(diagnostic.message, kMessageBytesMax));
  *out.mutable_span() = ToProto(diagnostic.span);
  for (const query::Label& label : diagnostic.labels) {
    v1::Label* to = out.add_labels();
    *to->mutable_span() = ToProto(label.span);
    to->set_text(CutText(label.text, kMessageBytesMax));
  }
  for (const std::string& help : diagnostic.help) out.add_help(CutText(help, kMessageBytesMax));
  for (const query::Edit& edit : diagnostic.edits) {
    // An edit that is cut is no repair.
    if (edit.replacement.size() > kMessageBytesMax) continue;
    v1::Edit* to = out.add_edits();
    *to->mutable_span() = ToProto(edit.span);
    to->set_replacement(edit.replacement);
  }
  return out;
}

grpc::Status ToGrpcStatus(const Status& status, const ErrorContext& context) {
  if (status.ok()) return grpc::Status::OK;
  const std::string message = CutText(MessageOf(status), kMessageBytesMax);
  const std::vector<query::Diagnostic> diagnostics = query::DiagnosticsOf(status);

  v1::DiagnosticList list;
  size_t omitted = 0;
  for (const query::Diagnostic& diagnostic : diagnostics) {
    *list.add_diagnostics() = ToProto(diagnostic);
    if (list.ByteSizeLong() <= kDetailBytesMax) continue;
    // Code, message and place are worth more than advice on them.
    v1::Diagnostic* last = list.mutable_diagnostics(list.diagnostics_size() - 1);
    last->clear_labels();
    last->clear_help();
    last->clear_edits();
    if (list.ByteSizeLong() <= kDetailBytesMax) continue;
    list.mutable_diagnostics()->RemoveLast();
    omitted = diagnostics.size() - static_cast<size_t>(list.diagnostics_size());
    break;
  }

  google::rpc::ErrorInfo info;
  info.set_domain("sightline");
  info.set_reason(ReasonOf(status, diagnostics, context));
  for (const auto& [key, value] : context.metadata) {
    (*info.mutable_metadata())[key] = CutText(value, 200);
  }
  if (omitted > 0) (*info.mutable_metadata())["diagnostics_omitted"] = std::to_string(omitted);

  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(CutText(message, 200));
  details.add_details()->PackFrom(info);
  if (!list.diagnostics().empty()) details.add_details()->PackFrom(list);
  if (status.code() == StatusCode::kResourceExhausted && diagnostics.empty() &&
      context.reason == kBusyReason) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_nanos(static_cast<int>(Admission::kRetryMillis * 1'000'000));
    details.add_details()->PackFrom(retry);
  }
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message,
                      details.SerializeAsString());
}

}  // namespace sightline::server
