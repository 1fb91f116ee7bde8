#include "query/diagnostics/diagnostic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sightline::query {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Diagnostic NoSuchClass() {
  Diagnostic diagnostic;
  diagnostic.code = "SL2011";
  diagnostic.message = "there is no class 'Optic'";
  diagnostic.span = {25, 30, 1, 26};
  diagnostic.labels = {{{25, 30, 1, 26}, "did you mean Optics?"}};
  diagnostic.help = {"12 instances", "4 kinds below it"};
  diagnostic.edits = {{{25, 30, 1, 26}, "Optics"}};
  return diagnostic;
}

Diagnostic WithCode(std::string code) {
  Diagnostic diagnostic = NoSuchClass();
  diagnostic.code = std::move(code);
  return diagnostic;
}

TEST(Diagnostic, TravelsWholeInAStatus) {
  Diagnostic notice = NoSuchClass();
  notice.severity = Severity::kNotice;
  notice.message = "\"海康\" names nothing";
  const Status status = ToStatus(std::vector<Diagnostic>{NoSuchClass(), notice});
  EXPECT_THAT(DiagnosticsOf(status), ElementsAre(NoSuchClass(), notice));
}

TEST(Diagnostic, StatusMessageHasCodeMessageAndPlace) {
  EXPECT_EQ(MessageOf(ToStatus(NoSuchClass())),
            "SL2011 there is no class 'Optic' (line 1, column 26)");
}

TEST(Diagnostic, StatusCodeFollowsFromTheFirstDiagnosticsCode) {
  const std::pair<const char*, StatusCode> cases[] = {
      {"SL1003", StatusCode::kInvalidArgument},   {"SL2011", StatusCode::kInvalidArgument},
      {"SL3010", StatusCode::kInvalidArgument},   {"SL4001", StatusCode::kInvalidArgument},
      {"SL5001", StatusCode::kResourceExhausted}, {"SL5002", StatusCode::kDeadlineExceeded},
      {"SL5003", StatusCode::kOutOfRange},        {"SL5004", StatusCode::kInvalidArgument},
      {"SL5005", StatusCode::kResourceExhausted}, {"SL6001", StatusCode::kFailedPrecondition},
      {"SL7001", StatusCode::kPermissionDenied},  {"SL9001", StatusCode::kUnimplemented},
  };
  for (const auto& [code, status_code] : cases) {
    EXPECT_EQ(ToStatus(WithCode(code)).code(), status_code) << code;
    EXPECT_EQ(ToStatus(std::vector<Diagnostic>{WithCode(code), WithCode("SL1003")}).code(),
              status_code);
  }
}

TEST(Diagnostic, OtherStatusesHaveNone) {
  EXPECT_THAT(DiagnosticsOf(OkStatus()), IsEmpty());
  EXPECT_THAT(DiagnosticsOf(NotFound("no such thing")), IsEmpty());
}

TEST(Diagnostic, InvalidUtf8InAMessageIsReplacedNotFatal) {
  Diagnostic diagnostic = NoSuchClass();
  diagnostic.message = "bad \xFF byte";
  EXPECT_EQ(DiagnosticsOf(ToStatus(diagnostic))[0].message, "bad \xEF\xBF\xBD byte");
}

TEST(WithPlace, GivesAStoreErrorACodeAndAPlaceAndKeepsItsStatusCode) {
  const Status status = WithPlace(DataLoss("block checksum mismatch"), "SL5004", {3, 7, 1, 4});
  EXPECT_EQ(status.code(), StatusCode::kDataLoss);
  const std::vector<Diagnostic> diagnostics = DiagnosticsOf(status);
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(diagnostics[0].code, "SL5004");
  EXPECT_EQ(diagnostics[0].message, "block checksum mismatch");
  EXPECT_EQ(diagnostics[0].span, (SourceSpan{3, 7, 1, 4}));
}

TEST(WithPlace, LeavesDiagnosticsAndSuccessAlone) {
  EXPECT_EQ(WithPlace(ToStatus(NoSuchClass()), "SL5004", {}), ToStatus(NoSuchClass()));
  EXPECT_TRUE(WithPlace(OkStatus(), "SL5004", {}).ok());
}

}  // namespace
}  // namespace sightline::query
