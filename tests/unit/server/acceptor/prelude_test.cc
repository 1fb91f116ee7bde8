#include "server/acceptor/prelude.h"

#include <gtest/gtest.h>

#include <string>

namespace sightline::server {
namespace {

const std::string kSetting("\0\3\0\0\0\x64", 6);  // MAX_CONCURRENT_STREAMS 100
const std::string kPreface(kClientPreface);

std::string Frame(uint8_t type, uint8_t flags, const std::string& payload, uint32_t stream = 0) {
  std::string frame;
  FrameHeader{.length = static_cast<uint32_t>(payload.size()),
              .type = type,
              .flags = flags,
              .stream = stream}
      .AppendTo(&frame);
  return frame + payload;
}

const std::string kAckOfSettings = Frame(kSettings, kAck, "");
const std::string kWindow = Frame(kWindowUpdate, 0, std::string("\0\1\0\0", 4));
const std::string kCall =
    Frame(kHeaders, kEndHeaders, "path", 1) + Frame(kData, kEndStream, "body", 1);

class PreludeTest : public ::testing::Test {
 protected:
  // Why it is cut; "" when it is not.
  std::string Send(const std::string& bytes) {
    const char* const problem = prelude_.ReadFromClient(bytes, &to_server_, &to_client_);
    return problem == nullptr ? "" : problem;
  }
  std::string SendFromServer(const std::string& bytes) {
    std::string passed;
    prelude_.ReadFromServer(bytes, &passed);
    return passed;
  }

