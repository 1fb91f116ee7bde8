#include "storage/dictionary/term_segments.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

constexpr size_t kIndexPrefixBytes = 1 + 4;

std::string BlockKey(TermId last) {
  std::string key;
  key.reserve(9);
  AppendByte(static_cast<uint8_t>(last.tag()), &key);
  AppendFixed64(last.payload(), &key);
  return key;
}

std::string IndexKey(TermTag tag, uint32_t segment, std::string_view begin) {
  std::string key;
  key.reserve(kIndexPrefixBytes + begin.size());
  AppendByte(static_cast<uint8_t>(tag), &key);
  AppendFixed32(segment, &key);
  key.append(begin);
  return key;
}

// The first key behind all of a segment's index.
std::string IndexEnd(const TermSegment& segment) {
  if (segment.segment < UINT32_MAX) return IndexKey(segment.tag, segment.segment + 1, "");
  return std::string(1, static_cast<char>(static_cast<uint8_t>(segment.tag) + 1));
}

bool IsSegmentTag(TermTag tag) {
  return tag == TermTag::kEntity || tag == TermTag::kString || tag == TermTag::kValue;
}

Status BadIndex(const TermSegment& segment) {
  return DataLoss("The index of a term segment is damaged: tag {}, segment {}",
                  static_cast<int>(segment.tag), segment.segment);
}

}  // namespace

std::string EncodeTermSegments(const std::vector<TermSegment>& segments) {
  std::string bytes;
  AppendVarint(segments.size(), &bytes);
  for (const TermSegment& segment : segments) {
    AppendByte(static_cast<uint8_t>(segment.tag), &bytes);
    AppendVarint(segment.segment, &bytes);
    AppendVarint(segment.first_number, &bytes);
    AppendVarint(segment.last_number, &bytes);
  }
  return bytes;
}

StatusOr<std::vector<TermSegment>> DecodeTermSegments(std::string_view bytes) {
  ByteReader reader(bytes);
  SL_ASSIGN_OR_RETURN(const uint64_t count, reader.ReadVarint());
  std::vector<TermSegment> segments;
  for (uint64_t i = 0; i < count; ++i) {
    TermSegment segment;
    SL_ASSIGN_OR_RETURN(const uint8_t tag, reader.ReadByte());
    segment.tag = static_cast<TermTag>(tag);
    SL_ASSIGN_OR_RETURN(const uint64_t number, reader.ReadVarint());
    segment.segment = static_cast<uint32_t>(number);
    SL_ASSIGN_OR_RETURN(segment.first_number, reader.ReadVarint());
    SL_ASSIGN_OR_RETURN(segment.last_number, reader.ReadVarint());
    const bool is_valid = IsSegmentTag(segment.tag) && number <= UINT32_MAX &&
                          segment.first_number > 0 && segment.first_number <= segment.last_number &&
                          segment.last_number <= TermId::kPayloadMask;
    const bool ascends =
        segments.empty() || segments.back().tag < segment.tag ||
        (segments.back().tag == segment.tag && segments.back().segment < segment.segment &&
         segments.back().last_number < segment.first_number);
    if (!is_valid || !ascends) return DataLoss("The list of term segments is damaged");
    segments.push_back(segment);
  }
  SL_RETURN_IF_ERROR(reader.ExpectEnd());
  return segments;
}

// --- Writing

TermSegmentWriter::TermSegmentWriter(TermTag tag, uint32_t segment, uint64_t first_number,
                                     PutEntry put_block, PutEntry put_index,
                                     const TermBlockLimits& limits)
    : put_block_(std::move(put_block)),
      put_index_(std::move(put_index)),
      limits_(limits),
      segment_{tag, segment, first_number, first_number - 1} {
  SL_CHECK(IsSegmentTag(tag) && first_number > 0);
}

StatusOr<uint64_t> TermSegmentWriter::Add(std::string_view term) {
  const bool is_first = segment_.last_number < segment_.first_number;
  if (!is_first && !(last_term_ < term)) {
    return InvalidArgument("The terms of a segment must ascend");
  }
  if (segment_.last_number >= TermId::kPayloadMask) {
    return ResourceExhausted("The dictionary is full");
  }
  if (block_.term_count() >= limits_.terms || block_.bytes() >= limits_.bytes) {
    SL_RETURN_IF_ERROR(EndBlock());
  }
  const uint64_t number = segment_.last_number + 1;
  const size_t shared = SharedPrefixLength(last_term_, term);
  if (block_.term_count() == 0) {
    // A block begins at the shortest bytes that are greater than the term before; the first one
    // at the beginning of all.
    const std::string_view begin = is_first ? std::string_view() : term.substr(0, shared + 1);
    std::string value;
    AppendVarint(number, &value);
    SL_RETURN_IF_ERROR(put_index_(IndexKey(segment_.tag, segment_.segment, begin), value));
  }
  block_.Add(term, shared);
  last_term_.assign(term);
  segment_.last_number = number;
  return number;
}

