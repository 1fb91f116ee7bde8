// StoreState: what an open store holds in memory beside the key-value store, and what of it has
// been published to readers.
//
// Thread safety: Published is immutable and handed out under a mutex. The tables are written by the
// one who has passed the writer gate; a reader looks only at rows that its Published covers, and
// the mutex orders the two.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/id_cipher.h"
#include "storage/base/ids.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/catalog/catalog.h"
#include "storage/dictionary/dictionary.h"
#include "storage/dictionary/entity_ranks.h"
#include "storage/index/quad_delta.h"
#include "storage/index/quad_iterator_pool.h"
#include "storage/index/run_manifest.h"
#include "storage/kv/kv_store.h"
#include "storage/statements/context_table.h"
#include "storage/statements/scope_builder.h"
#include "storage/statements/statement_table.h"
#include "storage/txn/catalog_history.h"
#include "storage/txn/commit_log.h"
#include "storage/txn/identity_cache.h"
#include "storage/txn/scope_cache.h"
#include "storage/txn/sync_group.h"
#include "storage/txn/writer_gate.h"

namespace sightline::storage {

// The counters of kMeta. Written with each commit.
struct StoreCounters {
  DictionaryCounters dictionary;
  uint64_t quads = 0;
};
std::string EncodeCounters(const StoreCounters& counters);
StatusOr<StoreCounters> DecodeCounters(std::string_view bytes);  // Errors: kDataLoss.

inline constexpr std::string_view kCountersKey = "counters";  // In kMeta.
inline constexpr std::string_view kIdKeyKey = "id_key";       // In kMeta.

// Appends whoever the context names: claimant, document, dataset, via.
void AppendSources(const StatementContext& context, std::vector<TermId>* sources);

// The store as of its newest revision.
struct Published {
  Revision revision;
  uint64_t statement_count = 0;
  StatementSnapshot statements;
  StoreCounters counters;
  std::shared_ptr<const Catalog> catalog;
  std::shared_ptr<const std::vector<TermId>> name_predicates;  // Of the catalog; ascending.
  std::shared_ptr<const KvSnapshot> snapshot;
  std::shared_ptr<QuadIteratorPool> blocks;
  RunManifestPtr runs;
  QuadDeltaPtr delta;  // The quads of statements after runs->folded_through.
  std::shared_ptr<const Dictionary> dictionary;
};
using PublishedPtr = std::shared_ptr<const Published>;

// What a bulk load has brought, when the key-value store has taken its files in.
struct TakenInLoad {
  CommitEntry entry;
  StoreCounters counters;
  RunManifest runs;
  std::vector<TermSegment> term_segments;
  uint64_t column_segment_count = 0;
  std::vector<Definition> definitions;
  std::shared_ptr<const Catalog> catalog;
};

class StoreState {
 public:
  // Reads the tables; in a new store, writes the format and the built-in predicates first. Errors:
  // kFailedPrecondition for another format version; kDataLoss, kUnavailable.
  static StatusOr<std::shared_ptr<StoreState>> Load(std::unique_ptr<KvStore> kv, Clock* clock,
                                                    uint32_t format_version, bool hides_numbers);

  // What readers see: the newest revision that is as durable as its writer asked for.
  PublishedPtr published() const SL_EXCLUDES(mutex_);
  // What the next writer builds on: the newest revision that has been written.
  PublishedPtr written() const SL_EXCLUDES(mutex_);

  // The bitmap for `key`, from the cache, from an earlier revision's, or evaluated. REQUIRES:
  // key.known_at <= published.revision.
  StatementBitmapsPtr Bitmaps(const Published& published, const ScopeKey& key) SL_EXCLUDES(mutex_);

  // Terms that are sources (claimant, document, dataset, via) in statements recorded at `revision`
  // or before whose marking the clearance permits, ascending. Cached.
  std::shared_ptr<const std::vector<TermId>> VisibleSources(const Published& published,
                                                            Revision revision,
                                                            const Clearance& clearance)
      SL_EXCLUDES(mutex_);

  // --- For the writer who has passed the gate

