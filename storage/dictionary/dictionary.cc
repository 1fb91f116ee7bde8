#include "storage/dictionary/dictionary.h"

#include <utility>

#include "storage/base/check.h"
#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

constexpr std::array<TermTag, 3> kTags = {TermTag::kEntity, TermTag::kString, TermTag::kValue};

// The place of a tag in kTags. REQUIRES: HasDictionaryEntry(tag).
size_t KindOf(TermTag tag) {
  if (tag == TermTag::kEntity) return 0;
  return tag == TermTag::kString ? 1 : 2;
}

}  // namespace

// Tag, then the bytes.
std::string TermToIdKey(TermTag tag, std::string_view bytes) {
  std::string key;
  key.reserve(1 + bytes.size());
  AppendByte(static_cast<uint8_t>(tag), &key);
  key.append(bytes);
  return key;
}

// Tag, then the number.
std::string IdToTermKey(TermId term) {
  std::string key;
  AppendByte(static_cast<uint8_t>(term.tag()), &key);
  AppendFixed64(term.payload(), &key);
  return key;
}

std::string TermNumberValue(TermId term) {
  std::string value;
  AppendFixed64(term.payload(), &value);
  return value;
}

uint64_t& DictionaryCounters::Of(TermTag tag) {
  SL_CHECK(HasDictionaryEntry(tag));
  if (tag == TermTag::kEntity) return entity;
  return tag == TermTag::kString ? string : value;
}

DictionaryEntry EntryOf(const Value& value) {
  SL_CHECK(!InlineTermId(value).has_value());
  const Text* text = value.get_if<Text>();
  if (text != nullptr && text->language.empty() && value.comparator() == Comparator::kExactly) {
    return {TermTag::kString, text->text};
  }
  return {TermTag::kValue, EncodeValue(value)};
}

StatusOr<Value> ValueOfEntry(TermTag tag, std::string_view bytes) {
  if (tag == TermTag::kString) return Value::OfText(std::string(bytes));
  return DecodeValue(bytes);
}

// Transactions' entries first: a miss there costs little (a Bloom filter), one in a segment as much
// as a hit.
StatusOr<std::optional<TermId>> Dictionary::Find(TermTag tag, std::string_view bytes,
                                                 const KvSnapshot* snapshot) const {
  SL_CHECK(HasDictionaryEntry(tag));
  StatusOr<std::string> number =
      kv_->Get(ColumnFamily::kTermToId, TermToIdKey(tag, bytes), snapshot);
  if (number.status().code() == StatusCode::kNotFound) {
    if (segments_ == nullptr) return std::optional<TermId>();
    return segments_->Find(tag, bytes);
  }
  if (!number.ok()) return number.status();
  if (number->size() != 8) return DataLoss("A dictionary number has a wrong length");
  return std::optional<TermId>(TermId::Make(tag, LoadFixed64(number->data())));
}

StatusOr<std::optional<TermId>> Dictionary::FindNewest(TermTag tag, std::string_view bytes,
                                                       const KvSnapshot* snapshot) const {
  if (const std::optional<TermId> known = numbers_->Find(tag, bytes)) return known;
  StatusOr<std::optional<TermId>> found = Find(tag, bytes, snapshot);
  if (found.ok() && *found) numbers_->Keep(**found, bytes);
  return found;
}

StatusOr<std::string> Dictionary::BytesOf(TermId term, const KvSnapshot* snapshot) const {
  SL_CHECK(HasDictionaryEntry(term.tag()));
  if (std::optional<std::string> kept = cache_->Find(term)) return *std::move(kept);
  StatusOr<std::string> bytes = ReadBytes(term, snapshot);
  if (bytes.ok()) cache_->Keep(term, *bytes);
  return bytes;
}

StatusOr<std::string> Dictionary::ReadBytes(TermId term, const KvSnapshot* snapshot) const {
  if (segments_ != nullptr && segments_->Owns(term)) return segments_->BytesOf(term);
  StatusOr<std::string> bytes = kv_->Get(ColumnFamily::kIdToTerm, IdToTermKey(term), snapshot);
  if (bytes.status().code() == StatusCode::kNotFound) {
    return DataLoss("The dictionary has no entry for a term: tag {}, number {}",
                    static_cast<int>(term.tag()), term.payload());
  }
  return bytes;
}

StatusOr<std::optional<TermId>> DictionaryDelta::Find(TermTag tag, std::string_view bytes) const {
  const auto known = terms_.find(EntryView{tag, bytes});
  if (known != terms_.end()) return std::optional<TermId>(known->second);
  SL_ASSIGN_OR_RETURN(const std::optional<TermId> found,
                      committed_->FindNewest(tag, bytes, snapshot_.get()));
  if (found) terms_.emplace(DictionaryEntry{tag, std::string(bytes)}, *found);
  return found;
}

StatusOr<TermId> DictionaryDelta::Intern(TermTag tag, std::string_view bytes) {
  SL_ASSIGN_OR_RETURN(const std::optional<TermId> found, Find(tag, bytes));
  if (found) return *found;
  uint64_t& next = next_.Of(tag);
  if (next > TermId::kPayloadMask) return ResourceExhausted("The dictionary is full");
  const TermId term = TermId::Make(tag, next);
  ++next;
  const auto added = terms_.emplace(DictionaryEntry{tag, std::string(bytes)}, term).first;
  added_[KindOf(tag)].push_back(&added->first.bytes);
  return term;
}

const std::string* DictionaryDelta::AddedBytes(TermId term) const {
  if (!HasDictionaryEntry(term.tag())) return nullptr;
  const uint64_t first = before_.Of(term.tag());
  const auto& added = added_[KindOf(term.tag())];
  if (term.payload() < first || term.payload() - first >= added.size()) return nullptr;
  return added[term.payload() - first];
}

StatusOr<std::string> DictionaryDelta::BytesOf(TermId term) const {
  if (const std::string* bytes = AddedBytes(term)) return *bytes;
  return committed_->BytesOf(term, snapshot_.get());
}

bool DictionaryDelta::Knows(TermId term) const {
  if (!HasDictionaryEntry(term.tag())) return true;
  return term.payload() != 0 && term.payload() < next_.Of(term.tag());
}

void DictionaryDelta::AppendTo(KvBatch* batch) const {
  for (const TermTag tag : kTags) {
    uint64_t next = before_.Of(tag);
    for (const std::string* bytes : added_[KindOf(tag)]) {
      const TermId term = TermId::Make(tag, next++);
      batch->Put(ColumnFamily::kTermToId, TermToIdKey(tag, *bytes), TermNumberValue(term));
      batch->Put(ColumnFamily::kIdToTerm, IdToTermKey(term), *bytes);
    }
  }
}

}  // namespace sightline::storage
