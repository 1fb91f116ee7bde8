// Admin codec: statistics, operations and backups as messages of AdminService.
//
// Thread-safe: pure functions.

#pragma once

#include <cstdint>
#include <string>

#include "server/auth/authenticator.h"
#include "server/auth/read_only_switch.h"
#include "server/operations/operation.h"
#include "sightline/v1/admin_service.pb.h"
#include "storage/base/status.h"
#include "storage/maintenance/backup.h"
#include "storage/maintenance/content_statistics.h"
#include "storage/store.h"

namespace sightline::server {

// Whether he is told counts of the whole store, which tell of what somebody may not see: when his
// clearance has the highest label. Access expressions do not count: which there are is known to
// nobody, and an administrator can give them to himself. It depends on him alone, never on what is
// stored.
bool SeesWholeStore(const Caller& caller);

v1::ContentStatistics ToProto(const storage::ContentStatistics& statistics);
// `disk_free_bytes` of the store's file system.
v1::StorageStatistics ToProto(const storage::StoreStatistics& statistics, uint64_t disk_free_bytes);
v1::ReadOnlyState ToProto(const ReadOnlySwitch::State& state);

// `whole`: with the figures that only those are told who see the whole store.
v1::Backup ToProto(const storage::BackupInfo& backup, bool whole);
v1::Operation ToProto(const Operation& operation, bool whole);

std::string OperationName(uint64_t number);  // "operations/7"
// Errors: kInvalidArgument for what is no such name.
StatusOr<uint64_t> OperationNumber(const std::string& name);

}  // namespace sightline::server
