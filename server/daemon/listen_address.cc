#include "server/daemon/listen_address.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sightline::server {
namespace {

constexpr std::string_view kUnixScheme = "unix:";

// Four decimal numbers of up to 255 with dots between. inet_aton's other forms are a trap: to it,
// 127.0.0 is 127.0.0.0.
bool IsV4(std::string_view host) {
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1;
}

bool IsV6(std::string_view host) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, std::string(host).c_str(), &address) == 1;
}

// Labels of letters, digits and inner hyphens (RFC 1123), not all of the last one digits.
bool IsHostName(std::string_view host) {
  bool is_number = true;
  size_t label_begin = 0;
  for (size_t i = 0; i <= host.size(); ++i) {
    if (i == host.size() || host[i] == '.') {
      if (i == label_begin || host[label_begin] == '-' || host[i - 1] == '-') return false;
      if (i < host.size()) is_number = true;
      label_begin = i + 1;
      continue;
    }
    const bool is_digit = host[i] >= '0' && host[i] <= '9';
    const bool is_letter = (host[i] >= 'a' && host[i] <= 'z') || (host[i] >= 'A' && host[i] <= 'Z');
    if (!is_digit && !is_letter && host[i] != '-') return false;
    is_number = is_number && is_digit;
  }
  return !is_number && host.size() <= 253;
}

StatusOr<int> ParsePort(std::string_view text) {
  int port = 0;
  if (text.empty() || text.size() > 5) return InvalidArgument("'{}' is no port", text);
  for (const char c : text) {
    if (c < '0' || c > '9') return InvalidArgument("'{}' is no port", text);
    port = port * 10 + (c - '0');
  }
  if (port > 65'535) return InvalidArgument("'{}' is no port", text);
  return port;
}

}  // namespace

std::string ListenAddress::ToString() const {
  if (kind == Kind::kUnix) return "unix:" + path;
  const bool v6 = host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

StatusOr<ListenAddress> ListenAddress::Parse(std::string_view text) {
  ListenAddress address;
  if (text.substr(0, kUnixScheme.size()) == kUnixScheme) {
    address.kind = Kind::kUnix;
    address.path = std::string(text.substr(kUnixScheme.size()));
    // unix:///run/x is the same as unix:/run/x.
    if (address.path.substr(0, 3) == "///") address.path.erase(0, 2);
    if (address.path.empty()) return InvalidArgument("unix: needs a path, as in unix:/run/x.sock");
    if (address.path.find('\0') != std::string::npos) {
      return InvalidArgument("A socket's path has no NUL byte");
    }
    if (address.path.size() >= sizeof(sockaddr_un::sun_path)) {
      return InvalidArgument("The socket's path is too long for the system: {} bytes, at most {}",
                             address.path.size(), sizeof(sockaddr_un::sun_path) - 1);
    }
    return address;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return InvalidArgument("'{}' is no address: HOST:PORT or unix:PATH", text);
  }
  std::string_view host = text.substr(0, colon);
  SL_ASSIGN_OR_RETURN(address.port, ParsePort(text.substr(colon + 1)));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return InvalidArgument("'{}' is no address: an IPv6 host stands in brackets, as in [::1]:7432",
                           text);
  }
  if (!IsV4(host) && !IsV6(host) && !IsHostName(host)) {
    return InvalidArgument("'{}' is no address: '{}' is no host", text, host);
  }
  address.host = std::string(host);
  return address;
}

bool ListenAddress::is_loopback() const {
  return kind == Kind::kUnix || host == "::1" || host == "localhost" ||
         (host.starts_with("127.") && IsV4(host));
}

Status CheckCanListen(const ListenAddress& address) {
  if (address.kind == ListenAddress::Kind::kUnix) {
    const size_t slash = address.path.rfind('/');
    const std::string folder = slash == std::string::npos ? "."
                               : slash == 0               ? "/"
                                                          : address.path.substr(0, slash);
    struct stat info {};
    int error = ::stat(folder.c_str(), &info) == 0 ? 0 : errno;
    if (error == 0 && !S_ISDIR(info.st_mode)) error = ENOTDIR;
    if (error == 0 && ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
      error = errno;
    }
    if (error == 0) return OkStatus();
    return FailedPrecondition("Cannot listen on {}: the folder {}: {}", address.ToString(), folder,
                              std::strerror(error));
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failure =
          ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
      failure != 0) {
    return FailedPrecondition("Cannot listen on {}: {}", address.ToString(),
                              ::gai_strerror(failure));
  }
  // As gRPC does: of the addresses that a name has, one is enough.
  int error = EADDRNOTAVAIL;
  for (const addrinfo* each = found; each != nullptr && error != 0; each = each->ai_next) {
    const int descriptor = ::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    const bool is_free = descriptor >= 0 &&
                         ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                         ::bind(descriptor, each->ai_addr, each->ai_addrlen) == 0;
    error = is_free ? 0 : errno;
    if (descriptor >= 0) ::close(descriptor);
  }
  ::freeaddrinfo(found);
  if (error == 0) return OkStatus();
  return FailedPrecondition("Cannot listen on {}: {}", address.ToString(), std::strerror(error));
}

Status ClearStaleSocket(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return OkStatus();
    return FailedPrecondition("The socket's path cannot be used ({}): {}", std::strerror(errno),
                              path);
  }
  if (!S_ISSOCK(info.st_mode)) {
    return FailedPrecondition("There is something at the socket's path that is not a socket: {}",
                              path);
  }
  // gRPC would take the path over even from a server that lives: ask first.
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return Unavailable("No socket could be made: {}", std::strerror(errno));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const int connected =
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const int error = errno;
  ::close(descriptor);
  if (connected == 0) {
    return FailedPrecondition("Another server listens on this socket: {}", path);
  }
  if (error != ECONNREFUSED) {
    return FailedPrecondition("The socket's path cannot be used ({}): {}", std::strerror(error),
                              path);
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return FailedPrecondition("A stale socket could not be removed ({}): {}", std::strerror(errno),
                              path);
  }
  return OkStatus();
}

}  // namespace sightline::server
