#include "query/exec/operators.h"

namespace sightline::query {
namespace {

class SkipLimitOperator : public PhysicalOperator {
 public:
  SkipLimitOperator(const LogicalSkipLimit& skip_limit, bool drain, ExecutionContext* context,
                    PhysicalOperatorPtr input)
      : context_(context), skip_limit_(skip_limit), drain_(drain), input_(std::move(input)) {}

  StatusOr<size_t> Next(Batch* batch) override {
    while (!Done()) {
      SL_RETURN_IF_ERROR(context_->CheckRunning());
      SL_ASSIGN_OR_RETURN(const size_t count, input_->Next(batch));
      if (count == 0) return 0;
      std::vector<uint32_t> kept;
      for (size_t row = 0; row < count && !Done(); ++row) {
        if (skipped_ < skip_limit_.skip) {
          ++skipped_;
          continue;
        }
        ++given_;
        kept.push_back(static_cast<uint32_t>(row));
      }
      if (kept.empty()) continue;
      KeepRows(kept, batch);
      return batch->row_count;
    }
    while (drain_) {
      SL_ASSIGN_OR_RETURN(const size_t count, input_->Next(batch));
      if (count == 0) drain_ = false;
    }
    *batch = Batch();
    return 0;
  }

  Status Reset() override {
    skipped_ = given_ = 0;
    return input_->Reset();
  }

 private:
  bool Done() const { return skip_limit_.limit && given_ >= *skip_limit_.limit; }

  ExecutionContext* const context_;
  const LogicalSkipLimit& skip_limit_;
  bool drain_;
  PhysicalOperatorPtr input_;
  uint64_t skipped_ = 0, given_ = 0;
};

}  // namespace

PhysicalOperatorPtr MakeSkipLimit(const LogicalSkipLimit& skip_limit, bool drain,
                                  ExecutionContext* context, PhysicalOperatorPtr input) {
  return std::make_unique<SkipLimitOperator>(skip_limit, drain, context, std::move(input));
}

}  // namespace sightline::query
