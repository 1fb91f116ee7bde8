// Generated quads: a graph of the size and the skew that benchmarks measure on, the same one on
// every machine.
//
// The shape follows what makes real graphs hard to pack and to join: numbers of rows a subject and
// a target follow power laws and have nothing to do with the order of the ids, predicates follow
// Zipf's law, and each predicate has objects of a kind of its own, with a share of other kinds, so
// that a subject's rows mix entities, strings, dates, integers and short strings.

#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "storage/index/permutation.h"
#include "storage/index/quad_key.h"
#include "storage/model/statement.h"

namespace sightline::storage::bench {

enum class GeneratedStatements {
  kOne,          // All quads in one statement, as of a bulk load of one document.
  kOneASubject,  // As of a load of one document a subject.
};

struct GeneratedQuadsOptions {
  size_t quad_count = 10'000'000;
  uint64_t subject_count = 1'200'000;
  uint64_t predicate_count = 60;
  GeneratedStatements statements = GeneratedStatements::kOne;
  uint64_t seed = 1;
};

class QuadGenerator {
 public:
  explicit QuadGenerator(const GeneratedQuadsOptions& options)
      : options_(options), state_(options.seed) {
    double total = 0;
    for (uint64_t rank = 1; rank <= options.predicate_count; ++rank) {
      total += 1.0 / static_cast<double>(rank);
      predicate_shares_.push_back(total);
    }
    for (double& share : predicate_shares_) share /= total;
  }

  // May give the same quad again.
  Quad Next() {
    const uint64_t subject = Skewed(options_.subject_count, 2.0);
    const uint64_t predicate = static_cast<uint64_t>(
        std::lower_bound(predicate_shares_.begin(), predicate_shares_.end(), Fraction()) -
        predicate_shares_.begin());
    // A predicate's objects are of one kind but for every sixteenth.
    const uint64_t kind = Below(16) == 0 ? Below(kKindCount) : Mixed(predicate) % kKindCount;
    return {{Entity(subject), TermId::Make(TermTag::kEntity, 1 + predicate), ObjectOf(kind)},
            StatementId{options_.statements == GeneratedStatements::kOne ? 1 : 1 + subject}};
  }

 private:
  static constexpr uint64_t kKindCount = 32;
  static constexpr uint64_t kZero = uint64_t{1} << 59;  // Of integers and instants.

  // Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014), "SplitMix64".
  static uint64_t Mixed(uint64_t number) {
    number += 0x9E3779B97F4A7C15u;
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9u;
    number = (number ^ (number >> 27)) * 0x94D049BB133111EBu;
    return number ^ (number >> 31);
  }
  uint64_t Random() { return Mixed(state_ += 0x9E3779B97F4A7C15u); }
  uint64_t Below(uint64_t limit) { return Random() % limit; }
  double Fraction() { return static_cast<double>(Random() >> 11) * 0x1p-53; }
  // Below `limit`, the popular ones spread over all of the range.
  uint64_t Skewed(uint64_t limit, double exponent) {
    const auto rank =
        static_cast<uint64_t>(static_cast<double>(limit) * std::pow(Fraction(), exponent));
    uint64_t step = limit * 5 / 8 | 1;
    while (std::gcd(step, limit) != 1) step += 2;
    return std::min(rank, limit - 1) * step % limit;
  }
  // Predicates have the first numbers.
  TermId Entity(uint64_t index) const {
    return TermId::Make(TermTag::kEntity, 1 + options_.predicate_count + index);
  }
  TermId ShortString(uint64_t letters, uint64_t length) const {
    uint64_t payload = 0;
    for (uint64_t i = 0; i < 7; ++i) {
      payload = payload << 8 | (i < length ? 'A' + letters % 26 : 0);
      letters /= 26;
    }
    return TermId::Make(TermTag::kShortString, payload << 4 | length);
  }
  TermId ObjectOf(uint64_t kind) {
    if (kind < 13) return Entity(Skewed(options_.subject_count, 3.0));
    if (kind < 19) return TermId::Make(TermTag::kString, 1 + Skewed(2'500'000, 1.5));
    if (kind < 23) return TermId::Make(TermTag::kDate, (712'000 + Below(28'000)) * 8 + 2);
    if (kind < 25) return TermId::Make(TermTag::kInteger, kZero + Below(5'000));
    // Amounts: as many of each length.
    if (kind < 26) return TermId::Make(TermTag::kInteger, kZero + (Random() >> (24 + Below(36))));
    if (kind < 28) return ShortString(Skewed(250, 2.0), 2);                  // Country codes.
    if (kind < 29) return ShortString(Mixed(Below(100'000)), 4 + Below(4));  // Any codes.
    if (kind < 30) {
      return TermId::Make(TermTag::kInstant,
                          kZero + 1'600'000'000'000'000 + Below(1u << 27) * 1'000'000);
    }
    if (kind < 31) return TermId::Make(TermTag::kBoolean, Below(2));
    return TermId::Make(TermTag::kValue, 1 + Below(400'000));
  }

  const GeneratedQuadsOptions options_;
  uint64_t state_;
  std::vector<double> predicate_shares_;
};

// Distinct quads, sorted, column by column.
struct SortedQuads {
  std::array<std::vector<uint64_t>, 4> columns;

  size_t size() const { return columns[0].size(); }
};

// In one permutation's order; somewhat fewer than asked for, as no quad is there twice.
inline SortedQuads SortedGeneratedQuads(const GeneratedQuadsOptions& options,
                                        Permutation permutation) {
  QuadGenerator generator(options);
  std::vector<QuadKey> keys;
  keys.reserve(options.quad_count);
  for (size_t i = 0; i < options.quad_count; ++i) {
    keys.push_back(QuadKeyOf(permutation, generator.Next()));
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  SortedQuads sorted;
  for (size_t column = 0; column < sorted.columns.size(); ++column) {
    sorted.columns[column].reserve(keys.size());
    for (const QuadKey& key : keys) sorted.columns[column].push_back(key[column]);
  }
  return sorted;
}

}  // namespace sightline::storage::bench
