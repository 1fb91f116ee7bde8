#include "query/parser/repair.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "query/parser/ast_builder.h"
#include "query/parser/habits.h"
#include "query/parser/nesting_guard.h"

namespace sightline::query {
namespace {

using Lexer = grammar::SLQLLexer;

// A repair may try this much. A parse costs some 6 us a token, so this is a quarter of a second at
// the worst and some milliseconds as a rule.
constexpr size_t kParsesMax = 80;
constexpr size_t kTokensMax = 40'000;
// Texts and words that people write by hand are shorter.
constexpr size_t kStatementBytesMax = 16 << 10;
constexpr size_t kShownBytesMax = 40;

bool IsNameLike(size_t type) {
  return type == Lexer::NAME || type == Lexer::QUOTED || type == Lexer::CURRENCY;
}

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

// Edits between words, a swap of neighbours counting one (optimal string alignment). Stops caring
// beyond `limit`.
size_t Distance(std::string_view a, std::string_view b, size_t limit) {
  const size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > limit) return limit + 1;
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1,
                             cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

struct Keyword {
  std::string word;
  size_t distance;
};

// Keywords that `word` may be a slip of, nearest first.
std::vector<Keyword> KeywordsLike(std::string_view word) {
  static const std::vector<std::string>& keywords = *[] {
    auto* names = new std::vector<std::string>;
    antlr4::ANTLRInputStream input;
    Lexer lexer(&input);
    const antlr4::dfa::Vocabulary& vocabulary = lexer.getVocabulary();
    for (size_t type = 1; type <= vocabulary.getMaxTokenType(); ++type) {
      const std::string name = vocabulary.getSymbolicName(type);
      if (name.starts_with("K_")) names->push_back(name.substr(2));
    }
    return names;
  }();
  std::vector<Keyword> near;
  const std::string upper = Upper(word);
  const size_t limit = upper.size() <= 4 ? 1 : 2;
  for (const std::string& keyword : keywords) {
    if (keyword.size() < 2 || upper.size() > 20) continue;
    const size_t distance = Distance(upper, keyword, limit);
    if (distance > 0 && distance <= limit) near.push_back({keyword, distance});
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const Keyword& a, const Keyword& b) { return a.distance < b.distance; });
  return near;
}

// The next word of a phrase that `previous` begins.
std::string_view NextOfPhrase(size_t previous) {
  switch (previous) {
    case Lexer::K_ORDER:
    case Lexer::K_BACKED:
      return "BY";
    case Lexer::K_KNOWN:
    case Lexer::K_MARKED:
      return "AT";
    case Lexer::K_ACCORDING:
    case Lexer::K_RELEASABLE:
      return "TO";
    case Lexer::K_STARTS:
    case Lexer::K_ENDS:
      return "WITH";
    case Lexer::K_OR:
      return "BETTER";
    case Lexer::K_AT:
      return "MOST";
    case Lexer::K_HUBS:
      return "OVER";
    case Lexer::K_OPTIONAL:
      return "MATCH";
    case Lexer::K_AVOIDING:
      return "HUBS OVER";
    default:
      return "";
  }
}

class Repair {
 public:
  Repair(const StatementParser& parser, const SourceText& source, const ParserLimits& limits)
      : source_(source), limits_(limits) {
    words_.reserve(parser.token_count());
    for (size_t i = 0; i < parser.token_count(); ++i) {
      const antlr4::Token& token = parser.token(i);
      const SourceSpan span = source.SpanOf(token.getStartIndex(), token.getStopIndex() + 1);
      words_.push_back({token.getType(), span, source.TextOf(span)});
    }
    bad_ = std::min(parser.bad_token(), words_.size() - 1);
    begin_ = words_.front().span.begin;
    end_ = words_.back().span.begin;
  }

  Diagnostic Explain() {
    Describe();
    if (diagnostic_.code == "SL1003") FindRepair();
    return std::move(diagnostic_);
  }

 private:
  // --- What is wrong

