// ASSERT, DENY, RETRACT: from a pattern to what is to be written for each row.

#include <algorithm>
#include <utility>

#include "query/binder/same_expression.h"
#include "query/binder/statement_binder.h"
#include "query/binder/statement_details.h"

namespace sightline::query {
namespace {

using storage::PredicateDefinition;
using storage::TermId;
using storage::ValueType;

AssertPredicate PredicateOf(const PredicateDefinition& definition) {
  return {.id = definition.id,
          .name = definition.name,
          .domain = definition.domain,
          .range = definition.range,
          .range_types = definition.range_types};
}

}  // namespace

Status StatementBinder::MayWrite(std::string_view what, const SourceSpan& span) const {
  if (context_.transaction != nullptr) return OkStatus();
  return Error("SL7001", span, fmt::format("{} writes, and here only reading is allowed", what),
               {"send it as a writing request, or load it with `sightline load`"});
}

StatusOr<TermId> StatementBinder::InternId(const ast::Name& id) {
  if (id.text.starts_with("s/")) {
    SL_ASSIGN_OR_RETURN(const auto statement, view_.FindNode(id.text));
    if (statement.has_value()) return *statement;
    return Error("SL6005", id.span, fmt::format("there is no statement #{} you can see", id.text));
  }
  auto interned = context_.transaction->InternEntity(id.text);
  if (interned.ok()) return *interned;
  if (interned.status().code() != StatusCode::kInvalidArgument) return interned.status();
  return Error("SL6004", id.span,
               fmt::format("#{} cannot be an id: {}", id.text, MessageOf(interned.status())));
}

// None when several things or nothing has the name; then the error is the status.
StatusOr<std::optional<TermId>> StatementBinder::OneNodeNamed(std::string_view name,
                                                              const SourceSpan& span) {
  SL_ASSIGN_OR_RETURN(const auto nodes, NodesNamedOrSuggest(name, span, "SL2016"));
  if (nodes.size() == 1) return nodes.front();
  std::vector<std::string> ids;
  for (size_t i = 0; i < nodes.size() && i < kSuggestionsMax; ++i) {
    SL_ASSIGN_OR_RETURN(const std::string id, view_.ExternalIdOf(nodes[i]));
    ids.push_back("#" + id);
  }
  Diagnostic diagnostic =
      MakeError("SL2016", span,
                fmt::format("{} names {} things; what is written must be about one",
                            QuoteText(name), nodes.size()));
  OfferNames(&diagnostic, {}, ids);
  return ToStatus(std::move(diagnostic));
}

StatusOr<BoundExpressionPtr> StatementBinder::BindWritten(const ast::Expression& expression,
                                                          std::string_view place) {
  ExpressionScope scope{.bindings = &bindings_, .place = place, .interning = true};
  return BindExpression(expression, &scope);
}

Status StatementBinder::BindAssert(const ast::AssertClause& clause, const SourceSpan& span) {
  AssertPlan plan;
  plan.polarity = clause.denies ? storage::Polarity::kDenies : storage::Polarity::kAsserts;
  plan.span = span;
  // New entities get their names at the end: they do not exist for the values of this clause.
  std::vector<Binding> introduced;
  for (const ast::Pattern& pattern : clause.patterns) {
    if (pattern.selector.has_value() || pattern.cost != nullptr) {
      return Error("SL6004", pattern.span, "a path is found, not written: leave the selector out");
    }
    if (pattern.variable.has_value()) {
      return NotImplemented(pattern.variable->span, "a path variable in ASSERT or DENY");
    }
    const ast::EdgePattern* pending = nullptr;
    std::optional<uint32_t> left;
    for (const ast::PatternTerm& term : pattern.terms) {
      if (const auto* group = std::get_if<std::unique_ptr<ast::GroupPattern>>(&term)) {
        return Error("SL6004", (*group)->span, "a repeated group says nothing definite to write",
                     {"write out the steps"});
      }
      const auto* node = std::get_if<ast::NodePattern>(&term);
      const auto* edge = std::get_if<ast::EdgePattern>(&term);
      const bool expect_node = !left.has_value() || pending != nullptr;
      if ((node != nullptr) != expect_node) {
        return Error("SL4003", node != nullptr ? node->span : edge->span,
                     node != nullptr ? "two nodes stand next to one another"
                                     : "an edge must stand between two nodes",
                     {"put an edge between them, (a)-[:p]->(b), or a comma"});
      }
      if (edge != nullptr) {
        pending = edge;
        continue;
      }
      SL_ASSIGN_OR_RETURN(const uint32_t index, AddAssertNode(*node, &plan));
      if (pending != nullptr) {
        SL_RETURN_IF_ERROR(AddAssertEdge(*pending, *left, index, &plan));
        pending = nullptr;
      }
      left = index;
    }
    if (pending != nullptr) {
      return Error("SL4003", pending->span, "an edge must stand between two nodes");
    }
  }
  if (plan.facts.empty()) {
    return Error("SL6004", span,
                 fmt::format("there is no fact here to {}", clause.denies ? "deny" : "assert"),
                 {"write an edge, a class or a property: (#a)-[:p]->(#b), (#a :Class), (#a {name: "
                  "\"A\"})"});
  }
  SL_RETURN_IF_ERROR(BindClaimant(clause, span, &plan));
  for (const ast::MapEntry& entry : clause.details) {
    SL_RETURN_IF_ERROR(AddDetail(entry, &plan));
  }
  if (!clause.denies) SL_RETURN_IF_ERROR(CheckFactClasses(plan));

  const auto add = [&](Vector::Kind kind, StaticType type) {
    return frame_->Add({.name = "", .kind = kind, .type = type});
  };
  plan.statement_slot = add(Vector::Kind::kTerms, StaticType::kStatement);
  plan.facts_slot = add(Vector::Kind::kData, StaticType::kInteger);
  plan.duplicate_slot = add(Vector::Kind::kData, StaticType::kBoolean);
  columns_ = {{.name = "statement", .slot = plan.statement_slot, .type = StaticType::kStatement},
              {.name = "facts", .slot = plan.facts_slot, .type = StaticType::kInteger},
              {.name = "duplicate", .slot = plan.duplicate_slot, .type = StaticType::kBoolean}};
  plan_ = MakeOperator(LogicalAssert{std::move(plan)}, frame_, std::move(plan_));
  argument_only_ = false;
  return OkStatus();
}

StatusOr<uint32_t> StatementBinder::AddAssertNode(const ast::NodePattern& node, AssertPlan* plan) {
  const auto add = [&](AssertNode made) {
    made.span = node.span;
    plan->nodes.push_back(std::move(made));
    return static_cast<uint32_t>(plan->nodes.size() - 1);
  };
  if (node.where != nullptr) {
    return Error("SL6004", node.where->span, "a condition is no fact and cannot be written",
                 {"put MATCH … WHERE in front of the ASSERT"});
  }
  AssertNode made;
  made.text = Text(node.span);
  std::optional<uint32_t> index;
  std::optional<TermId> constant;
  if (node.id.has_value()) {
    SL_ASSIGN_OR_RETURN(constant, InternId(*node.id));
  } else if (node.quoted.has_value()) {
    SL_ASSIGN_OR_RETURN(constant, OneNodeNamed(node.quoted->text, node.quoted->span));
  } else if (node.named != nullptr) {
    if (node.named_fuzzy) return NotImplemented(node.named->span, "NAMED ~ (names that are alike)");
    if (node.variable.has_value()) {
      return Error("SL6004", node.named->span, "NAMED looks for something, and ASSERT writes",
                   {"MATCH (x NAMED …) first, or give a name with {name: …}"});
    }
    SL_ASSIGN_OR_RETURN(const Datum name, EvaluateConstant(*node.named, "NAMED"));
    const auto* text = name.value() != nullptr ? name.value()->get_if<storage::Text>() : nullptr;
    if (text == nullptr) return Error("SL3011", node.named->span, "NAMED needs a text");
    SL_ASSIGN_OR_RETURN(constant, OneNodeNamed(text->text, node.named->span));
  }
  if (constant.has_value()) {
    for (uint32_t i = 0; i < plan->nodes.size() && !index.has_value(); ++i) {
      if (plan->nodes[i].constant == constant) index = i;
    }
    made.constant = constant;
  } else if (node.variable.has_value()) {
    const std::string& name = node.variable->text;
    const Binding* bound = bindings_.Find(name);
    if (bound == nullptr) {
      // Unbound: a new entity for each row, known by this name from here on.
      made.new_slot = frame_->Add({.name = name,
                                   .kind = Vector::Kind::kTerms,
                                   .type = StaticType::kEntity,
                                   .from_pattern = true});
      bindings_.Add({.name = name,
                     .slot = *made.new_slot,
                     .type = StaticType::kEntity,
                     .kind = Vector::Kind::kTerms,
                     .from_pattern = true});
    } else {
      for (uint32_t i = 0; i < plan->nodes.size() && !index.has_value(); ++i) {
        const AssertNode& known = plan->nodes[i];
        const auto* slot =
            known.source != nullptr ? std::get_if<BoundSlot>(&known.source->node) : nullptr;
        if (known.new_slot == bound->slot || (slot != nullptr && slot->column == bound->slot)) {
          index = i;
        }
      }
      if (!index.has_value()) {
        switch (bound->type) {
          case StaticType::kFact:
          case StaticType::kPath:
          case StaticType::kList:
          case StaticType::kMap:
            return Error(
                "SL2002", node.variable->span,
                fmt::format("'{}' is a {} and cannot be a node", name, StaticTypeName(bound->type)),
                bound->type == StaticType::kFact
                    ? std::vector<std::string>{"to speak of a statement bind it with @: "
                                               "-[:p @st]->, then (st {…})"}
                    : std::vector<std::string>{});
          default:
            break;
        }
        auto source = std::make_unique<BoundExpression>();
        source->node = BoundSlot{bound->slot};
        source->type = bound->type;
        source->span = node.variable->span;
        made.source = std::move(source);
      }
    }
  }
  if (!index.has_value()) index = add(std::move(made));
  if (node.classes.has_value()) SL_RETURN_IF_ERROR(AddClassFacts(*node.classes, *index, plan));
  for (const ast::MapEntry& entry : node.properties) {
    SL_RETURN_IF_ERROR(AddPropertyFact(entry, *index, plan));
  }
  return *index;
}

Status StatementBinder::AddClassFacts(const ast::ClassTest& test, uint32_t node, AssertPlan* plan) {
  using Kind = ast::ClassTest::Kind;
  const auto not_definite = [&] {
    return Error("SL6004", test.span, "this says nothing definite that could be written",
                 {"name the class or kind: (x:Company)"});
  };
  if (test.only) return not_definite();
  TermId kind;
  switch (test.kind) {
    case Kind::kAnd:
      for (const ast::ClassTest& child : test.children) {
        SL_RETURN_IF_ERROR(AddClassFacts(child, node, plan));
      }
      return OkStatus();
    case Kind::kName: {
      const storage::ClassDefinition* definition = catalog_->FindClass(test.text);
      if (definition == nullptr) return NoSuchClass(test.text, test.span);
      kind = definition->id;
      break;
    }
    case Kind::kId: {
      SL_ASSIGN_OR_RETURN(kind, InternId({test.text, test.span}));
      break;
    }
    case Kind::kQuoted: {
      SL_ASSIGN_OR_RETURN(const auto found, OneNodeNamed(test.text, test.span));
      kind = *found;
      break;
    }
    case Kind::kParameter: {
      SL_ASSIGN_OR_RETURN(const Datum datum, ReadParameter(test.text, test.span));
      kind = datum.node();
      const auto* text =
          datum.value() != nullptr ? datum.value()->get_if<storage::Text>() : nullptr;
      if (text != nullptr) {
        const storage::ClassDefinition* definition = catalog_->FindClass(text->text);
        if (definition == nullptr) return NoSuchClass(text->text, test.span);
        kind = definition->id;
      }
      if (kind.is_none()) return not_definite();
      break;
    }
    case Kind::kAny:
    case Kind::kNot:
    case Kind::kOr:
      return not_definite();
  }
  const PredicateDefinition* instance_of = catalog_->FindPredicate(storage::kInstanceOf);
  if (instance_of == nullptr) return Internal("the catalog has no {}", storage::kInstanceOf);
  AssertFact fact;
  fact.subject = node;
  fact.predicate = PredicateOf(*instance_of);
  fact.span = test.span;
  auto object = std::make_unique<BoundExpression>();
  object->node = BoundConstant{Datum::OfNode(kind)};
  object->type = StaticType::kEntity;
  object->span = test.span;
  fact.object = std::move(object);
  plan->facts.push_back(std::move(fact));
  return OkStatus();
}

Status StatementBinder::CheckValueType(const AssertPredicate& predicate,
                                       const BoundExpression& value, std::string_view text) const {
  if (predicate.range.empty() && predicate.range_types.empty()) return OkStatus();  // Anything.
  if (const auto* list = std::get_if<BoundList>(&value.node)) {
    for (const BoundExpressionPtr& item : list->items) {
      SL_RETURN_IF_ERROR(CheckValueType(predicate, *item, Text(item->span)));
    }
    return OkStatus();
  }
  if (value.type == StaticType::kAny || value.type == StaticType::kNull ||
      value.type == StaticType::kList) {
    return OkStatus();  // Checked row by row.
  }
  const auto takes = [&](ValueType type) {
    return std::find(predicate.range_types.begin(), predicate.range_types.end(), type) !=
           predicate.range_types.end();
  };
  const bool is_node = value.type == StaticType::kEntity || value.type == StaticType::kStatement;
  bool fits = is_node && (!predicate.range.empty() || takes(ValueType::kNode));
  for (ValueType type : predicate.range_types) fits |= StaticTypeOf(type) == value.type;
  if (value.type == StaticType::kInteger) {
    fits |= takes(ValueType::kDecimal) || takes(ValueType::kDouble);
  }
  if (value.type == StaticType::kDecimal) fits |= takes(ValueType::kDouble);
  if (value.type == StaticType::kDouble) fits |= takes(ValueType::kDecimal);
  if (fits) return OkStatus();
  return ToStatus(WrongValue(predicate.name, ListOf(predicate.range, predicate.range_types),
                             predicate.range_types, value, text));
}

Status StatementBinder::AddPropertyFact(const ast::MapEntry& entry, uint32_t node,
                                        AssertPlan* plan) {
  bool inverse = false;
  const PredicateDefinition* definition = FindProperty(entry.key.text, &inverse);
  if (definition == nullptr) return NoSuchPredicate(entry.key.text, entry.key.span, "SL2012");
  AssertFact fact;
  fact.subject = node;
  fact.predicate = PredicateOf(*definition);
  fact.reversed = inverse;
  fact.span = SourceSpan::Joining(entry.key.span, entry.value->span);
  SL_ASSIGN_OR_RETURN(fact.object, BindWritten(*entry.value, "a fact"));
  if (!inverse) {
    ReadYear(*definition, fact.object.get());
    SL_RETURN_IF_ERROR(CheckValueType(fact.predicate, *fact.object, Text(entry.value->span)));
  }
  plan->facts.push_back(std::move(fact));
  return OkStatus();
}

Status StatementBinder::AddAssertEdge(const ast::EdgePattern& edge, uint32_t left, uint32_t right,
                                      AssertPlan* plan) {
  using Kind = ast::ClassTest::Kind;
  if (edge.hops.has_value()) {
    return Error("SL6004", edge.hops->span,
                 "a chain of several steps says nothing definite to write",
                 {"write out the steps"});
  }
  if (edge.variable.has_value()) {
    return NotImplemented(edge.variable->span, "an edge variable in ASSERT or DENY");
  }
  if (edge.statement_variable.has_value()) {
    return NotImplemented(edge.statement_variable->span, "a statement variable in ASSERT or DENY");
  }
  if (edge.where != nullptr) {
    return Error("SL6004", edge.where->span, "a condition is no fact and cannot be written",
                 {"put MATCH … WHERE in front of the ASSERT"});
  }
  if (!edge.predicates.has_value()) {
    return Error("SL6004", edge.span, "the edge needs a predicate to be written",
                 {"write -[:predicate]->"});
  }
  const ast::ClassTest& test = *edge.predicates;
  if (test.kind != Kind::kName && test.kind != Kind::kId && test.kind != Kind::kParameter) {
    return Error("SL6004", test.span, "one predicate must be named to be written",
                 {"write -[:predicate]->"});
  }
  SL_ASSIGN_OR_RETURN(const ResolvedPredicates resolved, ResolvePredicates(test));
  const auto& named = resolved.named.front();
  if (edge.direction == ast::Direction::kEither && !named.definition->symmetric) {
    return Error("SL6004", edge.span,
                 fmt::format("'{}' needs a direction to be written", named.definition->name),
                 {"write -[:…]-> or <-[:…]-"});
  }
  const bool forwards = (edge.direction != ast::Direction::kLeft) != named.inverse;
  AssertFact fact;
  fact.subject = forwards ? left : right;
  fact.object_node = forwards ? right : left;
  fact.predicate = PredicateOf(*named.definition);
  fact.span = edge.span;
  // A node that is certainly one, where only values can stand.
  const AssertNode& object = plan->nodes[*fact.object_node];
  const bool is_value_variable = object.source != nullptr &&
                                 object.source->type != StaticType::kEntity &&
                                 object.source->type != StaticType::kStatement;
  if (named.definition->attribute_only() && !is_value_variable) {
    const auto& types = fact.predicate.range_types;
    if (std::find(types.begin(), types.end(), ValueType::kNode) == types.end()) {
      return Error("SL3022", object.span,
                   fmt::format("'{}' takes {}, and {} is ENTITY", named.definition->name,
                               ListOf({}, types), object.text),
                   {fmt::format("write the value in braces: ({{{}: …}})",
                                QuoteName(named.definition->name))});
    }
  }
  plan->facts.push_back(std::move(fact));
  for (const ast::MapEntry& entry : edge.properties) {
    SL_RETURN_IF_ERROR(AddQualifier(entry, plan));
  }
  return OkStatus();
}

Status StatementBinder::AddQualifier(const ast::MapEntry& entry, AssertPlan* plan) {
  const PredicateDefinition* definition = catalog_->FindPredicate(entry.key.text);
  if (definition == nullptr) {
    if (std::find(kStatementDetails.begin(), kStatementDetails.end(), entry.key.text) !=
        kStatementDetails.end()) {
      return Error(
          "SL2017", entry.key.span,
          fmt::format("'{}' is said of the whole statement, not of an edge", entry.key.text),
          {fmt::format("put it into the braces behind the source: ACCORDING TO … {{{}: …}}",
                       entry.key.text)});
    }
    return NoSuchPredicate(entry.key.text, entry.key.span, "SL2012");
  }
  AssertDetail detail;
  detail.key = entry.key.text;
  detail.predicate = PredicateOf(*definition);
  detail.span = SourceSpan::Joining(entry.key.span, entry.value->span);
  SL_ASSIGN_OR_RETURN(detail.value, BindWritten(*entry.value, "a detail"));
  ReadYear(*definition, detail.value.get());
  SL_RETURN_IF_ERROR(CheckValueType(*detail.predicate, *detail.value, Text(entry.value->span)));
  plan->details.push_back(std::move(detail));
  return OkStatus();
}

Status StatementBinder::AddDetail(const ast::MapEntry& entry, AssertPlan* plan) {
  const std::string& key = entry.key.text;
  if (std::find(kStatementDetails.begin(), kStatementDetails.end(), key) ==
      kStatementDetails.end()) {
    if (catalog_->FindPredicate(key) != nullptr) return AddQualifier(entry, plan);
    Diagnostic diagnostic = MakeError(
        "SL2017", entry.key.span,
        fmt::format("a statement has no detail '{}', and there is no such predicate", key));
    std::vector<std::string> names(kStatementDetails.begin(), kStatementDetails.end());
    for (const auto& [name, definition] : catalog_->predicates()) names.push_back(name);
    std::vector<std::string> close = ClosestNames(key, std::move(names));
    for (std::string& candidate : close) candidate = QuoteName(candidate);
    OfferNames(&diagnostic, PlaceOfName(context_.text, entry.key.span, key), close);
    return ToStatus(std::move(diagnostic));
  }
  const bool again = std::any_of(plan->details.begin(), plan->details.end(), [&](const auto& d) {
    return !d.predicate.has_value() && d.key == key;
  });
  if (again) {
    return Error("SL6004", entry.key.span, fmt::format("'{}' is said twice", key),
                 {"keep one of the two, or write a list where several are meant"});
  }
  if (key == "valid" && !plan->valid.undated()) {
    return Error("SL6004", entry.key.span, "AS OF or DURING says already when it held",
                 {"keep one of the two"});
  }
  AssertDetail detail;
  detail.key = key;
  detail.span = SourceSpan::Joining(entry.key.span, entry.value->span);
  SL_ASSIGN_OR_RETURN(detail.value, BindWritten(*entry.value, "a detail"));
  plan->details.push_back(std::move(detail));
  return OkStatus();
}

// Who says it and when it held: from the clause, else from the head of the query.
Status StatementBinder::BindClaimant(const ast::AssertClause& clause, const SourceSpan& span,
                                     AssertPlan* plan) {
  bool valid_said = false;
  for (const std::vector<ast::ScopeItem>* items : {&clause.scope, head_items_}) {
    const bool head = items != &clause.scope;
    bool source_here = false;
    bool valid_here = false;
    for (const ast::ScopeItem& item : *items) {
      if (const auto* according = std::get_if<ast::AccordingTo>(&item.item)) {
        if (plan->claimant != nullptr && !source_here) continue;  // The clause's own comes first.
        if (according->negated) {
          if (head) continue;  // Of what is read.
          return Error("SL6004", item.span, "NOT ACCORDING TO does not say who says it");
        }
        if (source_here || according->sources.size() != 1) {
          return Error("SL6004", item.span, "a statement has one source",
                       {"write one ASSERT for each source"});
        }
        source_here = true;
        const ast::Expression& source = *according->sources[0];
        plan->claimant_span = source.span;
        SL_ASSIGN_OR_RETURN(plan->claimant, BindWritten(source, "ACCORDING TO"));
        const auto* constant = std::get_if<BoundConstant>(&plan->claimant->node);
        const auto* text = constant != nullptr && constant->value.value() != nullptr
                               ? constant->value.value()->get_if<storage::Text>()
                               : nullptr;
        if (text != nullptr) {
          SL_ASSIGN_OR_RETURN(const auto node, OneNodeNamed(text->text, source.span));
          plan->claimant->node = BoundConstant{Datum::OfNode(*node)};
          plan->claimant->type = StaticType::kEntity;
        } else if (plan->claimant->type != StaticType::kEntity &&
                   plan->claimant->type != StaticType::kStatement &&
                   plan->claimant->type != StaticType::kAny) {
          return Error(
              "SL6004", source.span,
              fmt::format("a source is an entity, not {}", StaticTypeName(plan->claimant->type)));
        }
      } else if (std::holds_alternative<ast::ValidAt>(item.item) ||
                 std::holds_alternative<ast::ValidDuring>(item.item)) {
        if (valid_said && !valid_here) continue;
        if (valid_here) {
          return Error("SL6004", item.span, "this says again when it held",
                       {"keep one of the two"});
        }
        valid_here = valid_said = true;
        SL_ASSIGN_OR_RETURN(plan->valid, BindValid(item));
      } else if (!head) {
        return Error("SL6004", item.span,
                     "this chooses among statements; it says nothing of a new one",
                     {"behind ASSERT and DENY stand the source (ACCORDING TO), the time (AS OF, "
                      "DURING) and braces"});
      }
    }
  }
  if (plan->claimant != nullptr) return OkStatus();
  return Error("SL6001", span, "nobody says this: every statement names its source",
               {"add ACCORDING TO and who says it, e.g. ACCORDING TO #org/agency"});
}

StatusOr<std::vector<std::string>> StatementBinder::VisibleClasses(TermId node) {
  std::vector<std::string> classes;
  const PredicateDefinition* instance_of = catalog_->FindPredicate(storage::kInstanceOf);
  if (instance_of == nullptr) return classes;
  SL_ASSIGN_OR_RETURN(auto scan,
                      view_.Scan(storage::Permutation::kSpo,
                                 storage::KeyPrefix::Of(node, instance_of->id), base_scope_));
  storage::ScanBatch batch;
  for (;;) {
    SL_ASSIGN_OR_RETURN(const size_t rows, scan->Next(&batch));
    if (rows == 0) return classes;
    for (size_t row = 0; row < rows; ++row) {
      const storage::ClassDefinition* definition = catalog_->FindClass(batch.columns[2][row]);
      // An instance of a kind may be of any class.
      if (definition == nullptr) return std::vector<std::string>{};
      classes.push_back(definition->name);
    }
  }
}

// A fact is refused for its classes only when all classes known of a node -- from this ASSERT and
// from what the writer can see -- exclude every class that the predicate allows there.
Status StatementBinder::CheckFactClasses(const AssertPlan& plan) {
  std::vector<std::vector<std::string>> classes(plan.nodes.size());
  for (size_t i = 0; i < plan.nodes.size(); ++i) {
    if (!plan.nodes[i].constant.has_value()) continue;
    SL_ASSIGN_OR_RETURN(classes[i], VisibleClasses(*plan.nodes[i].constant));
  }
  const auto constant_of = [](const BoundExpressionPtr& expression) {
    const auto* constant =
        expression != nullptr ? std::get_if<BoundConstant>(&expression->node) : nullptr;
    return constant != nullptr ? constant->value.node() : TermId{};
  };
  for (const AssertFact& fact : plan.facts) {
    if (fact.predicate.name != storage::kInstanceOf) continue;
    const auto* definition = catalog_->FindClass(constant_of(fact.object));
    if (definition != nullptr) classes[fact.subject].push_back(definition->name);
  }
  // Known classes, none of which can go together with an allowed one.
  const auto excluded = [&](const std::vector<std::string>& known,
                            const std::vector<std::string>& allowed) {
    return !known.empty() && !allowed.empty() &&
           std::none_of(known.begin(), known.end(), [&](const std::string& name) {
             return CompatibleWithOneOf({name}, allowed);
           });
  };
  const auto wrong = [&](const AssertFact& fact, std::string_view end, const std::string& text,
                         const std::string& known, const std::vector<std::string>& allowed) {
    return Error("SL3023", fact.span,
                 fmt::format("'{}' goes {} {}, and {} is of class {}", fact.predicate.name, end,
                             ListOf(allowed, {}), text, known),
                 {"reverse the edge, or widen the predicate: DEFINE PREDICATE … FROM … TO …"});
  };
  for (const AssertFact& fact : plan.facts) {
    if (fact.predicate.name == storage::kInstanceOf || fact.reversed) continue;
    const auto& subject = classes[fact.subject];
    if (excluded(subject, fact.predicate.domain)) {
      return wrong(fact, "from", plan.nodes[fact.subject].text, subject.front(),
                   fact.predicate.domain);
    }
    std::vector<std::string> object;
    std::string text;
    if (fact.object_node.has_value()) {
      object = classes[*fact.object_node];
      text = plan.nodes[*fact.object_node].text;
    } else if (const TermId node = constant_of(fact.object); node.is_entity()) {
      SL_ASSIGN_OR_RETURN(object, VisibleClasses(node));
      text = Text(fact.object->span);
    }
    if (excluded(object, fact.predicate.range)) {
      return wrong(fact, "to", text, object.front(), fact.predicate.range);
    }
  }
  return OkStatus();
}

Status StatementBinder::BindRetract(const ast::RetractClause& clause, const SourceSpan& span) {
  RetractPlan plan;
  plan.span = span;
  for (const ast::ExpressionPtr& statement : clause.statements) {
    if (const auto* id = std::get_if<ast::IdLiteral>(&statement->node)) {
      // What is not there cannot be taken back; nothing is interned for it.
      SL_ASSIGN_OR_RETURN(const auto node, view_.FindNode(id->external_id));
      if (!node.has_value()) {
        return Error("SL6005", statement->span,
                     fmt::format("there is no statement #{} you can see", id->external_id));
      }
      if (!node->is_statement()) {
        return Error(
            "SL3011", statement->span,
            fmt::format("#{} is an entity: only statements are retracted", id->external_id),
            {"bind the statement with @: MATCH (a)-[:p @st]->(b) RETRACT st BECAUSE …"});
      }
    }
    ExpressionScope scope{.bindings = &bindings_, .place = "RETRACT"};
    SL_ASSIGN_OR_RETURN(BoundExpressionPtr bound, BindExpression(*statement, &scope));
    switch (bound->type) {
      case StaticType::kStatement:
      case StaticType::kList:
      case StaticType::kAny:
      case StaticType::kNull:
        break;
      case StaticType::kFact:
        return Error("SL3011", statement->span, "a fact is not retracted, its statements are",
                     {"bind the statement with @: MATCH (a)-[:p @st]->(b) RETRACT st BECAUSE …"});
      default:
        return Error("SL3011", statement->span,
                     fmt::format("only statements are retracted, and this is {}",
                                 StaticTypeName(bound->type)),
                     {"bind the statement with @: MATCH (a)-[:p @st]->(b) RETRACT st BECAUSE …"});
    }
    plan.statements.push_back(std::move(bound));
  }
  ExpressionScope scope{.bindings = &bindings_, .place = "BECAUSE"};
  if (clause.reason == nullptr) {
    return Error("SL6002", span, "a retraction says why", {"add BECAUSE \"the reason\""});
  }
  SL_ASSIGN_OR_RETURN(plan.reason, BindExpression(*clause.reason, &scope));
  if (const auto* constant = std::get_if<BoundConstant>(&plan.reason->node)) {
    const auto* text = constant->value.value() != nullptr
                           ? constant->value.value()->get_if<storage::Text>()
                           : nullptr;
    if (text == nullptr || text->text.find_first_not_of(" \t\n") == std::string::npos) {
      return Error("SL6002", clause.reason->span, "a retraction says why, in words",
                   {"write BECAUSE \"the reason\""});
    }
  }
  plan.count_slot =
      frame_->Add({.name = "", .kind = Vector::Kind::kData, .type = StaticType::kInteger});
  columns_ = {{.name = "retracted", .slot = plan.count_slot, .type = StaticType::kInteger}};
  plan_ = MakeOperator(LogicalRetract{std::move(plan)}, frame_, std::move(plan_));
  argument_only_ = false;
  return OkStatus();
}

}  // namespace sightline::query
