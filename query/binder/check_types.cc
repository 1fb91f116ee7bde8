// What can never match, by the schema: values that no fact of a predicate holds, edges that run
// the wrong way, properties of other classes.
//
// The store refuses a value or a node where a predicate takes none (SL3022), but not an entity for
// its class: who says it and when its class is said is not known when the fact arrives. So a
// pattern that only the classes forbid is warned of, save where turning the edge round makes it fit
// (SL3021).

#include <algorithm>
#include <array>
#include <utility>

#include "query/binder/pattern_state.h"
#include "query/binder/statement_binder.h"
#include "query/functions/fields.h"
#include "query/plan/expression_walk.h"

namespace sightline::query {
namespace {

using ast::BinaryOperator;
using storage::PredicateDefinition;
using storage::ValueType;
using Definitions = std::vector<const PredicateDefinition*>;

// Ascending, so that the worse of two is their minimum.
enum class Fit : uint8_t {
  kNever,         // The store holds no such fact.
  kOtherClasses,  // It would hold one, and the schema speaks against it.
  kFits,
};

bool IsNode(StaticType type) {
  return type == StaticType::kEntity || type == StaticType::kStatement;
}
bool IsUnknown(StaticType type) { return type == StaticType::kAny || type == StaticType::kNull; }
bool IsComposite(StaticType type) {
  return type == StaticType::kList || type == StaticType::kMap || type == StaticType::kFact ||
         type == StaticType::kPath;
}
bool IsNumber(StaticType type) {
  return type == StaticType::kInteger || type == StaticType::kDecimal ||
         type == StaticType::kDouble;
}
bool IsTime(StaticType type) { return type == StaticType::kDate || type == StaticType::kInstant; }

bool Takes(const PredicateDefinition& definition, ValueType type) {
  const auto& types = definition.range_types;
  return std::find(types.begin(), types.end(), type) != types.end();
}

// Whether a comparison of the two can be true. A date is never equal to an instant: it is a day
// long.
bool Comparable(StaticType a, StaticType b, bool in_order) {
  return a == b || (IsNumber(a) && IsNumber(b)) || (in_order && IsTime(a) && IsTime(b));
}

// Whether the object of a fact can be something of this type. Numbers, or times where the order is
// all that counts, pass for one another.
bool MayHold(const PredicateDefinition& definition, StaticType type, bool in_order = false) {
  if (IsUnknown(type)) return true;
  if (IsComposite(type)) return false;
  if (definition.range.empty() && definition.range_types.empty()) return true;  // Anything.
  if (IsNode(type)) return !definition.range.empty() || Takes(definition, ValueType::kNode);
  return std::any_of(
      definition.range_types.begin(), definition.range_types.end(),
      [&](ValueType held) { return Comparable(StaticTypeOf(held), type, in_order); });
}

template <typename T>
void AddMissing(const std::vector<T>& more, std::vector<T>* all) {
  for (const T& item : more) {
    if (std::find(all->begin(), all->end(), item) == all->end()) all->push_back(item);
  }
}

// What stands at one end of the facts of any of these. Empty when it may be anything.
std::string WhatStandsAt(const Definitions& definitions, bool subject) {
  std::vector<std::string> classes;
  std::vector<ValueType> types;
  for (const PredicateDefinition* definition : definitions) {
    const auto& here = subject ? definition->domain : definition->range;
    if (here.empty() && (subject || definition->range_types.empty())) return {};
    AddMissing(here, &classes);
    if (!subject) AddMissing(definition->range_types, &types);
  }
  return ListOf(classes, types);
}

// One of an edge's ends, as far as the query tells.
struct End {
  StaticType type = StaticType::kAny;  // Of an entity when it is one for certain.
  std::vector<std::string> classes;
  std::string text;
};

bool IsValue(const End& end) { return !IsUnknown(end.type) && !IsNode(end.type); }

}  // namespace

std::string ListOf(const std::vector<std::string>& classes, const std::vector<ValueType>& types) {
  std::vector<std::string> names = classes;
  for (ValueType type : types) names.emplace_back(storage::ValueTypeName(type));
  std::string listed;
  for (size_t i = 0; i < names.size(); ++i) {
    listed += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  }
  return listed;
}

Definitions StatementBinder::DefinitionsOf(const std::vector<storage::TermId>& predicates) const {
  Definitions definitions;
  for (storage::TermId id : predicates) {
    if (const auto* definition = catalog_->FindPredicate(id)) definitions.push_back(definition);
  }
  return definitions;
}

Diagnostic StatementBinder::WrongValue(std::string_view name, const std::string& taken,
                                       const std::vector<ValueType>& types,
                                       const BoundExpression& value, std::string_view text) {
  const auto takes = [&](ValueType type) {
    return std::find(types.begin(), types.end(), type) != types.end();
  };
  Diagnostic diagnostic =
      MakeError("SL3022", value.span,
                fmt::format("'{}' takes {}, and {} is {}", name, taken.empty() ? "ENTITY" : taken,
                            text, StaticTypeName(value.type)));
  if (IsNode(value.type)) {
    if (text.starts_with("#")) diagnostic.help.push_back("a value is written without #");
  } else if (value.type == StaticType::kText && takes(ValueType::kDate)) {
    diagnostic.help.push_back("dates stand without quotes, 2023-10-01, or in date('2023-10')");
  } else if (value.type == StaticType::kText && types.empty()) {
    diagnostic.help.push_back("name the entity by its id: #ns/key");
  } else if (IsNumber(value.type) && takes(ValueType::kMoney)) {
    diagnostic.help.push_back("an amount of money names its currency: 5M USD");
  } else if (IsNumber(value.type) && takes(ValueType::kQuantity)) {
    diagnostic.help.push_back("a quantity names its unit: 20 't'");
  } else if (IsNumber(value.type) && takes(ValueType::kPercentage)) {
    diagnostic.help.push_back("a percentage is written 70 '%'");
  } else if (IsNumber(value.type) && takes(ValueType::kDate)) {
    diagnostic.help.push_back("a date is written 2023-10-01, or date('2023-10')");
  } else if (value.type == StaticType::kDate && takes(ValueType::kInstant)) {
    diagnostic.help.push_back("a point in time is written 2023-10-01T08:30Z");
  } else if (IsNumber(value.type) && takes(ValueType::kText) &&
             text.find_first_not_of("0123456789.") == std::string_view::npos) {
    const std::string quoted = QuoteText(text);
    diagnostic.help.push_back(fmt::format("text stands in quotes: {}", quoted));
    diagnostic.edits.push_back({value.span, quoted});
  }
  return diagnostic;
}

Status StatementBinder::CheckMayHold(std::string_view name, bool inverse,
                                     const Definitions& definitions, const BoundExpression& value,
                                     bool in_order) const {
  if (cypher_) return OkStatus();
  const auto may_hold = [&](const PredicateDefinition* definition) {
    return inverse ? IsUnknown(value.type) || IsNode(value.type)
                   : MayHold(*definition, value.type, in_order);
  };
  if (std::any_of(definitions.begin(), definitions.end(), may_hold)) return OkStatus();
  std::string taken = WhatStandsAt(definitions, inverse);
  if (taken.empty() && !inverse) taken = "one value";  // Anything but what is composite.
  std::vector<ValueType> types;
  for (const PredicateDefinition* definition : definitions) {
    if (!inverse) AddMissing(definition->range_types, &types);
  }
  return ToStatus(WrongValue(name, taken, types, value, Text(value.span)));
}

// Of `x.p = v` as a condition that must be true: one that never is asks for nothing. What merely
// has a part that is never true, or is true of what differs, is left alone.
Status StatementBinder::CheckComparisons(const BoundExpression& condition) const {
  if (cypher_) return OkStatus();
  for (const BoundExpression* conjunct : ConjunctsOf(condition)) {
    const auto* binary = std::get_if<BoundBinary>(&conjunct->node);
    if (binary == nullptr) continue;
    const bool in_order =
        binary->op == BinaryOperator::kLess || binary->op == BinaryOperator::kLessEqual ||
        binary->op == BinaryOperator::kGreater || binary->op == BinaryOperator::kGreaterEqual;
    const bool is_in = binary->op == BinaryOperator::kIn;
    if (!in_order && !is_in && binary->op != BinaryOperator::kEqual) continue;
    for (const bool property_left : {true, false}) {
      const BoundExpression& side = property_left ? *binary->left : *binary->right;
      const BoundExpression& value = property_left ? *binary->right : *binary->left;
      const auto* property = std::get_if<BoundProperty>(&side.node);
      if (property == nullptr || property->access.predicates.empty()) continue;
      const PropertyAccess& access = property->access;
      // A statement is an entity too, and its fields come before predicates.
      if (property->object->type != StaticType::kEntity ||
          FindField(StatementFields(), access.key) != nullptr) {
        continue;
      }
      // v IN x.many compares with each value; x.many = v compares lists.
      if (access.many != (is_in && !property_left)) continue;
      const Definitions definitions = DefinitionsOf(access.predicates);
      if (!is_in || !property_left) {
        SL_RETURN_IF_ERROR(CheckMayHold(access.key, access.inverse, definitions, value, in_order));
        continue;
      }
      // x.one IN [a, b]: one of them is enough.
      const auto* list = std::get_if<BoundList>(&value.node);
      if (list == nullptr || list->items.empty()) continue;
      Status wrong = OkStatus();
      for (const BoundExpressionPtr& item : list->items) {
        wrong = CheckMayHold(access.key, access.inverse, definitions, *item, false);
        if (wrong.ok()) break;
      }
      SL_RETURN_IF_ERROR(wrong);
    }
  }
  return OkStatus();
}

Status StatementBinder::CheckDirections(const PatternState& state) {
  if (cypher_) return OkStatus();
  const auto end_of = [&](uint32_t node, uint32_t edge) {
    return End{.type = TypeApartFrom(state, node, edge),
               .classes = state.nodes[node].classes,
               .text = state.graph.nodes[node].text};
  };
  for (uint32_t index = 0; index < state.edges.size(); ++index) {
    const PatternEdgeInfo& info = state.edges[index];
    const PatternEdge& edge = state.graph.edges[index];
    // A chain of no step leads from a node to itself, whatever the predicate.
    if (!info.names_predicates || info.predicates.empty() || edge.groups.front().hops_min == 0) {
      continue;
    }
    const bool single = edge.groups.front().hops_max == 1;
    const End left = end_of(edge.left, index);
    const End right = end_of(edge.right, index);
    const auto as_subject = [&](const PredicateDefinition& definition, const End& end) {
      if (IsValue(end)) return Fit::kNever;
      return CompatibleWithOneOf(end.classes, definition.domain) ? Fit::kFits : Fit::kOtherClasses;
    };
    const auto as_object = [&](const PredicateDefinition& definition, const End& end) {
      if (!MayHold(definition, end.type)) return Fit::kNever;
      return CompatibleWithOneOf(end.classes, definition.range) ? Fit::kFits : Fit::kOtherClasses;
    };
    // The best of what can be; of a chain, what holds of its first and of its last step.
    const auto fit_of = [&](const ResolvedPredicates::Named& named, bool flipped, Fit* first,
                            Fit* last) {
      const bool either = info.source->direction == ast::Direction::kEither;
      const bool arrow = (info.source->direction == ast::Direction::kRight) != named.inverse;
      Fit best = Fit::kNever;
      for (const PredicateDefinition* definition : named.definitions) {
        for (const bool forwards : {true, false}) {
          if (!either && !definition->symmetric && forwards != (arrow != flipped)) continue;
          const Fit subject = as_subject(*definition, forwards ? left : right);
          const Fit object = as_object(*definition, forwards ? right : left);
          best = std::max(best, std::min(subject, object));
          *first = std::max(*first, forwards ? subject : object);
          *last = std::max(*last, forwards ? object : subject);
        }
      }
      return best;
    };
    const auto best_fit = [&](bool flipped, const ResolvedPredicates::Named** which) {
      Fit best = Fit::kNever, first = Fit::kNever, last = Fit::kNever;
      for (const ResolvedPredicates::Named& named : info.predicates) {
        const Fit fit = fit_of(named, flipped, &first, &last);
        if (fit > best) *which = &named;
        best = std::max(best, fit);
      }
      return single ? best : std::min(first, last);
    };
    const ResolvedPredicates::Named* named = &info.predicates.front();
    const Fit as_written = best_fit(false, &named);
    if (as_written == Fit::kFits) continue;
    const ResolvedPredicates::Named* turned = named;
    if (best_fit(true, &turned) == Fit::kFits) return WrongDirection(state, index, *turned);
    if (as_written == Fit::kNever) return NoSuchEnds(state, index, *named);
    WarnOfEnds(state, index, *named);
  }
  return OkStatus();
}

// What a node is for certain, whatever this edge says of it.
StaticType StatementBinder::TypeApartFrom(const PatternState& state, uint32_t node,
                                          uint32_t edge) const {
  if (state.IsTested(node)) return StaticType::kEntity;
  if (state.graph.nodes[node].bound_before) return frame_->slots[state.graph.nodes[node].slot].type;
  return EdgesAllowValue(state, node, edge) ? StaticType::kAny : StaticType::kEntity;
}

namespace {

// "'supplies' goes from Organization to Product", read in the direction of the name.
std::string WhereItGoes(const ResolvedPredicates::Named& named) {
  const auto or_anything = [](std::string text) { return text.empty() ? "anything" : text; };
  const std::string from = or_anything(WhatStandsAt(named.definitions, true));
  const std::string to = or_anything(WhatStandsAt(named.definitions, false));
  return named.inverse ? fmt::format("'{}' goes from {} to {}", named.definition->inverse, to, from)
                       : fmt::format("'{}' goes from {} to {}", named.definition->name, from, to);
}

}  // namespace

Status StatementBinder::WrongDirection(const PatternState& state, uint32_t index,
                                       const ResolvedPredicates::Named& named) {
  const PatternEdge& edge = state.graph.edges[index];
  const PredicateDefinition& definition = *named.definition;
  Diagnostic diagnostic = MakeError("SL3021", edge.span,
                                    fmt::format("{}, not the other way round", WhereItGoes(named)));
  std::string reversed;
  if (edge.text.starts_with("-") && edge.text.ends_with("->")) {
    reversed = "<" + edge.text.substr(0, edge.text.size() - 1);
  } else if (edge.text.starts_with("<-") && edge.text.ends_with("-")) {
    reversed = edge.text.substr(1) + ">";
  }
  if (!reversed.empty()) {
    diagnostic.help.push_back(fmt::format("reverse it: {}{}{}", state.graph.nodes[edge.left].text,
                                          reversed, state.graph.nodes[edge.right].text));
    diagnostic.edits.push_back({edge.span, reversed});
  }
  const std::string& other = named.inverse ? definition.name : definition.inverse;
  if (!other.empty()) {
    diagnostic.help.push_back(fmt::format("or use the inverse: -[:{}]->", QuoteName(other)));
  }
  return ToStatus(std::move(diagnostic));
}

// A value where only nodes are, or a node where only values are.
Status StatementBinder::NoSuchEnds(const PatternState& state, uint32_t index,
                                   const ResolvedPredicates::Named& named) const {
  const PatternEdge& edge = state.graph.edges[index];
  const bool to_right =
      (state.edges[index].source->direction != ast::Direction::kLeft) != named.inverse;
  const uint32_t subject = to_right ? edge.left : edge.right;
  const uint32_t object = to_right ? edge.right : edge.left;
  const StaticType subject_type = TypeApartFrom(state, subject, index);
  if (!IsUnknown(subject_type) && !IsNode(subject_type)) {
    return Error("SL3022", state.graph.nodes[subject].span,
                 fmt::format("{} is {}, and facts are about entities",
                             state.graph.nodes[subject].text, StaticTypeName(subject_type)));
  }
  const StaticType object_type = TypeApartFrom(state, object, index);
  const std::string taken = WhatStandsAt(named.definitions, false);
  std::vector<std::string> help;
  if (IsNode(object_type)) help.push_back("a value has no class, no id and no properties");
  return Error("SL3022", state.graph.nodes[object].span,
               fmt::format("'{}' takes {}, and {} is {}", named.definition->name, taken,
                           state.graph.nodes[object].text, StaticTypeName(object_type)),
               std::move(help));
}

void StatementBinder::WarnOfEnds(const PatternState& state, uint32_t index,
                                 const ResolvedPredicates::Named& named) {
  const PatternEdge& edge = state.graph.edges[index];
  const auto& left = state.nodes[edge.left].classes;
  const auto& right = state.nodes[edge.right].classes;
  const auto name_of = [](const std::vector<std::string>& classes) {
    return classes.empty() ? std::string("anything") : classes.front();
  };
  // What the schema has between such ends, in the direction of the arrow.
  std::vector<std::string> between;
  const bool to_left = state.edges[index].source->direction == ast::Direction::kLeft;
  for (const auto& [name, definition] : catalog_->predicates()) {
    if (left.empty() || right.empty() || definition.domain.empty() || definition.range.empty() ||
        between.size() == kSuggestionsMax) {
      continue;
    }
    if (CompatibleWithOneOf(to_left ? right : left, definition.domain) &&
        CompatibleWithOneOf(to_left ? left : right, definition.range)) {
      between.push_back(QuoteName(name));
    }
  }
  std::vector<std::string> help;
  if (!between.empty()) {
    help.push_back(fmt::format("from {} to {} goes {}", name_of(to_left ? right : left),
                               name_of(to_left ? left : right), ListOf(between, {})));
  }
  help.push_back("facts that do not keep to the schema are found all the same");
  Notice(Severity::kWarning, "W3021", edge.span,
         fmt::format("{}, and neither way round from {} to {}", WhereItGoes(named), name_of(left),
                     name_of(right)),
         std::move(help));
}

void StatementBinder::WarnOfProperties(const PatternState& state) {
  if (cypher_) return;
  for (uint32_t index = 0; index < state.nodes.size(); ++index) {
    for (const ast::NodePattern* node : state.nodes[index].sources) {
      // Only where one name stands for the class can another take its place.
      const bool named = node->classes.has_value() && !node->classes->only &&
                         node->classes->kind == ast::ClassTest::Kind::kName;
      const SourceSpan place =
          named ? PlaceOfName(context_.text, node->classes->span, node->classes->text)
                : SourceSpan{};
      for (const ast::MapEntry& entry : node->properties) {
        WarnOfProperty(entry.key, state.nodes[index].classes, state.graph.nodes[index].text, place);
      }
    }
  }
}

void StatementBinder::WarnOfProperty(const ast::Name& key, const std::vector<std::string>& classes,
                                     std::string_view text, const SourceSpan& class_place) {
  bool inverse = false;
  const PredicateDefinition* definition = FindProperty(key.text, &inverse);
  if (definition == nullptr || classes.empty()) return;
  const Definitions definitions = DefinitionsOf(PredicateIds(definition->name));
  const auto fits = [&](const PredicateDefinition* below) {
    return (!inverse && CompatibleWithOneOf(classes, below->domain)) ||
           ((inverse || below->symmetric) && CompatibleWithOneOf(classes, below->range));
  };
  if (std::any_of(definitions.begin(), definitions.end(), fits)) return;
  // Where an expression is bound again the warning is the same.
  const bool again = std::any_of(notices_.begin(), notices_.end(), [&](const Diagnostic& notice) {
    return notice.code == "W3023" && notice.span.begin == key.span.begin;
  });
  if (again) return;
  std::vector<std::string> having;
  for (const PredicateDefinition* below : definitions) {
    AddMissing(inverse ? below->range : below->domain, &having);
  }
  const auto excluded = std::find_if(classes.begin(), classes.end(), [&](const std::string& name) {
    return !CompatibleWithOneOf({name}, having);
  });
  Diagnostic warning = MakeError(
      "W3023", key.span,
      fmt::format("'{}' is a property of {}, and {} is of class {}", key.text, ListOf(having, {}),
                  text, excluded != classes.end() ? *excluded : classes.front()));
  warning.severity = Severity::kWarning;
  if (having.size() > kSuggestionsMax) having.resize(kSuggestionsMax);
  for (std::string& name : having) name = QuoteName(name);
  if (!class_place.empty()) OfferNames(&warning, class_place, having);
  warning.help.push_back("facts that do not keep to the schema are found all the same");
  notices_.push_back(std::move(warning));
}

}  // namespace sightline::query