  static std::string Shown(std::string_view text) {
    if (text.size() <= kShownBytesMax) return std::string(text);
    size_t end = kShownBytesMax;
    while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return std::string(text.substr(0, end)) + "...";
  }

  // In quotes, unless it has its own.
  static std::string Quoted(std::string_view text) {
    const bool has_quotes =
        text.starts_with('\'') || text.starts_with('"') || text.starts_with('`');
    return has_quotes ? Shown(text) : "'" + Shown(text) + "'";
  }

  void Describe() {
    const Word& word = words_[bad_];
    diagnostic_.code = "SL1003";
    diagnostic_.span = word.span;
    switch (word.type) {
      case Lexer::UNKNOWN_CHAR:
        return DescribeUnknownSign();
      case Lexer::UNTERMINATED_STRING:
        return DescribeUnterminated("text", word.text.substr(0, 1));
      case Lexer::UNTERMINATED_NAME:
        return DescribeUnterminated("name", "`");
      case Lexer::UNTERMINATED_COMMENT:
        return DescribeUnterminated("comment", "*/");
      case antlr4::Token::EOF:
        diagnostic_.message = "the query ends too early";
        return;
      default:
        diagnostic_.message = "unexpected " + Quoted(word.text);
    }
  }

  void DescribeUnknownSign() {
    const std::string_view sign = words_[bad_].text;
    diagnostic_.code = "SL1001";
    const bool visible = static_cast<unsigned char>(sign[0]) > 0x20 && sign[0] != 0x7F;
    diagnostic_.message = visible ? fmt::format("unexpected character {}", sign)
                                  : fmt::format("unexpected control character 0x{:02X}",
                                                static_cast<unsigned char>(sign[0]));
    const ForeignSign* foreign = FindForeignSign(sign);
    if (foreign == nullptr) return;
    diagnostic_.help.emplace_back(foreign->help);
    if (foreign->replacement.empty()) return;
    // Such signs come in pairs, so all of them in the statement are replaced at once. They may
    // stand inside of what would be a text, where the lexer saw words.
    std::vector<Edit> edits;
    for (const Word& word : words_) {
      if (word.type != Lexer::UNKNOWN_CHAR) continue;
      const ForeignSign* other = FindForeignSign(word.text);
      if (other != nullptr && !other->replacement.empty()) {
        edits.push_back({word.span, std::string(other->replacement)});
      }
    }
    if (Parses(edits)) diagnostic_.edits = std::move(edits);
  }

  void DescribeUnterminated(std::string_view what, std::string_view closer) {
    diagnostic_.code = "SL1002";
    diagnostic_.message = fmt::format("this {} is never closed", what);
    diagnostic_.help.push_back(fmt::format("close it with {}", closer));
    // The caret marks where it begins; the rest may be long.
    SourceSpan& span = diagnostic_.span;
    span.end = span.begin + (what == "comment" ? 2 : 1);
  }

  // --- How to repair it

  static SourceSpan Before(const SourceSpan& span) {
    return {span.begin, span.begin, span.line, span.column};
  }
  SourceSpan Behind(size_t i) const {
    const SourceSpan& span = words_[i].span;
    return source_.SpanOfBytes(span.end, span.end);
  }

  // Whether the statement parses with all of `edits`, which do not overlap. False also when the
  // budget is spent.
  bool Parses(std::vector<Edit> edits) {
    if (edits.empty() || end_ - begin_ > kStatementBytesMax) return false;
    if (++parses_ > kParsesMax || tokens_ + words_.size() > kTokensMax) return false;
    tokens_ += words_.size();
    std::sort(edits.begin(), edits.end(),
              [](const Edit& a, const Edit& b) { return a.span.begin < b.span.begin; });
    std::string text;
    size_t at = begin_;
    for (const Edit& edit : edits) {
      text += source_.text().substr(at, edit.span.begin - at);
      text += edit.replacement;
      at = edit.span.end;
    }
    text += source_.text().substr(at, end_ - at);

    TokenReader reader(text);
    NestingGuard guard;
    std::vector<std::unique_ptr<antlr4::Token>> tokens;
    do {
      tokens.push_back(reader.Next());
      if (guard.Feed(tokens.back()->getType()) > limits_.nesting_max) return false;
    } while (tokens.back()->getType() != antlr4::Token::EOF);
    // Nothing is left: that parses as an empty script, and is no repair.
    if (tokens.size() == 1) return false;
    StatementParser parser(std::move(tokens));
    grammar::SLQLParser::StatementContext* tree = parser.Parse(StatementParser::Mode::kSll);
    return tree != nullptr && BuildStatement(tree, SourceText(text), limits_.operators_max).ok();
  }

