// TermTable: the distinct terms of a chunk, numbered from 0 in the order of first use.
//
// Two kinds of terms: bytes that will stand in the dictionary, and those that are given by 64 bits
// already (inline values, terms of the store, terms of earlier chunks). A look-up compares whole
// terms, never hashes alone: a 128-bit hash taken for the term itself would save a cache miss, but
// then whoever can make hashes collide could make one company of two.
//
// Thread-compatible.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "storage/base/cancellation.h"
#include "storage/base/status.h"
#include "storage/load/term_sort.h"
#include "storage/model/term_id.h"

namespace sightline::storage {

class TermTable {
 public:
  TermTable() { Clear(); }

  // Finds or makes the number of a dictionary entry. `check` is asked, before it is made, whether
  // it may be: its error is returned. REQUIRES: HasDictionaryEntry(tag).
  template <typename Check>
  StatusOr<uint32_t> Intern(TermTag tag, std::string_view bytes, Check check) {
    const uint64_t hash = HashOf(tag, bytes);
    for (size_t slot = hash & mask_; slots_[slot] != 0; slot = (slot + 1) & mask_) {
      if (!MayBe(slots_[slot], hash)) continue;
      const Term* const term = At(slots_[slot]);
      if (term->tag == tag && term->bytes() == bytes) return term->local;
    }
    SL_RETURN_IF_ERROR(check());
    return Insert(hash, tag, bytes);
  }
  // Finds or makes the number of a term that is given by its bits.
  uint32_t InternBits(uint64_t bits);

  // Notes that the term is the object of a predicate of names.
  void MarkName(uint32_t local) { terms_[local]->is_name = true; }

  uint32_t size() const { return static_cast<uint32_t>(terms_.size()); }
  bool IsDictionaryEntry(uint32_t local) const { return terms_[local]->tag != TermTag::kNone; }
  bool IsName(uint32_t local) const { return terms_[local]->is_name; }
  // REQUIRES: IsDictionaryEntry(local).
  std::string_view BytesOf(uint32_t local) const { return terms_[local]->bytes(); }
  // REQUIRES: !IsDictionaryEntry(local).
  uint64_t BitsOf(uint32_t local) const { return terms_[local]->bits(); }

  // The dictionary entries of a tag, ascending by their bytes. Errors: the token's.
  StatusOr<std::vector<SortTerm>> Sorted(TermTag tag, const CancellationToken& token) const;

  // What the table holds, and what Sorted will need on top of it.
  size_t memory_bytes() const {
    return arena_bytes_ + slots_.capacity() * sizeof(uint64_t) + terms_.capacity() * sizeof(Term*) +
           terms_.size() * sizeof(SortTerm);
  }
  void Clear();

 private:
  // A term, its bytes behind it: a look-up that finds it reads one slot and one place in memory.
  struct Term {
    uint64_t hash;
    uint32_t local;
    uint32_t length;
    TermTag tag;  // kNone: given by bits.
    bool is_name;

    char* begin() { return reinterpret_cast<char*>(this + 1); }
    const char* begin() const { return reinterpret_cast<const char*>(this + 1); }
    std::string_view bytes() const { return {begin(), length}; }
    uint64_t bits() const {
      uint64_t bits;
      std::memcpy(&bits, begin(), sizeof bits);
      return bits;
    }
  };
  static constexpr size_t kArenaBlockBytes = 64 << 10;
  static constexpr size_t kSlotCountMin = 1 << 10;
  // A slot has the term's address in the lower 48 bits, which are all that addresses of a process
  // need, and above it the upper bits of its hash. 0 is free.
  static constexpr int kAddressBits = 48;

  static bool MayBe(uint64_t slot, uint64_t hash) {
    return slot >> kAddressBits == hash >> kAddressBits;
  }
  static Term* At(uint64_t slot) {
    return reinterpret_cast<Term*>(slot & ((uint64_t{1} << kAddressBits) - 1));
  }
  uint64_t HashOf(TermTag tag, std::string_view bytes) const;
  uint32_t Insert(uint64_t hash, TermTag tag, std::string_view bytes);
  void PutInSlot(Term* term);
  char* Allocate(size_t byte_count);

  uint64_t seed_ = 0;  // So that nobody can choose terms that collide.
  std::vector<uint64_t> slots_;
  size_t mask_ = 0;
  std::vector<Term*> terms_;  // By number; in arena_.
  std::vector<std::unique_ptr<char[]>> arena_;
  size_t arena_bytes_ = 0;
  char* arena_next_ = nullptr;
  size_t arena_left_ = 0;
};

}  // namespace sightline::storage