StatusOr<TermSegment> TermSegmentWriter::Finish() {
  if (block_.term_count() == 0) return FailedPrecondition("A term segment must have a term");
  SL_RETURN_IF_ERROR(EndBlock());
  return segment_;
}

Status TermSegmentWriter::EndBlock() {
  const TermId last = TermId::Make(segment_.tag, segment_.last_number);
  return put_block_(BlockKey(last), block_.Finish(last));
}

// --- Reading

class TermSegments::Index {
 public:
  explicit Index(const TermSegment& segment) : segment_(segment) {}

  // False when the blocks do not ascend, or leave the segment.
  bool AddBlock(std::string_view begin, uint64_t first_number) {
    const bool is_next = blocks_.empty() ? begin.empty() && first_number == segment_.first_number
                                         : first_number > blocks_.back().first_number &&
                                               first_number <= segment_.last_number &&
                                               BeginOf(blocks_.size() - 1) < begin;
    if (!is_next) return false;
    begins_.append(begin);
    blocks_.push_back({first_number, begins_.size()});
    return true;
  }
  void ShrinkToFit() {
    begins_.shrink_to_fit();
    blocks_.shrink_to_fit();
  }

  const TermSegment& segment() const { return segment_; }
  size_t block_count() const { return blocks_.size(); }
  uint64_t bytes() const { return begins_.capacity() + blocks_.capacity() * sizeof(Block); }

  // Not before which the terms of the block lie.
  std::string_view BeginOf(size_t block) const {
    const uint64_t begin = block == 0 ? 0 : blocks_[block - 1].begin_end;
    return std::string_view(begins_).substr(begin, blocks_[block].begin_end - begin);
  }
  uint64_t FirstOf(size_t block) const { return blocks_[block].first_number; }
  TermId LastOf(size_t block) const {
    const bool is_last = block + 1 == blocks_.size();
    return TermId::Make(segment_.tag,
                        is_last ? segment_.last_number : blocks_[block + 1].first_number - 1);
  }

  // The block that has the term, if one has.
  size_t BlockOf(std::string_view term) const {
    size_t low = 0, high = blocks_.size();  // BeginOf(low) <= term < BeginOf(high).
    while (high - low > 1) {
      const size_t middle = low + (high - low) / 2;
      (BeginOf(middle) <= term ? low : high) = middle;
    }
    return low;
  }
  // REQUIRES: the number is the segment's.
  size_t BlockOf(uint64_t number) const {
    const auto after = std::upper_bound(
        blocks_.begin(), blocks_.end(), number,
        [](uint64_t wanted, const Block& block) { return wanted < block.first_number; });
    return static_cast<size_t>(after - blocks_.begin()) - 1;
  }

 private:
  struct Block {
    uint64_t first_number;
    uint64_t begin_end;  // Of what it begins with, in begins_.
  };

  const TermSegment segment_;
  std::string begins_;  // What each block begins with, one after another.
  std::vector<Block> blocks_;
};

StatusOr<TermSegmentsPtr> TermSegments::Load(const KvStore* kv,
                                             const std::vector<TermSegment>& list,
                                             const TermSegmentsPtr& before) {
  std::vector<IndexPtr> segments;
  for (const TermSegment& segment : list) {
    IndexPtr index;
    if (before != nullptr) {
      const auto known =
          std::find_if(before->segments_.begin(), before->segments_.end(),
                       [&](const IndexPtr& other) { return other->segment() == segment; });
      if (known != before->segments_.end()) index = *known;
    }
    if (index == nullptr) {
      SL_ASSIGN_OR_RETURN(index, LoadIndex(kv, segment));
    }
    segments.push_back(std::move(index));
  }
  return TermSegmentsPtr(new TermSegments(kv, std::move(segments)));
}

StatusOr<TermSegments::IndexPtr> TermSegments::LoadIndex(const KvStore* kv,
                                                         const TermSegment& segment) {
  auto index = std::make_shared<Index>(segment);
  const auto entries = kv->NewIterator(
      ColumnFamily::kTermIndex, IndexKey(segment.tag, segment.segment, ""), IndexEnd(segment));
  for (entries->SeekToFirst(); entries->Valid(); entries->Next()) {
    ByteReader value(entries->value());
    SL_ASSIGN_OR_RETURN(const uint64_t first_number, value.ReadVarint());
    SL_RETURN_IF_ERROR(value.ExpectEnd());
    if (!index->AddBlock(entries->key().substr(kIndexPrefixBytes), first_number)) {
      return BadIndex(segment);
    }
  }
  SL_RETURN_IF_ERROR(entries->status());
  if (index->block_count() == 0) return BadIndex(segment);
  index->ShrinkToFit();
  return IndexPtr(std::move(index));
}

