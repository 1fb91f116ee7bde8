#include "storage/statements/context_table.h"

#include <gtest/gtest.h>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;

StatementContext ContextOf(uint64_t claimant, std::string access) {
  StatementContext context;
  context.claimant = TermId{claimant};
  context.marking.access = std::move(access);
  return context;
}

TEST(ContextTable, GivesEqualContextsOneNumber) {
  ContextTable table;
  const uint32_t first = OrThrow(table.Intern(ContextOf(1, "")));
  EXPECT_EQ(OrThrow(table.Intern(ContextOf(1, ""))), first);
  const uint32_t second = OrThrow(table.Intern(ContextOf(1, "nato")));
  EXPECT_NE(second, first);
  EXPECT_EQ(table[second], ContextOf(1, "nato"));
  table.Truncate(1);
  EXPECT_EQ(OrThrow(table.Intern(ContextOf(1, "eu"))), second);
  EXPECT_NE(OrThrow(table.Intern(ContextOf(1, "nato"))), second);  // It was forgotten.
}

TEST(ContextTable, ContextsThatDifferInOneFieldAreTwo) {
  ContextTable table;
  std::vector<StatementContext> contexts(11, ContextOf(1, ""));
  contexts[1].claimant = TermId{2};
  contexts[2].document = TermId{1};
  contexts[3].dataset = TermId{1};
  contexts[4].via = {TermId{1}};
  contexts[5].via = {TermId{1}, TermId{2}};
  contexts[6].marking.tlp = TlpLabel::kGreen;
  contexts[7].marking.access = "nato";
  contexts[8].reliability = Reliability::kA;
  contexts[9].mode = Mode::kReported;
  contexts[10].said.to.kind = BoundKind::kOpen;
  for (size_t i = 0; i < contexts.size(); ++i) {
    EXPECT_EQ(OrThrow(table.Intern(contexts[i])), i);
  }
  for (size_t i = 0; i < contexts.size(); ++i) {
    EXPECT_EQ(OrThrow(table.Intern(contexts[i])), i);
  }
}

TEST(ContextTable, NumbersMarkings) {
  ContextTable table;
  const uint32_t a = OrThrow(table.Intern(ContextOf(1, "eu")));
  const uint32_t b = OrThrow(table.Intern(ContextOf(2, "nato")));
  const uint32_t c = OrThrow(table.Intern(ContextOf(3, "eu")));
  EXPECT_EQ(table.MarkingNumberOf(a), table.MarkingNumberOf(c));
  EXPECT_NE(table.MarkingNumberOf(a), table.MarkingNumberOf(b));
  table.Truncate(1);  // Nobody says "nato" any more.
  EXPECT_EQ(table.MarkingNumberOf(OrThrow(table.Intern(ContextOf(4, "eu")))),
            table.MarkingNumberOf(a));
  EXPECT_EQ(table.MarkingNumberOf(OrThrow(table.Intern(ContextOf(5, "us")))), 1u);
  EXPECT_EQ(table.MarkingNumberOf(OrThrow(table.Intern(ContextOf(6, "nato")))), 2u);
}

}  // namespace
}  // namespace sightline::storage
