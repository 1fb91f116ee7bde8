#include "server/ingest/bulk_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "storage/load/store_load.h"
#include "tests/support/test_store.h"

namespace sightline::server {
namespace {

using storage::Polarity;
using storage::Value;
using testing::HasSubstr;

class BulkSinkTest : public ::testing::Test {
 protected:
  // The message of the refusal; empty when the fact is taken.
  std::string Add(const std::string& subject, const std::string& predicate,
                  const ImportedObject& object, Polarity polarity = Polarity::kAsserts) {
    ImportedStatement header;
    header.claimant = "me";
    header.polarity = polarity;
    test::ThrowIfError(sink_->DefinePredicate({predicate}));
    const StatementHandle statement = test::OrThrow(sink_->OpenStatement(header));
    const Status added = sink_->AddFact(statement, ImportedNode(subject), predicate, object);
    if (!added.ok()) {
      EXPECT_EQ(added.code(), StatusCode::kInvalidArgument);
    }
    test::ThrowIfError(sink_->CloseStatement(statement));
    return added.ok() ? "" : std::string(MessageOf(added));
  }
  std::string AddLoop(const std::string& predicate, Polarity polarity = Polarity::kAsserts) {
    return Add("a", predicate, ImportedObject::OfNode({"a"}), polarity);
  }
  // As Add, of a statement that quotes doc/a up to this byte.
  std::string Quote(uint64_t end) {
    ImportedStatement header;
    header.claimant = "me";
    header.document = "doc/a";
    header.text_span = storage::TextSpan{90, end};
    const auto opened = sink_->OpenStatement(header);
    return opened.ok() ? "" : std::string(MessageOf(opened.status()));
  }

  test::TestStore store_;
  const std::unique_ptr<storage::StoreLoad> load_ =
      test::OrThrow(store_->BeginBulkLoad(storage::Clearance::Unrestricted(), {}));
  const std::shared_ptr<LoadChecks> checks_ = std::make_shared<LoadChecks>(store_.View());
  const std::unique_ptr<ImportSink> sink_ = test::OrThrow(MakeBulkSink(&load_->loader(), checks_));
};

TEST_F(BulkSinkTest, RefusesWhatLeadsFromAThingToItself) {
  EXPECT_EQ(Add("a", "derivedFrom", ImportedObject::OfNode({"b"})), "");
  EXPECT_THAT(AddLoop("derivedFrom"), HasSubstr("SL6006"));
  EXPECT_THAT(AddLoop("broader"), HasSubstr("SL6007"));
  EXPECT_THAT(AddLoop("partOf"), HasSubstr("SL6007"));
  storage::PredicateDefinition within;
  within.name = "within";
  within.parents = {"partOf"};
  test::ThrowIfError(sink_->DefinePredicate({.name = "within", .definition = &within}));
  EXPECT_THAT(AddLoop("within"), HasSubstr("SL6007"));
  // What is denied may be anything, and who owns whom as well.
  EXPECT_EQ(AddLoop("broader", Polarity::kDenies), "");
  EXPECT_EQ(AddLoop("owns"), "");
}

TEST_F(BulkSinkTest, RefusesACircleOfSeveralFactsOfTheLoad) {
  const auto broader = [this](const std::string& lower, const std::string& upper) {
    return Add(lower, "broader", ImportedObject::OfNode({upper}));
  };
  EXPECT_EQ(broader("lens", "optics"), "");
  EXPECT_EQ(broader("optics", "goods"), "");
  EXPECT_EQ(broader("optics", "military"), "");
  EXPECT_EQ(broader("lens", "optics"), "");  // Said twice.
  EXPECT_EQ(broader("lens", "goods"), "");   // A short cut is no circle.
  EXPECT_THAT(broader("goods", "lens"), HasSubstr("SL6007"));
  EXPECT_THAT(broader("military", "optics"), HasSubstr("SL6007"));
  // What was refused is not there: nothing leads from the goods on.
  EXPECT_EQ(broader("goods", "all"), "");
  // Who is in what is another order.
  EXPECT_EQ(Add("goods", "partOf", ImportedObject::OfNode({"lens"})), "");
  EXPECT_THAT(Add("lens", "partOf", ImportedObject::OfNode({"goods"})), HasSubstr("SL6007"));
  // What is denied may be anything, and makes no circle.
  EXPECT_EQ(Add("all", "broader", ImportedObject::OfNode({"lens"}), Polarity::kDenies), "");
  EXPECT_EQ(Add("x", "broader", ImportedObject::OfNode({"y"}), Polarity::kDenies), "");
  EXPECT_EQ(broader("y", "x"), "");
  EXPECT_FALSE(checks_->missed_circles());
}

TEST(LoadChecksTest, RefusesACircleWithWhatIsOnRecord) {
  test::TestStore store;
  store.Say("me", "lens", "broader", "optics");
  store.Say("me", "optics", "broader", "goods");
  store.Say("me", "port", "partOf", "city");
  store.Deny("me", "goods", "broader", "nothing");
  LoadChecks checks(store.View());
  const LoadChecks::Order kind{.is_kind = true}, part{.is_part = true};
  EXPECT_THAT(MessageOf(checks.CheckOrder("goods", kind, "lens")), HasSubstr("SL6007"));
  EXPECT_TRUE(checks.CheckOrder("goods", kind, "all").ok());
  EXPECT_TRUE(checks.CheckOrder("nothing", kind, "lens").ok());
  // Partly on record, partly of the load.
  EXPECT_THAT(MessageOf(checks.CheckOrder("all", kind, "lens")), HasSubstr("SL6007"));
  EXPECT_TRUE(checks.CheckOrder("city", part, "country").ok());
  EXPECT_THAT(MessageOf(checks.CheckOrder("country", part, "port")), HasSubstr("SL6007"));
}

TEST(OrderCirclesTest, SaysWhenThereWasNoRoom) {
  OrderCircles circles(nullptr, "broader", 4096);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(test::OrThrow(circles.Closes(std::to_string(i), std::to_string(i + 1))));
  }
  EXPECT_TRUE(circles.is_partial());
  EXPECT_TRUE(test::OrThrow(circles.Closes("3", "0")));
  EXPECT_TRUE(test::OrThrow(circles.Closes("999", "999")));
  EXPECT_FALSE(test::OrThrow(circles.Closes("999", "0")));
}

TEST_F(BulkSinkTest, RefusesASpanBehindTheEndOfItsText) {
  EXPECT_EQ(Quote(101), "");  // Nobody has said how long it is.
  EXPECT_EQ(Add("doc/a", "textLength", ImportedObject::OfValue(Value(int64_t{100}))), "");
  EXPECT_EQ(Quote(100), "");
  EXPECT_THAT(Quote(101), HasSubstr("SL6008"));
  // Of two counts the longer one is of the whole text.
  EXPECT_EQ(Add("doc/a", "textLength", ImportedObject::OfValue(Value(int64_t{50}))), "");
  EXPECT_EQ(Quote(100), "");
}

}  // namespace
}  // namespace sightline::server
