#include "server/service/admin_codec.h"

#include <google/protobuf/util/time_util.h>

#include <charconv>
#include <string_view>
#include <variant>

#include "server/service/status_mapping.h"
#include "server/service/value_codec.h"

namespace sightline::server {
namespace {

constexpr std::string_view kOperationPrefix = "operations/";

int64_t Signed(uint64_t count) { return static_cast<int64_t>(count); }

v1::OperationKind ToProto(OperationKind kind) {
  switch (kind) {
    case OperationKind::kBackup:
      return v1::OPERATION_KIND_BACKUP;
    case OperationKind::kVerifyBackup:
      return v1::OPERATION_KIND_VERIFY_BACKUP;
    case OperationKind::kVerify:
      return v1::OPERATION_KIND_VERIFY;
    case OperationKind::kCompaction:
      return v1::OPERATION_KIND_COMPACTION;
  }
  return v1::OPERATION_KIND_UNSPECIFIED;
}

v1::OperationState ToProto(OperationState state) {
  switch (state) {
    case OperationState::kRunning:
      return v1::OPERATION_STATE_RUNNING;
    case OperationState::kSucceeded:
      return v1::OPERATION_STATE_SUCCEEDED;
    case OperationState::kFailed:
      return v1::OPERATION_STATE_FAILED;
    case OperationState::kCancelled:
      return v1::OPERATION_STATE_CANCELLED;
  }
  return v1::OPERATION_STATE_UNSPECIFIED;
}

v1::VerifyResult ToProto(const storage::VerifyResult& result, bool whole) {
  v1::VerifyResult out;
  out.set_sound(result.findings.empty() && result.findings_left_out == 0);
  if (!whole) return out;
  for (const storage::VerifyFinding& finding : result.findings) {
    v1::Finding* to = out.add_findings();
    to->set_part(std::string(storage::VerifyPartName(finding.part)));
    to->set_message(CutText(finding.message, 1'000));
  }
  out.set_findings_left_out(Signed(result.findings_left_out));
  out.set_statements(Signed(result.statements));
  out.set_quads(Signed(result.quads));
  out.set_terms(Signed(result.terms));
  return out;
}

v1::CompactionResult ToProto(const CompactionResult& result, bool whole) {
  v1::CompactionResult out;
  if (!whole) return out;
  out.set_quads(Signed(result.quads));
  out.set_runs(Signed(result.runs));
  out.set_run_bytes(Signed(result.run_bytes));
  return out;
}

}  // namespace

bool SeesWholeStore(const Caller& caller) {
  return caller.clearance().unrestricted || caller.clearance().tlp_max == storage::TlpLabel::kRed;
}

v1::ContentStatistics ToProto(const storage::ContentStatistics& statistics) {
  v1::ContentStatistics out;
  out.set_statements(Signed(statistics.statements));
  out.set_facts(Signed(statistics.facts));
  out.set_entities(Signed(statistics.entities));
  for (const storage::PredicateFacts& one : statistics.predicates) {
    v1::PredicateFacts* to = out.add_predicates();
    to->set_predicate(one.predicate);
    to->set_facts(Signed(one.facts));
  }
  return out;
}

v1::StorageStatistics ToProto(const storage::StoreStatistics& statistics,
                              uint64_t disk_free_bytes) {
  v1::StorageStatistics out;
  out.set_statements(Signed(statistics.statements));
  out.set_quads(Signed(statistics.quads));
  out.set_terms(Signed(statistics.terms));
  out.set_disk_bytes(Signed(statistics.disk_bytes));
  out.set_disk_free_bytes(Signed(disk_free_bytes));
  out.set_delta_quads(Signed(statistics.delta_quads));
  out.set_delta_statements(Signed(statistics.statements - statistics.statements_folded));
  out.set_runs(Signed(statistics.runs));
  out.set_run_bytes(Signed(statistics.run_bytes));
  out.set_run_blocks(Signed(statistics.run_blocks));
  out.set_block_cache_bytes(Signed(statistics.activity.cache_bytes));
  out.set_block_cache_bytes_max(Signed(statistics.activity.cache_bytes_max));
  const storage::CompactionStatistics& done = statistics.compaction;
  v1::CompactionStatistics* compaction = out.mutable_compaction();
  compaction->set_folds(Signed(done.folds));
  compaction->set_merges(Signed(done.merges));
  compaction->set_quads_written(Signed(done.quads_written));
  compaction->set_bytes_written(Signed(done.bytes_written));
  *compaction->mutable_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToDuration(Signed(done.micros));
  compaction->set_running(done.is_running);
  compaction->set_fold_at_quads(Signed(done.fold_at));
  compaction->set_runs_to_merge(Signed(done.runs_to_merge));
  compaction->set_trouble(CutText(MessageOf(statistics.compaction_status), 1'000));
  for (const storage::KvFamilyBytes& family : statistics.families) {
    v1::DataBytes* to = out.add_data();
    to->set_name(std::string(family.name));
    to->set_file_bytes(Signed(family.disk_bytes));
    to->set_log_bytes(Signed(family.memory_bytes));
  }
  return out;
}

v1::ReadOnlyState ToProto(const ReadOnlySwitch::State& state) {
  v1::ReadOnlyState out;
  out.set_read_only(state.is_on);
  out.set_reason(state.reason);
  out.set_user(state.user);
  if (state.changed_micros != 0) SetTimestamp(state.changed_micros, out.mutable_change_time());
  out.set_fixed(state.is_fixed);
  return out;
}

v1::Backup ToProto(const storage::BackupInfo& backup, bool whole) {
  v1::Backup out;
  out.set_number(backup.id);
  out.mutable_create_time()->set_seconds(backup.seconds);
  if (whole) out.set_bytes(Signed(backup.bytes));
  out.set_format_version(static_cast<int32_t>(backup.format_version));
  return out;
}

v1::Operation ToProto(const Operation& operation, bool whole) {
  v1::Operation out;
  out.set_name(OperationName(operation.number));
  out.set_kind(ToProto(operation.kind));
  out.set_state(ToProto(operation.state));
  out.set_user(operation.user);
  SetTimestamp(operation.start_micros, out.mutable_start_time());
  if (operation.end_micros != 0) SetTimestamp(operation.end_micros, out.mutable_end_time());
  out.set_stage(operation.stage);
  if (operation.percent) out.set_percent(*operation.percent);
  if (!operation.error.ok()) {
    out.mutable_error()->set_code(static_cast<int>(operation.error.code()));
    out.mutable_error()->set_message(CutText(MessageOf(operation.error), 1'000));
  }
  if (const auto* backup = std::get_if<storage::BackupInfo>(&operation.result)) {
    *out.mutable_backup() = ToProto(*backup, whole);
  } else if (const auto* verify = std::get_if<storage::VerifyResult>(&operation.result)) {
    *out.mutable_verify() = ToProto(*verify, whole);
  } else if (const auto* compaction = std::get_if<CompactionResult>(&operation.result)) {
    *out.mutable_compaction() = ToProto(*compaction, whole);
  }
  return out;
}

std::string OperationName(uint64_t number) { return fmt::format("{}{}", kOperationPrefix, number); }

StatusOr<uint64_t> OperationNumber(const std::string& name) {
  uint64_t number = 0;
  if (name.starts_with(kOperationPrefix)) {
    const char* end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data() + kOperationPrefix.size(), end, number);
    if (error == std::errc() && rest == end) return number;
  }
  return InvalidArgument("name: an operation's is 'operations/7'");
}

}  // namespace sightline::server