  // Rows that have been appended and not been written are forgotten.
  void RollBackTables() SL_EXCLUDES(mutex_);
  // Makes a batch that has been written, synced or not, what the next writer builds on: `entry` is
  // its commit-log entry, `retracted` the statements it retracted, `delta` and `catalog` what it
  // leaves.
  void Append(const CommitEntry& entry, const StoreCounters& counters, QuadDeltaPtr delta,
              const std::vector<StatementId>& retracted, std::vector<Definition> definitions,
              std::shared_ptr<const Catalog> catalog, Durability durability) SL_EXCLUDES(mutex_);

  // InstallRuns for one who is in the gate.
  Status InstallRunsAtGate(const RunManifest& manifest, const std::vector<RunNumber>& replaced)
      SL_EXCLUDES(mutex_);
  // Makes a load visible, whose files have been taken in and are durable. REQUIRES: a RunChange;
  // all that was written is published; the delta is empty. After an error nothing may be written
  // until the store is opened again.
  Status TakeIn(TakenInLoad load) SL_EXCLUDES(mutex_);

  // Segments of kStatementColumns that are on disk.
  uint64_t column_segment_count() const { return column_segment_count_; }

  // --- For anyone

  // Makes the written revisions up to `revision` visible, and durable before where their writers
  // ask for it. Needs no gate: while one waits for the disk others write, and one sync serves all
  // who wait (group commit). Errors: kUnavailable when the sync fails. Then nothing more may be
  // written; the revisions become visible when the store takes writes again.
  Status Publish(Revision revision) SL_EXCLUDES(mutex_, listener_mutex_);

  // Puts `manifest` in place of the present one and deletes the runs `replaced`, durably, for all
  // who read from now on. Passes the writer gate. REQUIRES: a RunChange. Errors: as Publish.
  Status InstallRuns(const RunManifest& manifest, const std::vector<RunNumber>& replaced)
      SL_EXCLUDES(mutex_);
  // Deletes what an attempt that failed has left under the number of a run to be written. Needs no
  // gate. REQUIRES: a RunChange. Errors: as Publish; kUnavailable when the run is not the next one.
  Status ClearRun(RunNumber run) SL_EXCLUDES(mutex_);

  // OK, or why the store takes no writes at present. Reads go on.
  Status write_failure() const SL_EXCLUDES(mutex_);
  // The same for the one who has passed the gate; but when the cause may have gone, tries to take
  // writes again first. What had been written is then durable and visible, and what had failed is
  // not there; a load that was in doubt is there as a whole, and visible, or not at all. Errors:
  // kUnavailable, with what to do; kDataLoss.
  Status TakeWrites() SL_EXCLUDES(mutex_);
  // `in_doubt`: what the load has brought whose files were being taken in; from the one who has
  // passed the gate.
  void FailWrites(Status failure, std::optional<TakenInLoad> in_doubt = std::nullopt)
      SL_EXCLUDES(mutex_);

  // Called after each Publish, by its thread; null for nobody. When it returns, the earlier one is
  // not being called any more.
  void SetPublishListener(std::function<void()> listener) SL_EXCLUDES(listener_mutex_);

  KvStore& kv() { return *kv_; }
  Clock& clock() { return *clock_; }
  StatementTable& statements() { return statements_; }
  ContextTable& contexts() { return contexts_; }
  IdentityCache& identities() { return identities_; }
  EntityRanksCache& entity_ranks() { return entity_ranks_; }
  const CommitLog& commits() const { return commits_; }
  const IdCipher& ids() const { return ids_; }
  const CatalogHistory& catalogs() const { return catalogs_; }
  RatingsCache& ratings() { return ratings_; }
  WriterGate& writer_gate() { return writer_gate_; }

  // Requests up to this revision have been forgotten, or looked at. Writer only.
  Revision requests_forgotten;

 private:
  StoreState(std::unique_ptr<KvStore> kv, Clock* clock) : kv_(std::move(kv)), clock_(clock) {}

