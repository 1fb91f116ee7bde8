#include "storage/statements/statement_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using test::ThrowIfError;
using ::testing::ElementsAre;

// Different in every field from its neighbours.
StatementHead HeadOf(uint64_t number) {
  StatementHead head;
  head.context_number = static_cast<uint32_t>(number % 1000);
  head.polarity = number % 7 == 0 ? Polarity::kDenies : Polarity::kAsserts;
  head.credibility = static_cast<Credibility>(number % 6);
  if (number % 3 != 0) {
    head.valid = {{BoundKind::kAt, static_cast<int64_t>(number % 100)}, {BoundKind::kOpen, 0}};
  }
  return head;
}

void AppendUpTo(uint64_t last, StatementTable* table) {
  while (table->size() < last) OrThrow(table->Append(HeadOf(table->size() + 1)));
}

template <typename Statements>
void ExpectRows(const Statements& statements, uint64_t last) {
  for (uint64_t number = 1; number <= last; ++number) {
    const StatementRow row = statements[StatementId{number}];
    const StatementHead expected = HeadOf(number);
    ASSERT_EQ(row.context_number, expected.context_number) << number;
    ASSERT_EQ(row.polarity, expected.polarity) << number;
    ASSERT_EQ(row.credibility, expected.credibility) << number;
    ASSERT_EQ(statements.ValidOf(row), expected.valid) << number;
  }
}

TEST(StatementTable, KeepsRowsWhereverSegmentsEnd) {
  StatementTable table;
  for (const uint64_t size : {1u, 4095u, 4096u, 4097u, 12'288u, 30'000u}) {
    AppendUpTo(size, &table);
    ExpectRows(table, size);  // Before the commit,
    table.Commit(Revision{1}, {});
    ExpectRows(table, size);  // and after.
    EXPECT_EQ(table.Snapshot().segment_count(), size / kSegmentRows);
    ExpectRows(table.Snapshot(), size);
  }
}

TEST(StatementTable, ASnapshotOutlivesWhatComesAfterIt) {
  StatementTable table;
  AppendUpTo(4000, &table);
  table.Commit(Revision{1}, {StatementId{3}});
  const StatementSnapshot old = table.Snapshot();
  AppendUpTo(20'000, &table);  // The old one's open rows move into segments.
  table.Commit(Revision{2}, {StatementId{4}});
  EXPECT_EQ(old.size(), 4000u);
  ExpectRows(old, 4000);
  EXPECT_TRUE(old.IsRetracted(StatementId{3}));
  EXPECT_FALSE(old.IsRetracted(StatementId{4}));
  EXPECT_TRUE(table.IsRetracted(StatementId{4}));
}

TEST(StatementTable, RollsBackToWhatWasCommitted) {
  StatementTable table;
  AppendUpTo(5000, &table);
  table.Commit(Revision{1}, {});
  StatementHead other;
  other.valid = {{BoundKind::kAt, 123'456}, {BoundKind::kUnknown, 0}};
  for (int i = 0; i < 10'000; ++i) OrThrow(table.Append(other));
  table.RollBack();
  EXPECT_EQ(table.size(), 5000u);
  AppendUpTo(10'000, &table);
  table.Commit(Revision{2}, {});
  ExpectRows(table, 10'000);
}

TEST(StatementTable, KnowsWhatWasRetractedAtEachRevision) {
  StatementTable table;
  AppendUpTo(100'000, &table);
  table.Commit(Revision{1}, {});
  table.Commit(Revision{2}, {StatementId{70'000}, StatementId{5}});
  table.Commit(Revision{3}, {});
  table.Commit(Revision{4}, {StatementId{6}});
  const StatementSnapshot snapshot = table.Snapshot();
  table.Commit(Revision{5}, {StatementId{7}});
  EXPECT_TRUE(snapshot.RetractedAt(Revision{1}).empty());
  EXPECT_THAT(snapshot.RetractedAt(Revision{2}).Members(),
              ElementsAre(StatementId{5}, StatementId{70'000}));
  EXPECT_THAT(snapshot.RetractedAt(Revision{3}).Members(),
              ElementsAre(StatementId{5}, StatementId{70'000}));
  EXPECT_THAT(snapshot.RetractedAt(Revision{4}).Members(),
              ElementsAre(StatementId{5}, StatementId{6}, StatementId{70'000}));
  EXPECT_THAT(snapshot.RetractedBetween(Revision{1}, Revision{2}),
              ElementsAre(StatementId{70'000}, StatementId{5}));
  EXPECT_THAT(snapshot.RetractedBetween(Revision{2}, Revision{9}), ElementsAre(StatementId{6}));
  EXPECT_THAT(snapshot.RetractedBetween(Revision{4}, Revision{2}), ElementsAre());
}

TEST(StatementTable, CountsContextsOfAPrefix) {
  StatementTable table;
  for (uint32_t i = 0; i < 10'000; ++i) {
    StatementHead head;
    head.context_number = i / 10;
    OrThrow(table.Append(head));
  }
  table.Commit(Revision{1}, {});
  const StatementSnapshot snapshot = table.Snapshot();
  for (const uint64_t count : {1u, 10u, 11u, 4095u, 4096u, 4097u, 9999u, 10'000u}) {
    EXPECT_EQ(snapshot.ContextCountOf(count), (count + 9) / 10) << count;
  }
  EXPECT_EQ(snapshot.ContextCountOf(0), 0u);
}

TEST(StatementTable, LoadsWhatItHasWritten) {
  StatementTable written;
  AppendUpTo(9000, &written);
  written.Commit(Revision{1}, {StatementId{5}});
  const StatementSnapshot snapshot = written.Snapshot();
  ASSERT_EQ(snapshot.segment_count(), 2u);

  StatementTable table;
  for (uint64_t segment = 0; segment < 2; ++segment) {
    ThrowIfError(table.LoadSegment(snapshot.EncodeSegment(segment), 1000));
  }
  EXPECT_EQ(table.size(), 8192u);
  AppendUpTo(9000, &table);
  table.LoadRetractions({{Revision{1}, StatementId{5}}});
  table.Commit(Revision{1}, {});
  ExpectRows(table, 9000);
  EXPECT_TRUE(table.IsRetracted(StatementId{5}));
  EXPECT_THAT(table.Snapshot().RetractedBetween(Revision{0}, Revision{1}),
              ElementsAre(StatementId{5}));
}

TEST(StatementTable, RefusesASegmentOfContextsThatAreNotThere) {
  StatementTable written;
  AppendUpTo(4096, &written);
  written.Commit(Revision{1}, {});
  const std::string bytes = written.Snapshot().EncodeSegment(0);
  StatementTable table;
  EXPECT_EQ(table.LoadSegment(bytes, 999).code(), StatusCode::kDataLoss);
  EXPECT_EQ(table.size(), 0u);
}

}  // namespace
}  // namespace sightline::storage