  Prelude prelude_{kSetting};
  std::string to_server_, to_client_;
};

TEST_F(PreludeTest, GreetsAndWaits) {
  EXPECT_EQ(Send(kPreface + Frame(kSettings, 0, kSetting) + kWindow), "");
  EXPECT_EQ(to_client_, Frame(kSettings, 0, kSetting) + kAckOfSettings);
  EXPECT_EQ(Send(kAckOfSettings), "");
  EXPECT_FALSE(prelude_.needs_server());
  EXPECT_EQ(to_server_, "");
}

TEST_F(PreludeTest, SaysNothingBeforeTheClientHasSaidAll) {
  const std::string greeting = kPreface + Frame(kSettings, 0, kSetting);
  for (const char byte : greeting.substr(0, greeting.size() - 1)) {
    EXPECT_EQ(Send(std::string(1, byte)), "");
    ASSERT_EQ(to_client_, "");
  }
}

TEST_F(PreludeTest, TheFirstCallBringsWhatWasSaidBefore) {
  const std::string settings = Frame(kSettings, 0, kSetting);
  EXPECT_EQ(Send(kPreface + settings + kWindow + kAckOfSettings), "");
  EXPECT_EQ(Send(Frame(kPriority, 0, "12345", 3) + kCall), "");
  EXPECT_TRUE(prelude_.needs_server());
  EXPECT_EQ(to_server_, kPreface + settings + kWindow + kCall);
}

// At whatever byte what is sent is cut in two, the same comes of it.
TEST_F(PreludeTest, BothGreetingsAreAcknowledgedOnce) {
  const std::string settings = Frame(kSettings, 0, kSetting);
  const std::string from_client =
      kPreface + settings + kCall + kAckOfSettings + kAckOfSettings + kCall;
  const std::string from_server = settings + kWindow + kAckOfSettings + kAckOfSettings + kCall;
  for (size_t at = 1; at < from_client.size(); ++at) {
    Prelude prelude(kSetting);
    std::string to_server, to_client;
    prelude.ReadFromClient(from_client.substr(0, at), &to_server, &to_client);
    prelude.ReadFromClient(from_client.substr(at), &to_server, &to_client);
    // One acknowledgement is of ours, the other of gRPC's.
    EXPECT_EQ(to_server, kPreface + settings + kCall + kAckOfSettings + kCall);
    EXPECT_EQ(to_client, Frame(kSettings, 0, kSetting) + kAckOfSettings);
    EXPECT_FALSE(prelude.is_over());
    std::string passed;
    const size_t of_server = at % from_server.size();
    prelude.ReadFromServer(from_server.substr(0, of_server), &passed);
    prelude.ReadFromServer(from_server.substr(of_server), &passed);
    EXPECT_EQ(passed, settings + kWindow + kAckOfSettings + kCall);
    EXPECT_TRUE(prelude.is_over());
  }
}

// Ended there, the rest of a header would go another way than its beginning.
TEST_F(PreludeTest, IsNotOverWithinAHeader) {
  EXPECT_EQ(Send(kPreface + Frame(kSettings, 0, "") + kAckOfSettings + kCall), "");
  SendFromServer(kAckOfSettings + kWindow.substr(0, 4));
  EXPECT_FALSE(prelude_.is_over());
  EXPECT_EQ(SendFromServer(kWindow.substr(4)), kWindow);
  EXPECT_TRUE(prelude_.is_over());
  EXPECT_EQ(Send(kCall.substr(0, 3)), "");
  EXPECT_FALSE(prelude_.is_over());
  EXPECT_EQ(Send(kCall.substr(3, 8)), "");
  EXPECT_TRUE(prelude_.is_over());
}

TEST_F(PreludeTest, AnswersAFewPingsAndLeavesManyToTheServer) {
  EXPECT_EQ(Send(kPreface + Frame(kSettings, 0, "")), "");
  to_client_.clear();
  const std::string ping = Frame(kPing, 0, "12345678");
  for (int i = 0; i < Prelude::kPingsMax; ++i) EXPECT_EQ(Send(ping), "");
  std::string answers;
  for (int i = 0; i < Prelude::kPingsMax; ++i) answers += Frame(kPing, kAck, "12345678");
  EXPECT_EQ(to_client_, answers);
  EXPECT_FALSE(prelude_.needs_server());
  EXPECT_EQ(Send(ping), "");
  EXPECT_EQ(to_client_, answers);
  EXPECT_EQ(to_server_, kPreface + Frame(kSettings, 0, "") + ping);
}

TEST_F(PreludeTest, KeepsOnlySoMuch) {
  EXPECT_EQ(Send(kPreface + Frame(kSettings, 0, "")), "");
  std::string problem;
  size_t sent = 0;
  for (; problem.empty() && sent < 2 * Prelude::kKeptBytesMax; sent += kWindow.size()) {
    problem = Send(kWindow);
  }
  EXPECT_EQ(problem, "it says too much before its first call");
  EXPECT_LE(sent, Prelude::kKeptBytesMax + kWindow.size());
  // Also in one frame, of which nothing has come yet but the header.
  Prelude other(kSetting);
  EXPECT_NE(
      other.ReadFromClient(kPreface + Frame(kSettings, 0, std::string(6 * 1'000, 's')).substr(0, 9),
                           &to_server_, &to_client_),
      nullptr);
}

TEST_F(PreludeTest, WhatIsNotAsItShouldBeIsForTheServer) {
  const std::string greeting = kPreface + Frame(kSettings, 0, "");
  for (const std::string& frame :
       {Frame(kSettings, 0, "1234567"), Frame(kSettings, 0, "", 1),
        Frame(kSettings, kAck, "123456"), Frame(kPing, 0, "1234567"),
        Frame(kPing, kAck, "12345678"), Frame(kPing, 0, "12345678", 1),
        Frame(kWindowUpdate, 0, "123"), Frame(kWindowUpdate, 0, "1234", 1),
        Frame(kPriority, 0, "12345", 0), Frame(kGoAway, 0, "12345678", 1), Frame(kData, 0, "d", 1),
        Frame(kResetStream, 0, "1234", 1), Frame(0xFF, 0, "unknown")}) {
    Prelude prelude(kSetting);
    std::string to_server, to_client;
    EXPECT_EQ(prelude.ReadFromClient(greeting + frame, &to_server, &to_client), nullptr);
    EXPECT_TRUE(prelude.needs_server());
    EXPECT_EQ(to_server, greeting + frame);
  }
  // The first frame too, which is then not answered here.
  EXPECT_EQ(Send(kPreface + Frame(kSettings, 0, "12345")), "");
  EXPECT_TRUE(prelude_.needs_server());
  EXPECT_EQ(to_client_, "");
}

}  // namespace
}  // namespace sightline::server
