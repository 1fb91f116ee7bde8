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

}  // namespace sightline::server
