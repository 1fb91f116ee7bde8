#include "server/service/query_help.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "query/analysis.h"
#include "query/completion/completion.h"
#include "server/service/batch_encoder.h"
#include "server/service/query_parameters.h"
#include "server/service/request_error.h"

namespace sightline::server {
namespace {

constexpr int32_t kCandidatesDefault = 50;
constexpr int32_t kCandidatesMax = 200;

v1::CandidateKind ToProto(query::CandidateKind kind) {
  switch (kind) {
    case query::CandidateKind::kKeyword:
      return v1::CANDIDATE_KIND_KEYWORD;
    case query::CandidateKind::kClass:
      return v1::CANDIDATE_KIND_CLASS;
    case query::CandidateKind::kPredicate:
      return v1::CANDIDATE_KIND_PREDICATE;
    case query::CandidateKind::kProperty:
      return v1::CANDIDATE_KIND_PROPERTY;
    case query::CandidateKind::kFunction:
      return v1::CANDIDATE_KIND_FUNCTION;
    case query::CandidateKind::kProcedure:
      return v1::CANDIDATE_KIND_PROCEDURE;
    case query::CandidateKind::kVariable:
      return v1::CANDIDATE_KIND_VARIABLE;
    case query::CandidateKind::kParameter:
      return v1::CANDIDATE_KIND_PARAMETER;
    case query::CandidateKind::kEntity:
      return v1::CANDIDATE_KIND_ENTITY;
    case query::CandidateKind::kSource:
      return v1::CANDIDATE_KIND_SOURCE;
    case query::CandidateKind::kPrefix:
      return v1::CANDIDATE_KIND_PREFIX;
    case query::CandidateKind::kSetting:
      return v1::CANDIDATE_KIND_SETTING;
  }
  return v1::CANDIDATE_KIND_UNSPECIFIED;
}

v1::StatementKind ToProto(query::StatementKind kind) {
  switch (kind) {
    case query::StatementKind::kQuery:
      return v1::STATEMENT_KIND_QUERY;
    case query::StatementKind::kExplain:
      return v1::STATEMENT_KIND_EXPLAIN;
    case query::StatementKind::kProfile:
      return v1::STATEMENT_KIND_PROFILE;
    case query::StatementKind::kWhy:
      return v1::STATEMENT_KIND_WHY;
    case query::StatementKind::kShow:
      return v1::STATEMENT_KIND_SHOW;
    case query::StatementKind::kDescribe:
      return v1::STATEMENT_KIND_DESCRIBE;
    case query::StatementKind::kDefine:
      return v1::STATEMENT_KIND_DEFINE;
    case query::StatementKind::kDrop:
      return v1::STATEMENT_KIND_DROP;
  }
  return v1::STATEMENT_KIND_UNSPECIFIED;
}

v1::TokenClass ToProto(query::TokenClass token_class) {
  switch (token_class) {
    case query::TokenClass::kKeyword:
      return v1::TOKEN_CLASS_KEYWORD;
    case query::TokenClass::kName:
      return v1::TOKEN_CLASS_NAME;
    case query::TokenClass::kClass:
      return v1::TOKEN_CLASS_CLASS;
    case query::TokenClass::kPredicate:
      return v1::TOKEN_CLASS_PREDICATE;
    case query::TokenClass::kFunction:
      return v1::TOKEN_CLASS_FUNCTION;
    case query::TokenClass::kParameter:
      return v1::TOKEN_CLASS_PARAMETER;
    case query::TokenClass::kEntity:
      return v1::TOKEN_CLASS_ENTITY;
    case query::TokenClass::kText:
      return v1::TOKEN_CLASS_TEXT;
    case query::TokenClass::kNumber:
      return v1::TOKEN_CLASS_NUMBER;
    case query::TokenClass::kDate:
      return v1::TOKEN_CLASS_DATE;
    case query::TokenClass::kOperator:
      return v1::TOKEN_CLASS_OPERATOR;
    case query::TokenClass::kPunctuation:
      return v1::TOKEN_CLASS_PUNCTUATION;
    case query::TokenClass::kComment:
      return v1::TOKEN_CLASS_COMMENT;
    case query::TokenClass::kError:
      return v1::TOKEN_CLASS_ERROR;
  }
  return v1::TOKEN_CLASS_UNSPECIFIED;
}

Status CheckTextBytes(const std::string& text, const ServiceContext& context) {
  if (static_cast<int64_t>(text.size()) <= context.limits.query_bytes_max) return OkStatus();
  return WithCode(kBadRequest, InvalidArgument("The query has {} bytes, more than {}", text.size(),
                                               context.limits.query_bytes_max));
}

}  // namespace

Status CompleteQueryFor(const v1::CompleteQueryRequest& request, const ServiceContext& context,
                        const Caller& caller, const storage::CancellationToken& token,
                        v1::CompleteQueryResponse* response) {
  SL_RETURN_IF_ERROR(CheckTextBytes(request.query(), context));
  if (request.max_candidates() < 0) {
    return WithCode(kBadRequest, InvalidArgument("max_candidates is not negative"));
  }
  if (request.parameter_names_size() > context.limits.parameters_max) {
    return WithCode(kTooManyParameters,
                    InvalidArgument("There are {} parameters, more than {}",
                                    request.parameter_names_size(), context.limits.parameters_max));
  }
  const int32_t asked =
      request.max_candidates() == 0 ? kCandidatesDefault : request.max_candidates();
  query::CompletionRequest completion_request;
  completion_request.text = request.query();
  completion_request.place = request.cursor_byte();
  completion_request.candidates_max = static_cast<size_t>(std::min(asked, kCandidatesMax));
  completion_request.parameters = {request.parameter_names().begin(),
                                   request.parameter_names().end()};
  SL_ASSIGN_OR_RETURN(const std::shared_ptr<const storage::ReadView> view,
                      context.store->OpenReadView({}, caller.clearance()));
  StatusOr<query::Completion> completion = query::Complete(completion_request, *view, token);
  if (!completion.ok()) return WithCode(kBadRequest, completion.status());
  *response->mutable_replaces() = ToProto(completion->replaces);
  response->set_incomplete(completion->incomplete);
  for (query::Candidate& candidate : completion->candidates) {
    v1::Candidate* out = response->add_candidates();
    out->set_insert_text(std::move(candidate.insert_text));
    out->set_kind(ToProto(candidate.kind));
    out->set_detail(CutText(candidate.detail, 200));
    if (candidate.count) out->set_count(static_cast<int64_t>(*candidate.count));
    out->set_count_is_estimate(candidate.count_is_least);
  }
  return OkStatus();
}

Status AnalyzeQueryFor(const v1::AnalyzeQueryRequest& request, const ServiceContext& context,
                       const Caller& caller, const storage::CancellationToken& token,
                       ErrorContext* error, v1::AnalyzeQueryResponse* response) {
  SL_RETURN_IF_ERROR(CheckTextBytes(request.query(), context));
  query::QueryRequest query;
  query.text = request.query();
  query.clearance = caller.clearance();
  query.cancellation = &token;
  query.read_only = !caller.may_write();
  SL_ASSIGN_OR_RETURN(query.parameters,
                      DecodeParameters(request.parameters(), context, caller, {}, error));
  SL_ASSIGN_OR_RETURN(query::Analysis analysis, context.engine->Analyze(query));
  response->set_valid(analysis.valid);
  for (const query::Diagnostic& diagnostic : analysis.diagnostics) {
    *response->add_diagnostics() = ToProto(diagnostic);
  }
  for (const query::Column& column : analysis.columns) {
    v1::ColumnSpec* spec = response->add_columns();
    spec->set_name(column.name);
    spec->set_type(ToProto(column.type));
  }
  for (const query::StatementOutline& statement : analysis.statements) {
    v1::StatementOutline* out = response->add_statements();
    *out->mutable_span() = ToProto(statement.span);
    out->set_kind(ToProto(statement.kind));
    out->set_writes(statement.writes);
  }
  for (std::string& name : analysis.parameter_names) {
    response->add_parameter_names(std::move(name));
  }
  if (request.include_plan()) {
    for (query::PlanStepOutline& step : analysis.plan) {
      v1::PlanStep* out = response->add_plan();
      out->set_name(std::move(step.name));
      out->set_details(std::move(step.details));
      if (step.estimated_rows) out->set_estimated_rows(*step.estimated_rows);
      out->set_depth(static_cast<int32_t>(step.depth));
      for (const size_t input : step.inputs) out->add_inputs(static_cast<int32_t>(input));
    }
  }
  if (request.include_formatted_text()) {
    response->set_formatted_text(std::move(analysis.formatted_text));
  }
  if (request.include_tokens()) {
    for (const query::SyntaxToken& token_of_text : analysis.tokens) {
      v1::SyntaxToken* out = response->add_tokens();
      out->set_start_byte(token_of_text.begin);
      out->set_end_byte(token_of_text.end);
      out->set_token_class(ToProto(token_of_text.token_class));
    }
  }
  const auto bytes = static_cast<int64_t>(response->ByteSizeLong());
  if (bytes <= context.limits.message_bytes_max) return OkStatus();
  response->Clear();
  return ResourceExhausted("The analysis has {} bytes, more than a message may; ask for less of it",
                           bytes);
}

}  // namespace sightline::server
