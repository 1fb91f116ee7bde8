#include "server/auth/method_table.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <unordered_map>

#include "sightline/v1/access_service.pb.h"
#include "sightline/v1/admin_service.pb.h"
#include "sightline/v1/explore_service.pb.h"
#include "sightline/v1/query_service.pb.h"
#include "sightline/v1/statement_service.pb.h"

namespace sightline::server {

std::string_view PermissionName(Permission permission) {
  switch (permission) {
    case Permission::kConnect:
      return "connect";
    case Permission::kRead:
      return "read";
    case Permission::kWrite:
      return "write";
    case Permission::kAdminister:
      return "administer";
  }
  return "";
}

const std::vector<MethodEntry>& MethodTable() {
  static const std::vector<MethodEntry> table = {
      {"/sightline.v1.AccessService/CreateUser", Permission::kAdminister},
      {"/sightline.v1.AccessService/DeleteUser", Permission::kAdminister},
      {"/sightline.v1.AccessService/GetIdentity", Permission::kRead},
      // For oneself; for others the service asks for more.
      {"/sightline.v1.AccessService/IssueToken", Permission::kRead},
      {"/sightline.v1.AccessService/ListRoles", Permission::kAdminister},
      {"/sightline.v1.AccessService/ListTokens", Permission::kRead},
      {"/sightline.v1.AccessService/ListUsers", Permission::kAdminister},
      {"/sightline.v1.AccessService/RevokeToken", Permission::kRead},
      {"/sightline.v1.AccessService/UpdateRole", Permission::kAdminister},
      {"/sightline.v1.AccessService/UpdateUser", Permission::kAdminister},
      {"/sightline.v1.AdminService/CancelOperation", Permission::kAdminister},
      {"/sightline.v1.AdminService/GetOperation", Permission::kAdminister},
      {"/sightline.v1.AdminService/GetServerInfo", Permission::kConnect},
      {"/sightline.v1.AdminService/GetStatistics", Permission::kAdminister},
      {"/sightline.v1.AdminService/ListBackups", Permission::kAdminister},
      {"/sightline.v1.AdminService/ListOperations", Permission::kAdminister},
      {"/sightline.v1.AdminService/SetReadOnly", Permission::kAdminister},
      {"/sightline.v1.AdminService/StartBackup", Permission::kAdminister},
      {"/sightline.v1.AdminService/StartCompaction", Permission::kAdminister},
      {"/sightline.v1.AdminService/StartVerify", Permission::kAdminister},
      {"/sightline.v1.AdminService/StartVerifyBackup", Permission::kAdminister},
      {"/sightline.v1.AdminService/TailAuditLog", Permission::kAdminister},
      {"/sightline.v1.ExploreService/ExpandEntity", Permission::kRead},
      {"/sightline.v1.ExploreService/FindPaths", Permission::kRead},
      {"/sightline.v1.ExploreService/GetEntity", Permission::kRead},
      {"/sightline.v1.ExploreService/ListStatements", Permission::kRead},
      {"/sightline.v1.ExploreService/ListTimeline", Permission::kRead},
      {"/sightline.v1.ExploreService/SearchEntities", Permission::kRead},
      {"/sightline.v1.ExploreService/SummarizeNeighbors", Permission::kRead},
      {"/sightline.v1.QueryService/AnalyzeQuery", Permission::kRead},
      // One's own; the service asks for more for those of others.
      {"/sightline.v1.QueryService/CancelQuery", Permission::kRead},
      {"/sightline.v1.QueryService/CompleteQuery", Permission::kRead},
      {"/sightline.v1.QueryService/ExecuteQuery", Permission::kRead},
      {"/sightline.v1.QueryService/FetchRows", Permission::kRead},
      {"/sightline.v1.QueryService/ListRunningQueries", Permission::kRead},
      {"/sightline.v1.StatementService/BatchGetStatements", Permission::kRead},
      {"/sightline.v1.StatementService/BulkLoad", Permission::kWrite},
      {"/sightline.v1.StatementService/WriteStatements", Permission::kWrite},
  };
  return table;
}

std::optional<Permission> PermissionFor(std::string_view method) {
  // Asked several times in every call.
  static const std::unordered_map<std::string_view, Permission> by_method = [] {
    std::unordered_map<std::string_view, Permission> permissions;
    for (const MethodEntry& entry : MethodTable()) {
      permissions.emplace(entry.method, entry.permission);
    }
    return permissions;
  }();
  const auto found = by_method.find(method);
  if (found == by_method.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> DeclaredMethods() {
  // The files are named here; that each .proto with a service is among them is for the test, which
  // lists proto/.
  const google::protobuf::FileDescriptor* const files[] = {
      v1::GetIdentityRequest::descriptor()->file(),
      v1::GetServerInfoRequest::descriptor()->file(),
      v1::SearchEntitiesRequest::descriptor()->file(),
      v1::ExecuteQueryRequest::descriptor()->file(),
      v1::WriteStatementsRequest::descriptor()->file(),
  };
  std::vector<std::string> methods;
  for (const google::protobuf::FileDescriptor* file : files) {
    for (int i = 0; i < file->service_count(); ++i) {
      const google::protobuf::ServiceDescriptor* service = file->service(i);
      for (int j = 0; j < service->method_count(); ++j) {
        methods.push_back("/" + service->full_name() + "/" + service->method(j)->name());
      }
    }
  }
  std::sort(methods.begin(), methods.end());
  return methods;
}

Status CheckMethodTable(const std::vector<MethodEntry>& table) {
  const std::vector<std::string> methods = DeclaredMethods();
  for (const std::string& method : methods) {
    const bool listed = std::any_of(table.begin(), table.end(), [&](const MethodEntry& entry) {
      return entry.method == method;
    });
    if (!listed) return Internal("No entry in the authorisation table for {}", method);
  }
  for (const MethodEntry& entry : table) {
    if (!std::binary_search(methods.begin(), methods.end(), entry.method)) {
      return Internal("The authorisation table names no method of ours: {}", entry.method);
    }
  }
  return OkStatus();
}

}  // namespace sightline::server
