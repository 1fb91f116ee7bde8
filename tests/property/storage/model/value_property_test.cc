#include "storage/model/value.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace sightline::storage {
namespace {

// Numbers of every length.
int64_t AnyInteger() {
  return *rc::gen::resize(1000, rc::gen::arbitrary<int64_t>()) >> *rc::gen::inRange(0, 64);
}

std::string AnyText() {
  // Short and from few letters, so that prefixes of one another come up; any byte now and then.
  return *rc::gen::oneOf(
      rc::gen::container<std::string>(rc::gen::element('a', 'b', '\0', '\xD1', '\x82')),
      rc::gen::arbitrary<std::string>());
}

Decimal AnyDecimal() {
  return Decimal{AnyInteger(), static_cast<uint8_t>(*rc::gen::inRange(0, 19))};
}

Value AnyValue() {
  const auto comparator = static_cast<Comparator>(*rc::gen::inRange(0, 6));
  switch (static_cast<ValueType>(*rc::gen::inRange(0, 13))) {
    case ValueType::kNull:
      return Value();
    case ValueType::kBoolean:
      return Value(*rc::gen::arbitrary<bool>(), comparator);
    case ValueType::kInteger:
      return Value(AnyInteger(), comparator);
    case ValueType::kDecimal:
      return Value(AnyDecimal(), comparator);
    case ValueType::kDouble:
      return Value(*rc::gen::arbitrary<double>(), comparator);
    case ValueType::kText:
      return Value(Text{AnyText(), *rc::gen::element<std::string>("", "en", "ru")}, comparator);
    case ValueType::kDate: {
      PartialDate date = PartialDate::FromDays(*rc::gen::inRange(-719'162, 2'932'897));
      if (*rc::gen::arbitrary<bool>()) {
        date.day = 1;
        date.precision = DatePrecision::kMonth;
      }
      return Value(date, comparator);
    }
    case ValueType::kInstant:
      return Value(Instant{AnyInteger()}, comparator);
    case ValueType::kMoney:
      return Value(Money{AnyDecimal(), *rc::gen::element<std::string>("CNY", "RUB", "USD")},
                   comparator);
    case ValueType::kQuantity:
      return Value(Quantity{AnyDecimal(), *rc::gen::element<std::string>("", "kg", "t")},
                   comparator);
    case ValueType::kPercentage:
      return Value(Percentage{AnyDecimal()}, comparator);
    case ValueType::kGeoPoint:
      return Value(GeoPoint{*rc::gen::arbitrary<double>(), *rc::gen::arbitrary<double>()},
                   comparator);
    case ValueType::kNode:
      break;
  }
  return Value(TermId::Make(*rc::gen::element(TermTag::kEntity, TermTag::kStatement),
                            *rc::gen::arbitrary<uint64_t>()),
               comparator);
}

RC_GTEST_PROP(EncodeValue, ComesBack, ()) {
  const Value value = AnyValue();
  const StatusOr<Value> decoded = DecodeValue(EncodeValue(value));
  RC_ASSERT(decoded.ok());
  RC_ASSERT(*decoded == value);
}

RC_GTEST_PROP(EncodeValue, IsEqualExactlyForEqualValues, ()) {
  const Value a = AnyValue();
  const Value b = AnyValue();
  RC_ASSERT((EncodeValue(a) == EncodeValue(b)) == (a == b));
  RC_ASSERT((TotalOrder(a, b) == 0) == (a == b));
}

RC_GTEST_PROP(DecodeValue, TakesOnlyWhatEncodeValueGives, ()) {
  std::string bytes = EncodeValue(AnyValue());
  // Damage it at one place.
  bytes[*rc::gen::inRange<size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
  const StatusOr<Value> decoded = DecodeValue(bytes);
  if (!decoded.ok()) {
    RC_ASSERT(decoded.status().code() == StatusCode::kDataLoss);
    return;
  }
  RC_ASSERT(DecodeValue(EncodeValue(*decoded)).ok());
}

RC_GTEST_PROP(TotalOrder, IsTransitiveAndSymmetric, ()) {
  const Value a = AnyValue();
  const Value b = AnyValue();
  const Value c = AnyValue();
  RC_ASSERT((TotalOrder(a, b) < 0) == (TotalOrder(b, a) > 0));
  if (TotalOrder(a, b) <= 0 && TotalOrder(b, c) <= 0) RC_ASSERT(std::is_lteq(TotalOrder(a, c)));
}

RC_GTEST_PROP(InlineTermId, ComesBack, ()) {
  const Value value = AnyValue();
  const std::optional<TermId> id = InlineTermId(value);
  if (!id || !IsInline(*id)) return;
  RC_ASSERT(InlineValue(*id) == value);
}

template <typename Make>
void CheckOrder(const Make& make) {
  const Value a(make());
  const Value b(make());
  const std::optional<TermId> a_id = InlineTermId(a);
  const std::optional<TermId> b_id = InlineTermId(b);
  RC_PRE(a_id.has_value() && b_id.has_value());
  RC_ASSERT((*a_id <=> *b_id) == TotalOrder(a, b));
}

RC_GTEST_PROP(InlineTermId, KeepsTheOrderOfIntegers, ()) {
  CheckOrder([] { return AnyInteger() >> 4; });
}

RC_GTEST_PROP(InlineTermId, KeepsTheOrderOfDecimals, ()) {
  CheckOrder([] {
    return Decimal{AnyInteger() >> *rc::gen::inRange(0, 40),
                   static_cast<uint8_t>(*rc::gen::inRange(0, 9))};
  });
}

RC_GTEST_PROP(InlineTermId, IsADecimalForAnyPayload, ()) {
  const TermId id = TermId::Make(TermTag::kDecimal, *rc::gen::arbitrary<uint64_t>());
  RC_ASSERT(InlineTermId(InlineValue(id)) == id);
}

RC_GTEST_PROP(InlineTermId, KeepsTheOrderOfInstants, ()) {
  CheckOrder([] { return Instant{AnyInteger() >> 4}; });
}

RC_GTEST_PROP(InlineTermId, KeepsTheOrderOfShortText, ()) {
  CheckOrder([] {
    return Text{*rc::gen::resize(7, rc::gen::container<std::string>(
                                        rc::gen::element('a', 'b', '\x01', '\xD1', '\xFF'))),
                ""};
  });
}

}  // namespace
}  // namespace sightline::storage
