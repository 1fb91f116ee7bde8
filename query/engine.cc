#include "query/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <thread>
#include <utility>

#include "query/analysis.h"
#include "query/binder/binder.h"
#include "query/clause_limit.h"
#include "query/definitions.h"
#include "query/exec/neighbour_cache.h"
#include "query/exec/rows.h"
#include "query/exec/worker_pool.h"
#include "query/explain.h"
#include "query/optimizer/optimizer.h"
#include "query/plan_cache.h"
#include "query/result_cursor.h"
#include "query/running_query.h"
#include "query/script_cache.h"
#include "query/show.h"
#include "storage/base/clock.h"

namespace sightline::query {
namespace {

QueryLimits Within(const QueryLimits& wanted, const QueryLimits& most) {
  QueryLimits limits;
  limits.rows_max = std::min(wanted.rows_max, most.rows_max);
  limits.memory_bytes_max = std::min(wanted.memory_bytes_max, most.memory_bytes_max);
  limits.steps_max = std::min(wanted.steps_max, most.steps_max);
  limits.batch_rows = std::clamp<uint32_t>(wanted.batch_rows, 1, std::max(1u, most.batch_rows));
  return limits;
}

// The rows of a table, cut as the limits say.
std::vector<ResultBatch> BatchesOf(Table table, const QueryLimits& limits, QuerySummary* summary) {
  if (table.rows.size() > limits.rows_max) {
    table.rows.resize(limits.rows_max);
    summary->truncation = Truncation::kRows;
    Diagnostic cut;
    cut.severity = Severity::kNotice;
    cut.code = "N5001";
    cut.message = fmt::format("stopped after {} rows, the most that were asked for; there are more",
                              limits.rows_max);
    summary->notices.push_back(std::move(cut));
  }
  summary->rows += table.rows.size();
  std::vector<ResultBatch> batches;
  for (std::vector<Datum>& row : table.rows) {
    if (batches.empty() || batches.back().row_count == limits.batch_rows) {
      batches.emplace_back();
      batches.back().columns.resize(table.columns.size());
    }
    ResultBatch& batch = batches.back();
    ++batch.row_count;
    for (size_t column = 0; column < row.size(); ++column) {
      batch.columns[column].push_back(std::move(row[column]));
    }
  }
  return batches;
}

Diagnostic EarlierRowsNotShown(size_t statements) {
  Diagnostic notice;
  notice.severity = Severity::kNotice;
  notice.code = "N5002";
  notice.message =
      fmt::format("the rows of {} earlier {} are not shown; only the last statement's are",
                  statements, statements == 1 ? "statement" : "statements");
  return notice;
}

// What stands behind the AFTER of the statement's last RETURN; null when there is none.
const ast::Expression* CursorOf(const ast::Statement& statement) {
  const auto* query = std::get_if<ast::QueryStatement>(&statement.node);
  if (query == nullptr || query->query.parts.empty()) return nullptr;
  const std::vector<ast::Clause>& clauses = query->query.parts.back().clauses;
  const auto* last =
      clauses.empty() ? nullptr : std::get_if<ast::ReturnClause>(&clauses.back().node);
  return last != nullptr ? last->projection.paging.after.get() : nullptr;
}

Status ProfileInWriting(const SourceSpan& span) {
  Diagnostic refused;
  refused.code = "SL4015";
  refused.message = "PROFILE cannot stand in a script that writes";
  refused.span = span;
  refused.help = {"send it by itself"};
  return ToStatus(std::move(refused));
}

// Asked once: the library reads a file each time, which takes a fifth of a point query.
uint32_t Cores() {
  static const uint32_t cores = std::max(1u, std::thread::hardware_concurrency());
  return cores;
}

// One call of Execute.
class ScriptRun {
 public:
  ScriptRun(storage::Store* store, const EngineOptions& options, ScriptCache* scripts,
            StatisticsCache* statistics, PlanCache* plans, WorkerPool* workers,
            NeighbourCache* neighbours, const QueryRequest& request)
      : store_(store),
        request_(request),
        parser_limits_(options.parser),
        scripts_(scripts),
        statistics_(statistics),
        plans_(plans) {
    optimizer_.rules_off = options.optimizer_rules_off;
    optimizer_.rules_forced = options.optimizer_rules_forced;
    optimizer_.canonical_order = options.canonical_order;
    run_.limits = Within(request.limits, options.limits);
    run_.cancellation = request.cancellation;
    run_.memory_budget = options.memory_budget;
    run_.memory_shown = request.memory_shown;
    run_.spill_directory =
        options.spill_directory.empty() ? store->ScratchDirectory() : options.spill_directory;
    run_.spill_bytes_max = options.spill_bytes_max;
    run_.spill_after_bytes = options.spill_after_bytes.value_or(run_.limits.memory_bytes_max / 4);
    run_.now_micros = storage::Clock::System()->NowMicros();
    run_.parallel = {.pool = workers,
                     .threads_max = options.threads_max == 0 ? Cores() : options.threads_max,
                     .rows_min = options.parallel_rows_min,
                     .morsel_rows = std::max(1u, options.morsel_rows)};
    run_.neighbours = neighbours;
    run_.ranked_rows_min = options.ranked_rows_min;
    start_.started_micros = SteadyMicros();
  }

