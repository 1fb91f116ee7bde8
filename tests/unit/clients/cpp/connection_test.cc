// The client library against a server of this process that does as it is told.

#include "clients/cpp/connection.h"

#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <sstream>
#include <thread>

#include "tests/unit/clients/result_builder.h"

namespace sightline::client {
namespace {

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;
using testing::HasSubstr;

class ScriptedQueries : public v1::QueryService::Service {
 public:
  Status ExecuteQuery(ServerContext* context, const v1::ExecuteQueryRequest* request,
                      grpc::ServerWriter<v1::ExecuteQueryResponse>* writer) override {
    last_request = *request;
    for (const v1::ExecuteQueryResponse& response : responses) writer->Write(response);
    while (waits && !context->IsCancelled()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    was_cancelled = context->IsCancelled();
    return end;
  }

  void AddHeader(const v1::ResultHeader& header) {
    *responses.emplace_back().mutable_header() = header;
  }
  void AddBatch(const v1::ColumnBatch& batch) { *responses.emplace_back().mutable_batch() = batch; }
  void AddTrailer(int64_t rows) { responses.emplace_back().mutable_trailer()->set_row_count(rows); }

  std::vector<v1::ExecuteQueryResponse> responses;
  Status end = Status::OK;
  bool waits = false;
  std::atomic<bool> was_cancelled = false;
  v1::ExecuteQueryRequest last_request;
};

class ScriptedStatements : public v1::StatementService::Service {
 public:
  Status WriteStatements(ServerContext*, const v1::WriteStatementsRequest*,
                         v1::WriteStatementsResponse* response) override {
    response->set_replayed(calls > 0);
    return calls++ < failures ? Status(StatusCode::UNAVAILABLE, "busy") : Status::OK;
  }
  Status LoadFile(ServerContext*, grpc::ServerReader<v1::LoadFileRequest>* reader,
                  v1::LoadFileResponse* response) override {
    v1::LoadFileRequest part;
    while (reader->Read(&part)) {
      if (part.has_open()) file_name = part.open().file_name();
      if (part.has_chunk()) {
        if (part.chunk().offset() != static_cast<int64_t>(content.size())) {
          return {StatusCode::INVALID_ARGUMENT, "offset"};
        }
        content += part.chunk().data();
        ++chunks;
      }
      if (part.has_finish()) total_bytes = part.finish().total_bytes();
      if (chunks == refuse_after_chunks) return {StatusCode::INVALID_ARGUMENT, "refused"};
    }
    response->set_statements_added(3);
    return Status::OK;
  }

  int calls = 0;
  int failures = 0;
  std::string file_name, content;
  int chunks = 0;
  int refuse_after_chunks = -1;
  int64_t total_bytes = -1;
};

class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest() {
    char folder[] = "/tmp/sightline-test-XXXXXX";
    folder_ = mkdtemp(folder);
    address_ = "unix:" + folder_ + "/socket";
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address_, grpc::InsecureServerCredentials());
    builder.RegisterService(&queries_);
    builder.RegisterService(&statements_);
    server_ = builder.BuildAndStart();
    connection_ = std::move(*Connection::Open(address_, {}));
  }
  ~ConnectionTest() override {
    connection_.reset();
    server_->Shutdown(std::chrono::system_clock::now());
    std::filesystem::remove_all(folder_);
  }

  // Runs a query to its end; the error, if there is one.
  MaybeError Run(std::vector<std::string>* names, const CallOptions& options = {}) {
    Result<std::unique_ptr<QueryStream>> stream = connection_->Execute({}, options);
    if (!stream.ok()) return stream.error();
    ResultBatch batch;
    while (true) {
      const Result<bool> more = (*stream)->Next(&batch);
      if (!more.ok()) return more.error();
      if (!*more) return std::nullopt;
      for (size_t row = 0; row < batch.row_count(); ++row) {
        names->emplace_back(std::get<std::string_view>(batch.cell(0, row)));
      }
    }
  }

