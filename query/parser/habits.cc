#include "query/parser/habits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "SLQLLexer.h"

namespace sightline::query {
namespace {

using Lexer = grammar::SLQLLexer;

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

// A word that stands where a clause or an operator would, and what SLQL has for it. `replacement`
// is the word to write instead, empty when there is none.
struct ForeignWord {
  std::string_view word, replacement, help;
};
constexpr std::string_view kWritesHelp =
    "facts are not changed in place: ASSERT a pattern ACCORDING TO a source, or RETRACT a "
    "statement "
    "BECAUSE of a reason";
constexpr ForeignWord kForeignWords[] = {
    {"SELECT", "",
     "a question is MATCH what to look for, then RETURN what to show: "
     "MATCH (c:Company) RETURN c.name"},
    {"FROM", "", "there is no FROM: the pattern says where to look, as in MATCH (c:Company)"},
    {"JOIN", "",
     "patterns are joined by the variables they share: MATCH (a)-[:owns]->(b), (b)-[:owns]->(c)"},
    {"HAVING", "", "name the total and filter it: WITH c, count(x) AS n, then FILTER n > 3"},
    {"CREATE", "", kWritesHelp},
    {"INSERT", "", kWritesHelp},
    {"MERGE", "", kWritesHelp},
    {"SET", "", kWritesHelp},
    {"UPDATE", "", kWritesHelp},
    {"DELETE", "", kWritesHelp},
    {"REMOVE", "", kWritesHelp},
    {"DETACH", "", kWritesHelp},
    {"FOREACH", "", "use UNWIND list AS item, then ASSERT"},
    {"LOAD", "", "the server reads no files: send the rows as a parameter and UNWIND $rows AS row"},
    {"OFFSET", "SKIP", "write SKIP"},
    {"TOP", "", "write LIMIT n at the end"},
    {"FETCH", "", "write LIMIT n at the end"},
    {"ALTER", "", "define the class or predicate again: DEFINE PREDICATE p FROM C TO D"},
    {"VALUES", "", "UNWIND [...] AS row makes rows of a list"},
    {"RLIKE", "=~", "write =~ for regular expressions"},
    {"REGEXP", "=~", "write =~ for regular expressions"},
    {"INCLUDES", "CONTAINS", "write CONTAINS"},
    {"USE", "", "there is one graph; ACCORDING TO a source narrows it"},
};

constexpr ForeignSign kForeignSigns[] = {
    {"“", "\"", "this is a typographic quote; use ' or \""},
    {"”", "\"", "this is a typographic quote; use ' or \""},
    {"„", "\"", "this is a typographic quote; use ' or \""},
    {"«", "\"", "this is a typographic quote; use ' or \""},
    {"»", "\"", "this is a typographic quote; use ' or \""},
    {"‘", "'", "this is a typographic quote; use ' or \""},
    {"’", "'", "this is a typographic quote; use ' or \""},
    {"–", "-", "this is a dash; edges are written with a hyphen -"},
    {"—", "-", "this is a dash; edges are written with a hyphen -"},
    {"−", "-", "this is a typographic minus; write -"},
    {"→", "->", "write ->"},
    {"←", "<-", "write <-"},
    {"≠", "<>", "write <>"},
    {"≤", "<=", "write <="},
    {"≥", ">=", "write >="},
    {"×", "*", "write *"},
    {"÷", "/", "write /"},
    {"（", "(", "this is a full-width bracket; write ("},
    {"）", ")", "this is a full-width bracket; write )"},
    {"，", ",", "this is a full-width comma; write ,"},
    {"：", ":", "this is a full-width colon; write :"},
    {"；", ";", "this is a full-width semicolon; write ;"},
    {"…", "..", "write .. for a range"},
    {"?", "", "parameters have names: $name"},
    {"#", "", "an id follows # directly: #org/hikvision; comments begin with //"},
    {"@", "", "a statement variable follows @ directly: -[:supplies @st]->"},
    {"$", "", "the name of a parameter follows $ directly: $name"},
    {"\\", "", "a backslash stands only inside of quotes"},
};

class HabitFinder {
 public:
  HabitFinder(const std::vector<Word>& words, size_t bad) : words_(words), bad_(bad) {}

