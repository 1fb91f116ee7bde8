#include "server/admin/import_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "server/admin/backup_command.h"
#include "server/admin/compact_command.h"
#include "server/admin/verify_command.h"
#include "storage/store.h"
#include "tests/support/temp_directory.h"

namespace sightline::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kFixtures[] = "../shared/data/ftm_fixtures/";
constexpr char kGood[] = "<ex:a> <ex:p> <ex:b> .\n<ex:a> <ex:q> \"text\" .\n";
constexpr char kHalfBad[] = "<ex:c> <ex:p> <ex:d> .\nnonsense\n<ex:c> <ex:q> rubbish .\n";

// What a command has written to one of its streams.
class Stream {
 public:
  Stream() : file_(std::tmpfile()) {}
  ~Stream() { std::fclose(file_); }
  std::FILE* file() { return file_; }
  std::string Text() {
    std::string text(static_cast<size_t>(std::ftell(file_)), '\0');
    std::rewind(file_);
    text.resize(std::fread(text.data(), 1, text.size(), file_));
    return text;
  }

 private:
  std::FILE* const file_;
};

std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class ImportCommandTest : public ::testing::Test {
 protected:
  ImportCommandTest() {
    command_.directory = directory_.Child("store");
    command_.reject_path = directory_.Child("rejects.jsonl");
    command_.memory_bytes_max = 16 << 20;
    command_.thread_count = 2;
  }

  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = directory_.Child(name);
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  std::string WriteGzip(const std::string& name, const std::string& content) {
    const std::string path = directory_.Child(name);
    const gzFile file = gzopen(path.c_str(), "wb");
    EXPECT_EQ(gzwrite(file, content.data(), static_cast<unsigned>(content.size())),
              static_cast<int>(content.size()));
    EXPECT_EQ(gzclose(file), Z_OK);
    return path;
  }
  AdminExitCode Import(const storage::CancellationToken& cancellation = {}) {
    Stream out, errors;
    const AdminExitCode code = RunImport(command_, cancellation, out.file(), errors.file());
    out_ = out.Text();
    errors_ = errors.Text();
    return code;
  }
  storage::StoreStatistics Statistics() {
    return (*storage::Store::Open(command_.directory, {}))->Statistics();
  }

  test::TempDirectory directory_;
  ImportCommand command_;
  std::string out_;
  std::string errors_;
};

TEST_F(ImportCommandTest, ImportsSeveralFilesAsOneRevision) {
  command_.files = {Write("a.nt", kGood),
                    WriteGzip("b.ttl.gz", "@prefix : <ex:> . :a :p :c, :d ; :r 5 ."),
                    Write("c.trig", "<ex:g> { <ex:a> <ex:p> <ex:e> }")};
  EXPECT_EQ(Import(), AdminExitCode::kDone) << errors_;
  EXPECT_THAT(out_, StartsWith("6 triples of 3 statements in "));
  EXPECT_EQ(errors_, "");
  const storage::StoreStatistics statistics = Statistics();
  EXPECT_EQ(statistics.quads, 6u);
  EXPECT_EQ(statistics.statements, 3u);
  EXPECT_EQ(statistics.revision.value, 1u);
  EXPECT_FALSE(std::filesystem::exists(command_.reject_path));
}

TEST_F(ImportCommandTest, AddsToWhatIsThere) {
  command_.files = {Write("a.nt", kGood)};
  EXPECT_EQ(Import(), AdminExitCode::kDone) << errors_;
  command_.files = {Write("b.nt", "<ex:x> <ex:p> <ex:a> .\n")};
  EXPECT_EQ(Import(), AdminExitCode::kDone) << errors_;
  EXPECT_THAT(out_, StartsWith("1 triple of 1 statement in "));
  EXPECT_EQ(Statistics().quads, 3u);
  EXPECT_EQ(Statistics().revision.value, 2u);
}

TEST_F(ImportCommandTest, AllFilesOrNone) {
  command_.files = {Write("a.nt", kGood), Write("b.nt", kHalfBad)};
  command_.reject_limit = 1;
  EXPECT_EQ(Import(), AdminExitCode::kFailed);
  EXPECT_THAT(errors_,
              AllOf(HasSubstr("b.nt"), HasSubstr("line 2"), HasSubstr("Nothing was imported.\n")));
  EXPECT_EQ(out_, "");
  EXPECT_EQ(Statistics().quads, 0u);
  EXPECT_EQ(Statistics().revision.value, 0u);
  EXPECT_TRUE(std::filesystem::is_empty(command_.directory + "/scratch"));
}

