#include "server/service/batch_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace sightline::server {
namespace {

using query::ColumnType;
using query::Datum;
using storage::TermId;
using storage::TermTag;
using storage::Value;
using ::testing::ElementsAre;

TermId Entity(uint64_t number) { return TermId::Make(TermTag::kEntity, number); }

// A result whose nodes are called "e/<number>" and whose value terms are inline ones.
class FakeCursor final : public query::ResultCursor {
 public:
  const storage::IdCipher& ids() const override { return ids_; }
  explicit FakeCursor(std::vector<query::Column> columns) : columns_(std::move(columns)) {}

  const std::vector<query::Column>& columns() const override { return columns_; }
  storage::Revision read_at() const override { return {}; }
  StatusOr<size_t> Next(query::ResultBatch*) override { return size_t{0}; }
  StatusOr<query::NodeCard> CardOf(TermId node) const override {
    ++cards_asked_[node.bits];
    return query::NodeCard{node, "e/" + std::to_string(node.payload()), "Company",
                           std::string(caption_bytes_, 'c')};
  }
  StatusOr<std::string> ExternalIdOf(TermId term) const override {
    return "e/" + std::to_string(term.payload());
  }
  StatusOr<Value> ValueOf(TermId term) const override { return storage::InlineValue(term); }
  uint64_t PlanFingerprint() const override { return 0; }
  const query::QuerySummary& summary() const override { return summary_; }

  std::map<uint64_t, int>& cards_asked() const { return cards_asked_; }
  void set_caption_bytes(size_t bytes) { caption_bytes_ = bytes; }