  // Whether nothing has been written yet. Errors: as Load.
  StatusOr<bool> IsNew(uint32_t format_version) const;
  Status LoadTables(StoreCounters* counters);
  // Writes the built-in predicates that are not there yet; in a new store the format with them.
  Status EnsureBuiltIns(uint32_t format_version, bool hides_numbers, StoreCounters* counters);
  // The key of `ids_`, if the store has one. Errors: as Load.
  Status LoadIds();
  // The runs, and the delta from the records of the statements that are not in them. Errors: as
  // Load.
  Status LoadQuads(const StoreCounters& counters, RunManifestPtr* runs, QuadDeltaPtr* delta);
  // Deletes runs that were written and never named, because the process died before. Errors:
  // kDataLoss when a run is named and is not there.
  Status MatchRuns(const RunManifest& manifest);
  // Publish without the listener.
  Status PublishAndSync(Revision revision) SL_EXCLUDES(mutex_);
  // Whether one of the written revisions up to this has to be durable before it is visible.
  bool NeedsSync(Revision revision) const SL_REQUIRES(mutex_);
  // The states that it replaces go to `replaced`, to be let go without the lock: each gives back a
  // snapshot.
  void PublishThrough(Revision revision, std::vector<PublishedPtr>* replaced) SL_REQUIRES(mutex_);
  // Makes all who wait for a sync look at what has become of the store: all that has been written
  // is published, or writing has failed.
  void WakeSyncGroups() SL_REQUIRES(mutex_);
  PublishedPtr MakePublished(Revision revision, const StoreCounters& counters,
                             std::shared_ptr<const Catalog> catalog, RunManifestPtr runs,
                             QuadDeltaPtr delta, std::shared_ptr<const Dictionary> dictionary);
  // The segments of terms. Errors: as Load.
  StatusOr<std::shared_ptr<const Dictionary>> LoadDictionary() const;

  friend class RunChange;

  struct Unpublished {
    PublishedPtr state;
    Durability durability;
  };
  struct SourcesEntry {
    Clearance clearance;
    Revision revision;
    std::shared_ptr<const std::vector<TermId>> sources;
  };
  static constexpr size_t kSourcesEntriesMax = 16;

  // Order matters: what holds snapshots goes before the key-value store.
  const std::unique_ptr<KvStore> kv_;
  Clock* const clock_;
  StatementTable statements_;
  ContextTable contexts_;
  CommitLog commits_;
  IdCipher ids_;  // Set while the store is opened.
  CatalogHistory catalogs_;
  ScopeCache scopes_;
  IdentityCache identities_;
  EntityRanksCache entity_ranks_;
  RatingsCache ratings_;
  WriterGate writer_gate_;
  WriterGate run_change_gate_;                // Before the writer gate.
  uint64_t column_segment_count_ = 0;         // Writer only.
  std::optional<TakenInLoad> load_in_doubt_;  // Writer only.
  Mutex listener_mutex_;
  std::function<void()> publish_listener_ SL_GUARDED_BY(listener_mutex_);

  mutable Mutex mutex_;
  PublishedPtr published_ SL_GUARDED_BY(mutex_);
  PublishedPtr written_ SL_GUARDED_BY(mutex_);
  std::deque<Unpublished> unpublished_ SL_GUARDED_BY(mutex_);  // Ascending; the last is written_.
  bool is_syncing_ SL_GUARDED_BY(mutex_) = false;
  Revision sync_target_ SL_GUARDED_BY(mutex_);  // What the present sync covers.
  // Those who wait for the present sync, and those who came too late for it.
  std::shared_ptr<SyncGroup> present_group_ SL_GUARDED_BY(mutex_) = std::make_shared<SyncGroup>();
  std::shared_ptr<SyncGroup> next_group_ SL_GUARDED_BY(mutex_) = std::make_shared<SyncGroup>();
  Status write_failure_ SL_GUARDED_BY(mutex_);
  uint64_t contexts_written_ SL_GUARDED_BY(mutex_) = 0;
  std::vector<SourcesEntry> sources_ SL_GUARDED_BY(mutex_);
};

// The right to change which runs there are. One holds it at a time; taken before the writer gate.
class RunChange {
 public:
  // Waits for whoever has it, and for those who came before. `cancellation` may be null. Errors: as
  // WriterGate::Enter.
  static StatusOr<std::unique_ptr<RunChange>> Take(std::shared_ptr<StoreState> store,
                                                   const CancellationToken* cancellation) {
    SL_RETURN_IF_ERROR(store->run_change_gate_.Enter(cancellation));
    return std::unique_ptr<RunChange>(new RunChange(std::move(store)));
  }
  ~RunChange() { store_->run_change_gate_.Leave(); }
  RunChange(const RunChange&) = delete;
  RunChange& operator=(const RunChange&) = delete;

 private:
  explicit RunChange(std::shared_ptr<StoreState> store) : store_(std::move(store)) {}

  const std::shared_ptr<StoreState> store_;
};

}  // namespace sightline::storage
