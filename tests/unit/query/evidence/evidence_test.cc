#include "query/evidence/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/functions/datum_order.h"

namespace sightline::query {
namespace {

storage::TermId Entity(uint64_t number) {
  return storage::TermId::Make(storage::TermTag::kEntity, number);
}

EvidenceItem ItemOf(const std::string& element, uint64_t object) {
  return {element, {{Entity(1), Entity(2), Entity(object)}, 0}, {}};
}

int64_t CountOf(const Datum& evidence) { return *(*evidence.list())[0].value()->get_if<int64_t>(); }

TEST(Evidence, ExtendsEveryDerivation) {
  const Datum one = ExtendEvidence(Datum(), {ItemOf("a", 10)});
  const Datum two = ExtendEvidence(Datum(), {ItemOf("a", 11)});
  const Datum longer = ExtendEvidence(MergeEvidence(one, two), {ItemOf("b", 20)});
  ASSERT_EQ(longer.list()->size(), 3u);
  EXPECT_EQ(CountOf(longer), 2);
  for (size_t i = 1; i < 3; ++i) EXPECT_EQ((*longer.list())[i].list()->size(), 2u);
}

TEST(Evidence, KeepsAFewDerivationsAndCountsAll) {
  Datum evidence = ExtendEvidence(Datum(), {ItemOf("a", 10)});
  for (uint64_t object = 11; object < 20; ++object) {
    evidence = MergeEvidence(evidence, ExtendEvidence(Datum(), {ItemOf("a", object)}));
  }
  EXPECT_EQ(CountOf(evidence), 10);
  EXPECT_EQ(evidence.list()->size(), 1 + kDerivationsKept);
}

TEST(Evidence, CountsEqualDerivationsOnce) {
  const Datum one = ExtendEvidence(Datum(), {ItemOf("a", 10)});
  EXPECT_EQ(CountOf(MergeEvidence(one, one)), 1);
}

TEST(Evidence, UnitesTheItemsOfAGroup) {
  EvidenceUnion all;
  all.Add(ExtendEvidence(Datum(), {ItemOf("a", 10), ItemOf("b", 20)}));
  all.Add(ExtendEvidence(Datum(), {ItemOf("a", 11), ItemOf("b", 20)}));
  const Datum united = all.Finish();
  EXPECT_EQ(CountOf(united), 1);
  EXPECT_EQ((*united.list())[1].list()->size(), 3u);
  EXPECT_GT(all.memory_bytes(), 0u);
}

}  // namespace
}  // namespace sightline::query
