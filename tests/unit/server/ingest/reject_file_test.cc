#include "server/ingest/reject_file.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/temp_directory.h"
#include "tests/unit/server/ingest/recording_sink.h"

namespace sightline::server {
namespace {

TEST(RejectFile, WritesOneJsonObjectALine) {
  const test::TempDirectory directory;
  const std::string path = directory.Child("rejects.jsonl");
  RejectFile rejects(path, 10);
  rejects.SetSourceName("a.nt");
  struct Reject reject {
    7, 12, RejectReason::kSyntax, "expected \".\"", "<a> \xff\n"
  };
  ASSERT_TRUE(rejects.Add(reject).ok());
  const std::string long_text(10'000, 'x');
  reject.text = long_text;
  ASSERT_TRUE(rejects.Add(reject).ok());
  ASSERT_TRUE(rejects.Finish().ok());

  std::istringstream lines(ReadWholeFile(path));
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(nlohmann::json::parse(line), nlohmann::json({{"file", "a.nt"},
                                                         {"line", 7},
                                                         {"column", 12},
                                                         {"reason", "syntax"},
                                                         {"message", "expected \".\""},
                                                         {"text", "<a> \xEF\xBF\xBD\n"}}));
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(nlohmann::json::parse(line)["text"].get<std::string>().size(), kRejectTextBytesMax);
  EXPECT_FALSE(std::getline(lines, line));
}

TEST(RejectFile, EndsTheImportBeyondItsLimit) {
  RejectFile rejects("", 2);
  EXPECT_TRUE(rejects.Add({1, 1, RejectReason::kSyntax, "one", ""}).ok());
  EXPECT_TRUE(rejects.Add({2, 1, RejectReason::kSyntax, "two", ""}).ok());
  const Status status = rejects.Add({3, 1, RejectReason::kSyntax, "three", ""});
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(MessageOf(status).find("one"), std::string::npos);  // The first says most.
  EXPECT_EQ(rejects.count(), 3u);
}

TEST(RejectFile, TellsItsListenerOfEach) {
  RejectFile rejects("", 1);
  std::string heard;
  rejects.SetListener([&heard](const Reject& reject) { heard += reject.message + ";"; });
  EXPECT_TRUE(rejects.Add({1, 1, RejectReason::kSyntax, "one", ""}).ok());
  // The one too many as well.
  EXPECT_FALSE(rejects.Add({2, 1, RejectReason::kSyntax, "two", ""}).ok());
  EXPECT_EQ(heard, "one;two;");
}

TEST(RejectFile, ThatCannotBeWrittenIsAnError) {
  RejectFile rejects("/no/such/folder/rejects", 2);
  EXPECT_EQ(rejects.Add({}).code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace sightline::server