  std::string folder_, address_;
  ScriptedQueries queries_;
  ScriptedStatements statements_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Connection> connection_;
};

const ResultBuilder& Suppliers() {
  static const ResultBuilder builder = ResultBuilder().Texts("name", {"Hikvision", "iRay"});
  return builder;
}

TEST_F(ConnectionTest, StreamsBatchesUpToTheTrailer) {
  queries_.AddHeader(Suppliers().header);
  queries_.AddBatch(Suppliers().batch);
  queries_.AddBatch(Suppliers().batch);
  queries_.AddTrailer(4);
  std::vector<std::string> names;
  EXPECT_EQ(Run(&names), std::nullopt);
  EXPECT_THAT(names, testing::ElementsAre("Hikvision", "iRay", "Hikvision", "iRay"));
}

TEST_F(ConnectionTest, AStreamWithoutATrailerIsIncomplete) {
  queries_.AddHeader(Suppliers().header);
  queries_.AddBatch(Suppliers().batch);
  std::vector<std::string> names;
  const MaybeError error = Run(&names);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->reason, kReasonIncomplete);
  EXPECT_EQ(error->code, StatusCode::DATA_LOSS);
  EXPECT_EQ(names.size(), 2u);
}

TEST_F(ConnectionTest, FewerRowsThanTheTrailerCountsAreIncomplete) {
  queries_.AddHeader(Suppliers().header);
  queries_.AddBatch(Suppliers().batch);
  queries_.AddTrailer(3);
  std::vector<std::string> names;
  const MaybeError error = Run(&names);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->reason, kReasonIncomplete);
}

TEST_F(ConnectionTest, AStreamThatEndsAtOnceIsIncomplete) {
  std::vector<std::string> names;
  const MaybeError error = Run(&names);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->reason, kReasonIncomplete);
}

TEST_F(ConnectionTest, RefusesMessagesOutOfOrder) {
  std::vector<std::string> names;
  queries_.AddBatch(Suppliers().batch);
  EXPECT_EQ(Run(&names)->reason, kReasonMalformed);
  queries_.responses.clear();
  queries_.AddHeader(Suppliers().header);
  queries_.AddHeader(Suppliers().header);
  EXPECT_EQ(Run(&names)->reason, kReasonMalformed);
  queries_.responses.clear();
  queries_.AddHeader(Suppliers().header);
  queries_.AddTrailer(0);
  queries_.AddBatch(Suppliers().batch);
  EXPECT_EQ(Run(&names)->reason, kReasonMalformed);
  EXPECT_TRUE(names.empty());
}

TEST_F(ConnectionTest, PassesOnTheErrorOfARunningQuery) {
  queries_.AddHeader(Suppliers().header);
  queries_.AddBatch(Suppliers().batch);
  queries_.end = Status(StatusCode::RESOURCE_EXHAUSTED, "SL5005 out of memory");
  std::vector<std::string> names;
  const MaybeError error = Run(&names);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(error->message, "SL5005 out of memory");
}

TEST_F(ConnectionTest, CancelEndsARunningQuery) {
  queries_.AddHeader(Suppliers().header);
  queries_.waits = true;
  CancelSource cancel;
  std::thread canceller([&cancel] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    cancel.Cancel();
  });
  std::vector<std::string> names;
  const MaybeError error = Run(&names, {.timeout = std::nullopt, .cancel = &cancel});
  canceller.join();
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, StatusCode::CANCELLED);
  // And no call begins with it any more.
  EXPECT_EQ(Run(&names, {.timeout = std::nullopt, .cancel = &cancel})->code, StatusCode::CANCELLED);
}

