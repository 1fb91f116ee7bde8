// StoreState: what an open store holds in memory beside the key-value store, and what of it has
// been published to readers.
//
// Thread safety: Published is immutable and handed out under a mutex. The tables are written by the
// one who has passed the writer gate; a reader looks only at rows that its Published covers, and
// the mutex orders the two.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/ids.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/catalog/catalog.h"
#include "storage/dictionary/dictionary.h"
#include "storage/index/quad_iterator_pool.h"
#include "storage/kv/kv_store.h"
#include "storage/statements/context_table.h"
#include "storage/statements/scope_builder.h"
#include "storage/statements/statement_table.h"
#include "storage/txn/catalog_history.h"
#include "storage/txn/commit_log.h"
#include "storage/txn/scope_cache.h"
#include "storage/txn/writer_gate.h"

namespace sightline::storage {

// The counters of kMeta. Written with each commit.
struct StoreCounters {
  DictionaryCounters dictionary;
  uint64_t quads = 0;
};
std::string EncodeCounters(const StoreCounters& counters);

inline constexpr std::string_view kCountersKey = "counters";  // In kMeta.

// Appends whoever the context names: claimant, document, dataset, via.
void AppendSources(const StatementContext& context, std::vector<TermId>* sources);

// The store as of its newest revision.
struct Published {
  Revision revision;
  uint64_t statement_count = 0;
  StoreCounters counters;
  std::shared_ptr<const Catalog> catalog;
  std::shared_ptr<const KvSnapshot> snapshot;
  std::shared_ptr<QuadIteratorPool> quads;
};
using PublishedPtr = std::shared_ptr<const Published>;

class StoreState {
 public:
  // Reads the tables; in a new store, writes the format and the built-in predicates first. Errors:
  // kFailedPrecondition for another format version; kDataLoss, kUnavailable.
  static StatusOr<std::shared_ptr<StoreState>> Load(std::unique_ptr<KvStore> kv, Clock* clock,
                                                    uint32_t format_version);

  PublishedPtr published() const SL_EXCLUDES(mutex_);

  // The bitmap for `key`, from the cache, from an earlier revision's, or evaluated. REQUIRES:
  // key.known_at <= published.revision.
  StatementBitmapsPtr Bitmaps(const Published& published, const ScopeKey& key) SL_EXCLUDES(mutex_);

  // Terms that are sources (claimant, document, dataset, via) in statements up to
  // `statement_bound` whose marking the clearance permits, ascending. Cached.
  std::shared_ptr<const std::vector<TermId>> VisibleSources(const Published& published,
                                                            Revision revision,
                                                            const Clearance& clearance)
      SL_EXCLUDES(mutex_);

  // --- For the writer who has passed the gate

  // Rows that have been appended and not been published are forgotten.
  void RollBackTables() SL_EXCLUDES(mutex_);
  // Makes a committed batch visible: `entry` is its commit-log entry, `retracted` the statements it
  // retracted, `catalog` the one it leaves.
  void Publish(const CommitEntry& entry, const StoreCounters& counters,
               const std::vector<StatementId>& retracted, std::vector<Definition> definitions,
               std::shared_ptr<const Catalog> catalog) SL_EXCLUDES(mutex_);

  KvStore& kv() { return *kv_; }
  Clock& clock() { return *clock_; }
  const Dictionary& dictionary() const { return dictionary_; }
  StatementTable& statements() { return statements_; }
  ContextTable& contexts() { return contexts_; }
  const CommitLog& commits() const { return commits_; }
  const CatalogHistory& catalogs() const { return catalogs_; }
  WriterGate& writer_gate() { return writer_gate_; }
  ScopeTables tables() const { return {statements_, contexts_}; }

  // Set when a commit's write has failed: what of it is on disk is not known until the store is
  // opened again, so nothing more may be written. Writer only.
  bool write_failed = false;
  // Requests up to this revision have been forgotten, or looked at. Writer only.
  Revision requests_forgotten;

 private:
  StoreState(std::unique_ptr<KvStore> kv, Clock* clock)
      : kv_(std::move(kv)), clock_(clock), dictionary_(kv_.get()) {}

  // Whether nothing has been written yet. Errors: as Load.
  StatusOr<bool> IsNew(uint32_t format_version) const;
  Status LoadTables(StoreCounters* counters);
  // Writes the built-in predicates that are not there yet; in a new store the format with them.
  Status EnsureBuiltIns(uint32_t format_version, StoreCounters* counters);
  PublishedPtr MakePublished(Revision revision, const StoreCounters& counters,
                             std::shared_ptr<const Catalog> catalog);

  struct RetractionEvent {
    Revision revision;
    StatementId statement;
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
  const Dictionary dictionary_;
  StatementTable statements_;
  ContextTable contexts_;
  CommitLog commits_;
  CatalogHistory catalogs_;
  ScopeCache scopes_;
  WriterGate writer_gate_;

  mutable Mutex mutex_;
  PublishedPtr published_ SL_GUARDED_BY(mutex_);
  uint64_t contexts_published_ SL_GUARDED_BY(mutex_) = 0;
  std::vector<RetractionEvent> retractions_ SL_GUARDED_BY(mutex_);  // Ascending by revision.
  std::vector<SourcesEntry> sources_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::storage
