#include "query/completion/written_context.h"

#include <algorithm>
#include <array>

namespace sightline::query {
namespace {

constexpr size_t kNone = std::string_view::npos;

bool IsName(const PlacedToken& token) {
  return token.kind == SyntaxKind::kWord || token.kind == SyntaxKind::kQuotedWord;
}

std::optional<WrittenVariable::Kind> KindOfVariable(const std::set<SyntaxRole>& roles) {
  using Kind = WrittenVariable::Kind;
  constexpr std::array<std::pair<SyntaxRole, Kind>, 5> kinds = {
      {{SyntaxRole::kNodeVariable, Kind::kNode},
       {SyntaxRole::kEdgeVariable, Kind::kEdge},
       {SyntaxRole::kPathVariable, Kind::kPath},
       {SyntaxRole::kValueVariable, Kind::kValue},
       {SyntaxRole::kLocalVariable, Kind::kValue}}};
  for (const auto& [role, kind] : kinds) {
    if (roles.contains(role)) return kind;
  }
  return std::nullopt;
}

bool BeginsClause(const PlacedToken& token) {
  constexpr std::array<std::string_view, 11> words = {"MATCH",  "OPTIONAL", "UNWIND", "LET",
                                                      "FILTER", "CALL",     "WITH",   "RETURN",
                                                      "ASSERT", "DENY",     "RETRACT"};
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return token.Is(word); });
}

}  // namespace

WrittenContext::WrittenContext(const std::vector<PlacedToken>& before)
    : tokens_(before), matching_(before.size(), kNone) {
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i].kind != SyntaxKind::kSign || tokens_[i].text.size() != 1) continue;
    const char sign = tokens_[i].text.front();
    if (sign == '(' || sign == '[' || sign == '{') open_.push_back(i);
    const char partner = sign == ')' ? '(' : sign == ']' ? '[' : sign == '}' ? '{' : '\0';
    if (partner == '\0') continue;
    // Brackets that were never closed end with the one around them.
    const auto found = std::find_if(open_.rbegin(), open_.rend(), [&](size_t open) {
      return tokens_[open].text.front() == partner;
    });
    if (found == open_.rend()) continue;
    matching_[i] = *found;
    matching_[*found] = i;
    open_.erase(found.base() - 1, open_.end());
  }
  ReadVariables();
}

bool WrittenContext::Is(size_t index, std::string_view word) const {
  return index < tokens_.size() && tokens_[index].Is(word);
}

size_t WrittenContext::OpenOf(size_t close) const {
  return close < matching_.size() && matching_[close] != kNone && matching_[close] < close
             ? matching_[close]
             : kNone;
}

size_t WrittenContext::InnermostOpen(std::string_view sign) const {
  return !open_.empty() && Is(open_.back(), sign) ? open_.back() : kNone;
}

const WrittenVariable* WrittenContext::Find(std::string_view name) const {
  const auto found = std::find_if(variables_.begin(), variables_.end(),
                                  [&](const WrittenVariable& v) { return v.name == name; });
  return found == variables_.end() ? nullptr : &*found;
}

WrittenNode WrittenContext::NodeAt(size_t open, size_t end) const {
  WrittenNode node;
  size_t i = open + 1;
  if (i < end && tokens_[i].kind == SyntaxKind::kId) node.id = tokens_[i++].text;
  if (i < end && tokens_[i].kind == SyntaxKind::kText) node.text = tokens_[i++].text;
  if (i < end && IsName(tokens_[i]) && tokens_[i].roles.contains(SyntaxRole::kNodeVariable)) {
    node.variable = tokens_[i++].text;
  }
  for (; i < end && !Is(i, "{") && !Is(i, "WHERE") && !Is(i, "NAMED"); ++i) {
    const bool negated = Is(i - 1, "!");
    if (!negated && tokens_[i].roles.contains(SyntaxRole::kClass)) {
      node.classes.push_back(tokens_[i].text);
    }
  }
  return node;
}