  StatusOr<std::unique_ptr<ResultCursor>> Run() {
    SL_ASSIGN_OR_RETURN(script_, scripts_->Parse(request_.text));
    start_.summary.parse_micros = SteadyMicros() - start_.started_micros;
    bool writes = false;
    size_t rows_unseen = 0;
    for (const ast::Statement& statement : script_->statements) {
      SL_RETURN_IF_ERROR(CheckClauseCount(statement));
      if (!Writes(statement)) {
        if (&statement != &script_->statements.back()) ++rows_unseen;
        continue;
      }
      writes = true;
      if (request_.read_only) {
        Diagnostic refused;
        refused.code = "SL7001";
        refused.message = "this statement writes, and only reading is allowed here";
        refused.span = statement.span;
        return ToStatus(std::move(refused));
      }
    }
    if (rows_unseen > 0) start_.summary.notices.push_back(EarlierRowsNotShown(rows_unseen));
    if (writes && request_.read_at) {
      Diagnostic earlier;
      earlier.code = "SL8006";
      earlier.message = "a script that writes reads the newest revision, and another was asked for";
      return ToStatus(std::move(earlier));
    }
    return writes ? RunWriting() : RunReading();
  }

  // Null where there is no plan that is kept, suits, and was quick.
  StatusOr<std::unique_ptr<ResultCursor>> RunIfQuick() {
    std::unique_ptr<ResultCursor> nothing;
    script_ = scripts_->Find(request_.text);
    if (script_ == nullptr) return nothing;
    const std::optional<std::string> key = KeyOfPlan();
    if (!key) return nothing;
    SL_RETURN_IF_ERROR(OpenView());
    const int64_t started = SteadyMicros();
    SL_ASSIGN_OR_RETURN(const auto plan, FindPlan(*key, /*only_quick=*/true));
    if (plan == nullptr) return nothing;
    start_.summary.plan_micros = SteadyMicros() - started;
    start_.summary.plan_was_kept = true;
    return Stream(plan);
  }

 private:
  // Binds and plans. The view must outlive the result.
  StatusOr<BoundStatement> Prepare(const ast::Statement& statement, const storage::ReadView& view,
                                   storage::Transaction* transaction) {
    if (request_.cancellation != nullptr) SL_RETURN_IF_ERROR(CheckRunning());
    const int64_t started = SteadyMicros();
    BindContext context;
    context.text = request_.text;
    context.view = &view;
    context.transaction = transaction;
    context.parameters = &request_.parameters;
    context.scope = request_.scope;
    context.now_micros = run_.now_micros;
    context.late_parameters = keeps_plan_;
    context.parse = [this, &view](std::string_view text) {
      has_expanded_ = true;
      Prefixes prefixes = PrefixesOf(view);
      return Parse(text, parser_limits_, &prefixes);
    };
    if (request_.cancellation != nullptr) context.may_go_on = [this] { return CheckRunning(); };
    SL_ASSIGN_OR_RETURN(BoundStatement bound, Bind(statement, context));
    if (auto* query = std::get_if<BoundQuery>(&bound.node)) {
      // What only a transaction sees is not to be kept for others.
      optimizer_.statistics = transaction == nullptr ? statistics_ : nullptr;
      SL_RETURN_IF_ERROR(Optimize(query, view, optimizer_));
      AddNotices(bound.notices, query->late_notices);
    } else {
      AddNotices(bound.notices, {});
    }
    start_.summary.plan_micros += SteadyMicros() - started;
    return bound;
  }

