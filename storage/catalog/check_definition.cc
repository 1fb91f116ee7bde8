#include <algorithm>
#include <set>

#include "storage/base/utf8.h"
#include "storage/catalog/catalog.h"

namespace sightline::storage {
namespace {

// In a list of classes or types, order and repetition say nothing.
template <typename T>
bool SameSet(const std::vector<T>& a, const std::vector<T>& b) {
  return std::set<T>(a.begin(), a.end()) == std::set<T>(b.begin(), b.end());
}

// Whether two definitions say the same of the facts. Label and note are for people only.
bool SameMeaning(const ClassDefinition& a, const ClassDefinition& b) {
  return SameSet(a.parents, b.parents);
}

bool SameMeaning(const PredicateDefinition& a, const PredicateDefinition& b) {
  return SameSet(a.domain, b.domain) && SameSet(a.range, b.range) &&
         SameSet(a.range_types, b.range_types) && a.cardinality == b.cardinality &&
         a.symmetric == b.symmetric && a.transitive == b.transitive && a.inverse == b.inverse &&
         SameSet(a.parents, b.parents) && a.taxonomic == b.taxonomic;
}

bool IsBuiltInName(std::string_view name) {
  constexpr std::string_view kNames[] = {kInstanceOf,  kBroader,     kSameAs,
                                         kPartOf,      kName,        kAlias,
                                         kContradicts, kReliability, kCredibility};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

Status CheckName(std::string_view name) {
  if (name.empty()) return InvalidArgument("A definition needs a name");
  if (name.size() > kDefinitionNameBytesMax) {
    return InvalidArgument("The name of a definition has {} bytes, more than {}", name.size(),
                           kDefinitionNameBytesMax);
  }
  if (!IsValidUtf8(name) || name.find('\0') != std::string_view::npos) {
    return InvalidArgument("The name of a definition must be UTF-8 without NUL");
  }
  return OkStatus();
}

Status CheckRemark(std::string_view what, std::string_view text) {
  if (text.size() > kDefinitionRemarkBytesMax) {
    return InvalidArgument("The {} of a definition has {} bytes, more than {}", what, text.size(),
                           kDefinitionRemarkBytesMax);
  }
  if (!IsValidUtf8(text)) return InvalidArgument("The {} of a definition must be UTF-8", what);
  return OkStatus();
}

// What classes and predicates have in common.
template <typename Definition>
Status CheckTexts(const Definition& definition) {
  SL_RETURN_IF_ERROR(CheckName(definition.name));
  SL_RETURN_IF_ERROR(CheckRemark("label", definition.label));
  return CheckRemark("note", definition.note);
}

const ClassDefinition* Find(const Catalog& catalog, std::string_view name,
                            const ClassDefinition& /*like*/) {
  return catalog.FindClass(name);
}

const PredicateDefinition* Find(const Catalog& catalog, std::string_view name,
                                const PredicateDefinition& /*like*/) {
  return catalog.FindPredicate(name);
}

// Parents exist, and none of them has the definition among its own ancestors.
template <typename Definition>
Status CheckParents(const Catalog& catalog, const Definition& definition, std::string_view what) {
  std::set<std::string_view> reached;
  std::vector<std::string_view> pending;
  for (const std::string& parent : definition.parents) {
    if (parent == definition.name) {
      return InvalidArgument("A {} cannot be UNDER itself: '{}'", what, definition.name);
    }
    if (Find(catalog, parent, definition) == nullptr) {
      return InvalidArgument("No such {} to be UNDER: '{}'", what, parent);
    }
    if (reached.insert(parent).second) pending.push_back(parent);
  }
  while (!pending.empty()) {
    const std::string_view name = pending.back();
    pending.pop_back();
    if (name == definition.name) {
      return InvalidArgument("UNDER would go in a circle through '{}'", definition.name);
    }
    const Definition* ancestor = Find(catalog, name, definition);
    if (ancestor == nullptr) continue;
    for (const std::string& parent : ancestor->parents) {
      if (reached.insert(parent).second) pending.push_back(parent);
    }
  }
  return OkStatus();
}

Status CheckClassesExist(const Catalog& catalog, const std::vector<std::string>& classes,
                         const std::string& predicate, std::string_view place) {
  for (const std::string& name : classes) {
    if (catalog.FindClass(name) == nullptr) {
      return InvalidArgument("No such class in the {} of '{}': '{}'", place, predicate, name);
    }
  }
  return OkStatus();
}

// The inverse is a name of its own, that no other predicate and no other inverse has.
Status CheckInverse(const Catalog& catalog, const PredicateDefinition& definition) {
  if (definition.inverse.empty()) return OkStatus();
  SL_RETURN_IF_ERROR(CheckName(definition.inverse));
  if (definition.symmetric) {
    return InvalidArgument("A SYMMETRIC predicate is its own inverse; leave out INVERSE: '{}'",
                           definition.name);
  }
  if (definition.inverse == definition.name) {
    return InvalidArgument("The INVERSE needs another name than the predicate: '{}'",
                           definition.name);
  }
  if (IsBuiltInName(definition.inverse)) {
    return InvalidArgument("The name of a built-in predicate cannot be an INVERSE: '{}'",
                           definition.inverse);
  }
  if (catalog.FindPredicate(definition.inverse) != nullptr) {
    return InvalidArgument("The INVERSE is a predicate already: '{}'", definition.inverse);
  }
  const PredicateDefinition* other = catalog.FindInverse(definition.inverse);
  if (other != nullptr && other->name != definition.name) {
    return InvalidArgument("The INVERSE is that of another predicate, '{}', already: '{}'",
                           other->name, definition.inverse);
  }
  return OkStatus();
}

Status DefinedOtherwise(std::string_view what, const std::string& name) {
  return InvalidArgument(
      "The {} is defined otherwise already; only its label and note can be changed: '{}'", what,
      name);
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The signs of RFC 3986 and RFC 3987 that no IRI has.
bool IsIri(std::string_view text) {
  const size_t colon = text.find(':');
  if (text.empty() || !IsLetter(text.front()) || colon == std::string_view::npos) return false;
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7F ||
           std::string_view("<>\"{}|\\^`").find(c) != std::string_view::npos;
  });
}

Status CheckPrefix(const StoredDefinition& definition) {
  const bool is_name = IsLetter(definition.name.front()) &&
                       std::all_of(definition.name.begin(), definition.name.end(), [](char c) {
                         return IsLetter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                                c == '.' || static_cast<unsigned char>(c) >= 0x80;
                       });
  if (!is_name) {
    return InvalidArgument(
        "A prefix has a name of letters, digits, '_', '-' and '.' that begins with a letter from a "
        "to z: '{}'",
        definition.name);
  }
  if (!IsIri(definition.text)) {
    return InvalidArgument("A prefix stands for an absolute IRI: '{}'", definition.text);
  }
  if (!definition.parameters.empty() || definition.marking != Marking()) {
    return InvalidArgument("A prefix has neither parameters nor a marking: '{}'", definition.name);
  }
  return OkStatus();
}

}  // namespace

Status CheckDefinition(const Catalog& catalog, const ClassDefinition& definition) {
  SL_RETURN_IF_ERROR(CheckTexts(definition));
  // Class and predicate would be one term, as both have the name for an external id.
  if (IsBuiltInName(definition.name)) {
    return InvalidArgument("The name of a built-in predicate cannot be a class: '{}'",
                           definition.name);
  }
  SL_RETURN_IF_ERROR(CheckParents(catalog, definition, "class"));
  const ClassDefinition* existing = catalog.FindClass(definition.name);
  if (existing != nullptr && !SameMeaning(*existing, definition)) {
    return DefinedOtherwise("class", definition.name);
  }
  return OkStatus();
}

Status CheckDefinition(const Catalog& catalog, const PredicateDefinition& definition) {
  SL_RETURN_IF_ERROR(CheckTexts(definition));
  const PredicateDefinition* existing = catalog.FindPredicate(definition.name);
  if (IsBuiltInName(definition.name)) {
    const bool unchanged = existing != nullptr && SameMeaning(*existing, definition) &&
                           existing->label == definition.label && existing->note == definition.note;
    if (unchanged) return OkStatus();
    return InvalidArgument("A built-in predicate cannot be defined: '{}'", definition.name);
  }
  SL_RETURN_IF_ERROR(CheckParents(catalog, definition, "predicate"));
  SL_RETURN_IF_ERROR(CheckClassesExist(catalog, definition.domain, definition.name, "domain"));
  SL_RETURN_IF_ERROR(CheckClassesExist(catalog, definition.range, definition.name, "range"));
  for (ValueType type : definition.range_types) {
    if (type == ValueType::kNull) {
      return InvalidArgument("NULL is no type for the range of a predicate: '{}'", definition.name);
    }
  }
  if (const PredicateDefinition* other = catalog.FindInverse(definition.name); other != nullptr) {
    return InvalidArgument("The name is the INVERSE of another predicate, '{}', already: '{}'",
                           other->name, definition.name);
  }
  SL_RETURN_IF_ERROR(CheckInverse(catalog, definition));
  // Reading backwards or on from a value would need facts about values, which there are none of.
  if (definition.attribute_only() &&
      (definition.symmetric || definition.transitive || !definition.inverse.empty())) {
    return InvalidArgument(
        "A predicate whose objects are values cannot be SYMMETRIC, TRANSITIVE or have an INVERSE: "
        "'{}'",
        definition.name);
  }
  if (existing != nullptr && !SameMeaning(*existing, definition)) {
    return DefinedOtherwise("predicate", definition.name);
  }
  // Facts with it may have outlived it, and were entered, or not, as those of its parents are.
  const PredicateDefinition* dropped = catalog.FindDropped(definition.name);
  if (dropped != nullptr && !SameSet(dropped->parents, definition.parents)) {
    return InvalidArgument("The predicate was UNDER others before it was dropped: '{}'",
                           definition.name);
  }
  return OkStatus();
}

Status CheckDefinition(const Catalog& catalog, const StoredDefinition& definition) {
  SL_RETURN_IF_ERROR(CheckName(definition.name));
  SL_RETURN_IF_ERROR(CheckRemark("note", definition.note));
  if (definition.text.empty() || definition.text.size() > kStoredTextBytesMax) {
    return InvalidArgument("The text of a definition has {} bytes, not 1 to {}",
                           definition.text.size(), kStoredTextBytesMax);
  }
  if (!IsValidUtf8(definition.text)) {
    return InvalidArgument("The text of a definition must be UTF-8");
  }
  SL_RETURN_IF_ERROR(AccessExpression::Parse(definition.marking.access).status());
  if (definition.kind == StoredDefinition::Kind::kPrefix) return CheckPrefix(definition);
  if (definition.kind != StoredDefinition::Kind::kEdge) return OkStatus();
  if (catalog.FindPredicate(definition.name) != nullptr ||
      catalog.FindInverse(definition.name) != nullptr) {
    return InvalidArgument("A predicate has the name already: '{}'", definition.name);
  }
  return OkStatus();
}

Status CheckDrop(const Catalog& catalog, DroppedDefinition::Kind kind, std::string_view name) {
  const auto named_in = [name](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto in_use = [name](std::string_view what, std::string_view by) {
    return InvalidArgument("The {} '{}' is named by the definition of '{}'", what, name, by);
  };
  if (IsBuiltInName(name)) return InvalidArgument("What is built in stays: '{}'", name);
  if (kind == DroppedDefinition::Kind::kClass) {
    if (catalog.FindClass(name) == nullptr) return InvalidArgument("No such class: '{}'", name);
    for (const auto& [other, definition] : catalog.classes()) {
      if (named_in(definition.parents)) return in_use("class", other);
    }
    for (const auto& [other, definition] : catalog.predicates()) {
      if (named_in(definition.domain) || named_in(definition.range)) return in_use("class", other);
    }
    return OkStatus();
  }
  const PredicateDefinition* predicate = catalog.FindPredicate(name);
  if (predicate == nullptr) return InvalidArgument("No such predicate: '{}'", name);
  if (predicate->built_in) return InvalidArgument("What is built in stays: '{}'", name);
  for (const auto& [other, definition] : catalog.predicates()) {
    if (named_in(definition.parents)) return in_use("predicate", other);
  }
  return OkStatus();
}

}  // namespace sightline::storage
