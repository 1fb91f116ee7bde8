#include "clients/cpp/error.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace sightline::client {
namespace {

TEST(Error, ReadsReasonAndDiagnosticsOutOfTheStatusDetails) {
  google::rpc::ErrorInfo info;
  info.set_reason("SL2011");
  v1::DiagnosticList list;
  list.add_diagnostics()->set_code("SL2011");
  list.mutable_diagnostics(0)->mutable_span()->set_line(3);
  google::rpc::Status details;
  details.add_details()->PackFrom(info);
  details.add_details()->PackFrom(list);
  const Error error = FromGrpc({grpc::StatusCode::INVALID_ARGUMENT, "there is no class 'Optic'",
                                details.SerializeAsString()});
  EXPECT_EQ(error.code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(error.reason, "SL2011");
  ASSERT_EQ(error.diagnostics.size(), 1u);
  EXPECT_EQ(error.diagnostics[0].span().line(), 3u);
}

TEST(Error, TellsOfDiagnosticsThatTheServerLeftOut) {
  google::rpc::ErrorInfo info;
  (*info.mutable_metadata())["diagnostics_omitted"] = "7";
  v1::DiagnosticList list;
  list.add_diagnostics()->set_code("SL2011");
  google::rpc::Status details;
  details.add_details()->PackFrom(info);
  details.add_details()->PackFrom(list);
  const Error error =
      FromGrpc({grpc::StatusCode::INVALID_ARGUMENT, "m", details.SerializeAsString()});
  ASSERT_EQ(error.diagnostics.size(), 2u);
  EXPECT_EQ(error.diagnostics[1].severity(), v1::SEVERITY_NOTICE);
  EXPECT_NE(error.diagnostics[1].message().find('7'), std::string::npos);
}

TEST(Error, KeepsTheMessageWhenTheDetailsAreNotOurs) {
  const Error error =
      FromGrpc({grpc::StatusCode::INTERNAL, "went wrong", "\xff\xfe not a message"});
  EXPECT_EQ(error.message, "went wrong");
  EXPECT_TRUE(error.diagnostics.empty());
  EXPECT_TRUE(error.reason.empty());
}

TEST(Error, SaysPlainlyWhatGrpcSays) {
  const Error stopped = FromGrpc({grpc::StatusCode::CANCELLED, "Cancelling all calls"});
  EXPECT_EQ(stopped.code, grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(stopped.message, "the server is shutting down");
  const Error late = FromGrpc({grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded"});
  EXPECT_EQ(late.code, grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_NE(late.message.find("time limit"), std::string::npos);
  const Error cancelled = FromGrpc({grpc::StatusCode::CANCELLED, "CANCELLED"});
  EXPECT_EQ(cancelled.code, grpc::StatusCode::CANCELLED);
  EXPECT_EQ(cancelled.message, "CANCELLED");
}

TEST(Error, NamesCodes) {
  EXPECT_EQ(CodeName(grpc::StatusCode::OK), "OK");
  EXPECT_EQ(CodeName(grpc::StatusCode::UNAVAILABLE), "UNAVAILABLE");
  EXPECT_EQ(CodeName(grpc::StatusCode::UNAUTHENTICATED), "UNAUTHENTICATED");
  EXPECT_EQ(CodeName(static_cast<grpc::StatusCode>(99)), "CODE_99");
}

}  // namespace
}  // namespace sightline::client
