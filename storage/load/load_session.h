// LoadSession: what the streams of a load share.
//
// Thread safety: safe from any thread; what is not const is atomic or under the mutex.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/cancellation.h"
#include "storage/base/ids.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/catalog/catalog.h"
#include "storage/catalog/encoding.h"
#include "storage/dictionary/dictionary.h"
#include "storage/index/quad_block.h"
#include "storage/index/run_key.h"
#include "storage/kv/kv_store.h"
#include "storage/load/load_chunk.h"
#include "storage/load/load_term.h"
#include "storage/load/term_table.h"
#include "storage/model/marking.h"
#include "storage/statements/context_table.h"
#include "storage/statements/statement_codec.h"

namespace sightline::storage {

enum class LoadStage : uint8_t {
  kReading = 0,  // Quads taken from the streams; the total is not known.
  kTerms = 1,    // Terms merged and numbered, of all occurrences in chunks.
  kQuads = 2,    // Quads sorted in six orders; statements are written at the same time.
  kFiles = 3,    // Quads merged and written into table files.
  kIngest = 4,   // The store takes the files in: all at once, so not interruptible.
};
inline constexpr int kLoadStageCount = 5;
std::string_view LoadStageName(LoadStage stage);  // "reading", "terms" ...

struct LoadResult;

struct LoadProgress {
  LoadStage stage = LoadStage::kReading;
  uint64_t done = 0;
  uint64_t total = 0;  // 0: not known.
};

struct LoadOptions {
  // Memory for the load's own tables and buffers; 0 is a quarter of the machine's. At least 1 MiB;
  // the key-value store's caches come on top.
  uint64_t memory_bytes_max = 0;
  // Streams at most, and threads that Commit uses.
  int thread_count = 2;
  size_t block_rows = kBlockRows;  // Tests take less.
  // Fewer new terms of a kind are written one by one, as a transaction's are, and not as a segment:
  // a look-up asks every segment, and a store of many small files would have thousands. Tests take
  // less.
  size_t segment_terms_min = 4096;
  // With an id, Commit remembers what `reply` makes of the result (its entry and definitions) in
  // the revision that it adds, for Store::FindRequest; as Transaction's RememberRequest does. At
  // most 1 KiB.
  std::string request_id;
  std::function<std::string(const LoadResult&)> reply;
  // Borrowed; may be null. Cancelled, every call gives its error, Commit within 100 ms.
  const CancellationToken* token = nullptr;
  // May be null. Called from any of the load's threads, one at a time, some times a second.
  std::function<void(const LoadProgress&)> observer;
};

// What the store is when the load begins. Whoever makes one has passed the writer gate and stays in
// until the load has ended; all pointers outlive it.
struct LoadBase {
  KvStore* kv = nullptr;
  const Dictionary* dictionary = nullptr;
  std::shared_ptr<const KvSnapshot> snapshot;
  Revision revision;  // The load will be the next.
  uint64_t statement_count = 0;
  DictionaryCounters counters;
  std::shared_ptr<const Catalog> catalog;
  // Segments of kStatementColumns that are written, from the first without a gap; and what the
  // statements behind them are, with which the load goes on writing segments. May be null when
  // there are none.
  uint64_t segment_count = 0;
  std::function<StatementHead(StatementId)> head_of;
  // Commit interns contexts in it, which the owner truncates when the commit fails.
  ContextTable* contexts = nullptr;
  RunNumber run;        // For the new run.
  Clearance clearance;  // The writer's: it bounds what he may mark.
};

// A predicate as the streams use it.
struct PredicateRef {
  TermRef term;
  bool is_name = false;  // Its objects are names.
};

class LoadSession {
 public:
  LoadSession(const LoadBase& base, const LoadOptions& options, uint64_t memory_bytes_max);

  const LoadBase& base() const { return base_; }
  const LoadOptions& options() const { return options_; }
  const CancellationToken& token() const { return *token_; }
  uint64_t memory_bytes_max() const { return memory_bytes_max_; }

  // Errors: kResourceExhausted when the store cannot number more statements or chunks.
  StatusOr<uint32_t> NewStatement();
  StatusOr<uint32_t> NewChunk();
  uint64_t statements_opened() const { return statements_opened_.load(); }

  // A class, predicate or prefix that is defined already stays as it is. Errors: as
  // CheckDefinition.
  Status Define(ClassDefinition definition) SL_EXCLUDES(mutex_);
  Status Define(PredicateDefinition definition) SL_EXCLUDES(mutex_);
  // Of a prefix, which gets a number if it has none. Errors: also kInvalidArgument for a query or
  // an edge, and for a number that is not above all others.
  Status Define(StoredDefinition prefix) SL_EXCLUDES(mutex_);
  std::optional<PredicateRef> FindPredicate(std::string_view name) SL_EXCLUDES(mutex_);
  std::shared_ptr<const Catalog> catalog() const SL_EXCLUDES(mutex_);

  void AddChunk(const LoadChunk& chunk) SL_EXCLUDES(mutex_);
  void ReportRead(uint64_t quad_count) SL_EXCLUDES(observer_mutex_);
  void Report(const LoadProgress& progress) SL_EXCLUDES(observer_mutex_);

  // --- For Commit, when no stream runs any more.

  // Ascending by number: first chunk 0, written to `files`, with the names of the definitions.
  StatusOr<std::vector<LoadChunk>> TakeChunks(const StreamFiles* files) SL_EXCLUDES(mutex_);
  std::vector<Definition> TakeDefinitions() SL_EXCLUDES(mutex_);  // Ids are provisional.

 private:
  // Gives a new definition its id and revision and puts it among the others. Costs a logarithm of
  // how many there are: a file can define tens of thousands.
  template <typename AnyDefinition>
  StatusOr<TermId> DefineAny(AnyDefinition definition) SL_REQUIRES(mutex_);

  const LoadBase base_;
  const LoadOptions options_;
  const uint64_t memory_bytes_max_;
  const CancellationToken never_;
  const CancellationToken* const token_;
  std::atomic<uint64_t> statements_opened_{0};
  std::atomic<uint32_t> next_chunk_{1};

  mutable Mutex mutex_;
  std::vector<LoadChunk> chunks_ SL_GUARDED_BY(mutex_);
  Catalog catalog_ SL_GUARDED_BY(mutex_);
  std::vector<TermId> name_predicates_ SL_GUARDED_BY(mutex_);  // Ascending.
  std::vector<Definition> definitions_ SL_GUARDED_BY(mutex_);
  TermTable definition_names_ SL_GUARDED_BY(mutex_);

  Mutex observer_mutex_;
  uint64_t quads_read_ SL_GUARDED_BY(observer_mutex_) = 0;
};

}  // namespace sightline::storage
