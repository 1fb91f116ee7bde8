// Aggregators: count, collect, sum, avg, min and max of one group.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "query/functions/arithmetic.h"
#include "query/functions/datum_order.h"
#include "query/functions/decimal_sum.h"
#include "query/functions/exact_sum.h"
#include "query/functions/integer_expression.h"
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
  Status Merge(Aggregator* other, EvaluationContext*) override {
    count_ += std::exchange(static_cast<CountAggregator*>(other)->count_, 0);
    return OkStatus();
  }
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

constexpr uint32_t BitOf(ValueType type) { return 1U << static_cast<unsigned>(type); }
constexpr uint32_t kNumbers =
    BitOf(ValueType::kInteger) | BitOf(ValueType::kDecimal) | BitOf(ValueType::kDouble);

// What is added is kept wider than any value, so that neither what comes out nor whether it is an
// error depends on the order of the rows, which may follow what the reader may not see.
class SumAggregator : public Aggregator {
 public:
  explicit SumAggregator(AggregateKind kind) : average_(kind == AggregateKind::kAverage) {}
  Status Add(const Datum& datum, EvaluationContext*) override {
    if (datum.is_null()) return OkStatus();
    const Value* value = datum.value();
    if (value == nullptr || !IsMeasurable(*value)) {
      return TypeMismatch(average_ ? "avg" : "sum", "numbers and amounts", datum);
    }
    ++count_;
    comparators_ |= 1U << static_cast<unsigned>(value->comparator());
    if (const int64_t* integer = value->get_if<int64_t>()) {
      return AddTo(&integers_, value->type(), *integer);
    }
    if (const double* number = value->get_if<double>()) {
      floats_.Add(*number);
      types_ |= BitOf(value->type());
      return OkStatus();
    }
    if (const auto* decimal = value->get_if<storage::Decimal>()) {
      return AddTo(&decimals_, value->type(), *decimal);
    }
    AddUnit(LikeOne(*value));
    return AddTo(&decimals_, value->type(), AmountOf(*value));
  }

  StatusOr<Datum> Finish(EvaluationContext* context) override {
    if (count_ == 0) return average_ ? Datum() : Datum::OfInteger(0);
    if (const std::optional<std::pair<ValueType, ValueType>> mixed = MixedTypes()) {
      return RuntimeError("SL3011", fmt::format("'+' does not work on {} and {}",
                                                storage::ValueTypeName(mixed->first),
                                                storage::ValueTypeName(mixed->second)));
    }
    if (different_units_) {
      NoticeDifferentUnits(context);
      return Datum();
    }
    const std::optional<Comparator> comparator = CommonComparator();
    if (!comparator) {
      NoticeOpenBounds(context);
      return Datum();
    }
    SL_ASSIGN_OR_RETURN(const Value figure, Figure());
    const Datum total(WithComparator(figure, *comparator));
    if (!average_) return total;
    return Arithmetic(BinaryOperator::kDivide, total, Datum::OfInteger(count_), context);
  }
  Status Merge(Aggregator* other, EvaluationContext*) override {
    const auto& more = *static_cast<SumAggregator*>(other);
    count_ += more.count_;
    types_ |= more.types_;
    comparators_ |= more.comparators_;
    integers_.Add(more.integers_);
    decimals_.Add(more.decimals_);
    if ((more.types_ & BitOf(ValueType::kDouble)) != 0) floats_.Add(more.floats_);
    if (more.unit_) AddUnit(*more.unit_);
    different_units_ |= more.different_units_;
    return OkStatus();
  }
  size_t memory_bytes() const override { return sizeof(*this); }

 private:
  template <typename Number>
  Status AddTo(DecimalSum* sum, ValueType type, const Number& number) {
    sum->Add(number);
    types_ |= BitOf(type);
    return OkStatus();
  }

  void AddUnit(const Value& unit) {
    if (!unit_) unit_ = unit;
    different_units_ |= unit.type() == unit_->type() && !(unit == *unit_);
  }

