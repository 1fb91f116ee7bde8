// PlanCache: queries that were bound and planned a short time ago, for those who ask the same
// again: dashboards, and programs that look again and again whether something has changed.
//
// A plan holds what names, classes, scopes, parameters and statistics were when it was made. So the
// key is all of what that depends on: the text, the parameters with their values, and the reader's
// clearance; and only plans of one revision are kept, the newest: a commit, of definitions too,
// ends them all. Nothing that one clearance has planned is found under another. Whatever else a
// plan may depend on (the hour, the text of a stored definition) keeps it from being kept.
//
// Not by the types of the parameters alone: their values choose nodes by name, rows by number, and
// with them the order of the pattern.
//
// Thread-safe. Plans are immutable, and any number of cursors may run one at a time.

#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/binder/binder.h"
#include "query/diagnostics/diagnostic.h"
#include "query/functions/datum.h"
#include "storage/base/ids.h"
#include "storage/base/mutex.h"
#include "storage/model/marking.h"

namespace sightline::query {

struct CachedPlan {
  BoundQuery query;
  std::vector<Diagnostic> notices;  // Of binding it.
};

// What a plan is found by. None for a text that is not kept: it is long, its parameters are, or it
// asks for the time or for a random number.
std::optional<std::string> PlanKeyOf(std::string_view text,
                                     const std::map<std::string, Datum, std::less<>>& parameters,
                                     const storage::Clearance& clearance);

class PlanCache {
 public:
  // Null when there is none.
  std::shared_ptr<const CachedPlan> Find(storage::Revision revision, const std::string& key)
      SL_EXCLUDES(mutex_);
  // Of an older revision than the newest seen: does nothing.
  void Add(storage::Revision revision, const std::string& key,
           std::shared_ptr<const CachedPlan> plan) SL_EXCLUDES(mutex_);

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const CachedPlan> plan;
  };
  static constexpr size_t kEntriesMax = 256;

  storage::Mutex mutex_;
  storage::Revision revision_ SL_GUARDED_BY(mutex_);  // Of all entries.
  std::list<Entry> entries_ SL_GUARDED_BY(mutex_);    // The one used last in front.
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::query
