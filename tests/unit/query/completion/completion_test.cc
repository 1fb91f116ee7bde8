#include "query/completion/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/query/completion/article_store.h"

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
using ::testing::StartsWith;

// One store for all tests that only read.
class CompletionTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { article_ = new ArticleStore(); }
  static void TearDownTestSuite() {
    delete article_;
    article_ = nullptr;
  }
  static Completion At(std::string marked, size_t candidates_max = 50) {
    return article_->At(std::move(marked), nullptr, candidates_max);
  }
  static std::vector<std::string> TextsAt(std::string marked) {
    return Texts(At(std::move(marked), 200));
  }
  static std::vector<std::string> TextsOfKind(std::string marked, CandidateKind kind) {
    std::vector<std::string> texts;
    for (const Candidate& candidate : At(std::move(marked), 200).candidates) {
      if (candidate.kind == kind) texts.push_back(candidate.insert_text);
    }
    return texts;
  }

  static ArticleStore* article_;
};
ArticleStore* CompletionTest::article_ = nullptr;

// --- Keywords

TEST_F(CompletionTest, AQueryBeginsWithWhatMayBeginOne) {
  const std::vector<std::string> texts = TextsAt("¦");
  EXPECT_EQ(texts.front(), "MATCH");
  EXPECT_THAT(texts, AllOf(Contains("RETURN"), Contains("EXPLAIN"), Contains("DEFINE CLASS"),
                           Contains("AS KNOWN AT"), Contains("ACCORDING TO"), Contains("SHOW")));
  EXPECT_THAT(texts, Not(Contains("WHERE")));
}

TEST_F(CompletionTest, WordsAreThoseThatMayFollow) {
  EXPECT_THAT(TextsAt("MATCH (a) ¦"), AllOf(Contains("WHERE"), Contains("RETURN"),
                                            Contains("AVOIDING"), Not(Contains("AND"))));
  EXPECT_THAT(TextsAt("MATCH (a) WHERE a.name = 'x' ¦"),
              AllOf(Contains("AND"), Contains("RETURN"), Contains("OR"), Not(Contains("WHERE"))));
  EXPECT_THAT(TextsAt("MATCH (a) RETURN a ¦"),
              AllOf(Contains("ORDER BY"), Contains("LIMIT"), Contains("AS"), Not(Contains("BY"))));
  EXPECT_THAT(TextsAt("MATCH (a) RETURN a ORDER ¦"), ElementsAre("BY"));
  EXPECT_THAT(TextsAt("SHOW ¦"),
              ElementsAre("CLASSES", "EDGES", "PREDICATES", "PREFIXES", "QUERIES", "SOURCES"));
  EXPECT_THAT(TextsAt("MATCH (a) WHERE a.name STARTS ¦"), ElementsAre("WITH"));
}

TEST_F(CompletionTest, WhatIsTypedNarrowsAndIsReplaced) {
  const Completion completion = At("MATCH (a) ret¦ a");
  EXPECT_THAT(Texts(completion), ElementsAre("RETURN", "RETRACT"));
  EXPECT_EQ(completion.replaces.begin, 10u);
  EXPECT_EQ(completion.replaces.end, 13u);
  // The rest of the word is part of it.
  EXPECT_EQ(At("MATCH (a) re¦tun a").replaces.end, 15u);
  EXPECT_THAT(TextsAt("MATCH (a) RETURN a or¦"), Contains("ORDER BY"));
}

TEST_F(CompletionTest, KeywordsThatMayBeNamesAreNotOfferedAsNames) {
  EXPECT_THAT(TextsOfKind("MATCH (¦", CandidateKind::kKeyword), Not(Contains("SHORTEST")));
  EXPECT_THAT(TextsOfKind("RETURN ¦", CandidateKind::kKeyword),
              AllOf(Contains("CASE"), Contains("NOT"), Contains("TRUE"), Not(Contains("SHOW"))));
}

TEST_F(CompletionTest, EachStatementOfAScriptIsForItself) {
  EXPECT_THAT(TextsAt("MATCH (a) RETURN a; ¦"), Contains("MATCH"));
  EXPECT_THAT(TextsOfKind("MATCH (a) RETURN a; MATCH (b) RETURN ¦", CandidateKind::kVariable),
              ElementsAre("b"));
}

// --- Classes