  // What is left out takes the blanks in front of it along.
  std::vector<Edit> WithoutBlanks(std::vector<Edit> edits) const {
    for (Edit& edit : edits) {
      if (!edit.replacement.empty()) continue;
      size_t begin = edit.span.begin;
      while (begin > begin_ &&
             (source_.text()[begin - 1] == ' ' || source_.text()[begin - 1] == '\t')) {
        --begin;
      }
      if (begin > begin_) edit.span = source_.SpanOfBytes(begin, edit.span.end);
    }
    return edits;
  }

  bool Try(std::vector<Edit> edits, std::string help) {
    if (!Parses(edits)) return false;
    diagnostic_.edits = WithoutBlanks(std::move(edits));
    diagnostic_.help.push_back(std::move(help));
    return true;
  }

  bool AtEnd() const { return words_[bad_].type == antlr4::Token::EOF; }
  bool Is(size_t i, size_t type) const { return words_[i].type == type; }

  void FindRepair() {
    if (TryHabit()) return;
    if (TryKeyword(bad_)) return;
    if (bad_ > 0 && TryKeyword(bad_ - 1)) return;
    if (TryPhrase()) return;
    if (TryBrackets()) return;
    // MATCH MATCH, > >
    if (bad_ > 0 && words_[bad_].text == words_[bad_ - 1].text && TryDeletion(bad_)) return;
    if (TryInsertions()) return;
    if (TryReplacements()) return;
    // Where an operand is missing, nobody means the clause behind it to go.
    const bool operand_missing = bad_ > 0 && IsOperator(words_[bad_ - 1].type) &&
                                 (AtEnd() || BeginsClause(words_[bad_].type));
    if (!operand_missing && !AtEnd() && TryDeletion(bad_)) return;
    if (bad_ > 0 && (!operand_missing || CanDangle(words_[bad_ - 1].type)) && TryDeletion(bad_ - 1))
      return;
    DescribeWithoutRepair();
  }

  bool TryHabit() {
    const std::optional<Habit> habit = RecogniseHabit(words_, bad_);
    if (!habit.has_value()) return false;
    diagnostic_.span = SourceSpan::Joining(words_[habit->word].span,
                                           words_[habit->word + habit->word_count - 1].span);
    diagnostic_.message = "unexpected " + Quoted(source_.TextOf(diagnostic_.span));
    diagnostic_.help.push_back(habit->help);
    if (Parses(habit->edits)) diagnostic_.edits = WithoutBlanks(habit->edits);
    return true;
  }

  bool TryKeyword(size_t i) {
    if (!IsNameLike(words_[i].type) || words_[i].type == Lexer::QUOTED) return false;
    for (const Keyword& keyword : KeywordsLike(words_[i].text)) {
      if (!Parses({{words_[i].span, keyword.word}})) continue;
      diagnostic_.message = "unexpected " + Quoted(words_[i].text);
      diagnostic_.span = words_[i].span;
      diagnostic_.edits = {{words_[i].span, keyword.word}};
      diagnostic_.help.push_back(fmt::format("did you mean {}?", keyword.word));
      return true;
    }
    return false;
  }

