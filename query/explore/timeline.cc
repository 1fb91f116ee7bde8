#include "query/explore/timeline.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

#include "query/explore/neighbors.h"
#include "query/functions/sort_in_steps.h"
#include "query/functions/term_order.h"
#include "storage/model/value.h"

namespace sightline::query {
namespace {

using storage::BoundKind;
using storage::KeyPrefix;
using storage::Permutation;
using storage::TermId;
using storage::TimeInterval;

int64_t BeginOf(const TimeInterval& when) {
  if (when.from.kind == BoundKind::kAt) return when.from.micros;
  return when.to.kind == BoundKind::kAt ? when.to.micros : std::numeric_limits<int64_t>::min();
}

int64_t EndOf(const TimeInterval& when) {
  return when.to.kind == BoundKind::kAt ? when.to.micros : std::numeric_limits<int64_t>::max();
}

class TimelineReader {
 public:
  TimelineReader(const TimelineRequest& request, ExploreContext* context)
      : request_(request), context_(*context) {}

  StatusOr<TimelinePage> Read() {
    SL_ASSIGN_OR_RETURN(predicates_, PredicatesNamed(request_.predicates, context_.catalog()));
    SL_ASSIGN_OR_RETURN(dated_, context_.Dated(request_.window));
    for (const TermId entity : request_.entities) {
      entities_.push_back(context_.CanonicalOf(entity));
    }
    std::sort(entities_.begin(), entities_.end());
    entities_.erase(std::unique(entities_.begin(), entities_.end()), entities_.end());
    SupportedFacts outbound(&context_, Permutation::kSpo), inbound(&context_, Permutation::kOps);
    for (const TermId entity : entities_) {
      SL_RETURN_IF_ERROR(ReadAbout(entity, &outbound, false));
      SL_RETURN_IF_ERROR(ReadAbout(entity, &inbound, true));
    }
    return Page();
  }

 private:
  Status ReadAbout(TermId entity, SupportedFacts* facts, bool inbound) {
    if (predicates_.empty()) return ReadFrom(KeyPrefix::Of(entity), facts, inbound);
    for (const TermId predicate : predicates_) {
      SL_RETURN_IF_ERROR(ReadFrom(KeyPrefix::Of(entity, predicate), facts, inbound));
    }
    return OkStatus();
  }

  Status ReadFrom(const KeyPrefix& prefix, SupportedFacts* facts, bool inbound) {
    SL_RETURN_IF_ERROR(facts->Start(prefix));
    SupportedFact fact;
    while (true) {
      SL_ASSIGN_OR_RETURN(const bool found, facts->Next(&fact));
      if (!found) return OkStatus();
      // Found from its subject already.
      if (inbound && std::binary_search(entities_.begin(), entities_.end(), fact.fact.subject)) {
        continue;
      }
      SL_ASSIGN_OR_RETURN(const std::optional<TimeInterval> value, TimeOf(fact.fact.object));
      if (value) {
        SL_RETURN_IF_ERROR(
            Add({.when = *value, .fact = fact, .standing = fact.standing(), .is_value = true}));
        continue;
      }
      SL_RETURN_IF_ERROR(AddTimes(fact, facts->statements()));
    }
  }

  // An item for each of the times that statements give the fact.
  Status AddTimes(const SupportedFact& fact, const std::vector<storage::StatementId>& statements) {
    std::vector<TimelineItem> items;
    for (const storage::StatementId id : statements) {
      if (!dated_->Contains(id)) continue;
      SL_RETURN_IF_ERROR(context_.Touch(1));
      SL_ASSIGN_OR_RETURN(const storage::Statement statement, context_.view().GetStatement(id));
      const TimeInterval& when = statement.content.valid;
      auto item = std::find_if(items.begin(), items.end(),
                               [&](const TimelineItem& other) { return other.when == when; });
      if (item == items.end()) {
        items.push_back({.when = when, .fact = {.fact = fact.fact}, .standing = fact.standing()});
        item = std::prev(items.end());
      }
      const bool asserts = statement.content.polarity == storage::Polarity::kAsserts;
      ++(asserts ? item->fact.asserting : item->fact.denying);
    }
    for (const TimelineItem& item : items) SL_RETURN_IF_ERROR(Add(item));
    return OkStatus();
  }

  Status Add(const TimelineItem& item) {
    if (request_.window && !item.when.Overlaps(*request_.window)) return OkStatus();
    SL_RETURN_IF_ERROR(context_.Reserve(sizeof(TimelineItem)));
    items_.push_back(item);
    return OkStatus();
  }

  // The days of a date, the moment of an instant; nothing for what is neither.
  StatusOr<std::optional<TimeInterval>> TimeOf(TermId object) {
    const bool may_be_time = object.tag() == storage::TermTag::kDate ||
                             object.tag() == storage::TermTag::kInstant ||
                             object.tag() == storage::TermTag::kValue;
    if (!may_be_time) return std::optional<TimeInterval>();
    SL_ASSIGN_OR_RETURN(const storage::Value value, context_.view().ValueOf(object));
    if (const auto* date = value.get_if<storage::PartialDate>()) {
      return std::optional<TimeInterval>(TimeInterval::Of(*date));
    }
    if (const auto* instant = value.get_if<storage::Instant>()) {
      return std::optional<TimeInterval>(TimeInterval::Of(*instant));
    }
    return std::optional<TimeInterval>();
  }

  StatusOr<TimelinePage> Page() {
    TermOrder names(&context_.view());
    const auto before = [&names](const TimelineItem& a, const TimelineItem& b) {
      const auto times = [](const TimelineItem& item) {
        return std::tuple(BeginOf(item.when), EndOf(item.when));
      };
      if (times(a) != times(b)) return times(a) < times(b);
      const storage::Fact &x = a.fact.fact, &y = b.fact.fact;
      if (const auto order = names.Compare(x.subject, y.subject); order != 0) return order < 0;
      if (const auto order = names.Compare(x.predicate, y.predicate); order != 0) return order < 0;
      if (const auto order = names.Compare(x.object, y.object); order != 0) return order < 0;
      // The same fact at intervals that only differ in what is unknown of them.
      return std::tuple(a.when.from.kind, a.when.to.kind) <
             std::tuple(b.when.from.kind, b.when.to.kind);
    };
    SL_RETURN_IF_ERROR(SortInSteps(&items_, 2, before, context_.evaluation()));
    SL_RETURN_IF_ERROR(names.status());
    SL_RETURN_IF_ERROR(context_.Reserve(names.memory_bytes()));
    TimelinePage page;
    page.total = items_.size();
    const uint64_t from = std::min<uint64_t>(request_.skip, items_.size());
    const uint64_t to = std::min<uint64_t>(from + request_.count_max, items_.size());
    page.items.assign(items_.begin() + static_cast<ptrdiff_t>(from),
                      items_.begin() + static_cast<ptrdiff_t>(to));
    return page;
  }

  const TimelineRequest& request_;
  ExploreContext& context_;
  std::vector<TermId> predicates_, entities_;  // Ascending.
  storage::ScopePtr dated_;
  std::vector<TimelineItem> items_;
};

}  // namespace

StatusOr<TimelinePage> ListTimeline(const TimelineRequest& request, ExploreContext* context) {
  return TimelineReader(request, context).Read();
}

}  // namespace sightline::query
