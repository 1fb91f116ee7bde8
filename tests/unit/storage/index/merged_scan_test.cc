#include "storage/index/merged_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "storage/index/run_writer.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using test::TempDirectory;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Every statement is in scope but those told; even ones deny.
class FakeScope final : public Scope {
 public:
  FakeScope(DisputeRule rule, std::set<uint64_t> hidden)
      : Scope({.dispute_rule = rule}), hidden_(std::move(hidden)) {}
  bool Contains(StatementId id) const override { return !hidden_.contains(id.value); }
  Polarity PolarityOf(StatementId id) const override {
    return id.value % 2 == 0 ? Polarity::kDenies : Polarity::kAsserts;
  }
  uint64_t size() const override { return 0; }
  std::vector<StatementId> Statements() const override { return {}; }

 private:
  const std::set<uint64_t> hidden_;
};

class MergedScanTest : public ::testing::Test {
 protected:
  static Quad QuadOf(uint64_t subject, uint64_t predicate, uint64_t object, uint64_t statement) {
    return {{TermId{subject}, TermId{predicate}, TermId{object}}, StatementId{statement}};
  }
  // Writes the quads as a run of blocks of two rows.
  void WriteRun(const std::vector<Quad>& quads) {
    const RunNumber number = manifest_.next;
    const auto batch = kv_->NewBatch();
    for (const Permutation permutation : kPermutations) {
      RunWriter writer(
          number, permutation,
          [&](std::string_view key, std::string_view value) {
            batch->Put(ColumnFamily::kQuads, key, value);
            return OkStatus();
          },
          /*block_rows=*/2);
      test::ThrowIfError(writer.Add(SortedIn(permutation, quads).rows()));
      test::ThrowIfError(writer.Finish());
    }
    test::ThrowIfError(kv_->Write(*batch, Durability::kRelaxed));
    manifest_.runs.push_back({.number = number, .quad_count = quads.size()});
    ++manifest_.next.value;
    inputs_.blocks = std::make_shared<QuadIteratorPool>(kv_.get(), kv_->TakeSnapshot());
    inputs_.runs = std::make_shared<const RunManifest>(manifest_);
  }
  std::unique_ptr<MergedScan> Open(const KeyPrefix& prefix, MergedScanOptions options = {},
                                   DisputeRule rule = DisputeRule::kDefault,
                                   std::set<uint64_t> hidden = {}) {
    return OrThrow(OpenMergedScan(inputs_, Permutation::kSpo, prefix,
                                  std::make_shared<FakeScope>(rule, std::move(hidden)), options));
  }
  // Subjects of all rows.
  static std::vector<uint64_t> Subjects(MergedScan& scan) {
    std::vector<uint64_t> subjects;
    ScanBatch batch;
    while (OrThrow(scan.Next(&batch)) > 0) {
      for (const TermId term : batch.columns[0]) subjects.push_back(term.bits);
    }
    return subjects;
  }

  TempDirectory directory_;
  std::unique_ptr<KvStore> kv_ = OrThrow(KvStore::Open(directory_.Child("kv"), {}));
  RunManifest manifest_;
  ScanInputs inputs_;
};

TEST_F(MergedScanTest, MergesRunsDeltaAndPendingIntoOneFact) {
  WriteRun({QuadOf(1, 2, 3, 1), QuadOf(5, 2, 3, 1)});
  WriteRun({QuadOf(1, 2, 3, 5), QuadOf(7, 2, 3, 5)});
  inputs_.delta = QuadDelta::Empty()->With({QuadOf(1, 2, 3, 7), QuadOf(2, 2, 3, 7)});
  inputs_.pending = QuadDelta::Empty()->With({QuadOf(1, 2, 3, 9), QuadOf(4, 2, 3, 9)});
  EXPECT_THAT(Subjects(*Open({})), ElementsAre(1, 2, 4, 5, 7));
  ScanBatch batch;
  const auto scan = Open(KeyPrefix::Of(TermId{1}), {.rows = ScanRows::kStatements});
  EXPECT_EQ(OrThrow(scan->Next(&batch)), 4u);
  EXPECT_THAT(batch.statements,
              ElementsAre(StatementId{1}, StatementId{5}, StatementId{7}, StatementId{9}));
  EXPECT_EQ(scan->Stats().quads_read, 4u);
}

