#include "query/evidence/evidence.h"

#include <algorithm>
#include <compare>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>

#include "query/functions/datum_order.h"
#include "query/functions/fact_order.h"
#include "query/functions/registry.h"
#include "query/functions/sort_in_steps.h"
#include "query/functions/source_order.h"
#include "query/functions/support.h"
#include "query/plan/expression_walk.h"
#include "storage/index/merged_scan.h"

namespace sightline::query {
namespace {

using storage::KeyPrefix;
using storage::Permutation;
using storage::TermId;

struct Derivations {
  int64_t count = 1;
  DatumList kept;
};

Derivations Read(const Datum& evidence) {
  Derivations read;
  const DatumList* list = evidence.list();
  if (list == nullptr || list->empty()) {
    read.kept.emplace_back(DatumList{});
    return read;
  }
  if (const storage::Value* count = list->front().value()) {
    if (const int64_t* number = count->get_if<int64_t>()) read.count = *number;
  }
  read.kept.assign(list->begin() + 1, list->end());
  return read;
}

Datum Write(Derivations derivations) {
  DatumList list;
  list.reserve(derivations.kept.size() + 1);
  list.push_back(Datum::OfInteger(derivations.count));
  for (Datum& derivation : derivations.kept) list.push_back(std::move(derivation));
  return Datum(std::move(list));
}

Datum ItemOf(const EvidenceItem& item) {
  DatumList list;
  list.push_back(Datum::OfText(item.element));
  if (item.not_found_under) {
    list.insert(list.end(), {Datum(), Datum(), Datum::OfInteger(*item.not_found_under)});
    return Datum(std::move(list));
  }
  list.emplace_back(item.fact);
  list.push_back(
      item.statement.value == 0
          ? Datum()
          : Datum::OfNode(TermId::Make(storage::TermTag::kStatement, item.statement.value)));
  return Datum(std::move(list));
}

// The facts (or their statements) with this prefix, in scope: in the order of the store, or of
// names for whom that may not be shown.
StatusOr<std::vector<storage::Quad>> ReadQuads(Permutation permutation, const KeyPrefix& prefix,
                                               const storage::ScopePtr& scope,
                                               storage::ScanRows rows, EvaluationContext* context) {
  SL_RETURN_IF_ERROR(context->Work(1));  // A scan that finds nothing costs, too.
  storage::MergedScanOptions options;
  options.rows = rows;
  SL_ASSIGN_OR_RETURN(auto scan, context->view->Scan(permutation, prefix, scope, options));
  std::vector<storage::Quad> quads;
  storage::ScanBatch batch;
  while (true) {
    SL_ASSIGN_OR_RETURN(const size_t count, scan->Next(&batch));
    if (count == 0) break;
    SL_RETURN_IF_ERROR(context->TouchFacts(count));
    for (size_t row = 0; row < count; ++row) {
      quads.push_back(
          {storage::Unpermute(
               permutation, {batch.columns[0][row], batch.columns[1][row], batch.columns[2][row]}),
           rows == storage::ScanRows::kStatements ? batch.statements[row]
                                                  : storage::StatementId{}});
    }
  }
  TermOrder* const names = context->term_order.get();
  if (names == nullptr) return quads;
  SL_RETURN_IF_ERROR(SortInSteps(
      &quads, 1,
      [names](const storage::Quad& a, const storage::Quad& b) {
        const std::strong_ordering order = CompareFacts(a.fact, b.fact, names);
        return order != 0 ? order < 0 : a.statement < b.statement;
      },
      context));
  SL_RETURN_IF_ERROR(names->status());
  return quads;
}

std::string NameOf(const BoundExpression& object, const Frame& frame) {
  if (const auto* local = std::get_if<BoundLocal>(&object.node)) return local->name;
  const auto* slot = std::get_if<BoundSlot>(&object.node);
  return slot != nullptr && slot->column < frame.slots.size() ? frame.slots[slot->column].name : "";
}

// Whether an expression that failed so was left out by the query, which has a value for the row:
// the branch of a CASE that was not taken, the right side of an AND that was settled on its left.
bool WasLeftOut(const Status& status) {
  const std::vector<Diagnostic> diagnostics = DiagnosticsOf(status);
  if (diagnostics.empty()) return false;
  const std::string& code = diagnostics.front().code;
  return code.starts_with("SL3") || code == "SL5003" || code == "SL5004";
}

// Collects the facts that an expression reads in one row.
class ExpressionEvidence {
 public:
  ExpressionEvidence(const Frame& frame, const Batch& batch, size_t row, EvaluationContext* context,
                     std::vector<EvidenceItem>* items)
      : frame_(frame), batch_(batch), row_(row), context_(context), items_(items) {}

