// The importers and exporters of FollowTheMoney data together: what goes in comes out.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "server/ingest/ftm_exporter.h"
#include "server/ingest/ftm_model.h"
#include "server/ingest/ftm_statement_key.h"
#include "server/ingest/importer.h"
#include "tests/support/test_store.h"
#include "tests/unit/server/ingest/recording_sink.h"
#include "tests/unit/server/ingest/store_sink.h"

namespace sightline::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr char kFixtures[] = "../shared/data/ftm_fixtures/";

ImportOptions Options(const std::string& file_name) {
  ImportOptions options;
  options.file_name = file_name;
  return options;
}

using Export = StatusOr<uint64_t>(const storage::ReadView&, std::string_view, const LineSink&);

// The lines that come out of a store which the bytes went into.
std::vector<std::string> RoundTrip(const std::string& bytes, const std::string& file_name,
                                   Export& export_lines) {
  test::TestStore store;
  StoreSink sink(store.transaction());
  RejectFile rejects("", 0);
  const StatusOr<ImportReport> report =
      Import(BytesInMemory(bytes), Options(file_name), sink, rejects);
  EXPECT_TRUE(report.ok()) << report.status();
  store.Commit();
  store.Reopen();
  std::vector<std::string> lines;
  const StatusOr<uint64_t> count = export_lines(*store.View(), "", [&lines](std::string_view line) {
    lines.emplace_back(line.substr(0, line.size() - 1));
    return OkStatus();
  });
  EXPECT_TRUE(count.ok()) << count.status();
  EXPECT_EQ(count.value_or(0), lines.size());
  return lines;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Objects of nlohmann::json sort their keys; lists and spellings stay.
std::vector<std::string> Canonical(const std::vector<std::string>& lines) {
  std::vector<std::string> canonical;
  for (const std::string& line : lines) canonical.push_back(nlohmann::json::parse(line).dump());
  return canonical;
}

TEST(FtmRoundTrip, EntitiesOfTheFixtures) {
  if (!std::filesystem::exists(kFixtures)) GTEST_SKIP() << "there is no " << kFixtures;
  for (const char* name : {"parteispenden", "zala", "sa_wiki_peps"}) {
    const std::string bytes = ReadWholeFile(std::string(kFixtures) + name + ".entities.ftm.json");
    ASSERT_FALSE(bytes.empty());
    EXPECT_EQ(Canonical(RoundTrip(bytes, std::string(name) + ".ftm.json", ExportFtmEntities)),
              Canonical(Lines(bytes)))
        << name;
  }
}

TEST(FtmRoundTrip, StatementsOfTheFixture) {
  if (!std::filesystem::exists(kFixtures)) GTEST_SKIP() << "there is no " << kFixtures;
  const std::string bytes = ReadWholeFile(std::string(kFixtures) + "wd_persons.statements.pack");
  ASSERT_FALSE(bytes.empty());
  // Rows that the file repeats, word for word, are one statement.
  const std::vector<std::string> in = Lines(bytes);
  const std::vector<std::string> out =
      RoundTrip(bytes, "wd_persons.statements.pack", ExportStatementPack);
  EXPECT_EQ(std::set<std::string>(out.begin(), out.end()),
            std::set<std::string>(in.begin(), in.end()));
}

TEST(FtmRoundTrip, EntitiesThatAreNotAsTheyShouldBe) {
  const std::vector<std::string> lines = {
      R"({"id":"a","schema":"Person","properties":{}})",
      R"({"id":"b","schema":"Person"})",
      R"({"id":"c","schema":"Starship","properties":{"warp":["9.9"],"name":["b","a","c"]}})",
      R"({"id":"d","schema":"Person","properties":{"name":"scalar","birthDate":["2001-1","1999-12-31"]}})",
      R"({"id":"e","schema":"Person","properties":{"name":["x","x","w"],"height":["1.80","1.8"]}})",
      R"({"id":"f","schema":"Person","properties":{"n":[1,1.50,true,null,{"k":[1]}],"m":null,"o":[]}})",
      R"({"id":"g","schema":"Payment","properties":{"amount":["5","5.0","05"],"payer":["nobody",""]}})",
      R"({"id":"h","schema":"Person","properties":{"instanceOf":["x"],"ftm:odd":["y"],"sameAs":["z"]}})",
      R"({"id":"i","schema":"Person","properties":{"":["empty key"]},"caption":7,"stray":{"a":[1,2.0]}})",
      R"({"id":"j","schema":"Person","properties":{"name":["ä","Z","a","\u0000"]},"caption":"C","datasets":["x","y"],"target":true})",
  };
  std::string bytes;
  for (const std::string& line : lines) bytes += line + "\n";
  EXPECT_EQ(Canonical(RoundTrip(bytes, "odd.ftm.json", ExportFtmEntities)), Canonical(lines));
}

TEST(FtmRoundTrip, KeysThatStandThereTwice) {
  const std::string line =
      R"({"id":"a","schema":"Person","properties":{"name":["A"],"name":["B","A"]},"x":1,"x":2})";
  EXPECT_THAT(RoundTrip(line, "twice.ftm.json", ExportFtmEntities), ElementsAre(line));
}

TEST(FtmRoundTrip, LongRecords) {
  nlohmann::json entity = {
      {"id", "long"}, {"schema", "Person"}, {"stray", std::string(200'000, 'x')}};
  for (int value = 0; value < 20'000; ++value) {
    entity["properties"]["alias"].push_back("alias " + std::to_string(20'000 - value));
  }
  EXPECT_EQ(Canonical(RoundTrip(entity.dump() + "\n", "long.ftm.json", ExportFtmEntities)),
            std::vector<std::string>{entity.dump()});
}

TEST(FtmRoundTrip, RowsThatAreNotAsTheyShouldBe) {
  const std::vector<std::string> lines = {
      "e1,Person:name,Ann,ds,,,,f,2024,2025," +
          FtmStatementId({"ds", "e1", "name", "Ann", "", false}),
      "e1,Person:name,Ann,ds,eng,,,f,2024,2025," +
          FtmStatementId({"ds", "e1", "name", "Ann", "eng", false}),
      "e1,Person:name,Ann,ds,,Ann?,,f,2024,2025,made-up-id",  // A repetition.
      "e1,Person:birthDate,1999-1,ds,,1/1999,,t,2024,2025," +
          FtmStatementId({"ds", "e1", "birthDate", "1999-1", "", true}),
      "e1,Person:addressEntity,a1,ds,,,crawl,f,2024,2026," +
          FtmStatementId({"ds", "e1", "addressEntity", "a1", "", false}),
      "e2,Odd:prop,\"a, \"\"b\"\"\nc\",,EN_us,,,,,," +
          FtmStatementId({"", "e2", "prop", "a, \"b\"\nc", "EN_us", false}),
      "e2,Odd:id,checksum,ds,,,,f,,," + FtmStatementId({"ds", "e2", "id", "checksum", "", false}),
  };
  std::string bytes;
  for (const std::string& line : lines) bytes += line + "\n";
  const std::vector<std::string> out = RoundTrip(bytes, "odd.pack", ExportStatementPack);
  std::string out_bytes;
  for (const std::string& line : out) out_bytes += line + "\n";
  EXPECT_THAT(out, testing::UnorderedElementsAreArray(lines)) << out_bytes;
}

TEST(FtmStatementId, IsTheHashOfTheContent) {
  // Of the fixture, so that the formula is FollowTheMoney's and not ours.
  EXPECT_EQ(FtmStatementId({"wd_persons", "Q61589", "name", "Salih", "", false}),
            "241a6298861ed88df12ae64e49ff96292f711d95");
}

TEST(FtmModel, KnowsTypesAndWhatIsInherited) {
  const FtmModel& model = FtmModel::Get();
  EXPECT_THAT(*model.ParentsOf("Company"), ElementsAre("Asset", "Organization"));
  EXPECT_EQ(model.ParentsOf("Starship"), nullptr);
  EXPECT_EQ(model.TypeOf("Company", "name"), "name");
  EXPECT_EQ(model.TypeOf("Ownership", "owner"), "entity");
  EXPECT_EQ(model.TypeOf("Ownership", "startDate"), "date");
  EXPECT_EQ(model.TypeOf("Email", "sender"), "string");
  EXPECT_EQ(model.TypeOf("Message", "sender"), "entity");
  EXPECT_EQ(model.TypeOf("Person", "no"), "");
}

TEST(FtmImporter, MakesFactsThatQueriesCanUse) {
  RecordingSink sink;
  const Imported imported = ImportBytes(
      R"({"id":"o1","schema":"Ownership","datasets":["corp"],"caption":"owns","target":false,)"
      R"("properties":{"owner":["p1"],"asset":["c1"],"percentage":["50"],"startDate":["2001-02"]}})"
      "\n",
      Options("x.ftm.json"), sink);
  ASSERT_TRUE(imported.status.ok()) << imported.status;
  ASSERT_EQ(sink.statements.size(), 1u);
  EXPECT_THAT(sink.statements[0].facts,
              ElementsAre("<o1> asset <c1>", "<o1> instanceOf <Ownership>", "<o1> owner <p1>",
                          "<o1> percentage \"50\"", "<o1> startDate DATE 2001-02"));
  EXPECT_EQ(sink.statements[0].dataset, "dataset/corp");
  EXPECT_EQ(sink.statements[0].claimant, "dataset/corp");
  EXPECT_THAT(sink.statements[0].qualifiers,
              ElementsAre("ftm:record \"{}\"", "ftm:caption \"owns\"",
                          "ftm:keys \"{\"datasets\":[\"corp\"],\"target\":false}\""));
  EXPECT_THAT(sink.classes["Ownership"], ElementsAre("Interest"));
  EXPECT_THAT(sink.classes["Interest"], ElementsAre("Interval"));
}

TEST(FtmImporter, RejectsWhatIsNoEntity) {
  RecordingSink sink;
  const Imported imported = ImportBytes(
      "{\"id\":\"a\",\"schema\":\"Person\",\"properties\":{\"name\":[\"A\"]}}\r\n"
      "not json\n"
      "\n"
      "[1]\n"
      "{\"schema\":\"Person\"}\n"
      "{\"id\":7,\"schema\":\"Person\"}\n"
      "{\"id\":\"b\"}\n"
      "{\"id\":\"b\",\"schema\":\"Person\",\"properties\":[]}\n"
      "{\"id\":\"b\",\"schema\":\"Person\",\"schema\":\"Person\"}\n"
      "{\"id\":\"s/1\",\"schema\":\"Person\"}\n"
      "{\"id\":\"c\",\"schema\":\"Person\",\"properties\":{\"name\":[\"C\",\"" +
          std::string(70'000, 'x') + "\"]}}",
      Options("x.ftm.json"), sink);
  ASSERT_TRUE(imported.status.ok()) << imported.status;
  EXPECT_THAT(imported.rejects,
              ElementsAre("2:1 syntax", "4:1 syntax", "5:1 missing-field", "6:7 bad-field",
                          "7:1 missing-field", "8:42 bad-field", "9:1 duplicate-key",
                          "10:7 bad-field", "11:55 text-too-long"));
  EXPECT_THAT(sink.Facts(), UnorderedElementsAre("<a> instanceOf <Person>", "<a> name \"A\"",
                                                 "<c> instanceOf <Person>", "<c> name \"C\""));
}

TEST(FtmExporter, LeavesOutOtherDatasetsAndOtherStatements) {
  test::TestStore store;
  store.Say("org/ap", "org/hikvision", "supplies", "prod/optics");
  StoreSink sink(store.transaction());
  RejectFile rejects("", 0);
  for (const char* name : {"one", "two"}) {
    const std::string line =
        std::string(R"({"id":")") + name + R"(","schema":"Person","properties":{}})";
    ASSERT_TRUE(
        Import(BytesInMemory(line), Options(std::string(name) + ".ftm.json"), sink, rejects).ok());
  }
  store.Commit();
  const auto count = [&](std::string_view dataset) {
    return ExportFtmEntities(*store.View(), dataset, [](std::string_view) { return OkStatus(); })
        .value();
  };
  EXPECT_EQ(count(""), 2u);
  EXPECT_EQ(count("dataset/one"), 1u);
  EXPECT_EQ(count("dataset/three"), 0u);
  const Status full = ExportFtmEntities(*store.View(), "", [](std::string_view) {
                        return Unavailable("the disk is full");
                      }).status();
  EXPECT_EQ(full.code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace sightline::server
