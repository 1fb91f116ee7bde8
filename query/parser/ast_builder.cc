#include "query/parser/ast_builder.h"

#include <fmt/format.h>

#include <cctype>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "query/parser/literals.h"

namespace sightline::query {
namespace {

using grammar::SLQLParser;
using TerminalNode = antlr4::tree::TerminalNode;
using storage::Value;

// From here on a chain of an associative operator is built as a balanced tree. Shorter ones stay as
// they are written, which reads better in plans.
constexpr size_t kBalancedFrom = 64;

template <typename Node>
ast::ExpressionPtr MakeExpression(Node node, const SourceSpan& span) {
  auto expression = std::make_unique<ast::Expression>();
  expression->node = std::move(node);
  expression->span = span;
  return expression;
}

class Builder {
 public:
  Builder(const SourceText& source, size_t operators_max, const Prefixes* prefixes)
      : source_(source), operators_max_(operators_max), prefixes_(prefixes) {}

  StatusOr<ast::Statement> Build(SLQLParser::StatementContext* context) {
    ast::Statement statement;
    statement.span = SpanOf(context);
    if (auto* query = dynamic_cast<SLQLParser::QueryStmtContext*>(context)) {
      statement.node = BuildQueryStatement(query);
    } else if (auto* definition = dynamic_cast<SLQLParser::DefinitionStmtContext*>(context)) {
      BuildDefinition(definition->definition(), &statement);
    } else if (auto* show = dynamic_cast<SLQLParser::ShowStmtContext*>(context)) {
      statement.node = BuildShow(show);
    } else {
      statement.node = BuildDescribe(dynamic_cast<SLQLParser::DescribeStmtContext*>(context));
    }
    if (error_.has_value()) return ToStatus(std::move(*error_));
    return statement;
  }

 private:
  // --- Places, names, errors

  SourceSpan SpanOf(const antlr4::Token* first, const antlr4::Token* last) const {
    return source_.SpanOf(first->getStartIndex(), last->getStopIndex() + 1);
  }
  SourceSpan SpanOf(antlr4::ParserRuleContext* context) const {
    // A rule that matched nothing has its stop before its start.
    antlr4::Token* start = context->getStart();
    antlr4::Token* stop = context->getStop();
    if (stop == nullptr || stop->getTokenIndex() < start->getTokenIndex()) stop = start;
    return SpanOf(start, stop);
  }
  SourceSpan SpanOf(TerminalNode* node) const {
    return SpanOf(node->getSymbol(), node->getSymbol());
  }

  std::string_view TextOf(TerminalNode* node) const { return source_.TextOf(SpanOf(node)); }

  // Keeps the first error; building goes on with whatever is at hand and is thrown away at the end.
  void Fail(std::string code, std::string message, const SourceSpan& span, std::string help = "") {
    if (error_.has_value()) return;
    error_.emplace();
    error_->code = std::move(code);
    error_->message = std::move(message);
    error_->span = span;
    if (!help.empty()) error_->help.push_back(std::move(help));
  }

  static std::string Unquoted(std::string_view text) {
    return text.starts_with('`') ? DecodeBackTicks(text) : std::string(text);
  }
  // Of a name, a variable, a class name or a property name: one token each.
  ast::Name NameOf(antlr4::ParserRuleContext* context) const {
    const SourceSpan span = SpanOf(context);
    return {Unquoted(source_.TextOf(span)), span};
  }
  // Of a class, a predicate or a property: in back-quotes it may begin with a prefix.
  ast::Name TermNameOf(antlr4::ParserRuleContext* context) const {
    const SourceSpan span = SpanOf(context);
    return {Expanded(source_.TextOf(span)), span};
  }
  ast::Name IdOf(TerminalNode* node) const {
    return {Expanded(TextOf(node).substr(1)), SpanOf(node)};
  }
  std::string Expanded(std::string_view text) const {
    std::string name = Unquoted(text);
    return prefixes_ != nullptr && text.starts_with('`') ? prefixes_->Expand(std::move(name))
                                                         : name;
  }
  std::string ParameterOf(TerminalNode* node) {
    used_parameters_.push_back({Unquoted(TextOf(node).substr(1)), SpanOf(node)});
    return used_parameters_.back().name;
  }

  std::string StringOf(TerminalNode* node) {
    const std::string_view quoted = TextOf(node);
    size_t begin = 0, end = quoted.size();
    StatusOr<std::string> text = DecodeString(quoted, &begin, &end);
    if (text.ok()) return std::move(text).value();
    const size_t at = SpanOf(node).begin;
    Fail("SL1005", MessageOf(text.status()), source_.SpanOfBytes(at + begin, at + end));
    return "";
  }

  Value ValueOr(StatusOr<Value> value, const SourceSpan& span) {
    if (value.ok()) return std::move(value).value();
    Fail("SL1005", MessageOf(value.status()), span);
    return Value(int64_t{0});
  }

  int64_t IntegerOf(TerminalNode* node) {
    const Value value =
        ValueOr(DecodeNumber(TextOf(node), false, std::nullopt, storage::Comparator::kExactly),
                SpanOf(node));
    const auto* integer = value.get_if<int64_t>();
    return integer == nullptr ? 0 : *integer;
  }

  // --- Literals

  std::optional<NumberUnit> UnitOf(SLQLParser::UnitContext* context) {
    if (context == nullptr) return std::nullopt;
    if (TerminalNode* currency = context->CURRENCY()) {
      return NumberUnit{true, std::string(TextOf(currency))};
    }
    return NumberUnit{false, StringOf(context->STRING())};
  }

  ast::ExpressionPtr BuildNumber(SLQLParser::NumberContext* number, SLQLParser::UnitContext* unit,
                                 bool negative, storage::Comparator comparator,
                                 const SourceSpan& span) {
    const std::string_view text = source_.TextOf(SpanOf(number));
    return MakeExpression(
        ast::Literal{ValueOr(DecodeNumber(text, negative, UnitOf(unit), comparator), span)}, span);
  }

  ast::ExpressionPtr BuildLiteral(SLQLParser::LiteralContext* context) {
    const SourceSpan span = SpanOf(context);
    if (context->number() != nullptr) {
      return BuildNumber(context->number(), context->unit(), false, storage::Comparator::kExactly,
                         span);
    }
    if (TerminalNode* text = context->STRING()) {
      std::string language;
      if (TerminalNode* tag = context->ATNAME()) {
        language = TextOf(tag).substr(1);
        for (char& c : language) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      }
      return MakeExpression(ast::Literal{Value::OfText(StringOf(text), std::move(language))}, span);
    }
    if (TerminalNode* temporal = context->TEMPORAL()) {
      return MakeExpression(ast::Literal{ValueOr(DecodeTemporal(TextOf(temporal)), span)}, span);
    }
    if (TerminalNode* id = context->ID()) {
      return MakeExpression(ast::IdLiteral{IdOf(id).text}, span);
    }
    if (context->K_TRUE() != nullptr) return MakeExpression(ast::Literal{Value(true)}, span);
    if (context->K_FALSE() != nullptr) return MakeExpression(ast::Literal{Value(false)}, span);
    if (context->K_NULL() != nullptr) return MakeExpression(ast::Literal{Value()}, span);
    return MakeExpression(ast::MapLiteral{BuildMap(context->map())}, span);
  }

  ast::ExpressionPtr BuildCompared(SLQLParser::ComparedNumberContext* context) {
    storage::Comparator comparator = storage::Comparator::kAbout;
    if (context->LT() != nullptr) {
      comparator =
          context->TILDE() != nullptr ? storage::Comparator::kNearly : storage::Comparator::kLess;
    } else if (context->GT() != nullptr) {
      comparator =
          context->TILDE() != nullptr ? storage::Comparator::kJustOver : storage::Comparator::kMore;
    }
    return BuildNumber(context->number(), context->unit(), context->MINUS() != nullptr, comparator,
                       SpanOf(context));
  }