  // Signs stand directly behind the word before, words between blanks.
  bool TryInsert(size_t i, std::string_view insertion) {
    const bool is_word = (insertion[0] >= 'A' && insertion[0] <= 'Z') || insertion == "=";
    const bool at_end = words_[i].type == antlr4::Token::EOF;
    Edit edit{i > 0 ? Behind(i - 1) : Before(words_[i].span), std::string(insertion)};
    if (is_word) edit.replacement = i > 0 ? " " + edit.replacement : edit.replacement + " ";
    return Try({edit},
               at_end ? fmt::format("{} is missing at the end", insertion)
                      : fmt::format("{} is missing before {}", insertion, Quoted(words_[i].text)));
  }

  bool TryPhrase() {
    if (bad_ == 0 || AtEnd()) return false;
    const std::string_view next = NextOfPhrase(words_[bad_ - 1].type);
    if (!next.empty() && TryInsert(bad_, next)) return true;
    // AS 2023-10-01
    if (Is(bad_ - 1, Lexer::K_AS) && TryInsert(bad_, "OF")) return true;
    // The phrase's first word is missing: BY c.name
    return Is(bad_, Lexer::K_BY) && TryInsert(bad_, "ORDER");
  }

  struct Bracket {
    size_t word;
    std::string_view closer;
  };

  // Brackets open in front of `end`, innermost last. Sets `*surplus` to a closing one that fits
  // none.
  std::vector<Bracket> OpenBrackets(size_t end, std::optional<size_t>* surplus) const {
    std::vector<Bracket> open;
    for (size_t i = 0; i < end; ++i) {
      switch (words_[i].type) {
        case Lexer::LPAREN:
          open.push_back({i, ")"});
          break;
        case Lexer::LBRACK:
          open.push_back({i, "]"});
          break;
        case Lexer::LBRACE:
          open.push_back({i, "}"});
          break;
        case Lexer::RPAREN:
        case Lexer::RBRACK:
        case Lexer::RBRACE:
          if (open.empty() || open.back().closer != words_[i].text) {
            if (!surplus->has_value()) *surplus = i;
          } else {
            open.pop_back();
          }
          break;
        default:
          break;
      }
    }
    return open;
  }

  bool TryBrackets() {
    const Word& bad = words_[bad_];
    std::optional<size_t> surplus;
    const std::vector<Bracket> open = OpenBrackets(bad_, &surplus);
    const bool closes = bad.text == ")" || bad.text == "]" || bad.text == "}";
    if (open.empty()) {
      return closes &&
             Try({{bad.span, ""}}, fmt::format("no bracket is open here; leave {} out", bad.text));
    }
    if (surplus.has_value()) return false;
    const Bracket& innermost = open.back();
    const std::string help = fmt::format("'{}' is not closed: {} is missing",
                                         words_[innermost.word].text, innermost.closer);
    bool found = Try({{Behind(bad_ - 1), std::string(innermost.closer)}}, help);
    if (!found && closes) found = Try({{bad.span, std::string(innermost.closer)}}, help);
    if (!found && AtEnd()) {
      std::string closers;
      for (auto bracket = open.rbegin(); bracket != open.rend(); ++bracket)
        closers += bracket->closer;
      found = Try({{Behind(bad_ - 1), closers}}, fmt::format("'{}' is not closed: {} is missing",
                                                             words_[innermost.word].text, closers));
    }
    if (found || AtEnd())
      diagnostic_.labels.push_back({words_[innermost.word].span, "opened here"});
    return found;
  }

