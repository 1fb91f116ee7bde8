#include "storage/statements/statement_table.h"

#include <gtest/gtest.h>

#include "storage/statements/context_table.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;

TEST(StatementTable, CountsByRevision) {
  StatementTable table;
  for (const uint64_t revision : {1, 1, 3, 3, 3, 7}) {
    StatementHead head;
    head.revision = Revision{revision};
    OrThrow(table.Append(head));
  }
  EXPECT_EQ(table.CountAt(Revision{0}, 6), 0u);
  EXPECT_EQ(table.CountAt(Revision{1}, 6), 2u);
  EXPECT_EQ(table.CountAt(Revision{2}, 6), 2u);
  EXPECT_EQ(table.CountAt(Revision{3}, 6), 5u);
  EXPECT_EQ(table.CountAt(Revision{3}, 4), 4u);  // No more than the reader was told of.
  EXPECT_EQ(table.CountAt(Revision{9}, 6), 6u);
}

TEST(StatementTable, ForgetsAlsoThatARowWasRetracted) {
  StatementTable table;
  const StatementId id = OrThrow(table.Append({}));
  table.SetRetracted(id, Revision{2});
  EXPECT_TRUE(table[id].IsRetractedAt(Revision{2}));
  EXPECT_FALSE(table[id].IsRetractedAt(Revision{1}));
  table.Truncate(0);
  EXPECT_EQ(OrThrow(table.Append({})), id);
  EXPECT_FALSE(table[id].IsRetractedAt(Revision{1'000'000}));
}

TEST(ContextTable, GivesEqualContextsOneNumber) {
  ContextTable table;
  StatementContext context;
  context.claimant = TermId{1};
  const uint32_t first = OrThrow(table.Intern(context));
  EXPECT_EQ(OrThrow(table.Intern(context)), first);
  context.marking.access = "nato";
  const uint32_t second = OrThrow(table.Intern(context));
  EXPECT_NE(second, first);
  EXPECT_EQ(table[second], context);
  table.Truncate(1);
  context.marking.access = "eu";
  EXPECT_EQ(OrThrow(table.Intern(context)), second);
  context.marking.access = "nato";
  EXPECT_NE(OrThrow(table.Intern(context)), second);  // It was forgotten.
}

}  // namespace
}  // namespace sightline::storage
