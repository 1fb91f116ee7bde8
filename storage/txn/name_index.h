// NameIndex: folded name -> the text terms that fold to it.
//
// Holds every text that was ever the object of a name predicate (name, alias and what is UNDER
// them), whoever may see it: the entries are candidates, and the caller looks up under his own
// scope who is called so.

#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/status.h"
#include "storage/catalog/catalog.h"
#include "storage/kv/kv_store.h"
#include "storage/model/term_id.h"

namespace sightline::storage {

struct NameEntry {
  std::string folded;
  TermId text;
  friend auto operator<=>(const NameEntry&, const NameEntry&) = default;
};

// The folded name, a zero byte, the term.
std::string NameKey(const NameEntry& entry);
StatusOr<NameEntry> DecodeNameKey(std::string_view key);  // Errors: kDataLoss.

// The texts that fold to `folded`, ascending. `pending` are a transaction's own; may be null.
StatusOr<std::vector<TermId>> TextsFoldingTo(const KvStore& kv, const KvSnapshot* snapshot,
                                             const std::set<NameEntry>* pending,
                                             std::string_view folded);

// Texts by the distance of their folded form, and by that form.
using NearbyNames = std::map<std::pair<size_t, std::string>, std::vector<TermId>>;

// The texts within `distance_max` of `folded`, nearest first. Reads all names, whoever may see
// them, at half a microsecond a name: a bound on their number would let hidden ones push out
// others.
StatusOr<NearbyNames> NamesNear(const KvStore& kv, const KvSnapshot* snapshot,
                                const std::set<NameEntry>* pending, std::string_view folded,
                                size_t distance_max);

// The predicates whose objects are names: `name`, `alias` and all below, ascending. `roots` says
// which of the two to start from.
std::vector<TermId> NamePredicates(const Catalog& catalog,
                                   const std::vector<std::string_view>& roots);

}  // namespace sightline::storage
