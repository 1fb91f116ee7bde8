#include "storage/txn/name_index.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "storage/base/check.h"
#include "storage/base/encoding.h"
#include "storage/text/edit_distance.h"

namespace sightline::storage {
namespace {

constexpr size_t kSuffixBytes = 9;  // The zero byte and the term.

// The first byte of a key of kNamePostings, ascending as a load writes them.
enum class Part : uint8_t {
  kNumbered = 1,
  kTrigramCounts = 2,
  kTrigrams = 3,
  kConsonants = 4,
  kRecent = 5,
  kHeader = 6,
};

std::string KeyOf(Part part) { return std::string(1, static_cast<char>(part)); }

std::string TrigramList(Trigram trigram) {
  std::string list = KeyOf(Part::kTrigrams);
  for (const int shift : {16, 8, 0}) AppendByte(static_cast<uint8_t>(trigram >> shift), &list);
  return list;
}

std::string ConsonantsList(bool vowelless, std::string_view consonants) {
  std::string list = KeyOf(Part::kConsonants);
  AppendByte(vowelless ? 1 : 0, &list);
  list += consonants;
  AppendByte(0, &list);
  return list;
}

std::string Successor(std::string key) {
  // The first byte is never 0xFF.
  while (static_cast<unsigned char>(key.back()) == 0xFF) key.pop_back();
  ++key.back();
  return key;
}

}  // namespace

// --- By the form

std::string NameKey(std::string_view words, TermId text) {
  std::string key(words);
  AppendByte(0, &key);
  AppendFixed64(text.bits, &key);
  return key;
}

StatusOr<NameKeyParts> DecodeNameKey(std::string_view key) {
  if (key.size() < kSuffixBytes || key[key.size() - kSuffixBytes] != 0) {
    return DataLoss("A key of the name index is damaged");
  }
  const size_t words_bytes = key.size() - kSuffixBytes;
  return NameKeyParts{key.substr(0, words_bytes),
                      TermId{LoadFixed64(key.data() + words_bytes + 1)}};
}

StatusOr<std::vector<TermId>> TextsWithForm(const KvStore& kv, const KvSnapshot* snapshot,
                                            const std::set<NameEntry>* pending,
                                            std::string_view words) {
  std::vector<TermId> texts;
  std::string lower(words);
  lower.push_back('\0');
  std::string upper(words);
  upper.push_back('\1');
  const auto iterator = kv.NewIterator(ColumnFamily::kNames, lower, upper, snapshot);
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    SL_ASSIGN_OR_RETURN(const NameKeyParts name, DecodeNameKey(iterator->key()));
    texts.push_back(name.text);
  }
  SL_RETURN_IF_ERROR(iterator->status());
  if (pending != nullptr) {
    NameEntry first;
    first.form.words = words;
    for (auto it = pending->lower_bound(first); it != pending->end() && it->form.words == words;
         ++it) {
      texts.push_back(it->text);
    }
  }
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

StatusOr<NearbyNames> NamesNear(const KvStore& kv, const KvSnapshot* snapshot,
                                const std::set<NameEntry>* pending, std::string_view words,
                                size_t distance_max) {
  NearbyNames nearby;
  const auto consider = [&](std::string_view other, TermId text) {
    const size_t distance = EditDistance(words, other, distance_max);
    if (distance <= distance_max) nearby[{distance, std::string(other)}].push_back(text);
  };
  const auto iterator = kv.NewIterator(ColumnFamily::kNames, "", "", snapshot);
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    // One edit adds or removes four bytes at most. Most names fall out here, unread.
    const size_t wanted_bytes = words.size() + kSuffixBytes, bytes = iterator->key().size();
    const size_t difference = bytes > wanted_bytes ? bytes - wanted_bytes : wanted_bytes - bytes;
    if (difference / 4 > distance_max) continue;
    SL_ASSIGN_OR_RETURN(const NameKeyParts name, DecodeNameKey(iterator->key()));
    consider(name.words, name.text);
  }
  SL_RETURN_IF_ERROR(iterator->status());
  if (pending != nullptr) {
    for (const NameEntry& entry : *pending) consider(entry.form.words, entry.text);
  }
  return nearby;
}