  std::optional<Habit> Find() const {
    if (auto habit = DoubledSign()) return habit;
    if (auto habit = SqlComment()) return habit;
    if (auto habit = ShortestPathFunction()) return habit;
    if (auto habit = InBrackets()) return habit;
    if (auto habit = Like()) return habit;
    if (auto habit = Between()) return habit;
    if (auto habit = GroupBy()) return habit;
    if (auto habit = WhereAfterReturn()) return habit;
    if (auto habit = SkipAfterLimit()) return habit;
    if (auto habit = LimitTwo()) return habit;
    if (auto habit = NullsLast()) return habit;
    if (auto habit = BareEdge()) return habit;
    return ForeignWordHere();
  }

 private:
  bool Is(size_t i, size_t type) const { return i < words_.size() && words_[i].type == type; }
  bool Says(size_t i, std::string_view upper) const {
    return i < words_.size() && Upper(words_[i].text) == upper;
  }
  SourceSpan Between(size_t first, size_t last) const {
    return SourceSpan::Joining(words_[first].span, words_[last].span);
  }
  static SourceSpan Before(const SourceSpan& span) {
    return {span.begin, span.begin, span.line, span.column};
  }
  std::string TextOf(size_t first, size_t last) const {
    const char* begin = words_[first].text.data();
    return {begin, words_[last].text.data() + words_[last].text.size()};
  }
  size_t LastBefore(size_t i, size_t type) const {
    while (i > 0) {
      if (words_[--i].type == type) return i;
    }
    return kNone;
  }
  // The bracket that closes the one at `open`.
  size_t CloserOf(size_t open) const {
    int depth = 0;
    for (size_t i = open; i < words_.size(); ++i) {
      const size_t type = words_[i].type;
      depth += type == Lexer::LPAREN || type == Lexer::LBRACK || type == Lexer::LBRACE;
      depth -= type == Lexer::RPAREN || type == Lexer::RBRACK || type == Lexer::RBRACE;
      if (depth == 0) return i;
    }
    return kNone;
  }
  // The last word before the next clause of those that may follow a projection, from `begin` on.
  size_t EndOfClause(size_t begin) const {
    size_t i = begin;
    while (i + 1 < words_.size() && words_[i + 1].type != antlr4::Token::EOF) {
      const size_t next = words_[i + 1].type;
      if (next == Lexer::K_ORDER || next == Lexer::K_SKIP || next == Lexer::K_LIMIT ||
          next == Lexer::K_RETURN || next == Lexer::K_UNION || Says(i + 1, "HAVING")) {
        break;
      }
      ++i;
    }
    return i;
  }

  std::optional<Habit> DoubledSign() const {
    struct Doubled {
      size_t first, second;
      std::string_view replacement, help;
    };
    static constexpr Doubled kDoubled[] = {
        {Lexer::EQ, Lexer::EQ, "=", "equality is a single ="},
        {Lexer::AMP, Lexer::AMP, "AND", "write AND"},
        {Lexer::PIPE, Lexer::PIPE, "OR", "write OR; texts are joined with +"},
        {Lexer::EQ, Lexer::GT, ">=", "write >="},
        {Lexer::EQ, Lexer::LT, "<=", "write <="},
        {Lexer::COLON, Lexer::EQ, "=", "write ="},
        {Lexer::NEQ, Lexer::EQ, "<>", "write <>"},
        {Lexer::STAR, Lexer::STAR, "^", "powers are written with ^"},
    };
    for (size_t first : {bad_ > 0 ? bad_ - 1 : bad_, bad_}) {
      for (const Doubled& doubled : kDoubled) {
        if (Is(first, doubled.first) && Is(first + 1, doubled.second) &&
            words_[first].span.end == words_[first + 1].span.begin) {
          return Habit{first,
                       2,
                       std::string(doubled.help),
                       {{Between(first, first + 1), std::string(doubled.replacement)}}};
        }
      }
    }
    if (Is(bad_, Lexer::BANG)) return Habit{bad_, 1, "write NOT", {{words_[bad_].span, "NOT "}}};
    return std::nullopt;
  }

