// The calls that explore, against a server of this process that does as it is told: when one is
// tried again, and what becomes of a stream that breaks.

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "clients/cpp/connection.h"

namespace sightline::client {
namespace {

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;
using std::chrono::milliseconds;

class ScriptedExplore : public v1::ExploreService::Service {
 public:
  Status GetEntity(ServerContext* context, const v1::GetEntityRequest*,
                   v1::GetEntityResponse* response) override {
    has_deadline = context->deadline() < std::chrono::system_clock::now() + std::chrono::hours(1);
    if (calls++ < failures) return {failure, "as told"};
    response->mutable_card()->set_caption("Alpha");
    return Status::OK;
  }
  Status FindPaths(ServerContext*, const v1::FindPathsRequest*,
                   grpc::ServerWriter<v1::FindPathsResponse>* writer) override {
    if (calls++ < failures && paths_before_failure == 0) return {failure, "as told"};
    v1::FindPathsResponse response;
    for (int i = 0; i < paths; ++i) {
      response.mutable_path()->add_nodes(1);
      writer->Write(response);
    }
    if (paths_before_failure > 0) return {failure, "as told"};
    if (sends_summary) {
      response.mutable_summary()->set_path_count(paths);
      writer->Write(response);
    }
    return Status::OK;
  }

  int calls = 0, failures = 0, paths = 2, paths_before_failure = 0;
  StatusCode failure = StatusCode::UNAVAILABLE;
  bool sends_summary = true, has_deadline = false;
};

class ExploreTest : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/sl-explore-XXXXXX";
    ASSERT_NE(mkdtemp(folder), nullptr);
    folder_ = folder;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + folder_ + "/socket", grpc::InsecureServerCredentials());
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    auto connection = Connection::Open("unix:" + folder_ + "/socket", {});
    ASSERT_TRUE(connection.ok());
    connection_ = std::move(*connection);
    options_.timeout = milliseconds(5000);
  }
  void TearDown() override {
    connection_.reset();
    server_->Shutdown();
    std::filesystem::remove_all(folder_);
  }
  Result<v1::FindPathsSummary> FindPaths() {
    return connection_->FindPaths({}, options_, [this](const v1::FoundPath&) { ++taken_; });
  }

  std::string folder_;
  ScriptedExplore service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Connection> connection_;
  CallOptions options_;
  int taken_ = 0;
};

TEST_F(ExploreTest, TriesAgainWhileTheServerIsUnavailable) {
  service_.failures = 2;
  const auto entity = connection_->GetEntity({}, options_);
  ASSERT_TRUE(entity.ok()) << entity.error().message;
  EXPECT_EQ(entity->card().caption(), "Alpha");
  EXPECT_EQ(service_.calls, 3);
  EXPECT_TRUE(service_.has_deadline);
}

TEST_F(ExploreTest, ButNotForEver) {
  service_.failures = 100;
  EXPECT_EQ(connection_->GetEntity({}, options_).error().code, StatusCode::UNAVAILABLE);
  EXPECT_EQ(service_.calls, 3);
  service_.calls = 0;
  options_.attempts = 1;
  EXPECT_FALSE(connection_->GetEntity({}, options_).ok());
  EXPECT_EQ(service_.calls, 1);
}

TEST_F(ExploreTest, AndNotBeyondItsTime) {
  service_.failures = 100;
  options_.attempts = 100;
  options_.timeout = milliseconds(300);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(connection_->GetEntity({}, options_).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(1500));
  EXPECT_GT(service_.calls, 1);
}

TEST_F(ExploreTest, NothingElseIsAReason) {
  service_.failures = 1;
  for (const StatusCode code :
       {StatusCode::DEADLINE_EXCEEDED, StatusCode::RESOURCE_EXHAUSTED, StatusCode::ABORTED,
        StatusCode::INTERNAL, StatusCode::INVALID_ARGUMENT, StatusCode::CANCELLED}) {
    service_.calls = 0;
    service_.failure = code;
    EXPECT_EQ(connection_->GetEntity({}, options_).error().code, code);
    EXPECT_EQ(service_.calls, 1) << CodeName(code);
  }
}

TEST_F(ExploreTest, NotOnceItIsCancelled) {
  CancelSource cancel;
  cancel.Cancel();
  options_.cancel = &cancel;
  EXPECT_EQ(connection_->GetEntity({}, options_).error().code, StatusCode::CANCELLED);
}

TEST_F(ExploreTest, PathsComeUpToTheSummary) {
  service_.failures = 1;
  const auto summary = FindPaths();
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->path_count(), 2);
  EXPECT_EQ(taken_, 2);
}

TEST_F(ExploreTest, AStreamThatBreaksIsNotTakenTwice) {
  service_.paths_before_failure = 2;
  const auto summary = FindPaths();
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().code, StatusCode::DATA_LOSS);
  EXPECT_EQ(summary.error().reason, kReasonIncomplete);
  EXPECT_EQ(taken_, 2);
  EXPECT_EQ(service_.calls, 1);
}

TEST_F(ExploreTest, AStreamWithoutASummaryIsIncomplete) {
  service_.sends_summary = false;
  EXPECT_EQ(FindPaths().error().reason, kReasonIncomplete);
}

}  // namespace
}  // namespace sightline::client
