// The names of real lists are found: as they are, misspelt, and in other scripts and spellings.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "storage/load/store_load.h"
#include "storage/store.h"
#include "tests/support/sanction_lists.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::ListedEntity;
using test::OrThrow;

constexpr size_t kPlaces = 5;
constexpr size_t kVariants = 1000;
constexpr uint64_t kSeed = 20261126;

struct Asked {
  std::string text;
  size_t entity = 0;
  std::string how;
};

icu::UnicodeString FromUtf8(const std::string& text) { return icu::UnicodeString::fromUTF8(text); }
std::string ToUtf8(const icu::UnicodeString& text) {
  std::string utf8;
  text.toUTF8String(utf8);
  return utf8;
}

bool IsMostlyOf(const std::string& text, UScriptCode script) {
  const icu::UnicodeString all = FromUtf8(text);
  int32_t letters = 0, of_script = 0;
  for (int32_t i = 0; i < all.length(); i = all.moveIndex32(i, 1)) {
    if (!u_isalpha(all.char32At(i))) continue;
    UErrorCode error = U_ZERO_ERROR;
    ++letters;
    of_script += uscript_getScript(all.char32At(i), &error) == script;
  }
  return letters >= 4 && of_script * 10 >= letters * 9;
}

std::string Transliterated(const char* id, const std::string& text) {
  static std::map<std::string, std::unique_ptr<icu::Transliterator>> known;
  auto& transliterator = known[id];
  if (transliterator == nullptr) {
    UErrorCode error = U_ZERO_ERROR;
    transliterator.reset(icu::Transliterator::createInstance(id, UTRANS_FORWARD, error));
    if (U_FAILURE(error)) throw std::runtime_error(id);
  }
  icu::UnicodeString unicode = FromUtf8(text);
  transliterator->transliterate(unicode);
  return ToUtf8(unicode);
}

// Cyrillic letters in lower case, each as three ways of romanising have it.
enum Scheme { kPassport, kGerman, kScholarly };
const std::map<char32_t, std::array<const char*, 3>> kRomanised = {
    {U'а', {"a", "a", "a"}},     {U'б', {"b", "b", "b"}},    {U'в', {"v", "w", "v"}},
    {U'г', {"g", "g", "g"}},     {U'д', {"d", "d", "d"}},    {U'е', {"e", "je", "e"}},
    {U'ё', {"e", "jo", "ë"}},    {U'ж', {"zh", "sch", "ž"}}, {U'з', {"z", "s", "z"}},
    {U'и', {"i", "i", "i"}},     {U'й', {"i", "i", "j"}},    {U'к', {"k", "k", "k"}},
    {U'л', {"l", "l", "l"}},     {U'м', {"m", "m", "m"}},    {U'н', {"n", "n", "n"}},
    {U'о', {"o", "o", "o"}},     {U'п', {"p", "p", "p"}},    {U'р', {"r", "r", "r"}},
    {U'с', {"s", "s", "s"}},     {U'т', {"t", "t", "t"}},    {U'у', {"u", "u", "u"}},
    {U'ф', {"f", "f", "f"}},     {U'х', {"kh", "ch", "x"}},  {U'ц', {"ts", "z", "c"}},
    {U'ч', {"ch", "tsch", "č"}}, {U'ш', {"sh", "sch", "š"}}, {U'щ', {"shch", "schtsch", "šč"}},
    {U'ъ', {"ie", "", "ʺ"}},     {U'ы', {"y", "y", "y"}},    {U'ь', {"", "", "ʹ"}},
    {U'э', {"e", "e", "è"}},     {U'ю', {"iu", "ju", "ju"}}, {U'я', {"ia", "ja", "ja"}},
    {U'і', {"i", "i", "i"}},     {U'ї', {"i", "ji", "ji"}},  {U'є', {"ie", "je", "je"}},
    {U'ґ', {"g", "g", "g"}},     {U'ў', {"u", "u", "ŭ"}}};

std::string Romanised(const std::string& text, Scheme scheme) {
  const icu::UnicodeString all = FromUtf8(text);
  std::string romanised;
  for (int32_t i = 0; i < all.length(); i = all.moveIndex32(i, 1)) {
    const UChar32 code_point = all.char32At(i);
    const auto found = kRomanised.find(static_cast<char32_t>(u_tolower(code_point)));
    if (found != kRomanised.end()) {
      romanised += found->second[scheme];
    } else {
      romanised += ToUtf8(icu::UnicodeString(code_point));
    }
  }
  return romanised;
}

