#include "clients/cli/admin_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "clients/cli/command_line.h"
#include "clients/cli/exit_code.h"

namespace sightline::cli {
namespace {

using Action = AdminWords::Action;
using ::testing::HasSubstr;

CommandLine Parse(std::vector<std::string> words) {
  words.insert(words.begin(), {"sightline", "admin"});
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return ParseCommandLine(static_cast<int>(argv.size()), argv.data());
}
AdminWords Accepted(const std::vector<std::string>& words) {
  const CommandLine line = Parse(words);
  EXPECT_FALSE(line.is_done) << line.message;
  EXPECT_EQ(line.options.command, Command::kAdmin);
  return line.options.admin;
}
std::string Refused(const std::vector<std::string>& words) {
  const CommandLine line = Parse(words);
  EXPECT_TRUE(line.is_done);
  EXPECT_EQ(line.exit_code, kExitUsage);
  return line.message;
}

TEST(AdminWords, SayWhatIsToBeDone) {
  EXPECT_TRUE(Accepted({"statistics", "--storage-only"}).storage_only);
  EXPECT_FALSE(Accepted({"read-only"}).read_only.has_value());
  EXPECT_EQ(Accepted({"read-only", "off"}).read_only, false);
  const AdminWords on = Accepted({"read-only", "on", "--reason", "why"});
  EXPECT_EQ(on.read_only, true);
  EXPECT_EQ(on.reason, "why");
  EXPECT_TRUE(Accepted({"backup"}).is_awaited);
  EXPECT_FALSE(Accepted({"compact", "--no-wait"}).is_awaited);
  EXPECT_FALSE(Accepted({"verify"}).backup.has_value());
  EXPECT_EQ(Accepted({"verify", "--backup", "newest"}).backup, 0);
  EXPECT_EQ(Accepted({"verify", "--backup", "12"}).backup, 12);
  EXPECT_FALSE(Accepted({"operations"}).operation.has_value());
  EXPECT_EQ(Accepted({"operations", "operations/7"}).operation, 7);
  EXPECT_EQ(Accepted({"cancel", "7"}).operation, 7);
  EXPECT_EQ(Accepted({"cancel", "7"}).action, Action::kCancel);
  const AdminWords audit = Accepted({"audit", "--user", "mia", "--after", "5", "--follow"});
  EXPECT_EQ(audit.action, Action::kAudit);
  EXPECT_EQ(audit.user, "mia");
  EXPECT_EQ(audit.after, 5);
  EXPECT_TRUE(audit.is_followed);
}

TEST(AdminWords, SayWhatIsWrong) {
  EXPECT_THAT(Refused({"read-only", "perhaps"}), HasSubstr("perhaps"));
  EXPECT_THAT(Refused({"read-only", "off", "--reason", "x"}), HasSubstr("--reason"));
  EXPECT_THAT(Refused({"verify", "--backup", "last"}), HasSubstr("last"));
  EXPECT_THAT(Refused({"verify", "--backup", "0"}), HasSubstr("0"));
  EXPECT_THAT(Refused({"cancel", "x/7"}), HasSubstr("x/7"));
  EXPECT_THAT(Refused({"cancel"}), HasSubstr("ID"));
  EXPECT_THAT(Refused({"audit", "--since", "soon"}), HasSubstr("soon"));
  Refused({});
}

TEST(ParseSince, TakesTimesAndTimesAgo) {
  constexpr int64_t kNow = 1'713'009'600;  // 2024-04-13T12:00:00Z
  EXPECT_EQ(ParseSince("2024-04-13", kNow), kNow - 12 * 3'600);
  EXPECT_EQ(ParseSince("2024-04-13T12:00", kNow), kNow);
  EXPECT_EQ(ParseSince("2024-04-13T12:00:30Z", kNow), kNow + 30);
  EXPECT_EQ(ParseSince("90m", kNow), kNow - 5'400);
  EXPECT_EQ(ParseSince("1d", kNow), kNow - 86'400);
  for (const char* wrong : {"", "never", "2024-04-31", "2024-13-01", "1969-12-31", "2024-04-13T12",
                            "2024-04-13T12:00+02", "yesterday"}) {
    EXPECT_FALSE(ParseSince(wrong, kNow).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace sightline::cli
