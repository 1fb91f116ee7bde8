#include "storage/txn/transaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::ClearanceOf;
using test::FactsIn;
using test::OrThrow;
using test::TestStore;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr StatusCode kInvalid = StatusCode::kInvalidArgument;

class TransactionTest : public ::testing::Test {
 protected:
  StatementDraft Optics() {
    return store_.Draft(Polarity::kAsserts, "org/ap", "org/hikvision", "supplies", "prod/optics");
  }
  StatusCode AddCode(const StatementDraft& draft) {
    return store_.transaction().Add(draft).status().code();
  }
  TestStore store_;
};

// --- Terms

TEST_F(TransactionTest, InternsTheSameTermOnce) {
  const TermId hikvision = store_.Entity("org/hikvision");
  EXPECT_EQ(store_.Entity("org/hikvision"), hikvision);
  const TermId text = store_.Text("a text that is too long for an id");
  store_.Add(Optics());
  store_.Commit();
  store_.Reopen();
  EXPECT_EQ(store_.Entity("org/hikvision"), hikvision);
  EXPECT_EQ(store_.Text("a text that is too long for an id"), text);
  EXPECT_NE(store_.Text("a text that is too long for an id", "en"), text);
}

TEST_F(TransactionTest, RefusesBadTerms) {
  Transaction& transaction = store_.transaction();
  EXPECT_EQ(transaction.InternEntity("").status().code(), kInvalid);
  EXPECT_EQ(transaction.InternEntity(std::string(1025, 'x')).status().code(), kInvalid);
  EXPECT_TRUE(transaction.InternEntity(std::string(1024, 'x')).ok());
  EXPECT_EQ(transaction.InternEntity("org/\n").status().code(), kInvalid);
  EXPECT_EQ(transaction.InternEntity("org/\xc2\x85").status().code(), kInvalid);
  EXPECT_EQ(transaction.InternEntity("org/\xff").status().code(), kInvalid);
  EXPECT_EQ(transaction.InternEntity("s/17").status().code(), kInvalid);
  EXPECT_EQ(transaction.InternEntity("s/017").status().code(), kInvalid);
  EXPECT_TRUE(transaction.InternEntity("s/17a").ok());
  EXPECT_EQ(transaction.InternValue(Value()).status().code(), kInvalid);
  EXPECT_EQ(transaction.InternValue(Value::OfText("\xff")).status().code(), kInvalid);
  EXPECT_EQ(transaction.InternValue(Value::OfText(std::string(65537, 'x'))).status().code(),
            kInvalid);
  EXPECT_TRUE(transaction.InternValue(Value::OfText(std::string(65536, 'x'))).ok());
}

