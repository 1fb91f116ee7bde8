// QueryEngine: from SLQL text to rows. Start here.
//
//   QueryEngine engine(store.get(), {});
//   auto cursor = engine.Execute({.text = "MATCH (s)-[:supplies]->(\"optics\") RETURN s",
//   .clearance = c}); ResultBatch batch; while (*(*cursor)->Next(&batch) > 0) { ... }
//
// Thread safety: the engine is safe from any thread; a cursor belongs to one thread at a time.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "query/diagnostics/diagnostic.h"
#include "query/functions/datum.h"
#include "query/parser/parser.h"
#include "storage/base/cancellation.h"
#include "storage/base/ids.h"
#include "storage/base/memory_budget.h"
#include "storage/base/status.h"
#include "storage/model/marking.h"
#include "storage/statements/scope.h"
#include "storage/store.h"

namespace sightline::query {

struct QueryLimits {
  uint64_t rows_max = 1'000'000;  // Rows sent; more sets `truncated`.
  uint64_t memory_bytes_max = 256ull << 20;
  uint64_t steps_max = 100'000'000;  // Facts touched.
  uint32_t batch_rows = 2048;        // Rows a batch at most.
};

struct EngineOptions {
  ParserLimits parser;
  QueryLimits limits;  // The most that a request may ask for, and its defaults.
  // What all queries may hold together, beside what each may (limits). Borrowed; may be null; must
  // outlive the cursors.
  storage::MemoryBudget* memory_budget = nullptr;
  // Where queries put rows that their memory cannot hold, for as long as they run. Empty: the
  // store's scratch directory.
  std::string spill_directory;
  // The most that one query may put there.
  uint64_t spill_bytes_max = 16ull << 30;
  // An operator that can spill does so when it holds more. Unset: a quarter of the query's memory.
  std::optional<uint64_t> spill_after_bytes;
  // Whoever is not cleared for everything gets rows, lists and what LIMIT keeps in an order of
  // names, which tells nothing of what he may not see (query/optimizer/rule_canonical_order.h).
  // Without it answers begin sooner, and their order follows the store's numbers.
  bool canonical_order = true;
  // Threads that may work on one query at a time (query/exec/exchange.h). 1: only the one that asks
  // for its rows. 0: as many as the machine has cores. The engine has one helper less than cores
  // for all its queries together, but one at least.
  uint32_t threads_max = 0;
  // A query has helpers when it is expected to find so many rows on its way ...
  uint64_t parallel_rows_min = 100'000;
  // ... each of which takes so many rows at a time. 1 at least.
  uint32_t morsel_rows = 512;
  // A sort of so many rows in the order of names compares ranks (query/exec/row_order.h).
  uint64_t ranked_rows_min = 4096;
  // What may be kept of the neighbours of nodes that searches and steps from few rows have met, for
  // later ones (query/exec/neighbour_cache.h). 0: nothing.
  uint64_t neighbour_bytes_max = 64ull << 20;
  // Optimizer rules that are not applied, by name (query/optimizer/optimizer.h): for tests.
  std::set<std::string, std::less<>> optimizer_rules_off;
  // Rules that are applied wherever they can be, as OptimizerOptions has it: for tests.
  std::set<std::string, std::less<>> optimizer_rules_forced;
};

struct QuerySummary;

struct QueryRequest {
  std::string_view text;
  std::map<std::string, Datum, std::less<>> parameters;
  storage::Clearance clearance;
  std::optional<storage::Revision>
      read_at;  // Unset: the newest. A script that writes must leave it unset.
  // Which statements count where the text does not say. For queries made within the server.
  storage::ScopeConditions scope{};
  QueryLimits limits;
  // Borrowed, may be null; must outlive the cursor.
  const storage::CancellationToken* cancellation = nullptr;
  // Writes are refused with SL7001.
  bool read_only = false;
  // May be null. Of a script that writes: called when all of it has been done, before it is
  // committed, with what the summary has by then. An error gives the script up.
  std::function<Status(storage::Transaction*, const QuerySummary&)> before_commit = nullptr;
  // Where others read how many bytes the query holds. Borrowed, may be null; must outlive the
  // cursor.
  std::atomic<uint64_t>* memory_shown = nullptr;
};

// What a column holds, known before the first row.
enum class ColumnType : uint8_t {
  kBoolean,
  kInteger,
  kDouble,
  kText,
  kEntity,
  kStatement,
  kAny,  // Cells of differing or composite type.
};

struct Column {
  std::string name;
  ColumnType type = ColumnType::kAny;
};

// Rows as columns; columns.size() is the cursor's, each column has row_count cells. A cell of a
// typed column is of that type or null.
struct ResultBatch {
  std::vector<std::vector<Datum>> columns;
  size_t row_count = 0;
};

// How a node is shown to people. Sent once for each node of a result.
struct NodeCard {
  storage::TermId id;
  std::string external_id;  // "org/hikvision"
  std::string class_name;   // A most specific visible class; empty when there is none.
  std::string caption;
};

enum class Truncation : uint8_t { kNone, kRows, kSteps, kTime };

struct QuerySummary {
  storage::Revision read_at;                      // What the rows are of.
  std::optional<storage::Revision> committed_at;  // Set when the script wrote.
  uint64_t rows = 0;
  Truncation truncation = Truncation::kNone;
  uint64_t statements_added = 0;
  uint64_t statements_existing = 0;  // Asserted again: on record already.
  uint64_t statements_retracted = 0;
  uint64_t definitions = 0;
  uint64_t facts_touched = 0;
  int64_t parse_micros = 0, plan_micros = 0, execute_micros = 0;
  bool plan_was_kept = false;       // Its plan was made for an earlier call (query/plan_cache.h).
  std::vector<Diagnostic> notices;  // Warnings and notices, in order of place.
  // Of a query with LIMIT n AFTER that gave a full page: what to give AFTER for the next. Opaque.
  // Empty after the last page.
  std::string next_cursor;
};

class ResultCursor {
 public:
  virtual ~ResultCursor() = default;

