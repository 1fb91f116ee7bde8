// TermBlock: some ascending terms of one tag, front-coded: each as the bytes it shares with the one
// before, and the rest. (Front coding: Witten, Moffat, Bell, "Managing Gigabytes", 2nd ed., 4.1.)
//
// docs/file-format.md, term_blocks, has the bytes. A block knows how many terms it has, not their
// numbers: it is read under the id of its last term, and its checksum tells when that is another's.
// Thread-compatible.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"
#include "storage/model/term_id.h"

namespace sightline::storage {

// How many bytes `a` and `b` have in common at the front.
size_t SharedPrefixLength(std::string_view a, std::string_view b);

class TermBlockBuilder {
 public:
  // `shared` is what the term shares with the one before; not looked at for the block's first.
  // REQUIRES: terms ascend strictly.
  void Add(std::string_view term, size_t shared);
  uint32_t term_count() const { return term_count_; }
  size_t bytes() const { return entries_.size(); }
  // The block, whose last term is `last`; the builder is empty again. REQUIRES: term_count() > 0.
  std::string Finish(TermId last);

 private:
  std::string entries_;
  uint32_t term_count_ = 0;
};

class TermBlock {
 public:
  // Borrows `block`. Errors, here and below: kDataLoss when the bytes are not what
  // TermBlockBuilder made for `last`.
  static StatusOr<TermBlock> Open(std::string_view block, TermId last);

  uint32_t term_count() const { return term_count_; }
  uint64_t first_number() const { return last_.payload() - (term_count_ - 1); }

  // None when the term is not in the block. Compares without decoding.
  StatusOr<std::optional<TermId>> Find(std::string_view term) const;
  // REQUIRES: first_number() <= number <= that of the last term.
  StatusOr<std::string> BytesOf(uint64_t number) const;
  // All terms in order; checks the whole block, that it ascends included.
  StatusOr<std::vector<std::string>> Decode() const;

 private:
  TermBlock(std::string_view entries, uint32_t term_count, TermId last)
      : entries_(entries), term_count_(term_count), last_(last) {}

  Status Malformed() const;

  std::string_view entries_;
  uint32_t term_count_;
  TermId last_;
};

}  // namespace sightline::storage