  Status Add(const BoundExpression& expression) {
    std::vector<const BoundExpression*> pending = {&expression};
    while (!pending.empty()) {
      const BoundExpression* next = pending.back();
      pending.pop_back();
      if (const auto* check = std::get_if<BoundQuantified>(&next->node)) {
        SL_RETURN_IF_ERROR(AddItems(check->local, *check->list, check->where.get(), nullptr));
        continue;
      }
      if (const auto* list = std::get_if<BoundComprehension>(&next->node)) {
        SL_RETURN_IF_ERROR(
            AddItems(list->local, *list->list, list->where.get(), list->projection.get()));
        continue;
      }
      if (const auto* subquery = std::get_if<BoundSubquery>(&next->node)) {
        SL_RETURN_IF_ERROR(AddSubquery(*subquery));
        continue;
      }
      if (const auto* property = std::get_if<BoundProperty>(&next->node)) {
        SL_RETURN_IF_ERROR(AddProperty(*property->object, property->access));
      } else if (const auto* call = std::get_if<BoundCall>(&next->node);
                 call != nullptr && call->function->name == "contested") {
        // Its arguments are those of the property that it is asked of.
        const auto& key = std::get<BoundConstant>(call->arguments[1]->node).value;
        SL_RETURN_IF_ERROR(AddProperty(
            *call->arguments[0],
            AccessByName(key.value()->get_if<storage::Text>()->text, context_->view->catalog())));
      } else if (const auto* check = std::get_if<BoundClassCheck>(&next->node)) {
        SL_RETURN_IF_ERROR(AddClasses(*check));
      }
      const size_t first = pending.size();
      ForEachPart(*next, [&pending](const BoundExpression& part) { pending.push_back(&part); });
      std::reverse(pending.begin() + static_cast<ptrdiff_t>(first), pending.end());
    }
    return OkStatus();
  }

 private:
  // What a quantifier or comprehension reads: for its list, and of each item. `where` and
  // `projection` may be null.
  Status AddItems(uint32_t local, const BoundExpression& list, const BoundExpression* where,
                  const BoundExpression* projection) {
    SL_RETURN_IF_ERROR(Add(list));
    SL_ASSIGN_OR_RETURN(const Datum datum, ValueOf(list));
    if (datum.list() == nullptr) return OkStatus();
    for (const Datum& item : *datum.list()) {
      SL_RETURN_IF_ERROR(context_->Work(1));
      context_->SetLocal(local, item);
      if (where != nullptr) SL_RETURN_IF_ERROR(Add(*where));
      if (projection == nullptr) continue;
      if (where != nullptr) {
        SL_ASSIGN_OR_RETURN(const Datum kept, ValueOf(*where));
        const bool* is_true = kept.value() != nullptr ? kept.value()->get_if<bool>() : nullptr;
        if (is_true == nullptr || !*is_true) continue;
      }
      SL_RETURN_IF_ERROR(Add(*projection));
    }
    return OkStatus();
  }

