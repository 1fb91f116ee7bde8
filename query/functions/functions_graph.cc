// Functions over nodes, facts and paths.

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "query/functions/fields.h"
#include "query/functions/function_families.h"
#include "query/functions/name_score.h"
#include "query/functions/runtime_error.h"
#include "query/functions/support.h"
#include "storage/txn/transaction.h"

namespace sightline::query {
namespace {

using storage::KeyPrefix;
using storage::Permutation;
using storage::TermId;

StatusOr<TermId> NodeArgument(std::string_view function, const Datum& datum) {
  const TermId node = datum.node();
  if (node.is_none()) return TypeMismatch(function, "ENTITY and STATEMENT", datum);
  return node;
}
StatusOr<Datum> Id(Arguments arguments, EvaluationContext* context) {
  const FactDatum* fact = arguments[0].fact();
  const bool of_statement = fact != nullptr && fact->statement.value != 0;
  TermId node;
  if (of_statement) {
    node = TermId::Make(storage::TermTag::kStatement, fact->statement.value);
  } else {
    SL_ASSIGN_OR_RETURN(node, NodeArgument("id", arguments[0]));
  }
  SL_ASSIGN_OR_RETURN(std::string id, context->view->ExternalIdOf(node));
  return Datum::OfText(std::move(id));
}

// The third argument: whether the statement writes, so that an entity nobody has spoken of yet is
// made, as #scheme/key makes one. The binder adds it.
StatusOr<Datum> EntityOf(Arguments arguments, EvaluationContext* context) {
  std::string id;
  for (size_t part = 0; part < 2; ++part) {
    const auto* value = arguments[part].value();
    const auto* text = value != nullptr ? value->get_if<storage::Text>() : nullptr;
    if (text == nullptr) return TypeMismatch("id", "two STRINGs", arguments[part]);
    if (text->text.empty()) {
      return RuntimeError("SL5004", "id(): an empty STRING names nothing");
    }
    if (part == 1) id += '/';
    id += text->text;
  }
  if (!*arguments[2].value()->get_if<bool>()) {
    SL_ASSIGN_OR_RETURN(const std::optional<TermId> node, context->view->FindNode(id));
    return node.has_value() ? Datum::OfNode(*node) : Datum();
  }
  if (context->transaction == nullptr) return Internal("A write without a transaction");
  const StatusOr<TermId> node = context->transaction->InternEntity(id);
  if (node.ok()) return Datum::OfNode(*node);
  if (node.status().code() != StatusCode::kInvalidArgument) return node.status();
  return RuntimeError("SL5004", fmt::format("id(): {}", MessageOf(node.status())));
}
StatusOr<Datum> Caption(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const TermId node, NodeArgument("caption", arguments[0]));
  SL_ASSIGN_OR_RETURN(std::string caption, context->view->CaptionOf(node, context->base_scope()));
  return Datum::OfText(std::move(caption));
}

StatusOr<Datum> Score(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const TermId node, NodeArgument("score", arguments[0]));
  const auto* value = arguments[1].value();
  const auto* name = value != nullptr ? value->get_if<storage::Text>() : nullptr;
  if (name == nullptr) return TypeMismatch("score", "a STRING as name", arguments[1]);
  SL_ASSIGN_OR_RETURN(const std::optional<double> score, NameScoreOf(node, name->text, context));
  return score.has_value() ? Datum(storage::Value(*score)) : Datum();
}

// The third term of every fact under the prefix, each once.
StatusOr<std::set<TermId>> TermsUnder(Permutation permutation, const KeyPrefix& prefix, int column,
                                      const storage::ScopePtr& scope, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const std::unique_ptr<storage::MergedScan> scan,
                      context->view->Scan(permutation, prefix, scope));
  std::set<TermId> terms;
  storage::ScanBatch batch;
  while (true) {
    SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
    if (row_count == 0) return terms;
    SL_RETURN_IF_ERROR(context->TouchFacts(row_count));
    terms.insert(batch.columns[column].begin(), batch.columns[column].end());
  }
}

StatusOr<Datum> IdTexts(const std::set<TermId>& nodes, const EvaluationContext& context) {
  std::set<std::string> texts;
  for (const TermId node : nodes) {
    if (!node.is_node()) continue;
    SL_ASSIGN_OR_RETURN(std::string id, context.view->ExternalIdOf(node));
    texts.insert(std::move(id));
  }
  DatumList list;
  for (const std::string& text : texts) list.push_back(Datum::OfText(text));
  return Datum(std::move(list));
}

StatusOr<Datum> Labels(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const TermId node, NodeArgument("labels", arguments[0]));
  const auto* instance_of = context->view->catalog().FindPredicate(storage::kInstanceOf);
  if (instance_of == nullptr) return Datum(DatumList{});
  SL_ASSIGN_OR_RETURN(const std::set<TermId> classes,
                      TermsUnder(Permutation::kSpo, KeyPrefix::Of(node, instance_of->id), 2,
                                 context->base_scope(), context));
  return IdTexts(classes, *context);
}

