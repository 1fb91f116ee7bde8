#include "server/observability/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/fake_clock.h"

namespace sightline::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// A log into a pipe.
class LogTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe2(ends_, O_NONBLOCK | O_CLOEXEC), 0); }
  void TearDown() override {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  Log MakeLog(LogFormat format, LogLevel level = LogLevel::kInfo) {
    return Log(ends_[1], format, level, &clock_);
  }
  std::string Written() {
    std::string text(1 << 17, '\0');
    const ssize_t count = ::read(ends_[0], text.data(), text.size());
    text.resize(count > 0 ? static_cast<size_t>(count) : 0);
    return text;
  }

  test::FakeClock clock_;
  int ends_[2] = {-1, -1};
};

TEST_F(LogTest, ALineOfTextIsLogfmt) {
  Log log = MakeLog(LogFormat::kText);
  log.Write(
      LogLevel::kWarning, "connection_cut",
      {{"reason", "its headers are too long"}, {"host", "192.0.2.7"}, {"empty", ""}, {"count", 3}});
  EXPECT_EQ(
      Written(),
      "2024-04-13T12:00:00.000000Z warning connection_cut reason=\"its headers are too long\" "
      "host=192.0.2.7 count=3\n");
}

TEST_F(LogTest, ALineOfJsonIsAnObject) {
  Log log = MakeLog(LogFormat::kJson);
  log.Write(LogLevel::kInfo, "call", {{"user", "mia"}, {"rows", int64_t{17}}});
  const auto json = nlohmann::json::parse(Written());
  EXPECT_EQ(json["time"], "2024-04-13T12:00:00.000000Z");
  EXPECT_EQ(json["level"], "info");
  EXPECT_EQ(json["event"], "call");
  EXPECT_EQ(json["user"], "mia");
  EXPECT_EQ(json["rows"], 17);
}

TEST_F(LogTest, NoValueMakesASecondLine) {
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    Log log = MakeLog(format);
    log.Write(LogLevel::kInfo, "x", {{"text", "a\nevent=forged \"b\" \\ \x01 \xff \u202e"}});
    const std::string line = Written();
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
    EXPECT_THAT(line, HasSubstr("a\\nevent=forged \\\"b\\\""));
  }
}

TEST_F(LogTest, LevelsBelowAreLeftOutAndTheLevelMayChange) {
  Log log = MakeLog(LogFormat::kText);
  log.Write(LogLevel::kDebug, "a", {});
  EXPECT_EQ(Written(), "");
  log.SetLevel(LogLevel::kDebug);
  EXPECT_TRUE(log.IsOn(LogLevel::kDebug));
  log.Write(LogLevel::kDebug, "b", {});
  EXPECT_THAT(Written(), HasSubstr(" debug b\n"));
  log.SetLevel(LogLevel::kError);
  log.Write(LogLevel::kWarning, "c", {});
  EXPECT_EQ(Written(), "");
}

TEST_F(LogTest, OfOneEventOnlySoManyComeInASecond) {
  Log log = MakeLog(LogFormat::kText);
  for (uint64_t i = 0; i < Log::kLinesPerSecondMax + 7; ++i)
    log.Write(LogLevel::kInfo, "flood", {});
  log.Write(LogLevel::kInfo, "other", {});
  std::string text = Written();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 101);
  EXPECT_THAT(text, HasSubstr("other\n"));
  EXPECT_EQ(log.omitted(), 7u);
  clock_.Advance(1'000'000);
  log.Write(LogLevel::kInfo, "flood", {});
  log.Write(LogLevel::kInfo, "flood", {});
  text = Written();
  EXPECT_THAT(text, HasSubstr("info flood omitted=7\n"));
  EXPECT_THAT(text, HasSubstr("info flood\n"));
}

TEST_F(LogTest, ALineIsCutSoThatAPipeTakesItInOneGo) {
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    Log log = MakeLog(format);
    log.Write(LogLevel::kInfo, "long",
              {{"a", std::string(100'000, 'x')}, {"b", std::string(100'000, '"')}, {"n", 5}});
    const std::string line = Written();
    EXPECT_LE(line.size(), Log::kLineBytesMax);
    EXPECT_GT(line.size(), 100u);
    EXPECT_EQ(line.back(), '\n');
    if (format == LogFormat::kJson) {
      EXPECT_EQ(nlohmann::json::parse(line)["n"], 5);
    }
  }
}

TEST_F(LogTest, AReaderThatDoesNotReadKeepsNobodyWaiting) {
  // Blocking, as standard error is.
  ASSERT_EQ(::fcntl(ends_[1], F_SETFL, 0), 0);
  Log log = MakeLog(LogFormat::kText, LogLevel::kDebug);
  // More than any pipe holds; it ends although nobody reads.
  for (int i = 0; i < 3'000; ++i)
    log.Write(LogLevel::kDebug, "line", {{"text", std::string(900, 'x')}});
  EXPECT_GT(log.dropped(), 1'000u);
  const std::string text = Written();
  EXPECT_GT(text.size(), 1'000u);
  // And goes on when somebody does.
  const uint64_t dropped = log.dropped();
  log.Write(LogLevel::kInfo, "again", {});
  EXPECT_EQ(log.dropped(), dropped);
}

TEST_F(LogTest, LinesOfManyThreadsStayWhole) {
  Log log = MakeLog(LogFormat::kJson, LogLevel::kDebug);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&log] {
      for (int j = 0; j < 50; ++j)
        log.Write(LogLevel::kDebug, "line", {{"text", std::string(100, 'x')}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string text = Written();
  size_t lines = 0;
  for (size_t begin = 0; begin < text.size(); ++lines) {
    const size_t end = text.find('\n', begin);
    ASSERT_EQ(nlohmann::json::parse(text.substr(begin, end - begin))["text"],
              std::string(100, 'x'));
    begin = end + 1;
  }
  EXPECT_EQ(lines, 200u);
}

TEST(LogLevel, NamesAreReadAsTheyAreWritten) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    EXPECT_EQ(ParseLogLevel(LogLevelName(level)), level);
  }
  EXPECT_EQ(ParseLogLevel("INFO"), std::nullopt);
}

}  // namespace
}  // namespace sightline::server
