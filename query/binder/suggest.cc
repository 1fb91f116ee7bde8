#include "query/binder/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <tuple>
#include <utility>

#include "storage/text/edit_distance.h"
#include "storage/text/name_folding.h"

namespace sightline::query {
namespace {

constexpr size_t kShortWord = 3;

// Words that are names only in back-ticks.
constexpr std::array<std::string_view, 26> kReserved = {
    "AND",   "AS",    "CASE",  "DISTINCT", "ELSE",     "END",   "FALSE", "IN",     "IS",
    "LIMIT", "MATCH", "NOT",   "NULL",     "OPTIONAL", "OR",    "ORDER", "RETURN", "SKIP",
    "THEN",  "TRUE",  "UNION", "UNWIND",   "WHEN",     "WHERE", "WITH",  "XOR"};

std::string Upper(std::string_view word) {
  std::string upper(word);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

bool IsPlainWord(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0) return false;
  const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '_');
  });
  return plain && std::find(kReserved.begin(), kReserved.end(), Upper(name)) == kReserved.end();
}

uint32_t CountCodePoints(std::string_view text) {
  return static_cast<uint32_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::vector<std::string> ClosestNames(std::string_view word, std::vector<std::string> candidates,
                                      size_t count_max) {
  const std::string folded = storage::FoldName(word);
  const size_t distance_max = CountCodePoints(folded) <= kShortWord ? 1 : 2;
  std::vector<std::pair<size_t, std::string>> close;
  for (std::string& candidate : candidates) {
    if (candidate == word) continue;
    const size_t distance =
        storage::EditDistance(folded, storage::FoldName(candidate), distance_max);
    // A short word is within a letter or two of every other: at least half of it must stay.
    if (distance > distance_max || distance * 2 > folded.size()) continue;
    close.emplace_back(distance, std::move(candidate));
  }
  std::sort(close.begin(), close.end());
  close.erase(std::unique(close.begin(), close.end()), close.end());
  std::vector<std::string> names;
  for (size_t i = 0; i < close.size() && i < count_max; ++i) {
    names.push_back(std::move(close[i].second));
  }
  return names;
}

std::string QuoteName(std::string_view name) {
  if (IsPlainWord(name)) return std::string(name);
  std::string quoted = "`";
  for (char c : name) {
    if (c == '`') quoted.push_back('`');
    quoted.push_back(c);
  }
  quoted.push_back('`');
  return quoted;
}

std::string QuoteText(std::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    switch (c) {
      case '"':
      case '\\':
        quoted.push_back('\\');
        quoted.push_back(c);
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\t':
        quoted += "\\t";
        break;
      default:
        quoted.push_back(c);
    }
  }
  quoted.push_back('"');
  return quoted;
}

SourceSpan PlaceOfName(std::string_view query_text, const SourceSpan& span, std::string_view name) {
  if (span.end > query_text.size() || span.begin >= span.end) return {};
  const std::string_view text = query_text.substr(span.begin, span.end - span.begin);
  for (const std::string& written : {std::string(name), "`" + std::string(name) + "`"}) {
    if (written.empty() || !text.ends_with(written)) continue;
    const std::string_view before = text.substr(0, text.size() - written.size());
    // On another line the column would have to be counted anew; such a name is left alone.
    if (before.find('\n') != std::string_view::npos) return {};
    SourceSpan place = span;
    place.begin += static_cast<uint32_t>(before.size());
    place.column += CountCodePoints(before);
    return place;
  }
  return {};
}

void OfferNames(Diagnostic* diagnostic, const SourceSpan& place,
                const std::vector<std::string>& replacements) {
  if (replacements.empty()) return;
  std::string question = "did you mean ";
  for (size_t i = 0; i < replacements.size(); ++i) {
    if (i > 0) question += i + 1 == replacements.size() ? " or " : ", ";
    question += replacements[i];
  }
  question += "?";
  diagnostic->labels.push_back({place.empty() ? diagnostic->span : place, std::move(question)});
  if (place.empty()) return;
  for (const std::string& replacement : replacements) {
    diagnostic->edits.push_back({place, replacement});
  }
}

}  // namespace sightline::query