TEST_F(CompletionTest, ClassesComeBehindTheColonOfANode) {
  const Completion completion = At("MATCH (p:¦", 200);
  for (const Candidate& candidate : completion.candidates) {
    if (candidate.kind == CandidateKind::kKeyword) continue;
    EXPECT_EQ(candidate.kind, CandidateKind::kClass) << candidate.insert_text;
  }
  ASSERT_NE(Find(completion, "Person"), nullptr);
  EXPECT_GT(Find(completion, "Person")->count.value_or(0), 0u);
  EXPECT_THAT(Find(completion, "Person")->detail, HasSubstr("LegalEntity"));
  EXPECT_EQ(completion.candidates.front().kind, CandidateKind::kClass);
}

TEST_F(CompletionTest, CountsOfClassesAreExact) {
  const Completion completion = At("MATCH (p:Pers¦)");
  ASSERT_THAT(Texts(completion), ElementsAre("Person"));
  QueryEngine engine(&*article_->store(), {});
  storage::Clearance all = storage::Clearance::Unrestricted();
  QueryRequest request;
  request.text = "MATCH (p:Person) RETURN count(DISTINCT p)";
  request.clearance = all;
  auto cursor = test::OrThrow(engine.Execute(request));
  ResultBatch batch;
  ASSERT_EQ(test::OrThrow(cursor->Next(&batch)), 1u);
  const auto* count = batch.columns[0][0].value()->get_if<int64_t>();
  ASSERT_NE(count, nullptr);
  EXPECT_EQ(completion.candidates[0].count, static_cast<uint64_t>(*count));
  EXPECT_FALSE(completion.candidates[0].count_is_least);
}

TEST_F(CompletionTest, ClassesFollowInUnionsAndConditionsToo) {
  EXPECT_THAT(TextsAt("MATCH (p:Person|Comp¦"), ElementsAre("Company"));
  EXPECT_THAT(TextsAt("MATCH (p:Person&!Comp¦"), ElementsAre("Company"));
  EXPECT_THAT(TextsAt("MATCH (p) WHERE p:Comp¦"), ElementsAre("Company"));
  EXPECT_THAT(TextsAt("DEFINE CLASS Bank UNDER Comp¦"), ElementsAre("Company"));
  EXPECT_THAT(TextsAt("DROP CLASS Comp¦"), ElementsAre("Company"));
  EXPECT_THAT(TextsAt("DESCRIBE CLASS Comp¦"), Contains("Company"));
}

TEST_F(CompletionTest, ClassesThatTheEdgeLeadsToComeFirst) {
  // country: LegalEntity|Address -> Territory
  EXPECT_EQ(TextsAt("MATCH (c:Company)-[:country]->(t:¦").front(), "Territory");
}

// --- Predicates

TEST_F(CompletionTest, PredicatesOfTheNodesKindComeFirst) {
  const Completion company = At("MATCH (c:Company)-[:¦", 200);
  const Completion territory = At("MATCH (t:Territory)-[:¦", 200);
  const auto place = [](const Completion& completion, std::string_view text) {
    size_t at = 0;
    while (at < completion.candidates.size() && completion.candidates[at].insert_text != text) ++at;
    return at;
  };
  ASSERT_NE(Find(company, "country"), nullptr);
  ASSERT_NE(Find(company, "territoryCode"), nullptr);
  EXPECT_LT(place(company, "country"), place(company, "territoryCode"));
  EXPECT_LT(place(territory, "territoryCode"), place(territory, "country"));
  EXPECT_EQ(Find(company, "country")->kind, CandidateKind::kPredicate);
  EXPECT_THAT(Find(company, "country")->detail, HasSubstr("LegalEntity|Address -> Territory"));
  EXPECT_GT(Find(company, "country")->count.value_or(0), 0u);
}

TEST_F(CompletionTest, TheArrowSaysWhichEndTheNodeIs) {
  const std::vector<std::string> texts = TextsAt("MATCH (t:Territory)<-[:¦");
  const auto place = [&](std::string_view text) {
    return std::find(texts.begin(), texts.end(), text) - texts.begin();
  };
  EXPECT_LT(place("country"), place("territoryCode"));
}

TEST_F(CompletionTest, WhatIsKnownOfAVariableElsewhereCounts) {
  EXPECT_LT(0u, TextsAt("MATCH (t:Territory), (t)-[:terr¦").size());
  const std::vector<std::string> texts = TextsAt("MATCH (c)-[:country]->(t) MATCH (t)-[:¦");
  const auto place = [&](std::string_view text) {
    return std::find(texts.begin(), texts.end(), text) - texts.begin();
  };
  EXPECT_LT(place("territoryCode"), place("position"));
}