std::vector<TermId> NamePredicates(const Catalog& catalog,
                                   const std::vector<std::string_view>& roots) {
  std::vector<TermId> predicates;
  for (const std::string_view root : roots) {
    const std::vector<TermId> below = catalog.PredicateIdsAtOrBelow(root);
    predicates.insert(predicates.end(), below.begin(), below.end());
  }
  std::sort(predicates.begin(), predicates.end());
  predicates.erase(std::unique(predicates.begin(), predicates.end()), predicates.end());
  return predicates;
}

// --- Keys and values of the postings

std::string NamePostingsHeaderKey() { return KeyOf(Part::kHeader); }

std::string EncodeNamePostingsHeader(const NamePostingsHeader& header) {
  std::string value;
  AppendVarint(header.numbered, &value);
  AppendVarint(header.generation, &value);
  AppendVarint(header.recent, &value);
  return value;
}

StatusOr<NamePostingsHeader> ReadNamePostingsHeader(const KvStore& kv, const KvSnapshot* snapshot) {
  NamePostingsHeader header;
  const StatusOr<std::string> value =
      kv.Get(ColumnFamily::kNamePostings, NamePostingsHeaderKey(), snapshot);
  if (value.status().code() == StatusCode::kNotFound) return header;
  if (!value.ok()) return value.status();
  ByteReader reader(*value);
  SL_ASSIGN_OR_RETURN(header.numbered, reader.ReadVarint());
  SL_ASSIGN_OR_RETURN(header.generation, reader.ReadVarint());
  SL_ASSIGN_OR_RETURN(header.recent, reader.ReadVarint());
  SL_RETURN_IF_ERROR(reader.ExpectEnd());
  if (header.numbered > UINT32_MAX) return DataLoss("The index of names is damaged");
  return header;
}

std::string NumberedNameKey(uint32_t number) {
  std::string key = KeyOf(Part::kNumbered);
  AppendFixed32(number, &key);
  return key;
}

std::string EncodeNumberedName(const NameEntry& entry) {
  std::string value;
  AppendFixed64(entry.text.bits, &value);
  AppendByte(entry.form.vowelless ? 1 : 0, &value);
  AppendLengthPrefixed(entry.form.words, &value);
  AppendLengthPrefixed(entry.form.legal, &value);
  return value;
}

StatusOr<NameEntry> DecodeNumberedName(std::string_view value) {
  NameEntry entry;
  ByteReader reader(value);
  SL_ASSIGN_OR_RETURN(entry.text.bits, reader.ReadFixed64());
  SL_ASSIGN_OR_RETURN(const uint8_t vowelless, reader.ReadByte());
  if (vowelless > 1) return DataLoss("A name of the index is damaged");
  entry.form.vowelless = vowelless == 1;
  SL_ASSIGN_OR_RETURN(entry.form.words, reader.ReadLengthPrefixed());
  SL_ASSIGN_OR_RETURN(entry.form.legal, reader.ReadLengthPrefixed());
  SL_RETURN_IF_ERROR(reader.ExpectEnd());
  return entry;
}

std::string TrigramCountsKey(uint32_t chunk) {
  std::string key = KeyOf(Part::kTrigramCounts);
  AppendFixed32(chunk, &key);
  return key;
}

uint8_t TrigramCountByte(size_t trigram_count) {
  return static_cast<uint8_t>(std::min<size_t>(trigram_count, 255));
}

std::vector<std::string> PostingListsOf(const NameForm& form, size_t* trigram_count) {
  std::vector<std::string> lists;
  const std::string neutral = NeutralSpelling(form.words);
  const std::vector<Trigram> trigrams = TrigramsOf(neutral);
  *trigram_count = trigrams.size();
  for (const Trigram trigram : trigrams) lists.push_back(TrigramList(trigram));
  std::vector<std::string> consonants = ConsonantsOf(neutral);
  std::sort(consonants.begin(), consonants.end());
  consonants.erase(std::unique(consonants.begin(), consonants.end()), consonants.end());
  for (const std::string& word : consonants) {
    lists.push_back(ConsonantsList(form.vowelless, word));
  }
  return lists;
}

std::string PostingBlockKey(std::string_view list, uint32_t first_number) {
  std::string key(list);
  AppendFixed32(~first_number, &key);
  return key;
}