  // What was found inside, or that nothing was: what a NOT EXISTS that holds rests on.
  Status AddSubquery(const BoundSubquery& subquery) {
    for (const auto& [local, captured] : subquery.captures) {
      SL_RETURN_IF_ERROR(Add(*captured));
      SL_ASSIGN_OR_RETURN(const Datum value, ValueOf(*captured));
      context_->SetLocal(local, value);
    }
    if (context_->subqueries == nullptr) return Internal("a subquery that nobody can run");
    const StatusOr<Datum> evidence = context_->subqueries->Evidence(subquery.index);
    if (!evidence.ok()) return WasLeftOut(evidence.status()) ? OkStatus() : evidence.status();
    const Derivations found = Read(*evidence);
    const StatusOr<Datum> value = context_->subqueries->Run(subquery.index);
    if (!value.ok()) return WasLeftOut(value.status()) ? OkStatus() : value.status();
    if (IsNothing(*value)) {
      items_->push_back({WordsOf(subquery.kind), {}, {}, context_->query_scope_index});
      return OkStatus();
    }
    for (const Datum& item : *found.kept.front().list()) {
      const DatumList& parts = *item.list();
      if (parts[1].is_null()) {
        items_->push_back({parts[0].value()->get_if<storage::Text>()->text,
                           {},
                           {},
                           static_cast<uint32_t>(*parts[3].value()->get_if<int64_t>())});
        continue;
      }
      const storage::StatementId statement{parts[2].is_null() ? 0 : parts[2].node().payload()};
      items_->push_back(
          {parts[0].value()->get_if<storage::Text>()->text, *parts[1].fact(), statement});
    }
    return OkStatus();
  }

  static std::string WordsOf(SubqueryKind kind) {
    switch (kind) {
      case SubqueryKind::kExists:
        return "EXISTS { … }";
      case SubqueryKind::kCount:
        return "COUNT { … }";
      case SubqueryKind::kCollect:
        break;
    }
    return "[(…) | …]";
  }
  // What EXISTS, COUNT or a list made of a pattern gives that has found nothing.
  static bool IsNothing(const Datum& value) {
    if (value.list() != nullptr) return value.list()->empty();
    if (value.value() == nullptr) return false;
    const bool* exists = value.value()->get_if<bool>();
    const int64_t* count = value.value()->get_if<int64_t>();
    return (exists != nullptr && !*exists) || (count != nullptr && *count == 0);
  }

  Status AddProperty(const BoundExpression& read, const PropertyAccess& access) {
    if (access.predicates.empty()) return OkStatus();
    SL_ASSIGN_OR_RETURN(const Datum object, ValueOf(read));
    if (object.node().is_none()) return OkStatus();
    const std::string element = NameOf(read, frame_) + "." + access.key;
    const uint32_t scope =
        access.identifying ? context_->base_scope_index : context_->query_scope_index;
    for (const TermId predicate : access.predicates) {
      const storage::PredicateDefinition* definition =
          context_->view->catalog().FindPredicate(predicate);
      const bool both_ways = definition != nullptr && definition->symmetric;
      for (const Permutation permutation : {Permutation::kSpo, Permutation::kOps}) {
        const bool backwards = permutation == Permutation::kOps;
        if (!both_ways && backwards != access.inverse) continue;
        SL_ASSIGN_OR_RETURN(
            std::vector<storage::Quad> quads,
            ReadQuads(permutation, KeyPrefix::Of(object.node(), predicate), context_->scopes[scope],
                      storage::ScanRows::kFacts, context_));
        for (const storage::Quad& quad : quads) AddFact(element, {quad.fact, scope});
      }
    }
    return OkStatus();
  }

  // What says of which classes and kinds the node is: its own, and the wider ones above them.
  Status AddClasses(const BoundClassCheck& check) {
    SL_ASSIGN_OR_RETURN(const Datum object, ValueOf(*check.object));
    if (object.node().is_none()) return OkStatus();
    const storage::Catalog& catalog = context_->view->catalog();
    const std::string element = NameOf(*check.object, frame_) + ":";
    std::vector<TermId> pending = {object.node()};
    std::unordered_set<TermId> seen(pending.begin(), pending.end());
    while (!pending.empty()) {
      const TermId node = pending.back();
      pending.pop_back();
      for (const std::string_view name : {storage::kInstanceOf, storage::kBroader}) {
        if (name == storage::kInstanceOf && node != object.node()) continue;
        const storage::PredicateDefinition* predicate = catalog.FindPredicate(name);
        if (predicate == nullptr) continue;
        SL_ASSIGN_OR_RETURN(std::vector<storage::Quad> quads,
                            ReadQuads(Permutation::kSpo, KeyPrefix::Of(node, predicate->id),
                                      context_->base_scope(), storage::ScanRows::kFacts, context_));
        for (const storage::Quad& quad : quads) {
          AddFact(element, {quad.fact, context_->base_scope_index});
          if (seen.insert(quad.fact.object).second) pending.push_back(quad.fact.object);
        }
      }
    }
    return OkStatus();
  }