  std::vector<ast::MapEntry> BuildMap(SLQLParser::MapContext* context) {
    std::vector<ast::MapEntry> entries;
    if (context == nullptr) return entries;
    for (SLQLParser::MapEntryContext* entry : context->mapEntry()) {
      ast::MapEntry built;
      built.key = TermNameOf(entry->propertyName());
      built.value = entry->comparedNumber() != nullptr ? BuildCompared(entry->comparedNumber())
                                                       : BuildExpression(entry->expression());
      entries.push_back(std::move(built));
    }
    return entries;
  }
  std::vector<ast::MapEntry> BuildProperties(SLQLParser::PropertiesContext* context) {
    return context == nullptr ? std::vector<ast::MapEntry>() : BuildMap(context->map());
  }

  ast::ExpressionPtr BuildParameter(SLQLParser::ParameterContext* context) {
    return MakeExpression(ast::ParameterExpression{ParameterOf(context->PARAM())}, SpanOf(context));
  }
  ast::ExpressionPtr BuildIntOrParam(SLQLParser::IntOrParamContext* context) {
    if (context == nullptr) return nullptr;
    if (context->parameter() != nullptr) return BuildParameter(context->parameter());
    return MakeExpression(ast::Literal{Value(IntegerOf(context->INTEGER()))}, SpanOf(context));
  }

  // --- Class tests

  // Joins tests by & or |, without nesting alike ones.
  static ast::ClassTest Join(ast::ClassTest::Kind kind, std::vector<ast::ClassTest> tests) {
    if (tests.size() == 1) return std::move(tests.front());
    ast::ClassTest joined;
    joined.kind = kind;
    joined.span = SourceSpan::Joining(tests.front().span, tests.back().span);
    for (ast::ClassTest& test : tests) {
      if (test.kind == kind && !test.only) {
        for (ast::ClassTest& child : test.children) joined.children.push_back(std::move(child));
      } else {
        joined.children.push_back(std::move(test));
      }
    }
    return joined;
  }

  ast::ClassTest BuildClassTest(SLQLParser::ClassTestContext* context) {
    class_atoms_ = 0;
    std::vector<ast::ClassTest> tests;
    for (SLQLParser::ClassExprContext* test : context->classExpr())
      tests.push_back(BuildClassExpr(test));
    return Join(ast::ClassTest::Kind::kAnd, std::move(tests));
  }
  ast::ClassTest BuildClassExpr(SLQLParser::ClassExprContext* context) {
    std::vector<ast::ClassTest> tests;
    for (SLQLParser::ClassAndContext* test : context->classAnd())
      tests.push_back(BuildClassAnd(test));
    return Join(ast::ClassTest::Kind::kOr, std::move(tests));
  }
  ast::ClassTest BuildClassAnd(SLQLParser::ClassAndContext* context) {
    std::vector<ast::ClassTest> tests;
    for (SLQLParser::ClassNotContext* test : context->classNot())
      tests.push_back(BuildClassNot(test));
    return Join(ast::ClassTest::Kind::kAnd, std::move(tests));
  }
  ast::ClassTest BuildClassNot(SLQLParser::ClassNotContext* context) {
    if (context->classAtom() != nullptr) return BuildClassAtom(context->classAtom());
    ast::ClassTest test;
    test.kind = ast::ClassTest::Kind::kNot;
    test.span = SpanOf(context);
    test.children.push_back(BuildClassNot(context->classNot()));
    return test;
  }
  ast::ClassTest BuildClassAtom(SLQLParser::ClassAtomContext* context) {
    if (context->classExpr() != nullptr) return BuildClassExpr(context->classExpr());
    ast::ClassTest test;
    test.span = SpanOf(context);
    if (++class_atoms_ == kClassAtomsMax + 1) {
      Fail("SL1000", fmt::format("more than {} classes in one test", kClassAtomsMax), test.span,
           "make them subclasses of one class, and test for that");
    }
    test.only = context->K_ONLY() != nullptr;
    if (context->className() != nullptr) {
      test.text = TermNameOf(context->className()).text;
    } else if (TerminalNode* id = context->ID()) {
      test.kind = ast::ClassTest::Kind::kId;
      test.text = IdOf(id).text;
    } else if (TerminalNode* text = context->STRING()) {
      test.kind = ast::ClassTest::Kind::kQuoted;
      test.text = StringOf(text);
    } else if (context->parameter() != nullptr) {
      test.kind = ast::ClassTest::Kind::kParameter;
      test.text = ParameterOf(context->parameter()->PARAM());
    } else {
      test.kind = ast::ClassTest::Kind::kAny;
    }
    return test;
  }

  // --- Expressions

  // The left operand of a binary or postfix form; null for atoms and prefixes.
  static SLQLParser::ExpressionContext* LeftOf(SLQLParser::ExpressionContext* context) {
    return context->children.empty()
               ? nullptr
               : dynamic_cast<SLQLParser::ExpressionContext*>(context->children.front());
  }

  ast::ExpressionPtr BuildExpression(SLQLParser::ExpressionContext* context) {
    std::vector<SLQLParser::ExpressionContext*> chain;
    while (SLQLParser::ExpressionContext* left = LeftOf(context)) {
      chain.push_back(context);
      context = left;
    }
    ast::ExpressionPtr expression = BuildOperand(context);
    size_t operators = 0;
    for (size_t i = chain.size(); i > 0;) {
      const std::optional<ast::BinaryOperator> op = AssociativeOf(chain[i - 1]);
      if (op.has_value()) {
        expression = BuildAssociative(*op, std::move(expression), chain, &i);
        continue;
      }
      --i;
      if (++operators > operators_max_) {
        Fail("SL1000", fmt::format("more than {} operators in one expression", operators_max_),
             SpanOf(chain[i]->getStop(), chain[i]->getStop()),
             "pass a long list as a parameter, and test with IN");
        return expression;
      }
      // Built here rather than in BuildStep, whose frame is large: operands nest.
      auto* right = dynamic_cast<SLQLParser::ExpressionContext*>(chain[i]->children.back());
      ast::ExpressionPtr operand = right == nullptr ? nullptr : BuildExpression(right);
      expression = BuildStep(chain[i], std::move(expression), std::move(operand));
    }
    return expression;
  }

  static std::optional<ast::BinaryOperator> AssociativeOf(SLQLParser::ExpressionContext* context) {
    if (dynamic_cast<SLQLParser::AndExprContext*>(context)) return ast::BinaryOperator::kAnd;
    if (dynamic_cast<SLQLParser::OrExprContext*>(context)) return ast::BinaryOperator::kOr;
    if (dynamic_cast<SLQLParser::XorExprContext*>(context)) return ast::BinaryOperator::kXor;
    return std::nullopt;
  }

  struct Operands {
    std::vector<ast::ExpressionPtr> items;
    std::vector<SourceSpan> op_spans;  // Between them.
  };

  // Appends an operand; one that is itself a chain of `op` (in brackets) is taken apart. Such a
  // chain is balanced or short, so the recursion is shallow.
  static void Flatten(ast::BinaryOperator op, ast::ExpressionPtr expression, Operands* operands) {
    auto* binary = std::get_if<ast::Binary>(&expression->node);
    if (binary == nullptr || binary->op != op) {
      operands->items.push_back(std::move(expression));
      return;
    }
    Flatten(op, std::move(binary->left), operands);
    operands->op_spans.push_back(binary->op_span);
    Flatten(op, std::move(binary->right), operands);
  }

  static ast::ExpressionPtr Combine(ast::BinaryOperator op, ast::ExpressionPtr left,
                                    ast::ExpressionPtr right, const SourceSpan& op_span) {
    const SourceSpan span = SourceSpan::Joining(left->span, right->span);
    return MakeExpression(ast::Binary{op, std::move(left), std::move(right), op_span}, span);
  }

