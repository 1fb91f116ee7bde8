#include "query/running_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "query/evidence/evidence.h"
#include "query/exec/physical_planner.h"
#include "query/exec/query_guard.h"
#include "query/plan/plan_text.h"

namespace sightline::query {
namespace {

// Clients lay typed columns out by their type: nothing else may get in.
bool Fits(ColumnType type, const Datum& datum) {
  if (type == ColumnType::kAny || datum.is_null()) return true;
  const storage::Value* value = datum.value();
  if (value == nullptr) return false;
  switch (type) {
    case ColumnType::kBoolean:
      return value->type() == storage::ValueType::kBoolean;
    case ColumnType::kInteger:
      return value->type() == storage::ValueType::kInteger;
    case ColumnType::kDouble:
      return value->type() == storage::ValueType::kDouble;
    case ColumnType::kText:
      return value->type() == storage::ValueType::kText;
    case ColumnType::kEntity:
      return value->type() == storage::ValueType::kNode;  // A statement is a node as well.
    case ColumnType::kStatement:
      return datum.node().is_statement();
    case ColumnType::kAny:
      return true;
  }
  return false;
}

}  // namespace

ColumnType ColumnTypeOf(StaticType type) {
  switch (type) {
    case StaticType::kBoolean:
      return ColumnType::kBoolean;
    case StaticType::kInteger:
      return ColumnType::kInteger;
    case StaticType::kDouble:
      return ColumnType::kDouble;
    case StaticType::kText:
      return ColumnType::kText;
    case StaticType::kEntity:
      return ColumnType::kEntity;
    case StaticType::kStatement:
      return ColumnType::kStatement;
    default:
      return ColumnType::kAny;
  }
}

StatusOr<std::unique_ptr<RunningQuery>> RunningQuery::Start(
    std::shared_ptr<const BoundQuery> query, std::shared_ptr<const storage::ReadView> view,
    storage::Transaction* transaction, const RunOptions& options) {
  std::unique_ptr<RunningQuery> running(new RunningQuery);
  running->query_ = std::move(query);
  running->view_ = std::move(view);
  running->limits_ = options.limits;
  ExecutionContext& context = running->context_;
  context.evaluation.view = running->view_.get();
  context.evaluation.scopes = running->query_->scopes;
  context.evaluation.parameters = options.parameters;
  context.evaluation.base_scope_index = running->query_->base_scope_index;
  context.evaluation.cypher = running->query_->cypher;
  if (running->query_->canonical_order) {
    context.evaluation.term_order = std::make_shared<TermOrder>(running->view_.get());
  }
  context.evaluation.now_micros = options.now_micros;
  context.transaction = transaction;
  context.evaluation.transaction = transaction;
  context.cancellation = options.cancellation;
  context.steps_max = options.limits.steps_max;
  context.memory_bytes_max = options.limits.memory_bytes_max;
  context.shared_memory = storage::MemoryShare(options.memory_budget);
  context.memory_shown = options.memory_shown;
  context.spill_directory = options.spill_directory;
  context.spill_bytes_max = options.spill_bytes_max;
  context.spill_after_bytes = options.spill_after_bytes;
  context.batch_rows = options.limits.batch_rows;
  context.parallel = options.parallel;
  context.ranked_rows_min = options.ranked_rows_min;
  context.profile = options.profile;
  // Others wait for a writer; and what only its transaction sees is not to be kept for them.
  if (transaction == nullptr) {
    context.long_run = &running->long_run_;
    context.neighbours = options.neighbours;
  }
  for (const BoundColumn& column : running->query_->columns) {
    running->columns_.push_back({column.name, ColumnTypeOf(column.type)});
  }
  const bool merges =
      std::any_of(context.evaluation.scopes.begin(), context.evaluation.scopes.end(),
                  [](const storage::ScopePtr& scope) { return scope->identity() != nullptr; });
  if (merges) {
    context.ShareLimits();
    running->view_->SetScanGuard(std::make_shared<QueryGuard>(context));
  }
  SL_ASSIGN_OR_RETURN(running->root_, MakePhysicalPlan(*running->query_, &context));
  return running;
}

StatusOr<Datum> RunningQuery::Decode(size_t column, const Batch& batch, size_t row) {
  const uint32_t slot = query_->columns[column].slot;
  if (slot >= batch.columns.size() || batch.columns[slot].size() <= row) return Datum();
  SL_ASSIGN_OR_RETURN(Datum datum, CellOf(batch.columns[slot], row, context_.evaluation));
  if (query_->why && column + 1 == query_->columns.size()) {
    return PresentEvidence(datum, &context_.evaluation);
  }
  if (!Fits(columns_[column].type, datum)) {
    return Internal("A cell that is not of its column's type: column {}", columns_[column].name);
  }
  return datum;
}

StatusOr<size_t> RunningQuery::Next(ResultBatch* batch) {
  batch->columns.assign(columns_.size(), {});
  batch->row_count = 0;
  if (ended_) return 0;
  const LongRun::Stretch stretch(context_.long_run);
  SL_RETURN_IF_ERROR(context_.CheckRunning());
  Batch found;
  SL_ASSIGN_OR_RETURN(size_t count, root_->Next(&found));
  context_.ShowMemory();
  if (count == 0) {
    ended_ = true;
    if (context_.out_of_steps) truncation_ = Truncation::kSteps;
    return 0;
  }
  if (count > limits_.rows_max - rows_) {
    count = limits_.rows_max - rows_;
    ended_ = true;
    truncation_ = Truncation::kRows;
  }
  for (size_t column = 0; column < columns_.size(); ++column) {
    std::vector<Datum>& cells = batch->columns[column];
    cells.reserve(count);
    for (size_t row = 0; row < count; ++row) {
      SL_RETURN_IF_ERROR(context_.Tick());
      SL_ASSIGN_OR_RETURN(Datum datum, Decode(column, found, row));
      cells.push_back(std::move(datum));
    }
  }
  batch->row_count = count;
  rows_ += count;
  return count;
}

Status RunningQuery::Drain() {
  Batch rest;
  while (true) {
    SL_RETURN_IF_ERROR(context_.CheckRunning());
    SL_ASSIGN_OR_RETURN(const size_t count, root_->Next(&rest));
    if (count == 0) return OkStatus();
  }
}

uint64_t RunningQuery::PlanFingerprint() const {
  // FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv).
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const PlanRow& row : PlanRows(*query_->plan, query_->subqueries, "")) {
    for (const char c : row.name) add(static_cast<unsigned char>(c));
    add(0);
    add(static_cast<unsigned char>(row.depth));
  }
  return hash;
}

