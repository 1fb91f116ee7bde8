#include "storage/load/term_table.h"

#include <xxhash.h>

#include <algorithm>
#include <random>

#include "storage/base/check.h"

namespace sightline::storage {

void TermTable::Clear() {
  std::random_device random;
  seed_ = uint64_t{random()} << 32 | random();
  slots_ = std::vector<uint64_t>(kSlotCountMin);
  mask_ = kSlotCountMin - 1;
  terms_ = std::vector<Term*>();
  arena_.clear();
  arena_bytes_ = 0;
  arena_next_ = nullptr;
  arena_left_ = 0;
}

uint64_t TermTable::HashOf(TermTag tag, std::string_view bytes) const {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed_ + static_cast<uint64_t>(tag));
}

uint32_t TermTable::InternBits(uint64_t bits) {
  const std::string_view bytes(reinterpret_cast<const char*>(&bits), sizeof bits);
  const auto interned = Intern(TermTag::kNone, bytes, [] { return OkStatus(); });
  SL_CHECK(interned.ok());
  return *interned;
}

uint32_t TermTable::Insert(uint64_t hash, TermTag tag, std::string_view bytes) {
  SL_CHECK(terms_.size() < UINT32_MAX - 1 && bytes.size() <= UINT32_MAX);
  if ((terms_.size() + 1) * 5 > slots_.size() * 3) {
    const size_t slot_count = slots_.size() * 2;
    slots_ = std::vector<uint64_t>();  // Goes before the new ones come: terms_ says it all.
    slots_ = std::vector<uint64_t>(slot_count);
    mask_ = slot_count - 1;
    for (Term* const term : terms_) PutInSlot(term);
  }
  char* const place = Allocate(sizeof(Term) + bytes.size());
  Term* const term =
      new (place) Term{hash, size(), static_cast<uint32_t>(bytes.size()), tag, false};
  if (!bytes.empty()) std::memcpy(term->begin(), bytes.data(), bytes.size());
  terms_.push_back(term);
  PutInSlot(term);
  return term->local;
}

void TermTable::PutInSlot(Term* term) {
  size_t slot = term->hash & mask_;
  while (slots_[slot] != 0) slot = (slot + 1) & mask_;
  const auto address = reinterpret_cast<uint64_t>(term);
  SL_CHECK(address >> kAddressBits == 0);
  slots_[slot] = term->hash >> kAddressBits << kAddressBits | address;
}

char* TermTable::Allocate(size_t byte_count) {
  byte_count = (byte_count + alignof(Term) - 1) / alignof(Term) * alignof(Term);
  if (byte_count > arena_left_) {
    const size_t block_bytes = std::max(kArenaBlockBytes, byte_count);
    arena_.push_back(std::make_unique_for_overwrite<char[]>(block_bytes));
    arena_bytes_ += block_bytes;
    arena_next_ = arena_.back().get();
    arena_left_ = block_bytes;
  }
  char* const place = arena_next_;
  arena_next_ += byte_count;
  arena_left_ -= byte_count;
  return place;
}

StatusOr<std::vector<SortTerm>> TermTable::Sorted(TermTag tag,
                                                  const CancellationToken& token) const {
  std::vector<SortTerm> sorted;
  sorted.reserve(static_cast<size_t>(std::count_if(
      terms_.begin(), terms_.end(), [tag](const Term* term) { return term->tag == tag; })));
  for (const Term* term : terms_) {
    if (term->tag == tag) sorted.push_back({term->begin(), term->length, term->local, 0});
  }
  SL_RETURN_IF_ERROR(SortTerms(sorted, token));
  return sorted;
}

}  // namespace sightline::storage
