#include "clients/cli/slql_tokens.h"

#include <algorithm>
#include <string>

#include "clients/cli/display_text.h"

namespace sightline::cli {
namespace {

// clang-format off
constexpr std::string_view kKeywords[] = {
    "ACCORDING", "ACYCLIC", "AFTER", "ALL", "AND", "ANY", "AS", "ASC", "ASCENDING", "ASSERT", "AT",
    "AVOIDING", "BACKED", "BECAUSE", "BETTER", "BY", "CALL", "CASE", "CHEAPEST", "CLASS",
    "CLASSES", "CONTAINS", "COST", "COUNT", "CREDIBILITY", "CYPHER", "DEFINE", "DENIED", "DENY",
    "DESC", "DESCENDING", "DESCRIBE", "DISPUTED", "DISTINCT", "DROP", "DURING", "EDGE", "EDGES",
    "ELSE", "END", "ENDS", "EXCLUDING", "EXISTS", "EXPLAIN", "FALSE", "FILTER", "FROM", "GROUPS",
    "HUBS", "IN", "INCLUDING", "INVERSE", "IS", "KNOWN", "LET", "LIMIT", "MANY", "MARKED", "MATCH",
    "MOST", "NAMED", "NONE", "NOT", "NULL", "OF", "ONE", "ONLY", "OPTIONAL", "OR", "ORDER", "OVER",
    "PATHS", "PREDICATE", "PREDICATES", "PREFIX", "PREFIXES", "PROFILE", "QUERIES", "QUERY",
    "RELEASABLE", "RELIABILITY", "RETRACT", "RETURN", "SHORTEST", "SHOW", "SIMPLE", "SINGLE",
    "SKIP", "SOURCES", "STARTS", "SYMMETRIC", "THEN", "TO", "TRAIL", "TRANSITIVE", "TRUE",
    "UNDATED", "UNDER", "UNION", "UNKNOWN", "UNWIND", "WALK", "WHEN", "WHERE", "WHY", "WITH",
    "XOR", "YIELD",
};
// clang-format on

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
// Letters beyond ASCII count as the grammar's XID_Continue do, near enough for colours.
bool IsWord(char c) {
  return (c & 0x80) != 0 || IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         c == '_';
}
bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F); }

// The end of a text or a quoted name that begins at `at`: behind the closing quote, or the text's
// end. A doubled quote closes and opens again.
size_t QuotedEnd(std::string_view text, size_t at, bool has_escapes) {
  const char quote = text[at];
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (has_escapes && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (i + 1 < text.size() && text[i + 1] == quote) {
        ++i;
      } else {
        return i + 1;
      }
    }
  }
  return text.size();
}

size_t WordEnd(std::string_view text, size_t at) {
  while (at < text.size() && IsWord(text[at])) ++at;
  return at;
}

// #org/hikvision: words joined by single slashes and hyphens.
size_t EntityEnd(std::string_view text, size_t at) {
  while (true) {
    const size_t end = WordEnd(text, at);
    const bool goes_on = end > at && end + 1 < text.size() &&
                         (text[end] == '/' || text[end] == '-') && IsWord(text[end + 1]);
    if (!goes_on) return end;
    at = end + 1;
  }
}

// A number or a date. 2023-10-01T08:30:00+02:00 is one; 1..3 are two and a sign each.
size_t NumberEnd(std::string_view text, size_t at) {
  const size_t begin = at;
  at = WordEnd(text, at);
  const bool is_year =
      at - begin == 4 && std::all_of(text.begin() + static_cast<ptrdiff_t>(begin),
                                     text.begin() + static_cast<ptrdiff_t>(at), IsDigit);
  if (is_year && at + 2 < text.size() && text[at] == '-' &&
      (IsDigit(text[at + 1]) || text[at + 1] == 'Q')) {
    const size_t month = WordEnd(text, at + 1);
    if (text[at + 1] == 'Q') return month;
    if (month + 1 >= text.size() || text[month] != '-' || !IsDigit(text[month + 1])) return at;
    at = WordEnd(text, month + 1);
    if (text.substr(month + 1, at - month - 1).find('T') == std::string_view::npos) return at;
    while (at < text.size() &&
           (IsWord(text[at]) || text[at] == ':' || text[at] == '+' ||
            (text[at] == '.' && at + 1 < text.size() && IsDigit(text[at + 1])))) {
      ++at;
    }
    return at;
  }
  if (at + 1 < text.size() && text[at] == '.' && IsDigit(text[at + 1])) at = WordEnd(text, at + 1);
  return at;
}

