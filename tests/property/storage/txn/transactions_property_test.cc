// Random transactions against a plain list of statements: whatever was written, in whatever order,
// committed, rolled back or reopened, a scan gives what a loop over the list gives.
//
// SIGHTLINE_PROPERTY_SEED repeats one run, SIGHTLINE_PROPERTY_RUNS sets how many there are.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "storage/index/merged_scan.h"
#include "storage/store.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::ClearanceOf;
using test::OrThrow;
using test::TestStore;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// One row: the terms in the permutation's order, and the statement (0 for facts).
using Row = std::array<uint64_t, 4>;

struct ModelStatement {
  StatementId id;
  StatementDraft draft;
  Revision revision;
  std::optional<Revision> retracted;
};

class Model {
 public:
  std::vector<ModelStatement> statements;

  static bool InScope(const ModelStatement& statement, const ScopeConditions& conditions,
                      const Clearance& clearance, Revision view_revision) {
    const Revision known_at = conditions.known_at.value_or(view_revision);
    const StatementDraft& draft = statement.draft;
    const StatementContext& context = draft.context;
    if (statement.revision > known_at) return false;
    if (statement.retracted && *statement.retracted <= known_at) return false;
    if (!clearance.Permits(context.marking)) return false;
    std::set<TermId> named = {context.claimant};
    named.insert(context.via.begin(), context.via.end());
    const auto is_named = [&](TermId source) { return named.contains(source); };
    if (conditions.sources &&
        std::none_of(conditions.sources->begin(), conditions.sources->end(), is_named)) {
      return false;
    }
    if (std::any_of(conditions.excluded_sources.begin(), conditions.excluded_sources.end(),
                    is_named)) {
      return false;
    }
    if (conditions.reliability) {
      const bool is_judged =
          context.reliability >= Reliability::kA && context.reliability <= Reliability::kE;
      if (!is_judged || context.reliability > *conditions.reliability) return false;
    }
    if (conditions.credibility) {
      const bool is_judged = draft.credibility >= 1 && draft.credibility <= 5;
      if (!is_judged || draft.credibility > *conditions.credibility) return false;
    }
    if (draft.valid.undated()) return !conditions.excluding_undated;
    if (conditions.only_undated) return false;
    return !conditions.valid || draft.valid.Overlaps(*conditions.valid);
  }

  std::vector<Row> Rows(Permutation permutation, const KeyPrefix& prefix,
                        const ScopeConditions& conditions, const Clearance& clearance,
                        Revision view_revision, ScanRows rows) const {
    std::map<std::array<uint64_t, 3>, std::vector<const ModelStatement*>> facts;
    for (const ModelStatement& statement : statements) {
      if (!InScope(statement, conditions, clearance, view_revision)) continue;
      for (const Fact& fact : statement.draft.facts) {
        const PermutedKey key = Permute(permutation, fact);
        bool matches = true;
        for (int i = 0; i < prefix.length; ++i) matches &= key[i] == prefix.terms[i];
        if (matches) facts[{key[0].bits, key[1].bits, key[2].bits}].push_back(&statement);
      }
    }
    std::vector<Row> result;
    for (const auto& [key, who] : facts) {
      const auto asserts = [](const ModelStatement* s) {
        return s->draft.polarity == Polarity::kAsserts;
      };
      const bool a = std::any_of(who.begin(), who.end(), asserts);
      const bool d = !std::all_of(who.begin(), who.end(), asserts);
      bool holds = false;
      switch (conditions.dispute_rule) {
        case DisputeRule::kDefault:
          holds = a;
          break;
        case DisputeRule::kExcludingDisputed:
          holds = a && !d;
          break;
        case DisputeRule::kOnlyDisputed:
          holds = a && d;
          break;
        case DisputeRule::kIncludingDenied:
          holds = a || d;
          break;
        case DisputeRule::kOnlyDenied:
          holds = d && !a;
          break;
      }
      if (!holds) continue;
      if (rows == ScanRows::kFacts) {
        result.push_back({key[0], key[1], key[2], 0});
        continue;
      }
      for (const ModelStatement* statement : who) {
        if (conditions.dispute_rule == DisputeRule::kDefault && !asserts(statement)) continue;
        result.push_back({key[0], key[1], key[2], statement->id.value});
      }
    }
    std::sort(result.begin(), result.end());
    return result;
  }
};

