#include "server/service/spool_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "tests/support/temp_directory.h"

namespace sightline::server {
namespace {

std::string ReadAll(ByteSource* source, size_t step) {
  std::string all, part(step, '\0');
  while (true) {
    const StatusOr<size_t> count = source->Read(part.data(), part.size());
    if (!count.ok() || *count == 0) return all;
    all += part.substr(0, *count);
  }
}

TEST(SpoolFile, GivesBackWhatCame) {
  const test::TempDirectory directory;
  auto spool = *SpoolFile::Create(directory.path());
  EXPECT_EQ(spool->byte_count(), 0);
  EXPECT_EQ(ReadAll(spool->Read().get(), 7), "");
  const std::string first("\0\xFF 1", 4), second(100'000, 'x');
  ASSERT_TRUE(spool->Append(first).ok());
  ASSERT_TRUE(spool->Append("").ok());
  ASSERT_TRUE(spool->Append(second).ok());
  EXPECT_EQ(spool->byte_count(), 100'004);
  const auto source = spool->Read();
  EXPECT_EQ(ReadAll(source.get(), 4096), first + second);
  EXPECT_EQ(source->bytes_taken(), 100'004);
  // Each reader begins at the beginning.
  EXPECT_EQ(ReadAll(spool->Read().get(), 60'000), first + second);
}

TEST(SpoolFile, HasNoName) {
  const test::TempDirectory directory;
  auto spool = *SpoolFile::Create(directory.path());
  ASSERT_TRUE(spool->Append("secret").ok());
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(SpoolFile, SaysThatItCannotBeMade) {
  const test::TempDirectory directory;
  const Status status = SpoolFile::Create(directory.Child("none")).status();
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
}

TEST(SpoolFile, SaysThatItCannotBeWritten) {
  const test::TempDirectory directory;
  auto spool = *SpoolFile::Create(directory.path());
  // A file must not grow beyond this: a disk that takes no more.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{10, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status status = spool->Append(std::string(100, 'x'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(status.code(), StatusCode::kUnavailable) << MessageOf(status);
}

}  // namespace
}  // namespace sightline::server