  // Each once: a comprehension may read the same fact for every item, and a symmetric one about a
  // node and itself is found from both ends.
  void AddFact(const std::string& element, const FactDatum& fact) {
    if (told_.emplace(element, fact.fact).second) items_->push_back({element, fact, {}});
  }

  // Null when the query has left the expression out.
  StatusOr<Datum> ValueOf(const BoundExpression& expression) {
    StatusOr<Datum> value = Evaluate(expression, batch_, row_, context_);
    if (!value.ok() && WasLeftOut(value.status())) return Datum();
    return value;
  }

  const Frame& frame_;
  const Batch& batch_;
  const size_t row_;
  EvaluationContext* const context_;
  std::vector<EvidenceItem>* const items_;
  std::set<std::pair<std::string, storage::Fact>> told_;
};

StatusOr<Datum> NodeOrNull(TermId node) { return node.is_none() ? Datum() : Datum::OfNode(node); }

StatusOr<Datum> PresentStatement(storage::StatementId id, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const storage::Statement statement, context->view->GetStatement(id));
  const storage::StatementContext& said = statement.content.context;
  DatumMap map;
  map.emplace_back("statement",
                   Datum::OfNode(TermId::Make(storage::TermTag::kStatement, id.value)));
  map.emplace_back("polarity",
                   Datum::OfText(std::string(PolarityName(statement.content.polarity))));
  SL_ASSIGN_OR_RETURN(Datum claimant, NodeOrNull(said.claimant));
  map.emplace_back("claimant", std::move(claimant));
  SL_ASSIGN_OR_RETURN(Datum document, NodeOrNull(said.document));
  map.emplace_back("document", std::move(document));
  map.emplace_back(
      "quote", statement.content.quote.empty() ? Datum() : Datum::OfText(statement.content.quote));
  map.emplace_back("mode", said.mode == storage::Mode::kUnspecified
                               ? Datum()
                               : Datum::OfText(std::string(ModeName(said.mode))));
  return Datum(std::move(map));
}

Datum NothingFound(int64_t derivation, int64_t count, const DatumList& parts,
                   const EvaluationContext& context) {
  const auto scope = static_cast<size_t>(*parts[3].value()->get_if<int64_t>());
  const std::optional<storage::Revision>& known_at = context.scopes[scope]->conditions().known_at;
  DatumMap map;
  map.emplace_back("derivation", Datum::OfInteger(derivation));
  map.emplace_back("of", Datum::OfInteger(count));
  map.emplace_back("element", parts[0]);
  map.emplace_back("fact", Datum());
  map.emplace_back("disputed", Datum::OfBoolean(false));
  map.emplace_back("statements", Datum(DatumList()));
  map.emplace_back("not_found", Datum::OfBoolean(true));
  // Under AS KNOWN AT the query says itself as of when; the revision it comes to would tell how
  // many commits there were, hidden ones too.
  map.emplace_back(
      "as_of", known_at ? Datum() : Datum(storage::Value(storage::Instant{context.now_micros})));
  return Datum(std::move(map));
}

// Adds to each derivation what `find` gives for its items.
using FindItems = std::function<Status(const DatumList& items, DatumList* added)>;
Status AddToEach(DatumList* derivations, const FindItems& find) {
  for (Datum& derivation : *derivations) {
    const DatumList& items = *derivation.list();
    DatumList added;
    SL_RETURN_IF_ERROR(find(items, &added));
    if (added.empty()) continue;
    added.insert(added.begin(), items.begin(), items.end());
    derivation = Datum(std::move(added));
  }
  return OkStatus();
}

// To each derivation, the judgements by which ids of what its facts are about count as one: without
// them the facts would be about several entities, under other ids.
Status AddJudgements(DatumList* derivations, EvaluationContext* context) {
  const storage::PredicateDefinition* same_as =
      context->view->catalog().FindPredicate(storage::kSameAs);
  if (same_as == nullptr) return OkStatus();
  return AddToEach(derivations, [&](const DatumList& items, DatumList* added) -> Status {
    std::set<std::pair<const storage::IdentityMap*, TermId>> told;
    for (const Datum& item : items) {
      const FactDatum* const fact = (*item.list())[1].fact();
      if (fact == nullptr) continue;  // What was not found.
      const storage::IdentityMapPtr& identity = context->scopes[fact->scope_index]->identity();
      if (identity == nullptr) continue;
      for (const TermId end : {fact->fact.subject, fact->fact.object}) {
        const TermId canonical = identity->CanonicalOf(end);
        const std::vector<storage::Judgement>& links = identity->LinksOf(canonical);
        if (links.empty() || !told.emplace(identity.get(), canonical).second) continue;
        SL_RETURN_IF_ERROR(context->Work(links.size()));
        for (const storage::Judgement& link : links) {
          const storage::Fact judged{link.subject, same_as->id, link.object};
          added->push_back(ItemOf({.element = std::string(storage::kSameAs),
                                   .fact = {judged, fact->scope_index},
                                   .statement = link.statement}));
        }
      }
    }
    return OkStatus();
  });
}

// Finds the statements behind the items of evidence.
class FactStatements {
 public:
  explicit FactStatements(EvaluationContext* context) : context_(context) {}