// One letter inserted, left out, replaced, or changed with its neighbour.
std::string Mistyped(const std::string& text, std::mt19937_64* random) {
  std::u32string letters;
  const icu::UnicodeString all = FromUtf8(text);
  for (int32_t i = 0; i < all.length(); i = all.moveIndex32(i, 1)) {
    letters.push_back(static_cast<char32_t>(all.char32At(i)));
  }
  std::vector<size_t> places;
  for (size_t i = 0; i < letters.size(); ++i) {
    if (u_isalpha(static_cast<UChar32>(letters[i]))) places.push_back(i);
  }
  if (places.empty()) return text;
  const size_t place = places[(*random)() % places.size()];
  // Of the name's own letters, so that the script is the same.
  const char32_t other = letters[places[(*random)() % places.size()]];
  switch ((*random)() % 4) {
    case 0:
      letters.insert(place, 1, other);
      break;
    case 1:
      letters.erase(place, 1);
      break;
    case 2:
      letters[place] = other;
      break;
    default:
      if (place + 1 < letters.size()) std::swap(letters[place], letters[place + 1]);
  }
  icu::UnicodeString mistyped;
  for (const char32_t letter : letters) mistyped.append(static_cast<UChar32>(letter));
  return ToUtf8(mistyped);
}

class NamesRecall : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    entities_ = test::ReadSanctionLists(test::SharedDataFolder());
    if (entities_.empty()) return;
    directory_ = std::make_unique<test::TempDirectory>();
    store_ = OrThrow(Store::Open(directory_->path() + "/db", {}));
    auto load = OrThrow(store_->BeginBulkLoad(Clearance::Unrestricted(), {}));
    auto* const stream = OrThrow(load->loader().NewStream());
    StatementDraft draft;
    draft.context.claimant = OrThrow(stream->Entity("gov/list"));
    const StatementRef statement = OrThrow(stream->OpenStatement(draft));
    const PredicateRef name = OrThrow(stream->Predicate(kName));
    const PredicateRef alias = OrThrow(stream->Predicate(kAlias));
    for (const ListedEntity& entity : entities_) {
      const TermRef subject = OrThrow(stream->Entity(entity.id));
      for (size_t i = 0; i < entity.names.size(); ++i) {
        test::ThrowIfError(stream->Add(statement, subject, i == 0 ? name : alias,
                                       OrThrow(stream->Text(entity.names[i]))));
      }
    }
    OrThrow(load->Commit());
  }
  static void TearDownTestSuite() {
    store_.reset();
    directory_.reset();
    entities_.clear();
  }
  void SetUp() override {
    if (entities_.empty()) GTEST_SKIP() << "the lists are not in " << test::SharedDataFolder();
  }

  // The share that find their entity. When more entities than places have the very same score, any
  // of them may stand in the places: that is counted as found, and printed.
  static double ShareFound(const std::vector<Asked>& asked) {
    const auto view = OrThrow(store_->OpenReadView({}, Clearance::Unrestricted()));
    size_t found = 0, tied = 0, printed = 0;
    std::map<std::string, std::pair<size_t, size_t>> by_how;  // Asked, found.
    for (const Asked& one : asked) {
      const std::string& id = entities_[one.entity].id;
      const auto matches = OrThrow(
          view->NodesAlike(one.text, *view->default_scope(), {.count_max = 2 * kPlaces + 40}));
      size_t place = matches.size();
      for (size_t i = 0; i < matches.size(); ++i) {
        if (OrThrow(view->ExternalIdOf(matches[i].node)) == id) place = i;
      }
      auto& [asked_so, found_so] = by_how[one.how];
      ++asked_so;
      const bool is_tied = place >= kPlaces && place < matches.size() &&
                           matches[place].score == matches[kPlaces - 1].score;
      tied += is_tied;
      if (place < kPlaces || is_tied) {
        ++found;
        ++found_so;
      } else if (printed++ < 12) {
        fmt::print("not found: '{}' ({}) of {} '{}', place {}; first: '{}' {:.3f}\n", one.text,
                   one.how, id, entities_[one.entity].names[0], place,
                   matches.empty() ? "" : matches[0].name,
                   matches.empty() ? 0.0 : matches[0].score);
      }
    }
    for (const auto& [how, counts] : by_how) {
      fmt::print("{}: {} of {} found\n", how, counts.second, counts.first);
    }
    fmt::print("{} of {} found, {} of them among more than {} that are equal\n", found,
               asked.size(), tied, kPlaces);
    return static_cast<double>(found) / static_cast<double>(asked.size());
  }

  static std::vector<Asked> AllNames() {
    std::vector<Asked> all;
    for (size_t i = 0; i < entities_.size(); ++i) {
      for (const std::string& name : entities_[i].names) all.push_back({name, i, "as listed"});
    }
    return all;
  }

  static std::vector<ListedEntity> entities_;
  static std::unique_ptr<test::TempDirectory> directory_;
  static std::unique_ptr<Store> store_;
};

