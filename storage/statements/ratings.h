// Ratings: what assessors say of sources and of statements, as of one time.
//
// Admiralty grades (AJP-2.1 / STANAG 2511) are judgements of somebody at some time, so they are
// statements like any other: (source, reliability, "B") and (statement, credibility, 2), each with
// an assessor, a date and a marking. Which of them counts:
//   - the newest judgement, by the day on which it was said, or recorded where that is not known;
//   - of several of the same time, the worst; "cannot be judged" (F, 6) is worse than any grade.
// Who judges is a condition that a query sets by other means: a reader who may not see a judgement
// has none of it.
//
// Effective reliability: the statement's own (StatementContext::reliability), else the rating of
// its claimant, else of its document, else of its dataset. Effective credibility: the newest rating
// of the statement, else its own.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "storage/base/ids.h"
#include "storage/model/statement.h"
#include "storage/model/term_id.h"

namespace sightline::storage {

// Immutable once it is shared; thread-safe then.
class Ratings {
 public:
  // One judgement, of time `micros`. In any order.
  void AddReliability(TermId source, Reliability grade, int64_t micros);
  void AddCredibility(StatementId statement, Credibility grade, int64_t micros);

  Reliability ReliabilityOf(const StatementContext& context) const;
  Credibility CredibilityOf(StatementId statement, Credibility own) const;

  bool rates_statements() const { return !credibilities_.empty(); }
  // Calls visit(statement, grade) for the rated statements `first`, ..., `last`, ascending.
  template <typename Visit>
  void VisitCredibilities(uint64_t first, uint64_t last, Visit visit) const {
    for (auto it = credibilities_.lower_bound(StatementId{first});
         it != credibilities_.end() && it->first.value <= last; ++it) {
      visit(it->first, static_cast<Credibility>(it->second.grade));
    }
  }

  friend bool operator==(const Ratings&, const Ratings&) = default;

 private:
  struct Judgement {
    uint8_t grade = 0;
    int64_t micros = 0;
    // Times only say which judgement counts.
    friend bool operator==(const Judgement& a, const Judgement& b) { return a.grade == b.grade; }
  };
  template <typename Key>
  static void Add(Key key, uint8_t grade, int64_t micros, std::map<Key, Judgement>* judgements);

  std::map<TermId, Judgement> reliabilities_;
  std::map<StatementId, Judgement> credibilities_;
};

using RatingsPtr = std::shared_ptr<const Ratings>;

// The numbers that MISP's admiralty-scale taxonomy gives the grades: A and 1 are 100, E and 5 are
// 0, in steps of 25. "Cannot be judged" and "not stated" have none.
std::optional<int64_t> ReliabilityScore(Reliability grade);
std::optional<int64_t> CredibilityScore(Credibility grade);

}  // namespace sightline::storage
