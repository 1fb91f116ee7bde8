// ExploreContext: one caller's look around: a view, the scope in which facts count, and what the
// look may cost. Everything in query/explore reads through one.
//
// Thread safety: one thread at a time.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/engine.h"
#include "query/exec/operator.h"
#include "storage/base/cancellation.h"
#include "storage/base/memory_budget.h"
#include "storage/base/status.h"
#include "storage/statements/scope.h"
#include "storage/txn/read_view.h"

namespace sightline::query {

// Which statements count: the words in front of a query, as docs/language/scopes.md has them.
struct ExploreScope {
  std::optional<storage::TimeInterval> valid{};  // AS OF, DURING
  bool excluding_undated = false;
  std::optional<int64_t> known_at_micros{};  // AS KNOWN AT, since 1970.
  std::vector<storage::TermId> sources{};    // ACCORDING TO; nodes of the view.
  std::vector<storage::TermId> excluded_sources{};
  std::optional<storage::Reliability> reliability{};
  std::optional<storage::Credibility> credibility{};
  uint64_t origins_min = 0;  // BACKED BY
  storage::DisputeRule dispute_rule = storage::DisputeRule::kDefault;
  std::optional<storage::TlpLabel> marked_at_most{};
  std::vector<std::string> releasable_to{};
};

struct ExploreLimits {
  const storage::CancellationToken* cancellation = nullptr;  // Borrowed; may be null.
  uint64_t facts_max = UINT64_MAX;                           // Rows read.
  uint64_t memory_bytes_max = UINT64_MAX;
  storage::MemoryBudget* memory_budget = nullptr;  // Of all together. Borrowed; may be null.
};

// docs/language/scopes.md says which ratings count.
struct EffectiveGrades {
  storage::Reliability reliability = storage::Reliability::kUnstated;
  storage::Credibility credibility = 0;
};

class ExploreContext {
 public:
  // Errors: the store's.
  static StatusOr<std::unique_ptr<ExploreContext>> Make(
      std::shared_ptr<const storage::ReadView> view, const ExploreScope& scope,
      const ExploreLimits& limits);

  const storage::ReadView& view() const { return *view_; }
  // As of AS KNOWN AT.
  const storage::Catalog& catalog() const { return *catalog_; }
  // As they were asked for, with everything resolved.
  const storage::ScopeConditions& conditions() const { return conditions_; }
  storage::DisputeRule dispute_rule() const { return conditions_.dispute_rule; }
  // The statements that count, denials with them: whoever scans it applies dispute_rule()
  // (supported_facts.h). Entities are merged.
  const storage::ScopePtr& facts() const { return facts_; }
  // What classes and captions are read under: recorded time and handling only, entities merged as
  // in facts().
  const storage::ScopePtr& names() const { return names_; }
  // names() with denials, as facts() has them.
  const storage::ScopePtr& names_with_denials() const { return names_with_denials_; }
  // These statements of facts() that say when they hold, and, if it is given, overlap `window`.
  // Errors: the store's.
  StatusOr<storage::ScopePtr> Dated(const std::optional<storage::TimeInterval>& window) const;

  storage::TermId CanonicalOf(storage::TermId term) const { return facts_->CanonicalOf(term); }
  // Every id of the entity, the one that stands for it first.
  std::vector<storage::TermId> MembersOf(storage::TermId node) const;
  StatusOr<NodeCard> CardOf(storage::TermId node) const;
  // The predicate's name. Errors: the store's.
  StatusOr<std::string> NameOf(storage::TermId predicate) const {
    return view_->ExternalIdOf(predicate);
  }
  // The grades of a statement that count under the conditions. Errors: the store's.
  StatusOr<EffectiveGrades> GradesOf(const storage::Statement& statement);

  // --- Costs. To be called for every fact that is read, and everything that is kept.

  // Errors: kCancelled; SL5002, SL5001.
  Status Touch(uint64_t facts);
  // Errors: SL5005.
  Status Reserve(uint64_t bytes) { return execution_.Reserve(bytes); }
  uint64_t facts_touched() const { return execution_.evaluation.facts_touched; }
  // For SortInSteps.
  EvaluationContext* evaluation() { return &execution_.evaluation; }

 private:
  ExploreContext() = default;

  std::shared_ptr<const storage::ReadView> view_;
  std::shared_ptr<const storage::Catalog> catalog_;
  storage::ScopeConditions conditions_;
  storage::ScopePtr facts_, names_, names_with_denials_;
  storage::RatingsPtr ratings_;  // Read when first needed.
  ExecutionContext execution_;
};

// What nodes are ordered by, byte by byte, so that their order tells nothing of what the reader may
// not see: entities by external id, behind them those that nobody has named in the order of their
// making, then statements. As query/functions/term_order.h, for many nodes at once. Errors: the
// store's.
StatusOr<std::string> NameKey(const storage::ReadView& view, storage::TermId node);

}  // namespace sightline::query
