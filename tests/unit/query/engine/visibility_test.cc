// Non-interference: what a reader may not see is indistinguishable from what does not exist.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using storage::TlpLabel;

// Two stores that differ only in what a reader cleared for TLP:GREEN may not see.
class QueryVisibility : public ::testing::Test {
 protected:
  QueryVisibility() {
    for (test::TestStore* store : {&with_hidden_, &without_}) FillSuppliers(*store);
    const test::SayDetails red{.marking = {TlpLabel::kRed, ""}};
    with_hidden_.Say("org/agency", "org/iray", "supplies", "prod/optical-components", red);
    with_hidden_.Say("org/agency", "prod/lenses", "usableOn", "prod/armored-vehicles", red);
    with_hidden_.Deny("org/agency", "org/hikvision", "supplies", "prod/optical-components", red);
    with_hidden_.Say("org/agency", "org/hidden", "supplies", "prod/secret", red);
    with_hidden_.Say("org/agency", "org/hidden", "name", storage::Value::OfText("Hidden Works"),
                     red);
    with_hidden_.Say("org/agency", "prod/secret", "broader", "prod/optics", red);
    with_hidden_.Commit();
  }

  void ExpectSame(std::string_view text) {
    const storage::Clearance green = test::ClearanceOf(TlpLabel::kGreen);
    const RunOutcome a = RunQuery(with_hidden_, text, {}, green);
    const RunOutcome b = RunQuery(without_, text, {}, green);
    EXPECT_EQ(a.status, b.status) << text;
    EXPECT_EQ(DiagnosticsOf(a.status), DiagnosticsOf(b.status)) << text;
    EXPECT_EQ(a.sorted_rows(), b.sorted_rows()) << text;
    EXPECT_EQ(a.summary.notices, b.summary.notices) << text;
    EXPECT_EQ(a.summary.facts_touched, b.summary.facts_touched) << text;
    EXPECT_EQ(a.summary.truncation, b.summary.truncation) << text;
  }

  test::TestStore with_hidden_, without_;
};

TEST_F(QueryVisibility, HiddenStatementsChangeNothing) {
  for (const std::string_view text : {
           kHeadline,
           std::string_view("MATCH (s)-[:supplies]->(p) RETURN s, p"),
           std::string_view("MATCH (s)-[r:supplies]->(p) ONLY DISPUTED RETURN s, p, r.denied_by"),
           std::string_view("MATCH (s)-[r:supplies]->(p) INCLUDING DENIED RETURN s, r.count"),
           std::string_view("MATCH (s)-[*]->(t) RETURN count(*) AS n"),
           std::string_view("MATCH (n) RETURN n"),
           std::string_view("MATCH (x NAMED \"Hidden Works\") RETURN x"),
           std::string_view("MATCH (x NAMED \"Hidden Work\") RETURN x"),
           std::string_view("MATCH (#org/hidden)-[:supplies]->(p) RETURN p"),
           std::string_view("MATCH (p:#prod/secret) RETURN p"),
           std::string_view("MATCH (s)-[:suplies]->(p) RETURN s"),
           std::string_view("MATCH (s:Company) WHERE s.country = #terr/cn RETURN s"),
           std::string_view("ACCORDING TO #org/agency MATCH (s)-[:supplies]->(p) RETURN s"),
           std::string_view("WHY MATCH (s)-[:supplies]->(\"optics\") RETURN s"),
           std::string_view("SHOW SOURCES"),
       }) {
    ExpectSame(text);
  }
}

TEST_F(QueryVisibility, ShowsThemToWhomTheyAreFor) {
  EXPECT_THAT(
      RunQuery(with_hidden_, kHeadline).sorted_rows(),
      ::testing::ElementsAre("org/a-optics", "org/hikvision", "org/iray", "org/wuhan-global"));
}

}  // namespace
}  // namespace sightline::query
