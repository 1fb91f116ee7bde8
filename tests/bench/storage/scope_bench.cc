// Conditions on provenance over a table of statements: how long evaluating them takes, uncached,
// and how fast a scan can then test its rows. The argument is the number of statements.
//
// The table has 50,000 contexts (documents, 200 claimants, 20 markings) and 1,000 valid intervals,
// in one of two orders: "mixed" draws both at random for every statement, the worst case for
// packing and for short cuts; "loaded" has the statements of a document together, as an import
// does.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "storage/statements/scope_builder.h"

namespace sightline::storage {
namespace {

constexpr uint32_t kContextCount = 50'000;
constexpr int64_t kIntervalCount = 1'000;
constexpr int64_t kMicrosPerDay = 86'400'000'000;
constexpr uint64_t kRevisionCount = 100;

enum class Order : int64_t { kMixed = 0, kLoaded = 1 };

template <typename T>
T OrDie(StatusOr<T> result) {
  if (!result.ok()) std::abort();
  return *std::move(result);
}

TimeInterval IntervalOf(int64_t number) {
  if (number == 0) return {};
  const int64_t from = number * kMicrosPerDay;
  return {{BoundKind::kAt, from}, {BoundKind::kAt, from + 30 * kMicrosPerDay}};
}

StatementContext ContextOf(uint64_t number) {
  StatementContext context;
  context.claimant = TermId::Make(TermTag::kEntity, 1 + number % 200);
  context.document = TermId::Make(TermTag::kEntity, 1'000 + number);
  context.marking.tlp = static_cast<TlpLabel>(number % 5);
  if (number % 4 == 0) context.marking.access = "nato&(eu|us)";
  context.reliability = static_cast<Reliability>(number % 7);
  return context;
}

struct Table {
  StatementTable statements;
  ContextTable contexts;
};

// One in a hundred statements is retracted, at a hundred revisions after the first.
const Table& TableOf(uint64_t statement_count, Order order) {
  static std::map<std::pair<uint64_t, Order>, std::unique_ptr<Table>> tables;
  std::unique_ptr<Table>& table = tables[{statement_count, order}];
  if (table != nullptr) return *table;
  table = std::make_unique<Table>();
  for (uint32_t i = 0; i < kContextCount; ++i) OrDie(table->contexts.Intern(ContextOf(i)));
  std::mt19937_64 random(1);
  for (uint64_t i = 0; i < statement_count; ++i) {
    StatementHead head;
    if (order == Order::kMixed) {
      head.context_number = static_cast<uint32_t>(random() % kContextCount);
      head.valid = IntervalOf(static_cast<int64_t>(random() % kIntervalCount));
    } else {
      head.context_number = static_cast<uint32_t>(i * kContextCount / statement_count);
      // Of a document, the days near its own.
      const uint64_t day = (head.context_number * 7919u + random() % 20) % kIntervalCount;
      head.valid = IntervalOf(static_cast<int64_t>(random() % 3 == 0 ? 0 : day));
    }
    head.credibility = static_cast<Credibility>(random() % 7);
    if (random() % 50 == 0) head.polarity = Polarity::kDenies;
    OrDie(table->statements.Append(head));
  }
  table->statements.Commit(Revision{1}, {});
  for (uint64_t revision = 2; revision <= kRevisionCount + 1; ++revision) {
    std::vector<StatementId> retracted;
    for (uint64_t i = 0; i < statement_count / 100 / kRevisionCount; ++i) {
      const StatementId id{1 + random() % statement_count};
      if (!table->statements.IsRetracted(id)) retracted.push_back(id);
    }
    table->statements.Commit(Revision{revision}, retracted);
  }
  return *table;
}

Clearance AmberNato() {
  Clearance clearance;
  clearance.tlp_max = TlpLabel::kAmber;
  clearance.authorizations = {"nato", "eu"};
  return clearance;
}

ScopeConditions Sources() {
  ScopeConditions conditions;
  conditions.sources.emplace();
  for (uint64_t i = 1; i <= 10; ++i) {
    conditions.sources->push_back(TermId::Make(TermTag::kEntity, i * 9));
  }
  return conditions;
}

ScopeConditions Valid() {
  ScopeConditions conditions;
  conditions.valid =
      TimeInterval{{BoundKind::kAt, 400 * kMicrosPerDay}, {BoundKind::kAt, 600 * kMicrosPerDay}};
  return conditions;
}

void Evaluate(benchmark::State& state, const ScopeConditions& conditions,
              const Clearance& clearance, Revision known_at, RetractedStatements retracted) {
  const auto statement_count = static_cast<uint64_t>(state.range(0));
  const Table& table = TableOf(statement_count, static_cast<Order>(state.range(1)));
  const StatementSnapshot snapshot = table.statements.Snapshot();
  uint64_t in_scope = 0;
  for (auto _ : state) {
    const auto bitmaps = EvaluateScope({snapshot, table.contexts}, {1, statement_count}, conditions,
                                       clearance, known_at, retracted);
    in_scope = bitmaps->in_scope.count();
  }
  state.counters["in_scope"] = static_cast<double>(in_scope);
  state.counters["bytes/statement"] =
      static_cast<double>(snapshot.allocated_bytes()) / static_cast<double>(statement_count);
}

constexpr Revision kNewest{kRevisionCount + 1};

void ClearanceOnly(benchmark::State& state) {
  Evaluate(state, {}, AmberNato(), kNewest, RetractedStatements::kKeep);
}
void SourcesOnly(benchmark::State& state) {
  Evaluate(state, Sources(), Clearance::Unrestricted(), kNewest, RetractedStatements::kKeep);
}
void ValidIntervalOnly(benchmark::State& state) {
  Evaluate(state, Valid(), Clearance::Unrestricted(), kNewest, RetractedStatements::kKeep);
}
void KnownAtMiddle(benchmark::State& state) {
  Evaluate(state, {}, Clearance::Unrestricted(), Revision{kRevisionCount / 2},
           RetractedStatements::kLeaveOut);
}
void AllTogether(benchmark::State& state) {
  ScopeConditions conditions = Sources();
  conditions.valid = Valid().valid;
  conditions.credibility = Credibility{3};
  conditions.reliability = Reliability::kD;
  Evaluate(state, conditions, AmberNato(), Revision{kRevisionCount / 2},
           RetractedStatements::kLeaveOut);
}

// A commit of ten statements and one retraction, for a scope that was evaluated before it.
void ExtendByACommit(benchmark::State& state) {
  const auto statement_count = static_cast<uint64_t>(state.range(0));
  const Table& table = TableOf(statement_count, static_cast<Order>(state.range(1)));
  const StatementSnapshot snapshot = table.statements.Snapshot();
  const ScopeTables tables{snapshot, table.contexts};
  const Clearance clearance = AmberNato();
  const auto evaluate = [&](uint64_t first, uint64_t last) {
    return EvaluateScope(tables, {first, last}, {}, clearance, kNewest,
                         RetractedStatements::kLeaveOut);
  };
  const auto base = evaluate(1, statement_count - 10);
  for (auto _ : state) {
    benchmark::DoNotOptimize(ExtendScope(*base, *evaluate(statement_count - 9, statement_count),
                                         {StatementId{statement_count / 2}}));
  }
}

#define SCOPE_BENCH(name)                 \
  BENCHMARK(name)                         \
      ->ArgNames({"statements", "order"}) \
      ->Args({1'000'000, 0})              \
      ->Args({10'000'000, 0})             \
      ->Args({10'000'000, 1})             \
      ->Args({100'000'000, 0})            \
      ->Args({100'000'000, 1})            \
      ->Unit(benchmark::kMillisecond)
SCOPE_BENCH(ClearanceOnly);
SCOPE_BENCH(SourcesOnly);
SCOPE_BENCH(ValidIntervalOnly);
SCOPE_BENCH(KnownAtMiddle);
SCOPE_BENCH(AllTogether);
SCOPE_BENCH(ExtendByACommit);

// Rows of a scan in subject order: their statements are anywhere.
void TestRows(benchmark::State& state) {
  const auto statement_count = static_cast<uint64_t>(state.range(0));
  const Table& table = TableOf(statement_count, Order::kMixed);
  const StatementSnapshot snapshot = table.statements.Snapshot();
  const ScopePtr scope =
      MakeScope({},
                EvaluateScope({snapshot, table.contexts}, {1, statement_count}, {}, AmberNato(),
                              kNewest, RetractedStatements::kLeaveOut),
                nullptr, {});
  std::mt19937_64 random(2);
  std::vector<uint64_t> statements(1 << 20);
  for (uint64_t& statement : statements) statement = 1 + random() % statement_count;
  constexpr size_t kBatchRows = 256;
  std::vector<uint8_t> verdicts(kBatchRows);
  size_t first = 0;
  for (auto _ : state) {
    if (state.range(1) == 0) {
      scope->Test(&statements[first], kBatchRows, verdicts.data());
    } else {
      for (size_t i = 0; i < kBatchRows; ++i) {
        const StatementId id{statements[first + i]};
        verdicts[i] = !scope->Contains(id)                          ? Scope::kOutOfScope
                      : scope->PolarityOf(id) == Polarity::kAsserts ? Scope::kAsserted
                                                                    : Scope::kDenied;
      }
    }
    benchmark::DoNotOptimize(verdicts.data());
    benchmark::ClobberMemory();
    first = (first + kBatchRows) % statements.size();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kBatchRows));
}
BENCHMARK(TestRows)
    ->ArgNames({"statements", "one by one"})
    ->Args({1'000'000, 0})
    ->Args({10'000'000, 0})
    ->Args({10'000'000, 1});

// What opening a store costs: a segment from its bytes.
void LoadSegments(benchmark::State& state) {
  const auto statement_count = static_cast<uint64_t>(state.range(0));
  const Table& table = TableOf(statement_count, static_cast<Order>(state.range(1)));
  const StatementSnapshot snapshot = table.statements.Snapshot();
  std::vector<std::string> segments;
  uint64_t byte_count = 0;
  for (uint64_t segment = 0; segment < snapshot.segment_count(); ++segment) {
    segments.push_back(snapshot.EncodeSegment(segment));
    byte_count += segments.back().size();
  }
  for (auto _ : state) {
    StatementTable loaded;
    for (const std::string& segment : segments) {
      if (!loaded.LoadSegment(segment, kContextCount).ok()) std::abort();
    }
    benchmark::DoNotOptimize(loaded.size());
  }
  state.counters["disk bytes/statement"] =
      static_cast<double>(byte_count) / static_cast<double>(segments.size() * kSegmentRows);
}
SCOPE_BENCH(LoadSegments);

}  // namespace
}  // namespace sightline::storage

BENCHMARK_MAIN();
