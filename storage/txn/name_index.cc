#include "storage/txn/name_index.h"

#include <algorithm>

#include "storage/base/encoding.h"
#include "storage/text/edit_distance.h"

namespace sightline::storage {
namespace {

constexpr size_t kSuffixBytes = 9;  // The zero byte and the term.

}  // namespace

std::string NameKey(const NameEntry& entry) {
  std::string key = entry.folded;
  AppendByte(0, &key);
  AppendFixed64(entry.text.bits, &key);
  return key;
}

StatusOr<NameEntry> DecodeNameKey(std::string_view key) {
  if (key.size() < kSuffixBytes || key[key.size() - kSuffixBytes] != 0) {
    return DataLoss("A key of the name index is damaged");
  }
  const size_t folded_bytes = key.size() - kSuffixBytes;
  return NameEntry{std::string(key.substr(0, folded_bytes)),
                   TermId{LoadFixed64(key.data() + folded_bytes + 1)}};
}

StatusOr<std::vector<TermId>> TextsFoldingTo(const KvStore& kv, const KvSnapshot* snapshot,
                                             const std::set<NameEntry>* pending,
                                             std::string_view folded) {
  std::vector<TermId> texts;
  std::string lower(folded);
  lower.push_back('\0');
  std::string upper(folded);
  upper.push_back('\1');
  const auto iterator = kv.NewIterator(ColumnFamily::kNames, lower, upper, snapshot);
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    SL_ASSIGN_OR_RETURN(const NameEntry entry, DecodeNameKey(iterator->key()));
    // A name with a zero byte in it shares the range with its beginning.
    if (entry.folded == folded) texts.push_back(entry.text);
  }
  SL_RETURN_IF_ERROR(iterator->status());
  if (pending != nullptr) {
    for (auto it = pending->lower_bound(NameEntry{std::string(folded), TermId{}});
         it != pending->end() && it->folded == folded; ++it) {
      texts.push_back(it->text);
    }
  }
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

StatusOr<NearbyNames> NamesNear(const KvStore& kv, const KvSnapshot* snapshot,
                                const std::set<NameEntry>* pending, std::string_view folded,
                                size_t distance_max) {
  NearbyNames nearby;
  const auto consider = [&](const NameEntry& entry) {
    const size_t distance = EditDistance(folded, entry.folded, distance_max);
    if (distance <= distance_max) nearby[{distance, entry.folded}].push_back(entry.text);
  };
  const auto iterator = kv.NewIterator(ColumnFamily::kNames, "", "", snapshot);
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    // One edit adds or removes four bytes at most. Most names fall out here, unread.
    const size_t wanted_bytes = folded.size() + kSuffixBytes, bytes = iterator->key().size();
    const size_t difference = bytes > wanted_bytes ? bytes - wanted_bytes : wanted_bytes - bytes;
    if (difference / 4 > distance_max) continue;
    SL_ASSIGN_OR_RETURN(const NameEntry entry, DecodeNameKey(iterator->key()));
    consider(entry);
  }
  SL_RETURN_IF_ERROR(iterator->status());
  if (pending != nullptr) {
    for (const NameEntry& entry : *pending) consider(entry);
  }
  return nearby;
}

std::vector<TermId> NamePredicates(const Catalog& catalog,
                                   const std::vector<std::string_view>& roots) {
  std::vector<TermId> predicates;
  for (const std::string_view root : roots) {
    for (const PredicateDefinition* predicate : catalog.PredicatesAtOrBelow(root)) {
      predicates.push_back(predicate->id);
    }
  }
  std::sort(predicates.begin(), predicates.end());
  predicates.erase(std::unique(predicates.begin(), predicates.end()), predicates.end());
  return predicates;
}

}  // namespace sightline::storage
