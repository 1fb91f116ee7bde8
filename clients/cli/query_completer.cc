#include "clients/cli/query_completer.h"

#include <fmt/format.h>

#include <chrono>
#include <string>

namespace sightline::cli {
namespace {

constexpr std::chrono::milliseconds kPatience{2000};

std::string_view KindText(v1::CandidateKind kind) {
  switch (kind) {
    case v1::CANDIDATE_KIND_KEYWORD:
      return "keyword";
    case v1::CANDIDATE_KIND_CLASS:
      return "class";
    case v1::CANDIDATE_KIND_PREDICATE:
      return "predicate";
    case v1::CANDIDATE_KIND_PROPERTY:
      return "property";
    case v1::CANDIDATE_KIND_FUNCTION:
      return "function";
    case v1::CANDIDATE_KIND_PROCEDURE:
      return "procedure";
    case v1::CANDIDATE_KIND_VARIABLE:
      return "variable";
    case v1::CANDIDATE_KIND_PARAMETER:
      return "parameter";
    case v1::CANDIDATE_KIND_ENTITY:
      return "entity";
    case v1::CANDIDATE_KIND_SOURCE:
      return "source";
    case v1::CANDIDATE_KIND_PREFIX:
      return "prefix";
    case v1::CANDIDATE_KIND_SETTING:
      return "word";
    default:
      return "";
  }
}

}  // namespace

std::string CandidateDetail(const v1::Candidate& candidate) {
  std::string detail(KindText(candidate.kind()));
  const auto add = [&](const std::string& part) {
    if (!detail.empty()) detail += "  ";
    detail += part;
  };
  if (!candidate.detail().empty()) add(candidate.detail());
  if (candidate.has_count()) {
    std::string count = std::to_string(candidate.count());
    for (size_t i = count.size(); i > 3;) count.insert(i -= 3, ",");
    add((candidate.count_is_estimate() ? "about " : "") + count);
  }
  return detail;
}

Completion CompleteSlql(Session* session, std::string_view text, size_t cursor) {
  Completion completion;
  v1::CompleteQueryRequest request;
  request.set_query(std::string(text));
  request.set_cursor_byte(static_cast<uint32_t>(cursor));
  for (const auto& [name, value] : session->options().parameters) {
    request.add_parameter_names(name);
  }
  client::Result<v1::CompleteQueryResponse> response =
      session->connection().CompleteQuery(request, {.timeout = kPatience, .cancel = nullptr});
  if (!response.ok()) {
    completion.message = response.error().code == grpc::StatusCode::DEADLINE_EXCEEDED
                             ? "the server does not answer in time"
                         : response.error().code == grpc::StatusCode::UNIMPLEMENTED
                             ? "this server completes nothing"
                             : response.error().message;
    return completion;
  }
  completion.begin = response->replaces().start_byte();
  completion.end = response->replaces().end_byte();
  completion.is_incomplete = response->incomplete();
  for (const v1::Candidate& candidate : response->candidates()) {
    completion.candidates.push_back({candidate.insert_text(), CandidateDetail(candidate)});
  }
  return completion;
}

}  // namespace sightline::cli
