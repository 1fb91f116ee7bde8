#include "server/audit/audit_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace sightline::server {
namespace {

using ::testing::HasSubstr;

class AuditLogTest : public ::testing::Test {
 protected:
  std::unique_ptr<AuditLog> Open(uint64_t file_bytes_max = 64 << 20) {
    AuditLogOptions options;
    options.directory = directory_.Child("audit");
    options.file_bytes_max = file_bytes_max;
    StatusOr<std::unique_ptr<AuditLog>> log = AuditLog::Open(options, &clock_);
    EXPECT_TRUE(log.ok()) << log.status().ToString();
    return log.ok() ? std::move(*log) : nullptr;
  }
  static AuditRecord End(int64_t rows) {
    AuditRecord record;
    record.event = "end";
    record.user = "mia";
    record.outcome = "OK";
    record.rows = rows;
    return record;
  }
  void Write(int records, uint64_t file_bytes_max = 64 << 20) {
    const auto log = Open(file_bytes_max);
    for (int i = 1; i <= records; ++i) ASSERT_TRUE(log->Append(End(i)).ok());
  }
  std::string FileOf(int number) const {
    return directory_.Child("audit") + "/audit-00000" + std::to_string(number) + ".jsonl";
  }
  std::string Read(int number = 1) const {
    std::ifstream file(FileOf(number), std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  }
  void Replace(const std::string& text, int number = 1) const {
    std::ofstream(FileOf(number), std::ios::binary) << text;
  }
  AuditVerification Verify() const { return *VerifyAuditLog(directory_.Child("audit")); }

  test::TempDirectory directory_;
  test::FakeClock clock_;
};

TEST_F(AuditLogTest, RecordsFollowFromOneAnother) {
  Write(3);
  Write(2);
  const AuditVerification found = Verify();
  EXPECT_EQ(found.problem, "");
  EXPECT_EQ(found.first, 1u);
  EXPECT_EQ(found.last, 5u);
  EXPECT_THAT(Read(), HasSubstr(R"({"n":1,"time":"2024-04-13T12:00:00.000000Z","event":"end",)"
                                R"("user":"mia","outcome":"OK","rows":1,"prev":"0000)"));
  EXPECT_EQ(Open()->head(), "5 " + found.head);
  struct stat info {};
  ASSERT_EQ(::stat(FileOf(1).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

// Whatever byte is changed, it shows.
TEST_F(AuditLogTest, EveryChangedByteShows) {
  Write(3);
  const std::string good = Read();
  for (size_t i = 0; i + 1 < good.size(); ++i) {  // The last line's end may be missing.
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    Replace(bad);
    const AuditVerification found = Verify();
    // A line end that is gone joins two records, or hides the last one.
    EXPECT_TRUE(!found.problem.empty() || found.last < 3) << i;
    EXPECT_FALSE(found.problem.empty()) << i;
  }
}

TEST_F(AuditLogTest, ARecordThatIsRemovedMovedOrDoubledShows) {
  Write(4);
  std::vector<std::string> lines;
  std::string text = Read();
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin) + 1;
    lines.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  ASSERT_EQ(lines.size(), 4u);
  Replace(lines[0] + lines[2] + lines[3]);
  EXPECT_THAT(Verify().problem, HasSubstr("audit-000001.jsonl:2: "));
  Replace(lines[0] + lines[2] + lines[1] + lines[3]);
  EXPECT_THAT(Verify().problem, HasSubstr(":2: "));
  Replace(lines[0] + lines[0] + lines[1] + lines[2]);
  EXPECT_THAT(Verify().problem, HasSubstr(":2: "));
  // The beginning may lie elsewhere, which is said; so may the end, which only its hash would tell.
  Replace(lines[2] + lines[3]);
  EXPECT_EQ(Verify().problem, "");
  EXPECT_EQ(Verify().first, 3u);
  Replace(lines[0] + lines[1]);
  EXPECT_EQ(Verify().problem, "");
  EXPECT_EQ(Verify().last, 2u);
}

TEST_F(AuditLogTest, FilesFollowFromOneAnother) {
  Write(9, /*file_bytes_max=*/600);
  ASSERT_TRUE(std::filesystem::exists(FileOf(3)));
  EXPECT_EQ(Verify().problem, "");
  EXPECT_EQ(Verify().last, 9u);
  std::filesystem::remove(FileOf(2));
  EXPECT_THAT(Verify().problem, HasSubstr("missing"));
}

TEST_F(AuditLogTest, WhatACrashToreIsCutOffAndTold) {
  Write(2);
  const std::string good = Read();
  for (const size_t kept : {good.size() - 1, good.size() - 40, good.size() / 2 + 3}) {
    Replace(good.substr(0, kept));
    Write(1);
    EXPECT_EQ(Verify().problem, "") << kept;
    EXPECT_EQ(Verify().last, 3u);
    EXPECT_THAT(Read(), HasSubstr("\"event\":\"recovered\""));
  }
  // A file that was begun and not written to.
  Replace(good);
  Replace("", 2);
  Write(1);
  EXPECT_EQ(Verify().problem, "");
  EXPECT_EQ(Verify().last, 3u);
}

TEST_F(AuditLogTest, ALogThatWasChangedAtItsEndIsNotWrittenOn) {
  Write(2);
  std::string bad = Read();
  bad[bad.size() - 90] ^= 1;
  Replace(bad);
  AuditLogOptions options;
  options.directory = directory_.Child("audit");
  EXPECT_EQ(AuditLog::Open(options, &clock_).status().code(), StatusCode::kDataLoss);
}

TEST_F(AuditLogTest, AFloodOfRefusedCallsIsCountedAndNotWritten) {
  {
    const auto log = Open();
    AuditRecord denied;
    denied.event = "denied";
    for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(log->Append(denied).ok());
    ASSERT_TRUE(log->Append(End(1)).ok());
    clock_.Advance(1'000'000);
    ASSERT_TRUE(log->Append(denied).ok());
  }
  EXPECT_EQ(Verify().last, 102u);
  EXPECT_THAT(Read(), HasSubstr("\"omitted\":900"));
}

TEST_F(AuditLogTest, AnyTextIsKeptAsText) {
  const std::string evil = "a\"}\n{\"n\":9,\xff\x01" + std::string(5'000, 'x');
  {
    const auto log = Open();
    AuditRecord record = End(1);
    record.user = evil;
    ASSERT_TRUE(log->Append(record).ok());
    ASSERT_TRUE(log->Append(End(2)).ok());
  }
  EXPECT_EQ(Verify().problem, "");
  EXPECT_EQ(Verify().last, 2u);
}

TEST_F(AuditLogTest, ManyThreadsMakeOneChain) {
  {
    const auto log = Open(/*file_bytes_max=*/20'000);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&log] {
        for (int i = 1; i <= 250; ++i) EXPECT_TRUE(log->Append(End(i)).ok());
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(Verify().problem, "");
  EXPECT_EQ(Verify().last, 1'000u);
}

TEST_F(AuditLogTest, WhereThereIsNoneItSaysSo) {
  EXPECT_EQ(VerifyAuditLog(directory_.Child("nowhere")).status().code(), StatusCode::kNotFound);
  AuditLogOptions options;
  options.directory = directory_.Child("missing/audit");
  EXPECT_EQ(AuditLog::Open(options, &clock_).status().code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace sightline::server
