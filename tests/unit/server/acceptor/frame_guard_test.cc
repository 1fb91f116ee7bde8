#include "server/acceptor/frame_guard.h"

#include <gtest/gtest.h>

#include <string>

namespace sightline::server {
namespace {

const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr uint8_t kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6, kContinuation = 9;
constexpr uint8_t kEndStream = 1, kEndHeaders = 4;

std::string Frame(uint8_t type, uint8_t flags, uint32_t stream, size_t length) {
  std::string frame;
  for (const int shift : {16, 8, 0}) frame += static_cast<char>(length >> shift);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0}) frame += static_cast<char>(stream >> shift);
  return frame + std::string(length, 'x');
}

std::string Call(uint32_t stream) {
  return Frame(kHeaders, kEndHeaders, stream, 100) + Frame(kData, kEndStream, stream, 30);
}

class FrameGuardTest : public ::testing::Test {
 protected:
  // Why it is cut; "" when it is not.
  std::string Send(const std::string& bytes, int64_t now = 0) {
    const char* problem = guard_.ReadFromClient(bytes, now);
    return problem == nullptr ? "" : problem;
  }
  void Greet() { ASSERT_EQ(Send(kPreface + Frame(kSettings, 0, 0, 30)), ""); }

  FrameLimits limits_;
  FrameGuard guard_{limits_};
};