TEST_F(CompletionTest, OfANamedNodeWhatItHasIsCounted) {
  const Completion completion = At("MATCH (#org/hikvision)-[:¦", 200);
  ASSERT_NE(Find(completion, "supplies"), nullptr);
  EXPECT_GT(Find(completion, "supplies")->count.value_or(0), 0u);
  ASSERT_NE(Find(completion, "hsCode"), nullptr);
  EXPECT_EQ(Find(completion, "hsCode")->count, 0u);
  EXPECT_GT(completion.candidates.front().count.value_or(0), 0u);
  const Completion by_name = At("MATCH (\"Hikvision\")-[:suppl¦", 200);
  ASSERT_NE(Find(by_name, "supplies"), nullptr);
  EXPECT_GT(Find(by_name, "supplies")->count.value_or(0), 0u);
}

TEST_F(CompletionTest, PredicatesFollowInUnionsOfThem) {
  EXPECT_THAT(TextsAt("MATCH (c)-[e:country|territ¦"), ElementsAre("territoryCode"));
  EXPECT_THAT(TextsAt("DROP PREDICATE territ¦"), ElementsAre("territoryCode"));
}

// --- Properties, fields, variables

TEST_F(CompletionTest, PropertiesComeBehindTheDot) {
  const Completion completion = At("MATCH (c:Company) WHERE c.¦", 200);
  EXPECT_EQ(completion.candidates.front().kind, CandidateKind::kProperty);
  EXPECT_NE(Find(completion, "country"), nullptr);
  EXPECT_THAT(TextsAt("MATCH (c:Company) RETURN c.web¦"), ElementsAre("website"));
  EXPECT_THAT(TextsAt("MATCH (c:Company {web¦"), ElementsAre("website"));
}

TEST_F(CompletionTest, FieldsAreThoseOfWhatTheVariableHolds) {
  EXPECT_THAT(TextsAt("MATCH (a)-[e @s]->(b) RETURN s.relia¦"),
              ElementsAre("reliability", "reliability_score"));
  EXPECT_THAT(TextsAt("MATCH (a)-[e]->(b) RETURN e.asser¦"), ElementsAre("asserted_by"));
  EXPECT_THAT(TextsAt("MATCH p = (a)-[*..3]->(b) RETURN p.no¦"), ElementsAre("nodes"));
}

TEST_F(CompletionTest, VariablesComeFirstWhereValuesAre) {
  const std::vector<std::string> texts = TextsAt("MATCH (alpha:Company)-[beta]->(gamma) RETURN ¦");
  ASSERT_GE(texts.size(), 4u);
  EXPECT_THAT(std::vector<std::string>(texts.begin(), texts.begin() + 3),
              ElementsAre("gamma", "beta", "alpha"));
  EXPECT_EQ(Find(At("MATCH (alpha:Company) RETURN al¦"), "alpha")->detail, "Company");
  EXPECT_THAT(TextsOfKind("MATCH (a)-[e]->(b) MATCH (¦", CandidateKind::kVariable),
              ElementsAre("b", "a"));
  EXPECT_THAT(TextsOfKind("MATCH (a) WITH a AS b RETURN ¦", CandidateKind::kVariable),
              ElementsAre("b"));
}

TEST_F(CompletionTest, FunctionsComeWithTheirBracket) {
  EXPECT_THAT(TextsAt("RETURN toUpp¦"), ElementsAre("toUpper("));
  EXPECT_THAT(TextsAt("RETURN toUpp¦('x')"), ElementsAre("toUpper"));
  EXPECT_THAT(At("RETURN toUpp¦").candidates[0].detail, StartsWith("toUpper("));
  EXPECT_THAT(TextsAt("RETURN percentileC¦"), ElementsAre("percentileCont("));
}

TEST_F(CompletionTest, ProceduresAndTheirColumns) {
  EXPECT_THAT(TextsAt("CALL contra¦"), ElementsAre("contradictions"));
  EXPECT_THAT(TextsAt("CALL contradictions() YIELD de¦"), ElementsAre("denial", "denied"));
}

