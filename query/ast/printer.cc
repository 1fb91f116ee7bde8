#include "query/ast/printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace sightline::query::ast {
namespace {

// Binding strength in the order of the grammar's `expression` rule; a higher one binds tighter.
enum Level : int {
  kOrLevel = 1,
  kXorLevel,
  kAndLevel,
  kNotLevel,
  kCompareLevel,
  kNamedLevel,
  kStringLevel,
  kInLevel,
  kNullLevel,
  kAddLevel,
  kMultiplyLevel,
  kPowerLevel,
  kSignLevel,
  kClassLevel,
  kIndexLevel,  // And slices.
  kPropertyLevel,
  kAtomLevel,
};

Level LevelOf(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kAdd:
    case BinaryOperator::kSubtract:
      return kAddLevel;
    case BinaryOperator::kMultiply:
    case BinaryOperator::kDivide:
    case BinaryOperator::kModulo:
      return kMultiplyLevel;
    case BinaryOperator::kPower:
      return kPowerLevel;
    case BinaryOperator::kEqual:
    case BinaryOperator::kNotEqual:
    case BinaryOperator::kLess:
    case BinaryOperator::kLessEqual:
    case BinaryOperator::kGreater:
    case BinaryOperator::kGreaterEqual:
      return kCompareLevel;
    case BinaryOperator::kAnd:
      return kAndLevel;
    case BinaryOperator::kOr:
      return kOrLevel;
    case BinaryOperator::kXor:
      return kXorLevel;
    case BinaryOperator::kIn:
    case BinaryOperator::kNotIn:
      return kInLevel;
    case BinaryOperator::kStartsWith:
    case BinaryOperator::kEndsWith:
    case BinaryOperator::kContains:
    case BinaryOperator::kRegexMatch:
      return kStringLevel;
  }
  return kAtomLevel;
}

bool IsAssociative(BinaryOperator op) {
  return op == BinaryOperator::kAnd || op == BinaryOperator::kOr || op == BinaryOperator::kXor;
}

// Every word of the lexer. A name that equals one is printed in back-ticks, also where the grammar
// would take it bare.
bool IsKeyword(std::string_view name) {
  static constexpr auto kWords = std::to_array<std::string_view>({
      "ACCORDING", "ACYCLIC",   "AFTER",      "ALL",         "AND",      "ANY",      "AS",
      "ASC",       "ASCENDING", "ASSERT",     "AT",          "AVOIDING", "BACKED",   "BECAUSE",
      "BETTER",    "BY",        "CALL",       "CASE",        "CHEAPEST", "CLASS",    "CLASSES",
      "CONTAINS",  "COST",      "COUNT",      "CREDIBILITY", "CYPHER",   "DEFINE",   "DENIED",
      "DENY",      "DESC",      "DESCENDING", "DESCRIBE",    "DISPUTED", "DISTINCT", "DROP",
      "DURING",    "EDGE",      "EDGES",      "ELSE",        "END",      "ENDS",     "EXCLUDING",
      "EXISTS",    "EXPLAIN",   "FALSE",      "FILTER",      "FROM",     "GROUPS",   "HUBS",
      "IN",        "INCLUDING", "INVERSE",    "IS",          "KNOWN",    "LET",      "LIMIT",
      "MANY",      "MARKED",    "MATCH",      "MOST",        "NAMED",    "NONE",     "NOT",
      "NULL",      "OF",        "ONE",        "ONLY",        "OPTIONAL", "OR",       "ORDER",
      "OVER",      "PATHS",     "PREDICATE",  "PREDICATES",  "PREFIX",   "PREFIXES", "PROFILE",
      "QUERIES",   "QUERY",     "RELEASABLE", "RELIABILITY", "RETRACT",  "RETURN",   "SHORTEST",
      "SHOW",      "SIMPLE",    "SINGLE",     "SKIP",        "SOURCES",  "STARTS",   "SYMMETRIC",
      "THEN",      "TO",        "TRAIL",      "TRANSITIVE",  "TRUE",     "UNDATED",  "UNDER",
      "UNION",     "UNKNOWN",   "UNWIND",     "WALK",        "WHEN",     "WHERE",    "WHY",
      "WITH",      "XOR",       "YIELD",
  });
  std::string upper(name);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return std::find(kWords.begin(), kWords.end(), upper) != kWords.end();
}

bool IsWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsWordPart(char c) { return IsWordStart(c) || (c >= '0' && c <= '9'); }