TEST_F(MergedScanTest, GivesAQuadOfTwoSourcesOnce) {
  WriteRun({QuadOf(1, 2, 3, 1), QuadOf(1, 2, 3, 2)});
  inputs_.delta = QuadDelta::Empty()->With({QuadOf(1, 2, 3, 1), QuadOf(1, 2, 3, 2)});
  ScanBatch batch;
  const auto asserted = Open({}, {.rows = ScanRows::kStatements});
  EXPECT_EQ(OrThrow(asserted->Next(&batch)), 1u);
  const auto all = Open({}, {.rows = ScanRows::kStatements}, DisputeRule::kIncludingDenied);
  EXPECT_EQ(OrThrow(all->Next(&batch)), 2u);
  EXPECT_THAT(batch.statements, ElementsAre(StatementId{1}, StatementId{2}));
}

TEST_F(MergedScanTest, SplitsTheStatementsOfAFactOverBatches) {
  std::vector<Quad> quads;
  for (uint64_t statement = 1; statement <= 9; statement += 2) {
    quads.push_back(QuadOf(1, 2, 3, statement));
  }
  WriteRun(quads);
  const auto scan = Open({}, {.rows = ScanRows::kStatements, .batch_rows_max = 2});
  ScanBatch batch;
  EXPECT_EQ(OrThrow(scan->Next(&batch)), 2u);
  EXPECT_EQ(OrThrow(scan->Next(&batch)), 2u);
  EXPECT_THAT(batch.statements, ElementsAre(StatementId{5}, StatementId{7}));
  EXPECT_EQ(OrThrow(scan->Next(&batch)), 1u);
  EXPECT_EQ(OrThrow(scan->Next(&batch)), 0u);
  EXPECT_EQ(OrThrow(scan->Next(&batch)), 0u);
  EXPECT_THAT(batch.columns[0], IsEmpty());
}

TEST_F(MergedScanTest, ReboundToAPrefixItGivesWhatAScanOpenedWithItDoes) {
  std::mt19937 random(7);
  const auto draw = [&random](uint64_t most) {
    return std::uniform_int_distribution<uint64_t>(1, most)(random);
  };
  const auto quads = [&](size_t count, uint64_t statement) {
    std::vector<Quad> drawn;
    for (size_t i = 0; i < count; ++i) {
      drawn.push_back(QuadOf(draw(20), draw(3), draw(6), statement + draw(4)));
    }
    return drawn;
  };
  WriteRun(quads(150, 0));
  WriteRun(quads(40, 4));
  inputs_.delta = QuadDelta::Empty()->With(quads(30, 8));
  const auto prefix = [&] {
    switch (draw(5)) {
      case 1:
        return KeyPrefix::Of();
      case 2:
        return KeyPrefix::Of(TermId{draw(22)});
      case 3:
        return KeyPrefix::Of(TermId{draw(22)}, TermId{draw(3)}, TermId{draw(6)});
      default:
        return KeyPrefix::Of(TermId{draw(22)}, TermId{draw(3)});
    }
  };
  const auto rows = [](MergedScan& scan) {
    std::vector<Quad> read;
    ScanBatch batch;
    while (OrThrow(scan.Next(&batch)) > 0) {
      for (size_t row = 0; row < batch.row_count; ++row) {
        read.push_back({{batch.columns[0][row], batch.columns[1][row], batch.columns[2][row]},
                        batch.statements.empty() ? StatementId{} : batch.statements[row]});
      }
    }
    return read;
  };
  for (const DisputeRule rule : {DisputeRule::kDefault, DisputeRule::kIncludingDenied,
                                 DisputeRule::kExcludingDisputed, DisputeRule::kOnlyDenied}) {
    for (const ScanRows kind : {ScanRows::kFacts, ScanRows::kStatements}) {
      const MergedScanOptions options{.rows = kind, .batch_rows_max = 4};
      const auto scan = Open(KeyPrefix::Of(TermId{21}), options, rule, {3, 6, 7, 8, 12});
      ScanBatch batch;
      for (int i = 0; i < 300; ++i) {
        const KeyPrefix wanted = prefix();
        test::ThrowIfError(scan->Rebind(wanted));
        // Sometimes left in the middle.
        if (draw(3) == 1) {
          OrThrow(scan->Next(&batch));
          continue;
        }
        ASSERT_EQ(rows(*scan), rows(*Open(wanted, options, rule, {3, 6, 7, 8, 12})));
      }
    }
  }
}

