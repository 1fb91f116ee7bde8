#include "server/ingest/script_file.h"

#include <algorithm>
#include <utility>

namespace sightline::server {
namespace {

constexpr size_t kReadBytes = size_t{1} << 20;

// What is there, or its first `byte_count_max` bytes and one more.
StatusOr<std::string> ReadUpTo(std::unique_ptr<ByteSource> source, size_t byte_count_max) {
  SL_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> bytes, Decompress(std::move(source)));
  std::string text;
  while (text.size() <= byte_count_max) {
    SL_ASSIGN_OR_RETURN(
        const std::string part,
        ReadBytes(bytes.get(), std::min(kReadBytes, byte_count_max + 1 - text.size())));
    if (part.empty()) break;
    text += part;
  }
  return text;
}

}  // namespace

StatusOr<std::string> ReadScript(std::unique_ptr<ByteSource> source, size_t byte_count_max) {
  StatusOr<std::string> text = ReadUpTo(std::move(source), byte_count_max);
  // What is damaged is the file, not the store.
  if (text.status().code() == StatusCode::kDataLoss) {
    return MakeStatus(StatusCode::kInvalidArgument, MessageOf(text.status()));
  }
  if (text.ok() && text->size() > byte_count_max) {
    return InvalidArgument("The script has more than {} bytes, which is the most it may have",
                           byte_count_max);
  }
  return text;
}

}  // namespace sightline::server
