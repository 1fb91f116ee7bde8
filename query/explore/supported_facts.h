// SupportedFacts: facts under a prefix, each with the statements that assert and that deny it.
// What explore reads of the store, it reads by this.
//
// Thread safety: one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "query/explore/explore_context.h"
#include "storage/index/merged_scan.h"
#include "storage/model/statement.h"

namespace sightline::query {

// How the statements in scope stand to a fact.
enum class Standing : uint8_t { kAsserted, kDisputed, kDenied };

struct SupportedFact {
  storage::Fact fact;
  uint64_t asserting = 0, denying = 0;  // Statements in scope.

  Standing standing() const {
    if (asserting == 0) return Standing::kDenied;
    return denying == 0 ? Standing::kAsserted : Standing::kDisputed;
  }
  // Whether it counts as a fact under the rule. Of a scope with denials.
  bool Holds(storage::DisputeRule rule) const;
};

class SupportedFacts {
 public:
  // Of the scope, which must be one with denials, those that hold under the rule. Borrows the
  // context.
  SupportedFacts(ExploreContext* context, storage::Permutation permutation, storage::ScopePtr scope,
                 storage::DisputeRule rule)
      : context_(context), permutation_(permutation), scope_(std::move(scope)), rule_(rule) {}
  // Of the context's own scope and rule.
  SupportedFacts(ExploreContext* context, storage::Permutation permutation)
      : SupportedFacts(context, permutation, context->facts(), context->dispute_rule()) {}

  // Errors: the store's.
  Status Start(const storage::KeyPrefix& prefix);
  // The next fact in the permutation's order; false at the end. Errors: the store's and those of
  // ExploreContext::Touch.
  StatusOr<bool> Next(SupportedFact* fact);
  // The statements of the fact that Next has given, ascending.
  const std::vector<storage::StatementId>& statements() const { return statements_; }
  // Passes over the facts before `key`. Errors: the store's.
  Status SkipTo(const storage::KeyPrefix& key);

 private:
  StatusOr<bool> Load();
  storage::PermutedKey KeyAt(size_t row) const {
    return {batch_.columns[0][row], batch_.columns[1][row], batch_.columns[2][row]};
  }

  ExploreContext* const context_;
  const storage::Permutation permutation_;
  const storage::ScopePtr scope_;
  const storage::DisputeRule rule_;
  std::unique_ptr<storage::MergedScan> scan_;
  storage::ScanBatch batch_;
  size_t row_ = 0;
  bool ended_ = false;
  std::vector<storage::StatementId> statements_;
};

// What is said of one fact. Errors: as SupportedFacts::Next. Counts are 0 when nobody says it.
StatusOr<SupportedFact> SupportOf(const storage::Fact& fact, ExploreContext* context);

}  // namespace sightline::query
