// CommitLog: revision -> when, and how much; and, as statements are numbered in the order of their
// commits, statement -> revision.
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
  Revision newest() const { return Revision{rows_.size()}; }
  // Writer only.
  void Append(const CommitEntry& entry);

  // 0 for revision 0. REQUIRES: the revision has been published.
  int64_t MicrosOf(Revision revision) const;
  // The newest revision up to `newest` whose time is not after `micros`; 0 before the first.
  Revision RevisionAt(int64_t micros, Revision newest) const;
  // How many statements had been recorded at the revision. REQUIRES: it has been published.
  uint64_t StatementCountAt(Revision revision) const;
  // The revision that recorded the statement. REQUIRES: 1 <= id <= StatementCountAt(newest).
  Revision RevisionOf(StatementId id, Revision newest) const;

 private:
  struct Row {
    CommitEntry entry;
    uint64_t statement_count = 0;  // Of this revision and all before.
  };

  // How many revisions up to `newest` hold, where those that do come first.
  template <typename Holds>
  uint64_t CountWhile(Revision newest, Holds holds) const;

  AppendOnlyArray<Row> rows_;  // Of revision 1, 2, ...
};

}  // namespace sightline::storage
