#include "query/explore/neighbors.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "query/diagnostics/diagnostic.h"
#include "query/functions/sort_in_steps.h"
#include "query/node_kinds.h"

namespace sightline::query {
namespace {

using storage::KeyPrefix;
using storage::Permutation;
using storage::TermId;

// The edges of a node that a filter's predicates and direction let through: one predicate in one
// direction after the other, ends ascending.
class NeighborWalk {
 public:
  NeighborWalk(TermId node, ExploreContext* context)
      : node_(context->CanonicalOf(node)),
        outbound_(context, Permutation::kSpo),
        inbound_(context, Permutation::kOps) {}

  Status Start(const EdgeFilter& filter, const storage::Catalog& catalog) {
    SL_ASSIGN_OR_RETURN(const std::vector<TermId> named,
                        PredicatesNamed(filter.predicates, catalog));
    if (filter.predicates.empty() && !filter.taxonomic) {
      for (const auto& [name, definition] : catalog.predicates()) {
        if (definition.taxonomic) left_out_.push_back(definition.id);
      }
      std::sort(left_out_.begin(), left_out_.end());
    }
    either_ = filter.direction == EdgeDirection::kEither;
    for (const bool inbound : {false, true}) {
      if (!either_ && inbound != (filter.direction == EdgeDirection::kInbound)) continue;
      if (filter.predicates.empty()) segments_.push_back({KeyPrefix::Of(node_), inbound});
      for (const TermId predicate : named) {
        segments_.push_back({KeyPrefix::Of(node_, predicate), inbound});
      }
    }
    return OkStatus();
  }

  // False at the end.
  StatusOr<bool> Next(Neighbor* neighbor) {
    for (; segment_ < segments_.size(); ++segment_, is_open_ = false) {
      const Segment& segment = segments_[segment_];
      SupportedFacts& facts = segment.inbound ? inbound_ : outbound_;
      if (!std::exchange(is_open_, true)) SL_RETURN_IF_ERROR(facts.Start(segment.prefix));
      neighbor->inbound = segment.inbound;
      while (true) {
        SL_ASSIGN_OR_RETURN(const bool found, facts.Next(&neighbor->fact));
        if (!found) break;
        const storage::Fact& fact = neighbor->fact.fact;
        if (std::binary_search(left_out_.begin(), left_out_.end(), fact.predicate)) {
          SL_RETURN_IF_ERROR(SkipPredicate(fact.predicate));
          continue;
        }
        if (!fact.object.is_node()) continue;
        if (segment.inbound && either_ && fact.subject == fact.object) continue;
        return true;
      }
    }
    return false;
  }

  // Passes over what is left of this predicate in the present direction.
  Status SkipPredicate(TermId predicate) {
    SupportedFacts& facts = segments_[segment_].inbound ? inbound_ : outbound_;
    return facts.SkipTo(KeyPrefix::Of(node_, TermId{predicate.bits + 1}));
  }

 private:
  struct Segment {
    KeyPrefix prefix;
    bool inbound = false;
  };

  const TermId node_;
  SupportedFacts outbound_, inbound_;
  std::vector<TermId> left_out_;  // Ascending.
  bool either_ = true;
  std::vector<Segment> segments_;
  size_t segment_ = 0;
  bool is_open_ = false;
};

class KindFilter {
 public:
  KindFilter(const EdgeFilter& filter, ExploreContext* context)
      : kinds_(&context->view(), context->names()), wanted_(filter.kinds), context_(context) {
    std::sort(wanted_.begin(), wanted_.end());
  }

  bool keeps_all() const { return wanted_.empty(); }
  bool Keeps(const std::string& kind) const {
    return wanted_.empty() || std::binary_search(wanted_.begin(), wanted_.end(), kind);
  }
  StatusOr<std::string> KindOf(TermId node) {
    SL_RETURN_IF_ERROR(context_->Touch(1));
    return kinds_.KindOf(node);
  }

