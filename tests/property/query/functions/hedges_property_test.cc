// Arithmetic of hedged numbers is conservative: whatever the true figures are, as long as the
// sources are right about them, the result that is worked out with them is one that the hedged
// result admits; and what a comparison says for certain is so.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "query/functions/arithmetic.h"
#include "query/functions/datum_order.h"
#include "query/functions/registry.h"

namespace sightline::query {
namespace {

using ast::BinaryOperator;
using storage::Comparator;
using storage::Value;

// A figure as a source gives it, and one that is true if the source is right.
struct Hedged {
  int64_t figure = 0;
  Comparator comparator = Comparator::kExactly;
  double truth = 0;
};

bool IsBelow(Comparator c) { return c == Comparator::kLess || c == Comparator::kNearly; }
bool IsAbove(Comparator c) { return c == Comparator::kMore || c == Comparator::kJustOver; }

rc::Gen<Hedged> ArbitraryHedged() {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::inRange<int64_t>(-20, 21), rc::gen::inRange(0, 6),
                     rc::gen::element(0.25, 0.5, 1.0, 3.0, 19.0, 1000.0), rc::gen::inRange(-1, 2)),
      [](const std::tuple<int64_t, int, double, int>& parts) {
        auto [figure, comparator, distance, side] = parts;
        Hedged hedged{figure, static_cast<Comparator>(comparator), static_cast<double>(figure)};
        const bool close =
            hedged.comparator != Comparator::kLess && hedged.comparator != Comparator::kMore;
        if (close) distance = 0.25;
        if (IsBelow(hedged.comparator)) hedged.truth -= distance;
        if (IsAbove(hedged.comparator)) hedged.truth += distance;
        if (hedged.comparator == Comparator::kAbout) hedged.truth += side * distance;
        return hedged;
      });
}

Datum DatumOf(const Hedged& hedged) { return Datum(Value(hedged.figure, hedged.comparator)); }

// Whether a result that may be rounded in its last digits admits the true one.
bool Admits(const Value& result, double truth) {
  const double figure = ToDouble(result);
  const double slack = 1e-9 * std::max(1.0, std::abs(figure));
  if (result.comparator() == Comparator::kExactly) return std::abs(truth - figure) <= slack;
  if (IsBelow(result.comparator())) return truth < figure + slack;
  if (IsAbove(result.comparator())) return truth > figure - slack;
  return true;  // About: nobody has said how far that reaches.
}

double Applied(BinaryOperator op, double a, double b) {
  switch (op) {
    case BinaryOperator::kAdd:
      return a + b;
    case BinaryOperator::kSubtract:
      return a - b;
    case BinaryOperator::kMultiply:
      return a * b;
    default:
      return a / b;
  }
}

RC_GTEST_PROP(Hedges, ArithmeticAdmitsTheTruth, ()) {
  const Hedged a = *ArbitraryHedged(), b = *ArbitraryHedged();
  const auto op = *rc::gen::element(BinaryOperator::kAdd, BinaryOperator::kSubtract,
                                    BinaryOperator::kMultiply, BinaryOperator::kDivide);
  if (op == BinaryOperator::kDivide) RC_PRE(b.figure != 0 && b.truth != 0);
  EvaluationContext context;
  const StatusOr<Datum> result = Arithmetic(op, DatumOf(a), DatumOf(b), &context);
  RC_ASSERT(result.ok());
  if (result->is_null()) return;
  RC_ASSERT(Admits(*result->value(), Applied(op, a.truth, b.truth)));
}

RC_GTEST_PROP(Hedges, SumsAdmitTheTruth, ()) {
  const auto all = *rc::gen::container<std::vector<Hedged>>(ArbitraryHedged());
  RC_PRE(!all.empty());
  EvaluationContext context;
  const auto sum = Aggregator::New(AggregateKind::kSum, false);
  double truth = 0;
  for (const Hedged& each : all) {
    RC_ASSERT(sum->Add(DatumOf(each), &context).ok());
    truth += each.truth;
  }
  const StatusOr<Datum> result = sum->Finish(&context);
  RC_ASSERT(result.ok());
  if (!result->is_null()) RC_ASSERT(Admits(*result->value(), truth));
}

// 70 % of 900M, and what is left.
RC_GTEST_PROP(Hedges, SharesOfMoneyAdmitTheTruth, ()) {
  const Hedged whole = *ArbitraryHedged(), share = *ArbitraryHedged();
  const Datum money(
      Value(storage::Money{storage::Decimal{whole.figure, 0}, "USD"}, whole.comparator));
  const Datum percent(
      Value(storage::Percentage{storage::Decimal{share.figure, 0}}, share.comparator));
  EvaluationContext context;
  const StatusOr<Datum> part = Arithmetic(BinaryOperator::kMultiply, money, percent, &context);
  RC_ASSERT(part.ok());
  if (part->is_null()) return;
  const auto figure_of = [](const Datum& datum) {
    return Value(datum.value()->get_if<storage::Money>()->amount, datum.value()->comparator());
  };
  RC_ASSERT(Admits(figure_of(*part), whole.truth * share.truth / 100));
  const StatusOr<Datum> rest = Arithmetic(BinaryOperator::kSubtract, money, *part, &context);
  RC_ASSERT(rest.ok());
  if (!rest->is_null()) {
    RC_ASSERT(Admits(figure_of(*rest), whole.truth - whole.truth * share.truth / 100));
  }
}

RC_GTEST_PROP(Hedges, WhatAComparisonSaysIsSo, ()) {
  const Hedged a = *ArbitraryHedged(), b = *ArbitraryHedged();
  const Datum x = DatumOf(a), y = DatumOf(b);
  const auto agrees = [](std::optional<bool> said, bool truth) { return !said || *said == truth; };
  RC_ASSERT(agrees(Equal(x, y), a.truth == b.truth));
  RC_ASSERT(agrees(Compare(x, Order::kLess, y), a.truth < b.truth));
  RC_ASSERT(agrees(Compare(x, Order::kLessOrEqual, y), a.truth <= b.truth));
  RC_ASSERT(agrees(Compare(x, Order::kGreater, y), a.truth > b.truth));
  RC_ASSERT(agrees(Compare(x, Order::kGreaterOrEqual, y), a.truth >= b.truth));
}

RC_GTEST_PROP(Hedges, ExtremesAdmitTheTruth, ()) {
  const auto all = *rc::gen::container<std::vector<Hedged>>(ArbitraryHedged());
  RC_PRE(!all.empty());
  EvaluationContext context;
  const auto max = Aggregator::New(AggregateKind::kMax, false);
  double truth = all.front().truth;
  for (const Hedged& each : all) {
    RC_ASSERT(max->Add(DatumOf(each), &context).ok());
    truth = std::max(truth, each.truth);
  }
  const StatusOr<Datum> result = max->Finish(&context);
  RC_ASSERT(result.ok());
  if (!result->is_null()) RC_ASSERT(Admits(*result->value(), truth));
}

}  // namespace
}  // namespace sightline::query
