#include "storage/dictionary/dictionary.h"

#include <utility>

#include "storage/base/check.h"
#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

// Tag, then the bytes: the key of kTermToId.
std::string TermKey(TermTag tag, std::string_view bytes) {
  std::string key;
  key.reserve(1 + bytes.size());
  AppendByte(static_cast<uint8_t>(tag), &key);
  key.append(bytes);
  return key;
}

// Tag, then the number: the key of kIdToTerm.
std::string NumberKey(TermId term) {
  std::string key;
  AppendByte(static_cast<uint8_t>(term.tag()), &key);
  AppendFixed64(term.payload(), &key);
  return key;
}

}  // namespace

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

StatusOr<std::optional<TermId>> Dictionary::Find(TermTag tag, std::string_view bytes,
                                                 const KvSnapshot* snapshot) const {
  StatusOr<std::string> number = kv_->Get(ColumnFamily::kTermToId, TermKey(tag, bytes), snapshot);
  if (number.status().code() == StatusCode::kNotFound) return std::optional<TermId>();
  if (!number.ok()) return number.status();
  if (number->size() != 8) return DataLoss("A dictionary number has a wrong length");
  return std::optional<TermId>(TermId::Make(tag, LoadFixed64(number->data())));
}

StatusOr<std::string> Dictionary::BytesOf(TermId term, const KvSnapshot* snapshot) const {
  SL_CHECK(HasDictionaryEntry(term.tag()));
  StatusOr<std::string> bytes = kv_->Get(ColumnFamily::kIdToTerm, NumberKey(term), snapshot);
  if (bytes.status().code() == StatusCode::kNotFound) {
    return DataLoss("The dictionary has no entry for a term: tag {}, number {}",
                    static_cast<int>(term.tag()), term.payload());
  }
  return bytes;
}

StatusOr<std::optional<TermId>> DictionaryDelta::Find(TermTag tag, std::string_view bytes) const {
  std::string key = TermKey(tag, bytes);
  const auto known = terms_.find(key);
  if (known != terms_.end()) return std::optional<TermId>(known->second);
  SL_ASSIGN_OR_RETURN(const std::optional<TermId> found,
                      committed_->Find(tag, bytes, snapshot_.get()));
  if (found) terms_.emplace(std::move(key), *found);
  return found;
}

StatusOr<TermId> DictionaryDelta::Intern(TermTag tag, std::string_view bytes) {
  SL_ASSIGN_OR_RETURN(const std::optional<TermId> found, Find(tag, bytes));
  if (found) return *found;
  uint64_t& next = next_.Of(tag);
  if (next > TermId::kPayloadMask) return ResourceExhausted("The dictionary is full");
  const TermId term = TermId::Make(tag, next);
  ++next;
  terms_.emplace(TermKey(tag, bytes), term);
  added_by_bits_.emplace(term.bits, added_.size());
  added_.emplace_back(term, std::string(bytes));
  return term;
}

StatusOr<std::string> DictionaryDelta::BytesOf(TermId term) const {
  const auto added = added_by_bits_.find(term.bits);
  if (added != added_by_bits_.end()) return added_[added->second].second;
  return committed_->BytesOf(term, snapshot_.get());
}

bool DictionaryDelta::Knows(TermId term) const {
  if (!HasDictionaryEntry(term.tag())) return true;
  return term.payload() != 0 && term.payload() < next_.Of(term.tag());
}

void DictionaryDelta::AppendTo(KvBatch* batch) const {
  for (const auto& [term, bytes] : added_) {
    std::string number;
    AppendFixed64(term.payload(), &number);
    batch->Put(ColumnFamily::kTermToId, TermKey(term.tag(), bytes), number);
    batch->Put(ColumnFamily::kIdToTerm, NumberKey(term), bytes);
  }
}

}  // namespace sightline::storage
