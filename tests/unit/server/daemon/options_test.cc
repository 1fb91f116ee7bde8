#include "server/daemon/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace sightline::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ParsedCommandLine Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "sightlined");
  return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

TEST(ParseCommandLine, Defaults) {
  const ParsedCommandLine parsed = Parse({"--data", "/tmp/store"});
  ASSERT_TRUE(parsed.options.has_value()) << parsed.output;
  EXPECT_EQ(parsed.options->data_directory, "/tmp/store");
  EXPECT_EQ(parsed.options->listen.ToString(), "127.0.0.1:7432");
  EXPECT_EQ(parsed.options->clearance, storage::Clearance{});
  EXPECT_FALSE(parsed.options->read_only);
  EXPECT_TRUE(parsed.options->create_if_missing);
  EXPECT_FALSE(parsed.options->exit_with_parent);
}

TEST(ParseCommandLine, AllOfIt) {
  const ParsedCommandLine parsed = Parse({"--data",
                                          "d",
                                          "--listen",
                                          "unix:/tmp/s",
                                          "--clearance",
                                          "amber+strict",
                                          "--authorizations",
                                          "desk,partner",
                                          "--read-only",
                                          "--no-create",
                                          "--exit-with-parent",
                                          "--parent-pid",
                                          "77",
                                          "--query-seconds",
                                          "2.5",
                                          "--query-seconds-max",
                                          "20",
                                          "--write-seconds",
                                          "0.57",
                                          "--query-memory-mib",
                                          "64",
                                          "--total-memory-mib",
                                          "100",
                                          "--query-rows",
                                          "10",
                                          "--load-file-mib",
                                          "5",
                                          "--load-memory-mib",
                                          "6",
                                          "--running",
                                          "3",
                                          "--queued",
                                          "4"});
  ASSERT_TRUE(parsed.options.has_value()) << parsed.output;
  const DaemonOptions& options = *parsed.options;
  EXPECT_EQ(options.listen.path, "/tmp/s");
  EXPECT_EQ(options.clearance.tlp_max, storage::TlpLabel::kAmberStrict);
  EXPECT_THAT(options.clearance.authorizations, ElementsAre("desk", "partner"));
  EXPECT_FALSE(options.clearance.unrestricted);
  EXPECT_TRUE(options.read_only);
  EXPECT_FALSE(options.create_if_missing);
  EXPECT_TRUE(options.exit_with_parent);
  EXPECT_EQ(options.parent_pid, 77);
  EXPECT_EQ(options.limits.time_ms_default, 2'500);
  EXPECT_EQ(options.limits.time_ms_max, 20'000);
  EXPECT_EQ(options.limits.write_time_ms_max, 570);
  EXPECT_EQ(options.limits.memory_bytes_max, 64 << 20);
  EXPECT_EQ(options.limits.total_memory_bytes_max, 100 << 20);
  EXPECT_EQ(options.limits.rows_max, 10);
  EXPECT_EQ(options.limits.load_file_bytes_max, 5 << 20);
  EXPECT_EQ(options.limits.load_memory_bytes_max, 6 << 20);
  EXPECT_EQ(options.limits.running_max, 3);
  EXPECT_EQ(options.limits.queued_max, 4);
}

TEST(ParseCommandLine, TheDefaultTimeIsNotAboveTheLongest) {
  const ParsedCommandLine parsed = Parse({"--data", "d", "--query-seconds-max", "5"});
  ASSERT_TRUE(parsed.options.has_value()) << parsed.output;
  EXPECT_EQ(parsed.options->limits.time_ms_default, 5'000);
  EXPECT_THAT(Parse({"--data", "d", "--query-seconds-max", "5", "--query-seconds", "6"}).output,
              HasSubstr("more than --query-seconds-max"));
}

TEST(ParseCommandLine, AQuerysMemoryIsNotAboveThatOfAll) {
  const ParsedCommandLine parsed = Parse({"--data", "d", "--total-memory-mib", "5"});
  ASSERT_TRUE(parsed.options.has_value()) << parsed.output;
  EXPECT_EQ(parsed.options->limits.memory_bytes_max, 5 << 20);
  EXPECT_THAT(Parse({"--data", "d", "--total-memory-mib", "5", "--query-memory-mib", "6"}).output,
              HasSubstr("more than --total-memory-mib"));
}

TEST(ParseCommandLine, EveryLimitIsASetting) {
  for (const LimitEntry& entry : LimitTable()) {
    const bool is_time = entry.unit == LimitEntry::Unit::kSecond;
    const std::string flag = "--" + std::string(entry.setting);
    const std::string value = is_time ? "1.25" : std::to_string(entry.minimum);
    const ParsedCommandLine parsed = Parse({"--data", "d", flag.c_str(), value.c_str()});
    ASSERT_TRUE(parsed.options.has_value()) << parsed.output;
    const int64_t unit = entry.unit == LimitEntry::Unit::kMebibyte ? 1 << 20 : 1;
    EXPECT_EQ(parsed.options->limits.*entry.member, is_time ? 1'250 : entry.minimum * unit) << flag;
  }
}

TEST(ParseCommandLine, TimesAreRoundedAndNotCut) {
  // 0.57 * 1000 is a little less than 570.
  const ParsedCommandLine parsed =
      Parse({"--data", "d", "--query-seconds", "0.57", "--query-seconds-max", "0.57"});
  ASSERT_TRUE(parsed.options.has_value()) << parsed.output;
  EXPECT_EQ(parsed.options->limits.time_ms_default, 570);
  EXPECT_EQ(parsed.options->limits.time_ms_max, 570);
}

TEST(ParseCommandLine, MistakesExitWithTwoAndSayWhatIsWrong) {
  for (const std::vector<const char*>& arguments :
       {std::vector<const char*>{},
        {"--data", "d", "--listen", "0.0.0.0:7432"},
        {"--data", "d", "--listen", "nonsense"},
        {"--data", "d", "--without-users", "--clearance", "purple"},
        {"--data", "d", "--clearance", "RED"},
        {"--data", "d", "--without-users", "--listen", "192.168.1.1:1"},
        {"--data", "d", "--tls-key", "k"},
        {"--data", "d", "--tls-client-ca", "c"},
        {"--data", "d", "--listen", "unix:s", "--admin-token-file", "t"},
        {"--data", "d", "--bogus"},
        {"--data", "d", "extra"},
        {"--data", "d", "--query-seconds", "-1"},
        {"--data", "d", "--query-seconds", "nan"},
        {"--data", "d", "--query-seconds-max", "nan"},
        {"--data", "d", "--query-seconds-max", "inf"},
        {"--data", "d", "--write-seconds", "0"},
        {"--data", "d", "--total-memory-mib", "0"},
        {"--data", "d", "--parent-pid", "7"},
        {"--data", "d", "--running", "0"},
        {"--data", "d", "--metrics-listen", "0.0.0.0:9464"},
        {"--data", "d", "--metrics-listen", "unix:/tmp/m"},
        {"--data", "d", "--log-level", "loud"},
        {"--data", "d", "--batch-rows", "10", "--batch-rows-max", "9"},
        {"--data", "d", "--nesting-max", "201"}}) {
    const ParsedCommandLine parsed = Parse(arguments);
    EXPECT_FALSE(parsed.options.has_value());
    EXPECT_EQ(parsed.exit_code, ExitCode::kUsage);
    EXPECT_FALSE(parsed.output.empty());
  }
  EXPECT_THAT(Parse({"--data", "d", "--listen", "0.0.0.0:7432"}).output,
              HasSubstr("--tls-client-ca"));
}

TEST(ParseCommandLine, BeyondThisMachineWithCertificatesOnly) {
  const std::vector<const char*> arguments = {"--data",    "d", "--listen",          "[::]:1",
                                              "--tls-key", "k", "--tls-certificate", "c"};
  EXPECT_FALSE(Parse(arguments).options.has_value());
  std::vector<const char*> with_clients = arguments;
  with_clients.insert(with_clients.end(), {"--tls-client-ca", "a"});
  const ParsedCommandLine parsed = Parse(with_clients);
  ASSERT_TRUE(parsed.options.has_value()) << parsed.output;
  EXPECT_TRUE(parsed.options->has_users);
}

TEST(ParseCommandLine, ASocketThatTheSystemGuardsNeedsNoUsers) {
  EXPECT_FALSE(Parse({"--data", "d", "--listen", "unix:s"}).options->has_users);
  EXPECT_FALSE(Parse({"--data", "d", "--without-users"}).options->has_users);
  EXPECT_TRUE(Parse({"--data", "d"}).options->has_users);
}

TEST(ParseCommandLine, RowsComeInAnOrderOfNamesWhereReadersDiffer) {
  EXPECT_TRUE(Parse({"--data", "d"}).options->canonical_order);
  EXPECT_FALSE(Parse({"--data", "d", "--without-users"}).options->canonical_order);
  EXPECT_TRUE(
      Parse({"--data", "d", "--without-users", "--order", "names"}).options->canonical_order);
  EXPECT_FALSE(Parse({"--data", "d", "--order", "stored"}).options->canonical_order);
  EXPECT_FALSE(Parse({"--data", "d", "--order", "random"}).options.has_value());
}

TEST(ParseCommandLine, HelpAndVersionExitWithZero) {
  EXPECT_EQ(Parse({"--help"}).exit_code, ExitCode::kStopped);
  EXPECT_THAT(Parse({"--help"}).output, HasSubstr("--data"));
  EXPECT_THAT(Parse({"--version"}).output, HasSubstr("sightlined 0."));
}

}  // namespace
}  // namespace sightline::server
