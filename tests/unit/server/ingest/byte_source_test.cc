#include "server/ingest/byte_source.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

#include "tests/unit/server/ingest/compress.h"

namespace sightline::server {
namespace {

std::string SomeText() {
  std::string text;
  for (int line = 0; line < 50'000; ++line) text += "line " + std::to_string(line) + "\n";
  return text;
}

StatusOr<std::string> ReadAll(std::string bytes, size_t read_bytes_max) {
  SL_ASSIGN_OR_RETURN(const auto source,
                      Decompress(BytesInMemory(std::move(bytes), read_bytes_max)));
  std::string all;
  char part[10'000];
  while (true) {
    SL_ASSIGN_OR_RETURN(const size_t count, source->Read(part, sizeof(part)));
    if (count == 0) return all;
    all.append(part, count);
  }
}

TEST(ByteSource, PassesPlainBytesOn) {
  for (const std::string& text : {std::string(), std::string("a"), SomeText()}) {
    for (const size_t seam : {0, 1, 7}) EXPECT_EQ(ReadAll(text, seam).value(), text);
  }
}

TEST(ByteSource, DecompressesByContentWhateverTheSeams) {
  const std::string text = SomeText();
  for (const size_t seam : {0, 1, 3, 4096}) {
    EXPECT_EQ(ReadAll(test::Gzip(text), seam).value(), text);
    EXPECT_EQ(ReadAll(test::Zstd(text), seam).value(), text);
  }
}

TEST(ByteSource, ReadsMembersOneAfterAnother) {
  EXPECT_EQ(ReadAll(test::Gzip("one ") + test::Gzip("two"), 1).value(), "one two");
  EXPECT_EQ(ReadAll(test::Zstd("one ") + test::Zstd("two"), 1).value(), "one two");
  EXPECT_EQ(ReadAll(test::Gzip("padded") + std::string(512, '\0'), 1).value(), "padded");
}

TEST(ByteSource, NoticesTruncationAtEveryByte) {
  const std::string text = "Which suppliers of optics link to armored vehicles?";
  for (const std::string& whole : {test::Gzip(text), test::Zstd(text)}) {
    // The first four bytes say what it is.
    for (size_t size = 4; size < whole.size(); ++size) {
      const StatusOr<std::string> read = ReadAll(whole.substr(0, size), 0);
      EXPECT_EQ(read.status().code(), StatusCode::kDataLoss) << size << " of " << whole.size();
    }
  }
}

TEST(ByteSource, NoticesDamage) {
  std::string gzip = test::Gzip(SomeText());
  gzip[gzip.size() / 2] = static_cast<char>(gzip[gzip.size() / 2] ^ 0x10);
  EXPECT_EQ(ReadAll(gzip, 0).status().code(), StatusCode::kDataLoss);
  std::string zstd = test::Zstd(SomeText());
  zstd[zstd.size() / 2] = static_cast<char>(zstd[zstd.size() / 2] ^ 0x10);
  EXPECT_EQ(ReadAll(zstd, 0).status().code(), StatusCode::kDataLoss);
}

TEST(ByteSource, SaysWhichFileThereIsNot) {
  EXPECT_EQ(OpenFile("/no/such/file").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(OpenFile("/").status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace sightline::server
