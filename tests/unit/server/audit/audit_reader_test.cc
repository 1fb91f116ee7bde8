#include "server/audit/audit_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/audit/audit_log.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace sightline::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AuditReaderTest : public ::testing::Test {
 protected:
  // Small files, so that there are several.
  AuditReaderTest()
      : log_(std::move(*AuditLog::Open({.directory = path_, .file_bytes_max = 600}, &clock_))) {}

  void Write(std::string_view user) {
    AuditRecord record;
    record.event = "end";
    record.user = user;
    record.outcome = "OK";
    clock_.Advance(1'000'000);
    ASSERT_TRUE(log_->Append(record).ok());
  }
  std::vector<uint64_t> Numbers(AuditReader* reader) {
    std::vector<uint64_t> numbers;
    while (true) {
      const StatusOr<AuditReader::Part> part = reader->Read();
      EXPECT_TRUE(part.ok()) << part.status().ToString();
      if (!part.ok()) return numbers;
      for (const AuditLine& line : part->lines) numbers.push_back(line.number);
      if (part->is_at_end) return numbers;
    }
  }
  std::vector<uint64_t> Numbers(const AuditFilter& filter) {
    AuditReader reader(path_, filter);
    return Numbers(&reader);
  }

  test::TempDirectory directory_;
  const std::string path_ = directory_.Child("audit");
  test::FakeClock clock_;
  std::unique_ptr<AuditLog> log_;
};

TEST_F(AuditReaderTest, ReadsAllFilesAndGoesOnWhereItWas) {
  for (int i = 0; i < 9; ++i) Write("mia");
  AuditReader reader(path_, {});
  EXPECT_THAT(Numbers(&reader), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_THAT(Numbers(&reader), IsEmpty());
  for (int i = 0; i < 4; ++i) Write("bob");
  EXPECT_THAT(Numbers(&reader), ElementsAre(10, 11, 12, 13));
  EXPECT_TRUE(std::ifstream(path_ + "/audit-000003.jsonl").good());
}

TEST_F(AuditReaderTest, GivesRecordsAsTheyAreKept) {
  Write("mia");
  AuditReader reader(path_, {});
  std::string kept;
  std::getline(std::ifstream(path_ + "/audit-000001.jsonl"), kept);
  EXPECT_EQ(reader.Read()->lines.at(0).json, kept);
}

TEST_F(AuditReaderTest, Filters) {
  for (int i = 0; i < 8; ++i) Write(i % 2 == 0 ? "mia" : "bob");
  EXPECT_THAT(Numbers({.user = "bob"}), ElementsAre(2, 4, 6, 8));
  EXPECT_THAT(Numbers({.user = "", .since_micros = 0, .after = 6}), ElementsAre(7, 8));
  // The fifth was written five seconds after the start.
  EXPECT_THAT(Numbers({.user = "", .since_micros = test::FakeClock::kStartMicros + 5'000'000}),
              ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(Numbers({.user = "mia", .since_micros = test::FakeClock::kStartMicros + 5'000'000}),
              ElementsAre(5, 7));
  EXPECT_THAT(Numbers({.user = "eve"}), IsEmpty());
}

TEST_F(AuditReaderTest, WaitsForTheEndOfALine) {
  Write("mia");
  AuditReader reader(path_, {});
  EXPECT_THAT(Numbers(&reader), ElementsAre(1));
  std::ofstream file(path_ + "/audit-000001.jsonl", std::ios::app | std::ios::binary);
  file << "{\"n\":2," << std::flush;
  EXPECT_THAT(Numbers(&reader), IsEmpty());
  file << "\"event\":\"end\"}\n" << std::flush;
  EXPECT_THAT(Numbers(&reader), ElementsAre(2));
  // What is no record is seen all the same.
  file << "somebody was here\n" << std::flush;
  EXPECT_THAT(Numbers(&reader), ElementsAre(0));
}

TEST_F(AuditReaderTest, SaysWhereThereIsNone) {
  AuditReader reader(directory_.Child("none"), {});
  EXPECT_EQ(reader.Read().status().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace sightline::server
