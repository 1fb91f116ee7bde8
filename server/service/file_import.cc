#include "server/service/file_import.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/ingest/bulk_sink.h"
#include "server/ingest/byte_source.h"
#include "server/ingest/importer.h"
#include "server/ingest/load_checks.h"
#include "server/ingest/reject_file.h"
#include "server/service/request_error.h"
#include "server/service/revision_token.h"
#include "server/service/value_codec.h"
#include "storage/base/utf8.h"
#include "storage/load/store_load.h"

namespace sightline::server {
namespace {

constexpr int64_t kRejectLimitDefault = 1'000;
constexpr int64_t kRejectLimitMax = 1'000'000'000;
constexpr size_t kRejectMessageBytesMax = 500;
constexpr size_t kRejectTextBytesReported = 1 << 10;
constexpr size_t kRejectsInMessage = 3;

std::string_view WithoutFolder(std::string_view file_name) {
  const size_t slash = file_name.rfind('/');
  return slash == std::string_view::npos ? file_name : file_name.substr(slash + 1);
}

// The importers' format for the wire's. None: a script, or no such format.
std::optional<FileFormat> ImportFormatOf(v1::FileFormat format) {
  switch (format) {
    case v1::FILE_FORMAT_NTRIPLES:
      return FileFormat::kNTriples;
    case v1::FILE_FORMAT_NQUADS:
      return FileFormat::kNQuads;
    case v1::FILE_FORMAT_TURTLE:
      return FileFormat::kTurtle;
    case v1::FILE_FORMAT_TRIG:
      return FileFormat::kTriG;
    case v1::FILE_FORMAT_FTM_ENTITIES:
      return FileFormat::kFtmEntities;
    case v1::FILE_FORMAT_STATEMENT_CSV:
      return FileFormat::kStatementCsv;
    case v1::FILE_FORMAT_STATEMENT_PACK:
      return FileFormat::kStatementPack;
    case v1::FILE_FORMAT_STATEMENT_JSONL:
      return FileFormat::kStatementJsonl;
    default:
      return std::nullopt;
  }
}

StatusOr<ImportOptions> OptionsOf(const v1::BulkLoadOpen& open) {
  ImportOptions options;
  options.file_name = WithoutFolder(open.file_name());
  options.format = ImportFormatOf(open.format()).value_or(FileFormat::kAutomatic);
  options.dataset = open.dataset();
  options.claimant = open.claimant();
  options.document = open.document();
  options.language = open.language();
  std::string field;
  StatusOr<storage::Marking> marking = DecodeMarking(open.marking(), &field);
  if (!marking.ok()) return WithPrefix("marking." + field + ": ", marking.status());
  options.marking = std::move(*marking);
  if (open.has_reject_limit() &&
      (open.reject_limit() < 0 || open.reject_limit() > kRejectLimitMax)) {
    return InvalidArgument("reject_limit: it is 0 to {}, not {}", kRejectLimitMax,
                           open.reject_limit());
  }
  SL_RETURN_IF_ERROR(CompleteOptions(&options));
  return options;
}

uint64_t RejectLimitOf(const v1::BulkLoadOpen& open) {
  return static_cast<uint64_t>(open.has_reject_limit() ? open.reject_limit() : kRejectLimitDefault);
}

// `text` as a protobuf string can hold it: bytes that are not UTF-8 become U+FFFD.
std::string Utf8Of(std::string_view text) {
  std::string valid;
  while (true) {
    const size_t prefix = storage::ValidUtf8Prefix(text);
    valid += text.substr(0, prefix);
    text.remove_prefix(prefix);
    if (text.empty()) return valid;
    valid += "\xEF\xBF\xBD";
    text.remove_prefix(1);
  }
}

v1::RejectedRecord RecordOf(const Reject& reject) {
  v1::RejectedRecord record;
  record.set_line(static_cast<int64_t>(reject.line));
  record.set_column(static_cast<int64_t>(reject.column));
  record.set_reason(std::string(RejectReasonName(reject.reason)));
  record.set_message(CutText(Utf8Of(reject.message), kRejectMessageBytesMax));
  record.set_text(CutText(Utf8Of(reject.text.substr(0, kRejectTextBytesReported + 1)),
                          kRejectTextBytesReported));
  return record;
}

// `rejects`: some of them.
Status TooManyRejects(uint64_t limit, std::vector<v1::RejectedRecord> rejects) {
  // Lanes find them in any order.
  std::sort(rejects.begin(), rejects.end(), [](const auto& a, const auto& b) {
    return std::make_pair(a.line(), a.column()) < std::make_pair(b.line(), b.column());
  });
  std::string message =
      fmt::format("More than {} records cannot be taken; nothing was loaded", limit);
  for (const v1::RejectedRecord& reject : rejects) {
    message += fmt::format("\nline {}, column {}: {} ({})", reject.line(), reject.column(),
                           CutText(reject.message(), 200), reject.reason());
  }
  return WithCode(kTooManyRejects, MakeStatus(StatusCode::kInvalidArgument, message));
}

v1::BulkLoadStage StageOf(storage::LoadStage stage) {
  switch (stage) {
    case storage::LoadStage::kReading:
      return v1::BULK_LOAD_STAGE_READING;
    case storage::LoadStage::kTerms:
      return v1::BULK_LOAD_STAGE_TERMS;
    case storage::LoadStage::kQuads:
      return v1::BULK_LOAD_STAGE_SORTING;
    case storage::LoadStage::kFiles:
      return v1::BULK_LOAD_STAGE_WRITING;
    case storage::LoadStage::kIngest:
      return v1::BULK_LOAD_STAGE_COMMITTING;
  }
  return v1::BULK_LOAD_STAGE_UNSPECIFIED;
}

v1::BulkLoadProgress ProgressOf(v1::BulkLoadStage stage, uint64_t done, uint64_t total) {
  v1::BulkLoadProgress progress;
  progress.set_stage(stage);
  progress.set_done(static_cast<int64_t>(done));
  progress.set_total(static_cast<int64_t>(total));
  return progress;
}

// Decompressed bytes; remembers whether it was they that had a fault.
class WatchedSource final : public ByteSource {
 public:
  WatchedSource(std::unique_ptr<ByteSource> source, bool* has_failed)
      : source_(std::move(source)), has_failed_(has_failed) {}

