// The two kinds of ResultCursor: one that runs a query as it is read, one over rows that are there.

#pragma once

#include <memory>
#include <new>
#include <vector>

#include "query/engine.h"
#include "query/plan_cache.h"
#include "query/running_query.h"

namespace sightline::query {

// What is known of a script before its last statement gives rows.
struct CursorStart {
  std::shared_ptr<const storage::ReadView> view;  // Of what the rows are.
  storage::ScopePtr base_scope;                   // What classes are read under.
  QuerySummary summary;                           // Of the statements so far.
  int64_t started_micros = 0;                     // On the steady clock.
  storage::MemoryShare memory;                    // Of rows that are there already.
  std::shared_ptr<const CachedPlan> plan;         // Told how quick this run was; may be null.
};

std::unique_ptr<ResultCursor> MakeStreamingCursor(CursorStart start,
                                                  std::unique_ptr<RunningQuery> query);
// `summary` is complete but for the time.
std::unique_ptr<ResultCursor> MakeStoredCursor(CursorStart start, std::vector<Column> columns,
                                               std::vector<ResultBatch> batches);

int64_t SteadyMicros();
// Puts notices in the order of their places in the text, each once.
void SortNotices(std::vector<Diagnostic>* notices);

// Runs `work`, and turns an allocation that failed into SL5005.
template <typename Work>
auto CatchingBadAlloc(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    Diagnostic full;
    full.code = "SL5005";
    full.message = "the server has no memory left for this query";
    return ToStatus(std::move(full));
  }
}

}  // namespace sightline::query
