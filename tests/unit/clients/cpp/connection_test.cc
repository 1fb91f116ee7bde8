// The client library against a server of this process that does as it is told.

#include "clients/cpp/connection.h"

#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <sstream>
#include <thread>

#include "proto/crc32c.h"
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
  Status BulkLoad(
      ServerContext*,
      grpc::ServerReaderWriter<v1::BulkLoadResponse, v1::BulkLoadRequest>* stream) override {
    ++attempts;
    v1::BulkLoadRequest part;
    v1::BulkLoadResponse response;
    while (stream->Read(&part)) {
      if (part.has_open()) open = part.open();
      if (part.has_chunk()) {
        const v1::BulkLoadChunk& chunk = part.chunk();
        if (chunk.offset() > static_cast<int64_t>(content.size())) {
          return {StatusCode::OUT_OF_RANGE, "offset"};
        }
        if (Crc32c(chunk.data()) != chunk.crc32c()) {
          return {StatusCode::INVALID_ARGUMENT, "checksum"};
        }
        if (break_after_chunks == chunks) {
          break_after_chunks = -1;
          // What the server has kept, at most.
          content.resize(std::min(content.size(), keeps_bytes));
          return {StatusCode::UNAVAILABLE, "gone"};
        }
        content.resize(static_cast<size_t>(chunk.offset()));
        content += chunk.data();
        ++chunks;
        if (chunks == refuse_after_chunks) return {StatusCode::INVALID_ARGUMENT, "refused"};
      }
      if (part.has_finish()) {
        total_bytes = part.finish().total_bytes();
        crc32c = part.finish().crc32c();
        for (int i = 0; i < 2; ++i) response.add_rejects()->set_line(i + 1);
        response.mutable_progress()->set_stage(v1::BULK_LOAD_STAGE_READING);
        stream->Write(response);
        if (fail_finish-- > 0) return {StatusCode::UNAVAILABLE, "gone"};
        response.Clear();
        response.mutable_result()->set_statements_added(3);
        stream->Write(response);
        return Status::OK;
      }
      response.set_received_through(static_cast<int64_t>(content.size()));
      stream->Write(response);
    }
    return {StatusCode::INVALID_ARGUMENT, "no finish"};
  }

  int calls = 0;
  int failures = 0;
  int attempts = 0;
  v1::BulkLoadOpen open;
  std::string content;
  int chunks = 0;
  int refuse_after_chunks = -1;
  int break_after_chunks = -1;
  int fail_finish = 0;
  size_t keeps_bytes = 1 << 30;
  int64_t total_bytes = -1;
  uint32_t crc32c = 1;
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
  EXPECT_EQ(statements_.calls, CallOptions().attempts);
}

// Bytes no two places of which look alike.
std::string Varied(size_t size) {
  std::string text(size, '\0');
  uint32_t state = 1;
  for (char& byte : text) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return text;
}

v1::BulkLoadOpen OpenOf(const std::string& name) {
  v1::BulkLoadOpen open;
  open.set_file_name(name);
  return open;
}

