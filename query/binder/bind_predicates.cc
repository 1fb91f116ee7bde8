// Classes, kinds and predicates: from their names to terms.

#include <algorithm>
#include <iterator>

#include "query/binder/kind_set.h"
#include "query/binder/statement_binder.h"
#include "storage/index/merged_scan.h"
#include "storage/text/name_folding.h"

namespace sightline::query {
namespace {

using storage::ClassDefinition;
using storage::PredicateDefinition;
using storage::TermId;

std::vector<TermId> Sorted(std::vector<TermId> terms) {
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

std::vector<TermId> UnionOf(const std::vector<TermId>& a, const std::vector<TermId>& b) {
  std::vector<TermId> all = a;
  all.insert(all.end(), b.begin(), b.end());
  return Sorted(std::move(all));
}
std::vector<TermId> CommonOf(const std::vector<TermId>& a, const std::vector<TermId>& b) {
  std::vector<TermId> common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
  return common;
}
std::vector<TermId> Without(const std::vector<TermId>& a, const std::vector<TermId>& b) {
  std::vector<TermId> rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(rest));
  return rest;
}

// The algebra of predicate sets, where each may be "all but these".
PredicateSet UnionOf(const PredicateSet& a, const PredicateSet& b) {
  PredicateSet set;
  set.nodes_only = a.nodes_only || b.nodes_only;
  set.all_but = a.all_but || b.all_but;
  if (a.all_but && b.all_but) {
    set.predicates = CommonOf(a.predicates, b.predicates);
  } else if (a.all_but) {
    set.predicates = Without(a.predicates, b.predicates);
  } else if (b.all_but) {
    set.predicates = Without(b.predicates, a.predicates);
  } else {
    set.predicates = UnionOf(a.predicates, b.predicates);
  }
  return set;
}
PredicateSet CommonOf(const PredicateSet& a, const PredicateSet& b) {
  PredicateSet set;
  set.nodes_only = a.nodes_only && b.nodes_only;
  set.all_but = a.all_but && b.all_but;
  if (a.all_but && b.all_but) {
    set.predicates = UnionOf(a.predicates, b.predicates);
  } else if (a.all_but) {
    set.predicates = Without(b.predicates, a.predicates);
  } else if (b.all_but) {
    set.predicates = Without(a.predicates, b.predicates);
  } else {
    set.predicates = CommonOf(a.predicates, b.predicates);
  }
  return set;
}

// The name that a class test names, when it is a single one.
std::string_view NameOf(const ast::ClassTest& test) { return test.text; }

}  // namespace

// --- Classes

StatusOr<ResolvedClassTest> StatementBinder::KindsOf(std::vector<BoundClassTest::Root> roots,
                                                     bool only, const storage::ScopePtr& base) {
  ResolvedClassTest resolved;
  resolved.test.kind = BoundClassTest::Kind::kClass;
  resolved.test.only = only;
  std::vector<TermId> terms;
  for (const BoundClassTest::Root& root : roots) terms.push_back(root.node);
  if (only) {
    resolved.test.kinds = Sorted(std::move(terms));
  } else {
    SL_ASSIGN_OR_RETURN(resolved.test.kinds, KindsAtOrBelow(view_, *catalog_, base, terms));
    SL_ASSIGN_OR_RETURN(resolved.test.themselves,
                        KindsSpokenOf(view_, *catalog_, base, resolved.test.kinds));
  }
  if (roots.size() == 1) {
    const ClassDefinition* definition = catalog_->FindClass(roots[0].node);
    // A kind that is no class may be of any class: then nothing is certain.
    const bool classes_only =
        std::all_of(resolved.test.kinds.begin(), resolved.test.kinds.end(),
                    [this](TermId kind) { return catalog_->FindClass(kind) != nullptr; });
    if (definition != nullptr && classes_only) resolved.classes.push_back(definition->name);
  }
  resolved.test.roots = std::move(roots);
  return resolved;
}

StatusOr<std::vector<BoundClassTest::Root>> StatementBinder::RootsNamed(
    std::string_view name, const SourceSpan& span, const storage::ScopePtr& base) {
  SL_ASSIGN_OR_RETURN(const std::vector<TermId> nodes, view_.NodesNamed(name, *base));
  std::vector<BoundClassTest::Root> roots;
  for (TermId node : nodes) roots.push_back({.node = node, .name = std::string(name)});
  // A class is a kind as well, under its name or its label.
  const std::string folded = storage::FoldName(name);
  for (const auto& [class_name, definition] : catalog_->classes()) {
    const bool named = storage::FoldName(class_name) == folded ||
                       (!definition.label.empty() && storage::FoldName(definition.label) == folded);
    const bool known = std::binary_search(nodes.begin(), nodes.end(), definition.id);
    if (named && !known) roots.push_back({.node = definition.id, .name = std::string(name)});
  }
  if (roots.empty()) {
    NoticeNamesNothing(name, span);
  } else if (roots.size() > 1) {
    std::vector<std::string> ids;
    for (size_t i = 0; i < roots.size() && i < kSuggestionsMax; ++i) {
      auto id = view_.ExternalIdOf(roots[i].node);
      if (id.ok()) ids.push_back("#" + *id);
    }
    std::string listed;
    for (const std::string& id : ids) listed += (listed.empty() ? "" : ", ") + id;
    if (roots.size() > ids.size()) listed += " …";
    Notice(Severity::kNotice, "N1005", span,
           fmt::format("{} names {} things: {}", QuoteText(name), roots.size(), listed),
           {"all of them count; write an id to mean one"});
  }
  return roots;
}

StatusOr<ResolvedClassTest> StatementBinder::ResolveClassTest(const ast::ClassTest& test,
                                                              const storage::ScopePtr& base) {
  using Kind = ast::ClassTest::Kind;
  ResolvedClassTest resolved;
  switch (test.kind) {
    case Kind::kAny:
      resolved.test.kind = BoundClassTest::Kind::kAny;
      return resolved;
    case Kind::kNot:
    case Kind::kAnd:
    case Kind::kOr: {
      resolved.test.kind = test.kind == Kind::kNot   ? BoundClassTest::Kind::kNot
                           : test.kind == Kind::kAnd ? BoundClassTest::Kind::kAnd
                                                     : BoundClassTest::Kind::kOr;
      for (const ast::ClassTest& child : test.children) {
        SL_ASSIGN_OR_RETURN(ResolvedClassTest part, ResolveClassTest(child, base));
        resolved.test.children.push_back(std::move(part.test));
        if (test.kind == Kind::kNot) continue;
        if (test.kind == Kind::kAnd) {
          resolved.classes.insert(resolved.classes.end(), part.classes.begin(), part.classes.end());
        }
      }
      return resolved;
    }
    case Kind::kName: {
      const ClassDefinition* definition = catalog_->FindClass(NameOf(test));
      if (definition == nullptr && cypher_) return KindsOf({}, test.only, base);
      if (definition == nullptr) return NoSuchClass(test.text, test.span);
      return KindsOf({{.node = definition->id, .name = ""}}, test.only, base);
    }
    case Kind::kId: {
      SL_ASSIGN_OR_RETURN(const auto node, view_.FindNode(test.text));
      if (!node.has_value()) {
        NoticeIdNamesNothing(test.text, test.span);
        return KindsOf({}, test.only, base);
      }
      return KindsOf({{.node = base->CanonicalOf(*node), .name = ""}}, test.only, base);
    }
    case Kind::kQuoted: {
      SL_ASSIGN_OR_RETURN(auto roots, RootsNamed(test.text, test.span, base));
      SL_ASSIGN_OR_RETURN(resolved, KindsOf(std::move(roots), test.only, base));
      // ONLY "optics" is what is named so, or just of that kind.
      if (test.only) resolved.test.themselves = resolved.test.kinds;
      return resolved;
    }
    case Kind::kParameter: {
      SL_ASSIGN_OR_RETURN(const Datum datum, ReadParameter(test.text, test.span));
      if (!datum.node().is_none()) {
        return KindsOf({{.node = base->CanonicalOf(datum.node()), .name = ""}}, test.only, base);
      }
      const auto* text =
          datum.value() != nullptr ? datum.value()->get_if<storage::Text>() : nullptr;
      if (text == nullptr) {
        return Error(
            "SL3011", test.span,
            fmt::format("${} stands for a class and must be its name or a kind", test.text));
      }
      if (const ClassDefinition* definition = catalog_->FindClass(text->text)) {
        return KindsOf({{.node = definition->id, .name = ""}}, test.only, base);
      }
      SL_ASSIGN_OR_RETURN(auto roots, RootsNamed(text->text, test.span, base));
      return KindsOf(std::move(roots), test.only, base);
    }
  }
  return Internal("an unknown kind of class test");
}

void StatementBinder::ReadYear(const PredicateDefinition& definition, BoundExpression* value) {
  constexpr int64_t kYearMax = 9999;
  const auto takes = [&](storage::ValueType type) {
    return std::find(definition.range_types.begin(), definition.range_types.end(), type) !=
           definition.range_types.end();
  };
  // Which year it is decides what is asked for.
  if (value->type == StaticType::kInteger && takes(storage::ValueType::kDate) &&
      !takes(storage::ValueType::kInteger)) {
    ReadNow(value);
  }
  auto* constant = std::get_if<BoundConstant>(&value->node);
  const storage::Value* number = constant != nullptr ? constant->value.value() : nullptr;
  const int64_t* year = number != nullptr ? number->get_if<int64_t>() : nullptr;
  if (year == nullptr || *year < 1 || *year > kYearMax ||
      number->comparator() != storage::Comparator::kExactly || !takes(storage::ValueType::kDate) ||
      takes(storage::ValueType::kInteger)) {
    return;
  }
  storage::PartialDate date;
  date.year = static_cast<int32_t>(*year);
  date.precision = storage::DatePrecision::kYear;
  constant->value = Datum(storage::Value(date));
  value->type = StaticType::kDate;
}

bool StatementBinder::Compatible(std::string_view a, std::string_view b) const {
  if (catalog_->FindClass(a) == nullptr || catalog_->FindClass(b) == nullptr) return true;
  const auto below = catalog_->ClassesAtOrBelow(a);
  return std::any_of(below.begin(), below.end(), [&](const ClassDefinition* definition) {
    return catalog_->IsClassAtOrBelow(definition->name, b);
  });
}

bool StatementBinder::CompatibleWithOneOf(const std::vector<std::string>& classes,
                                          const std::vector<std::string>& allowed) const {
  if (allowed.empty()) return true;
  return std::all_of(classes.begin(), classes.end(), [&](const std::string& name) {
    return std::any_of(allowed.begin(), allowed.end(),
                       [&](const std::string& other) { return Compatible(name, other); });
  });
}

Status StatementBinder::NoSuchClass(std::string_view name, const SourceSpan& span) {
  Diagnostic diagnostic = MakeError("SL2011", span, fmt::format("there is no class '{}'", name));
  std::vector<std::string> classes;
  for (const auto& [class_name, definition] : catalog_->classes()) classes.push_back(class_name);
  std::vector<std::string> close = ClosestNames(name, std::move(classes));
  for (std::string& candidate : close) candidate = QuoteName(candidate);
  if (close.size() < kSuggestionsMax) {
    // A kind in the data is written in quotes.
    SL_ASSIGN_OR_RETURN(const auto names, view_.NamesLike(name, 2, kSuggestionsMax - close.size()));
    for (const std::string& candidate : names) close.push_back(QuoteText(candidate));
  }
  const SourceSpan place = PlaceOfName(context_.text, span, name);
  if (!place.empty()) diagnostic.span = place;
  if (view_.CatalogAt(view_.revision())->FindClass(name) != nullptr)
    return NotDefinedThen(std::move(diagnostic), name);
  OfferNames(&diagnostic, place, close);
  if (close.empty()) diagnostic.help.push_back("SHOW CLASSES lists them");
  HelpWithPrefix(name, &diagnostic);
  return ToStatus(std::move(diagnostic));
}

Status StatementBinder::NotDefinedThen(Diagnostic diagnostic, std::string_view name) {
  diagnostic.message = fmt::format("'{}' was not defined yet at that time", name);
  diagnostic.help = {
      "AS KNOWN AT asks for what was recorded by that time; AS OF for what held then"};
  return ToStatus(std::move(diagnostic));
}

bool StatementBinder::IsNamedSince(std::string_view name) const {
  const auto nodes = view_.NodesNamed(name, *view_.default_scope());
  return nodes.ok() && !nodes->empty();
}

void StatementBinder::NoticeNamesNothing(std::string_view name, const SourceSpan& span) {
  Diagnostic notice =
      MakeError("N1004", span, fmt::format("{} names nothing you can see", QuoteText(name)));
  notice.severity = Severity::kNotice;
  if (IsNamedSince(name)) {
    notice.message = fmt::format("{} named nothing yet that was known then", QuoteText(name));
    notices_.push_back(std::move(notice));
    return;
  }
  auto close = view_.NamesLike(name, 2, kSuggestionsMax);
  if (close.ok() && !close->empty()) {
    std::string listed;
    for (std::string& candidate : *close) {
      candidate = QuoteText(candidate);
      listed += (listed.empty() ? "" : ", ") + candidate;
    }
    notice.message += "; closest: " + listed;
    const std::string text = Text(span);
    if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
      for (const std::string& candidate : *close) notice.edits.push_back({span, candidate});
    }
  }
  notices_.push_back(std::move(notice));
}

