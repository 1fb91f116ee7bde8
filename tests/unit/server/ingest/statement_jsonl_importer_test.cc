#include "server/ingest/statement_jsonl_importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/server/ingest/recording_sink.h"

namespace sightline::server {
namespace {

using testing::ElementsAre;

ImportOptions Options() {
  ImportOptions options;
  options.file_name = "x.statements.jsonl";
  return options;
}

TEST(StatementJsonl, HoldsAllOfAStatement) {
  RecordingSink sink;
  const Imported imported = ImportBytes(
      R"({"class":"Organization"})"
      "\n"
      R"({"class":"Company","under":["Organization"]})"
      "\n"
      R"({"id":"a","claimant":"org/ap","document":"doc/1","dataset":"dataset/d","via":["org/b"],)"
      R"("polarity":"denies","mode":"direct-quote","reliability":"B","credibility":2,)"
      R"("said":"2024-04-12","valid":"2023/..","marking":"TLP:AMBER","access":"a&b","span":[10,20],)"
      R"("quote":"«optics»","qualifiers":{"recipient":{"node":"terr/ru"},"share":[{"percentage":"70","comparator":"<~"},1]},)"
      R"("facts":[["org/hikvision","supplies",{"node":"prod/optics"}],["org/hikvision","name","Hikvision"]]})"
      "\n"
      R"({"claimant":"per/me","derivedFrom":["a"],"facts":[[{"statement":"a"},"contradicts",{"statement":"a"}]]})"
      "\n",
      Options(), sink);
  ASSERT_TRUE(imported.status.ok()) << imported.status;
  EXPECT_THAT(imported.rejects, ElementsAre());
  EXPECT_THAT(sink.classes["Company"], ElementsAre("Organization"));
  ASSERT_EQ(sink.statements.size(), 2u);
  const RecordedStatement& statement = sink.statements[0];
  EXPECT_EQ(statement.claimant, "org/ap");
  EXPECT_EQ(statement.document, "doc/1");
  EXPECT_EQ(statement.dataset, "dataset/d");
  EXPECT_EQ(statement.header.polarity, storage::Polarity::kDenies);
  EXPECT_EQ(statement.header.mode, storage::Mode::kDirectQuote);
  EXPECT_EQ(statement.header.reliability, storage::Reliability::kB);
  EXPECT_EQ(statement.header.credibility, 2);
  EXPECT_EQ(statement.header.said.ToString(), "2024-04-12");
  EXPECT_EQ(statement.header.valid.to.kind, storage::BoundKind::kOpen);
  EXPECT_EQ(statement.header.marking.tlp, storage::TlpLabel::kAmber);
  EXPECT_EQ(statement.access, "a&b");
  EXPECT_EQ(statement.header.text_span, (storage::TextSpan{10, 20}));
  EXPECT_EQ(statement.qualifiers.size(), 3u);
  EXPECT_EQ(statement.qualifiers[0], "recipient <terr/ru>");
  EXPECT_EQ(statement.qualifiers[2], "share INTEGER 1");
  EXPECT_THAT(statement.facts, ElementsAre("<org/hikvision> name \"Hikvision\"",
                                           "<org/hikvision> supplies <prod/optics>"));
  EXPECT_THAT(sink.statements[1].facts, ElementsAre("#1 contradicts #1"));
}

TEST(StatementJsonl, HasEveryTypeOfValue) {
  RecordingSink sink;
  ImportOptions options = Options();
  options.language = "en";
  const Imported imported = ImportBytes(
      R"({"facts":[["a","p","text"],["a","p",{"text":"texte","language":"fr"}],["a","p",7],["a","p",1.50],)"
      R"(["a","p",true],["a","p",{"double":1.5}],["a","p",{"date":"2023-Q4"}],)"
      R"(["a","p",{"instant":"2024-03-10T15:36:30Z"}],["a","p",{"money":"500000000 USD","comparator":">"}],)"
      R"(["a","p",{"quantity":"5 kg"}],["a","p",{"point":[1.5,-2]}]]})",
      options, sink);
  ASSERT_TRUE(imported.status.ok()) << imported.status;
  EXPECT_THAT(imported.rejects, ElementsAre());
  EXPECT_THAT(sink.Facts(),
              testing::UnorderedElementsAre(
                  "<a> p \"text\"@en", "<a> p \"texte\"@fr", "<a> p INTEGER 7", "<a> p DECIMAL 1.5",
                  "<a> p BOOLEAN " + storage::Value(true).ToString(), "<a> p FLOAT 1.5",
                  "<a> p DATE 2023-Q4", "<a> p DATETIME 2024-03-10T15:36:30Z",
                  "<a> p MONEY > 500000000 USD", "<a> p QUANTITY 5 kg",
                  "<a> p POINT " + storage::Value(storage::GeoPoint{1.5, -2}).ToString()));
}

TEST(StatementJsonl, AStatementGoesOnInTheNextLine) {
  RecordingSink sink;
  const Imported imported = ImportBytes(
      "{\"id\":\"a\",\"facts\":[[\"a\",\"p\",1]]}\n"
      "{\"continue\":\"a\",\"facts\":[[\"a\",\"p\",2]]}\n"
      "\n"
      "{\"continue\":\"a\",\"facts\":[[\"a\",\"p\",3]]}\n"
      "{\"continue\":\"a\",\"facts\":[[\"a\",\"p\",4]],\"quote\":\"x\"}\n"
      "{\"id\":\"b\",\"facts\":[[\"a\",\"p\",5]]}\n"
      "{\"continue\":\"a\",\"facts\":[[\"a\",\"p\",6]]}\n",
      Options(), sink);
  ASSERT_TRUE(imported.status.ok()) << imported.status;
  EXPECT_THAT(imported.rejects, ElementsAre("5:1 bad-field", "7:1 bad-field"));
  ASSERT_EQ(sink.statements.size(), 2u);
  EXPECT_THAT(sink.statements[0].facts,
              ElementsAre("<a> p INTEGER 1", "<a> p INTEGER 2", "<a> p INTEGER 3"));
  EXPECT_THAT(sink.statements[1].facts, ElementsAre("<a> p INTEGER 5"));
  // The last one, too, when the file ends.
  EXPECT_TRUE(sink.statements[0].closed && sink.statements[1].closed);
}

TEST(StatementJsonl, TakesNoDump) {
  RecordingSink sink;
  const Imported imported = ImportBytes("{\"dump\":1}\n", Options(), sink);
  EXPECT_EQ(imported.status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(MessageOf(imported.status), testing::HasSubstr("into a new directory"));
}

TEST(StatementJsonl, SaysWhichFieldIsWrong) {
  RecordingSink sink;
  const Imported imported = ImportBytes(
      "{\"facts\":[]}\n"
      "{\"facts\":[[\"a\",\"p\"]]}\n"
      "{\"facts\":[[\"a\",\"p\",null]]}\n"
      "{\"facts\":[[\"a\",\"p\",1]],\"clamant\":\"x\"}\n"
      "{\"facts\":[[\"a\",\"p\",1]],\"credibility\":7}\n"
      "{\"facts\":[[\"a\",\"p\",1]],\"valid\":\"2024/2023\"}\n"
      "{\"facts\":[[\"a\",\"p\",1]],\"access\":\"a&b|c\"}\n"
      "{\"facts\":[[\"a\",\"p\",1]],\"derivedFrom\":[\"later\"]}\n"
      "{\"facts\":[[\"a\",\"p\",{\"date\":\"2023-02-29\"}]]}\n"
      "{\"facts\":[[\"\",\"p\",1]]}\n"
      "{\"class\":7}\n"
      "{\"facts\":[],\"facts\":[]}\n",
      Options(), sink);
  ASSERT_TRUE(imported.status.ok()) << imported.status;
  EXPECT_THAT(
      imported.rejects,
      ElementsAre("1:1 missing-field", "2:11 bad-field", "3:20 bad-field", "4:34 bad-field",
                  "5:38 bad-field", "6:32 bad-field", "7:33 bad-field", "8:39 bad-field",
                  "9:28 bad-field", "10:12 bad-id", "11:10 bad-field", "12:1 duplicate-key"));
  EXPECT_THAT(sink.Facts(), ElementsAre());
}

}  // namespace
}  // namespace sightline::server
