// PlanCache: queries that were bound and planned a short time ago, for those who ask the same
// again: dashboards, and programs that look again and again whether something has changed.
//
// A plan holds what names, classes, scopes and statistics were when it was made. So the key is all
// of what that depends on: the text, the parameters with their types, and the reader's clearance;
// and only plans of one revision are kept, the newest: a commit, of definitions too, ends them all.
// Nothing that one clearance has planned is found under another. Whatever else a plan may depend on
// (the hour, the text of a stored definition) keeps it from being kept.
//
// Values of parameters are put in when a plan is run (query/plan/late_parameters.h). Where a plan
// depends on one of them after all, as for LIMIT $n, it says so, and the value is part of the key.
//
// Thread-safe. Plans are immutable, and any number of cursors may run one at a time.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
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
  BoundQuery query;                 // Its `parameters` are those that it was planned for.
  std::vector<Diagnostic> notices;  // Of binding it, but for those of late parameters.

  // Whether its last run was over within kQuickMicros: a guess at how long the next one takes, for
  // QueryEngine::ExecuteIfQuick. What it tells is in the time of an answer anyway.
  static constexpr int64_t kQuickMicros = 1'000;
  mutable std::atomic<bool> is_quick{false};
};

// What plans are found by, whatever the values of the parameters. None for a text that is not kept:
// it is long, it asks for the time or for a random number, or a parameter is of a type that no
// request gives.
std::optional<std::string> PlanKeyOf(std::string_view text,
                                     const std::map<std::string, Datum, std::less<>>& parameters,
                                     const storage::Clearance& clearance);

class PlanCache {
 public:
  using Parameters = std::map<std::string, Datum, std::less<>>;

  // `key` is that of a text with these parameters. Null when there is none.
  std::shared_ptr<const CachedPlan> Find(storage::Revision revision, const std::string& key,
                                         const Parameters& parameters) SL_EXCLUDES(mutex_);
  // In the place of one that is there. Of an older revision than the newest seen: does nothing; nor
  // when the plan depends on the value of a parameter that is long.
  void Add(storage::Revision revision, const std::string& key, const Parameters& parameters,
           std::shared_ptr<const CachedPlan> plan) SL_EXCLUDES(mutex_);

 private:
  using Names = std::set<std::string, std::less<>>;
  struct Entry {
    std::string key;
    std::shared_ptr<const CachedPlan> plan;
  };
  static constexpr size_t kEntriesMax = 256;
  static constexpr size_t kKeysMax = 256;

  // `key` with the values of those parameters that plans of it depend on.
  std::optional<std::string> WithValues(const std::string& key, const Parameters& parameters) const
      SL_REQUIRES(mutex_);

  storage::Mutex mutex_;
  storage::Revision revision_ SL_GUARDED_BY(mutex_);  // Of all entries.
  std::list<Entry> entries_ SL_GUARDED_BY(mutex_);    // The one used last in front.
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_ SL_GUARDED_BY(mutex_);
  // By key without values: names of parameters whose values plans of it depend on, where there are
  // any. A plan is found only by the values of all that it depends on itself, so that forgetting
  // these costs a plan and nothing else.
  std::unordered_map<std::string, Names> by_value_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::query
