#include "storage/txn/read_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::ClearanceOf;
using test::FactsIn;
using test::OrThrow;
using test::QuadsIn;
using test::SayDetails;
using test::TestStore;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const SayDetails kSecret = {.marking = {TlpLabel::kRed, ""}};

TimeInterval Days(const char* date) { return TimeInterval::Of(*PartialDate::Parse(date)); }

std::vector<StatementId> In(const ReadView& view, const ScopeConditions& conditions) {
  return OrThrow(view.Resolve(conditions))->Statements();
}

// --- Scope

TEST(ReadViewScope, LeavesOutWhatIsMarkedAboveTheClearance) {
  TestStore store;
  const StatementId open = store.Say("org/ap", "org/hikvision", "supplies", "prod/optics");
  store.Say("org/agency", "org/hikvision", "supplies", "prod/radar", kSecret);
  const StatementId bridge = store.Say("org/agency", "org/hikvision", "supplies", "prod/lenses",
                                       {.marking = {TlpLabel::kClear, "(nato|eu)&analyst"}});
  EXPECT_EQ(store.View()->default_scope()->size(), 3u);
  EXPECT_THAT(In(*store.View(ClearanceOf(TlpLabel::kAmber)), {}), ElementsAre(open));
  EXPECT_THAT(In(*store.View(ClearanceOf(TlpLabel::kAmber, {"eu", "analyst"})), {}),
              ElementsAre(open, bridge));
}

