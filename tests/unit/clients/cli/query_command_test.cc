#include "clients/cli/query_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sightline::cli {
namespace {

using testing::HasSubstr;

TEST(DescribeWrites, SaysWhatHappened) {
  EXPECT_EQ(DescribeWrites(3, 1, 0, 0), "3 statements added, 1 on record already");
  EXPECT_EQ(DescribeWrites(1, 0, 0, 0), "1 statement added");
  EXPECT_EQ(DescribeWrites(0, 2, 0, 0), "0 statements added, 2 on record already");
  EXPECT_EQ(DescribeWrites(0, 0, 1, 0), "1 retracted");
  EXPECT_EQ(DescribeWrites(0, 0, 0, 4), "4 definitions");
  EXPECT_EQ(DescribeWrites(0, 0, 0, 0), "nothing was changed");
}

TEST(ReadWholeFile, SaysWhyItCannot) {
  const Interrupts interrupts;
  EXPECT_THAT(ReadWholeFile("/nowhere/q.slql", 10, interrupts).error().message,
              HasSubstr("No such file"));
  EXPECT_THAT(ReadWholeFile("/tmp", 10, interrupts).error().message, HasSubstr("directory"));
  EXPECT_THAT(ReadWholeFile("/proc/self/status", 10, interrupts).error().message,
              HasSubstr("longer than 10 bytes"));
  EXPECT_TRUE(ReadWholeFile("/dev/null", 0, interrupts).ok());
}

TEST(NotUtf8, NamesThePlace) {
  const v1::Diagnostic diagnostic = NotUtf8("MATCH\n (\xe9)", 8);
  EXPECT_THAT(diagnostic.message(), HasSubstr("0xe9"));
  EXPECT_EQ(diagnostic.code(), "SL1004");
  EXPECT_EQ(diagnostic.span().line(), 2u);
  EXPECT_EQ(diagnostic.span().column(), 3u);
}

}  // namespace
}  // namespace sightline::cli
