// EntitySearch: entities by name, for search boxes and for those who resolve records: what is
// called alike, best first, with the name that was met and how the entity is shown.
//
// Thread safety: safe from any thread.

#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/engine.h"
#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/model/marking.h"
#include "storage/store.h"

namespace sightline::query {

struct EntitySearchRequest {
  std::string_view name{};
  storage::Clearance clearance{};
  // The name of a class: only its instances and those of the classes under it. Empty: everything.
  std::string_view class_name{};
  double score_min = 0;  // kNameScoreMin (storage/text/name_match.h) when below it.
  size_t count_max = 10;
  std::optional<storage::Revision> read_at{};  // Unset: the newest.
  // Asked for every name that is met; its errors end the search. Unset: it may.
  std::function<Status()> may_go_on{};
};

struct EntityMatch {
  NodeCard card;
  double score = 0;          // 0 to 1; storage/text/name_match.h.
  std::string matched_name;  // The visible name or alias that has this score.
};

struct EntitySearchResult {
  storage::Revision read_at;
  std::vector<EntityMatch> matches;  // Best first, then by external id.
};

// As MATCH (x:class NAMED ~"name") finds them under the default scope, but for kinds. Errors:
// kInvalidArgument for an empty name or an unknown class; kOutOfRange for a revision that has not
// been committed; the store's.
StatusOr<EntitySearchResult> SearchEntities(storage::Store* store,
                                            const EntitySearchRequest& request);

// The same in a view that is there, under a scope of names: `clearance` and `read_at` are the
// view's.
StatusOr<std::vector<EntityMatch>> SearchEntities(const storage::ReadView& view,
                                                  const storage::ScopePtr& names,
                                                  const EntitySearchRequest& request);

}  // namespace sightline::query
