#include "query/analysis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

QueryRequest RequestOf(std::string_view text, const storage::Clearance& clearance) {
  QueryRequest request;
  request.text = text;
  request.clearance = clearance;
  return request;
}

Analysis Analyze(test::TestStore& store, const QueryRequest& request) {
  store.Commit();
  QueryEngine engine(&*store, {});
  return test::OrThrow(engine.Analyze(request));
}
Analysis Analyze(test::TestStore& store, std::string_view text) {
  return Analyze(store, RequestOf(text, storage::Clearance::Unrestricted()));
}

std::vector<std::string> Codes(const Analysis& analysis) {
  std::vector<std::string> codes;
  for (const Diagnostic& diagnostic : analysis.diagnostics) codes.push_back(diagnostic.code);
  return codes;
}

TEST(Analysis, TellsColumnsPlanAndLayout) {
  test::TestStore store;
  FillSuppliers(store);
  const Analysis analysis =
      Analyze(store, "match (s)-[:supplies]->(o) return s, count(*) as n limit 3");
  EXPECT_TRUE(analysis.valid);
  ASSERT_THAT(analysis.columns, SizeIs(2));
  EXPECT_EQ(analysis.columns[0].name, "s");
  EXPECT_EQ(analysis.columns[0].type, ColumnType::kEntity);
  EXPECT_EQ(analysis.columns[1].name, "n");
  EXPECT_EQ(analysis.columns[1].type, ColumnType::kInteger);
  ASSERT_FALSE(analysis.plan.empty());
  EXPECT_EQ(analysis.plan[0].depth, 0u);
  EXPECT_EQ(analysis.plan[0].details, "LIMIT 3");
  EXPECT_THAT(analysis.plan[0].inputs, ElementsAre(1));
  EXPECT_THAT(analysis.formatted_text, HasSubstr("MATCH (s)-[:supplies]->(o)"));
  ASSERT_THAT(analysis.statements, SizeIs(1));
  EXPECT_EQ(analysis.statements[0].kind, StatementKind::kQuery);
  EXPECT_FALSE(analysis.statements[0].writes);
}

TEST(Analysis, RunsAndWritesNothing) {
  test::TestStore store;
  FillSuppliers(store);
  const storage::Revision before = store.Commit();
  const Analysis analysis = Analyze(store,
                                    "DEFINE CLASS Brandnew; "
                                    "ASSERT (x:Brandnew {name: 'x'}) ACCORDING TO #org/desk; "
                                    "MATCH (b:Brandnew) RETURN b");
  EXPECT_THAT(Codes(analysis), Not(Contains("SL2011")));
  EXPECT_TRUE(analysis.valid);
  ASSERT_THAT(analysis.statements, SizeIs(3));
  EXPECT_EQ(analysis.statements[0].kind, StatementKind::kDefine);
  EXPECT_TRUE(analysis.statements[0].writes);
  EXPECT_TRUE(analysis.statements[1].writes);
  EXPECT_FALSE(analysis.statements[2].writes);
  EXPECT_EQ(store->revision(), before);
  EXPECT_EQ(store.View()->catalog().FindClass("Brandnew"), nullptr);
}

TEST(Analysis, OfAReaderAWriteIsRefused) {
  test::TestStore store;
  QueryRequest request = RequestOf("DEFINE CLASS Brandnew", {});
  request.read_only = true;
  const Analysis analysis = Analyze(store, request);
  EXPECT_FALSE(analysis.valid);
  EXPECT_THAT(Codes(analysis), ElementsAre("SL7001"));
}

TEST(Analysis, TellsTheMistakesOfEachStatement) {
  test::TestStore store;
  FillSuppliers(store);
  const Analysis analysis = Analyze(store,
                                    "MATCH (s RETRUN s; "
                                    "MATCH (s)-[:suplies]->(o) RETURN s; "
                                    "RETURN 1 +; "
                                    "RETURN nothing");
  EXPECT_FALSE(analysis.valid);
  EXPECT_THAT(Codes(analysis), ElementsAre("SL1003", "SL1003", "SL2012", "SL2001"));
  EXPECT_THAT(analysis.statements, SizeIs(2));
  EXPECT_THAT(analysis.columns, IsEmpty());
  EXPECT_THAT(analysis.plan, IsEmpty());
  EXPECT_EQ(analysis.formatted_text, "");
  // With repairs.
  EXPECT_THAT(analysis.diagnostics[2].edits, SizeIs(1));
  EXPECT_EQ(analysis.diagnostics[2].edits[0].replacement, "supplies");
}

