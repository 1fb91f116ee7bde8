// ExistingTerms: looks ascending terms up in the store's dictionary.
//
// The entries of transactions are read beside the terms, in key order, instead of looked up one by
// one. Thread-compatible; borrows all.

#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "storage/base/status.h"
#include "storage/dictionary/dictionary.h"
#include "storage/kv/kv_store.h"

namespace sightline::storage {

class ExistingTerms {
 public:
  ExistingTerms(const KvStore& kv, const Dictionary& dictionary, const KvSnapshot* snapshot);

  // `key`: the tag as a byte, then the bytes. None when the store has no such term. REQUIRES: not
  // before the key of the last call. Errors: kDataLoss, kUnavailable.
  StatusOr<std::optional<TermId>> Find(std::string_view key);

 private:
  const TermSegmentsPtr segments_;  // May be null.
  const std::unique_ptr<KvIterator> entries_;
};

}  // namespace sightline::storage
