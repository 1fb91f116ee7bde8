#include "storage/catalog/catalog.h"

#include <algorithm>
#include <set>
#include <utility>

namespace sightline::storage {
namespace {

template <typename Definition>
using ByName = std::map<std::string, Definition, std::less<>>;

template <typename Definition>
const Definition* Find(const ByName<Definition>& definitions, std::string_view name) {
  const auto it = definitions.find(name);
  return it == definitions.end() ? nullptr : &it->second;
}

// `name` and everything whose parents lead to it, ascending by name.
template <typename Definition>
std::vector<const Definition*> AtOrBelow(const ByName<Definition>& definitions,
                                         std::string_view name) {
  if (Find(definitions, name) == nullptr) return {};
  std::multimap<std::string_view, std::string_view> children;
  for (const auto& [child, definition] : definitions) {
    for (const std::string& parent : definition.parents) children.emplace(parent, child);
  }
  // A definition can be reached on several ways; each is walked once.
  std::set<std::string_view> reached = {name};
  std::vector<std::string_view> pending = {name};
  while (!pending.empty()) {
    const auto [begin, end] = children.equal_range(pending.back());
    pending.pop_back();
    for (auto it = begin; it != end; ++it) {
      if (reached.insert(it->second).second) pending.push_back(it->second);
    }
  }
  std::vector<const Definition*> result;
  for (std::string_view reached_name : reached) {
    result.push_back(Find(definitions, reached_name));
  }
  return result;
}

template <typename Definition>
bool IsAtOrBelow(const ByName<Definition>& definitions, std::string_view name,
                 std::string_view ancestor) {
  if (Find(definitions, name) == nullptr || Find(definitions, ancestor) == nullptr) return false;
  std::set<std::string_view> reached = {name};
  std::vector<std::string_view> pending = {name};
  while (!pending.empty()) {
    const std::string_view next = pending.back();
    pending.pop_back();
    if (next == ancestor) return true;
    const Definition* definition = Find(definitions, next);
    if (definition == nullptr) continue;
    for (const std::string& parent : definition->parents) {
      if (reached.insert(parent).second) pending.push_back(parent);
    }
  }
  return false;
}

}  // namespace

Catalog::Catalog(std::vector<ClassDefinition> classes, std::vector<PredicateDefinition> predicates,
                 std::vector<StoredDefinition> stored, std::vector<PredicateDefinition> dropped) {
  for (ClassDefinition& definition : classes) Put(std::move(definition));
  for (PredicateDefinition& definition : predicates) Put(std::move(definition));
  for (StoredDefinition& definition : stored) {
    stored_.insert_or_assign(definition.number, std::move(definition));
  }
  for (PredicateDefinition& definition : dropped) {
    std::string name = definition.name;
    dropped_.insert_or_assign(std::move(name), std::move(definition));
  }
}

void Catalog::Put(ClassDefinition definition) {
  std::string name = definition.name;
  if (!definition.id.is_none()) names_by_id_[definition.id.bits] = name;
  classes_.insert_or_assign(std::move(name), std::move(definition));
}

void Catalog::Put(StoredDefinition definition) {
  const uint64_t number = definition.number;
  stored_.insert_or_assign(number, std::move(definition));
}

void Catalog::Put(PredicateDefinition definition) {
  std::string name = definition.name;
  if (!definition.id.is_none()) names_by_id_[definition.id.bits] = name;
  // An inverse is for good (CheckDefinition).
  if (!definition.inverse.empty()) inverses_[definition.inverse] = name;
  dropped_.erase(name);
  predicates_.insert_or_assign(std::move(name), std::move(definition));
}

const ClassDefinition* Catalog::FindClass(std::string_view name) const {
  return Find(classes_, name);
}

const PredicateDefinition* Catalog::FindPredicate(std::string_view name) const {
  return Find(predicates_, name);
}

// The external id is the name, so that one id is one name, in whichever of the two maps.
const ClassDefinition* Catalog::FindClass(TermId id) const {
  const auto it = names_by_id_.find(id.bits);
  return it == names_by_id_.end() ? nullptr : FindClass(it->second);
}

const PredicateDefinition* Catalog::FindPredicate(TermId id) const {
  const auto it = names_by_id_.find(id.bits);
  return it == names_by_id_.end() ? nullptr : FindPredicate(it->second);
}

const PredicateDefinition* Catalog::FindInverse(std::string_view name) const {
  const auto it = inverses_.find(name);
  return it == inverses_.end() ? nullptr : FindPredicate(it->second);
}

const StoredDefinition* Catalog::FindQuery(std::string_view name,
                                           const Clearance& clearance) const {
  for (auto it = stored_.rbegin(); it != stored_.rend(); ++it) {
    const StoredDefinition& definition = it->second;
    if (definition.kind == StoredDefinition::Kind::kQuery && definition.name == name &&
        clearance.Permits(definition.marking)) {
      return &definition;
    }
  }
  return nullptr;
}

const StoredDefinition* Catalog::FindPrefix(std::string_view name) const {
  for (auto it = stored_.rbegin(); it != stored_.rend(); ++it) {
    if (it->second.kind == StoredDefinition::Kind::kPrefix && it->second.name == name) {
      return &it->second;
    }
  }
  return nullptr;
}

std::vector<const StoredDefinition*> Catalog::FindEdge(std::string_view name,
                                                       const Clearance& clearance) const {
  std::vector<const StoredDefinition*> found = StoredOf(StoredDefinition::Kind::kEdge, clearance);
  std::erase_if(found, [name](const StoredDefinition* edge) { return edge->name != name; });
  return found;
}

std::vector<const StoredDefinition*> Catalog::StoredOf(StoredDefinition::Kind kind,
                                                       const Clearance& clearance) const {
  std::vector<const StoredDefinition*> found;
  for (const auto& [number, definition] : stored_) {
    if (definition.kind == kind && clearance.Permits(definition.marking)) {
      found.push_back(&definition);
    }
  }
  std::stable_sort(
      found.begin(), found.end(),
      [](const StoredDefinition* a, const StoredDefinition* b) { return a->name < b->name; });
  return found;
}

const PredicateDefinition* Catalog::FindDropped(std::string_view name) const {
  return Find(dropped_, name);
}

std::vector<const ClassDefinition*> Catalog::ClassesAtOrBelow(std::string_view name) const {
  return AtOrBelow(classes_, name);
}

std::vector<const PredicateDefinition*> Catalog::PredicatesAtOrBelow(std::string_view name) const {
  return AtOrBelow(predicates_, name);
}

std::vector<TermId> Catalog::PredicateIdsAtOrBelow(std::string_view name) const {
  std::vector<TermId> ids;
  for (const PredicateDefinition* definition : PredicatesAtOrBelow(name)) {
    ids.push_back(definition->id);
  }
  return ids;
}

bool Catalog::IsClassAtOrBelow(std::string_view name, std::string_view ancestor) const {
  return IsAtOrBelow(classes_, name, ancestor);
}

bool Catalog::IsPredicateAtOrBelow(std::string_view name, std::string_view ancestor) const {
  return IsAtOrBelow(predicates_, name, ancestor);
}

}  // namespace sightline::storage