class RandomHistory {
 public:
  explicit RandomHistory(uint64_t seed) : random_(seed) {
    for (const char* name : {"org/a", "org/b", "org/c", "org/d"}) nodes_.push_back(name);
    for (const char* name : {"supplies", "owns"}) store_.Predicate(name);
    for (const char* name : {"src/x", "src/y", "src/z"}) sources_.push_back(store_.Entity(name));
    store_.DefineClass("Company");
    store_.Commit();
    newest_ = Revision{1};
    // Entities that are in no statement are not kept; intern them again at need.
  }

  void Step() {
    switch (Pick(20)) {
      default:
        Add();
        break;
      case 11:
      case 12:
        Retract();
        break;
      case 13:
      case 14:
        Commit();
        break;
      case 15:
        RollBack();
        break;
      case 16:
        Commit();
        store_.Reopen();
        break;
      case 17:
      case 18:
      case 19:
        Check();
        break;
    }
  }

  void Check() {
    const bool in_transaction = open_ && Pick(2) == 0;
    Clearance clearance = Clearance::Unrestricted();
    std::shared_ptr<const ReadView> view;
    Revision revision = newest_;
    if (in_transaction) {
      view = OrThrow(store_.transaction().View());
      revision = Revision{newest_.value + (pending_.empty() && !open_ ? 0 : 1)};
      EXPECT_EQ(view->revision(), revision);
    } else {
      if (Pick(4) > 0) clearance = ClearanceOf(static_cast<TlpLabel>(Pick(3) * 2));
      if (Pick(3) == 0) revision = Revision{Pick(newest_.value + 1)};
      view = OrThrow(store_->OpenReadView(revision, clearance));
    }
    const Model& model = in_transaction ? with_pending() : committed_;
    for (int i = 0; i < 6; ++i) CheckScans(*view, model, clearance, revision);
    for (const ModelStatement& statement : model.statements) {
      const bool is_visible =
          statement.revision <= revision && clearance.Permits(statement.draft.context.marking);
      const auto found = view->GetStatement(statement.id);
      ASSERT_EQ(found.ok(), is_visible) << "s/" << statement.id.value;
      if (!is_visible) continue;
      const bool is_retracted = statement.retracted && *statement.retracted <= revision;
      ASSERT_EQ(found->retraction.has_value(), is_retracted);
      ASSERT_EQ(found->content.facts, statement.draft.facts);
      ASSERT_EQ(found->content.context, statement.draft.context);
    }
  }

 private:
  uint64_t Pick(uint64_t count) { return random_() % count; }

  TermId Node() { return store_.Entity(nodes_[Pick(nodes_.size())]); }

  ScopeConditions Conditions(Revision revision) {
    ScopeConditions conditions;
    conditions.dispute_rule = static_cast<DisputeRule>(Pick(5));
    if (Pick(4) == 0) conditions.known_at = Revision{Pick(revision.value + 1)};
    if (Pick(4) == 0) conditions.sources = {{sources_[Pick(3)], sources_[Pick(3)]}};
    if (Pick(4) == 0) conditions.excluded_sources = {sources_[Pick(3)]};
    if (Pick(4) == 0) conditions.reliability = static_cast<Reliability>(1 + Pick(6));
    if (Pick(4) == 0) conditions.credibility = static_cast<Credibility>(1 + Pick(6));
    if (Pick(4) == 0) conditions.valid = Year();
    conditions.excluding_undated = Pick(6) == 0;
    conditions.only_undated = Pick(8) == 0;
    return conditions;
  }

  TimeInterval Year() {
    return TimeInterval::Of(*PartialDate::Parse(fmt::format("{}", 2020 + Pick(3))));
  }

