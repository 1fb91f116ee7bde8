// TermCache: terms that were decoded a moment ago, by id. Answers name the same entities again and
// again, and reading a block for each costs some fifteen times as much as finding it here
// (tests/bench/storage/dictionary_bench.cc).
//
// Direct-mapped: an id has one place, and the newer term takes it. That is as good as LRU here: a
// hot term that was displaced is back with the next look-up. Thread safety: safe from any thread.

#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/model/term_id.h"

namespace sightline::storage {

class TermCache {
 public:
  TermCache() : slots_(kSlotCount) {}

  std::optional<std::string> Find(TermId term) const;
  void Keep(TermId term, std::string_view bytes);

 private:
  struct Slot {
    TermId term;
    std::string bytes;
  };
  static constexpr int kSlotBits = 13;
  static constexpr size_t kSlotCount = size_t{1} << kSlotBits;
  // Longer terms are not kept: all slots together stay below 5 MiB.
  static constexpr size_t kTermBytesMax = 512;
  static constexpr size_t kMutexCount = 64;  // Slot i has mutex i % kMutexCount.

  static size_t SlotOf(TermId term) {
    return static_cast<size_t>(term.bits * 0x9E3779B97F4A7C15ull >> (64 - kSlotBits));
  }

  mutable std::array<Mutex, kMutexCount> mutexes_;
  std::vector<Slot> slots_;
};

// The other way: numbers of terms that a writer has looked up a moment ago, by their bytes. Writers
// name the same predicates, sources and entities again and again. Knows only terms that are there:
// one that is not may be with the next commit. Built and safe as TermCache is.
class TermNumberCache {
 public:
  TermNumberCache() : slots_(kSlotCount) {}

  std::optional<TermId> Find(TermTag tag, std::string_view bytes) const;
  void Keep(TermId term, std::string_view bytes);

 private:
  struct Slot {
    TermId term;  // None: the slot is empty.
    std::string bytes;
  };
  // More than the terms of what a store is being filled with from day to day; with the identifiers
  // of up to fifteen bytes that are usual 2.5 MiB, and never more than 20.
  static constexpr size_t kSlotCount = size_t{1} << 16;
  static constexpr size_t kTermBytesMax = 256;
  static constexpr size_t kMutexCount = 64;

  static size_t SlotOf(TermTag tag, std::string_view bytes) {
    return (std::hash<std::string_view>{}(bytes) + static_cast<size_t>(tag)) % kSlotCount;
  }

  mutable std::array<Mutex, kMutexCount> mutexes_;
  std::vector<Slot> slots_;
};

}  // namespace sightline::storage
