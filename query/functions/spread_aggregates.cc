#include "query/functions/spread_aggregates.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "query/functions/arithmetic.h"
#include "query/functions/datum_order.h"
#include "query/functions/exact_sum.h"
#include "query/functions/runtime_error.h"

namespace sightline::query {
namespace {

using storage::Comparator;
using storage::Value;
using storage::ValueType;

bool IsNumber(const Value& value) {
  return value.type() == ValueType::kInteger || value.type() == ValueType::kDecimal ||
         value.type() == ValueType::kDouble;
}

// Null when the number is only bounded: what it is spread over is open then.
StatusOr<std::optional<double>> ExactNumber(std::string_view function, const Datum& datum,
                                            EvaluationContext* context) {
  const Value* value = datum.value();
  if (value == nullptr || !IsNumber(*value)) return TypeMismatch(function, "numbers", datum);
  if (value->comparator() != Comparator::kExactly) {
    NoticeOpenBounds(context);
    return std::optional<double>();
  }
  return std::optional<double>(ToDouble(*value));
}

class PercentileAggregator : public Aggregator {
 public:
  explicit PercentileAggregator(bool continuous) : continuous_(continuous) {}

  Status Add(const Datum& datum, EvaluationContext* context) override {
    const Datum& value = datum.list()->front();
    const Datum& share = datum.list()->back();
    if (!share_known_) {
      SL_ASSIGN_OR_RETURN(const std::optional<double> given, ExactNumber(name(), share, context));
      share_known_ = true;
      share_ = given.value_or(0);
      unknown_ = !given.has_value();
      if (share_ < 0 || share_ > 1) {
        return RuntimeError("SL5004", fmt::format("{} needs a share from 0 to 1", name()),
                            {"the median is the percentile 0.5"});
      }
    }
    if (value.is_null() || unknown_) return OkStatus();
    SL_ASSIGN_OR_RETURN(const std::optional<double> number, ExactNumber(name(), value, context));
    unknown_ = !number.has_value();
    if (!unknown_) values_.emplace_back(*number, value);
    return OkStatus();
  }

  StatusOr<Datum> Finish(EvaluationContext* context) override {
    if (values_.empty() || unknown_) return Datum();
    SL_RETURN_IF_ERROR(context->Work(values_.size()));
    std::sort(values_.begin(), values_.end(), [](const auto& a, const auto& b) {
      // Of equal ones (1 and 1.0) the same is given whichever comes first.
      if (a.first < b.first || b.first < a.first) return a.first < b.first;
      return storage::TotalOrder(*a.second.value(), *b.second.value()) < 0;
    });
    const size_t last = values_.size() - 1;
    if (!continuous_) {
      // The least value that this share of the values does not exceed.
      const double rank = std::ceil(share_ * static_cast<double>(values_.size()));
      return values_[rank < 1 ? 0 : std::min(last, static_cast<size_t>(rank) - 1)].second;
    }
    const double position = share_ * static_cast<double>(last);
    const size_t below = std::min(last, static_cast<size_t>(position));
    const double low = values_[below].first, high = values_[std::min(last, below + 1)].first;
    return Datum(Value(low + (high - low) * (position - static_cast<double>(below))));
  }

  size_t memory_bytes() const override {
    return sizeof(*this) + values_.capacity() * sizeof(values_.front());
  }

 private:
  std::string_view name() const { return continuous_ ? "percentileCont" : "percentileDisc"; }

  const bool continuous_;
  bool share_known_ = false;
  bool unknown_ = false;
  double share_ = 0;
  std::vector<std::pair<double, Datum>> values_;
};

// The squared distances from the mean, in a second pass over the values, both added up exactly: the
// result does not depend on their order.
class DeviationAggregator : public Aggregator {
 public:
  explicit DeviationAggregator(bool of_sample) : of_sample_(of_sample) {}

  Status Add(const Datum& datum, EvaluationContext* context) override {
    if (datum.is_null() || unknown_) return OkStatus();
    SL_ASSIGN_OR_RETURN(const std::optional<double> number,
                        ExactNumber(of_sample_ ? "stDev" : "stDevP", datum, context));
    unknown_ = !number.has_value();
    if (unknown_) return OkStatus();
    values_.push_back(*number);
    sum_.Add(*number);
    return OkStatus();
  }

  StatusOr<Datum> Finish(EvaluationContext* context) override {
    if (unknown_) return Datum();
    SL_RETURN_IF_ERROR(context->Work(values_.size()));
    const auto count = static_cast<double>(values_.size());
    const double divisor = of_sample_ ? count - 1 : count;
    if (divisor < 1) return Datum(Value(0.0));
    const double mean = sum_.Total() / count;
    ExactSum squares;
    for (const double value : values_) squares.Add((value - mean) * (value - mean));
    const double deviation = std::sqrt(squares.Total() / divisor);
    if (!std::isfinite(deviation)) {
      return RuntimeError("SL5003", "this standard deviation is out of range as a FLOAT");
    }
    return Datum(Value(deviation));
  }

  size_t memory_bytes() const override {
    return sizeof(*this) + values_.capacity() * sizeof(values_.front());
  }

 private:
  const bool of_sample_;
  bool unknown_ = false;
  std::vector<double> values_;
  ExactSum sum_;
};

}  // namespace

std::unique_ptr<Aggregator> NewSpreadAggregator(AggregateKind kind) {
  switch (kind) {
    case AggregateKind::kPercentileCont:
    case AggregateKind::kPercentileDisc:
      return std::make_unique<PercentileAggregator>(kind == AggregateKind::kPercentileCont);
    default:
      return std::make_unique<DeviationAggregator>(kind == AggregateKind::kStDev);
  }
}

}  // namespace sightline::query
