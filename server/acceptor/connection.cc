#include "server/acceptor/connection.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <cerrno>

namespace sightline::server {
namespace {

// How many; 0 when the receiver has no room, -1 when it is gone.
ssize_t Send(int to, std::string_view bytes) {
  const ssize_t count = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : count;
}

}  // namespace

Peer Peer::Of(const sockaddr_storage& address) {
  Peer peer;
  char text[INET6_ADDRSTRLEN] = "";
  int port = 0;
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
    port = ntohs(v6.sin6_port);
    peer.is_loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
    peer.text = fmt::format("[{}]:{}", text, port);
  } else {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    port = ntohs(v4.sin_port);
    peer.is_loopback = (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
    peer.text = fmt::format("{}:{}", text, port);
  }
  peer.host = text;
  return peer;
}

bool Pipe::Flush(int to) {
  if (is_empty()) return true;
  const ssize_t count = Send(to, std::string_view(waiting_).substr(sent_));
  if (count < 0) return false;
  sent_ += static_cast<size_t>(count);
  if (sent_ == waiting_.size()) {
    waiting_ = std::string();
    sent_ = 0;
  }
  return true;
}

bool Pipe::Put(int to, std::string_view bytes) {
  if (is_empty() && !bytes.empty()) {
    const ssize_t count = Send(to, bytes);
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  waiting_.append(bytes);
  return true;
}

}  // namespace sightline::server