  static const storage::Decimal& AmountOf(const Value& amount) {
    if (const auto* money = amount.get_if<storage::Money>()) return money->amount;
    if (const auto* quantity = amount.get_if<storage::Quantity>()) return quantity->amount;
    return amount.get_if<storage::Percentage>()->percent;
  }
  static Value WithAmount(const Value& like, const storage::Decimal& amount) {
    if (const auto* money = like.get_if<storage::Money>()) {
      return Value(storage::Money{amount, money->currency});
    }
    if (const auto* quantity = like.get_if<storage::Quantity>()) {
      return Value(storage::Quantity{amount, quantity->unit});
    }
    return Value(storage::Percentage{amount});
  }
  static Value LikeOne(const Value& amount) { return WithAmount(amount, storage::Decimal{1, 0}); }

  // Two types that do not go together, in the order of types.
  std::optional<std::pair<ValueType, ValueType>> MixedTypes() const {
    std::optional<ValueType> first;
    for (unsigned type = 0; type < 32; ++type) {
      if ((types_ >> type & 1) == 0) continue;
      const auto next = static_cast<ValueType>(type);
      const bool both_numbers =
          first && (BitOf(*first) & kNumbers) != 0 && (BitOf(next) & kNumbers) != 0;
      if (first && !both_numbers) return std::pair(*first, next);
      if (!first) first = next;
    }
    return std::nullopt;
  }

  // How the sum of all is bounded: AddComparators does not mind their order.
  std::optional<Comparator> CommonComparator() const {
    std::optional<Comparator> all = Comparator::kExactly;
    for (unsigned comparator = 0; all && comparators_ >> comparator != 0; ++comparator) {
      if ((comparators_ >> comparator & 1) == 0) continue;
      all = AddComparators(*all, static_cast<Comparator>(comparator));
    }
    return all;
  }

  // Errors: SL5003.
  StatusOr<Value> Figure() const {
    if (unit_) {
      SL_ASSIGN_OR_RETURN(const storage::Decimal total, InRange(decimals_.Total()));
      return WithAmount(*unit_, total);
    }
    const bool has_integers = (types_ & BitOf(ValueType::kInteger)) != 0;
    const bool has_floats = (types_ & BitOf(ValueType::kDouble)) != 0;
    // Added as FLOAT, integers have no overflow: their mean always exists.
    if (has_floats || (average_ && has_integers)) {
      ExactSum all = floats_;
      integers_.AddTo(&all);
      decimals_.AddTo(&all);
      const double total = all.Total();
      if (!std::isfinite(total)) return FloatOutOfRange("this FLOAT result");
      return Value(total);
    }
    if (types_ == BitOf(ValueType::kInteger)) {
      SL_ASSIGN_OR_RETURN(const int64_t total, integers_.WholeTotal());
      return Value(total);
    }
    DecimalSum all = decimals_;
    all.Add(integers_);
    SL_ASSIGN_OR_RETURN(const storage::Decimal total, InRange(all.Total()));
    return Value(total);
  }
  static StatusOr<storage::Decimal> InRange(StatusOr<storage::Decimal> total) {
    if (!total.ok()) return DecimalError(total.status());
    return total;
  }

  const bool average_;
  int64_t count_ = 0;
  uint32_t types_ = 0, comparators_ = 0;  // Those that were added, by bits.
  DecimalSum integers_, decimals_;        // DECIMALs, or the figures of amounts.
  ExactSum floats_;
  std::optional<Value> unit_;  // One of the first amount's currency or unit.
  bool different_units_ = false;
};

// The extreme by SLQL's order. Bounded numbers may leave it open which one that is ("> 500M" or
// 600M?): then the result is unknown, with a notice, unless another value settles it.
class ExtremeAggregator : public Aggregator {
 public:
  explicit ExtremeAggregator(AggregateKind kind) : max_(kind == AggregateKind::kMax) {}

  Status Add(const Datum& datum, EvaluationContext* context) override {
    if (datum.is_null()) return OkStatus();
    if (candidates_.size() == 1 && !candidates_.front().is_several) {
      Datum& only = candidates_.front().datum;
      const std::optional<int64_t> held = PlainInteger(only), more = PlainInteger(datum);
      if (held && more) {
        if (max_ ? *more > *held : *more < *held) only = datum;
        return context->Work(1);
      }
    }
    return AddCandidate({datum}, context);
  }

  Status Merge(Aggregator* other, EvaluationContext* context) override {
    for (Candidate& candidate : static_cast<ExtremeAggregator*>(other)->candidates_) {
      SL_RETURN_IF_ERROR(AddCandidate(std::move(candidate), context));
    }
    return OkStatus();
  }

