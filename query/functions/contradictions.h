// Contradictions: which assertions stand against which denials, and which figures against which.
//
// Denials roll down. Who denies that x supplies military items denies every narrower case: a
// predicate below, a kind below (`broader`, `instanceOf`), a part (`partOf`, and `belongsTo` where
// a schema defines it: an organisation of a country, a deed of a state), with the predicates below
// those. That is the strict reading. The extended one also takes what is used in a narrower case
// (`usedIn` and below) for one: who denies to supply military items may be held to mean components
// that are used in them, or may not. What orders kinds and wholes is taken from everyone the reader
// may hear, whatever the query's scope leaves out of the claims.
//
// A denial that says more (recipient: Russia) denies only that: an assertion that says another
// recipient does not contradict it, and one that says none does in the extended reading only.
//
// Thread safety: as EvaluationContext, one thread at a time.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/functions/expression.h"
#include "storage/base/status.h"
#include "storage/model/statement.h"

namespace sightline::query {

// Predicates that a schema may define; none of them is built in.
inline constexpr std::string_view kBelongsTo = "belongsTo";
inline constexpr std::string_view kUsedIn = "usedIn";

// Whether two statements speak of a common time. A bound that nobody gave leaves it unknown, unless
// what was given decides.
enum class Overlap : uint8_t { kNo, kYes, kUnknown };
std::string_view OverlapName(Overlap overlap);  // "no", "yes", "unknown"
Overlap OverlapOf(const storage::TimeInterval& a, const storage::TimeInterval& b);

// How the assertion comes under the denial. `fact` is the one that is used, none for a definition.
struct ContradictionStep {
  std::string text;  // "bankrolls is under supports", "prod/military-optics broader prod/optics"
  std::optional<storage::Fact> fact;
};

struct Contradiction {
  storage::StatementId denial, assertion;
  storage::Fact denied, asserted;
  bool extended = false;
  Overlap overlap = Overlap::kUnknown;
  std::vector<ContradictionStep> steps;  // Empty: they speak of the same fact.
};

// Two figures of one quantity, which cannot both be right.
struct FigureDispute {
  storage::StatementId first, second;
  storage::Fact first_fact, second_fact;
  Overlap overlap = Overlap::kUnknown;
};

class ContradictionFinder {
 public:
  // `scope_index`: of the claims.
  ContradictionFinder(EvaluationContext* context, uint32_t scope_index)
      : context_(context), scope_index_(scope_index) {}

  // All in scope, by denial and assertion. With `about` those that a statement is a part of, or
  // whose denial is about an entity or by it. Reads every fact of the predicates that are denied.
  // Errors: the store's, and those of EvaluationContext::Work.
  StatusOr<std::vector<Contradiction>> Contradictions(std::optional<storage::TermId> about);
  // Those of two statements, whichever of them denies. Nothing when one is hidden.
  StatusOr<std::vector<Contradiction>> Between(storage::StatementId a, storage::StatementId b);

  // Of the predicates that have ONE number, percentage, quantity or sum of money: figures that no
  // one value fits, and that are not said of different times. `about`: as above.
  StatusOr<std::vector<FigureDispute>> Figures(std::optional<storage::TermId> about);
  StatusOr<bool> HasFiguresBetween(storage::StatementId a, storage::StatementId b);

 private:
  // The denied facts with one predicate.
  struct Denied {
    storage::StatementId statement;
    storage::Fact fact;
  };
  // How a node leads up to another.
  struct Reached {
    bool extended = false;
    storage::TermId below;  // One step nearer; none at the start.
    storage::Fact fact;     // The step. Of a step between classes without a subject.
  };
  using Ups = std::map<storage::TermId, Reached>;

  Status Prepare();
  // Everything at or above the node.
  StatusOr<const Ups*> UpsOf(storage::TermId node, bool with_use);
  StatusOr<const storage::Statement*> StatementOf(storage::StatementId id);
  StatusOr<std::vector<Denied>> DeniedFacts(std::optional<storage::TermId> about);
  // Whether the asserted fact comes under the denied one, and how: nothing when it does not.
  StatusOr<std::optional<Contradiction>> Match(const Denied& denied,
                                               const storage::PredicateDefinition* predicate,
                                               const storage::Fact& asserted);
  // Completes a match with what the two statements say beside the fact; false when that sets them
  // apart.
  StatusOr<bool> Complete(const storage::Statement& denial, const storage::Statement& assertion,
                          Contradiction* found);
  Status AppendSteps(storage::TermId from, storage::TermId to, const Ups& ups,
                     std::vector<ContradictionStep>* steps);
  StatusOr<std::string> NameOf(storage::TermId term);
  // The nodes that the statement's facts about this predicate are qualified by, apart from `a`'s.
  StatusOr<bool> SaysOtherwise(const storage::Statement& a, const storage::Statement& b);
  // Whether the two cannot both be right; both are of one subject and predicate.
  StatusOr<bool> Differ(storage::TermId a, storage::TermId b);
  static bool HasFigures(const storage::PredicateDefinition& predicate);

  EvaluationContext* const context_;
  const uint32_t scope_index_;
  bool prepared_ = false;
  std::shared_ptr<const storage::Catalog> catalog_;
  storage::ScopePtr claims_;                   // Assertions in scope, whatever its dispute rule.
  std::vector<storage::TermId> strict_, use_;  // Predicates that lead up.
  std::map<std::pair<storage::TermId, bool>, Ups> ups_;
  std::map<storage::StatementId, storage::Statement> statements_;
};

}  // namespace sightline::query