  // Parses anew when names in back-quotes may begin with a prefix, which the syntax that is kept
  // for a text knows nothing of.
  Status ExpandNames(const storage::ReadView& view) {
    if (request_.text.find('`') == std::string::npos) return OkStatus();
    const bool defines = std::any_of(
        script_->statements.begin(), script_->statements.end(),
        [](const ast::Statement& s) { return std::holds_alternative<ast::DefinePrefix>(s.node); });
    Prefixes prefixes = PrefixesOf(view);
    if (!defines && !prefixes.OccurIn(request_.text)) return OkStatus();
    SL_ASSIGN_OR_RETURN(ast::Script script, Parse(request_.text, parser_limits_, &prefixes));
    script_ = std::make_shared<const ast::Script>(std::move(script));
    return OkStatus();
  }

  Status CheckRunning() const {
    ExecutionContext context;
    context.cancellation = request_.cancellation;
    return context.CheckRunning();
  }

  // What a script that reads sees.
  Status OpenView() {
    const std::optional<storage::Revision> page_of = RevisionOfPage();
    SL_ASSIGN_OR_RETURN(start_.view, store_->OpenReadView(page_of ? page_of : request_.read_at,
                                                          request_.clearance));
    return OkStatus();
  }

  StatusOr<std::unique_ptr<ResultCursor>> RunReading() {
    SL_RETURN_IF_ERROR(OpenView());
    const int64_t started = SteadyMicros();
    const std::optional<std::string> key = KeyOfPlan();
    if (key) {
      SL_ASSIGN_OR_RETURN(const auto plan, FindPlan(*key, /*only_quick=*/false));
      start_.summary.plan_micros = SteadyMicros() - started;
      start_.summary.plan_was_kept = plan != nullptr;
      if (plan != nullptr) return Stream(plan);
    }
    keeps_plan_ = key.has_value();
    start_.base_scope = start_.view->default_scope();
    SL_RETURN_IF_ERROR(ExpandNames(*start_.view));
    BoundStatement last;
    for (const ast::Statement& statement : script_->statements) {
      // Those before the last give no rows to anybody; binding says whether they are right.
      SL_ASSIGN_OR_RETURN(last, Prepare(statement, *start_.view, nullptr));
    }
    if (script_->statements.empty()) return MakeStoredCursor(std::move(start_), {}, {});
    if (auto* show = std::get_if<BoundShow>(&last.node)) {
      SL_ASSIGN_OR_RETURN(Table table, Show(*show, *start_.view, request_.cancellation));
      return FromTable(std::move(table));
    }
    if (auto* describe = std::get_if<BoundDescribe>(&last.node)) {
      SL_ASSIGN_OR_RETURN(Table table, Describe(*describe, *start_.view));
      return FromTable(std::move(table));
    }
    auto* query = std::get_if<BoundQuery>(&last.node);
    if (query == nullptr) return Internal("A definition in a script that does not write");
    if (query->explain) return FromTable(Explain(*query, request_.text));
    start_.base_scope = query->scopes[query->base_scope_index];
    if (query->profile) {
      SL_ASSIGN_OR_RETURN(Table table, Profile(std::move(*query)));
      return FromTable(std::move(table));
    }
    auto plan = std::make_shared<CachedPlan>();
    plan->query = std::move(*query);
    plan->notices = std::move(last.notices);
    run_.parameters = plan->query.parameters;
    if (key && !has_expanded_) {
      plans_->Add(start_.view->revision(), *key, request_.parameters, plan);
    }
    return Stream(std::move(plan));
  }