 private:
  NodeKinds kinds_;
  std::vector<std::string> wanted_;
  ExploreContext* const context_;
};

// The edges of one predicate in one direction, while they are counted.
class PredicateCount {
 public:
  PredicateCount(const Neighbor& first, const SummaryLimits& limits)
      : predicate_(first.fact.fact.predicate), inbound_(first.inbound), limits_(limits) {}

  bool Takes(const Neighbor& neighbor) const {
    return neighbor.fact.fact.predicate == predicate_ && neighbor.inbound == inbound_;
  }
  bool is_full() const { return edges_ >= limits_.edges_max; }

  void Add(const Neighbor& neighbor, bool keeps_kinds) {
    const bool denied = neighbor.fact.denying > 0;
    ++edges_;
    denied_ += denied ? 1 : 0;
    if (keeps_kinds || edges_ <= limits_.kinds_max) {
      ends_.push_back({neighbor.node(), denied});
    } else {
      ends_ = {};
    }
  }

  Status Finish(KindFilter* kinds, ExploreContext* context, std::vector<NeighborGroup>* groups) {
    NeighborGroup whole{.inbound = inbound_, .edges = edges_, .denied = denied_};
    SL_ASSIGN_OR_RETURN(whole.predicate, context->NameOf(predicate_));
    whole.at_least = is_full();
    if (whole.at_least || ends_.size() < edges_) {
      whole.kinds_omitted = true;
      // How many of those that were not counted are denied is not known, nor which came first.
      if (whole.at_least) whole.denied = 0;
      groups->push_back(std::move(whole));
      return OkStatus();
    }
    std::map<std::string, NeighborGroup> by_kind;
    for (const auto& [end, denied] : ends_) {
      SL_ASSIGN_OR_RETURN(std::string kind, kinds->KindOf(end));
      if (!kinds->Keeps(kind)) continue;
      NeighborGroup& group = by_kind[std::move(kind)];
      ++group.edges;
      group.denied += denied ? 1 : 0;
    }
    for (auto& [kind, group] : by_kind) {
      group.predicate = whole.predicate;
      group.inbound = inbound_;
      group.kind = kind;
      groups->push_back(std::move(group));
    }
    return OkStatus();
  }

 private:
  struct End {
    TermId node;
    bool denied = false;
  };
  const TermId predicate_;
  const bool inbound_;
  const SummaryLimits limits_;
  uint64_t edges_ = 0, denied_ = 0;
  std::vector<End> ends_;  // All, or none when there are too many.
};

// The first so many neighbours by name: a page of a hub is a few of many.
class FirstByName {
 public:
  FirstByName(uint64_t count, ExploreContext* context) : count_(count), context_(context) {}

  Status Add(const Neighbor& neighbor) {
    SL_RETURN_IF_ERROR(context_->evaluation()->Work(1));
    SL_ASSIGN_OR_RETURN(std::string key, NameKey(context_->view(), neighbor.node()));
    if (kept_.size() == count_) {
      if (!(key < kept_.front().key)) return OkStatus();
      std::pop_heap(kept_.begin(), kept_.end(), Before);
      kept_.pop_back();
    } else {
      SL_RETURN_IF_ERROR(context_->Reserve(sizeof(Keyed) + key.size()));
    }
    kept_.push_back({std::move(key), &neighbor});
    std::push_heap(kept_.begin(), kept_.end(), Before);
    return OkStatus();
  }

  // In order, without the first `skip`.
  Status MoveTo(uint64_t skip, std::vector<Neighbor>* out) {
    SL_RETURN_IF_ERROR(SortInSteps(&kept_, 1, Before, context_->evaluation()));
    for (uint64_t i = skip; i < kept_.size(); ++i) out->push_back(*kept_[i].neighbor);
    return OkStatus();
  }

 private:
  struct Keyed {
    std::string key;
    const Neighbor* neighbor;
  };
  static bool Before(const Keyed& a, const Keyed& b) { return a.key < b.key; }

