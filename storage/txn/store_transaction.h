// StoreTransaction: Transaction over a StoreState.

#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "storage/txn/pending_writes.h"
#include "storage/txn/snapshot_view.h"
#include "storage/txn/store_state.h"
#include "storage/txn/transaction.h"

namespace sightline::storage {

// Longest texts that a writer may hand in, in bytes; storage/txn/write_checks.h has the others.
inline constexpr size_t kReasonBytesMax = 4 << 10;
inline constexpr size_t kRequestIdBytesMax = 1 << 10;

class StoreTransaction final : public Transaction {
 public:
  // As Store::BeginTransaction: waits at the writer gate.
  static StatusOr<std::unique_ptr<Transaction>> Begin(std::shared_ptr<StoreState> store,
                                                      const Clearance& clearance,
                                                      const CancellationToken* cancellation);
  ~StoreTransaction() override;
  StoreTransaction(const StoreTransaction&) = delete;
  StoreTransaction& operator=(const StoreTransaction&) = delete;

  StatusOr<TermId> InternEntity(std::string_view external_id) override;
  StatusOr<TermId> NewEntity() override;
  StatusOr<TermId> InternValue(const Value& value) override;

  StatusOr<AddedStatement> Add(const StatementDraft& draft) override;
  StatusOr<StatementId> Record(const StatementDraft& draft) override;
  Status Retract(StatementId id, std::string_view reason) override;
  Status Define(ClassDefinition definition) override;
  Status Define(PredicateDefinition definition) override;
  Status Define(StoredDefinition definition) override;
  Status DropClass(std::string_view name) override;
  Status DropPredicate(std::string_view name) override;
  Status DropStored(StoredDefinition::Kind kind, std::string_view name) override;
  Status Record(const std::vector<Definition>& definitions, size_t* wrong) override;

  Status RememberRequest(std::string_view request_id, std::string_view reply) override;
  StatusOr<std::optional<std::string>> FindRequest(std::string_view request_id) const override;

  StatusOr<std::shared_ptr<const ReadView>> View() override;
  StatusOr<CommitResult> Commit(Durability durability) override;

 private:
  StoreTransaction(std::shared_ptr<StoreState> store, const Clearance& clearance);

  Status CheckOpen() const;
  std::shared_ptr<const SnapshotView> MakeView() const;
  // Our view over what there is now, for our own checks; made again after every write.
  const SnapshotView& CurrentView();
  Revision NextRevision() const { return Revision{published_->revision.value + 1}; }
  int64_t CommitMicrosNow() const;

  // Whether the term may stand in a statement: it has been interned, or it is a statement that the
  // writer may see.
  Status CheckTerm(std::string_view role, TermId term);
  Status CheckNode(std::string_view role, TermId term);
  Status CheckDraft(const StatementDraft& draft);
  // The draft with its facts ascending, each once. Errors: as Add.
  StatusOr<StatementDraft> Checked(const StatementDraft& draft);
  // REQUIRES: the draft is Checked.
  StatusOr<StatementId> AddChecked(StatementDraft draft);
  // The statement on record that says the same, if there is one. REQUIRES: facts sorted.
  StatusOr<std::optional<StatementId>> FindDuplicate(const StatementDraft& draft);

  // Puts a definition among the writes, in place of pending ones that it makes void.
  void Append(Definition definition);
  Status Drop(DroppedDefinition::Kind kind, std::string_view name);
  void DropStored(const StoredDefinition& definition);
  template <typename AnyDefinition>
  Status DefineAny(AnyDefinition definition, const AnyDefinition* earlier);
  // The facts' objects that are names and texts.
  StatusOr<std::vector<NameEntry>> NamesIn(const std::vector<Fact>& facts);

  // All of the transaction but for its requests.
  std::unique_ptr<KvBatch> MakeBatch(const CommitEntry& entry, const StoreCounters& counters) const;
  // Lets the next writer in.
  void End();

  const std::shared_ptr<StoreState> store_;
  const PublishedPtr published_;  // What the transaction began with. Nobody else writes.
  const std::shared_ptr<const Clearance> clearance_;
  std::shared_ptr<PendingWrites> writes_;
  std::shared_ptr<const SnapshotView> current_view_;
  // Of the catalog as it is now, and of what Record has dropped; ascending.
  std::shared_ptr<const std::vector<TermId>> name_predicates_;
  // The predicates that Record has dropped.
  std::set<TermId> recorded_drops_;
  const uint64_t contexts_before_;
  bool ended_ = false;
};

}  // namespace sightline::storage