void StatementBinder::NoticeIdNamesNothing(std::string_view id, const SourceSpan& span) {
  Notice(Severity::kNotice, "N1004", span, fmt::format("#{} names nothing you can see", id));
}

Status StatementBinder::NoticeConflicts(const storage::Scope& scope) {
  if (scope.identity() == nullptr || scope.identity()->conflicts().empty()) return OkStatus();
  const auto& conflicts = scope.identity()->conflicts();
  std::vector<std::string> ids;
  for (const storage::Judgement* judgement :
       {&conflicts.front().blocked, &conflicts.front().denial}) {
    for (const TermId end : {judgement->subject, judgement->object}) {
      SL_ASSIGN_OR_RETURN(ids.emplace_back(), view_.ExternalIdOf(end));
    }
  }
  std::string message = fmt::format(
      "s/{} judges #{} and #{} to be one; they count as two, because s/{} denies it of "
      "#{} and #{}",
      conflicts.front().blocked.statement.value, ids[0], ids[1],
      conflicts.front().denial.statement.value, ids[2], ids[3]);
  if (conflicts.size() > 1) message += fmt::format("; {} more like this", conflicts.size() - 1);
  Notice(Severity::kNotice, "N3009", SourceSpan{}, std::move(message),
         {"retract or deny the judgement that is wrong"});
  return OkStatus();
}