  // A plan that is kept and made ready for the parameters of this call; null when there is none
  // that suits them.
  StatusOr<std::shared_ptr<const CachedPlan>> FindPlan(const std::string& key, bool only_quick) {
    std::shared_ptr<const CachedPlan> plan =
        plans_->Find(start_.view->revision(), key, request_.parameters);
    if (plan == nullptr) return plan;
    if (only_quick && !plan->is_quick.load(std::memory_order_relaxed)) return nullptr;
    if (plan->query.parameters == nullptr) {
      AddNotices(plan->notices, {});
      return plan;
    }
    BindContext context;
    context.text = request_.text;
    context.view = start_.view.get();
    context.parameters = &request_.parameters;
    SL_ASSIGN_OR_RETURN(LateValues late,
                        BindLateParameters(plan->query.late, plan->query.scopes, context));
    if (!IsAlike(*plan->query.parameters, *late.parameters)) return nullptr;
    run_.parameters = std::move(late.parameters);
    AddNotices(plan->notices, late.notices);
    return plan;
  }

  // Both in order of place.
  void AddNotices(const std::vector<Diagnostic>& notices, const std::vector<Diagnostic>& late) {
    std::vector<Diagnostic>& all = start_.summary.notices;
    const auto before = static_cast<std::ptrdiff_t>(all.size());
    all.insert(all.end(), notices.begin(), notices.end());
    if (late.empty()) return;
    all.insert(all.end(), late.begin(), late.end());
    std::stable_sort(all.begin() + before, all.end(), [](const Diagnostic& a, const Diagnostic& b) {
      return a.span.begin < b.span.begin;
    });
    all.erase(std::unique(all.begin() + before, all.end()), all.end());
  }

  StatusOr<std::unique_ptr<ResultCursor>> Stream(const std::shared_ptr<const CachedPlan>& plan) {
    start_.base_scope = plan->query.scopes[plan->query.base_scope_index];
    start_.plan = plan;
    SL_ASSIGN_OR_RETURN(auto running,
                        RunningQuery::Start(std::shared_ptr<const BoundQuery>(plan, &plan->query),
                                            start_.view, nullptr, run_));
    return MakeStreamingCursor(std::move(start_), std::move(running));
  }

  // What the plan of the whole script is kept by; none when it is not kept.
  std::optional<std::string> KeyOfPlan() const {
    if (script_->statements.size() != 1) return std::nullopt;
    // Asked from within the server, under a scope that the text does not tell.
    if (request_.scope != storage::ScopeConditions()) return std::nullopt;
    const auto* query = std::get_if<ast::QueryStatement>(&script_->statements[0].node);
    const bool runs = query != nullptr && (query->prefix == ast::QueryPrefix::kNone ||
                                           query->prefix == ast::QueryPrefix::kWhy);
    if (!runs) return std::nullopt;
    return PlanKeyOf(request_.text, request_.parameters, request_.clearance);
  }

  // All pages of a result are read at the revision of the first. A cursor that cannot be read, or
  // is not for this query, is for the binder to refuse.
  std::optional<storage::Revision> RevisionOfPage() const {
    if (script_->statements.empty()) return std::nullopt;
    const ast::Expression* after = CursorOf(script_->statements.back());
    if (after == nullptr) return std::nullopt;
    Datum given;
    if (const auto* literal = std::get_if<ast::Literal>(&after->node))
      given = Datum(literal->value);
    if (const auto* parameter = std::get_if<ast::ParameterExpression>(&after->node)) {
      const auto found = request_.parameters.find(parameter->name);
      if (found != request_.parameters.end()) given = found->second;
    }
    const auto* text = given.value() != nullptr ? given.value()->get_if<storage::Text>() : nullptr;
    const auto cursor =
        text != nullptr ? DecodePageCursor(text->text, store_->ids()) : std::nullopt;
    if (!cursor || cursor->revision > store_->revision()) return std::nullopt;
    if (!request_.read_at || *request_.read_at == cursor->revision) return cursor->revision;
    return std::nullopt;  // The binder says that the two differ.
  }

