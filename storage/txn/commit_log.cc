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

int64_t CommitLog::MicrosOf(Revision revision) const {
  return revision.value == 0 ? 0 : entries_[revision.value - 1].micros;
}

Revision CommitLog::RevisionAt(int64_t micros, Revision newest) const {
  uint64_t low = 0, high = newest.value;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (entries_[middle].micros <= micros) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return Revision{low};
}

}  // namespace sightline::storage
