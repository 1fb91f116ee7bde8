// Term segments: dictionary entries that bulk loads have written. A segment holds ascending terms
// of one tag with numbers without gaps, as blocks (storage/dictionary/term_block.h) that answer
// both ways: number -> bytes and bytes -> number. It is never changed or taken away.
//
// On disk, kTermBlocks has the blocks by number and kTermIndex where each begins; kMeta's
// kTermSegmentsKey lists the segments. In memory, TermSegments keeps where each block begins, cut
// to the bytes that tell it from the term before (suffix truncation: Bayer, Unterauer, "Prefix
// B-trees", 1977), so that a look-up reads one block and nothing else.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/status.h"
#include "storage/dictionary/term_block.h"
#include "storage/kv/kv_store.h"
#include "storage/model/term_id.h"

namespace sightline::storage {

struct TermSegment {
  TermTag tag = TermTag::kNone;
  uint32_t segment = 0;  // Unique within the tag.
  uint64_t first_number = 0;
  uint64_t last_number = 0;  // Included.

  uint64_t term_count() const { return last_number - first_number + 1; }
  friend bool operator==(const TermSegment&, const TermSegment&) = default;
};

inline constexpr std::string_view kTermSegmentsKey = "term_segments";  // In kMeta.

// The list in order: tags ascend, and within a tag segments and numbers do. Decode errors:
// kDataLoss, also when the order is wrong or ranges overlap.
std::string EncodeTermSegments(const std::vector<TermSegment>& segments);
StatusOr<std::vector<TermSegment>> DecodeTermSegments(std::string_view bytes);

// When a block is full. Measured with tests/bench/storage/dictionary_bench.cc.
struct TermBlockLimits {
  uint32_t terms = 64;
  // Of front-coded terms: a block of long texts must not cost a look-up of one of them much.
  size_t bytes = 4096;
};

// Writes one segment.
//
// The keys of a family's file ascend over all segments in it, so that writers which share files
// must be used one after another, in the order of the list: tag by tag, ascending; within a tag by
// segment number, and numbers ascending with it. Thread-compatible.
class TermSegmentWriter {
 public:
  // Takes an entry of kTermBlocks or kTermIndex: KvFileWriter::Put, KvBatch::Put.
  using PutEntry = std::function<Status(std::string_view key, std::string_view value)>;

  // REQUIRES: HasDictionaryEntry(tag), first_number > 0.
  TermSegmentWriter(TermTag tag, uint32_t segment, uint64_t first_number, PutEntry put_block,
                    PutEntry put_index, const TermBlockLimits& limits = {});

  // The number of the term. Errors: kInvalidArgument when it is not greater than the one before;
  // kResourceExhausted when the sixty bits of a payload are used up; what the callbacks give.
  // After an error the writer is of no use.
  StatusOr<uint64_t> Add(std::string_view term);
  // Writes the last block. Errors: kFailedPrecondition when no term was added; as Add.
  StatusOr<TermSegment> Finish();

 private:
  Status EndBlock();

  const PutEntry put_block_;
  const PutEntry put_index_;
  const TermBlockLimits limits_;
  TermSegment segment_;  // Its last_number is that of the last term added.
  TermBlockBuilder block_;
  std::string last_term_;
};

// The segments of a store as of one moment, each with its index in memory: some bytes a term
// (IndexBytes). Reads no snapshot: what is in the list is there for good. Immutable and safe from
// any thread. Borrows the KvStore.
class TermSegments {
 public:
  // Reads the indexes of `list`; takes over those that `before`, which may be null, has already.
  // REQUIRES: `list` is in the order of EncodeTermSegments. Errors: kDataLoss, kUnavailable.
  static StatusOr<std::shared_ptr<const TermSegments>> Load(
      const KvStore* kv, const std::vector<TermSegment>& list,
      const std::shared_ptr<const TermSegments>& before);

  std::vector<TermSegment> list() const;
  bool empty() const { return segments_.empty(); }
  // Whether a segment has the term of this id.
  bool Owns(TermId term) const { return SegmentOf(term) != nullptr; }

  // None when no segment has it. Looks in the newest segment of the tag first.
  StatusOr<std::optional<TermId>> Find(TermTag tag, std::string_view bytes) const;
  // REQUIRES: Owns(term).
  StatusOr<std::string> BytesOf(TermId term) const;

  // Reads every block: that its terms ascend and lie where the index says, and that their numbers
  // have no gaps. Errors: kDataLoss, which names the block; kUnavailable.
  Status Verify() const;
  // Of memory.
  uint64_t IndexBytes() const;

 private:
  friend class TermSegmentsReader;

  // Where the blocks of a segment begin.
  class Index;
  using IndexPtr = std::shared_ptr<const Index>;

  TermSegments(const KvStore* kv, std::vector<IndexPtr> segments)
      : kv_(kv), segments_(std::move(segments)) {}

  static StatusOr<IndexPtr> LoadIndex(const KvStore* kv, const TermSegment& segment);
  const Index* SegmentOf(TermId term) const;
  // The bytes of a block, which ends with the term `last`.
  StatusOr<std::string> ReadBlock(TermId last) const;

  const KvStore* const kv_;
  const std::vector<IndexPtr> segments_;  // In the order of the list.
};
using TermSegmentsPtr = std::shared_ptr<const TermSegments>;

// For many look-ups of terms that lie near one another, as in ascending order: keeps the block that
// it read last of each segment. Thread-compatible.
class TermSegmentsReader {
 public:
  // REQUIRES: not null.
  explicit TermSegmentsReader(TermSegmentsPtr segments)
      : segments_(std::move(segments)), last_read_(segments_->segments_.size()) {}

  // As TermSegments::Find.
  StatusOr<std::optional<TermId>> Find(TermTag tag, std::string_view bytes);

 private:
  struct StoredBlock {
    TermId last;  // None: no block.
    std::string bytes;
    std::optional<TermBlock> block;  // Borrows the bytes.
  };

  const TermSegmentsPtr segments_;
  std::vector<StoredBlock> last_read_;  // Of each segment. Stays as long as it is.
};

}  // namespace sightline::storage
