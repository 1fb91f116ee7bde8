#include "query/functions/contradictions.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <set>
#include <utility>

#include "query/functions/datum_order.h"
#include "query/functions/fact_order.h"
#include "query/functions/support.h"
#include "storage/statements/scope_builder.h"

namespace sightline::query {
namespace {

using storage::BoundKind;
using storage::Fact;
using storage::KeyPrefix;
using storage::Permutation;
using storage::PredicateDefinition;
using storage::Statement;
using storage::StatementId;
using storage::TermId;
using storage::TimeInterval;

// Beyond this many statements what was read is forgotten and read again.
constexpr size_t kStatementsKept = 4096;

constexpr int64_t kFirst = std::numeric_limits<int64_t>::min();
constexpr int64_t kLast = std::numeric_limits<int64_t>::max();

// The bounds as far as they are known; open ones are infinite.
struct KnownBounds {
  std::optional<int64_t> from, to;  // `to` is excluded.
};
KnownBounds BoundsOf(const TimeInterval& interval) {
  KnownBounds bounds;
  if (interval.from.kind == BoundKind::kAt) bounds.from = interval.from.micros;
  if (interval.from.kind == BoundKind::kOpen) bounds.from = kFirst;
  if (interval.to.kind == BoundKind::kAt) bounds.to = interval.to.micros;
  if (interval.to.kind == BoundKind::kOpen) bounds.to = kLast;
  return bounds;
}

bool Holds(const KnownBounds& interval, int64_t instant) {
  return interval.from && interval.to && *interval.from <= instant && instant < *interval.to;
}

bool IsAbout(const Statement& denial, const Fact& fact, TermId about) {
  return denial.content.context.claimant == about || fact.subject == about || fact.object == about;
}

}  // namespace

std::string_view OverlapName(Overlap overlap) {
  switch (overlap) {
    case Overlap::kNo:
      return "no";
    case Overlap::kYes:
      return "yes";
    case Overlap::kUnknown:
      return "unknown";
  }
  return "unknown";
}

Overlap OverlapOf(const TimeInterval& a, const TimeInterval& b) {
  const KnownBounds x = BoundsOf(a), y = BoundsOf(b);
  if ((x.to && y.from && *x.to <= *y.from) || (y.to && x.from && *y.to <= *x.from)) {
    return Overlap::kNo;
  }
  // One known moment of either within the other is enough.
  const bool meet = (x.from && Holds(y, *x.from)) || (y.from && Holds(x, *y.from)) ||
                    (x.to && Holds(y, *x.to - 1)) || (y.to && Holds(x, *y.to - 1));
  return meet ? Overlap::kYes : Overlap::kUnknown;
}

Status ContradictionFinder::Prepare() {
  if (prepared_) return OkStatus();
  const storage::ReadView& view = *context_->view;
  const storage::ScopePtr& base = context_->base_scope();
  catalog_ = view.CatalogAt(base->conditions().known_at.value_or(view.revision()));
  storage::ScopeConditions conditions = ScopeAt(*context_, scope_index_)->conditions();
  conditions.dispute_rule = storage::DisputeRule::kDefault;
  SL_ASSIGN_OR_RETURN(claims_, view.Resolve(conditions));
  claims_ = storage::WithIdentity(claims_, ScopeAt(*context_, scope_index_)->identity());
  for (const std::string_view name :
       {storage::kBroader, storage::kInstanceOf, storage::kPartOf, kBelongsTo}) {
    for (const TermId id : catalog_->PredicateIdsAtOrBelow(name)) strict_.push_back(id);
  }
  // Of a predicate that is under both, the strict reading counts.
  for (const TermId id : catalog_->PredicateIdsAtOrBelow(kUsedIn)) {
    if (std::find(strict_.begin(), strict_.end(), id) == strict_.end()) use_.push_back(id);
  }
  prepared_ = true;
  return OkStatus();
}

// Strict steps first, so that what can be reached by them is; then from all of that by use, and on.
StatusOr<const ContradictionFinder::Ups*> ContradictionFinder::UpsOf(TermId node, bool with_use) {
  const auto [known, is_new] = ups_.try_emplace({node, with_use});
  Ups& ups = known->second;
  if (!is_new) return &ups;
  const storage::ReadView& view = *context_->view;
  ups.emplace(node, Reached{});
  std::deque<TermId> strictly = {node}, extended;
  const auto step = [&](TermId from, const Fact& fact, TermId to, bool by_use) {
    if (!to.is_node()) return;
    const bool is_extended = by_use || ups.at(from).extended;
    const auto [reached, first] = ups.try_emplace(to, Reached{is_extended, from, fact});
    if (!first) return;
    (is_extended ? extended : strictly).push_back(to);
  };
  const auto follow = [&](TermId from, const std::vector<TermId>& predicates,
                          bool by_use) -> Status {
    storage::ScanBatch batch;
    std::vector<Fact> steps;
    for (const TermId predicate : predicates) {
      SL_RETURN_IF_ERROR(context_->Work(1));
      SL_ASSIGN_OR_RETURN(
          const auto scan,
          view.Scan(Permutation::kSpo, KeyPrefix::Of(from, predicate), context_->base_scope()));
      while (true) {
        SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
        if (row_count == 0) break;
        SL_RETURN_IF_ERROR(context_->TouchFacts(row_count));
        for (const TermId to : batch.columns[2]) steps.push_back({from, predicate, to});
      }
    }
    // Of several ways up as long as one another the first is told.
    if (TermOrder* const names = context_->term_order.get()) {
      std::sort(steps.begin(), steps.end(),
                [names](const Fact& a, const Fact& b) { return CompareFacts(a, b, names) < 0; });
      SL_RETURN_IF_ERROR(names->status());
    }
    for (const Fact& fact : steps) step(from, fact, fact.object, by_use);
    if (by_use) return OkStatus();
    if (const storage::ClassDefinition* definition = catalog_->FindClass(from)) {
      for (const std::string& parent : definition->parents) {
        const storage::ClassDefinition* above = catalog_->FindClass(parent);
        if (above != nullptr) step(from, {}, above->id, false);
      }
    }
    return OkStatus();
  };
  std::vector<TermId> reached;
  while (!strictly.empty()) {
    const TermId next = strictly.front();
    strictly.pop_front();
    reached.push_back(next);
    SL_RETURN_IF_ERROR(follow(next, strict_, false));
  }
  if (!with_use) return &ups;
  for (const TermId from : reached) SL_RETURN_IF_ERROR(follow(from, use_, true));
  while (!extended.empty()) {
    const TermId next = extended.front();
    extended.pop_front();
    SL_RETURN_IF_ERROR(follow(next, strict_, false));
    SL_RETURN_IF_ERROR(follow(next, use_, true));
  }
  return &ups;
}

// Null for one that the reader may not see.
StatusOr<const Statement*> ContradictionFinder::StatementOf(StatementId id) {
  if (const auto known = statements_.find(id); known != statements_.end()) return &known->second;
  SL_RETURN_IF_ERROR(context_->Work(1));
  StatusOr<Statement> found = context_->view->GetStatement(id);
  if (found.status().code() == StatusCode::kNotFound) return static_cast<const Statement*>(nullptr);
  if (!found.ok()) return found.status();
  return &statements_.emplace(id, *std::move(found)).first->second;
}

StatusOr<std::vector<ContradictionFinder::Denied>> ContradictionFinder::DeniedFacts(
    std::optional<TermId> about) {
  std::vector<Denied> denied;
  for (const StatementId id : claims_->Denials()) {
    SL_ASSIGN_OR_RETURN(const Statement* const denial, StatementOf(id));
    if (denial == nullptr) continue;
    SL_ASSIGN_OR_RETURN(const std::vector<Fact> facts, context_->view->FactsOf(id));
    SL_RETURN_IF_ERROR(context_->TouchFacts(facts.size()));
    for (const Fact& fact : facts) {
      if (!about || about->is_statement() || IsAbout(*denial, fact, *about)) {
        denied.push_back({id, fact});
      }
    }
  }
  return denied;
}

StatusOr<std::string> ContradictionFinder::NameOf(TermId term) {
  if (term.is_node()) return context_->view->ExternalIdOf(term);
  SL_ASSIGN_OR_RETURN(const storage::Value value, context_->view->ValueOf(term));
  return value.ToString();
}

Status ContradictionFinder::AppendSteps(TermId from, TermId to, const Ups& ups,
                                        std::vector<ContradictionStep>* steps) {
  std::vector<ContradictionStep> backwards;
  for (TermId at = to; at != from; at = ups.at(at).below) {
    const Reached& reached = ups.at(at);
    SL_ASSIGN_OR_RETURN(const std::string below, NameOf(reached.below));
    SL_ASSIGN_OR_RETURN(const std::string above, NameOf(at));
    if (reached.fact.subject.is_none()) {
      backwards.push_back({below + " is under " + above, std::nullopt});
      continue;
    }
    SL_ASSIGN_OR_RETURN(const std::string predicate, NameOf(reached.fact.predicate));
    backwards.push_back({below + " " + predicate + " " + above, reached.fact});
  }
  steps->insert(steps->end(), std::make_move_iterator(backwards.rbegin()),
                std::make_move_iterator(backwards.rend()));
  return OkStatus();
}

StatusOr<std::optional<Contradiction>> ContradictionFinder::Match(
    const Denied& denied, const PredicateDefinition* predicate, const Fact& asserted) {
  Contradiction found;
  found.denial = denied.statement;
  found.denied = denied.fact;
  found.asserted = asserted;
  if (asserted.predicate != denied.fact.predicate) {
    SL_ASSIGN_OR_RETURN(const std::string below, NameOf(asserted.predicate));
    SL_ASSIGN_OR_RETURN(const std::string above, NameOf(denied.fact.predicate));
    found.steps.push_back({below + " is under " + above, std::nullopt});
  }
  const auto try_ends = [&](TermId subject, TermId object) -> StatusOr<bool> {
    SL_ASSIGN_OR_RETURN(const Ups* const subjects, UpsOf(subject, false));
    if (!subjects->contains(denied.fact.subject)) return false;
    if (object != denied.fact.object) {
      if (!object.is_node()) return false;
      SL_ASSIGN_OR_RETURN(const Ups* const objects, UpsOf(object, true));
      const auto reached = objects->find(denied.fact.object);
      if (reached == objects->end()) return false;
      found.extended = reached->second.extended;
      SL_RETURN_IF_ERROR(AppendSteps(subject, denied.fact.subject, *subjects, &found.steps));
      SL_RETURN_IF_ERROR(AppendSteps(object, denied.fact.object, *objects, &found.steps));
      return true;
    }
    SL_RETURN_IF_ERROR(AppendSteps(subject, denied.fact.subject, *subjects, &found.steps));
    return true;
  };
  SL_ASSIGN_OR_RETURN(bool matches, try_ends(asserted.subject, asserted.object));
  if (!matches && predicate != nullptr && predicate->symmetric && asserted.object.is_node()) {
    SL_ASSIGN_OR_RETURN(matches, try_ends(asserted.object, asserted.subject));
  }
  if (!matches) return std::optional<Contradiction>();
  return std::optional<Contradiction>(std::move(found));
}

StatusOr<bool> ContradictionFinder::Complete(const Statement& denial, const Statement& assertion,
                                             Contradiction* found) {
  found->assertion = assertion.id;
  found->overlap = OverlapOf(denial.content.valid, assertion.content.valid);
  for (const storage::Qualifier& said : denial.content.qualifiers) {
    if (!said.value.is_node()) continue;  // Remarks and numbers of our own.
    bool says_any = false, comes_under = false;
    for (const storage::Qualifier& other : assertion.content.qualifiers) {
      if (other.predicate != said.predicate || !other.value.is_node()) continue;
      says_any = true;
      SL_ASSIGN_OR_RETURN(const Ups* const ups, UpsOf(other.value, false));
      comes_under |= ups->contains(said.value);
    }
    if (comes_under) continue;
    if (says_any) return false;
    SL_ASSIGN_OR_RETURN(const std::string name, NameOf(said.predicate));
    found->extended = true;
    found->steps.push_back({"the assertion does not say its " + name, std::nullopt});
  }
  return true;
}

StatusOr<std::vector<Contradiction>> ContradictionFinder::Contradictions(
    std::optional<TermId> about) {
  SL_RETURN_IF_ERROR(Prepare());
  SL_ASSIGN_OR_RETURN(const std::vector<Denied> denied, DeniedFacts(about));
  // By the predicate of what may contradict them, then by subject.
  std::map<TermId, std::map<TermId, std::vector<const Denied*>>> by_predicate;
  for (const Denied& each : denied) {
    std::set<TermId> predicates = {each.fact.predicate};
    if (const auto* definition = catalog_->FindPredicate(each.fact.predicate)) {
      for (const TermId below : catalog_->PredicateIdsAtOrBelow(definition->name)) {
        predicates.insert(below);
      }
    }
    for (const TermId predicate : predicates) {
      by_predicate[predicate][each.fact.subject].push_back(&each);
    }
  }
  std::vector<Contradiction> found;
  storage::ScanBatch batch, statements;
  for (const auto& [predicate, by_subject] : by_predicate) {
    const PredicateDefinition* const definition = catalog_->FindPredicate(predicate);
    const bool symmetric = definition != nullptr && definition->symmetric;
    SL_ASSIGN_OR_RETURN(const auto scan,
                        context_->view->Scan(Permutation::kPso, KeyPrefix::Of(predicate), claims_));
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
      if (row_count == 0) break;
      SL_RETURN_IF_ERROR(context_->TouchFacts(row_count));
      for (size_t row = 0; row < row_count; ++row) {
        const Fact asserted{batch.columns[1][row], predicate, batch.columns[2][row]};
        // The denied facts above either end.
        std::set<const Denied*> candidates;
        for (const TermId end : {asserted.subject, asserted.object}) {
          if (end == asserted.object && !(symmetric && end.is_node())) continue;
          SL_ASSIGN_OR_RETURN(const Ups* const ups, UpsOf(end, false));
          for (const auto& [above, reached] : *ups) {
            const auto here = by_subject.find(above);
            if (here != by_subject.end())
              candidates.insert(here->second.begin(), here->second.end());
          }
        }
        for (const Denied* const candidate : candidates) {
          SL_RETURN_IF_ERROR(context_->Work(1));
          SL_ASSIGN_OR_RETURN(std::optional<Contradiction> match,
                              Match(*candidate, definition, asserted));
          if (!match) continue;
          SL_ASSIGN_OR_RETURN(
              const auto said,
              context_->view->Scan(Permutation::kSpo,
                                   KeyPrefix::Of(asserted.subject, predicate, asserted.object),
                                   claims_, {.rows = storage::ScanRows::kStatements}));
          while (true) {
            SL_ASSIGN_OR_RETURN(const size_t count, said->Next(&statements));
            if (count == 0) break;
            SL_RETURN_IF_ERROR(context_->TouchFacts(count));
            for (const StatementId id : statements.statements) {
              if (about && about->is_statement() && about->payload() != id.value &&
                  about->payload() != candidate->statement.value) {
                continue;
              }
              if (statements_.size() > kStatementsKept) statements_.clear();
              SL_ASSIGN_OR_RETURN(const Statement* const denial, StatementOf(candidate->statement));
              SL_ASSIGN_OR_RETURN(const Statement* const assertion, StatementOf(id));
              if (denial == nullptr || assertion == nullptr) continue;
              Contradiction contradiction = *match;
              SL_ASSIGN_OR_RETURN(const bool contradicts,
                                  Complete(*denial, *assertion, &contradiction));
              if (contradicts) found.push_back(std::move(contradiction));
            }
          }
        }
        // Only subjects repeat, and they lie side by side.
        if (ups_.size() > kStatementsKept) ups_.clear();
      }
    }
  }
  std::sort(found.begin(), found.end(), [](const Contradiction& a, const Contradiction& b) {
    return std::tie(a.denial, a.assertion, a.denied, a.asserted) <
           std::tie(b.denial, b.assertion, b.denied, b.asserted);
  });
  return found;
}