TEST_F(FrameGuardTest, CallsComeAndGo) {
  EXPECT_FALSE(guard_.has_greeted());
  Greet();
  EXPECT_TRUE(guard_.has_greeted());
  EXPECT_EQ(Send(Call(1) + Call(3) + Call(5)), "");
  EXPECT_EQ(guard_.open_streams(), 3u);
  guard_.ReadFromServer(Frame(kSettings, 0, 0, 6) + Frame(kHeaders, kEndHeaders, 1, 40) +
                        Frame(kData, 0, 1, 1'000));
  EXPECT_EQ(guard_.open_streams(), 3u);
  guard_.ReadFromServer(Frame(kHeaders, kEndHeaders | kEndStream, 1, 40) + Frame(kReset, 0, 3, 4));
  EXPECT_EQ(guard_.open_streams(), 1u);
  EXPECT_EQ(Send(Frame(kReset, 0, 5, 4)), "");
  EXPECT_EQ(guard_.open_streams(), 0u);
}

TEST_F(FrameGuardTest, WhoHasNotSentAllDoesNotWait) {
  Greet();
  EXPECT_EQ(Send(Frame(kHeaders, kEndHeaders, 1, 100) + Frame(kData, 0, 1, 30)), "");
  EXPECT_EQ(guard_.open_streams(), 1u);
  EXPECT_EQ(guard_.waiting_streams(), 0u);
  EXPECT_EQ(Send(Frame(kData, kEndStream, 1, 0) + Frame(kData, kEndStream, 1, 0)), "");
  EXPECT_EQ(Send(Frame(kHeaders, kEndHeaders | kEndStream, 3, 100)), "");
  EXPECT_EQ(guard_.waiting_streams(), 2u);
  EXPECT_EQ(Send(Frame(kReset, 0, 1, 4)), "");
  guard_.ReadFromServer(Frame(kHeaders, kEndHeaders | kEndStream, 3, 40) + Frame(kReset, 0, 3, 4));
  EXPECT_EQ(guard_.waiting_streams(), 0u);
  EXPECT_EQ(guard_.open_streams(), 0u);
}

TEST_F(FrameGuardTest, CallsThatAreOpenAtOnceAreBounded) {
  Greet();
  for (uint32_t i = 0; i < limits_.open_streams_max; ++i) {
    ASSERT_EQ(Send(Frame(kHeaders, kEndHeaders, 2 * i + 1, 10)), "");
  }
  guard_.ReadFromServer(Frame(kHeaders, kEndHeaders | kEndStream, 1, 40));
  EXPECT_EQ(Send(Frame(kHeaders, kEndHeaders, 9'001, 10)), "");
  EXPECT_NE(Send(Frame(kHeaders, kEndHeaders, 9'003, 10)), "");
}

// However the bytes are cut, they say the same.
TEST_F(FrameGuardTest, BytesMayComeOneByOne) {
  const std::string session = kPreface + Frame(kSettings, 0, 0, 30) + Call(1) + Call(3);
  for (const char byte : session) ASSERT_EQ(Send(std::string(1, byte)), "");
  EXPECT_EQ(guard_.open_streams(), 2u);
}

TEST_F(FrameGuardTest, OtherProtocolsAreCutAtOnce) {
  EXPECT_NE(Send("GET / HTTP/1.1\r\n"), "");
  FrameGuard tls(limits_);
  EXPECT_NE(tls.ReadFromClient("\x16\x03\x01", 0), nullptr);
  FrameGuard impatient(limits_);
  EXPECT_NE(impatient.ReadFromClient(kPreface + Call(1), 0), nullptr);
}

TEST_F(FrameGuardTest, AHeaderBlockHasAnEnd) {
  Greet();
  EXPECT_EQ(Send(Frame(kHeaders, 0, 1, 8 << 10) + Frame(kContinuation, 0, 1, 4 << 10) +
                 Frame(kContinuation, kEndHeaders, 1, 4 << 10)),
            "");
  EXPECT_NE(Send(Frame(kHeaders, 0, 3, 8 << 10) + Frame(kContinuation, 0, 3, 4 << 10) +
                 Frame(kContinuation, kEndHeaders, 3, (4 << 10) + 1)),
            "");
}

TEST_F(FrameGuardTest, AHeaderBlockIsNotInterrupted) {
  for (const std::string& next :
       {Frame(kData, 0, 1, 1), Frame(kContinuation, kEndHeaders, 3, 1),
        Frame(kContinuation, 0, 1, 0), Frame(kHeaders, kEndHeaders, 3, 1)}) {
    FrameGuard guard(limits_);
    ASSERT_EQ(guard.ReadFromClient(kPreface + Frame(kSettings, 0, 0, 0), 0), nullptr);
    ASSERT_EQ(guard.ReadFromClient(Frame(kHeaders, 0, 1, 10), 0), nullptr);
    EXPECT_NE(guard.ReadFromClient(next, 0), nullptr);
  }
  Greet();
  EXPECT_NE(Send(Frame(kContinuation, kEndHeaders, 1, 5)), "");
}

TEST_F(FrameGuardTest, FloodsAreCutAndSteadyTrafficIsNot) {
  Greet();
  uint32_t stream = 1;
  for (int64_t second = 0; second < 10; ++second) {
    for (int i = 0; i < 200; ++i, stream += 2) {
      ASSERT_EQ(Send(Call(stream) + Frame(kReset, 0, stream, 4), second * 1'000), "");
    }
    for (int i = 0; i < 400; ++i) ASSERT_EQ(Send(Frame(kPing, 0, 0, 8), second * 1'000), "");
  }
  EXPECT_EQ(guard_.open_streams(), 0u);
  for (int i = 0; i < 200; ++i, stream += 2) {
    ASSERT_EQ(Send(Call(stream) + Frame(kReset, 0, stream, 4), 20'000), "");
  }
  EXPECT_NE(Send(Call(stream) + Frame(kReset, 0, stream, 4), 20'999), "");

  FrameGuard pinged(limits_);
  ASSERT_EQ(pinged.ReadFromClient(kPreface + Frame(kSettings, 0, 0, 0), 0), nullptr);
  const char* problem = nullptr;
  for (int i = 0; i < 501 && problem == nullptr; ++i) {
    problem = pinged.ReadFromClient(Frame(i % 2 == 0 ? kPing : kSettings, 0, 0, 0), 0);
  }
  EXPECT_NE(problem, nullptr);
}

TEST_F(FrameGuardTest, OnlyDataIsLong) {
  Greet();
  EXPECT_EQ(Send(Frame(kData, 0, 1, (1 << 24) - 1) + Frame(kSettings, 0, 0, 16 << 10)), "");
  EXPECT_NE(Send(Frame(kSettings, 0, 0, (16 << 10) + 1)), "");
}

}  // namespace
}  // namespace sightline::server
