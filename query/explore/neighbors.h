// Neighbours of an entity: how many, of what kind, and which. What is counted and what is listed
// are found by the same walk, so that a group of the summary has as many edges as its list is long.
//
// An edge is a fact whose two ends are nodes. One from a node to itself is outbound.
//
// Thread safety: one thread at a time, as ExploreContext.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "query/explore/explore_context.h"
#include "query/explore/supported_facts.h"
#include "storage/model/term_id.h"

namespace sightline::query {

enum class EdgeDirection : uint8_t { kEither, kOutbound, kInbound };

struct EdgeFilter {
  // Names; sub-predicates count as their parents. Empty: all but those that order kinds.
  std::vector<std::string> predicates{};
  EdgeDirection direction = EdgeDirection::kEither;
  // As NodeKinds::KindOf has them. Empty: all.
  std::vector<std::string> kinds{};
  bool taxonomic = false;  // Without predicates: those that order kinds, too.
};

struct NeighborGroup {
  std::string predicate{};
  bool inbound = false;
  std::string kind{};
  uint64_t edges = 0;
  uint64_t denied = 0;         // Of them, those that some statement denies.
  bool at_least = false;       // Counting ended at `edges`.
  bool kinds_omitted = false;  // Too many to tell kinds apart; then `kind` is empty.
};

// Of one predicate in one direction. Counts that end early end at the same number whatever is
// hidden, and kinds are told of all edges or of none: which ones come first in the store is
// nobody's business.
struct SummaryLimits {
  uint64_t edges_max = 1'000'000;
  uint64_t kinds_max = 20'000;
};

// By predicate, outbound first, then by kind. Errors: kInvalidArgument for a predicate that is not
// defined; SL5001 where kinds are asked for and there are more than edges_max edges to look at;
// those of ExploreContext.
StatusOr<std::vector<NeighborGroup>> SummarizeNeighbors(storage::TermId node,
                                                        const EdgeFilter& filter,
                                                        const SummaryLimits& limits,
                                                        ExploreContext* context);

struct Neighbor {
  SupportedFact fact;
  bool inbound = false;
  storage::TermId node() const { return inbound ? fact.fact.subject : fact.fact.object; }
};

struct NeighborPage {
  std::vector<Neighbor> neighbors;
  uint64_t total = 0;  // Of all pages.
};

// `count_max` of them, after the first `skip`: by predicate, outbound first, then by NameKey of the
// neighbour. Costs a look at all edges. Errors: as above.
StatusOr<NeighborPage> ListNeighbors(storage::TermId node, const EdgeFilter& filter, uint64_t skip,
                                     uint64_t count_max, ExploreContext* context);

// The ids of predicates with these names and of those under them, ascending. Errors:
// kInvalidArgument.
StatusOr<std::vector<storage::TermId>> PredicatesNamed(const std::vector<std::string>& names,
                                                       const storage::Catalog& catalog);

}  // namespace sightline::query