StatusOr<std::vector<Contradiction>> ContradictionFinder::Between(StatementId a, StatementId b) {
  SL_RETURN_IF_ERROR(Prepare());
  std::vector<Contradiction> found;
  SL_ASSIGN_OR_RETURN(const Statement* denial, StatementOf(a));
  SL_ASSIGN_OR_RETURN(const Statement* assertion, StatementOf(b));
  if (denial == nullptr || assertion == nullptr) return found;
  if (denial->content.polarity == assertion->content.polarity) return found;
  if (denial->content.polarity == storage::Polarity::kAsserts) std::swap(denial, assertion);
  SL_ASSIGN_OR_RETURN(const std::vector<Fact> denied, context_->view->FactsOf(denial->id));
  SL_ASSIGN_OR_RETURN(const std::vector<Fact> asserted, context_->view->FactsOf(assertion->id));
  SL_RETURN_IF_ERROR(context_->TouchFacts(denied.size() + asserted.size()));
  for (const Fact& no : denied) {
    const auto* above = catalog_->FindPredicate(no.predicate);
    for (const Fact& yes : asserted) {
      SL_RETURN_IF_ERROR(context_->Work(1));
      const auto* definition = catalog_->FindPredicate(yes.predicate);
      if (yes.predicate != no.predicate &&
          (above == nullptr || definition == nullptr ||
           !catalog_->IsPredicateAtOrBelow(definition->name, above->name))) {
        continue;
      }
      SL_ASSIGN_OR_RETURN(std::optional<Contradiction> match,
                          Match({denial->id, no}, definition, yes));
      if (!match) continue;
      SL_ASSIGN_OR_RETURN(const bool contradicts, Complete(*denial, *assertion, &*match));
      if (contradicts) found.push_back(*std::move(match));
    }
  }
  return found;
}