StatusOr<uint32_t> FirstOfPostingBlock(std::string_view key) {
  if (key.size() < 1 + sizeof(uint32_t)) return DataLoss("A key of the name index is damaged");
  return ~LoadFixed32(key.data() + key.size() - sizeof(uint32_t));
}

size_t PostingBlockKeyBytes(std::string_view block) {
  size_t list_bytes = TrigramList(0).size();
  if (block[0] == static_cast<char>(Part::kConsonants)) {
    // The zero byte that ends the consonants comes behind the part and the script.
    const size_t zero = block.find('\0', 2);
    SL_CHECK(zero != std::string_view::npos);
    list_bytes = zero + 1;
  }
  return list_bytes + sizeof(uint32_t);
}

bool IsPostingBlockKey(std::string_view key) {
  if (key.empty()) return false;
  if (key[0] == static_cast<char>(Part::kTrigrams)) {
    return key.size() == TrigramList(0).size() + sizeof(uint32_t);
  }
  return key[0] == static_cast<char>(Part::kConsonants) &&
         key.find('\0', 2) != std::string_view::npos && PostingBlockKeyBytes(key) == key.size();
}

std::string EncodePostingBlock(const std::vector<uint32_t>& numbers) {
  std::string value;
  for (size_t i = 1; i < numbers.size(); ++i) AppendVarint(numbers[i] - numbers[i - 1], &value);
  return value;
}

Status DecodePostingBlock(std::string_view key, std::string_view value,
                          std::vector<uint32_t>* numbers) {
  SL_ASSIGN_OR_RETURN(uint64_t number, FirstOfPostingBlock(key));
  numbers->push_back(static_cast<uint32_t>(number));
  // Not by ByteReader: these are most of what a search does.
  for (size_t i = 0; i < value.size();) {
    uint64_t gap = 0;
    for (int shift = 0;; shift += 7) {
      if (i == value.size() || shift > 28) return DataLoss("A block of the name index is damaged");
      const auto byte = static_cast<unsigned char>(value[i++]);
      gap |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) break;
    }
    number += gap;
    if (gap == 0 || number > UINT32_MAX) return DataLoss("A block of the name index is damaged");
    numbers->push_back(static_cast<uint32_t>(number));
  }
  return OkStatus();
}

std::string RecentNamesKey(uint64_t generation) {
  std::string key = KeyOf(Part::kRecent);
  AppendFixed64(generation, &key);
  return key;
}

// --- Writing

namespace {

// Calls visit(key, entry) for the names that wait for a number.
template <typename Visit>
Status ForEachRecent(const KvStore& kv, const KvSnapshot* snapshot,
                     const NamePostingsHeader& header, Visit visit) {
  const std::string lower = RecentNamesKey(header.generation);
  const auto iterator =
      kv.NewIterator(ColumnFamily::kNamePostings, lower, Successor(lower), snapshot);
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    SL_ASSIGN_OR_RETURN(const NameEntry entry, DecodeNumberedName(iterator->value()));
    visit(iterator->key(), entry);
  }
  return iterator->status();
}

// Puts numbers behind those of a list, the newest block first filled up.
Status AppendToList(KvIterator* iterator, const std::string& list,
                    const std::vector<uint32_t>& numbers, KvBatch* batch) {
  std::vector<uint32_t> block;
  iterator->Seek(list);
  if (iterator->Valid() && iterator->key().starts_with(list) &&
      iterator->key().size() == list.size() + sizeof(uint32_t) &&
      iterator->value().size() < kPostingBlockBytes) {
    SL_RETURN_IF_ERROR(DecodePostingBlock(iterator->key(), iterator->value(), &block));
  }
  SL_RETURN_IF_ERROR(iterator->status());
  size_t bytes = EncodePostingBlock(block).size();
  for (const uint32_t number : numbers) {
    if (bytes >= kPostingBlockBytes) {
      batch->Put(ColumnFamily::kNamePostings, PostingBlockKey(list, block.front()),
                 EncodePostingBlock(block));
      block.clear();
      bytes = 0;
    }
    for (uint32_t gap = block.empty() ? 0 : number - block.back(); gap > 0; gap >>= 7) ++bytes;
    block.push_back(number);
  }
  batch->Put(ColumnFamily::kNamePostings, PostingBlockKey(list, block.front()),
             EncodePostingBlock(block));
  return OkStatus();
}