std::optional<std::pair<std::string, bool>> WrittenContext::EdgeBefore(size_t open) const {
  // ... ]-> (   ... ]- (
  size_t close = open;
  const bool right = close > 0 && Is(close - 1, ">");
  if (right) --close;
  if (close < 2 || !Is(close - 1, "-") || !Is(close - 2, "]")) return std::nullopt;
  const size_t begin = OpenOf(close - 2);
  if (begin == kNone || begin == 0 || !Is(begin - 1, "-")) return std::nullopt;
  const bool left = begin >= 2 && Is(begin - 2, "<");
  if (left == right) return std::nullopt;
  std::string name;
  for (size_t i = begin + 1; i < close - 2 && !Is(i, "{") && !Is(i, "WHERE"); ++i) {
    // Along several edges, or any of several predicates.
    if (Is(i, "*") || Is(i, "|") || Is(i, "!") || Is(i, "%")) return std::nullopt;
    if (tokens_[i].roles.contains(SyntaxRole::kPredicate)) name = tokens_[i].text;
  }
  if (name.empty()) return std::nullopt;
  return std::pair(std::move(name), right);
}

std::vector<WrittenVariable> WrittenContext::Projected(
    size_t begin, size_t end, const std::vector<WrittenVariable>& from) const {
  std::vector<WrittenVariable> projected;
  const auto known = [&](std::string_view name) -> const WrittenVariable* {
    for (auto it = from.rbegin(); it != from.rend(); ++it) {
      if (it->name == name) return &*it;
    }
    return nullptr;
  };
  const auto add_item = [&](size_t first, size_t last) {
    if (first >= last) return;
    if (last == first + 1 && Is(first, "*")) {
      projected.insert(projected.begin(), from.begin(), from.end());
      return;
    }
    if (last == first + 1) {
      if (const WrittenVariable* variable = known(tokens_[first].text)) {
        projected.push_back(*variable);
      }
      return;
    }
    if (last < first + 3 || !Is(last - 2, "AS")) return;
    WrittenVariable renamed;
    if (const auto* variable = last == first + 3 ? known(tokens_[first].text) : nullptr) {
      renamed = *variable;
    }
    renamed.name = tokens_[last - 1].text;
    // Behind a * it is there already.
    std::erase_if(projected, [&](const WrittenVariable& v) { return v.name == renamed.name; });
    projected.push_back(std::move(renamed));
  };
  if (Is(begin, "DISTINCT")) ++begin;
  size_t first = begin;
  size_t i = begin;
  for (; i < end && !Is(i, "ORDER") && !Is(i, "SKIP") && !Is(i, "LIMIT"); ++i) {
    if (matching_[i] != kNone && matching_[i] > i) {
      i = std::min(matching_[i], end - 1);
    } else if (Is(i, ",")) {
      add_item(first, i);
      first = i + 1;
    }
  }
  add_item(first, i);
  return projected;
}