// --- Figures -------------------------------------------------------------------------------------

bool ContradictionFinder::HasFigures(const PredicateDefinition& predicate) {
  if (predicate.cardinality != storage::Cardinality::kOne) return false;
  return std::any_of(predicate.range_types.begin(), predicate.range_types.end(),
                     [](storage::ValueType type) {
                       switch (type) {
                         case storage::ValueType::kInteger:
                         case storage::ValueType::kDecimal:
                         case storage::ValueType::kDouble:
                         case storage::ValueType::kMoney:
                         case storage::ValueType::kQuantity:
                         case storage::ValueType::kPercentage:
                           return true;
                         default:
                           return false;
                       }
                     });
}

StatusOr<bool> ContradictionFinder::Differ(TermId a, TermId b) {
  SL_ASSIGN_OR_RETURN(storage::Value x, context_->view->ValueOf(a));
  SL_ASSIGN_OR_RETURN(storage::Value y, context_->view->ValueOf(b));
  return Equal(Datum(std::move(x)), Datum(std::move(y))) == std::optional<bool>(false);
}

// Figures of different wholes, places or goods are figures of different quantities.
StatusOr<bool> ContradictionFinder::SaysOtherwise(const Statement& a, const Statement& b) {
  for (const storage::Qualifier& said : a.content.qualifiers) {
    if (!said.value.is_node()) continue;
    bool says_any = false, says_same = false;
    for (const storage::Qualifier& other : b.content.qualifiers) {
      if (other.predicate != said.predicate || !other.value.is_node()) continue;
      says_any = true;
      says_same |= other.value == said.value;
    }
    if (says_any && !says_same) return true;
  }
  return false;
}