  // Runs the query to its end, and tells what it took instead of what it found.
  StatusOr<Table> Profile(BoundQuery query) {
    const std::vector<PlanRow> plan = PlanRows(*query.plan, query.subqueries, request_.text);
    PlanProfile profile;
    RunOptions options = run_;
    options.profile = &profile;
    SL_ASSIGN_OR_RETURN(auto running,
                        RunningQuery::Start(std::make_shared<const BoundQuery>(std::move(query)),
                                            start_.view, nullptr, options));
    ResultBatch batch;
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t count, running->Next(&batch));
      if (count == 0) break;
    }
    running->AddTo(&start_.summary);
    start_.summary.rows = 0;  // Those of the table are counted when it is made.
    start_.summary.next_cursor.clear();
    return ProfileTable(plan, profile);
  }

  StatusOr<std::unique_ptr<ResultCursor>> FromTable(Table table) {
    std::vector<Column> columns = table.columns;
    std::vector<ResultBatch> batches = BatchesOf(std::move(table), run_.limits, &start_.summary);
    return MakeStoredCursor(std::move(start_), std::move(columns), std::move(batches));
  }

  StatusOr<std::unique_ptr<storage::Transaction>> BeginTransaction() const {
    auto transaction = store_->BeginTransaction(request_.clearance, request_.cancellation);
    if (transaction.status().code() != StatusCode::kDeadlineExceeded) return transaction;
    return WithPlace(transaction.status(), "SL5002", {});
  }

  StatusOr<std::unique_ptr<ResultCursor>> RunWriting() {
    SL_ASSIGN_OR_RETURN(std::unique_ptr<storage::Transaction> transaction, BeginTransaction());
    std::vector<Column> columns;
    std::vector<ResultBatch> batches;
    SL_ASSIGN_OR_RETURN(std::shared_ptr<const storage::ReadView> view, transaction->View());
    SL_RETURN_IF_ERROR(ExpandNames(*view));
    for (const ast::Statement& statement : script_->statements) {
      const bool is_last = &statement == &script_->statements.back();
      // Each statement sees what those before it have written, and nothing of its own.
      if (view == nullptr) {
        SL_ASSIGN_OR_RETURN(view, transaction->View());
      }
      SL_ASSIGN_OR_RETURN(BoundStatement bound, Prepare(statement, *view, transaction.get()));
      Table table;
      if (auto* query = std::get_if<BoundQuery>(&bound.node); query != nullptr && query->explain) {
        if (!is_last) continue;
        table = Explain(*query, request_.text);
      } else if (query != nullptr) {
        if (!query->writes && !is_last) continue;
        if (query->profile) return ProfileInWriting(bound.span);
        SL_RETURN_IF_ERROR(
            RunToTheEnd(std::move(*query), view, transaction.get(), is_last, &columns, &batches));
      } else if (auto* show = std::get_if<BoundShow>(&bound.node)) {
        if (!is_last) continue;
        SL_ASSIGN_OR_RETURN(table, Show(*show, *view, request_.cancellation));
      } else if (auto* describe = std::get_if<BoundDescribe>(&bound.node)) {
        if (!is_last) continue;
        SL_ASSIGN_OR_RETURN(table, Describe(*describe, *view));
      } else {
        SL_ASSIGN_OR_RETURN(table, ApplyDefinition(&bound, transaction.get()));
        ++start_.summary.definitions;
      }
      if (is_last && !table.columns.empty()) {
        columns = table.columns;
        batches = BatchesOf(std::move(table), run_.limits, &start_.summary);
      }
      if (Writes(statement)) view = nullptr;
    }
    if (request_.cancellation != nullptr) SL_RETURN_IF_ERROR(CheckRunning());
    view = nullptr;
    if (request_.before_commit) {
      SL_RETURN_IF_ERROR(request_.before_commit(transaction.get(), start_.summary));
    }
    SL_ASSIGN_OR_RETURN(const storage::CommitResult commit, transaction->Commit());
    transaction = nullptr;
    start_.summary.committed_at = commit.revision;
    // The rows name what the commit has made visible.
    StatusOr<std::shared_ptr<const storage::ReadView>> committed =
        store_->OpenReadView(commit.revision, request_.clearance);
    if (!committed.ok()) {
      return MakeStatus(
          committed.status().code(),
          fmt::format("The script is committed as revision {}, but its rows cannot be "
                      "shown: {}",
                      commit.revision.value, MessageOf(committed.status())));
    }
    start_.view = *std::move(committed);
    start_.base_scope = start_.view->default_scope();
    return MakeStoredCursor(std::move(start_), std::move(columns), std::move(batches));
  }

