// RunWriter: the ascending quads of one permutation, cut into blocks.
//
// Thread-compatible.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "storage/base/status.h"
#include "storage/index/permutation.h"
#include "storage/index/quad_block.h"
#include "storage/index/run_key.h"

namespace sightline::storage {

// Takes the entries of kQuads, keys ascending.
using BlockSink = std::function<Status(std::string_view key, std::string_view value)>;

class RunWriter {
 public:
  // `block_rows`: kBlockRows; tests take less. REQUIRES: 1 <= block_rows <= kBlockRowsMax.
  RunWriter(RunNumber run, Permutation permutation, BlockSink sink, size_t block_rows = kBlockRows);

  // Rows in the permutation's order. Equal rows in a row are kept once. Errors: the sink's;
  // kInvalidArgument when they do not ascend.
  Status Add(const QuadRows& rows);
  // Writes what is left. Nothing may be added after.
  Status Finish();

  uint64_t quad_count() const { return quad_count_; }
  uint64_t block_count() const { return block_count_; }
  uint64_t bytes() const { return bytes_; }

 private:
  Status WriteBlock();

  const RunNumber run_;
  const Permutation permutation_;
  const BlockSink sink_;
  const size_t block_rows_;
  std::array<std::vector<uint64_t>, 4> columns_;
  QuadKey last_{};
  uint64_t quad_count_ = 0;
  uint64_t block_count_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace sightline::storage