  static ast::ExpressionPtr Balance(ast::BinaryOperator op, Operands* operands, size_t begin,
                                    size_t end) {
    if (end - begin == 1) return std::move(operands->items[begin]);
    const size_t middle = begin + (end - begin + 1) / 2;
    ast::ExpressionPtr left = Balance(op, operands, begin, middle);
    ast::ExpressionPtr right = Balance(op, operands, middle, end);
    return Combine(op, std::move(left), std::move(right), operands->op_spans[middle - 1]);
  }

  // The links chain[*i - 1], chain[*i - 2] ... as far as they are of `op`; lowers *i past them.
  ast::ExpressionPtr BuildAssociative(ast::BinaryOperator op, ast::ExpressionPtr first,
                                      const std::vector<SLQLParser::ExpressionContext*>& chain,
                                      size_t* i) {
    Operands operands;
    Flatten(op, std::move(first), &operands);
    for (; *i > 0 && AssociativeOf(chain[*i - 1]) == op; --*i) {
      const std::vector<antlr4::tree::ParseTree*>& children = chain[*i - 1]->children;
      operands.op_spans.push_back(SpanOf(static_cast<TerminalNode*>(children[1])));
      Flatten(op, BuildExpression(static_cast<SLQLParser::ExpressionContext*>(children[2])),
              &operands);
    }
    if (operands.items.size() > kBalancedFrom)
      return Balance(op, &operands, 0, operands.items.size());
    ast::ExpressionPtr joined = std::move(operands.items.front());
    for (size_t k = 1; k < operands.items.size(); ++k) {
      joined =
          Combine(op, std::move(joined), std::move(operands.items[k]), operands.op_spans[k - 1]);
    }
    return joined;
  }

  // One binary or postfix operator applied to `left`; `right` is null for the latter.
  ast::ExpressionPtr BuildStep(SLQLParser::ExpressionContext* context, ast::ExpressionPtr left,
                               ast::ExpressionPtr right) {
    using Op = ast::BinaryOperator;
    const SourceSpan span = SpanOf(context);
    const auto terminal = [&](size_t i) {
      return dynamic_cast<TerminalNode*>(context->children[i]);
    };
    const auto binary = [&](Op op, const SourceSpan& op_span) {
      return MakeExpression(ast::Binary{op, std::move(left), std::move(right), op_span}, span);
    };
    if (auto* property = dynamic_cast<SLQLParser::PropertyExprContext*>(context)) {
      return MakeExpression(ast::Property{std::move(left), TermNameOf(property->propertyName())},
                            span);
    }
    if (auto* index = dynamic_cast<SLQLParser::IndexExprContext*>(context)) {
      if (index->DOTDOT() == nullptr) {
        return MakeExpression(ast::Index{std::move(left), BuildExpression(index->expression(1))},
                              span);
      }
      ast::Slice slice;
      slice.object = std::move(left);
      bool behind_dots = false;
      for (size_t i = 1; i < context->children.size(); ++i) {
        if (auto* bound = dynamic_cast<SLQLParser::ExpressionContext*>(context->children[i])) {
          (behind_dots ? slice.to : slice.from) = BuildExpression(bound);
        } else if (terminal(i)->getSymbol()->getType() == SLQLParser::DOTDOT) {
          behind_dots = true;
        }
      }
      return MakeExpression(std::move(slice), span);
    }
    if (auto* check = dynamic_cast<SLQLParser::ClassTestExprContext*>(context)) {
      ast::ClassTest test = BuildClassAnd(check->classAnd());
      // x:A:B asks for both; but (x:A):B would ask the class of a truth value.
      auto* before = std::get_if<ast::ClassCheck>(&left->node);
      if (before != nullptr && dynamic_cast<SLQLParser::ClassTestExprContext*>(LeftOf(context))) {
        std::vector<ast::ClassTest> both;
        both.push_back(std::move(before->test));
        both.push_back(std::move(test));
        before->test = Join(ast::ClassTest::Kind::kAnd, std::move(both));
        left->span = span;
        return left;
      }
      return MakeExpression(ast::ClassCheck{std::move(left), std::move(test)}, span);
    }
    if (dynamic_cast<SLQLParser::PowerExprContext*>(context)) {
      return binary(Op::kPower, SpanOf(terminal(1)));
    }
    if (dynamic_cast<SLQLParser::MulExprContext*>(context)) {
      const size_t sign = terminal(1)->getSymbol()->getType();
      const Op op = sign == SLQLParser::STAR    ? Op::kMultiply
                    : sign == SLQLParser::SLASH ? Op::kDivide
                                                : Op::kModulo;
      return binary(op, SpanOf(terminal(1)));
    }
    if (dynamic_cast<SLQLParser::AddExprContext*>(context)) {
      const Op op =
          terminal(1)->getSymbol()->getType() == SLQLParser::PLUS ? Op::kAdd : Op::kSubtract;
      return binary(op, SpanOf(terminal(1)));
    }
    if (auto* test = dynamic_cast<SLQLParser::NullExprContext*>(context)) {
      const bool negated = test->K_NOT() != nullptr;
      const bool asks_known = test->K_KNOWN() != nullptr;
      const auto op =
          negated == asks_known ? ast::UnaryOperator::kIsNull : ast::UnaryOperator::kIsNotNull;
      return MakeExpression(ast::Unary{op, std::move(left)}, span);
    }
    if (auto* in = dynamic_cast<SLQLParser::InExprContext*>(context)) {
      const SourceSpan op_span = in->K_NOT() == nullptr
                                     ? SpanOf(in->K_IN())
                                     : SpanOf(in->K_NOT()->getSymbol(), in->K_IN()->getSymbol());
      return binary(in->K_NOT() == nullptr ? Op::kIn : Op::kNotIn, op_span);
    }
    if (dynamic_cast<SLQLParser::StringExprContext*>(context)) {
      const size_t word = terminal(1)->getSymbol()->getType();
      const Op op = word == SLQLParser::K_STARTS     ? Op::kStartsWith
                    : word == SLQLParser::K_ENDS     ? Op::kEndsWith
                    : word == SLQLParser::K_CONTAINS ? Op::kContains
                                                     : Op::kRegexMatch;
      const SourceSpan op_span =
          SpanOf(terminal(1)->getSymbol(), terminal(context->children.size() - 2)->getSymbol());
      return binary(op, op_span);
    }
    if (auto* named = dynamic_cast<SLQLParser::NamedExprContext*>(context)) {
      return MakeExpression(
          ast::NamedCheck{std::move(left), named->TILDE() != nullptr, std::move(right)}, span);
    }
    Op op = Op::kEqual;
    switch (terminal(1)->getSymbol()->getType()) {
      case SLQLParser::NEQ:
        op = Op::kNotEqual;
        break;
      case SLQLParser::LT:
        op = Op::kLess;
        break;
      case SLQLParser::LE:
        op = Op::kLessEqual;
        break;
      case SLQLParser::GT:
        op = Op::kGreater;
        break;
      case SLQLParser::GE:
        op = Op::kGreaterEqual;
        break;
      default:
        break;
    }
    const SourceSpan op_span = SpanOf(terminal(1));
    // a < b < c is a < b AND b < c; (a < b) < c compares a truth value.
    auto* before = dynamic_cast<SLQLParser::CompareExprContext*>(LeftOf(context));
    if (before == nullptr) return binary(op, op_span);
    ast::ExpressionPtr middle = BuildAgain(before->expression(1));
    ast::ExpressionPtr compared = Combine(op, std::move(middle), std::move(right), op_span);
    return MakeExpression(
        ast::Binary{ast::BinaryOperator::kAnd, std::move(left), std::move(compared), op_span},
        span);
  }