  struct Found {
    std::vector<storage::StatementId> told;  // Of one statement's item, that one.
    bool asserted = false, denied = false;
  };

  // `parts` is an item, as ItemOf makes it.
  StatusOr<Found> Find(const DatumList& parts) {
    const FactDatum& fact = *parts[1].fact();
    storage::ScopePtr& scope = with_denials_[fact.scope_index];
    if (scope == nullptr) {
      SL_ASSIGN_OR_RETURN(scope, ScopeWithDenials(*context_, fact.scope_index));
    }
    SL_ASSIGN_OR_RETURN(
        const std::vector<storage::Quad> quads,
        ReadQuads(Permutation::kSpo,
                  KeyPrefix::Of(fact.fact.subject, fact.fact.predicate, fact.fact.object), scope,
                  storage::ScanRows::kStatements, context_));
    Found found;
    for (const storage::Quad& quad : quads) {
      const bool denies = scope->PolarityOf(quad.statement) == storage::Polarity::kDenies;
      (denies ? found.denied : found.asserted) = true;
      if (!parts[2].is_null() && parts[2].node().payload() != quad.statement.value) continue;
      found.told.push_back(quad.statement);
    }
    return found;
  }

 private:
  EvaluationContext* const context_;
  std::map<uint32_t, storage::ScopePtr> with_denials_;
};

// To each derivation under a scope that asks for grades, what assessors say of the sources and the
// statements that it lists: without that they would have no grade. Of every day, as only the newest
// counts, and all that is said decides which that is.
Status AddRatings(DatumList* derivations, FactStatements* facts, EvaluationContext* context) {
  const uint32_t base = context->base_scope_index;
  return AddToEach(derivations, [&](const DatumList& items, DatumList* added) -> Status {
    std::set<std::pair<TermId, std::string_view>> told;
    const auto add = [&](TermId rated, std::string_view name) -> Status {
      const storage::PredicateDefinition* grade = context->view->catalog().FindPredicate(name);
      if (rated.is_none() || grade == nullptr || !told.emplace(rated, name).second) {
        return OkStatus();
      }
      SL_ASSIGN_OR_RETURN(const std::vector<storage::Quad> quads,
                          ReadQuads(Permutation::kSpo, KeyPrefix::Of(rated, grade->id),
                                    context->scopes[base], storage::ScanRows::kFacts, context));
      for (const storage::Quad& quad : quads) {
        added->push_back(
            ItemOf({.element = std::string(name), .fact = {quad.fact, base}, .statement = {}}));
      }
      return OkStatus();
    };
    for (const Datum& item : items) {
      const DatumList& parts = *item.list();
      if (parts[1].is_null()) continue;  // What was not found.
      const storage::ScopeConditions& conditions =
          context->scopes[parts[1].fact()->scope_index]->conditions();
      if (!conditions.reliability && !conditions.credibility) continue;
      SL_ASSIGN_OR_RETURN(const FactStatements::Found found, facts->Find(parts));
      for (const storage::StatementId id : found.told) {
        SL_ASSIGN_OR_RETURN(const storage::Statement statement, context->view->GetStatement(id));
        const storage::StatementContext& said = statement.content.context;
        if (conditions.credibility) {
          SL_RETURN_IF_ERROR(
              add(TermId::Make(storage::TermTag::kStatement, id.value), storage::kCredibility));
        }
        if (!conditions.reliability || said.reliability != storage::Reliability::kUnstated) {
          continue;
        }
        for (const TermId source : {said.claimant, said.document, said.dataset}) {
          SL_RETURN_IF_ERROR(add(source, storage::kReliability));
        }
      }
    }
    return OkStatus();
  });
}

// To each derivation under a scope that asks for sources, what puts the sources of the statements
// that it lists below those that were named: without that nobody would have asked for them.
Status AddSourceOrder(DatumList* derivations, FactStatements* facts, EvaluationContext* context) {
  const storage::Catalog& catalog = context->view->catalog();
  const uint32_t base = context->base_scope_index;
  std::vector<TermId> predicates;  // Looked up when first asked for.
  return AddToEach(derivations, [&](const DatumList& items, DatumList* added) -> Status {
    std::unordered_set<TermId> seen;
    for (const Datum& item : items) {
      const DatumList& parts = *item.list();
      if (parts[1].is_null()) continue;  // What was not found.
      const auto& wanted = context->scopes[parts[1].fact()->scope_index]->conditions().sources;
      if (!wanted) continue;
      const auto is_wanted = [&wanted](TermId source) {
        return std::binary_search(wanted->begin(), wanted->end(), source);
      };
      if (predicates.empty()) predicates = SourcePredicates(catalog);
      SL_ASSIGN_OR_RETURN(const FactStatements::Found found, facts->Find(parts));
      for (const storage::StatementId id : found.told) {
        SL_ASSIGN_OR_RETURN(const storage::Statement statement, context->view->GetStatement(id));
        const storage::StatementContext& said = statement.content.context;
        std::vector<TermId> pending = {said.claimant, said.document, said.dataset};
        pending.insert(pending.end(), said.via.begin(), said.via.end());
        std::reverse(pending.begin(), pending.end());
        while (!pending.empty()) {
          const TermId source = context->scopes[base]->CanonicalOf(pending.back());
          pending.pop_back();
          if (!is_wanted(source) || !seen.insert(source).second) continue;
          for (const TermId predicate : predicates) {
            SL_ASSIGN_OR_RETURN(
                const std::vector<storage::Quad> quads,
                ReadQuads(Permutation::kSpo, KeyPrefix::Of(source, predicate),
                          context->scopes[base], storage::ScanRows::kFacts, context));
            for (const storage::Quad& quad : quads) {
              if (!is_wanted(quad.fact.object)) continue;
              const storage::PredicateDefinition* const definition =
                  catalog.FindPredicate(quad.fact.predicate);
              added->push_back(ItemOf({.element = definition != nullptr ? definition->name : "",
                                       .fact = {quad.fact, base},
                                       .statement = {}}));
              pending.push_back(quad.fact.object);
            }
          }
        }
      }
    }
    return OkStatus();
  });
}

// To each derivation all that its scope relied on beside the facts.
Status AddWhatScopesReliedOn(DatumList* derivations, FactStatements* facts,
                             EvaluationContext* context) {
  SL_RETURN_IF_ERROR(AddJudgements(derivations, context));
  SL_RETURN_IF_ERROR(AddSourceOrder(derivations, facts, context));
  return AddRatings(derivations, facts, context);
}

}  // namespace

