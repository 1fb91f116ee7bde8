// CommitLog: revision -> when, and how much.
//
// Thread safety: one writer; readers ask for revisions that were published to them.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/statements/append_only_array.h"

namespace sightline::storage {

struct CommitEntry {
  int64_t micros = 0;  // Not before the previous commit's.
  uint64_t statements_added = 0;
  uint64_t statements_retracted = 0;
  uint64_t quads_added = 0;
};

std::string CommitKey(Revision revision);
std::string EncodeCommitEntry(const CommitEntry& entry);
StatusOr<CommitEntry> DecodeCommitEntry(std::string_view bytes);  // Errors: kDataLoss.

class CommitLog {
 public:
  // The newest revision. Writer only.
  Revision newest() const { return Revision{entries_.size()}; }
  // Writer only.
  void Append(const CommitEntry& entry) { entries_.Append() = entry; }

  // 0 for revision 0. REQUIRES: the revision has been published.
  int64_t MicrosOf(Revision revision) const;
  // The newest revision up to `newest` whose time is not after `micros`; 0 before the first.
  Revision RevisionAt(int64_t micros, Revision newest) const;

 private:
  AppendOnlyArray<CommitEntry> entries_;  // Of revision 1, 2, ...
};

}  // namespace sightline::storage
