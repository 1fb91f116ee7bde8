#include "server/service/call_origin.h"

#include <grpc/grpc_security_constants.h>

#include <algorithm>
#include <cctype>

namespace sightline::server {
namespace {

constexpr std::string_view kBearer = "bearer ";

}  // namespace

CallOrigin OriginOf(const grpc::ServerContextBase& call) {
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
  const auto context = call.auth_context();
  if (context == nullptr || !context->IsPeerAuthenticated()) return origin;
  for (const char* property : {GRPC_X509_SAN_PROPERTY_NAME, GRPC_X509_CN_PROPERTY_NAME}) {
    for (const grpc::string_ref& name : context->FindPropertyValues(property)) {
      origin.certificate_names.emplace_back(name.data(), name.size());
    }
  }
  return origin;
}

std::string PeerHost(std::string_view peer) {
  // "unix-abstract:%00sightline/127.0.0.1:41234", of which gRPC may write bytes as %xx.
  constexpr std::string_view kName = "sightline";
  std::string text;
  for (size_t i = 0; i < peer.size(); ++i) {
    const auto digit = [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; };
    if (peer[i] == '%' && i + 2 < peer.size() && digit(peer[i + 1]) && digit(peer[i + 2])) {
      text += static_cast<char>(std::stoi(std::string(peer.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      text += peer[i];
    }
  }
  const size_t begin = text.find(std::string(kName) + "/");
  const size_t colon = text.rfind(':');
  if (begin == std::string::npos || colon == std::string::npos) return "";
  const size_t host_begin = begin + kName.size() + 1;
  if (colon <= host_begin) return "";
  std::string host = text.substr(host_begin, colon - host_begin);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return host;
}

bool IsLoopbackHost(std::string_view host) {
  return host == "::1" || host.starts_with("127.") || host.starts_with("::ffff:127.");
}

}  // namespace sightline::server
