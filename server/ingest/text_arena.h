// TextArena: bytes that stay where they are until Reset. What a parser unescapes or puts together
// lives here while its record is at work, without an allocation a term.
//
// Thread-compatible.

#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace sightline::server {

class TextArena {
 public:
  char* Allocate(size_t byte_count) {
    if (byte_count > block_bytes_ - used_ || blocks_.empty()) NewBlock(byte_count);
    char* const place = blocks_.back().get() + used_;
    used_ += byte_count;
    return place;
  }
  std::string_view Copy(std::string_view text) { return Join(text, {}); }
  std::string_view Join(std::string_view first, std::string_view second,
                        std::string_view third = {}) {
    const size_t size = first.size() + second.size() + third.size();
    char* const place = Allocate(size);
    if (!first.empty()) std::memcpy(place, first.data(), first.size());
    if (!second.empty()) std::memcpy(place + first.size(), second.data(), second.size());
    if (!third.empty()) {
      std::memcpy(place + first.size() + second.size(), third.data(), third.size());
    }
    return {place, size};
  }
  // Keeps one block of the usual size.
  void Reset() {
    if (blocks_.size() > 1 || block_bytes_ > kBlockBytes) {
      blocks_.clear();
      block_bytes_ = 0;
    }
    used_ = 0;
  }

 private:
  static constexpr size_t kBlockBytes = 64 << 10;

  void NewBlock(size_t byte_count) {
    block_bytes_ = byte_count > kBlockBytes ? byte_count : kBlockBytes;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_bytes_));
    used_ = 0;
  }

  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_bytes_ = 0;  // Of the last block.
  size_t used_ = 0;
};

}  // namespace sightline::server
