// ImportLane: one thread's side of an import. Between an importer and its sink: defines predicates
// and classes on first use, turns faults and refusals into rejects, and counts.
//
// Thread-compatible: one lane a thread; what lanes share (ImportRun) is thread-safe.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

#include "server/ingest/import_options.h"
#include "server/ingest/import_sink.h"
#include "server/ingest/rdf_lexer.h"
#include "server/ingest/reject_file.h"
#include "storage/base/status.h"
#include "storage/catalog/encoding.h"

namespace sightline::server {

// What the lanes of one import share.
struct ImportRun {
  const ImportOptions& options;  // Complete: dataset and claimant are set, format is not automatic.
  RejectFile& rejects;
  std::atomic<uint64_t> records{0};
  std::atomic<uint64_t> statements{0};
  std::atomic<uint64_t> facts{0};
};

// Where a record stands in its file, and the record, for rejects.
struct RecordPlace {
  uint64_t line = 0;
  uint64_t column = 1;
  std::string_view text;
};

class ImportLane {
 public:
  ImportLane(ImportSink& sink, ImportRun& run) : sink_(sink), run_(run) {}
  // Adds the counts to the run's.
  ~ImportLane() { FlushCounts(); }
  ImportLane(const ImportLane&) = delete;
  ImportLane& operator=(const ImportLane&) = delete;

  const ImportOptions& options() const { return run_.options; }
  ImportSink& sink() { return sink_; }

  // Counts a record. `place.text` is borrowed until the next.
  void BeginRecord(const RecordPlace& place) {
    place_ = place;
    ++records_;
  }
  // Errors: the limit of rejects.
  Status Reject(RejectReason reason, std::string message);
  // At a byte offset into the record.
  Status RejectAt(const ParseFault& fault);

  // None: rejected, because the id is bad or the sink refused.
  StatusOr<std::optional<StatementHandle>> Open(const ImportedStatement& header);
  Status AddFact(StatementHandle statement, ImportedNode subject, std::string_view predicate,
                 const ImportedObject& object);
  Status Close(StatementHandle statement) { return sink_.CloseStatement(statement); }
  // On first use. False: refused, and rejected. AddFact and Open do it for predicates themselves.
  StatusOr<bool> DefinePredicate(std::string_view name);
  StatusOr<bool> DefineClass(std::string_view name, std::span<const std::string_view> parents);
  // With all that a file can say of it.
  Status Define(const storage::Definition& definition);

  void FlushCounts();

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Names = std::unordered_set<std::string, TextHash, std::equal_to<>>;

  // OK and false for a refusal, which it rejects.
  StatusOr<bool> Settle(const Status& status);

  ImportSink& sink_;
  ImportRun& run_;
  RecordPlace place_;
  Names predicates_;
  Names classes_;
  uint64_t records_ = 0;
  uint64_t statements_ = 0;
  uint64_t facts_ = 0;
};

}  // namespace sightline::server
