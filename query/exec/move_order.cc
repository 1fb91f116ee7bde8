#include "query/exec/move_order.h"

#include <compare>

#include "query/functions/sort_in_steps.h"
#include "query/functions/term_order.h"

namespace sightline::query {

bool MoveOrder::operator()(const PathMove& a, const PathMove& b) const {
  if (a.against != b.against) return b.against;
  TermOrder* const names = context_->evaluation.term_order.get();
  const auto compare = [&](storage::TermId x, storage::TermId y) -> std::strong_ordering {
    if (names == nullptr) return x <=> y;
    const bool are_ranked =
        ranks_ != nullptr && x.is_entity() && y.is_entity() && ranks_->Knows(x) && ranks_->Knows(y);
    return are_ranked ? ranks_->RankOf(x) <=> ranks_->RankOf(y) : names->Compare(x, y);
  };
  if (const auto order = compare(a.fact.predicate, b.fact.predicate); order != 0) return order < 0;
  if (const auto order = compare(a.to, b.to); order != 0) return order < 0;
  return a.step < b.step;
}

Status MoveOrder::Expect(uint64_t count) {
  expected_ += count;
  if (!is_of_names() || has_asked_for_ranks_ || expected_ < context_->ranked_rows_min) {
    return OkStatus();
  }
  has_asked_for_ranks_ = true;
  SL_ASSIGN_OR_RETURN(ranks_, context_->evaluation.view->RanksOfEntities(
                                  [this] { return context_->CheckRunning(); }));
  return OkStatus();
}

Status MoveOrder::Settle() {
  if (!is_of_names()) return OkStatus();
  const TermOrder& names = *context_->evaluation.term_order;
  SL_RETURN_IF_ERROR(names.status());
  const uint64_t bytes = names.memory_bytes();
  if (bytes <= bytes_) return OkStatus();
  SL_RETURN_IF_ERROR(context_->Reserve(bytes - bytes_));
  bytes_ = bytes;
  return OkStatus();
}

Status MoveOrder::Sort(std::vector<PathMove>* moves) {
  if (moves->size() < 2) return OkStatus();
  SL_RETURN_IF_ERROR(Expect(moves->size()));
  SL_RETURN_IF_ERROR(SortInSteps(
      moves, 1, [this](const PathMove& a, const PathMove& b) { return (*this)(a, b); },
      &context_->evaluation));
  return Settle();
}

StatusOr<std::vector<PathMove>> MoveOrder::MovesOf(FactWalk* walk) {
  std::vector<PathMove> moves;
  WalkedFact walked;
  while (true) {
    SL_ASSIGN_OR_RETURN(const bool more, walk->Next(&walked));
    if (!more) break;
    moves.push_back(PathMove::Of(walked));
  }
  if (is_of_names()) SL_RETURN_IF_ERROR(Sort(&moves));
  return moves;
}

}  // namespace sightline::query
