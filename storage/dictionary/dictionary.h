// Dictionary: terms that do not fit an id, as numbers, and back.
//
// Three kinds of bytes have numbers of their own: the external ids of entities, strings without a
// language, and all other values (EncodeValue). The payload of a TermId with the tag kEntity,
// kString or kValue is such a number. Numbers start at 1 and are given in the order of first use;
// an entry is never changed or taken away.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/base/status.h"
#include "storage/kv/kv_store.h"
#include "storage/model/term_id.h"
#include "storage/model/value.h"

namespace sightline::storage {

// The next free number of each kind.
struct DictionaryCounters {
  uint64_t entity = 1;
  uint64_t string = 1;
  uint64_t value = 1;

  // The counter of a tag. REQUIRES: HasDictionaryEntry(tag).
  uint64_t& Of(TermTag tag);
  uint64_t Of(TermTag tag) const { return const_cast<DictionaryCounters*>(this)->Of(tag); }
  // Terms that have numbers.
  uint64_t total() const { return entity + string + value - 3; }
};

constexpr bool HasDictionaryEntry(TermTag tag) {
  return tag == TermTag::kEntity || tag == TermTag::kString || tag == TermTag::kValue;
}

// What the dictionary keeps for a value. REQUIRES: the value has no inline id.
struct DictionaryEntry {
  TermTag tag = TermTag::kNone;
  std::string bytes;
};
DictionaryEntry EntryOf(const Value& value);
// The value behind a kString or kValue entry. Errors: kDataLoss.
StatusOr<Value> ValueOfEntry(TermTag tag, std::string_view bytes);

// The committed entries. Thread-safe. Borrows the KvStore.
class Dictionary {
 public:
  explicit Dictionary(const KvStore* kv) : kv_(kv) {}

  // None when there is no such entry. REQUIRES: HasDictionaryEntry(tag).
  StatusOr<std::optional<TermId>> Find(TermTag tag, std::string_view bytes,
                                       const KvSnapshot* snapshot) const;
  // Errors: kDataLoss when there is no such entry: whoever has a term has it from the store.
  StatusOr<std::string> BytesOf(TermId term, const KvSnapshot* snapshot) const;

 private:
  const KvStore* const kv_;
};

// The committed entries and those that one transaction adds. Thread-compatible.
class DictionaryDelta {
 public:
  DictionaryDelta(const Dictionary* committed, std::shared_ptr<const KvSnapshot> snapshot,
                  const DictionaryCounters& counters)
      : committed_(committed), snapshot_(std::move(snapshot)), next_(counters) {}

  // Finds or makes the entry. Errors: kDataLoss, kUnavailable; kResourceExhausted when the sixty
  // bits of a payload are used up.
  StatusOr<TermId> Intern(TermTag tag, std::string_view bytes);
  StatusOr<std::optional<TermId>> Find(TermTag tag, std::string_view bytes) const;
  StatusOr<std::string> BytesOf(TermId term) const;
  // Whether the term's number has been given, here or before. True for inline terms.
  bool Knows(TermId term) const;

  const DictionaryCounters& counters() const { return next_; }
  // Writes the new entries.
  void AppendTo(KvBatch* batch) const;

 private:
  const Dictionary* const committed_;
  const std::shared_ptr<const KvSnapshot> snapshot_;
  DictionaryCounters next_;
  // Tag + bytes -> term: the new ones, and the committed ones that were asked for.
  mutable std::unordered_map<std::string, TermId> terms_;
  std::vector<std::pair<TermId, std::string>> added_;   // In the order of adding.
  std::unordered_map<uint64_t, size_t> added_by_bits_;  // TermId bits -> index in added_.
};

}  // namespace sightline::storage
