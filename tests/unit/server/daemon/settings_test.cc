#include "server/daemon/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "server/daemon/options.h"
#include "tests/support/temp_directory.h"

namespace sightline::server {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SettingsTest : public ::testing::Test {
 protected:
  std::string File(const std::string& text) {
    const std::string path = directory_.Child("sightlined.toml");
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  // What reading the file says; "" when all went well.
  std::string ProblemOf(const std::string& text) {
    Settings settings = DeclareSettings();
    const std::string path = File(text);
    std::string problem = MessageOf(settings.ReadFile(path));
    return problem.starts_with(path) ? problem.substr(path.size() + 1) : problem;
  }
  ParsedCommandLine Parse(std::vector<const char*> arguments,
                          std::vector<const char*> environment = {}) {
    arguments.insert(arguments.begin(), "sightlined");
    environment.push_back(nullptr);
    return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data(),
                            environment.data());
  }

  test::TempDirectory directory_;
};

TEST_F(SettingsTest, AFlagCountsBeforeTheEnvironmentAndThatBeforeTheFile) {
  const std::string path =
      File("data = 'from-file'\nquery_rows = 1\nquery_steps = 1\nrunning = 1\n");
  const ParsedCommandLine parsed = Parse(
      {"--config", path.c_str(), "--query-rows", "3"},
      {"SIGHTLINED_QUERY_ROWS=2", "SIGHTLINED_QUERY_STEPS=2", "OTHER=x", "SIGHTLINE_TOKEN=y"});
  ASSERT_TRUE(parsed.options.has_value()) << parsed.output;
  EXPECT_EQ(parsed.options->data_directory, "from-file");
  EXPECT_EQ(parsed.options->limits.rows_max, 3);
  EXPECT_EQ(parsed.options->limits.steps_max, 2);
  EXPECT_EQ(parsed.options->limits.running_max, 1);
  EXPECT_EQ(parsed.settings.Get("query-rows").place, "--query-rows");
  EXPECT_EQ(parsed.settings.Get("query-steps").place, "SIGHTLINED_QUERY_STEPS");
  EXPECT_EQ(parsed.settings.Get("running").place, path + ":4:1");
  EXPECT_EQ(parsed.settings.Get("listen").place, "");
}

TEST_F(SettingsTest, EveryKindIsReadFromAFile) {
  const std::string path = File(R"(
data = "d"
listen = 'unix:/tmp/s'
authorizations = ["desk", "partner"]
read_only = true
query_seconds = 2.5
query_seconds_max = 20
log_level = "warning"
)");
  const ParsedCommandLine parsed = Parse({"--config", path.c_str()});
  ASSERT_TRUE(parsed.options.has_value()) << parsed.output;
  EXPECT_THAT(parsed.options->clearance.authorizations, ElementsAre("desk", "partner"));
  EXPECT_TRUE(parsed.options->read_only);
  EXPECT_EQ(parsed.options->limits.time_ms_default, 2'500);
  EXPECT_EQ(parsed.options->limits.time_ms_max, 20'000);
  EXPECT_EQ(parsed.options->log_level, LogLevel::kWarning);
}

TEST_F(SettingsTest, AFlagTakesBackWhatTheFileTurnsOn) {
  const std::string path = File("data = 'd'\nread_only = true\naudit = 'a'\n");
  EXPECT_FALSE(Parse({"--config", path.c_str(), "--read-only=false"}).options->read_only);
  EXPECT_EQ(Parse({"--config", path.c_str()}).options->audit_directory, "a");
  EXPECT_EQ(Parse({"--config", path.c_str(), "--no-audit"}).options->audit_directory, "");
  EXPECT_THAT(Parse({"--data", "d", "--audit", "a", "--no-audit"}).output,
              HasSubstr("exclude each other"));
}

TEST_F(SettingsTest, AMistakeInTheFileIsNamedWithItsPlace) {
  EXPECT_EQ(ProblemOf("data = 'd'\n\n  query_row = 5\n"),
            "3:3: there is no setting 'query_row'; did you mean query_rows?");
  EXPECT_EQ(ProblemOf("nothing_like_it = 5\n"), "1:1: there is no setting 'nothing_like_it'");
  EXPECT_EQ(ProblemOf("query_rows = '5'\n"),
            "1:1: query_rows: this takes a whole number, without quotes");
  EXPECT_EQ(ProblemOf("query_rows = 0\n"),
            "1:1: query_rows: '0' is no whole number of 1 to 1099511627776");
  EXPECT_EQ(ProblemOf("read_only = 'yes'\n"),
            "1:1: read_only: this takes true or false, without quotes");
  EXPECT_THAT(ProblemOf("query_seconds = nan\n"),
              HasSubstr("is no time of 0.001 to 86400 seconds"));
  EXPECT_THAT(ProblemOf("query_seconds = -1\n"), HasSubstr("is no time"));
  EXPECT_EQ(ProblemOf("log_level = 'loud'\n"),
            "1:1: log_level: 'loud' is none of: debug, info, warning, error");
  EXPECT_THAT(ProblemOf("authorizations = [1]\n"),
              HasSubstr("1:1: authorizations: the array holds"));
  EXPECT_THAT(ProblemOf("authorizations = ['a,b']\n"), HasSubstr("has a comma"));
  EXPECT_THAT(ProblemOf("[limits]\nquery_rows = 5\n"),
              HasSubstr("limits: settings stand in no table"));
  EXPECT_THAT(ProblemOf("data = 2026-11-26\n"), HasSubstr("no setting is a date"));
  // What is no TOML at all.
  EXPECT_THAT(ProblemOf("data = 'd'\nlisten = \n"), StartsWith("2:"));
  EXPECT_THAT(ProblemOf("data = 'd'\ndata = 'e'\n"), StartsWith("2:"));
  EXPECT_THAT(ProblemOf("data = \"\xff\"\n"), StartsWith("1:"));
  EXPECT_NE(ProblemOf(std::string(100'000, '[')), "");
  EXPECT_THAT(ProblemOf("# " + std::string(1 << 20, 'x')), HasSubstr("larger than 1 MiB"));
  EXPECT_THAT(ProblemOf("exit_with_parent = true\n"), HasSubstr("there is no setting"));
}

TEST_F(SettingsTest, AFileThatCannotBeReadIsNamed) {
  EXPECT_THAT(Parse({"--config", "/nowhere/x.toml"}).output,
              HasSubstr("Cannot read /nowhere/x.toml: "));
  EXPECT_NE(Parse({"--config", "/"}).output, "");
}

TEST_F(SettingsTest, AMistakeInTheEnvironmentIsNamed) {
  EXPECT_EQ(Parse({"--data", "d"}, {"SIGHTLINED_QUERY_ROW=5"}).output,
            "sightlined: SIGHTLINED_QUERY_ROW: there is no setting of this name; did you mean "
            "SIGHTLINED_QUERY_ROWS?\n");
  EXPECT_EQ(Parse({"--data", "d"}, {"SIGHTLINED_QUERY_ROWS=many"}).output,
            "sightlined: SIGHTLINED_QUERY_ROWS: 'many' is no whole number of 1 to 1099511627776\n");
  EXPECT_EQ(Parse({"--data", "d"}, {"SIGHTLINED_READ_ONLY=1"}).exit_code, ExitCode::kUsage);
}

TEST_F(SettingsTest, AServerOfAProgramsOwnReadsNoEnvironment) {
  const ParsedCommandLine parsed = Parse({"--data", "d", "--exit-with-parent"},
                                         {"SIGHTLINED_READ_ONLY=true", "SIGHTLINED_BOGUS="});
  ASSERT_TRUE(parsed.options.has_value()) << parsed.output;
  EXPECT_FALSE(parsed.options->read_only);
}

TEST_F(SettingsTest, AFlagThatThereIsNotIsNamed) {
  EXPECT_EQ(Parse({"--data", "d", "--query-row", "5"}).output,
            "sightlined: there is no option '--query-row'; did you mean --query-rows?\n");
  EXPECT_EQ(Parse({"--data", "d", "--qury-rows=5"}).exit_code, ExitCode::kUsage);
}

TEST_F(SettingsTest, CheckConfigPrintsWhatIsInForceAndWhereItComesFrom) {
  const std::string path =
      File("data = '/srv/\"store\"'\nquery_rows = 7\nauthorizations = ['a', 'b']\n");
  const ParsedCommandLine parsed = Parse(
      {"--config", path.c_str(), "--check-config", "--without-users"}, {"SIGHTLINED_QUEUED=9"});
  EXPECT_FALSE(parsed.options.has_value());
  EXPECT_EQ(parsed.exit_code, ExitCode::kStopped);
  const auto line_of = [&parsed](const std::string& key) {
    std::smatch match;
    return std::regex_search(parsed.output, match, std::regex("(^|\n)(" + key + " [^\n]*)\n"))
               ? std::regex_replace(match[2].str(), std::regex(" +"), " ")
               : "";
  };
  EXPECT_EQ(line_of("data"), "data = \"/srv/\\\"store\\\"\" # " + path + ":1:1");
  EXPECT_EQ(line_of("query_rows"), "query_rows = 7 # " + path + ":2:1");
  EXPECT_EQ(line_of("authorizations"), "authorizations = [\"a\", \"b\"] # " + path + ":3:1");
  EXPECT_EQ(line_of("queued"), "queued = 9 # SIGHTLINED_QUEUED");
  EXPECT_EQ(line_of("without_users"), "without_users = true # --without-users");
  EXPECT_EQ(line_of("query_seconds"), "query_seconds = 30 # default");
  EXPECT_EQ(line_of("# tls_key"), "# tls_key # not set");
  // It is a file that says the same.
  const std::string again = directory_.Child("again.toml");
  std::ofstream(again) << parsed.output;
  const ParsedCommandLine same = Parse({"--config", again.c_str()});
  ASSERT_TRUE(same.options.has_value()) << same.output;
  for (const Setting& setting : parsed.settings.all()) {
    if (setting.is_flag_only) continue;
    EXPECT_EQ(same.settings.Text(setting.name), setting.text);
  }
}

TEST_F(SettingsTest, CheckConfigFindsWhatIsWrong) {
  EXPECT_EQ(Parse({"--check-config"}).exit_code, ExitCode::kUsage);
  const ParsedCommandLine parsed = Parse({"--check-config", "--data", "d", "--tls-certificate",
                                          "/nowhere/cert", "--tls-key", "/nowhere/key"});
  EXPECT_EQ(parsed.exit_code, ExitCode::kUsage);
  EXPECT_THAT(parsed.output, HasSubstr("/nowhere/key"));
}

TEST_F(SettingsTest, EverySettingHasADistinctNameAndAHelpOfOneLine) {
  const Settings settings = DeclareSettings();
  for (const Setting& setting : settings.all()) {
    EXPECT_TRUE(std::regex_match(setting.name, std::regex("[a-z]+(-[a-z]+)*"))) << setting.name;
    EXPECT_NE(setting.help, "") << setting.name;
    EXPECT_EQ(setting.help.find('\n'), std::string::npos) << setting.name;
    EXPECT_NE(setting.help.back(), '.') << setting.name;
    const bool is_of_this_run = setting.name == "config" || setting.name == "check-config" ||
                                setting.name == "exit-with-parent" || setting.name == "parent-pid";
    EXPECT_EQ(setting.is_flag_only, is_of_this_run) << setting.name;
  }
}

// --- Pages that are made of the declarations. SIGHTLINE_WRITE_PAGES=1 writes them anew.

void ExpectPage(const std::string& path, const std::string& text) {
  if (std::getenv("SIGHTLINE_WRITE_PAGES") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text)
      << path << " is not what the settings say; SIGHTLINE_WRITE_PAGES=1 writes it anew";
}

TEST(SettingsPages, TheExampleIsTheDefaults) {
  const std::string text =
      "# Settings of sightlined, at their defaults: remove the # of a line to change it, and check "
      "with\n"
      "#   sightlined --config FILE --check-config\n"
      "# Each may also be given as a flag (query_rows: --query-rows) or in the environment\n"
      "# (SIGHTLINED_QUERY_ROWS); a flag counts before the environment, and that before this "
      "file.\n"
      "# docs/configuration.md lists them.\n" +
      DeclareSettings().ExampleText();
  ExpectPage("packaging/sightlined.example.toml", text);
  // Without the marks of a comment it is a file that changes nothing.
  test::TempDirectory directory;
  const std::string path = directory.Child("x.toml");
  std::string uncommented;
  size_t keys = 0;
  std::ifstream file("packaging/sightlined.example.toml");
  for (std::string line; std::getline(file, line);) {
    if (!std::regex_match(line, std::regex("#[a-z_]+ = .*")) ||
        line.find("=    #") != std::string::npos)
      continue;
    uncommented += line.substr(1) + "\n";
    ++keys;
  }
  std::ofstream(path) << uncommented;
  Settings read = DeclareSettings();
  ASSERT_TRUE(read.ReadFile(path).ok()) << MessageOf(read.ReadFile(path));
  const Settings defaults = DeclareSettings();
  for (const Setting& setting : defaults.all()) {
    EXPECT_EQ(read.Text(setting.name), setting.text) << setting.name;
    if (setting.is_flag_only) continue;
    EXPECT_THAT(text, HasSubstr("\n#" + setting.key() + " = "));
  }
  EXPECT_GT(keys, 40u);
}

TEST(SettingsPages, TheReferenceListsThemAll) {
  const std::string text =
      "# Configuration of sightlined\n\n"
      "Each setting has one name in three spellings: the flag `--query-rows 1000`, the environment "
      "variable\n"
      "`SIGHTLINED_QUERY_ROWS=1000`, and the line `query_rows = 1000` of the file (TOML) that "
      "`--config FILE` names. A flag\n"
      "counts before the environment, and that before the file. Unknown keys, variables and flags "
      "are errors, with their\n"
      "place. Texts are quoted in a file (`listen = \"127.0.0.1:7432\"`), lists are arrays "
      "(`authorizations = [\"a\", \"b\"]`), and\n"
      "switches `true` or `false`; `--read-only=false` takes back what a file turns on.\n\n"
      "`--check-config` prints what is in force and where each value comes from, reads the TLS "
      "files, and exits with 0, or with 2\n"
      "and what is wrong. `packaging/sightlined.example.toml` is a file with all settings at their "
      "defaults.\n\n"
      "On SIGHUP a server that was started with `--config` reads its settings again: `log_level` "
      "and `slow_query_ms` change at once;\n"
      "the log names those that need a restart. A file that is wrong changes nothing. Without "
      "`--config`, SIGHUP stops the\n"
      "server, as SIGTERM does.\n\n"
      "No setting is a secret: keys and tokens are in files of their own.\n" +
      DeclareSettings().ReferenceText();
  ExpectPage("docs/configuration.md", text);
}

}  // namespace
}  // namespace sightline::server
