#include "query/explain.h"

#include <cmath>
#include <string>
#include <utility>

namespace sightline::query {
namespace {

Table PlanTable(const std::vector<PlanRow>& plan) {
  Table table;
  table.columns = {{"operator", ColumnType::kText},
                   {"details", ColumnType::kText},
                   {"estimated_rows", ColumnType::kInteger}};
  for (const PlanRow& row : plan) {
    // Products of guesses soon leave the integers.
    constexpr double kMost = 1e15;
    const bool known = row.estimated_rows.has_value() && *row.estimated_rows <= kMost;
    table.rows.push_back({Datum::OfText(std::string(2 * row.depth, ' ') + row.name),
                          Datum::OfText(row.details),
                          known ? Datum::OfInteger(std::llround(*row.estimated_rows)) : Datum()});
  }
  return table;
}

uint64_t Less(uint64_t all, uint64_t below) { return all > below ? all - below : 0; }

}  // namespace

Table Explain(const BoundQuery& query, std::string_view text) {
  return PlanTable(PlanRows(*query.plan, query.subqueries, text));
}

Table ProfileTable(const std::vector<PlanRow>& plan, const PlanProfile& profile) {
  Table table = PlanTable(plan);
  for (const char* name : {"rows", "facts_touched", "micros", "memory_bytes", "spilled_bytes"}) {
    table.columns.push_back({name, ColumnType::kInteger});
  }
  const auto profile_of = [&](const PlanRow& row) {
    const auto found = profile.find(row.node);
    return found != profile.end() ? found->second : OperatorProfile{};
  };
  for (size_t i = 0; i < plan.size(); ++i) {
    OperatorProfile own = profile_of(plan[i]);
    for (const size_t input : plan[i].inputs) {
      const OperatorProfile below = profile_of(plan[input]);
      own.facts_touched = Less(own.facts_touched, below.facts_touched);
      own.micros = Less(own.micros, below.micros);
      own.memory_bytes = Less(own.memory_bytes, below.memory_bytes);
      own.spilled_bytes = Less(own.spilled_bytes, below.spilled_bytes);
    }
    for (const uint64_t figure :
         {own.rows, own.facts_touched, own.micros, own.memory_bytes, own.spilled_bytes}) {
      table.rows[i].push_back(Datum::OfInteger(static_cast<int64_t>(figure)));
    }
  }
  return table;
}

}  // namespace sightline::query
