// WHY: what is shown for a row, and the law that the evidence alone gives the row again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "query/functions/datum_order.h"
#include "query/optimizer/optimizer.h"
#include "query/parser/parser.h"
#include "query/running_query.h"
#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Datum* Field(const DatumMap& map, std::string_view key) {
  for (const auto& [name, value] : map) {
    if (name == key) return &value;
  }
  return nullptr;
}

// A row of a WHY query: a key of its cells but the evidence, and the statements behind it.
struct WhyRow {
  std::string key;
  std::set<uint64_t> statements;
};

std::vector<WhyRow> WhyRows(std::shared_ptr<const storage::ReadView> view, std::string_view text) {
  const ast::Script script = test::OrThrow(Parse(text));
  const std::map<std::string, Datum, std::less<>> parameters;
  BindContext context;
  context.text = text;
  context.view = view.get();
  context.parameters = &parameters;
  BoundStatement bound = test::OrThrow(Bind(script.statements.front(), context));
  BoundQuery query = std::move(std::get<BoundQuery>(bound.node));
  test::ThrowIfError(Optimize(&query, *view, {}));
  auto running = test::OrThrow(
      RunningQuery::Start(std::make_shared<const BoundQuery>(std::move(query)), view, nullptr, {}));
  std::vector<WhyRow> rows;
  ResultBatch batch;
  while (test::OrThrow(running->Next(&batch)) > 0) {
    for (size_t row = 0; row < batch.row_count; ++row) {
      WhyRow why;
      for (size_t column = 0; column + 1 < batch.columns.size(); ++column) {
        why.key += IdentityKey(batch.columns[column][row]) + "|";
      }
      for (const Datum& item : *batch.columns.back()[row].list()) {
        for (const Datum& statement : *Field(*item.map(), "statements")->list()) {
          why.statements.insert(Field(*statement.map(), "statement")->node().payload());
        }
      }
      rows.push_back(std::move(why));
    }
  }
  return rows;
}

void ExpectLaw(test::TestStore& store, std::string_view text) {
  const auto view = store.View();
  const std::vector<WhyRow> rows = WhyRows(view, text);
  ASSERT_FALSE(rows.empty()) << text;
  for (const WhyRow& row : rows) {
    // A transaction that is never committed, in which all but the evidence is retracted.
    for (const storage::StatementId id : view->default_scope()->Statements()) {
      if (!row.statements.contains(id.value)) store.Retract(id);
    }
    std::vector<std::string> keys;
    for (WhyRow& again : WhyRows(test::OrThrow(store.transaction().View()), text)) {
      keys.push_back(std::move(again.key));
    }
    store.RollBack();
    EXPECT_THAT(keys, ::testing::Contains(row.key)) << text;
  }
}

TEST(Why, TheEvidenceOfARowAloneGivesTheRow) {
  test::TestStore store;
  FillSuppliers(store);
  for (const std::string_view text : {
           std::string_view(
               "WHY MATCH (s)-[:supplies]->(\"optics\")-[*..3]->(\"armored vehicles\") "
               "RETURN s"),
           std::string_view("WHY MATCH (c:Company)-[:supplies]->(p) RETURN c, p"),
           std::string_view("WHY MATCH (c NAMED \"iRay\")-[:supplies]->(p) RETURN p"),
           std::string_view("WHY MATCH (c {country: #terr/cn}) RETURN c"),
           std::string_view("WHY MATCH (c:Company) WHERE #terr/cn IN c.country RETURN c"),
           std::string_view("WHY MATCH (c:Company)-[:supplies]->(p) RETURN c.name, p"),
           std::string_view("WHY MATCH p = (#prod/thermal-imagers)-[*]->(x) RETURN p"),
           std::string_view("WHY MATCH (c:Company) OPTIONAL MATCH (c)-[:country]->(t) RETURN c, t"),
           std::string_view("WHY MATCH (c)-[:country]->(t) RETURN t, count(*) AS n"),
           std::string_view("WHY MATCH (c)-[:supplies @st]->(p) RETURN c, st"),
           std::string_view(
               "WHY MATCH (c)-[:country]->(x) RETURN x UNION MATCH (c)-[:mountedOn]->(x) "
               "RETURN x"),
       }) {
    ExpectLaw(store, text);
  }
}

