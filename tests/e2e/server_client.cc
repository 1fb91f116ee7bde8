#include "tests/e2e/server_client.h"

#include <grpcpp/generic/generic_stub.h>

#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <random>

#include "google/rpc/status.pb.h"
#include "proto/crc32c.h"

namespace sightline::test {
namespace {

bool IsPresent(const v1::Column& column, int row) {
  if (column.validity().empty()) return true;
  return ((static_cast<unsigned char>(column.validity()[static_cast<size_t>(row) / 8]) >>
           (row % 8)) &
          1) != 0;
}

template <typename T>
T At(const std::string& buffer, int index) {
  T value;
  std::memcpy(&value, buffer.data() + static_cast<size_t>(index) * sizeof(T), sizeof(T));
  return value;
}

std::string TextOf(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kText:
      return value.text().text();
    case v1::Value::kInteger:
      return std::to_string(value.integer());
    case v1::Value::kBoolean:
      return value.boolean() ? "true" : "false";
    default:
      return value.ShortDebugString();
  }
}

}  // namespace

int64_t QueryResult::RowCount() const {
  int64_t rows = 0;
  for (const v1::ColumnBatch& batch : batches) rows += batch.row_count();
  return rows;
}

std::vector<std::string> QueryResult::Cells(int index) const {
  std::vector<std::string> cells;
  for (const v1::ColumnBatch& batch : batches) {
    const v1::Column& column = batch.columns(index);
    for (int row = 0; row < batch.row_count(); ++row) {
      if (!IsPresent(column, row)) {
        cells.push_back("null");
        continue;
      }
      switch (header.columns(index).type()) {
        case v1::COLUMN_TYPE_BOOL:
          cells.push_back(
              (static_cast<unsigned char>(column.data()[static_cast<size_t>(row) / 8]) >>
               (row % 8)) &
                      1
                  ? "true"
                  : "false");
          break;
        case v1::COLUMN_TYPE_INT64:
          cells.push_back(std::to_string(At<int64_t>(column.data(), row)));
          break;
        case v1::COLUMN_TYPE_DOUBLE:
          cells.push_back(std::to_string(At<double>(column.data(), row)));
          break;
        case v1::COLUMN_TYPE_TEXT: {
          const int32_t begin = At<int32_t>(column.offsets(), row);
          const int32_t end = At<int32_t>(column.offsets(), row + 1);
          cells.push_back(
              column.data().substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
          break;
        }
        case v1::COLUMN_TYPE_NODE:
          cells.push_back(cards.at(At<uint64_t>(column.data(), row)).external_id());
          break;
        default: {
          const v1::Value& value = column.values(row);
          cells.push_back(value.kind_case() == v1::Value::kNode
                              ? cards.at(value.node()).external_id()
                              : TextOf(value));
        }
      }
    }
  }
  return cells;
}

ErrorDetails DetailsOf(const grpc::Status& status) {
  ErrorDetails details;
  google::rpc::Status packed;
  if (!packed.ParseFromString(status.error_details())) return details;
  google::rpc::RetryInfo retry;
  for (const google::protobuf::Any& any : packed.details()) {
    if (any.Is<google::rpc::ErrorInfo>()) any.UnpackTo(&details.info);
    if (any.Is<v1::DiagnosticList>()) any.UnpackTo(&details.diagnostics);
    if (any.Is<google::rpc::RetryInfo>()) details.has_retry = any.UnpackTo(&retry);
  }
  return details;
}

std::string NewLoadId() {
  std::random_device random;
  const auto word = [&random] { return static_cast<unsigned>(random() & 0xFFFF); };
  char text[37];
  std::snprintf(text, sizeof text, "%04x%04x-%04x-4%03x-8%03x-%04x%04x%04x", word(), word(), word(),
                word() & 0xFFF, word() & 0xFFF, word(), word(), word());
  return text;
}

v1::BulkLoadRequest LoadOpen(const std::string& load_id, const std::string& file_name) {
  v1::BulkLoadRequest message;
  message.mutable_open()->set_load_id(load_id);
  message.mutable_open()->set_file_name(file_name);
  return message;
}

v1::BulkLoadRequest LoadChunk(size_t offset, const std::string& data) {
  v1::BulkLoadRequest message;
  message.mutable_chunk()->set_offset(static_cast<int64_t>(offset));
  message.mutable_chunk()->set_data(data);
  message.mutable_chunk()->set_crc32c(Crc32c(data));
  return message;
}

v1::BulkLoadRequest LoadFinish(const std::string& file) {
  v1::BulkLoadRequest message;
  message.mutable_finish()->set_total_bytes(static_cast<int64_t>(file.size()));
  message.mutable_finish()->set_crc32c(Crc32c(file));
  return message;
}

ServerClient::ServerClient(const std::string& address)
    : channel_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())),
      queries_(v1::QueryService::NewStub(channel_)),
      statements_(v1::StatementService::NewStub(channel_)),
      admin_(v1::AdminService::NewStub(channel_)) {}

