#include "query/exec/edge_table.h"

#include <algorithm>
#include <utility>

#include "query/exec/fact_walk.h"

namespace sightline::query {

using storage::TermId;

StatusOr<EdgeTablePtr> EdgeTable::Make(ExecutionContext* context, const storage::ScopePtr& scope,
                                       const EdgeWalk& walk, NodeTester* tester,
                                       uint64_t* reserved_bytes) {
  const bool tests = tester != nullptr && !tester->passes_all();
  const auto table = std::make_shared<EdgeTable>();
  const uint64_t touched = context->evaluation.facts_touched;
  FactWalk facts(context, scope);
  facts.StartInOrder(walk);
  FactSlice slice;
  uint64_t reserved = 0;
  while (true) {
    SL_ASSIGN_OR_RETURN(const bool more, facts.NextSlice(&slice));
    if (!more) break;
    for (size_t row = 0; row < slice.count; ++row) {
      if (tests) {
        SL_ASSIGN_OR_RETURN(const bool passes, tester->Test(slice.to[row]));
        if (!passes) continue;
      }
      table->Add(slice.from[row], slice.to[row]);
    }
    const uint64_t bytes = table->bytes();
    if (!context->HasRoomForTable(bytes - reserved)) {
      context->evaluation.facts_touched = touched;
      context->Release(reserved);
      return EdgeTablePtr();
    }
    SL_RETURN_IF_ERROR(context->Reserve(bytes - reserved));
    reserved = bytes;
  }
  table->was_cut_ = context->out_of_steps;
  *reserved_bytes = reserved;
  return EdgeTablePtr(table);
}

void EdgeTable::Add(TermId from, TermId to) {
  if (chunks_.empty() || chunks_.back().size() == chunks_.back().capacity()) TakeLargerChunk();
  std::vector<TermId>& chunk = chunks_.back();
  chunk.push_back(to);
  if (sources_.Add(from).second) neighbours_.emplace_back(&chunk.back(), 0);
  std::span<const TermId>& last = neighbours_.back();
  last = {last.data(), last.size() + 1};
}

// Begins a chunk with the neighbours of the last source, which may not have been its last ones.
void EdgeTable::TakeLargerChunk() {
  const std::span<const TermId> begun =
      neighbours_.empty() ? std::span<const TermId>() : neighbours_.back();
  std::vector<TermId> chunk;
  chunk.reserve(
      std::max(std::clamp(chunk_terms_, kChunkTermsMin, kChunkTermsMax), 2 * begun.size()));
  chunk.assign(begun.begin(), begun.end());
  chunk_terms_ += chunk.capacity();
  if (!begun.empty()) {
    neighbours_.back() = {chunk.data(), chunk.size()};
    // A chunk that had nothing else is not needed any more.
    if (begun.size() == chunks_.back().size()) {
      chunk_terms_ -= chunks_.back().capacity();
      chunks_.pop_back();
    }
  }
  chunks_.push_back(std::move(chunk));
}

StatusOr<EdgeTablePtr> EdgeTables::Get(ExecutionContext* context, const storage::ScopePtr& scope,
                                       const EdgeWalk& walk, NodeTester* tester,
                                       uint64_t* reserved_bytes) {
  *reserved_bytes = 0;
  const bool tests = tester != nullptr && !tester->passes_all();
  Entry* entry = nullptr;
  {
    const storage::MutexLock lock(&mutex_);
    entry = &entries_[{scope.get(), *walk.OnlyPredicate(), walk.along.empty(),
                       tests ? &tester->node() : nullptr}];
  }
  const storage::MutexLock lock(&entry->mutex);
  if (!entry->is_made) {
    SL_ASSIGN_OR_RETURN(entry->table,
                        EdgeTable::Make(context, scope, walk, tester, reserved_bytes));
    entry->is_made = true;
  }
  return entry->table;
}

}  // namespace sightline::query
