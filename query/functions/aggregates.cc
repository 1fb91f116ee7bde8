// Aggregators: count, collect, sum, avg, min and max of one group.

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "query/functions/arithmetic.h"
#include "query/functions/datum_order.h"
#include "query/functions/exact_sum.h"
#include "query/functions/registry.h"
#include "query/functions/runtime_error.h"
#include "query/functions/spread_aggregates.h"

namespace sightline::query {
namespace {

using ast::BinaryOperator;
using storage::Comparator;
using storage::Value;
using storage::ValueType;

class CountAggregator : public Aggregator {
 public:
  explicit CountAggregator(bool counts_nulls) : counts_nulls_(counts_nulls) {}
  Status Add(const Datum& datum, EvaluationContext*) override {
    if (counts_nulls_ || !datum.is_null()) ++count_;
    return OkStatus();
  }
  StatusOr<Datum> Finish(EvaluationContext*) override { return Datum::OfInteger(count_); }
  size_t memory_bytes() const override { return sizeof(*this); }

 private:
  const bool counts_nulls_;
  int64_t count_ = 0;
};

class CollectAggregator : public Aggregator {
 public:
  Status Add(const Datum& datum, EvaluationContext* context) override {
    if (datum.is_null()) return OkStatus();
    SL_RETURN_IF_ERROR(context->Work(1 + datum.expanded()));
    expanded_ += 1 + datum.expanded();
    if (expanded_ > kExpandedItemsMax || datum.depth() >= kDatumDepthMax) {
      return TooLarge("the result of collect");
    }
    bytes_ += DatumBytes(datum);
    list_.push_back(datum);
    return OkStatus();
  }
  StatusOr<Datum> Finish(EvaluationContext*) override { return Datum(std::move(list_)); }
  size_t memory_bytes() const override { return sizeof(*this) + bytes_; }

 private:
  DatumList list_;
  uint64_t expanded_ = 0;
  size_t bytes_ = 0;
};

// Whole and FLOAT numbers that are written alike ("> 5"): added without rounding or overflow, so
// that neither depends on their order.
class NumberSum {
 public:
  void Add(int64_t number) {
    integers_ += number;
    has_numbers_ = true;
  }
  void Add(double number) {
    floats_.Add(number);
    has_numbers_ = has_floats_ = true;
  }
  bool has_numbers() const { return has_numbers_; }
  // Errors: SL5003.
  StatusOr<Datum> Total(Comparator comparator, bool as_float) const {
    if (!has_floats_ && !as_float) {
      const auto total = static_cast<int64_t>(integers_);
      if (total != integers_) return ValueOutOfRange("this INTEGER sum");
      return Datum(Value(total, comparator));
    }
    ExactSum all = floats_;
    constexpr int kHalf = 62;  // Of the bits; the upper ones are few.
    all.Add(static_cast<int64_t>(integers_ & ((__int128{1} << kHalf) - 1)));
    all.Add(std::ldexp(static_cast<double>(static_cast<int64_t>(integers_ >> kHalf)), kHalf));
    const double total = all.Total();
    if (!std::isfinite(total)) return FloatOutOfRange("this FLOAT result");
    return Datum(Value(total, comparator));
  }

 private:
  __int128 integers_ = 0;
  ExactSum floats_;
  bool has_numbers_ = false, has_floats_ = false;
};

// Numbers by how they are written, and a running sum of amounts and DECIMALs, which are exact. Once
// a bound or a currency makes it unknown, it stays so.
class SumAggregator : public Aggregator {
 public:
  explicit SumAggregator(AggregateKind kind) : average_(kind == AggregateKind::kAverage) {}
  Status Add(const Datum& datum, EvaluationContext* context) override {
    if (datum.is_null()) return OkStatus();
    const Value* value = datum.value();
    if (value == nullptr || !IsMeasurable(*value)) {
      return TypeMismatch(average_ ? "avg" : "sum", "numbers and amounts", datum);
    }
    ++count_;
    if (unknown_) return OkStatus();
    const int64_t* integer = value->get_if<int64_t>();
    const double* number = value->get_if<double>();
    if (integer != nullptr || number != nullptr) {
      auto& numbers = numbers_[static_cast<size_t>(value->comparator())];
      if (numbers == nullptr) numbers = std::make_unique<NumberSum>();
      integer != nullptr ? numbers->Add(*integer) : numbers->Add(*number);
      return OkStatus();
    }
    if (sum_.is_null()) {
      sum_ = datum;
      return OkStatus();
    }
    SL_ASSIGN_OR_RETURN(sum_, Arithmetic(BinaryOperator::kAdd, sum_, datum, context));
    unknown_ = sum_.is_null();
    return OkStatus();
  }
  StatusOr<Datum> Finish(EvaluationContext* context) override {
    if (count_ == 0) return average_ ? Datum() : Datum::OfInteger(0);
    for (size_t i = 0; i < numbers_.size() && !unknown_; ++i) {
      if (numbers_[i] == nullptr) continue;
      // Added as FLOAT, integers have no overflow: their mean always exists.
      SL_ASSIGN_OR_RETURN(const Datum total,
                          numbers_[i]->Total(static_cast<Comparator>(i), average_));
      if (sum_.is_null()) {
        sum_ = total;
        continue;
      }
      SL_ASSIGN_OR_RETURN(sum_, Arithmetic(BinaryOperator::kAdd, sum_, total, context));
      unknown_ = sum_.is_null();
    }
    if (unknown_) return Datum();
    if (!average_) return sum_;
    return Arithmetic(BinaryOperator::kDivide, sum_, Datum::OfInteger(count_), context);
  }
  size_t memory_bytes() const override {
    const auto used = std::count_if(numbers_.begin(), numbers_.end(),
                                    [](const auto& numbers) { return numbers != nullptr; });
    return sizeof(*this) + static_cast<size_t>(used) * sizeof(NumberSum);
  }