TEST_F(ImportCommandTest, WritesRejectsOfAllFiles) {
  command_.files = {Write("a.nt", kHalfBad), Write("b.nt", kHalfBad)};
  command_.reject_limit = 4;
  EXPECT_EQ(Import(), AdminExitCode::kDone) << errors_;
  EXPECT_THAT(errors_,
              AllOf(HasSubstr("4 records were not taken"), HasSubstr(command_.reject_path)));
  EXPECT_EQ(Statistics().quads, 2u);
  const std::string rejects = ContentOf(command_.reject_path);
  EXPECT_EQ(std::count(rejects.begin(), rejects.end(), '\n'), 4);
  EXPECT_THAT(rejects,
              AllOf(HasSubstr("\"file\":\"a.nt\",\"line\":2,\"column\":1"),
                    HasSubstr("\"file\":\"b.nt\",\"line\":3"), HasSubstr("\"text\":\"nonsense\"")));
}

constexpr char kScript[] =
    "DEFINE CLASS Item;\n"
    "DEFINE PREDICATE shows FROM Item TO Item;\n"
    "ASSERT (#item/1 :Item)-[:shows]->(#item/2 :Item) ACCORDING TO #org/desk;\n";

TEST_F(ImportCommandTest, RunsScriptsOfSlqlWhateverTheirCompression) {
  command_.files = {Write("a.slql", kScript)};
  EXPECT_EQ(Import(), AdminExitCode::kDone) << errors_;
  EXPECT_THAT(out_, StartsWith("3 triples of 1 statement in ")) << out_;
  const storage::StoreStatistics first = Statistics();
  EXPECT_EQ(first.revision.value, 1u);
  EXPECT_EQ(first.quads, 3u);
  // What is on record already adds nothing.
  command_.files = {WriteGzip("b.slql.gz", kScript)};
  EXPECT_EQ(Import(), AdminExitCode::kDone) << errors_;
  EXPECT_THAT(out_, StartsWith("0 triples of 0 statements in "));
  command_.files = {Write("no-extension", "ASSERT (#item/3 :Item) ACCORDING TO #org/desk")};
  command_.format = FileFormat::kSlql;
  EXPECT_EQ(Import(), AdminExitCode::kDone) << errors_;
  EXPECT_EQ(Statistics().quads, 4u);
}

TEST_F(ImportCommandTest, TakesScriptsAndOtherFilesInTheOrderInWhichTheyStand) {
  command_.files = {
      Write("schema.slql", "DEFINE CLASS Item"), Write("a.nt", kGood), Write("b.nt", kGood),
      // Of what the files before have brought.
      Write("more.slql", "MATCH (x)-[:`ex:p`]->(y) ASSERT (x :Item) ACCORDING TO #org/desk"),
      Write("c.nt", kGood)};
  EXPECT_EQ(Import(), AdminExitCode::kDone) << errors_;
  EXPECT_THAT(out_, StartsWith("7 triples of 4 statements in "));
  // Two scripts, the files between them, and those behind them.
  EXPECT_EQ(Statistics().revision.value, 4u);
}

TEST_F(ImportCommandTest, AScriptThatFailsLeavesWhatCameBeforeIt) {
  command_.files = {Write("a.slql", kScript),
                    Write("b.slql", "DEFINE CLASS Box;\nASSERT ASSERT;\n"), Write("c.nt", kGood)};
  EXPECT_EQ(Import(), AdminExitCode::kFailed);
  EXPECT_THAT(errors_, AllOf(HasSubstr("b.slql, line 2, column 14"), HasSubstr("ASSERT ASSERT"),
                             HasSubstr("1 of 3 files were imported, nothing of the others.")));
  EXPECT_EQ(Statistics().quads, 3u);
  EXPECT_EQ(Statistics().revision.value, 1u);
  // Nothing of a script whose last statement cannot be.
  command_.files = {Write("d.slql",
                          "DEFINE CLASS Box;\nASSERT (#box/1 :Box) ACCORDING TO #org/desk;\n"
                          "ASSERT (#box/1)-[:nonsense]->(#box/2) ACCORDING TO #org/desk;\n")};
  EXPECT_EQ(Import(), AdminExitCode::kFailed);
  EXPECT_THAT(errors_, AllOf(HasSubstr("d.slql, line 3"), HasSubstr("nonsense"),
                             HasSubstr("Nothing was imported.\n")));
  EXPECT_EQ(Statistics().revision.value, 1u);
}

