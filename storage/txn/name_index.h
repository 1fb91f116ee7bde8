// NameIndex: the texts that are names, by their form, and by what forms that are alike have in
// common.
//
// Holds every text that was ever the object of a name predicate (name, alias and what is UNDER
// them), whoever may see it: the entries are candidates, and the caller looks up under his own
// scope who is called so.
//
// Column family `names` is the exact index, `name_postings` the other one: names are numbered, and
// each trigram and each consonant word has the ascending numbers of the names that have it, in
// blocks of gaps (FORMAT in docs/file-format.md). Names that have come last wait unnumbered, up to
// kRecentNamesMax of them, and are looked through one by one: numbering one name at a time would
// write a block for each of its trigrams. When they become too many, the commit that brings the
// next numbers them all, in its own batch.
//
// Counting how many lists a name is in: C. Li, J. Lu, Y. Lu, "Efficient Merging and Filtering
// Algorithms for Approximate String Searches", ICDE 2008 (ScanCount).

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/status.h"
#include "storage/catalog/catalog.h"
#include "storage/kv/kv_store.h"
#include "storage/model/term_id.h"
#include "storage/text/name_form.h"
#include "storage/text/name_match.h"

namespace sightline::storage {

struct NameEntry {
  NameForm form;
  TermId text;
  friend auto operator<=>(const NameEntry& a, const NameEntry& b) {
    if (const auto order = a.form.words <=> b.form.words; order != 0) return order;
    return a.text <=> b.text;
  }
  friend bool operator==(const NameEntry& a, const NameEntry& b) { return (a <=> b) == 0; }
};

// --- By the form

// The words of the form, a zero byte, the term.
std::string NameKey(std::string_view words, TermId text);
struct NameKeyParts {
  std::string_view words;  // Of the key's own bytes.
  TermId text;
};
StatusOr<NameKeyParts> DecodeNameKey(std::string_view key);  // Errors: kDataLoss.

// The texts whose form has these words, ascending. `pending` are a transaction's own; may be null.
StatusOr<std::vector<TermId>> TextsWithForm(const KvStore& kv, const KvSnapshot* snapshot,
                                            const std::set<NameEntry>* pending,
                                            std::string_view words);

// Texts by the distance of the words of their form, and by those words.
using NearbyNames = std::map<std::pair<size_t, std::string>, std::vector<TermId>>;

// The texts within `distance_max` of `words`, nearest first. Reads all names, whoever may see
// them, at half a microsecond a name: a bound on their number would let hidden ones push out
// others.
StatusOr<NearbyNames> NamesNear(const KvStore& kv, const KvSnapshot* snapshot,
                                const std::set<NameEntry>* pending, std::string_view words,
                                size_t distance_max);

// The predicates whose objects are names: `name`, `alias` and all below, ascending. `roots` says
// which of the two to start from.
std::vector<TermId> NamePredicates(const Catalog& catalog,
                                   const std::vector<std::string_view>& roots);

// --- By what is alike

inline constexpr uint64_t kRecentNamesMax = 1024;

// The entry of `name_postings` that says how much there is.
struct NamePostingsHeader {
  uint64_t numbered = 0;    // Names with a number: 0, 1, ...
  uint64_t generation = 0;  // Of the recent ones; one more each time that they are numbered.
  uint64_t recent = 0;
};
std::string NamePostingsHeaderKey();
std::string EncodeNamePostingsHeader(const NamePostingsHeader& header);
// Of an empty family: all 0.
StatusOr<NamePostingsHeader> ReadNamePostingsHeader(const KvStore& kv, const KvSnapshot* snapshot);

// Keys and values of the family, for whoever writes or checks all of it.
std::string NumberedNameKey(uint32_t number);
std::string EncodeNumberedName(const NameEntry& entry);
StatusOr<NameEntry> DecodeNumberedName(std::string_view value);
// How many trigrams each of up to kNamesPerChunk names has, a byte each, 255 for more.
inline constexpr uint32_t kNamesPerChunk = 4096;
std::string TrigramCountsKey(uint32_t chunk);
uint8_t TrigramCountByte(size_t trigram_count);
// What a name is in the lists of: beginnings of keys, a 32-bit number to follow.
std::vector<std::string> PostingListsOf(const NameForm& form, size_t* trigram_count);
// Lists are cut into blocks of about this many bytes.
inline constexpr size_t kPostingBlockBytes = 1024;
// Newer blocks stand before older ones.
std::string PostingBlockKey(std::string_view list, uint32_t first_number);
StatusOr<uint32_t> FirstOfPostingBlock(std::string_view key);
// How many of the bytes that begin with the key of a block are the key. REQUIRES: it is one.
size_t PostingBlockKeyBytes(std::string_view block);
bool IsPostingBlockKey(std::string_view key);
// Ascending; the first is that of the key.
std::string EncodePostingBlock(const std::vector<uint32_t>& numbers);
// Appends the numbers. Errors: kDataLoss.
Status DecodePostingBlock(std::string_view key, std::string_view value,
                          std::vector<uint32_t>* numbers);
std::string RecentNamesKey(uint64_t generation);  // Beginning of the keys of recent names.

// Adds the names to both indexes. Those that are there already stay as they are. `snapshot` is
// what the batch is to be written on top of. Errors: kDataLoss, kUnavailable; kResourceExhausted
// when there are 2^32 names.
Status AppendNames(const KvStore& kv, const KvSnapshot* snapshot, const std::set<NameEntry>& names,
                   KvBatch* batch);

// The names that are alike, from the most alike on. Thread-compatible. The store, the snapshot and
// the pending names must outlive it.
class NameSearch {
 public:
  struct Hit {
    TermId text;
    double score = 0;
  };

  // Reads the lists of the query. `pending` are a transaction's own; may be null. Errors:
  // kDataLoss, kUnavailable.
  static StatusOr<NameSearch> Open(const KvStore& kv, const KvSnapshot* snapshot,
                                   const std::set<NameEntry>* pending, NameQuery query,
                                   double score_min);

  // False behind the last. By score, descending; those of equal score in no order. A text may come
  // twice. Errors: as Open.
  StatusOr<bool> Next(Hit* hit);

 private:
  struct Candidate {
    double score_max = 0;
    uint32_t number = 0;
    bool by_consonants = false;
  };

  NameSearch(const KvStore& kv, const KvSnapshot* snapshot, NameQuery query, double score_min)
      : kv_(&kv), snapshot_(snapshot), query_(std::move(query)), score_min_(score_min) {}

  Status LookThroughRecent(const NamePostingsHeader& header);
  Status CountShared(const NamePostingsHeader& header);
  void Consider(const NameEntry& entry);
  void Found(TermId text, double score);

  const KvStore* kv_;
  const KvSnapshot* snapshot_;
  NameQuery query_;
  double score_min_;
  std::vector<Candidate> candidates_;  // The most promising last.
  std::vector<Hit> hits_;              // A heap, the best on top.
};

}  // namespace sightline::storage
