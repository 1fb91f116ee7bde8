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
  const std::unique_ptr<ImportSink> sink_ = test::OrThrow(MakeBulkSink(&load_->loader()));
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