  // Does all of the query's writes; keeps the rows of the last statement.
  Status RunToTheEnd(BoundQuery query, std::shared_ptr<const storage::ReadView> view,
                     storage::Transaction* transaction, bool keep, std::vector<Column>* columns,
                     std::vector<ResultBatch>* batches) {
    const bool writes = query.writes;
    SL_ASSIGN_OR_RETURN(auto running,
                        RunningQuery::Start(std::make_shared<const BoundQuery>(std::move(query)),
                                            std::move(view), transaction, run_));
    uint64_t kept_bytes = 0;
    while (keep) {
      ResultBatch batch;
      SL_ASSIGN_OR_RETURN(const size_t count, running->Next(&batch));
      if (count == 0) break;
      for (const std::vector<Datum>& cells : batch.columns) {
        for (const Datum& datum : cells) {
          const uint64_t bytes = DatumBytes(datum);
          SL_RETURN_IF_ERROR(running->Reserve(bytes));
          kept_bytes += bytes;
        }
      }
      batches->push_back(std::move(batch));
    }
    // Writes do not depend on how many rows anybody wants to see.
    if (writes) SL_RETURN_IF_ERROR(running->Drain());
    if (keep) *columns = running->columns();
    running->AddTo(&start_.summary);
    if (keep) {
      start_.memory = running->TakeSharedMemory();
      start_.memory.ShrinkTo(kept_bytes);
    }
    return OkStatus();
  }

  storage::Store* const store_;
  const QueryRequest& request_;
  const ParserLimits parser_limits_;
  ScriptCache* const scripts_;
  StatisticsCache* const statistics_;
  PlanCache* const plans_;
  bool keeps_plan_ = false;    // For other values of the parameters.
  bool has_expanded_ = false;  // The text of a stored definition went into the plan.
  OptimizerOptions optimizer_;
  RunOptions run_;
  std::shared_ptr<const ast::Script> script_;
  CursorStart start_;
};

}  // namespace

struct QueryEngine::Shared {
  storage::Store* const store;
  ScriptCache scripts;
  StatisticsCache statistics{};
  PlanCache plans{};
  WorkerPool workers{std::max(2u, Cores()) - 1};
  NeighbourCache neighbours;
};

QueryEngine::QueryEngine(storage::Store* store, const EngineOptions& options)
    : shared_(new Shared{.store = store,
                         .scripts = ScriptCache(options.parser),
                         .neighbours = NeighbourCache(options.neighbour_bytes_max)}),
      options_(options) {}

QueryEngine::~QueryEngine() = default;

StatusOr<std::unique_ptr<ResultCursor>> QueryEngine::Execute(const QueryRequest& request) {
  using Result = StatusOr<std::unique_ptr<ResultCursor>>;
  return CatchingBadAlloc([&]() -> Result {
    return ScriptRun(shared_->store, options_, &shared_->scripts, &shared_->statistics,
                     &shared_->plans, &shared_->workers, &shared_->neighbours, request)
        .Run();
  });
}

StatusOr<std::unique_ptr<ResultCursor>> QueryEngine::ExecuteIfQuick(const QueryRequest& request) {
  using Result = StatusOr<std::unique_ptr<ResultCursor>>;
  return CatchingBadAlloc([&]() -> Result {
    return ScriptRun(shared_->store, options_, &shared_->scripts, &shared_->statistics,
                     &shared_->plans, &shared_->workers, &shared_->neighbours, request)
        .RunIfQuick();
  });
}

StatusOr<Analysis> QueryEngine::Analyze(const QueryRequest& request) {
  return CatchingBadAlloc([&]() -> StatusOr<Analysis> {
    return AnalyzeScript(shared_->store, options_, &shared_->statistics, request);
  });
}

}  // namespace sightline::query
