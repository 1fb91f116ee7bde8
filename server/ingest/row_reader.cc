#include "server/ingest/row_reader.h"

#include <algorithm>
#include <cstring>

#include "server/ingest/term_check.h"
#include "storage/base/utf8.h"

namespace sightline::server {

Status RowReader::Fill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  const size_t size_before = buffer_.size();
  // As much again as there is, so that a long row is gone through a few times only.
  buffer_.resize(size_before + std::max<size_t>(size_before, 256 << 10));
  const StatusOr<size_t> count =
      source_.Read(buffer_.data() + size_before, buffer_.size() - size_before);
  buffer_.resize(size_before + (count.ok() ? *count : 0));
  if (!count.ok()) return count.status();
  source_ended_ = *count == 0;
  return OkStatus();
}

// `*end`: behind the row's line end, or where the fault is.
RowReader::Found RowReader::ParseRow(CsvRow* row, size_t* end) {
  row->fields.clear();
  arena_.Reset();
  size_t at = begin_;
  const size_t size = buffer_.size();
  while (true) {
    const size_t field_begin = at;
    if (at < size && buffer_[at] == '"') {
      const size_t open = at++;
      bool doubled = false;
      while (true) {
        const void* quote = std::memchr(buffer_.data() + at, '"', size - at);
        if (quote == nullptr) {
          if (!source_ended_) return Found::kNeedsMore;
          *end = open;
          row->fault.message = "the quote has no end";
          return Found::kFault;
        }
        at = static_cast<size_t>(static_cast<const char*>(quote) - buffer_.data()) + 1;
        if (at == size && !source_ended_) return Found::kNeedsMore;
        if (at == size || buffer_[at] != '"') break;
        doubled = true;
        ++at;
      }
      std::string_view content(buffer_.data() + open + 1, at - open - 2);
      if (doubled) {
        char* const plain = arena_.Allocate(content.size());
        size_t plain_bytes = 0;
        for (size_t index = 0; index < content.size(); ++index) {
          plain[plain_bytes++] = content[index];
          if (content[index] == '"') ++index;
        }
        content = {plain, plain_bytes};
      }
      row->fields.push_back(content);
      if (at < size && buffer_[at] == '\r') ++at;
      if (at < size && buffer_[at] != ',' && buffer_[at] != '\n') {
        // A quote that was never closed ends at the next one, lines below: then only the line with
        // the open one is at fault.
        const std::string_view quoted(buffer_.data() + open, at - open);
        *end = quoted.find('\n') == std::string_view::npos ? at : open;
        row->fault.message = "something follows the closing quote";
        return Found::kFault;
      }
    } else {
      while (at < size && buffer_[at] != ',' && buffer_[at] != '\n') ++at;
      size_t field_end = at;
      const bool line_ends = at == size || buffer_[at] == '\n';
      if (line_ends && field_end > field_begin && buffer_[field_end - 1] == '\r') --field_end;
      row->fields.emplace_back(buffer_.data() + field_begin, field_end - field_begin);
    }
    if (at == size) {
      if (!source_ended_) return Found::kNeedsMore;
      *end = size;
      return Found::kRow;
    }
    if (buffer_[at++] == '\n') {
      *end = at;
      return Found::kRow;
    }
  }
}

StatusOr<bool> RowReader::Next(CsvRow* row) {
  while (true) {
    row->faulty = false;
    row->fault = {};
    size_t end = begin_;
    Found found = begin_ == buffer_.size() && source_ended_ ? Found::kRow : ParseRow(row, &end);
    const size_t seen = (found == Found::kRow ? end : buffer_.size()) - begin_;
    if (found != Found::kFault && seen > row_bytes_max_) {
      found = Found::kFault;
      end = begin_;
      row->fault = {0, RejectReason::kRecordTooLong,
                    fmt::format("a row of more than {} bytes", row_bytes_max_)};
    }
    if (found == Found::kNeedsMore) {
      SL_RETURN_IF_ERROR(Fill());
      continue;
    }
    if (found == Found::kRow && end == begin_) return false;
    row->line = line_;
    if (found == Found::kFault) {
      // The row ends with the line in which the fault was found.
      size_t looked_at = end - begin_;
      row->fault.offset = looked_at;
      size_t line_end = buffer_.find('\n', begin_ + looked_at);
      while (line_end == std::string::npos && !source_ended_) {
        // What is passed over need not be kept, but for its beginning.
        if (buffer_.size() - begin_ > kRejectTextBytesMax) {
          buffer_.resize(begin_ + kRejectTextBytesMax);
        }
        looked_at = buffer_.size() - begin_;
        SL_RETURN_IF_ERROR(Fill());
        line_end = buffer_.find('\n', begin_ + looked_at);
      }
      end = line_end == std::string::npos ? buffer_.size() : line_end + 1;
      row->faulty = true;
      row->fields.clear();
    }
    row->text = std::string_view(buffer_).substr(begin_, end - begin_);
    line_ += static_cast<uint64_t>(std::count(row->text.begin(), row->text.end(), '\n'));
    begin_ = end;
    while (row->text.ends_with('\n') || row->text.ends_with('\r')) row->text.remove_suffix(1);
    if (row->text.empty()) continue;
    if (!row->faulty && !IsUtf8(row->text)) {
      row->faulty = true;
      row->fields.clear();
      row->fault = {storage::ValidUtf8Prefix(row->text), RejectReason::kEncoding, "not UTF-8"};
    }
    return true;
  }
}

}  // namespace sightline::server