TEST_F(CompletionTest, ParametersAreThoseOfTheTextAndThoseToBeGiven) {
  EXPECT_THAT(Texts(article_->At("MATCH (a {name: $who}) RETURN $¦", nullptr, 50, {"when"})),
              ElementsAre("$when", "$who"));
}

TEST_F(CompletionTest, FixedWordsOfMapsAndGrades) {
  EXPECT_THAT(TextsAt("ASSERT (#a)-[:supplies]->(#b) ACCORDING TO #c {cred¦"),
              ElementsAre("credibility"));
  EXPECT_THAT(TextsAt("DEFINE CLASS X {la¦"), ElementsAre("label"));
  EXPECT_THAT(TextsAt("RELIABILITY ¦"), ElementsAre("A", "B", "C", "D", "E"));
  EXPECT_THAT(TextsAt("DEFINE PREDICATE p FROM Person TO MON¦"), ElementsAre("MONEY"));
}

// --- Entities

TEST_F(CompletionTest, NamesInQuotesAreThoseThatBeginSo) {
  const Completion completion = At("MATCH (\"Hikv¦");
  ASSERT_FALSE(completion.candidates.empty());
  EXPECT_THAT(Texts(completion), Contains("\"Hikvision\""));
  EXPECT_EQ(Find(completion, "\"Hikvision\"")->kind, CandidateKind::kEntity);
  EXPECT_EQ(Find(completion, "\"Hikvision\"")->detail, "Company");
  EXPECT_EQ(completion.replaces.begin, 7u);
  // The quotes that were begun are those that are closed, up to the one that stands there.
  EXPECT_THAT(TextsAt("MATCH ('hikv¦"), Contains("'Hikvision'"));
  EXPECT_EQ(At("MATCH (\"Hik¦visn\") RETURN 1").replaces.end, 16u);
  EXPECT_EQ(At("MATCH (\"Hik¦) RETURN \"x\"").replaces.end, 11u);
  EXPECT_THAT(TextsAt("MATCH (x NAMED \"Hikv¦"), Contains("\"Hikvision\""));
  EXPECT_THAT(TextsAt("MATCH (x) WHERE x.name = \"Hikv¦"), Contains("\"Hikvision\""));
}

TEST_F(CompletionTest, IdsAreFoundByName) {
  EXPECT_THAT(TextsAt("MATCH (#hikv¦"), Contains("#org/hikvision"));
  EXPECT_THAT(TextsAt("MATCH (#org/hikv¦"), Contains("#org/hikvision"));
  EXPECT_THAT(TextsAt("MATCH (#person/hikv¦"), IsEmpty());
}

TEST_F(CompletionTest, SourcesAreThoseThatSaySomething) {
  for (const Candidate& candidate : At("MATCH (a) ACCORDING TO \"¦").candidates) {
    EXPECT_EQ(candidate.kind, CandidateKind::kSource);
    EXPECT_GT(candidate.count.value_or(0), 0u);
  }
}

TEST_F(CompletionTest, NothingComesInCommentsNumbersAndBehindClosedQuotes) {
  EXPECT_THAT(TextsAt("MATCH (a) // ¦"), IsEmpty());
  EXPECT_THAT(TextsAt("MATCH (a) /* ¦ */ RETURN a"), IsEmpty());
  EXPECT_THAT(TextsAt("MATCH (a) RETURN a LIMIT 1¦"), IsEmpty());
  EXPECT_THAT(TextsAt("MATCH (a) -- nonsense ¦").size(), testing::Ge(0u));
}

// --- Texts that are wrong

TEST_F(CompletionTest, WhatIsWrongBeforeDoesNotKeepTheRestFromBeingCompleted) {
  EXPECT_THAT(TextsAt("MATCH (a:) RETURN a.web¦"), Contains("website"));
  EXPECT_THAT(TextsAt("MACTH (a) RETURN ¦"), Contains("CASE"));
  EXPECT_THAT(TextsAt("MATCH (a RETURN ¦"), Contains("a"));
  EXPECT_THAT(TextsAt("MATCH (a)-[:]->(b:Comp¦"), Contains("Company"));
  EXPECT_THAT(TextsAt("MATCH (a)) WHERE ¦"), Contains("a"));
  EXPECT_THAT(TextsAt("RETURN 1 + + ) MATCH (b) RETURN ¦"), Contains("b"));
}

// --- How many

