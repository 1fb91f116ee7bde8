// Properties, fields and functions that read a store.

#include <gtest/gtest.h>

#include <algorithm>

#include "query/functions/expression.h"
#include "query/functions/fields.h"
#include "query/functions/support.h"
#include "tests/support/test_store.h"
#include "tests/unit/query/functions/build_expression.h"
#include "tests/unit/query/functions/data.h"

namespace sightline::query {
namespace {

using storage::Permutation;
using storage::Reliability;
using storage::StatementId;
using storage::TermId;
using storage::TermTag;
using storage::TimeInterval;
using storage::TlpLabel;
using storage::Value;
using test::SayDetails;
using test::TestStore;

class GraphTest : public ::testing::Test {
 protected:
  // What was said becomes visible to `context_`, under the default scope.
  void Read(const storage::Clearance& clearance = storage::Clearance::Unrestricted()) {
    context_ = EvaluationContext();
    view_ = store_.View(clearance);
    context_.view = view_.get();
    context_.scopes = {view_->default_scope()};
  }

  TermId NodeOf(const std::string& id) {
    const auto node = test::OrThrow(view_->FindNode(id));
    return node.value_or(TermId{});
  }
  Datum NodeDatum(const std::string& id) { return Datum::OfNode(NodeOf(id)); }
  static Datum StatementDatum(StatementId id) {
    return Datum::OfNode(TermId::Make(TermTag::kStatement, id.value));
  }
  FactDatum FactOf(const std::string& subject, const std::string& predicate,
                   const std::string& object, uint32_t scope_index = 0) {
    return {{NodeOf(subject), view_->catalog().FindPredicate(predicate)->id, NodeOf(object)},
            scope_index};
  }

  PropertyAccess Access(const std::string& key, bool many) {
    PropertyAccess access;
    access.key = key;
    access.many = many;
    if (const auto* predicate = view_->catalog().FindPredicate(key)) {
      access.predicates = {predicate->id};
    }
    return access;
  }
  std::string Property(const std::string& node, const std::string& key, bool many,
                       uint32_t scope_index = 0) {
    return Outcome(ReadProperty(NodeOf(node), Access(key, many), scope_index, &context_));
  }
  std::string Member(const Datum& object, const std::string& key, bool many = true) {
    return Outcome(ReadMember(object, Access(key, many), &context_));
  }
  std::string CallOf(std::string_view function, std::vector<Datum> arguments) {
    return Outcome(ValueOf(*Call(function, std::move(arguments)), &context_));
  }

  // In the order in which lists of nodes come: by term.
  std::string Nodes(std::vector<std::string> ids) {
    std::vector<TermId> nodes;
    for (const std::string& id : ids) nodes.push_back(NodeOf(id));
    std::sort(nodes.begin(), nodes.end());
    return Show(NodeList(nodes));
  }

