#include "storage/index/run_writer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "storage/base/check.h"

namespace sightline::storage {

RunWriter::RunWriter(RunNumber run, Permutation permutation, BlockSink sink, size_t block_rows)
    : run_(run), permutation_(permutation), sink_(std::move(sink)), block_rows_(block_rows) {
  SL_CHECK(1 <= block_rows && block_rows <= kBlockRowsMax);
  for (auto& column : columns_) column.reserve(block_rows);
}

Status RunWriter::Add(const QuadRows& rows) {
  for (size_t row = 0; row < rows.row_count; ++row) {
    const QuadKey key = rows.Row(row);
    if (quad_count_ > 0 && !(last_ < key)) {
      if (key == last_) continue;
      return InvalidArgument("The quads of a run must ascend");
    }
    for (size_t i = 0; i < 4; ++i) columns_[i].push_back(key[i]);
    last_ = key;
    ++quad_count_;
    if (columns_[0].size() == block_rows_) SL_RETURN_IF_ERROR(WriteBlock());
  }
  return OkStatus();
}

Status RunWriter::Finish() { return columns_[0].empty() ? OkStatus() : WriteBlock(); }

Status RunWriter::WriteBlock() {
  const QuadRows rows{
      {columns_[0].data(), columns_[1].data(), columns_[2].data(), columns_[3].data()},
      columns_[0].size()};
  const std::string key = EncodeRunKey(run_, permutation_, last_);
  const std::string block = EncodeQuadBlock(rows);
  SL_RETURN_IF_ERROR(sink_(key, block));
  bytes_ += key.size() + block.size();
  ++block_count_;
  for (auto& column : columns_) column.clear();
  return OkStatus();
}

}  // namespace sightline::storage
