// Evidence: which facts a row rests on, and the statements behind them, for WHY.
//
// While a query runs, the evidence of a row is a datum in the frame's evidence slot:
//   [number of derivations, derivation, derivation ...]      at most kDerivationsKept of them
// where a derivation is a list of items, and an item is a list
//   [element STRING, fact FACT, statement STATEMENT or null]
// or, of a subquery that found nothing,
//   [element STRING, null, null, scope INTEGER]
// No evidence yet (null) counts as one derivation without items. The statements are looked up only
// for the rows that leave the engine: PresentEvidence turns the datum into what a client is shown,
//   [{derivation: 1, of: 2, element: "(s)-[:supplies]->", fact: FACT, disputed: false,
//     statements: [{statement: STATEMENT, polarity: "asserts", claimant: ENTITY, document: ENTITY
//     or null,
//                   quote: "...", mode: "reported"} ...]} ...]
// one map an item, in the order of the pattern. Denials are among the statements, by their
// polarity. A subquery that found nothing is
//   {derivation: 1, of: 2, element: "NOT EXISTS { … }", fact: null, disputed: false,
//    statements: [], not_found: true, as_of: DATETIME or INTEGER}
// where as_of is when the query ran, or the revision that AS KNOWN AT asks for.
//
// The law: a store of just these statements gives the row again.
//
// Thread-compatible free functions.

#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "query/functions/datum.h"
#include "query/functions/expression.h"
#include "query/plan/frame.h"
#include "storage/base/ids.h"

namespace sightline::query {

inline constexpr size_t kDerivationsKept = 3;

struct EvidenceItem {
  std::string element;  // As the user wrote it: "(s)-[:supplies]->", "optics", "c.country".
  FactDatum fact;
  storage::StatementId statement;  // 0: whichever make the fact.
  // Nothing was found, under this scope; then there is no fact.
  std::optional<uint32_t> not_found_under = {};
};

// Every derivation of `evidence` with these items added.
Datum ExtendEvidence(const Datum& evidence, const std::vector<EvidenceItem>& items);

// The derivations of both: there are two ways to the row. Equal derivations count once as far as
// they are kept.
Datum MergeEvidence(const Datum& a, const Datum& b);

// Each derivation of `a` together with each of `b`: the row rests on one of both.
Datum JoinEvidence(const Datum& a, const Datum& b);

// All items of many rows as one derivation: the row rests on all of them.
class EvidenceUnion {
 public:
  void Add(const Datum& evidence);
  Datum Finish() const;
  size_t memory_bytes() const { return bytes_; }

 private:
  std::set<std::string> seen_;
  DatumList items_;
  size_t bytes_ = 0;
};

// The facts that x.key and x:Class read in this row, each once; in a quantifier or comprehension,
// of each of its items. The expression has been evaluated in the row. Errors: the store's, and
// those of EvaluationContext::Work.
Status AddExpressionEvidence(const BoundExpression& expression, const Frame& frame,
                             const Batch& batch, size_t row, EvaluationContext* context,
                             std::vector<EvidenceItem>* items);

// The statements of all derivations, each once, ascending: what PresentEvidence lists. Errors: as
// there.
StatusOr<std::vector<storage::StatementId>> StatementsOf(const Datum& evidence,
                                                         EvaluationContext* context);

// As shown to people. Errors: the store's.
StatusOr<Datum> PresentEvidence(const Datum& evidence, EvaluationContext* context);

}  // namespace sightline::query
