// Timeline: what is said of some entities that has a date, in the order of time: facts at the times
// at which statements say they held, and facts whose own value is a date ("founded on").
//
// Thread safety: one thread at a time, as ExploreContext.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "query/explore/explore_context.h"
#include "query/explore/supported_facts.h"
#include "storage/model/time_interval.h"

namespace sightline::query {

struct TimelineRequest {
  std::vector<storage::TermId> entities;
  std::optional<storage::TimeInterval> window{};  // Only what overlaps it.
  std::vector<std::string> predicates{};          // Names; empty: all.
  uint64_t skip = 0;
  uint64_t count_max = 0;
};

struct TimelineItem {
  storage::TimeInterval when;
  // Its counts are of the statements that say `when`.
  SupportedFact fact;
  Standing standing = Standing::kAsserted;  // Of the fact, by all statements in scope.
  bool is_value = false;                    // `when` is the fact's value.
};

struct TimelinePage {
  std::vector<TimelineItem> items;
  uint64_t total = 0;  // Of all pages.
};

// By beginning (without one: by end), then by end, then by the names of subject, predicate and
// object. A fact between two of the entities is there once. Errors: kInvalidArgument for a
// predicate that is not defined; those of ExploreContext.
StatusOr<TimelinePage> ListTimeline(const TimelineRequest& request, ExploreContext* context);

}  // namespace sightline::query