TEST(Why, ShowsByWhoseJudgementsIdsAreOne) {
  test::TestStore store;
  FillSuppliers(store);
  const RunOutcome merged = RunQuery(
      store,
      "ASSERT (#org/iray)-[:sameAs]->(#org/zz), (#org/zz {country: #terr/zz}) ACCORDING TO #one; "
      "ASSERT (#org/zz)-[:sameAs]->(#org/aa) ACCORDING TO #two; "
      "ASSERT (#terr/zz)-[:sameAs]->(#terr/cn) ACCORDING TO #two");
  ASSERT_TRUE(merged.status.ok()) << merged.status;
  for (const std::string_view text : {
           std::string_view("WHY MATCH (c NAMED \"iRay\")-[:supplies]->(p) RETURN c, p"),
           std::string_view("WHY MATCH (c {country: #terr/zz}) RETURN c, ids(c)"),
           std::string_view("WHY MATCH (c:Company)-[:country]->(t) RETURN c, t"),
           std::string_view("WHY MATCH (c) WHERE c = #org/zz AND c:Company RETURN c, c.country"),
           std::string_view("WHY MATCH (#org/zz)-[*..3]->(x) RETURN x"),
           std::string_view("WHY MATCH (t)<-[:country]-(c) RETURN t, count(c) AS n"),
           std::string_view("WHY MATCH (c)-[f:sameAs]->(d) RETURN c, d"),
       }) {
    ExpectLaw(store, text);
  }
}

TEST(Why, ShowsWhatPutsASourceBelowTheOneThatWasAsked) {
  test::TestStore store;
  FillSuppliers(store);
  const RunOutcome said = RunQuery(
      store,
      "ASSERT (#dept)-[:partOf]->(#ministry), (#ministry)-[:partOf]->(#state) ACCORDING TO #desk; "
      "ASSERT (#report)-[:instanceOf]->(#leaks) ACCORDING TO #desk; "
      "ASSERT (#org/x)-[:supplies]->(#prod/y) ACCORDING TO #dept; "
      "ASSERT (#org/x)-[:supplies]->(#prod/z) ACCORDING TO #state; "
      "ASSERT (#org/x)-[:supplies]->(#prod/v) ACCORDING TO #other {via: #dept}; "
      "ASSERT (#org/x)-[:supplies]->(#prod/w) ACCORDING TO #other {document: #report}");
  ASSERT_TRUE(said.status.ok()) << said.status;
  for (const std::string_view text : {
           std::string_view("WHY ACCORDING TO #state MATCH (c)-[:supplies]->(p) RETURN c, p"),
           std::string_view("WHY ACCORDING TO #leaks MATCH (c)-[:supplies]->(p) RETURN c, p"),
           std::string_view(
               "WHY MATCH (c)-[:supplies]->(p) ACCORDING TO #ministry RETURN c, count(p) AS n"),
       }) {
    ExpectLaw(store, text);
  }
  const RunOutcome direct =
      RunQuery(store, "WHY ACCORDING TO #state MATCH (c)-[:supplies]->(p:#prod/z) RETURN p");
  ASSERT_EQ(direct.rows.size(), 1u);
  EXPECT_THAT(direct.rows[0], ::testing::Not(HasSubstr("partOf")));
  const RunOutcome below =
      RunQuery(store, "WHY ACCORDING TO #ministry MATCH (c)-[:supplies]->(p:#prod/y) RETURN p");
  ASSERT_EQ(below.rows.size(), 1u);
  EXPECT_THAT(below.rows[0], HasSubstr("(dept partOf ministry)"));
  // What lies above the one that was asked is none of it.
  EXPECT_THAT(below.rows[0], ::testing::Not(HasSubstr("ministry partOf state")));
}