QueryResult ServerClient::Query(const v1::ExecuteQueryRequest& request) {
  QueryResult result;
  grpc::ClientContext context;
  const auto reader = queries_->ExecuteQuery(&context, request);
  v1::ExecuteQueryResponse response;
  while (reader->Read(&response)) {
    switch (response.part_case()) {
      case v1::ExecuteQueryResponse::kHeader:
        ++result.header_count;
        result.header = response.header();
        break;
      case v1::ExecuteQueryResponse::kBatch:
        for (const v1::NodeCard& card : response.batch().cards()) {
          result.cards[card.id()] = card;
        }
        result.batches.push_back(response.batch());
        break;
      case v1::ExecuteQueryResponse::kTrailer:
        ++result.trailer_count;
        result.trailer = response.trailer();
        break;
      case v1::ExecuteQueryResponse::kWhole:  // Which it does not ask for.
      case v1::ExecuteQueryResponse::PART_NOT_SET:
        break;
    }
  }
  result.status = reader->Finish();
  return result;
}

QueryResult ServerClient::Query(const std::string& text) {
  v1::ExecuteQueryRequest request;
  request.set_query(text);
  return Query(request);
}

grpc::Status ServerClient::BulkLoad(const std::vector<v1::BulkLoadRequest>& messages,
                                    std::vector<v1::BulkLoadResponse>* responses) {
  grpc::ClientContext context;
  const auto stream = statements_->BulkLoad(&context);
  responses->clear();
  v1::BulkLoadResponse response;
  for (const v1::BulkLoadRequest& message : messages) {
    if (!stream->Write(message) || !stream->Read(&response)) break;
    responses->push_back(response);
  }
  stream->WritesDone();
  while (stream->Read(&response)) responses->push_back(response);
  return stream->Finish();
}

grpc::Status ServerClient::Load(const std::string& text, v1::BulkLoadResult* result) {
  result->Clear();
  std::vector<v1::BulkLoadRequest> messages = {LoadOpen(NewLoadId(), "test.slql")};
  constexpr size_t kChunk = 64 << 10;
  for (size_t offset = 0; offset < text.size(); offset += kChunk) {
    messages.push_back(LoadChunk(offset, text.substr(offset, kChunk)));
  }
  messages.push_back(LoadFinish(text));
  std::vector<v1::BulkLoadResponse> responses;
  const grpc::Status status = BulkLoad(messages, &responses);
  if (status.ok()) *result = responses.back().result();
  return status;
}

grpc::Status ServerClient::Write(const v1::WriteStatementsRequest& request,
                                 v1::WriteStatementsResponse* response) {
  grpc::ClientContext context;
  return statements_->WriteStatements(&context, request, response);
}

grpc::Status ServerClient::Info(v1::GetServerInfoResponse* response) {
  grpc::ClientContext context;
  return admin_->GetServerInfo(&context, {}, response);
}

int ServerClient::Health() {
  // By bytes: the health service's messages are not packaged in a form for C++.
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub(channel_);
  grpc::ClientContext context;
  const grpc::ByteBuffer request;
  grpc::Slice empty("", 0);
  grpc::ByteBuffer sent(&empty, 1), received;
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  grpc::Status status;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &sent, &received,
                 [&](grpc::Status s) {
                   const std::lock_guard<std::mutex> lock(mutex);
                   status = std::move(s);
                   done = true;
                   changed.notify_one();
                 });
  std::unique_lock<std::mutex> lock(mutex);
  changed.wait(lock, [&] { return done; });
  std::vector<grpc::Slice> slices;
  if (!status.ok() || !received.Dump(&slices).ok()) return 0;
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  // HealthCheckResponse: field 1, an enumeration.
  return bytes.size() == 2 && bytes[0] == 8 ? bytes[1] : 0;
}

}  // namespace sightline::test
