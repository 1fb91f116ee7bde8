// SnapshotView::RatingsFor: the judgements that a reader may see, read from the facts that make
// them.

#include "storage/index/merged_scan.h"
#include "storage/txn/snapshot_view.h"

namespace sightline::storage {
namespace {

// A day, so that what is read can be kept for that long.
TimeInterval DayOf(int64_t micros) {
  constexpr int64_t kDayMicros = int64_t{86'400} * 1'000'000;
  const int64_t begin = micros - ((micros % kDayMicros) + kDayMicros) % kDayMicros;
  return {{BoundKind::kAt, begin}, {BoundKind::kAt, begin + kDayMicros}};
}

}  // namespace

int64_t SnapshotView::JudgedMicros(StatementId id) const {
  const TimeInterval& said = store_->contexts()[statements_[id].context_number].said;
  if (said.from.kind == BoundKind::kAt) return said.from.micros;
  return CommitMicros(IsPending(id) ? revision() : store_->commits().RevisionOf(id, committed_));
}

StatusOr<RatingsPtr> SnapshotView::RatingsFor(const ScopeConditions& conditions) const {
  const Revision known_at = conditions.known_at.value_or(revision());
  ScopeConditions of_judgements;
  of_judgements.valid = conditions.valid.value_or(DayOf(store_->clock().NowMicros()));
  of_judgements.marked_at_most = conditions.marked_at_most;
  of_judgements.releasable_to = conditions.releasable_to;
  const ScopeKey key{.conditions = of_judgements,
                     .clearance = *clearance_,
                     .retracted = RetractedStatements::kLeaveOut,
                     .known_at = known_at,
                     .ratings = nullptr};
  // What only a transaction sees is not kept for others.
  const bool is_shared = known_at <= committed_;
  if (is_shared) {
    if (RatingsPtr found = store_->ratings().Find(key)) return found;
  }
  const ScopePtr scope = ScopeAt(of_judgements, known_at, RetractedStatements::kLeaveOut);
  auto ratings = std::make_shared<Ratings>();
  for (const std::string_view name : {kReliability, kCredibility}) {
    const PredicateDefinition* predicate = catalog_->FindPredicate(name);
    if (predicate == nullptr) continue;
    SL_ASSIGN_OR_RETURN(const auto scan, Scan(Permutation::kPso, KeyPrefix::Of(predicate->id),
                                              scope, {.rows = ScanRows::kStatements}));
    ScanBatch batch;
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
      if (row_count == 0) break;
      for (size_t row = 0; row < row_count; ++row) {
        const StatementId judgement = batch.statements[row];
        // Who denies a grade gives none.
        if (scope->PolarityOf(judgement) != Polarity::kAsserts) continue;
        const TermId subject = batch.columns[1][row];
        SL_ASSIGN_OR_RETURN(const Value value, ValueOf(batch.columns[2][row]));
        if (const Text* text = value.get_if<Text>(); text != nullptr && name == kReliability) {
          const auto grade = ParseReliability(text->text);
          if (!grade || *grade == Reliability::kUnstated || !subject.is_entity()) continue;
          ratings->AddReliability(subject, *grade, JudgedMicros(judgement));
        }
        const int64_t* number = value.get_if<int64_t>();
        if (number != nullptr && name == kCredibility && subject.is_statement() && *number >= 1 &&
            *number <= 6) {
          ratings->AddCredibility(StatementId{subject.payload()}, static_cast<Credibility>(*number),
                                  JudgedMicros(judgement));
        }
      }
    }
  }
  if (is_shared) store_->ratings().Insert(key, ratings);
  return RatingsPtr(std::move(ratings));
}

}  // namespace sightline::storage
