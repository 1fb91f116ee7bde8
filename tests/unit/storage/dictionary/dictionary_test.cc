#include "storage/dictionary/dictionary.h"

#include <gtest/gtest.h>

#include "tests/support/temp_directory.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;

class DictionaryTest : public ::testing::Test {
 protected:
  DictionaryDelta NewDelta() { return DictionaryDelta(&dictionary_, nullptr, counters_); }
  void Commit(const DictionaryDelta& delta) {
    const auto batch = kv_->NewBatch();
    delta.AppendTo(batch.get());
    test::ThrowIfError(kv_->Write(*batch, Durability::kRelaxed));
    counters_ = delta.counters();
  }

  test::TempDirectory directory_;
  std::unique_ptr<KvStore> kv_ = OrThrow(KvStore::Open(directory_.Child("kv"), {}));
  Dictionary dictionary_{kv_.get()};
  DictionaryCounters counters_;
};

TEST_F(DictionaryTest, GivesNumbersInTheOrderOfFirstUse) {
  DictionaryDelta delta = NewDelta();
  const TermId hikvision = OrThrow(delta.Intern(TermTag::kEntity, "org/hikvision"));
  const TermId dahua = OrThrow(delta.Intern(TermTag::kEntity, "org/dahua"));
  EXPECT_EQ(hikvision, TermId::Make(TermTag::kEntity, 1));
  EXPECT_EQ(dahua, TermId::Make(TermTag::kEntity, 2));
  EXPECT_EQ(OrThrow(delta.Intern(TermTag::kEntity, "org/hikvision")), hikvision);
  // Each kind counts for itself, and equal bytes of two kinds are two terms.
  EXPECT_EQ(OrThrow(delta.Intern(TermTag::kString, "org/hikvision")),
            TermId::Make(TermTag::kString, 1));
  EXPECT_EQ(delta.counters().total(), 3u);
}

TEST_F(DictionaryTest, KeepsNewTermsToItselfUntilTheyAreWritten) {
  DictionaryDelta delta = NewDelta();
  const TermId term = OrThrow(delta.Intern(TermTag::kEntity, "org/hikvision"));
  EXPECT_EQ(OrThrow(delta.BytesOf(term)), "org/hikvision");
  EXPECT_EQ(OrThrow(dictionary_.Find(TermTag::kEntity, "org/hikvision", nullptr)), std::nullopt);
  EXPECT_EQ(dictionary_.BytesOf(term, nullptr).status().code(), StatusCode::kDataLoss);
  Commit(delta);
  EXPECT_EQ(OrThrow(dictionary_.Find(TermTag::kEntity, "org/hikvision", nullptr)), term);
  EXPECT_EQ(OrThrow(dictionary_.BytesOf(term, nullptr)), "org/hikvision");
  DictionaryDelta next = NewDelta();
  EXPECT_EQ(OrThrow(next.Intern(TermTag::kEntity, "org/hikvision")), term);
  EXPECT_EQ(OrThrow(next.Intern(TermTag::kEntity, "org/dahua")).payload(), 2u);
}

TEST_F(DictionaryTest, KnowsWhichNumbersHaveBeenGiven) {
  DictionaryDelta delta = NewDelta();
  const TermId term = OrThrow(delta.Intern(TermTag::kEntity, "org/hikvision"));
  EXPECT_TRUE(delta.Knows(term));
  EXPECT_FALSE(delta.Knows(TermId::Make(TermTag::kEntity, 2)));
  EXPECT_FALSE(delta.Knows(TermId::Make(TermTag::kEntity, 0)));
  EXPECT_FALSE(delta.Knows(TermId::Make(TermTag::kValue, 1)));
  EXPECT_TRUE(delta.Knows(TermId::Make(TermTag::kBoolean, 1)));
}

TEST_F(DictionaryTest, TellsPlainStringsFromOtherValues) {
  const Value plain = Value::OfText("a text that is too long for an id");
  const Value english = Value::OfText("a text that is too long for an id", "en");
  EXPECT_EQ(EntryOf(plain).tag, TermTag::kString);
  EXPECT_EQ(EntryOf(english).tag, TermTag::kValue);
  for (const Value& value : {plain, english, Value(Money{*Decimal::Parse("1.5"), "USD"})}) {
    const DictionaryEntry entry = EntryOf(value);
    EXPECT_EQ(OrThrow(ValueOfEntry(entry.tag, entry.bytes)), value);
  }
  EXPECT_EQ(ValueOfEntry(TermTag::kValue, "\xff").status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace sightline::storage
