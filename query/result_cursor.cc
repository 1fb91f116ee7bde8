#include "query/result_cursor.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "query/node_card.h"

namespace sightline::query {
namespace {

class Cursor : public ResultCursor {
 public:
  explicit Cursor(CursorStart start) : start_(std::move(start)) {
    start_.summary.read_at = start_.view->revision();
  }

  storage::Revision read_at() const override { return start_.summary.read_at; }
  const storage::IdCipher& ids() const override { return start_.view->ids(); }
  StatusOr<NodeCard> CardOf(storage::TermId node) const override {
    return MakeNodeCard(*start_.view, start_.base_scope, node);
  }
  StatusOr<std::string> ExternalIdOf(storage::TermId node) const override {
    return start_.view->ExternalIdOf(node);
  }
  StatusOr<storage::Value> ValueOf(storage::TermId term) const override {
    return start_.view->ValueOf(term);
  }
  const QuerySummary& summary() const override { return start_.summary; }

 protected:
  void Finish() {
    SortNotices(&start_.summary.notices);
    start_.summary.execute_micros = SteadyMicros() - start_.started_micros -
                                    start_.summary.parse_micros - start_.summary.plan_micros;
  }

  CursorStart start_;
};

class StreamingCursor : public Cursor {
 public:
  StreamingCursor(CursorStart start, std::unique_ptr<RunningQuery> query)
      : Cursor(std::move(start)),
        query_(std::move(query)),
        busy_micros_(SteadyMicros() - start_.started_micros - start_.summary.parse_micros -
                     start_.summary.plan_micros) {}
  // One that is given up, or fails, was not quick.
  ~StreamingCursor() override {
    if (!finished_) NoteQuick(false);
  }

  const std::vector<Column>& columns() const override { return query_->columns(); }

  StatusOr<size_t> Next(ResultBatch* batch) override {
    // Errors are final.
    if (!failure_.ok()) return failure_;
    const int64_t asked_micros = SteadyMicros();
    StatusOr<size_t> count = CatchingBadAlloc([&] { return query_->Next(batch); });
    busy_micros_ += SteadyMicros() - asked_micros;
    if (!count.ok()) {
      failure_ = count.status();
      *batch = ResultBatch();
      return failure_;
    }
    if (*count == 0 && !finished_) {
      finished_ = true;
      query_->AddTo(&start_.summary);
      Finish();
      NoteQuick(busy_micros_ <= CachedPlan::kQuickMicros &&
                start_.summary.truncation == Truncation::kNone);
    }
    return count;
  }

  uint64_t PlanFingerprint() const override { return query_->PlanFingerprint(); }

 private:
  void NoteQuick(bool is_quick) const {
    if (start_.plan != nullptr) {
      start_.plan->is_quick.store(is_quick, std::memory_order_relaxed);
    }
  }

  std::unique_ptr<RunningQuery> query_;
  Status failure_;
  int64_t busy_micros_;  // Without the time between two calls of Next, which is its reader's.
  bool finished_ = false;
};

class StoredCursor : public Cursor {
 public:
  StoredCursor(CursorStart start, std::vector<Column> columns, std::vector<ResultBatch> batches)
      : Cursor(std::move(start)), columns_(std::move(columns)), batches_(std::move(batches)) {
    Finish();
  }

  const std::vector<Column>& columns() const override { return columns_; }

  StatusOr<size_t> Next(ResultBatch* batch) override {
    if (next_ < batches_.size()) {
      *batch = std::move(batches_[next_++]);
      return batch->row_count;
    }
    batch->columns.assign(columns_.size(), {});
    batch->row_count = 0;
    return 0;
  }

  uint64_t PlanFingerprint() const override { return 0; }

 private:
  const std::vector<Column> columns_;
  std::vector<ResultBatch> batches_;
  size_t next_ = 0;
};

}  // namespace

std::unique_ptr<ResultCursor> MakeStreamingCursor(CursorStart start,
                                                  std::unique_ptr<RunningQuery> query) {
  return std::make_unique<StreamingCursor>(std::move(start), std::move(query));
}

std::unique_ptr<ResultCursor> MakeStoredCursor(CursorStart start, std::vector<Column> columns,
                                               std::vector<ResultBatch> batches) {
  return std::make_unique<StoredCursor>(std::move(start), std::move(columns), std::move(batches));
}

int64_t SteadyMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void SortNotices(std::vector<Diagnostic>* notices) {
  std::stable_sort(notices->begin(), notices->end(), [](const Diagnostic& a, const Diagnostic& b) {
    // What belongs to no place in the text (N5001) comes last.
    if (a.span.empty() != b.span.empty()) return b.span.empty();
    return a.span.begin < b.span.begin;
  });
  notices->erase(std::unique(notices->begin(), notices->end()), notices->end());
}

}  // namespace sightline::query