  void CheckScans(const ReadView& view, const Model& model, const Clearance& clearance,
                  Revision revision) {
    const auto permutation = static_cast<Permutation>(Pick(6));
    const ScopeConditions conditions = Conditions(revision);
    KeyPrefix prefix;
    if (!model.statements.empty()) {
      const auto& facts = model.statements[Pick(model.statements.size())].draft.facts;
      const PermutedKey key = Permute(permutation, facts[Pick(facts.size())]);
      prefix.length = static_cast<uint8_t>(Pick(4));
      for (int i = 0; i < prefix.length; ++i) prefix.terms[i] = key[i];
    }
    const ScanRows rows = Pick(2) == 0 ? ScanRows::kFacts : ScanRows::kStatements;
    const std::vector<Row> expected =
        model.Rows(permutation, prefix, conditions, clearance, revision, rows);
    const ScopePtr scope = OrThrow(view.Resolve(conditions));
    uint64_t in_scope = 0;
    for (const ModelStatement& statement : model.statements) {
      const bool expected_in_scope = Model::InScope(statement, conditions, clearance, revision);
      in_scope += expected_in_scope ? 1 : 0;
      ASSERT_EQ(scope->Contains(statement.id), expected_in_scope);
      if (expected_in_scope) {
        ASSERT_EQ(scope->PolarityOf(statement.id), statement.draft.polarity);
      }
    }
    ASSERT_EQ(scope->size(), in_scope);
    ASSERT_EQ(scope->Statements().size(), in_scope);

    const MergedScanOptions options{rows, 1 + Pick(5)};
    ASSERT_EQ(Drain(*OrThrow(view.Scan(permutation, prefix, scope, options)), options), expected);

    // Skipping gives what reading and leaving out would give.
    const auto scan = OrThrow(view.Scan(permutation, prefix, scope, options));
    size_t place = 0;  // In `expected`.
    for (int step = 0; step < 4; ++step) {
      if (Pick(2) == 0) {
        ScanBatch batch;
        const size_t row_count = OrThrow(scan->Next(&batch));
        place = std::min(expected.size(), place + row_count);
      } else if (!expected.empty()) {
        const Row& target_row = expected[Pick(expected.size())];
        KeyPrefix target;
        target.length = static_cast<uint8_t>(Pick(4));
        Row lowest{};
        for (int i = 0; i < target.length; ++i) {
          const uint64_t moved = target_row[i] + (i == 2 ? Pick(2) : 0);
          target.terms[i] = TermId{moved};
          lowest[i] = moved;
        }
        test::ThrowIfError(scan->SeekForward(target));
        while (place < expected.size() && FactBefore(expected[place], lowest)) ++place;
      }
    }
    const std::vector<Row> rest(expected.begin() + static_cast<ptrdiff_t>(place), expected.end());
    ASSERT_EQ(Drain(*scan, options), rest);
  }

  static bool FactBefore(const Row& row, const Row& lowest) {
    return std::lexicographical_compare(row.begin(), row.begin() + 3, lowest.begin(),
                                        lowest.begin() + 3);
  }

  static std::vector<Row> Drain(MergedScan& scan, const MergedScanOptions& options) {
    std::vector<Row> rows;
    ScanBatch batch;
    while (true) {
      const size_t row_count = OrThrow(scan.Next(&batch));
      EXPECT_EQ(row_count, batch.row_count);
      EXPECT_LE(row_count, options.batch_rows_max);
      if (row_count == 0) break;
      const bool has_statements = options.rows == ScanRows::kStatements;
      EXPECT_EQ(batch.statements.size(), has_statements ? row_count : 0);
      for (size_t i = 0; i < row_count; ++i) {
        rows.push_back({batch.columns[0][i].bits, batch.columns[1][i].bits,
                        batch.columns[2][i].bits, has_statements ? batch.statements[i].value : 0});
      }
    }
    EXPECT_EQ(OrThrow(scan.Next(&batch)), 0u);  // The end is for good.
    return rows;
  }

  // The committed statements and the transaction's, with its retractions.
  const Model& with_pending() {
    merged_ = committed_;
    for (const ModelStatement& statement : pending_) merged_.statements.push_back(statement);
    for (const StatementId id : pending_retractions_) {
      merged_.statements[id.value - 1].retracted = Revision{newest_.value + 1};
    }
    return merged_;
  }

