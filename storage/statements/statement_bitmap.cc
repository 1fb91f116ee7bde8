#include "storage/statements/statement_bitmap.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace sightline::storage {

// --- Chunks

const StatementBitmap::ChunkPtr& StatementBitmap::EmptyChunk() {
  // Without a reference count, which all threads would write to.
  static const Chunk* const chunk = new Chunk();
  static const ChunkPtr pointer(ChunkPtr(), chunk);
  return pointer;
}

const StatementBitmap::ChunkPtr& StatementBitmap::FullChunk() {
  static const Chunk* const chunk = [] {
    auto* full = new Chunk();
    full->words.fill(~uint64_t{0});
    full->count = kChunkBits;
    full->run_end = kChunkBits;
    return full;
  }();
  static const ChunkPtr pointer(ChunkPtr(), chunk);
  return pointer;
}

StatementBitmap::ChunkPtr StatementBitmap::Finished(std::shared_ptr<Chunk> chunk) {
  uint32_t count = 0;
  for (const uint64_t word : chunk->words) count += static_cast<uint32_t>(std::popcount(word));
  if (count == 0) return EmptyChunk();
  if (count == kChunkBits) return FullChunk();
  chunk->count = count;
  const auto is_set = [](uint64_t word) { return word != 0; };
  const auto lowest = std::find_if(chunk->words.begin(), chunk->words.end(), is_set);
  const auto highest = std::find_if(chunk->words.rbegin(), chunk->words.rend(), is_set);
  const auto begin =
      static_cast<uint32_t>((lowest - chunk->words.begin()) * 64 + std::countr_zero(*lowest));
  const auto end =
      static_cast<uint32_t>((chunk->words.rend() - highest) * 64 - std::countl_zero(*highest));
  const bool is_run = end - begin == count;
  chunk->run_begin = is_run ? begin : 0;
  chunk->run_end = is_run ? end : 0;
  return chunk;
}

template <typename Decides>
bool StatementBitmap::AnyWord(uint64_t first, uint64_t last, const ChunkPtr& skipped,
                              Decides decides) const {
  while (first <= last) {
    const uint64_t chunk_number = first / kChunkBits;
    const uint64_t chunk_last = std::min(last, chunk_number * kChunkBits + kChunkBits - 1);
    const ChunkPtr& chunk = chunk_number < chunks_.size() ? chunks_[chunk_number] : EmptyChunk();
    if (chunk != skipped) {
      const uint64_t first_word = first % kChunkBits / 64;
      const uint64_t last_word = chunk_last % kChunkBits / 64;
      for (uint64_t i = first_word; i <= last_word; ++i) {
        uint64_t mask = ~uint64_t{0};
        if (i == first_word) mask &= ~uint64_t{0} << (first % 64);
        if (i == last_word) mask &= ~uint64_t{0} >> (63 - chunk_last % 64);
        if (decides(chunk->words[i], mask)) return true;
      }
    }
    if (chunk_number >= chunks_.size()) break;  // The rest is as empty.
    first = chunk_last + 1;
  }
  return false;
}

bool StatementBitmap::ContainsAll(uint64_t first, uint64_t last) const {
  // Scans ask this for each block, and most chunks of most scopes have no gap.
  while (first <= last && first / kChunkBits < chunks_.size()) {
    const Chunk& chunk = *chunks_[first / kChunkBits];
    if (chunk.run_end == 0) break;
    const uint64_t chunk_begin = first / kChunkBits * kChunkBits;
    const uint64_t chunk_last = std::min(last, chunk_begin + kChunkBits - 1);
    if (first < chunk_begin + chunk.run_begin || chunk_last >= chunk_begin + chunk.run_end) {
      return false;
    }
    first = chunk_last + 1;
  }
  return first > last || !AnyWord(first, last, FullChunk(),
                                  [](uint64_t word, uint64_t mask) { return (~word & mask) != 0; });
}

bool StatementBitmap::ContainsAny(uint64_t first, uint64_t last) const {
  return AnyWord(first, last, EmptyChunk(),
                 [](uint64_t word, uint64_t mask) { return (word & mask) != 0; });
}

// --- Counting

uint64_t StatementBitmap::count() const {
  uint64_t count = 0;
  for (const ChunkPtr& chunk : chunks_) count += chunk->count;
  return count;
}

bool StatementBitmap::empty() const {
  return std::all_of(chunks_.begin(), chunks_.end(),
                     [](const ChunkPtr& chunk) { return chunk == EmptyChunk(); });
}

uint64_t StatementBitmap::chunk_bytes() const {
  return static_cast<uint64_t>(std::count_if(
             chunks_.begin(), chunks_.end(),
             [](const ChunkPtr& chunk) { return chunk != EmptyChunk() && chunk != FullChunk(); })) *
         sizeof(Chunk);
}

