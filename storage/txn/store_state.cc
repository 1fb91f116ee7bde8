#include "storage/txn/store_state.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

constexpr std::string_view kFormatKey = "format";

StatusOr<StoreCounters> DecodeCounters(std::string_view bytes) {
  ByteReader reader(bytes);
  StoreCounters counters;
  SL_ASSIGN_OR_RETURN(counters.dictionary.entity, reader.ReadVarint());
  SL_ASSIGN_OR_RETURN(counters.dictionary.string, reader.ReadVarint());
  SL_ASSIGN_OR_RETURN(counters.dictionary.value, reader.ReadVarint());
  SL_ASSIGN_OR_RETURN(counters.quads, reader.ReadVarint());
  SL_RETURN_IF_ERROR(reader.ExpectEnd());
  return counters;
}

bool IsEmptyFamily(const KvStore& kv, ColumnFamily family) {
  const auto iterator = kv.NewIterator(family, "", "");
  iterator->SeekToFirst();
  return !iterator->Valid() && iterator->status().ok();
}

// Reads a family whose keys are the numbers `first`, `first` + 1, ... without a gap.
template <typename Visit>
Status ReadNumbered(const KvStore& kv, ColumnFamily family, std::string_view name, uint64_t first,
                    Visit visit) {
  const auto iterator = kv.NewIterator(family, "", "");
  uint64_t expected = first;
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next(), ++expected) {
    if (iterator->key().size() != 8 || LoadFixed64(iterator->key().data()) != expected) {
      return DataLoss("The store has lost a part of its {}: number {} is missing", name, expected);
    }
    SL_RETURN_IF_ERROR(visit(iterator->value()));
  }
  return iterator->status();
}

}  // namespace

void AppendSources(const StatementContext& context, std::vector<TermId>* sources) {
  for (const TermId source : {context.claimant, context.document, context.dataset}) {
    if (!source.is_none()) sources->push_back(source);
  }
  sources->insert(sources->end(), context.via.begin(), context.via.end());
}

std::string EncodeCounters(const StoreCounters& counters) {
  std::string out;
  AppendVarint(counters.dictionary.entity, &out);
  AppendVarint(counters.dictionary.string, &out);
  AppendVarint(counters.dictionary.value, &out);
  AppendVarint(counters.quads, &out);
  return out;
}

StatusOr<std::shared_ptr<StoreState>> StoreState::Load(std::unique_ptr<KvStore> kv, Clock* clock,
                                                       uint32_t format_version) {
  auto state = std::shared_ptr<StoreState>(new StoreState(std::move(kv), clock));
  SL_ASSIGN_OR_RETURN(const bool is_new, state->IsNew(format_version));
  StoreCounters counters;
  if (!is_new) SL_RETURN_IF_ERROR(state->LoadTables(&counters));
  SL_RETURN_IF_ERROR(state->EnsureBuiltIns(format_version, &counters));
  const Revision newest = state->commits_.newest();
  auto published = state->MakePublished(newest, counters, state->catalogs_.CatalogAt(newest));
  MutexLock lock(&state->mutex_);
  state->published_ = std::move(published);
  state->contexts_published_ = state->contexts_.size();
  return state;
}

StatusOr<bool> StoreState::IsNew(uint32_t format_version) const {
  const StatusOr<std::string> found = kv_->Get(ColumnFamily::kMeta, kFormatKey);
  if (found.ok()) {
    if (found->size() != 4) return DataLoss("The format version of the store is damaged");
    const uint32_t version = LoadFixed32(found->data());
    if (version == format_version) return false;
    return FailedPrecondition(
        "The files of the store have format {}, and this program reads format {}; open it with "
        "the program that wrote it",
        version, format_version);
  }
  if (found.status().code() != StatusCode::kNotFound) return found.status();
  // New, or its creation was cut short before the first write.
  if (!IsEmptyFamily(*kv_, ColumnFamily::kCommits) ||
      !IsEmptyFamily(*kv_, ColumnFamily::kStatements)) {
    return DataLoss("The store has data but has lost its format version");
  }
  return true;
}

