#include "storage/index/quad_block.h"

#if defined(__x86_64__)
#include <xxh_x86dispatch.h>  // The same functions, with the best vectors of this machine.
#else
#include <xxhash.h>
#endif

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include "storage/base/check.h"
#include "storage/index/bit_packing.h"
#include "storage/index/column_kernels.h"
#include "storage/model/term_id.h"

namespace sightline::storage {
namespace {

static_assert(std::endian::native == std::endian::little, "blocks are read in place");
static_assert(kGroupRows == kPackedGroupCount);

constexpr size_t kColumnCount = 4;
constexpr size_t kStatementColumn = 3;
constexpr uint32_t kBlockVersion = 1;

// The header: this, then a directory entry a group.
struct BlockHeader {
  uint64_t checksum;  // Of all header bytes after it.
  uint32_t version;
  uint32_t row_count;
  uint64_t first_statement;
  uint64_t last_statement;
};
static_assert(sizeof(BlockHeader) == 32);

struct GroupEntry {
  QuadKey first_row;
  uint32_t end_offset;  // Of the group's bytes in the block; they begin where the last ones end.
  uint32_t checksum;
};
static_assert(sizeof(GroupEntry) == 40);

enum class ColumnEncoding : uint8_t { kConstant = 0, kDeltas = 1, kReferences = 2 };

// Of kReferences, after the encoding's byte.
struct ReferencesHeader {
  uint8_t reference_count;
  uint8_t width;
  uint8_t exception_count;
  uint8_t exception_width;
};
static_assert(sizeof(ReferencesHeader) == 4);
constexpr size_t kExceptionsMax = std::numeric_limits<uint8_t>::max();

constexpr size_t GroupCountOf(size_t row_count) {
  return (row_count + kGroupRows - 1) / kGroupRows;
}
constexpr size_t HeaderBytesOf(size_t row_count) {
  return sizeof(BlockHeader) + GroupCountOf(row_count) * sizeof(GroupEntry);
}

template <typename T>
T Load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}
template <typename T>
void Append(const T& value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

uint64_t HeaderChecksum(std::string_view header) {
  return XXH3_64bits(header.data() + sizeof(uint64_t), header.size() - sizeof(uint64_t));
}
uint32_t GroupChecksum(std::string_view group) {
  return static_cast<uint32_t>(XXH3_64bits(group.data(), group.size()));
}

unsigned WidthOf(uint64_t number) { return static_cast<unsigned>(std::bit_width(number)); }
// How many low bits of a slot say which reference it is relative to.
unsigned IndexBitsOf(size_t reference_count) { return WidthOf(reference_count - 1); }

// ---- Encoding

// Numbers of a group: interleaved when it is full, in sequence when it is the partial last one.
void AppendPacked(const uint64_t* numbers, size_t count, unsigned width, std::string* out) {
  const size_t offset = out->size();
  out->resize(offset + PackedBytes(count, width));
  if (count == kGroupRows) {
    PackGroup(numbers, width, out->data() + offset);
  } else {
    PackSequence(numbers, count, width, out->data() + offset);
  }
}

// A way to write a column as references and offsets from them.
class ReferencesEncoder {
 public:
  // Without references yet. Borrows the numbers.
  ReferencesEncoder(const uint64_t* numbers, size_t count) : numbers_(numbers), count_(count) {}

  // One reference: a frame of reference.
  void UseLeast(uint64_t least) {
    AddReference(least);
    std::fill_n(indexes_.begin(), count_, uint8_t{0});
    ChooseWidth();
  }
  // The least number of each term tag.
  void UseLeastOfTags() {
    std::array<uint64_t, kReferencesMax> least;
    least.fill(UINT64_MAX);
    uint32_t tags = 0;
    for (size_t i = 0; i < count_; ++i) {
      const uint64_t tag = numbers_[i] >> TermId::kPayloadBits;
      tags |= 1u << tag;
      least[tag] = std::min(least[tag], numbers_[i]);
    }
    std::array<uint8_t, kReferencesMax> index_of_tag{};
    for (size_t tag = 0; tag < kReferencesMax; ++tag) {
      if ((tags >> tag & 1) != 0) index_of_tag[tag] = AddReference(least[tag]);
    }
    for (size_t i = 0; i < count_; ++i) {
      indexes_[i] = index_of_tag[numbers_[i] >> TermId::kPayloadBits];
    }
    ChooseWidth();
  }
  // Each number a reference of its own. False when there are more of them than references.
  bool TryDistinct() {
    // A hash table with linear probing; half full at most.
    constexpr size_t kSlotCount = 2 * kReferencesMax;
    constexpr uint8_t kEmpty = 0xFF;
    std::array<uint8_t, kSlotCount> slots;
    slots.fill(kEmpty);
    for (size_t i = 0; i < count_; ++i) {
      // Fibonacci hashing: its upper five bits depend on all bits of the number.
      size_t slot = numbers_[i] * 0x9E3779B97F4A7C15u >> (64 - 5);
      while (slots[slot] != kEmpty && references_[slots[slot]] != numbers_[i]) {
        slot = (slot + 1) % kSlotCount;
      }
      if (slots[slot] == kEmpty) {
        if (reference_count_ == kReferencesMax) return false;
        slots[slot] = AddReference(numbers_[i]);
      }
      indexes_[i] = slots[slot];
    }
    return true;
  }
  size_t Bytes() const { return BytesAt(offset_width_, exception_count_); }

  void AppendTo(std::string* out) const {
    Append(ColumnEncoding::kReferences, out);
    const unsigned index_bits = IndexBitsOf(reference_count_);
    const unsigned exception_width = exception_count_ == 0 ? 0 : offset_width_max_ - offset_width_;
    Append(ReferencesHeader{static_cast<uint8_t>(reference_count_),
                            static_cast<uint8_t>(index_bits + offset_width_),
                            static_cast<uint8_t>(exception_count_),
                            static_cast<uint8_t>(exception_width)},
           out);
    for (size_t i = 0; i < reference_count_; ++i) Append(references_[i], out);
    const uint64_t mask = offset_width_ == 0 ? 0 : UINT64_MAX >> (kPackedWidthMax - offset_width_);
    std::array<uint64_t, kGroupRows> slots;
    std::array<char, kExceptionsMax> positions;
    std::array<uint64_t, kExceptionsMax> highs;
    size_t exceptions = 0;
    for (size_t i = 0; i < count_; ++i) {
      const uint64_t offset = numbers_[i] - references_[indexes_[i]];
      slots[i] = (offset & mask) << index_bits | indexes_[i];
      if ((offset & ~mask) == 0) continue;
      SL_CHECK(exceptions < exception_count_);
      positions[exceptions] = static_cast<char>(i);
      highs[exceptions++] = offset >> offset_width_;
    }
    SL_CHECK(exceptions == exception_count_);
    AppendPacked(slots.data(), count_, index_bits + offset_width_, out);
    out->append(positions.data(), exceptions);
    const size_t at = out->size();
    out->resize(at + PackedBytes(exceptions, exception_width));
    PackSequence(highs.data(), exceptions, exception_width, out->data() + at);
  }

 private:
  // An exception costs a reader some nanoseconds, so that it has to earn more than its bytes.
  static constexpr size_t kExceptionHandicapBytes = 2;

  uint8_t AddReference(uint64_t reference) {
    references_[reference_count_] = reference;
    return static_cast<uint8_t>(reference_count_++);
  }
  size_t BytesAt(unsigned offset_width, size_t exceptions) const {
    return 1 + sizeof(ReferencesHeader) + reference_count_ * sizeof(uint64_t) +
           PackedBytes(count_, IndexBitsOf(reference_count_) + offset_width) +
           (exceptions == 0
                ? 0
                : exceptions + PackedBytes(exceptions, offset_width_max_ - offset_width));
  }
  // Of all widths, the one that takes the fewest bytes together with its exceptions.
  void ChooseWidth() {
    std::array<uint16_t, kPackedWidthMax + 1> counts{};  // By width of offset.
    for (size_t i = 0; i < count_; ++i) {
      ++counts[WidthOf(numbers_[i] - references_[indexes_[i]])];
    }
    offset_width_max_ = kPackedWidthMax;
    while (offset_width_max_ > 0 && counts[offset_width_max_] == 0) --offset_width_max_;
    offset_width_ = offset_width_max_;
    exception_count_ = 0;
    size_t best = BytesAt(offset_width_, 0);
    size_t exceptions = 0;
    for (unsigned width = offset_width_max_; width-- > 0;) {
      exceptions += counts[width + 1];
      if (exceptions > kExceptionsMax) break;
      const size_t bytes = BytesAt(width, exceptions) + exceptions * kExceptionHandicapBytes;
      if (bytes >= best) continue;
      best = bytes;
      offset_width_ = width;
      exception_count_ = exceptions;
    }
  }

  const uint64_t* numbers_;
  size_t count_;
  References references_;
  size_t reference_count_ = 0;
  std::array<uint8_t, kGroupRows> indexes_;  // Of each number, its reference.
  unsigned offset_width_ = 0;
  unsigned offset_width_max_ = 0;  // Of all offsets, exceptions too.
  size_t exception_count_ = 0;
};

// Fills in each number's delta. The width of the widest is returned.
unsigned FillDeltas(const uint64_t* numbers, size_t count, uint64_t* deltas) {
  uint64_t bits = 0;
  for (size_t i = 0; i < count; ++i) {
    deltas[i] = numbers[i] - (i < kDeltaDistance ? numbers[0] : numbers[i - kDeltaDistance]);
    bits |= deltas[i];
  }
  return WidthOf(bits);
}

void AppendDeltas(const uint64_t* deltas, size_t count, unsigned width, std::string* out) {
  Append(ColumnEncoding::kDeltas, out);
  Append(static_cast<uint8_t>(width), out);
  AppendPacked(deltas, count, width, out);
}

// Appends the column in its smallest encoding. False when it is constant.
bool AppendColumn(const uint64_t* numbers, size_t count, std::string* out) {
  // Nothing else could save much over deltas of this width; looking for it takes most of the time.
  constexpr unsigned kNarrowDeltas = 3;
  uint64_t least = numbers[0];
  uint64_t greatest = numbers[0];
  bool ascends = true;
  for (size_t i = 1; i < count; ++i) {
    least = std::min(least, numbers[i]);
    greatest = std::max(greatest, numbers[i]);
    ascends &= numbers[i] >= numbers[i - 1];
  }
  if (least == greatest) {
    Append(ColumnEncoding::kConstant, out);
    return false;
  }
  std::array<uint64_t, kGroupRows> deltas;
  unsigned delta_width = 0;
  size_t best_bytes = SIZE_MAX;
  if (ascends) {
    delta_width = FillDeltas(numbers, count, deltas.data());
    if (delta_width <= kNarrowDeltas) {
      AppendDeltas(deltas.data(), count, delta_width, out);
      return true;
    }
    best_bytes = 2 + PackedBytes(count, delta_width);
  }
  const ReferencesEncoder* best = nullptr;
  const auto consider = [&](const ReferencesEncoder& encoder) {
    if (encoder.Bytes() >= best_bytes) return;
    best_bytes = encoder.Bytes();
    best = &encoder;
  };
  ReferencesEncoder frame(numbers, count);
  frame.UseLeast(least);
  consider(frame);
  ReferencesEncoder tags(numbers, count);
  if (least >> TermId::kPayloadBits != greatest >> TermId::kPayloadBits) {
    tags.UseLeastOfTags();
    consider(tags);
  }
  ReferencesEncoder distinct(numbers, count);
  if (distinct.TryDistinct()) consider(distinct);
  if (best != nullptr) {
    best->AppendTo(out);
  } else {
    AppendDeltas(deltas.data(), count, delta_width, out);
  }
  return true;
}

// ---- Decoding

// The next `count` bytes of `*rest`, taken off it; null when there are fewer.
const char* Take(size_t count, std::string_view* rest) {
  if (rest->size() < count) return nullptr;
  const char* const bytes = rest->data();
  rest->remove_prefix(count);
  return bytes;
}

bool UnpackPacked(size_t count, unsigned width, uint64_t base, VectorPath path,
                  std::string_view* rest, uint64_t* numbers) {
  if (width > kPackedWidthMax) return false;
  const char* const packed = Take(PackedBytes(count, width), rest);
  if (packed == nullptr) return false;
  if (count == kGroupRows) {
    UnpackGroup(packed, width, base, path, numbers);
  } else {
    UnpackSequence(packed, count, width, base, numbers);
  }
  return true;
}

bool UnpackDeltas(uint64_t first, size_t count, VectorPath path, std::string_view* rest,
                  uint64_t* numbers) {
  const char* const width = Take(1, rest);
  if (width == nullptr) return false;
  if (!UnpackPacked(count, static_cast<uint8_t>(*width), 0, path, rest, numbers)) return false;
  SumDeltas(first, count, path, numbers);
  return true;
}

bool UnpackReferences(size_t count, VectorPath path, std::string_view* rest, uint64_t* numbers) {
  const char* const header_bytes = Take(sizeof(ReferencesHeader), rest);
  if (header_bytes == nullptr) return false;
  const auto header = Load<ReferencesHeader>(header_bytes);
  if (header.reference_count == 0 || header.reference_count > kReferencesMax) return false;
  const char* const reference_bytes = Take(header.reference_count * sizeof(uint64_t), rest);
  if (reference_bytes == nullptr) return false;
  const unsigned index_bits = IndexBitsOf(header.reference_count);
  if (header.width < index_bits) return false;
  const unsigned offset_width = header.width - index_bits;

  if (index_bits == 0) {
    const auto base = Load<uint64_t>(reference_bytes);
    if (!UnpackPacked(count, header.width, base, path, rest, numbers)) return false;
  } else {
    // An index that no reference has stands for 0.
    References references{};
    std::memcpy(references.data(), reference_bytes, header.reference_count * sizeof(uint64_t));
    if (!UnpackPacked(count, header.width, 0, path, rest, numbers)) return false;
    AddReferences(references, index_bits, count, path, numbers);
  }

  const size_t exception_count = header.exception_count;
  if (exception_count == 0) return true;
  if (offset_width >= kPackedWidthMax || header.exception_width > kPackedWidthMax) return false;
  const char* const positions = Take(exception_count, rest);
  const char* const packed = Take(PackedBytes(exception_count, header.exception_width), rest);
  if (positions == nullptr || packed == nullptr) return false;
  std::array<uint64_t, kExceptionsMax> highs;
  UnpackSequence(packed, exception_count, header.exception_width, 0, highs.data());
  for (size_t i = 0; i < exception_count; ++i) {
    const auto position = static_cast<uint8_t>(positions[i]);
    if (position >= count) return false;
    numbers[position] += highs[i] << offset_width;
  }
  return true;
}

// Takes a column off `*rest`. False when the bytes are no column. `*varies` becomes whether it may
// have more than one value.
bool UnpackColumn(uint64_t first, size_t count, VectorPath path, std::string_view* rest,
                  uint64_t* numbers, bool* varies) {
  const char* const encoding = Take(1, rest);
  if (encoding == nullptr) return false;
  *varies = true;
  switch (static_cast<ColumnEncoding>(*encoding)) {
    case ColumnEncoding::kConstant:
      *varies = false;
      return UnpackPacked(count, 0, first, path, rest, numbers);
    case ColumnEncoding::kDeltas:
      return UnpackDeltas(first, count, path, rest, numbers);
    case ColumnEncoding::kReferences:
      return UnpackReferences(count, path, rest, numbers);
  }
  return false;
}

GroupEntry EntryOf(std::string_view block, size_t group) {
  return Load<GroupEntry>(block.data() + sizeof(BlockHeader) + group * sizeof(GroupEntry));
}

}  // namespace

std::string EncodeQuadBlock(const QuadRows& rows) {
  SL_CHECK(rows.row_count >= 1 && rows.row_count <= kBlockRowsMax);
  const VectorPath path = BestVectorPath();
  const uint64_t* const statements = rows.columns[kStatementColumn];
  const auto [first_statement, last_statement] =
      std::minmax_element(statements, statements + rows.row_count);
  BlockHeader header{.checksum = 0,
                     .version = kBlockVersion,
                     .row_count = static_cast<uint32_t>(rows.row_count),
                     .first_statement = *first_statement,
                     .last_statement = *last_statement};
  std::string block;
  block.reserve(rows.row_count * 8);
  block.resize(HeaderBytesOf(rows.row_count));
  for (size_t group = 0; group < GroupCountOf(rows.row_count); ++group) {
    const QuadRows group_rows = rows.From(group * kGroupRows);
    const size_t count = std::min(group_rows.row_count, kGroupRows);
    const size_t begin = block.size();
    ColumnList varying;
    for (const uint64_t* const column : group_rows.columns) {
      if (AppendColumn(column, count, &block)) varying.Add(column);
    }
    SL_CHECK(RowsAscend(varying, count, path));
    SL_CHECK(group_rows.row_count == count || group_rows.Row(count - 1) < group_rows.Row(count));
    const GroupEntry entry{.first_row = group_rows.Row(0),
                           .end_offset = static_cast<uint32_t>(block.size()),
                           .checksum = GroupChecksum(std::string_view(block).substr(begin))};
    std::memcpy(block.data() + sizeof(header) + group * sizeof(entry), &entry, sizeof(entry));
  }
  std::memcpy(block.data(), &header, sizeof(header));
  header.checksum =
      HeaderChecksum(std::string_view(block).substr(0, HeaderBytesOf(rows.row_count)));
  std::memcpy(block.data(), &header.checksum, sizeof(header.checksum));
  return block;
}

StatusOr<QuadBlock> QuadBlock::Open(std::string_view bytes) {
  if (bytes.size() < sizeof(BlockHeader)) {
    return DataLoss("Quad block too short: {} bytes", bytes.size());
  }
  const auto header = Load<BlockHeader>(bytes.data());
  if (header.row_count < 1 || header.row_count > kBlockRowsMax ||
      bytes.size() < HeaderBytesOf(header.row_count)) {
    return DataLoss("Quad block of {} bytes with an impossible row count: {}", bytes.size(),
                    header.row_count);
  }
  if (HeaderChecksum(bytes.substr(0, HeaderBytesOf(header.row_count))) != header.checksum) {
    return DataLoss("Quad block header checksum mismatch");
  }
  if (header.version != kBlockVersion) {
    return DataLoss("Quad block of an unknown version: {}", header.version);
  }
  if (header.first_statement > header.last_statement ||
      EntryOf(bytes, GroupCountOf(header.row_count) - 1).end_offset != bytes.size()) {
    return DataLoss("Quad block header contradicts itself");
  }
  QuadBlock block;
  block.bytes_ = bytes;
  block.row_count_ = header.row_count;
  block.first_statement_ = StatementId{header.first_statement};
  block.last_statement_ = StatementId{header.last_statement};
  return block;
}

QuadKey QuadBlock::FirstOfGroup(size_t group) const {
  SL_CHECK(group < group_count());
  return EntryOf(bytes_, group).first_row;
}

size_t QuadBlock::GroupFor(const QuadKey& key) const {
  size_t group = 0;
  for (size_t end = group_count(); end - group > 1;) {
    const size_t middle = group + (end - group) / 2;
    if (EntryOf(bytes_, middle).first_row <= key) {
      group = middle;
    } else {
      end = middle;
    }
  }
  return group;
}

Status QuadBlock::UnpackGroup(size_t group, GroupRows* rows) const {
  SL_CHECK(group < group_count());
  rows->row_count = 0;
  const GroupEntry entry = EntryOf(bytes_, group);
  const size_t begin =
      group == 0 ? HeaderBytesOf(row_count_) : EntryOf(bytes_, group - 1).end_offset;
  if (begin > entry.end_offset || entry.end_offset > bytes_.size()) {
    return DataLoss("Quad block group outside its block: {}", group);
  }
  std::string_view rest = bytes_.substr(begin, entry.end_offset - begin);
  if (GroupChecksum(rest) != entry.checksum) {
    return DataLoss("Quad block checksum mismatch: group {}", group);
  }
  const auto damaged = [group] {
    return DataLoss("Quad block group that does not decode: {}", group);
  };
  const VectorPath path = BestVectorPath();
  const size_t count = std::min(row_count_ - group * kGroupRows, kGroupRows);
  ColumnList varying;
  bool varies = false;
  for (size_t i = 0; i < kColumnCount; ++i) {
    uint64_t* const numbers = rows->columns[i].data();
    if (!UnpackColumn(entry.first_row[i], count, path, &rest, numbers, &varies)) return damaged();
    if (varies) varying.Add(numbers);
  }
  const bool statements_vary = varies;  // The last column.
  // The checksum shows accidents. These hold whatever the bytes are: rows ascend, from group to
  // group too, and their statements are among those that the header names.
  const QuadRows unpacked{rows->rows().columns, count};
  if (!rest.empty() ||
      !AllWithin(unpacked.columns[kStatementColumn], statements_vary ? count : 1,
                 first_statement_.value, last_statement_.value, path) ||
      !RowsAscend(varying, count, path) || unpacked.Row(0) != entry.first_row ||
      (group + 1 < group_count() &&
       unpacked.Row(count - 1) >= EntryOf(bytes_, group + 1).first_row)) {
    return damaged();
  }
  rows->row_count = count;
  return OkStatus();
}

}  // namespace sightline::storage