 private:
  static constexpr size_t kComparators = static_cast<size_t>(Comparator::kJustOver) + 1;

  const bool average_;
  int64_t count_ = 0;
  std::array<std::unique_ptr<NumberSum>, kComparators> numbers_;
  Datum sum_;
  bool unknown_ = false;
};

// The extreme by SLQL's order. Bounded numbers may leave it open which one that is ("> 500M" or
// 600M?): then the result is unknown, with a notice, unless a later value settles it.
class ExtremeAggregator : public Aggregator {
 public:
  explicit ExtremeAggregator(AggregateKind kind) : max_(kind == AggregateKind::kMax) {}

  Status Add(const Datum& datum, EvaluationContext* context) override {
    if (datum.is_null() || overfull_) return OkStatus();
    SL_RETURN_IF_ERROR(context->Work(1 + datum.heap_bytes() / 64));
    if (candidates_.size() == 1) {
      const std::optional<int64_t> held = IntegerOf(candidates_.front()), more = IntegerOf(datum);
      if (held && more) {
        if (max_ ? *more > *held : *more < *held) candidates_.front() = datum;
        return OkStatus();
      }
    }
    std::vector<Datum> kept;
    for (Datum& candidate : candidates_) {
      if (Beats(candidate, datum, context->term_order.get())) {
        // Of equal ones (1 and 1.0) the same is given whichever comes first.
        if (Beats(datum, candidate, context->term_order.get()) && HasLesserForm(datum, candidate)) {
          candidate = datum;
        }
        return OkStatus();
      }
      if (!Beats(datum, candidate, context->term_order.get())) kept.push_back(candidate);
    }
    kept.push_back(datum);
    candidates_ = std::move(kept);
    overfull_ = candidates_.size() > kCandidatesMax;
    return OkStatus();
  }

  StatusOr<Datum> Finish(EvaluationContext* context) override {
    if (candidates_.empty()) return Datum();
    if (candidates_.size() == 1) return candidates_.front();
    const bool different_units =
        std::any_of(candidates_.begin(), candidates_.end(), [this](const Datum& candidate) {
          return UnitOf(candidate) != UnitOf(candidates_.front());
        });
    different_units ? NoticeDifferentUnits(context) : NoticeOpenBounds(context);
    return Datum();
  }

  size_t memory_bytes() const override {
    size_t bytes = sizeof(*this);
    for (const Datum& candidate : candidates_) bytes += DatumBytes(candidate);
    return bytes;
  }

 private:
  // So many values that could each be the extreme are taken as "unknown" for good.
  static constexpr size_t kCandidatesMax = 32;

  // Of most columns all values are such.
  static std::optional<int64_t> IntegerOf(const Datum& datum) {
    const Value* const value = datum.value();
    const int64_t* const integer = value != nullptr ? value->get_if<int64_t>() : nullptr;
    if (integer == nullptr || value->comparator() != Comparator::kExactly) return std::nullopt;
    return *integer;
  }

