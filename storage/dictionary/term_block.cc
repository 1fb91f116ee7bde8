#include "storage/dictionary/term_block.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

constexpr uint8_t kLayout = 1;
constexpr size_t kChecksumBytes = 4;

// The id as the seed: a block that lies under another's key does not pass for that one.
uint32_t ChecksumOf(std::string_view bytes, TermId last) {
  return static_cast<uint32_t>(XXH3_64bits_withSeed(bytes.data(), bytes.size(), last.bits));
}

// Walks the entries. ByteReader would do, at five times the cost: a look-up reads some dozen.
class EntryReader {
 public:
  explicit EntryReader(std::string_view entries) : rest_(entries) {}

  // False when the bytes are malformed: then the other members say nothing.
  bool Next() {
    const size_t length_before = shared_ + suffix_.size();
    size_t suffix_length = 0;
    if (!ReadLength(&shared_) || !ReadLength(&suffix_length)) return false;
    if (shared_ > length_before || suffix_length > rest_.size()) return false;
    suffix_ = rest_.substr(0, suffix_length);
    rest_.remove_prefix(suffix_length);
    return true;
  }

  size_t shared() const { return shared_; }
  std::string_view suffix() const { return suffix_; }
  bool at_end() const { return rest_.empty(); }

 private:
  bool ReadLength(size_t* length) {
    if (rest_.empty()) return false;
    const uint8_t first = static_cast<uint8_t>(rest_[0]);
    if (first < 0x80) {
      rest_.remove_prefix(1);
      *length = first;
      return true;
    }
    ByteReader reader(rest_);
    const StatusOr<uint64_t> value = reader.ReadVarint();
    if (!value.ok()) return false;
    rest_ = reader.rest();
    *length = *value;
    return true;
  }

  std::string_view rest_;
  size_t shared_ = 0;
  std::string_view suffix_;
};

}  // namespace

size_t SharedPrefixLength(std::string_view a, std::string_view b) {
  const size_t limit = std::min(a.size(), b.size());
  return static_cast<size_t>(std::mismatch(a.begin(), a.begin() + limit, b.begin()).first -
                             a.begin());
}

void TermBlockBuilder::Add(std::string_view term, size_t shared) {
  if (term_count_ == 0) shared = 0;
  AppendVarint(shared, &entries_);
  AppendLengthPrefixed(term.substr(shared), &entries_);
  ++term_count_;
}

std::string TermBlockBuilder::Finish(TermId last) {
  SL_CHECK(term_count_ > 0);
  std::string body;
  body.reserve(1 + 5 + entries_.size());
  AppendByte(kLayout, &body);
  AppendVarint(term_count_, &body);
  body.append(entries_);
  std::string block;
  block.reserve(kChecksumBytes + body.size());
  AppendFixed32(ChecksumOf(body, last), &block);
  block.append(body);
  entries_.clear();
  term_count_ = 0;
  return block;
}

StatusOr<TermBlock> TermBlock::Open(std::string_view block, TermId last) {
  ByteReader reader(block);
  SL_ASSIGN_OR_RETURN(const uint32_t checksum, reader.ReadFixed32());
  if (checksum != ChecksumOf(reader.rest(), last)) {
    return DataLoss("A block of terms fails its checksum: tag {}, last number {}",
                    static_cast<int>(last.tag()), last.payload());
  }
  SL_ASSIGN_OR_RETURN(const uint8_t layout, reader.ReadByte());
  SL_ASSIGN_OR_RETURN(const uint64_t term_count, reader.ReadVarint());
  // Numbers start at 1.
  if (layout != kLayout || term_count == 0 || term_count > last.payload() ||
      term_count > UINT32_MAX) {
    return DataLoss("A block of terms has a wrong header: tag {}, last number {}",
                    static_cast<int>(last.tag()), last.payload());
  }
  return TermBlock(reader.rest(), static_cast<uint32_t>(term_count), last);
}

Status TermBlock::Malformed() const {
  return DataLoss("A block of terms is malformed: tag {}, last number {}",
                  static_cast<int>(last_.tag()), last_.payload());
}

// Each term looked at is less than the wanted one and has `matched` bytes in common with it. The
// next one tells by its shared length alone how it compares, but where that equals `matched`.
StatusOr<std::optional<TermId>> TermBlock::Find(std::string_view term) const {
  EntryReader entries(entries_);
  size_t matched = 0;
  for (uint32_t i = 0; i < term_count_; ++i) {
    if (!entries.Next()) return Malformed();
    if (entries.shared() > matched) continue;  // Differs where the one before does: still less.
    if (entries.shared() < matched) break;     // Greater in a byte that the one before has right.
    const std::string_view wanted = term.substr(matched);
    const size_t more = SharedPrefixLength(entries.suffix(), wanted);
    const bool is_prefix = more == entries.suffix().size();
    if (is_prefix && more == wanted.size()) {
      return std::optional<TermId>(TermId::Make(last_.tag(), first_number() + i));
    }
    if (more == wanted.size()) break;
    if (!is_prefix &&
        static_cast<uint8_t>(entries.suffix()[more]) > static_cast<uint8_t>(wanted[more])) {
      break;
    }
    matched += more;
  }
  return std::optional<TermId>();
}

StatusOr<std::string> TermBlock::BytesOf(uint64_t number) const {
  SL_CHECK(number >= first_number() && number <= last_.payload());
  EntryReader entries(entries_);
  std::string term;
  for (uint64_t i = first_number(); i <= number; ++i) {
    if (!entries.Next()) return Malformed();
    term.resize(entries.shared());
    term.append(entries.suffix());
  }
  return term;
}

StatusOr<std::vector<std::string>> TermBlock::Decode() const {
  EntryReader entries(entries_);
  std::vector<std::string> terms;
  // Not reserve(term_count_): a hostile count must not take the memory.
  for (uint32_t i = 0; i < term_count_; ++i) {
    if (!entries.Next()) return Malformed();
    std::string term = i == 0 ? std::string() : terms.back().substr(0, entries.shared());
    term.append(entries.suffix());
    if (i > 0 && !(terms.back() < term)) return Malformed();
    terms.push_back(std::move(term));
  }
  if (!entries.at_end()) return Malformed();
  return terms;
}

}  // namespace sightline::storage
