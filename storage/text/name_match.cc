#include "storage/text/name_match.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "storage/text/edit_distance.h"

namespace sightline::storage {
namespace {

constexpr double kWeightNeutral = 0.91, kWeightLatin = 0.08, kWeightLegal = 0.01;
constexpr double kWeightOfQuery = 0.75;     // Against the share of the name.
constexpr double kConsonantsAtMost = 0.95;  // Many names have the same.
constexpr double kWordLikenessMin = 0.5;    // Less is chance.
constexpr size_t kLettersOfWordMax = 64;    // Longer words, and texts, are equal or not ...
constexpr size_t kLettersMax = 256;         // ... but for whole names up to this.
constexpr size_t kWordCountMax = 64;        // Words behind these are not compared.

std::vector<std::string_view> FirstWords(std::string_view words) {
  std::vector<std::string_view> split;
  for (size_t begin = 0; begin < words.size() && split.size() < kWordCountMax;) {
    const size_t end = std::min(words.find(' ', begin), words.size());
    if (end > begin) split.push_back(words.substr(begin, end - begin));
    begin = end + 1;
  }
  return split;
}

std::string WithoutSpaces(std::string_view words) {
  std::string letters(words);
  std::erase(letters, ' ');
  return letters;
}

}  // namespace

class NameQuery::Letters {
 public:
  explicit Letters(std::string text) : text_(std::move(text)) {
    if (text_.empty() || text_.size() > kLettersOfWordMax) return;
    places_ = std::make_unique<std::array<uint64_t, 256>>();
    places_->fill(0);
    for (size_t i = 0; i < text_.size(); ++i) {
      (*places_)[static_cast<unsigned char>(text_[i])] |= uint64_t{1} << i;
    }
  }

  const std::string& text() const { return text_; }

  // 1 - distance / length of the longer; 0 for what is too long to compare.
  double LikenessOf(std::string_view other) const {
    if (text_ == other) return 1;
    const size_t longer = std::max(text_.size(), other.size());
    const size_t shorter = std::min(text_.size(), other.size());
    // Nothing less like than this is of use.
    if (static_cast<double>(shorter) < kWordLikenessMin * static_cast<double>(longer)) return 0;
    size_t distance = 0;
    if (places_ != nullptr && other.size() <= kLettersMax) {
      distance = Distance(other);
    } else if (longer <= kLettersMax) {
      distance = EditDistance(text_, other, longer / 2);
    } else {
      return 0;
    }
    return 1 - static_cast<double>(std::min(distance, longer)) / static_cast<double>(longer);
  }

 private:
  // Hyyrö's bit vectors: a column of the table at a time, differences of neighbours as bits.
  size_t Distance(std::string_view other) const {
    uint64_t up = ~uint64_t{0}, down = 0, diagonal = 0, before = 0;
    size_t distance = text_.size();
    const uint64_t last = uint64_t{1} << (text_.size() - 1);
    for (const char c : other) {
      const uint64_t here = (*places_)[static_cast<unsigned char>(c)];
      const uint64_t swapped = ((~diagonal & here) << 1) & before;
      diagonal = (((here & up) + up) ^ up) | here | down | swapped;
      uint64_t right_up = down | ~(diagonal | up);
      uint64_t right_down = diagonal & up;
      distance += (right_up & last) != 0;
      distance -= (right_down & last) != 0;
      right_up = right_up << 1 | 1;
      right_down <<= 1;
      up = right_down | ~(diagonal | right_up);
      down = right_up & diagonal;
      before = here;
    }
    return distance;
  }

