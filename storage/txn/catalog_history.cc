#include "storage/txn/catalog_history.h"

#include <algorithm>
#include <utility>

#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

std::shared_ptr<const Catalog> BuildCatalog(std::map<std::string, ClassDefinition> classes,
                                            std::map<std::string, PredicateDefinition> predicates) {
  std::vector<ClassDefinition> class_list;
  class_list.reserve(classes.size());
  for (auto& [name, definition] : classes) class_list.push_back(std::move(definition));
  std::vector<PredicateDefinition> predicate_list;
  predicate_list.reserve(predicates.size());
  for (auto& [name, definition] : predicates) predicate_list.push_back(std::move(definition));
  return std::make_shared<Catalog>(std::move(class_list), std::move(predicate_list));
}

void Apply(const Definition& definition, std::map<std::string, ClassDefinition>* classes,
           std::map<std::string, PredicateDefinition>* predicates) {
  if (const auto* class_definition = std::get_if<ClassDefinition>(&definition)) {
    (*classes)[class_definition->name] = *class_definition;
  } else {
    const auto& predicate = std::get<PredicateDefinition>(definition);
    (*predicates)[predicate.name] = predicate;
  }
}

}  // namespace

Revision RevisionOf(const Definition& definition) {
  return std::visit([](const auto& any) { return any.revision; }, definition);
}

const std::string& NameOf(const Definition& definition) {
  return std::visit([](const auto& any) -> const std::string& { return any.name; }, definition);
}

std::string CatalogKey(const Definition& definition) {
  std::string key;
  AppendByte(static_cast<uint8_t>(1 + definition.index()), &key);
  key.append(NameOf(definition));
  AppendByte(0, &key);
  AppendFixed64(RevisionOf(definition).value, &key);
  return key;
}

std::string EncodeAnyDefinition(const Definition& definition) {
  return std::visit([](const auto& any) { return EncodeDefinition(any); }, definition);
}

std::shared_ptr<const Catalog> WithDefinition(const Catalog& catalog,
                                              const Definition& definition) {
  std::map<std::string, ClassDefinition> classes(catalog.classes().begin(),
                                                 catalog.classes().end());
  std::map<std::string, PredicateDefinition> predicates(catalog.predicates().begin(),
                                                        catalog.predicates().end());
  Apply(definition, &classes, &predicates);
  return BuildCatalog(std::move(classes), std::move(predicates));
}

Status CatalogHistory::Load(const KvStore& kv) {
  std::vector<Definition> definitions;
  const auto iterator = kv.NewIterator(ColumnFamily::kCatalog, "", "");
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    SL_ASSIGN_OR_RETURN(Definition definition, DecodeDefinition(iterator->value()));
    if (CatalogKey(definition) != iterator->key()) {
      return DataLoss("A definition in the catalog does not agree with its key");
    }
    definitions.push_back(std::move(definition));
  }
  SL_RETURN_IF_ERROR(iterator->status());
  std::stable_sort(
      definitions.begin(), definitions.end(),
      [](const Definition& a, const Definition& b) { return RevisionOf(a) < RevisionOf(b); });
  MutexLock lock(&mutex_);
  definitions_ = std::move(definitions);
  cached_.clear();
  return OkStatus();
}

void CatalogHistory::Append(Definition definition) {
  MutexLock lock(&mutex_);
  definitions_.push_back(std::move(definition));
}

std::shared_ptr<const Catalog> CatalogHistory::CatalogAt(Revision revision) const {
  MutexLock lock(&mutex_);
  const auto end = std::partition_point(
      definitions_.begin(), definitions_.end(),
      [revision](const Definition& definition) { return RevisionOf(definition) <= revision; });
  const auto count = static_cast<size_t>(end - definitions_.begin());
  if (const auto known = cached_.find(count); known != cached_.end()) return known->second;
  std::map<std::string, ClassDefinition> classes;
  std::map<std::string, PredicateDefinition> predicates;
  for (auto it = definitions_.begin(); it != end; ++it) Apply(*it, &classes, &predicates);
  auto catalog = BuildCatalog(std::move(classes), std::move(predicates));
  if (cached_.size() >= kCachedMax) cached_.erase(cached_.begin());
  cached_.emplace(count, catalog);
  return catalog;
}

std::vector<Definition> CatalogHistory::DefinitionsOf(Revision revision) const {
  MutexLock lock(&mutex_);
  const auto begin = std::partition_point(
      definitions_.begin(), definitions_.end(),
      [revision](const Definition& definition) { return RevisionOf(definition) < revision; });
  const auto end = std::partition_point(
      begin, definitions_.end(),
      [revision](const Definition& definition) { return RevisionOf(definition) == revision; });
  return {begin, end};
}

}  // namespace sightline::storage
