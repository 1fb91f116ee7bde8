#include "server/ingest/bulk_sink.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "server/ingest/statement_draft.h"
#include "storage/base/mutex.h"

namespace sightline::server {
namespace {

// The streams of a load, for the lanes that come and go with its files.
class StreamPool {
 public:
  StreamPool(storage::BulkLoader* loader, std::shared_ptr<LoadChecks> checks)
      : loader_(loader), checks_(std::move(checks)) {}

  storage::BulkLoader* loader() { return loader_; }
  LoadChecks& checks() { return *checks_; }
  // One that was given back, else a new one. Errors: as BulkLoader::NewStream.
  StatusOr<storage::LoadStream*> Take() {
    const storage::MutexLock lock(&mutex_);
    if (free_.empty()) return loader_->NewStream();
    storage::LoadStream* const stream = free_.back();
    free_.pop_back();
    return stream;
  }
  void GiveBack(storage::LoadStream* stream) {
    const storage::MutexLock lock(&mutex_);
    free_.push_back(stream);
  }

 private:
  storage::BulkLoader* const loader_;
  const std::shared_ptr<LoadChecks> checks_;
  storage::Mutex mutex_;
  std::vector<storage::LoadStream*> free_ SL_GUARDED_BY(mutex_);
};

class BulkSink final : public ImportSink {
 public:
  BulkSink(std::shared_ptr<StreamPool> pool, storage::LoadStream* stream)
      : pool_(std::move(pool)), loader_(pool_->loader()), stream_(stream) {}
  ~BulkSink() override { pool_->GiveBack(stream_); }

  Status DefineClass(const ImportedClass& imported) override {
    storage::ClassDefinition definition;
    definition.name = imported.name;
    for (const std::string_view parent : imported.parents) {
      definition.parents.emplace_back(parent);
    }
    definition.label = imported.label;
    definition.note = imported.note;
    return loader_->Define(std::move(definition));
  }

  Status DefinePredicate(const ImportedPredicate& imported) override {
    if (imported.definition != nullptr) return loader_->Define(*imported.definition);
    storage::PredicateDefinition definition;
    definition.name = imported.name;
    definition.label = imported.label;
    definition.cardinality = storage::Cardinality::kMany;
    return loader_->Define(std::move(definition));
  }

  Status DefinePrefix(std::string_view name, std::string_view iri) override {
    storage::StoredDefinition prefix;
    prefix.kind = storage::StoredDefinition::Kind::kPrefix;
    prefix.name = name;
    prefix.text = iri;
    return loader_->Define(std::move(prefix));
  }

  StatusOr<StatementHandle> OpenStatement(const ImportedStatement& header) override {
    SL_RETURN_IF_ERROR(pool_->checks().CheckSpan(header));
    const auto predicate_of = [this](std::string_view id) -> StatusOr<storage::TermRef> {
      SL_ASSIGN_OR_RETURN(const storage::PredicateRef predicate, stream_->Predicate(id));
      return predicate.term;
    };
    SL_ASSIGN_OR_RETURN(
        const storage::StatementDraft draft,
        DraftOf(
            header, [this](const ImportedNode& node) { return NodeOf(node); }, predicate_of,
            [this](const ImportedObject& object) { return ObjectOf(object); }, StatementOf));
    SL_ASSIGN_OR_RETURN(const storage::StatementRef statement, stream_->OpenStatement(draft));
    if (header.polarity == storage::Polarity::kDenies) denials_.insert(statement.value);
    return statement.value;
  }

  Status AddFact(StatementHandle statement, ImportedNode subject, std::string_view predicate,
                 const ImportedObject& object) override {
    SL_RETURN_IF_ERROR(Check(statement, subject, predicate, object));
    SL_ASSIGN_OR_RETURN(const storage::TermRef subject_term, NodeOf(subject));
    SL_ASSIGN_OR_RETURN(const storage::PredicateRef predicate_ref, stream_->Predicate(predicate));
    SL_ASSIGN_OR_RETURN(const storage::TermRef object_term, ObjectOf(object));
    return stream_->Add(StatementOf(statement), subject_term, predicate_ref, object_term);
  }

