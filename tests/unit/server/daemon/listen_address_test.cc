#include "server/daemon/listen_address.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

namespace sightline::server {
namespace {

TEST(ListenAddress, TakesLoopbackAddressesAndUnixSockets) {
  for (const char* text : {"127.0.0.1:7432", "127.1.2.3:0", "localhost:65535", "[::1]:7432",
                           "unix:/run/sightline.sock", "unix:relative.sock"}) {
    const StatusOr<ListenAddress> address = ListenAddress::Parse(text);
    ASSERT_TRUE(address.ok()) << text << ": " << address.status().ToString();
    EXPECT_EQ(address->ToString(), text);
  }
  EXPECT_EQ(ListenAddress::Parse("unix:///run/x.sock")->path, "/run/x.sock");
}

TEST(ListenAddress, KnowsWhatOthersCouldReach) {
  for (const char* text : {"127.0.0.1:1", "127.1.2.3:1", "[::1]:1", "localhost:1", "unix:x"}) {
    EXPECT_TRUE(ListenAddress::Parse(text)->is_loopback()) << text;
  }
  for (const char* text :
       {"0.0.0.0:7432", "192.168.0.7:7432", "[::]:7432", "example.org:7432", "128.0.0.1:1",
        "127.0.0.1.example.org:7432", "localhost.evil:1", "127.example:1"}) {
    const StatusOr<ListenAddress> address = ListenAddress::Parse(text);
    ASSERT_TRUE(address.ok()) << text;
    EXPECT_FALSE(address->is_loopback()) << text;
  }
}

TEST(ListenAddress, RefusesHostsThatAreNone) {
  for (const char* text : {"*:1", ":7432", "127.0.0:1", "127.0.0.1.:1", "1270.0.0.1:1", "a..b:1",
                           "-a:1", "a_b:1", "unix-abstract:name", "127.1:1", "0x7f000001.1:1"}) {
    EXPECT_EQ(ListenAddress::Parse(text).status().code(), StatusCode::kInvalidArgument) << text;
  }
}

TEST(ListenAddress, RefusesMalformedAddresses) {
  for (const char* text : {"", "7432", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                           "127.0.0.1:http", "::1:7432", "unix:"}) {
    EXPECT_FALSE(ListenAddress::Parse(text).ok()) << text;
  }
  EXPECT_FALSE(ListenAddress::Parse("unix:/" + std::string(107, 'x')).ok());
  EXPECT_TRUE(ListenAddress::Parse("unix:/" + std::string(106, 'x')).ok());
}

class ClearStaleSocketTest : public ::testing::Test {
 protected:
  ClearStaleSocketTest() {
    char pattern[] = "/tmp/sightline-socket-XXXXXX";
    directory_ = ::mkdtemp(pattern);
    path_ = directory_ + "/s";
  }
  ~ClearStaleSocketTest() override { std::filesystem::remove_all(directory_); }

  int Bind() const {
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.c_str(), path_.size());
    EXPECT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return descriptor;
  }

  std::string directory_;
  std::string path_;
};

TEST_F(ClearStaleSocketTest, NothingThereIsFine) { EXPECT_TRUE(ClearStaleSocket(path_).ok()); }

TEST_F(ClearStaleSocketTest, RemovesWhatADeadServerLeft) {
  ::close(Bind());
  ASSERT_TRUE(std::filesystem::exists(path_));
  EXPECT_TRUE(ClearStaleSocket(path_).ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ClearStaleSocketTest, LeavesALivingServersSocket) {
  const int descriptor = Bind();
  ASSERT_EQ(::listen(descriptor, 1), 0);
  EXPECT_EQ(ClearStaleSocket(path_).code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(std::filesystem::exists(path_));
  ::close(descriptor);
}

TEST_F(ClearStaleSocketTest, TheFolderOfASocketMustBeThere) {
  ListenAddress address;
  address.kind = ListenAddress::Kind::kUnix;
  address.path = path_;
  EXPECT_TRUE(CheckCanListen(address).ok());
  address.path = directory_ + "/missing/s";
  EXPECT_EQ(CheckCanListen(address).code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(MessageOf(CheckCanListen(address)).find("No such file"), std::string::npos);
}

TEST(CheckCanListen, TellsOfAPortThatIsTaken) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in bound{};
  bound.sin_family = AF_INET;
  bound.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(bound);
  ASSERT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&bound), size), 0);
  ASSERT_EQ(::listen(descriptor, 1), 0);
  ASSERT_EQ(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size), 0);
  ListenAddress address;
  address.host = "127.0.0.1";
  EXPECT_TRUE(CheckCanListen(address).ok()) << "any free port";
  address.port = ntohs(bound.sin_port);
  EXPECT_EQ(CheckCanListen(address).code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(MessageOf(CheckCanListen(address)).find("in use"), std::string::npos);
  ::close(descriptor);
}

TEST_F(ClearStaleSocketTest, LeavesOtherFiles) {
  std::ofstream(path_) << "notes";
  EXPECT_EQ(ClearStaleSocket(path_).code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace sightline::server
