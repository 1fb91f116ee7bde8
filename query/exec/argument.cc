#include "query/exec/operators.h"

namespace sightline::query {

void ArgumentOperator::SetRow(const Batch& outer, size_t row) {
  outer_ = frame_->NewBatch();
  AppendRow(outer, row, &outer_);
}

StatusOr<size_t> ArgumentOperator::Next(Batch* batch) {
  if (given_) {
    *batch = frame_->NewBatch();
    return 0;
  }
  given_ = true;
  if (outer_.row_count == 1) {
    *batch = outer_;
  } else {
    *batch = frame_->NewBatch();
    batch->row_count = 1;
  }
  return 1;
}

Status ArgumentOperator::Reset() {
  given_ = false;
  return OkStatus();
}

}  // namespace sightline::query