Datum ExtendEvidence(const Datum& evidence, const std::vector<EvidenceItem>& items) {
  Derivations derivations = Read(evidence);
  DatumList added;
  added.reserve(items.size());
  for (const EvidenceItem& item : items) added.push_back(ItemOf(item));
  for (Datum& derivation : derivations.kept) {
    DatumList longer = derivation.list() != nullptr ? *derivation.list() : DatumList{};
    longer.insert(longer.end(), added.begin(), added.end());
    derivation = Datum(std::move(longer));
  }
  return Write(std::move(derivations));
}

Datum JoinEvidence(const Datum& a, const Datum& b) {
  if (b.is_null()) return a;
  if (a.is_null()) return b;
  const Derivations left = Read(a), right = Read(b);
  Derivations joined;
  const bool overflow = __builtin_mul_overflow(left.count, right.count, &joined.count);
  if (overflow) joined.count = std::numeric_limits<int64_t>::max();
  for (const Datum& first : left.kept) {
    for (const Datum& second : right.kept) {
      if (joined.kept.size() == kDerivationsKept) break;
      DatumList items = *first.list();
      items.insert(items.end(), second.list()->begin(), second.list()->end());
      joined.kept.emplace_back(std::move(items));
    }
  }
  return Write(std::move(joined));
}