TEST(ReadViewScope, KnowsWhatWasKnownThen) {
  TestStore store;
  const StatementId first = store.Say("org/ap", "org/hikvision", "supplies", "prod/optics");
  store.Commit();
  store.clock().Advance(1'000'000);
  const StatementId second = store.Say("org/ap", "org/dahua", "supplies", "prod/optics");
  store.Retract(first, "wrong company");
  store.Commit();
  const auto view = store.View();
  EXPECT_THAT(In(*view, {}), ElementsAre(second));
  EXPECT_THAT(In(*view, {.known_at = Revision{1}}), ElementsAre(first));
  EXPECT_THAT(In(*view, {.known_at = Revision{0}}), IsEmpty());
  EXPECT_EQ(view->Resolve({.known_at = Revision{3}}).status().code(), StatusCode::kOutOfRange);
  EXPECT_THAT(In(*store.ViewAt(Revision{1}), {}), ElementsAre(first));
  const int64_t start = test::FakeClock::kStartMicros;
  EXPECT_EQ(view->RevisionAt(start - 1), Revision{0});
  EXPECT_EQ(view->RevisionAt(start), Revision{1});
  EXPECT_EQ(view->RevisionAt(start + 999'999), Revision{1});
  EXPECT_EQ(view->RevisionAt(start + 1'000'000), Revision{2});
  EXPECT_EQ(store.ViewAt(Revision{1})->RevisionAt(INT64_MAX), Revision{1});
}

TEST(ReadViewScope, FindsSourcesInEveryRole) {
  TestStore store;
  const auto s1 = store.Say("org/ap", "org/hikvision", "supplies", "prod/optics");
  const auto s2 = store.Say("gov/us", "org/hikvision", "supplies", "prod/lenses",
                            {.document = "doc/article", .via = {"org/ap"}});
  const auto s3 =
      store.Say("gov/us", "org/hikvision", "supplies", "prod/radar", {.dataset = "data/sanctions"});
  const TermId ap = store.Entity("org/ap"), article = store.Entity("doc/article"),
               sanctions = store.Entity("data/sanctions");
  const auto view = store.View();
  const auto from = [&](std::vector<TermId> sources) {
    ScopeConditions conditions;
    conditions.sources = std::move(sources);
    return In(*view, conditions);
  };
  EXPECT_THAT(from({ap}), ElementsAre(s1, s2));
  EXPECT_THAT(from({article}), ElementsAre(s2));
  EXPECT_THAT(from({sanctions, article}), ElementsAre(s2, s3));
  EXPECT_THAT(from({}), IsEmpty());
  ScopeConditions without_ap;
  without_ap.excluded_sources = {ap};
  EXPECT_THAT(In(*view, without_ap), ElementsAre(s3));
}

TEST(ReadViewScope, GradesThatCannotBeJudgedAreNeverBetter) {
  TestStore store;
  const auto say = [&](int number, Reliability reliability, Credibility credibility) {
    return store.Say("org/ap", "org/hikvision", "supplies", fmt::format("prod/{}", number),
                     {.reliability = reliability, .credibility = credibility});
  };
  const auto best = say(1, Reliability::kA, 1);
  const auto fair = say(2, Reliability::kC, 3);
  say(3, Reliability::kF, 6);
  say(4, Reliability::kUnstated, 0);
  const auto view = store.View();
  EXPECT_THAT(In(*view, {.reliability = Reliability::kB}), ElementsAre(best));
  EXPECT_THAT(In(*view, {.reliability = Reliability::kE}), ElementsAre(best, fair));
  EXPECT_THAT(In(*view, {.reliability = Reliability::kF}), ElementsAre(best, fair));
  EXPECT_THAT(In(*view, {.credibility = 2}), ElementsAre(best));
  EXPECT_THAT(In(*view, {.credibility = 6}), ElementsAre(best, fair));
}

TEST(ReadViewScope, ComparesValidTimeWithOpenBoundsAsUnbounded) {
  TestStore store;
  const auto say = [&](int number, TimeInterval valid) {
    return store.Say("org/ap", "org/hikvision", "supplies", fmt::format("prod/{}", number),
                     {.valid = valid});
  };
  const auto in_2023 = say(1, Days("2023"));
  const auto in_2024 = say(2, Days("2024"));
  const auto undated = say(3, {});
  TimeInterval since_2023 = Days("2023");
  since_2023.to = {BoundKind::kOpen, 0};
  const auto since = say(4, since_2023);
  const auto view = store.View();
  ScopeConditions conditions;
  conditions.valid = Days("2023-10");
  EXPECT_THAT(In(*view, conditions), ElementsAre(in_2023, undated, since));
  conditions.excluding_undated = true;
  EXPECT_THAT(In(*view, conditions), ElementsAre(in_2023, since));
  conditions.valid = Days("2024-05-01");
  EXPECT_THAT(In(*view, conditions), ElementsAre(in_2024, since));
  EXPECT_THAT(In(*view, {.only_undated = true}), ElementsAre(undated));
}

TEST(ReadViewScope, GoesOnFromAnEarlierRevisionsBitmap) {
  TestStore store;
  const auto a = store.Say("org/ap", "org/hikvision", "supplies", "prod/1");
  EXPECT_THAT(In(*store.View(), {}), ElementsAre(a));  // Cached at revision 1.
  const auto b = store.Deny("org/ap", "org/hikvision", "supplies", "prod/2");
  store.Retract(a);
  store.Commit();
  const auto c = store.Say("org/ap", "org/hikvision", "supplies", "prod/3");
  const auto view = store.View();
  EXPECT_THAT(In(*view, {}), ElementsAre(b, c));
  EXPECT_EQ(view->default_scope()->PolarityOf(b), Polarity::kDenies);
  EXPECT_EQ(view->default_scope()->PolarityOf(c), Polarity::kAsserts);
  EXPECT_FALSE(view->default_scope()->Contains(a));
}

// --- Facts

TEST(ReadViewScan, AppliesTheDisputeRules) {
  TestStore store;
  store.Say("org/ap", "org/a", "supplies", "prod/asserted");
  store.Say("org/ap", "org/a", "supplies", "prod/disputed");
  store.Deny("gov/prc", "org/a", "supplies", "prod/disputed");
  store.Deny("gov/prc", "org/a", "supplies", "prod/denied");
  const TermId asserted = store.Entity("prod/asserted"), disputed = store.Entity("prod/disputed"),
               denied = store.Entity("prod/denied");
  const auto view = store.View();
  const auto objects = [&](DisputeRule rule) {
    std::vector<TermId> terms;
    const ScopePtr scope = OrThrow(view->Resolve({.dispute_rule = rule}));
    for (const Fact& fact : FactsIn(*view, Permutation::kSpo, KeyPrefix::Of(), scope)) {
      terms.push_back(fact.object);
    }
    return terms;
  };
  const auto statements = [&](DisputeRule rule) {
    const ScopePtr scope = OrThrow(view->Resolve({.dispute_rule = rule}));
    return QuadsIn(*view, Permutation::kSpo, KeyPrefix::Of(), scope).size();
  };
  EXPECT_THAT(objects(DisputeRule::kDefault), ElementsAre(asserted, disputed));
  EXPECT_THAT(objects(DisputeRule::kExcludingDisputed), ElementsAre(asserted));
  EXPECT_THAT(objects(DisputeRule::kOnlyDisputed), ElementsAre(disputed));
  EXPECT_THAT(objects(DisputeRule::kIncludingDenied), ElementsAre(asserted, disputed, denied));
  EXPECT_THAT(objects(DisputeRule::kOnlyDenied), ElementsAre(denied));
  EXPECT_EQ(statements(DisputeRule::kDefault), 2u);  // Assertions only.
  EXPECT_EQ(statements(DisputeRule::kExcludingDisputed), 1u);
  EXPECT_EQ(statements(DisputeRule::kOnlyDisputed), 2u);
  EXPECT_EQ(statements(DisputeRule::kIncludingDenied), 4u);
  EXPECT_EQ(statements(DisputeRule::kOnlyDenied), 1u);
}

TEST(ReadViewStatement, GivesBackEveryField) {
  TestStore store;
  const StatementId origin = store.Say("org/ap", "org/hikvision", "supplies", "prod/lenses");
  StatementDraft draft =
      store.Draft(Polarity::kDenies, "gov/us", "org/hikvision", "supplies", "prod/optics",
                  {.marking = {TlpLabel::kAmber, "nato"},
                   .document = "doc/article",
                   .dataset = "data/news",
                   .via = {"org/ap", "org/voice"},
                   .reliability = Reliability::kB,
                   .credibility = 2,
                   .mode = Mode::kReported,
                   .said = Days("2024-04-12"),
                   .valid = Days("2023-Q4"),
                   .span = TextSpan{10, 52},
                   .quote = "optical components",
                   .derived_from = {origin}});
  draft.qualifiers = {{store.Predicate("share"), store.Term(Value(int64_t{70}))}};
  draft.facts.push_back({draft.facts[0].subject, store.Predicate("makes"), draft.facts[0].object});
  const StatementId id = store.Add(draft).id;
  store.clock().Advance(5);
  store.Commit();
  store.Reopen();
  const Statement statement = OrThrow(store.View()->GetStatement(id));
  EXPECT_EQ(statement.id, id);
  EXPECT_EQ(statement.content.polarity, Polarity::kDenies);
  EXPECT_EQ(statement.content.context, draft.context);
  EXPECT_EQ(statement.content.credibility, 2);
  EXPECT_EQ(statement.content.valid, draft.valid);
  EXPECT_EQ(statement.content.span, draft.span);
  EXPECT_EQ(statement.content.quote, draft.quote);
  EXPECT_EQ(statement.content.derived_from, draft.derived_from);
  EXPECT_EQ(statement.content.qualifiers, draft.qualifiers);
  std::sort(draft.facts.begin(), draft.facts.end());
  EXPECT_EQ(statement.content.facts, draft.facts);
  EXPECT_EQ(OrThrow(store.View()->FactsOf(id)), draft.facts);
  EXPECT_EQ(statement.revision, Revision{1});
  EXPECT_EQ(statement.recorded_at_micros, test::FakeClock::kStartMicros + 5);
  EXPECT_FALSE(statement.retraction.has_value());
}

TEST(ReadViewStatement, FindsARetractedOneWithItsRetraction) {
  TestStore store;
  const StatementId id = store.Say("org/ap", "org/hikvision", "supplies", "prod/optics");
  store.Commit();
  store.Retract(id, "OCR error: wrong company");
  const Statement statement = OrThrow(store.View()->GetStatement(id));
  ASSERT_TRUE(statement.retraction.has_value());
  EXPECT_EQ(statement.retraction->reason, "OCR error: wrong company");
  EXPECT_EQ(statement.retraction->revision, Revision{2});
  // The view of then does not know of it.
  EXPECT_FALSE(OrThrow(store.ViewAt(Revision{1})->GetStatement(id)).retraction.has_value());
}

TEST(ReadViewStatement, HiddenAndAbsentAreAlike) {
  TestStore store;
  const StatementId hidden =
      store.Say("org/agency", "org/hikvision", "supplies", "prod/radar", kSecret);
  const StatementId shown =
      store.Say("org/ap", "org/hikvision", "supplies", "prod/optics", {.derived_from = {hidden}});
  const auto view = store.View(ClearanceOf(TlpLabel::kGreen));
  EXPECT_EQ(view->GetStatement(hidden).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(MessageOf(view->GetStatement(hidden).status()), "There is no such statement: s/1");
  EXPECT_EQ(MessageOf(view->GetStatement(StatementId{9}).status()),
            "There is no such statement: s/9");
  EXPECT_EQ(view->GetStatement(StatementId{0}).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(view->FactsOf(hidden).status().code(), StatusCode::kNotFound);
  // Nor does a visible one name it.
  EXPECT_THAT(OrThrow(view->GetStatement(shown)).content.derived_from, IsEmpty());
}

// --- Terms

TEST(ReadViewNode, IsFoundOnlyThroughWhatTheReaderSees) {
  TestStore store;
  store.DefineClass("Company");
  store.Say("org/ap", "org/hikvision", "supplies", "prod/optics");
  const StatementId hidden =
      store.Say("org/agency", "org/shell", "finances", "prod/radar", kSecret);
  store.Entity("org/nobody");
  const auto view = store.View(ClearanceOf(TlpLabel::kGreen));
  const auto is_found = [&](std::string_view id) {
    return OrThrow(view->FindNode(id)).has_value();
  };
  EXPECT_TRUE(is_found("org/hikvision"));
  EXPECT_TRUE(is_found("prod/optics"));
  EXPECT_TRUE(is_found("supplies"));
  EXPECT_TRUE(is_found("Company"));
  EXPECT_TRUE(is_found("org/ap"));  // As a source.
  EXPECT_TRUE(is_found("s/1"));
  EXPECT_FALSE(is_found("org/shell"));
  EXPECT_FALSE(is_found("prod/radar"));
  EXPECT_FALSE(is_found("org/agency"));
  EXPECT_FALSE(is_found("org/nobody"));
  EXPECT_FALSE(is_found(fmt::format("s/{}", hidden.value)));
  EXPECT_FALSE(is_found("s/3"));
  EXPECT_FALSE(is_found("s/01"));
  EXPECT_FALSE(is_found("s/99999999999999999999"));
  EXPECT_TRUE(OrThrow(store.View()->FindNode("org/shell")).has_value());
  EXPECT_TRUE(OrThrow(store.View()->FindNode("org/agency")).has_value());
}

TEST(ReadViewNode, StaysFoundWhenAllThatWasSaidIsRetracted) {
  TestStore store;
  const StatementId id = store.Say("org/ap", "org/hikvision", "supplies", "prod/optics");
  store.Commit();
  store.Retract(id);
  // Else AS KNOWN AT an earlier day could not name it.
  EXPECT_TRUE(OrThrow(store.View()->FindNode("org/hikvision")).has_value());
  EXPECT_FALSE(OrThrow(store.ViewAt(Revision{0})->FindNode("org/hikvision")).has_value());
}

TEST(ReadViewTerms, GiveBackTheirValues) {
  TestStore store;
  const std::vector<Value> values = {
      Value::OfText("short"),
      Value::OfText("a text that is too long for an id"),
      Value::OfText("танк", "ru"),
      Value(int64_t{-70}),
      Value(int64_t{INT64_MAX}),
      Value(int64_t{70}, Comparator::kNearly),
      Value(true),
      Value(*PartialDate::Parse("2023-Q4")),
      Value(Money{*Decimal::Parse("500000000"), "USD"}, Comparator::kMore),
  };
  std::vector<TermId> terms;
  for (const Value& value : values) terms.push_back(store.Term(value));
  store.Say("org/ap", "org/hikvision", "supplies", "prod/optics");
  const auto view = store.View();
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(OrThrow(view->ValueOf(terms[i])), values[i]);
    EXPECT_EQ(OrThrow(view->FindValue(values[i])), terms[i]);
  }
  EXPECT_EQ(OrThrow(view->FindValue(Value::OfText("never seen in this store"))), std::nullopt);
  EXPECT_EQ(OrThrow(view->ExternalIdOf(TermId::Make(TermTag::kStatement, 17))), "s/17");
}

// --- Names

TEST(ReadViewNames, CompareAfterFoldingAndInScope) {
  TestStore store;
  store.Name("org/hikvision", "Hikvision");
  store.Say("org/ap", "org/other", kAlias, Value::OfText("HIKVISIÓN", "es"));
  store.Say("org/agency", "org/shell", kName, Value::OfText("Hikvision"), kSecret);
  store.Deny("org/ap", "org/denied", kName, Value::OfText("Hikvision"));
  const TermId hikvision = store.Entity("org/hikvision"), other = store.Entity("org/other"),
               shell = store.Entity("org/shell");
  const auto view = store.View(ClearanceOf(TlpLabel::kGreen));
  EXPECT_THAT(OrThrow(view->NodesNamed("hikvision", *view->default_scope())),
              ElementsAre(hikvision, other));
  const auto all = store.View();
  EXPECT_THAT(OrThrow(all->NodesNamed(" HIKVISION ", *all->default_scope())),
              ElementsAre(hikvision, other, shell));
  EXPECT_THAT(OrThrow(all->NodesNamed("Hikvisio", *all->default_scope())), IsEmpty());
}

TEST(ReadViewNames, IncludeSubPredicates) {
  TestStore store;
  PredicateDefinition trade_name;
  trade_name.name = "tradeName";
  trade_name.parents = {std::string(kName)};
  store.Define(trade_name);
  store.Say("org/ap", "org/hikvision", "tradeName", Value::OfText("Hangzhou Hikvision Digital"));
  store.Say("org/ap", "org/dahua", "motto", Value::OfText("Hangzhou Hikvision Digital"));
  const TermId hikvision = store.Entity("org/hikvision");
  const auto view = store.View();
  EXPECT_THAT(OrThrow(view->NodesNamed("hangzhou hikvision digital", *view->default_scope())),
              ElementsAre(hikvision));
  EXPECT_EQ(OrThrow(view->CaptionOf(hikvision)), "Hangzhou Hikvision Digital");
}

TEST(ReadViewNames, SuggestNearbyVisibleOnes) {
  TestStore store;
  store.Name("org/hikvision", "Hikvision");
  store.Name("org/hikvisiom", "Hikvisiom");
  store.Name("org/dahua", "Dahua");
  store.Say("org/agency", "org/x", kName, Value::OfText("Hikvisiox"), kSecret);
  const auto view = store.View(ClearanceOf(TlpLabel::kGreen));
  EXPECT_THAT(OrThrow(view->NamesLike("hikvision", 2, 10)), ElementsAre("Hikvision", "Hikvisiom"));
  EXPECT_THAT(OrThrow(view->NamesLike("Hikvsion", 1, 10)), ElementsAre("Hikvision"));
  EXPECT_THAT(OrThrow(view->NamesLike("hikvision", 2, 1)), ElementsAre("Hikvision"));
  EXPECT_THAT(OrThrow(view->NamesLike("Huawei", 1, 10)), IsEmpty());
  EXPECT_THAT(OrThrow(store.View()->NamesLike("hikvision", 2, 10)), SizeIs(3));
}

TEST(ReadViewNames, SuggestInAnOrderThatHiddenUseDoesNotChange) {
  for (const bool hidden_first : {false, true}) {
    TestStore store;
    // The hidden statement makes the second spelling the first that the store came to know.
    if (hidden_first) {
      store.Say("org/agency", "org/x", kName, Value::OfText("HANGZHOU HIKVISION"), kSecret);
    }
    store.Name("org/a", "hangzhou hikvision");
    store.Name("org/b", "HANGZHOU HIKVISION");
    const auto view = store.View(ClearanceOf(TlpLabel::kGreen));
    EXPECT_THAT(OrThrow(view->NamesLike("hangzhou hikvision", 2, 10)),
                ElementsAre("HANGZHOU HIKVISION", "hangzhou hikvision"));
    EXPECT_THAT(OrThrow(view->NamesLike("hangzhou hikvision", 2, 1)),
                ElementsAre("HANGZHOU HIKVISION"));
  }
}

TEST(ReadViewNames, SuggestOverTheLongestCharacters) {
  TestStore store;
  store.Name("org/a", "\U0001F600\U0001F600");  // Two edits away, and eight bytes.
  EXPECT_THAT(OrThrow(store.View()->NamesLike("", 2, 10)), SizeIs(1));
  EXPECT_THAT(OrThrow(store.View()->NamesLike("", 1, 10)), IsEmpty());
}

TEST(ReadViewNames, CaptionIsTheFirstVisibleName) {
  TestStore store;
  store.Say("org/agency", "org/hikvision", kName, Value::OfText("Aardvark Front"), kSecret);
  store.Name("org/hikvision", "Hikvision");
  store.Name("org/hikvision", "Hangzhou Hikvision");
  const TermId hikvision = store.Entity("org/hikvision");
  EXPECT_EQ(OrThrow(store.View(ClearanceOf(TlpLabel::kGreen))->CaptionOf(hikvision)),
            "Hangzhou Hikvision");
  EXPECT_EQ(OrThrow(store.View()->CaptionOf(hikvision)), "Aardvark Front");
  store.Say("org/ap", "org/dahua", "supplies", "prod/optics");
  const TermId dahua = store.Entity("org/dahua");
  EXPECT_EQ(OrThrow(store.View()->CaptionOf(dahua)), "org/dahua");
}

// --- Catalog

TEST(ReadViewCatalog, IsThatOfTheRevision) {
  TestStore store;
  store.DefineClass("Company");
  store.Commit();
  store.DefineClass("Drone");
  ClassDefinition company;
  company.name = "Company";
  company.label = "a company";
  store.Define(company);
  store.Commit();
  store.Reopen();
  EXPECT_EQ(store.ViewAt(Revision{0})->catalog().FindClass("Company"), nullptr);
  EXPECT_EQ(store.ViewAt(Revision{1})->catalog().FindClass("Company")->label, "");
  EXPECT_EQ(store.ViewAt(Revision{1})->catalog().FindClass("Drone"), nullptr);
  const auto view = store.View();
  EXPECT_EQ(view->catalog().FindClass("Company")->label, "a company");
  EXPECT_EQ(view->catalog().FindClass("Company")->revision, Revision{2});
  EXPECT_EQ(OrThrow(view->ExternalIdOf(view->catalog().FindClass("Drone")->id)), "Drone");
}

}  // namespace
}  // namespace sightline::storage
