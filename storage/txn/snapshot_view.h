// SnapshotView: ReadView over one revision, and over a transaction's own writes on top.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/index/scan_guard.h"
#include "storage/statements/statement_codec.h"
#include "storage/txn/identity_cache.h"
#include "storage/txn/pending_writes.h"
#include "storage/txn/read_view.h"
#include "storage/txn/store_state.h"

namespace sightline::storage {

// "s/17", or what stands for 17 outside, and back; none for any other text. Numbers have no leading
// zeros.
std::string StatementName(StatementId id, const IdCipher& ids);
std::optional<StatementId> ParseStatementName(std::string_view external_id, const IdCipher& ids);

class SnapshotView final : public ReadView {
 public:
  // What of a transaction the view sees. `writes` is null outside transactions.
  struct Pending {
    std::shared_ptr<const PendingWrites> writes;
    size_t statement_count = 0;
    size_t retraction_count = 0;
    StatementSnapshot statements;  // The committed ones and the transaction's.
    StatementBitmap retracted;     // By the transaction.
    int64_t micros = 0;            // The time that a commit at this moment would have.
  };

  // REQUIRES: revision <= published->revision.
  SnapshotView(std::shared_ptr<StoreState> store, PublishedPtr published, Revision revision,
               std::shared_ptr<const Catalog> catalog, std::shared_ptr<const Clearance> clearance,
               Pending pending);

  Revision revision() const override;
  const Clearance& clearance() const override { return *clearance_; }
  const IdCipher& ids() const override { return store_->ids(); }
  const Catalog& catalog() const override { return *catalog_; }
  std::shared_ptr<const Catalog> CatalogAt(Revision revision) const override;

  StatusOr<ScopePtr> Resolve(const ScopeConditions& conditions) const override;
  StatusOr<RatingsPtr> RatingsFor(const ScopeConditions& conditions) const override;
  const ScopePtr& default_scope() const override;
  StatusOr<ScopePtr> MergingEntities(const ScopePtr& scope) const override;
  StatusOr<std::optional<bool>> JudgesSame(const Statement& statement) const override;
  Revision RevisionAt(int64_t micros) const override;
  int64_t CommitMicros(Revision revision) const override;

  StatusOr<std::unique_ptr<MergedScan>> Scan(Permutation permutation, const KeyPrefix& prefix,
                                             ScopePtr scope,
                                             const MergedScanOptions& options) const override;
  void SetScanGuard(std::shared_ptr<ScanGuard> guard) const override SL_EXCLUDES(guard_mutex_);
  StatusOr<Statement> GetStatement(StatementId id) const override;
  StatusOr<std::vector<Fact>> FactsOf(StatementId id) const override;

  StatusOr<Value> ValueOf(TermId term) const override;
  StatusOr<std::string> ExternalIdOf(TermId node) const override;
  StatusOr<std::optional<TermId>> FindNode(std::string_view external_id) const override;
  StatusOr<std::optional<TermId>> FindValue(const Value& value) const override;
  StatusOr<EntityRanksPtr> RanksOfEntities(const EntityRanks::MayGoOn& may_go_on) const override;

  StatusOr<std::vector<TermId>> NodesNamed(std::string_view name,
                                           const Scope& scope) const override;
  // In names_from.cc.
  StatusOr<std::vector<NameMatch>> NodesNamedFrom(
      std::string_view prefix, const Scope& scope, size_t count_max,
      const std::function<Status()>& may_go_on) const override;
  StatusOr<std::vector<NameMatch>> NodesAlike(std::string_view name, const Scope& scope,
                                              const NameSearchOptions& options) const override;
  StatusOr<std::vector<std::string>> NamesLike(std::string_view name, int distance_max,
                                               size_t count_max) const override;
  StatusOr<std::string> CaptionOf(TermId node, const ScopePtr& scope) const override;

  // Whether the reader's clearance covers the statement, be it retracted or not.
  bool IsVisible(StatementId id) const;
  // Every statement the reader may see, retracted ones too; any of them makes its facts hold.
  const ScopePtr& visible_scope() const;
  // The statements that the reader may see of those that say or deny the fact, retracted ones too,
  // ascending.
  StatusOr<std::vector<StatementId>> StatementsOf(const Fact& fact) const;
  // Whether some row starts with `prefix`.
  StatusOr<bool> HasRow(Permutation permutation, const KeyPrefix& prefix, ScopePtr scope) const;

 private:
  ScopePtr ScopeAt(const ScopeConditions& conditions, Revision known_at,
                   RetractedStatements retracted, RatingsPtr ratings = nullptr) const;
  // When a judgement was made: the first moment of when it was said, else when it was recorded.
  int64_t JudgedMicros(StatementId id) const;
  // What is said in scope of two ids being one entity, or not.
  StatusOr<std::vector<IdentityCache::Row>> SaidOfIdentity(const ScopePtr& scope) const;
  bool IsPending(StatementId id) const {
    return pending_.writes != nullptr && id.value > pending_.writes->statements_before;
  }
  // The record without its context. REQUIRES: IsVisible(id); not IsPending(id).
  StatusOr<StatementRecord> RecordOf(StatementId id) const;
  // Whether the reader sees a fact about the node, a definition of it, or a statement that names it
  // as a source.
  StatusOr<bool> IsNodeVisible(TermId node) const;
  StatusOr<std::optional<TermId>> FindTerm(TermTag tag, std::string_view bytes) const;
  StatusOr<std::string> DictionaryBytes(TermId term) const;
  // Appends the nodes that one of the predicates gives the text, in scope.
  Status AppendBearers(TermId text, const std::vector<TermId>& predicates, const ScopePtr& scope,
                       std::vector<TermId>* nodes) const;
  // Null outside transactions.
  const std::set<NameEntry>* PendingNames() const {
    return pending_.writes != nullptr ? &pending_.writes->names : nullptr;
  }

  const std::shared_ptr<StoreState> store_;
  const PublishedPtr published_;
  const Revision committed_;  // Without the transaction's own revision.
  const std::shared_ptr<const Catalog> catalog_;
  const std::shared_ptr<const Clearance> clearance_;
  const Pending pending_;
  const StatementSnapshot statements_;  // May hold later ones than the view's.
  const uint64_t statement_bound_;      // The last statement of the view.

  mutable Mutex guard_mutex_;
  mutable std::shared_ptr<ScanGuard> guard_ SL_GUARDED_BY(guard_mutex_);
  mutable std::once_flag default_scope_once_;
  mutable ScopePtr default_scope_;
  mutable std::once_flag visible_scope_once_;
  mutable ScopePtr visible_scope_;
};

}  // namespace sightline::storage
