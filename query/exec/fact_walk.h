// FactWalk: the facts that an edge may be, from one node or all of them, in scope and in the same
// order each time. The only way operators read facts: it counts them against the budget, and asks
// whether the query is still wanted.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "query/exec/operator.h"
#include "query/plan/pattern.h"
#include "storage/index/merged_scan.h"

namespace sightline::query {

struct WalkedFact {
  storage::Fact fact;
  storage::TermId from, to;        // The fact's ends as the edge goes.
  storage::StatementId statement;  // For ScanRows::kStatements.
};

// Thread safety: one thread at a time.
class FactWalk {
 public:
  FactWalk(ExecutionContext* context, storage::ScopePtr scope,
           storage::ScanRows rows = storage::ScanRows::kFacts)
      : context_(context), scope_(std::move(scope)), rows_(rows) {}

  // The facts from `from`, all or those to `to`. `walk` is borrowed until the next start.
  void Start(storage::TermId from, const EdgeWalk& walk, std::optional<storage::TermId> to = {});
  // All facts that the edge may be.
  void StartAll(const EdgeWalk& walk);

  // False at the end; also when the query has touched as many facts as it may
  // (ExecutionContext::out_of_steps). Errors: the store's, kCancelled, SL5002.
  StatusOr<bool> Next(WalkedFact* walked);

 private:
  struct Segment {
    storage::Permutation permutation;
    storage::KeyPrefix prefix;
    bool against = false;
  };

  void Add(storage::Permutation permutation, const storage::KeyPrefix& prefix, bool against) {
    segments_.push_back({permutation, prefix, against});
  }

  ExecutionContext* const context_;
  const storage::ScopePtr scope_;
  const storage::ScanRows rows_;
  const EdgeWalk* walk_ = nullptr;
  std::vector<Segment> segments_;
  size_t segment_ = 0;
  std::unique_ptr<storage::MergedScan> scan_;
  storage::ScanBatch batch_;
  size_t row_ = 0;
};

}  // namespace sightline::query
