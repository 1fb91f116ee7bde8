// ReadView: the only way to read. The store as it was at one revision, as far as one reader's
// clearance goes. Whoever has no view has no data.
//
// What a reader may not see is indistinguishable from what does not exist: in scans, in lookups, in
// counts and in errors.
//
// Thread safety: safe from any thread. Lifetime: must go before its Store. A view over a
// transaction (Transaction::View) also sees that transaction's own, uncommitted writes, belongs to
// the transaction's thread, and dies with it.

#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/id_cipher.h"
#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/catalog/catalog.h"
#include "storage/dictionary/entity_ranks.h"
#include "storage/index/merged_scan.h"
#include "storage/index/scan_guard.h"
#include "storage/model/marking.h"
#include "storage/model/statement.h"
#include "storage/model/value.h"
#include "storage/statements/ratings.h"
#include "storage/statements/scope.h"

namespace sightline::storage {

// A node whose name is like another.
struct NameMatch {
  TermId node;
  double score = 0;  // 0 to 1; kNameScoreMin at least.
  std::string name;  // The visible name or alias that has this score.
};

struct NameSearchOptions {
  double score_min = 0;  // kNameScoreMin (storage/text/name_match.h) when below it.
  size_t count_max = std::numeric_limits<size_t>::max();  // Of nodes.
  // Whether a node counts at all; unset: every one. Its errors end the search.
  std::function<StatusOr<bool>(TermId)> passes{};
};

class ReadView {
 public:
  virtual ~ReadView() = default;

  virtual Revision revision() const = 0;
  virtual const Clearance& clearance() const = 0;
  // Between numbers and how they are shown.
  virtual const IdCipher& ids() const = 0;
  // The definitions as of this revision.
  virtual const Catalog& catalog() const = 0;
  // The definitions as of `revision`; of the view itself when that is not before it.
  virtual std::shared_ptr<const Catalog> CatalogAt(Revision revision) const = 0;

  // --- Scope
  // ---------------------------------------------------------------------------------------

  // The statements of this view that meet the conditions. Cached per (conditions, clearance,
  // revision). Errors: kOutOfRange when known_at is after this view's revision.
  virtual StatusOr<ScopePtr> Resolve(const ScopeConditions& conditions) const = 0;
  // What assessors say of sources and statements, for conditions that say `known_at`, `valid`,
  // `marked_at_most` and `releasable_to`; the others change nothing. Cached as Resolve.
  virtual StatusOr<RatingsPtr> RatingsFor(const ScopeConditions& conditions) const = 0;
  // Everything the reader may see and nobody has retracted, dispute rule kDefault.
  virtual const ScopePtr& default_scope() const = 0;
  // The same statements, with entities that they judge to be one counting as one
  // (storage/statements/identity.h): `sameAs` asserted in scope and not denied there, by a
  // statement whose qualifier `judgement` does not say otherwise and whose credibility, as others
  // have rated it or as it says itself (RatingsFor), is not 4, 5 or 6. Classes and predicates stay
  // what the schema says. The scope itself when nothing merges. REQUIRES: as Scan. Errors: the
  // store's.
  virtual StatusOr<ScopePtr> MergingEntities(const ScopePtr& scope) const = 0;
  // Whether a statement of this view that speaks of `sameAs` judges its facts' ends to be one, by
  // the same rules; none when it leaves that open.
  virtual StatusOr<std::optional<bool>> JudgesSame(const Statement& statement) const = 0;
  // The newest revision whose commit time is not after `micros` (since 1970): 0 before the first.
  virtual Revision RevisionAt(int64_t micros) const = 0;
  virtual int64_t CommitMicros(Revision revision) const = 0;

  // --- Facts and statements
  // ------------------------------------------------------------------------