TEST_F(TransactionTest, RefusesValuesThatCouldNotBeReadBack) {
  Transaction& transaction = store_.transaction();
  const auto code = [&](const Value& value) {
    return transaction.InternValue(value).status().code();
  };
  EXPECT_EQ(code(Value(PartialDate{.year = 2023, .month = 2, .day = 30})), kInvalid);
  EXPECT_EQ(code(Value(PartialDate{.year = 70'000})), kInvalid);  // Its year would not fit.
  EXPECT_EQ(code(Value(PartialDate{.year = 2023, .month = 13}, Comparator::kAbout)), kInvalid);
  EXPECT_EQ(code(Value(Decimal{15, 19})), kInvalid);
  EXPECT_EQ(code(Value(Money{{15, 200}, "USD"})), kInvalid);
  EXPECT_EQ(code(Value(Quantity{{15, 19}, "t"})), kInvalid);
  EXPECT_EQ(code(Value(Percentage{{15, 19}})), kInvalid);
  EXPECT_EQ(code(Value(int64_t{70}, static_cast<Comparator>(6))), kInvalid);
  EXPECT_EQ(code(Value(GeoPoint{91, 0})), kInvalid);
  EXPECT_EQ(code(Value(GeoPoint{0, -180.5})), kInvalid);
  EXPECT_EQ(code(Value(GeoPoint{std::nan(""), 0})), kInvalid);
  EXPECT_EQ(code(Value(TermId::Make(TermTag::kShortString, 15))), kInvalid);
  EXPECT_EQ(code(Value(Decimal{15, 18})), StatusCode::kOk);
  EXPECT_EQ(code(Value(GeoPoint{-90, 180})), StatusCode::kOk);
  EXPECT_EQ(code(Value(std::nan(""))), kInvalid);
  EXPECT_EQ(code(Value(-HUGE_VAL)), kInvalid);
}

TEST_F(TransactionTest, GivesNewEntitiesIdsThatNobodyHas) {
  const TermId first = OrThrow(store_.transaction().NewEntity());
  const std::string taken = fmt::format("_/{:x}", first.payload() + 2);
  store_.Entity(taken);
  const TermId second = OrThrow(store_.transaction().NewEntity());
  const auto view = OrThrow(store_.transaction().View());
  EXPECT_NE(OrThrow(view->ExternalIdOf(second)), taken);
  EXPECT_NE(first, second);
  EXPECT_TRUE(OrThrow(view->ExternalIdOf(first)).starts_with("_/"));
}

// --- Add

TEST_F(TransactionTest, RefusesWhatIsNotComplete) {
  const StatementDraft good = Optics();
  const TermId text = store_.Text("a text that is too long for an id");
  StatementDraft draft = good;
  draft.facts.clear();
  EXPECT_EQ(AddCode(draft), kInvalid);
  draft = good;
  draft.facts[0].subject = text;
  EXPECT_EQ(AddCode(draft), kInvalid);
  draft = good;
  draft.facts[0].subject = TermId::Make(TermTag::kEntity, 1'000'000);
  EXPECT_EQ(AddCode(draft), kInvalid);
  draft = good;
  draft.facts[0].subject = TermId::Make(TermTag::kStatement, 1);  // There is none yet.
  EXPECT_EQ(AddCode(draft), kInvalid);
  draft = good;
  draft.facts[0].predicate = store_.Entity("org/hikvision");
  EXPECT_EQ(AddCode(draft), kInvalid);
  draft = good;
  draft.facts[0].object = TermId{};
  EXPECT_EQ(AddCode(draft), kInvalid);
  draft = good;
  draft.context.claimant = TermId{};
  EXPECT_EQ(AddCode(draft), kInvalid);
  draft = good;
  draft.context.document = text;
  EXPECT_EQ(AddCode(draft), kInvalid);
  draft = good;
  draft.quote = std::string(4097, 'x');
  EXPECT_EQ(AddCode(draft), kInvalid);
  draft = good;
  draft.quote = "\xff";
  EXPECT_EQ(AddCode(draft), kInvalid);
  draft = good;
  draft.span = TextSpan{5, 4};
  EXPECT_EQ(AddCode(draft), kInvalid);
  draft = good;
  draft.credibility = 7;
  EXPECT_EQ(AddCode(draft), kInvalid);
  draft = good;
  draft.context.marking.access = "nato&(eu";
  EXPECT_EQ(AddCode(draft), kInvalid);
  draft = good;
  draft.context.marking.access = std::string(4097, 'x');
  EXPECT_EQ(AddCode(draft), kInvalid);
  draft = good;
  draft.derived_from = {StatementId{1}};
  EXPECT_EQ(AddCode(draft), kInvalid);
  // Nothing of all that has left a trace.
  EXPECT_EQ(OrThrow(store_.transaction().Add(good)).id, StatementId{1});
}

TEST_F(TransactionTest, RefusesAMarkingAboveTheWritersClearance) {
  store_.Predicate("supplies");
  store_.Commit();
  const auto transaction = OrThrow(store_->BeginTransaction(ClearanceOf(TlpLabel::kGreen, {"eu"})));
  StatementDraft draft;
  draft.facts = {{OrThrow(transaction->InternEntity("org/hikvision")),
                  OrThrow(transaction->InternEntity("supplies")),
                  OrThrow(transaction->InternEntity("prod/optics"))}};
  draft.context.claimant = OrThrow(transaction->InternEntity("org/ap"));
  draft.context.marking = {TlpLabel::kAmber, ""};
  EXPECT_EQ(transaction->Add(draft).status().code(), StatusCode::kPermissionDenied);
  draft.context.marking = {TlpLabel::kGreen, "nato"};
  EXPECT_EQ(transaction->Add(draft).status().code(), StatusCode::kPermissionDenied);
  draft.context.marking = {TlpLabel::kGreen, "nato|eu"};
  EXPECT_TRUE(transaction->Add(draft).ok());
}

TEST_F(TransactionTest, RecordsWhatIsOnRecordAlreadyWhenAsked) {
  const StatementDraft draft = Optics();
  const StatementId first = OrThrow(store_.transaction().Record(draft));
  const StatementId second = OrThrow(store_.transaction().Record(draft));
  EXPECT_NE(first, second);
  store_.Commit();
  EXPECT_EQ(store_->Statistics().statements, 2u);
  StatementDraft incomplete = draft;
  incomplete.facts.clear();
  EXPECT_EQ(store_.transaction().Record(incomplete).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(TransactionTest, FindsWhatIsOnRecordAlready) {
  StatementDraft draft = Optics();
  draft.facts.push_back(draft.facts[0]);
  std::swap(draft.facts[1].subject, draft.facts[1].object);
  const StatementId id = store_.Add(draft).id;
  std::swap(draft.facts[0], draft.facts[1]);  // The order of the facts does not matter.
  EXPECT_TRUE(store_.Add(draft).duplicate);
  EXPECT_EQ(store_.Add(draft).id, id);
  store_.Commit();
  store_.Reopen();
  EXPECT_TRUE(store_.Add(draft).duplicate);
  EXPECT_EQ(store_.Add(draft).id, id);
  EXPECT_EQ(store_.Commit(), Revision{1});  // Nothing to commit.

  // Each of these says something else.
  StatementDraft other = draft;
  other.polarity = Polarity::kDenies;
  EXPECT_FALSE(store_.Add(other).duplicate);
  other = draft;
  other.facts.pop_back();
  EXPECT_FALSE(store_.Add(other).duplicate);
  other = draft;
  other.context.claimant = store_.Entity("org/voice");
  EXPECT_FALSE(store_.Add(other).duplicate);
  other = draft;
  other.context.document = store_.Entity("doc/article");
  EXPECT_FALSE(store_.Add(other).duplicate);
  other = draft;
  other.span = TextSpan{1, 2};
  EXPECT_FALSE(store_.Add(other).duplicate);
  other = draft;
  other.valid = TimeInterval::Of(*PartialDate::Parse("2023"));
  EXPECT_FALSE(store_.Add(other).duplicate);
  other = draft;
  other.context.marking.tlp = TlpLabel::kAmber;
  EXPECT_FALSE(store_.Add(other).duplicate);
  other = draft;
  other.qualifiers = {{store_.Predicate("recipient"), store_.Entity("terr/ru")},
                      {store_.Predicate("recipient"), store_.Entity("terr/ir")}};
  const StatementId qualified = store_.Add(other).id;
  EXPECT_NE(qualified, id);
  std::swap(other.qualifiers[0], other.qualifiers[1]);
  EXPECT_EQ(store_.Add(other).id, qualified);
  other.qualifiers.pop_back();
  EXPECT_NE(store_.Add(other).id, qualified);
  // These do not.
  other = draft;
  other.credibility = 3;
  other.quote = "optical components";
  EXPECT_EQ(store_.Add(other).id, id);

  store_.Retract(id);
  EXPECT_FALSE(store_.Add(draft).duplicate);  // In the same transaction ...
  store_.Commit();
  const AddedStatement again = store_.Add(draft);
  EXPECT_TRUE(again.duplicate);  // ... and that one counts from then on.
  EXPECT_NE(again.id, id);
}

TEST_F(TransactionTest, AddingWhatIsHiddenDoesNotShowIt) {
  StatementDraft draft = Optics();
  draft.context.marking.tlp = TlpLabel::kRed;
  const StatementId hidden = store_.Add(draft).id;
  store_.Commit();
  const auto transaction = OrThrow(store_->BeginTransaction(ClearanceOf(TlpLabel::kGreen)));
  draft.context.marking.tlp = TlpLabel::kClear;
  const AddedStatement added = OrThrow(transaction->Add(draft));
  EXPECT_FALSE(added.duplicate);
  EXPECT_NE(added.id, hidden);
}

// --- Retract

TEST_F(TransactionTest, RetractsOnceAndWithAReason) {
  const StatementId id = store_.Add(Optics()).id;
  store_.Commit();
  Transaction& transaction = store_.transaction();
  EXPECT_EQ(transaction.Retract(id, " ").code(), kInvalid);
  EXPECT_EQ(transaction.Retract(StatementId{7}, "wrong").code(), StatusCode::kNotFound);
  EXPECT_EQ(transaction.Retract(StatementId{0}, "wrong").code(), StatusCode::kNotFound);
  EXPECT_TRUE(transaction.Retract(id, "wrong").ok());
  EXPECT_EQ(transaction.Retract(id, "wrong").code(), StatusCode::kFailedPrecondition);
  store_.Commit();
  EXPECT_EQ(store_.transaction().Retract(id, "wrong").code(), StatusCode::kFailedPrecondition);
}

TEST_F(TransactionTest, RetractingWhatIsHiddenLooksLikeRetractingNothing) {
  StatementDraft draft = Optics();
  draft.context.marking.tlp = TlpLabel::kRed;
  const StatementId hidden = store_.Add(draft).id;
  store_.Commit();
  const auto transaction = OrThrow(store_->BeginTransaction(ClearanceOf(TlpLabel::kGreen)));
  const Status status = transaction->Retract(hidden, "wrong");
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_EQ(MessageOf(status), "There is no such statement: s/1");
  EXPECT_EQ(MessageOf(transaction->Retract(StatementId{5}, "wrong")),
            "There is no such statement: s/5");
}

// --- Views over the transaction

TEST_F(TransactionTest, ViewSeesItsOwnWritesAndNoLaterOnes) {
  const StatementId before = store_.Add(Optics()).id;
  store_.Name("org/hikvision", "Hikvision");
  store_.Commit();
  const auto facts_of = [](const ReadView& view) {
    return FactsIn(view, Permutation::kPos, KeyPrefix::Of(), view.default_scope()).size();
  };
  const auto empty = OrThrow(store_.transaction().View());
  const StatementId added = store_.Say("org/ap", "org/dahua", "supplies", "prod/optics");
  store_.Name("org/dahua", "Dahua Technology");
  const auto with_added = OrThrow(store_.transaction().View());
  store_.Retract(before, "wrong");
  const auto with_retracted = OrThrow(store_.transaction().View());
  store_.Retract(added, "wrong too");
  const auto with_both = OrThrow(store_.transaction().View());
  EXPECT_EQ(facts_of(*empty), 2u);
  EXPECT_EQ(facts_of(*with_added), 4u);
  EXPECT_EQ(facts_of(*with_retracted), 3u);
  EXPECT_EQ(facts_of(*with_both), 2u);

  EXPECT_EQ(with_added->revision(), Revision{2});
  EXPECT_EQ(OrThrow(with_added->Resolve({.known_at = Revision{1}}))->size(), 2u);
  EXPECT_EQ(OrThrow(with_retracted->Resolve({.known_at = Revision{1}}))->size(), 2u);
  EXPECT_EQ(OrThrow(with_added->Resolve({.known_at = Revision{2}}))->size(), 4u);

  const TermId dahua = store_.Entity("org/dahua");
  EXPECT_THAT(OrThrow(empty->NodesNamed("dahua technology", *empty->default_scope())), IsEmpty());
  EXPECT_THAT(OrThrow(with_added->NodesNamed("dahua technology", *with_added->default_scope())),
              ElementsAre(dahua));
  EXPECT_EQ(OrThrow(empty->FindNode("org/dahua")), std::nullopt);
  EXPECT_EQ(OrThrow(with_added->FindNode("org/dahua")), dahua);
  EXPECT_EQ(OrThrow(with_added->CaptionOf(dahua)), "Dahua Technology");
  EXPECT_EQ(empty->GetStatement(added).status().code(), StatusCode::kNotFound);
  EXPECT_FALSE(OrThrow(with_added->GetStatement(before)).retraction.has_value());
  EXPECT_EQ(OrThrow(with_retracted->GetStatement(before)).retraction->reason, "wrong");
  EXPECT_EQ(OrThrow(with_added->GetStatement(added)).revision, Revision{2});

  // Nobody else sees any of it.
  const auto outside = OrThrow(store_->OpenReadView(std::nullopt, Clearance::Unrestricted()));
  EXPECT_EQ(facts_of(*outside), 2u);
}

TEST_F(TransactionTest, StatementsCanBeAboutEarlierOnesOfTheSameTransaction) {
  const StatementId claim = store_.Add(Optics()).id;
  const StatementId answer =
      store_.Say("gov/prc", "s/1", kContradicts, TermId::Make(TermTag::kStatement, claim.value));
  const auto view = store_.View();
  EXPECT_EQ(OrThrow(view->FactsOf(answer))[0].subject, TermId::Make(TermTag::kStatement, 1));
}

TEST_F(TransactionTest, DefinitionsCountWithinTheTransaction) {
  const StatementDraft draft = Optics();  // Defines "supplies".
  const auto view = OrThrow(store_.transaction().View());
  EXPECT_NE(view->catalog().FindPredicate("supplies"), nullptr);
  EXPECT_TRUE(store_.transaction().Add(draft).ok());
  ClassDefinition orphan;
  orphan.name = "Company";
  orphan.parents = {"Nothing"};
  EXPECT_EQ(store_.transaction().Define(orphan).code(), kInvalid);
  EXPECT_EQ(
      store_.View(ClearanceOf(TlpLabel::kClear))->catalog().FindPredicate("supplies")->revision,
      Revision{1});
}

TEST_F(TransactionTest, AnEqualDefinitionIsNoWrite) {
  store_.DefineClass("Company");
  EXPECT_EQ(store_.Commit(), Revision{1});
  store_.DefineClass("Company");
  EXPECT_EQ(store_.Commit(), Revision{1});
}

// --- End

TEST_F(TransactionTest, RollsBackWithoutATrace) {
  store_.Add(Optics());
  store_.Commit();
  store_.Say("org/ap", "org/dahua", "supplies", "prod/lenses");
  store_.Name("org/dahua", "Dahua");
  store_.DefineClass("Company");
  store_.Retract(StatementId{1}, "wrong");
  store_.RollBack();
  const auto view = store_.View();
  EXPECT_EQ(view->revision(), Revision{1});
  EXPECT_THAT(view->default_scope()->Statements(), ElementsAre(StatementId{1}));
  EXPECT_THAT(OrThrow(view->NodesNamed("Dahua", *view->default_scope())), IsEmpty());
  EXPECT_EQ(view->catalog().FindClass("Company"), nullptr);
  EXPECT_EQ(OrThrow(view->FindNode("org/dahua")), std::nullopt);
  // The number of the statement that was rolled back is given again.
  EXPECT_EQ(store_.Say("org/ap", "org/iray", "supplies", "prod/lenses"), StatementId{2});
  EXPECT_EQ(store_.View()->default_scope()->size(), 2u);
}

TEST_F(TransactionTest, CommitTimesNeverGoBack) {
  store_.Add(Optics());
  store_.Commit();
  store_.clock().Advance(-1000);
  store_.Name("org/hikvision", "Hikvision");
  store_.Commit();
  const auto view = store_.View();
  EXPECT_EQ(view->CommitMicros(Revision{2}), view->CommitMicros(Revision{1}));
  EXPECT_EQ(view->RevisionAt(view->CommitMicros(Revision{1})), Revision{2});
}

TEST_F(TransactionTest, TakesNothingAfterItsEnd) {
  const auto transaction = OrThrow(store_->BeginTransaction(Clearance::Unrestricted()));
  EXPECT_EQ(OrThrow(transaction->Commit()).revision, Revision{0});
  EXPECT_EQ(transaction->Commit().status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(transaction->InternEntity("org/ap").status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(transaction->View().status().code(), StatusCode::kFailedPrecondition);
}

TEST_F(TransactionTest, RemembersRequestsFromTheNextTransactionOn) {
  const std::string reply("\x08\x00\xff", 3);
  EXPECT_TRUE(store_.transaction().RememberRequest("load-1", reply).ok());
  EXPECT_EQ(OrThrow(store_.transaction().FindRequest("load-1")), std::nullopt);
  EXPECT_EQ(store_.transaction().RememberRequest("", reply).code(), kInvalid);
  store_.Commit();
  store_.Reopen();
  EXPECT_EQ(OrThrow(store_.transaction().FindRequest("load-1")), reply);
  EXPECT_EQ(OrThrow(store_.transaction().FindRequest("load-2")), std::nullopt);
}

class RequestMemoryTest : public TransactionTest {
 protected:
  static constexpr int64_t kDayMicros = int64_t{24} * 60 * 60 * 1'000'000;

  void Remember(std::string_view request_id) {
    test::ThrowIfError(store_.transaction().RememberRequest(request_id, "done"));
  }
  bool IsRemembered(std::string_view request_id) {
    return OrThrow(store_.transaction().FindRequest(request_id)).has_value();
  }
};

TEST_F(RequestMemoryTest, LastsForADayAndThenForgets) {
  Remember("first");
  store_.Commit();
  store_.clock().Advance(kDayMicros - 1);
  Remember("second");
  store_.Commit();
  EXPECT_TRUE(IsRemembered("first"));
  store_.clock().Advance(1);
  Remember("third");
  store_.Commit();
  EXPECT_FALSE(IsRemembered("first"));
  EXPECT_TRUE(IsRemembered("second"));
  store_.Reopen();
  store_.clock().Advance(kDayMicros);
  store_.Add(Optics());  // Any commit forgets.
  store_.Commit();
  EXPECT_FALSE(IsRemembered("second"));
  EXPECT_FALSE(IsRemembered("third"));
}

TEST_F(RequestMemoryTest, KeepsWhatWasRememberedAgain) {
  Remember("load");
  store_.Commit();
  store_.clock().Advance(kDayMicros);
  Remember("load");  // Forgets the first and remembers the second at once.
  store_.Commit();
  EXPECT_TRUE(IsRemembered("load"));
  store_.clock().Advance(kDayMicros / 2);
  Remember("load");
  store_.Commit();
  store_.clock().Advance(kDayMicros / 2);
  store_.Add(Optics());
  store_.Commit();
  EXPECT_TRUE(IsRemembered("load"));
  store_.clock().Advance(kDayMicros / 2);
  store_.Retract(StatementId{1});
  store_.Commit();
  EXPECT_FALSE(IsRemembered("load"));
}

TEST_F(RequestMemoryTest, ForgetsManyOverSeveralCommits) {
  for (int i = 0; i < 2500; ++i) Remember(fmt::format("load-{}", i));
  store_.Commit();
  store_.clock().Advance(kDayMicros);
  const auto remembered_count = [&] {
    int count = 0;
    for (int i = 0; i < 2500; ++i) count += IsRemembered(fmt::format("load-{}", i)) ? 1 : 0;
    return count;
  };
  for (const int expected : {1500, 500, 0}) {
    store_.Say("org/ap", "org/hikvision", "supplies", fmt::format("prod/{}", expected));
    store_.Commit();
    EXPECT_EQ(remembered_count(), expected);
  }
}

}  // namespace
}  // namespace sightline::storage
