#include "server/service/query_question.h"

#include "server/service/query_parameters.h"
#include "server/service/read_consistency.h"

namespace sightline::server {

query::QueryRequest QueryWithin(const Caller& caller, const v1::QueryLimits& limits) {
  query::QueryRequest query;
  query.clearance = caller.clearance();
  query.limits.rows_max = static_cast<uint64_t>(limits.max_rows());
  query.limits.memory_bytes_max = static_cast<uint64_t>(limits.max_memory_bytes());
  query.limits.steps_max = static_cast<uint64_t>(limits.max_steps());
  query.limits.batch_rows = static_cast<uint32_t>(limits.batch_rows());
  return query;
}

Status ReadQuestion(const std::string& text,
                    const google::protobuf::Map<std::string, v1::Value>& parameters,
                    const v1::Consistency& consistency, const ServiceContext& context,
                    const Caller& caller, query::QueryRequest* query, ErrorContext* error) {
  query->text = text;
  SL_ASSIGN_OR_RETURN(query->read_at, RevisionToRead(consistency, *context.store));
  SL_ASSIGN_OR_RETURN(query->parameters,
                      DecodeParameters(parameters, context, caller, query->read_at, error));
  return OkStatus();
}

BatchEncoderOptions EncoderOptionsOf(const ServerLimits& limits) {
  return {.batch_bytes_target = static_cast<size_t>(limits.batch_bytes_target),
          .message_bytes_max = static_cast<size_t>(limits.message_bytes_max),
          .value_nesting_max = static_cast<int>(limits.value_nesting_max)};
}

void AddColumns(const query::ResultCursor& cursor,
                google::protobuf::RepeatedPtrField<v1::ColumnSpec>* columns) {
  for (const query::Column& column : cursor.columns()) {
    v1::ColumnSpec* spec = columns->Add();
    spec->set_name(column.name);
    spec->set_type(ToProto(column.type));
  }
}

}  // namespace sightline::server
