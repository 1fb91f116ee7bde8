// DEFINE CLASS, DEFINE PREDICATE, SHOW.

#include <algorithm>
#include <cctype>
#include <optional>
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

StatusOr<BoundShow> StatementBinder::BindShow(const ast::ShowStatement& show,
                                              const SourceSpan& span) {
  if (show.kind == ast::ShowStatement::Kind::kQueries) return NotImplemented(span, "SHOW QUERIES");
  if (show.kind == ast::ShowStatement::Kind::kEdges) return NotImplemented(span, "SHOW EDGES");
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

}  // namespace sightline::query