TEST(Analysis, GivesUpOnATextOfManyBrokenStatements) {
  test::TestStore store;
  std::string text;
  for (int i = 0; i < 50; ++i) text += "RETRUN 1; ";
  EXPECT_THAT(Analyze(store, text).diagnostics, SizeIs(kBrokenStatementsMax));
  EXPECT_THAT(Codes(Analyze(store, "\xFF")), ElementsAre("SL1004"));
  EXPECT_THAT(Codes(Analyze(store, std::string((1 << 20) + 1, ' '))), ElementsAre("SL1000"));
}

TEST(Analysis, WarningsAreNoErrors) {
  test::TestStore store;
  FillSuppliers(store);
  const Analysis analysis = Analyze(store, "MATCH (s {name: 'Nobody'}), (t) RETURN s, t");
  EXPECT_TRUE(analysis.valid);
  EXPECT_THAT(analysis.columns, SizeIs(2));
}

TEST(Analysis, ParametersWithoutValuesCountAsUnknown) {
  test::TestStore store;
  FillSuppliers(store);
  const Analysis analysis =
      Analyze(store, "MATCH (s) WHERE s.name = $who AND $who <> $other RETURN s");
  EXPECT_TRUE(analysis.valid);
  EXPECT_THAT(analysis.parameter_names, ElementsAre("who", "other"));
  // Where the value matters before it runs, that is what is missing.
  const Analysis limit = Analyze(store, "MATCH (s) RETURN s LIMIT $n");
  EXPECT_FALSE(limit.valid);
  EXPECT_THAT(Codes(limit), ElementsAre("SL2014"));
  QueryRequest given = RequestOf("MATCH (s) RETURN s LIMIT $n", storage::Clearance::Unrestricted());
  given.parameters["n"] = Datum::OfInteger(3);
  EXPECT_TRUE(Analyze(store, given).valid);
}

TEST(Analysis, KeepsTextsWithCommentsAsTheyAre) {
  test::TestStore store;
  EXPECT_EQ(Analyze(store, "RETURN 1 // one").formatted_text, "");
  EXPECT_NE(Analyze(store, "RETURN 1").formatted_text, "");
}

TEST(Analysis, SaysTheSameOfStoresThatDifferInWhatIsHidden) {
  test::TestStore open, with_hidden;
  for (test::TestStore* store : {&open, &with_hidden}) FillSuppliers(*store);
  const test::SayDetails secret{.marking = {storage::TlpLabel::kRed, ""}};
  for (int i = 0; i < 50; ++i) {
    with_hidden.Say("org/agency", "org/secret" + std::to_string(i), "supplies", "prod/optics",
                    secret);
  }
  with_hidden.Say("org/agency", "org/secret1", "name", storage::Value::OfText("Iraz"), secret);
  for (const char* text :
       {"MATCH (s)-[:supplies]->(o) RETURN s", "MATCH (\"Iray\")-[:supplies]->(o) RETURN o",
        "MATCH (\"Irax\")-[:supplies]->(o) RETURN o", "MATCH (s:Secret) RETURN s",
        "MATCH (#org/secret1)-[:supplies]->(o) RETURN o"}) {
    const QueryRequest request = RequestOf(text, test::ClearanceOf(storage::TlpLabel::kGreen));
    const Analysis a = Analyze(open, request), b = Analyze(with_hidden, request);
    EXPECT_EQ(a.diagnostics, b.diagnostics) << text;
    ASSERT_EQ(a.plan.size(), b.plan.size()) << text;
    for (size_t i = 0; i < a.plan.size(); ++i) {
      EXPECT_EQ(a.plan[i].details, b.plan[i].details) << text;
      EXPECT_EQ(a.plan[i].estimated_rows, b.plan[i].estimated_rows) << text;
    }
  }
}

TEST(Analysis, EndsWhenTheTimeIsUp) {
  test::TestStore store;
  const storage::CancellationToken past(std::chrono::steady_clock::now() - std::chrono::seconds(1));
  QueryEngine engine(&*store, {});
  QueryRequest request = RequestOf("RETURN 1", {});
  request.cancellation = &past;
  EXPECT_EQ(engine.Analyze(request).status().code(), StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace sightline::query
