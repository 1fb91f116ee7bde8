#include "server/ingest/sorted_texts.h"

#include <algorithm>
#include <deque>
#include <queue>

#include "storage/base/encoding.h"

namespace sightline::server {
namespace {

constexpr size_t kReadBufferBytes = 64 << 10;

}  // namespace

Status SortedTexts::Add(std::string text) {
  bytes_ += text.size() + sizeof(std::string);
  texts_.push_back(std::move(text));
  return bytes_ < memory_bytes_max_ ? OkStatus() : Spill();
}

Status SortedTexts::Spill() {
  if (file_ == nullptr) {
    SL_ASSIGN_OR_RETURN(file_, storage::SpillFile::Create(directory_));
  }
  std::sort(texts_.begin(), texts_.end());
  const uint64_t begin = file_->size();
  for (const std::string& text : texts_) {
    std::string length;
    storage::AppendVarint(text.size(), &length);
    SL_RETURN_IF_ERROR(file_->Append(length));
    SL_RETURN_IF_ERROR(file_->Append(text));
  }
  SL_RETURN_IF_ERROR(file_->Flush());
  sorted_regions_.emplace_back(begin, file_->size());
  texts_.clear();
  bytes_ = 0;
  return OkStatus();
}

Status SortedTexts::Take(const std::function<Status(std::string_view)>& visit) {
  if (file_ != nullptr) {
    if (!texts_.empty()) SL_RETURN_IF_ERROR(Spill());
    SL_RETURN_IF_ERROR(Merge(visit));
    file_.reset();
    sorted_regions_.clear();
    return OkStatus();
  }
  std::sort(texts_.begin(), texts_.end());
  for (const std::string& text : texts_) SL_RETURN_IF_ERROR(visit(text));
  texts_.clear();
  bytes_ = 0;
  return OkStatus();
}

Status SortedTexts::Merge(const std::function<Status(std::string_view)>& visit) {
  std::deque<storage::SpillReader> readers;
  using Head = std::pair<std::string, size_t>;  // The next text of a reader, and which.
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
  const auto advance = [&](size_t index) -> Status {
    if (readers[index].at_end()) return OkStatus();
    SL_ASSIGN_OR_RETURN(const uint64_t size, readers[index].ReadVarint());
    SL_ASSIGN_OR_RETURN(const std::string_view text, readers[index].Read(size));
    heads.emplace(std::string(text), index);
    return OkStatus();
  };
  for (const auto& [begin, end] : sorted_regions_) {
    readers.emplace_back(file_.get(), begin, end, kReadBufferBytes);
    SL_RETURN_IF_ERROR(advance(readers.size() - 1));
  }
  while (!heads.empty()) {
    const Head head = heads.top();
    heads.pop();
    SL_RETURN_IF_ERROR(visit(head.first));
    SL_RETURN_IF_ERROR(advance(head.second));
  }
  return OkStatus();
}

}  // namespace sightline::server
