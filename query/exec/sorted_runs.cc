#include "query/exec/sorted_runs.h"

#include <algorithm>
#include <utility>

#include "query/exec/rows.h"

namespace sightline::query {
namespace {

// As many places at which a merge reads at a time.
constexpr size_t kRunsMergedMax = 32;

}  // namespace

SortedRuns::SortedRuns(RowOrder* row_order, std::optional<uint64_t> rows_max, FramePtr frame,
                       ExecutionContext* context)
    : row_order_(row_order),
      rows_max_(rows_max),
      frame_(std::move(frame)),
      context_(context),
      rows_(std::make_unique<SpilledRows>(context)) {}

Status SortedRuns::AddRun(const Batch& batch, const std::vector<uint32_t>& order) {
  for (const uint32_t row : order) {
    if (rows_max_ && rows_->appended() >= *rows_max_) break;
    SL_RETURN_IF_ERROR(context_->Tick());
    SL_RETURN_IF_ERROR(rows_->Append(batch, row));
  }
  SL_ASSIGN_OR_RETURN(const SpilledRows::Run run, rows_->EndRun());
  runs_.push_back(run);
  return OkStatus();
}

Status SortedRuns::StartMerge() {
  Batch row;
  while (runs_.size() > kRunsMergedMax) {
    auto merged = std::make_unique<SpilledRows>(context_);
    std::vector<SpilledRows::Run> merged_runs;
    for (size_t begin = 0; begin < runs_.size(); begin += kRunsMergedMax) {
      SL_RETURN_IF_ERROR(Open(begin, std::min(begin + kRunsMergedMax, runs_.size())));
      while (!rows_max_ || merged->appended() < *rows_max_) {
        row = frame_->NewBatch();
        SL_ASSIGN_OR_RETURN(const bool found, NextOf(&row));
        if (!found) break;
        SL_RETURN_IF_ERROR(merged->Append(row, 0));
      }
      SL_ASSIGN_OR_RETURN(const SpilledRows::Run run, merged->EndRun());
      merged_runs.push_back(run);
    }
    heads_.clear();
    rows_ = std::move(merged);
    runs_ = std::move(merged_runs);
  }
  return Open(0, runs_.size());
}

uint64_t SortedRuns::row_count() const {
  uint64_t count = 0;
  for (const SpilledRows::Run& run : runs_) count += run.row_count;
  return rows_max_ ? std::min(count, *rows_max_) : count;
}

Status SortedRuns::Next(Batch* out) {
  SL_ASSIGN_OR_RETURN(const bool found, NextOf(out));
  SL_RETURN_IF_ERROR(row_order_->status());
  return found ? OkStatus() : Internal("A sort has fewer rows than it took");
}

Status SortedRuns::Open(size_t begin, size_t end) {
  heads_.clear();
  for (size_t run = begin; run < end; ++run) {
    auto head = std::make_unique<Head>(Head{
        .reader = SpilledRowReader(*rows_, runs_[run]), .run = run, .row = frame_->NewBatch()});
    SL_ASSIGN_OR_RETURN(const bool found, Advance(head.get()));
    if (found) heads_.push_back(std::move(head));
  }
  std::make_heap(heads_.begin(), heads_.end(),
                 [this](const auto& a, const auto& b) { return IsAfter(*a, *b); });
  return OkStatus();
}

StatusOr<bool> SortedRuns::Advance(Head* head) {
  // The columns stay: a row is read for each that is given.
  for (Vector& column : head->row.columns) column.Clear();
  head->row.row_count = 0;
  head->prefixes.clear();
  SL_ASSIGN_OR_RETURN(const bool found, head->reader.Next(&head->row));
  if (!found) return false;
  SL_RETURN_IF_ERROR(row_order_->AppendPrefixes(head->row, 0, &head->prefixes));
  return true;
}

StatusOr<bool> SortedRuns::NextOf(Batch* out) {
  if (heads_.empty()) return false;
  SL_RETURN_IF_ERROR(context_->Tick());
  const auto after = [this](const auto& a, const auto& b) { return IsAfter(*a, *b); };
  std::pop_heap(heads_.begin(), heads_.end(), after);
  AppendRow(heads_.back()->row, 0, out);
  SL_ASSIGN_OR_RETURN(const bool more, Advance(heads_.back().get()));
  if (more) {
    std::push_heap(heads_.begin(), heads_.end(), after);
  } else {
    heads_.pop_back();
  }
  return true;
}

bool SortedRuns::IsAfter(const Head& a, const Head& b) const {
  const RowOrder::Row x{.prefixes = a.prefixes.data(), .batch = &a.row, .row = 0};
  const RowOrder::Row y{.prefixes = b.prefixes.data(), .batch = &b.row, .row = 0};
  if (row_order_->IsBefore(y, x)) return true;
  return a.run > b.run && !row_order_->IsBefore(x, y);
}

}  // namespace sightline::query