StatusOr<std::vector<FigureDispute>> ContradictionFinder::Figures(std::optional<TermId> about) {
  SL_RETURN_IF_ERROR(Prepare());
  std::vector<FigureDispute> found;
  storage::ScanBatch batch;
  for (const auto& [name, predicate] : catalog_->predicates()) {
    if (!HasFigures(predicate)) continue;
    const bool of_one = about && !about->is_statement();
    SL_ASSIGN_OR_RETURN(const auto scan,
                        context_->view->Scan(Permutation::kPso,
                                             of_one ? KeyPrefix::Of(predicate.id, *about)
                                                    : KeyPrefix::Of(predicate.id),
                                             claims_, {.rows = storage::ScanRows::kStatements}));
    struct Figure {
      TermId value;
      StatementId statement;
    };
    TermId subject;
    std::vector<Figure> figures;
    const auto compare = [&]() -> Status {
      for (size_t i = 0; i < figures.size(); ++i) {
        for (size_t j = i + 1; j < figures.size(); ++j) {
          const auto& [x, first] = figures[i];
          const auto& [y, second] = figures[j];
          if (x == y || first == second) continue;
          if (about && about->is_statement() && about->payload() != first.value &&
              about->payload() != second.value) {
            continue;
          }
          SL_RETURN_IF_ERROR(context_->Work(1));
          SL_ASSIGN_OR_RETURN(const bool differ, Differ(x, y));
          if (!differ) continue;
          if (statements_.size() > kStatementsKept) statements_.clear();
          SL_ASSIGN_OR_RETURN(const Statement* const a, StatementOf(first));
          SL_ASSIGN_OR_RETURN(const Statement* const b, StatementOf(second));
          if (a == nullptr || b == nullptr) continue;
          const Overlap overlap = OverlapOf(a->content.valid, b->content.valid);
          if (overlap == Overlap::kNo) continue;
          SL_ASSIGN_OR_RETURN(const bool otherwise, SaysOtherwise(*a, *b));
          if (otherwise) continue;
          found.push_back(
              {first, second, {subject, predicate.id, x}, {subject, predicate.id, y}, overlap});
          FigureDispute& dispute = found.back();
          if (dispute.second < dispute.first) {
            std::swap(dispute.first, dispute.second);
            std::swap(dispute.first_fact, dispute.second_fact);
          }
        }
      }
      return OkStatus();
    };
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
      if (row_count == 0) break;
      SL_RETURN_IF_ERROR(context_->TouchFacts(row_count));
      for (size_t row = 0; row < row_count; ++row) {
        if (batch.columns[1][row] != subject) {
          SL_RETURN_IF_ERROR(compare());
          figures.clear();
          subject = batch.columns[1][row];
        }
        figures.push_back({batch.columns[2][row], batch.statements[row]});
      }
    }
    SL_RETURN_IF_ERROR(compare());
  }
  std::sort(found.begin(), found.end(), [](const FigureDispute& a, const FigureDispute& b) {
    return std::tie(a.first, a.second, a.first_fact, a.second_fact) <
           std::tie(b.first, b.second, b.first_fact, b.second_fact);
  });
  return found;
}

