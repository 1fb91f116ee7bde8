#include "storage/txn/store_state.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/encoding.h"
#include "storage/txn/name_index.h"

namespace sightline::storage {
namespace {

constexpr std::string_view kFormatKey = "format";

// What a commit's writer is told when the sync fails: his commit is neither done nor undone.
Status NotConfirmed(const Status& failure) {
  return MakeStatus(failure.code(),
                    fmt::format("{}; whether the commit is on record shows when the store takes "
                                "writes again, or is opened again",
                                MessageOf(failure)));
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
  std::string lower;
  // A first number of 0 or 1 has nothing before it: a key that should not be there shows.
  if (first > 1) AppendFixed64(first, &lower);
  const auto iterator = kv.NewIterator(family, lower, "");
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

std::string EncodeCounters(const StoreCounters& counters) {
  std::string out;
  AppendVarint(counters.dictionary.entity, &out);
  AppendVarint(counters.dictionary.string, &out);
  AppendVarint(counters.dictionary.value, &out);
  AppendVarint(counters.quads, &out);
  return out;
}

StatusOr<std::shared_ptr<StoreState>> StoreState::Load(std::unique_ptr<KvStore> kv, Clock* clock,
                                                       uint32_t format_version,
                                                       bool hides_numbers) {
  auto state = std::shared_ptr<StoreState>(new StoreState(std::move(kv), clock));
  SL_ASSIGN_OR_RETURN(const bool is_new, state->IsNew(format_version));
  StoreCounters counters;
  if (!is_new) SL_RETURN_IF_ERROR(state->LoadTables(&counters));
  SL_RETURN_IF_ERROR(state->EnsureBuiltIns(format_version, is_new && hides_numbers, &counters));
  SL_RETURN_IF_ERROR(state->LoadIds());
  const Revision newest = state->commits_.newest();
  RunManifestPtr runs;
  QuadDeltaPtr delta;
  SL_RETURN_IF_ERROR(state->LoadQuads(counters, &runs, &delta));
  SL_ASSIGN_OR_RETURN(auto dictionary, state->LoadDictionary());
  auto published = state->MakePublished(newest, counters, state->catalogs_.CatalogAt(newest),
                                        std::move(runs), std::move(delta), std::move(dictionary));
  MutexLock lock(&state->mutex_);
  state->published_ = published;
  state->written_ = std::move(published);
  state->contexts_written_ = state->contexts_.size();
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
  SL_RETURN_IF_ERROR(ReadNumbered(*kv_, ColumnFamily::kStatementColumns, "columns of statements", 0,
                                  [&](std::string_view value) {
                                    ++column_segment_count_;
                                    return statements_.LoadSegment(value, contexts_.size());
                                  }));
  SL_RETURN_IF_ERROR(ReadNumbered(
      *kv_, ColumnFamily::kStatements, "statements", statements_.size() + 1,
      [&](std::string_view value) {
        auto head = DecodeStatementHead(value);
        if (!head.ok()) return head.status();
        const StatementId id{statements_.size() + 1};
        if (head->context_number >= contexts_.size() || head->revision > commits_.newest() ||
            head->revision != commits_.RevisionOf(id, commits_.newest())) {
          return DataLoss("A statement refers to what the store does not have: number {}",
                          id.value);
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
  statements_.LoadRetractions(retractions);
  statements_.Commit(commits_.newest(), {});
  return catalogs_.Load(*kv_);
}

Status StoreState::LoadIds() {
  const StatusOr<std::string> key = kv_->Get(ColumnFamily::kMeta, kIdKeyKey);
  if (key.status().code() == StatusCode::kNotFound) return OkStatus();
  if (!key.ok()) return key.status();
  SL_ASSIGN_OR_RETURN(ids_, IdCipher::FromBytes(*key));
  return OkStatus();
}

Status StoreState::EnsureBuiltIns(uint32_t format_version, bool hides_numbers,
                                  StoreCounters* counters) {
  const auto catalog = catalogs_.CatalogAt(commits_.newest());
  SL_ASSIGN_OR_RETURN(const auto dictionary, LoadDictionary());
  DictionaryDelta terms(dictionary.get(), nullptr, counters->dictionary);
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
  if (hides_numbers) batch->Put(ColumnFamily::kMeta, kIdKeyKey, IdCipher::Random().ToBytes());
  SL_RETURN_IF_ERROR(kv_->Write(*batch, Durability::kSynced));
  return catalogs_.Load(*kv_);
}

Status StoreState::MatchRuns(const RunManifest& manifest) {
  const auto batch = kv_->NewBatch();
  bool has_unnamed = false;
  const auto iterator = kv_->NewIterator(ColumnFamily::kQuads, "", "");
  auto named = manifest.runs.begin();
  iterator->SeekToFirst();
  while (iterator->Valid()) {
    if (iterator->key().size() != kRunKeyBytes) {
      return DataLoss("The key of a block has a wrong length");
    }
    const RunNumber run{LoadFixed32(iterator->key().data())};
    if (named != manifest.runs.end() && named->number < run) break;
    const RunKeyRange range = KeysOf(run);
    if (named != manifest.runs.end() && named->number == run) {
      ++named;
    } else {
      batch->DeleteRange(ColumnFamily::kQuads, range.lower, range.upper);
      has_unnamed = true;
    }
    iterator->Seek(range.upper);
  }
  SL_RETURN_IF_ERROR(iterator->status());
  if (named != manifest.runs.end()) {
    return DataLoss("The store has lost a run of quads: number {}", named->number.value);
  }
  return has_unnamed ? kv_->Write(*batch, Durability::kSynced) : OkStatus();
}

Status StoreState::LoadQuads(const StoreCounters& counters, RunManifestPtr* runs,
                             QuadDeltaPtr* delta) {
  RunManifest manifest;
  const StatusOr<std::string> bytes = kv_->Get(ColumnFamily::kMeta, kRunManifestKey);
  if (bytes.ok()) {
    SL_ASSIGN_OR_RETURN(manifest, DecodeRunManifest(*bytes));
  } else if (bytes.status().code() != StatusCode::kNotFound) {
    return bytes.status();
  }
  if (manifest.folded_through.value > statements_.size()) {
    return DataLoss("The list of runs names a statement that the store does not have: s/{}",
                    manifest.folded_through.value);
  }
  SL_RETURN_IF_ERROR(MatchRuns(manifest));
  std::vector<Quad> quads;
  StatementId id{manifest.folded_through.value + 1};
  const auto iterator = kv_->NewIterator(ColumnFamily::kStatements, StatementKey(id), "");
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next(), ++id.value) {
    SL_ASSIGN_OR_RETURN(const StatementRecord record, DecodeStatement(iterator->value()));
    if (!record.facts_inline) {
      return DataLoss("A statement's facts are in runs, and its number is after theirs: s/{}",
                      id.value);
    }
    for (const Fact& fact : record.content.facts) quads.push_back({fact, id});
  }
  SL_RETURN_IF_ERROR(iterator->status());
  *delta = QuadDelta::Empty()->With(quads);
  // The counters say how much there must be: a lost run would leave no gap.
  if (manifest.quad_count() + (*delta)->quad_count() != counters.quads) {
    return DataLoss("The store has {} quads in runs and {} in records, and its counters name {}",
                    manifest.quad_count(), (*delta)->quad_count(), counters.quads);
  }
  *runs = std::make_shared<const RunManifest>(std::move(manifest));
  return OkStatus();
}

StatusOr<std::shared_ptr<const Dictionary>> StoreState::LoadDictionary() const {
  std::vector<TermSegment> list;
  const StatusOr<std::string> bytes = kv_->Get(ColumnFamily::kMeta, kTermSegmentsKey);
  if (bytes.ok()) {
    SL_ASSIGN_OR_RETURN(list, DecodeTermSegments(*bytes));
  } else if (bytes.status().code() != StatusCode::kNotFound) {
    return bytes.status();
  }
  SL_ASSIGN_OR_RETURN(auto segments, TermSegments::Load(kv_.get(), list, nullptr));
  return std::make_shared<const Dictionary>(kv_.get(), std::move(segments));
}

PublishedPtr StoreState::MakePublished(Revision revision, const StoreCounters& counters,
                                       std::shared_ptr<const Catalog> catalog, RunManifestPtr runs,
                                       QuadDeltaPtr delta,
                                       std::shared_ptr<const Dictionary> dictionary) {
  auto published = std::make_shared<Published>();
  published->revision = revision;
  published->statement_count = statements_.size();
  published->statements = statements_.Snapshot();
  published->counters = counters;
  {
    MutexLock lock(&mutex_);
    if (written_ != nullptr && written_->catalog == catalog) {
      published->name_predicates = written_->name_predicates;
    }
  }
  if (published->name_predicates == nullptr) {
    published->name_predicates =
        std::make_shared<const std::vector<TermId>>(NamePredicates(*catalog, {kName, kAlias}));
  }
  published->catalog = std::move(catalog);
  published->snapshot = kv_->TakeSnapshot();
  published->blocks = std::make_shared<QuadIteratorPool>(kv_.get(), published->snapshot);
  published->runs = std::move(runs);
  published->delta = std::move(delta);
  published->dictionary = std::move(dictionary);
  return published;
}

PublishedPtr StoreState::published() const {
  MutexLock lock(&mutex_);
  return published_;
}

PublishedPtr StoreState::written() const {
  MutexLock lock(&mutex_);
  return written_;
}

StatementBitmapsPtr StoreState::Bitmaps(const Published& published, const ScopeKey& key) {
  SL_CHECK(key.known_at <= published.revision);
  const auto found = scopes_.Find(key);
  if (found && found->key.known_at == key.known_at) return found->bitmaps;
  const ScopeTables tables{published.statements, contexts_, key.ratings.get()};
  const uint64_t last = commits_.StatementCountAt(key.known_at);
  StatementBitmapsPtr bitmaps;
  if (found) {
    const uint64_t first = commits_.StatementCountAt(found->key.known_at) + 1;
    const auto added = EvaluateScope(tables, {first, last}, key.conditions, key.clearance,
                                     key.known_at, key.retracted);
    std::vector<StatementId> retracted;
    if (key.retracted == RetractedStatements::kLeaveOut) {
      retracted = published.statements.RetractedBetween(found->key.known_at, key.known_at);
    }
    bitmaps = ExtendScope(*found->bitmaps, *added, retracted);
  } else {
    bitmaps = EvaluateScope(tables, {1, last}, key.conditions, key.clearance, key.known_at,
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
  auto sources = std::make_shared<std::vector<TermId>>();
  const uint64_t context_count =
      published.statements.ContextCountOf(commits_.StatementCountAt(revision));
  std::unordered_map<uint32_t, bool> permits;  // By marking number.
  for (uint64_t i = 0; i < context_count; ++i) {
    const auto number = static_cast<uint32_t>(i);
    const auto [verdict, is_new] = permits.try_emplace(contexts_.MarkingNumberOf(number), false);
    if (is_new) verdict->second = clearance.Permits(contexts_[number].marking);
    if (verdict->second) AppendSources(contexts_[number], sources.get());
  }
  std::sort(sources->begin(), sources->end());
  sources->erase(std::unique(sources->begin(), sources->end()), sources->end());
  MutexLock lock(&mutex_);
  if (sources_.size() >= kSourcesEntriesMax) sources_.erase(sources_.begin());
  sources_.push_back({clearance, revision, sources});
  return sources;
}

void StoreState::RollBackTables() {
  // What a load in doubt has put there is needed if it has come in after all.
  if (load_in_doubt_) return;
  MutexLock lock(&mutex_);
  statements_.RollBack();
  contexts_.Truncate(contexts_written_);
}

void StoreState::Append(const CommitEntry& entry, const StoreCounters& counters, QuadDeltaPtr delta,
                        const std::vector<StatementId>& retracted,
                        std::vector<Definition> definitions, std::shared_ptr<const Catalog> catalog,
                        Durability durability) {
  commits_.Append(entry);
  const Revision revision = commits_.newest();
  statements_.Commit(revision, retracted);
  for (Definition& definition : definitions) catalogs_.Append(std::move(definition));
  const PublishedPtr before = written();
  auto state = MakePublished(revision, counters, std::move(catalog), before->runs, std::move(delta),
                             before->dictionary);
  MutexLock lock(&mutex_);
  contexts_written_ = contexts_.size();
  written_ = state;
  unpublished_.push_back({std::move(state), durability});
}

bool StoreState::NeedsSync(Revision revision) const {
  return std::any_of(unpublished_.begin(), unpublished_.end(), [&](const Unpublished& entry) {
    return entry.durability == Durability::kSynced && entry.state->revision <= revision;
  });
}

void StoreState::PublishThrough(Revision revision, std::vector<PublishedPtr>* replaced) {
  while (!unpublished_.empty() && unpublished_.front().state->revision <= revision) {
    replaced->push_back(std::exchange(published_, std::move(unpublished_.front().state)));
    unpublished_.pop_front();
  }
}

Status StoreState::Publish(Revision revision) {
  SL_RETURN_IF_ERROR(PublishAndSync(revision));
  MutexLock lock(&listener_mutex_);
  if (publish_listener_) publish_listener_();
  return OkStatus();
}

Status StoreState::PublishAndSync(Revision revision) {
  std::vector<PublishedPtr> replaced;  // Goes after the lock.
  MutexLock lock(&mutex_);
  bool is_asked = false;  // To do the next sync.
  while (published_->revision < revision) {
    if (!write_failure_.ok()) return NotConfirmed(write_failure_);
    if (!NeedsSync(revision)) {
      lock.native().unlock();
      const Status flushed = kv_->FlushLog();
      lock.native().lock();
      if (flushed.ok()) {
        PublishThrough(revision, &replaced);
      } else if (write_failure_.ok()) {
        write_failure_ = flushed;
        WakeSyncGroups();
      }
    } else if (is_syncing_) {
      const auto group = revision <= sync_target_ ? present_group_ : next_group_;
      lock.native().unlock();
      if (group->Wait() == SyncGroup::Outcome::kServed) return OkStatus();
      is_asked = true;
      lock.native().lock();
    } else {
      // All that has been written by now is synced with ours.
      is_syncing_ = true;
      sync_target_ = written_->revision;
      const auto group = std::exchange(next_group_, std::make_shared<SyncGroup>());
      present_group_ = group;
      lock.native().unlock();
      const Status synced = kv_->SyncLog();
      lock.native().lock();
      is_syncing_ = false;
      if (synced.ok()) {
        PublishThrough(sync_target_, &replaced);
      } else if (write_failure_.ok()) {
        write_failure_ = synced;
      }
      if (!write_failure_.ok()) {
        WakeSyncGroups();
        continue;
      }
      // The next sync before those who are done: they need the processor, it needs the disk.
      const auto next = next_group_;
      lock.native().unlock();
      next->AskOne();
      group->Serve();
      return OkStatus();
    }
  }
  // One who needs no sync any more, being relaxed, must not keep it from those who do.
  if (is_asked && !is_syncing_) next_group_->AskOne();
  return OkStatus();
}

void StoreState::WakeSyncGroups() {
  std::exchange(present_group_, std::make_shared<SyncGroup>())->AskAll();
  std::exchange(next_group_, std::make_shared<SyncGroup>())->AskAll();
}

void StoreState::SetPublishListener(std::function<void()> listener) {
  MutexLock lock(&listener_mutex_);
  publish_listener_ = std::move(listener);
}

Status StoreState::InstallRuns(const RunManifest& manifest,
                               const std::vector<RunNumber>& replaced) {
  SL_RETURN_IF_ERROR(writer_gate_.Enter());
  const Status installed = InstallRunsAtGate(manifest, replaced);
  writer_gate_.Leave();
  return installed;
}

Status StoreState::ClearRun(RunNumber run) {
  SL_RETURN_IF_ERROR(write_failure());
  // A load that was in doubt has come in since the caller looked, as this very run.
  if (run != written()->runs->next) {
    return Unavailable("A load has come in while runs were about to be changed; begin again");
  }
  const RunKeyRange range = KeysOf(run);
  const auto iterator = kv_->NewIterator(ColumnFamily::kQuads, range.lower, range.upper);
  iterator->SeekToFirst();
  if (!iterator->Valid()) return iterator->status();
  const auto batch = kv_->NewBatch();
  batch->DeleteRange(ColumnFamily::kQuads, range.lower, range.upper);
  const Status written = kv_->Write(*batch, Durability::kSynced);
  if (!written.ok()) FailWrites(written);
  return written;
}

Status StoreState::InstallRunsAtGate(const RunManifest& manifest,
                                     const std::vector<RunNumber>& replaced) {
  SL_RETURN_IF_ERROR(TakeWrites());
  // When all that was written is visible, there is one state to replace.
  const PublishedPtr before = written();
  SL_RETURN_IF_ERROR(Publish(before->revision));
  const auto batch = kv_->NewBatch();
  batch->Put(ColumnFamily::kMeta, kRunManifestKey, EncodeRunManifest(manifest));
  // With the quads, what scopes ask for of their statements: the next Open need not read records.
  const uint64_t column_segment_count =
      std::min(before->statements.segment_count(), manifest.folded_through.value / kSegmentRows);
  for (uint64_t segment = column_segment_count_; segment < column_segment_count; ++segment) {
    batch->Put(ColumnFamily::kStatementColumns, SegmentKey(segment),
               before->statements.EncodeSegment(segment));
  }
  for (const RunNumber run : replaced) {
    const RunKeyRange range = KeysOf(run);
    batch->DeleteRange(ColumnFamily::kQuads, range.lower, range.upper);
  }
  if (const Status written = kv_->Write(*batch, Durability::kSynced); !written.ok()) {
    FailWrites(written);
    return written;
  }
  QuadDeltaPtr delta = before->delta;
  if (manifest.folded_through != before->runs->folded_through) {
    delta = delta->After(manifest.folded_through);
  }
  auto state = MakePublished(before->revision, before->counters, before->catalog,
                             std::make_shared<const RunManifest>(manifest), std::move(delta),
                             before->dictionary);
  column_segment_count_ = std::max(column_segment_count_, column_segment_count);
  MutexLock lock(&mutex_);
  published_ = state;
  written_ = std::move(state);
  return OkStatus();
}

Status StoreState::TakeIn(TakenInLoad load) {
  const auto take_in = [&]() -> Status {
    const PublishedPtr before = written();
    SL_CHECK(before->delta->quad_count() == 0);
    StatementId id{statements_.size() + 1};
    const auto iterator = kv_->NewIterator(ColumnFamily::kStatements, StatementKey(id), "");
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next(), ++id.value) {
      SL_ASSIGN_OR_RETURN(const StatementHead head, DecodeStatementHead(iterator->value()));
      SL_RETURN_IF_ERROR(statements_.Append(head).status());
    }
    SL_RETURN_IF_ERROR(iterator->status());
    SL_ASSIGN_OR_RETURN(auto segments, TermSegments::Load(kv_.get(), load.term_segments,
                                                          before->dictionary->segments()));
    commits_.Append(load.entry);
    const Revision revision = commits_.newest();
    statements_.Commit(revision, {});
    for (Definition& definition : load.definitions) catalogs_.Append(std::move(definition));
    column_segment_count_ = load.column_segment_count;
    auto state =
        MakePublished(revision, load.counters, std::move(load.catalog),
                      std::make_shared<const RunManifest>(std::move(load.runs)), QuadDelta::Empty(),
                      std::make_shared<const Dictionary>(kv_.get(), std::move(segments)));
    MutexLock lock(&mutex_);
    contexts_written_ = contexts_.size();
    published_ = state;
    written_ = std::move(state);
    return OkStatus();
  };
  const Status taken_in = take_in();
  if (!taken_in.ok()) FailWrites(taken_in);
  return taken_in;
}

Status StoreState::write_failure() const {
  Status failure;
  {
    MutexLock lock(&mutex_);
    failure = write_failure_;
  }
  if (failure.ok()) failure = kv_->write_trouble();
  if (failure.ok()) return failure;
  const bool is_damage = failure.code() == StatusCode::kDataLoss;
  return MakeStatus(failure.code(),
                    fmt::format("The store takes no writes: {}; {}", MessageOf(failure),
                                is_damage ? "restore a backup"
                                          : "free space or repair the disk, and "
                                            "write again"));
}

Status StoreState::TakeWrites() {
  const Status failure = write_failure();
  if (failure.ok()) return failure;
  if (!kv_->Recover().ok()) return failure;
  // Whatever this says, nothing is there that we do not know of: else we would write over it.
  const PublishedPtr newest = written();
  const StatusOr<std::string> unknown =
      kv_->Get(ColumnFamily::kCommits, CommitKey(Revision{newest->revision.value + 1}));
  const bool is_there = unknown.ok();
  if (!is_there && unknown.status().code() != StatusCode::kNotFound) return unknown.status();
  if (std::optional<TakenInLoad> load = std::exchange(load_in_doubt_, std::nullopt)) {
    if (!is_there) {
      RollBackTables();
    } else {
      SL_RETURN_IF_ERROR(TakeIn(std::move(*load)));
    }
  } else if (is_there) {
    return DataLoss("A commit that failed is in the store all the same; open the store again");
  }
  std::vector<PublishedPtr> replaced;  // Goes after the lock.
  MutexLock lock(&mutex_);
  PublishThrough(written_->revision, &replaced);
  write_failure_ = OkStatus();
  WakeSyncGroups();
  return OkStatus();
}

void StoreState::FailWrites(Status failure, std::optional<TakenInLoad> in_doubt) {
  if (in_doubt) load_in_doubt_ = std::move(in_doubt);
  MutexLock lock(&mutex_);
  if (write_failure_.ok()) write_failure_ = std::move(failure);
  WakeSyncGroups();
}

}  // namespace sightline::storage