TEST_F(ConnectionTest, DestroyingAnUnreadStreamCancelsTheQuery) {
  queries_.AddHeader(Suppliers().header);
  queries_.waits = true;
  { const auto stream = connection_->Execute({}, {}); }
  for (int i = 0; i < 500 && !queries_.was_cancelled; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(queries_.was_cancelled);
}

TEST_F(ConnectionTest, TheTimeoutEndsACall) {
  queries_.AddHeader(Suppliers().header);
  queries_.waits = true;
  std::vector<std::string> names;
  const MaybeError error =
      Run(&names, {.timeout = std::chrono::milliseconds(50), .cancel = nullptr});
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(ConnectionTest, DoesNotSendAQueryThatIsNotUtf8) {
  v1::ExecuteQueryRequest request;
  request.set_query("MATCH (\xff)");
  const auto stream = connection_->Execute(request, {});
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(stream.error().reason, "SL1004");
}

TEST_F(ConnectionTest, WritesAreRepeatedOnlyWithARequestId) {
  statements_.failures = 2;
  v1::WriteStatementsRequest request;
  EXPECT_EQ(connection_->Write(request, {}).error().code, StatusCode::UNAVAILABLE);
  EXPECT_EQ(statements_.calls, 1);
  statements_.calls = 0;
  request.set_request_id("2f0b8a6e-6f0f-4d7e-9f6d-000000000001");
  EXPECT_TRUE(connection_->Write(request, {}).ok());
  EXPECT_EQ(statements_.calls, 3);
}

TEST_F(ConnectionTest, WritesAreNotRepeatedForEver) {
  statements_.failures = 1000;
  v1::WriteStatementsRequest request;
  request.set_request_id("2f0b8a6e-6f0f-4d7e-9f6d-000000000001");
  EXPECT_EQ(connection_->Write(request, {}).error().code, StatusCode::UNAVAILABLE);
  EXPECT_EQ(statements_.calls, 4);
}

TEST_F(ConnectionTest, SendsAFileInChunksWithItsLength) {
  std::string text(600'000, 'x');
  text[300'000] = '\0';
  std::istringstream content(text);
  int64_t sent = 0;
  const auto response =
      connection_->LoadFile("claims.slql", content, {}, [&sent](int64_t bytes) { sent = bytes; });
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->statements_added(), 3);
  EXPECT_EQ(statements_.file_name, "claims.slql");
  EXPECT_EQ(statements_.content, text);
  EXPECT_EQ(statements_.chunks, 3);
  EXPECT_EQ(statements_.total_bytes, 600'000);
  EXPECT_EQ(sent, 600'000);
}

TEST_F(ConnectionTest, SendsAnEmptyFile) {
  std::istringstream content("");
  ASSERT_TRUE(connection_->LoadFile("empty.slql", content, {}).ok());
  EXPECT_EQ(statements_.chunks, 0);
  EXPECT_EQ(statements_.total_bytes, 0);
}

TEST_F(ConnectionTest, TellsWhyALoadWasRefusedHalfWay) {
  statements_.refuse_after_chunks = 1;
  std::istringstream content(std::string(4'000'000, 'x'));
  const auto response = connection_->LoadFile("claims.slql", content, {});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().message, "refused");
}

TEST(Connection, SaysWhyItCannotConnect) {
  const auto refused = Connection::Open("127.0.0.1:1", {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, kReasonNotConnected);
  EXPECT_THAT(refused.error().message, HasSubstr("refused"));
  const auto missing = Connection::Open("unix:/nowhere/socket", {});
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().message, HasSubstr("No such file"));
}

TEST(Connection, ReadsAddresses) {
  EXPECT_EQ(*TargetOf("127.0.0.1:7432"), "dns:127.0.0.1:7432");
  EXPECT_EQ(*TargetOf("localhost:1"), "dns:localhost:1");
  EXPECT_EQ(*TargetOf("[::1]:7432"), "dns:[::1]:7432");
  EXPECT_EQ(*TargetOf("unix:/tmp/a b%"), "unix:/tmp/a%20b%25");
  EXPECT_TRUE(TargetOf("unix:/" + std::string(106, 'x')).ok());
  for (const std::string& address :
       {std::string(""), std::string("localhost"), std::string("localhost:"), std::string(":7432"),
        std::string("localhost:0"), std::string("localhost:65536"), std::string("localhost:74x2"),
        std::string("::1:7432"), std::string("unix:"), std::string("http://localhost:7432"),
        std::string("a b:1"), "unix:/" + std::string(107, 'x')}) {
    const auto target = TargetOf(address);
    ASSERT_FALSE(target.ok()) << address;
    EXPECT_EQ(target.error().reason, kReasonBadAddress);
  }
}

TEST(FirstInvalidUtf8, FindsTheByte) {
  EXPECT_EQ(FirstInvalidUtf8(""), std::nullopt);
  EXPECT_EQ(FirstInvalidUtf8("Zürich 海康 🛰"), std::nullopt);
  EXPECT_EQ(FirstInvalidUtf8("ab\xff"), 2u);
  EXPECT_EQ(FirstInvalidUtf8("a\xc3"), 1u) << "cut off";
  EXPECT_EQ(FirstInvalidUtf8("\xc0\xaf"), 0u) << "overlong";
  EXPECT_EQ(FirstInvalidUtf8("\xe0\x80\x80"), 0u) << "overlong";
  EXPECT_EQ(FirstInvalidUtf8("\xed\xa0\x80"), 0u) << "a surrogate";
  EXPECT_EQ(FirstInvalidUtf8("\xf4\x90\x80\x80"), 0u) << "beyond U+10FFFF";
  EXPECT_EQ(FirstInvalidUtf8("\x80"), 0u) << "a continuation alone";
}

}  // namespace
}  // namespace sightline::client
