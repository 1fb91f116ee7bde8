// Access expressions against a tree of our own, under every set of authorizations.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "storage/model/marking.h"

namespace sightline::storage {
namespace {

using Authorizations = std::set<std::string, std::less<>>;

// The third needs quotes.
const std::vector<std::string> kTokens = {"eu", "desk/china", "a \"b\" \\ 五"};

struct Tree {
  size_t token = 0;
  bool all = false;  // Of the children, else any.
  std::vector<Tree> children;

  bool Holds(unsigned held) const {
    if (children.empty()) return (held >> token & 1) != 0;
    for (const Tree& child : children) {
      if (child.Holds(held) != all) return !all;
    }
    return all;
  }

  std::string Text() const {
    if (children.empty()) return token == 2 ? R"("a \"b\" \\ 五")" : kTokens[token];
    std::string text;
    for (const Tree& child : children) {
      if (!text.empty()) text += all ? '&' : '|';
      text += child.children.empty() ? child.Text() : "(" + child.Text() + ")";
    }
    return text;
  }
};

Tree AnyTree(int depth) {
  Tree tree;
  tree.token = *rc::gen::inRange<size_t>(0, kTokens.size());
  tree.all = *rc::gen::arbitrary<bool>();
  const int child_count = depth == 0 ? 0 : *rc::gen::inRange(0, 4);
  for (int i = 0; i < child_count; ++i) tree.children.push_back(AnyTree(depth - 1));
  return tree;
}

RC_GTEST_PROP(AccessExpression, HoldsWhereItsTruthTableSaysSo, ()) {
  const Tree tree = AnyTree(4);
  const StatusOr<AccessExpression> expression = AccessExpression::Parse(tree.Text());
  RC_ASSERT(expression.ok());
  for (unsigned held = 0; held < 8; ++held) {
    Authorizations authorizations;
    for (size_t i = 0; i < kTokens.size(); ++i) {
      if ((held >> i & 1) != 0) authorizations.insert(kTokens[i]);
    }
    RC_ASSERT(expression->IsSatisfiedBy(authorizations) == tree.Holds(held));
  }
}

RC_GTEST_PROP(AccessExpression, AnAuthorizationMoreNeverHidesAnything, ()) {
  // There is no NOT. Any text at all; what does not parse is visible to nobody either way.
  const std::string text = *rc::gen::container<std::string>(
      rc::gen::element('a', 'b', 'a', 'b', '&', '|', '(', ')', '"', '\\'));
  const Marking marking{TlpLabel::kClear, text};
  const Clearance one{TlpLabel::kClear, {"a"}, false};
  const Clearance two{TlpLabel::kClear, {"a", "b", "ab"}, false};
  if (one.Permits(marking)) RC_ASSERT(two.Permits(marking));
  if (!AccessExpression::Parse(text).ok()) RC_ASSERT(!two.Permits(marking));
}

}  // namespace
}  // namespace sightline::storage