// --- Predicates

const PredicateDefinition* StatementBinder::FindProperty(std::string_view key,
                                                         bool* inverse) const {
  *inverse = false;
  if (const PredicateDefinition* definition = catalog_->FindPredicate(key)) return definition;
  *inverse = true;
  return catalog_->FindInverse(key);
}

std::vector<TermId> StatementBinder::PredicateIds(std::string_view name) const {
  std::vector<TermId> ids;
  for (const PredicateDefinition* definition : catalog_->PredicatesAtOrBelow(name)) {
    ids.push_back(definition->id);
  }
  return Sorted(std::move(ids));
}

EdgeWalk StatementBinder::AnyWalk() const {
  EdgeWalk walk;
  walk.along = {.all_but = true, .nodes_only = true, .predicates = {}};
  walk.against.nodes_only = true;
  for (const auto& [name, definition] : catalog_->predicates()) {
    if (definition.taxonomic) {
      walk.along.predicates.push_back(definition.id);
    } else if (definition.symmetric) {
      walk.against.predicates.push_back(definition.id);
    }
  }
  walk.along.predicates = Sorted(std::move(walk.along.predicates));
  walk.against.predicates = Sorted(std::move(walk.against.predicates));
  return walk;
}

Status StatementBinder::NoSuchPredicate(std::string_view name, const SourceSpan& span,
                                        std::string_view code) {
  const bool property = code == "SL2015";
  Diagnostic diagnostic = MakeError(
      code, span, fmt::format("there is no {} '{}'", property ? "property" : "predicate", name));
  std::vector<std::string> names;
  for (const auto& [predicate, definition] : catalog_->predicates()) {
    names.push_back(predicate);
    if (!definition.inverse.empty()) names.push_back(definition.inverse);
  }
  using Stored = storage::StoredDefinition;
  for (const Stored* edge : catalog_->StoredOf(Stored::Kind::kEdge, view_.clearance())) {
    if (!property) names.push_back(edge->name);
  }
  std::vector<std::string> close = ClosestNames(name, std::move(names));
  for (std::string& candidate : close) candidate = QuoteName(candidate);
  const SourceSpan place = PlaceOfName(context_.text, span, name);
  if (!place.empty()) diagnostic.span = place;
  const auto latest = view_.CatalogAt(view_.revision());
  if (latest->FindPredicate(name) != nullptr || latest->FindInverse(name) != nullptr) {
    return NotDefinedThen(std::move(diagnostic), name);
  }
  OfferNames(&diagnostic, place, close);
  if (close.empty()) {
    diagnostic.help.push_back(
        catalog_->FindClass(name) != nullptr
            ? fmt::format("{} is a class: classes stand in nodes, (x:{})", name, QuoteName(name))
            : "SHOW PREDICATES lists them");
  }
  HelpWithPrefix(name, &diagnostic);
  return ToStatus(std::move(diagnostic));
}