TEST(Why, ShowsWhatAQuantifierOrComprehensionReads) {
  test::TestStore store;
  FillSuppliers(store);
  ExpectLaw(store, "WHY MATCH (c) WHERE any(t IN c.country WHERE t = #terr/cn) RETURN c");
  ExpectLaw(store, "WHY MATCH (c) WHERE any(t IN [#terr/cn] WHERE t IN c.country) RETURN c");
  ExpectLaw(store, "WHY MATCH (c:Company) RETURN c, [t IN c.country | t] AS countries");
}

TEST(Why, ShowsWhatAQuantifierOrComprehensionReadsOfItsItems) {
  test::TestStore store;
  FillSuppliers(store);
  ExpectLaw(store,
            "WHY MATCH p = (#prod/thermal-imagers)-[*]->(x) RETURN x, [n IN nodes(p) | n.name]");
  ExpectLaw(store,
            "WHY MATCH p = (c:Company)-[:supplies]->(x) "
            "WHERE any(n IN nodes(p) WHERE #terr/cn IN n.country) RETURN c, x");
  ExpectLaw(store,
            "WHY MATCH p = (c)-[:supplies]->(x) "
            "RETURN c, [n IN nodes(p) WHERE n:Company | n.country] AS countries");
  ExpectLaw(store,
            "WHY MATCH (c)-[:supplies]->(x) WITH collect(DISTINCT c) AS all "
            "RETURN size([a IN all WHERE any(t IN a.country WHERE t = #terr/cn)]) AS n");
  // Under the name of the variable, and each fact once, whatever the items are.
  const RunOutcome outcome =
      RunQuery(store, "WHY MATCH (c {name: \"iRay\"}) RETURN [n IN [c, c, c] | n.country] AS x");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  ASSERT_EQ(outcome.rows.size(), 1u);
  const std::string& row = outcome.rows.front();
  const size_t found = row.find("n.country");
  ASSERT_NE(found, std::string::npos) << row;
  EXPECT_EQ(row.find("n.country", found + 1), std::string::npos) << row;
}

TEST(Why, ShowsWhatASubqueryFound) {
  test::TestStore store;
  FillSuppliers(store);
  for (const std::string_view text :
       {"WHY MATCH (c:Company) WHERE EXISTS { (c)-[:supplies]->(p)-[*]->(x) } RETURN c",
        "WHY MATCH (c:Company) WHERE EXISTS { MATCH (c)-[:supplies]->(p) RETURN DISTINCT p } "
        "RETURN c",
        "WHY MATCH (c:Company) WHERE (c)-[:supplies]->() AND NOT (c)-[:mountedOn]->() RETURN c",
        "WHY MATCH (c:Company) RETURN c, COUNT { (c)-[:supplies]->(p) } AS n",
        "WHY MATCH (c:Company) RETURN c, [(c)-[:supplies]->(p) | p] AS goods",
        "WHY MATCH (c:Company) WITH collect(c) AS l RETURN [x IN l WHERE (x)-[:supplies]->()] AS s",
        "WHY MATCH (c:Company) WHERE EXISTS { (c)-[:supplies]->(p) WHERE EXISTS { (p)-[*]->(x) } } "
        "RETURN c",
        "WHY MATCH (c:Company) RETURN COUNT { (c)-[:supplies]->(p) } AS n, count(c) AS "
        "companies"}) {
    ExpectLaw(store, text);
  }
  // One witness is enough.
  const RunOutcome outcome = RunQuery(
      store, "WHY MATCH (c {name: \"iRay\"}) WHERE EXISTS { (c)-[:supplies]->(p) } RETURN c");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  ASSERT_EQ(outcome.rows.size(), 1u);
  EXPECT_THAT(outcome.rows.front(), HasSubstr("element: -[:supplies]->"));
}