bool IsWord(std::string_view text) {
  return !text.empty() && IsWordStart(text[0]) && std::all_of(text.begin(), text.end(), IsWordPart);
}

std::string BackTicked(std::string_view text) {
  std::string out = "`";
  for (char c : text) {
    out += c;
    if (c == '`') out += c;
  }
  return out + "`";
}

// Names beyond ASCII are back-ticked: telling which of them are identifiers takes Unicode's tables.
std::string QuoteName(std::string_view name) {
  return IsWord(name) && !IsKeyword(name) ? std::string(name) : BackTicked(name);
}

// These two keywords are common as functions, and read better bare.
std::string QuoteFunction(std::string_view name) {
  return name == "count" || name == "exists" ? std::string(name) : QuoteName(name);
}

std::string QuoteId(std::string_view id) {
  bool bare = !id.empty() && IsWordPart(id.front()) && IsWordPart(id.back());
  for (size_t i = 0; i < id.size() && bare; ++i) {
    const bool joint = id[i] == '/' || id[i] == '-';
    bare = IsWordPart(id[i]) || (joint && IsWordPart(id[i + 1]));
  }
  return "#" + (bare ? std::string(id) : BackTicked(id));
}

std::string QuoteParameter(std::string_view name) {
  const bool bare = !name.empty() && std::all_of(name.begin(), name.end(), IsWordPart);
  return "$" + (bare ? std::string(name) : BackTicked(name));
}

