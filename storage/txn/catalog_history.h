// CatalogHistory: every definition that was ever committed, and the catalog of any revision.
//
// Thread safety: safe from any thread.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/ids.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/catalog/catalog.h"
#include "storage/catalog/encoding.h"
#include "storage/kv/kv_store.h"

namespace sightline::storage {

Revision RevisionOf(const Definition& definition);
const std::string& NameOf(const Definition& definition);
// The class or predicate as a term; null for a definition that has none.
const TermId* TermOf(const Definition& definition);
TermId* TermOf(Definition* definition);
// The key of kCatalog: 1 for a class, 2 for a predicate, 3 for a stored text or 4 for what is
// dropped (then a byte for its kind); the name, a zero byte, the revision; for 3 and 4 the number.
std::string CatalogKey(const Definition& definition);
std::string EncodeAnyDefinition(const Definition& definition);

// `catalog` with more definitions: a class or predicate replaces an earlier one of its name.
std::shared_ptr<const Catalog> WithDefinitions(const Catalog& catalog,
                                               std::span<const Definition> definitions);

class CatalogHistory {
 public:
  // Errors: kDataLoss, kUnavailable.
  Status Load(const KvStore& kv) SL_EXCLUDES(mutex_);
  // REQUIRES: not before the revision of any earlier definition.
  void Append(Definition definition) SL_EXCLUDES(mutex_);

  std::shared_ptr<const Catalog> CatalogAt(Revision revision) const SL_EXCLUDES(mutex_);
  // What the revision has defined, in no particular order.
  std::vector<Definition> DefinitionsOf(Revision revision) const SL_EXCLUDES(mutex_);

 private:
  // Catalogs of revisions that readers go back to; the newest is kept by the store's state.
  static constexpr size_t kCachedMax = 8;

  mutable Mutex mutex_;
  std::vector<Definition> definitions_ SL_GUARDED_BY(mutex_);  // Ascending by revision.
  // By the number of definitions that went into it.
  mutable std::map<size_t, std::shared_ptr<const Catalog>> cached_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::storage