  // Positions a scan at the first row whose key starts with `prefix`. REQUIRES: `scope` was
  // resolved by a view of the same revision and clearance.
  virtual StatusOr<std::unique_ptr<MergedScan>> Scan(
      Permutation permutation, const KeyPrefix& prefix, ScopePtr scope,
      const MergedScanOptions& options = {}) const = 0;
  // From now on scans ask this guard about rows that they hold themselves. For whoever has the view
  // to himself. REQUIRES: no scan is open.
  virtual void SetScanGuard(std::shared_ptr<ScanGuard> guard) const = 0;
  // A statement's record. kNotFound also when it lies above the reader's clearance. A retracted one
  // that was visible is found, with its retraction.
  virtual StatusOr<Statement> GetStatement(StatementId id) const = 0;
  // The facts of a visible statement, ascending. kResourceExhausted for over a million.
  virtual StatusOr<std::vector<Fact>> FactsOf(StatementId id) const = 0;

  // --- Terms
  // ---------------------------------------------------------------------------------------

  // The value of a term. REQUIRES: the term came from this view. Errors: kDataLoss.
  virtual StatusOr<Value> ValueOf(TermId term) const = 0;
  // The external id of an entity ("org/hikvision"), "s/17" of a statement (or what ids() makes of
  // 17). REQUIRES: as above.
  virtual StatusOr<std::string> ExternalIdOf(TermId node) const = 0;
  // The entity with this external id, or the statement "s/17"; none when the reader can see no fact
  // about it (nor, for an entity, a definition of it).
  virtual StatusOr<std::optional<TermId>> FindNode(std::string_view external_id) const = 0;
  // The term of a value, when the store has it. Says nothing about who may see facts with it: use
  // the result for scanning only.
  virtual StatusOr<std::optional<TermId>> FindValue(const Value& value) const = 0;
  // All entities of the view's revision in the order of their external ids, for sorting many of
  // them. Null when some of them have none yet: a transaction's own, or too many. The first call
  // after the store was opened reads all names, later ones those that have been added since.
  // Errors: as EntityRanks::Make.
  virtual StatusOr<EntityRanksPtr> RanksOfEntities(const EntityRanks::MayGoOn& may_go_on) const = 0;

  // --- Names
  // ---------------------------------------------------------------------------------------

  // The nodes with a visible name or alias (in `scope`) that has the same form as `name` (case,
  // diacritics, script, legal-form words do not count; storage/text/name_form.h), ascending.
  virtual StatusOr<std::vector<TermId>> NodesNamed(std::string_view name,
                                                   const Scope& scope) const = 0;
  // The nodes with a visible name or alias (in `scope`) whose form begins with that of `prefix`,
  // each once, with the first of these names: by form, then by spelling and external id, at most
  // `count_max`. The score is 1. For those who are still typing the name: goes through all such
  // names of the store, whoever may see them, until it has enough; `may_go_on` is asked before
  // each, and its error is the result.
  virtual StatusOr<std::vector<NameMatch>> NodesNamedFrom(
      std::string_view prefix, const Scope& scope, size_t count_max,
      const std::function<Status()>& may_go_on) const = 0;
  // The nodes with a visible name or alias (in `scope`) that is like `name`
  // (storage/text/name_match.h), each with its best score, best first, then by external id. Scores
  // depend on the two names alone.
  virtual StatusOr<std::vector<NameMatch>> NodesAlike(
      std::string_view name, const Scope& scope, const NameSearchOptions& options = {}) const = 0;
  // Visible names within Damerau-Levenshtein distance `distance_max` of `name`, both as their form
  // has them, nearest first, then by form and spelling, at most `count_max`. For did-you-mean; goes
  // through all names of the store.
  virtual StatusOr<std::vector<std::string>> NamesLike(std::string_view name, int distance_max,
                                                       size_t count_max) const = 0;
  // The node's best name: the first one in `scope` in value order, its external id when it has
  // none.
  virtual StatusOr<std::string> CaptionOf(TermId node, const ScopePtr& scope) const = 0;
  // Of all that is visible.
  StatusOr<std::string> CaptionOf(TermId node) const { return CaptionOf(node, default_scope()); }
};

}  // namespace sightline::storage