TEST_F(CompletionTest, SaysWhenThereAreMore) {
  const Completion few = At("MATCH (a)-[:¦", 3);
  EXPECT_THAT(few.candidates, SizeIs(3));
  EXPECT_TRUE(few.incomplete);
  EXPECT_FALSE(At("SHOW ¦").incomplete);
}

TEST_F(CompletionTest, EndsWhenTheTimeIsUp) {
  const auto view = article_->store().View();
  const storage::CancellationToken past(std::chrono::steady_clock::now() - std::chrono::seconds(1));
  const Completion completion =
      test::OrThrow(Complete({.text = "MATCH (", .place = 7}, *view, past));
  EXPECT_TRUE(completion.incomplete);
  storage::CancellationToken cancelled;
  cancelled.Cancel();
  EXPECT_EQ(Complete({.text = "MATCH (", .place = 7}, *view, cancelled).status().code(),
            StatusCode::kCancelled);
}

TEST_F(CompletionTest, RefusesPlacesThatAreNone) {
  const auto view = article_->store().View();
  const storage::CancellationToken deadline;
  for (const auto& [text, place] : {std::pair("ä", 1), std::pair("a", 2), std::pair("\xFF", 0)}) {
    EXPECT_EQ(Complete({.text = text, .place = static_cast<size_t>(place)}, *view, deadline)
                  .status()
                  .code(),
              StatusCode::kInvalidArgument);
  }
}

// --- Who may see what

// Two stores that differ in what is above the reader's clearance say the same everywhere.
TEST(CompletionVisibility, NothingHiddenShowsOrCounts) {
  ArticleStore open, with_hidden;
  with_hidden.Run(
      "ASSERT (n:Company {name: \"Hikvision Secret Works\"}) ACCORDING TO #org/hidden-service "
      "{marking: 'TLP:RED'};"
      "ASSERT (#org/hikvision)-[:supplies]->(#prod/secret) ACCORDING TO #org/hidden-service "
      "{marking: 'TLP:RED'};",
      storage::Clearance::Unrestricted());
  storage::Clearance green;
  green.tlp_max = storage::TlpLabel::kGreen;
  const char* const places[] = {"MATCH (\"Hikv¦",
                                "MATCH (c:¦",
                                "MATCH (#org/hikvision)-[:¦",
                                "MATCH (#hikv¦",
                                "MATCH (a) ACCORDING TO \"hidden¦",
                                "MATCH (a)-[:¦",
                                "MATCH (a {¦",
                                "RETURN \"Hikvision S¦"};
  for (const char* place : places) {
    const Completion a = open.At(place, &green, 200), b = with_hidden.At(place, &green, 200);
    ASSERT_EQ(Texts(a), Texts(b)) << place;
    for (size_t i = 0; i < a.candidates.size(); ++i) {
      EXPECT_EQ(a.candidates[i].count, b.candidates[i].count) << place;
      EXPECT_EQ(a.candidates[i].detail, b.candidates[i].detail) << place;
    }
    EXPECT_EQ(a.incomplete, b.incomplete) << place;
  }
  // Who may see it does.
  EXPECT_THAT(Texts(with_hidden.At("MATCH (\"Hikvision S¦")),
              Contains("\"Hikvision Secret Works\""));
  EXPECT_THAT(Texts(with_hidden.At("MATCH (\"Hikvision S¦", &green)), IsEmpty());
}

TEST(CompletionVisibility, StoredDefinitionsAreThoseThatTheReaderMaySee) {
  ArticleStore article;
  article.Run(
      "DEFINE QUERY openOne() AS MATCH (a) RETURN a LIMIT 1;"
      "DEFINE QUERY secretOne() {marking: 'TLP:RED'} AS MATCH (a) RETURN a LIMIT 1;"
      "DEFINE PREFIX foaf AS \"http://xmlns.com/foaf/0.1/\"",
      storage::Clearance::Unrestricted());
  storage::Clearance green;
  green.tlp_max = storage::TlpLabel::kGreen;
  EXPECT_THAT(Texts(article.At("CALL ¦")), AllOf(Contains("openOne"), Contains("secretOne")));
  EXPECT_THAT(Texts(article.At("CALL ¦", &green)),
              AllOf(Contains("openOne"), Not(Contains("secretOne"))));
  EXPECT_THAT(Texts(article.At("MATCH (a:`fo¦")), Contains("`foaf:"));
}

}  // namespace
}  // namespace sightline::query