  void Add() {
    open_ = true;
    StatementDraft draft;
    draft.polarity = Pick(3) == 0 ? Polarity::kDenies : Polarity::kAsserts;
    for (uint64_t i = 0; i <= Pick(3); ++i) {
      draft.facts.push_back(
          {Node(), store_.Predicate(Pick(2) == 0 ? "supplies" : "owns"),
           Pick(3) == 0 ? store_.Term(Value(static_cast<int64_t>(Pick(3)))) : Node()});
    }
    for (TermId& source : sources_) source = store_.Entity(NameOfSource(source));
    draft.context.claimant = sources_[Pick(3)];
    if (Pick(4) == 0) draft.context.via = {sources_[Pick(3)]};
    draft.context.marking.tlp = static_cast<TlpLabel>(Pick(3) * 2);
    draft.context.reliability = static_cast<Reliability>(Pick(7));
    draft.credibility = static_cast<Credibility>(Pick(7));
    if (Pick(2) == 0) draft.valid = Year();
    const AddedStatement added = store_.Add(draft);

    std::sort(draft.facts.begin(), draft.facts.end());
    draft.facts.erase(std::unique(draft.facts.begin(), draft.facts.end()), draft.facts.end());
    const Model& model = with_pending();
    std::optional<StatementId> duplicate;
    for (const ModelStatement& other : model.statements) {
      if (other.retracted || other.draft.polarity != draft.polarity ||
          other.draft.facts != draft.facts ||
          other.draft.context.claimant != draft.context.claimant ||
          other.draft.context.marking != draft.context.marking ||
          !(other.draft.valid == draft.valid)) {
        continue;
      }
      duplicate = other.id;
      break;
    }
    ASSERT_EQ(added.duplicate, duplicate.has_value());
    if (duplicate) {
      ASSERT_EQ(added.id, *duplicate);
      return;
    }
    ASSERT_EQ(added.id.value, model.statements.size() + 1);
    pending_.push_back({added.id, draft, Revision{newest_.value + 1}, std::nullopt});
  }

  // The claimants are used in the first statements and keep their numbers from then on; until one
  // is committed, a roll-back may give its number to another.
  std::string NameOfSource(const TermId& source) {
    const auto index = &source - sources_.data();
    return std::array<const char*, 3>{"src/x", "src/y", "src/z"}[static_cast<size_t>(index)];
  }

  void Retract() {
    const Model& model = with_pending();
    if (model.statements.empty()) return;
    open_ = true;
    const ModelStatement& statement = model.statements[Pick(model.statements.size())];
    const Status status = store_.transaction().Retract(statement.id, "entered in error");
    ASSERT_EQ(status.ok(), !statement.retracted.has_value());
    if (status.ok()) pending_retractions_.push_back(statement.id);
  }

  void Commit() {
    const bool has_writes = !pending_.empty() || !pending_retractions_.empty();
    const Revision expected{newest_.value + (has_writes ? 1 : 0)};
    committed_ = with_pending();
    ASSERT_EQ(store_.Commit(), expected);
    newest_ = expected;
    Forget();
  }

  void RollBack() {
    store_.RollBack();
    Forget();
  }

  void Forget() {
    open_ = false;
    pending_.clear();
    pending_retractions_.clear();
  }

  std::mt19937_64 random_;
  TestStore store_;
  std::vector<std::string> nodes_;
  std::vector<TermId> sources_;
  Revision newest_;
  Model committed_;
  Model merged_;
  bool open_ = false;  // A transaction has been begun.
  std::vector<ModelStatement> pending_;
  std::vector<StatementId> pending_retractions_;
};

TEST(TransactionsProperty, AgreeWithAPlainList) {
  const uint64_t first = FromEnvironment("SIGHTLINE_PROPERTY_SEED", std::random_device()());
  const uint64_t run_count = FromEnvironment("SIGHTLINE_PROPERTY_RUNS", 6);
  for (uint64_t seed = first; seed < first + run_count; ++seed) {
    SCOPED_TRACE(fmt::format("SIGHTLINE_PROPERTY_SEED={}", seed));
    RandomHistory run(seed);
    for (int step = 0; step < 250; ++step) {
      run.Step();
      if (::testing::Test::HasFatalFailure()) return;
    }
    run.Check();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace sightline::storage
