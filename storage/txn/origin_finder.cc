#include "storage/txn/origin_finder.h"

#include <algorithm>
#include <string>
#include <utility>

#include "storage/dictionary/entity_ranks.h"
#include "storage/statements/scope_builder.h"

namespace sightline::storage {
namespace {

// Whichever of the two has the lesser external id, which does not depend on who was stored first.
StatusOr<TermId> FirstByName(TermId a, TermId b, const ReadView& view) {
  if (a == b) return a;
  SL_ASSIGN_OR_RETURN(const std::string name, view.ExternalIdOf(a));
  SL_ASSIGN_OR_RETURN(const std::string other, view.ExternalIdOf(b));
  const bool is_unnamed = name.starts_with(kUnnamedPrefix);
  // Those that nobody has named are in the order of their making, behind the others.
  if (is_unnamed != other.starts_with(kUnnamedPrefix)) return is_unnamed ? b : a;
  return (is_unnamed ? a < b : name < other) ? a : b;
}

}  // namespace

Status OriginFinder::Prepare() {
  if (prepared_) return OkStatus();
  SL_ASSIGN_OR_RETURN(scope_, view_.Resolve({.known_at = known_at_}));
  scope_ = WithIdentity(scope_, identity_);
  const auto catalog = view_.CatalogAt(known_at_.value_or(view_.revision()));
  predicates_ = catalog->PredicateIdsAtOrBelow(kDerivedFrom);
  prepared_ = true;
  return OkStatus();
}

StatusOr<const std::vector<TermId>*> OriginFinder::ParentsOf(TermId document) {
  const auto [known, is_new] = parents_.try_emplace(document);
  if (!is_new) return &known->second;
  SL_RETURN_IF_ERROR(Prepare());
  ScanBatch batch;
  for (const TermId predicate : predicates_) {
    SL_ASSIGN_OR_RETURN(const auto scan,
                        view_.Scan(Permutation::kPso, KeyPrefix::Of(predicate, document), scope_));
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
      if (row_count == 0) break;
      for (const TermId parent : batch.columns[2]) {
        if (parent.is_node() && parent != document) known->second.push_back(parent);
      }
    }
  }
  return &known->second;
}

StatusOr<const std::set<TermId>*> OriginFinder::ReachOf(TermId document) {
  if (const auto known = reach_.find(document); known != reach_.end()) return &known->second;
  std::set<TermId> reach;
  std::vector<TermId> pending = {document};
  while (!pending.empty()) {
    const TermId next = pending.back();
    pending.pop_back();
    SL_ASSIGN_OR_RETURN(const std::vector<TermId>* const parents, ParentsOf(next));
    for (const TermId parent : *parents) {
      if (reach.insert(parent).second) pending.push_back(parent);
    }
  }
  return &reach_.emplace(document, std::move(reach)).first->second;
}

StatusOr<const OriginFinder::Derivation*> OriginFinder::DerivationOf(TermId document) {
  if (const auto known = derivations_.find(document); known != derivations_.end()) {
    return &known->second;
  }
  SL_ASSIGN_OR_RETURN(const std::set<TermId>* const reach, ReachOf(document));
  Derivation derivation;
  derivation.in_circle = reach->contains(document);
  std::set<TermId> ends;
  // Those that lead to nothing but their own circle, the document itself among them.
  std::set<TermId> candidates = *reach;
  candidates.insert(document);
  for (const TermId candidate : candidates) {
    SL_ASSIGN_OR_RETURN(const std::set<TermId>* const onward, ReachOf(candidate));
    bool is_end = true;
    for (const TermId further : *onward) {
      SL_ASSIGN_OR_RETURN(const std::set<TermId>* const back, ReachOf(further));
      is_end &= back->contains(candidate);
    }
    if (is_end) {
      TermId first = candidate;
      for (const TermId further : *onward) {
        SL_ASSIGN_OR_RETURN(first, FirstByName(first, further, view_));
      }
      ends.insert(first);
    }
    if (candidate != document && !onward->contains(document)) derivation.earlier.insert(candidate);
  }
  derivation.ends.assign(ends.begin(), ends.end());
  return &derivations_.emplace(document, std::move(derivation)).first->second;
}