  virtual const std::vector<Column>& columns() const = 0;
  virtual storage::Revision read_at() const = 0;
  // Between the store's numbers and how they are shown.
  virtual const storage::IdCipher& ids() const = 0;
  // Replaces `*batch` with the next rows, at most limits.batch_rows; 0 is the end, for good. Errors
  // are final: kCancelled, kDeadlineExceeded, kResourceExhausted, kInvalidArgument (SL5xxx),
  // kDataLoss.
  virtual StatusOr<size_t> Next(ResultBatch* batch) = 0;
  // How to show a node of the result.
  virtual StatusOr<NodeCard> CardOf(storage::TermId node) const = 0;
  // The text of a predicate or class term, the external id of any node.
  virtual StatusOr<std::string> ExternalIdOf(storage::TermId node) const = 0;
  // The value of a term, as a fact of the result holds it for its object.
  virtual StatusOr<storage::Value> ValueOf(storage::TermId term) const = 0;
  // Complete once Next has given 0.
  virtual const QuerySummary& summary() const = 0;
  // Of the plan's operators and their order, without what they look for: two runs of a query that
  // were planned alike have the same. 0 where the rows were there before they were asked for.
  virtual uint64_t PlanFingerprint() const = 0;
};

struct Analysis;  // query/analysis.h

class QueryEngine {
 public:
  // Borrows the store, which must outlive the engine.
  QueryEngine(storage::Store* store, const EngineOptions& options);
  ~QueryEngine();

  // Runs a script: parses, binds, plans, and starts the last statement. All statements run in one
  // transaction when any of them writes, which is committed and synced before Execute returns; any
  // error rolls all of it back. The rows are those of the last statement.
  //
  // A cursor must go before the engine, whose threads may be at work for it.
  //
  // Errors carry diagnostics (query/diagnostics/diagnostic.h).
  StatusOr<std::unique_ptr<ResultCursor>> Execute(const QueryRequest& request);

  // As Execute, for whoever cannot wait, where all is there to answer at once: the script only
  // reads, text and plan are kept from an earlier call, and its last run took less than a
  // millisecond. That this one does as well is likely and not certain: set limits that end it
  // soon. Null where Execute is to be called instead; nothing has been done then.
  StatusOr<std::unique_ptr<ResultCursor>> ExecuteIfQuick(const QueryRequest& request);

  // What the script is, without running it: query/analysis.h. Parameters that are not given count
  // as null. A script that writes is analysed in a transaction that is rolled back, for which it
  // waits its turn.
  //
  // Errors: kCancelled, kDeadlineExceeded, those of the store. A mistake in the script is none.
  StatusOr<Analysis> Analyze(const QueryRequest& request);

 private:
  // The store, and what queries leave behind for later ones.
  struct Shared;
  const std::unique_ptr<Shared> shared_;
  const EngineOptions options_;
};

}  // namespace sightline::query
