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
    const storage::EntityRanks* const ranks = ranks_.get();
    const bool are_ranked =
        ranks != nullptr && x.is_entity() && y.is_entity() && ranks->Knows(x) && ranks->Knows(y);
    return are_ranked ? ranks->RankOf(x) <=> ranks->RankOf(y) : names->Compare(x, y);
  };
  if (const auto order = compare(a.fact.predicate, b.fact.predicate); order != 0) return order < 0;
  if (const auto order = compare(a.to, b.to); order != 0) return order < 0;
  return a.step < b.step;
}

Status MoveOrder::Expect(uint64_t count) {
  expected_ += count;
  return ranks_.Expect(expected_).status();
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