  // A second tree of what has one already. Chains within chains would double it again and again.
  ast::ExpressionPtr BuildAgain(SLQLParser::ExpressionContext* context) {
    constexpr size_t kRepeatedTokensMax = 10'000;
    repeated_tokens_ +=
        context->getStop()->getTokenIndex() - context->getStart()->getTokenIndex() + 1;
    if (repeated_tokens_ > kRepeatedTokensMax) {
      Fail("SL1000", "these chains of comparisons, one within the other, are too long",
           SpanOf(context), "write them with AND");
      return MakeExpression(ast::Literal{}, SpanOf(context));
    }
    return BuildExpression(context);
  }

  // What does not begin with an expression: atoms and prefixes.
  ast::ExpressionPtr BuildOperand(SLQLParser::ExpressionContext* context) {
    const SourceSpan span = SpanOf(context);
    if (auto* atom = dynamic_cast<SLQLParser::AtomExprContext*>(context))
      return BuildAtom(atom->atom());
    if (auto* negation = dynamic_cast<SLQLParser::NotExprContext*>(context)) {
      return MakeExpression(
          ast::Unary{ast::UnaryOperator::kNot, BuildExpression(negation->expression())}, span);
    }
    auto* sign = dynamic_cast<SLQLParser::SignExprContext*>(context);
    const bool negative = sign->MINUS() != nullptr;
    // A minus directly before a number is the number's own: else the smallest INTEGER could not be
    // written.
    auto* atom = dynamic_cast<SLQLParser::AtomExprContext*>(sign->expression());
    SLQLParser::LiteralContext* literal = atom == nullptr ? nullptr : atom->atom()->literal();
    if (negative && literal != nullptr && literal->number() != nullptr) {
      return BuildNumber(literal->number(), literal->unit(), true, storage::Comparator::kExactly,
                         span);
    }
    const auto op = negative ? ast::UnaryOperator::kMinus : ast::UnaryOperator::kPlus;
    return MakeExpression(ast::Unary{op, BuildExpression(sign->expression())}, span);
  }

  ast::ExpressionPtr BuildAtom(SLQLParser::AtomContext* context) {
    const SourceSpan span = SpanOf(context);
    if (context->literal() != nullptr) return BuildLiteral(context->literal());
    if (context->parameter() != nullptr) return BuildParameter(context->parameter());
    if (context->caseExpr() != nullptr) return BuildCase(context->caseExpr());
    if (context->list() != nullptr) return BuildList(context->list());
    if (context->patternExpr() != nullptr) {
      return MakeExpression(ast::PatternCheck{BuildPatternExpr(context->patternExpr())}, span);
    }
    if (context->subquery() != nullptr) {
      ast::Subquery subquery;
      subquery.count = context->K_COUNT() != nullptr;
      subquery.query = std::make_unique<ast::Query>(BuildSubquery(context->subquery()));
      return MakeExpression(std::move(subquery), span);
    }
    if (context->functionName() != nullptr) {
      ast::FunctionCall call;
      const ast::Name name = FunctionNameOf(context->functionName());
      call.name = name.text;
      call.name_span = name.span;
      call.distinct = context->K_DISTINCT() != nullptr;
      call.arguments = BuildExpressions(context->expression());
      return MakeExpression(std::move(call), span);
    }
    if (context->K_COUNT() != nullptr) return MakeExpression(ast::CountStar{}, span);
    if (context->K_IN() != nullptr) {
      ast::QuantifiedCheck check;
      check.kind = context->K_ALL() != nullptr    ? ast::QuantifierKind::kAll
                   : context->K_ANY() != nullptr  ? ast::QuantifierKind::kAny
                   : context->K_NONE() != nullptr ? ast::QuantifierKind::kNone
                                                  : ast::QuantifierKind::kSingle;
      check.variable = NameOf(context->variable());
      check.list = BuildExpression(context->expression(0));
      check.where = BuildWhere(context->where());
      return MakeExpression(std::move(check), span);
    }
    if (context->variable() != nullptr) {
      return MakeExpression(ast::Variable{NameOf(context->variable()).text}, span);
    }
    return BuildExpression(context->expression(0));  // In brackets.
  }

  std::vector<ast::ExpressionPtr> BuildExpressions(
      const std::vector<SLQLParser::ExpressionContext*>& contexts) {
    std::vector<ast::ExpressionPtr> expressions;
    expressions.reserve(contexts.size());
    for (SLQLParser::ExpressionContext* context : contexts) {
      expressions.push_back(BuildExpression(context));
    }
    return expressions;
  }

  ast::Name QualifiedNameOf(SLQLParser::QualifiedNameContext* context) const {
    ast::Name name{"", SpanOf(context)};
    for (SLQLParser::NameContext* part : context->name()) {
      if (!name.text.empty()) name.text += '.';
      name.text += NameOf(part).text;
    }
    return name;
  }

  ast::Name FunctionNameOf(SLQLParser::FunctionNameContext* context) const {
    if (context->name().empty()) return NameOf(context);
    ast::Name name{"", SpanOf(context)};
    for (SLQLParser::NameContext* part : context->name()) {
      if (!name.text.empty()) name.text += '.';
      name.text += NameOf(part).text;
    }
    return name;
  }

  ast::ExpressionPtr BuildWhere(SLQLParser::WhereContext* context) {
    return context == nullptr ? nullptr : BuildExpression(context->expression());
  }

  ast::ExpressionPtr BuildCase(SLQLParser::CaseExprContext* context) {
    ast::CaseExpression node;
    size_t keyword = 0;
    ast::ExpressionPtr when;
    for (antlr4::tree::ParseTree* child : context->children) {
      if (auto* terminal = dynamic_cast<TerminalNode*>(child)) {
        keyword = terminal->getSymbol()->getType();
        continue;
      }
      ast::ExpressionPtr expression =
          BuildExpression(dynamic_cast<SLQLParser::ExpressionContext*>(child));
      if (keyword == SLQLParser::K_CASE) {
        node.subject = std::move(expression);
      } else if (keyword == SLQLParser::K_WHEN) {
        when = std::move(expression);
      } else if (keyword == SLQLParser::K_THEN) {
        node.branches.emplace_back(std::move(when), std::move(expression));
      } else {
        node.otherwise = std::move(expression);
      }
    }
    return MakeExpression(std::move(node), SpanOf(context));
  }

  // A list, or a comprehension: [x IN xs ...] or [p = (a)-->(b) ... | ...].
  ast::ExpressionPtr BuildList(SLQLParser::ListContext* context) {
    const SourceSpan span = SpanOf(context);
    const std::vector<SLQLParser::ExpressionContext*> contexts = context->expression();
    const bool has_tail = context->where() != nullptr || context->PIPE() != nullptr;
    std::vector<ast::ExpressionPtr> items = BuildExpressions(contexts);
    if (items.empty() || context->COMMA(0) != nullptr) {
      return MakeExpression(ast::ListLiteral{std::move(items)}, span);
    }
    ast::ExpressionPtr projection = context->PIPE() == nullptr ? nullptr : std::move(items[1]);
    ast::ExpressionPtr where = BuildWhere(context->where());
    // [(x IN xs)], with brackets, is the list of one test.
    auto* in = dynamic_cast<SLQLParser::InExprContext*>(contexts[0]);
    auto* binary = std::get_if<ast::Binary>(&items[0]->node);
    if (in != nullptr && binary->op == ast::BinaryOperator::kIn) {
      if (auto* variable = std::get_if<ast::Variable>(&binary->left->node)) {
        ast::ListComprehension node;
        node.variable = ast::Name{variable->name, binary->left->span};
        node.list = std::move(binary->right);
        node.where = std::move(where);
        node.projection = std::move(projection);
        return MakeExpression(std::move(node), span);
      }
    }
    if (!has_tail) return MakeExpression(ast::ListLiteral{std::move(items)}, span);
    ast::PatternComprehension node;
    ast::ExpressionPtr head = std::move(items[0]);
    if (dynamic_cast<SLQLParser::CompareExprContext*>(contexts[0]) &&
        binary->op == ast::BinaryOperator::kEqual) {
      if (auto* variable = std::get_if<ast::Variable>(&binary->left->node)) {
        auto* pattern = std::get_if<ast::PatternCheck>(&binary->right->node);
        if (pattern != nullptr) {
          pattern->match->patterns.front().variable = ast::Name{variable->name, binary->left->span};
          ast::ExpressionPtr right = std::move(binary->right);
          head = std::move(right);
        }
      }
    }
    auto* pattern = std::get_if<ast::PatternCheck>(&head->node);
    if (pattern == nullptr) {
      Fail("SL1003",
           "only a variable IN a list, or a pattern, can stand before WHERE or | in a list",
           head->span, "write [x IN list WHERE condition | value]");
      return head;
    }
    if (projection == nullptr) {
      Fail("SL1003", "a list of matches says what to collect of each", span,
           "write [(a)-->(b) WHERE condition | b.name]");
      return head;
    }
    node.match = std::move(pattern->match);
    node.match->where = std::move(where);
    node.projection = std::move(projection);
    return MakeExpression(std::move(node), span);
  }

