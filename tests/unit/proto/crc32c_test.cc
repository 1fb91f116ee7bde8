#include "proto/crc32c.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace sightline {
namespace {

TEST(Crc32c, IsThatOfTheStandard) {
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c(""), 0u);
  // RFC 3720, appendix B.4.
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(Crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  std::string ascending, descending;
  for (char c = 0; c < 32; ++c) ascending += c;
  for (char c = 31; c >= 0; --c) descending += c;
  EXPECT_EQ(Crc32c(ascending), 0x46DD794Eu);
  EXPECT_EQ(Crc32c(descending), 0x113FDB5Cu);
}

TEST(Crc32c, OfPartsIsThatOfTheWhole) {
  std::string bytes;
  for (int i = 0; i < 1'000; ++i) bytes += static_cast<char>(i * 31);
  const std::string_view all(bytes);
  for (size_t cut = 0; cut <= 40; ++cut) {
    EXPECT_EQ(ExtendCrc32c(Crc32c(all.substr(0, cut)), all.substr(cut)), Crc32c(all)) << cut;
  }
}

}  // namespace
}  // namespace sightline
