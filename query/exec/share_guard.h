// ShareGuard: keeps sums from adding a share to its whole.
//
// What is a share of another thing says so, by `shareOf`: as a fact about it, or as a qualifier of
// what is said of it ("nearly 70 per cent of Russia's imports"). A sum over both would count the
// share twice, and is none: it is unknown, with notice N3010. Schemas without the predicate cost
// nothing.
//
// Thread safety: one thread at a time.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "query/exec/operator.h"
#include "query/plan/frame.h"
#include "query/plan/logical_plan.h"

namespace sightline::query {

inline constexpr std::string_view kShareOf = "shareOf";

class ShareGuard {
 public:
  // The things whose figures one group of rows adds up.
  using Things = std::set<storage::TermId>;

  explicit ShareGuard(ExecutionContext* context);

  // Whose figures `call` adds up: the columns of the nodes that its argument reads properties of;
  // where it reads none, as of a value that was computed before, of all nodes of the row. Empty
  // when there is nothing to watch.
  std::vector<uint32_t> ColumnsOf(const AggregateCall& call, const Frame& frame) const;

  // Whether one of the things is a share of another, at any distance; then the notice is raised.
  StatusOr<bool> AddsShareToWhole(const Things& things);

 private:
  StatusOr<const std::vector<storage::TermId>*> WholesOf(storage::TermId thing);

  ExecutionContext* const context_;
  std::vector<storage::TermId> predicates_;  // Empty: no schema, no shares.
  std::map<storage::TermId, std::vector<storage::TermId>> wholes_;
};

}  // namespace sightline::query
