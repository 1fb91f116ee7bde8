#include "storage/txn/catalog_history.h"

#include <algorithm>
#include <utility>

#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

template <typename Key, typename Definition, typename Compare>
std::vector<Definition> ValuesOf(const std::map<Key, Definition, Compare>& map) {
  std::vector<Definition> values;
  values.reserve(map.size());
  for (const auto& [key, definition] : map) values.push_back(definition);
  return values;
}

// A catalog while it is put together, definition by definition.
class CatalogBuilder {
 public:
  CatalogBuilder() = default;
  explicit CatalogBuilder(const Catalog& catalog)
      : classes_(catalog.classes()),
        predicates_(catalog.predicates()),
        stored_(catalog.stored()),
        dropped_(catalog.dropped()) {}

  void Apply(const Definition& definition) {
    std::visit([this](const auto& any) { Take(any); }, definition);
  }

  std::shared_ptr<const Catalog> Build() const {
    return std::make_shared<Catalog>(ValuesOf(classes_), ValuesOf(predicates_), ValuesOf(stored_),
                                     ValuesOf(dropped_));
  }

 private:
  void Take(const ClassDefinition& definition) { classes_[definition.name] = definition; }
  void Take(const PredicateDefinition& definition) {
    predicates_[definition.name] = definition;
    dropped_.erase(definition.name);
  }
  void Take(const StoredDefinition& definition) { stored_[definition.number] = definition; }
  void Take(const DroppedDefinition& definition) {
    switch (definition.kind) {
      case DroppedDefinition::Kind::kClass:
        classes_.erase(definition.name);
        return;
      case DroppedDefinition::Kind::kPredicate:
        if (auto predicate = predicates_.extract(definition.name); !predicate.empty()) {
          dropped_.insert(std::move(predicate));
        }
        return;
      case DroppedDefinition::Kind::kStored:
        stored_.erase(definition.number);
        return;
    }
  }

  std::map<std::string, ClassDefinition, std::less<>> classes_;
  std::map<std::string, PredicateDefinition, std::less<>> predicates_;
  std::map<uint64_t, StoredDefinition> stored_;
  std::map<std::string, PredicateDefinition, std::less<>> dropped_;
};

}  // namespace

Revision RevisionOf(const Definition& definition) {
  return std::visit([](const auto& any) { return any.revision; }, definition);
}

const std::string& NameOf(const Definition& definition) {
  return std::visit([](const auto& any) -> const std::string& { return any.name; }, definition);
}

const TermId* TermOf(const Definition& definition) {
  if (const auto* any = std::get_if<ClassDefinition>(&definition)) return &any->id;
  if (const auto* any = std::get_if<PredicateDefinition>(&definition)) return &any->id;
  return nullptr;
}

TermId* TermOf(Definition* definition) {
  return const_cast<TermId*>(TermOf(std::as_const(*definition)));
}

std::string CatalogKey(const Definition& definition) {
  std::string key;
  AppendByte(static_cast<uint8_t>(1 + definition.index()), &key);
  const auto* stored = std::get_if<StoredDefinition>(&definition);
  const auto* dropped = std::get_if<DroppedDefinition>(&definition);
  if (dropped != nullptr) AppendByte(static_cast<uint8_t>(dropped->kind), &key);
  key.append(NameOf(definition));
  AppendByte(0, &key);
  AppendFixed64(RevisionOf(definition).value, &key);
  if (stored != nullptr) AppendFixed64(stored->number, &key);
  if (dropped != nullptr) AppendFixed64(dropped->number, &key);
  return key;
}

std::string EncodeAnyDefinition(const Definition& definition) {
  return std::visit([](const auto& any) { return EncodeDefinition(any); }, definition);
}

std::shared_ptr<const Catalog> WithDefinitions(const Catalog& catalog,
                                               std::span<const Definition> definitions) {
  CatalogBuilder builder(catalog);
  for (const Definition& definition : definitions) builder.Apply(definition);
  return builder.Build();
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
  CatalogBuilder builder;
  for (auto it = definitions_.begin(); it != end; ++it) builder.Apply(*it);
  std::shared_ptr<const Catalog> catalog = builder.Build();
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
