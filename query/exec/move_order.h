// MoveOrder: which of two facts that lead on from a node comes first: what decides between paths
// that are as good.
//
// Whoever sees everything gets the order of the facts in the store. For all others it is one of
// names (query/functions/term_order.h): which path is kept must not tell in which order the store
// met terms that they may not see. Names are looked up only where moves are compared; many moves
// are compared by the ranks of entities (storage/dictionary/entity_ranks.h), and it is the number
// of moves that the reader may see which decides between the two.
//
// Thread safety: one thread at a time. Borrows the context.

#pragma once

#include <cstdint>
#include <vector>

#include "query/exec/fact_walk.h"
#include "query/exec/name_ranks.h"
#include "query/exec/operator.h"
#include "storage/model/statement.h"
#include "storage/model/term_id.h"

namespace sightline::query {

// A fact as it is walked.
struct PathMove {
  storage::TermId to;
  storage::Fact fact;
  bool against = false;  // The fact is walked from its object to its subject.
  double cost = 1;
  uint32_t step = 0;  // Of its part, as numbered from the end that is begun with.

  static PathMove Of(const WalkedFact& walked) {
    return {
        .to = walked.to,
        .fact = walked.fact,
        .against = walked.fact.subject != walked.from && walked.fact.subject != walked.fact.object};
  }
};

class MoveOrder {
 public:
  explicit MoveOrder(ExecutionContext* context) : context_(context), ranks_(context) {}
  ~MoveOrder() { context_->Release(bytes_); }
  MoveOrder(const MoveOrder&) = delete;
  MoveOrder& operator=(const MoveOrder&) = delete;

  // Whether names decide. If not, facts are read in order as it is.
  bool is_of_names() const { return context_->evaluation.term_order != nullptr; }

  // Whether `a` comes before `b`: along before against, then by predicate, node and step. After an
  // error of the store the order means nothing: Settle.
  bool operator()(const PathMove& a, const PathMove& b) const;
  // To be called before `count` moves are compared. Errors: the store's; those of CheckRunning.
  Status Expect(uint64_t count);
  // To be called after moves were compared: the store's error, if there was one; SL5005 when there
  // is no room for the names that were looked up.
  Status Settle();

  // Puts the moves in order; equal ones stay as they are. Errors: as above.
  Status Sort(std::vector<PathMove>* moves);
  // What `walk` has left, in order. Cut short when the query may touch no more facts. Errors: as
  // above, and those of FactWalk::Next.
  StatusOr<std::vector<PathMove>> MovesOf(FactWalk* walk);

 private:
  ExecutionContext* const context_;
  uint64_t expected_ = 0;
  NameRanks ranks_;
  uint64_t bytes_ = 0;  // Of names.
};

}  // namespace sightline::query
