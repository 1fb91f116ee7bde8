#include "query/exec/neighbour_cache.h"

#include <algorithm>

#include "storage/statements/scope_builder.h"

namespace sightline::query {

using storage::MutexLock;
using storage::Permutation;
using storage::ScopePtr;
using storage::TermId;

namespace {

constexpr size_t kChunkTermsMin = 256, kChunkTermsMax = size_t{1} << 16;
// What a node takes at most, with its neighbours in an array that may be half empty.
constexpr uint64_t kNodeBytes = TermIndex::kTermBytes + 2 * sizeof(std::span<const TermId>);

}  // namespace

std::optional<std::span<const TermId>> NeighbourTable::Find(TermId from) const {
  const Shard& shard = shards_[ShardOf(from)];
  const MutexLock lock(&shard.mutex);
  const std::optional<uint32_t> node = shard.nodes.Find(from);
  if (!node) return std::nullopt;
  return shard.neighbours[*node];
}

uint64_t NeighbourTable::Add(TermId from, const std::vector<TermId>& neighbours) {
  Shard& shard = shards_[ShardOf(from)];
  const MutexLock lock(&shard.mutex);
  if (shard.nodes.Find(from)) return 0;  // Another search was there first.
  // One that ran out of memory may have left its neighbours without their node.
  shard.neighbours.resize(shard.nodes.size());
  uint64_t bytes = kNodeBytes;
  auto& chunks = shard.chunks;
  if (chunks.empty() || chunks.back().capacity() - chunks.back().size() < neighbours.size()) {
    const size_t twice = chunks.empty() ? 0 : 2 * chunks.back().capacity();
    chunks.emplace_back().reserve(
        std::max(std::clamp(twice, kChunkTermsMin, kChunkTermsMax), neighbours.size()));
    bytes += chunks.back().capacity() * sizeof(TermId);
  }
  std::vector<TermId>& chunk = chunks.back();
  const size_t begin = chunk.size();
  chunk.insert(chunk.end(), neighbours.begin(), neighbours.end());
  shard.neighbours.emplace_back(chunk.data() + begin, neighbours.size());
  shard.nodes.Add(from);
  return bytes;
}

NeighbourTablePtr NeighbourCache::TableOf(const ScopePtr& scope, Permutation permutation,
                                          TermId predicate) {
  if (bytes_max_ == 0 || scope->conditions().origins_min > 0) return nullptr;
  const MutexLock lock(&mutex_);
  // The newest first: those of scopes of earlier revisions are before them.
  const auto known =
      std::find_if(tables_.rbegin(), tables_.rend(), [&](const NeighbourTablePtr& table) {
        return table->permutation_ == permutation && table->predicate_ == predicate &&
               storage::HaveSameFacts(table->scope_, scope);
      });
  if (known != tables_.rend()) {
    (*known)->used_at_ = ++uses_;
    return *known;
  }
  if (tables_.size() >= kTablesMax) DropOldest();
  tables_.push_back(std::make_shared<NeighbourTable>(scope, permutation, predicate));
  tables_.back()->used_at_ = ++uses_;
  return tables_.back();
}

void NeighbourCache::Add(NeighbourTable* table, TermId from,
                         const std::vector<TermId>& neighbours) {
  const MutexLock lock(&mutex_);
  while (!table->is_dropped_ && bytes() > bytes_max_) DropOldest();
  if (table->is_dropped_) return;
  const uint64_t bytes = table->Add(from, neighbours);
  table->bytes_ += bytes;
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void NeighbourCache::DropOldest() {
  const auto oldest = std::min_element(
      tables_.begin(), tables_.end(),
      [](const auto& left, const auto& right) { return left->used_at_ < right->used_at_; });
  bytes_.fetch_sub((*oldest)->bytes_, std::memory_order_relaxed);
  (*oldest)->is_dropped_ = true;
  tables_.erase(oldest);
}

}  // namespace sightline::query
