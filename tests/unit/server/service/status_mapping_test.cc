#include "server/service/status_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/service/request_error.h"
#include "storage/base/utf8.h"

namespace sightline::server {
namespace {

struct Details {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  v1::DiagnosticList diagnostics;
  google::rpc::RetryInfo retry;
  bool has_diagnostics = false;
  bool has_retry = false;
};

Details DetailsOf(const grpc::Status& status) {
  Details details;
  EXPECT_TRUE(details.status.ParseFromString(status.error_details()));
  for (const google::protobuf::Any& any : details.status.details()) {
    if (any.Is<google::rpc::ErrorInfo>()) any.UnpackTo(&details.info);
    details.has_diagnostics |= any.UnpackTo(&details.diagnostics);
    details.has_retry |= any.UnpackTo(&details.retry);
  }
  return details;
}

query::Diagnostic NoSuchClass() {
  query::Diagnostic diagnostic;
  diagnostic.code = "SL2011";
  diagnostic.message = "there is no class 'Optic'";
  diagnostic.span = {27, 32, 1, 28};
  diagnostic.labels = {{{27, 32, 1, 28}, "did you mean Optics?"}};
  diagnostic.help = {"classes are listed by SHOW CLASSES"};
  diagnostic.edits = {{{27, 32, 1, 28}, "Optics"}};
  return diagnostic;
}

TEST(ToGrpcStatus, CarriesDiagnosticsAndTheSameCode) {
  const grpc::Status status = ToGrpcStatus(query::ToStatus(NoSuchClass()));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const Details details = DetailsOf(status);
  EXPECT_EQ(details.status.code(), static_cast<int>(grpc::StatusCode::INVALID_ARGUMENT));
  EXPECT_EQ(details.info.domain(), "sightline");
  EXPECT_EQ(details.info.reason(), "SL2011");
  ASSERT_EQ(details.diagnostics.diagnostics_size(), 1);
  const v1::Diagnostic& diagnostic = details.diagnostics.diagnostics(0);
  EXPECT_EQ(diagnostic.severity(), v1::SEVERITY_ERROR);
  EXPECT_EQ(diagnostic.code(), "SL2011");
  EXPECT_EQ(diagnostic.span().start_byte(), 27u);
  EXPECT_EQ(diagnostic.span().end_byte(), 32u);
  EXPECT_EQ(diagnostic.span().line(), 1u);
  EXPECT_EQ(diagnostic.span().column(), 28u);
  EXPECT_EQ(diagnostic.labels(0).text(), "did you mean Optics?");
  EXPECT_EQ(diagnostic.help(0), "classes are listed by SHOW CLASSES");
  EXPECT_EQ(diagnostic.edits(0).replacement(), "Optics");
}

TEST(ToGrpcStatus, StatusesWithoutDiagnosticsNameTheirCode) {
  const Details details = DetailsOf(ToGrpcStatus(NotFound("no such statement")));
  EXPECT_EQ(details.info.reason(), "NOT_FOUND");
  EXPECT_FALSE(details.has_diagnostics);
  EXPECT_FALSE(details.has_retry);
}

TEST(ToGrpcStatus, EveryRequestThatIsWrongHasAStableCode) {
  EXPECT_EQ(DetailsOf(ToGrpcStatus(InvalidArgument("whatever"))).info.reason(), "SL8000");
  EXPECT_EQ(DetailsOf(ToGrpcStatus(WithCode(kBadMutation, InvalidArgument("m")))).info.reason(),
            "SL8009");
  // A prefix keeps the code, and the first code stays.
  const Status nothing = WithCode(kNamesNothing, InvalidArgument("there is no s/17"));
  const Status placed = WithCode(kBadParameter, WithPrefix("Parameter who: ", nothing));
  EXPECT_EQ(DetailsOf(ToGrpcStatus(placed)).info.reason(), "SL8004");
  EXPECT_EQ(ToGrpcStatus(placed).error_message(), "Parameter who: there is no s/17");
  // Others are not the request's fault.
  EXPECT_EQ(DetailsOf(ToGrpcStatus(WithCode(kBadMutation, NotFound("m")))).info.reason(),
            "NOT_FOUND");
}

TEST(ToGrpcStatus, ATimeLimitHasItsCode) {
  EXPECT_EQ(
      DetailsOf(ToGrpcStatus(MakeStatus(StatusCode::kDeadlineExceeded, "late"))).info.reason(),
      "SL5002");
}

TEST(ToGrpcStatus, OnlyABusyServerAsksToRetry) {
  const Status exhausted = ResourceExhausted("full");
  const Details busy = DetailsOf(ToGrpcStatus(exhausted, {std::string(kBusyReason), {}}));
  EXPECT_TRUE(busy.has_retry);
  EXPECT_GT(busy.retry.retry_delay().nanos(), 0);
  EXPECT_FALSE(DetailsOf(ToGrpcStatus(exhausted)).has_retry);
}

TEST(ToGrpcStatus, StaysBelowWhatHeadersHold) {
  std::vector<query::Diagnostic> diagnostics;
  for (int i = 0; i < 100; ++i) {
    query::Diagnostic diagnostic = NoSuchClass();
    diagnostic.message = std::string(10'000, 'x');
    for (int j = 0; j < 10; ++j) diagnostic.help.push_back(std::string(1'000, 'y'));
    diagnostics.push_back(diagnostic);
  }
  const grpc::Status status = ToGrpcStatus(query::ToStatus(diagnostics));
  EXPECT_LE(status.error_message().size() + status.error_details().size(), 6'000u);
  const Details details = DetailsOf(status);
  ASSERT_GE(details.diagnostics.diagnostics_size(), 1);
  EXPECT_EQ(details.diagnostics.diagnostics(0).code(), "SL2011");
  EXPECT_EQ(std::stoi(details.info.metadata().at("diagnostics_omitted")) +
                details.diagnostics.diagnostics_size(),
            100);
}

TEST(CutText, CutsBetweenCodePoints) {
  EXPECT_EQ(CutText("optics", 6), "optics");
  EXPECT_EQ(CutText("optical", 6), "opt...");
  const std::string russian = "бронетехника";  // Two bytes each.
  for (size_t bytes = 0; bytes < russian.size(); ++bytes) {
    EXPECT_TRUE(storage::IsValidUtf8(CutText(russian, bytes)));
    EXPECT_LE(CutText(russian, bytes).size(), std::max<size_t>(bytes, 3));
  }
}

}  // namespace
}  // namespace sightline::server
