#include "clients/cli/admin_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "clients/cli/csv_writer.h"
#include "clients/cli/display_text.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/query_command.h"
#include "clients/cli/records.h"
#include "clients/cli/value_text.h"
#include "clients/cpp/cancel_source.h"

namespace sightline::cli {
namespace {

using Action = AdminWords::Action;
using nlohmann::ordered_json;

// How often a running operation is looked at: soon at first, for those that end at once.
constexpr std::chrono::milliseconds kFirstLook{20};
constexpr std::chrono::milliseconds kLooksAtMost{500};

// What a command has come to: an error, or an exit code.
struct Outcome {
  client::MaybeError error;
  int exit_code = kExitOk;
};
Outcome Failed(client::Error error) { return {std::move(error), kExitOk}; }

bool IsJson(Session* session) {
  const Format format = session->options().output.format;
  return format == Format::kJson || format == Format::kJsonLines;
}

void PrintJson(const ordered_json& json, Session* session) {
  const bool is_wide = session->options().output.format == Format::kJson;
  session->out().Write(
      json.dump(is_wide ? 2 : -1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

std::string_view KindName(v1::OperationKind kind) {
  switch (kind) {
    case v1::OPERATION_KIND_BACKUP:
      return "backup";
    case v1::OPERATION_KIND_VERIFY_BACKUP:
      return "verify backup";
    case v1::OPERATION_KIND_VERIFY:
      return "verify";
    case v1::OPERATION_KIND_COMPACTION:
      return "compact";
    default:
      return "unknown";
  }
}

std::string_view StateName(v1::OperationState state) {
  switch (state) {
    case v1::OPERATION_STATE_RUNNING:
      return "running";
    case v1::OPERATION_STATE_SUCCEEDED:
      return "succeeded";
    case v1::OPERATION_STATE_FAILED:
      return "failed";
    case v1::OPERATION_STATE_CANCELLED:
      return "cancelled";
    default:
      return "unknown";
  }
}

// --- Statistics

// Names as the messages have them, in sections.
ordered_json JsonOf(const v1::GetStatisticsResponse& statistics) {
  ordered_json json;
  if (statistics.has_content()) {
    const v1::ContentStatistics& content = statistics.content();
    ordered_json predicates = ordered_json::object();
    for (const v1::PredicateFacts& one : content.predicates()) {
      predicates[one.predicate()] = one.facts();
    }
    json["content"] = {{"statements", content.statements()},
                       {"facts", content.facts()},
                       {"entities", content.entities()},
                       {"predicates", predicates}};
  }
  if (statistics.has_storage()) {
    const v1::StorageStatistics& storage = statistics.storage();
    const v1::CompactionStatistics& compaction = storage.compaction();
    ordered_json data = ordered_json::object();
    for (const v1::DataBytes& one : storage.data()) {
      data[one.name()] = {{"file_bytes", one.file_bytes()}, {"log_bytes", one.log_bytes()}};
    }
    json["storage"] = {{"statements", storage.statements()},
                       {"quads", storage.quads()},
                       {"terms", storage.terms()},
                       {"disk_bytes", storage.disk_bytes()},
                       {"disk_free_bytes", storage.disk_free_bytes()},
                       {"delta_quads", storage.delta_quads()},
                       {"delta_statements", storage.delta_statements()},
                       {"runs", storage.runs()},
                       {"run_bytes", storage.run_bytes()},
                       {"run_blocks", storage.run_blocks()},
                       {"block_cache_bytes", storage.block_cache_bytes()},
                       {"block_cache_bytes_max", storage.block_cache_bytes_max()},
                       {"compaction",
                        {{"folds", compaction.folds()},
                         {"merges", compaction.merges()},
                         {"quads_written", compaction.quads_written()},
                         {"bytes_written", compaction.bytes_written()},
                         {"milliseconds", compaction.time().seconds() * 1'000 +
                                              compaction.time().nanos() / 1'000'000},
                         {"running", compaction.running()},
                         {"fold_at_quads", compaction.fold_at_quads()},
                         {"runs_to_merge", compaction.runs_to_merge()},
                         {"trouble", compaction.trouble()}}},
                       {"data", data}};
  }
  json["read_only"] = statistics.read_only().read_only();
  json["read_only_reason"] = statistics.read_only().reason();
  json["store_trouble"] = statistics.store_trouble();
  return json;
}

// "storage.compaction.folds" -> 3, one line each.
void Flatten(const std::string& prefix, const ordered_json& json, Records* records) {
  for (const auto& [name, value] : json.items()) {
    const std::string path = prefix.empty() ? name : prefix + "." + name;
    if (value.is_object()) {
      Flatten(path, value, records);
    } else {
      records->rows.push_back({path, value.is_string() ? value.get<std::string>() : value.dump()});
    }
  }
}

Outcome ShowStatistics(Session* session, const client::CallOptions& call) {
  v1::GetStatisticsRequest request;
  request.set_skip_content(session->options().admin.storage_only);
  const auto statistics = session->connection().GetStatistics(request, call);
  if (!statistics.ok()) return Failed(statistics.error());
  const ordered_json json = JsonOf(*statistics);
  if (IsJson(session)) {
    PrintJson(json, session);
  } else {
    Records records{{"name", "value"}, {}};
    Flatten("", json, &records);
    PrintRecords(records, session);
  }
  if (!statistics->has_storage() && !session->options().is_quiet) {
    session->Say("storage: only for administrators cleared for TLP:RED");
  }
  return {};
}

// --- The read-only switch

Outcome SetReadOnly(Session* session, const client::CallOptions& call) {
  const AdminWords& words = session->options().admin;
  v1::ReadOnlyState state;
  bool is_quiet = true;
  if (words.read_only) {
    v1::SetReadOnlyRequest request;
    request.set_read_only(*words.read_only);
    request.set_reason(words.reason);
    const auto response = session->connection().SetReadOnly(request, call);
    if (!response.ok()) return Failed(response.error());
    state = response->state();
    is_quiet = !*words.read_only || response->quiet();
  } else {
    v1::GetStatisticsRequest request;
    request.set_skip_content(true);
    const auto response = session->connection().GetStatistics(request, call);
    if (!response.ok()) return Failed(response.error());
    state = response->read_only();
  }
  PrintRecords({{"read_only", "reason", "user", "since"},
                {{state.read_only() ? "on" : "off", state.reason(), state.user(),
                  state.has_change_time() ? InstantText(state.change_time()) : ""}}},
               session);
  if (!is_quiet) session->Say("writes that were let in before are still under way");
  return {};
}

// --- Operations

std::string SizeText(int64_t bytes) { return bytes == 0 ? "" : std::to_string(bytes); }

// What came of it, in a few words.
std::string ResultText(const v1::Operation& operation) {
  if (operation.has_error()) return operation.error().message();
  if (operation.has_backup()) {
    const v1::Backup& backup = operation.backup();
    return fmt::format("backup {} of {}", backup.number(), InstantText(backup.create_time()));
  }
  if (operation.has_verify()) {
    const v1::VerifyResult& verify = operation.verify();
    if (verify.sound()) return "sound";
    const int64_t findings = verify.findings_size() + verify.findings_left_out();
    return findings == 0 ? "not sound" : fmt::format("{} findings", findings);
  }
  if (operation.has_compaction() && operation.compaction().runs() > 0) {
    return fmt::format("{} quads in {} runs", operation.compaction().quads(),
                       operation.compaction().runs());
  }
  return "";
}

void PrintOperations(const std::vector<v1::Operation>& operations, Session* session) {
  Records records{
      {"name", "kind", "state", "user", "started", "ended", "stage", "percent", "result"}, {}};
  for (const v1::Operation& one : operations) {
    records.rows.push_back(
        {one.name(), std::string(KindName(one.kind())), std::string(StateName(one.state())),
         one.user(), InstantText(one.start_time()),
         one.has_end_time() ? InstantText(one.end_time()) : "", one.stage(),
         one.has_percent() ? std::to_string(one.percent()) : "", ResultText(one)});
  }
  PrintRecords(records, session);
}

// The line on a terminal that says how far it is.
void DrawProgress(const v1::Operation& operation, Session* session) {
  std::string text = std::string(KindName(operation.kind()));
  if (!operation.stage().empty()) text += ": " + OneLine(operation.stage());
  if (operation.has_percent()) text += fmt::format(" {} %", operation.percent());
  session->err().Write("\r\x1b[K" + text);
  session->err().Flush();
}

// Waits for the end of an operation and prints what came of it.
Outcome AwaitOperation(v1::Operation operation, Session* session, const client::CallOptions& call) {
  const AdminWords& words = session->options().admin;
  const bool is_drawn = !session->options().is_quiet && isatty(STDERR_FILENO) == 1;
  auto pause = kFirstLook;
  while (words.is_awaited && operation.state() == v1::OPERATION_STATE_RUNNING) {
    if (is_drawn) DrawProgress(operation, session);
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLooksAtMost);
    if (const int signal = session->interrupts().signal(); signal != 0) {
      session->Say(fmt::format("{}{} goes on; 'sightline admin cancel {}' stops it",
                               is_drawn ? "\r\x1b[K" : "", operation.name(), operation.name()));
      return {std::nullopt, kExitSignalBase + signal};
    }
    v1::GetOperationRequest request;
    request.set_name(operation.name());
    const auto now = session->connection().GetOperation(request, call);
    if (!now.ok()) return Failed(now.error());
    operation = now->operation();
  }
  if (is_drawn) session->err().Write("\r\x1b[K");
  PrintOperations({operation}, session);
  for (const v1::Finding& finding : operation.verify().findings()) {
    session->Say(OneLine(finding.part()) + ": " + OneLine(finding.message()));
  }
  if (operation.verify().findings_left_out() > 0) {
    session->Say(fmt::format("... and {} more", operation.verify().findings_left_out()));
  }
  const bool is_bad = operation.state() == v1::OPERATION_STATE_FAILED ||
                      operation.state() == v1::OPERATION_STATE_CANCELLED ||
                      (operation.has_verify() && !operation.verify().sound());
  return {std::nullopt, is_bad ? kExitRefused : kExitOk};
}

template <typename Response>
Outcome AwaitStarted(const client::Result<Response>& started, Session* session,
                     const client::CallOptions& call) {
  if (!started.ok()) return Failed(started.error());
  return AwaitOperation(started->operation(), session, call);
}

Outcome Verify(Session* session, const client::CallOptions& call) {
  const AdminWords& words = session->options().admin;
  if (!words.backup) {
    return AwaitStarted(session->connection().StartVerify(v1::StartVerifyRequest(), call), session,
                        call);
  }
  v1::StartVerifyBackupRequest request;
  request.set_number(*words.backup);
  return AwaitStarted(session->connection().StartVerifyBackup(request, call), session, call);
}

Outcome ListBackups(Session* session, const client::CallOptions& call) {
  Records records{{"number", "made", "bytes", "format"}, {}};
  v1::ListBackupsRequest request;
  do {
    const auto page = session->connection().ListBackups(request, call);
    if (!page.ok()) return Failed(page.error());
    for (const v1::Backup& backup : page->backups()) {
      records.rows.push_back({std::to_string(backup.number()), InstantText(backup.create_time()),
                              SizeText(backup.bytes()), std::to_string(backup.format_version())});
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  PrintRecords(records, session);
  return {};
}

Outcome ShowOperations(Session* session, const client::CallOptions& call) {
  const AdminWords& words = session->options().admin;
  if (words.operation) {
    v1::GetOperationRequest request;
    request.set_name(fmt::format("operations/{}", *words.operation));
    const auto operation = session->connection().GetOperation(request, call);
    if (!operation.ok()) return Failed(operation.error());
    PrintOperations({operation->operation()}, session);
    return {};
  }
  std::vector<v1::Operation> operations;
  v1::ListOperationsRequest request;
  do {
    const auto page = session->connection().ListOperations(request, call);
    if (!page.ok()) return Failed(page.error());
    operations.insert(operations.end(), page->operations().begin(), page->operations().end());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  PrintOperations(operations, session);
  return {};
}

Outcome Cancel(Session* session, const client::CallOptions& call) {
  v1::CancelOperationRequest request;
  request.set_name(fmt::format("operations/{}", *session->options().admin.operation));
  const auto cancelled = session->connection().CancelOperation(request, call);
  if (!cancelled.ok()) return Failed(cancelled.error());
  PrintOperations({cancelled->operation()}, session);
  return {};
}

// --- The audit log

std::string TextOf(const ordered_json& record, const char* name) {
  const auto found = record.is_object() ? record.find(name) : record.end();
  if (found == record.end()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

// "ExecuteQuery" of "/sightline.v1.QueryService/ExecuteQuery".
std::string MethodOf(const ordered_json& record) {
  const std::string method = TextOf(record, "method");
  return method.substr(method.rfind('/') + 1);
}

void PrintAuditRecord(const v1::AuditLogRecord& record, Session* session) {
  if (IsJson(session)) {
    session->out().Write(record.json() + "\n");  // As it is kept.
    return;
  }
  const bool is_csv = session->options().output.format == Format::kCsv;
  const auto json = ordered_json::parse(record.json(), nullptr, /*allow_exceptions=*/false);
  const std::vector<std::string> cells = {
      std::to_string(record.number()),
      TextOf(json, "time"),
      TextOf(json, "event"),
      TextOf(json, "user"),
      MethodOf(json),
      TextOf(json, "outcome"),
      TextOf(json, "rows"),
      TextOf(json, "detail"),
  };
  std::string line;
  for (const std::string& cell : cells) {
    if (is_csv) {
      if (&cell != &cells.front()) line += ',';
      line += CsvField(cell, session->options().output.guard_formulas);
    } else if (!cell.empty()) {
      line += (line.empty() ? "" : "  ") + OneLine(cell);
    }
  }
  session->out().Write(line + (is_csv ? "\r\n" : "\n"));
}

Outcome TailAudit(Session* session, client::CallOptions call) {
  const AdminWords& words = session->options().admin;
  v1::TailAuditLogRequest request;
  request.set_user(words.user);
  request.set_after(words.after);
  request.set_follow(words.is_followed);
  if (words.since_seconds) request.mutable_since()->set_seconds(*words.since_seconds);
  client::CancelSource cancel;
  call.cancel = &cancel;
  const Interrupts::Scope scope(&session->interrupts(), [&cancel] { cancel.Cancel(); });
  if (session->options().output.format == Format::kCsv) {
    session->out().Write("number,time,event,user,method,outcome,rows,detail\r\n");
  }
  const client::MaybeError error = session->connection().TailAuditLog(
      request,
      [&](const v1::TailAuditLogResponse& part) {
        for (const v1::AuditLogRecord& record : part.records()) PrintAuditRecord(record, session);
        session->out().Flush();
        return !session->out().is_broken();
      },
      call);
  if (error && error->code == grpc::StatusCode::CANCELLED && words.is_followed &&
      session->interrupts().signal() != 0) {
    return {std::nullopt, kExitSignalBase + session->interrupts().signal()};
  }
  return {error, kExitOk};
}

Outcome Do(Session* session, const client::CallOptions& call) {
  client::Connection& connection = session->connection();
  switch (session->options().admin.action) {
    case Action::kStatistics:
      return ShowStatistics(session, call);
    case Action::kReadOnly:
      return SetReadOnly(session, call);
    case Action::kBackup:
      return AwaitStarted(connection.StartBackup(v1::StartBackupRequest(), call), session, call);
    case Action::kBackups:
      return ListBackups(session, call);
    case Action::kVerify:
      return Verify(session, call);
    case Action::kCompact:
      return AwaitStarted(connection.StartCompaction(v1::StartCompactionRequest(), call), session,
                          call);
    case Action::kOperations:
      return ShowOperations(session, call);
    case Action::kCancel:
      return Cancel(session, call);
    case Action::kAudit:
      return TailAudit(session, call);
  }
  return {};
}

}  // namespace

int RunAdminCommand(Session* session) {
  if (const int exit_code = session->Open(); exit_code != kExitOk) return exit_code;
  const client::CallOptions call{.timeout = session->options().timeout, .cancel = nullptr};
  const Outcome outcome = Do(session, call);
  if (outcome.error) {
    session->Report(*outcome.error);
    return session->ExitCodeOf(*outcome.error, false);
  }
  return FinishOutput(session, outcome.exit_code);
}

}  // namespace sightline::cli