void WrittenContext::ReadVariables() {
  // What a bracket that closes takes with it: the variables of a subquery, those of a list.
  struct Level {
    size_t bracket;
    size_t variables_before;
  };
  std::vector<WrittenVariable> variables;
  std::vector<Level> levels;
  // Of the WITH that is being read.
  size_t with_begin = kNone, with_depth = 0;
  size_t part_begins = 0;  // Of the variables: those of another part of a UNION are not seen.
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const PlacedToken& token = tokens_[i];
    const bool ends_with = with_begin != kNone && levels.size() == with_depth && i > with_begin &&
                           (BeginsClause(token) || token.Is("WHERE"));
    if (ends_with) {
      const size_t outer = levels.empty() ? part_begins : levels.back().variables_before;
      std::vector<WrittenVariable> kept(variables.begin() + static_cast<long>(outer),
                                        variables.end());
      kept = Projected(with_begin, i, kept);
      variables.resize(outer);
      variables.insert(variables.end(), kept.begin(), kept.end());
      with_begin = kNone;
    }
    if (token.kind == SyntaxKind::kSign && token.text.size() == 1) {
      const bool opens = token.text == "(" || token.text == "[" || token.text == "{";
      if (opens) levels.push_back({i, variables.size()});
      if (matching_[i] != kNone && matching_[i] < i) {
        while (!levels.empty() && levels.back().bracket >= matching_[i]) {
          const Level closed = levels.back();
          levels.pop_back();
          const bool is_subquery =
              Is(closed.bracket, "{") && closed.bracket > 0 &&
              (Is(closed.bracket - 1, "EXISTS") || Is(closed.bracket - 1, "COUNT"));
          const bool is_list = Is(closed.bracket, "[") && !Is(closed.bracket - 1, "-");
          const bool is_quantifier = Is(closed.bracket, "(") && Is(closed.bracket + 2, "IN");
          if (is_subquery || is_list || is_quantifier) {
            variables.resize(std::min(variables.size(), closed.variables_before));
          }
        }
      }
    }
    if (token.Is("UNION") && levels.empty()) {
      variables.clear();
      part_begins = 0;
    }
    if (token.Is("WITH") && i > 0 && !Is(i - 1, "STARTS") && !Is(i - 1, "ENDS")) {
      with_begin = i + 1;
      with_depth = levels.size();
    }

    std::optional<WrittenVariable::Kind> kind;
    if (token.kind == SyntaxKind::kAtName && token.roles.contains(SyntaxRole::kStatementVariable)) {
      kind = WrittenVariable::Kind::kStatement;
    } else if (IsName(token)) {
      kind = KindOfVariable(token.roles);
      // [x IN xs WHERE ...]
      if (!kind && i > 0 && Is(i - 1, "[") && Is(i + 1, "IN")) {
        kind = WrittenVariable::Kind::kValue;
      }
    }
    if (!kind) continue;
    WrittenVariable variable{token.text, *kind, {}};
    if (*kind == WrittenVariable::Kind::kNode) {
      if (i == 0 || !Is(i - 1, "(")) continue;
      const size_t open = i - 1;
      const size_t close = matching_[open] == kNone ? tokens_.size() : matching_[open];
      variable.node = NodeAt(open, close);
      if (auto edge = EdgeBefore(open)) {
        variable.node.edges.emplace_back(edge->first, !edge->second);
        // And the node on its other side.
        const size_t bracket = OpenOf(open - (Is(open - 1, ">") ? 3 : 2));
        const size_t other_close = bracket - (Is(bracket - 2, "<") ? 3 : 2);
        const size_t other = OpenOf(other_close);
        if (other != kNone) {
          const WrittenNode left = NodeAt(other, other_close);
          for (WrittenVariable& earlier : variables) {
            if (earlier.name == left.variable && !left.variable.empty()) {
              earlier.node.edges.emplace_back(edge->first, edge->second);
            }
          }
        }
      }
    }
    const auto same = std::find_if(variables.begin(), variables.end(),
                                   [&](const auto& v) { return v.name == variable.name; });
    if (same == variables.end()) {
      variables.push_back(std::move(variable));
    } else if (same->kind == WrittenVariable::Kind::kNode) {
      WrittenNode& node = same->node;
      const WrittenNode& more = variable.node;
      node.classes.insert(node.classes.end(), more.classes.begin(), more.classes.end());
      node.edges.insert(node.edges.end(), more.edges.begin(), more.edges.end());
      if (node.id.empty()) node.id = more.id;
      if (node.text.empty()) node.text = more.text;
    }
  }
  variables_.assign(variables.rbegin(), variables.rend());
}

WrittenNode WrittenContext::WithVariable(WrittenNode node) const {
  const WrittenVariable* variable = node.variable.empty() ? nullptr : Find(node.variable);
  if (variable == nullptr) return node;
  WrittenNode known = variable->node;
  if (known.classes.empty()) known.classes = std::move(node.classes);
  return known;
}

std::optional<WrittenContext::EdgeStart> WrittenContext::edge_start() const {
  const size_t open = InnermostOpen("[");
  if (open == kNone || open < 2 || !Is(open - 1, "-")) return std::nullopt;
  EdgeStart start;
  size_t close = open - 2;
  start.against = Is(close, "<");
  if (start.against && close > 0) --close;
  const size_t node = OpenOf(close);
  if (node == kNone || !Is(node, "(")) return std::nullopt;
  start.node = WithVariable(NodeAt(node, close));
  return start;
}

std::optional<WrittenNode> WrittenContext::around() const {
  // The braces' own bracket is the innermost one then.
  size_t at = open_.size();
  if (at > 0 && Is(open_[at - 1], "{")) --at;
  if (at == 0 || !Is(open_[at - 1], "(")) return std::nullopt;
  const size_t open = open_[at - 1];
  WrittenNode node = WithVariable(NodeAt(open, tokens_.size()));
  if (auto edge = EdgeBefore(open)) node.edges.emplace_back(edge->first, !edge->second);
  return node;
}

std::string_view WrittenContext::before_dot() const {
  const size_t count = tokens_.size();
  if (count < 2 || !Is(count - 1, ".") || !IsName(tokens_[count - 2])) return {};
  if (count >= 3 && Is(count - 3, ".")) return {};
  return tokens_[count - 2].text;
}

std::string_view WrittenContext::called() const {
  for (size_t i = tokens_.size(); i-- > 1;) {
    if (Is(i - 1, "CALL")) return tokens_[i].text;
  }
  return {};
}

}  // namespace sightline::query
