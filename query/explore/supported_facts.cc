#include "query/explore/supported_facts.h"

namespace sightline::query {

using storage::DisputeRule;
using storage::PermutedKey;

bool SupportedFact::Holds(DisputeRule rule) const {
  switch (rule) {
    case DisputeRule::kDefault:
      return asserting > 0;
    case DisputeRule::kExcludingDisputed:
      return asserting > 0 && denying == 0;
    case DisputeRule::kOnlyDisputed:
      return asserting > 0 && denying > 0;
    case DisputeRule::kIncludingDenied:
      return asserting > 0 || denying > 0;
    case DisputeRule::kOnlyDenied:
      return asserting == 0 && denying > 0;
  }
  return false;
}

Status SupportedFacts::Start(const storage::KeyPrefix& prefix) {
  row_ = 0;
  batch_.row_count = 0;
  ended_ = false;
  if (scan_ != nullptr) return scan_->Rebind(prefix);
  SL_ASSIGN_OR_RETURN(scan_, context_->view().Scan(permutation_, prefix, scope_,
                                                   {.rows = storage::ScanRows::kStatements}));
  return OkStatus();
}

StatusOr<bool> SupportedFacts::Load() {
  if (ended_) return false;
  row_ = 0;
  SL_ASSIGN_OR_RETURN(const size_t row_count, scan_->Next(&batch_));
  SL_RETURN_IF_ERROR(context_->Touch(row_count + 1));
  ended_ = row_count == 0;
  return !ended_;
}

StatusOr<bool> SupportedFacts::Next(SupportedFact* fact) {
  while (true) {
    if (row_ >= batch_.row_count) {
      SL_ASSIGN_OR_RETURN(const bool more, Load());
      if (!more) return false;
    }
    const PermutedKey key = KeyAt(row_);
    *fact = {.fact = storage::Unpermute(permutation_, key)};
    statements_.clear();
    // The statements of a fact may lie in several batches.
    while (row_ < batch_.row_count && KeyAt(row_) == key) {
      const storage::StatementId statement = batch_.statements[row_];
      statements_.push_back(statement);
      if (scope_->PolarityOf(statement) == storage::Polarity::kAsserts) {
        ++fact->asserting;
      } else {
        ++fact->denying;
      }
      if (++row_ < batch_.row_count) continue;
      SL_ASSIGN_OR_RETURN(const bool more, Load());
      if (!more) break;
    }
    if (fact->Holds(rule_)) return true;
  }
}

Status SupportedFacts::SkipTo(const storage::KeyPrefix& key) {
  const PermutedKey target = key.terms;
  while (row_ < batch_.row_count && KeyAt(row_) < target) ++row_;
  if (ended_ || row_ < batch_.row_count) return OkStatus();
  return scan_->SeekForward(key);
}

StatusOr<SupportedFact> SupportOf(const storage::Fact& fact, ExploreContext* context) {
  SupportedFacts facts(context, storage::Permutation::kSpo, context->facts(),
                       DisputeRule::kIncludingDenied);
  SL_RETURN_IF_ERROR(
      facts.Start(storage::KeyPrefix::Of(fact.subject, fact.predicate, fact.object)));
  SupportedFact supported;
  SL_ASSIGN_OR_RETURN(const bool is_said, facts.Next(&supported));
  if (!is_said) supported = {.fact = fact};
  return supported;
}

}  // namespace sightline::query
