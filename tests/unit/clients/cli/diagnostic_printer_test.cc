#include "clients/cli/diagnostic_printer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sightline::cli {
namespace {

using testing::HasSubstr;

v1::SourceSpan Span(uint32_t begin, uint32_t end, uint32_t line, uint32_t column) {
  v1::SourceSpan span;
  span.set_start_byte(begin);
  span.set_end_byte(end);
  span.set_line(line);
  span.set_column(column);
  return span;
}

v1::Diagnostic NoSuchClass() {
  v1::Diagnostic diagnostic;
  diagnostic.set_severity(v1::SEVERITY_ERROR);
  diagnostic.set_code("SL2011");
  diagnostic.set_message("there is no class 'Optic'");
  *diagnostic.mutable_span() = Span(26, 31, 1, 27);
  return diagnostic;
}
constexpr char kQuery[] = "MATCH (s)-[:supplies]->(o:Optic) RETURN s";

TEST(DrawDiagnostic, PutsTheCaretUnderThePlace) {
  v1::Diagnostic diagnostic = NoSuchClass();
  v1::Label* label = diagnostic.add_labels();
  *label->mutable_span() = diagnostic.span();
  label->set_text("did you mean Optics?");
  diagnostic.add_help("SHOW CLASSES lists them");
  EXPECT_EQ(DrawDiagnostic(diagnostic, kQuery, {}),
            "error[SL2011]: there is no class 'Optic'\n"
            " 1 | MATCH (s)-[:supplies]->(o:Optic) RETURN s\n"
            "   |                           ^^^^^ did you mean Optics?\n"
            "   = help: SHOW CLASSES lists them\n");
}

TEST(DrawDiagnostic, NamesTheFile) {
  EXPECT_THAT(DrawDiagnostic(NoSuchClass(), kQuery, {.is_colored = false, .source_name = "a.slql"}),
              HasSubstr("\n --> a.slql:1:27\n 1 | MATCH"));
}

TEST(DrawDiagnostic, MarksOtherLinesWithLabels) {
  const std::string query = "MATCH (a)\nWHERE a.x = 1\nRETURN b";
  v1::Diagnostic diagnostic;
  diagnostic.set_severity(v1::SEVERITY_WARNING);
  diagnostic.set_code("W2001");
  diagnostic.set_message("m");
  *diagnostic.mutable_span() = Span(31, 32, 3, 8);
  v1::Label* label = diagnostic.add_labels();
  *label->mutable_span() = Span(7, 8, 1, 8);
  label->set_text("here");
  EXPECT_EQ(DrawDiagnostic(diagnostic, query, {}),
            "warning[W2001]: m\n"
            " 1 | MATCH (a)\n"
            "   |        - here\n"
            " 3 | RETURN b\n"
            "   |        ^\n");
}

TEST(DrawDiagnostic, KeepsTheCaretUnderWideCharactersAndTabs) {
  const std::string query = "\t(\"海康\") !";
  v1::Diagnostic diagnostic;
  *diagnostic.mutable_span() = Span(12, 13, 1, 9);
  EXPECT_THAT(DrawDiagnostic(diagnostic, query, {}), HasSubstr(" 1 |     (\"海康\") !\n"
                                                               "   |              ^\n"));
}

TEST(DrawDiagnostic, CutsLongLinesAroundThePlace) {
  const std::string query = std::string(300, 'a') + "!" + std::string(300, 'b');
  v1::Diagnostic diagnostic;
  *diagnostic.mutable_span() = Span(300, 301, 1, 301);
  const std::string drawn = DrawDiagnostic(diagnostic, query, {});
  EXPECT_THAT(drawn, HasSubstr(" 1 | ..." + std::string(40, 'a') + "!" + std::string(51, 'b') +
                               "...\n   | " + std::string(43, ' ') + "^\n"));
}

TEST(DrawDiagnostic, SurvivesPlacesBeyondTheText) {
  v1::Diagnostic diagnostic = NoSuchClass();
  *diagnostic.mutable_span() = Span(4'000'000'000, 4'000'000'001, 7, 1);
  EXPECT_THAT(DrawDiagnostic(diagnostic, "short\n", {}), HasSubstr(" 7 | \n"));
  EXPECT_EQ(DrawDiagnostic(diagnostic, "", {}), "error[SL2011]: there is no class 'Optic'\n");
}

TEST(DrawDiagnostic, CannotBeMadeToCommandTheTerminal) {
  v1::Diagnostic diagnostic = NoSuchClass();
  diagnostic.set_message("no \x1b[2J");
  diagnostic.add_help("\x1b[2J");
  *diagnostic.mutable_span() = Span(0, 1, 1, 1);
  const std::string drawn = DrawDiagnostic(diagnostic, "\x1b[2J\x07 \xff\\n", {});
  EXPECT_EQ(drawn.find('\x1b'), std::string::npos);
  EXPECT_EQ(drawn.find('\x07'), std::string::npos);
  EXPECT_THAT(drawn, HasSubstr("\\n\n")) << "a backslash of the text stays as it is";
}

TEST(DrawDiagnostic, ColorsOnlyWhenAsked) {
  EXPECT_EQ(DrawDiagnostic(NoSuchClass(), kQuery, {}).find('\x1b'), std::string::npos);
  EXPECT_THAT(DrawDiagnostic(NoSuchClass(), kQuery, {.is_colored = true, .source_name = ""}),
              HasSubstr("\x1b[1;31merror[SL2011]\x1b[0m"));
}

TEST(DrawError, FallsBackOnTheMessage) {
  EXPECT_EQ(DrawError({grpc::StatusCode::UNAVAILABLE, "no answer", "", {}}, "", {}),
            "error: no answer\n");
  EXPECT_EQ(DrawError({grpc::StatusCode::INTERNAL, "one\ntwo", "", {}}, "", {}),
            "error: one\n  two (INTERNAL)\n");
}

TEST(DrawError, NamesTheStableCode) {
  EXPECT_EQ(DrawError({grpc::StatusCode::INVALID_ARGUMENT, "no such id", "SL8004", {}}, "", {}),
            "error[SL8004]: no such id\n");
  EXPECT_EQ(DrawError({grpc::StatusCode::NOT_FOUND, "no such id", "NOT_FOUND", {}}, "", {}),
            "error: no such id (NOT_FOUND)\n");
}

TEST(PlaceOf, CountsCodePoints) {
  const v1::SourceSpan span = PlaceOf("é\n海x\xff", 7);
  EXPECT_EQ(span.line(), 2u);
  EXPECT_EQ(span.column(), 3u);
}

}  // namespace
}  // namespace sightline::cli
