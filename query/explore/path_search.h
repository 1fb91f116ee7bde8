// PathSearch: shortest paths between entities, as one query of the engine's.
//
// Thread safety: one thread at a time, as ExploreContext.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "query/engine.h"
#include "query/explore/explore_context.h"
#include "query/explore/neighbors.h"

namespace sightline::query {

struct PathRequest {
  storage::TermId from;
  std::vector<storage::TermId> to;  // One at least.
  uint64_t hops_max = 4;
  uint64_t paths_max = 10;                // Of all pairs of ends together.
  bool ranked = false;                    // The first by length; else all of the least length.
  std::vector<std::string> predicates{};  // Names; empty: any that leads to a thing.
  EdgeDirection direction = EdgeDirection::kEither;  // As seen from `from`.
  std::vector<storage::TermId> avoiding{};
  uint64_t hubs_over = 0;  // 0: no node is too large.
};

// Rows of one column, a path each, the shortest first: as the engine gives them, within `limits`
// and in the context's scope, at its view's revision. `memory_shown` is as in QueryRequest.
//
// Errors: kInvalidArgument for a predicate that is not defined; those of QueryEngine::Execute.
StatusOr<std::unique_ptr<ResultCursor>> FindPaths(const PathRequest& request,
                                                  const QueryLimits& limits,
                                                  const storage::CancellationToken* cancellation,
                                                  std::atomic<uint64_t>* memory_shown,
                                                  const ExploreContext& context,
                                                  QueryEngine* engine);

}  // namespace sightline::query
