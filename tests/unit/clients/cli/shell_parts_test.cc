// Small parts of the shell that need no terminal and no server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/cli/editor/line_editor.h"
#include "clients/cli/pager.h"
#include "clients/cli/progress_line.h"
#include "clients/cli/query_completer.h"
#include "clients/cli/repair.h"
#include "clients/cli/shell_help.h"
#include "clients/cli/slql_tokens.h"
#include "clients/cli/why_command.h"
#include "tests/unit/clients/captured_output.h"
#include "tests/unit/clients/result_builder.h"

namespace sightline::cli {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

v1::Diagnostic Diagnostic(uint32_t begin, uint32_t end, const std::string& replacement) {
  v1::Diagnostic diagnostic;
  diagnostic.set_severity(v1::SEVERITY_ERROR);
  v1::Edit* edit = diagnostic.add_edits();
  edit->mutable_span()->set_start_byte(begin);
  edit->mutable_span()->set_end_byte(end);
  edit->set_replacement(replacement);
  return diagnostic;
}

TEST(RepairedText, MakesTheEditsOfAllErrors) {
  EXPECT_EQ(RepairedText("MATCH (a:Compny)-[:suplies]->(b) RETRUN a;",
                         {Diagnostic(9, 15, "Company"), Diagnostic(19, 26, "supplies")}),
            "MATCH (a:Company)-[:supplies]->(b) RETRUN a;");
}

TEST(RepairedText, TheFirstOfTwoForAPlaceCounts) {
  EXPECT_EQ(RepairedText("abc", {Diagnostic(0, 2, "x"), Diagnostic(1, 3, "y")}), "xc");
}

TEST(RepairedText, NothingWithoutEditsOrBeyondTheText) {
  EXPECT_EQ(RepairedText("abc", {}), std::nullopt);
  EXPECT_EQ(RepairedText("abc", {Diagnostic(2, 9, "x")}), std::nullopt);
  EXPECT_EQ(RepairedText("abc", {Diagnostic(2, 1, "x")}), std::nullopt);
  v1::Diagnostic notice = Diagnostic(0, 1, "x");
  notice.set_severity(v1::SEVERITY_NOTICE);
  EXPECT_EQ(RepairedText("abc", {notice}), std::nullopt);
}

TEST(WithPrefix, PutsItInFrontOfTheLastStatement) {
  EXPECT_EQ(WithPrefix("WHY", "DEFINE CLASS A; MATCH (a) RETURN a;"), "WHY MATCH (a) RETURN a;");
  EXPECT_EQ(WithPrefix("WHY", "profile MATCH (a) RETURN a"), "WHY MATCH (a) RETURN a");
  EXPECT_EQ(WithPrefix("EXPLAIN", "why\nMATCH (a) RETURN a"), "EXPLAIN \nMATCH (a) RETURN a");
  EXPECT_EQ(WithPrefix("WHY", "SHOW CLASSES"), "");
  EXPECT_EQ(WithPrefix("WHY", "describe CLASS A"), "");
  EXPECT_EQ(WithPrefix("WHY", "// nothing"), "");
}

TEST(RowFingerprint, IsOfTheCellsThatCount) {
  const client::ResultBuilder builder =
      client::ResultBuilder().Texts("a", {"x", "x", "y"}).Integers("n", {1, 2, 1});
  const client::ResultBatch batch = builder.Decoded();
  const client::NodeCards cards = builder.Cards();
  EXPECT_EQ(RowFingerprint(batch, 0, 1, cards), RowFingerprint(batch, 1, 1, cards));
  EXPECT_NE(RowFingerprint(batch, 0, 2, cards), RowFingerprint(batch, 1, 2, cards));
  EXPECT_NE(RowFingerprint(batch, 0, 1, cards), RowFingerprint(batch, 2, 1, cards));
}

TEST(CommonBeginning, EndsBetweenCharacters) {
  EXPECT_EQ(CommonBeginning({{"supplies", ""}, {"suppliedBy", ""}}), "supplie");
  EXPECT_EQ(CommonBeginning({{"海", ""}, {"海康", ""}}), "海");
  EXPECT_EQ(CommonBeginning({{"a海", ""}, {"a浴", ""}}), "a");
  EXPECT_EQ(CommonBeginning({}), "");
}

TEST(CandidateDetail, TellsKindDetailAndCount) {
  v1::Candidate candidate;
  candidate.set_kind(v1::CANDIDATE_KIND_PREDICATE);
  candidate.set_detail("Company -> Item");
  candidate.set_count(1234567);
  candidate.set_count_is_estimate(true);
  EXPECT_EQ(CandidateDetail(candidate), "predicate  Company -> Item  about 1,234,567");
}

TEST(ProgressText, TellsRowsAndTime) {
  EXPECT_EQ(ProgressText(0, milliseconds(1250)), "running, 1.2 s; Ctrl-C ends it");
  EXPECT_EQ(ProgressText(1, milliseconds(59'900)), "1 row, 59.9 s; Ctrl-C ends it");
  EXPECT_EQ(ProgressText(1234567, milliseconds(61'000)),
            "1,234,567 rows, 1 min 01 s; Ctrl-C ends it");
}

TEST(KeywordHelp, KnowsKeywordsOnly) {
  EXPECT_THAT(KeywordHelp("match"), HasSubstr("MATCH (a:Class"));
  EXPECT_EQ(KeywordHelp("frobnicate"), "");
  std::string words = HelpedKeywords();
  for (size_t at = 0; at < words.size();) {
    const size_t end = std::min(words.find(", ", at), words.size());
    EXPECT_TRUE(IsSlqlKeyword(words.substr(at, end - at))) << words.substr(at, end - at);
    at = end + 2;
  }
}

TEST(Output, WhatFitsAPageGoesNowhereElse) {
  CapturedOutput out;
  out.output()->BeginPaging("sed s/^/paged:/", 3, 10);
  out.output()->Write("a\nb\n");
  out.output()->Flush();
  out.output()->EndPaging();
  EXPECT_EQ(out.Text(), "a\nb\n");
}

TEST(Output, WhatIsLongerGoesThroughThePager) {
  for (const std::string text : {"1\n2\n3\n4\n", "1234567890123456789012345678901\n"}) {
    CapturedOutput out;
    out.output()->BeginPaging("sed s/^/paged:/", 3, 10);
    out.output()->Write(text);
    out.output()->EndPaging();
    out.output()->Write("after\n");
    EXPECT_THAT(out.Text(), HasSubstr("paged:1"));
    EXPECT_THAT(out.Text(), HasSubstr("\nafter\n"));
  }
}

TEST(Output, APagerThatIsLeftEndsTheResultAndNoMore) {
  signal(SIGPIPE, SIG_IGN);
  CapturedOutput out;
  out.output()->BeginPaging("head -1", 3, 10);
  const std::string line = std::string(1000, 'x') + "\n";
  for (int i = 0; i < 100'000 && !out.output()->is_broken(); ++i) out.output()->Write(line);
  EXPECT_TRUE(out.output()->is_closed());
  out.output()->EndPaging();
  EXPECT_FALSE(out.output()->is_broken());
  out.output()->Write("after\n");
  EXPECT_EQ(out.Text(), line + "after\n");
}

}  // namespace
}  // namespace sightline::cli
