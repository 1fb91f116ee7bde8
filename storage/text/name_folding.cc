#include "storage/text/name_folding.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <cstdint>

#include "storage/base/check.h"

namespace sightline::storage {
namespace {

// ICU keeps both for the life of the process.
const icu::Normalizer2& Decomposer() {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFKDInstance(error);
  SL_CHECK(U_SUCCESS(error));
  return *normalizer;
}

const icu::Normalizer2& Composer() {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFCInstance(error);
  SL_CHECK(U_SUCCESS(error));
  return *normalizer;
}

icu::UnicodeString Normalized(const icu::Normalizer2& normalizer, const icu::UnicodeString& text) {
  UErrorCode error = U_ZERO_ERROR;
  icu::UnicodeString result = normalizer.normalize(text, error);
  SL_CHECK(U_SUCCESS(error));
  return result;
}

// The ASCII character for a typographic variant of it, else the code point itself.
UChar32 PlainPunctuation(UChar32 code_point) {
  switch (code_point) {
    case 0x0060:  // Grave accent.
    case 0x00B4:  // Acute accent.
    case 0x02B9:  // Modifier letter prime; the soft sign in transliterated Cyrillic.
    case 0x02BB:  // Turned comma; the okina.
    case 0x02BC:  // Modifier letter apostrophe.
    case 0x02BD:
    case 0x02BE:  // Hamza in transliterated Arabic ...
    case 0x02BF:  // ... and ayn.
    case 0x02C8:
    case 0x2018:
    case 0x2019:
    case 0x201A:
    case 0x201B:
    case 0x2032:
    case 0x2035:
    case 0x2039:
    case 0x203A:
    case 0xFF07:
    case 0xFF40:
      return '\'';
    case 0x00AB:
    case 0x00BB:
    case 0x02BA:
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2033:
    case 0x2036:
    case 0x300C:
    case 0x300D:
    case 0x301D:
    case 0x301E:
    case 0x301F:
    case 0xFF02:
      return '"';
    case 0x2212:  // Minus.
    case 0x2043:  // Hyphen bullet.
      return '-';
    default:
      break;
  }
  if (u_charType(code_point) == U_DASH_PUNCTUATION) return '-';
  return code_point;
}

// Whether a mark is a diacritic, that is, can go and leave the word. Marks that belong to a script
// of their own (the vowel signs of Devanagari or Thai) are letters in all but name; the voicing
// marks of kana make another syllable.
bool IsDiacritic(UChar32 code_point) {
  const int8_t type = u_charType(code_point);
  if (type != U_NON_SPACING_MARK && type != U_ENCLOSING_MARK) return false;
  if (code_point == 0x3099 || code_point == 0x309A) return false;
  UErrorCode error = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(code_point, &error);
  SL_CHECK(U_SUCCESS(error));
  switch (script) {
    case USCRIPT_INHERITED:
    case USCRIPT_COMMON:
    case USCRIPT_LATIN:
    case USCRIPT_GREEK:
    case USCRIPT_CYRILLIC:
    case USCRIPT_ARABIC:
    case USCRIPT_HEBREW:
    case USCRIPT_SYRIAC:
      return true;
    default:
      return false;
  }
}

// Letters with a stroke or a bar, and digraphs, which Unicode does not decompose. Lower case only:
// case is folded first. Null: the letter stays.
const char16_t* PlainLetters(UChar32 code_point) {
  switch (code_point) {
    case 0x00E6:
      return u"ae";
    case 0x0153:
      return u"oe";
    case 0x00F8:
      return u"o";
    case 0x0142:
      return u"l";
    case 0x0111:
    case 0x00F0:
      return u"d";
    case 0x0127:
      return u"h";
    case 0x0131:
      return u"i";
    case 0x0167:
      return u"t";
    case 0x00FE:
      return u"th";
    default:
      return nullptr;
  }
}

// One code point at a time: punctuation first, for NFKD would turn an acute accent into a space.
icu::UnicodeString WithPlainPunctuation(const icu::UnicodeString& text) {
  icu::UnicodeString result;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 code_point = text.char32At(i);
    if (u_isUWhiteSpace(code_point)) {
      result.append(u' ');
    } else if (!u_hasBinaryProperty(code_point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) {
      result.append(PlainPunctuation(code_point));
    }
  }
  return result;
}

icu::UnicodeString WithPlainLetters(const icu::UnicodeString& text) {
  icu::UnicodeString result;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 code_point = text.char32At(i);
    if (IsDiacritic(code_point)) continue;
    if (const char16_t* letters = PlainLetters(code_point)) {
      result.append(letters, -1);
    } else {
      result.append(code_point);
    }
  }
  return result;
}

icu::UnicodeString FoldedOnce(const icu::UnicodeString& name) {
  icu::UnicodeString text = Normalized(Decomposer(), WithPlainPunctuation(name));
  text.foldCase(U_FOLD_CASE_DEFAULT);
  // Case folding can bring out what decomposes further.
  text = WithPlainLetters(Normalized(Decomposer(), text));
  return Normalized(Composer(), text);
}

icu::UnicodeString WithSingleSpaces(const icu::UnicodeString& text) {
  icu::UnicodeString result;
  bool space_pending = false;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 code_point = text.char32At(i);
    if (u_isUWhiteSpace(code_point)) {
      space_pending = !result.isEmpty();
      continue;
    }
    if (space_pending) result.append(u' ');
    space_pending = false;
    result.append(code_point);
  }
  return result;
}

bool IsPlainAscii(std::string_view name) {
  for (char c : name) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

// The same result for ASCII, without ICU: nine names in ten.
std::string FoldedAscii(std::string_view name) {
  std::string result;
  bool space_pending = false;
  for (char c : name) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      space_pending = !result.empty();
      continue;
    }
    if (space_pending) result.push_back(' ');
    space_pending = false;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    result.push_back(c == '`' ? '\'' : c);
  }
  return result;
}

}  // namespace

std::string FoldName(std::string_view name) {
  if (IsPlainAscii(name)) return FoldedAscii(name);
  SL_CHECK(name.size() <= INT32_MAX);
  // Some compatibility forms decompose into punctuation that has a plain form of its own; a second
  // turn finds them. The result is then stable, which the property test holds us to.
  icu::UnicodeString text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(name.data(), static_cast<int32_t>(name.size())));
  text = WithSingleSpaces(FoldedOnce(FoldedOnce(text)));
  std::string result;
  text.toUTF8String(result);
  return result;
}

}  // namespace sightline::storage
