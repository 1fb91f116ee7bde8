#include "storage/load/term_sort.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

namespace sightline::storage {
namespace {

constexpr size_t kKeyBytes = 8;
// Below it comparing whole strings is faster than loading keys.
constexpr size_t kCompareCountMax = 12;
constexpr size_t kUncheckedCountMax = 4096;

// The eight bytes from `depth` on, the first highest, zeros behind the end.
uint64_t KeyAt(const SortTerm& term, size_t depth) {
  if (term.length >= depth + kKeyBytes) {
    uint64_t key;
    std::memcpy(&key, term.bytes + depth, kKeyBytes);
    return std::endian::native == std::endian::little ? __builtin_bswap64(key) : key;
  }
  uint64_t key = 0;
  for (size_t i = depth; i < depth + kKeyBytes; ++i) {
    key = key << 8 | (i < term.length ? static_cast<uint8_t>(term.bytes[i]) : 0);
  }
  return key;
}

std::string_view Tail(const SortTerm& term, size_t depth) {
  const size_t begin = std::min<size_t>(depth, term.length);
  return {term.bytes + begin, term.length - begin};
}

// By the keys loaded, which end before byte `end`. Halves long ranges first, so that it can look at
// the token between.
Status SortByKey(std::span<SortTerm> terms, size_t end, const CancellationToken& token) {
  constexpr size_t kCountPerCheck = size_t{1} << 17;
  // Equal keys: a string that ends within them is the beginning of every longer one.
  const auto before = [end](const SortTerm& a, const SortTerm& b) {
    return a.key != b.key
               ? a.key < b.key
               : std::min<size_t>(a.length, end + 1) < std::min<size_t>(b.length, end + 1);
  };
  if (terms.size() <= kCountPerCheck) {
    std::sort(terms.begin(), terms.end(), before);
    return OkStatus();
  }
  SL_RETURN_IF_ERROR(token.Check());
  const size_t half = terms.size() / 2;
  std::nth_element(terms.begin(), terms.begin() + static_cast<ptrdiff_t>(half), terms.end(),
                   before);
  SL_RETURN_IF_ERROR(SortByKey(terms.first(half), end, token));
  return SortByKey(terms.subspan(half), end, token);
}

// REQUIRES: the first `depth` bytes of all terms are equal.
Status SortFrom(std::span<SortTerm> terms, size_t depth, const CancellationToken& token) {
  while (terms.size() > kCompareCountMax) {
    if (terms.size() > kUncheckedCountMax) SL_RETURN_IF_ERROR(token.Check());
    bool is_shared = true;
    for (SortTerm& term : terms) {
      term.key = KeyAt(term, depth);
      is_shared &= term.key == terms[0].key && term.length > depth + kKeyBytes;
    }
    if (is_shared) {
      depth += kKeyBytes;
      continue;
    }
    const size_t end = depth + kKeyBytes;
    SL_RETURN_IF_ERROR(SortByKey(terms, end, token));
    for (size_t begin = 0; begin < terms.size();) {
      size_t behind = begin + 1;
      if (terms[begin].length > end) {
        while (behind < terms.size() && terms[behind].key == terms[begin].key) ++behind;
        if (behind - begin > 1) {
          SL_RETURN_IF_ERROR(SortFrom(terms.subspan(begin, behind - begin), end, token));
        }
      }
      begin = behind;
    }
    return OkStatus();
  }
  std::sort(terms.begin(), terms.end(), [depth](const SortTerm& a, const SortTerm& b) {
    return Tail(a, depth) < Tail(b, depth);
  });
  return OkStatus();
}

}  // namespace

Status SortTerms(std::span<SortTerm> terms, const CancellationToken& token) {
  return SortFrom(terms, 0, token);
}

}  // namespace sightline::storage