TEST_F(ImportCommandTest, RefusesScriptsThatItCannotTake) {
  command_.files = {Write("a.nt", kGood), Write("a.slql", kScript)};
  command_.dataset = "dataset/d";
  EXPECT_EQ(Import(), AdminExitCode::kFailed);
  EXPECT_THAT(errors_, AllOf(HasSubstr("--dataset"), HasSubstr("Nothing was imported.\n")));
  EXPECT_FALSE(std::filesystem::exists(command_.directory));
  command_.dataset.clear();

  const std::string whole = ContentOf(WriteGzip("whole.slql.gz", std::string(100'000, ' ')));
  command_.files = {Write("cut.slql.gz", whole.substr(0, whole.size() / 2))};
  EXPECT_EQ(Import(), AdminExitCode::kFailed);
  EXPECT_THAT(errors_, HasSubstr("cut.slql.gz"));

  // 16 MiB of memory are for a script of 256 KiB, also when little of it lies on the disk.
  command_.files = {WriteGzip("long.slql.gz", std::string((256 << 10) + 1, ' '))};
  EXPECT_EQ(Import(), AdminExitCode::kFailed);
  EXPECT_THAT(errors_, AllOf(HasSubstr("long.slql.gz"), HasSubstr("262144 bytes")));

  command_.files = {Write("bytes.slql", "RETURN '\xff'")};
  EXPECT_EQ(Import(), AdminExitCode::kFailed);
  EXPECT_THAT(errors_, HasSubstr("UTF-8"));
  EXPECT_EQ(Statistics().revision.value, 0u);
}

TEST_F(ImportCommandTest, TheLastLineSaysHowMuchHowFastAndHowLarge) {
  for (const auto& [name, content] : {std::pair("a.nt", kGood), std::pair("a.slql", kScript)}) {
    command_.files = {Write(name, content)};
    EXPECT_EQ(Import(), AdminExitCode::kDone) << errors_;
    EXPECT_THAT(out_, ::testing::MatchesRegex(
                          "[0-9]+ triples of 1 statement in [0-9]+\\.[0-9] s, [0-9,]+ triples/s; "
                          "[0-9.]+ [KM]iB on disk, [0-9.]+ bytes per triple\n"));
  }
}

TEST_F(ImportCommandTest, FindsWhatCannotBeReadBeforeItMakesAStore) {
  command_.files = {Write("a.nt", kGood), directory_.Child("none.nt")};
  EXPECT_EQ(Import(), AdminExitCode::kFailed);
  EXPECT_THAT(errors_, HasSubstr("none.nt"));
  EXPECT_FALSE(std::filesystem::exists(command_.directory));

  command_.files = {Write("a.csv", kGood)};
  EXPECT_EQ(Import(), AdminExitCode::kFailed);
  EXPECT_THAT(errors_, HasSubstr("--format"));
  EXPECT_FALSE(std::filesystem::exists(command_.directory));

  command_.files = {Write("a.nt", kGood)};
  command_.marking = "purple";
  EXPECT_EQ(Import(), AdminExitCode::kFailed);
  EXPECT_THAT(errors_, HasSubstr("purple"));
  EXPECT_FALSE(std::filesystem::exists(command_.directory));
}

TEST_F(ImportCommandTest, ADamagedFileImportsNothing) {
  const std::string whole = ContentOf(WriteGzip("a.nt.gz", std::string(100'000, '#') + "\n"));
  command_.files = {Write("good.nt", kGood), Write("b.nt.gz", whole.substr(0, whole.size() / 2))};
  EXPECT_EQ(Import(), AdminExitCode::kFailed);
  EXPECT_THAT(errors_, HasSubstr("b.nt.gz"));
  EXPECT_EQ(Statistics().quads, 0u);
}

TEST_F(ImportCommandTest, StoppedItImportsNothing) {
  command_.files = {Write("a.nt", kGood)};
  storage::CancellationToken cancellation;
  cancellation.Cancel();
  EXPECT_EQ(Import(cancellation), AdminExitCode::kStopped);
  EXPECT_EQ(Statistics().quads, 0u);
}

TEST_F(ImportCommandTest, RefusesAStoreThatIsOpen) {
  command_.files = {Write("a.nt", kGood)};
  const auto store = *storage::Store::Open(command_.directory, {});
  EXPECT_EQ(Import(), AdminExitCode::kFailed);
  EXPECT_EQ(store->Statistics().quads, 0u);
}

TEST_F(ImportCommandTest, TakesTheFixturesOfFollowTheMoney) {
  if (!std::filesystem::exists(kFixtures)) GTEST_SKIP() << "there is no " << kFixtures;
  // 475 entities, 2,385 values of properties, and as many types as entities.
  command_.files = {std::string(kFixtures) + "parteispenden.entities.ftm.json"};
  command_.reject_limit = 0;
  EXPECT_EQ(Import(), AdminExitCode::kDone) << errors_;
  EXPECT_EQ(Statistics().statements, 475u);
  EXPECT_EQ(Statistics().quads, 2'385u + 475u);
  // 91 entities more.
  command_.files = {std::string(kFixtures) + "zala.entities.ftm.json"};
  EXPECT_EQ(Import(), AdminExitCode::kDone) << errors_;
  EXPECT_EQ(Statistics().statements, 475u + 91u);
  EXPECT_EQ(Statistics().quads, 2'385u + 475u + 1'619u + 91u);
}

TEST_F(ImportCommandTest, CompactLeavesOneRun) {
  for (const char* name : {"a.nt", "b.nt"}) {
    command_.files = {Write(name, kGood)};
    ASSERT_EQ(Import(), AdminExitCode::kDone) << errors_;
  }
  Stream out, errors;
  EXPECT_EQ(RunCompact(command_.directory, {}, out.file(), errors.file()), AdminExitCode::kDone);
  EXPECT_THAT(out.Text(), StartsWith("4 quads in 1 runs"));
  EXPECT_EQ(errors.Text(), "");
  EXPECT_EQ(Statistics().runs, 1u);
}

TEST_F(ImportCommandTest, CompactMakesNoStore) {
  Stream out, errors;
  EXPECT_EQ(RunCompact(directory_.Child("none"), {}, out.file(), errors.file()),
            AdminExitCode::kFailed);
  EXPECT_THAT(errors.Text(), StartsWith("sightline-admin: "));
  EXPECT_FALSE(std::filesystem::exists(directory_.Child("none")));
}

TEST_F(ImportCommandTest, VerifySaysThatAStoreIsSoundOrWhatIsNot) {
  command_.files = {Write("a.nt", kGood)};
  ASSERT_EQ(Import(), AdminExitCode::kDone) << errors_;
  {
    Stream out, errors;
    EXPECT_EQ(RunVerify(command_.directory, true, {}, out.file(), errors.file()),
              AdminExitCode::kDone);
    EXPECT_THAT(out.Text(), HasSubstr("2 quads"));
    EXPECT_EQ(errors.Text(), "");
  }
  for (const auto& entry : std::filesystem::directory_iterator(command_.directory)) {
    if (entry.path().extension() != ".sst") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(3);
    file.put('\x7f');
  }
  Stream out, errors;
  EXPECT_EQ(RunVerify(command_.directory, true, {}, out.file(), errors.file()),
            AdminExitCode::kFindings);
  EXPECT_NE(out.Text() + errors.Text(), "");
}

TEST_F(ImportCommandTest, RestoresWhatItBackedUp) {
  command_.files = {Write("a.nt", kGood)};
  ASSERT_EQ(Import(), AdminExitCode::kDone) << errors_;
  const std::string backups = directory_.Child("backups");
  Stream backed_up, listed, restored, again, errors;
  EXPECT_EQ(RunBackup(command_.directory, backups, 7, backed_up.file(), errors.file()),
            AdminExitCode::kDone);
  EXPECT_THAT(backed_up.Text(), StartsWith("backup 1 "));
  EXPECT_EQ(RunListBackups(backups, true, listed.file(), errors.file()), AdminExitCode::kDone);
  EXPECT_THAT(listed.Text(), HasSubstr("1 backups, all checksums agree"));
  EXPECT_EQ(errors.Text(), "");

  const std::string original = command_.directory;
  command_.directory = directory_.Child("restored");
  EXPECT_EQ(RunRestore(backups, std::nullopt, command_.directory, restored.file(), errors.file()),
            AdminExitCode::kDone);
  EXPECT_EQ(Statistics().quads, 2u);
  // Never over a store.
  EXPECT_EQ(RunRestore(backups, std::nullopt, original, again.file(), errors.file()),
            AdminExitCode::kFailed);
}

}  // namespace
}  // namespace sightline::server