void RunningQuery::AddTo(QuerySummary* summary) const {
  summary->rows += rows_;
  if (truncation_ != Truncation::kNone) summary->truncation = truncation_;
  summary->statements_added += context_.statements_added;
  summary->statements_existing += context_.statements_existing;
  summary->statements_retracted += context_.statements_retracted;
  summary->facts_touched += context_.evaluation.facts_touched;
  summary->notices.insert(summary->notices.end(), context_.evaluation.notices.begin(),
                          context_.evaluation.notices.end());
  if (query_->page && rows_ > 0 && truncation_ != Truncation::kSteps &&
      (rows_ == query_->page->rows_max || truncation_ == Truncation::kRows)) {
    PageCursor next = query_->page->next;
    next.rows_before += rows_;
    summary->next_cursor = EncodePageCursor(next, view_->ids());
  }
  if (truncation_ == Truncation::kNone) return;
  Diagnostic cut;
  cut.severity = Severity::kNotice;
  cut.code = "N5001";
  cut.message =
      truncation_ == Truncation::kRows
          ? fmt::format("stopped after {} rows, the most that were asked for; there are more",
                        rows_)
          : fmt::format("stopped after {} facts; {} rows are complete, more may exist",
                        limits_.steps_max, rows_);
  summary->notices.push_back(std::move(cut));
}

}  // namespace sightline::query
