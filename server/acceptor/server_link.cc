#include "server/acceptor/server_link.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include "server/acceptor/http2_frames.h"

namespace sightline::server {
namespace {

constexpr int kPatienceMillis = 30'000;

// RFC 9113, 6.5.2.
constexpr unsigned kHeaderTableSize = 0x1, kMaxFrameSize = 0x5;

bool HoldsWithoutAcknowledgement(std::string_view setting) {
  const unsigned id =
      static_cast<unsigned char>(setting[0]) << 8 | static_cast<unsigned char>(setting[1]);
  return id != kHeaderTableSize && id != kMaxFrameSize;
}

// The payload of the first frame that comes, which is SETTINGS.
std::optional<std::string> ReadSettings(int socket) {
  std::string payload;
  bool is_settings = false, is_read = false;
  FrameReader reader;
  pollfd readable{socket, POLLIN, 0};
  while (!is_read && ::poll(&readable, 1, kPatienceMillis) > 0) {
    char buffer[256];
    const ssize_t count = ::recv(socket, buffer, sizeof(buffer), 0);
    if (count <= 0) break;
    reader.Read(
        {buffer, static_cast<size_t>(count)},
        [&](const FrameHeader& frame) -> const char* {
          if (is_read) return "";
          is_settings = frame.type == kSettings && (frame.flags & kAck) == 0;
          return nullptr;
        },
        [&](std::string_view part, bool is_last) {
          payload.append(part);
          is_read = is_last;
        });
  }
  return is_read && is_settings ? std::optional(payload) : std::nullopt;
}

}  // namespace

std::optional<ServerLink> ServerLink::Make(uint64_t connection) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return std::nullopt;
  }
  ServerLink link{.ours = Descriptor(ends[0]), .servers = Descriptor(ends[1])};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = ConnectedClients::SocketName(connection);
  // The first byte stays 0: an abstract name, which no file has.
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(ends[0], reinterpret_cast<sockaddr*>(&address), bytes) != 0) return std::nullopt;
  return link;
}

StatusOr<std::string> AskServerSettings(ConnectedClients* clients, const HandOver& hand_over) {
  const uint64_t number = clients->Add({});
  std::optional<ServerLink> link = ServerLink::Make(number);
  std::optional<std::string> settings;
  if (link) {
    hand_over(link->servers.Release());
    std::string greeting(kClientPreface);
    AppendFrame(kSettings, 0, "", &greeting);
    if (::send(link->ours.get(), greeting.data(), greeting.size(), MSG_NOSIGNAL) ==
        static_cast<ssize_t>(greeting.size())) {
      settings = ReadSettings(link->ours.get());
    }
  }
  clients->Remove(number);
  if (!settings) return Unavailable("The server does not greet");
  std::string announced;
  for (size_t at = 0; at + kSettingBytes <= settings->size(); at += kSettingBytes) {
    const std::string_view setting = std::string_view(*settings).substr(at, kSettingBytes);
    if (HoldsWithoutAcknowledgement(setting)) announced.append(setting);
  }
  return announced;
}

}  // namespace sightline::server