TEST_F(MergedScanTest, SeeksForwardOnlyAndWithinItsPrefix) {
  std::vector<Quad> quads;
  for (uint64_t subject = 1; subject <= 40; ++subject) {
    for (uint64_t object = 1; object <= 3; ++object) {
      quads.push_back(QuadOf(subject, 2, object, 1));
    }
  }
  WriteRun(quads);
  const auto scan = Open({}, {.batch_rows_max = 1});
  ScanBatch batch;
  test::ThrowIfError(scan->SeekForward(KeyPrefix::Of(TermId{20}, TermId{2}, TermId{2})));
  EXPECT_EQ(OrThrow(scan->Next(&batch)), 1u);
  EXPECT_EQ(batch.columns[0][0], TermId{20});
  EXPECT_EQ(batch.columns[2][0], TermId{2});
  test::ThrowIfError(scan->SeekForward(KeyPrefix::Of(TermId{5})));  // Behind us.
  EXPECT_EQ(OrThrow(scan->Next(&batch)), 1u);
  EXPECT_EQ(batch.columns[2][0], TermId{3});
  test::ThrowIfError(scan->SeekForward(KeyPrefix::Of(TermId{41})));
  EXPECT_EQ(OrThrow(scan->Next(&batch)), 0u);
  test::ThrowIfError(scan->SeekForward(KeyPrefix::Of(TermId{42})));

  const auto narrow = Open(KeyPrefix::Of(TermId{7}));
  test::ThrowIfError(narrow->SeekForward(KeyPrefix::Of(TermId{3})));
  EXPECT_THAT(Subjects(*narrow), ElementsAre(7, 7, 7));
  const auto beyond = Open(KeyPrefix::Of(TermId{7}));
  test::ThrowIfError(beyond->SeekForward(KeyPrefix::Of(TermId{9})));
  EXPECT_THAT(Subjects(*beyond), IsEmpty());
}

TEST_F(MergedScanTest, DoesNotRunIntoTheNextOrder) {
  WriteRun({QuadOf(UINT64_MAX, UINT64_MAX, UINT64_MAX, 1)});
  EXPECT_THAT(Subjects(*Open({})), ElementsAre(UINT64_MAX));
}

TEST_F(MergedScanTest, LeavesOutWhatIsHidden) {
  WriteRun({QuadOf(1, 2, 3, 1), QuadOf(1, 2, 3, 2), QuadOf(2, 2, 3, 3)});
  const auto disputed = Open({}, {}, DisputeRule::kOnlyDisputed, {2});
  EXPECT_THAT(Subjects(*disputed), IsEmpty());  // The denial is hidden.
  EXPECT_EQ(disputed->Stats().rows_hidden, 1u);
  EXPECT_THAT(Subjects(*Open({}, {}, DisputeRule::kOnlyDisputed)), ElementsAre(1));
}

TEST_F(MergedScanTest, UsesIteratorsAgain) {
  WriteRun({QuadOf(1, 2, 3, 1), QuadOf(2, 2, 3, 1)});
  for (int i = 0; i < 50; ++i) EXPECT_THAT(Subjects(*Open({})), ElementsAre(1, 2));
  const auto first = Open({}), second = Open(KeyPrefix::Of(TermId{2}));
  EXPECT_THAT(Subjects(*second), ElementsAre(2));
  EXPECT_THAT(Subjects(*first), ElementsAre(1, 2));
}

TEST_F(MergedScanTest, RefusesBatchesOfNothing) {
  EXPECT_EQ(OpenMergedScan(inputs_, Permutation::kSpo, {},
                           std::make_shared<FakeScope>(DisputeRule::kDefault, std::set<uint64_t>()),
                           {.batch_rows_max = 0})
                .status()
                .code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace sightline::storage
