// Functions over texts. Positions and lengths count code points.

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "query/functions/function_families.h"
#include "query/functions/runtime_error.h"
#include "query/functions/text_search.h"
#include "storage/base/check.h"
#include "storage/base/utf8.h"

namespace sightline::query {
namespace {

// Unicode's simple case mapping, one code point for one; C.UTF-8 is part of glibc, whatever locales
// the machine has.
locale_t UnicodeLocale() {
  static const locale_t locale = [] {
    const locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    SL_CHECK(made != nullptr);
    return made;
  }();
  return locale;
}

void AppendUtf8(char32_t c, std::string* text) {
  if (c < 0x80) {
    *text += static_cast<char>(c);
  } else if (c < 0x800) {
    *text += static_cast<char>(0xC0 | (c >> 6));
    *text += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    *text += static_cast<char>(0xE0 | (c >> 12));
    *text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    *text += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    *text += static_cast<char>(0xF0 | (c >> 18));
    *text += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    *text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    *text += static_cast<char>(0x80 | (c & 0x3F));
  }
}

template <typename Map>
std::string MapCodePoints(std::string_view text, const Map& map) {
  std::string mapped;
  mapped.reserve(text.size());
  for (size_t offset = 0; offset < text.size();) {
    AppendUtf8(map(storage::NextCodePoint(text, &offset)), &mapped);
  }
  return mapped;
}

// The byte offset of code point number `index`, or the end of the text.
size_t ByteOffset(std::string_view text, int64_t index) {
  size_t offset = 0;
  for (; index > 0 && offset < text.size(); --index) storage::NextCodePoint(text, &offset);
  return offset;
}

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view TrimLeft(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  return text;
}
std::string_view TrimRight(std::string_view text) {
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

Datum OfView(std::string_view text) { return Datum::OfText(std::string(text)); }

Status NegativeArgument(std::string_view function) {
  return RuntimeError("SL5004",
                      fmt::format("{} does not take a negative position or length", function));
}

StatusOr<Datum> ToUpper(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const std::string_view text, TextArgument("toUpper", arguments[0]));
  return Datum::OfText(MapCodePoints(text, [](char32_t c) {
    return static_cast<char32_t>(towupper_l(static_cast<wint_t>(c), UnicodeLocale()));
  }));
}
StatusOr<Datum> ToLower(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const std::string_view text, TextArgument("toLower", arguments[0]));
  return Datum::OfText(MapCodePoints(text, [](char32_t c) {
    return static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), UnicodeLocale()));
  }));
}
StatusOr<Datum> Trim(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const std::string_view text, TextArgument("trim", arguments[0]));
  return OfView(TrimLeft(TrimRight(text)));
}
StatusOr<Datum> LeftTrim(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const std::string_view text, TextArgument("lTrim", arguments[0]));
  return OfView(TrimLeft(text));
}
StatusOr<Datum> RightTrim(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const std::string_view text, TextArgument("rTrim", arguments[0]));
  return OfView(TrimRight(text));
}
StatusOr<Datum> Substring(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const std::string_view text, TextArgument("substring", arguments[0]));
  SL_ASSIGN_OR_RETURN(const int64_t start, IntegerArgument("substring", arguments[1]));
  if (start < 0) return NegativeArgument("substring");
  const std::string_view rest = text.substr(ByteOffset(text, start));
  if (arguments.size() == 2) return OfView(rest);
  SL_ASSIGN_OR_RETURN(const int64_t length, IntegerArgument("substring", arguments[2]));
  if (length < 0) return NegativeArgument("substring");
  return OfView(rest.substr(0, ByteOffset(rest, length)));
}
StatusOr<Datum> Left(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const std::string_view text, TextArgument("left", arguments[0]));
  SL_ASSIGN_OR_RETURN(const int64_t length, IntegerArgument("left", arguments[1]));
  if (length < 0) return NegativeArgument("left");
  return OfView(text.substr(0, ByteOffset(text, length)));
}
StatusOr<Datum> Right(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const std::string_view text, TextArgument("right", arguments[0]));
  SL_ASSIGN_OR_RETURN(const int64_t length, IntegerArgument("right", arguments[1]));
  if (length < 0) return NegativeArgument("right");
  const auto size = static_cast<int64_t>(storage::CodePointCount(text));
  return OfView(text.substr(ByteOffset(text, std::max<int64_t>(size - length, 0))));
}
StatusOr<Datum> Split(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(std::string_view text, TextArgument("split", arguments[0]));
  SL_ASSIGN_OR_RETURN(const std::string_view delimiter, TextArgument("split", arguments[1]));
  DatumList parts;
  while (true) {
    if (parts.size() >= kListItemsMax) return TooLarge("the result of split");
    // Without a delimiter, between all code points.
    size_t end = delimiter.empty() ? ByteOffset(text, 1) : FindText(text, delimiter);
    if (end == std::string_view::npos || (delimiter.empty() && end == text.size())) break;
    parts.push_back(OfView(text.substr(0, end)));
    text.remove_prefix(end + delimiter.size());
  }
  parts.push_back(OfView(text));
  return Datum(std::move(parts));
}
StatusOr<Datum> Replace(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const std::string_view text, TextArgument("replace", arguments[0]));
  SL_ASSIGN_OR_RETURN(const std::string_view search, TextArgument("replace", arguments[1]));
  SL_ASSIGN_OR_RETURN(const std::string_view by, TextArgument("replace", arguments[2]));
  if (search.empty()) return OfView(text);
  std::string result;
  size_t offset = 0;
  while (true) {
    const size_t found = FindText(text, search, offset);
    const std::string_view kept = text.substr(offset, found - offset);
    const bool last = found == std::string_view::npos;
    if (result.size() + kept.size() + (last ? 0 : by.size()) > kTextBytesMax) {
      return TooLarge("the result of replace");
    }
    result += kept;
    if (last) return Datum::OfText(std::move(result));
    result += by;
    offset = found + search.size();
  }
}
StatusOr<Datum> CharacterCount(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const std::string_view text, TextArgument("char_length", arguments[0]));
  return Datum::OfInteger(static_cast<int64_t>(storage::CodePointCount(text)));
}
StatusOr<Datum> Language(Arguments arguments, EvaluationContext*) {
  SL_RETURN_IF_ERROR(TextArgument("language", arguments[0]).status());
  const std::string& language = arguments[0].value()->get_if<storage::Text>()->language;
  return language.empty() ? Datum() : Datum::OfText(language);
}

