#include "storage/load/existing_terms.h"

#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

// Entries that are read one after another before a seek is cheaper.
constexpr int kStepsMax = 16;

}  // namespace

ExistingTerms::ExistingTerms(const KvStore& kv, const Dictionary& dictionary,
                             const KvSnapshot* snapshot)
    : segments_(dictionary.segments()),
      entries_(kv.NewIterator(ColumnFamily::kTermToId, "", "", snapshot)) {
  entries_->SeekToFirst();
}

StatusOr<std::optional<TermId>> ExistingTerms::Find(std::string_view key) {
  for (int step = 0; entries_->Valid() && entries_->key() < key; ++step) {
    if (step < kStepsMax) {
      entries_->Next();
    } else {
      entries_->Seek(key);
    }
  }
  SL_RETURN_IF_ERROR(entries_->status());
  const auto tag = static_cast<TermTag>(key[0]);
  if (entries_->Valid() && entries_->key() == key) {
    if (entries_->value().size() != 8) return DataLoss("A dictionary number has a wrong length");
    return std::optional<TermId>(TermId::Make(tag, LoadFixed64(entries_->value().data())));
  }
  if (segments_ == nullptr || segments_->empty()) return std::optional<TermId>();
  return segments_->Find(tag, key.substr(1));
}

}  // namespace sightline::storage