  StatusOr<Datum> Finish(EvaluationContext* context) override {
    if (candidates_.empty()) return Datum();
    if (candidates_.size() == 1 && !candidates_.front().is_several) {
      return candidates_.front().datum;
    }
    const bool different_units =
        std::any_of(candidates_.begin(), candidates_.end(), [this](const Candidate& candidate) {
          return UnitOf(candidate.datum) != UnitOf(candidates_.front().datum);
        });
    different_units ? NoticeDifferentUnits(context) : NoticeOpenBounds(context);
    return Datum();
  }

  size_t memory_bytes() const override {
    size_t bytes = sizeof(*this);
    for (const Candidate& candidate : candidates_) bytes += DatumBytes(candidate.datum);
    return bytes;
  }

 private:
  // What may be the extreme. Of several values that are hedged alike ("> 5", "> 7") the one with
  // the farthest figure stands for all: so there are never more than a few of each unit.
  struct Candidate {
    Datum datum;
    bool is_several = false;
  };

  Status AddCandidate(Candidate added, EvaluationContext* context) {
    SL_RETURN_IF_ERROR(context->Work(1 + candidates_.size() + added.datum.heap_bytes() / 64));
    TermOrder* const terms = context->term_order.get();
    const Datum datum = added.datum;
    std::vector<Candidate> kept;
    for (Candidate& candidate : candidates_) {
      if (Beats(candidate.datum, datum, terms)) {
        if (Beats(datum, candidate.datum, terms)) {
          // Of equal ones (1 and 1.0) the same is given whichever comes first.
          if (HasLesserForm(datum, candidate.datum)) candidate.datum = datum;
          candidate.is_several |= added.is_several;
        }
        return OkStatus();
      }
      if (Beats(datum, candidate.datum, terms)) continue;
      if (!AreHedgedAlike(datum, candidate.datum)) {
        kept.push_back(candidate);
        continue;
      }
      // What is certain to be beyond the farther of the two figures is beyond both.
      const std::weak_ordering order = SortOrder(candidate.datum, datum, terms);
      if (max_ ? order > 0 : order < 0) added.datum = candidate.datum;
      added.is_several = true;
    }
    kept.push_back(std::move(added));
    candidates_ = std::move(kept);
    return OkStatus();
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

  // Neither is certain to beat the other, and they are of one kind, unit and comparator.
  static bool AreHedgedAlike(const Datum& a, const Datum& b) {
    const Value *x = a.value(), *y = b.value();
    return x != nullptr && y != nullptr && IsMeasurable(*x) && IsMeasurable(*y) &&
           SameType(*x, *y) && x->comparator() == y->comparator() &&
           x->comparator() != Comparator::kExactly && UnitOf(a) == UnitOf(b);
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
  std::vector<Candidate> candidates_;
};

// Passes each distinct value on once.
class DistinctAggregator : public Aggregator {
 public:
  // `any_form`: it does not matter which of equal values (1 and 1.0) is passed on. If it does, the
  // lesser form is, at the end, so that it does not depend on which came first.
  DistinctAggregator(std::unique_ptr<Aggregator> aggregator, bool any_form)
      : aggregator_(std::move(aggregator)), any_form_(any_form) {}
  Status Add(const Datum& datum, EvaluationContext* context) override {
    if (datum.is_null()) return aggregator_->Add(datum, context);
    SL_RETURN_IF_ERROR(context->Work(1 + datum.heap_bytes() / 64));
    if (const storage::TermId node = datum.node(); !node.is_none()) {
      if (!nodes_.insert(node).second) return OkStatus();
      bytes_ += kNodeBytes;
      return aggregator_->Add(datum, context);
    }
    const auto [seen, is_new] = seen_.try_emplace(IdentityKey(datum));
    if (!is_new) {
      if (!any_form_) KeepLesserForm(datum, &seen->second);
      return OkStatus();
    }
    bytes_ += KeyBytes(seen->first);
    if (any_form_) return aggregator_->Add(datum, context);
    bytes_ += DatumBytes(datum);
    seen->second = datum;
    return OkStatus();
  }
  Status Merge(Aggregator* other, EvaluationContext* context) override {
    auto& more = *static_cast<DistinctAggregator*>(other);
    while (!more.nodes_.empty()) {
      SL_RETURN_IF_ERROR(context->Work(1));
      auto node = more.nodes_.extract(more.nodes_.begin());
      const auto placed = nodes_.insert(std::move(node));
      if (!placed.inserted) continue;
      bytes_ += kNodeBytes;
      if (any_form_) {
        SL_RETURN_IF_ERROR(aggregator_->Add(Datum::OfNode(*placed.position), context));
      }
    }
    while (!more.seen_.empty()) {
      SL_RETURN_IF_ERROR(context->Work(1));
      const auto placed = seen_.insert(more.seen_.extract(more.seen_.begin()));
      const auto& [key, datum] = *placed.position;
      if (!placed.inserted) {
        if (!any_form_) KeepLesserForm(placed.node.mapped(), &placed.position->second);
        continue;
      }
      bytes_ += KeyBytes(key);
      if (!any_form_) bytes_ += DatumBytes(datum);
      // One to be counted: nothing that merges wants to know more of it.
      if (any_form_) SL_RETURN_IF_ERROR(aggregator_->Add(Datum::OfBoolean(true), context));
    }
    // It has been given nodes only, some of them by both: which matters to no extreme, and to a sum
    // they are an error.
    return any_form_ ? OkStatus() : aggregator_->Merge(more.aggregator_.get(), context);
  }
  StatusOr<Datum> Finish(EvaluationContext* context) override {
    if (!any_form_) {
      for (const auto& [key, datum] : seen_) {
        SL_RETURN_IF_ERROR(aggregator_->Add(datum, context));
      }
    }
    return aggregator_->Finish(context);
  }
  size_t memory_bytes() const override {
    return sizeof(*this) + bytes_ + aggregator_->memory_bytes();
  }

 private:
  // An entry of the table and its place in the list.
  static constexpr size_t kNodeBytes = sizeof(storage::TermId) + 3 * sizeof(void*);
  // A node of the tree, the string, and what the string holds.
  static size_t KeyBytes(const std::string& key) {
    return key.capacity() + sizeof(std::string) + sizeof(Datum) + 4 * sizeof(void*);
  }
  static void KeepLesserForm(const Datum& datum, Datum* known) {
    const Value *held = known->value(), *other = datum.value();
    if (held != nullptr && other != nullptr && storage::TotalOrder(*other, *held) < 0) {
      *known = datum;
    }
  }

  const std::unique_ptr<Aggregator> aggregator_;
  const bool any_form_;
  std::unordered_set<storage::TermId> nodes_;
  std::map<std::string, Datum> seen_;  // All else; without the values where any form does.
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

bool MergesExactly(AggregateKind kind) {
  switch (kind) {
    case AggregateKind::kCount:
    case AggregateKind::kCountStar:
    case AggregateKind::kSum:
    case AggregateKind::kAverage:
    case AggregateKind::kMin:
    case AggregateKind::kMax:
      return true;
    // Their values have an order, or they stop at the first value that is only bounded.
    case AggregateKind::kCollect:
    case AggregateKind::kPercentileCont:
    case AggregateKind::kPercentileDisc:
    case AggregateKind::kStDev:
    case AggregateKind::kStDevP:
      return false;
  }
  return false;
}

bool GrowsWithData(AggregateKind kind, bool distinct) {
  switch (kind) {
    case AggregateKind::kCountStar:
      return false;
    case AggregateKind::kCount:
    case AggregateKind::kSum:
    case AggregateKind::kAverage:
      return distinct;
    default:
      return true;
  }
}

Status Aggregator::Merge(Aggregator*, EvaluationContext*) {
  return Internal("An aggregate whose values have an order was to be merged");
}

std::unique_ptr<Aggregator> Aggregator::New(AggregateKind kind, bool distinct) {
  std::unique_ptr<Aggregator> aggregator = NewPlain(kind);
  // Every row is its own: count(*) knows no DISTINCT.
  if (!distinct || kind == AggregateKind::kCountStar) return aggregator;
  // A list shows its values in the order of the rows.
  const bool any_form = kind == AggregateKind::kCount || kind == AggregateKind::kCollect;
  return std::make_unique<DistinctAggregator>(std::move(aggregator), any_form);
}

}  // namespace sightline::query
