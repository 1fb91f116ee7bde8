#include "server/acceptor/connected_clients.h"

#include <gtest/gtest.h>

namespace sightline::server {
namespace {

ConnectedClient Someone(const std::string& host) {
  return {.host = host, .address = host + ":1", .is_loopback = false, .certificate_names = {"mia"}};
}

TEST(ConnectedClients, AreFoundByTheirPeerUntilTheyGo) {
  ConnectedClients clients;
  const uint64_t first = clients.Add(Someone("192.0.2.7")), second = clients.Add(Someone("::1"));
  EXPECT_NE(first, second);
  const std::string peer = "unix-abstract:" + ConnectedClients::SocketName(first);
  const auto found = clients.Find(peer);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->address, "192.0.2.7:1");
  EXPECT_EQ(clients.Find("unix-abstract:%00" + ConnectedClients::SocketName(second))->host, "::1");
  clients.Remove(first);
  EXPECT_EQ(clients.Find(peer), nullptr);
  EXPECT_EQ(found->host, "192.0.2.7");
}

TEST(ConnectedClients, OthersAreNobody) {
  ConnectedClients clients;
  const uint64_t number = clients.Add(Someone("192.0.2.7"));
  const std::string name = ConnectedClients::SocketName(number);
  for (const std::string& peer :
       {std::string(), std::string("unix:"), std::string("ipv4:127.0.0.1:7"),
        "unix:/tmp/" + name + "x", name.substr(0, name.size() - 1), name.substr(1),
        std::string("unix-abstract:sightline/zzzzzzzzzzzzzzzz"),
        ConnectedClients::SocketName(number + 1)}) {
    EXPECT_EQ(clients.Find(peer), nullptr) << peer;
  }
}

}  // namespace
}  // namespace sightline::server
