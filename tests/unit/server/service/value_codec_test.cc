#include "server/service/value_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "query/diagnostics/diagnostic.h"

namespace sightline::server {
namespace {

using query::Datum;
using storage::Comparator;
using storage::TermId;
using storage::TermTag;
using storage::Value;
using ::testing::ElementsAre;

TermId Entity(uint64_t number) { return TermId::Make(TermTag::kEntity, number); }

// Knows the entity 7, called org/hikvision, and nothing else.
NodeResolver OneNode() {
  NodeResolver nodes;
  nodes.find = [](std::string_view id) -> StatusOr<std::optional<TermId>> {
    if (id == "org/hikvision") return std::optional<TermId>(Entity(7));
    return std::optional<TermId>();
  };
  nodes.check = [](TermId node) -> StatusOr<std::optional<TermId>> {
    if (node == Entity(7)) return std::optional<TermId>(node);
    return std::optional<TermId>();
  };
  return nodes;
}

class FakeReader final : public TermReader {
 public:
  StatusOr<std::string> NameOf(TermId term) override {
    return "p" + std::to_string(term.payload());
  }
  StatusOr<Value> ValueOf(TermId term) override { return storage::InlineValue(term); }
  void Saw(TermId node) override { seen.push_back(node.payload()); }
  std::vector<uint64_t> seen;
};

template <typename T>
T Parsed(const StatusOr<T>& parsed) {
  EXPECT_TRUE(parsed.ok()) << parsed.status().ToString();
  return *parsed;
}

std::vector<Value> ValuesOfAllTypes() {
  const auto date = [](const char* text) {
    return Value(Parsed(storage::PartialDate::Parse(text)));
  };
  return {
      Value(),
      Value(true),
      Value(false),
      Value(int64_t{0}),
      Value(std::numeric_limits<int64_t>::min()),
      Value(std::numeric_limits<int64_t>::max()),
      Value(storage::Decimal{-12345, 2}),
      Value(1.5),
      Value(-0.25e-300),
      Value::OfText(""),
      Value::OfText("бронетехника", "ru"),
      date("2023"),
      date("2023-Q4"),
      date("2023-10"),
      date("2024-02-29"),
      date("0001-01-01"),
      date("9999-12-31"),
      Value(storage::Instant{0}),
      Value(storage::Instant{-1}),
      Value(storage::Instant{1'696'149'000'123'456}),
      Value(storage::Money{{500'000'000, 0}, "USD"}),
      Value(storage::Quantity{{125, 1}, "kg"}),
      Value(storage::Percentage{{70, 0}}),
      Value(storage::GeoPoint{-33.5, 151.25}),
      Value(Entity(7)),
  };
}

TEST(ValueCodec, EveryTypeRoundTrips) {
  std::vector<bool> types(13, false);
  for (const Value& value : ValuesOfAllTypes()) {
    types[static_cast<size_t>(value.type())] = true;
    v1::Value wire;
    EncodeValue(value, &wire);
    const StatusOr<Value> back = DecodeValue(wire, OneNode());
    ASSERT_TRUE(back.ok()) << wire.ShortDebugString() << back.status().ToString();
    EXPECT_EQ(*back, value) << wire.ShortDebugString();
  }
  EXPECT_THAT(types, ::testing::Each(true));  // None was forgotten.
}

TEST(ValueCodec, EveryComparatorRoundTrips) {
  for (const Comparator comparator :
       {Comparator::kExactly, Comparator::kAbout, Comparator::kLess, Comparator::kNearly,
        Comparator::kMore, Comparator::kJustOver}) {
    for (const Value& value :
         {Value(int64_t{70}, comparator), Value(storage::Decimal{705, 1}, comparator),
          Value(0.5, comparator), Value(storage::Money{{5, 0}, "USD"}, comparator),
          Value(storage::Quantity{{5, 0}, "t"}, comparator),
          Value(storage::Percentage{{70, 0}}, comparator)}) {
      v1::Value wire;
      EncodeValue(value, &wire);
      EXPECT_EQ(Parsed(DecodeValue(wire, OneNode())), value);
    }
  }
}

TEST(ValueCodec, PartialDatesKeepTheirPrecisionOnTheWire) {
  v1::Value wire;
  EncodeValue(Value(Parsed(storage::PartialDate::Parse("2023-Q4"))), &wire);
  EXPECT_EQ(wire.date().year(), 2023);
  EXPECT_EQ(wire.date().quarter(), 4);
  EXPECT_EQ(wire.date().month(), 0);
  EXPECT_EQ(wire.date().day(), 0);
  EncodeValue(Value(Parsed(storage::PartialDate::Parse("2023-10"))), &wire);
  EXPECT_EQ(wire.date().quarter(), 0);
  EXPECT_EQ(wire.date().month(), 10);
  EXPECT_EQ(wire.date().day(), 0);
}

TEST(ValueCodec, InstantsBefore1970HavePositiveNanos) {
  v1::Value wire;
  EncodeValue(Value(storage::Instant{-1}), &wire);
  EXPECT_EQ(wire.instant().seconds(), -1);
  EXPECT_EQ(wire.instant().nanos(), 999'999'000);
}

TEST(ValueCodec, CompositesRoundTrip) {
  query::DatumMap map;
  map.emplace_back("b", Datum::OfText("x"));
  map.emplace_back("a", Datum(query::DatumList{Datum::OfInteger(1), Datum()}));
  v1::Value wire;
  FakeReader reader;
  ASSERT_TRUE(EncodeDatum(Datum(std::move(map)), 8, &reader, &wire).ok());
  const StatusOr<Datum> back = DecodeDatum(wire, 8, OneNode());
  ASSERT_TRUE(back.ok());
  ASSERT_NE(back->map(), nullptr);
  ASSERT_EQ(back->map()->size(), 2u);
  EXPECT_EQ((*back->map())[0].first, "b");  // The order is kept.
  const query::DatumList* list = (*back->map())[1].second.list();
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(*(*list)[0].value(), Value(int64_t{1}));
  EXPECT_TRUE((*list)[1].is_null());
}

TEST(ValueCodec, FactsAndPathsNameTheirPredicateAndShowTheirNodes) {
  const TermId predicate = Entity(4);
  const query::FactDatum supplies{{Entity(1), predicate, Entity(2)}, 0};
  const query::FactDatum employs{{Entity(2), predicate, TermId::Make(TermTag::kBoolean, 1)}, 0};
  v1::Value wire;
  FakeReader reader;
  ASSERT_TRUE(EncodeDatum(Datum(query::PathDatum{{Entity(1), Entity(2)}, {supplies}, {}}), 8,
                          &reader, &wire)
                  .ok());
  EXPECT_THAT(wire.path().nodes(), ElementsAre(Entity(1).bits, Entity(2).bits));
  ASSERT_EQ(wire.path().facts_size(), 1);
  EXPECT_EQ(wire.path().facts(0).subject(), Entity(1).bits);
  EXPECT_EQ(wire.path().facts(0).predicate(), "p4");
  EXPECT_EQ(wire.path().facts(0).object().node(), Entity(2).bits);
  ASSERT_TRUE(EncodeDatum(Datum(employs), 8, &reader, &wire).ok());
  EXPECT_TRUE(wire.fact().object().boolean());
  EXPECT_THAT(reader.seen, ElementsAre(1, 2, 1, 2, 2));
}

TEST(ValueCodec, NestingIsBoundedBothWays) {
  const auto nested = [](int levels) {
    Datum datum = Datum::OfInteger(1);
    for (int i = 0; i < levels; ++i) datum = Datum(query::DatumList{datum});
    return datum;
  };
  v1::Value wire;
  FakeReader reader;
  EXPECT_TRUE(EncodeDatum(nested(24), 24, &reader, &wire).ok());
  EXPECT_TRUE(DecodeDatum(wire, 24, OneNode()).ok());
  EXPECT_EQ(DecodeDatum(wire, 23, OneNode()).status().code(), StatusCode::kInvalidArgument);
  const Status too_deep = EncodeDatum(nested(25), 24, &reader, &wire);
  EXPECT_EQ(too_deep.code(), StatusCode::kResourceExhausted);
  ASSERT_EQ(query::DiagnosticsOf(too_deep).size(), 1u);
  EXPECT_EQ(query::DiagnosticsOf(too_deep)[0].code, "SL5006");
}

TEST(ValueCodec, TheDeepestValueIsWithinProtobufsOwnLimit) {
  Datum datum = Datum::OfInteger(1);
  for (int i = 0; i < 24; ++i) {
    query::DatumMap map;
    map.emplace_back("k", datum);
    datum = Datum(std::move(map));
  }
  v1::ValueList outer;  // Stands for the messages around a value in a result: they are four.
  FakeReader reader;
  ASSERT_TRUE(EncodeDatum(datum, 24, &reader, outer.add_values()).ok());
  v1::ValueList back;
  EXPECT_TRUE(back.ParseFromString(outer.SerializeAsString()));
}

TEST(ValueCodec, NodeIdsBecomeNodes) {
  v1::Value wire;
  wire.set_node_id("org/hikvision");
  EXPECT_EQ(Parsed(DecodeDatum(wire, 8, OneNode())).node(), Entity(7));
  wire.set_node_id("org/nobody");
  EXPECT_EQ(DecodeDatum(wire, 8, OneNode()).status().code(), StatusCode::kInvalidArgument);
  wire.set_node(Entity(7).bits);
  EXPECT_EQ(Parsed(DecodeDatum(wire, 8, OneNode())).node(), Entity(7));
  for (const uint64_t number : {uint64_t{0}, uint64_t{7}, Entity(8).bits, UINT64_MAX,
                                TermId::Make(TermTag::kInteger, 7).bits}) {
    wire.set_node(number);
    EXPECT_EQ(DecodeDatum(wire, 8, OneNode()).status().code(), StatusCode::kInvalidArgument);
  }
}

TEST(ValueCodec, RefusesWhatNoValueCanBe) {
  std::vector<v1::Value> bad;
  const auto add = [&bad]() -> v1::Value& { return bad.emplace_back(); };
  add().mutable_decimal()->set_scale(19);
  add().mutable_decimal()->set_scale(-1);
  add().set_real(std::nan(""));
  add().set_real(INFINITY);
  add().mutable_date();  // Year 0.
  add().mutable_date()->set_year(10'000);
  const auto date = [&add](int year, int month, int day, int quarter) {
    v1::Date* d = add().mutable_date();
    d->set_year(year);
    d->set_month(month);
    d->set_day(day);
    d->set_quarter(quarter);
  };
  date(2023, 2, 29, 0);
  date(2023, 13, 0, 0);
  date(2023, 0, 1, 0);
  date(2023, -1, 0, 0);
  date(2023, 1, 32, 0);
  date(2023, 0, 0, 5);
  date(2023, 1, 0, 1);
  add().mutable_instant()->set_seconds(INT64_MAX);
  add().mutable_instant()->set_nanos(1);
  add().mutable_instant()->set_nanos(-1'000);
  add().mutable_money()->set_currency("usd");
  add().mutable_money()->mutable_amount();
  add().mutable_quantity()->mutable_amount();
  add().mutable_geo_point()->set_latitude(90.5);
  add().mutable_geo_point()->set_longitude(std::nan(""));
  add().mutable_text()->set_language("e n");
  add().mutable_fact();
  add().mutable_path();
  {
    v1::Value& text = add();
    text.mutable_text()->set_text("x");
    text.set_comparator(v1::COMPARATOR_ABOUT);
  }
  add().set_comparator(v1::COMPARATOR_MORE);
  {
    v1::Value& number = add();
    number.set_integer(1);
    number.set_comparator(static_cast<v1::Comparator>(99));
  }
  {
    v1::Value& map = add();
    map.mutable_map()->add_entries()->set_key("k");
    map.mutable_map()->add_entries()->set_key("k");
  }
  for (const v1::Value& value : bad) {
    EXPECT_EQ(DecodeDatum(value, 8, OneNode()).status().code(), StatusCode::kInvalidArgument)
        << value.ShortDebugString();
  }
}

TEST(ValueCodec, OneValueIsNoList) {
  v1::Value wire;
  wire.mutable_list()->add_values()->set_integer(1);
  EXPECT_TRUE(DecodeDatum(wire, 8, OneNode()).ok());
  EXPECT_EQ(DecodeValue(wire, OneNode()).status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace sightline::server
