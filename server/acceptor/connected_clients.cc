#include "server/acceptor/connected_clients.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <charconv>
#include <cstdlib>
#include <utility>

namespace sightline::server {
namespace {

constexpr std::string_view kPrefix = "sightline/";
constexpr size_t kDigits = 16;

uint64_t RandomNumber() {
  uint64_t number = 0;
  // Cannot fail for so few bytes once the system has started.
  if (::getrandom(&number, sizeof(number), 0) != sizeof(number)) std::abort();
  return number;
}

}  // namespace

uint64_t ConnectedClients::Add(ConnectedClient client) {
  auto shared = std::make_shared<const ConnectedClient>(std::move(client));
  storage::MutexLock lock(&mutex_);
  uint64_t number = RandomNumber();
  while (!clients_.emplace(number, shared).second) number = RandomNumber();
  return number;
}

void ConnectedClients::Remove(uint64_t connection) {
  storage::MutexLock lock(&mutex_);
  clients_.erase(connection);
}

std::string ConnectedClients::SocketName(uint64_t connection) {
  return fmt::format("{}{:016x}", kPrefix, connection);
}

std::shared_ptr<const ConnectedClient> ConnectedClients::Find(std::string_view peer) const {
  // gRPC writes "unix-abstract:" and the byte 0 before the name, or leaves that out.
  if (peer.size() < kPrefix.size() + kDigits) return nullptr;
  const std::string_view name = peer.substr(peer.size() - kPrefix.size() - kDigits);
  if (!name.starts_with(kPrefix)) return nullptr;
  uint64_t number = 0;
  const char* const end = name.data() + name.size();
  const auto [read, error] = std::from_chars(name.data() + kPrefix.size(), end, number, 16);
  if (error != std::errc() || read != end) return nullptr;
  storage::MutexLock lock(&mutex_);
  const auto found = clients_.find(number);
  return found == clients_.end() ? nullptr : found->second;
}

}  // namespace sightline::server