  std::unique_ptr<ast::MatchClause> BuildPatternExpr(SLQLParser::PatternExprContext* context) {
    auto match = std::make_unique<ast::MatchClause>();
    ast::Pattern* pattern = &match->patterns.emplace_back();
    pattern->span = SpanOf(context);
    for (antlr4::tree::ParseTree* child : context->children) {
      if (auto* node = dynamic_cast<SLQLParser::NodePatternContext*>(child)) {
        pattern->terms.emplace_back(BuildNodePattern(node));
      } else {
        pattern->terms.emplace_back(
            BuildEdgePattern(dynamic_cast<SLQLParser::EdgePatternContext*>(child)));
      }
    }
    return match;
  }

  ast::Query BuildSubquery(SLQLParser::SubqueryContext* context) {
    ast::Query query;
    query.span = SpanOf(context);
    if (context->patternList() == nullptr) {
      BuildParts(context, &query);
      return query;
    }
    ast::MatchClause match;
    match.patterns = BuildPatternList(context->patternList());
    match.where = BuildWhere(context->where());
    ast::Clause clause;
    clause.node = std::move(match);
    clause.span = query.span;
    ast::LinearQuery part;
    part.span = query.span;
    part.clauses.push_back(std::move(clause));
    query.parts.push_back(std::move(part));
    return query;
  }

  // --- Patterns

  std::vector<ast::Pattern> BuildPatternList(SLQLParser::PatternListContext* context) {
    std::vector<ast::Pattern> patterns;
    for (SLQLParser::PatternContext* pattern : context->pattern()) {
      patterns.push_back(BuildPattern(pattern));
    }
    return patterns;
  }

  ast::Pattern BuildPattern(SLQLParser::PatternContext* context) {
    ast::Pattern pattern;
    pattern.span = SpanOf(context);
    if (context->variable() != nullptr) pattern.variable = NameOf(context->variable());
    if (context->pathSelector() != nullptr)
      pattern.selector = BuildSelector(context->pathSelector());
    for (SLQLParser::PathTermContext* term : context->pathTerm())
      pattern.terms.push_back(BuildTerm(term));
    if (context->expression() != nullptr) pattern.cost = BuildExpression(context->expression());
    return pattern;
  }

  ast::PathSelector BuildSelector(SLQLParser::PathSelectorContext* context) {
    using Kind = ast::PathSelector::Kind;
    ast::PathSelector selector;
    selector.span = SpanOf(context);
    selector.kind_given = true;
    if (context->K_SHORTEST() != nullptr) {
      selector.kind = context->K_ALL() != nullptr      ? Kind::kAllShortest
                      : context->K_ANY() != nullptr    ? Kind::kAnyShortest
                      : context->K_GROUPS() != nullptr ? Kind::kShortestGroups
                                                       : Kind::kShortest;
    } else if (context->K_CHEAPEST() != nullptr) {
      selector.kind = Kind::kCheapest;
    } else if (context->K_ALL() != nullptr) {
      selector.kind = Kind::kAll;
    } else if (context->K_ANY() != nullptr) {
      selector.kind = Kind::kAny;
    } else {
      selector.kind_given = false;
    }
    selector.count = BuildIntOrParam(context->intOrParam());
    if (SLQLParser::PathModeContext* mode = context->pathMode()) {
      selector.mode = mode->K_WALK() != nullptr     ? ast::PathSelector::Mode::kWalk
                      : mode->K_TRAIL() != nullptr  ? ast::PathSelector::Mode::kTrail
                      : mode->K_SIMPLE() != nullptr ? ast::PathSelector::Mode::kSimple
                                                    : ast::PathSelector::Mode::kAcyclic;
    }
    return selector;
  }

  ast::PatternTerm BuildTerm(SLQLParser::PathTermContext* context) {
    if (context->nodePattern() != nullptr) return BuildNodePattern(context->nodePattern());
    if (context->edgePattern() != nullptr) {
      ast::EdgePattern edge = BuildEdgePattern(context->edgePattern());
      if (context->quantifier() != nullptr) {
        if (edge.hops.has_value()) {
          Fail("SL1003", "this edge says twice how many hops it takes",
               SpanOf(context->quantifier()),
               "keep either the * in the brackets or the quantifier behind the edge");
        }
        edge.hops = BuildQuantifier(context->quantifier());
        edge.span = SpanOf(context);
      }
      return edge;
    }
    auto group = std::make_unique<ast::GroupPattern>();
    group->span = SpanOf(context);
    if (context->variable() != nullptr) group->variable = NameOf(context->variable());
    for (SLQLParser::PathTermContext* term : context->pathTerm())
      group->terms.push_back(BuildTerm(term));
    group->where = BuildWhere(context->where());
    if (context->quantifier() != nullptr) group->repeat = BuildQuantifier(context->quantifier());
    return group;
  }

  ast::HopRange BuildQuantifier(SLQLParser::QuantifierContext* context) {
    ast::HopRange range;
    range.span = SpanOf(context);
    const auto literal = [&](int64_t number) {
      return MakeExpression(ast::Literal{Value(number)}, range.span);
    };
    if (context->STAR() != nullptr || context->PLUS() != nullptr) {
      range.from = literal(context->STAR() != nullptr ? 0 : 1);
      return range;
    }
    FillRange(context, SLQLParser::COMMA, &range);
    if (!range.from) range.from = literal(0);
    return range;
  }

  // Bounds on either side of `separator`; without it both are the same.
  void FillRange(antlr4::ParserRuleContext* context, size_t separator, ast::HopRange* range) {
    bool separated = false;
    for (antlr4::tree::ParseTree* child : context->children) {
      if (auto* bound = dynamic_cast<SLQLParser::IntOrParamContext*>(child)) {
        (separated ? range->to : range->from) = BuildIntOrParam(bound);
        if (!separated) range->to = BuildIntOrParam(bound);
      } else if (dynamic_cast<TerminalNode*>(child)->getSymbol()->getType() == separator) {
        separated = true;
        range->to = nullptr;
      }
    }
  }

  ast::NodePattern BuildNodePattern(SLQLParser::NodePatternContext* context) {
    ast::NodePattern node;
    node.span = SpanOf(context);
    if (SLQLParser::NodeHeadContext* head = context->nodeHead()) {
      if (head->ID() != nullptr) {
        node.id = IdOf(head->ID());
      } else if (head->STRING() != nullptr) {
        node.quoted = ast::Name{StringOf(head->STRING()), SpanOf(head)};
      } else {
        node.variable = NameOf(head->variable());
      }
    }
    if (context->classTest() != nullptr) node.classes = BuildClassTest(context->classTest());
    if (SLQLParser::NamedTestContext* named = context->namedTest()) {
      node.named = BuildExpression(named->expression());
      node.named_fuzzy = named->TILDE() != nullptr;
    }
    node.properties = BuildProperties(context->properties());
    node.where = BuildWhere(context->where());
    return node;
  }

