// IdentityMap: which entities count as one under a scope.
//
// A judgement is a statement in scope that two ids are (`sameAs` asserted), or are not (`sameAs`
// denied), one entity. Nothing stored changes when a judgement comes or goes: the map is made from
// the judgements that count for a question, and scans give canonical ids in place of the others
// (storage/index/identity_source.h).
//
// The rules:
// * A pair that is judged the same and by nobody in scope judged different is a link. What links
//   connect, over any number of steps, is one entity.
// * A denial weighs more than a chain. Links are taken in the order in which their pairs were first
//   judged; one that would make a denied pair one entity is blocked, and told as a conflict.
// * Of the ids of one entity the least external id, byte by byte, is canonical. So it does not
//   depend on the order of writing, and part of an entity with the same least id keeps it.
//
// Immutable; thread-safe.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/model/term_id.h"

namespace sightline::storage {

struct Judgement {
  TermId subject, object;  // As stated.
  StatementId statement;
  bool same = true;  // Or different.
  friend bool operator==(const Judgement&, const Judgement&) = default;
};

// A link that would make a denied pair one entity.
struct IdentityConflict {
  Judgement blocked;
  Judgement denial;
  friend bool operator==(const IdentityConflict&, const IdentityConflict&) = default;
};

class IdentityMap;
using IdentityMapPtr = std::shared_ptr<const IdentityMap>;

class IdentityMap {
 public:
  using ExternalIds = std::function<StatusOr<std::string>(TermId)>;

  // Null when the judgements make no two ids one. Any order of judgements gives the same map.
  // Errors: those of `external_id`.
  static StatusOr<IdentityMapPtr> Make(std::vector<Judgement> judgements,
                                       const ExternalIds& external_id);

  // The id that stands for the entity: the term's own for whatever is no other's.
  TermId CanonicalOf(TermId term) const {
    if (!MayMove(term)) return term;
    const auto found = canonical_.find(term);
    return found == canonical_.end() ? term : found->second;
  }
  // Whether another id stands for it.
  bool Moves(TermId term) const { return MayMove(term) && canonical_.contains(term); }

  // All ids of the entity whose canonical id this is, by external id, so the canonical one first;
  // empty for an entity with one id.
  const std::vector<TermId>& MembersOf(TermId canonical) const;
  // The links that make these ids one: between n ids n - 1, each with its first judgement.
  const std::vector<Judgement>& LinksOf(TermId canonical) const;

  // The ids that another one stands for, ascending.
  const std::vector<TermId>& moved() const { return moved_; }
  // In the order of their blocked links.
  const std::vector<IdentityConflict>& conflicts() const { return conflicts_; }

 private:
  struct Entity {
    std::vector<TermId> members;
    std::vector<Judgement> links;
  };

  // No for almost every term that does not move.
  bool MayMove(TermId term) const {
    const uint64_t bit = (term.bits * 0x9E3779B97F4A7C15ull) >> filter_shift_;
    return (filter_[bit / 64] >> (bit % 64) & 1) != 0;
  }

  std::unordered_map<TermId, TermId> canonical_;  // Of each id that moves.
  std::unordered_map<TermId, Entity> entities_;   // By canonical id.
  std::vector<TermId> moved_;
  std::vector<IdentityConflict> conflicts_;
  std::vector<uint64_t> filter_;  // One bit a hash of an id that moves.
  int filter_shift_ = 0;
};

}  // namespace sightline::storage