std::vector<TermSegment> TermSegments::list() const {
  std::vector<TermSegment> list;
  for (const IndexPtr& index : segments_) list.push_back(index->segment());
  return list;
}

const TermSegments::Index* TermSegments::SegmentOf(TermId term) const {
  // The first that does not end before the number.
  const auto place = std::lower_bound(
      segments_.begin(), segments_.end(), term, [](const IndexPtr& index, TermId wanted) {
        return TermId::Make(index->segment().tag, index->segment().last_number) < wanted;
      });
  if (place == segments_.end()) return nullptr;
  const TermSegment& segment = (*place)->segment();
  const bool owns = segment.tag == term.tag() && segment.first_number <= term.payload();
  return owns ? place->get() : nullptr;
}

StatusOr<std::string> TermSegments::ReadBlock(TermId last) const {
  StatusOr<std::string> block = kv_->Get(ColumnFamily::kTermBlocks, BlockKey(last));
  if (block.status().code() == StatusCode::kNotFound) {
    return DataLoss("A block of terms is missing: tag {}, last number {}",
                    static_cast<int>(last.tag()), last.payload());
  }
  return block;
}

StatusOr<std::optional<TermId>> TermSegments::Find(TermTag tag, std::string_view bytes) const {
  for (auto place = segments_.rbegin(); place != segments_.rend(); ++place) {
    const Index& index = **place;
    if (index.segment().tag != tag) continue;
    const TermId last = index.LastOf(index.BlockOf(bytes));
    SL_ASSIGN_OR_RETURN(const std::string stored, ReadBlock(last));
    SL_ASSIGN_OR_RETURN(const TermBlock block, TermBlock::Open(stored, last));
    SL_ASSIGN_OR_RETURN(const std::optional<TermId> found, block.Find(bytes));
    if (found) return found;
  }
  return std::optional<TermId>();
}

StatusOr<std::string> TermSegments::BytesOf(TermId term) const {
  const Index* index = SegmentOf(term);
  SL_CHECK(index != nullptr);
  const size_t place = index->BlockOf(term.payload());
  const TermId last = index->LastOf(place);
  SL_ASSIGN_OR_RETURN(const std::string stored, ReadBlock(last));
  SL_ASSIGN_OR_RETURN(const TermBlock block, TermBlock::Open(stored, last));
  if (block.first_number() != index->FirstOf(place)) return BadIndex(index->segment());
  return block.BytesOf(term.payload());
}

Status TermSegments::Verify() const {
  for (const IndexPtr& index : segments_) {
    std::string last_term;
    for (size_t i = 0; i < index->block_count(); ++i) {
      const TermId last = index->LastOf(i);
      SL_ASSIGN_OR_RETURN(const std::string stored, ReadBlock(last));
      SL_ASSIGN_OR_RETURN(const TermBlock block, TermBlock::Open(stored, last));
      SL_ASSIGN_OR_RETURN(std::vector<std::string> terms, block.Decode());
      const std::string_view begin = index->BeginOf(i);
      const bool lies_there = block.first_number() == index->FirstOf(i) && begin <= terms.front() &&
                              (i == 0 || last_term < begin);
      if (!lies_there) {
        return DataLoss("A block of terms is not where the index has it: tag {}, last number {}",
                        static_cast<int>(last.tag()), last.payload());
      }
      last_term = std::move(terms.back());
    }
  }
  return OkStatus();
}

uint64_t TermSegments::IndexBytes() const {
  uint64_t bytes = 0;
  for (const IndexPtr& index : segments_) bytes += index->bytes();
  return bytes;
}

StatusOr<std::optional<TermId>> TermSegmentsReader::Find(TermTag tag, std::string_view bytes) {
  for (size_t i = last_read_.size(); i-- > 0;) {
    const TermSegments::Index& index = *segments_->segments_[i];
    if (index.segment().tag != tag) continue;
    const TermId last = index.LastOf(index.BlockOf(bytes));
    StoredBlock& stored = last_read_[i];
    if (stored.last != last) {
      stored.last = TermId{};  // Until all of it is there.
      SL_ASSIGN_OR_RETURN(stored.bytes, segments_->ReadBlock(last));
      SL_ASSIGN_OR_RETURN(stored.block, TermBlock::Open(stored.bytes, last));
      stored.last = last;
    }
    SL_ASSIGN_OR_RETURN(const std::optional<TermId> found, stored.block->Find(bytes));
    if (found) return found;
  }
  return std::optional<TermId>();
}

}  // namespace sightline::storage
