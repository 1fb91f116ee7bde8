#include "query/exec/spilled_rows.h"

#include <fmt/format.h>

#include <utility>

#include "query/diagnostics/diagnostic.h"
#include "query/exec/row_encoding.h"
#include "storage/base/encoding.h"

namespace sightline::query {
namespace {

// As many rows as make a read worth its call; the widest merge has 32 such buffers, a MiB.
constexpr size_t kReadBufferBytes = 32 << 10;

// What the file system says is a line of its own in the query's error.
Status Spilled(const Status& status) {
  if (status.ok() || status.code() == StatusCode::kInternal) return status;
  Diagnostic failed;
  failed.code = "SL5005";
  failed.message = fmt::format(
      "the query's rows do not fit into its memory, and they could not be put into a temporary "
      "file: {}",
      MessageOf(status));
  failed.help = {"ask for fewer rows (a narrower pattern, a LIMIT before sorting or collecting)"};
  return ToStatus(std::move(failed));
}

}  // namespace

SpilledRows::~SpilledRows() { context_->ReturnSpillSpace(space_); }

Status SpilledRows::Append(const Batch& batch, size_t row) {
  if (file_ == nullptr) {
    auto file = storage::SpillFile::Create(context_->spill_directory);
    if (!file.ok()) return Spilled(file.status());
    file_ = *std::move(file);
  }
  std::string& bytes = bytes_;
  bytes.clear();
  AppendRowBytes(batch, row, &bytes);
  std::string length;
  storage::AppendVarint(bytes.size(), &length);
  const uint64_t added = length.size() + bytes.size();
  if (!context_->TakeSpillSpace(added)) {
    Diagnostic full;
    full.code = "SL5005";
    full.message = fmt::format(
        "the query's rows do not fit into its memory, and would take more than {} bytes of "
        "temporary files",
        context_->spill_bytes_max);
    full.help = {"ask for fewer rows (a narrower pattern, a LIMIT before sorting or collecting)"};
    return ToStatus(std::move(full));
  }
  space_ += added;
  SL_RETURN_IF_ERROR(Spilled(file_->Append(length)));
  SL_RETURN_IF_ERROR(Spilled(file_->Append(bytes)));
  ++open_.row_count;
  return OkStatus();
}

StatusOr<SpilledRows::Run> SpilledRows::EndRun() {
  if (file_ != nullptr) {
    SL_RETURN_IF_ERROR(Spilled(file_->Flush()));
    open_.end = file_->size();
  }
  return std::exchange(open_, Run{.begin = open_.end, .end = open_.end});
}

SpilledRowReader::SpilledRowReader(const SpilledRows& rows, const SpilledRows::Run& run)
    : reader_(rows.file_.get(), run.begin, run.end, kReadBufferBytes), rows_left_(run.row_count) {}

StatusOr<bool> SpilledRowReader::Next(Batch* batch) {
  if (rows_left_ == 0) return false;
  --rows_left_;
  const StatusOr<uint64_t> length = reader_.ReadVarint();
  if (!length.ok()) return Spilled(length.status());
  const StatusOr<std::string_view> bytes = reader_.Read(*length);
  if (!bytes.ok()) return Spilled(bytes.status());
  SL_RETURN_IF_ERROR(ReadRowBytes(*bytes, batch));
  return true;
}

Status DeferredRows::Append(const Batch& batch, size_t row) {
  if (written_ == nullptr) written_ = std::make_unique<SpilledRows>(context_);
  return written_->Append(batch, row);
}

StatusOr<bool> DeferredRows::StartPass() {
  reader_ = nullptr;
  read_ = std::move(written_);
  if (read_ == nullptr) return false;
  SL_ASSIGN_OR_RETURN(const SpilledRows::Run run, read_->EndRun());
  reader_ = std::make_unique<SpilledRowReader>(*read_, run);
  return true;
}

StatusOr<size_t> DeferredRows::Next(Batch* batch) {
  *batch = frame_->NewBatch();
  while (reader_ != nullptr && batch->row_count < context_->batch_rows) {
    SL_RETURN_IF_ERROR(context_->Tick());
    SL_ASSIGN_OR_RETURN(const bool found, reader_->Next(batch));
    if (!found) reader_ = nullptr;
  }
  return batch->row_count;
}

Status DeferredRows::TakeRest(const std::function<Status(const Batch&)>& take) {
  Batch batch;
  while (true) {
    SL_ASSIGN_OR_RETURN(const size_t count, Next(&batch));
    if (count == 0) return OkStatus();
    SL_RETURN_IF_ERROR(take(batch));
  }
}

void DeferredRows::Clear() {
  reader_ = nullptr;
  read_ = nullptr;
  written_ = nullptr;
}

}  // namespace sightline::query
