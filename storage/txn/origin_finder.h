// OriginFinder: where statements come from in the end. Reprints, translations and re-tellings of
// one report have one origin, however many documents they fill.
//
// A statement rests on what its derived_from names, and so on; a chain ends where there is nothing
// more to follow. An end's origin is its claimant: whoever passes him on (`via`) adds nothing. If
// its document derives from others (facts of `derivedFrom` and its sub-predicates between
// documents), the claimant has it from there: beside a statement of such a document it adds no
// origin, and without one its origins are the documents at the ends of the documents' chains. So
// two reprints of a report that is not at hand count once: independence is never assumed.
//
// What the reader may not see is not there: a chain ends where he last sees it. That a statement
// rests on something hidden must not show, so it counts as if it rested on nothing.
//
// Statements or documents that derive from one another in a circle have no end: all of them
// together count as one origin, and found_circle() tells.
//
// Thread safety: one thread at a time. Lifetime: borrows the view.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/model/term_id.h"
#include "storage/statements/identity.h"
#include "storage/txn/read_view.h"

namespace sightline::storage {

// The predicate that leads from a document to the one it was made from. Not built in: a schema that
// knows documents defines it.
inline constexpr std::string_view kDerivedFrom = "derivedFrom";

class OriginFinder {
 public:
  // `known_at`: derivations of documents as known then; unset: as of the view's revision. They are
  // taken from anyone, whatever else the query's scope leaves out. `identity`: which claimants and
  // documents are one; null: each is its own.
  OriginFinder(const ReadView& view, std::optional<Revision> known_at, IdentityMapPtr identity)
      : view_(view), known_at_(known_at), identity_(std::move(identity)) {}

  // The claimants and documents that the statements come from, ascending. Statements that the
  // reader may not see are passed over. Errors: the store's.
  StatusOr<std::vector<TermId>> OriginsOf(const std::vector<StatementId>& statements);

  // Whether a circle was met, so far.
  bool found_circle() const { return found_circle_; }
  // Documents that derive from one another, ascending; empty when no document does. Looks through
  // all derivations of documents. Errors: the store's.
  StatusOr<std::vector<TermId>> CircleOfDocuments();

 private:
  struct End {
    TermId claimant, document;
    auto operator<=>(const End&) const = default;
  };
  // Where a document's chain leads.
  struct Derivation {
    std::set<TermId>
        earlier;  // Documents that it derives from, at any distance, without its circle.
    std::vector<TermId>
        ends;  // Those that derive from no other; of a circle the least stands for it.
    bool in_circle = false;
  };

  TermId CanonicalOf(TermId term) const {
    return identity_ == nullptr || term.is_none() ? term : identity_->CanonicalOf(term);
  }
  Status AddEnds(StatementId statement, std::set<End>* ends);
  // What the document derives from in one step.
  StatusOr<const std::vector<TermId>*> ParentsOf(TermId document);
  // All that it derives from, at any distance.
  StatusOr<const std::set<TermId>*> ReachOf(TermId document);
  StatusOr<const Derivation*> DerivationOf(TermId document);
  Status Prepare();

  const ReadView& view_;
  const std::optional<Revision> known_at_;
  const IdentityMapPtr identity_;
  bool prepared_ = false;
  ScopePtr scope_;
  std::vector<TermId> predicates_;
  std::map<TermId, std::vector<TermId>> parents_;
  std::map<TermId, std::set<TermId>> reach_;
  std::map<TermId, Derivation> derivations_;
  bool found_circle_ = false;
};

}  // namespace sightline::storage