TEST_F(ConnectionTest, SendsAFileInChunksWithItsChecksums) {
  const std::string text = Varied(600'000);
  std::istringstream content(text);
  LoadOptions options;
  int64_t received = 0;
  int rejects = 0;
  std::vector<v1::BulkLoadStage> stages;
  options.listeners.on_received = [&](int64_t bytes) { received = bytes; };
  options.listeners.on_reject = [&](const v1::RejectedRecord&) { ++rejects; };
  options.listeners.on_progress = [&](const v1::BulkLoadProgress& progress) {
    stages.push_back(progress.stage());
  };
  const auto result = connection_->BulkLoad(OpenOf("claims.slql"), content, {}, options);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->statements_added(), 3);
  EXPECT_EQ(statements_.open.file_name(), "claims.slql");
  EXPECT_EQ(statements_.open.load_id().size(), 36u);
  EXPECT_EQ(statements_.content, text);
  EXPECT_EQ(statements_.chunks, 3);
  EXPECT_EQ(statements_.total_bytes, 600'000);
  EXPECT_EQ(statements_.crc32c, Crc32c(text));
  EXPECT_EQ(received, 600'000);
  EXPECT_EQ(rejects, 2);
  EXPECT_EQ(stages, std::vector{v1::BULK_LOAD_STAGE_READING});
}

TEST_F(ConnectionTest, SendsAnEmptyFile) {
  std::istringstream content("");
  ASSERT_TRUE(connection_->BulkLoad(OpenOf("empty.slql"), content, {}).ok());
  EXPECT_EQ(statements_.chunks, 0);
  EXPECT_EQ(statements_.total_bytes, 0);
  EXPECT_EQ(statements_.crc32c, 0u);
}

TEST_F(ConnectionTest, TellsWhyALoadWasRefusedHalfWay) {
  statements_.refuse_after_chunks = 1;
  std::istringstream content(std::string(40'000'000, 'x'));
  const auto result = connection_->BulkLoad(OpenOf("claims.slql"), content, {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "refused");
  EXPECT_EQ(statements_.attempts, 1);
}

// A stream that cannot go back, as a pipe.
class PipeBuffer : public std::stringbuf {
 public:
  explicit PipeBuffer(const std::string& text) : std::stringbuf(text, std::ios::in) {}

 protected:
  pos_type seekpos(pos_type, std::ios::openmode) override { return pos_type(off_type(-1)); }
  pos_type seekoff(off_type, std::ios::seekdir, std::ios::openmode) override {
    return pos_type(off_type(-1));
  }
};

TEST_F(ConnectionTest, GoesOnWhereTheServerIs) {
  const std::string text = Varied(12'000'000);
  for (const int chunks : {0, 1, 16, 17, 30, 45}) {
    SCOPED_TRACE(chunks);
    statements_.content.clear();
    statements_.chunks = statements_.attempts = 0;
    statements_.break_after_chunks = chunks;
    PipeBuffer pipe(text);
    std::istream content(&pipe);
    const auto result = connection_->BulkLoad(OpenOf("a.nt"), content, {});
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(statements_.attempts, 2);
    EXPECT_EQ(statements_.content, text);
    EXPECT_EQ(statements_.crc32c, Crc32c(text));
  }
}

TEST_F(ConnectionTest, GoesBackToWhatTheServerHasLost) {
  const std::string text = Varied(12'000'000);
  statements_.break_after_chunks = 40;
  statements_.keeps_bytes = 1'000'001;
  std::istringstream content(text);
  const auto result = connection_->BulkLoad(OpenOf("a.nt"), content, {});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(statements_.content, text);
  EXPECT_EQ(statements_.crc32c, Crc32c(text));

  statements_.content.clear();
  statements_.break_after_chunks = statements_.chunks + 40;
  PipeBuffer pipe(text);
  std::istream once(&pipe);
  const auto failed = connection_->BulkLoad(OpenOf("a.nt"), once, {});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().reason, kReasonUnreadable);
  EXPECT_THAT(failed.error().message, HasSubstr("1000001"));
}

TEST_F(ConnectionTest, AnotherProcessGoesOnWhereTheFirstWas) {
  const std::string text = Varied(3'000'000);
  statements_.content = text.substr(0, 1'000'003);
  std::istringstream content(text);
  v1::BulkLoadOpen open = OpenOf("a.nt");
  open.set_load_id("2f0b8a6e-6f0f-4d7e-9f6d-000000000001");
  int64_t first = -1;
  LoadOptions options;
  options.listeners.on_received = [&](int64_t bytes) { first = first < 0 ? bytes : first; };
  ASSERT_TRUE(connection_->BulkLoad(open, content, {}, options).ok());
  EXPECT_EQ(statements_.open.load_id(), open.load_id());
  EXPECT_EQ(first, 1'000'003);
  EXPECT_EQ(statements_.content, text);
  EXPECT_EQ(statements_.crc32c, Crc32c(text));
  // Of a shorter file that is told.
  std::istringstream cut(text.substr(0, 500));
  const auto failed = connection_->BulkLoad(open, cut, {});
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(failed.error().message, HasSubstr("500 bytes"));
}

TEST_F(ConnectionTest, SaysThatRejectsAreToldAgain) {
  statements_.fail_finish = 1;
  std::istringstream content("abc");
  LoadOptions options;
  int rejects = 0;
  options.listeners.on_reject = [&](const v1::RejectedRecord&) { ++rejects; };
  options.listeners.on_restart = [&] { rejects = 0; };
  ASSERT_TRUE(connection_->BulkLoad(OpenOf("a.nt"), content, {}, options).ok());
  EXPECT_EQ(statements_.attempts, 2);
  EXPECT_EQ(rejects, 2);
}

TEST_F(ConnectionTest, ALoadIsGivenUpWhenTheServerStaysAway) {
  statements_.fail_finish = 1'000;
  std::istringstream content("abc");
  LoadOptions options;
  options.away_max = std::chrono::milliseconds(0);
  const auto result = connection_->BulkLoad(OpenOf("a.nt"), content, {}, options);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, StatusCode::UNAVAILABLE);
  EXPECT_EQ(statements_.attempts, 1);
}

TEST(NewLoadId, IsARandomUuid) {
  const std::string id = NewLoadId();
  EXPECT_THAT(id,
              testing::MatchesRegex("[0-9a-f]+-[0-9a-f]+-4[0-9a-f]+-[89ab][0-9a-f]+-[0-9a-f]+"));
  EXPECT_EQ(id.size(), 36u);
  EXPECT_NE(NewLoadId(), id);
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