  // The loader ends a statement with the load.
  Status CloseStatement(StatementHandle statement) override {
    denials_.erase(statement);
    return OkStatus();
  }

  StatusOr<std::unique_ptr<ImportSink>> NewLane() override {
    const StatusOr<storage::LoadStream*> stream = pool_->Take();
    // As many threads as the load has streams.
    if (stream.status().code() == StatusCode::kFailedPrecondition) {
      return std::unique_ptr<ImportSink>();
    }
    SL_RETURN_IF_ERROR(stream.status());
    return std::unique_ptr<ImportSink>(std::make_unique<BulkSink>(pool_, *stream));
  }

 private:
  // 0 is no handle, and the loader's references are never 0.
  static storage::StatementRef StatementOf(StatementHandle handle) {
    return storage::StatementRef{handle};
  }

  Status Check(StatementHandle statement, const ImportedNode& subject, std::string_view predicate,
               const ImportedObject& object) {
    const bool is_link = object.kind == ImportedObject::Kind::kNode && subject.statement == 0 &&
                         object.node.statement == 0;
    const int64_t* const number =
        object.kind == ImportedObject::Kind::kValue ? object.value->get_if<int64_t>() : nullptr;
    if ((!is_link && number == nullptr) || denials_.contains(statement)) return OkStatus();
    if (is_link) {
      const LoadChecks::Order order = OrderOf(predicate);
      if (order.is_none()) return OkStatus();
      return pool_->checks().CheckOrder(subject.external_id, order, object.node.external_id);
    }
    if (predicate == kTextLength && object.value->comparator() == storage::Comparator::kExactly) {
      pool_->checks().AddTextLength(subject.external_id, *number);
    }
    return OkStatus();
  }

  // Remembered: once it is there, a definition does not change within a load.
  LoadChecks::Order OrderOf(std::string_view predicate) {
    if (predicate == last_predicate_) return last_order_;
    std::string name(predicate);
    auto known = orders_.find(name);
    if (known == orders_.end()) {
      const std::shared_ptr<const storage::Catalog> catalog = loader_->catalog();
      if (catalog->FindPredicate(predicate) == nullptr) return {};
      known = orders_.emplace(std::move(name), LoadChecks::Order::Of(predicate, *catalog)).first;
    }
    last_predicate_ = predicate;
    last_order_ = known->second;
    return last_order_;
  }

  StatusOr<storage::TermRef> NodeOf(const ImportedNode& node) {
    if (node.statement != 0) return storage::StatementTerm(StatementOf(node.statement));
    return stream_->Entity(node.external_id);
  }

  StatusOr<storage::TermRef> ObjectOf(const ImportedObject& object) {
    switch (object.kind) {
      case ImportedObject::Kind::kNode:
        return NodeOf(object.node);
      case ImportedObject::Kind::kText:
        return stream_->Text(object.text, object.language);
      case ImportedObject::Kind::kValue:
        break;
    }
    return stream_->Value(*object.value);
  }

  const std::shared_ptr<StreamPool> pool_;
  storage::BulkLoader* const loader_;
  storage::LoadStream* const stream_;
  std::unordered_map<std::string, LoadChecks::Order> orders_;  // By predicate.
  std::string last_predicate_;
  LoadChecks::Order last_order_;
  std::unordered_set<StatementHandle> denials_;  // That this lane has opened and not closed.
};

}  // namespace

StatusOr<std::unique_ptr<ImportSink>> MakeBulkSink(storage::BulkLoader* loader,
                                                   std::shared_ptr<LoadChecks> checks) {
  auto pool = std::make_shared<StreamPool>(loader, std::move(checks));
  SL_ASSIGN_OR_RETURN(storage::LoadStream* const stream, pool->Take());
  return std::unique_ptr<ImportSink>(std::make_unique<BulkSink>(std::move(pool), stream));
}

}  // namespace sightline::server