Datum MergeEvidence(const Datum& a, const Datum& b) {
  Derivations merged = Read(a);
  const Derivations other = Read(b);
  merged.count += other.count;
  for (const Datum& derivation : other.kept) {
    const std::string key = IdentityKey(derivation);
    const bool known = std::any_of(merged.kept.begin(), merged.kept.end(),
                                   [&](const Datum& kept) { return IdentityKey(kept) == key; });
    if (known) {
      --merged.count;
    } else if (merged.kept.size() < kDerivationsKept) {
      merged.kept.push_back(derivation);
    }
  }
  return Write(std::move(merged));
}

void EvidenceUnion::Add(const Datum& evidence) {
  for (const Datum& derivation : Read(evidence).kept) {
    if (derivation.list() == nullptr) continue;
    for (const Datum& item : *derivation.list()) {
      std::string key = IdentityKey(item);
      const size_t bytes = key.size() + sizeof(Datum) + 64;
      if (!seen_.insert(std::move(key)).second) continue;
      bytes_ += bytes;
      items_.push_back(item);
    }
  }
}

Datum EvidenceUnion::Finish() const {
  Derivations one;
  one.kept.emplace_back(items_);
  return Write(std::move(one));
}

Status AddExpressionEvidence(const BoundExpression& expression, const Frame& frame,
                             const Batch& batch, size_t row, EvaluationContext* context,
                             std::vector<EvidenceItem>* items) {
  return ExpressionEvidence(frame, batch, row, context, items).Add(expression);
}

StatusOr<std::vector<storage::StatementId>> StatementsOf(const Datum& evidence,
                                                         EvaluationContext* context) {
  FactStatements facts(context);
  std::set<storage::StatementId> statements;
  Derivations derivations = Read(evidence);
  SL_RETURN_IF_ERROR(AddWhatScopesReliedOn(&derivations.kept, &facts, context));
  for (const Datum& derivation : derivations.kept) {
    for (const Datum& item : *derivation.list()) {
      if ((*item.list())[1].is_null()) continue;  // What was not found.
      SL_ASSIGN_OR_RETURN(const FactStatements::Found found, facts.Find(*item.list()));
      statements.insert(found.told.begin(), found.told.end());
    }
  }
  return std::vector<storage::StatementId>(statements.begin(), statements.end());
}

StatusOr<Datum> PresentEvidence(const Datum& evidence, EvaluationContext* context) {
  FactStatements facts(context);
  Derivations derivations = Read(evidence);
  SL_RETURN_IF_ERROR(AddWhatScopesReliedOn(&derivations.kept, &facts, context));
  DatumList shown;
  int64_t number = 0;
  for (const Datum& derivation : derivations.kept) {
    ++number;
    for (const Datum& item : *derivation.list()) {
      const DatumList& parts = *item.list();
      if (parts[1].is_null()) {
        shown.push_back(NothingFound(number, derivations.count, parts, *context));
        continue;
      }
      SL_ASSIGN_OR_RETURN(const FactStatements::Found found, facts.Find(parts));
      DatumList statements;
      for (const storage::StatementId id : found.told) {
        SL_ASSIGN_OR_RETURN(Datum statement, PresentStatement(id, context));
        statements.push_back(std::move(statement));
      }
      DatumMap map;
      map.emplace_back("derivation", Datum::OfInteger(number));
      map.emplace_back("of", Datum::OfInteger(derivations.count));
      map.emplace_back("element", parts[0]);
      map.emplace_back("fact", parts[1]);
      map.emplace_back("disputed", Datum::OfBoolean(found.asserted && found.denied));
      map.emplace_back("statements", Datum(std::move(statements)));
      shown.emplace_back(std::move(map));
    }
  }
  return Datum(std::move(shown));
}

}  // namespace sightline::query