 private:
  const storage::IdCipher ids_;
  std::vector<query::Column> columns_;
  query::QuerySummary summary_;
  size_t caption_bytes_ = 3;
  mutable std::map<uint64_t, int> cards_asked_;
};

query::ResultBatch Rows(std::vector<std::vector<Datum>> columns) {
  query::ResultBatch batch;
  batch.row_count = columns.empty() ? 0 : columns[0].size();
  batch.columns = std::move(columns);
  return batch;
}

// One column of the given cells, encoded whole.
v1::Column EncodeColumn(ColumnType type, std::vector<Datum> cells) {
  const FakeCursor cursor({{"c", type}});
  BatchEncoder encoder(&cursor, {});
  v1::ColumnBatch out;
  const query::ResultBatch rows = Rows({std::move(cells)});
  const StatusOr<size_t> encoded = encoder.Encode(rows, 0, &out);
  EXPECT_TRUE(encoded.ok()) << encoded.status().ToString();
  EXPECT_EQ(encoded.value_or(0), rows.row_count);
  return out.columns(0);
}

std::string Bytes(std::vector<int> bytes) {
  std::string out;
  for (const int byte : bytes) out.push_back(static_cast<char>(byte));
  return out;
}

TEST(BatchEncoder, BooleansAreBitsLeastSignificantFirst) {
  std::vector<Datum> cells;
  for (const bool b : {true, false, true, true, false, false, false, false, /*2nd byte*/ true}) {
    cells.push_back(Datum::OfBoolean(b));
  }
  const v1::Column column = EncodeColumn(ColumnType::kBoolean, cells);
  EXPECT_EQ(column.data(), Bytes({0b00001101, 0b00000001}));
  EXPECT_EQ(column.validity(), "");  // No cell is null.
  EXPECT_EQ(column.offsets(), "");
}

TEST(BatchEncoder, ValidityHasOneBitARow) {
  const v1::Column column = EncodeColumn(
      ColumnType::kBoolean, {Datum(), Datum::OfBoolean(true), Datum::OfBoolean(false), Datum(),
                             Datum(), Datum(), Datum(), Datum(), Datum::OfBoolean(true), Datum()});
  EXPECT_EQ(column.validity(), Bytes({0b00000110, 0b00000001}));
  EXPECT_EQ(column.data(), Bytes({0b00000010, 0b00000001}));
}

TEST(BatchEncoder, IntegersAreEightBytesLittleEndian) {
  const v1::Column column =
      EncodeColumn(ColumnType::kInteger, {Datum::OfInteger(0x0102), Datum(), Datum::OfInteger(-2)});
  EXPECT_EQ(column.data(), Bytes({0x02, 0x01, 0,    0,    0,    0,    0,    0,  //
                                  0,    0,    0,    0,    0,    0,    0,    0,  //
                                  0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}));
  EXPECT_EQ(column.validity(), Bytes({0b101}));
}

TEST(BatchEncoder, DoublesAreIeee754) {
  const v1::Column column =
      EncodeColumn(ColumnType::kDouble, {Datum(Value(1.0)), Datum(Value(-2.5))});
  EXPECT_EQ(column.data(), Bytes({0, 0, 0, 0, 0, 0, 0xF0, 0x3F,  //
                                  0, 0, 0, 0, 0, 0, 0x04, 0xC0}));
}

TEST(BatchEncoder, TextHasOffsetsAndOneBuffer) {
  const v1::Column column = EncodeColumn(
      ColumnType::kText, {Datum::OfText("ab"), Datum(), Datum::OfText(""), Datum::OfText("я")});
  EXPECT_EQ(column.data(), "abя");
  EXPECT_EQ(column.offsets(), Bytes({0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0}));
  EXPECT_EQ(column.validity(), Bytes({0b1101}));
}

TEST(BatchEncoder, TextOfNoRowsStillHasTheFirstOffset) {
  EXPECT_EQ(EncodeColumn(ColumnType::kText, {}).offsets(), Bytes({0, 0, 0, 0}));
}

TEST(BatchEncoder, ValuesComeOneARowAndNullIsUnset) {
  const v1::Column column = EncodeColumn(
      ColumnType::kAny, {Datum(Value(int64_t{70}, storage::Comparator::kNearly)), Datum()});
  ASSERT_EQ(column.values_size(), 2);
  EXPECT_EQ(column.values(0).integer(), 70);
  EXPECT_EQ(column.values(0).comparator(), v1::COMPARATOR_NEARLY);
  EXPECT_EQ(column.values(1).kind_case(), v1::Value::KIND_NOT_SET);
  EXPECT_EQ(column.validity(), Bytes({0b01}));
  EXPECT_EQ(column.data(), "");
}

TEST(BatchEncoder, NodesAreNumbersWithOneCardAStream) {
  const FakeCursor cursor({{"s", ColumnType::kEntity}, {"st", ColumnType::kStatement}});
  BatchEncoder encoder(&cursor, {});
  const TermId statement = TermId::Make(TermTag::kStatement, 17);
  v1::ColumnBatch out;
  ASSERT_TRUE(encoder
                  .Encode(Rows({{Datum::OfNode(Entity(1)), Datum::OfNode(Entity(2)),
                                 Datum::OfNode(Entity(1)), Datum()},
                                {Datum(), Datum::OfNode(statement), Datum(), Datum()}}),
                          0, &out)
                  .ok());
  EXPECT_EQ(out.row_count(), 4);
  EXPECT_EQ(out.columns(0).data(), Bytes({1, 0, 0, 0, 0, 0, 0, 0x10, 2, 0, 0, 0, 0, 0, 0, 0x10,  //
                                          1, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(out.columns(0).validity(), Bytes({0b0111}));
  std::vector<uint64_t> cards;
  for (const v1::NodeCard& card : out.cards()) cards.push_back(card.id());
  EXPECT_THAT(cards, ElementsAre(Entity(1).bits, Entity(2).bits, statement.bits));
  EXPECT_EQ(out.cards(0).external_id(), "e/1");
  EXPECT_EQ(out.cards(0).class_name(), "Company");
  EXPECT_EQ(out.cards(0).caption(), "ccc");

  // A later batch brings new nodes only.
  ASSERT_TRUE(encoder
                  .Encode(Rows({{Datum::OfNode(Entity(3)), Datum::OfNode(Entity(1))},
                                {Datum(), Datum::OfNode(statement)}}),
                          0, &out)
                  .ok());
  ASSERT_EQ(out.cards_size(), 1);
  EXPECT_EQ(out.cards(0).id(), Entity(3).bits);
  EXPECT_EQ(cursor.cards_asked()[Entity(1).bits], 1);
}

TEST(BatchEncoder, NodesWithinValuesGetCardsToo) {
  const FakeCursor cursor({{"path", ColumnType::kAny}});
  BatchEncoder encoder(&cursor, {});
  const query::FactDatum fact{{Entity(1), Entity(9), Entity(2)}, 0};
  query::DatumList list;
  list.push_back(Datum(query::PathDatum{{Entity(1), Entity(2)}, {fact}, {}}));
  list.push_back(Datum::OfNode(Entity(3)));
  v1::ColumnBatch out;
  ASSERT_TRUE(encoder.Encode(Rows({{Datum(std::move(list))}}), 0, &out).ok());
  std::vector<uint64_t> cards;
  for (const v1::NodeCard& card : out.cards()) cards.push_back(card.id());
  EXPECT_THAT(cards, ElementsAre(Entity(1).bits, Entity(2).bits, Entity(3).bits));
}

TEST(BatchEncoder, CutsABatchAtTheTargetAndLosesNoRow) {
  const FakeCursor cursor({{"t", ColumnType::kText}});
  BatchEncoder encoder(&cursor, {.batch_bytes_target = 10'000});
  std::vector<Datum> cells;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    cells.push_back(Datum::OfText(std::string(1'000, static_cast<char>('a' + i % 26))));
    expected += std::string(1'000, static_cast<char>('a' + i % 26));
  }
  const query::ResultBatch rows = Rows({cells});
  std::string seen;
  int batch_count = 0;
  for (size_t first = 0; first < rows.row_count; ++batch_count) {
    v1::ColumnBatch out;
    const StatusOr<size_t> encoded = encoder.Encode(rows, first, &out);
    ASSERT_TRUE(encoded.ok());
    ASSERT_GE(*encoded, 1u);
    EXPECT_LE(out.ByteSizeLong(), 12'000u);
    EXPECT_EQ(out.row_count(), static_cast<int>(*encoded));
    seen += out.columns(0).data();
    first += *encoded;
  }
  EXPECT_EQ(seen, expected);
  EXPECT_GE(batch_count, 9);
}

TEST(BatchEncoder, LargeCardsMakeFewerRows) {
  FakeCursor cursor({{"n", ColumnType::kEntity}});
  cursor.set_caption_bytes(60'000);
  BatchEncoder encoder(&cursor, {.message_bytes_max = 200'000});
  std::vector<Datum> cells;
  for (uint64_t i = 1; i <= 20; ++i) cells.push_back(Datum::OfNode(Entity(i)));
  const query::ResultBatch rows = Rows({cells});
  size_t cards = 0;
  for (size_t first = 0; first < rows.row_count;) {
    v1::ColumnBatch out;
    const StatusOr<size_t> encoded = encoder.Encode(rows, first, &out);
    ASSERT_TRUE(encoded.ok());
    EXPECT_LE(out.ByteSizeLong(), 200'000u);
    cards += static_cast<size_t>(out.cards_size());
    first += *encoded;
  }
  EXPECT_EQ(cards, 20u);
}

TEST(BatchEncoder, ARowThatFitsInNoMessageIsAnError) {
  const FakeCursor cursor({{"t", ColumnType::kText}});
  BatchEncoder encoder(&cursor, {.message_bytes_max = 1'000});
  v1::ColumnBatch out;
  EXPECT_EQ(
      encoder.Encode(Rows({{Datum::OfText(std::string(2'000, 'x'))}}), 0, &out).status().code(),
      StatusCode::kResourceExhausted);
}

TEST(BatchEncoder, ACellOfAnotherTypeIsAnError) {
  for (const ColumnType type : {ColumnType::kBoolean, ColumnType::kInteger, ColumnType::kDouble,
                                ColumnType::kEntity, ColumnType::kStatement}) {
    const FakeCursor cursor({{"c", type}});
    BatchEncoder encoder(&cursor, {});
    v1::ColumnBatch out;
    EXPECT_EQ(encoder.Encode(Rows({{Datum::OfText("x")}}), 0, &out).status().code(),
              StatusCode::kInternal);
    EXPECT_EQ(encoder.Encode(Rows({{Datum(query::DatumList{})}}), 0, &out).status().code(),
              StatusCode::kInternal);
  }
}

TEST(BatchEncoder, ColumnTypesOfTheWire) {
  EXPECT_EQ(ToProto(ColumnType::kBoolean), v1::COLUMN_TYPE_BOOL);
  EXPECT_EQ(ToProto(ColumnType::kInteger), v1::COLUMN_TYPE_INT64);
  EXPECT_EQ(ToProto(ColumnType::kDouble), v1::COLUMN_TYPE_DOUBLE);
  EXPECT_EQ(ToProto(ColumnType::kText), v1::COLUMN_TYPE_TEXT);
  EXPECT_EQ(ToProto(ColumnType::kEntity), v1::COLUMN_TYPE_NODE);
  EXPECT_EQ(ToProto(ColumnType::kStatement), v1::COLUMN_TYPE_NODE);
  EXPECT_EQ(ToProto(ColumnType::kAny), v1::COLUMN_TYPE_VALUE);
}

}  // namespace
}  // namespace sightline::server
