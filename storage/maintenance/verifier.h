// Verify: whether everything in a store agrees with everything else.
//
// Opening a store checks what it reads then; this reads all of it. Two copies of the same set, such
// as the six permutations of a run, or the two directions of the dictionary, are compared by the
// sum of a 128-bit hash over their members: it does not depend on their order, so that each is read
// once, in its own order, and nothing is kept (M. Bellare, D. Micciancio: A new paradigm for
// collision-free hashing: incrementality at reduced cost, 1997; here against damage, not against
// an enemy).
//
// Memory: two bits a statement, sixteen bytes a context, and a block here and there.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/cancellation.h"
#include "storage/base/status.h"
#include "storage/kv/kv_store.h"

namespace sightline::storage {

// What is looked at, in this order.
enum class VerifyPart : uint8_t {
  kFiles,       // Every block of every table file has its checksum.
  kMeta,        // Format, counters, the lists of runs and of term segments.
  kCommits,     // Without gaps; times do not go back; their sums agree with what is there.
  kContexts,    // Without gaps, readable, no two equal; their terms exist.
  kCatalog,     // Keys agree; each name is the entity that the definition says.
  kDictionary,  // Each entry is found by its bytes and by its number; numbers have no gaps.
  kStatements,  // Without gaps, readable; contexts, terms, origins and revisions exist.
  kColumns,     // The segments of statements say what the records say.
  kRetractions,
  kQuads,  // Blocks are whole; the permutations of a run agree, and with the records.
  kNames,  // Every text that is a name is in the indexes, under its form and all that it has.
  kRequests,
};
inline constexpr int kVerifyPartCount = 12;
std::string_view VerifyPartName(VerifyPart part);  // "files", "meta", ...

struct VerifyFinding {
  VerifyPart part = VerifyPart::kFiles;
  std::string message;  // Names the place.
};

struct VerifyProgress {
  VerifyPart part = VerifyPart::kFiles;
  uint64_t done = 0;
  uint64_t total = 0;  // As the store's counters say; 0 when not known.
};

struct VerifyOptions {
  // Called now and then, by the verifying thread; null for nobody.
  std::function<void(const VerifyProgress&)> progress;
  // More are counted and not listed.
  size_t findings_max = 1000;
};

struct VerifyResult {
  std::vector<VerifyFinding> findings;  // None: the store is sound.
  uint64_t findings_left_out = 0;
  // What has been read.
  uint64_t statements = 0;
  uint64_t quads = 0;
  uint64_t terms = 0;
};

// The store as of `snapshot`, which must be that of a revision. Errors: those of `cancellation`;
// kUnavailable. Damage is not an error but a finding.
StatusOr<VerifyResult> VerifyStore(const KvStore& kv, std::shared_ptr<const KvSnapshot> snapshot,
                                   const VerifyOptions& options,
                                   const CancellationToken& cancellation);

}  // namespace sightline::storage