Status StoreState::LoadTables(StoreCounters* counters) {
  const StatusOr<std::string> bytes = kv_->Get(ColumnFamily::kMeta, kCountersKey);
  if (bytes.status().code() == StatusCode::kNotFound) {
    return DataLoss("The store has lost its counters");
  }
  if (!bytes.ok()) return bytes.status();
  SL_ASSIGN_OR_RETURN(*counters, DecodeCounters(*bytes));
  CommitEntry total;
  SL_RETURN_IF_ERROR(
      ReadNumbered(*kv_, ColumnFamily::kCommits, "commit log", 1, [&](std::string_view value) {
        auto entry = DecodeCommitEntry(value);
        if (!entry.ok()) return entry.status();
        total.statements_added += entry->statements_added;
        total.statements_retracted += entry->statements_retracted;
        total.quads_added += entry->quads_added;
        commits_.Append(*entry);
        return OkStatus();
      }));
  SL_RETURN_IF_ERROR(
      ReadNumbered(*kv_, ColumnFamily::kContexts, "contexts", 0, [&](std::string_view value) {
        auto context = DecodeContext(value);
        if (!context.ok()) return context.status();
        SL_ASSIGN_OR_RETURN(const uint32_t number, contexts_.Intern(*context));
        if (number + 1 != contexts_.size()) return DataLoss("Two contexts are equal: {}", number);
        return OkStatus();
      }));
  SL_RETURN_IF_ERROR(
      ReadNumbered(*kv_, ColumnFamily::kStatements, "statements", 1, [&](std::string_view value) {
        auto head = DecodeStatementHead(value);
        if (!head.ok()) return head.status();
        if (head->context_number >= contexts_.size() || head->revision > commits_.newest()) {
          return DataLoss("A statement refers to what the store does not have: number {}",
                          statements_.size() + 1);
        }
        return statements_.Append(*head).status();
      }));
  // The commit log says how much there must be: a lost tail of the records leaves no gap.
  if (statements_.size() != total.statements_added || counters->quads != total.quads_added) {
    return DataLoss("The store has {} statements, and its commit log names {}", statements_.size(),
                    total.statements_added);
  }

  std::vector<RetractionEvent> retractions;
  const auto iterator = kv_->NewIterator(ColumnFamily::kRetractions, "", "");
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    SL_ASSIGN_OR_RETURN(const Retraction retraction, DecodeRetraction(iterator->value()));
    const std::string_view key = iterator->key();
    const StatementId id{key.size() == 8 ? LoadFixed64(key.data()) : 0};
    if (id.value == 0 || id.value > statements_.size() || retraction.revision > commits_.newest()) {
      return DataLoss("A retraction refers to what the store does not have: s/{}", id.value);
    }
    statements_.SetRetracted(id, retraction.revision);
    retractions.push_back({retraction.revision, id});
  }
  SL_RETURN_IF_ERROR(iterator->status());
  if (retractions.size() != total.statements_retracted) {
    return DataLoss("The store has {} retractions, and its commit log names {}", retractions.size(),
                    total.statements_retracted);
  }
  std::stable_sort(
      retractions.begin(), retractions.end(),
      [](const RetractionEvent& a, const RetractionEvent& b) { return a.revision < b.revision; });
  {
    MutexLock lock(&mutex_);
    retractions_ = std::move(retractions);
  }
  return catalogs_.Load(*kv_);
}

Status StoreState::EnsureBuiltIns(uint32_t format_version, StoreCounters* counters) {
  const auto catalog = catalogs_.CatalogAt(commits_.newest());
  DictionaryDelta terms(&dictionary_, nullptr, counters->dictionary);
  const auto batch = kv_->NewBatch();
  bool is_complete = true;
  for (PredicateDefinition& predicate : BuiltInPredicates()) {
    if (catalog->FindPredicate(predicate.name) != nullptr) continue;
    is_complete = false;
    SL_ASSIGN_OR_RETURN(predicate.id, terms.Intern(TermTag::kEntity, predicate.name));
    predicate.built_in = true;
    predicate.revision = Revision{0};
    const Definition definition(std::move(predicate));
    batch->Put(ColumnFamily::kCatalog, CatalogKey(definition), EncodeAnyDefinition(definition));
  }
  if (is_complete) return OkStatus();
  counters->dictionary = terms.counters();
  terms.AppendTo(batch.get());
  std::string version;
  AppendFixed32(format_version, &version);
  batch->Put(ColumnFamily::kMeta, kFormatKey, version);
  batch->Put(ColumnFamily::kMeta, kCountersKey, EncodeCounters(*counters));
  SL_RETURN_IF_ERROR(kv_->Write(*batch, Durability::kSynced));
  return catalogs_.Load(*kv_);
}

