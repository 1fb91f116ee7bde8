// DEFINE, DROP, SHOW, DESCRIBE.

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <utility>

#include "query/binder/statement_binder.h"

namespace sightline::query {
namespace {

using storage::ValueType;

constexpr ValueType kRangeTypes[] = {
    ValueType::kBoolean,  ValueType::kInteger,    ValueType::kDecimal, ValueType::kDouble,
    ValueType::kText,     ValueType::kDate,       ValueType::kInstant, ValueType::kMoney,
    ValueType::kQuantity, ValueType::kPercentage, ValueType::kGeoPoint};

// The value type that a word of FROM ... TO ... names. Other words for the same are taken as well.
std::optional<ValueType> ParseValueType(std::string_view word) {
  std::string upper(word);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  // A class is written in mixed case: Date is a class, DATE a type.
  if (upper != word) return std::nullopt;
  for (ValueType type : kRangeTypes) {
    if (storage::ValueTypeName(type) == word) return type;
  }
  if (word == "PERCENT" || word == "PERCENTAGE") return ValueType::kPercentage;
  if (word == "GEO" || word == "GEOPOINT" || word == "GEO_POINT" || word == "POINT") {
    return ValueType::kGeoPoint;
  }
  if (word == "TEXT" || word == "STRING") return ValueType::kText;
  if (word == "FLOAT" || word == "DOUBLE") return ValueType::kDouble;
  if (word == "INSTANT" || word == "DATETIME") return ValueType::kInstant;
  if (word == "BOOL") return ValueType::kBoolean;
  if (word == "INT") return ValueType::kInteger;
  return std::nullopt;
}

}  // namespace

Status StatementBinder::BindLabelAndNote(const std::vector<ast::MapEntry>& details,
                                         std::string* label, std::string* note) {
  for (const ast::MapEntry& entry : details) {
    std::string* target = entry.key.text == "label"  ? label
                          : entry.key.text == "note" ? note
                                                     : nullptr;
    if (target == nullptr) {
      Diagnostic diagnostic = MakeError(
          "SL2017", entry.key.span, fmt::format("a definition has no detail '{}'", entry.key.text));
      OfferNames(&diagnostic, PlaceOfName(context_.text, entry.key.span, entry.key.text),
                 ClosestNames(entry.key.text, {"label", "note"}));
      if (diagnostic.labels.empty()) diagnostic.help.push_back("it may have a label and a note");
      return ToStatus(std::move(diagnostic));
    }
    SL_ASSIGN_OR_RETURN(const Datum value, EvaluateConstant(*entry.value, "a definition"));
    const auto* text = value.value() != nullptr ? value.value()->get_if<storage::Text>() : nullptr;
    if (text == nullptr) {
      return Error("SL3011", entry.value->span, fmt::format("'{}' is a text", entry.key.text));
    }
    *target = text->text;
  }
  return OkStatus();
}

StatusOr<BoundDefineClass> StatementBinder::BindDefineClass(const ast::DefineClass& define,
                                                            const SourceSpan& span) {
  SL_RETURN_IF_ERROR(MayWrite("DEFINE CLASS", span));
  SL_ASSIGN_OR_RETURN(base_scope_, view_.Resolve({}));
  BoundDefineClass bound;
  bound.definition.name = define.name.text;
  for (const ast::Name& parent : define.parents) {
    if (catalog_->FindClass(parent.text) == nullptr && parent.text != define.name.text) {
      return NoSuchClass(parent.text, parent.span);
    }
    bound.definition.parents.push_back(parent.text);
  }
  SL_RETURN_IF_ERROR(
      BindLabelAndNote(define.details, &bound.definition.label, &bound.definition.note));
  const Status checked = CheckDefinition(*catalog_, bound.definition);
  if (!checked.ok()) return WithPlace(checked, "SL4011", define.name.span);
  return bound;
}

StatusOr<BoundDefinePredicate> StatementBinder::BindDefinePredicate(
    const ast::DefinePredicate& define, const SourceSpan& span) {
  SL_RETURN_IF_ERROR(MayWrite("DEFINE PREDICATE", span));
  SL_ASSIGN_OR_RETURN(base_scope_, view_.Resolve({}));
  BoundDefinePredicate bound;
  storage::PredicateDefinition& definition = bound.definition;
  definition.name = define.name.text;

  // The names of FROM or TO. % anywhere among them is anything.
  const auto names_of = [&](const ast::ClassTest& test, std::vector<std::string>* classes,
                            std::vector<ValueType>* types) -> Status {
    using Kind = ast::ClassTest::Kind;
    bool anything = false;
    std::vector<const ast::ClassTest*> pending = {&test};
    while (!pending.empty()) {
      const ast::ClassTest* next = pending.back();
      pending.pop_back();
      if (next->kind == Kind::kOr) {
        for (auto child = next->children.rbegin(); child != next->children.rend(); ++child) {
          pending.push_back(&*child);
        }
      } else if (next->kind == Kind::kAny) {
        anything = true;
      } else if (next->kind == Kind::kName && !next->only) {
        const auto type = types != nullptr ? ParseValueType(next->text) : std::nullopt;
        if (catalog_->FindClass(next->text) != nullptr) {
          classes->push_back(next->text);
        } else if (type.has_value()) {
          types->push_back(*type);
        } else {
          return NoSuchClass(next->text, next->span);
        }
      } else {
        return Error("SL4011", next->span, "FROM and TO take classes and types by name",
                     {"write FROM Person|Organization TO STRING, or % for anything"});
      }
    }
    if (anything) {
      classes->clear();
      if (types != nullptr) types->clear();
    }
    return OkStatus();
  };
  SL_RETURN_IF_ERROR(names_of(define.domain, &definition.domain, nullptr));
  SL_RETURN_IF_ERROR(names_of(define.range, &definition.range, &definition.range_types));
  definition.cardinality = define.cardinality == ast::DefinePredicate::Cardinality::kOne
                               ? storage::Cardinality::kOne
                               : storage::Cardinality::kMany;
  definition.symmetric = define.symmetric;
  definition.transitive = define.transitive;
  if (define.inverse.has_value()) definition.inverse = define.inverse->text;
  for (const ast::Name& parent : define.parents) {
    if (catalog_->FindPredicate(parent.text) == nullptr && parent.text != define.name.text) {
      return NoSuchPredicate(parent.text, parent.span, "SL2012");
    }
    definition.parents.push_back(parent.text);
  }
  SL_RETURN_IF_ERROR(BindLabelAndNote(define.details, &definition.label, &definition.note));
  const Status checked = CheckDefinition(*catalog_, definition);
  if (!checked.ok()) return WithPlace(checked, "SL4011", define.name.span);
  return bound;
}

// --- Stored queries and defined edges

namespace {

std::vector<ast::Name> CallsIn(const ast::Query& query) {
  std::vector<ast::Name> calls;
  for (const ast::LinearQuery& part : query.parts) {
    for (const ast::Clause& clause : part.clauses) {
      const auto* call = std::get_if<ast::CallClause>(&clause.node);
      if (call != nullptr) calls.push_back(call->procedure);
    }
  }
  return calls;
}

// A place within a text that begins at `start` of another one.
void Shift(const SourceSpan& start, SourceSpan* span) {
  if (span->line == 1) span->column += start.column - 1;
  span->line += start.line - 1;
  span->begin += start.begin;
  span->end += start.begin;
}

}  // namespace

Status StatementBinder::BindStoredDetails(const std::vector<ast::MapEntry>& details,
                                          storage::StoredDefinition* definition) {
  SL_ASSIGN_OR_RETURN(base_scope_, view_.Resolve({}));
  for (const ast::MapEntry& entry : details) {
    const std::string& key = entry.key.text;
    if (key != "note" && key != "marking" && key != "access") {
      Diagnostic diagnostic = MakeError("SL2017", entry.key.span,
                                        fmt::format("a stored definition has no detail '{}'", key));
      OfferNames(&diagnostic, PlaceOfName(context_.text, entry.key.span, key),
                 ClosestNames(key, {"note", "marking", "access"}));
      if (diagnostic.labels.empty()) {
        diagnostic.help.push_back("it may have a note, a marking and an access expression");
      }
      return ToStatus(std::move(diagnostic));
    }
    SL_ASSIGN_OR_RETURN(const Datum value, EvaluateConstant(*entry.value, "a definition"));
    const auto* text = value.value() != nullptr ? value.value()->get_if<storage::Text>() : nullptr;
    if (text == nullptr) {
      return Error("SL3011", entry.value->span, fmt::format("'{}' is a text", key));
    }
    if (key == "note") {
      definition->note = text->text;
    } else if (key == "access") {
      definition->marking.access = text->text;
    } else if (const auto label = storage::ParseTlpLabel(text->text); label.has_value()) {
      definition->marking.tlp = *label;
    } else {
      return Error("SL6003", entry.value->span, "'marking' is a TLP label",
                   {"TLP:CLEAR, TLP:GREEN, TLP:AMBER, TLP:AMBER+STRICT or TLP:RED; `access` takes "
                    "an access expression"});
    }
  }
  return OkStatus();
}

Status StatementBinder::TryDefinition(const storage::StoredDefinition& definition,
                                      const SourceSpan& span) {
  const Origin origin{definition.name,
                      [span](Diagnostic* diagnostic) {
                        if (diagnostic->span.empty()) {
                          diagnostic->span = span;
                          return;
                        }
                        Shift(span, &diagnostic->span);
                        for (Label& label : diagnostic->labels) Shift(span, &label.span);
                        for (Edit& edit : diagnostic->edits) Shift(span, &edit.span);
                      },
                      true};
  return BindInner(definition, origin, {}, {}).status();
}

Status StatementBinder::CheckCalls(const ast::DefineQuery& define) {
  for (const ast::Name& first : CallsIn(define.query)) {
    std::vector<std::string> pending = {first.text};
    std::set<std::string> seen;
    while (!pending.empty()) {
      const std::string name = std::move(pending.back());
      pending.pop_back();
      if (name == define.name.text) {
        return Error(
            "SL4010", first.span,
            fmt::format("a stored query cannot call itself: '{}' calls '{}'{}", define.name.text,
                        first.text, first.text == name ? "" : ", and that comes back to it"));
      }
      if (!seen.insert(name).second || !context_.parse) continue;
      const storage::StoredDefinition* stored = catalog_->FindQuery(name, view_.clearance());
      if (stored == nullptr) continue;
      const StatusOr<ast::Script> script = context_.parse(stored->text);
      if (!script.ok() || script->statements.empty()) continue;
      const auto* called = std::get_if<ast::DefineQuery>(&script->statements.front().node);
      if (called == nullptr) continue;
      for (ast::Name& next : CallsIn(called->query)) pending.push_back(std::move(next.text));
    }
  }
  return OkStatus();
}

StatusOr<BoundDefineStored> StatementBinder::BindDefineQuery(const ast::DefineQuery& define,
                                                             const SourceSpan& span) {
  SL_RETURN_IF_ERROR(MayWrite("DEFINE QUERY", span));
  BoundDefineStored bound;
  storage::StoredDefinition& definition = bound.definition;
  definition.kind = storage::StoredDefinition::Kind::kQuery;
  definition.name = define.name.text;
  definition.text = Text(span);
  for (const ast::Parameter& parameter : define.parameters) {
    const auto& names = definition.parameters;
    if (std::find(names.begin(), names.end(), parameter.name) != names.end()) {
      return Error("SL2002", parameter.span,
                   fmt::format("there are two parameters ${}", parameter.name));
    }
    definition.parameters.push_back(parameter.name);
  }
  for (const ast::Parameter& used : define.used) {
    const auto& names = definition.parameters;
    if (std::find(names.begin(), names.end(), used.name) != names.end()) continue;
    Diagnostic diagnostic = MakeError(
        "SL2014", used.span,
        fmt::format("${} is none of the parameters of '{}'", used.name, define.name.text));
    std::vector<std::string> close = ClosestNames(used.name, names);
    for (std::string& candidate : close) candidate = "$" + QuoteName(candidate);
    OfferNames(&diagnostic, used.span, close);
    if (close.empty()) {
      diagnostic.help.push_back(
          fmt::format("write {}(${})", QuoteName(define.name.text), used.name));
    }
    return ToStatus(std::move(diagnostic));
  }
  SL_RETURN_IF_ERROR(BindStoredDetails(define.details, &definition));
  const Status checked = CheckDefinition(*catalog_, definition);
  if (!checked.ok()) return WithPlace(checked, "SL4011", define.name.span);
  SL_RETURN_IF_ERROR(CheckCalls(define));
  for (const ast::LinearQuery& part : define.query.parts) {
    for (const ast::Clause& clause : part.clauses) {
      const bool writes = std::holds_alternative<ast::AssertClause>(clause.node) ||
                          std::holds_alternative<ast::RetractClause>(clause.node);
      if (writes) return Error("SL4011", clause.span, "a stored query only reads");
    }
  }
  // What a parameter stands for, a class or a number of steps, say, is known only when it is
  // called.
  if (definition.parameters.empty()) SL_RETURN_IF_ERROR(TryDefinition(definition, span));
  return bound;
}

StatusOr<BoundDefineStored> StatementBinder::BindDefineEdge(const ast::DefineEdge& define,
                                                            const SourceSpan& span) {
  SL_RETURN_IF_ERROR(MayWrite("DEFINE", span));
  const auto& test = define.edge.predicates;
  if (!test.has_value() || test->kind != ast::ClassTest::Kind::kName || test->only) {
    return Error("SL4011", define.edge.span, "a defined edge needs one name",
                 {"write DEFINE (a)-[:edge]->(b) AS MATCH …"});
  }
  BoundDefineStored bound;
  storage::StoredDefinition& definition = bound.definition;
  definition.kind = storage::StoredDefinition::Kind::kEdge;
  definition.name = test->text;
  definition.text = Text(span);
  SL_RETURN_IF_ERROR(BindStoredDetails(define.details, &definition));
  const Status checked = CheckDefinition(*catalog_, definition);
  if (!checked.ok()) return WithPlace(checked, "SL4011", test->span);
  SL_RETURN_IF_ERROR(TryDefinition(definition, span));
  return bound;
}

// --- DROP

Status StatementBinder::CheckUnused(storage::TermId term,
                                    std::initializer_list<storage::Permutation> places,
                                    const ast::DropDefinition& drop) const {
  storage::ScopeConditions all;
  all.dispute_rule = storage::DisputeRule::kIncludingDenied;
  SL_ASSIGN_OR_RETURN(const storage::ScopePtr scope, view_.Resolve(all));
  for (const storage::Permutation place : places) {
    SL_ASSIGN_OR_RETURN(auto scan, view_.Scan(place, storage::KeyPrefix::Of(term), scope));
    storage::ScanBatch batch;
    SL_ASSIGN_OR_RETURN(const size_t count, scan->Next(&batch));
    if (count == 0) continue;
    return Error("SL4018", drop.name.span,
                 fmt::format("'{}' is in use: there are facts with it", drop.name.text),
                 {"retract their statements first"});
  }
  return OkStatus();
}

StatusOr<BoundDrop> StatementBinder::BindDrop(const ast::DropDefinition& drop,
                                              const SourceSpan& span) {
  using Kind = ast::DropDefinition::Kind;
  using Dropped = storage::DroppedDefinition::Kind;
  using storage::Permutation;
  SL_RETURN_IF_ERROR(MayWrite("DROP", span));
  const std::string& name = drop.name.text;
  SL_ASSIGN_OR_RETURN(base_scope_, view_.Resolve({}));
  // With the close names of what is stored and can be seen.
  const auto no_such = [&](Diagnostic diagnostic, storage::StoredDefinition::Kind kind) {
    std::vector<std::string> names;
    for (const auto* stored : catalog_->StoredOf(kind, view_.clearance())) {
      names.push_back(stored->name);
    }
    std::vector<std::string> close = ClosestNames(name, std::move(names));
    for (std::string& candidate : close) candidate = QuoteName(candidate);
    OfferNames(&diagnostic, PlaceOfName(context_.text, drop.name.span, name), close);
    return ToStatus(std::move(diagnostic));
  };
  switch (drop.kind) {
    case Kind::kClass: {
      const storage::ClassDefinition* definition = catalog_->FindClass(name);
      if (definition == nullptr) return NoSuchClass(name, drop.name.span);
      const Status checked = CheckDrop(*catalog_, Dropped::kClass, name);
      if (!checked.ok()) return WithPlace(checked, "SL4018", drop.name.span);
      SL_RETURN_IF_ERROR(CheckUnused(definition->id, {Permutation::kSpo, Permutation::kOps}, drop));
      break;
    }
    case Kind::kPredicate: {
      const storage::PredicateDefinition* definition = catalog_->FindPredicate(name);
      if (definition == nullptr) return NoSuchPredicate(name, drop.name.span, "SL2012");
      const Status checked = CheckDrop(*catalog_, Dropped::kPredicate, name);
      if (!checked.ok()) return WithPlace(checked, "SL4018", drop.name.span);
      SL_RETURN_IF_ERROR(CheckUnused(
          definition->id, {Permutation::kPso, Permutation::kSpo, Permutation::kOps}, drop));
      break;
    }
    case Kind::kQuery:
      if (catalog_->FindQuery(name, view_.clearance()) == nullptr) return NoSuchQuery(drop.name);
      break;
    case Kind::kEdge:
      if (catalog_->FindEdge(name, view_.clearance()).empty()) {
        Diagnostic diagnostic =
            MakeError("SL2012", drop.name.span, fmt::format("there is no defined edge '{}'", name));
        diagnostic.help = {"SHOW EDGES lists them"};
        return no_such(std::move(diagnostic), storage::StoredDefinition::Kind::kEdge);
      }
      break;
    case Kind::kPrefix:
      if (catalog_->FindPrefix(name) == nullptr) {
        Diagnostic diagnostic =
            MakeError("SL2023", drop.name.span, fmt::format("there is no prefix '{}'", name));
        diagnostic.help = {"SHOW PREFIXES lists them"};
        return no_such(std::move(diagnostic), storage::StoredDefinition::Kind::kPrefix);
      }
      break;
  }
  return BoundDrop{drop.kind, name};
}

// --- SHOW and DESCRIBE

StatusOr<BoundShow> StatementBinder::BindShow(const ast::ShowStatement& show) {
  BoundShow bound{.kind = show.kind, .named = ""};
  if (show.named == nullptr) return bound;
  SL_ASSIGN_OR_RETURN(base_scope_, view_.Resolve({}));
  SL_ASSIGN_OR_RETURN(const Datum named, EvaluateConstant(*show.named, "NAMED"));
  const auto* text = named.value() != nullptr ? named.value()->get_if<storage::Text>() : nullptr;
  if (text == nullptr) {
    return Error("SL3011", show.named->span, "NAMED needs a text", {"write NAMED \"suppl\""});
  }
  bound.named = text->text;
  return bound;
}

StatusOr<BoundDescribe> StatementBinder::BindDescribe(const ast::DescribeStatement& describe) {
  using Kind = ast::DescribeStatement::Kind;
  ast::Name name{.text = {}, .span = describe.subject->span};
  if (const auto* word = std::get_if<ast::Variable>(&describe.subject->node)) {
    name.text = word->name;
  } else {
    SL_ASSIGN_OR_RETURN(base_scope_, view_.Resolve({}));
    SL_ASSIGN_OR_RETURN(const Datum value, EvaluateConstant(*describe.subject, "DESCRIBE"));
    const auto* text = value.value() != nullptr ? value.value()->get_if<storage::Text>() : nullptr;
    if (text == nullptr) return Error("SL3011", name.span, "DESCRIBE needs a name");
    name.text = text->text;
  }
  if (describe.kind == Kind::kClass && catalog_->FindClass(name.text) == nullptr) {
    return NoSuchClass(name.text, name.span);
  }
  if (describe.kind == Kind::kPredicate && catalog_->FindPredicate(name.text) == nullptr &&
      catalog_->FindInverse(name.text) == nullptr &&
      catalog_->FindEdge(name.text, view_.clearance()).empty()) {
    return NoSuchPredicate(name.text, name.span, "SL2012");
  }
  if (describe.kind == Kind::kQuery &&
      catalog_->FindQuery(name.text, view_.clearance()) == nullptr) {
    return NoSuchQuery(name);
  }
  return BoundDescribe{describe.kind, name.text};
}

StatusOr<BoundQuery> StatementBinder::BindDossier(const ast::DescribeStatement& describe) {
  // Each fact at the nodes, from the one end and from the other, and each judgement on their ids.
  constexpr std::string_view kDossier = R"(
UNWIND $nodes AS node
MATCH (node)-[fact:%|instanceOf|broader]->(other)
RETURN node, 'out' AS direction, fact.predicate AS predicate, other AS value,
       fact.count AS statements, fact.sources AS sources, fact.disputed AS disputed,
       fact.from AS `from`, fact.to AS `to` ORDER BY node, predicate, value
UNION ALL
UNWIND $nodes AS node
MATCH (node)<-[fact:%|instanceOf|broader]-(other)
RETURN node, 'in' AS direction, fact.predicate AS predicate, other AS value,
       fact.count AS statements, fact.sources AS sources, fact.disputed AS disputed,
       fact.from AS `from`, fact.to AS `to` ORDER BY node, predicate, value
UNION ALL
UNWIND $nodes AS node
UNWIND judgements(node) AS said
RETURN node, said.judgement AS direction, 'sameAs' AS predicate,
       said.subject + ' = ' + said.object AS value, 1 AS statements, [said.source] AS sources,
       null AS disputed, said.`from` AS `from`, said.`to` AS `to`
       ORDER BY node, predicate, value
)";
  const ast::Expression& subject = *describe.subject;
  SL_ASSIGN_OR_RETURN(base_scope_, ResolveMerging({}));
  identity_ = base_scope_->identity();
  DatumList nodes;
  if (const auto* id = std::get_if<ast::IdLiteral>(&subject.node)) {
    SL_ASSIGN_OR_RETURN(const auto node, view_.FindNode(id->external_id));
    if (node.has_value()) nodes.push_back(Canonical(Datum::OfNode(*node)));
    if (!node.has_value()) NoticeIdNamesNothing(id->external_id, subject.span);
  } else {
    SL_ASSIGN_OR_RETURN(const Datum value, EvaluateConstant(subject, "DESCRIBE"));
    const auto* text = value.value() != nullptr ? value.value()->get_if<storage::Text>() : nullptr;
    if (text != nullptr) {
      SL_ASSIGN_OR_RETURN(const auto named, view_.NodesNamed(text->text, *base_scope_));
      for (const storage::TermId node : named) nodes.push_back(Datum::OfNode(node));
      if (named.empty()) NoticeNamesNothing(text->text, subject.span);
    } else if (!value.node().is_none()) {
      nodes.push_back(value);
    } else {
      return Error("SL3011", subject.span, "DESCRIBE needs a name or an id",
                   {"write DESCRIBE \"Hikvision\" or DESCRIBE #org/hikvision"});
    }
  }
  if (!context_.parse) return Internal("DESCRIBE, and nothing to parse it with");
  SL_ASSIGN_OR_RETURN(const ast::Script script, context_.parse(kDossier));
  const Parameters parameters = {{"nodes", Datum(std::move(nodes))}};
  BindContext context = context_;
  context.text = kDossier;
  context.parameters = &parameters;
  return StatementBinder(context).BindQuery(
      std::get<ast::QueryStatement>(script.statements.front().node), {});
}

}  // namespace sightline::query