  TestStore store_;
  std::shared_ptr<const storage::ReadView> view_;
  EvaluationContext context_;
};

const std::string kNull = Show(Null());

// --- Properties ----------------------------------------------------------------------------------

TEST_F(GraphTest, ManyReadsTheDistinctValuesInTheirOrder) {
  store_.Say("org/ap", "org/hikvision", "alias", Value::OfText("Haikang"));
  store_.Say("org/eu", "org/hikvision", "alias", Value::OfText("HK"));
  store_.Say("org/us", "org/hikvision", "alias", Value::OfText("HK"));
  Read();
  EXPECT_EQ(Property("org/hikvision", "alias", true), Show(L({T("HK"), T("Haikang")})));
  EXPECT_GE(context_.facts_touched, 2u);
}

TEST_F(GraphTest, NothingStatedIsUnknown) {
  store_.Say("org/ap", "org/hikvision", "country", "terr/cn");
  store_.Deny("org/ap", "org/iray", "country", "terr/cn");
  Read();
  EXPECT_EQ(Property("org/iray", "country", true), kNull);  // Denied only.
  EXPECT_EQ(Property("org/iray", "country", false), kNull);
  EXPECT_EQ(Property("org/hikvision", "size", true), kNull);  // No such predicate.
}

TEST_F(GraphTest, OneReadsTheBestSupportedValue) {
  // A's word against three of F's: F cannot be judged, A is reliable.
  for (const char* source : {"src/1", "src/2", "src/3"}) {
    store_.Say(source, "org/x", "size", Value(int64_t{10}), {.reliability = Reliability::kF});
  }
  store_.Say("src/4", "org/x", "size", Value(int64_t{20}), {.reliability = Reliability::kA});
  // Equal reliability: the more credible claim.
  store_.Say("src/1", "org/y", "size", Value(int64_t{10}),
             {.reliability = Reliability::kB, .credibility = 3});
  store_.Say("src/2", "org/y", "size", Value(int64_t{20}),
             {.reliability = Reliability::kB, .credibility = 2});
  // Not judged is better than unreliable and doubtful.
  store_.Say("src/1", "org/z", "size", Value(int64_t{10}), {.reliability = Reliability::kE});
  store_.Say("src/2", "org/z", "size", Value(int64_t{20}));
  Read();
  EXPECT_EQ(Property("org/x", "size", false), Show(I(20)));
  EXPECT_EQ(Property("org/y", "size", false), Show(I(20)));
  EXPECT_EQ(Property("org/z", "size", false), Show(I(20)));
}

TEST_F(GraphTest, OneCountsOriginsNotReprints) {
  const StatementId wire = store_.Say("org/ap", "org/x", "size", Value(int64_t{10}));
  for (const char* reprint : {"org/daily", "org/herald", "org/post"}) {
    store_.Say(reprint, "org/x", "size", Value(int64_t{10}), {.derived_from = {wire}});
  }
  store_.Say("org/reuters", "org/x", "size", Value(int64_t{20}));
  store_.Say("org/afp", "org/x", "size", Value(int64_t{20}));
  Read();
  EXPECT_EQ(Property("org/x", "size", false), Show(I(20)));
}

TEST_F(GraphTest, OneBreaksTiesByRecordingAndThenByValue) {
  store_.Say("src/1", "org/x", "size", Value(int64_t{10}));
  store_.Commit();
  store_.clock().Advance(1'000'000);
  store_.Say("src/2", "org/x", "size", Value(int64_t{20}));
  store_.Say("src/1", "org/y", "size", Value(int64_t{30}));
  store_.Say("src/2", "org/y", "size", Value(int64_t{20}));
  Read();
  EXPECT_EQ(Property("org/x", "size", false), Show(I(20)));
  EXPECT_EQ(Property("org/y", "size", false), Show(I(20)));
}

TEST_F(GraphTest, PropertiesObeyClearanceAndScope) {
  store_.Say("src/1", "org/x", "size", Value(int64_t{10}));
  store_.Say("src/2", "org/x", "size", Value(int64_t{20}),
             {.marking = {TlpLabel::kRed, ""}, .reliability = Reliability::kA});
  Read();
  EXPECT_EQ(Property("org/x", "size", false), Show(I(20)));
  storage::ScopeConditions conditions;
  conditions.sources = std::vector<TermId>{NodeOf("src/1")};
  context_.scopes.push_back(test::OrThrow(view_->Resolve(conditions)));
  EXPECT_EQ(Property("org/x", "size", true, 1), Show(L({I(10)})));
  Read(test::ClearanceOf(TlpLabel::kGreen));
  EXPECT_EQ(Property("org/x", "size", false), Show(I(10)));
  EXPECT_EQ(Property("org/x", "size", true), Show(L({I(10)})));
}

TEST_F(GraphTest, InverseAndSymmetricPropertiesReadTheOtherEnd) {
  storage::PredicateDefinition spouse;
  spouse.name = "spouse";
  spouse.symmetric = true;
  store_.Define(spouse);
  store_.Say("src/1", "per/a", "spouse", "per/b");
  store_.Say("src/1", "org/x", "owns", "org/y");
  Read();
  EXPECT_EQ(Property("per/a", "spouse", false), Show(NodeDatum("per/b")));
  EXPECT_EQ(Property("per/b", "spouse", false), Show(NodeDatum("per/a")));
  PropertyAccess owned_by = Access("owns", true);
  owned_by.inverse = true;
  EXPECT_EQ(Outcome(ReadProperty(NodeOf("org/y"), owned_by, 0, &context_)), Nodes({"org/x"}));
  EXPECT_EQ(Outcome(ReadProperty(NodeOf("org/x"), owned_by, 0, &context_)), kNull);
}

TEST_F(GraphTest, DynamicKeysReadTheSameProperties) {
  store_.Say("src/1", "org/x", "owns", "org/y");
  Read();
  const auto index = [&](Datum object, Datum key) {
    return Outcome(ValueOf(*Expression(BoundIndex{Const(object), Const(key)}), &context_));
  };
  EXPECT_EQ(index(NodeDatum("org/x"), T("owns")), Nodes({"org/y"}));
  EXPECT_EQ(index(NodeDatum("org/x"), T("nothing")), kNull);
  EXPECT_EQ(index(NodeDatum("org/x"), I(0)), "SL3011");
}

// --- Statements ----------------------------------------------------------------------------------

TEST_F(GraphTest, StatementFieldsAreItsRecord) {
  const StatementId wire = store_.Say("org/ap", "org/x", "size", Value(int64_t{9}));
  SayDetails details;
  details.marking = {TlpLabel::kAmber, "five&eyes"};
  details.document = "doc/1";
  details.dataset = "data/1";
  details.via = {"org/daily", "org/herald"};
  details.reliability = Reliability::kB;
  details.credibility = 2;
  details.mode = storage::Mode::kDirectQuote;
  details.said = TimeInterval::Of(test::OrThrow(storage::PartialDate::Parse("2024-04")));
  details.valid = TimeInterval::Of(test::OrThrow(storage::PartialDate::Parse("2023-Q4")));
  details.span = storage::TextSpan{5, 12};
  details.quote = "optics";
  details.derived_from = {wire};
  const TermId russia = store_.Entity("terr/ru"), belarus = store_.Entity("terr/by");
  storage::StatementDraft draft = store_.Draft(storage::Polarity::kDenies, "org/us", "org/x",
                                               "supplies", "prod/optics", details);
  draft.qualifiers = {{store_.Predicate("recipient"), russia},
                      {store_.Predicate("recipient"), belarus},
                      {store_.Predicate("share"), store_.Term(Value(int64_t{70}))}};
  const StatementId id = store_.Add(draft).id;
  store_.Say("org/me", "s/" + std::to_string(id.value), "credible", Value(true));
  store_.Say("org/pub", "doc/1", "publishedAt",
             Value(test::OrThrow(storage::PartialDate::Parse("2024-04-15"))));
  Read();
  const Datum st = StatementDatum(id);
  EXPECT_EQ(Member(st, "source"), Show(NodeDatum("org/us")));
  EXPECT_EQ(Member(st, "claimant"), Show(NodeDatum("org/us")));
  EXPECT_EQ(Member(st, "document"), Show(NodeDatum("doc/1")));
  EXPECT_EQ(Member(st, "dataset"), Show(NodeDatum("data/1")));
  EXPECT_EQ(Member(st, "via"), Show(L({NodeDatum("org/daily"), NodeDatum("org/herald")})));
  EXPECT_EQ(Member(st, "quote"), Show(T("optics")));
  EXPECT_EQ(Member(st, "span"), Show(L({I(5), I(12)})));
  EXPECT_EQ(Member(st, "polarity"), Show(T("denies")));
  EXPECT_EQ(Member(st, "mode"), Show(T("direct-quote")));
  EXPECT_EQ(Member(st, "credibility"), Show(I(2)));
  EXPECT_EQ(Member(st, "reliability"), Show(T("B")));
  EXPECT_EQ(Member(st, "said"), Show(Date("2024-04")));
  EXPECT_EQ(Member(st, "valid"), Show(Date("2023-Q4")));
  EXPECT_EQ(Member(st, "from"), Show(Date("2023-10-01")));
  EXPECT_EQ(Member(st, "to"), Show(Date("2023-12-31")));
  EXPECT_EQ(Member(st, "published"), Show(Date("2024-04-15")));
  EXPECT_EQ(Member(st, "derived_from"), Show(L({StatementDatum(wire)})));
  EXPECT_EQ(Member(st, "derivedFrom"), Show(L({StatementDatum(wire)})));
  EXPECT_EQ(Member(st, "marking"), Show(T("TLP:AMBER")));
  EXPECT_EQ(Member(st, "access"), Show(T("five&eyes")));
  EXPECT_EQ(Member(st, "retracted"), Show(B(false)));
  EXPECT_EQ(Member(st, "retracted_at"), kNull);
  EXPECT_EQ(Member(st, "reason"), kNull);
  EXPECT_EQ(Member(st, "id"), Show(T("s/" + std::to_string(id.value))));
  const storage::Statement record = test::OrThrow(view_->GetStatement(id));
  EXPECT_EQ(Member(st, "recorded_at"),
            Show(Datum(Value(storage::Instant{record.recorded_at_micros}))));
  EXPECT_EQ(Member(st, "revision"), Show(I(static_cast<int64_t>(record.revision.value))));
  EXPECT_EQ(Member(st, "facts"), Show(L({Datum(FactOf("org/x", "supplies", "prod/optics"))})));
  EXPECT_EQ(CallOf("facts", {st}), Member(st, "facts"));
  // Qualifiers by name, and facts about the statement.
  EXPECT_EQ(Member(st, "share", false), Show(I(70)));
  EXPECT_EQ(Member(st, "recipient", true),
            Show(L({Datum::OfNode(russia), Datum::OfNode(belarus)})));
  EXPECT_EQ(Member(st, "credible", false), Show(B(true)));
  EXPECT_EQ(Member(st, "nothing"), kNull);
  EXPECT_GT(context_.facts_touched, 0u);
}

TEST_F(GraphTest, StatementFieldsAreUnknownWhereNothingIsSaid) {
  const StatementId id = store_.Say("org/ap", "org/x", "size", Value(int64_t{9}));
  Read();
  const Datum st = StatementDatum(id);
  for (const char* field : {"document", "dataset", "quote", "span", "mode", "credibility",
                            "reliability", "said", "from", "to", "valid", "published", "access"}) {
    EXPECT_EQ(Member(st, field), kNull) << field;
  }
  EXPECT_EQ(Member(st, "via"), Show(L({})));
  EXPECT_EQ(Member(st, "derived_from"), Show(L({})));
  EXPECT_EQ(Member(st, "polarity"), Show(T("asserts")));
}

TEST_F(GraphTest, RetractionIsPartOfTheRecord) {
  const StatementId id = store_.Say("org/ap", "org/x", "size", Value(int64_t{9}));
  store_.Commit();
  store_.Retract(id, "OCR error");
  Read();
  EXPECT_EQ(Member(StatementDatum(id), "retracted"), Show(B(true)));
  EXPECT_EQ(Member(StatementDatum(id), "reason"), Show(T("OCR error")));
  EXPECT_NE(Member(StatementDatum(id), "retracted_at"), kNull);
}

TEST_F(GraphTest, DerivedFromHidesWhatTheReaderMayNotSee) {
  const StatementId secret =
      store_.Say("org/x", "org/x", "size", Value(int64_t{9}), {.marking = {TlpLabel::kRed, ""}});
  const StatementId open =
      store_.Say("org/ap", "org/x", "size", Value(int64_t{9}), {.derived_from = {secret}});
  Read(test::ClearanceOf(TlpLabel::kClear));
  EXPECT_EQ(Member(StatementDatum(open), "derived_from"), Show(L({})));
  EXPECT_EQ(Member(StatementDatum(secret), "source"), kNull);
}

// --- Facts ---------------------------------------------------------------------------------------

TEST_F(GraphTest, FactFieldsTellWhoAssertsAndWhoDenies) {
  const auto in = [](const char* date) {
    return TimeInterval::Of(test::OrThrow(storage::PartialDate::Parse(date)));
  };
  const StatementId first =
      store_.Say("org/us", "terr/cn", "supplies", "prod/items",
                 {.reliability = Reliability::kC, .credibility = 2, .valid = in("2022")});
  const StatementId second =
      store_.Say("org/ap", "terr/cn", "supplies", "prod/items",
                 {.reliability = Reliability::kB, .valid = in("2023"), .derived_from = {first}});
  const StatementId denial = store_.Deny("org/prc", "terr/cn", "supplies", "prod/items");
  Read();
  const Datum fact(FactOf("terr/cn", "supplies", "prod/items"));
  EXPECT_EQ(Member(fact, "subject"), Show(NodeDatum("terr/cn")));
  EXPECT_EQ(Member(fact, "object"), Show(NodeDatum("prod/items")));
  EXPECT_EQ(Member(fact, "predicate"), Show(T("supplies")));
  EXPECT_EQ(Member(fact, "sources"), Nodes({"org/us", "org/ap"}));
  EXPECT_EQ(Member(fact, "asserted_by"), Nodes({"org/us", "org/ap"}));
  EXPECT_EQ(Member(fact, "denied_by"), Nodes({"org/prc"}));
  EXPECT_EQ(Member(fact, "disputed"), Show(B(true)));
  EXPECT_EQ(Member(fact, "denied"), Show(B(true)));
  EXPECT_EQ(Member(fact, "statements"), Show(L({StatementDatum(first), StatementDatum(second)})));
  EXPECT_EQ(Member(fact, "denials"), Show(L({StatementDatum(denial)})));
  EXPECT_EQ(Member(fact, "count"), Show(I(2)));
  EXPECT_EQ(Member(fact, "origins"), Show(I(1)));  // AP passes on what US said.
  EXPECT_EQ(Member(fact, "credibility"), Show(I(2)));
  EXPECT_EQ(Member(fact, "reliability"), Show(T("B")));
  EXPECT_EQ(Member(fact, "from"), Show(Date("2022-01-01")));
  EXPECT_EQ(Member(fact, "to"), Show(Date("2023-12-31")));
  // The functions read the same.
  EXPECT_EQ(CallOf("type", {fact}), Show(T("supplies")));
  EXPECT_EQ(CallOf("startNode", {fact}), Show(NodeDatum("terr/cn")));
  EXPECT_EQ(CallOf("endNode", {fact}), Show(NodeDatum("prod/items")));
  EXPECT_EQ(CallOf("sources", {fact}), Nodes({"org/us", "org/ap"}));
  EXPECT_EQ(CallOf("statements", {fact}), Show(L({StatementDatum(first), StatementDatum(second)})));
  EXPECT_EQ(CallOf("denials", {fact}), Show(L({StatementDatum(denial)})));
  EXPECT_EQ(CallOf("origins", {fact}), Show(I(1)));
  EXPECT_EQ(CallOf("support", {NodeDatum("terr/cn"), NodeDatum("prod/items")}), Show(I(2)));
  EXPECT_EQ(CallOf("support", {NodeDatum("prod/items"), NodeDatum("terr/cn")}), Show(I(2)));
  EXPECT_EQ(CallOf("support", {NodeDatum("org/us"), NodeDatum("terr/cn")}), Show(I(0)));
}

TEST_F(GraphTest, FactFieldsObeyTheScopeThatFoundTheFact) {
  store_.Say("org/us", "terr/cn", "supplies", "prod/items");
  store_.Say("org/ap", "terr/cn", "supplies", "prod/items");
  store_.Deny("org/prc", "terr/cn", "supplies", "prod/items");
  Read();
  storage::ScopeConditions conditions;
  conditions.sources = std::vector<TermId>{NodeOf("org/us")};
  context_.scopes.push_back(test::OrThrow(view_->Resolve(conditions)));
  const Datum fact(FactOf("terr/cn", "supplies", "prod/items", 1));
  EXPECT_EQ(Member(fact, "sources"), Nodes({"org/us"}));
  EXPECT_EQ(Member(fact, "disputed"), Show(B(false)));
}

TEST_F(GraphTest, FactQualifiersComeFromItsStatements) {
  for (const auto& [source, reliability, share] :
       {std::tuple{"org/a", Reliability::kC, 60}, std::tuple{"org/b", Reliability::kA, 70}}) {
    storage::StatementDraft draft = store_.Draft(storage::Polarity::kAsserts, source, "org/x",
                                                 "owns", "org/y", {.reliability = reliability});
    draft.qualifiers = {{store_.Predicate("share"), store_.Term(Value(int64_t{share}))}};
    store_.Add(draft);
  }
  Read();
  const Datum fact(FactOf("org/x", "owns", "org/y"));
  EXPECT_EQ(Member(fact, "share", false), Show(I(70)));
  EXPECT_EQ(Member(fact, "share", true), Show(L({I(70), I(60)})));
  EXPECT_EQ(Member(fact, "nothing"), kNull);
}

TEST_F(GraphTest, OriginsAreCountedOnceHoweverTheChainsMeet) {
  const StatementId wire = store_.Say("org/ap", "org/x", "size", Value(int64_t{9}));
  const StatementId left =
      store_.Say("org/a", "org/x", "size", Value(int64_t{9}), {.derived_from = {wire}});
  const StatementId right =
      store_.Say("org/b", "org/x", "size", Value(int64_t{9}), {.derived_from = {wire}});
  const StatementId both =
      store_.Say("org/c", "org/x", "size", Value(int64_t{9}), {.derived_from = {left, right}});
  const StatementId own = store_.Say("org/d", "org/x", "size", Value(int64_t{9}));
  Read();
  std::vector<storage::Statement> statements;
  for (const StatementId id : {both, own}) {
    statements.push_back(test::OrThrow(view_->GetStatement(id)));
  }
  EXPECT_EQ(Show(NodeList(test::OrThrow(OriginsOf(statements, &context_)))),
            Nodes({"org/ap", "org/d"}));
}

// --- Classes and names ---------------------------------------------------------------------------

TEST_F(GraphTest, IsAHoldsForInstancesAndForKindsBelow) {
  store_.DefineClass("Item");
  store_.DefineClass("Optics", {"Item"});
  store_.Say("src/1", "prod/lens", "instanceOf", "Optics");
  store_.Say("src/1", "prod/shell", "instanceOf", "Item");
  Read();
  BoundClassTest test;
  for (const auto* below : view_->catalog().ClassesAtOrBelow("Item")) {
    test.kinds.push_back(below->id);
  }
  std::sort(test.kinds.begin(), test.kinds.end());
  const auto is_a = [&](const std::string& node) {
    return test::OrThrow(IsA(NodeOf(node), test, &context_));
  };
  EXPECT_TRUE(is_a("prod/lens"));
  EXPECT_TRUE(is_a("prod/shell"));
  EXPECT_FALSE(is_a("Optics"));  // A class that only has instances is none of its members ...
  test.themselves = {view_->catalog().FindClass("Optics")->id};
  EXPECT_TRUE(is_a("Optics"));  // ... and a kind passes itself.
  EXPECT_FALSE(is_a("src/1"));
  test.only = true;
  test.themselves.clear();
  test.kinds = {view_->catalog().FindClass("Item")->id};
  EXPECT_FALSE(is_a("prod/lens"));
  EXPECT_TRUE(is_a("prod/shell"));
  EXPECT_FALSE(is_a("Item"));
  BoundClassTest negated;
  negated.kind = BoundClassTest::Kind::kNot;
  negated.children = {test};
  EXPECT_TRUE(test::OrThrow(IsA(NodeOf("prod/lens"), negated, &context_)));
  BoundClassTest both;
  both.kind = BoundClassTest::Kind::kAnd;
  both.children = {test, negated};
  EXPECT_FALSE(test::OrThrow(IsA(NodeOf("prod/shell"), both, &context_)));
  both.kind = BoundClassTest::Kind::kOr;
  EXPECT_TRUE(test::OrThrow(IsA(NodeOf("prod/shell"), both, &context_)));
  // In expressions: unknown of unknown, an error of what is no node.
  const auto check = [&](Datum object) {
    return Outcome(
        ValueOf(*Expression(BoundClassCheck{Const(std::move(object)), test}), &context_));
  };
  EXPECT_EQ(check(NodeDatum("prod/shell")), Show(B(true)));
  EXPECT_EQ(check(Null()), kNull);
  EXPECT_EQ(check(I(1)), "SL3011");
}

TEST_F(GraphTest, NamesAndIds) {
  store_.DefineClass("Company");
  store_.Name("org/hikvision", "Hikvision");
  store_.Say("src/1", "org/hikvision", "instanceOf", "Company");
  Read();
  const Datum node = NodeDatum("org/hikvision");
  EXPECT_EQ(CallOf("id", {node}), Show(T("org/hikvision")));
  EXPECT_EQ(CallOf("toString", {node}), Show(T("org/hikvision")));
  EXPECT_EQ(CallOf("caption", {node}), Show(T("Hikvision")));
  EXPECT_EQ(CallOf("labels", {node}), Show(L({T("Company")})));
  EXPECT_EQ(CallOf("classes", {node}), Show(L({T("Company")})));
  EXPECT_EQ(CallOf("keys", {node}), Show(L({T("instanceOf"), T("name")})));
  const auto named = [&](Datum object, Datum name) {
    return Outcome(ValueOf(
        *Expression(BoundNamedCheck{Const(std::move(object)), Const(std::move(name))}), &context_));
  };
  EXPECT_EQ(named(node, T("HIKVISION")), Show(B(true)));
  EXPECT_EQ(named(NodeDatum("src/1"), T("Hikvision")), Show(B(false)));
  EXPECT_EQ(named(Null(), T("Hikvision")), kNull);
  EXPECT_EQ(named(node, Null()), kNull);
  EXPECT_EQ(named(node, I(1)), "SL3011");
  EXPECT_EQ(named(T("a"), T("a")), "SL3011");
}

// --- Intervals -----------------------------------------------------------------------------------

TEST(IntervalDatum, IsTheDateThatCoversTheSameDays) {
  for (const char* date : {"2023", "2023-Q4", "2023-10", "2023-10-01"}) {
    const auto interval = TimeInterval::Of(test::OrThrow(storage::PartialDate::Parse(date)));
    EXPECT_EQ(Show(IntervalDatum(interval)), Show(Date(date)));
  }
  EXPECT_EQ(Show(IntervalDatum({})), kNull);
  TimeInterval open;
  open.from = {storage::BoundKind::kAt, 0};
  open.to = {storage::BoundKind::kOpen, 0};
  EXPECT_EQ(Show(IntervalDatum(open)), Show(M({{"from", Date("1970-01-01")}, {"to", T("open")}})));
  TimeInterval begun;
  begun.from = {storage::BoundKind::kAt, 1};
  EXPECT_EQ(Show(IntervalDatum(begun)),
            Show(M({{"from", At("1970-01-01T00:00:00.000001Z")}, {"to", Null()}})));
}

}  // namespace
}  // namespace sightline::query
