#include "storage/statements/scope_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using ::testing::ElementsAre;

// What the conditions mean is tested in tests/unit/storage/txn/read_view_test.cc and against a
// model in tests/property/storage/txn.
class ScopeBuilderTest : public ::testing::Test {
 protected:
  void Add(Polarity polarity, uint64_t revision) {
    StatementContext context;
    context.claimant = TermId{1};
    StatementHead head;
    head.context_number = OrThrow(contexts_.Intern(context));
    head.polarity = polarity;
    head.revision = Revision{revision};
    OrThrow(statements_.Append(head));
  }
  StatementBitmapsPtr Evaluate(StatementRange range, uint64_t known_at) {
    return EvaluateScope({statements_, contexts_}, range, {}, Clearance::Unrestricted(),
                         Revision{known_at}, RetractedStatements::kLeaveOut);
  }
  StatementTable statements_;
  ContextTable contexts_;
};

TEST_F(ScopeBuilderTest, AddsATransactionsStatementsAndTakesItsRetractionsAway) {
  Add(Polarity::kAsserts, 1);
  Add(Polarity::kDenies, 1);
  Add(Polarity::kDenies, 2);
  Add(Polarity::kAsserts, 2);
  const ScopePtr scope =
      MakeScope({}, Evaluate({1, 2}, 1), Evaluate({3, 4}, 2), {StatementId{1}, StatementId{4}});
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
    Add(i % 3 == 0 ? Polarity::kDenies : Polarity::kAsserts, 1 + i / 5000);
  }
  statements_.SetRetracted(StatementId{17}, Revision{2});
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

TEST_F(ScopeBuilderTest, AnEmptyRangeIsAnEmptyScope) {
  const ScopePtr scope = MakeScope({}, Evaluate({1, 0}, 5), nullptr, {});
  EXPECT_EQ(scope->size(), 0u);
  EXPECT_TRUE(scope->Statements().empty());
}

}  // namespace
}  // namespace sightline::storage