std::vector<StatementId> StatementBitmap::Members() const {
  std::vector<StatementId> members;
  members.reserve(count());
  for (size_t c = 0; c < chunks_.size(); ++c) {
    if (chunks_[c] == EmptyChunk()) continue;
    for (size_t i = 0; i < kChunkWords; ++i) {
      for (uint64_t word = chunks_[c]->words[i]; word != 0; word &= word - 1) {
        members.push_back(
            StatementId{c * kChunkBits + i * 64 + static_cast<uint64_t>(std::countr_zero(word))});
      }
    }
  }
  return members;
}

uint64_t StatementBitmap::CountShared(const StatementBitmap& other) const {
  uint64_t count = 0;
  for (size_t c = 0; c < std::min(chunks_.size(), other.chunks_.size()); ++c) {
    const ChunkPtr& ours = chunks_[c];
    const ChunkPtr& theirs = other.chunks_[c];
    if (ours == EmptyChunk() || theirs == EmptyChunk()) continue;
    for (size_t i = 0; i < kChunkWords; ++i) {
      count += static_cast<uint64_t>(std::popcount(ours->words[i] & theirs->words[i]));
    }
  }
  return count;
}

// --- Changing

void StatementBitmap::Add(const StatementBitmap& other) {
  if (chunks_.size() < other.chunks_.size()) chunks_.resize(other.chunks_.size(), EmptyChunk());
  for (size_t c = 0; c < other.chunks_.size(); ++c) {
    const ChunkPtr& theirs = other.chunks_[c];
    if (theirs == EmptyChunk() || chunks_[c] == FullChunk()) continue;
    if (theirs == FullChunk() || chunks_[c] == EmptyChunk()) {
      chunks_[c] = theirs;
      continue;
    }
    auto changed = std::make_shared<Chunk>(*chunks_[c]);
    for (size_t i = 0; i < kChunkWords; ++i) changed->words[i] |= theirs->words[i];
    chunks_[c] = Finished(std::move(changed));
  }
}

void StatementBitmap::Remove(const StatementBitmap& other) {
  for (size_t c = 0; c < std::min(chunks_.size(), other.chunks_.size()); ++c) {
    const ChunkPtr& theirs = other.chunks_[c];
    if (theirs == EmptyChunk() || chunks_[c] == EmptyChunk()) continue;
    auto changed = std::make_shared<Chunk>(*chunks_[c]);
    for (size_t i = 0; i < kChunkWords; ++i) changed->words[i] &= ~theirs->words[i];
    chunks_[c] = Finished(std::move(changed));
  }
}

template <typename Change>
void StatementBitmap::ChangeEach(std::vector<StatementId> members, Change change) {
  if (members.empty()) return;
  std::sort(members.begin(), members.end());
  const uint64_t chunk_count = members.back().value / kChunkBits + 1;
  if (chunks_.size() < chunk_count) chunks_.resize(chunk_count, EmptyChunk());
  for (auto member = members.begin(); member != members.end();) {
    const uint64_t c = member->value / kChunkBits;
    auto changed = std::make_shared<Chunk>(*chunks_[c]);
    for (; member != members.end() && member->value / kChunkBits == c; ++member) {
      change(changed->words[member->value % kChunkBits / 64], uint64_t{1} << (member->value % 64));
    }
    chunks_[c] = Finished(std::move(changed));
  }
}

void StatementBitmap::Add(std::vector<StatementId> members) {
  ChangeEach(std::move(members), [](uint64_t& word, uint64_t bit) { word |= bit; });
}

void StatementBitmap::Remove(std::vector<StatementId> members) {
  ChangeEach(std::move(members), [](uint64_t& word, uint64_t bit) { word &= ~bit; });
}

// --- StatementBitmapBuilder

StatementBitmapBuilder::StatementBitmapBuilder(uint64_t first)
    : chunk_(std::make_shared<StatementBitmap::Chunk>()),
      offset_(first % StatementBitmap::kChunkBits) {
  bitmap_.chunks_.resize(first / StatementBitmap::kChunkBits, StatementBitmap::EmptyChunk());
}

void StatementBitmapBuilder::AppendRun(bool is_member, uint64_t count) {
  const uint64_t bits = is_member ? ~uint64_t{0} : 0;
  for (; count >= 64; count -= 64) Append(bits, 64);
  if (count > 0) Append(bits & ((uint64_t{1} << count) - 1), count);
}

void StatementBitmapBuilder::FinishChunk() {
  bitmap_.chunks_.push_back(StatementBitmap::Finished(std::move(chunk_)));
  chunk_ = std::make_shared<StatementBitmap::Chunk>();
  offset_ -= StatementBitmap::kChunkBits;
}

StatementBitmap StatementBitmapBuilder::Finish() {
  if (offset_ > 0) bitmap_.chunks_.push_back(StatementBitmap::Finished(std::move(chunk_)));
  return std::move(bitmap_);
}

}  // namespace sightline::storage
