#include "server/service/call_origin.h"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace sightline::server {
namespace {

constexpr std::string_view kBearer = "bearer ";

}  // namespace

CallOrigin OriginOf(const grpc::ServerContextBase& call, const ConnectedClient* client) {
  CallOrigin origin;
  const auto [first, last] = call.client_metadata().equal_range("authorization");
  if (first != last) {
    const std::string_view header(first->second.data(), first->second.size());
    const bool is_bearer = header.size() > kBearer.size() && std::next(first) == last &&
                           std::equal(kBearer.begin(), kBearer.end(), header.begin(),
                                      [](char a, char b) { return a == std::tolower(b); });
    // Never empty here, so that it is not taken for a call without a token.
    origin.token = is_bearer ? header.substr(kBearer.size()) : "?";
  }
  if (client != nullptr) origin.certificate_names = client->certificate_names;
  return origin;
}

}  // namespace sightline::server