  const uint64_t count_;
  ExploreContext* const context_;
  std::vector<Keyed> kept_;  // A heap, the last by name in front.
};

Status TooManyForKinds(uint64_t edges) {
  Diagnostic many;
  many.code = "SL5001";
  many.message =
      fmt::format("a predicate has {} edges or more here, too many to look at their kinds", edges);
  many.help = {"leave out the kinds, or the predicate"};
  return ToStatus(std::move(many));
}

}  // namespace

StatusOr<std::vector<TermId>> PredicatesNamed(const std::vector<std::string>& names,
                                              const storage::Catalog& catalog) {
  std::vector<TermId> ids;
  for (const std::string& name : names) {
    if (catalog.FindPredicate(name) == nullptr) {
      return InvalidArgument("There is no predicate '{}'", name);
    }
    const std::vector<TermId> below = catalog.PredicateIdsAtOrBelow(name);
    ids.insert(ids.end(), below.begin(), below.end());
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

StatusOr<std::vector<NeighborGroup>> SummarizeNeighbors(TermId node, const EdgeFilter& filter,
                                                        const SummaryLimits& limits,
                                                        ExploreContext* context) {
  NeighborWalk walk(node, context);
  SL_RETURN_IF_ERROR(walk.Start(filter, context->catalog()));
  KindFilter kinds(filter, context);
  std::vector<NeighborGroup> groups;
  std::optional<PredicateCount> count;
  Neighbor neighbor;
  while (true) {
    SL_ASSIGN_OR_RETURN(const bool found, walk.Next(&neighbor));
    if (count && (!found || !count->Takes(neighbor))) {
      SL_RETURN_IF_ERROR(count->Finish(&kinds, context, &groups));
      count.reset();
    }
    if (!found) break;
    if (!count) count.emplace(neighbor, limits);
    count->Add(neighbor, !kinds.keeps_all());
    if (!count->is_full()) continue;
    if (!kinds.keeps_all()) return TooManyForKinds(limits.edges_max);
    SL_RETURN_IF_ERROR(walk.SkipPredicate(neighbor.fact.fact.predicate));
  }
  std::sort(groups.begin(), groups.end(), [](const NeighborGroup& a, const NeighborGroup& b) {
    return std::tie(a.predicate, a.inbound, a.kind) < std::tie(b.predicate, b.inbound, b.kind);
  });
  return groups;
}

StatusOr<NeighborPage> ListNeighbors(TermId node, const EdgeFilter& filter, uint64_t skip,
                                     uint64_t count_max, ExploreContext* context) {
  NeighborWalk walk(node, context);
  SL_RETURN_IF_ERROR(walk.Start(filter, context->catalog()));
  KindFilter kinds(filter, context);
  // Of one predicate and direction each; only those that the page reaches into are put in order.
  std::map<std::pair<std::string, bool>, std::vector<Neighbor>> groups;
  std::vector<Neighbor>* group = nullptr;
  TermId predicate;
  bool inbound = false;
  Neighbor neighbor;
  NeighborPage page;
  while (true) {
    SL_ASSIGN_OR_RETURN(const bool found, walk.Next(&neighbor));
    if (!found) break;
    if (!kinds.keeps_all()) {
      SL_ASSIGN_OR_RETURN(const std::string kind, kinds.KindOf(neighbor.node()));
      if (!kinds.Keeps(kind)) continue;
    }
    if (group == nullptr || neighbor.fact.fact.predicate != predicate ||
        neighbor.inbound != inbound) {
      predicate = neighbor.fact.fact.predicate;
      inbound = neighbor.inbound;
      SL_ASSIGN_OR_RETURN(std::string name, context->NameOf(predicate));
      group = &groups[{std::move(name), inbound}];
    }
    SL_RETURN_IF_ERROR(context->Reserve(sizeof(Neighbor)));
    group->push_back(neighbor);
    ++page.total;
  }
  uint64_t before = 0;
  const uint64_t end = skip + count_max;
  for (const auto& [name, members] : groups) {
    const uint64_t first = before;
    before += members.size();
    if (before <= skip || first >= end) continue;
    FirstByName least(std::min(end, before) - first, context);
    for (const Neighbor& member : members) SL_RETURN_IF_ERROR(least.Add(member));
    SL_RETURN_IF_ERROR(least.MoveTo(std::max(skip, first) - first, &page.neighbors));
  }
  return page;
}

}  // namespace sightline::query
