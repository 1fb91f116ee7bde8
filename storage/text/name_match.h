// NameQuery: how much a name is like the one that is looked for, from 0 to 1.
//
// The score looks at the two names and at nothing else: no frequencies, so that what a reader may
// not see cannot change what he gets.
//
//   S(a, b)  = the greater of two likenesses:
//                letters: 1 - distance / length of the longer, spaces left out;
//                words:   each word of the query gets the word of the name that is most like it,
//                         best pairs first; q and n are the shares of the letters of the query and
//                         of the name that are met so; q * (0.75 + 0.25 * n)
//   score    = 0.91 * S(neutral spelling) + 0.08 * S(Latin words) + 0.01 if the legal forms agree
//
// Distances are Damerau-Levenshtein's with each place edited once, bit-parallel after H. Hyyrö,
// "A Bit-Vector Algorithm for Computing Levenshtein and Damerau Edit Distances", Nordic Journal of
// Computing 10 (2003). Where one of the two is written without vowels (Arabic, Hebrew) and the
// other is not, the consonants of the words are compared, and the score is 0.95 * their S by words.
//
// Thread-compatible.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/text/name_form.h"

namespace sightline::storage {

// Two names are alike when they share enough (NameQuery::MayMatch) and have this score or more.
inline constexpr double kNameScoreMin = 0.7;

class NameQuery {
 public:
  explicit NameQuery(std::string_view name);
  ~NameQuery();
  NameQuery(NameQuery&&) noexcept;
  NameQuery(const NameQuery&) = delete;
  NameQuery& operator=(const NameQuery&) = delete;

  const NameForm& form() const { return form_; }
  // Distinct, ascending.
  const std::vector<Trigram>& trigrams() const { return trigrams_; }
  // Words of consonants, distinct, ascending.
  const std::vector<std::string>& consonants() const { return distinct_consonants_; }

  // How many of the trigrams a name must have: half of them less one, one at least.
  size_t shared_trigrams_min() const { return shared_trigrams_min_; }
  // How many of the consonant words (distinct) a name must have that is vowelless when this one is
  // not, or the other way around: half of them. 0: such a name is not found that way.
  size_t shared_consonants_min() const { return shared_consonants_min_; }

  // Whether the two share enough to be compared: trigrams, or consonant words when one of them
  // alone is vowelless. This is what the index finds.
  bool MayMatch(const NameForm& name) const;
  double Score(const NameForm& name) const;
  // At least Score of any name that shares so many trigrams and has so many distinct ones, provided
  // that it is vowelless when the query is.
  double ScoreMax(size_t shared, size_t trigram_count) const;

 private:
  class Letters;  // A text, ready for computing its distance from others.
  struct Words;

  double Likeness(const Words& query, std::string_view name) const;

  NameForm form_;
  std::string neutral_;
  std::vector<Trigram> trigrams_;
  std::vector<std::string> consonants_;           // In order, for comparing.
  std::vector<std::string> distinct_consonants_;  // Ascending.
  size_t shared_trigrams_min_ = 1;
  size_t shared_consonants_min_ = 0;
  std::unique_ptr<const Words> latin_words_, neutral_words_, consonant_words_;
};

}  // namespace sightline::storage
