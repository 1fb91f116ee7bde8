#include "server/observability/trace_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sightline::server {
namespace {

using ::testing::MatchesRegex;

constexpr const char* kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr const char* kSpan = "00f067aa0ba902b7";

std::string Header(const std::string& version = "00", const std::string& trace = kTrace,
                   const std::string& span = kSpan, const std::string& flags = "01") {
  return version + "-" + trace + "-" + span + "-" + flags;
}

TEST(ParseTraceparent, ReadsWhatTheRecommendationShows) {
  const auto context = ParseTraceparent(Header());
  ASSERT_TRUE(context.has_value());
  EXPECT_EQ(context->trace_id, kTrace);
  EXPECT_EQ(context->parent_id, kSpan);
  EXPECT_EQ(context->flags, 1);
}

TEST(ParseTraceparent, FlagsThatAreNotKnownAreNotPassedOn) {
  EXPECT_EQ(ParseTraceparent(Header("00", kTrace, kSpan, "fe"))->flags, 0);
  EXPECT_EQ(ParseTraceparent(Header("00", kTrace, kSpan, "ff"))->flags, 1);
}

TEST(ParseTraceparent, ALaterVersionIsReadAsFarAsThisOneGoes) {
  EXPECT_TRUE(ParseTraceparent(Header("cc") + "-what-comes-later").has_value());
  EXPECT_TRUE(ParseTraceparent(Header("01")).has_value());
  EXPECT_FALSE(ParseTraceparent(Header("cc") + ".what-comes-later").has_value());
}

TEST(ParseTraceparent, WhatIsNotValidIsNone) {
  const std::string zeros16(16, '0'), zeros32(32, '0');
  std::string upper = Header();
  upper[4] = 'B';
  for (const std::string& header :
       {std::string(), std::string("00"), Header() + "-", Header() + "-00", Header("ff"),
        Header("0g"), Header("00", zeros32), Header("00", kTrace, zeros16),
        Header("00", kTrace, kSpan, "0x"), upper, Header("00", std::string(kTrace).substr(1) + "-"),
        Header().substr(1), " " + Header(), Header() + " ", std::string(55, '-'),
        Header().substr(0, 54) + "\n"}) {
    EXPECT_FALSE(ParseTraceparent(header).has_value()) << header;
  }
}

TEST(IsTracestate, TakesWhatTheRecommendationShows) {
  for (const char* state : {"rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "a=b", "a=b, c=d",
                            "fw529a3039@dt=FfAb/+", "a=b,,c=d", "1tenant@system=x y", "a_-*/9=!"}) {
    EXPECT_TRUE(IsTracestate(state)) << state;
  }
}

TEST(IsTracestate, RefusesOthers) {
  std::string many = "a0=1";
  for (int i = 1; i < 33; ++i) many += ",a" + std::to_string(i) + "=1";
  for (const std::string& state :
       {std::string(), std::string(","), std::string("a"), std::string("=b"), std::string("a="),
        std::string("A=b"), std::string("1a=b"), std::string("a=b=c"), std::string("a=b,a=c"),
        std::string("a@b@c=d"), std::string("a@="), std::string("a=\x01"),
        std::string("a=\xc3\xa4"), many, "a=" + std::string(257, 'x'),
        "a=" + std::string(255, 'x') + ",b=" + std::string(255, 'x'), std::string(257, 'a') + "=1",
        "a@" + std::string(15, 'b') + "=1"}) {
    EXPECT_FALSE(IsTracestate(state)) << state;
  }
}

TEST(StartSpan, GoesOnWithTheCallersTrace) {
  const std::string header = Header();
  const TraceContext context = StartSpan({header}, {"a=b", "c=d"});
  EXPECT_EQ(context.trace_id, kTrace);
  EXPECT_EQ(context.parent_id, kSpan);
  EXPECT_NE(context.span_id, kSpan);
  EXPECT_EQ(context.state, "a=b,c=d");
  EXPECT_EQ(context.ToHeader(), Header("00", kTrace, context.span_id));
}

TEST(StartSpan, BeginsATraceWhereThereIsNoneThatIsValid) {
  const std::string header = Header();
  for (const std::vector<std::string_view>& headers :
       {std::vector<std::string_view>{}, {"nonsense"}, {header, header}}) {
    const TraceContext context = StartSpan(headers, {"a=b"});
    EXPECT_THAT(context.ToHeader(), MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-00"));
    EXPECT_TRUE(ParseTraceparent(context.ToHeader()).has_value());
    EXPECT_NE(context.trace_id, kTrace);
    EXPECT_EQ(context.parent_id, "");
    EXPECT_EQ(context.state, "");
    EXPECT_NE(StartSpan(headers, {}).trace_id, context.trace_id);
  }
}

TEST(StartSpan, ATracestateThatIsNotValidIsDropped) {
  const std::string header = Header();
  EXPECT_EQ(StartSpan({header}, {"a=b", "nonsense"}).state, "");
}

}  // namespace
}  // namespace sightline::server
