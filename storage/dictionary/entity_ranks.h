// EntityRanks: the order of a store's entities by their external ids, as numbers.
//
// Comparing two names costs two look-ups in the dictionary, comparing two ranks nothing. A rank
// tells which of two entities comes first and nothing else, and that depends on their own names
// alone: whoever may see both may know it, whatever else the store holds. Ranks themselves say how
// many entities there are, so that they are never shown.
//
// Names never change and are never taken away: ranks of a later moment serve an earlier one too.
// Eight bytes an entity. Immutable; thread-safe.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/dictionary/dictionary.h"
#include "storage/kv/kv_store.h"
#include "storage/model/term_id.h"

namespace sightline::storage {

// What the external ids of entities begin with that nobody has named.
inline constexpr std::string_view kUnnamedPrefix = "_/";

class EntityRanks;
using EntityRanksPtr = std::shared_ptr<const EntityRanks>;

class EntityRanks {
 public:
  // More entities than this have no ranks.
  static constexpr uint64_t kEntitiesMax = (uint64_t{1} << 31) - 1;

  // Asked once in a thousand names: an error ends the making.
  using MayGoOn = std::function<Status()>;

  // The ranks of all entities below number `end`, of which `known`, which may be null, has some:
  // then only the others are read, as long as they are few. `snapshot` has them all. REQUIRES:
  // end <= kEntitiesMax. Errors: kDataLoss, kUnavailable; those of `may_go_on`.
  static StatusOr<EntityRanksPtr> Make(const KvStore& kv, const Dictionary& dictionary,
                                       const KvSnapshot* snapshot, uint64_t end,
                                       const EntityRanks* known, const MayGoOn& may_go_on);

  // It has ranks for the entities below this number.
  uint64_t end() const { return ranks_.size(); }
  bool Knows(TermId entity) const { return entity.payload() < ranks_.size(); }
  // Named entities first, by external id, byte by byte; then those that nobody has named, in the
  // order of their making. REQUIRES: entity.is_entity(), Knows(entity).
  uint32_t RankOf(TermId entity) const { return ranks_[entity.payload()]; }

 private:
  EntityRanks(std::vector<uint32_t> named, std::vector<uint32_t> unnamed, uint64_t end);

  std::vector<uint32_t> named_, unnamed_;  // Numbers of entities, in order.
  std::vector<uint32_t> ranks_;  // By number; that of number 0, which is no entity's, is 0.
};

// The ranks that were made last, for all who read the store. Thread-safe.
class EntityRanksCache {
 public:
  // As EntityRanks::Make; null for more entities than can have ranks. One makes them while others
  // wait, who ask `may_go_on` as well.
  StatusOr<EntityRanksPtr> Get(const KvStore& kv, const Dictionary& dictionary,
                               const KvSnapshot* snapshot, uint64_t end,
                               const EntityRanks::MayGoOn& may_go_on) SL_EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  EntityRanksPtr newest_ SL_GUARDED_BY(mutex_);
  bool is_making_ SL_GUARDED_BY(mutex_) = false;
};

}  // namespace sightline::storage
