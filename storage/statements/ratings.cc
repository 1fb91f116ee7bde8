#include "storage/statements/ratings.h"

#include <initializer_list>

namespace sightline::storage {

template <typename Key>
void Ratings::Add(Key key, uint8_t grade, int64_t micros, std::map<Key, Judgement>* judgements) {
  const auto [place, is_new] = judgements->try_emplace(key, Judgement{grade, micros});
  Judgement& kept = place->second;
  if (is_new || micros < kept.micros) return;
  // Both scales count from best to worst and end with "cannot be judged".
  if (micros > kept.micros || grade > kept.grade) kept = {grade, micros};
}

void Ratings::AddReliability(TermId source, Reliability grade, int64_t micros) {
  Add(source, static_cast<uint8_t>(grade), micros, &reliabilities_);
}

void Ratings::AddCredibility(StatementId statement, Credibility grade, int64_t micros) {
  Add(statement, grade, micros, &credibilities_);
}

Reliability Ratings::ReliabilityOf(const StatementContext& context) const {
  if (context.reliability != Reliability::kUnstated || reliabilities_.empty()) {
    return context.reliability;
  }
  for (const TermId source : {context.claimant, context.document, context.dataset}) {
    if (const auto rated = reliabilities_.find(source); rated != reliabilities_.end()) {
      return static_cast<Reliability>(rated->second.grade);
    }
  }
  return Reliability::kUnstated;
}

Credibility Ratings::CredibilityOf(StatementId statement, Credibility own) const {
  const auto rated = credibilities_.find(statement);
  return rated == credibilities_.end() ? own : static_cast<Credibility>(rated->second.grade);
}

std::optional<int64_t> ReliabilityScore(Reliability grade) {
  if (grade == Reliability::kUnstated || grade == Reliability::kF) return std::nullopt;
  return 100 - 25 * (static_cast<int64_t>(grade) - static_cast<int64_t>(Reliability::kA));
}

std::optional<int64_t> CredibilityScore(Credibility grade) {
  if (grade == 0 || grade == 6) return std::nullopt;
  return 100 - 25 * (static_cast<int64_t>(grade) - 1);
}

}  // namespace sightline::storage
