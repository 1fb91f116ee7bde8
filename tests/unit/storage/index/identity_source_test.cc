// Scans under an identity map against the obvious: rename every quad, sort, look.

#include "storage/index/identity_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "storage/index/merged_scan.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;

TermId Entity(uint64_t number) { return TermId::Make(TermTag::kEntity, number); }

class AllScope final : public Scope {
 public:
  AllScope(DisputeRule rule, IdentityMapPtr identity)
      : Scope({.dispute_rule = rule}, std::move(identity)) {}
  bool Contains(StatementId) const override { return true; }
  Polarity PolarityOf(StatementId id) const override {
    return id.value % 5 == 0 ? Polarity::kDenies : Polarity::kAsserts;
  }
  uint64_t size() const override { return 0; }
  std::vector<StatementId> Statements() const override { return {}; }
};

using Rows = std::vector<std::array<uint64_t, 4>>;

Rows RowsOf(MergedScan* scan, size_t count_max = SIZE_MAX) {
  Rows rows;
  ScanBatch batch;
  while (rows.size() < count_max && OrThrow(scan->Next(&batch)) > 0) {
    for (size_t row = 0; row < batch.row_count; ++row) {
      rows.push_back({batch.columns[0][row].bits, batch.columns[1][row].bits,
                      batch.columns[2][row].bits,
                      batch.statements.empty() ? 0 : batch.statements[row].value});
    }
  }
  return rows;
}

class IdentitySourceTest : public ::testing::Test {
 protected:
  // Nodes 1 to 30 and a few values, some nodes with many facts; predicates 100 to 102.
  void Fill(uint64_t seed) {
    random_.seed(seed);
    std::vector<Judgement> judgements;
    for (int i = 0; i < 6; ++i) {
      judgements.push_back(
          {Entity(Below(30)), Entity(Below(30)), StatementId{static_cast<uint64_t>(i + 1)}, true});
    }
    identity_ = OrThrow(IdentityMap::Make(judgements, [](TermId term) -> StatusOr<std::string> {
      return std::to_string(term.bits * 7919 % 1000);
    }));
    for (int part = 0; part < 3; ++part) {
      std::vector<Quad> quads;
      for (int i = 0; i < 700; ++i) {
        const uint64_t subject = Below(3) == 0 ? 7 : Below(30);
        const TermId object = Below(4) == 0   ? TermId::Make(TermTag::kInteger, Below(50))
                              : Below(3) == 0 ? Entity(7)
                                              : Entity(Below(30));
        quads.push_back(
            {{Entity(subject), Entity(100 + Below(3)), object}, StatementId{1 + Below(400)}});
      }
      std::sort(quads.begin(), quads.end());
      quads.erase(std::unique(quads.begin(), quads.end()), quads.end());
      quads_.insert(quads_.end(), quads.begin(), quads.end());
      inputs_.delta = (inputs_.delta ? inputs_.delta : QuadDelta::Empty())->With(quads);
    }
  }
  uint64_t Below(uint64_t n) { return random_() % n; }

  // All rows of a permutation under the rule, renamed.
  Rows Wanted(Permutation permutation, DisputeRule rule, ScanRows rows) const {
    std::set<std::array<uint64_t, 4>> renamed;
    for (const Quad& quad : quads_) {
      Fact fact = quad.fact;
      if (identity_ != nullptr) {
        fact.subject = identity_->CanonicalOf(fact.subject);
        fact.object = identity_->CanonicalOf(fact.object);
      }
      const PermutedKey key = Permute(permutation, fact);
      renamed.insert({key[0].bits, key[1].bits, key[2].bits, quad.statement.value});
    }
    Rows wanted;
    for (auto first = renamed.begin(); first != renamed.end();) {
      auto end = first;
      bool asserted = false, denied = false;
      for (; end != renamed.end() && std::equal(end->begin(), end->begin() + 3, first->begin());
           ++end) {
        ((*end)[3] % 5 == 0 ? denied : asserted) = true;
      }
      const bool holds = rule == DisputeRule::kDefault             ? asserted
                         : rule == DisputeRule::kExcludingDisputed ? asserted && !denied
                                                                   : true;
      for (auto row = first; holds && row != end; ++row) {
        if (rule == DisputeRule::kDefault && (*row)[3] % 5 == 0) continue;
        if (rows == ScanRows::kFacts) {
          wanted.push_back({(*first)[0], (*first)[1], (*first)[2], 0});
          break;
        }
        wanted.push_back(*row);
      }
      first = end;
    }
    return wanted;
  }

