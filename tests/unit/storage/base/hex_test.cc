#include "storage/base/hex.h"

#include <gtest/gtest.h>

namespace sightline::storage {
namespace {

TEST(Hex, EveryByteComesBack) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  const std::string text = ToHex(bytes);
  EXPECT_EQ(text.substr(0, 6), "000102");
  EXPECT_EQ(text.substr(506), "fdfeff");
  EXPECT_EQ(FromHex(text), bytes);
  EXPECT_EQ(FromHex(""), "");
}

TEST(Hex, RefusesWhatIsNone) {
  for (const char* text : {"0", "abc", "0g", "0A", " 0", "0x"}) {
    EXPECT_FALSE(FromHex(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace sightline::storage
