#include "storage/load/load_session.h"

#include <algorithm>
#include <utility>

#include "storage/statements/statement_table.h"
#include "storage/txn/catalog_history.h"
#include "storage/txn/name_index.h"
#include "storage/txn/write_checks.h"

namespace sightline::storage {

StatusOr<StreamFiles> StreamFiles::Create(const std::string& directory) {
  StreamFiles files;
  SL_ASSIGN_OR_RETURN(files.terms, SpillFile::Create(directory));
  SL_ASSIGN_OR_RETURN(files.rows, SpillFile::Create(directory));
  SL_ASSIGN_OR_RETURN(files.statements, SpillFile::Create(directory));
  return files;
}

std::string_view LoadStageName(LoadStage stage) {
  switch (stage) {
    case LoadStage::kReading:
      return "reading";
    case LoadStage::kTerms:
      return "terms";
    case LoadStage::kQuads:
      return "quads";
    case LoadStage::kFiles:
      return "files";
    case LoadStage::kIngest:
      return "ingest";
  }
  return "?";
}

LoadSession::LoadSession(const LoadBase& base, const LoadOptions& options,
                         uint64_t memory_bytes_max)
    : base_(base),
      options_(options),
      memory_bytes_max_(memory_bytes_max),
      token_(options.token != nullptr ? options.token : &never_),
      catalog_(*base.catalog),
      name_predicates_(NamePredicates(*base.catalog, {kName, kAlias})) {}

StatusOr<uint32_t> LoadSession::NewStatement() {
  const uint64_t ordinal = statements_opened_.fetch_add(1);
  if (base_.statement_count + ordinal >= kStatementCountMax) {
    return ResourceExhausted("The store has {} statements, and cannot number more",
                             kStatementCountMax);
  }
  return static_cast<uint32_t>(ordinal);
}

StatusOr<uint32_t> LoadSession::NewChunk() {
  const uint32_t number = next_chunk_.fetch_add(1);
  if (number >> kChunkBits != 0) return ResourceExhausted("The load has too many chunks");
  return number;
}

template <typename AnyDefinition>
StatusOr<TermId> LoadSession::DefineAny(AnyDefinition definition) {
  SL_RETURN_IF_ERROR(CheckDefinition(catalog_, definition));
  SL_ASSIGN_OR_RETURN(const uint32_t local,
                      definition_names_.Intern(TermTag::kEntity, definition.name,
                                               [&] { return CheckExternalId(definition.name); }));
  const TermId id = MakeProvisional(TermTag::kEntity, 0, local);
  definition.id = id;
  definition.revision = Revision{base_.revision.value + 1};
  catalog_.Put(definition);
  definitions_.push_back(std::move(definition));
  return id;
}

Status LoadSession::Define(ClassDefinition definition) {
  MutexLock lock(&mutex_);
  if (catalog_.FindClass(definition.name) != nullptr) return OkStatus();
  return DefineAny(std::move(definition)).status();
}

Status LoadSession::Define(PredicateDefinition definition) {
  MutexLock lock(&mutex_);
  if (catalog_.FindPredicate(definition.name) != nullptr) return OkStatus();
  const std::vector<std::string> parents = definition.parents;
  SL_ASSIGN_OR_RETURN(const TermId id, DefineAny(std::move(definition)));
  bool is_name = false;
  for (const std::string& parent : parents) {
    is_name |= std::binary_search(name_predicates_.begin(), name_predicates_.end(),
                                  catalog_.FindPredicate(parent)->id);
  }
  if (is_name) {
    name_predicates_.insert(std::upper_bound(name_predicates_.begin(), name_predicates_.end(), id),
                            id);
  }
  return OkStatus();
}

Status LoadSession::Define(StoredDefinition prefix) {
  if (prefix.kind != StoredDefinition::Kind::kPrefix) {
    return InvalidArgument("A bulk load defines no queries and no edges: '{}'", prefix.name);
  }
  MutexLock lock(&mutex_);
  SL_RETURN_IF_ERROR(CheckDefinition(catalog_, prefix));
  if (catalog_.FindPrefix(prefix.name) != nullptr) return OkStatus();
  const auto& stored = catalog_.stored();
  const uint64_t newest = stored.empty() ? 0 : stored.rbegin()->first;
  if (prefix.number == 0) prefix.number = newest + 1;
  if (prefix.number <= newest) {
    return InvalidArgument("The number {} is not above those of what is stored already: '{}'",
                           prefix.number, prefix.name);
  }
  prefix.revision = Revision{base_.revision.value + 1};
  catalog_.Put(prefix);
  definitions_.push_back(std::move(prefix));
  return OkStatus();
}

std::optional<PredicateRef> LoadSession::FindPredicate(std::string_view name) {
  MutexLock lock(&mutex_);
  const PredicateDefinition* predicate = catalog_.FindPredicate(name);
  if (predicate == nullptr) return std::nullopt;
  return PredicateRef{predicate->id, std::binary_search(name_predicates_.begin(),
                                                        name_predicates_.end(), predicate->id)};
}

std::shared_ptr<const Catalog> LoadSession::catalog() const {
  MutexLock lock(&mutex_);
  return std::make_shared<const Catalog>(catalog_);
}

void LoadSession::AddChunk(const LoadChunk& chunk) {
  MutexLock lock(&mutex_);
  chunks_.push_back(chunk);
}

void LoadSession::ReportRead(uint64_t quad_count) {
  MutexLock lock(&observer_mutex_);
  quads_read_ += quad_count;
  if (options_.observer) options_.observer({LoadStage::kReading, quads_read_, 0});
}

void LoadSession::Report(const LoadProgress& progress) {
  MutexLock lock(&observer_mutex_);
  if (options_.observer) options_.observer(progress);
}

StatusOr<std::vector<LoadChunk>> LoadSession::TakeChunks(const StreamFiles* files) {
  MutexLock lock(&mutex_);
  LoadChunk names;
  names.files = files;
  names.local_count = definition_names_.size();
  SL_ASSIGN_OR_RETURN(names.terms, WriteTermRun(definition_names_, *token_, files->terms.get()));
  chunks_.push_back(names);
  std::sort(chunks_.begin(), chunks_.end(),
            [](const LoadChunk& a, const LoadChunk& b) { return a.number < b.number; });
  return std::move(chunks_);
}

std::vector<Definition> LoadSession::TakeDefinitions() {
  MutexLock lock(&mutex_);
  return std::move(definitions_);
}

}  // namespace sightline::storage