  std::mt19937_64 random_;
  std::vector<Quad> quads_;
  IdentityMapPtr identity_;
  ScanInputs inputs_;
};

TEST_F(IdentitySourceTest, ScansAsIfAllQuadsHadBeenRenamed) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    quads_.clear();
    inputs_ = {};
    Fill(seed);
    for (const Permutation permutation : kPermutations) {
      for (const DisputeRule rule : {DisputeRule::kDefault, DisputeRule::kExcludingDisputed,
                                     DisputeRule::kIncludingDenied}) {
        for (const ScanRows kind : {ScanRows::kFacts, ScanRows::kStatements}) {
          const auto scope = std::make_shared<AllScope>(rule, identity_);
          const Rows all = Wanted(permutation, rule, kind);
          const auto open = [&](const KeyPrefix& prefix) {
            return OrThrow(OpenMergedScan(inputs_, permutation, prefix, scope,
                                          {.rows = kind, .batch_rows_max = 1 + Below(40)}));
          };
          EXPECT_EQ(RowsOf(open({}).get()), all) << seed << PermutationName(permutation);
          // One scan, moved from prefix to prefix, by any id of an entity.
          const auto moved = open({});
          for (int i = 0; i < 60; ++i) {
            const Quad& quad = quads_[Below(quads_.size())];
            const PermutedKey key = Permute(permutation, quad.fact);
            KeyPrefix prefix;
            prefix.length = static_cast<uint8_t>(Below(4));
            std::copy_n(key.begin(), prefix.length, prefix.terms.begin());
            const PermutedKey canonical = Permute(
                permutation, identity_ == nullptr ? quad.fact
                                                  : Fact{identity_->CanonicalOf(quad.fact.subject),
                                                         quad.fact.predicate,
                                                         identity_->CanonicalOf(quad.fact.object)});
            Rows wanted;
            for (const auto& row : all) {
              bool is_wanted = true;
              for (size_t column = 0; column < prefix.length; ++column) {
                is_wanted &= row[column] == canonical[column].bits;
              }
              if (is_wanted) wanted.push_back(row);
            }
            test::ThrowIfError(moved->Rebind(prefix));
            Rows given;
            // Sometimes some rows only, then ahead.
            if (!wanted.empty() && Below(2) == 0) {
              given = RowsOf(moved.get(), 1);
              const auto& target = wanted[Below(wanted.size())];
              test::ThrowIfError(moved->SeekForward(
                  KeyPrefix::Of(TermId{target[0]}, TermId{target[1]}, TermId{target[2]})));
              Rows left(wanted.begin(), wanted.begin() + static_cast<ptrdiff_t>(given.size()));
              for (size_t row = given.size(); row < wanted.size(); ++row) {
                const bool is_behind =
                    !std::lexicographical_compare(wanted[row].begin(), wanted[row].begin() + 3,
                                                  target.begin(), target.begin() + 3);
                if (is_behind) left.push_back(wanted[row]);
              }
              wanted = std::move(left);
            }
            const Rows rest = RowsOf(moved.get());
            given.insert(given.end(), rest.begin(), rest.end());
            ASSERT_EQ(given, wanted) << "seed " << seed << ", " << PermutationName(permutation)
                                     << ", prefix of " << int{prefix.length};
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace sightline::storage