std::vector<ListedEntity> NamesRecall::entities_;
std::unique_ptr<test::TempDirectory> NamesRecall::directory_;
std::unique_ptr<Store> NamesRecall::store_;

TEST_F(NamesRecall, EveryListedNameFindsItsEntity) { EXPECT_EQ(ShareFound(AllNames()), 1); }

TEST_F(NamesRecall, NamesWithOneTypingErrorFindTheirs) {
  std::mt19937_64 random(kSeed);
  const std::vector<Asked> all = AllNames();
  std::vector<Asked> asked;
  while (asked.size() < kVariants) {
    Asked one = all[random() % all.size()];
    one.text = Mistyped(one.text, &random);
    one.how = "one typing error";
    asked.push_back(std::move(one));
  }
  EXPECT_GE(ShareFound(asked), 0.95);
}

TEST_F(NamesRecall, TransliteratedNamesFindTheirs) {
  std::mt19937_64 random(kSeed);
  std::vector<Asked> cyrillic, arabic, chinese, latin;
  for (const Asked& one : AllNames()) {
    if (IsMostlyOf(one.text, USCRIPT_CYRILLIC)) cyrillic.push_back(one);
    if (IsMostlyOf(one.text, USCRIPT_ARABIC)) arabic.push_back(one);
    if (IsMostlyOf(one.text, USCRIPT_HAN)) chinese.push_back(one);
    // Those whose own script is another, as far as the list says.
    const auto& names = entities_[one.entity].names;
    if (IsMostlyOf(one.text, USCRIPT_LATIN) &&
        std::any_of(names.begin(), names.end(),
                    [](const std::string& name) { return IsMostlyOf(name, USCRIPT_CYRILLIC); })) {
      latin.push_back(one);
    }
  }
  std::vector<Asked> asked;
  const auto add = [&](const std::vector<Asked>& from, size_t count, const char* how,
                       const auto& variant) {
    for (size_t i = 0; i < count && !from.empty(); ++i) {
      Asked one = from[random() % from.size()];
      one.text = variant(one.text);
      one.how = how;
      asked.push_back(std::move(one));
    }
  };
  add(cyrillic, 125, "Cyrillic to Latin, passport",
      [](const std::string& text) { return Romanised(text, kPassport); });
  add(cyrillic, 125, "Cyrillic to Latin, German",
      [](const std::string& text) { return Romanised(text, kGerman); });
  add(cyrillic, 125, "Cyrillic to Latin, scholarly",
      [](const std::string& text) { return Romanised(text, kScholarly); });
  add(cyrillic, 125, "Cyrillic to Latin, BGN/PCGN",
      [](const std::string& text) { return Transliterated("Russian-Latin/BGN", text); });
  add(latin, 200, "Latin to Cyrillic",
      [](const std::string& text) { return Transliterated("Latin-Cyrillic", text); });
  add(chinese, 75, "Chinese to pinyin, syllables apart",
      [](const std::string& text) { return Transliterated("Han-Latin; Latin-ASCII", text); });
  add(chinese, 75, "Chinese to pinyin, syllables joined", [&](const std::string& text) {
    std::string pinyin = Transliterated("Han-Latin; Latin-ASCII", text);
    // Two at a time, as people write them.
    bool joins = true;
    std::string joined;
    for (const char c : pinyin) {
      if (c != ' ') {
        joined.push_back(c);
      } else {
        if (!joins) joined.push_back(' ');
        joins = !joins;
      }
    }
    return joined;
  });
  add(arabic, 100, "Arabic to Latin, letter by letter",
      [](const std::string& text) { return Transliterated("Arabic-Latin; Latin-ASCII", text); });
  add(arabic, 50, "Arabic to Latin, BGN/PCGN",
      [](const std::string& text) { return Transliterated("Arabic-Latin/BGN", text); });
  ASSERT_EQ(asked.size(), kVariants);
  EXPECT_GE(ShareFound(asked), 0.95);
}

}  // namespace
}  // namespace sightline::storage