  // Signs and words that may be missing in front of the bad one, each where it can be meant: a soft
  // keyword or a sign that makes some other sense of the text by chance must not be offered.
  bool TryInsertions() {
    if (bad_ == 0) return TryInsert(0, "MATCH");
    const Word& bad = words_[bad_];
    const Word& previous = words_[bad_ - 1];
    const bool behind_bracket = Is(bad_ - 1, Lexer::RPAREN) || Is(bad_ - 1, Lexer::RBRACK);
    const bool before_bracket = Is(bad_, Lexer::LPAREN) || Is(bad_, Lexer::LBRACK);
    const bool before_value = IsNameLike(bad.type) || Is(bad_, Lexer::INTEGER) ||
                              Is(bad_, Lexer::FLOAT) || Is(bad_, Lexer::STRING) ||
                              Is(bad_, Lexer::PARAM) || Is(bad_, Lexer::ID) ||
                              Is(bad_, Lexer::TEMPORAL) || Is(bad_, Lexer::SCALED);
    // RETURN c.name company
    if (IsNameLike(bad.type) && TryInsert(bad_, "AS")) return true;
    // {name 'x'}
    std::optional<size_t> surplus;
    const std::vector<Bracket> open = OpenBrackets(bad_, &surplus);
    const bool in_map = !open.empty() && open.back().closer == "}";
    if (in_map && before_value && IsNameLike(previous.type) && TryInsert(bad_, ":")) return true;
    // WHERE c.name 'x'
    const bool compares = before_value && !IsNameLike(bad.type) && IsNameLike(previous.type);
    if (compares && TryInsert(bad_, "=")) return true;
    if (!AtEnd() && TryInsert(bad_, ",")) return true;
    if (behind_bracket && before_bracket) {
      for (std::string_view edge : {"-", "->", "-->"}) {
        if (TryInsert(bad_, edge)) return true;
      }
    }
    if (Is(bad_ - 1, Lexer::MINUS) && (TryInsert(bad_, "-") || TryInsert(bad_, ">"))) return true;
    for (std::string_view sign : {"(", "[", "{"}) {
      if (!AtEnd() && TryInsert(bad_, sign)) return true;
    }
    // [supplies]->, -:supplies]->
    if (bad_ > 1 && Is(bad_ - 1, Lexer::COLON) && TryInsert(bad_ - 1, "[")) return true;
    // Reserved words are names behind a dot and a colon.
    if (Is(bad_ - 1, Lexer::DOT) || Is(bad_ - 1, Lexer::COLON)) return false;
    for (std::string_view word : {"END", "THEN", "WHEN"}) {
      if (Mentions(Lexer::K_CASE) && TryInsert(bad_, word)) return true;
    }
    for (std::string_view word : {"TO", "FROM"}) {
      if (Is(0, Lexer::K_DEFINE) && TryInsert(bad_, word)) return true;
    }
    for (std::string_view word : {"AND", "IN", "RETURN", "MATCH"}) {
      if (!AtEnd() && TryInsert(bad_, word)) return true;
    }
    return false;
  }

  bool Mentions(size_t type) const {
    return std::any_of(words_.begin(), words_.end(),
                       [&](const Word& word) { return word.type == type; });
  }

  // Of signs alone: a word in the place of a sign is more likely superfluous.
  bool TryReplacements() {
    const Word& bad = words_[bad_];
    static constexpr std::string_view kSigns[] = {")", "]",  "}", ",",  ":",
                                                  "-", "->", "=", "..", "|"};
    static constexpr std::string_view kReplaceable = "()[]{},:;.|&=<>-+*/^~";
    if (AtEnd() || kReplaceable.find(bad.text.front()) == std::string_view::npos) return false;
    for (std::string_view sign : kSigns) {
      if (sign == bad.text) continue;
      if (Try({{bad.span, std::string(sign)}},
              fmt::format("write {} instead of {}", sign, Quoted(bad.text)))) {
        return true;
      }
    }
    return false;
  }

  bool TryDeletion(size_t i) {
    const Word& word = words_[i];
    if (!Try({{word.span, ""}}, fmt::format("leave {} out", Quoted(word.text)))) return false;
    if (i == bad_) return true;
    diagnostic_.span = word.span;
    diagnostic_.message = AtEnd() ? "nothing follows " + Quoted(word.text)
                                  : fmt::format("nothing fits between {} and {}", Quoted(word.text),
                                                Quoted(words_[bad_].text));
    return true;
  }

