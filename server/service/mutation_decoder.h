// MutationDecoder: statements as a client drafted them, checked and made the store's.
//
// Whatever is wrong is said with the field it is in: "facts[2].object: there is no date
// 2023-02-30".
//
// Thread safety: one thread at a time, the transaction's.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/service/limits.h"
#include "server/service/value_codec.h"
#include "sightline/v1/statement_service.pb.h"
#include "storage/catalog/catalog.h"
#include "storage/model/statement.h"
#include "storage/txn/read_view.h"
#include "storage/txn/transaction.h"

namespace sightline::server {

class MutationDecoder {
 public:
  // Borrows `transaction`; entities are interned there. `view` is the transaction's, for the
  // catalog and for what must exist already.
  MutationDecoder(storage::Transaction* transaction, std::shared_ptr<const storage::ReadView> view,
                  const ServerLimits& limits);

  // Errors: kInvalidArgument; then field() says where.
  StatusOr<storage::StatementDraft> Decode(const v1::StatementDraft& draft);
  // The statement to retract, by either of its numbers, and whether the reason is one. Whether it
  // is there is for Transaction::Retract.
  StatusOr<storage::StatementId> Decode(const v1::Retraction& retraction);

  // Of the last error: "facts[2].object". Empty when the error is not in one field.
  const std::string& field() const { return field_; }

 private:
  // Remembers `field` and puts it in front of the message.
  Status At(std::string field, const Status& status);
  // An entity by external id, made on first use; a statement as "s/17" must exist.
  StatusOr<storage::TermId> Node(std::string_view external_id);
  // `value` as the object of a fact with `predicate`, or the value of such a qualifier.
  StatusOr<storage::TermId> Object(const storage::PredicateDefinition& predicate,
                                   const v1::Value& value);
  StatusOr<const storage::PredicateDefinition*> Predicate(const std::string& name) const;
  Status DecodeContext(const v1::StatementDraft& draft, storage::StatementContext* context);

  storage::Transaction* const transaction_;
  const std::shared_ptr<const storage::ReadView> view_;
  const ServerLimits& limits_;
  const NodeResolver nodes_;
  std::string field_;
};

}  // namespace sightline::server