TEST(Why, PassesOverWhatTheQueryLeftOut) {
  test::TestStore store;
  FillSuppliers(store);
  // Neither list has a value in any row.
  ExpectLaw(store,
            "WHY MATCH (c:Company) "
            "RETURN c, CASE WHEN true THEN 1 ELSE [i IN [1 / 0] | c.name] END AS n");
  ExpectLaw(store,
            "WHY MATCH (c:Company) "
            "WHERE true OR any(i IN range(0, div(size(c.name), 0)) WHERE 'a' IN c.name) "
            "RETURN c");
}

TEST(Why, KeepsTheEvidenceOfEachPartOfAUnionWithItsRows) {
  test::TestStore store;
  FillSuppliers(store);
  ExpectLaw(store, "WHY RETURN 1 AS x UNION MATCH (c)-[:country]->(x) RETURN x");
  ExpectLaw(store, "WHY MATCH (c)-[:country]->(x) RETURN x UNION RETURN 1 AS x");
}

TEST(Why, ShowsASymmetricFactReadFromItsOtherEnd) {
  test::TestStore store;
  storage::PredicateDefinition partner;
  partner.name = "partner";
  partner.symmetric = true;
  store.Define(std::move(partner));
  store.Say("org/desk", "org/a", "partner", "org/b");
  store.Commit();
  ExpectLaw(store, "WHY MATCH (c) WHERE #org/a IN c.partner RETURN c");
}

TEST(Why, ShowsClaimantDocumentAndQuotedWords) {
  test::TestStore store;
  FillSuppliers(store);
  const RunOutcome outcome =
      RunQuery(store, "WHY MATCH (s)-[:supplies]->(#prod/optical-components) RETURN s");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.columns, ElementsAre("s", "evidence"));
  ASSERT_EQ(outcome.rows.size(), 1u);
  for (const char* part : {"derivation: 1", "of: 1", "element: -[:supplies]->",
                           "fact: (org/hikvision supplies prod/optical-components)",
                           "polarity: asserts", "claimant: org/us-officials", "document: doc/ap",
                           "quote: optical components", "mode: reported"}) {
    EXPECT_THAT(outcome.rows.front(), HasSubstr(part));
  }
}

TEST(Why, ShowsWhoDeniesADisputedFact) {
  test::TestStore store;
  FillSuppliers(store);
  store.Deny("org/prc", "org/hikvision", "supplies", "prod/optical-components");
  const RunOutcome outcome =
      RunQuery(store, "WHY MATCH (s)-[:supplies]->(#prod/optical-components) RETURN s");
  ASSERT_EQ(outcome.rows.size(), 1u);
  EXPECT_THAT(outcome.rows.front(), HasSubstr("disputed: true"));
  EXPECT_THAT(outcome.rows.front(), HasSubstr("claimant: org/prc"));
  EXPECT_THAT(outcome.rows.front(), HasSubstr("polarity: denies"));
}

TEST(Why, CountsTheWaysToARow) {
  test::TestStore store;
  for (int i = 0; i < 5; ++i) {
    store.Say("org/desk", "org/a", "supplies", "prod/" + std::to_string(i));
  }
  const RunOutcome outcome = RunQuery(store, "WHY MATCH (s)-[:supplies]->() RETURN s");
  ASSERT_EQ(outcome.rows.size(), 1u);
  EXPECT_THAT(outcome.rows.front(), HasSubstr("of: 5"));
  EXPECT_THAT(outcome.rows.front(), HasSubstr("derivation: 3"));
  EXPECT_THAT(outcome.rows.front(), ::testing::Not(HasSubstr("derivation: 4")));
}

TEST(Why, GivesTheSameRowsAsWithoutIt) {
  test::TestStore store;
  FillSuppliers(store);
  const std::string text = "MATCH (c:Company)-[:supplies]->(p) RETURN c";
  EXPECT_EQ(RunQuery(store, "WHY " + text).rows.size(), RunQuery(store, text).rows.size());
}

}  // namespace
}  // namespace sightline::query
