#include "query/explore/explore_context.h"

#include <algorithm>
#include <utility>

#include "query/binder/source_set.h"
#include "query/node_card.h"
#include "storage/statements/scope_builder.h"

namespace sightline::query {
namespace {

using storage::DisputeRule;
using storage::ScopeConditions;
using storage::ScopePtr;
using storage::TermId;

}  // namespace

StatusOr<std::unique_ptr<ExploreContext>> ExploreContext::Make(
    std::shared_ptr<const storage::ReadView> view, const ExploreScope& scope,
    const ExploreLimits& limits) {
  std::unique_ptr<ExploreContext> context(new ExploreContext);
  context->view_ = std::move(view);
  const storage::ReadView& reader = *context->view_;
  context->execution_.evaluation.view = &reader;
  context->execution_.cancellation = limits.cancellation;
  context->execution_.steps_max = limits.facts_max;
  context->execution_.memory_bytes_max = limits.memory_bytes_max;
  context->execution_.shared_memory = storage::MemoryShare(limits.memory_budget);
  context->execution_.evaluation.may_go_on = [raw = context.get()] {
    return raw->execution_.CheckRunning();
  };

  ScopeConditions conditions;
  if (scope.known_at_micros) {
    conditions.known_at = std::min(reader.RevisionAt(*scope.known_at_micros), reader.revision());
  }
  context->catalog_ = reader.CatalogAt(conditions.known_at.value_or(reader.revision()));
  conditions.marked_at_most = scope.marked_at_most;
  conditions.releasable_to = scope.releasable_to;
  std::sort(conditions.releasable_to.begin(), conditions.releasable_to.end());
  conditions.releasable_to.erase(
      std::unique(conditions.releasable_to.begin(), conditions.releasable_to.end()),
      conditions.releasable_to.end());
  const ScopeConditions names = conditions;

  if (!scope.sources.empty() || !scope.excluded_sources.empty()) {
    SL_ASSIGN_OR_RETURN(const ScopePtr resolved, reader.Resolve(names));
    SL_ASSIGN_OR_RETURN(const ScopePtr merging, reader.MergingEntities(resolved));
    if (!scope.sources.empty()) {
      SL_ASSIGN_OR_RETURN(conditions.sources,
                          SourcesAtOrBelow(reader, *context->catalog_, merging, scope.sources));
    }
    if (!scope.excluded_sources.empty()) {
      SL_ASSIGN_OR_RETURN(
          conditions.excluded_sources,
          SourcesAtOrBelow(reader, *context->catalog_, merging, scope.excluded_sources));
    }
  }
  conditions.valid = scope.valid;
  conditions.excluding_undated = scope.excluding_undated;
  conditions.reliability = scope.reliability;
  conditions.credibility = scope.credibility;
  conditions.origins_min = scope.origins_min;
  conditions.dispute_rule = scope.dispute_rule;
  context->conditions_ = conditions;

  // Judgements on identity are facts as well, under the scope as it was asked for.
  SL_ASSIGN_OR_RETURN(const ScopePtr asked, reader.Resolve(conditions));
  SL_ASSIGN_OR_RETURN(const ScopePtr merging, reader.MergingEntities(asked));
  const storage::IdentityMapPtr identity = merging->identity();
  const auto with_denials = [&](ScopeConditions some) -> StatusOr<ScopePtr> {
    some.dispute_rule = DisputeRule::kIncludingDenied;
    SL_ASSIGN_OR_RETURN(const ScopePtr resolved, reader.Resolve(some));
    return storage::WithIdentity(resolved, identity);
  };
  SL_ASSIGN_OR_RETURN(context->facts_, with_denials(conditions));
  SL_ASSIGN_OR_RETURN(context->names_with_denials_, with_denials(names));
  SL_ASSIGN_OR_RETURN(const ScopePtr resolved, reader.Resolve(names));
  context->names_ = storage::WithIdentity(resolved, identity);
  return context;
}

StatusOr<ScopePtr> ExploreContext::Dated(const std::optional<storage::TimeInterval>& window) const {
  ScopeConditions conditions = conditions_;
  conditions.excluding_undated = true;
  // Of two periods the scope takes one; the other is for the caller to test.
  if (!conditions.valid) conditions.valid = window;
  conditions.dispute_rule = DisputeRule::kIncludingDenied;
  conditions.origins_min = 0;
  return view_->Resolve(conditions);
}

std::vector<TermId> ExploreContext::MembersOf(TermId node) const {
  const TermId canonical = CanonicalOf(node);
  if (facts_->identity() == nullptr) return {canonical};
  std::vector<TermId> members = facts_->identity()->MembersOf(canonical);
  if (members.empty()) members.push_back(canonical);
  return members;
}

StatusOr<NodeCard> ExploreContext::CardOf(TermId node) const {
  return MakeNodeCard(*view_, names_, node);
}

StatusOr<EffectiveGrades> ExploreContext::GradesOf(const storage::Statement& statement) {
  if (ratings_ == nullptr) {
    SL_ASSIGN_OR_RETURN(ratings_, view_->RatingsFor(conditions_));
  }
  return EffectiveGrades{ratings_->ReliabilityOf(statement.content.context),
                         ratings_->CredibilityOf(statement.id, statement.content.credibility)};
}

Status ExploreContext::Touch(uint64_t facts) {
  execution_.evaluation.facts_touched += facts;
  if (execution_.evaluation.facts_touched > execution_.steps_max) {
    return execution_.OutOfSteps("all that belongs to the answer was found");
  }
  return execution_.Tick(facts);
}

StatusOr<std::string> NameKey(const storage::ReadView& view, TermId node) {
  // As query/functions/term_order.h has it.
  constexpr std::string_view kUnnamed = "_/";
  std::string key;
  if (node.is_entity()) {
    SL_ASSIGN_OR_RETURN(key, view.ExternalIdOf(node));
    if (!key.starts_with(kUnnamed)) return "0" + key;
  }
  key = node.is_entity() ? "1" : "2";
  for (int shift = 56; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>((node.bits >> shift) & 0xFF));
  }
  return key;
}

}  // namespace sightline::query
