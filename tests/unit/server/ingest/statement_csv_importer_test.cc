#include "server/ingest/statement_csv_importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/ingest/row_reader.h"
#include "tests/unit/server/ingest/compress.h"
#include "tests/unit/server/ingest/recording_sink.h"

namespace sightline::server {
namespace {

using testing::ElementsAre;

ImportOptions Options(const char* file_name) {
  ImportOptions options;
  options.file_name = file_name;
  return options;
}

// "line|field|field", "line!reason at offset".
std::vector<std::string> Rows(const std::string& text, size_t seam = 0,
                              size_t row_bytes_max = kRecordBytesMax) {
  const auto source = BytesInMemory(text, seam);
  RowReader reader(*source, row_bytes_max);
  std::vector<std::string> rows;
  CsvRow row;
  while (reader.Next(&row).value()) {
    std::string line = std::to_string(row.line);
    for (const std::string_view field : row.fields) line += "|" + std::string(field);
    if (row.faulty) {
      line += "!" + std::string(RejectReasonName(row.fault.reason)) + " at " +
              std::to_string(row.fault.offset);
    }
    rows.push_back(line);
  }
  return rows;
}

TEST(RowReader, ReadsQuotesAndLineEnds) {
  for (const size_t seam : {0, 1, 2}) {
    EXPECT_THAT(Rows("a,b\r\n\n\"c,\"\"d\"\"\n e\",\n,\n\"\",x\"y\nlast,\"one\"", seam),
                ElementsAre("1|a|b", "3|c,\"d\"\n e|", "5||", "6||x\"y", "7|last|one"));
  }
}

TEST(RowReader, AnOpenQuoteSpoilsOneLine) {
  for (const size_t seam : {0, 1}) {
    EXPECT_THAT(Rows("a,b\nc,\"open\nd,e\nf,\"x\"y,z\ng,h\n", seam),
                ElementsAre("1|a|b", "2!syntax at 2", "3|d|e", "4!syntax at 5", "5|g|h"));
  }
}

TEST(RowReader, BoundsRows) {
  const std::string text =
      "a,b\n" + std::string(600'000, 'x') + "\nc,d\n\"" + std::string(600'000, 'y') + "\"\ne,f\n";
  EXPECT_THAT(Rows(text, 0, 1000), ElementsAre("1|a|b", "2!record-too-long at 0", "3|c|d",
                                               "4!record-too-long at 0", "5|e|f"));
}

TEST(StatementCsv, ARunOfRowsIsAStatement) {
  const std::string text =
      "canonical_id,entity_id,prop,prop_type,schema,value,dataset,origin,lang,original_value,"
      "external,first_seen,last_seen,id\n"
      "NK-1,e1,name,name,Person,Ann,ds,,eng,ANN,f,2024,2025,\n"
      "NK-1,e1,addressEntity,entity,Person,a1,ds,,,,f,2024,2025,\n"
      "NK-1,e1,position,custom,Person,Boss,ds,,,,f,2024,2026,\n"
      "e2,e2,name,name,Company,Firm,,,,,f,2024,2025,\n";
  RecordingSink sink;
  const Imported imported = ImportBytes(test::Zstd(text), Options("x.statements.csv.zst"), sink);
  ASSERT_TRUE(imported.status.ok()) << imported.status;
  EXPECT_THAT(imported.rejects, ElementsAre());
  ASSERT_EQ(sink.statements.size(), 4u);
  EXPECT_THAT(
      sink.statements[0].facts,
      ElementsAre("<e1> addressEntity <a1>", "<e1> instanceOf <Person>", "<e1> name \"Ann\"@eng"));
  EXPECT_THAT(sink.statements[0].qualifiers,
              ElementsAre("ftm:rows \"{\"facts\":{\"1\":{\"original_value\":\"ANN\"}}}\"",
                          "ftm:canonical_id \"NK-1\"", "ftm:external \"f\"",
                          "ftm:first_seen \"2024\"", "ftm:last_seen \"2025\""));
  EXPECT_EQ(sink.statements[0].dataset, "dataset/ds");
  EXPECT_THAT(sink.statements[1].facts, ElementsAre("<e1> sameAs <NK-1>"));
  EXPECT_THAT(sink.statements[2].facts,
              ElementsAre("<e1> instanceOf <Person>", "<e1> position \"Boss\""));
  EXPECT_EQ(sink.statements[3].dataset, "dataset/x");
}

TEST(StatementCsv, RejectsBadRowsAndGoesOn) {
  RecordingSink sink;
  const Imported imported = ImportBytes(
      "e1,Person:name,Ann,ds,,,,f,,,\n"
      "too,few\n"
      ",Person:name,Ann,ds,,,,f,,,\n"
      "e1,name,Ann,ds,,,,f,,,\n"  // No schema.
      "e1,Person:name,\"open,ds,,,,f,,,\n"
      "s/7,Person:name,Ann,ds,,,,f,,,\n"
      "e1,Person:name,\xff,ds,,,,f,,,\n"
      "e2,Person:name,Bob,ds,,,,f,,,\n",
      Options("x.pack"), sink);
  ASSERT_TRUE(imported.status.ok()) << imported.status;
  EXPECT_THAT(imported.rejects, ElementsAre("2:1 syntax", "3:1 missing-field", "4:1 missing-field",
                                            "5:16 syntax", "6:1 bad-field", "7:16 encoding"));
  EXPECT_THAT(sink.Facts(), ElementsAre("<e1> instanceOf <Person>", "<e1> name \"Ann\"",
                                        "<e2> instanceOf <Person>", "<e2> name \"Bob\""));
}

TEST(StatementCsv, NeedsItsColumns) {
  RecordingSink sink;
  const Imported imported =
      ImportBytes("entity_id,value\na,b\n", Options("x.statements.csv"), sink);
  EXPECT_EQ(imported.status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(MessageOf(imported.status).find("prop"), std::string::npos);
}

}  // namespace
}  // namespace sightline::server