PublishedPtr StoreState::MakePublished(Revision revision, const StoreCounters& counters,
                                       std::shared_ptr<const Catalog> catalog) {
  auto published = std::make_shared<Published>();
  published->revision = revision;
  published->statement_count = statements_.size();
  published->counters = counters;
  published->catalog = std::move(catalog);
  published->snapshot = kv_->TakeSnapshot();
  published->quads = std::make_shared<QuadIteratorPool>(kv_.get(), published->snapshot);
  return published;
}

PublishedPtr StoreState::published() const {
  MutexLock lock(&mutex_);
  return published_;
}

StatementBitmapsPtr StoreState::Bitmaps(const Published& published, const ScopeKey& key) {
  SL_CHECK(key.known_at <= published.revision);
  const auto found = scopes_.Find(key);
  if (found && found->key.known_at == key.known_at) return found->bitmaps;
  const uint64_t last = statements_.CountAt(key.known_at, published.statement_count);
  StatementBitmapsPtr bitmaps;
  if (found) {
    const uint64_t first = statements_.CountAt(found->key.known_at, last) + 1;
    const auto added = EvaluateScope(tables(), {first, last}, key.conditions, key.clearance,
                                     key.known_at, key.retracted);
    std::vector<StatementId> retracted;
    if (key.retracted == RetractedStatements::kLeaveOut) {
      MutexLock lock(&mutex_);
      auto event = std::partition_point(
          retractions_.begin(), retractions_.end(),
          [&](const RetractionEvent& e) { return e.revision <= found->key.known_at; });
      for (; event != retractions_.end() && event->revision <= key.known_at; ++event) {
        retracted.push_back(event->statement);
      }
    }
    bitmaps = ExtendScope(*found->bitmaps, *added, retracted);
  } else {
    bitmaps = EvaluateScope(tables(), {1, last}, key.conditions, key.clearance, key.known_at,
                            key.retracted);
  }
  scopes_.Insert(key, bitmaps);
  return bitmaps;
}

std::shared_ptr<const std::vector<TermId>> StoreState::VisibleSources(const Published& published,
                                                                      Revision revision,
                                                                      const Clearance& clearance) {
  {
    MutexLock lock(&mutex_);
    for (const SourcesEntry& entry : sources_) {
      if (entry.revision == revision && entry.clearance == clearance) return entry.sources;
    }
  }
  ScopeKey key;
  key.clearance = clearance;
  key.retracted = RetractedStatements::kKeep;
  key.known_at = revision;
  const ScopePtr visible = MakeScope({}, Bitmaps(published, key), nullptr, {});
  std::unordered_set<uint32_t> context_numbers;
  for (const StatementId id : visible->Statements()) {
    context_numbers.insert(statements_[id].context_number);
  }
  auto sources = std::make_shared<std::vector<TermId>>();
  for (const uint32_t number : context_numbers) AppendSources(contexts_[number], sources.get());
  std::sort(sources->begin(), sources->end());
  sources->erase(std::unique(sources->begin(), sources->end()), sources->end());
  MutexLock lock(&mutex_);
  if (sources_.size() >= kSourcesEntriesMax) sources_.erase(sources_.begin());
  sources_.push_back({clearance, revision, sources});
  return sources;
}

void StoreState::RollBackTables() {
  MutexLock lock(&mutex_);
  statements_.Truncate(published_->statement_count);
  contexts_.Truncate(contexts_published_);
}

void StoreState::Publish(const CommitEntry& entry, const StoreCounters& counters,
                         const std::vector<StatementId>& retracted,
                         std::vector<Definition> definitions,
                         std::shared_ptr<const Catalog> catalog) {
  commits_.Append(entry);
  const Revision revision = commits_.newest();
  for (const StatementId id : retracted) statements_.SetRetracted(id, revision);
  for (Definition& definition : definitions) catalogs_.Append(std::move(definition));
  auto published = MakePublished(revision, counters, std::move(catalog));
  MutexLock lock(&mutex_);
  for (const StatementId id : retracted) retractions_.push_back({revision, id});
  contexts_published_ = contexts_.size();
  published_ = std::move(published);
}

}  // namespace sightline::storage
