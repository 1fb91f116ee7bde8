// InternTable: the distinct values among many, in memory, by number from 0 in the order of first
// use.
//
// Thread safety: one writer. Readers look only at numbers that were published to them; what those
// stand for never changes.

#pragma once

#include <absl/container/flat_hash_set.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "storage/base/status.h"
#include "storage/statements/append_only_array.h"

namespace sightline::storage {

// `Hash` makes a size_t of a `const T&`.
template <typename T, typename Hash>
class InternTable {
 public:
  // `plural` names the values in messages.
  explicit InternTable(std::string_view plural)
      : plural_(plural), numbers_(0, NumberHash{&values_}, NumberEqual{&values_}) {}
  InternTable(const InternTable&) = delete;
  InternTable& operator=(const InternTable&) = delete;

  // Writer only.
  uint64_t size() const { return values_.size(); }
  // Finds or makes the number. Writer only. Errors: kResourceExhausted when 2^32 - 1 are taken.
  StatusOr<uint32_t> Intern(const T& value) {
    const auto known = numbers_.find(value);
    if (known != numbers_.end()) return *known;
    if (values_.size() >= UINT32_MAX) {
      return ResourceExhausted("The store has too many {}", plural_);
    }
    const auto number = static_cast<uint32_t>(values_.size());
    values_.Append() = value;
    numbers_.insert(number);
    return number;
  }
  // Forgets the values after the first `size`. Writer only. REQUIRES: they were never published.
  void Truncate(uint64_t size) {
    for (uint64_t number = size; number < values_.size(); ++number) {
      numbers_.erase(static_cast<uint32_t>(number));
    }
    values_.Truncate(size);
  }

  // REQUIRES: the number has been published.
  const T& operator[](uint32_t number) const { return values_[number]; }

 private:
  // The set holds numbers only, and looks the values up: a value is kept once.
  struct NumberHash {
    using is_transparent = void;
    const AppendOnlyArray<T>* values;
    size_t operator()(uint32_t number) const { return Hash()((*values)[number]); }
    size_t operator()(const T& value) const { return Hash()(value); }
  };
  struct NumberEqual {
    using is_transparent = void;
    const AppendOnlyArray<T>* values;
    bool operator()(uint32_t a, uint32_t b) const { return a == b; }
    bool operator()(uint32_t a, const T& b) const { return (*values)[a] == b; }
    bool operator()(const T& a, uint32_t b) const { return a == (*values)[b]; }
    bool operator()(const T& a, const T& b) const { return a == b; }
  };

  const std::string_view plural_;
  AppendOnlyArray<T> values_;
  absl::flat_hash_set<uint32_t, NumberHash, NumberEqual> numbers_;
};

}  // namespace sightline::storage
