#include "query/exec/name_ranks.h"

#include "query/functions/term_order.h"

namespace sightline::query {

StatusOr<bool> NameRanks::Expect(uint64_t count) {
  if (has_asked_ || context_->evaluation.term_order == nullptr ||
      count < context_->ranked_rows_min) {
    return false;
  }
  has_asked_ = true;
  SL_ASSIGN_OR_RETURN(ranks_, context_->evaluation.view->RanksOfEntities(
                                  [this] { return context_->CheckRunning(); }));
  return ranks_ != nullptr;
}

}  // namespace sightline::query