StatusOr<ResolvedPredicates> StatementBinder::ResolvePredicates(const ast::ClassTest& test) {
  using Kind = ast::ClassTest::Kind;
  ResolvedPredicates resolved;
  switch (test.kind) {
    case Kind::kAny:
      // Any predicate, said so: values count too. Along a chain they do not (AddEdge).
      resolved.walk = AnyWalk();
      resolved.walk.along.nodes_only = false;
      resolved.names_only = false;
      return resolved;
    case Kind::kNot: {
      const ast::ClassTest& excluded_test = test.children[0];
      if (excluded_test.kind == Kind::kNot) {
        SL_ASSIGN_OR_RETURN(resolved, ResolvePredicates(excluded_test.children[0]));
        resolved.names_only = false;
        return resolved;
      }
      if (excluded_test.kind == Kind::kAny) {  // Nothing is left.
        resolved.names_only = false;
        return resolved;
      }
      SL_ASSIGN_OR_RETURN(const ResolvedPredicates part, ResolvePredicates(excluded_test));
      if (!part.names_only) {
        // What is not both is not the one or not the other, and the other way round.
        ast::ClassTest each;
        each.kind = excluded_test.kind == Kind::kAnd ? Kind::kOr : Kind::kAnd;
        each.span = test.span;
        for (const ast::ClassTest& child : excluded_test.children) {
          ast::ClassTest& negated = each.children.emplace_back();
          negated.kind = Kind::kNot;
          negated.span = child.span;
          negated.children.push_back(child);
        }
        SL_ASSIGN_OR_RETURN(resolved, ResolvePredicates(each));
        resolved.named.clear();
        resolved.names_only = false;
        return resolved;
      }
      const std::vector<TermId> excluded =
          UnionOf(part.walk.along.predicates, part.walk.against.predicates);
      resolved.walk = AnyWalk();
      resolved.walk.along.predicates = UnionOf(resolved.walk.along.predicates, excluded);
      resolved.walk.against.predicates = Without(resolved.walk.against.predicates, excluded);
      resolved.walk.along.nodes_only = false;
      resolved.names_only = false;
      return resolved;
    }
    case Kind::kAnd:
    case Kind::kOr: {
      bool first = true;
      for (const ast::ClassTest& child : test.children) {
        SL_ASSIGN_OR_RETURN(ResolvedPredicates part, ResolvePredicates(child));
        resolved.names_only = resolved.names_only && part.names_only && test.kind == Kind::kOr;
        resolved.named.insert(resolved.named.end(), part.named.begin(), part.named.end());
        if (first) {
          resolved.walk = std::move(part.walk);
        } else if (test.kind == Kind::kOr) {
          resolved.walk.along = UnionOf(resolved.walk.along, part.walk.along);
          resolved.walk.against = UnionOf(resolved.walk.against, part.walk.against);
        } else {
          resolved.walk.along = CommonOf(resolved.walk.along, part.walk.along);
          resolved.walk.against = CommonOf(resolved.walk.against, part.walk.against);
        }
        first = false;
      }
      return resolved;
    }
    case Kind::kName:
    case Kind::kId:
    case Kind::kQuoted:
    case Kind::kParameter: {
      std::string name = test.text;
      if (test.kind == Kind::kParameter) {
        SL_ASSIGN_OR_RETURN(const Datum datum, ReadParameter(test.text, test.span));
        const auto* text =
            datum.value() != nullptr ? datum.value()->get_if<storage::Text>() : nullptr;
        if (text == nullptr) {
          return Error("SL3011", test.span,
                       fmt::format("${} stands for a predicate and must be its name", test.text));
        }
        name = text->text;
      }
      bool inverse = false;
      const PredicateDefinition* definition = FindProperty(name, &inverse);
      if (definition == nullptr && cypher_) return resolved;
      if (definition == nullptr) return NoSuchPredicate(name, test.span, "SL2012");
      const std::vector<TermId> ids =
          test.only ? std::vector<TermId>{definition->id} : PredicateIds(definition->name);
      std::vector<TermId> symmetric;
      for (TermId id : ids) {
        const PredicateDefinition* below = catalog_->FindPredicate(id);
        if (below != nullptr && below->symmetric) symmetric.push_back(id);
      }
      resolved.walk.along.predicates = inverse ? symmetric : ids;
      resolved.walk.against.predicates = inverse ? ids : symmetric;
      resolved.named.push_back({definition, DefinitionsOf(ids), inverse, test.span});
      return resolved;
    }
  }
  return Internal("an unknown kind of predicate test");
}

}  // namespace sightline::query
