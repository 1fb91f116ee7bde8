#include "query/exec/fact_walk.h"

namespace sightline::query {

using storage::KeyPrefix;
using storage::Permutation;

void FactWalk::Start(storage::TermId from, const EdgeWalk& walk,
                     std::optional<storage::TermId> to) {
  walk_ = &walk;
  segments_.clear();
  segment_ = 0;
  scan_.reset();
  // Facts are about nodes: a value can be the object only.
  if (from.is_node() && !walk.along.empty()) {
    if (!walk.along.all_but) {
      for (const storage::TermId predicate : walk.along.predicates) {
        Add(Permutation::kSpo,
            to ? KeyPrefix::Of(from, predicate, *to) : KeyPrefix::Of(from, predicate), false);
      }
    } else if (to) {
      Add(Permutation::kSop, KeyPrefix::Of(from, *to), false);
    } else {
      Add(Permutation::kSpo, KeyPrefix::Of(from), false);
    }
  }
  if (!from.is_none() && !walk.against.empty() && (!to || to->is_node())) {
    if (!walk.against.all_but) {
      for (const storage::TermId predicate : walk.against.predicates) {
        if (to) {
          Add(Permutation::kSpo, KeyPrefix::Of(*to, predicate, from), true);
        } else {
          Add(Permutation::kOps, KeyPrefix::Of(from, predicate), true);
        }
      }
    } else if (to) {
      Add(Permutation::kSop, KeyPrefix::Of(*to, from), true);
    } else {
      Add(Permutation::kOps, KeyPrefix::Of(from), true);
    }
  }
}

void FactWalk::StartAll(const EdgeWalk& walk) {
  walk_ = &walk;
  segments_.clear();
  segment_ = 0;
  scan_.reset();
  for (const bool against : {false, true}) {
    const PredicateSet& set = against ? walk.against : walk.along;
    if (set.empty()) continue;
    if (set.all_but) {
      Add(Permutation::kPso, KeyPrefix::Of(), against);
    } else {
      for (const storage::TermId predicate : set.predicates) {
        Add(Permutation::kPso, KeyPrefix::Of(predicate), against);
      }
    }
  }
}

StatusOr<bool> FactWalk::Next(WalkedFact* walked) {
  while (segment_ < segments_.size()) {
    const Segment& segment = segments_[segment_];
    if (scan_ == nullptr) {
      SL_RETURN_IF_ERROR(context_->Tick());
      storage::MergedScanOptions options;
      options.rows = rows_;
      SL_ASSIGN_OR_RETURN(scan_, context_->evaluation.view->Scan(segment.permutation,
                                                                 segment.prefix, scope_, options));
      batch_.Clear();
      row_ = 0;
    }
    if (row_ == batch_.row_count) {
      row_ = 0;
      SL_ASSIGN_OR_RETURN(const size_t rows, scan_->Next(&batch_));
      if (rows == 0) {
        batch_.Clear();
        scan_.reset();
        ++segment_;
        continue;
      }
    }
    if (context_->evaluation.facts_touched >= context_->steps_max) {
      context_->out_of_steps = true;
      segment_ = segments_.size();
      scan_.reset();
      return false;
    }
    ++context_->evaluation.facts_touched;
    SL_RETURN_IF_ERROR(context_->Tick());
    const storage::Fact fact = storage::Unpermute(
        segment.permutation,
        {batch_.columns[0][row_], batch_.columns[1][row_], batch_.columns[2][row_]});
    const storage::StatementId statement =
        rows_ == storage::ScanRows::kStatements ? batch_.statements[row_] : storage::StatementId{};
    ++row_;
    const PredicateSet& set = segment.against ? walk_->against : walk_->along;
    if (set.all_but && !set.Contains(fact.predicate)) continue;
    if (set.nodes_only && !fact.object.is_node()) continue;
    // From a node to itself both ways are the same: found along already.
    if (segment.against && fact.subject == fact.object && !walk_->along.empty() &&
        walk_->along.Contains(fact.predicate)) {
      continue;
    }
    *walked = {.fact = fact,
               .from = segment.against ? fact.object : fact.subject,
               .to = segment.against ? fact.subject : fact.object,
               .statement = statement};
    return true;
  }
  return false;
}

}  // namespace sightline::query
