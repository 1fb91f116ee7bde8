#include "server/service/file_assembler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temp_directory.h"

namespace sightline::server {
namespace {

using ::testing::HasSubstr;

v1::LoadFileRequest Open(v1::FileFormat format = v1::FILE_FORMAT_SLQL) {
  v1::LoadFileRequest message;
  message.mutable_open()->set_file_name("claims.slql");
  message.mutable_open()->set_format(format);
  return message;
}

v1::LoadFileRequest Chunk(int64_t offset, std::string data) {
  v1::LoadFileRequest message;
  message.mutable_chunk()->set_offset(offset);
  message.mutable_chunk()->set_data(std::move(data));
  return message;
}

v1::LoadFileRequest Finish(int64_t total) {
  v1::LoadFileRequest message;
  message.mutable_finish()->set_total_bytes(total);
  return message;
}

// The first error, or that of the end.
Status Assemble(const std::vector<v1::LoadFileRequest>& messages, const ServerLimits& limits = {},
                std::string* text = nullptr) {
  const test::TempDirectory directory;
  FileAssembler file(limits, directory.path());
  for (const v1::LoadFileRequest& message : messages) {
    if (Status status = file.Add(message); !status.ok()) return status;
  }
  if (text != nullptr) *text = file.text();
  return file.End();
}

TEST(FileAssembler, PutsChunksTogether) {
  std::string text;
  EXPECT_TRUE(
      Assemble({Open(), Chunk(0, "DEFINE "), Chunk(7, "CLASS X"), Finish(14)}, {}, &text).ok());
  EXPECT_EQ(text, "DEFINE CLASS X");
  EXPECT_TRUE(Assemble({Open(), Finish(0)}).ok());
}

TEST(FileAssembler, RefusesWhatIsNotWholeAndInOrder) {
  const std::vector<std::vector<v1::LoadFileRequest>> streams = {
      {},
      {Open()},
      {Open(), Chunk(0, "abc")},                           // No finish.
      {Open(), Chunk(0, "abc"), Finish(4)},                // Cut off.
      {Open(), Chunk(0, "abc"), Finish(2)},                //
      {Open(), Chunk(0, "abc"), Chunk(4, "d")},            // A gap.
      {Open(), Chunk(0, "abc"), Chunk(0, "abc")},          // Twice.
      {Open(), Chunk(-1, "abc")},                          //
      {Chunk(0, "abc"), Open(), Finish(3)},                //
      {Finish(0)},                                         //
      {Open(), Open()},                                    //
      {Open(), Finish(0), Chunk(0, "a")},                  //
      {Open(), Finish(0), Finish(0)},                      //
      {Open(static_cast<v1::FileFormat>(99)), Finish(0)},  //
      {v1::LoadFileRequest()},
  };
  for (size_t i = 0; i < streams.size(); ++i) {
    EXPECT_EQ(Assemble(streams[i]).code(), StatusCode::kInvalidArgument) << i;
  }
}

TEST(FileAssembler, BoundsChunkAndFile) {
  ServerLimits limits;
  limits.load_chunk_bytes_max = 10;
  limits.load_bytes_max = 25;
  const std::string ten(10, 'x');
  EXPECT_EQ(Assemble({Open(), Chunk(0, ten + "x")}, limits).code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(
      Assemble({Open(), Chunk(0, ten), Chunk(10, ten), Chunk(20, "12345"), Finish(25)}, limits)
          .ok());
  EXPECT_EQ(Assemble({Open(), Chunk(0, ten), Chunk(10, ten), Chunk(20, "123456")}, limits).code(),
            StatusCode::kResourceExhausted);
}

TEST(FileAssembler, KeepsAFileToImportOnTheDisk) {
  const test::TempDirectory directory;
  ServerLimits limits;
  limits.load_bytes_max = 3;  // Of scripts.
  limits.load_file_bytes_max = 10;
  FileAssembler file(limits, directory.path());
  ASSERT_TRUE(file.Add(Open(v1::FILE_FORMAT_NTRIPLES)).ok());
  ASSERT_TRUE(file.Add(Chunk(0, "12345")).ok());
  ASSERT_TRUE(file.Add(Chunk(5, "67890")).ok());
  ASSERT_TRUE(file.Add(Finish(10)).ok());
  ASSERT_TRUE(file.End().ok());
  EXPECT_EQ(file.text(), "");
  ASSERT_NE(file.spool(), nullptr);
  EXPECT_EQ(file.spool()->byte_count(), 10);
  // It has no name that could be left behind.
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(FileAssembler, BoundsAFileToImportByALimitOfItsOwn) {
  ServerLimits limits;
  limits.load_bytes_max = 1'000;
  limits.load_file_bytes_max = 10;
  const Status status =
      Assemble({Open(v1::FILE_FORMAT_TURTLE), Chunk(0, "1234567890"), Chunk(10, "1")}, limits);
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(MessageOf(status), HasSubstr("sightline-admin"));
}

}  // namespace
}  // namespace sightline::server
