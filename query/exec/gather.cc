#include "query/exec/gather.h"

#include <memory>
#include <utility>

namespace sightline::query {
namespace {

class GatherOperator : public PhysicalOperator {
 public:
  explicit GatherOperator(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  ~GatherOperator() override { exchange_->Close(); }

  StatusOr<size_t> Next(Batch* batch) override { return exchange_->Next(batch); }
  Status Reset() override { return Internal("Several threads start over"); }

 private:
  const std::shared_ptr<Exchange> exchange_;
};

}  // namespace

PhysicalOperatorPtr MakeGather(const ExchangePlan& plan, ExecutionContext* context) {
  return std::make_unique<GatherOperator>(Exchange::Make(plan, context));
}

}  // namespace sightline::query