  ast::EdgePattern BuildEdgePattern(SLQLParser::EdgePatternContext* context) {
    ast::EdgePattern edge;
    edge.span = SpanOf(context);
    const bool left = context->LT() != nullptr, right = context->GT() != nullptr;
    edge.direction = left == right ? ast::Direction::kEither
                     : left        ? ast::Direction::kLeft
                                   : ast::Direction::kRight;
    SLQLParser::EdgeFillerContext* filler = context->edgeFiller();
    if (filler == nullptr) return edge;
    if (filler->variable() != nullptr) edge.variable = NameOf(filler->variable());
    if (filler->classTest() != nullptr) edge.predicates = BuildClassTest(filler->classTest());
    if (SLQLParser::HopsContext* hops = filler->hops()) {
      edge.hops.emplace();
      edge.hops->star = true;
      edge.hops->span = SpanOf(hops);
      FillRange(hops, SLQLParser::DOTDOT, &*edge.hops);
    }
    if (filler->statementVar() != nullptr) {
      TerminalNode* variable = filler->statementVar()->ATNAME();
      edge.statement_variable =
          ast::Name{std::string(TextOf(variable).substr(1)), SpanOf(variable)};
      if (edge.statement_variable->text.find('-') != std::string::npos) {
        Fail("SL1003", fmt::format("'{}' cannot name a statement", edge.statement_variable->text),
             SpanOf(variable), "names have letters, digits and _");
      }
    }
    edge.properties = BuildProperties(filler->properties());
    edge.where = BuildWhere(filler->where());
    return edge;
  }

  // --- Scope

  ast::TimePoint BuildTime(SLQLParser::TimePointContext* context) {
    const SourceSpan span = SpanOf(context);
    const auto literal = [&](Value value) {
      return ast::TimePoint{MakeExpression(ast::Literal{std::move(value)}, span)};
    };
    if (!context->INTEGER().empty()) {
      // 2023 or 2023-10; the month's minus is a token of its own.
      std::string text;
      for (TerminalNode* part : context->INTEGER()) {
        if (!text.empty()) text += '-';
        text += TextOf(part);
      }
      StatusOr<storage::PartialDate> date = storage::PartialDate::Parse(text);
      if (!date.ok()) Fail("SL1005", fmt::format("there is no date '{}'", text), span);
      return literal(date.ok() ? Value(*date) : Value());
    }
    if (context->TEMPORAL() != nullptr) {
      return literal(ValueOr(DecodeTemporal(TextOf(context->TEMPORAL())), span));
    }
    if (context->STRING() != nullptr) return literal(Value::OfText(StringOf(context->STRING())));
    if (context->parameter() != nullptr) return {BuildParameter(context->parameter())};
    if (context->qualifiedName() != nullptr) {
      ast::FunctionCall call;
      const ast::Name name = QualifiedNameOf(context->qualifiedName());
      call.name = name.text;
      call.name_span = name.span;
      call.arguments = BuildExpressions(context->expression());
      return {MakeExpression(std::move(call), span)};
    }
    const ast::Name variable = NameOf(context->variable());
    ast::ExpressionPtr expression = MakeExpression(ast::Variable{variable.text}, variable.span);
    const std::vector<SLQLParser::PropertyNameContext*> properties = context->propertyName();
    if (properties.size() > operators_max_) {
      Fail("SL1000", fmt::format("more than {} operators in one expression", operators_max_), span);
      return {std::move(expression)};
    }
    for (SLQLParser::PropertyNameContext* property : properties) {
      ast::Name key = TermNameOf(property);
      const SourceSpan joined = SourceSpan::Joining(variable.span, key.span);
      expression = MakeExpression(ast::Property{std::move(expression), std::move(key)}, joined);
    }
    return {std::move(expression)};
  }

  ast::ScopeItem BuildScope(SLQLParser::ScopeItemContext* context) {
    ast::ScopeItem item;
    item.span = SpanOf(context);
    if (auto* valid_at = dynamic_cast<SLQLParser::ValidAtContext*>(context)) {
      item.item = ast::ValidAt{BuildTime(valid_at->timePoint())};
    } else if (auto* during = dynamic_cast<SLQLParser::ValidDuringContext*>(context)) {
      ast::ValidDuring node;
      node.from = BuildTime(during->timePoint(0));
      if (during->K_TO() != nullptr) node.to = BuildTime(during->timePoint(1));
      item.item = std::move(node);
    } else if (auto* known_at = dynamic_cast<SLQLParser::KnownAtContext*>(context)) {
      item.item = ast::KnownAt{BuildTime(known_at->timePoint())};
    } else if (auto* according = dynamic_cast<SLQLParser::AccordingToContext*>(context)) {
      ast::AccordingTo node;
      node.negated = according->K_NOT() != nullptr;
      for (SLQLParser::SourceRefContext* source : according->sourceRef()) {
        node.sources.push_back(BuildSource(source));
      }
      item.item = std::move(node);
    } else if (auto* reliability = dynamic_cast<SLQLParser::MinReliabilityContext*>(context)) {
      item.item = ast::MinReliability{NameOf(reliability->name())};
    } else if (auto* credibility = dynamic_cast<SLQLParser::MinCredibilityContext*>(context)) {
      item.item = ast::MinCredibility{IntegerOf(credibility->INTEGER())};
    } else if (auto* sources = dynamic_cast<SLQLParser::MinSourcesContext*>(context)) {
      item.item = ast::MinSources{IntegerOf(sources->INTEGER())};
    } else if (auto* polarity = dynamic_cast<SLQLParser::PolarityContext*>(context)) {
      using Filter = ast::DisputeFilter;
      const Filter::Verb verb = polarity->K_INCLUDING() != nullptr   ? Filter::Verb::kIncluding
                                : polarity->K_EXCLUDING() != nullptr ? Filter::Verb::kExcluding
                                                                     : Filter::Verb::kOnly;
      const Filter::What what = polarity->K_DENIED() != nullptr     ? Filter::What::kDenied
                                : polarity->K_DISPUTED() != nullptr ? Filter::What::kDisputed
                                                                    : Filter::What::kUndated;
      item.item = Filter{verb, what};
    } else if (auto* marking = dynamic_cast<SLQLParser::MaxMarkingContext*>(context)) {
      item.item = ast::MaxMarking{BuildLiteral(marking->literal())};
    } else {
      ast::ReleasableTo node;
      for (SLQLParser::LiteralContext* party :
           dynamic_cast<SLQLParser::ReleasableToContext*>(context)->literal()) {
        node.parties.push_back(BuildLiteral(party));
      }
      item.item = std::move(node);
    }
    return item;
  }
  std::vector<ast::ScopeItem> BuildScopes(
      const std::vector<SLQLParser::ScopeItemContext*>& contexts) {
    std::vector<ast::ScopeItem> items;
    for (SLQLParser::ScopeItemContext* context : contexts) items.push_back(BuildScope(context));
    return items;
  }

  ast::ExpressionPtr BuildSource(SLQLParser::SourceRefContext* context) {
    const SourceSpan span = SpanOf(context);
    if (context->ID() != nullptr)
      return MakeExpression(ast::IdLiteral{IdOf(context->ID()).text}, span);
    if (context->STRING() != nullptr) {
      return MakeExpression(ast::Literal{Value::OfText(StringOf(context->STRING()))}, span);
    }
    if (context->parameter() != nullptr) return BuildParameter(context->parameter());
    return MakeExpression(ast::Variable{NameOf(context->variable()).text}, span);
  }