  StatusOr<size_t> Read(char* to, size_t byte_count_max) override {
    StatusOr<size_t> count = source_->Read(to, byte_count_max);
    if (!count.ok()) *has_failed_ = true;
    return count;
  }
  uint64_t bytes_taken() const override { return source_->bytes_taken(); }

 private:
  const std::unique_ptr<ByteSource> source_;
  bool* const has_failed_;
};

// Everything up to the commit; the rejects are in `*rejects`.
Status ImportInto(storage::StoreLoad* load, const std::shared_ptr<LoadChecks>& checks,
                  const ImportOptions& options, const LoadTransfer& transfer, RejectFile* rejects) {
  SL_ASSIGN_OR_RETURN(const std::unique_ptr<ImportSink> sink,
                      MakeBulkSink(&load->loader(), checks));
  bool source_has_failed = false;
  SL_ASSIGN_OR_RETURN(auto bytes, Decompress(transfer.Read()));
  const Status imported =
      Import(std::make_unique<WatchedSource>(std::move(bytes), &source_has_failed), options, *sink,
             *rejects)
          .status();
  // What is damaged is the client's file, not the store.
  if (imported.code() == StatusCode::kDataLoss && source_has_failed) {
    return MakeStatus(StatusCode::kInvalidArgument, MessageOf(imported));
  }
  return imported;
}

}  // namespace

StatusOr<bool> IsScript(const v1::BulkLoadOpen& open) {
  if (open.format() == v1::FILE_FORMAT_SLQL) return true;
  if (ImportFormatOf(open.format())) return false;
  if (open.format() != v1::FILE_FORMAT_UNSPECIFIED) {
    return WithCode(kBadImport, InvalidArgument("There is no file format of number {}",
                                                static_cast<int>(open.format())));
  }
  const std::string_view name = WithoutFolder(open.file_name());
  if (name.find('.') == std::string_view::npos) return true;
  const StatusOr<FileFormat> format = FormatOfFileName(name);
  if (!format.ok()) return WithCode(kBadImport, format.status());
  return *format == FileFormat::kSlql;
}

Status CheckOpen(const v1::BulkLoadOpen& open, const storage::Clearance& clearance,
                 ErrorContext* error) {
  SL_ASSIGN_OR_RETURN(const bool is_script, IsScript(open));
  if (is_script) {
    const bool is_plain = open.dataset().empty() && open.claimant().empty() &&
                          open.document().empty() && open.language().empty() &&
                          !open.has_marking() && !open.has_reject_limit();
    if (is_plain) return OkStatus();
    return WithCode(kBadImport,
                    InvalidArgument("A script says by itself what its statements are: dataset, "
                                    "claimant, document, language, marking and reject_limit are "
                                    "for files that are imported"));
  }
  const StatusOr<ImportOptions> options = OptionsOf(open);
  if (!options.ok()) return WithCode(kBadImport, options.status());
  if (!clearance.Permits(options->marking)) {
    error->reason = "SL7002";
    return MakeStatus(StatusCode::kPermissionDenied,
                      "The marking is above your clearance; nothing was loaded");
  }
  return OkStatus();
}

Status ImportFile(const ServiceContext& context, const Caller& caller, const LoadTransfer& transfer,
                  const storage::CancellationToken& cancellation, const ImportListeners& listeners,
                  const RememberedImport& remembered, v1::BulkLoadResult* result,
                  ErrorContext* error) {
  const auto report = [&listeners](v1::BulkLoadStage stage, uint64_t done, uint64_t total) {
    if (listeners.on_progress) listeners.on_progress(ProgressOf(stage, done, total));
  };
  SL_ASSIGN_OR_RETURN(ImportOptions options, OptionsOf(transfer.open()));
  options.thread_count = static_cast<int>(ServerLimits::CoreCount());
  const auto byte_count = static_cast<uint64_t>(transfer.byte_count());
  options.on_progress = [&](const ImportProgress& progress) {
    report(v1::BULK_LOAD_STAGE_READING, progress.bytes_taken, byte_count);
    return cancellation.Check();
  };
  const uint64_t limit = RejectLimitOf(transfer.open());
  RejectFile rejects("", limit);
  std::vector<v1::RejectedRecord> rejects_in_message;
  rejects.SetListener([&](const Reject& reject) {
    v1::RejectedRecord record = RecordOf(reject);
    if (rejects_in_message.size() < kRejectsInMessage) rejects_in_message.push_back(record);
    if (listeners.on_reject) listeners.on_reject(std::move(record));
  });
  bool missed_circles = false;
  const auto set_result = [&](const storage::LoadResult& loaded) {
    result->set_missed_circles(missed_circles);
    result->set_statements_added(static_cast<int64_t>(loaded.entry.statements_added));
    result->set_definitions(static_cast<int64_t>(loaded.definitions.size()));
    result->set_facts_added(static_cast<int64_t>(loaded.entry.quads_added));
    result->set_rejects(static_cast<int64_t>(rejects.count()));
  };
  storage::LoadOptions load_options;
  load_options.memory_bytes_max = static_cast<uint64_t>(context.limits.load_memory_bytes_max);
  load_options.thread_count = options.thread_count;
  load_options.token = &cancellation;
  load_options.observer = [&](const storage::LoadProgress& progress) {
    // Of the reading the import itself tells, which knows how long the file is.
    if (progress.stage == storage::LoadStage::kReading) return;
    report(StageOf(progress.stage), progress.done, progress.total);
  };
  load_options.request_id = remembered.request_id;
  load_options.reply = [&](const storage::LoadResult& loaded) {
    set_result(loaded);
    return remembered.reply(*result);
  };

  const Status status = [&]() -> Status {
    report(v1::BULK_LOAD_STAGE_WAITING, 0, 0);
    SL_ASSIGN_OR_RETURN(const auto load,
                        context.store->BeginBulkLoad(caller.clearance(), load_options));
    // Nobody writes meanwhile: this is what the load is added to, as far as the caller may see it.
    SL_ASSIGN_OR_RETURN(const auto on_record,
                        context.store->OpenReadView(std::nullopt, caller.clearance()));
    const auto checks = std::make_shared<LoadChecks>(on_record);
    SL_RETURN_IF_ERROR(ImportInto(load.get(), checks, options, transfer, &rejects));
    missed_circles = checks->missed_circles();
    SL_ASSIGN_OR_RETURN(const storage::LoadResult loaded, load->Commit());
    set_result(loaded);
    *result->mutable_revision() = ToProto(loaded.revision, context.store->ids());
    return OkStatus();
  }();
  if (rejects.count() > limit) return TooManyRejects(limit, std::move(rejects_in_message));
  switch (status.code()) {
    case StatusCode::kOk:
      return OkStatus();
    case StatusCode::kCancelled:
      return MakeStatus(status.code(), "The load was cancelled; nothing was loaded");
    case StatusCode::kDeadlineExceeded:
      return MakeStatus(status.code(),
                        "The time limit of loading a file passed; nothing was loaded");
    case StatusCode::kPermissionDenied:
      error->reason = "SL7002";
      return status;
    default:
      return WithCode(kBadImport, status);
  }
}

}  // namespace sightline::server
