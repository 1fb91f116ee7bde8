#include "clients/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "clients/cli/exit_code.h"

namespace sightline::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CommandLine Parse(std::vector<std::string> words) {
  words.insert(words.begin(), "sightline");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return ParseCommandLine(static_cast<int>(argv.size()), argv.data());
}
Options Accepted(const std::vector<std::string>& words) {
  const CommandLine line = Parse(words);
  EXPECT_FALSE(line.is_done) << line.message;
  return line.options;
}
std::string Refused(const std::vector<std::string>& words) {
  const CommandLine line = Parse(words);
  EXPECT_TRUE(line.is_done);
  EXPECT_EQ(line.exit_code, kExitUsage);
  return line.message;
}

TEST(ParseCommandLine, TakesGlobalOptionsOnBothSides) {
  for (const auto& words : {std::vector<std::string>{"--db", "d", "--format", "csv", "query", "Q"},
                            std::vector<std::string>{"query", "--db", "d", "Q", "--format", "csv"},
                            std::vector<std::string>{"query", "Q", "--db=d", "--format=csv"}}) {
    const Options options = Accepted(words);
    EXPECT_EQ(options.command, Command::kQuery);
    EXPECT_EQ(options.db, "d");
    EXPECT_EQ(options.query_text, "Q");
    EXPECT_EQ(options.output.format, Format::kCsv);
  }
}

TEST(ParseCommandLine, AParameterTakesOneWord) {
  const Options options = Accepted({"--param", "a=1", "--param", "b=x", "query", "Q"});
  EXPECT_EQ(options.query_text, "Q");
  EXPECT_EQ(options.parameters.at("a").integer(), 1);
  EXPECT_EQ(options.parameters.at("b").text().text(), "x");
}

TEST(ParseCommandLine, ListsAndCancelsQueries) {
  EXPECT_EQ(Accepted({"queries", "list"}).command, Command::kQueries);
  EXPECT_THAT(Accepted({"queries", "list"}).cancelled_queries, testing::IsEmpty());
  EXPECT_THAT(Accepted({"queries", "cancel", "a", "b"}).cancelled_queries, ElementsAre("a", "b"));
  EXPECT_THAT(Refused({"queries"}), HasSubstr("subcommand"));
  EXPECT_THAT(Refused({"queries", "cancel"}), HasSubstr("ID"));
}

TEST(ParseCommandLine, FindsTheServer) {
  unsetenv("SIGHTLINE_SERVER");
  EXPECT_EQ(Accepted({"info"}).server, "127.0.0.1:7432");
  setenv("SIGHTLINE_SERVER", "unix:/run/sightline", 1);
  EXPECT_EQ(Accepted({"info"}).server, "unix:/run/sightline");
  EXPECT_EQ(Accepted({"info", "--server", "localhost:1"}).server, "localhost:1");
  EXPECT_EQ(Accepted({"info", "--db", "d"}).server, "") << "--db wins over the environment";
  unsetenv("SIGHTLINE_SERVER");
}

TEST(ParseCommandLine, LoadTakesWhatTheServerIsToldOfAFile) {
  const Options options =
      Accepted({"load", "a.nt", "--format", "ntriples", "--dataset", "dataset/a", "--claimant",
                "org/a", "--document", "doc/a", "--language", "sv", "--marking", "tlp:amber+strict",
                "--rejects", "r.jsonl", "--reject-limit", "0", "b.nt"});
  EXPECT_THAT(options.load_files, ElementsAre("a.nt", "b.nt"));
  EXPECT_EQ(options.load_reject_path, "r.jsonl");
  const v1::BulkLoadOpen& open = options.load_open;
  EXPECT_EQ(open.format(), v1::FILE_FORMAT_NTRIPLES);
  EXPECT_EQ(open.dataset(), "dataset/a");
  EXPECT_EQ(open.claimant(), "org/a");
  EXPECT_EQ(open.document(), "doc/a");
  EXPECT_EQ(open.language(), "sv");
  EXPECT_EQ(open.marking().tlp(), v1::TLP_LABEL_AMBER_STRICT);
  EXPECT_TRUE(open.has_reject_limit());
  EXPECT_EQ(open.reject_limit(), 0);

  const v1::BulkLoadOpen plain = Accepted({"load", "a.nt"}).load_open;
  EXPECT_EQ(plain.ByteSizeLong(), 0u) << plain.DebugString();
}

TEST(ParseCommandLine, ALoadIdIsOfOneFile) {
  const std::string id = "123e4567-e89b-12d3-a456-426614174000";
  EXPECT_EQ(Accepted({"load", "--load-id", id, "a.nt"}).load_open.load_id(), id);
  EXPECT_THAT(Refused({"load", "--load-id", id, "a.nt", "b.nt"}), HasSubstr("one file"));
  EXPECT_THAT(Refused({"load", "--load-id", "17", "a.nt"}), HasSubstr("UUID"));
}

TEST(ParseCommandLine, LoadsFormatIsOfTheFilesOrOfTheResults) {
  const Options both = Accepted({"load", "a", "--format", "turtle", "--format", "json"});
  EXPECT_EQ(both.load_open.format(), v1::FILE_FORMAT_TURTLE);
  EXPECT_EQ(both.output.format, Format::kJson);
  const Options split = Accepted({"--format", "csv", "load", "--format", "slql", "a"});
  EXPECT_EQ(split.load_open.format(), v1::FILE_FORMAT_SLQL);
  EXPECT_EQ(split.output.format, Format::kCsv);
  EXPECT_THAT(Refused({"load", "a", "--format", "xml"}), HasSubstr("statement-jsonl"));
  EXPECT_THAT(Refused({"load", "a", "--marking", "purple"}), HasSubstr("AMBER+STRICT"));
  Refused({"load", "a", "--reject-limit", "-1"});
  Refused({"load", "a", "--dataset", "\xFF"});
  Refused({"query", "Q", "--dataset", "dataset/a"});
}

