// What ASSERT puts on record, detail by detail.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Assert : public ::testing::Test {
 protected:
  Assert() {
    EXPECT_TRUE(RunQuery(store_,
                         "DEFINE CLASS Company; DEFINE PREDICATE supplies FROM % TO %; DEFINE "
                         "PREDICATE claimId FROM % TO STRING")
                    .status.ok());
  }

  RunOutcome Say(std::string details) {
    return RunQuery(
        store_, "ASSERT (#org/a)-[:supplies]->(#prod/b) ACCORDING TO #org/ap {" + details + "}");
  }
  // The record of the newest statement.
  storage::Statement Newest() {
    const auto view = store_.View();
    return test::OrThrow(view->GetStatement(view->default_scope()->Statements().back()));
  }

  test::TestStore store_;
};

TEST_F(Assert, RecordsEveryDetail) {
  const RunOutcome outcome =
      Say("mode: 'reported', reliability: 'B', credibility: 2, document: #doc/1, dataset: #set/1, "
          "via: [#org/x, #org/y], span: [10, 20], quote: 'they supply', said: 2024-04-15, "
          "valid: [2021-06-03, null], marking: 'TLP:GREEN', access: 'A&B', claimId: 'A01'");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  const storage::StatementDraft draft = Newest().content;
  EXPECT_EQ(draft.context.mode, storage::Mode::kReported);
  EXPECT_EQ(draft.context.reliability, storage::Reliability::kB);
  EXPECT_EQ(draft.credibility, 2);
  EXPECT_FALSE(draft.context.document.is_none());
  EXPECT_FALSE(draft.context.dataset.is_none());
  EXPECT_EQ(draft.context.via.size(), 2u);
  EXPECT_EQ(draft.span, (storage::TextSpan{10, 20}));
  EXPECT_EQ(draft.quote, "they supply");
  EXPECT_EQ(draft.context.said,
            storage::TimeInterval::Of(*storage::PartialDate::Parse("2024-04-15")));
  EXPECT_EQ(draft.valid.from.kind, storage::BoundKind::kAt);
  EXPECT_EQ(draft.valid.to.kind, storage::BoundKind::kOpen);
  EXPECT_EQ(draft.context.marking, (storage::Marking{storage::TlpLabel::kGreen, "A&B"}));
  EXPECT_EQ(draft.qualifiers.size(), 1u);
}

TEST_F(Assert, NamesTheDetailThatIsWrong) {
  for (const char* details :
       {"credibility: 9", "reliability: 'G'", "mode: 'shouted'", "document: 'a text'", "span: [5]",
        "span: [20, 10]", "said: [2024-05-01, 2024-04-01]", "valid: 'yesterday'", "via: 3",
        "derived_from: #org/x", "marking: 'SECRET'", "access: 'A&B|C'", "quote: 3"}) {
    const RunOutcome outcome = Say(details);
    EXPECT_EQ(outcome.code(), "SL6004") << details << ": " << outcome.status;
    if (outcome.status.ok()) continue;
    EXPECT_GT(DiagnosticsOf(outcome.status).front().span.column, 60u) << details;
  }
  EXPECT_THAT(RunQuery(store_, "MATCH (s)-[:supplies]->(p) RETURN p").rows, IsEmpty());
}

// What only the row tells: the store holds nothing that a predicate does not take, so that a query
// that asks for such a thing can be refused.
TEST_F(Assert, RefusesWhatAPredicateDoesNotTakeRowByRow) {
  ASSERT_TRUE(
      RunQuery(store_, "ASSERT (#org/a)-[:supplies]->(#prod/b) ACCORDING TO #org/ap").status.ok());
  for (const char* text :
       {"UNWIND [5, 'x'] AS v ASSERT (#org/a {claimId: v}) ACCORDING TO #org/ap",
        "UNWIND [5, 'x'] AS v ASSERT (#org/a)-[:supplies {claimId: v}]->(#prod/c) ACCORDING TO "
        "#org/ap",
        "MATCH (#org/a)-[:supplies]->(v) ASSERT (#org/a)-[:claimId]->(v) ACCORDING TO #org/ap"}) {
    EXPECT_EQ(RunQuery(store_, text).code(), "SL3022") << text;
  }
  EXPECT_THAT(RunQuery(store_, "MATCH (s)-[:claimId]->(v) RETURN v").rows, IsEmpty());
  EXPECT_THAT(RunQuery(store_, "MATCH (s)-[:supplies]->(#prod/c) RETURN s").rows, IsEmpty());
}

TEST_F(Assert, GivesTheStatementItsFactsAndWhetherItIsNew) {
  const RunOutcome outcome = Say("quote: 'x'");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  ASSERT_EQ(outcome.rows.size(), 1u);
  EXPECT_THAT(outcome.rows.front(), ::testing::HasSubstr("| 1 | false"));
  EXPECT_THAT(Say("quote: 'x'").rows.front(), ::testing::HasSubstr("| 1 | true"));
}

TEST_F(Assert, MakesAnEntityForEachRow) {
  const RunOutcome outcome =
      RunQuery(store_,
               "UNWIND [1, 2, 3] AS i ASSERT (c:Company)-[:supplies]->(#prod/b) ACCORDING TO "
               "#org/ap");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(RunQuery(store_, "MATCH (c:Company) RETURN count(c) AS n").rows, ElementsAre("3"));
}

TEST_F(Assert, DerivesFromStatementsItHasMatched) {
  ASSERT_TRUE(Say("quote: 'first'").status.ok());
  const RunOutcome outcome =
      RunQuery(store_,
               "MATCH (a)-[:supplies @st]->(b) ASSERT (a)-[:supplies]->(#prod/c) ACCORDING TO "
               "#org/analyst {derived_from: st, mode: 'analyst'}");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(Newest().content.derived_from.size(), 1u);
}

}  // namespace
}  // namespace sightline::query