  std::optional<Habit> SqlComment() const {
    for (size_t first : {bad_ > 0 ? bad_ - 1 : bad_, bad_}) {
      if (Is(first, Lexer::MINUS) && Is(first + 1, Lexer::MINUS) && Is(first + 2, Lexer::NAME)) {
        return Habit{first, 2, "a comment begins with //", {{Between(first, first + 1), "//"}}};
      }
    }
    return std::nullopt;
  }

  std::optional<Habit> ShortestPathFunction() const {
    const bool all = Says(bad_, "ALLSHORTESTPATHS");
    if (!all && !Says(bad_, "SHORTESTPATH")) return std::nullopt;
    Habit habit{
        bad_, 1, fmt::format("write MATCH p = {}SHORTEST (a)-[*..6]-(b)", all ? "ALL " : ""), {}};
    const size_t close = Is(bad_ + 1, Lexer::LPAREN) ? CloserOf(bad_ + 1) : kNone;
    if (close != kNone) {
      habit.edits = {{Between(bad_, bad_ + 1), all ? "ALL SHORTEST " : "SHORTEST "},
                     {words_[close].span, ""}};
    }
    return habit;
  }

  std::optional<Habit> InBrackets() const {
    if (!Is(bad_, Lexer::COMMA)) return std::nullopt;
    const size_t open = LastBefore(bad_, Lexer::LPAREN);
    if (open == kNone || open == 0 || !Is(open - 1, Lexer::K_IN)) return std::nullopt;
    Habit habit{open, 1, "a list stands in square brackets: IN [1, 2]", {}};
    if (const size_t close = CloserOf(open); close != kNone) {
      habit.edits = {{words_[open].span, "["}, {words_[close].span, "]"}};
    }
    return habit;
  }

  std::optional<Habit> Like() const {
    if (!Says(bad_, "LIKE") && !Says(bad_, "ILIKE")) return std::nullopt;
    Habit habit{
        bad_,
        1,
        "write CONTAINS 'x', STARTS WITH 'x', ENDS WITH 'x', or =~ for a regular expression",
        {}};
    if (!Is(bad_ + 1, Lexer::STRING)) return habit;
    std::string_view pattern = words_[bad_ + 1].text;
    const std::string quote(1, pattern.front());
    pattern = pattern.substr(1, pattern.size() - 2);
    const bool open_start = pattern.starts_with('%'), open_end = pattern.ends_with('%');
    if (open_start) pattern.remove_prefix(1);
    if (open_end && !pattern.empty()) pattern.remove_suffix(1);
    if (pattern.find_first_of("%_") != std::string_view::npos || pattern.empty()) return habit;
    const std::string_view op = open_start && open_end ? "CONTAINS "
                                : open_start           ? "ENDS WITH "
                                : open_end             ? "STARTS WITH "
                                                       : "= ";
    habit.edits = {
        {Between(bad_, bad_ + 1), std::string(op) + quote + std::string(pattern) + quote}};
    return habit;
  }

  std::optional<Habit> Between() const {
    if (!Says(bad_, "BETWEEN") || bad_ == 0) return std::nullopt;
    Habit habit{bad_, 1, "write x >= a AND x <= b", {}};
    // The left side, when it is a plain x or x.y.z.
    size_t first = bad_ - 1;
    while (first >= 2 && Is(first - 1, Lexer::DOT)) first -= 2;
    size_t conjunction = bad_ + 1;
    while (conjunction < words_.size() && !Is(conjunction, Lexer::K_AND)) ++conjunction;
    if (Is(first, Lexer::NAME) && conjunction < words_.size()) {
      habit.edits = {{words_[bad_].span, ">="},
                     {words_[conjunction].span, "AND " + TextOf(first, bad_ - 1) + " <="}};
    }
    return habit;
  }

  std::optional<Habit> GroupBy() const {
    if (!Says(bad_, "GROUP") || !Is(bad_ + 1, Lexer::K_BY)) return std::nullopt;
    return Habit{
        bad_,
        1,
        "leave GROUP BY out: RETURN c.country, count(*) groups by the columns that are no totals",
        {{Between(bad_, EndOfClause(bad_)), ""}}};
  }

