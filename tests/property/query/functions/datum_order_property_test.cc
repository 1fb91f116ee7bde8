// Laws of equality, order and identity over random datums.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "query/functions/datum_order.h"
#include "tests/unit/query/functions/data.h"

namespace sightline::query {
namespace {

rc::Gen<storage::Comparator> ArbitraryComparator() {
  return rc::gen::weightedOneOf<storage::Comparator>(
      {{4, rc::gen::just(storage::Comparator::kExactly)},
       {1, rc::gen::map(rc::gen::inRange(0, 6),
                        [](int i) { return static_cast<storage::Comparator>(i); })}});
}

rc::Gen<storage::Decimal> ArbitraryDecimal() {
  // Few digits, so that equal figures come up, and many.
  return rc::gen::map(
      rc::gen::pair(
          rc::gen::oneOf(rc::gen::inRange<int64_t>(-30, 30), rc::gen::arbitrary<int64_t>()),
          rc::gen::oneOf(rc::gen::inRange(0, 3), rc::gen::inRange(0, 19))),
      [](const std::pair<int64_t, int>& parts) {
        return storage::Decimal{parts.first, static_cast<uint8_t>(parts.second)}.Normalized();
      });
}

rc::Gen<double> ArbitraryDouble() {
  return rc::gen::oneOf(
      rc::gen::map(rc::gen::inRange(-30, 30), [](int i) { return i / 4.0; }),
      rc::gen::arbitrary<double>(),
      rc::gen::map(rc::gen::arbitrary<int64_t>(), [](int64_t i) { return static_cast<double>(i); }),
      rc::gen::element(0.1, -0.0, 1e300, -1e-300, std::nan(""),
                       std::numeric_limits<double>::infinity(),
                       -std::numeric_limits<double>::infinity()));
}

rc::Gen<Datum> ArbitraryNumber() {
  return rc::gen::oneOf(
      rc::gen::map(rc::gen::pair(rc::gen::oneOf(rc::gen::inRange<int64_t>(-8, 8),
                                                rc::gen::arbitrary<int64_t>()),
                                 ArbitraryComparator()),
                   [](const auto& p) { return Datum(storage::Value(p.first, p.second)); }),
      rc::gen::map(rc::gen::pair(ArbitraryDouble(), ArbitraryComparator()),
                   [](const auto& p) { return Datum(storage::Value(p.first, p.second)); }),
      rc::gen::map(rc::gen::pair(ArbitraryDecimal(), ArbitraryComparator()),
                   [](const auto& p) { return Datum(storage::Value(p.first, p.second)); }));
}

rc::Gen<Datum> ArbitraryAtom() {
  return rc::gen::oneOf(
      rc::gen::just(Null()), ArbitraryNumber(), ArbitraryNumber(),
      rc::gen::map(rc::gen::arbitrary<bool>(), B),
      rc::gen::map(rc::gen::element<std::string>("", "a", "A", "ab", "\xc3\xa9"),
                   [](const std::string& text) { return T(text); }),
      rc::gen::map(rc::gen::pair(ArbitraryDecimal(), ArbitraryComparator()),
                   [](const auto& p) {
                     return Datum(storage::Value(storage::Money{p.first, "USD"}, p.second));
                   }),
      rc::gen::map(ArbitraryDecimal(),
                   [](const storage::Decimal& amount) {
                     return Datum(storage::Value(storage::Money{amount, "EUR"}));
                   }),
      rc::gen::map(ArbitraryDecimal(),
                   [](const storage::Decimal& amount) {
                     return Datum(storage::Value(storage::Percentage{amount}));
                   }),
      rc::gen::map(rc::gen::element<std::string>("2023", "2023-Q1", "2023-01", "2023-01-01",
                                                 "2023-01-31", "2022-12-31"),
                   [](const std::string& text) { return Date(text); }),
      rc::gen::map(rc::gen::element<std::string>("2023-01-01T00:00Z", "2023-01-01T12:00Z",
                                                 "1969-12-31T23:59:59Z"),
                   [](const std::string& text) { return At(text); }),
      rc::gen::map(rc::gen::inRange<uint64_t>(1, 4), Node),
      rc::gen::map(rc::gen::inRange<uint64_t>(1, 3),
                   [](uint64_t i) { return Datum(FactOf(i, 2, 3)); }));
}

rc::Gen<Datum> ArbitraryDatum() {
  const auto items = rc::gen::resize(3, rc::gen::container<std::vector<Datum>>(ArbitraryAtom()));
  return rc::gen::weightedOneOf<Datum>(
      {{5, ArbitraryAtom()},
       {1, rc::gen::map(items, [](const std::vector<Datum>& list) { return Datum(list); })},
       {1, rc::gen::map(items, [](const std::vector<Datum>& list) {
          DatumMap map;
          for (size_t i = 0; i < list.size(); ++i) {
            map.emplace_back(std::string(1, static_cast<char>('c' - i % 3)), list[i]);
            if (i == 2) break;
          }
          return Datum(std::move(map));
        })}});
}

RC_GTEST_PROP(SortOrderLaws, IsReflexiveAntisymmetricAndTransitive, ()) {
  const Datum a = *ArbitraryDatum(), b = *ArbitraryDatum(), c = *ArbitraryDatum();
  RC_ASSERT((SortOrder(a, a) == 0));
  RC_ASSERT((SortOrder(a, b) == (0 <=> SortOrder(b, a))));
  if (SortOrder(a, b) <= 0 && SortOrder(b, c) <= 0) RC_ASSERT((SortOrder(a, c) <= 0));
  if (SortOrder(a, b) == 0) RC_ASSERT((SortOrder(a, c) == SortOrder(b, c)));
}

RC_GTEST_PROP(SortOrderLaws, IsTransitiveOverNumbersOfAllTypes, ()) {
  const Datum a = *ArbitraryNumber(), b = *ArbitraryNumber(), c = *ArbitraryNumber();
  if (SortOrder(a, b) <= 0 && SortOrder(b, c) <= 0) RC_ASSERT((SortOrder(a, c) <= 0));
}

RC_GTEST_PROP(IdentityLaws, EqualDatumsHaveOneKeyAndOneKeyMeansNotUnequal, ()) {
  const Datum a = *ArbitraryDatum(), b = *ArbitraryDatum();
  if (Equal(a, b) == true) RC_ASSERT(IdentityKey(a) == IdentityKey(b));
  RC_ASSERT(((IdentityKey(a) == IdentityKey(b)) == (SortOrder(a, b) == 0)));
}

RC_GTEST_PROP(CompareLaws, AgreeWithOneAnotherAndWithSortOrder, ()) {
  const Datum a = *ArbitraryDatum(), b = *ArbitraryDatum();
  const auto less = Compare(a, Order::kLess, b);
  const auto greater = Compare(a, Order::kGreater, b);
  RC_ASSERT((less == Compare(b, Order::kGreater, a)));
  RC_ASSERT(!(less == true && greater == true));
  if (less == true) {
    RC_ASSERT((Compare(a, Order::kLessOrEqual, b) == true));
    RC_ASSERT((Equal(a, b) != true));
  }
  if (Equal(a, b) == true && a.list() == nullptr && less.has_value()) RC_ASSERT((less == false));
}

}  // namespace
}  // namespace sightline::query
