#include "clients/cpp/result_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/clients/result_builder.h"

namespace sightline::client {
namespace {

using testing::HasSubstr;

TEST(ResultBatch, DecodesEachColumnType) {
  const ResultBatch batch = ResultBuilder()
                                .Bools("disputed", {true, false, std::nullopt})
                                .Integers("rows", {-1, std::nullopt, INT64_MAX})
                                .Doubles("share", {0.5, -1e300, std::nullopt})
                                .Texts("name", {"海康威视", "", std::nullopt})
                                .Nodes("supplier", {7, std::nullopt, UINT64_MAX})
                                .Values("value", {MoneyValue(5, "USD"), v1::Value(), TextValue("")})
                                .Decoded();
  ASSERT_EQ(batch.row_count(), 3u);
  ASSERT_EQ(batch.column_count(), 6u);
  EXPECT_EQ(batch.cell(0, 0), Cell(true));
  EXPECT_EQ(batch.cell(0, 1), Cell(false));
  EXPECT_EQ(batch.cell(0, 2), Cell());
  EXPECT_EQ(batch.cell(1, 0), Cell(int64_t{-1}));
  EXPECT_EQ(batch.cell(1, 1), Cell());
  EXPECT_EQ(batch.cell(1, 2), Cell(INT64_MAX));
  EXPECT_EQ(batch.cell(2, 0), Cell(0.5));
  EXPECT_EQ(batch.cell(2, 1), Cell(-1e300));
  EXPECT_EQ(batch.cell(3, 0), Cell(std::string_view("海康威视")));
  EXPECT_EQ(batch.cell(3, 1), Cell(std::string_view()));
  EXPECT_EQ(batch.cell(3, 2), Cell());
  EXPECT_EQ(batch.cell(4, 0), Cell(NodeId{7}));
  EXPECT_EQ(batch.cell(4, 2), Cell(NodeId{UINT64_MAX}));
  EXPECT_EQ(std::get<const v1::Value*>(batch.cell(5, 0))->money().currency(), "USD");
  EXPECT_EQ(batch.cell(5, 1), Cell()) << "a value without a kind is unknown";
  EXPECT_TRUE(std::get<const v1::Value*>(batch.cell(5, 2))->has_text());
}

TEST(ResultBatch, ReadsBitmapsBeyondTheFirstByte) {
  std::vector<std::optional<bool>> cells(20, false);
  cells[9] = true;
  cells[17] = std::nullopt;
  const ResultBatch batch = ResultBuilder().Bools("b", cells).Decoded();
  EXPECT_EQ(batch.cell(0, 8), Cell(false));
  EXPECT_EQ(batch.cell(0, 9), Cell(true));
  EXPECT_EQ(batch.cell(0, 17), Cell());
  EXPECT_EQ(batch.cell(0, 19), Cell(false));
}

TEST(ResultBatch, RefusesBuffersThatDoNotAgree) {
  const auto refusal = [](ResultBuilder builder, auto spoil) {
    spoil(&builder.batch);
    const Result<ResultBatch> decoded = ResultBatch::Decode(builder.batch, builder.Types());
    if (decoded.ok()) return std::string("accepted");
    EXPECT_EQ(decoded.error().reason, kReasonMalformed);
    return decoded.error().message;
  };
  const ResultBuilder integers = ResultBuilder().Integers("i", {1, 2});
  const ResultBuilder texts = ResultBuilder().Texts("t", {"ab", "c"});
  EXPECT_THAT(refusal(integers, [](auto* b) { b->set_row_count(3); }), HasSubstr("too short"));
  EXPECT_THAT(refusal(integers, [](auto* b) { b->set_row_count(-1); }), HasSubstr("negative"));
  EXPECT_THAT(refusal(integers, [](auto* b) { b->add_columns(); }), HasSubstr("2 columns"));
  EXPECT_THAT(refusal(ResultBuilder().Integers("i", {1, 2, 3, 4, 5, 6, 7, 8, std::nullopt}),
                      [](auto* b) { b->mutable_columns(0)->set_validity("x"); }),
              HasSubstr("validity"));
  EXPECT_THAT(refusal(texts, [](auto* b) { b->mutable_columns(0)->set_offsets("1234"); }),
              HasSubstr("offsets are too short"));
  EXPECT_THAT(refusal(texts, [](auto* b) { b->mutable_columns(0)->set_data("a"); }),
              HasSubstr("data is too short"));
  EXPECT_THAT(refusal(texts,
                      [](auto* b) {
                        std::string* offsets = b->mutable_columns(0)->mutable_offsets();
                        (*offsets)[4] = 3;
                        (*offsets)[8] = 2;
                      }),
              HasSubstr("do not ascend"));
  EXPECT_THAT(refusal(texts,
                      [](auto* b) {
                        b->mutable_columns(0)->mutable_offsets()->replace(0, 4, "\xff\xff\xff\xff");
                      }),
              HasSubstr("negative"));
  EXPECT_THAT(refusal(ResultBuilder().Values("v", {IntegerValue(1)}),
                      [](auto* b) { b->mutable_columns(0)->clear_values(); }),
              HasSubstr("too few values"));
}

TEST(ResultBatch, RefusesAColumnTypeItDoesNotKnow) {
  const ResultBuilder builder = ResultBuilder().Integers("i", {1});
  EXPECT_FALSE(ResultBatch::Decode(builder.batch, {static_cast<v1::ColumnType>(99)}).ok());
}

TEST(NodeCards, TellsWhetherACaptionIsShared) {
  const NodeCards cards = ResultBuilder()
                              .Card(1, "org/hikvision", "Company", "Hikvision")
                              .Card(2, "org/hikvision-eu", "Company", "Hikvision")
                              .Card(3, "terr/cn", "Country", "China")
                              .Card(3, "terr/cn", "Country", "China")
                              .Cards();
  EXPECT_TRUE(cards.IsShared("Hikvision"));
  EXPECT_FALSE(cards.IsShared("China")) << "the same node twice is one node";
  EXPECT_FALSE(cards.IsShared("Russia"));
  EXPECT_EQ(cards.Find(NodeId{2})->external_id(), "org/hikvision-eu");
  EXPECT_EQ(cards.Find(NodeId{9}), nullptr);
}

}  // namespace
}  // namespace sightline::client
