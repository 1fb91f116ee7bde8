#include "query/binder/same_expression.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "query/ast/printer.h"

namespace sightline::query {
namespace {

using Parts = std::vector<const ast::Expression*>;

struct PartCollector {
  Parts* parts;

  void Add(const ast::ExpressionPtr& part) const {
    if (part != nullptr) parts->push_back(part.get());
  }
  template <typename Leaf>
  void operator()(const Leaf&) const {}
  void operator()(const ast::Property& e) const { Add(e.object); }
  void operator()(const ast::Index& e) const { Add(e.object), Add(e.index); }
  void operator()(const ast::Slice& e) const { Add(e.object), Add(e.from), Add(e.to); }
  void operator()(const ast::ClassCheck& e) const { Add(e.object); }
  void operator()(const ast::NamedCheck& e) const { Add(e.object), Add(e.name); }
  void operator()(const ast::Unary& e) const { Add(e.operand); }
  void operator()(const ast::Binary& e) const { Add(e.left), Add(e.right); }
  void operator()(const ast::ListLiteral& e) const {
    for (const auto& item : e.items) Add(item);
  }
  void operator()(const ast::MapLiteral& e) const {
    for (const auto& entry : e.entries) Add(entry.value);
  }
  void operator()(const ast::FunctionCall& e) const {
    for (const auto& argument : e.arguments) Add(argument);
  }
  void operator()(const ast::CaseExpression& e) const {
    Add(e.subject);
    for (const auto& [when, then] : e.branches) Add(when), Add(then);
    Add(e.otherwise);
  }
  void operator()(const ast::QuantifiedCheck& e) const { Add(e.list), Add(e.where); }
  void operator()(const ast::ListComprehension& e) const {
    Add(e.list), Add(e.where), Add(e.projection);
  }
};

bool SameWord(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

bool SameClassTest(const ast::ClassTest& a, const ast::ClassTest& b) {
  return a.kind == b.kind && a.only == b.only && a.text == b.text &&
         std::equal(a.children.begin(), a.children.end(), b.children.begin(), b.children.end(),
                    SameClassTest);
}

// Whether two nodes of the same alternative are alike, parts aside.
struct SameNode {
  const ast::Expression& one;
  const ast::Expression& other;

  template <typename Node>
  const Node& Other() const {
    return std::get<Node>(other.node);
  }
  bool operator()(const ast::Literal& e) const { return e.value == Other<ast::Literal>().value; }
  bool operator()(const ast::IdLiteral& e) const {
    return e.external_id == Other<ast::IdLiteral>().external_id;
  }
  bool operator()(const ast::ParameterExpression& e) const {
    return e.name == Other<ast::ParameterExpression>().name;
  }
  bool operator()(const ast::Variable& e) const { return e.name == Other<ast::Variable>().name; }
  bool operator()(const ast::Property& e) const {
    return e.key.text == Other<ast::Property>().key.text;
  }
  bool operator()(const ast::Index&) const { return true; }
  bool operator()(const ast::Slice& e) const {
    const auto& o = Other<ast::Slice>();
    return (e.from == nullptr) == (o.from == nullptr) && (e.to == nullptr) == (o.to == nullptr);
  }
  bool operator()(const ast::ClassCheck& e) const {
    return SameClassTest(e.test, Other<ast::ClassCheck>().test);
  }
  bool operator()(const ast::NamedCheck& e) const {
    return e.fuzzy == Other<ast::NamedCheck>().fuzzy;
  }
  bool operator()(const ast::Unary& e) const { return e.op == Other<ast::Unary>().op; }
  bool operator()(const ast::Binary& e) const { return e.op == Other<ast::Binary>().op; }
  bool operator()(const ast::ListLiteral&) const { return true; }
  bool operator()(const ast::MapLiteral& e) const {
    const auto& o = Other<ast::MapLiteral>();
    return std::equal(e.entries.begin(), e.entries.end(), o.entries.begin(), o.entries.end(),
                      [](const auto& x, const auto& y) { return x.key.text == y.key.text; });
  }
  bool operator()(const ast::CountStar&) const { return true; }
  bool operator()(const ast::FunctionCall& e) const {
    const auto& o = Other<ast::FunctionCall>();
    return e.distinct == o.distinct && SameWord(e.name, o.name);
  }
  bool operator()(const ast::CaseExpression& e) const {
    const auto& o = Other<ast::CaseExpression>();
    return (e.subject == nullptr) == (o.subject == nullptr) &&
           (e.otherwise == nullptr) == (o.otherwise == nullptr);
  }
  bool operator()(const ast::QuantifiedCheck& e) const {
    const auto& o = Other<ast::QuantifiedCheck>();
    return e.kind == o.kind && e.variable.text == o.variable.text &&
           (e.where == nullptr) == (o.where == nullptr);
  }
  bool operator()(const ast::ListComprehension& e) const {
    const auto& o = Other<ast::ListComprehension>();
    return e.variable.text == o.variable.text && (e.where == nullptr) == (o.where == nullptr) &&
           (e.projection == nullptr) == (o.projection == nullptr);
  }
  // What holds a query or a pattern has no parts: compared as it would be written.
  bool operator()(const ast::PatternComprehension&) const { return AreWrittenAlike(); }
  bool operator()(const ast::PatternCheck&) const { return AreWrittenAlike(); }
  bool operator()(const ast::Subquery&) const { return AreWrittenAlike(); }
  bool AreWrittenAlike() const { return ast::Print(one) == ast::Print(other); }
};

}  // namespace

std::vector<const ast::Expression*> PartsOf(const ast::Expression& expression) {
  Parts parts;
  std::visit(PartCollector{&parts}, expression.node);
  return parts;
}

bool SameExpression(const ast::Expression& a, const ast::Expression& b) {
  // Chains of operators nest deeper than the stack should: no recursion.
  std::vector<std::pair<const ast::Expression*, const ast::Expression*>> pending = {{&a, &b}};
  while (!pending.empty()) {
    const auto [x, y] = pending.back();
    pending.pop_back();
    if (x->node.index() != y->node.index() || !std::visit(SameNode{*x, *y}, x->node)) return false;
    const Parts of_x = PartsOf(*x);
    const Parts of_y = PartsOf(*y);
    if (of_x.size() != of_y.size()) return false;
    for (size_t i = 0; i < of_x.size(); ++i) pending.emplace_back(of_x[i], of_y[i]);
  }
  return true;
}

}  // namespace sightline::query