// The ends of one statement's chain; of one that only leads in a circle the least statement's.
Status OriginFinder::AddEnds(StatementId statement, std::set<End>* ends) {
  std::map<StatementId, End> visited;
  std::vector<StatementId> pending = {statement};
  bool has_end = false;
  while (!pending.empty()) {
    const StatementId next = pending.back();
    pending.pop_back();
    if (visited.contains(next)) continue;
    const StatusOr<Statement> found = view_.GetStatement(next);
    if (found.status().code() == StatusCode::kNotFound) continue;  // One that was asked about.
    if (!found.ok()) return found.status();
    const StatementContext& context = found->content.context;
    const End end{CanonicalOf(context.claimant), CanonicalOf(context.document)};
    visited.emplace(next, end);
    bool leads_on = false;
    for (const StatementId parent : found->content.derived_from) {
      const Status seen = view_.GetStatement(parent).status();
      if (seen.code() == StatusCode::kNotFound) continue;
      SL_RETURN_IF_ERROR(seen);
      pending.push_back(parent);
      leads_on = true;
    }
    if (!leads_on) {
      has_end = true;
      ends->insert(end);
    }
  }
  if (has_end || visited.empty()) return OkStatus();
  found_circle_ = true;
  ends->insert(visited.begin()->second);
  return OkStatus();
}

StatusOr<std::vector<TermId>> OriginFinder::OriginsOf(const std::vector<StatementId>& statements) {
  std::set<End> ends;
  for (const StatementId statement : statements) SL_RETURN_IF_ERROR(AddEnds(statement, &ends));
  std::set<TermId> documents;
  for (const End& end : ends) documents.insert(end.document);
  std::set<TermId> origins;
  for (const End& end : ends) {
    if (end.document.is_none()) {
      origins.insert(end.claimant);
      continue;
    }
    SL_ASSIGN_OR_RETURN(const Derivation* const derivation, DerivationOf(end.document));
    found_circle_ |= derivation->in_circle;
    if (derivation->earlier.empty() && !derivation->in_circle) {
      origins.insert(end.claimant);
      continue;
    }
    const bool is_retold =
        std::any_of(derivation->earlier.begin(), derivation->earlier.end(),
                    [&documents](TermId earlier) { return documents.contains(earlier); });
    if (!is_retold) origins.insert(derivation->ends.begin(), derivation->ends.end());
  }
  return std::vector<TermId>(origins.begin(), origins.end());
}

StatusOr<std::vector<TermId>> OriginFinder::CircleOfDocuments() {
  SL_RETURN_IF_ERROR(Prepare());
  std::set<TermId> documents;
  ScanBatch batch;
  for (const TermId predicate : predicates_) {
    SL_ASSIGN_OR_RETURN(const auto scan,
                        view_.Scan(Permutation::kPso, KeyPrefix::Of(predicate), scope_));
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
      if (row_count == 0) break;
      documents.insert(batch.columns[1].begin(), batch.columns[1].end());
    }
  }
  TermId first;
  for (const TermId document : documents) {
    SL_ASSIGN_OR_RETURN(const std::set<TermId>* const reach, ReachOf(document));
    if (!reach->contains(document)) continue;
    if (first.is_none()) first = document;
    SL_ASSIGN_OR_RETURN(first, FirstByName(first, document, view_));
  }
  std::vector<TermId> circle;
  if (first.is_none()) return circle;
  circle.push_back(first);
  SL_ASSIGN_OR_RETURN(const std::set<TermId>* const reach, ReachOf(first));
  for (const TermId other : *reach) {
    SL_ASSIGN_OR_RETURN(const std::set<TermId>* const back, ReachOf(other));
    if (other != first && back->contains(first)) circle.push_back(other);
  }
  return circle;
}

}  // namespace sightline::storage
