#include "storage/statements/scope_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using ::testing::ElementsAre;

// What the conditions mean is tested in tests/unit/storage/txn/read_view_test.cc and against models
// in tests/property/storage/{statements,txn}.
class ScopeBuilderTest : public ::testing::Test {
 protected:
  void Add(Polarity polarity) {
    StatementContext context;
    context.claimant = TermId{1};
    StatementHead head;
    head.context_number = OrThrow(contexts_.Intern(context));
    head.polarity = polarity;
    OrThrow(statements_.Append(head));
  }
  StatementBitmapsPtr Evaluate(StatementRange range, uint64_t known_at) {
    const StatementSnapshot snapshot = statements_.Snapshot();
    return EvaluateScope({snapshot, contexts_}, range, {}, Clearance::Unrestricted(),
                         Revision{known_at}, RetractedStatements::kLeaveOut);
  }
  StatementTable statements_;
  ContextTable contexts_;
};

StatementBitmap BitmapOf(std::vector<StatementId> members) {
  StatementBitmap bitmap;
  bitmap.Add(std::move(members));
  return bitmap;
}

TEST_F(ScopeBuilderTest, AddsATransactionsStatementsAndTakesItsRetractionsAway) {
  Add(Polarity::kAsserts);
  Add(Polarity::kDenies);
  Add(Polarity::kDenies);
  Add(Polarity::kAsserts);
  const ScopePtr scope = MakeScope({}, Evaluate({1, 2}, 1), Evaluate({3, 4}, 2),
                                   BitmapOf({StatementId{1}, StatementId{4}}));
  EXPECT_THAT(scope->Statements(), ElementsAre(StatementId{2}, StatementId{3}));
  EXPECT_EQ(scope->size(), 2u);
  EXPECT_FALSE(scope->Contains(StatementId{1}));
  EXPECT_TRUE(scope->Contains(StatementId{3}));
  EXPECT_FALSE(scope->Contains(StatementId{4}));
  EXPECT_FALSE(scope->Contains(StatementId{uint64_t{1} << 32 | 2}));  // Not its low 32 bits.
  EXPECT_EQ(scope->PolarityOf(StatementId{2}), Polarity::kDenies);
  EXPECT_EQ(scope->PolarityOf(StatementId{3}), Polarity::kDenies);
}

TEST_F(ScopeBuilderTest, ExtendingEqualsEvaluating) {
  for (uint64_t i = 0; i < 10'000; ++i) {
    Add(i % 3 == 0 ? Polarity::kDenies : Polarity::kAsserts);
    if (i + 1 == 5000) statements_.Commit(Revision{1}, {});
  }
  statements_.Commit(Revision{2}, {StatementId{17}});
  // At revision 1 the statement was not retracted.
  const auto extended =
      ExtendScope(*Evaluate({1, 5000}, 1), *Evaluate({5001, 10'000}, 2), {StatementId{17}});
  const ScopePtr scope = MakeScope({}, extended, nullptr, {});
  const ScopePtr expected = MakeScope({}, Evaluate({1, 10'000}, 2), nullptr, {});
  EXPECT_EQ(scope->Statements(), expected->Statements());
  EXPECT_EQ(scope->size(), 9999u);
  for (const StatementId id : expected->Statements()) {
    ASSERT_EQ(scope->PolarityOf(id), expected->PolarityOf(id));
  }
}

TEST_F(ScopeBuilderTest, SaysWhichRangesNeedNoTest) {
  for (uint64_t number = 1; number <= 200'000; ++number) {
    Add(number == 150'000 ? Polarity::kDenies : Polarity::kAsserts);
  }
  statements_.Commit(Revision{1}, {StatementId{100'000}});
  const ScopePtr scope = MakeScope({}, Evaluate({1, 180'000}, 1), Evaluate({180'001, 200'000}, 1),
                                   BitmapOf({StatementId{190'000}}));
  const auto covers = [&](uint64_t first, uint64_t last) {
    return scope->Covers(StatementId{first}, StatementId{last});
  };
  EXPECT_TRUE(covers(1, 99'999));
  EXPECT_TRUE(covers(100'001, 149'999));
  EXPECT_FALSE(covers(0, 1));
  EXPECT_FALSE(covers(99'999, 100'001));   // Retracted.
  EXPECT_FALSE(covers(150'000, 150'000));  // Denies.
  EXPECT_TRUE(covers(180'001, 189'999));
  EXPECT_FALSE(covers(189'999, 190'000));  // Retracted by the transaction.
  EXPECT_FALSE(covers(199'999, 200'001));  // There is no such statement.
  EXPECT_FALSE(scope->Intersects(StatementId{100'000}, StatementId{100'000}));
  EXPECT_FALSE(scope->Intersects(StatementId{200'001}, StatementId{300'000}));
  EXPECT_TRUE(scope->Intersects(StatementId{150'000}, StatementId{150'000}));
  EXPECT_TRUE(scope->Intersects(StatementId{200'000}, StatementId{300'000}));
}

TEST_F(ScopeBuilderTest, AnEmptyRangeIsAnEmptyScope) {
  const ScopePtr scope = MakeScope({}, Evaluate({1, 0}, 5), nullptr, {});
  EXPECT_EQ(scope->size(), 0u);
  EXPECT_TRUE(scope->Statements().empty());
}

}  // namespace
}  // namespace sightline::storage