  // Whether a is the extreme of the two for certain, or they are equal. Values that `<` cannot
  // compare, such as a text and a number, go by the order of ORDER BY.
  bool Beats(const Datum& a, const Datum& b, TermOrder* terms) const {
    const std::optional<bool> beats =
        Compare(a, max_ ? Order::kGreaterOrEqual : Order::kLessOrEqual, b);
    if (beats && *beats) return true;
    const Value *x = a.value(), *y = b.value();
    if (x != nullptr && y != nullptr && IsMeasurable(*x) && IsMeasurable(*y) && SameType(*x, *y)) {
      // FLOATs that are no numbers are neither less nor greater.
      if (!beats || x->type() != ValueType::kDouble || y->type() != ValueType::kDouble) {
        if (IdentityKey(a) == IdentityKey(b)) return true;
        if (!HasNaN(a) && !HasNaN(b)) return false;
      }
    }
    const std::weak_ordering order = SortOrder(a, b, terms);
    return max_ ? order >= 0 : order <= 0;
  }

  static bool HasLesserForm(const Datum& a, const Datum& b) {
    const Value *x = a.value(), *y = b.value();
    return x != nullptr && y != nullptr && storage::TotalOrder(*x, *y) < 0;
  }

  // The currency or unit; empty for what has none.
  static std::string_view UnitOf(const Datum& datum) {
    const Value* value = datum.value();
    if (value == nullptr) return {};
    if (const auto* money = value->get_if<storage::Money>()) return money->currency;
    const auto* quantity = value->get_if<storage::Quantity>();
    return quantity != nullptr ? std::string_view(quantity->unit) : std::string_view();
  }
  static bool IsNumber(const Value& value) {
    return value.type() == ValueType::kInteger || value.type() == ValueType::kDecimal ||
           value.type() == ValueType::kDouble;
  }
  static bool SameType(const Value& a, const Value& b) {
    return a.type() == b.type() || (IsNumber(a) && IsNumber(b));
  }
  static bool HasNaN(const Datum& datum) {
    const double* x = datum.value()->get_if<double>();
    return x != nullptr && *x != *x;
  }

  const bool max_;
  std::vector<Datum> candidates_;
  bool overfull_ = false;
};

// Passes each distinct value on once.
class DistinctAggregator : public Aggregator {
 public:
  explicit DistinctAggregator(std::unique_ptr<Aggregator> aggregator)
      : aggregator_(std::move(aggregator)) {}
  Status Add(const Datum& datum, EvaluationContext* context) override {
    if (datum.is_null()) return aggregator_->Add(datum, context);
    SL_RETURN_IF_ERROR(context->Work(1 + datum.heap_bytes() / 64));
    if (const storage::TermId node = datum.node(); !node.is_none()) {
      if (!nodes_.insert(node).second) return OkStatus();
      // An entry of the table and its place in the list.
      bytes_ += sizeof(node) + 3 * sizeof(void*);
      return aggregator_->Add(datum, context);
    }
    const auto [key, is_new] = seen_.insert(IdentityKey(datum));
    if (!is_new) return OkStatus();
    // A node of the tree, the string, and what the string holds.
    bytes_ += key->capacity() + sizeof(std::string) + 4 * sizeof(void*);
    return aggregator_->Add(datum, context);
  }
  StatusOr<Datum> Finish(EvaluationContext* context) override {
    return aggregator_->Finish(context);
  }
  size_t memory_bytes() const override {
    return sizeof(*this) + bytes_ + aggregator_->memory_bytes();
  }

 private:
  const std::unique_ptr<Aggregator> aggregator_;
  std::unordered_set<storage::TermId> nodes_;
  std::set<std::string> seen_;  // All else.
  size_t bytes_ = 0;
};

std::unique_ptr<Aggregator> NewPlain(AggregateKind kind) {
  switch (kind) {
    case AggregateKind::kCount:
      return std::make_unique<CountAggregator>(false);
    case AggregateKind::kCountStar:
      return std::make_unique<CountAggregator>(true);
    case AggregateKind::kCollect:
      return std::make_unique<CollectAggregator>();
    case AggregateKind::kSum:
    case AggregateKind::kAverage:
      return std::make_unique<SumAggregator>(kind);
    case AggregateKind::kMin:
    case AggregateKind::kMax:
      return std::make_unique<ExtremeAggregator>(kind);
    case AggregateKind::kPercentileCont:
    case AggregateKind::kPercentileDisc:
    case AggregateKind::kStDev:
    case AggregateKind::kStDevP:
      return NewSpreadAggregator(kind);
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<Aggregator> Aggregator::New(AggregateKind kind, bool distinct) {
  std::unique_ptr<Aggregator> aggregator = NewPlain(kind);
  // Every row is its own: count(*) knows no DISTINCT.
  if (!distinct || kind == AggregateKind::kCountStar) return aggregator;
  return std::make_unique<DistinctAggregator>(std::move(aggregator));
}

}  // namespace sightline::query
