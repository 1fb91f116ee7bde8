// A merged scan against a sorted vector of all quads: random quads over random runs (blocks from
// two rows up), delta and pending, every permutation, prefix and dispute rule, with random seeks
// and batch sizes.
//
// SIGHTLINE_PROPERTY_SEED repeats one run, SIGHTLINE_PROPERTY_RUNS sets how many there are.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "storage/index/merged_scan.h"
#include "storage/index/run_writer.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using test::TempDirectory;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// Statements are hidden, denials or assertions by their number. With `ranges` it also answers the
// questions about blocks.
class ModuloScope final : public Scope {
 public:
  ModuloScope(DisputeRule rule, uint64_t hidden_below, bool ranges)
      : Scope({.dispute_rule = rule}), hidden_below_(hidden_below), ranges_(ranges) {}
  bool Contains(StatementId id) const override { return id.value >= hidden_below_; }
  Polarity PolarityOf(StatementId id) const override {
    return id.value % 5 == 0 ? Polarity::kDenies : Polarity::kAsserts;
  }
  bool Covers(StatementId first, StatementId last) const override {
    if (!ranges_) return false;
    for (uint64_t id = first.value; id <= last.value; ++id) {
      if (!Contains({id}) || id % 5 == 0) return false;
    }
    return true;
  }
  bool Intersects(StatementId, StatementId last) const override {
    return !ranges_ || last.value >= hidden_below_;
  }
  uint64_t size() const override { return 0; }
  std::vector<StatementId> Statements() const override { return {}; }

 private:
  const uint64_t hidden_below_;
  const bool ranges_;
};

class World {
 public:
  explicit World(uint64_t seed) : random_(seed) {}

  uint64_t Pick(uint64_t count) { return random_() % count; }

  void Fill() {
    const uint64_t terms = 2 + Pick(30);
    const uint64_t parts = 1 + Pick(6);
    uint64_t statement = 1;
    for (uint64_t part = 0; part < parts; ++part) {
      std::vector<Quad> quads;
      const uint64_t statement_count = 1 + Pick(20);
      for (uint64_t i = 0; i < statement_count; ++i, ++statement) {
        for (uint64_t fact = 0; fact < 1 + Pick(20); ++fact) {
          quads.push_back({{Term(terms), Term(3), Term(terms)}, StatementId{statement}});
        }
      }
      all_.insert(quads.begin(), quads.end());
      switch (Pick(4)) {
        case 0:
          delta_ = delta_->With(quads);
          break;
        case 1:
          pending_ = pending_->With(*QuadDelta::Empty()->With(quads));
          break;
        default:
          WriteRun(quads, 2 + Pick(Pick(2) == 0 ? 3 : 600));
      }
    }
    last_statement_ = statement;
    inputs_ = {std::make_shared<QuadIteratorPool>(kv_.get(), kv_->TakeSnapshot()),
               std::make_shared<const RunManifest>(manifest_), delta_, pending_};
  }

  void CompareOneScan() {
    const auto permutation = kPermutations[Pick(kPermutationCount)];
    const auto rule = static_cast<DisputeRule>(Pick(5));
    const ScopePtr scope =
        std::make_shared<ModuloScope>(rule, Pick(2) == 0 ? 0 : Pick(last_statement_), Pick(2) == 0);
    MergedScanOptions options;
    options.rows = Pick(2) == 0 ? ScanRows::kFacts : ScanRows::kStatements;
    options.batch_rows_max = Pick(2) == 0 ? 1 + Pick(5) : 2048;
    const Quad near = RandomQuad();
    const PermutedKey terms = Permute(permutation, near.fact);
    const KeyPrefix prefix{terms, static_cast<uint8_t>(Pick(4))};
    std::vector<QuadKey> expected = Expected(permutation, prefix, *scope, options.rows);

    const auto scan = OrThrow(OpenMergedScan(inputs_, permutation, prefix, scope, options));
    std::vector<QuadKey> found;
    ScanBatch batch;
    while (true) {
      if (Pick(4) == 0) {
        // Rows before the target and after what was given go unread.
        const PermutedKey to = Permute(permutation, RandomQuad().fact);
        const KeyPrefix target{to, static_cast<uint8_t>(1 + Pick(3))};
        test::ThrowIfError(scan->SeekForward(target));
        const QuadKey lowest = LowestKeyOf(target);
        std::erase_if(expected, [&](const QuadKey& key) {
          const bool is_given = !found.empty() && !(found.back() < key);
          return key < lowest && !is_given;
        });
      }
      const size_t row_count = OrThrow(scan->Next(&batch));
      ASSERT_LE(row_count, options.batch_rows_max);
      if (row_count == 0) break;
      const bool has_statements = options.rows == ScanRows::kStatements;
      for (size_t row = 0; row < row_count; ++row) {
        found.push_back({batch.columns[0][row].bits, batch.columns[1][row].bits,
                         batch.columns[2][row].bits,
                         has_statements ? batch.statements[row].value : 0});
      }
    }
    ASSERT_EQ(found, expected);
    ASSERT_EQ(OrThrow(scan->Next(&batch)), 0u);
  }

