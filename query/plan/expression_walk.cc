#include "query/plan/expression_walk.h"

#include <algorithm>
#include <utility>

namespace sightline::query {
namespace {

using Visit = std::function<void(const BoundExpression&)>;

struct PartVisitor {
  const Visit& visit;

  void One(const BoundExpressionPtr& part) const {
    if (part != nullptr) visit(*part);
  }
  void operator()(const BoundConstant&) const {}
  void operator()(const BoundParameter&) const {}
  void operator()(const BoundSlot&) const {}
  void operator()(const BoundLocal&) const {}
  void operator()(const BoundProperty& e) const { One(e.object); }
  void operator()(const BoundIndex& e) const { One(e.object), One(e.index); }
  void operator()(const BoundSlice& e) const { One(e.object), One(e.from), One(e.to); }
  void operator()(const BoundClassCheck& e) const { One(e.object); }
  void operator()(const BoundNamedCheck& e) const { One(e.object), One(e.name); }
  void operator()(const BoundUnary& e) const { One(e.operand); }
  void operator()(const BoundBinary& e) const { One(e.left), One(e.right); }
  void operator()(const BoundList& e) const {
    for (const auto& item : e.items) One(item);
  }
  void operator()(const BoundMap& e) const {
    for (const auto& [key, value] : e.entries) One(value);
  }
  void operator()(const BoundCall& e) const {
    for (const auto& argument : e.arguments) One(argument);
  }
  void operator()(const BoundCase& e) const {
    One(e.subject);
    for (const auto& [when, then] : e.branches) One(when), One(then);
    One(e.otherwise);
  }
  void operator()(const BoundQuantified& e) const { One(e.list), One(e.where); }
  void operator()(const BoundComprehension& e) const {
    One(e.list), One(e.where), One(e.projection);
  }
  void operator()(const BoundSubquery& e) const {
    for (const auto& [local, captured] : e.captures) One(captured);
  }
};

}  // namespace

void ForEachPart(const BoundExpression& expression, const Visit& visit) {
  std::visit(PartVisitor{visit}, expression.node);
}

std::vector<uint32_t> SlotsOf(const BoundExpression& expression) {
  std::vector<uint32_t> slots;
  // A stack of our own: chains of operators may be ten thousand deep.
  std::vector<const BoundExpression*> pending = {&expression};
  while (!pending.empty()) {
    const BoundExpression* next = pending.back();
    pending.pop_back();
    if (const auto* slot = std::get_if<BoundSlot>(&next->node)) slots.push_back(slot->column);
    ForEachPart(*next, [&](const BoundExpression& part) { pending.push_back(&part); });
  }
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  return slots;
}

std::vector<const BoundExpression*> ConjunctsOf(const BoundExpression& condition) {
  // A chain of ANDs may be as long as the parser lets it: no recursion on its left.
  std::vector<const BoundExpression*> conjuncts;
  std::vector<const BoundExpression*> pending = {&condition};
  while (!pending.empty()) {
    const BoundExpression* next = pending.back();
    pending.pop_back();
    const auto* binary = std::get_if<BoundBinary>(&next->node);
    if (binary != nullptr && binary->op == ast::BinaryOperator::kAnd) {
      pending.push_back(binary->right.get());
      pending.push_back(binary->left.get());
    } else {
      conjuncts.push_back(next);
    }
  }
  return conjuncts;
}

bool HasSubquery(const BoundExpression& expression) {
  std::vector<const BoundExpression*> pending = {&expression};
  while (!pending.empty()) {
    const BoundExpression* next = pending.back();
    pending.pop_back();
    if (std::holds_alternative<BoundSubquery>(next->node)) return true;
    ForEachPart(*next, [&](const BoundExpression& part) { pending.push_back(&part); });
  }
  return false;
}

BoundExpressionPtr MakeConstant(Datum value, StaticType type, const SourceSpan& span) {
  auto made = std::make_unique<BoundExpression>();
  made->node = BoundConstant{std::move(value)};
  made->type = type;
  made->span = span;
  return made;
}

BoundExpressionPtr MakeSlot(uint32_t column, StaticType type, const SourceSpan& span) {
  auto made = std::make_unique<BoundExpression>();
  made->node = BoundSlot{column};
  made->type = type;
  made->span = span;
  return made;
}

}  // namespace sightline::query
