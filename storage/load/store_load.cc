#include "storage/load/store_load.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace sightline::storage {

StatusOr<std::unique_ptr<StoreLoad>> StoreLoad::Begin(std::shared_ptr<StoreState> store,
                                                      Compactor* compactor,
                                                      const Clearance& clearance,
                                                      const LoadOptions& options) {
  auto load = std::unique_ptr<StoreLoad>(new StoreLoad(std::move(store)));
  SL_RETURN_IF_ERROR(load->Open(compactor, clearance, options));
  return load;
}

StoreLoad::StoreLoad(std::shared_ptr<StoreState> store) : store_(std::move(store)) {}

StoreLoad::~StoreLoad() {
  if (is_running_) End();
}

void StoreLoad::End() {
  is_running_ = false;
  loader_.reset();
  before_.reset();
  store_->RollBackTables();
  store_->writer_gate().Leave();
  change_.reset();
  store_.reset();
}

Status StoreLoad::Open(Compactor* compactor, const Clearance& clearance,
                       const LoadOptions& options) {
  SL_ASSIGN_OR_RETURN(change_, RunChange::Take(store_, options.token));
  SL_RETURN_IF_ERROR(store_->writer_gate().Enter(options.token));
  is_running_ = true;
  SL_RETURN_IF_ERROR(store_->TakeWrites());
  const CancellationToken never;
  SL_RETURN_IF_ERROR(compactor->FoldAtGate(options.token != nullptr ? *options.token : never));
  before_ = store_->written();
  SL_RETURN_IF_ERROR(store_->ClearRun(before_->runs->next));
  LoadBase base;
  base.kv = &store_->kv();
  base.dictionary = before_->dictionary.get();
  base.snapshot = before_->snapshot;
  base.revision = before_->revision;
  base.statement_count = before_->statement_count;
  base.counters = before_->counters.dictionary;
  base.catalog = before_->catalog;
  base.segment_count = store_->column_segment_count();
  base.head_of = [state = before_](StatementId id) {
    const StatementRow row = state->statements[id];
    StatementHead head;
    head.context_number = row.context_number;
    head.polarity = row.polarity;
    head.credibility = row.credibility;
    head.valid = state->statements.ValidOf(row);
    return head;
  };
  base.contexts = &store_->contexts();
  base.run = before_->runs->next;
  base.clearance = clearance;
  SL_ASSIGN_OR_RETURN(loader_, BulkLoader::Start(base, options));
  return OkStatus();
}

StatusOr<LoadResult> StoreLoad::Commit() {
  if (!is_running_) return FailedPrecondition("The load has ended");
  TakenInLoad taken_in;
  const auto meta_entries =
      [&](const LoadResult& result) -> StatusOr<std::vector<std::pair<std::string, std::string>>> {
    taken_in.counters.dictionary = result.counters;
    taken_in.counters.quads = before_->counters.quads + result.entry.quads_added;
    taken_in.runs = *before_->runs;
    taken_in.runs.folded_through =
        StatementId{before_->statement_count + result.entry.statements_added};
    if (result.run.quad_count > 0) {
      taken_in.runs.runs.push_back(result.run);
      ++taken_in.runs.next.value;
    }
    return std::vector<std::pair<std::string, std::string>>{
        {std::string(kCountersKey), EncodeCounters(taken_in.counters)},
        {std::string(kRunManifestKey), EncodeRunManifest(taken_in.runs)},
        {std::string(kTermSegmentsKey), EncodeTermSegments(result.term_segments)}};
  };
  const int64_t micros =
      std::max(store_->clock().NowMicros(), store_->commits().MicrosOf(before_->revision));
  StatusOr<LoadResult> result = loader_->Commit(micros, meta_entries);
  const LoadResult* const made = result.ok()                       ? &*result
                                 : loader_->in_doubt().has_value() ? &*loader_->in_doubt()
                                                                   : nullptr;
  if (made != nullptr) {
    taken_in.entry = made->entry;
    taken_in.term_segments = made->term_segments;
    taken_in.column_segment_count = made->segment_count;
    taken_in.definitions = made->definitions;
    taken_in.catalog = made->catalog;
    if (!result.ok()) {
      store_->FailWrites(result.status(), std::move(taken_in));
    } else if (const Status taken = store_->TakeIn(std::move(taken_in)); !taken.ok()) {
      result = taken;
    }
  }
  End();
  return result;
}

}  // namespace sightline::storage