  // --- Clauses

  ast::MatchClause BuildMatch(SLQLParser::MatchClauseContext* context) {
    ast::MatchClause match;
    match.optional = context->K_OPTIONAL() != nullptr;
    match.patterns = BuildPatternList(context->patternList());
    for (SLQLParser::MatchModifierContext* modifier : context->matchModifier()) {
      if (modifier->scopeItem() != nullptr) {
        match.scope.push_back(BuildScope(modifier->scopeItem()));
        continue;
      }
      for (SLQLParser::AvoidItemContext* item : modifier->avoiding()->avoidItem()) {
        ast::AvoidItem avoid;
        if (item->nodePattern() != nullptr) {
          avoid.node = BuildNodePattern(item->nodePattern());
        } else {
          avoid.hubs_over = BuildExpression(item->expression());
        }
        match.avoiding.push_back(std::move(avoid));
      }
    }
    match.where = BuildWhere(context->where());
    return match;
  }

  void FillOrder(SLQLParser::OrderByContext* context, ast::Paging* paging) {
    for (SLQLParser::SortItemContext* item : context->sortItem()) {
      const bool descending = item->K_DESC() != nullptr || item->K_DESCENDING() != nullptr;
      paging->order_by.push_back({BuildExpression(item->expression()), descending});
    }
  }
  void FillLimit(SLQLParser::LimitContext* context, ast::Paging* paging) {
    const std::vector<SLQLParser::ExpressionContext*> expressions = context->expression();
    paging->limit = BuildExpression(expressions[0]);
    if (expressions.size() > 1) paging->after = BuildExpression(expressions[1]);
  }

  ast::Projection BuildProjection(SLQLParser::ProjectionContext* context) {
    ast::Projection projection;
    projection.span = SpanOf(context);
    projection.distinct = context->K_DISTINCT() != nullptr;
    projection.star = context->STAR() != nullptr;
    for (SLQLParser::ProjItemContext* item : context->projItem()) {
      ast::ProjectionItem built;
      built.expression = BuildExpression(item->expression());
      if (item->variable() != nullptr) built.alias = NameOf(item->variable());
      projection.items.push_back(std::move(built));
    }
    antlr4::ParserRuleContext* first = nullptr;
    antlr4::ParserRuleContext* last = nullptr;
    for (antlr4::ParserRuleContext* part :
         {static_cast<antlr4::ParserRuleContext*>(context->orderBy()),
          static_cast<antlr4::ParserRuleContext*>(context->skip()),
          static_cast<antlr4::ParserRuleContext*>(context->limit())}) {
      if (part == nullptr) continue;
      if (first == nullptr) first = part;
      last = part;
    }
    if (context->orderBy() != nullptr) FillOrder(context->orderBy(), &projection.paging);
    if (context->skip() != nullptr)
      projection.paging.skip = BuildExpression(context->skip()->expression());
    if (context->limit() != nullptr) FillLimit(context->limit(), &projection.paging);
    if (first != nullptr) projection.paging.span = SpanOf(first->getStart(), last->getStop());
    return projection;
  }

  // Neighbouring ORDER BY, SKIP and LIMIT, in this order, are one clause.
  void BuildPages(const std::vector<SLQLParser::PageStepContext*>& steps, ast::LinearQuery* query) {
    ast::PageClause* page = nullptr;
    int filled = 0;  // 1: ORDER BY, 2: SKIP, 3: LIMIT has been taken last.
    for (SLQLParser::PageStepContext* step : steps) {
      const int slot = step->orderBy() != nullptr ? 1 : step->skip() != nullptr ? 2 : 3;
      const SourceSpan span = SpanOf(step);
      if (page == nullptr || slot <= filled) {
        ast::Clause clause;
        clause.node = ast::PageClause();
        clause.span = span;
        query->clauses.push_back(std::move(clause));
        page = &std::get<ast::PageClause>(query->clauses.back().node);
        page->paging.span = span;
      }
      filled = slot;
      if (slot == 1) FillOrder(step->orderBy(), &page->paging);
      if (slot == 2) page->paging.skip = BuildExpression(step->skip()->expression());
      if (slot == 3) FillLimit(step->limit(), &page->paging);
      page->paging.span = SourceSpan::Joining(page->paging.span, span);
      query->clauses.back().span = page->paging.span;
    }
  }

  ast::CallClause BuildCall(SLQLParser::CallClauseContext* context) {
    ast::CallClause call;
    call.procedure = QualifiedNameOf(context->qualifiedName());
    call.arguments = BuildExpressions(context->expression());
    call.yield_all = context->STAR() != nullptr;
    for (SLQLParser::YieldItemContext* item : context->yieldItem()) {
      std::optional<ast::Name> alias;
      if (item->variable() != nullptr) alias = NameOf(item->variable());
      call.yields.emplace_back(NameOf(item->name()), std::move(alias));
    }
    call.where = BuildWhere(context->where());
    return call;
  }

  ast::LinearQuery BuildLinearQuery(SLQLParser::LinearQueryContext* context) {
    ast::LinearQuery query;
    query.span = SpanOf(context);
    const auto add = [&](auto node, antlr4::ParserRuleContext* place) {
      ast::Clause clause;
      clause.node = std::move(node);
      clause.span = SpanOf(place);
      query.clauses.push_back(std::move(clause));
    };
    for (SLQLParser::StepContext* step : context->step()) {
      if (auto* with = step->withClause()) {
        ast::WithClause node;
        node.projection = BuildProjection(with->projection());
        node.where = BuildWhere(with->where());
        add(std::move(node), with);
      } else if (auto* match = step->matchClause()) {
        add(BuildMatch(match), match);
      } else if (auto* unwind = step->unwindClause()) {
        ast::UnwindClause node;
        node.list = BuildExpression(unwind->expression());
        node.variable = NameOf(unwind->variable());
        add(std::move(node), unwind);
      } else if (auto* let = step->letClause()) {
        ast::LetClause node;
        for (SLQLParser::LetItemContext* item : let->letItem()) {
          node.items.emplace_back(NameOf(item->variable()), BuildExpression(item->expression()));
        }
        add(std::move(node), let);
      } else if (auto* filter = step->filterClause()) {
        add(ast::FilterClause{BuildExpression(filter->expression())}, filter);
      } else if (auto* call = step->callClause()) {
        add(BuildCall(call), call);
      } else if (auto* assertion = step->assertClause()) {
        ast::AssertClause node;
        node.denies = assertion->K_DENY() != nullptr;
        node.patterns = BuildPatternList(assertion->patternList());
        node.scope = BuildScopes(assertion->scopeItem());
        node.details = BuildMap(assertion->map());
        add(std::move(node), assertion);
      } else {
        auto* retraction = step->retractClause();
        ast::RetractClause node;
        node.statements = BuildExpressions(retraction->expression());
        node.reason = std::move(node.statements.back());  // The last one stands behind BECAUSE.
        node.statements.pop_back();
        add(std::move(node), retraction);
      }
      BuildPages(step->pageStep(), &query);
    }
    if (auto* returns = context->returnClause()) {
      add(ast::ReturnClause{BuildProjection(returns->projection())}, returns);
    }
    return query;
  }

  // The parts of a UNION: children of a query or a subquery.
  void BuildParts(antlr4::ParserRuleContext* context, ast::Query* query) {
    for (antlr4::tree::ParseTree* child : context->children) {
      if (auto* part = dynamic_cast<SLQLParser::LinearQueryContext*>(child)) {
        query->parts.push_back(BuildLinearQuery(part));
      } else if (auto* terminal = dynamic_cast<TerminalNode*>(child)) {
        const size_t word = terminal->getSymbol()->getType();
        if (word == SLQLParser::K_UNION) query->union_all.push_back(false);
        if (word == SLQLParser::K_ALL) query->union_all.back() = true;
      }
    }
  }

