// Dictionary: terms that do not fit an id, as numbers, and back.
//
// Three kinds of bytes have numbers of their own: the external ids of entities, strings without a
// language, and all other values (EncodeValue). The payload of a TermId with the tag kEntity,
// kString or kValue is such a number. Numbers start at 1 and have no gaps; an entry is never
// changed or taken away. Transactions give them in the order of first use and write two keys an
// entry (kTermToId, kIdToTerm); bulk loads write segments (storage/dictionary/term_segments.h).
//
// kTermToId has the bytes themselves in its keys. A hash of eight bytes would be shorter, but each
// hit must be checked against kIdToTerm: measured, 4 to 27 % less space for twice the time.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/base/status.h"
#include "storage/dictionary/term_cache.h"
#include "storage/dictionary/term_segments.h"
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

// The keys under which an entry that is in no segment lies in kTermToId and kIdToTerm, and its
// value in the first; in the second it is the bytes. REQUIRES: HasDictionaryEntry(tag).
std::string TermToIdKey(TermTag tag, std::string_view bytes);
std::string IdToTermKey(TermId term);
std::string TermNumberValue(TermId term);

// The committed entries as of one list of segments; entries that transactions add later are in it
// too. Taking in a bulk load makes a new Dictionary, and readers of an earlier revision keep
// theirs. Thread-safe. Borrows the KvStore.
class Dictionary {
 public:
  // `segments` may be null: none.
  explicit Dictionary(const KvStore* kv, TermSegmentsPtr segments = nullptr)
      : kv_(kv),
        segments_(std::move(segments)),
        cache_(std::make_unique<TermCache>()),
        numbers_(std::make_unique<TermNumberCache>()) {}

  // None when there is no such entry. REQUIRES: HasDictionaryEntry(tag).
  StatusOr<std::optional<TermId>> Find(TermTag tag, std::string_view bytes,
                                       const KvSnapshot* snapshot) const;
  // The same for whoever minds no entry that is newer than his snapshot: the writer, whose snapshot
  // is the newest, and readers who look next whether they see anything of it. What is found is
  // remembered for the next.
  StatusOr<std::optional<TermId>> FindNewest(TermTag tag, std::string_view bytes,
                                             const KvSnapshot* snapshot) const;
  // Errors: kDataLoss when there is no such entry: whoever has a term has it from the store.
  StatusOr<std::string> BytesOf(TermId term, const KvSnapshot* snapshot) const;

  const TermSegmentsPtr& segments() const { return segments_; }

 private:
  StatusOr<std::string> ReadBytes(TermId term, const KvSnapshot* snapshot) const;

  const KvStore* const kv_;
  const TermSegmentsPtr segments_;
  const std::unique_ptr<TermCache> cache_;
  const std::unique_ptr<TermNumberCache> numbers_;
};

// The committed entries and those that one transaction adds. Thread-compatible.
class DictionaryDelta {
 public:
  DictionaryDelta(const Dictionary* committed, std::shared_ptr<const KvSnapshot> snapshot,
                  const DictionaryCounters& counters)
      : committed_(committed), snapshot_(std::move(snapshot)), before_(counters), next_(counters) {}
  DictionaryDelta(DictionaryDelta&&) = default;

  // Finds or makes the entry. Allocates nothing when this delta has met it before. Errors:
  // kDataLoss, kUnavailable; kResourceExhausted when the sixty bits of a payload are used up.
  StatusOr<TermId> Intern(TermTag tag, std::string_view bytes);
  StatusOr<std::optional<TermId>> Find(TermTag tag, std::string_view bytes) const;
  StatusOr<std::string> BytesOf(TermId term) const;
  // Whether the term's number has been given, here or before. True for inline terms.
  bool Knows(TermId term) const;

  const DictionaryCounters& counters() const { return next_; }
  // Writes the new entries.
  void AppendTo(KvBatch* batch) const;

 private:
  // An entry as a key of the map, and what it is looked up by.
  struct EntryView {
    TermTag tag;
    std::string_view bytes;
    friend bool operator==(const EntryView&, const EntryView&) = default;
  };
  struct EntryHash {
    using is_transparent = void;
    size_t operator()(const EntryView& entry) const {
      return std::hash<std::string_view>{}(entry.bytes) + static_cast<size_t>(entry.tag);
    }
    size_t operator()(const DictionaryEntry& entry) const {
      return (*this)(EntryView{entry.tag, entry.bytes});
    }
  };
  struct EntryEqual {
    using is_transparent = void;
    static EntryView View(const EntryView& entry) { return entry; }
    static EntryView View(const DictionaryEntry& entry) { return {entry.tag, entry.bytes}; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return View(a) == View(b);
    }
  };
  using EntryMap = std::unordered_map<DictionaryEntry, TermId, EntryHash, EntryEqual>;

  // The bytes of a term that was added here; null for others.
  const std::string* AddedBytes(TermId term) const;

  const Dictionary* const committed_;
  const std::shared_ptr<const KvSnapshot> snapshot_;
  const DictionaryCounters before_;
  DictionaryCounters next_;
  // The new entries, and the committed ones that were asked for.
  mutable EntryMap terms_;
  // The new entries of each tag in the order of their numbers, which follow on before_. Point into
  // terms_, whose nodes stay where they are.
  std::array<std::vector<const std::string*>, 3> added_;
};

}  // namespace sightline::storage
