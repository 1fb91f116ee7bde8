// The authorisation table: what a caller needs for each RPC. Default deny: a method without an
// entry is refused, and the server does not start while a method of ours has none.
//
// Health checks and server reflection are answered by gRPC itself, to everyone who can connect;
// they show no data.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"

namespace sightline::server {

enum class Permission : uint8_t {
  kConnect,     // Whoever may connect.
  kRead,        // Runs queries; they may write only with kWrite as well.
  kWrite,       // Adds and retracts statements, changes definitions.
  kAdminister,  // Manages users and tokens, looks after the server.
};
std::string_view PermissionName(Permission permission);  // "connect", "read", "write", ...

struct MethodEntry {
  std::string_view method;  // "/sightline.v1.QueryService/ExecuteQuery"
  Permission permission;
};

// Every RPC of sightline.v1.
const std::vector<MethodEntry>& MethodTable();

// None for a method that is not in the table.
std::optional<Permission> PermissionFor(std::string_view method);

// The methods of the services in package sightline.v1, from their descriptors: full names.
std::vector<std::string> DeclaredMethods();

// kInternal, naming them, when declared methods have no entry in `table`, or entries no method.
Status CheckMethodTable(const std::vector<MethodEntry>& table);

}  // namespace sightline::server
