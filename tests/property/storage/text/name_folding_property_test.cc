#include "storage/text/name_folding.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <string>

#include "storage/base/utf8.h"

namespace sightline::storage {
namespace {

// Assigned code points, mostly those names are written with.
rc::Gen<UChar32> AnyCodePoint() {
  return rc::gen::suchThat(
      rc::gen::oneOf(
          rc::gen::inRange<UChar32>(1, 0x80), rc::gen::inRange<UChar32>(0x80, 0x600),
          rc::gen::inRange<UChar32>(0x1E00, 0x2100), rc::gen::inRange<UChar32>(0x3000, 0x3100),
          rc::gen::inRange<UChar32>(0xFE00, 0xFFFE), rc::gen::inRange<UChar32>(1, 0x2'0000)),
      [](UChar32 code_point) { return u_charType(code_point) != U_SURROGATE; });
}

std::string TextOf(const std::vector<UChar32>& code_points) {
  icu::UnicodeString text;
  for (UChar32 code_point : code_points) text.append(code_point);
  std::string utf8;
  text.toUTF8String(utf8);
  return utf8;
}

std::string AnyName() { return TextOf(*rc::gen::container<std::vector<UChar32>>(AnyCodePoint())); }

RC_GTEST_PROP(FoldName, FoldingAgainChangesNothing, ()) {
  const std::string folded = FoldName(AnyName());
  RC_ASSERT(FoldName(folded) == folded);
  RC_ASSERT(IsValidUtf8(folded));
}

RC_GTEST_PROP(FoldName, LeavesNoWhiteSpaceAtTheEndsOrTwice, ()) {
  const std::string folded = FoldName(" " + AnyName() + "  " + AnyName() + " ");
  RC_ASSERT(!folded.starts_with(' '));
  RC_ASSERT(!folded.ends_with(' '));
  RC_ASSERT(folded.find("  ") == std::string::npos);
}

RC_GTEST_PROP(FoldName, DoesNotSeeCase, ()) {
  // Upper case is not the opposite of folding for every letter (dotless i); for these it is.
  const std::string letters = "abcxyzäöüéèñçšžабвгдеёжзийαβγδ";
  std::string lower;
  std::string upper;
  for (size_t i = *rc::gen::inRange(0, 20); i > 0; --i) {
    icu::UnicodeString all = icu::UnicodeString::fromUTF8(letters);
    icu::UnicodeString letter(all.char32At(*rc::gen::inRange(0, all.length())));
    letter.toUTF8String(lower);
    letter.toUpper().toUTF8String(upper);
  }
  RC_ASSERT(FoldName(upper) == FoldName(lower));
}

RC_GTEST_PROP(FoldName, TakesAnyBytes, ()) {
  RC_ASSERT(IsValidUtf8(FoldName(*rc::gen::arbitrary<std::string>())));
}

// Random names seldom hold the one code point that breaks the law.
TEST(FoldName, IsStableForEveryCodePoint) {
  for (UChar32 code_point = 1; code_point <= 0x10'FFFF; ++code_point) {
    if (!u_isdefined(code_point) || u_charType(code_point) == U_SURROGATE) continue;
    const std::string folded = FoldName(TextOf({'a', code_point, 'b'}));
    ASSERT_EQ(FoldName(folded), folded) << std::hex << code_point;
  }
}

}  // namespace
}  // namespace sightline::storage