std::string Upper(std::string_view word) {
  std::string upper(word);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return upper;
}

// Few, and from the terminal's own palette, so that they suit a dark ground and a light one.
std::string_view StyleOf(TokenKind kind) {
  switch (kind) {
    case TokenKind::kKeyword:
      return "34";
    case TokenKind::kText:
      return "32";
    case TokenKind::kNumber:
      return "36";
    case TokenKind::kEntity:
    case TokenKind::kParameter:
      return "35";
    case TokenKind::kComment:
      return "2";
    case TokenKind::kName:
    case TokenKind::kLabel:
    case TokenKind::kSign:
      break;
  }
  return "";
}

}  // namespace

const std::vector<std::string_view>& SlqlKeywords() {
  static const std::vector<std::string_view> keywords(std::begin(kKeywords), std::end(kKeywords));
  return keywords;
}

bool IsSlqlKeyword(std::string_view word) {
  return std::binary_search(std::begin(kKeywords), std::end(kKeywords), Upper(word));
}

std::vector<SlqlToken> SlqlTokens(std::string_view text) {
  std::vector<SlqlToken> tokens;
  char before = ' ';  // The sign in front, if it stands right there.
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    const char next = at + 1 < text.size() ? text[at + 1] : ' ';
    if (IsSpace(c)) {
      before = ' ';
      ++at;
      continue;
    }
    TokenKind kind = TokenKind::kSign;
    size_t end = at + 1;
    if (c == '/' && next == '/') {
      kind = TokenKind::kComment;
      end = std::min(text.find('\n', at), text.size());
    } else if (c == '/' && next == '*') {
      kind = TokenKind::kComment;
      const size_t close = text.find("*/", at + 2);
      end = close == std::string_view::npos ? text.size() : close + 2;
    } else if (c == '\'' || c == '"') {
      kind = TokenKind::kText;
      end = QuotedEnd(text, at, true);
    } else if (c == '`') {
      kind = TokenKind::kName;
      end = QuotedEnd(text, at, false);
    } else if (c == '#' && (IsWord(next) || next == '`')) {
      kind = TokenKind::kEntity;
      end = next == '`' ? QuotedEnd(text, at + 1, false) : EntityEnd(text, at + 1);
    } else if (c == '$' && (IsWord(next) || next == '`')) {
      kind = TokenKind::kParameter;
      end = next == '`' ? QuotedEnd(text, at + 1, false) : WordEnd(text, at + 1);
    } else if (IsDigit(c)) {
      kind = TokenKind::kNumber;
      end = NumberEnd(text, at);
    } else if (IsWord(c)) {
      end = WordEnd(text, at);
      kind = before == ':' || before == '.'             ? TokenKind::kLabel
             : IsSlqlKeyword(text.substr(at, end - at)) ? TokenKind::kKeyword
                                                        : TokenKind::kName;
    }
    tokens.push_back({kind, at, end});
    before = kind == TokenKind::kSign ? c : ' ';
    at = end;
  }
  return tokens;
}

std::vector<StyledSpan> Highlight(std::string_view text) {
  std::vector<StyledSpan> spans;
  const size_t first = text.find_first_not_of(" \t");
  if (first != std::string_view::npos && (text[first] == '\\' || text[first] == ':')) {
    const size_t end = std::min(text.find_first_of(" \t\n", first), text.size());
    spans.push_back({first, end, "1"});
    return spans;
  }
  for (const SlqlToken& token : SlqlTokens(text)) {
    const std::string_view style = StyleOf(token.kind);
    if (!style.empty()) spans.push_back({token.begin, token.end, style});
  }
  return spans;
}

size_t LastStatement(std::string_view text) {
  size_t begin = text.size();
  bool is_new = true;
  for (const SlqlToken& token : SlqlTokens(text)) {
    if (token.kind == TokenKind::kComment) continue;
    if (token.kind == TokenKind::kSign && text[token.begin] == ';') {
      is_new = true;
    } else if (is_new) {
      begin = token.begin;
      is_new = false;
    }
  }
  return begin;
}

}  // namespace sightline::cli
