// The files of an audit log: their names, and the form of times in records.
//
// Thread-safe: pure functions.

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "storage/base/status.h"

namespace sightline::server {

std::string AuditFileName(uint64_t number);  // "audit-000001.jsonl"
// By number. Errors: kNotFound when there is no such directory; kUnavailable.
StatusOr<std::map<uint64_t, std::filesystem::path>> AuditFilesIn(const std::string& directory);

}  // namespace sightline::server
