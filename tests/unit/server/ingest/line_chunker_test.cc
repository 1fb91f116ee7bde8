#include "server/ingest/line_chunker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sightline::server {
namespace {

std::vector<std::string> Chunks(const std::string& text, const LineChunkerOptions& options,
                                size_t seam) {
  const auto source = BytesInMemory(text, seam);
  LineChunker chunker(*source, options);
  std::vector<std::string> chunks;
  LineChunk chunk;
  while (chunker.Next(&chunk).value()) {
    chunks.push_back(std::to_string(chunk.first_line) + (chunk.too_long ? "!" : ":") + chunk.bytes);
  }
  return chunks;
}

TEST(LineChunker, CutsAtLineEndsOnly) {
  std::string text;
  for (int line = 0; line < 1000; ++line) text += std::string(line % 40, 'x') + "\n";
  text += "no line end";
  for (const size_t seam : {1, 100, 0}) {
    const auto source = BytesInMemory(text, seam);
    LineChunker chunker(*source, {.chunk_bytes = 256});
    std::string whole;
    uint64_t next_line = 1;
    LineChunk chunk;
    while (chunker.Next(&chunk).value()) {
      EXPECT_EQ(chunk.first_line, next_line);
      next_line += static_cast<uint64_t>(std::count(chunk.bytes.begin(), chunk.bytes.end(), '\n'));
      whole += chunk.bytes;
      if (whole.size() < text.size()) {
        EXPECT_EQ(chunk.bytes.back(), '\n');
      }
    }
    EXPECT_EQ(whole, text);
    EXPECT_EQ(next_line, 1001u);
  }
}

TEST(LineChunker, PassesOverLinesThatAreTooLong) {
  const std::string text = "a\n" + std::string(1000, 'x') + "\nb\n" + std::string(900, 'y');
  for (const size_t seam : {1, 64, 0}) {
    const LineChunkerOptions options{.chunk_bytes = 100, .line_bytes_max = 50, .kept_bytes_max = 3};
    std::string lines;
    for (const std::string& chunk : Chunks(text, options, seam)) lines += chunk + "|";
    EXPECT_EQ(lines, "1:a\n|2!xxx|3:b\n|4!yyy|");
  }
}

TEST(LineChunker, HasNoChunksOfNothing) { EXPECT_THAT(Chunks("", {}, 0), testing::IsEmpty()); }

}  // namespace
}  // namespace sightline::server
