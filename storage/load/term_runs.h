// Term runs: the sorted terms of a chunk in a spill file, and the merge of many.
//
// A term is its tag as a byte, then its bytes; that is the order of runs. FORMAT of a run: for each
// term, varint bytes shared with the one before, varint further bytes, those bytes, u32 local
// number (in the machine's byte order), u8 whether it is a name.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/cancellation.h"
#include "storage/base/status.h"
#include "storage/load/spill_file.h"
#include "storage/load/term_table.h"

namespace sightline::storage {

struct TermRun {
  const SpillFile* file = nullptr;
  uint64_t begin = 0;
  uint64_t end = 0;
  uint64_t term_count = 0;
};

// Appends the dictionary entries of a table. The file is flushed. Errors: the file's, the token's.
StatusOr<TermRun> WriteTermRun(const TermTable& table, const CancellationToken& token,
                               SpillFile* file);

// Each distinct term of all runs, ascending. Thread-compatible.
class TermMerge {
 public:
  struct Occurrence {
    uint32_t run = 0;  // Index among the runs.
    uint32_t local = 0;
    bool is_name = false;
  };

  // `memory_bytes`: for all buffers together, at least 4 KiB a run. REQUIRES: the files outlive it.
  TermMerge(const std::vector<TermRun>& runs, size_t memory_bytes);
  ~TermMerge();

  // Goes to the first or next term; false behind the last. Errors: kUnavailable.
  StatusOr<bool> Next();
  std::string_view key() const { return key_; }  // Tag, then the bytes.
  // Ascending by run.
  const std::vector<Occurrence>& occurrences() const { return occurrences_; }

 private:
  class Source;

  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<Source*> heap_;
  std::string key_;
  std::vector<Occurrence> occurrences_;
};

}  // namespace sightline::storage