std::string QuoteString(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// `in_time_position`: behind AS OF and its like, where 2023 and 2023-10 are dates.
std::string PrintValue(const storage::Value& value, bool in_time_position) {
  const std::string_view symbol = storage::ComparatorSymbol(value.comparator());
  std::string out = symbol.empty() ? "" : std::string(symbol) + " ";
  if (value.is_null()) return out + "NULL";
  if (const auto* boolean = value.get_if<bool>()) return out + (*boolean ? "TRUE" : "FALSE");
  if (const auto* integer = value.get_if<int64_t>()) return out + std::to_string(*integer);
  if (const auto* decimal = value.get_if<storage::Decimal>()) return out + decimal->ToString();
  if (const auto* number = value.get_if<double>()) {
    std::string digits = fmt::format("{}", *number);
    if (digits.find_first_of(".en") == std::string::npos) digits += ".0";
    return out + digits;
  }
  if (const auto* text = value.get_if<storage::Text>()) {
    return QuoteString(text->text) + (text->language.empty() ? "" : "@" + text->language);
  }
  if (const auto* date = value.get_if<storage::PartialDate>()) {
    const bool bare = in_time_position || date->precision == storage::DatePrecision::kDay ||
                      date->precision == storage::DatePrecision::kQuarter;
    return bare ? date->ToString() : "date('" + date->ToString() + "')";
  }
  if (const auto* instant = value.get_if<storage::Instant>()) return instant->ToString();
  if (const auto* money = value.get_if<storage::Money>()) {
    return out + money->amount.ToString() + " " + money->currency;
  }
  if (const auto* quantity = value.get_if<storage::Quantity>()) {
    return out + quantity->amount.ToString() + " " + QuoteString(quantity->unit);
  }
  if (const auto* percentage = value.get_if<storage::Percentage>()) {
    return out + percentage->percent.ToString() + " \"%\"";
  }
  // Geo points and nodes have no literal; this form is for people only.
  return out + value.ToString();
}

bool IsNegativeNumber(const Expression& expression) {
  const auto* literal = std::get_if<Literal>(&expression.node);
  if (literal == nullptr) return false;
  const storage::Value& value = literal->value;
  if (const auto* integer = value.get_if<int64_t>()) return *integer < 0;
  if (const auto* number = value.get_if<double>()) return std::signbit(*number);
  if (const auto* decimal = value.get_if<storage::Decimal>()) return decimal->unscaled < 0;
  if (const auto* money = value.get_if<storage::Money>()) return money->amount.unscaled < 0;
  if (const auto* quantity = value.get_if<storage::Quantity>())
    return quantity->amount.unscaled < 0;
  if (const auto* share = value.get_if<storage::Percentage>()) return share->percent.unscaled < 0;
  return false;
}

class Printer {
 public:
  std::string Take() { return std::move(out_); }

  void PrintScript(const Script& script) {
    for (const Statement& statement : script.statements) {
      PrintStatement(statement);
      out_ += ";\n";
    }
  }

  void PrintStatement(const Statement& statement) {
    std::visit([this](const auto& node) { PrintNode(node); }, statement.node);
  }

  void PrintExpression(const Expression& expression, int level_needed = kOrLevel) {
    const bool parenthesised = LevelOf(expression) < level_needed;
    if (parenthesised) out_ += "(";
    std::visit([this](const auto& node) { PrintNode(node); }, expression.node);
    if (parenthesised) out_ += ")";
  }

 private:
  static int LevelOf(const Expression& expression) {
    if (const auto* binary = std::get_if<Binary>(&expression.node)) return ast::LevelOf(binary->op);
    if (const auto* unary = std::get_if<Unary>(&expression.node)) {
      switch (unary->op) {
        case UnaryOperator::kPlus:
        case UnaryOperator::kMinus:
          return kSignLevel;
        case UnaryOperator::kNot:
          return kNotLevel;
        case UnaryOperator::kIsNull:
        case UnaryOperator::kIsNotNull:
          return kNullLevel;
      }
    }
    if (std::holds_alternative<Property>(expression.node)) return kPropertyLevel;
    if (std::holds_alternative<Index>(expression.node)) return kIndexLevel;
    if (std::holds_alternative<Slice>(expression.node)) return kIndexLevel;
    if (std::holds_alternative<ClassCheck>(expression.node)) return kClassLevel;
    if (std::holds_alternative<NamedCheck>(expression.node)) return kNamedLevel;
    if (IsNegativeNumber(expression)) return kSignLevel;
    return kAtomLevel;
  }

  // A comma list.
  template <typename Items, typename PrintItem>
  void PrintList(const Items& items, PrintItem print_item) {
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += ", ";
      first = false;
      print_item(item);
    }
  }
  void PrintExpressions(const std::vector<ExpressionPtr>& items) {
    PrintList(items, [this](const ExpressionPtr& item) { PrintExpression(*item); });
  }
  void PrintMap(const std::vector<MapEntry>& entries) {
    out_ += "{";
    PrintList(entries, [this](const MapEntry& entry) {
      out_ += QuoteName(entry.key.text) + ": ";
      PrintExpression(*entry.value);
    });
    out_ += "}";
  }

  // --- Expressions

  void PrintNode(const Literal& node) {
    out_ += PrintValue(node.value, /*in_time_position=*/false);
  }
  void PrintNode(const IdLiteral& node) { out_ += QuoteId(node.external_id); }
  void PrintNode(const ParameterExpression& node) { out_ += QuoteParameter(node.name); }
  void PrintNode(const Variable& node) { out_ += QuoteName(node.name); }
  void PrintNode(const Property& node) {
    PrintExpression(*node.object, kPropertyLevel);
    out_ += "." + QuoteName(node.key.text);
  }
  void PrintNode(const Index& node) {
    PrintExpression(*node.object, kIndexLevel);
    out_ += "[";
    PrintExpression(*node.index);
    out_ += "]";
  }
  void PrintNode(const Slice& node) {
    PrintExpression(*node.object, kIndexLevel);
    out_ += "[";
    // Blanks: 1..2 would be read as the numbers 1. and .2 by people, and `x.` as a property begun.
    if (node.from) PrintExpression(*node.from);
    out_ += " .. ";
    if (node.to) PrintExpression(*node.to);
    out_ += "]";
  }
  void PrintNode(const ClassCheck& node) {
    // One level tighter, for a second test behind the first would join it: x:A:B is x:(A&B).
    PrintExpression(*node.object, kIndexLevel);
    out_ += ":";
    PrintClassTest(node.test, /*level_needed=*/1);
  }
  void PrintNode(const NamedCheck& node) {
    PrintExpression(*node.object, kNamedLevel);
    out_ += node.fuzzy ? " NAMED ~" : " NAMED ";
    PrintExpression(*node.name, kNamedLevel + 1);
  }
  void PrintNode(const Unary& node) {
    switch (node.op) {
      case UnaryOperator::kPlus:
        out_ += "+";
        break;
      case UnaryOperator::kMinus:
        out_ += "-";
        break;
      case UnaryOperator::kNot:
        out_ += "NOT ";
        PrintExpression(*node.operand, kNotLevel);
        return;
      case UnaryOperator::kIsNull:
        PrintExpression(*node.operand, kNullLevel);
        out_ += " IS NULL";
        return;
      case UnaryOperator::kIsNotNull:
        PrintExpression(*node.operand, kNullLevel);
        out_ += " IS NOT NULL";
        return;
    }
    // A sign directly before a number belongs to the number, so one that does not needs the
    // brackets.
    const bool number = std::holds_alternative<Literal>(node.operand->node) &&
                        !IsNegativeNumber(*node.operand) && node.op == UnaryOperator::kMinus;
    if (number) out_ += "(";
    PrintExpression(*node.operand, kSignLevel);
    if (number) out_ += ")";
  }
  void PrintNode(const Binary& node) {
    const int level = ast::LevelOf(node.op);
    // One level tighter, for a < b < c would be a chain: a < b AND b < c.
    PrintExpression(*node.left, level == kCompareLevel ? level + 1 : level);
    out_ += fmt::format(" {} ", OperatorSymbol(node.op));
    // The parser joins a chain of one associative operator however it was bracketed.
    PrintExpression(*node.right, IsAssociative(node.op) ? level : level + 1);
  }
  void PrintNode(const ListLiteral& node) {
    out_ += "[";
    bool first = true;
    for (const ExpressionPtr& item : node.items) {
      if (!first) out_ += ", ";
      // [x IN xs] would be a comprehension.
      const auto* binary = std::get_if<Binary>(&item->node);
      const bool test =
          node.items.size() == 1 && binary != nullptr && binary->op == BinaryOperator::kIn;
      PrintExpression(*item, test ? kAtomLevel : kOrLevel);
      first = false;
    }
    out_ += "]";
  }
  void PrintNode(const MapLiteral& node) { PrintMap(node.entries); }
  void PrintNode(const CountStar&) { out_ += "count(*)"; }
  void PrintNode(const FunctionCall& node) {
    PrintQualifiedName(node.name);
    out_ += node.distinct ? "(DISTINCT " : "(";
    PrintExpressions(node.arguments);
    out_ += ")";
  }
  void PrintNode(const CaseExpression& node) {
    out_ += "CASE";
    if (node.subject) {
      out_ += " ";
      PrintExpression(*node.subject);
    }
    for (const auto& [when, then] : node.branches) {
      out_ += " WHEN ";
      PrintExpression(*when);
      out_ += " THEN ";
      PrintExpression(*then);
    }
    if (node.otherwise) {
      out_ += " ELSE ";
      PrintExpression(*node.otherwise);
    }
    out_ += " END";
  }
  void PrintNode(const QuantifiedCheck& node) {
    static constexpr std::string_view kNames[] = {"ALL", "ANY", "NONE", "SINGLE"};
    out_ += fmt::format("{}({} IN ", kNames[static_cast<int>(node.kind)],
                        QuoteName(node.variable.text));
    PrintExpression(*node.list);
    PrintWhere(node.where);
    out_ += ")";
  }
  void PrintNode(const ListComprehension& node) {
    out_ += "[" + QuoteName(node.variable.text) + " IN ";
    PrintExpression(*node.list);
    PrintWhere(node.where);
    if (node.projection) {
      out_ += " | ";
      PrintExpression(*node.projection);
    }
    out_ += "]";
  }
  void PrintNode(const PatternComprehension& node) {
    out_ += "[";
    PrintPatterns(node.match->patterns);
    PrintWhere(node.match->where);
    out_ += " | ";
    PrintExpression(*node.projection);
    out_ += "]";
  }
  void PrintNode(const PatternCheck& node) { PrintPatterns(node.match->patterns); }
  void PrintNode(const Subquery& node) {
    out_ += node.count ? "COUNT { " : "EXISTS { ";
    PrintQuery(*node.query);
    out_ += " }";
  }

  void PrintQualifiedName(std::string_view name) {
    while (true) {
      const size_t dot = name.find('.');
      out_ += QuoteFunction(name.substr(0, dot));
      if (dot == std::string_view::npos) return;
      out_ += ".";
      name.remove_prefix(dot + 1);
    }
  }

  void PrintWhere(const ExpressionPtr& where) {
    if (!where) return;
    out_ += " WHERE ";
    PrintExpression(*where);
  }

  // --- Class tests. Levels: 0 alternatives, 1 conjunctions, 2 negations and atoms.

  void PrintClassTest(const ClassTest& test, int level_needed = 0) {
    const int level = test.kind == ClassTest::Kind::kOr    ? 0
                      : test.kind == ClassTest::Kind::kAnd ? 1
                                                           : 2;
    const bool parenthesised = level < level_needed;
    if (parenthesised) out_ += "(";
    if (test.only) out_ += "ONLY ";
    switch (test.kind) {
      case ClassTest::Kind::kName:
        out_ += QuoteName(test.text);
        break;
      case ClassTest::Kind::kId:
        out_ += QuoteId(test.text);
        break;
      case ClassTest::Kind::kQuoted:
        out_ += QuoteString(test.text);
        break;
      case ClassTest::Kind::kParameter:
        out_ += QuoteParameter(test.text);
        break;
      case ClassTest::Kind::kAny:
        out_ += "%";
        break;
      case ClassTest::Kind::kNot:
        out_ += "!";
        PrintClassTest(test.children.front(), 2);
        break;
      case ClassTest::Kind::kAnd:
      case ClassTest::Kind::kOr: {
        const std::string_view sign = test.kind == ClassTest::Kind::kAnd ? "&" : "|";
        for (size_t i = 0; i < test.children.size(); ++i) {
          if (i > 0) out_ += sign;
          PrintClassTest(test.children[i], level + 1);
        }
        break;
      }
    }
    if (parenthesised) out_ += ")";
  }

  // --- Patterns

  void PrintHead(const std::optional<Name>& variable) {
    if (variable) out_ += QuoteName(variable->text) + " = ";
  }
  void PrintProperties(const std::vector<MapEntry>& properties, const ExpressionPtr& where) {
    if (!properties.empty()) {
      out_ += " ";
      PrintMap(properties);
    }
    PrintWhere(where);
  }
  void PrintNodePattern(const NodePattern& node) {
    out_ += "(";
    if (node.variable) out_ += QuoteName(node.variable->text);
    if (node.id) out_ += QuoteId(node.id->text);
    if (node.quoted) out_ += QuoteString(node.quoted->text);
    if (node.classes) {
      out_ += ":";
      PrintClassTest(*node.classes);
    }
    if (node.named) {
      out_ += node.named_fuzzy ? " NAMED ~" : " NAMED ";
      PrintExpression(*node.named);
    }
    PrintProperties(node.properties, node.where);
    out_ += ")";
  }
  void PrintBound(const ExpressionPtr& bound) {
    if (bound) PrintExpression(*bound);
  }
  void PrintQuantifier(const HopRange& range) {
    out_ += "{";
    PrintBound(range.from);
    out_ += ",";
    PrintBound(range.to);
    out_ += "}";
  }
  void PrintEdgePattern(const EdgePattern& edge) {
    out_ += edge.direction == Direction::kLeft ? "<-[" : "-[";
    if (edge.variable) out_ += QuoteName(edge.variable->text);
    if (edge.predicates) {
      out_ += ":";
      PrintClassTest(*edge.predicates);
    }
    if (edge.hops && edge.hops->star) {
      out_ += "*";
      PrintBound(edge.hops->from);
      if (edge.hops->from || edge.hops->to) out_ += "..";
      PrintBound(edge.hops->to);
    }
    if (edge.statement_variable) out_ += " @" + edge.statement_variable->text;
    PrintProperties(edge.properties, edge.where);
    out_ += edge.direction == Direction::kRight ? "]->" : "]-";
    if (edge.hops && !edge.hops->star) PrintQuantifier(*edge.hops);
  }
  void PrintTerms(const std::vector<PatternTerm>& terms) {
    for (const PatternTerm& term : terms) {
      if (const auto* node = std::get_if<NodePattern>(&term)) {
        PrintNodePattern(*node);
      } else if (const auto* edge = std::get_if<EdgePattern>(&term)) {
        PrintEdgePattern(*edge);
      } else {
        const GroupPattern& group = *std::get<std::unique_ptr<GroupPattern>>(term);
        out_ += "(";
        PrintHead(group.variable);
        PrintTerms(group.terms);
        PrintWhere(group.where);
        out_ += ")";
        if (group.repeat) PrintQuantifier(*group.repeat);
      }
    }
  }
  void PrintSelector(const PathSelector& selector) {
    const auto count = [&] {
      if (!selector.count) return;
      out_ += " ";
      PrintExpression(*selector.count);
    };
    if (selector.kind_given) {
      switch (selector.kind) {
        case PathSelector::Kind::kAll:
          out_ += "ALL";
          break;
        case PathSelector::Kind::kAny:
          out_ += "ANY";
          count();
          break;
        case PathSelector::Kind::kAnyShortest:
          out_ += "ANY SHORTEST";
          break;
        case PathSelector::Kind::kAllShortest:
          out_ += "ALL SHORTEST";
          break;
        case PathSelector::Kind::kShortest:
        case PathSelector::Kind::kShortestGroups:
          out_ += "SHORTEST";
          count();
          break;
        case PathSelector::Kind::kCheapest:
          out_ += "CHEAPEST";
          count();
          break;
      }
      out_ += " ";
    }
    switch (selector.mode) {
      case PathSelector::Mode::kUnspecified:
        break;
      case PathSelector::Mode::kWalk:
        out_ += "WALK ";
        break;
      case PathSelector::Mode::kTrail:
        out_ += "TRAIL ";
        break;
      case PathSelector::Mode::kSimple:
        out_ += "SIMPLE ";
        break;
      case PathSelector::Mode::kAcyclic:
        out_ += "ACYCLIC ";
        break;
    }
    if (selector.kind_given && selector.kind == PathSelector::Kind::kShortestGroups)
      out_ += "GROUPS ";
  }
  void PrintPattern(const Pattern& pattern) {
    PrintHead(pattern.variable);
    if (pattern.selector) PrintSelector(*pattern.selector);
    PrintTerms(pattern.terms);
    if (pattern.cost) {
      out_ += " COST ";
      PrintExpression(*pattern.cost);
    }
  }
  void PrintPatterns(const std::vector<Pattern>& patterns) {
    PrintList(patterns, [this](const Pattern& pattern) { PrintPattern(pattern); });
  }

  // --- Scope

  void PrintTime(const TimePoint& time) {
    if (const auto* literal = std::get_if<Literal>(&time.expression->node)) {
      out_ += PrintValue(literal->value, /*in_time_position=*/true);
    } else {
      PrintExpression(*time.expression);
    }
  }
  void PrintNode(const ValidAt& node) {
    out_ += "AS OF ";
    PrintTime(node.at);
  }
  void PrintNode(const ValidDuring& node) {
    out_ += "DURING ";
    PrintTime(node.from);
    if (node.to) {
      out_ += " TO ";
      PrintTime(*node.to);
    }
  }
  void PrintNode(const KnownAt& node) {
    out_ += "AS KNOWN AT ";
    PrintTime(node.at);
  }
  void PrintNode(const AccordingTo& node) {
    out_ += node.negated ? "NOT ACCORDING TO " : "ACCORDING TO ";
    PrintExpressions(node.sources);
  }
  void PrintNode(const MinReliability& node) {
    out_ += "RELIABILITY " + QuoteName(node.grade.text) + " OR BETTER";
  }
  void PrintNode(const MinCredibility& node) {
    out_ += fmt::format("CREDIBILITY {} OR BETTER", node.grade);
  }
  void PrintNode(const MinSources& node) {
    out_ += fmt::format("BACKED BY {} SOURCES", node.count);
  }
  void PrintNode(const DisputeFilter& node) {
    static constexpr std::string_view kVerbs[] = {"INCLUDING", "EXCLUDING", "ONLY"};
    static constexpr std::string_view kWhat[] = {"DENIED", "DISPUTED", "UNDATED"};
    out_ += fmt::format("{} {}", kVerbs[static_cast<int>(node.verb)],
                        kWhat[static_cast<int>(node.what)]);
  }
  void PrintNode(const MaxMarking& node) {
    out_ += "MARKED AT MOST ";
    PrintExpression(*node.marking);
  }
  void PrintNode(const ReleasableTo& node) {
    out_ += "RELEASABLE TO ";
    PrintExpressions(node.parties);
  }
  void PrintScope(const ScopeItem& item) {
    std::visit([this](const auto& node) { PrintNode(node); }, item.item);
  }

  // --- Clauses

  void PrintPaging(const Paging& paging) {
    if (!paging.order_by.empty()) {
      out_ += " ORDER BY ";
      PrintList(paging.order_by, [this](const SortItem& item) {
        PrintExpression(*item.expression);
        if (item.descending) out_ += " DESC";
      });
    }
    if (paging.skip) {
      out_ += " SKIP ";
      PrintExpression(*paging.skip);
    }
    if (paging.limit) {
      out_ += " LIMIT ";
      PrintExpression(*paging.limit);
    }
    if (paging.after) {
      out_ += " AFTER ";
      PrintExpression(*paging.after);
    }
  }
  void PrintProjection(const Projection& projection) {
    if (projection.distinct) out_ += " DISTINCT";
    if (projection.star) out_ += " *";
    bool first = !projection.star;
    for (const ProjectionItem& item : projection.items) {
      out_ += first ? " " : ", ";
      first = false;
      PrintExpression(*item.expression);
      if (item.alias) out_ += " AS " + QuoteName(item.alias->text);
    }
    PrintPaging(projection.paging);
  }
  void PrintNode(const MatchClause& node) {
    out_ += node.optional ? "OPTIONAL MATCH " : "MATCH ";
    PrintPatterns(node.patterns);
    for (const ScopeItem& item : node.scope) {
      out_ += " ";
      PrintScope(item);
    }
    if (!node.avoiding.empty()) {
      out_ += " AVOIDING ";
      PrintList(node.avoiding, [this](const AvoidItem& item) {
        if (item.node) {
          PrintNodePattern(*item.node);
        } else {
          out_ += "HUBS OVER ";
          PrintExpression(*item.hubs_over);
        }
      });
    }
    PrintWhere(node.where);
  }
  void PrintNode(const UnwindClause& node) {
    out_ += "UNWIND ";
    PrintExpression(*node.list);
    out_ += " AS " + QuoteName(node.variable.text);
  }
  void PrintNode(const LetClause& node) {
    out_ += "LET ";
    PrintList(node.items, [this](const auto& item) {
      out_ += QuoteName(item.first.text) + " = ";
      PrintExpression(*item.second);
    });
  }
  void PrintNode(const FilterClause& node) {
    out_ += "FILTER ";
    PrintExpression(*node.condition);
  }
  void PrintNode(const CallClause& node) {
    out_ += "CALL ";
    PrintQualifiedName(node.procedure.text);
    out_ += "(";
    PrintExpressions(node.arguments);
    out_ += ")";
    if (node.yield_all) out_ += " YIELD *";
    if (!node.yields.empty()) {
      out_ += " YIELD ";
      PrintList(node.yields, [this](const auto& item) {
        out_ += QuoteName(item.first.text);
        if (item.second) out_ += " AS " + QuoteName(item.second->text);
      });
    }
    PrintWhere(node.where);
  }
  void PrintNode(const WithClause& node) {
    out_ += "WITH";
    PrintProjection(node.projection);
    PrintWhere(node.where);
  }
  void PrintNode(const PageClause& node) {
    const size_t begin = out_.size();
    PrintPaging(node.paging);
    out_.erase(begin, 1);  // The blank in front; the clause has its own.
  }
  void PrintNode(const ReturnClause& node) {
    out_ += "RETURN";
    PrintProjection(node.projection);
  }
  void PrintNode(const AssertClause& node) {
    out_ += node.denies ? "DENY " : "ASSERT ";
    PrintPatterns(node.patterns);
    for (const ScopeItem& item : node.scope) {
      out_ += " ";
      PrintScope(item);
    }
    if (!node.details.empty()) {
      out_ += " ";
      PrintMap(node.details);
    }
  }
  void PrintNode(const RetractClause& node) {
    out_ += "RETRACT ";
    PrintExpressions(node.statements);
    out_ += " BECAUSE ";
    PrintExpression(*node.reason);
  }
  void PrintQuery(const Query& query) {
    for (const ScopeItem& item : query.scope) {
      PrintScope(item);
      out_ += " ";
    }
    for (size_t i = 0; i < query.parts.size(); ++i) {
      if (i > 0) out_ += query.union_all[i - 1] ? " UNION ALL " : " UNION ";
      bool first = true;
      for (const Clause& clause : query.parts[i].clauses) {
        if (!first) out_ += " ";
        first = false;
        std::visit([this](const auto& node) { PrintNode(node); }, clause.node);
      }
    }
  }

  // --- Statements of the language

  void PrintNode(const QueryStatement& node) {
    static constexpr std::string_view kPrefixes[] = {"", "EXPLAIN ", "PROFILE ", "WHY "};
    out_ += kPrefixes[static_cast<int>(node.prefix)];
    if (node.cypher) out_ += "CYPHER ";
    PrintQuery(node.query);
  }
  void PrintNames(const std::vector<Name>& names) {
    PrintList(names, [this](const Name& name) { out_ += QuoteName(name.text); });
  }
  void PrintDetails(const std::vector<MapEntry>& details) {
    if (details.empty()) return;
    out_ += " ";
    PrintMap(details);
  }
  void PrintNode(const DefineClass& node) {
    out_ += "DEFINE CLASS " + QuoteName(node.name.text);
    if (!node.parents.empty()) {
      out_ += " UNDER ";
      PrintNames(node.parents);
    }
    PrintDetails(node.details);
  }
  void PrintNode(const DefinePredicate& node) {
    out_ += "DEFINE PREDICATE " + QuoteName(node.name.text) + " FROM ";
    PrintClassTest(node.domain);
    out_ += " TO ";
    PrintClassTest(node.range);
    if (node.cardinality == DefinePredicate::Cardinality::kOne) out_ += " ONE";
    if (node.cardinality == DefinePredicate::Cardinality::kMany) out_ += " MANY";
    if (node.symmetric) out_ += " SYMMETRIC";
    if (node.transitive) out_ += " TRANSITIVE";
    if (node.inverse) out_ += " INVERSE " + QuoteName(node.inverse->text);
    for (const Name& parent : node.parents) out_ += " UNDER " + QuoteName(parent.text);
    PrintDetails(node.details);
  }
  void PrintNode(const DefineQuery& node) {
    out_ += "DEFINE QUERY " + QuoteName(node.name.text) + "(";
    PrintList(node.parameters,
              [this](const Parameter& parameter) { out_ += QuoteParameter(parameter.name); });
    out_ += ")";
    PrintDetails(node.details);
    out_ += " AS ";
    PrintQuery(node.query);
  }
  void PrintNode(const DefineEdge& node) {
    out_ += "DEFINE ";
    PrintNodePattern(node.from);
    PrintEdgePattern(node.edge);
    PrintNodePattern(node.to);
    PrintDetails(node.details);
    out_ += " AS";
    for (const MatchClause& match : node.body) {
      out_ += " ";
      PrintNode(match);
    }
  }
  void PrintNode(const DefinePrefix& node) {
    out_ += fmt::format("DEFINE PREFIX {} AS {}", QuoteName(node.name.text), QuoteString(node.iri));
  }
  void PrintNode(const DropDefinition& node) {
    static constexpr std::string_view kKinds[] = {"CLASS", "PREDICATE", "QUERY", "EDGE", "PREFIX"};
    out_ +=
        fmt::format("DROP {} {}", kKinds[static_cast<int>(node.kind)], QuoteName(node.name.text));
  }
  void PrintNode(const ShowStatement& node) {
    static constexpr std::string_view kKinds[] = {"CLASSES", "PREDICATES", "QUERIES",
                                                  "EDGES",   "PREFIXES",   "SOURCES"};
    out_ += fmt::format("SHOW {}", kKinds[static_cast<int>(node.kind)]);
    if (node.named) {
      out_ += " NAMED ";
      PrintExpression(*node.named);
    }
  }
  void PrintNode(const DescribeStatement& node) {
    static constexpr std::string_view kKinds[] = {"", "CLASS ", "PREDICATE ", "QUERY "};
    out_ += fmt::format("DESCRIBE {}", kKinds[static_cast<int>(node.kind)]);
    PrintExpression(*node.subject);
  }

  std::string out_;
};

}  // namespace