// The predicates of what is stated about a node, or of the qualifiers of a fact.
StatusOr<std::set<TermId>> KeyPredicates(std::string_view function, const Datum& datum,
                                         EvaluationContext* context) {
  std::set<TermId> predicates;
  if (const FactDatum* fact = datum.fact()) {
    SL_ASSIGN_OR_RETURN(const FactSupport support, SupportOf(*fact, context));
    for (const auto* statements : {&support.asserting, &support.denying}) {
      if (statements == &support.denying && !support.asserting.empty()) break;
      for (const storage::Statement& statement : *statements) {
        for (const storage::Qualifier& qualifier : statement.content.qualifiers) {
          predicates.insert(qualifier.predicate);
        }
      }
    }
    return predicates;
  }
  const TermId node = datum.node();
  if (node.is_none()) return TypeMismatch(function, "MAP, ENTITY, STATEMENT and FACT", datum);
  SL_ASSIGN_OR_RETURN(
      const std::unique_ptr<storage::MergedScan> scan,
      context->view->Scan(Permutation::kSpo, KeyPrefix::Of(node), ScopeAt(*context, 0)));
  storage::ScanBatch batch;
  while (true) {
    SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
    if (row_count == 0) return predicates;
    SL_RETURN_IF_ERROR(context->TouchFacts(row_count));
    for (size_t row = 0; row < row_count; ++row) {
      // What leads to a node is an edge there, and no property.
      if (context->cypher && batch.columns[2][row].is_node()) continue;
      predicates.insert(batch.columns[1][row]);
    }
  }
}

StatusOr<Datum> Keys(Arguments arguments, EvaluationContext* context) {
  if (const DatumMap* map = arguments[0].map()) {
    DatumList list;
    for (const auto& [key, value] : *map) list.push_back(Datum::OfText(key));
    return Datum(std::move(list));
  }
  SL_ASSIGN_OR_RETURN(const std::set<TermId> predicates,
                      KeyPredicates("keys", arguments[0], context));
  return IdTexts(predicates, *context);
}

StatusOr<Datum> Properties(Arguments arguments, EvaluationContext* context) {
  if (arguments[0].map() != nullptr) return arguments[0];
  SL_ASSIGN_OR_RETURN(const std::set<TermId> predicates,
                      KeyPredicates("properties", arguments[0], context));
  SL_ASSIGN_OR_RETURN(const Datum keys, IdTexts(predicates, *context));
  DatumMap map;
  for (const Datum& key : *keys.list()) {
    const PropertyAccess access = AccessByName(*AsText(key), context->view->catalog());
    SL_ASSIGN_OR_RETURN(Datum value, ReadMember(arguments[0], access, context));
    map.emplace_back(*AsText(key), std::move(value));
  }
  return Datum(std::move(map));
}

// A function that reads a field of its argument, as x.field does.
struct FieldFunction {
  std::string_view name;
  std::string_view field;
  enum class Of : uint8_t { kFact, kPath, kPathOrStatement } of = Of::kFact;
  std::string_view help = {};  // For other arguments.
};

constexpr FieldFunction kType = {"type", "predicate"};
constexpr FieldFunction kStartNode = {"startNode", "subject"};
constexpr FieldFunction kEndNode = {"endNode", "object"};
constexpr FieldFunction kSources = {"sources", "sources"};
constexpr FieldFunction kStatements = {"statements", "statements"};
constexpr FieldFunction kDenials = {"denials", "denials"};
constexpr FieldFunction kNodes = {"nodes", "nodes", FieldFunction::Of::kPath};
constexpr FieldFunction kFacts = {"facts", "facts", FieldFunction::Of::kPathOrStatement};
constexpr FieldFunction kRelationships = {"relationships", "facts",
                                          FieldFunction::Of::kPathOrStatement};
constexpr FieldFunction kCost = {"cost", "cost", FieldFunction::Of::kPath};
constexpr FieldFunction kLength = {
    "length", "length", FieldFunction::Of::kPath,
    "size() counts the items of a LIST and the characters of a STRING"};

template <const FieldFunction& function>
StatusOr<Datum> ReadFieldOf(Arguments arguments, EvaluationContext* context) {
  using Of = FieldFunction::Of;
  const Datum& x = arguments[0];
  const bool taken =
      function.of == Of::kFact
          ? x.fact() != nullptr
          : x.path() != nullptr || (function.of == Of::kPathOrStatement && x.node().is_statement());
  if (!taken) {
    constexpr std::string_view kTaken[] = {"FACT", "PATH", "PATH and STATEMENT"};
    return TypeMismatch(function.name, kTaken[static_cast<size_t>(function.of)], x, function.help);
  }
  PropertyAccess access;
  access.key = function.field;
  return ReadMember(x, access, context);
}