  ast::Query BuildQuery(SLQLParser::QueryContext* context) {
    ast::Query query;
    query.span = SpanOf(context);
    query.scope = BuildScopes(context->scopeItem());
    BuildParts(context, &query);
    return query;
  }

  // --- Statements of the language

  ast::QueryStatement BuildQueryStatement(SLQLParser::QueryStmtContext* context) {
    ast::QueryStatement statement;
    if (context->K_EXPLAIN() != nullptr) statement.prefix = ast::QueryPrefix::kExplain;
    if (context->K_PROFILE() != nullptr) statement.prefix = ast::QueryPrefix::kProfile;
    if (context->K_WHY() != nullptr) statement.prefix = ast::QueryPrefix::kWhy;
    statement.cypher = context->K_CYPHER() != nullptr;
    statement.query = BuildQuery(context->query());
    return statement;
  }

  ast::ShowStatement BuildShow(SLQLParser::ShowStmtContext* context) {
    using Kind = ast::ShowStatement::Kind;
    ast::ShowStatement show;
    SLQLParser::ShowKindContext* kind = context->showKind();
    show.kind = kind->K_CLASSES() != nullptr      ? Kind::kClasses
                : kind->K_PREDICATES() != nullptr ? Kind::kPredicates
                : kind->K_QUERIES() != nullptr    ? Kind::kQueries
                : kind->K_EDGES() != nullptr      ? Kind::kEdges
                : kind->K_PREFIXES() != nullptr   ? Kind::kPrefixes
                                                  : Kind::kSources;
    if (context->expression() != nullptr) show.named = BuildExpression(context->expression());
    return show;
  }

  ast::DescribeStatement BuildDescribe(SLQLParser::DescribeStmtContext* context) {
    using Kind = ast::DescribeStatement::Kind;
    ast::DescribeStatement describe;
    if (context->K_CLASS() != nullptr) describe.kind = Kind::kClass;
    if (context->K_PREDICATE() != nullptr) describe.kind = Kind::kPredicate;
    if (context->K_QUERY() != nullptr) describe.kind = Kind::kQuery;
    describe.subject = BuildExpression(context->expression());
    // A class or a predicate is named by a word, which an expression takes for a variable.
    auto* word = std::get_if<ast::Variable>(&describe.subject->node);
    if (word != nullptr && (describe.kind == Kind::kClass || describe.kind == Kind::kPredicate)) {
      word->name = Expanded(source_.TextOf(describe.subject->span));
    }
    return describe;
  }

  void BuildDefinition(SLQLParser::DefinitionContext* context, ast::Statement* statement) {
    if (auto* class_definition = dynamic_cast<SLQLParser::DefineClassContext*>(context)) {
      ast::DefineClass define;
      for (SLQLParser::ClassNameContext* name : class_definition->className()) {
        define.parents.push_back(TermNameOf(name));
      }
      define.name = std::move(define.parents.front());
      define.parents.erase(define.parents.begin());
      define.details = BuildMap(class_definition->map());
      statement->node = std::move(define);
    } else if (auto* predicate = dynamic_cast<SLQLParser::DefinePredicateContext*>(context)) {
      statement->node = BuildDefinePredicate(predicate);
    } else if (auto* query = dynamic_cast<SLQLParser::DefineQueryContext*>(context)) {
      ast::DefineQuery define;
      define.name = NameOf(query->className());
      for (TerminalNode* parameter : query->PARAM()) {
        define.parameters.push_back({ParameterOf(parameter), SpanOf(parameter)});
      }
      define.details = BuildMap(query->map());
      used_parameters_.clear();
      define.query = BuildQuery(query->query());
      define.used = std::move(used_parameters_);
      statement->node = std::move(define);
    } else if (auto* edge = dynamic_cast<SLQLParser::DefineEdgeContext*>(context)) {
      ast::DefineEdge define;
      define.from = BuildNodePattern(edge->nodePattern(0));
      define.edge = BuildEdgePattern(edge->edgePattern());
      define.to = BuildNodePattern(edge->nodePattern(1));
      define.details = BuildMap(edge->map());
      for (SLQLParser::MatchClauseContext* match : edge->matchClause()) {
        define.body.push_back(BuildMatch(match));
      }
      statement->node = std::move(define);
    } else if (auto* prefix = dynamic_cast<SLQLParser::DefinePrefixContext*>(context)) {
      statement->node = ast::DefinePrefix{NameOf(prefix->className()), StringOf(prefix->STRING())};
    } else {
      using Kind = ast::DropDefinition::Kind;
      auto* drop = dynamic_cast<SLQLParser::DropDefinitionContext*>(context);
      const Kind kind = drop->K_CLASS() != nullptr       ? Kind::kClass
                        : drop->K_PREDICATE() != nullptr ? Kind::kPredicate
                        : drop->K_QUERY() != nullptr     ? Kind::kQuery
                        : drop->K_PREFIX() != nullptr    ? Kind::kPrefix
                                                         : Kind::kEdge;
      const bool is_term = kind != Kind::kQuery && kind != Kind::kPrefix;
      statement->node = ast::DropDefinition{
          kind, is_term ? TermNameOf(drop->className()) : NameOf(drop->className())};
    }
  }

  ast::DefinePredicate BuildDefinePredicate(SLQLParser::DefinePredicateContext* context) {
    using Cardinality = ast::DefinePredicate::Cardinality;
    ast::DefinePredicate define;
    define.domain = BuildClassExpr(context->classExpr(0));
    define.range = BuildClassExpr(context->classExpr(1));
    define.details = BuildMap(context->map());
    // A word of the tail, and the name behind it if it takes one.
    size_t word = SLQLParser::K_PREDICATE;
    for (antlr4::tree::ParseTree* child : context->children) {
      if (auto* name = dynamic_cast<SLQLParser::ClassNameContext*>(child)) {
        if (word == SLQLParser::K_PREDICATE) {
          define.name = TermNameOf(name);
        } else if (word == SLQLParser::K_UNDER) {
          define.parents.push_back(TermNameOf(name));
        } else if (define.inverse.has_value()) {
          Fail("SL1003", "a predicate has one inverse only", SpanOf(name));
        } else {
          define.inverse = TermNameOf(name);
        }
        continue;
      }
      auto* terminal = dynamic_cast<TerminalNode*>(child);
      if (terminal == nullptr) continue;
      word = terminal->getSymbol()->getType();
      define.symmetric |= word == SLQLParser::K_SYMMETRIC;
      define.transitive |= word == SLQLParser::K_TRANSITIVE;
      if (word != SLQLParser::K_ONE && word != SLQLParser::K_MANY) continue;
      const Cardinality said = word == SLQLParser::K_ONE ? Cardinality::kOne : Cardinality::kMany;
      if (define.cardinality != Cardinality::kUnspecified && define.cardinality != said) {
        Fail("SL1003", "a predicate has either ONE value or MANY", SpanOf(terminal));
      }
      define.cardinality = said;
    }
    return define;
  }

  const SourceText& source_;
  const size_t operators_max_;
  const Prefixes* const prefixes_;               // May be null.
  std::vector<ast::Parameter> used_parameters_;  // In the order of the text.
  static constexpr size_t kClassAtomsMax = 1000;
  size_t class_atoms_ = 0;      // Of the class test that is being built.
  size_t repeated_tokens_ = 0;  // Of BuildAgain.
  std::optional<Diagnostic> error_;
};

}  // namespace

StatusOr<ast::Statement> BuildStatement(grammar::SLQLParser::StatementContext* tree,
                                        const SourceText& source, size_t operators_max,
                                        const Prefixes* prefixes) {
  return Builder(source, operators_max, prefixes).Build(tree);
}

}  // namespace sightline::query
