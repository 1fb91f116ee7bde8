// Transaction: a set of writes that takes effect at once or not at all.
//
// One writer at a time: a second BeginTransaction waits for the first to end. Nothing is written
// before Commit; then one batch holds everything and the log is synced before Commit returns.
//
// Thread safety: one thread at a time. Dropping a transaction rolls it back.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/catalog/catalog.h"
#include "storage/catalog/encoding.h"
#include "storage/kv/kv_store.h"
#include "storage/model/statement.h"
#include "storage/txn/read_view.h"

namespace sightline::storage {

struct AddedStatement {
  StatementId id;
  // The same polarity, facts, qualifiers, claimant, document, span, valid interval and marking were
  // on record already, not retracted: nothing was added and `id` is the earlier statement's.
  bool duplicate = false;
};

struct CommitResult {
  Revision revision;
  int64_t recorded_at_micros = 0;
  uint64_t statements_added = 0;
  uint64_t statements_retracted = 0;
};

class Transaction {
 public:
  virtual ~Transaction() = default;

  // --- Terms
  // ---------------------------------------------------------------------------------------

  // The entity with this external id, created on first use. Errors: kInvalidArgument for an empty
  // id, one longer than 1 KiB, with control characters or invalid UTF-8, or of the form
  // "s/<number>".
  virtual StatusOr<TermId> InternEntity(std::string_view external_id) = 0;
  // A new entity that nobody has named, with an external id of its own ("_/1a2b").
  virtual StatusOr<TermId> NewEntity() = 0;
  // Errors: kInvalidArgument for null, for text over 64 KiB or with invalid UTF-8, for a date or a
  // point that does not exist, more than 18 digits behind the point, a node that is none.
  virtual StatusOr<TermId> InternValue(const Value& value) = 0;

  // --- Writes
  // --------------------------------------------------------------------------------------

  // Errors: kInvalidArgument when the draft is not complete (no facts, no claimant, quote over 4
  // KiB, a bad marking or one of over 4 KiB, a subject or predicate that is no node, a predicate
  // without a definition, a span that ends before it begins); kPermissionDenied when the marking is
  // above the writer's clearance. After an error nothing of the draft is in the transaction.
  virtual StatusOr<AddedStatement> Add(const StatementDraft& draft) = 0;
  // Adds the statement whether or not the same is on record: for who repeats what another store has
  // recorded. Errors: as Add.
  virtual StatusOr<StatementId> Record(const StatementDraft& draft) = 0;
  // Closes the recorded interval. kNotFound for a statement that the writer may not see;
  // kFailedPrecondition when it is retracted already; kInvalidArgument for an empty reason.
  virtual Status Retract(StatementId id, std::string_view reason) = 0;
  // Errors: as CheckDefinition. An equal definition is a no-op; a changed one replaces the earlier
  // from this revision on.
  virtual Status Define(ClassDefinition definition) = 0;
  virtual Status Define(PredicateDefinition definition) = 0;
  // A query takes the place of those of its name that the writer can see; an edge stands beside
  // them. An equal definition is a no-op. Errors: as CheckDefinition; kPermissionDenied when the
  // marking is above the writer's clearance.
  virtual Status Define(StoredDefinition definition) = 0;
  // From this revision on there is no such class or predicate. Its facts stay, and are read again
  // once it is defined again. Errors: as CheckDrop.
  virtual Status DropClass(std::string_view name) = 0;
  virtual Status DropPredicate(std::string_view name) = 0;
  // All of this name that the writer can see; kNotFound when there are none.
  virtual Status DropStored(StoredDefinition::Kind kind, std::string_view name) = 0;
  // All that a commit of another store has defined and dropped, again: also what equals what is
  // there, under the numbers that stored texts had, and dropping just those. Each class and each
  // predicate after its parents; what is both defined and dropped was dropped last. Statements that
  // are recorded afterwards may have predicates that are dropped here.
  // REQUIRES: the first write, and no Define or Drop after it. Errors: kInvalidArgument, as
  // CheckDefinition and CheckDrop, for what occurs twice, and for a number that no commit can have
  // given; then `wrong` is the place in the list, and the transaction can only be ended.
  virtual Status Record(const std::vector<Definition>& definitions, size_t* wrong) = 0;

  // Remembers `reply` under the writer's request id; FindRequest finds it from the next transaction
  // on, for 24 hours at least; later commits forget it. Errors: kInvalidArgument for an empty id or
  // one over 1 KiB.
  virtual Status RememberRequest(std::string_view request_id, std::string_view reply) = 0;
  virtual StatusOr<std::optional<std::string>> FindRequest(std::string_view request_id) const = 0;

  // The store with this transaction's writes so far on top, for the writer's clearance. Reads made
  // through the returned view do not see later writes; ask again. Lives as long as the transaction.
  virtual StatusOr<std::shared_ptr<const ReadView>> View() = 0;

  // Ends the transaction. A transaction without writes commits nothing and gives the current
  // revision. Errors: kUnavailable on I/O errors. Then nobody sees any of it, and the store takes
  // no writes until it is opened again: only that shows whether the disk had it all or has nothing.
  virtual StatusOr<CommitResult> Commit(Durability durability = Durability::kSynced) = 0;
};

}  // namespace sightline::storage
