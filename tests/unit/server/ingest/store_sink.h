// StoreSink: an ImportSink over one transaction, as plain as can be, for the round trip tests.

#pragma once

#include <map>
#include <string>

#include "server/ingest/import_sink.h"
#include "storage/txn/transaction.h"

namespace sightline::server {

class StoreSink : public ImportSink {
 public:
  // `transaction` is borrowed.
  explicit StoreSink(storage::Transaction& transaction) : transaction_(transaction) {}

  Status DefineClass(const ImportedClass& definition) override;
  Status DefinePredicate(const ImportedPredicate& definition) override;
  Status DefinePrefix(std::string_view, std::string_view) override { return OkStatus(); }
  StatusOr<StatementHandle> OpenStatement(const ImportedStatement& header) override;
  Status AddFact(StatementHandle statement, ImportedNode subject, std::string_view predicate,
                 const ImportedObject& object) override;
  Status CloseStatement(StatementHandle statement) override;

 private:
  StatusOr<storage::TermId> TermOf(const ImportedObject& object);

  storage::Transaction& transaction_;
  std::map<StatementHandle, storage::StatementDraft> open_;
  StatementHandle next_ = 1;
};

}  // namespace sightline::server
