// LoadStream: one producer's way into a bulk load.
//
// Terms get local numbers from a hash table, facts become rows of four such numbers and go to a
// spill file; when the stream's share of the memory is full, the chunk so far is sealed: its terms
// are sorted and spilled too.
//
// Thread safety: one thread at a time a stream; streams need no lock between them.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "storage/base/status.h"
#include "storage/load/load_chunk.h"
#include "storage/load/load_session.h"
#include "storage/load/load_term.h"
#include "storage/load/quad_sort.h"
#include "storage/load/statement_numbers.h"
#include "storage/load/term_table.h"
#include "storage/model/statement.h"
#include "storage/model/value.h"
#include "storage/statements/statement_codec.h"

namespace sightline::storage {

class LoadStream {
 public:
  static StatusOr<std::unique_ptr<LoadStream>> Create(LoadSession* session, uint32_t number);

  // Errors of all members: kInvalidArgument for what may not stand in the store, as Transaction's
  // of the like; nothing of the call is in the load then, and it may go on. Any other error ends
  // the load: kCancelled, kDeadlineExceeded; kUnavailable when the disk is full; kResourceExhausted
  // when numbers run out.

  StatusOr<TermRef> Entity(std::string_view external_id);
  StatusOr<TermRef> Text(std::string_view text, std::string_view language = {});
  StatusOr<TermRef> Value(const storage::Value& value);
  // kInvalidArgument when it is not defined.
  StatusOr<PredicateRef> Predicate(std::string_view name);

  // All of a statement but its facts; terms are TermRefs, `derived_from` StatementRefs.
  // kPermissionDenied when it is marked above the writer's clearance: the load may go on.
  StatusOr<StatementRef> OpenStatement(const StatementDraft& draft);
  // A fact of a statement that any stream of this load has opened. Fastest for the one that this
  // stream has opened last. The same fact twice is one.
  Status Add(StatementRef statement, TermRef subject, const PredicateRef& predicate,
             TermRef object);

  // --- For BulkLoader

  // Seals what is left; nothing may be added after.
  Status Finish();
  const OrdinalSet& with_facts() const { return with_facts_; }
  const OrdinalSet& with_late_facts() const { return with_late_facts_; }

 private:
  static constexpr uint32_t kNoStatement = UINT32_MAX;

  LoadStream(LoadSession* session, uint32_t number, StreamFiles files);

  StatusOr<TermRef> Intern(TermTag tag, std::string_view bytes);
  // The number in the chunk of a term that may stand in a statement. `role` is for the message.
  StatusOr<uint32_t> LocalNumber(std::string_view role, TermRef term);
  StatusOr<uint32_t> LocalNode(std::string_view role, TermRef term);
  // A term as spilled records have it: its local number + 1, or nothing.
  StatusOr<TermId> LocalTerm(std::string_view role, TermRef node);
  Status CheckReference(StatementRef statement) const;
  StatusOr<uint32_t> InternContext(const StatementContext& context);
  // Writes the record of the statement opened last, if it has not been.
  Status EndStatement();
  bool IsFull() const;
  Status BeginChunk();
  Status Seal();

  LoadSession* const session_;
  const uint32_t number_;
  const StreamFiles files_;
  const size_t table_bytes_max_;
  const uint64_t rows_max_;
  Status failure_;  // Not OK: the stream is of no use any more.

  LoadChunk chunk_;
  TermTable table_;
  std::unordered_map<std::string, uint32_t> context_numbers_;  // By encoding.
  std::string contexts_;                                       // Their encodings, length-prefixed.
  StatementContext last_context_;
  uint32_t last_context_number_ = 0;

  uint32_t current_ = kNoStatement;  // The statement opened last, when it is not written yet.
  std::string record_;               // Of it: all but its subjects.
  uint32_t current_context_ = 0;
  std::array<uint32_t, kRecordSubjectsMax> subjects_{};
  size_t subject_count_ = 0;  // kRecordSubjectsMax + 1: too many.

  struct StringHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, PredicateRef, StringHash, std::equal_to<>> predicates_;
  OrdinalSet with_facts_;
  OrdinalSet with_late_facts_;  // Given facts when they were not the last opened here.
  uint64_t rows_unreported_ = 0;
};

}  // namespace sightline::storage