 private:
  TermId Term(uint64_t count) {
    const auto tag = Pick(4) == 0 ? TermTag::kInteger : TermTag::kEntity;
    return TermId::Make(tag, 1 + Pick(count));
  }
  Quad RandomQuad() {
    auto place = all_.begin();
    std::advance(place, static_cast<ptrdiff_t>(Pick(all_.size())));
    return *place;
  }

  void WriteRun(const std::vector<Quad>& quads, size_t block_rows) {
    const size_t quad_count = SortedIn(Permutation::kSpo, quads).size();
    const auto batch = kv_->NewBatch();
    for (const Permutation permutation : kPermutations) {
      RunWriter writer(
          manifest_.next, permutation,
          [&](std::string_view key, std::string_view value) {
            batch->Put(ColumnFamily::kQuads, key, value);
            return OkStatus();
          },
          block_rows);
      test::ThrowIfError(writer.Add(SortedIn(permutation, quads).rows()));
      test::ThrowIfError(writer.Finish());
    }
    test::ThrowIfError(kv_->Write(*batch, Durability::kRelaxed));
    manifest_.runs.push_back({.number = manifest_.next, .quad_count = quad_count});
    ++manifest_.next.value;
  }

  std::vector<QuadKey> Expected(Permutation permutation, const KeyPrefix& prefix,
                                const Scope& scope, ScanRows rows) const {
    struct Said {
      std::vector<uint64_t> asserting, all;
      bool denied = false;
    };
    std::map<QuadKey, Said> facts;
    for (const Quad& quad : all_) {
      QuadKey key = QuadKeyOf(permutation, quad);
      key[3] = 0;
      if (!StartsWith(key, prefix) || !scope.Contains(quad.statement)) continue;
      Said& said = facts[key];
      said.all.push_back(quad.statement.value);
      if (scope.PolarityOf(quad.statement) == Polarity::kAsserts) {
        said.asserting.push_back(quad.statement.value);
      } else {
        said.denied = true;
      }
    }
    std::vector<QuadKey> expected;
    for (auto& [key, said] : facts) {
      const bool asserted = !said.asserting.empty();
      const DisputeRule rule = scope.dispute_rule();
      const bool holds = rule == DisputeRule::kDefault             ? asserted
                         : rule == DisputeRule::kExcludingDisputed ? asserted && !said.denied
                         : rule == DisputeRule::kOnlyDisputed      ? asserted && said.denied
                         : rule == DisputeRule::kIncludingDenied   ? true
                                                                   : !asserted;
      if (!holds) continue;
      if (rows == ScanRows::kFacts) {
        expected.push_back(key);
        continue;
      }
      auto& statements = rule == DisputeRule::kDefault ? said.asserting : said.all;
      std::sort(statements.begin(), statements.end());
      for (const uint64_t statement : statements) {
        expected.push_back({key[0], key[1], key[2], statement});
      }
    }
    return expected;
  }

  std::mt19937_64 random_;
  TempDirectory directory_;
  std::unique_ptr<KvStore> kv_ = OrThrow(KvStore::Open(directory_.Child("kv"), {}));
  RunManifest manifest_;
  QuadDeltaPtr delta_ = QuadDelta::Empty();
  QuadDeltaPtr pending_ = QuadDelta::Empty();
  std::set<Quad> all_;
  uint64_t last_statement_ = 0;
  ScanInputs inputs_;
};

TEST(MergedScanProperty, EqualsASortedVector) {
  const uint64_t seed = FromEnvironment("SIGHTLINE_PROPERTY_SEED", std::random_device()());
  const uint64_t runs = FromEnvironment("SIGHTLINE_PROPERTY_RUNS", 40);
  for (uint64_t run = 0; run < runs; ++run) {
    SCOPED_TRACE("SIGHTLINE_PROPERTY_SEED=" + std::to_string(seed + run));
    World world(seed + run);
    world.Fill();
    for (int scan = 0; scan < 60; ++scan) {
      world.CompareOneScan();
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace sightline::storage
