#include "server/service/file_assembler.h"

#include <utility>

#include "server/service/file_import.h"

namespace sightline::server {

Status FileAssembler::Open(const v1::LoadFileOpen& open) {
  SL_ASSIGN_OR_RETURN(const bool is_script, IsScript(open));
  if (!is_script) {
    SL_ASSIGN_OR_RETURN(spool_, SpoolFile::Create(spool_directory_));
  }
  is_open_ = true;
  return OkStatus();
}

Status FileAssembler::Append(const v1::LoadFileChunk& chunk) {
  if (chunk.offset() != byte_count_) {
    return InvalidArgument("A chunk is missing or came twice: bytes so far {}, its offset {}",
                           byte_count_, chunk.offset());
  }
  const auto byte_count = static_cast<int64_t>(chunk.data().size());
  if (byte_count > limits_.load_chunk_bytes_max) {
    return InvalidArgument("A chunk has {} bytes, more than {}", byte_count,
                           limits_.load_chunk_bytes_max);
  }
  if (spool_ == nullptr && byte_count_ + byte_count > limits_.load_bytes_max) {
    return ResourceExhausted(
        "The script is larger than the {} bytes that one LoadFile may have; split it",
        limits_.load_bytes_max);
  }
  if (spool_ != nullptr && byte_count_ + byte_count > limits_.load_file_bytes_max) {
    return ResourceExhausted(
        "The file is larger than the {} bytes that one LoadFile may have; split it, or import it "
        "with sightline-admin",
        limits_.load_file_bytes_max);
  }
  byte_count_ += byte_count;
  if (spool_ != nullptr) return spool_->Append(chunk.data());
  text_ += chunk.data();
  return OkStatus();
}

Status FileAssembler::Add(const v1::LoadFileRequest& message) {
  if (is_finished_) return InvalidArgument("Nothing may follow finish");
  switch (message.part_case()) {
    case v1::LoadFileRequest::kOpen:
      if (is_open_) return InvalidArgument("There is one open, and it comes first");
      open_ = message.open();
      return Open(message.open());
    case v1::LoadFileRequest::kChunk:
      if (!is_open_) return InvalidArgument("The first message is open");
      return Append(message.chunk());
    case v1::LoadFileRequest::kFinish:
      if (!is_open_) return InvalidArgument("The first message is open");
      if (message.finish().total_bytes() != byte_count_) {
        return InvalidArgument("The file is not complete: bytes sent {}, said to have {}",
                               byte_count_, message.finish().total_bytes());
      }
      is_finished_ = true;
      return OkStatus();
    case v1::LoadFileRequest::PART_NOT_SET:
      break;
  }
  return InvalidArgument("A message is open, chunk or finish");
}

Status FileAssembler::End() const {
  if (is_finished_) return OkStatus();
  return InvalidArgument("The stream ended without finish after {} bytes; nothing was loaded",
                         byte_count_);
}

}  // namespace sightline::server
