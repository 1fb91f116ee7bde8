// Statement codec: a statement's record as a v1.Statement.
//
// Thread-compatible.

#pragma once

#include "query/explore/explore_context.h"
#include "server/service/card_list.h"
#include "sightline/v1/statement.pb.h"
#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/model/statement.h"

namespace sightline::server {

class StatementEncoder {
 public:
  // Borrows both.
  StatementEncoder(query::ExploreContext* context, CardList* cards)
      : context_(*context), cards_(cards) {}

  // False, with nothing written, when the reader may not see the statement, or there is none. Facts
  // name the ids that were stated; claimant, document and the like the ids that stand for them.
  // Errors: the store's; those of ExploreContext::Touch.
  StatusOr<bool> Encode(storage::StatementId id, v1::Statement* out);

 private:
  Status EncodeFacts(storage::StatementId id, v1::Statement* out);

  query::ExploreContext& context_;
  CardList* const cards_;
};

// The object of a fact, or a detail: a node by number, which gets a card, or a value. Errors: the
// store's.
Status EncodeTerm(storage::TermId term, const query::ExploreContext& context, CardList* cards,
                  v1::Value* out);

}  // namespace sightline::server