  void DescribeWithoutRepair() {
    // A quote that is missing shows where the next text begins, lines later.
    for (size_t i = bad_ > 1 ? bad_ - 2 : 0; i <= bad_; ++i) {
      if (!Is(i, Lexer::STRING) || words_[i].text.find('\n') == std::string_view::npos) continue;
      SourceSpan quote = words_[i].span;
      quote.end = quote.begin + 1;
      diagnostic_.labels.push_back({quote, "this text runs over several lines"});
      diagnostic_.help.emplace_back("is its closing quote missing?");
      return;
    }
    if (bad_ == 0) {
      diagnostic_.help.emplace_back(
          "a statement begins with MATCH, ASSERT, DENY, RETRACT, DEFINE, SHOW, DESCRIBE or RETURN");
      return;
    }
    switch (words_[bad_ - 1].type) {
      case Lexer::K_DEFINE:
        diagnostic_.help.emplace_back(
            "define a CLASS, a PREDICATE, a QUERY, a PREFIX, or an edge: DEFINE (a)-[:p]->(b) AS "
            "MATCH ...");
        return;
      case Lexer::K_SHOW:
        diagnostic_.help.emplace_back("show CLASSES, PREDICATES or SOURCES");
        return;
      case Lexer::K_DROP:
        diagnostic_.help.emplace_back("drop a CLASS, a PREDICATE, a QUERY, an EDGE or a PREFIX");
        return;
      default:
        break;
    }
    if (Is(0, Lexer::K_RETRACT) && AtEnd() && !Mentions(Lexer::K_BECAUSE)) {
      diagnostic_.help.emplace_back("a retraction gives its reason: BECAUSE \"...\"");
    } else if (AtEnd() || IsOperator(words_[bad_ - 1].type)) {
      diagnostic_.help.push_back(
          fmt::format("something has to follow {}", Quoted(words_[bad_ - 1].text)));
    }
  }

  static bool BeginsClause(size_t type) {
    switch (type) {
      case Lexer::K_MATCH:
      case Lexer::K_OPTIONAL:
      case Lexer::K_WHERE:
      case Lexer::K_WITH:
      case Lexer::K_UNWIND:
      case Lexer::K_RETURN:
      case Lexer::K_ORDER:
      case Lexer::K_SKIP:
      case Lexer::K_LIMIT:
      case Lexer::K_UNION:
        return true;
      default:
        return false;
    }
  }

  // What is left over when the last of several operands has been deleted.
  static bool CanDangle(size_t type) {
    return type == Lexer::COMMA || type == Lexer::K_AND || type == Lexer::K_OR ||
           type == Lexer::K_XOR || type == Lexer::K_WHERE || type == Lexer::K_FILTER;
  }

  static bool IsOperator(size_t type) {
    switch (type) {
      case Lexer::EQ:
      case Lexer::NEQ:
      case Lexer::LT:
      case Lexer::LE:
      case Lexer::GT:
      case Lexer::GE:
      case Lexer::REGEX:
      case Lexer::PLUS:
      case Lexer::MINUS:
      case Lexer::STAR:
      case Lexer::SLASH:
      case Lexer::PERCENT:
      case Lexer::CARET:
      case Lexer::COMMA:
      case Lexer::DOT:
      case Lexer::K_AND:
      case Lexer::K_OR:
      case Lexer::K_XOR:
      case Lexer::K_NOT:
      case Lexer::K_IN:
      case Lexer::K_WHERE:
      case Lexer::K_FILTER:
      case Lexer::K_CONTAINS:
        return true;
      default:
        return false;
    }
  }

  const SourceText& source_;
  const ParserLimits& limits_;
  std::vector<Word> words_;  // End with EOF.
  size_t bad_ = 0;
  size_t begin_ = 0, end_ = 0;  // Bytes of the statement.
  size_t parses_ = 0, tokens_ = 0;
  Diagnostic diagnostic_;
};

}  // namespace

Diagnostic ExplainSyntaxError(const StatementParser& parser, const SourceText& source,
                              const ParserLimits& limits) {
  return Repair(parser, source, limits).Explain();
}

}  // namespace sightline::query
