// LoadChunk: what a stream had read when its share of the memory was full, as it lies in the
// stream's spill files.

#pragma once

#include <cstdint>
#include <memory>

#include "storage/base/status.h"
#include "storage/load/spill_file.h"
#include "storage/load/term_runs.h"

namespace sightline::storage {

// The spill files of a stream.
struct StreamFiles {
  std::unique_ptr<SpillFile> terms;       // Term runs, and terms given by bits.
  std::unique_ptr<SpillFile> rows;        // LoadRow; terms by their local numbers.
  std::unique_ptr<SpillFile> statements;  // Statements, and contexts.

  static StatusOr<StreamFiles> Create(const std::string& directory);
};

struct LoadChunk {
  uint32_t number = 0;  // Unique in the load; 0 has the names of its definitions.
  uint32_t stream = 0;  // Chunks of a stream follow one another in the order of their numbers.
  const StreamFiles* files = nullptr;

  uint32_t local_count = 0;
  TermRun terms;
  uint64_t bits_begin = 0;  // BitsRecord, in files->terms.
  uint64_t bits_count = 0;

  uint64_t rows_begin = 0;
  uint64_t row_count = 0;

  uint64_t statements_begin = 0;  // Length-prefixed statements (load_statement.h).
  uint64_t statements_end = 0;
  uint64_t contexts_begin = 0;  // Length-prefixed EncodeContext, terms as local numbers + 1.
  uint64_t contexts_end = 0;
};

// A term of a chunk that is given by its bits: inline, of the store, or of another chunk.
struct BitsRecord {
  uint64_t bits = 0;
  uint32_t local = 0;
  uint32_t is_name = 0;
};

}  // namespace sightline::storage