  std::string text_;
  std::unique_ptr<std::array<uint64_t, 256>> places_;  // Of each byte; null when empty or too long.
};

struct NameQuery::Words {
  explicit Words(std::string_view words) : joined(WithoutSpaces(words)) {
    for (const std::string_view word : FirstWords(words)) {
      each.emplace_back(std::string(word));
      letter_count += word.size();
    }
  }
  Letters joined;
  std::vector<Letters> each;
  size_t letter_count = 0;
};

NameQuery::NameQuery(std::string_view name)
    : form_(FormOfName(name)),
      neutral_(NeutralSpelling(form_.words)),
      trigrams_(TrigramsOf(neutral_)),
      consonants_(ConsonantsOf(neutral_)),
      distinct_consonants_(consonants_),
      latin_words_(std::make_unique<Words>(form_.words)),
      neutral_words_(std::make_unique<Words>(neutral_)) {
  std::sort(distinct_consonants_.begin(), distinct_consonants_.end());
  distinct_consonants_.erase(std::unique(distinct_consonants_.begin(), distinct_consonants_.end()),
                             distinct_consonants_.end());
  const size_t half = trigrams_.size() / 2;
  shared_trigrams_min_ = half > 2 ? half - 1 : 1;
  shared_consonants_min_ = (distinct_consonants_.size() + 1) / 2;
  std::string joined;
  for (const std::string& word : consonants_) joined += (joined.empty() ? "" : " ") + word;
  consonant_words_ = std::make_unique<Words>(joined);
}

NameQuery::~NameQuery() = default;
NameQuery::NameQuery(NameQuery&&) noexcept = default;

bool NameQuery::MayMatch(const NameForm& name) const {
  const std::string neutral = NeutralSpelling(name.words);
  if (name.vowelless == form_.vowelless) {
    const std::vector<Trigram> trigrams = TrigramsOf(neutral);
    std::vector<Trigram> shared;
    std::set_intersection(trigrams.begin(), trigrams.end(), trigrams_.begin(), trigrams_.end(),
                          std::back_inserter(shared));
    return shared.size() >= shared_trigrams_min_;
  }
  if (shared_consonants_min_ == 0) return false;
  const std::vector<std::string> consonants = ConsonantsOf(neutral);
  const auto count = std::count_if(
      distinct_consonants_.begin(), distinct_consonants_.end(), [&](const std::string& word) {
        return std::find(consonants.begin(), consonants.end(), word) != consonants.end();
      });
  return static_cast<size_t>(count) >= shared_consonants_min_;
}

namespace {

// What the pairs of words have met.
struct Met {
  double query = 0, name = 0;  // Letters.
};

}  // namespace

double NameQuery::Likeness(const Words& query, std::string_view name) const {
  const std::vector<std::string_view> words = FirstWords(name);
  if (query.each.empty() || words.empty()) return query.joined.text() == name ? 1 : 0;
  struct Pair {
    double likeness;
    size_t letters;
    size_t query, name;
  };
  std::vector<Pair> pairs;
  pairs.reserve(query.each.size() * words.size());
  size_t name_letters = 0;
  for (size_t j = 0; j < words.size(); ++j) {
    name_letters += words[j].size();
    for (size_t i = 0; i < query.each.size(); ++i) {
      const double likeness = query.each[i].LikenessOf(words[j]);
      if (likeness < kWordLikenessMin) continue;
      pairs.push_back({likeness, std::min(query.each[i].text().size(), words[j].size()), i, j});
    }
  }
  std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
    const double of_a = a.likeness * static_cast<double>(a.letters);
    const double of_b = b.likeness * static_cast<double>(b.letters);
    if (of_a != of_b) return of_a > of_b;
    return std::pair(a.query, a.name) < std::pair(b.query, b.name);
  });
  Met met;
  uint64_t query_taken = 0, name_taken = 0;  // kWordCountMax bits.
  for (const Pair& pair : pairs) {
    const uint64_t query_bit = uint64_t{1} << pair.query, name_bit = uint64_t{1} << pair.name;
    if ((query_taken & query_bit) != 0 || (name_taken & name_bit) != 0) continue;
    query_taken |= query_bit;
    name_taken |= name_bit;
    met.query += pair.likeness * static_cast<double>(query.each[pair.query].text().size());
    met.name += pair.likeness * static_cast<double>(words[pair.name].size());
  }
  const double of_query = met.query / static_cast<double>(query.letter_count);
  const double of_name = met.name / static_cast<double>(name_letters);
  const double by_words = of_query * (kWeightOfQuery + (1 - kWeightOfQuery) * of_name);
  if (by_words >= 1) return 1;
  return std::max(by_words, query.joined.LikenessOf(WithoutSpaces(name)));
}

double NameQuery::Score(const NameForm& name) const {
  const std::string neutral = NeutralSpelling(name.words);
  if (name.vowelless != form_.vowelless) {
    std::string joined;
    for (const std::string& word : ConsonantsOf(neutral)) {
      joined += (joined.empty() ? "" : " ") + word;
    }
    if (joined.empty() || consonants_.empty()) return 0;
    return kConsonantsAtMost * Likeness(*consonant_words_, joined);
  }
  const double legal = name.legal == form_.legal ? kWeightLegal : 0;
  if (name.words == form_.words) return kWeightNeutral + kWeightLatin + legal;
  return kWeightNeutral * Likeness(*neutral_words_, neutral) +
         kWeightLatin * Likeness(*latin_words_, name.words) + legal;
}

double NameQuery::ScoreMax(size_t shared, size_t trigram_count) const {
  // An edit takes four trigrams at most (a swap does), and where words stand in another order or
  // with others in between, each loses three at its ends.
  const auto letters = static_cast<double>(neutral_words_->joined.text().size());
  const size_t missing = trigrams_.size() - std::min(shared, trigrams_.size());
  const double edits = static_cast<double>(missing) / 4;
  const size_t at_ends = 3 * neutral_words_->each.size();
  const double edits_of_words = missing > at_ends ? static_cast<double>(missing - at_ends) / 4 : 0;
  // The longer of the two has at least as many letters as trigrams.
  const double by_letters =
      letters / std::max({letters + edits, static_cast<double>(trigram_count), 1.0});
  const double of_query = 1 - edits_of_words / std::max(letters, 1.0);
  const double of_name =
      std::min(1.0, letters / static_cast<double>(std::max<size_t>(trigram_count, 1)));
  const double by_words = of_query * (kWeightOfQuery + (1 - kWeightOfQuery) * of_name);
  // Rounding must not make it less than the score.
  constexpr double kRounding = 1e-9;
  return kWeightNeutral * std::max(by_letters, by_words) + kWeightLatin + kWeightLegal + kRounding;
}

}  // namespace sightline::storage
