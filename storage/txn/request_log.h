// RequestLog: the replies to writers' requests, so that a repeated request finds what it was told
// the first time. Kept for a day at least; each commit forgets some that are older.
//
// kRequests holds two kinds of keys: 1 and the request id, with the revision and the reply; 2, the
// revision and the request id, so that the oldest are found.
//
// Thread safety: FindReply may be called from any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/kv/kv_store.h"

namespace sightline::storage {

// How old, in commit time, a reply must be to be forgotten.
inline constexpr int64_t kRequestKeptMicros = int64_t{24} * 60 * 60 * 1'000'000;

struct RememberedReply {
  Revision revision;  // Which the request made.
  std::string reply;
};

// Errors: kDataLoss, kUnavailable.
StatusOr<std::optional<RememberedReply>> FindReply(const KvStore& kv, const KvSnapshot* snapshot,
                                                   std::string_view request_id);

// What kRequests holds of a reply that is given at `revision`, keys ascending. It takes the place
// of an earlier one.
std::vector<std::pair<std::string, std::string>> EntriesOfReply(std::string_view request_id,
                                                                std::string_view reply,
                                                                Revision revision);
// Puts them into the batch.
void AppendReply(std::string_view request_id, std::string_view reply, Revision revision,
                 KvBatch* batch);

// Puts the forgetting of replies into the batch: those of the revisions after `forgotten` up to
// `last`, a thousand at most, so that no commit waits long. Gives the revision up to which nothing
// is left: `last`, or an earlier one to go on from. Errors: kDataLoss, kUnavailable.
StatusOr<Revision> AppendForgetting(const KvStore& kv, const KvSnapshot* snapshot,
                                    Revision forgotten, Revision last, KvBatch* batch);

}  // namespace sightline::storage
