// StatementBitmap: a set of statements, as bits by number, in chunks that copies share.
//
// The two levels are those of Roaring bitmaps (S. Chambi, D. Lemire, O. Kaser, R. Godin: Better
// bitmap performance with Roaring bitmaps, 2016), with two differences that scopes need. A chunk is
// immutable and shared: a set that grows by a commit's statements costs one new chunk and not a
// copy of the whole. And a chunk is always plain words, the full and the empty one being constants:
// testing a statement is two loads without a branch on a chunk's kind.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "storage/base/ids.h"

namespace sightline::storage {

// A value; a copy costs a pointer for each 65,536 statements. Thread-compatible.
class StatementBitmap {
 public:
  static constexpr uint64_t kChunkBits = 65536;

  bool Contains(uint64_t number) const {
    const uint64_t chunk = number / kChunkBits;
    if (chunk >= chunks_.size()) return false;
    return chunks_[chunk]->words[number % kChunkBits / 64] >> (number % 64) & 1;
  }
  // All, any of `first`, ..., `last`. Cheap where whole chunks are full or empty (ContainsAll also
  // where a chunk's members have no gap), and otherwise up to the first word that decides.
  // REQUIRES: first <= last.
  bool ContainsAll(uint64_t first, uint64_t last) const;
  bool ContainsAny(uint64_t first, uint64_t last) const;

  uint64_t count() const;
  bool empty() const;
  std::vector<StatementId> Members() const;  // Ascending.
  // Bytes of the chunks that are neither full nor empty. Copies share them.
  uint64_t chunk_bytes() const;

  void Add(const StatementBitmap& other);
  void Remove(const StatementBitmap& other);
  void Add(std::vector<StatementId> members);
  void Remove(std::vector<StatementId> members);

  // How many statements are in both.
  uint64_t CountShared(const StatementBitmap& other) const;

 private:
  friend class StatementBitmapBuilder;

  static constexpr size_t kChunkWords = kChunkBits / 64;
  using Words = std::array<uint64_t, kChunkWords>;
  struct Chunk {
    Words words{};
    uint32_t count = 0;
    // The members when they lie without a gap: `run_begin` up to before `run_end`. Else both are 0.
    uint32_t run_begin = 0;
    uint32_t run_end = 0;
  };
  using ChunkPtr = std::shared_ptr<const Chunk>;

  static const ChunkPtr& EmptyChunk();
  static const ChunkPtr& FullChunk();
  // With `count` to be set: the chunk, or the constant that it equals.
  static ChunkPtr Finished(std::shared_ptr<Chunk> chunk);
  // Sorts the members, copies each chunk that they touch, and calls change(words, bit) for each.
  template <typename Change>
  void ChangeEach(std::vector<StatementId> members, Change change);
  // Whether a word of the range, of which only the bits of `mask` count, meets decides(word, mask).
  // Chunks equal to `skipped` are passed over unread.
  template <typename Decides>
  bool AnyWord(uint64_t first, uint64_t last, const ChunkPtr& skipped, Decides decides) const;

  std::vector<ChunkPtr> chunks_;
};

// Fills a bitmap with ascending bits. Thread-compatible.
class StatementBitmapBuilder {
 public:
  // Statements before `first` are not in the set.
  explicit StatementBitmapBuilder(uint64_t first);

  // The next `bit_count` statements, the lowest bit first. REQUIRES: 1 <= bit_count <= 64, and no
  // higher bit is set.
  void Append(uint64_t bits, size_t bit_count) {
    chunk_->words[offset_ / 64] |= bits << (offset_ % 64);
    const size_t room = 64 - offset_ % 64;
    offset_ += bit_count;
    if (offset_ >= StatementBitmap::kChunkBits) [[unlikely]]
      FinishChunk();
    // What did not fit into the word.
    if (bit_count > room) chunk_->words[offset_ / 64] |= bits >> room;
  }
  void AppendRun(bool is_member, uint64_t count);

  // The builder is used up.
  StatementBitmap Finish();

 private:
  void FinishChunk();

  StatementBitmap bitmap_;
  std::shared_ptr<StatementBitmap::Chunk> chunk_;
  uint64_t offset_ = 0;  // Of the next bit within the chunk.
};

}  // namespace sightline::storage