// Gives the names the next numbers.
Status NumberNames(const KvStore& kv, const KvSnapshot* snapshot,
                   const std::vector<NameEntry>& names, NamePostingsHeader* header,
                   KvBatch* batch) {
  if (header->numbered + names.size() > UINT32_MAX) {
    return ResourceExhausted("The store has {} names, and cannot number more", header->numbered);
  }
  std::map<std::string, std::vector<uint32_t>> lists;  // Ascending: the iterator goes forward.
  const auto first_chunk = static_cast<uint32_t>(header->numbered / kNamesPerChunk);
  std::string counts;  // From the first chunk on.
  if (header->numbered % kNamesPerChunk != 0) {
    SL_ASSIGN_OR_RETURN(
        counts, kv.Get(ColumnFamily::kNamePostings, TrigramCountsKey(first_chunk), snapshot));
  }
  for (const NameEntry& entry : names) {
    const auto number = static_cast<uint32_t>(header->numbered++);
    batch->Put(ColumnFamily::kNamePostings, NumberedNameKey(number), EncodeNumberedName(entry));
    size_t trigram_count = 0;
    for (std::string& list : PostingListsOf(entry.form, &trigram_count)) {
      lists[std::move(list)].push_back(number);
    }
    AppendByte(TrigramCountByte(trigram_count), &counts);
  }
  for (uint32_t chunk = 0; chunk * size_t{kNamesPerChunk} < counts.size(); ++chunk) {
    batch->Put(ColumnFamily::kNamePostings, TrigramCountsKey(first_chunk + chunk),
               std::string_view(counts).substr(chunk * size_t{kNamesPerChunk}, kNamesPerChunk));
  }
  const auto iterator = kv.NewIterator(ColumnFamily::kNamePostings, "", "", snapshot);
  for (const auto& [list, numbers] : lists) {
    SL_RETURN_IF_ERROR(AppendToList(iterator.get(), list, numbers, batch));
  }
  return OkStatus();
}

}  // namespace

Status AppendNames(const KvStore& kv, const KvSnapshot* snapshot, const std::set<NameEntry>& names,
                   KvBatch* batch) {
  std::vector<NameEntry> added;
  for (const NameEntry& entry : names) {
    const std::string key = NameKey(entry.form.words, entry.text);
    const Status found = kv.Get(ColumnFamily::kNames, key, snapshot).status();
    if (found.ok()) continue;
    if (found.code() != StatusCode::kNotFound) return found;
    batch->Put(ColumnFamily::kNames, key, "");
    added.push_back(entry);
  }
  if (added.empty()) return OkStatus();
  SL_ASSIGN_OR_RETURN(NamePostingsHeader header, ReadNamePostingsHeader(kv, snapshot));
  if (header.recent + added.size() <= kRecentNamesMax) {
    for (const NameEntry& entry : added) {
      std::string key = RecentNamesKey(header.generation);
      AppendFixed64(entry.text.bits, &key);
      batch->Put(ColumnFamily::kNamePostings, key, EncodeNumberedName(entry));
    }
    header.recent += added.size();
  } else {
    SL_RETURN_IF_ERROR(
        ForEachRecent(kv, snapshot, header, [&](std::string_view key, const NameEntry& entry) {
          batch->Delete(ColumnFamily::kNamePostings, key);
          added.push_back(entry);
        }));
    SL_RETURN_IF_ERROR(NumberNames(kv, snapshot, added, &header, batch));
    // A new generation: nobody need step over what has been deleted.
    ++header.generation;
    header.recent = 0;
  }
  batch->Put(ColumnFamily::kNamePostings, NamePostingsHeaderKey(),
             EncodeNamePostingsHeader(header));
  return OkStatus();
}

// --- Searching

StatusOr<NameSearch> NameSearch::Open(const KvStore& kv, const KvSnapshot* snapshot,
                                      const std::set<NameEntry>* pending, NameQuery query,
                                      double score_min) {
  NameSearch search(kv, snapshot, std::move(query), score_min);
  SL_ASSIGN_OR_RETURN(const NamePostingsHeader header, ReadNamePostingsHeader(kv, snapshot));
  if (pending != nullptr) {
    for (const NameEntry& entry : *pending) search.Consider(entry);
  }
  if (header.recent > 0) SL_RETURN_IF_ERROR(search.LookThroughRecent(header));
  if (header.numbered > 0) SL_RETURN_IF_ERROR(search.CountShared(header));
  return search;
}