StatusOr<bool> ContradictionFinder::HasFiguresBetween(StatementId a, StatementId b) {
  SL_RETURN_IF_ERROR(Prepare());
  SL_ASSIGN_OR_RETURN(const Statement* const first, StatementOf(a));
  SL_ASSIGN_OR_RETURN(const Statement* const second, StatementOf(b));
  if (first == nullptr || second == nullptr) return false;
  const auto asserts = [](const Statement& statement) {
    return statement.content.polarity == storage::Polarity::kAsserts;
  };
  if (!asserts(*first) || !asserts(*second)) return false;
  if (OverlapOf(first->content.valid, second->content.valid) == Overlap::kNo) return false;
  SL_ASSIGN_OR_RETURN(const bool otherwise, SaysOtherwise(*first, *second));
  if (otherwise) return false;
  SL_ASSIGN_OR_RETURN(const std::vector<Fact> facts, context_->view->FactsOf(a));
  SL_ASSIGN_OR_RETURN(const std::vector<Fact> others, context_->view->FactsOf(b));
  SL_RETURN_IF_ERROR(context_->TouchFacts(facts.size() + others.size()));
  for (const Fact& fact : facts) {
    const PredicateDefinition* definition = catalog_->FindPredicate(fact.predicate);
    if (definition == nullptr || !HasFigures(*definition)) continue;
    for (const Fact& other : others) {
      if (other.subject != fact.subject || other.predicate != fact.predicate) continue;
      SL_RETURN_IF_ERROR(context_->Work(1));
      SL_ASSIGN_OR_RETURN(const bool differ, Differ(fact.object, other.object));
      if (differ) return true;
    }
  }
  return false;
}

}  // namespace sightline::query
