#include "storage/txn/commit_log.h"

#include "storage/base/encoding.h"

namespace sightline::storage {

std::string CommitKey(Revision revision) {
  std::string key;
  AppendFixed64(revision.value, &key);
  return key;
}

std::string EncodeCommitEntry(const CommitEntry& entry) {
  std::string out;
  AppendSignedVarint(entry.micros, &out);
  AppendVarint(entry.statements_added, &out);
  AppendVarint(entry.statements_retracted, &out);
  AppendVarint(entry.quads_added, &out);
  return out;
}

StatusOr<CommitEntry> DecodeCommitEntry(std::string_view bytes) {
  ByteReader reader(bytes);
  CommitEntry entry;
  SL_ASSIGN_OR_RETURN(entry.micros, reader.ReadSignedVarint());
  SL_ASSIGN_OR_RETURN(entry.statements_added, reader.ReadVarint());
  SL_ASSIGN_OR_RETURN(entry.statements_retracted, reader.ReadVarint());
  SL_ASSIGN_OR_RETURN(entry.quads_added, reader.ReadVarint());
  SL_RETURN_IF_ERROR(reader.ExpectEnd());
  return entry;
}

template <typename Holds>
uint64_t CommitLog::CountWhile(Revision newest, Holds holds) const {
  uint64_t low = 0, high = newest.value;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (holds(rows_[middle])) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

void CommitLog::Append(const CommitEntry& entry) {
  const uint64_t before = StatementCountAt(newest());
  rows_.Append() = {entry, before + entry.statements_added};
}

int64_t CommitLog::MicrosOf(Revision revision) const {
  return revision.value == 0 ? 0 : rows_[revision.value - 1].entry.micros;
}

uint64_t CommitLog::StatementCountAt(Revision revision) const {
  return revision.value == 0 ? 0 : rows_[revision.value - 1].statement_count;
}

Revision CommitLog::RevisionAt(int64_t micros, Revision newest) const {
  return Revision{
      CountWhile(newest, [micros](const Row& row) { return row.entry.micros <= micros; })};
}

Revision CommitLog::RevisionOf(StatementId id, Revision newest) const {
  const uint64_t before =
      CountWhile(newest, [id](const Row& row) { return row.statement_count < id.value; });
  return Revision{before + 1};
}

}  // namespace sightline::storage