void NameSearch::Found(TermId text, double score) {
  if (score < score_min_) return;
  hits_.push_back({text, score});
  std::push_heap(hits_.begin(), hits_.end(),
                 [](const Hit& a, const Hit& b) { return a.score < b.score; });
}

void NameSearch::Consider(const NameEntry& entry) {
  if (query_.MayMatch(entry.form)) Found(entry.text, query_.Score(entry.form));
}

Status NameSearch::LookThroughRecent(const NamePostingsHeader& header) {
  return ForEachRecent(*kv_, snapshot_, header,
                       [&](std::string_view, const NameEntry& entry) { Consider(entry); });
}

Status NameSearch::CountShared(const NamePostingsHeader& header) {
  std::vector<uint16_t> shared(header.numbered);
  std::vector<uint32_t> reached, numbers;
  const auto iterator = kv_->NewIterator(ColumnFamily::kNamePostings, "", "", snapshot_);
  // Counts the names of a list; those that come to `wanted` are kept.
  const auto count = [&](const std::string& list, size_t wanted) -> Status {
    for (iterator->Seek(list); iterator->Valid(); iterator->Next()) {
      const std::string_view key = iterator->key();
      if (key.size() != list.size() + sizeof(uint32_t) || !key.starts_with(list)) break;
      numbers.clear();
      SL_RETURN_IF_ERROR(DecodePostingBlock(key, iterator->value(), &numbers));
      if (numbers.back() >= shared.size()) return DataLoss("The index of names is damaged");
      for (const uint32_t number : numbers) {
        if (++shared[number] == wanted) reached.push_back(number);
      }
    }
    return iterator->status();
  };

  for (const Trigram trigram : query_.trigrams()) {
    SL_RETURN_IF_ERROR(count(TrigramList(trigram), query_.shared_trigrams_min()));
  }
  std::sort(reached.begin(), reached.end());
  std::optional<uint32_t> chunk;
  std::string counts;
  for (const uint32_t number : reached) {
    if (chunk != number / kNamesPerChunk) {
      chunk = number / kNamesPerChunk;
      SL_ASSIGN_OR_RETURN(
          counts, kv_->Get(ColumnFamily::kNamePostings, TrigramCountsKey(*chunk), snapshot_));
    }
    const uint32_t place = number % kNamesPerChunk;
    if (place >= counts.size()) return DataLoss("The index of names is damaged");
    const double score_max =
        query_.ScoreMax(shared[number], static_cast<unsigned char>(counts[place]));
    if (score_max >= score_min_) candidates_.push_back({score_max, number, false});
  }

  if (query_.shared_consonants_min() > 0) {
    std::fill(shared.begin(), shared.end(), 0);
    reached.clear();
    for (const std::string& word : query_.consonants()) {
      SL_RETURN_IF_ERROR(
          count(ConsonantsList(!query_.form().vowelless, word), query_.shared_consonants_min()));
    }
    for (const uint32_t number : reached) candidates_.push_back({1, number, true});
  }
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return std::pair(a.score_max, a.number) < std::pair(b.score_max, b.number);
  });
  return OkStatus();
}

StatusOr<bool> NameSearch::Next(Hit* hit) {
  while (!candidates_.empty() &&
         (hits_.empty() || candidates_.back().score_max > hits_.front().score)) {
    const Candidate candidate = candidates_.back();
    candidates_.pop_back();
    const StatusOr<std::string> value =
        kv_->Get(ColumnFamily::kNamePostings, NumberedNameKey(candidate.number), snapshot_);
    if (value.status().code() == StatusCode::kNotFound) {
      return DataLoss("The index of names has lost a name");
    }
    if (!value.ok()) return value.status();
    SL_ASSIGN_OR_RETURN(const NameEntry entry, DecodeNumberedName(*value));
    if ((entry.form.vowelless != query_.form().vowelless) != candidate.by_consonants) continue;
    Found(entry.text, query_.Score(entry.form));
  }
  if (hits_.empty()) return false;
  std::pop_heap(hits_.begin(), hits_.end(),
                [](const Hit& a, const Hit& b) { return a.score < b.score; });
  *hit = hits_.back();
  hits_.pop_back();
  return true;
}

}  // namespace sightline::storage