std::string_view OperatorSymbol(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kAdd:
      return "+";
    case BinaryOperator::kSubtract:
      return "-";
    case BinaryOperator::kMultiply:
      return "*";
    case BinaryOperator::kDivide:
      return "/";
    case BinaryOperator::kModulo:
      return "%";
    case BinaryOperator::kPower:
      return "^";
    case BinaryOperator::kEqual:
      return "=";
    case BinaryOperator::kNotEqual:
      return "<>";
    case BinaryOperator::kLess:
      return "<";
    case BinaryOperator::kLessEqual:
      return "<=";
    case BinaryOperator::kGreater:
      return ">";
    case BinaryOperator::kGreaterEqual:
      return ">=";
    case BinaryOperator::kAnd:
      return "AND";
    case BinaryOperator::kOr:
      return "OR";
    case BinaryOperator::kXor:
      return "XOR";
    case BinaryOperator::kIn:
      return "IN";
    case BinaryOperator::kNotIn:
      return "NOT IN";
    case BinaryOperator::kStartsWith:
      return "STARTS WITH";
    case BinaryOperator::kEndsWith:
      return "ENDS WITH";
    case BinaryOperator::kContains:
      return "CONTAINS";
    case BinaryOperator::kRegexMatch:
      return "=~";
  }
  return "?";
}

std::string Print(const Script& script) {
  Printer printer;
  printer.PrintScript(script);
  return printer.Take();
}

std::string Print(const Statement& statement) {
  Printer printer;
  printer.PrintStatement(statement);
  return printer.Take();
}

std::string Print(const Expression& expression) {
  Printer printer;
  printer.PrintExpression(expression);
  return printer.Take();
}

}  // namespace sightline::query::ast
