#include "storage/txn/commit_log.h"

#include <gtest/gtest.h>

namespace sightline::storage {
namespace {

TEST(CommitLog, KnowsTheRevisionOfEachStatement) {
  CommitLog log;
  EXPECT_EQ(log.StatementCountAt(Revision{0}), 0u);
  // Revisions 2 and 4 to 6 add nothing.
  for (const uint64_t added : {2, 0, 3, 0, 0, 0, 1}) {
    CommitEntry entry;
    entry.statements_added = added;
    log.Append(entry);
  }
  const uint64_t counts[] = {0, 2, 2, 5, 5, 5, 5, 6};
  for (uint64_t revision = 0; revision <= 7; ++revision) {
    EXPECT_EQ(log.StatementCountAt(Revision{revision}), counts[revision]);
  }
  const uint64_t revisions[] = {1, 1, 3, 3, 3, 7};
  for (uint64_t number = 1; number <= 6; ++number) {
    EXPECT_EQ(log.RevisionOf(StatementId{number}, Revision{7}), Revision{revisions[number - 1]});
  }
  // A reader of an earlier revision.
  EXPECT_EQ(log.RevisionOf(StatementId{5}, Revision{3}), Revision{3});
}

}  // namespace
}  // namespace sightline::storage
