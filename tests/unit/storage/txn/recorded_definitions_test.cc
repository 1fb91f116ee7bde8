// Definitions that one commit makes and takes away, and Transaction::Record, which makes what
// another store's commit has come to.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/txn/catalog_history.h"
#include "storage/txn/transaction.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::TestStore;
using Dropped = DroppedDefinition;
using Stored = StoredDefinition;

constexpr StatusCode kInvalid = StatusCode::kInvalidArgument;

PredicateDefinition Predicate(std::string name, std::vector<std::string> parents = {}) {
  PredicateDefinition definition;
  definition.name = std::move(name);
  definition.parents = std::move(parents);
  return definition;
}

Stored Query(std::string name, uint64_t number, std::string text = "text") {
  Stored definition;
  definition.name = std::move(name);
  definition.number = number;
  definition.text = std::move(text);
  return definition;
}

class RecordedDefinitionsTest : public ::testing::Test {
 protected:
  Status Record(const std::vector<Definition>& definitions) {
    wrong_ = 0;
    store_.RollBack();
    return store_.transaction().Record(definitions, &wrong_);
  }
  Catalog CatalogNow() { return store_.View()->catalog(); }

  TestStore store_;
  size_t wrong_ = 0;
};

TEST_F(RecordedDefinitionsTest, AStoreThatIsOpenedAgainKnowsWhatOneCommitDefinedAndDropped) {
  store_.Define(Predicate("brief", {"name"}));
  test::ThrowIfError(store_.transaction().DropPredicate("brief"));
  store_.Commit();
  for (int round = 0; round < 2; ++round) {
    const Catalog catalog = CatalogNow();
    EXPECT_EQ(catalog.FindPredicate("brief"), nullptr);
    ASSERT_NE(catalog.FindDropped("brief"), nullptr);
    EXPECT_THAT(catalog.FindDropped("brief")->parents, testing::ElementsAre("name"));
    store_.RollBack();
    store_.Reopen();
  }
}

TEST_F(RecordedDefinitionsTest, KeepsNumbersAndWhatEqualsWhatIsThere) {
  test::ThrowIfError(Record({Predicate("p"), Query("q", 7), Query("q", 9)}));
  store_.Commit();
  EXPECT_EQ(CatalogNow().stored().size(), 2);
  EXPECT_TRUE(CatalogNow().stored().contains(7));

  test::ThrowIfError(Record({Predicate("p"), Dropped{Dropped::Kind::kStored, "q", 7, {}}}));
  const Revision revision = store_.Commit();
  EXPECT_EQ(CatalogNow().FindPredicate("p")->revision, revision);
  EXPECT_FALSE(CatalogNow().stored().contains(7));
  EXPECT_TRUE(CatalogNow().stored().contains(9));
}

TEST_F(RecordedDefinitionsTest, RefusesWhatNoCommitCanHaveMade) {
  test::ThrowIfError(Record({Predicate("p"), Predicate("c", {"p"}), Query("q", 7)}));
  store_.Commit();
  const Dropped drop_p{Dropped::Kind::kPredicate, "p", 0, {}};
  const Dropped drop_c{Dropped::Kind::kPredicate, "c", 0, {}};
  const std::pair<std::vector<Definition>, size_t> cases[] = {
      {{Predicate("x"), Query("r", 7)}, 1},
      {{Query("r", 8), Query("r", 8, "other")}, 1},
      {{drop_c, Dropped{Dropped::Kind::kStored, "q", 8, {}}}, 1},
      {{drop_c, drop_p, drop_c}, 2},
      {{Predicate("x"), drop_p}, 1},
      {{Dropped{Dropped::Kind::kClass, "p", 0, {}}}, 0},
      {{Predicate("x"), Dropped{Dropped::Kind::kPredicate, "name", 0, {}}}, 1},
      {{Predicate("x"), Predicate("name")}, 1},
      {{Predicate("x", {"y"}), Predicate("y")}, 0},
      // In a circle, by way of what the commit leaves alone.
      {{Predicate("p", {"c"})}, 0},
      {{drop_p, Predicate("c", {"p"})}, 1},
  };
  for (const auto& [definitions, wrong] : cases) {
    SCOPED_TRACE(NameOf(definitions[wrong]) + " at " + std::to_string(wrong));
    EXPECT_EQ(Record(definitions).code(), kInvalid);
    EXPECT_EQ(wrong_, wrong);
  }
  EXPECT_TRUE(Record({drop_p, drop_c}).ok());
  // Only before all else.
  EXPECT_EQ(store_.transaction().Record({}, &wrong_).code(), StatusCode::kFailedPrecondition);
}

TEST_F(RecordedDefinitionsTest, OnlyWhatIsRecordedWithADropMayHaveThePredicate) {
  test::ThrowIfError(Record({Predicate("p")}));
  store_.Commit();
  const auto draft = [this] {
    StatementDraft draft;
    draft.context.claimant = store_.Entity("org/ap");
    draft.facts = {{store_.Entity("a"), store_.Entity("p"), store_.Entity("b")}};
    return draft;
  };
  test::ThrowIfError(Record({Dropped{Dropped::Kind::kPredicate, "p", 0, {}}}));
  EXPECT_TRUE(store_.transaction().Record(draft()).ok());
  store_.Commit();
  EXPECT_EQ(store_.transaction().Record(draft()).status().code(), kInvalid);
}

}  // namespace
}  // namespace sightline::storage