TEST(ParseCommandLine, ReadsEachCommand) {
  EXPECT_EQ(Accepted({"query", "-f", "q.slql"}).query_file, "q.slql");
  EXPECT_EQ(Accepted({"query", "-"}).query_text, "-");
  EXPECT_EQ(Accepted({"query", ""}).query_text, "");
  EXPECT_THAT(Accepted({"load", "a", "b", "-"}).load_files, ElementsAre("a", "b", "-"));
  EXPECT_EQ(Accepted({"shell"}).command, Command::kShell);
  EXPECT_EQ(Accepted({"version"}).command, Command::kVersion);
  EXPECT_EQ(Accepted({"--version"}).command, Command::kVersion);
  EXPECT_EQ(Accepted({"--db", "d", "--clearance", "tlp:amber+strict", "info"}).db, "d");
  const Options options = Accepted({"--db", "d", "--clearance", "AMBER", "--authorizations", "A,B",
                                    "--timeout", "2m", "--limit-rows", "5", "-q", "--read-only",
                                    "--color", "always", "--ascii", "--guard-formulas", "shell"});
  EXPECT_THAT(options.server_arguments,
              ElementsAre("--clearance", "AMBER", "--authorizations", "A,B"));
  EXPECT_EQ(options.timeout, std::chrono::milliseconds(120'000));
  EXPECT_EQ(options.limit_rows, 5);
  EXPECT_TRUE(options.is_quiet && options.is_read_only && options.output.is_ascii &&
              options.output.guard_formulas);
  EXPECT_EQ(options.color, ColorMode::kAlways);
}

TEST(ParseCommandLine, RefusesWithOneSentence) {
  EXPECT_THAT(Refused({}), HasSubstr("subcommand"));
  EXPECT_THAT(Refused({"query"}), HasSubstr("give the text"));
  EXPECT_THAT(Refused({"query", "Q", "-f", "x"}), HasSubstr("excludes"));
  EXPECT_THAT(Refused({"load"}), HasSubstr("FILE"));
  EXPECT_THAT(Refused({"frobnicate"}), HasSubstr("frobnicate"));
  EXPECT_THAT(Refused({"query", "Q", "--frobnicate"}), HasSubstr("frobnicate"));
  EXPECT_THAT(Refused({"--server", "a:1", "--db", "d", "info"}), HasSubstr("exclude each other"));
  EXPECT_THAT(Refused({"--db", "", "info"}), HasSubstr("no name"));
  EXPECT_THAT(Refused({"--format", "xml", "info"}), HasSubstr("xml"));
  EXPECT_THAT(Refused({"--param", "a", "query", "Q"}), HasSubstr("name=value"));
  EXPECT_THAT(Refused({"--param", "a=1", "--param", "a=2", "query", "Q"}), HasSubstr("twice"));
  EXPECT_THAT(Refused({"--timeout", "soon", "info"}), HasSubstr("soon"));
  EXPECT_THAT(Refused({"--limit-rows", "0", "info"}), HasSubstr("limit-rows"));
  EXPECT_THAT(Refused({"--read-only", "load", "x"}), HasSubstr("--read-only"));
  EXPECT_THAT(Refused({"--clearance", "RED", "info"}), HasSubstr("--db"));
  EXPECT_THAT(Refused({"--db", "d", "--clearance", "purple", "info"}), HasSubstr("purple"));
}

TEST(ParseCommandLine, HelpListsTheExitCodes) {
  for (const auto& words : {std::vector<std::string>{"--help"}, {"query", "--help"}}) {
    const CommandLine line = Parse(words);
    EXPECT_TRUE(line.is_done);
    EXPECT_EQ(line.exit_code, kExitOk);
    EXPECT_THAT(line.message, HasSubstr("Exit codes:"));
    EXPECT_THAT(line.message, HasSubstr("141"));
    EXPECT_THAT(line.message, HasSubstr("Usage: sightline"));
  }
}

TEST(ParseCommandLine, FormatsForGraphsAreForResults) {
  EXPECT_EQ(Accepted({"query", "Q", "--format", "gexf"}).output.format, Format::kGexf);
  EXPECT_THAT(Refused({"info", "--format", "gexf"}), HasSubstr("for query and shell"));
  EXPECT_THAT(Refused({"query", "Q", "--format", "xml"}), HasSubstr("table, vertical, csv"));
}

TEST(ParseCommandLine, WatchesPagesAndForgets) {
  EXPECT_EQ(Accepted({"query", "Q", "--watch", "5s"}).watch, std::chrono::milliseconds(5000));
  EXPECT_THAT(Refused({"query", "Q", "--watch", "10ms"}), HasSubstr("--watch"));
  EXPECT_TRUE(Accepted({"query", "Q"}).is_paged);
  EXPECT_FALSE(Accepted({"--no-pager", "query", "Q"}).is_paged);
  EXPECT_TRUE(Accepted({"shell"}).has_history);
  EXPECT_FALSE(Accepted({"shell", "--no-history"}).has_history);
}

}  // namespace
}  // namespace sightline::cli
