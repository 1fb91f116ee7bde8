// NamePostingsBuilder: the entries of `name_postings` for the names that a load brings, in
// ascending order, as a table file wants them.
//
// Numbers go on where the store's stop; lists get blocks of their own, in front of those that are
// there. The names that wait for a number in the store go on waiting. Blocks are kept in memory
// and spilled as sorted runs when it is used up.
//
// Thread-compatible. Borrows the store and its snapshot.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/base/cancellation.h"
#include "storage/base/status.h"
#include "storage/kv/kv_store.h"
#include "storage/load/spill_file.h"
#include "storage/load/term_runs.h"
#include "storage/load/term_table.h"
#include "storage/txn/name_index.h"

namespace sightline::storage {

class NamePostingsBuilder {
 public:
  using Put = std::function<Status(std::string_view key, std::string_view value)>;

  // `directory` is for spilling. `memory_bytes` is what blocks may take.
  static StatusOr<std::unique_ptr<NamePostingsBuilder>> Create(
      const KvStore& kv, const KvSnapshot* snapshot, const std::string& directory,
      uint64_t memory_bytes, const CancellationToken& token, Put put);

  // Numbers a name, unless the store has it, in which case it returns false. Errors: put's, the
  // spill file's; kResourceExhausted when there are 2^32 names; kDataLoss.
  StatusOr<bool> Add(const NameEntry& entry);
  // Puts what follows the numbered names. Nothing when no name was added. Errors: as Add.
  Status Finish();

 private:
  // The newest block of a list.
  struct Block {
    uint32_t first = 0;
    uint32_t last = 0;
    std::string gaps;
  };

  NamePostingsBuilder(const KvStore& kv, const KvSnapshot* snapshot, uint64_t memory_bytes,
                      const CancellationToken& token, Put put)
      : kv_(kv),
        snapshot_(snapshot),
        memory_bytes_(memory_bytes),
        token_(token),
        put_(std::move(put)) {}

  Status EndBlock(std::string_view list, const Block& block);
  Status EndBlocks();
  Status Spill();

  const KvStore& kv_;
  const KvSnapshot* const snapshot_;
  const uint64_t memory_bytes_;
  const CancellationToken& token_;
  const Put put_;
  NamePostingsHeader header_;
  uint64_t numbered_before_ = 0;
  std::string trigram_counts_;  // From the chunk of the first new name on.
  std::unordered_map<std::string, Block> open_;
  uint64_t open_bytes_ = 0;
  TermTable ended_;  // Key and value of each block, as one.
  std::unique_ptr<SpillFile> file_;
  std::vector<TermRun> runs_;
};

}  // namespace sightline::storage
