#include "server/ingest/format.h"

#include <gtest/gtest.h>

namespace sightline::server {
namespace {

TEST(FileFormat, IsToldByTheNameOfTheFile) {
  EXPECT_EQ(FormatOfFileName("a/b.nt").value(), FileFormat::kNTriples);
  EXPECT_EQ(FormatOfFileName("b.nq.gz").value(), FileFormat::kNQuads);
  EXPECT_EQ(FormatOfFileName("b.ttl.zst").value(), FileFormat::kTurtle);
  EXPECT_EQ(FormatOfFileName("b.trig").value(), FileFormat::kTriG);
  EXPECT_EQ(FormatOfFileName("zala.entities.ftm.json").value(), FileFormat::kFtmEntities);
  EXPECT_EQ(FormatOfFileName("wd.statements.pack").value(), FileFormat::kStatementPack);
  EXPECT_EQ(FormatOfFileName("wd.statements.csv.gz").value(), FileFormat::kStatementCsv);
  EXPECT_EQ(FormatOfFileName("own.statements.jsonl").value(), FileFormat::kStatementJsonl);
  EXPECT_EQ(FormatOfFileName("folder/seed.slql.zst").value(), FileFormat::kSlql);
}

TEST(FileFormat, IsRefusedWhenTheNameDoesNotTell) {
  for (const char* name : {"a.json", "a.csv", "a", "a.gz", ""}) {
    EXPECT_EQ(FormatOfFileName(name).status().code(), StatusCode::kInvalidArgument) << name;
  }
}

TEST(FileFormat, HasNamesThatReadBack) {
  for (int index = 1; index <= static_cast<int>(FileFormat::kSlql); ++index) {
    const auto format = static_cast<FileFormat>(index);
    EXPECT_EQ(ParseFileFormat(FileFormatName(format)).value(), format);
  }
  const Status unknown = ParseFileFormat("rdfxml").status();
  EXPECT_EQ(unknown.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(MessageOf(unknown).find("statement-pack"), std::string::npos);
}

TEST(FileFormat, StemIsTheNameWithoutFolderAndExtensions) {
  EXPECT_EQ(FileStem("/data/watdiv-s10.nt.zst"), "watdiv-s10");
  EXPECT_EQ(FileStem("wd_persons.statements.pack"), "wd_persons");
  EXPECT_EQ(FileStem("zala.entities.ftm.json"), "zala.entities");
  EXPECT_EQ(FileStem("odd.name.json"), "odd.name");
  EXPECT_EQ(FileStem(".nt"), ".nt");
}

}  // namespace
}  // namespace sightline::server
