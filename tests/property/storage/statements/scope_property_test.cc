// A scope equals what asking each statement gives, over random tables and conditions; and so do its
// batch test, what it says of ranges, and its extension from an earlier revision.
//
// SIGHTLINE_PROPERTY_SEED repeats one run, SIGHTLINE_PROPERTY_RUNS sets how many there are.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>

#include "storage/statements/scope_builder.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// What the table was filled with.
struct Row {
  StatementContext context;
  StatementHead head;
  uint64_t revision = 0;
  uint64_t retracted_at = UINT64_MAX;
};

class Model {
 public:
  explicit Model(uint64_t seed) : random_(seed) {
    const uint64_t revision_count = 1 + Pick(6);
    // Contexts and intervals of all spreads: few, many, in order or not.
    context_count_ = 1 + Pick(Pick(2) == 0 ? 5 : 20'000);
    interval_count_ = 1 + Pick(Pick(2) == 0 ? 5 : 2'000);
    is_local_ = Pick(2) == 0;
    has_denials_ = Pick(3) != 0;
    for (uint64_t revision = 1; revision <= revision_count; ++revision) {
      const uint64_t sizes[] = {0, 1, 3, 500, 4'000, 9'000, 20'000};
      for (uint64_t i = sizes[Pick(std::size(sizes))]; i > 0; --i) Add(revision);
      std::vector<StatementId> retracted;
      for (uint64_t i = Pick(2) * Pick(200); i > 0 && !rows.empty(); --i) {
        Row& row = rows[Pick(rows.size())];
        if (row.retracted_at != UINT64_MAX) continue;
        row.retracted_at = revision;
        retracted.push_back(StatementId{static_cast<uint64_t>(&row - rows.data()) + 1});
      }
      statements.Commit(Revision{revision}, retracted);
      counts.push_back(rows.size());
    }
  }

  uint64_t Pick(uint64_t count) { return random_() % count; }

  ScopeConditions RandomConditions() {
    ScopeConditions conditions;
    if (Pick(3) == 0) conditions.valid = IntervalOf(Pick(interval_count_));
    if (Pick(5) == 0) conditions.excluding_undated = true;
    if (Pick(7) == 0) conditions.only_undated = true;
    if (Pick(3) == 0) {
      conditions.sources.emplace();
      for (uint64_t i = Pick(4); i > 0; --i) conditions.sources->push_back(TermId{1 + Pick(50)});
    }
    if (Pick(4) == 0) conditions.excluded_sources = {TermId{1 + Pick(50)}, TermId{1 + Pick(50)}};
    if (Pick(4) == 0) conditions.reliability = static_cast<Reliability>(1 + Pick(6));
    if (Pick(4) == 0) conditions.credibility = static_cast<Credibility>(1 + Pick(6));
    return conditions;
  }

  Clearance RandomClearance() {
    if (Pick(3) == 0) return Clearance::Unrestricted();
    Clearance clearance;
    clearance.tlp_max = static_cast<TlpLabel>(Pick(5));
    if (Pick(2) == 0) clearance.authorizations = {"nato"};
    return clearance;
  }

  StatementTable statements;
  ContextTable contexts;
  std::vector<Row> rows;         // Of statement 1, 2, ...
  std::vector<uint64_t> counts;  // Of rows at revision 1, 2, ...

 private:
  TimeInterval IntervalOf(uint64_t number) const {
    const auto day = static_cast<int64_t>(number);
    switch (number % 4) {
      case 0:
        return {};
      case 1:
        return {{BoundKind::kAt, day}, {BoundKind::kAt, day + 20}};
      case 2:
        return {{BoundKind::kAt, day}, {BoundKind::kOpen, 0}};
      default:
        return {{BoundKind::kUnknown, 0}, {BoundKind::kAt, day}};
    }
  }

  StatementContext ContextOf(uint64_t number) const {
    StatementContext context;
    context.claimant = TermId{1 + number % 40};
    context.document = TermId{1'000 + number};
    if (number % 3 == 0) context.dataset = TermId{41 + number % 10};
    if (number % 5 == 0) context.via = {TermId{1 + number % 7}, TermId{1 + number % 11}};
    context.marking.tlp = static_cast<TlpLabel>(number % 5);
    if (number % 4 == 1) context.marking.access = "nato";
    context.reliability = static_cast<Reliability>(number % 7);
    return context;
  }

  void Add(uint64_t revision) {
    Row row;
    const uint64_t place = is_local_ ? rows.size() / 30 : random_();
    row.context = ContextOf(place % context_count_);
    row.head.context_number = OrThrow(contexts.Intern(row.context));
    row.head.valid = IntervalOf((is_local_ ? rows.size() / 100 : random_()) % interval_count_);
    row.head.credibility = static_cast<Credibility>(random_() % 7);
    if (has_denials_ && Pick(5) == 0) row.head.polarity = Polarity::kDenies;
    row.revision = revision;
    OrThrow(statements.Append(row.head));
    rows.push_back(std::move(row));
  }

  std::mt19937_64 random_;
  uint64_t context_count_ = 0;
  uint64_t interval_count_ = 0;
  bool is_local_ = false;  // Contexts and intervals follow each other, as in a loaded collection.
  bool has_denials_ = false;
};

bool Names(const StatementContext& context, const std::vector<TermId>& sources) {
  std::vector<TermId> named = context.via;
  named.insert(named.end(), {context.claimant, context.document, context.dataset});
  return std::any_of(named.begin(), named.end(), [&](TermId source) {
    return !source.is_none() && std::find(sources.begin(), sources.end(), source) != sources.end();
  });
}

// By the words of ScopeConditions.
bool IsInScope(const Row& row, const ScopeConditions& conditions, const Clearance& clearance,
               uint64_t known_at, RetractedStatements retracted) {
  if (row.revision > known_at) return false;
  if (retracted == RetractedStatements::kLeaveOut && row.retracted_at <= known_at) return false;
  if (!clearance.Permits(row.context.marking)) return false;
  if (conditions.sources && !Names(row.context, *conditions.sources)) return false;
  if (Names(row.context, conditions.excluded_sources)) return false;
  if (conditions.reliability) {
    if (row.context.reliability == Reliability::kUnstated) return false;
    if (row.context.reliability == Reliability::kF) return false;
    if (row.context.reliability > *conditions.reliability) return false;
  }
  if (conditions.credibility) {
    if (row.head.credibility == 0 || row.head.credibility == 6) return false;
    if (row.head.credibility > *conditions.credibility) return false;
  }
  if (row.head.valid.undated()) return !conditions.excluding_undated;
  if (conditions.only_undated) return false;
  return !conditions.valid || row.head.valid.Overlaps(*conditions.valid);
}

// The verdict of each statement, from number 0.
std::vector<uint8_t> Verdicts(const Scope& scope, uint64_t count) {
  std::vector<uint64_t> numbers(count + 1);
  for (uint64_t number = 0; number <= count; ++number) numbers[number] = number;
  std::vector<uint8_t> verdicts(numbers.size(), 77);
  scope.Test(numbers.data(), numbers.size(), verdicts.data());
  return verdicts;
}

void ExpectRanges(Model* model, const Scope& scope, const std::vector<uint8_t>& expected) {
  for (int i = 0; i < 50; ++i) {
    const uint64_t first = 1 + model->Pick(expected.size());
    const uint64_t last = first + model->Pick(i % 2 == 0 ? 100 : 20'000);
    bool covers = true;
    bool intersects = false;
    for (uint64_t number = first; number <= last; ++number) {
      const uint8_t verdict = number < expected.size() ? expected[number] : Scope::kOutOfScope;
      covers = covers && verdict == Scope::kAsserted;
      intersects = intersects || verdict != Scope::kOutOfScope;
    }
    ASSERT_EQ(scope.Covers(StatementId{first}, StatementId{last}), covers);
    ASSERT_EQ(scope.Intersects(StatementId{first}, StatementId{last}), intersects);
  }
}

TEST(ScopeProperty, EqualsAskingEachStatement) {
  const uint64_t seed = FromEnvironment("SIGHTLINE_PROPERTY_SEED", 1);
  const uint64_t run_count = FromEnvironment("SIGHTLINE_PROPERTY_RUNS", 40);
  for (uint64_t run = 0; run < run_count; ++run) {
    SCOPED_TRACE(testing::Message()
                 << "SIGHTLINE_PROPERTY_SEED=" << seed + run << " SIGHTLINE_PROPERTY_RUNS=1");
    Model model(seed + run);
    const StatementSnapshot snapshot = model.statements.Snapshot();
    const ScopeTables tables{snapshot, model.contexts};
    for (int i = 0; i < 4; ++i) {
      const ScopeConditions conditions = model.RandomConditions();
      const Clearance clearance = model.RandomClearance();
      const auto retracted =
          model.Pick(3) == 0 ? RetractedStatements::kKeep : RetractedStatements::kLeaveOut;
      const uint64_t known_at = 1 + model.Pick(model.counts.size());
      const uint64_t count = model.counts[known_at - 1];
      std::vector<uint8_t> expected(model.rows.size() + 1, Scope::kOutOfScope);
      for (uint64_t number = 1; number <= model.rows.size(); ++number) {
        const Row& row = model.rows[number - 1];
        if (!IsInScope(row, conditions, clearance, known_at, retracted)) continue;
        expected[number] =
            row.head.polarity == Polarity::kDenies ? Scope::kDenied : Scope::kAsserted;
      }

      const auto evaluate = [&](uint64_t first, uint64_t at) {
        return EvaluateScope(tables, {first, model.counts[at - 1]}, conditions, clearance,
                             Revision{at}, retracted);
      };
      const ScopePtr scope = MakeScope(conditions, evaluate(1, known_at), nullptr, {});
      // Again and again: a scope that is tested often keeps its members in another form.
      for (int again = 0; again < 8; ++again) {
        ASSERT_EQ(Verdicts(*scope, model.rows.size()), expected);
      }
      ASSERT_EQ(scope->size(),
                expected.size() - static_cast<size_t>(std::count(expected.begin(), expected.end(),
                                                                 Scope::kOutOfScope)));
      ExpectRanges(&model, *scope, expected);

      // From an earlier revision, as the cache does.
      const uint64_t earlier = 1 + model.Pick(known_at);
      std::vector<StatementId> retracted_since;
      if (retracted == RetractedStatements::kLeaveOut) {
        retracted_since = snapshot.RetractedBetween(Revision{earlier}, Revision{known_at});
      }
      const auto extended =
          ExtendScope(*evaluate(1, earlier), *evaluate(model.counts[earlier - 1] + 1, known_at),
                      retracted_since);
      ASSERT_EQ(Verdicts(*MakeScope(conditions, extended, nullptr, {}), model.rows.size()),
                expected);

      // As over a transaction: the last revision's statements, and some of any retracted.
      const uint64_t before = known_at == 1 ? 0 : model.counts[known_at - 2];
      const auto pending = EvaluateScope(tables, {before + 1, count}, conditions, clearance,
                                         Revision{known_at}, retracted);
      const auto committed =
          EvaluateScope(tables, {1, before}, conditions, clearance, Revision{known_at}, retracted);
      StatementBitmap retracted_here;
      std::vector<uint8_t> expected_here = expected;
      for (uint64_t n = model.Pick(20); n > 0 && count > 0; --n) {
        const uint64_t number = 1 + model.Pick(count);
        retracted_here.Add({StatementId{number}});
        expected_here[number] = Scope::kOutOfScope;
      }
      const ScopePtr over = MakeScope(conditions, committed, pending, retracted_here);
      ASSERT_EQ(Verdicts(*over, model.rows.size()), expected_here);
      std::vector<StatementId> members;
      for (uint64_t number = 1; number < expected_here.size(); ++number) {
        if (expected_here[number] == Scope::kOutOfScope) continue;
        members.push_back(StatementId{number});
        ASSERT_TRUE(over->Contains(StatementId{number}));
        ASSERT_EQ(over->PolarityOf(StatementId{number}) == Polarity::kDenies,
                  expected_here[number] == Scope::kDenied);
      }
      ASSERT_EQ(over->Statements(), members);
      ASSERT_EQ(over->size(), members.size());
    }
  }
}

}  // namespace
}  // namespace sightline::storage