  std::optional<Habit> WhereAfterReturn() const {
    if (!Is(bad_, Lexer::K_WHERE)) return std::nullopt;
    const size_t returns = LastBefore(bad_, Lexer::K_RETURN);
    if (returns == kNone || bad_ + 1 >= words_.size() - 1) return std::nullopt;
    const size_t last = EndOfClause(bad_);
    return Habit{bad_,
                 1,
                 "conditions stand before RETURN: WHERE behind MATCH, or FILTER",
                 {{Before(words_[returns].span), "FILTER " + TextOf(bad_ + 1, last) + " "},
                  {Between(bad_, last), ""}}};
  }

  std::optional<Habit> SkipAfterLimit() const {
    if (!Is(bad_, Lexer::K_SKIP)) return std::nullopt;
    const size_t limit = LastBefore(bad_, Lexer::K_LIMIT);
    if (limit == kNone || bad_ + 1 >= words_.size() - 1) return std::nullopt;
    const size_t last = EndOfClause(bad_);
    return Habit{
        bad_,
        1,
        "SKIP stands before LIMIT",
        {{Before(words_[limit].span), TextOf(bad_, last) + " "}, {Between(bad_, last), ""}}};
  }

  std::optional<Habit> LimitTwo() const {
    if (!Is(bad_, Lexer::COMMA) || bad_ < 2 || !Is(bad_ - 2, Lexer::K_LIMIT)) return std::nullopt;
    Habit habit{bad_, 1, "LIMIT takes one number: SKIP 20 LIMIT 10", {}};
    if (Is(bad_ + 1, Lexer::INTEGER)) {
      habit.edits = {
          {Between(bad_ - 2, bad_ + 1),
           fmt::format("SKIP {} LIMIT {}", words_[bad_ - 1].text, words_[bad_ + 1].text)}};
    }
    return habit;
  }

  std::optional<Habit> NullsLast() const {
    if (!Says(bad_, "NULLS")) return std::nullopt;
    return Habit{bad_,
                 1,
                 "what is unknown comes last, and first with DESC",
                 {{Between(bad_, bad_ + 1), ""}}};
  }

  // (a)->(b) and (a) supplies (b)
  std::optional<Habit> BareEdge() const {
    if (Is(bad_, Lexer::GT) && Is(bad_ - 1, Lexer::MINUS) && bad_ >= 2 &&
        Is(bad_ - 2, Lexer::RPAREN)) {
      return Habit{bad_ - 1,
                   2,
                   "an edge has two strokes: --> or -[:supplies]->",
                   {{words_[bad_].span, "->"}}};
    }
    if (bad_ > 0 && Is(bad_ - 1, Lexer::RPAREN) && Is(bad_, Lexer::LBRACK)) {
      return Habit{
          bad_, 1, "an edge is written -[:supplies]->", {{Before(words_[bad_].span), "-"}}};
    }
    return std::nullopt;
  }

  std::optional<Habit> ForeignWordHere() const {
    for (size_t i : {bad_, bad_ > 0 ? bad_ - 1 : bad_}) {
      if (Is(i, antlr4::Token::EOF)) continue;
      const std::string word = Upper(words_[i].text);
      const auto* known =
          std::find_if(std::begin(kForeignWords), std::end(kForeignWords),
                       [&](const ForeignWord& foreign) { return foreign.word == word; });
      if (known == std::end(kForeignWords)) continue;
      Habit habit{i, 1, std::string(known->help), {}};
      if (!known->replacement.empty()) {
        habit.edits = {{words_[i].span, std::string(known->replacement)}};
      }
      return habit;
    }
    return std::nullopt;
  }

  static constexpr size_t kNone = static_cast<size_t>(-1);
  const std::vector<Word>& words_;
  const size_t bad_;
};

}  // namespace

std::optional<Habit> RecogniseHabit(const std::vector<Word>& words, size_t bad) {
  return HabitFinder(words, bad).Find();
}

const ForeignSign* FindForeignSign(std::string_view sign) {
  const auto* known =
      std::find_if(std::begin(kForeignSigns), std::end(kForeignSigns),
                   [&](const ForeignSign& foreign) { return foreign.sign == sign; });
  return known == std::end(kForeignSigns) ? nullptr : known;
}

}  // namespace sightline::query