constexpr ScalarFunction kFunctions[] = {
    {"toUpper", "toUpper(text STRING) -> STRING", "In capitals.", 1, 1, StaticType::kText, true,
     ToUpper},
    {"upper", "upper(text STRING) -> STRING", "The same as toUpper.", 1, 1, StaticType::kText, true,
     ToUpper},
    {"toLower", "toLower(text STRING) -> STRING", "In small letters.", 1, 1, StaticType::kText,
     true, ToLower},
    {"lower", "lower(text STRING) -> STRING", "The same as toLower.", 1, 1, StaticType::kText, true,
     ToLower},
    {"trim", "trim(text STRING) -> STRING", "Without white space at both ends.", 1, 1,
     StaticType::kText, true, Trim},
    {"lTrim", "lTrim(text STRING) -> STRING", "Without white space at the start.", 1, 1,
     StaticType::kText, true, LeftTrim},
    {"rTrim", "rTrim(text STRING) -> STRING", "Without white space at the end.", 1, 1,
     StaticType::kText, true, RightTrim},
    {"substring", "substring(text STRING, start INTEGER[, length INTEGER]) -> STRING",
     "From character `start`, counted from 0.", 2, 3, StaticType::kText, true, Substring},
    {"left", "left(text STRING, length INTEGER) -> STRING", "The first characters.", 2, 2,
     StaticType::kText, true, Left},
    {"right", "right(text STRING, length INTEGER) -> STRING", "The last characters.", 2, 2,
     StaticType::kText, true, Right},
    {"split", "split(text STRING, delimiter STRING) -> LIST",
     "The parts between the delimiters; the characters when it is empty.", 2, 2, StaticType::kList,
     true, Split},
    {"replace", "replace(text STRING, search STRING, by STRING) -> STRING",
     "With every occurrence replaced.", 3, 3, StaticType::kText, true, Replace},
    {"char_length", "char_length(text STRING) -> INTEGER", "The number of characters.", 1, 1,
     StaticType::kInteger, true, CharacterCount},
    {"language", "language(text STRING) -> STRING",
     "The text's language tag; null when it has none.", 1, 1, StaticType::kText, true, Language},
};

}  // namespace

std::span<const ScalarFunction> TextFunctions() { return kFunctions; }

}  // namespace sightline::query
