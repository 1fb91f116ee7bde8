#include "storage/text/name_form.h"

#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "storage/base/check.h"
#include "storage/text/name_folding.h"

namespace sightline::storage {
namespace {

bool IsAscii(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

bool IsAsciiLetter(char c) { return c >= 'a' && c <= 'z'; }

// Letters and digits. Bytes of other scripts' letters too, when ICU knows no Latin for them.
bool IsWordByte(char c) {
  return IsAsciiLetter(c) || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

// Rules are compiled when first asked for. ICU does not promise that two threads may use one
// transliterator at a time.
const icu::Transliterator& ToLatin() {
  thread_local const std::unique_ptr<icu::Transliterator> transliterator = [] {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<icu::Transliterator> made(icu::Transliterator::createInstance(
        "Any-Latin; Latin-ASCII; Lower", UTRANS_FORWARD, error));
    SL_CHECK(U_SUCCESS(error) && made != nullptr);
    return made;
  }();
  return *transliterator;
}

// Whether most letters are of a script that leaves vowels out.
bool IsVowelless(const icu::UnicodeString& text) {
  int32_t letters = 0, without_vowels = 0;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 code_point = text.char32At(i);
    if (!u_isalpha(code_point)) continue;
    ++letters;
    UErrorCode error = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(code_point, &error);
    SL_CHECK(U_SUCCESS(error));
    without_vowels +=
        script == USCRIPT_ARABIC || script == USCRIPT_HEBREW || script == USCRIPT_SYRIAC;
  }
  return without_vowels * 2 > letters;
}

// What stands between words goes; an apostrophe joins, and so do the points of "S.A.".
std::string WordsOf(std::string_view latin) {
  std::string words;
  bool space_pending = false;
  for (size_t i = 0; i < latin.size(); ++i) {
    const char c = latin[i];
    if (IsWordByte(c)) {
      if (space_pending && !words.empty()) words.push_back(' ');
      space_pending = false;
      words.push_back(c);
      continue;
    }
    if (c == '\'') continue;
    const bool joins = c == '.' && !space_pending && i > 0 && IsAsciiLetter(latin[i - 1]) &&
                       (i == 1 || !IsWordByte(latin[i - 2])) && i + 1 < latin.size() &&
                       IsAsciiLetter(latin[i + 1]) &&
                       (i + 2 >= latin.size() || !IsWordByte(latin[i + 2]));
    if (!joins) space_pending = true;
  }
  return words;
}

struct Latin {
  std::string words;
  bool vowelless = false;
};

Latin LatinWordsOf(std::string_view name) {
  Latin latin;
  std::string folded = FoldName(name);
  if (!IsAscii(folded)) {
    icu::UnicodeString text = icu::UnicodeString::fromUTF8(
        icu::StringPiece(folded.data(), static_cast<int32_t>(folded.size())));
    latin.vowelless = IsVowelless(text);
    ToLatin().transliterate(text);
    folded.clear();
    text.toUTF8String(folded);
    // Letters that were taken apart on the way come back with marks.
    if (!IsAscii(folded)) folded = FoldName(folded);
  }
  latin.words = WordsOf(folded);
  return latin;
}

// --- Legal forms

using Words = std::vector<std::string_view>;

Words SplitWords(std::string_view words) {
  Words split;
  size_t begin = 0;
  while (begin < words.size()) {
    const size_t end = std::min(words.find(' ', begin), words.size());
    if (end > begin) split.push_back(words.substr(begin, end - begin));
    begin = end + 1;
  }
  return split;
}

// As their owners write them; romanised when first needed. Those of the first list stand before a
// name or behind it, those of the second only behind: "As", "Sa" begin names of people.
constexpr std::string_view kLegalForms[] = {
    // Russian, Ukrainian, Belarusian and their usual romanisations and translations.
    "ооо", "оао", "зао", "пао", "ао", "нао", "оаэ", "тоо", "чуп", "оуп", "руп", "фгуп", "фгбу",
    "фгбоу", "гуп", "муп", "фку", "тов", "тдв", "пп", "прат", "пат", "дп", "ано", "нко", "одо",
    "общество с ограниченной ответственностью", "акционерное общество",
    "публичное акционерное общество", "открытое акционерное общество",
    "закрытое акционерное общество", "непубличное акционерное общество",
    "товариство з обмеженою відповідальністю", "федеральное государственное унитарное предприятие",
    "государственное унитарное предприятие", "индивидуальный предприниматель", "fsue",
    "federal state unitary enterprise", "jsc", "pjsc", "ojsc", "cjsc", "jsco", "ljsc",
    "joint stock company", "public joint stock company", "open joint stock company",
    "closed joint stock company", "private joint stock company", "limited liability company",
    "limited liability partnership", "public limited company", "private limited company", "llc",
    "l.l.c", "llp", "fze", "fzco", "fz llc", "dmcc",
    // Chinese, Japanese, Korean; the Arabic and Persian word for company.
    "有限公司", "有限责任公司", "股份有限公司", "股份公司", "有限責任公司", "股份有限責任公司",
    "株式会社", "株式會社", "有限会社", "合同会社", "주식회사", "유한회사", "شركة", "شرکت",
    // Further ones that stand in front.
    "pt", "cv", "tbk", "sia", "uab", "ooo", "gmbh", "societe anonyme", "aktiengesellschaft"};
constexpr std::string_view kLegalFormsBehind[] = {"co",
                                                  "co ltd",
                                                  "company",
                                                  "company limited",
                                                  "ltd",
                                                  "limited",
                                                  "inc",
                                                  "incorporated",
                                                  "corp",
                                                  "corporation",
                                                  "plc",
                                                  "lp",
                                                  "pty",
                                                  "pvt",
                                                  "private",
                                                  "pte",
                                                  "sdn",
                                                  "bhd",
                                                  "berhad",
                                                  "kgaa",
                                                  "kg",
                                                  "ohg",
                                                  "ag",
                                                  "mbh",
                                                  "ug",
                                                  "bv",
                                                  "nv",
                                                  "vof",
                                                  "sa",
                                                  "sas",
                                                  "sarl",
                                                  "srl",
                                                  "spa",
                                                  "sl",
                                                  "slu",
                                                  "sau",
                                                  "sca",
                                                  "sicav",
                                                  "ltda",
                                                  "eirl",
                                                  "sapi",
                                                  "de cv",
                                                  "ab",
                                                  "oy",
                                                  "oyj",
                                                  "as",
                                                  "asa",
                                                  "aps",
                                                  "ehf",
                                                  "kk",
                                                  "zrt",
                                                  "kft",
                                                  "nyrt",
                                                  "sro",
                                                  "spol",
                                                  "doo",
                                                  "dooel",
                                                  "ead",
                                                  "eood",
                                                  "ood",
                                                  "sp z oo",
                                                  "sp zoo",
                                                  "sp k",
                                                  "sp j",
                                                  "sti",
                                                  "anonim sirketi",
                                                  "limited sirketi",
                                                  "ltd sti",
                                                  "saog",
                                                  "saoc",
                                                  "sal",
                                                  "sarlau",
                                                  "wll",
                                                  "bsc",
                                                  "psc",
                                                  "pjs",
                                                  "psk",
                                                  "sjc",
                                                  "kft",
                                                  "ou",
                                                  "and"};

class LegalForms {
 public:
  LegalForms() {
    for (const std::string_view form : kLegalForms) {
      anywhere_.push_back(LatinWordsOf(form).words);
      behind_.push_back(anywhere_.back());
    }
    for (const std::string_view form : kLegalFormsBehind) {
      behind_.push_back(LatinWordsOf(form).words);
    }
    for (const std::string& form : anywhere_) {
      if (form.size() >= kLongFormBytes) long_.push_back(NeutralSpelling(form));
    }
    for (auto* forms : {&anywhere_, &behind_, &long_}) {
      std::sort(forms->begin(), forms->end());
      forms->erase(std::unique(forms->begin(), forms->end()), forms->end());
      for (const std::string& form : *forms) {
        words_max_ = std::max(words_max_, SplitWords(form).size());
      }
    }
  }

  // How many words at the front of [begin, end) are a legal form; 0 for none.
  size_t InFront(const Words& words, size_t begin, size_t end) const {
    for (size_t count = std::min(words_max_, end - begin); count > 0; --count) {
      if (IsOne(anywhere_, words, begin, begin + count)) return count;
    }
    return 0;
  }
  size_t Behind(const Words& words, size_t begin, size_t end) const {
    for (size_t count = std::min(words_max_, end - begin); count > 0; --count) {
      if (IsOne(behind_, words, end - count, end)) return count;
    }
    return 0;
  }

 private:
  // Long ones are written out in many romanisations, and mean nothing else.
  static constexpr size_t kLongFormBytes = 12;

  bool IsOne(const std::vector<std::string>& forms, const Words& words, size_t begin,
             size_t end) const {
    // Words of one text: from the first to the last, spaces included.
    const char* const first = words[begin].data();
    const std::string_view all(
        first, static_cast<size_t>(words[end - 1].data() + words[end - 1].size() - first));
    if (std::binary_search(forms.begin(), forms.end(), all, std::less<>())) return true;
    return all.size() >= kLongFormBytes &&
           std::binary_search(long_.begin(), long_.end(), NeutralSpelling(all));
  }

  std::vector<std::string> anywhere_, behind_;  // Ascending.
  std::vector<std::string> long_;               // In neutral spelling; ascending.
  size_t words_max_ = 0;
};

std::string Joined(const Words& words, size_t begin, size_t end) {
  std::string joined;
  for (size_t i = begin; i < end; ++i) {
    if (!joined.empty()) joined.push_back(' ');
    joined += words[i];
  }
  return joined;
}

// --- Neutral spelling

constexpr size_t kConsonantWordMax = 64;

bool IsVowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'; }

struct Rewrite {
  std::string_view from, to;
};
// The longest that fits counts; first those of one first letter, so that few are compared.
constexpr Rewrite kRewrites[] = {
    {"aa", "a"}, {"ae", "a"},      {"chtch", "s"}, {"ch", "c"},   {"ck", "k"}, {"cz", "c"},
    {"dh", "d"}, {"dj", "dz"},     {"dsch", "dz"}, {"dzh", "dz"}, {"ee", "i"}, {"gh", "g"},
    {"j", "i"},  {"kh", "h"},      {"oe", "o"},    {"oo", "u"},   {"ou", "u"}, {"ph", "f"},
    {"q", "k"},  {"schtsch", "s"}, {"sch", "s"},   {"shch", "s"}, {"sh", "s"}, {"sz", "s"},
    {"th", "t"}, {"tsch", "c"},    {"tch", "c"},   {"ts", "c"},   {"tz", "c"}, {"ue", "u"},
    {"w", "v"},  {"x", "ks"},      {"y", "i"},     {"zh", "z"}};

constexpr std::array<std::pair<uint8_t, uint8_t>, 26> RewritesByLetter() {
  std::array<std::pair<uint8_t, uint8_t>, 26> by_letter{};
  for (size_t i = 0; i < std::size(kRewrites); ++i) {
    auto& [begin, end] = by_letter[static_cast<size_t>(kRewrites[i].from[0] - 'a')];
    if (end == 0) begin = static_cast<uint8_t>(i);
    end = static_cast<uint8_t>(i + 1);
  }
  return by_letter;
}
constexpr auto kRewritesByLetter = RewritesByLetter();

// Appends `word` with its digraphs and letters rewritten.
void AppendRewritten(std::string_view word, std::string* out) {
  for (size_t i = 0; i < word.size();) {
    const Rewrite* best = nullptr;
    if (IsAsciiLetter(word[i])) {
      const auto [begin, end] = kRewritesByLetter[static_cast<size_t>(word[i] - 'a')];
      for (size_t rule = begin; rule < end; ++rule) {
        const Rewrite& rewrite = kRewrites[rule];
        if (word.substr(i).starts_with(rewrite.from) &&
            (best == nullptr || rewrite.from.size() > best->from.size())) {
          best = &rewrite;
        }
      }
    }
    if (best != nullptr) {
      *out += best->to;
      i += best->from.size();
    } else {
      out->push_back(word[i++]);
    }
  }
}

}  // namespace

NameForm FormOfName(std::string_view name) {
  static const LegalForms* const legal_forms = new LegalForms();  // Never freed.
  NameForm form;
  Latin latin = LatinWordsOf(name);
  form.vowelless = latin.vowelless;
  if (latin.words.empty()) {
    form.words = FoldName(name);
    std::erase(form.words, '\0');
    if (form.words.empty() && !name.empty()) form.words = " ";
    return form;
  }
  const Words words = SplitWords(latin.words);
  size_t begin = 0, end = words.size();
  while (true) {
    if (const size_t count = legal_forms->Behind(words, begin, end); count > 0) {
      if (count == end - begin) break;
      end -= count;
    } else if (const size_t front = legal_forms->InFront(words, begin, end); front > 0) {
      if (front == end - begin) break;
      begin += front;
    } else {
      break;
    }
  }
  if (begin == 0 && end == words.size()) {
    form.words = std::move(latin.words);
    return form;
  }
  form.words = Joined(words, begin, end);
  form.legal = Joined(words, 0, begin);
  if (begin > 0 && end < words.size()) form.legal.push_back(' ');
  form.legal += Joined(words, end, words.size());
  return form;
}

std::string NeutralSpelling(std::string_view words) {
  std::string neutral, word;
  neutral.reserve(words.size() + 8);
  for (size_t begin = 0; begin < words.size();) {
    const size_t end = std::min(words.find(' ', begin), words.size());
    const std::string_view given = words.substr(begin, end - begin);
    begin = end + 1;
    if (given.empty()) continue;
    word.clear();
    AppendRewritten(given, &word);
    if (!neutral.empty()) neutral.push_back(' ');
    const size_t start = neutral.size();
    for (size_t i = 0; i < word.size(); ++i) {
      const char c = word[i];
      const bool is_digit = c >= '0' && c <= '9';
      if (neutral.size() > start && neutral.back() == c && !is_digit) continue;
      if (c == 'i' && i + 1 < word.size() && IsVowel(word[i + 1])) continue;
      if (c == 'h' && i + 1 == word.size() && neutral.size() > start && IsVowel(neutral.back())) {
        continue;
      }
      neutral.push_back(c);
    }
    if (neutral.size() == start) neutral += given;
  }
  return neutral.empty() ? std::string(words) : neutral;
}

std::vector<Trigram> TrigramsOf(std::string_view neutral) {
  std::vector<Trigram> trigrams;
  trigrams.reserve(neutral.size());
  Trigram window = '_';
  size_t letters = 0;
  const auto shift = [&](char c) {
    window = (window << 8 | static_cast<unsigned char>(c)) & 0xFFFFFF;
    if (++letters >= 2) trigrams.push_back(window);
  };
  for (const char c : neutral) {
    if (c != ' ') shift(c);
  }
  shift('_');
  std::sort(trigrams.begin(), trigrams.end());
  trigrams.erase(std::unique(trigrams.begin(), trigrams.end()), trigrams.end());
  return trigrams;
}

std::vector<std::string> ConsonantsOf(std::string_view neutral) {
  std::vector<std::string> all;
  for (std::string_view word : SplitWords(neutral)) {
    if (word.size() > 4 && word.starts_with("al")) word.remove_prefix(2);
    if (word.size() > kConsonantWordMax) continue;
    std::string consonants;
    for (const char c : word) {
      if (IsVowel(c) || c == 'v' || (!consonants.empty() && consonants.back() == c)) continue;
      consonants.push_back(c);
    }
    if (consonants.size() > 2 && consonants.back() == 'h') consonants.pop_back();
    if (consonants.size() >= 2) all.push_back(std::move(consonants));
  }
  return all;
}

}  // namespace sightline::storage