// How many statements assert a fact from `a` to `b`, or from `b` to `a`.
StatusOr<Datum> Support(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const TermId a, NodeArgument("support", arguments[0]));
  SL_ASSIGN_OR_RETURN(const TermId b, NodeArgument("support", arguments[1]));
  const storage::ScopePtr& scope = ScopeAt(*context, 0);
  std::set<uint64_t> asserting;
  for (const auto& [from, to] : {std::pair{a, b}, std::pair{b, a}}) {
    SL_ASSIGN_OR_RETURN(const std::unique_ptr<storage::MergedScan> scan,
                        context->view->Scan(Permutation::kSop, KeyPrefix::Of(from, to), scope,
                                            {.rows = storage::ScanRows::kStatements}));
    storage::ScanBatch batch;
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
      if (row_count == 0) break;
      SL_RETURN_IF_ERROR(context->TouchFacts(row_count));
      for (const storage::StatementId id : batch.statements) {
        if (scope->PolarityOf(id) == storage::Polarity::kAsserts) asserting.insert(id.value);
      }
    }
  }
  return Datum::OfInteger(static_cast<int64_t>(asserting.size()));
}

constexpr ScalarFunction kFunctions[] = {
    {"id", "id(x ENTITY|STATEMENT|FACT) -> STRING",
     "Its id, such as 'org/hikvision' or 's/17'; of an edge under CYPHER, its statement's.", 1, 1,
     StaticType::kText, true, Id},
    {"id", "id(scheme STRING, key STRING) -> ENTITY",
     "The entity #scheme/key; null when there is none. Where a statement writes it is made, as "
     "#scheme/key is.",
     2, 2, StaticType::kEntity, true, EntityOf},
    {"caption", "caption(x ENTITY|STATEMENT) -> STRING", "Its best name; its id when it has none.",
     1, 1, StaticType::kText, true, Caption},
    {"score", "score(x ENTITY|STATEMENT[, name STRING]) -> FLOAT",
     "How much its most alike name is like this one, 0.7 to 1; null when none is. Without a name: "
     "the one that NAMED ~ asked of x.",
     1, 2, StaticType::kDouble, true, Score},
    {"labels", "labels(x ENTITY|STATEMENT) -> LIST",
     "The classes and kinds that it is stated to be an instance of.", 1, 1, StaticType::kList, true,
     Labels},
    {"classes", "classes(x ENTITY|STATEMENT) -> LIST", "The same as labels.", 1, 1,
     StaticType::kList, true, Labels},
    {"keys", "keys(x MAP|ENTITY|STATEMENT|FACT) -> LIST",
     "The keys of a map; the predicates of the facts about a node; the qualifiers of a fact.", 1, 1,
     StaticType::kList, true, Keys},
    {"properties", "properties(x MAP|ENTITY|STATEMENT|FACT) -> MAP",
     "Each key of keys(x), with what x.key reads.", 1, 1, StaticType::kMap, true, Properties},
    {"type", "type(f FACT) -> STRING", "The name of its predicate.", 1, 1, StaticType::kText, true,
     ReadFieldOf<kType>},
    {"startNode", "startNode(f FACT) -> ENTITY|STATEMENT", "Its subject.", 1, 1, StaticType::kAny,
     true, ReadFieldOf<kStartNode>},
    {"endNode", "endNode(f FACT) -> ANY", "Its object.", 1, 1, StaticType::kAny, true,
     ReadFieldOf<kEndNode>},
    {"nodes", "nodes(p PATH) -> LIST", "Its nodes, in order.", 1, 1, StaticType::kList, true,
     ReadFieldOf<kNodes>},
    {"facts", "facts(x PATH|STATEMENT) -> LIST",
     "The facts of a path, in order; what a statement asserts or denies.", 1, 1, StaticType::kList,
     true, ReadFieldOf<kFacts>},
    {"relationships", "relationships(p PATH) -> LIST", "The same as facts.", 1, 1,
     StaticType::kList, true, ReadFieldOf<kRelationships>},
    {"length", "length(p PATH) -> INTEGER", "The number of its facts.", 1, 1, StaticType::kInteger,
     true, ReadFieldOf<kLength>},
    {"cost", "cost(p PATH) -> NUMBER", "What a CHEAPEST path costs; unknown of others.", 1, 1,
     StaticType::kAny, true, ReadFieldOf<kCost>},
    {"sources", "sources(f FACT) -> LIST", "Who asserts it.", 1, 1, StaticType::kList, true,
     ReadFieldOf<kSources>},
    {"statements", "statements(f FACT) -> LIST", "The statements that assert it.", 1, 1,
     StaticType::kList, true, ReadFieldOf<kStatements>},
    {"denials", "denials(f FACT) -> LIST", "The statements that deny it.", 1, 1, StaticType::kList,
     true, ReadFieldOf<kDenials>},
    {"support", "support(a ENTITY, b ENTITY) -> INTEGER",
     "How many statements assert a fact between them, either way.", 2, 2, StaticType::kInteger,
     true, Support},
};

}  // namespace

std::span<const ScalarFunction> GraphFunctions() { return kFunctions; }

}  // namespace sightline::query
