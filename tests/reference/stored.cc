// Stored queries, and edges that are defined by patterns: their texts, parsed and evaluated like
// any other, before what stands around them.

#include <algorithm>
#include <set>

#include "query/parser/parser.h"
#include "tests/reference/evaluator.h"
#include "tests/reference/pattern.h"
#include "tests/reference/reference.h"

namespace sightline::reference {

namespace {

std::vector<std::string> NamesOf(const ast::EdgePattern& edge) {
  using Kind = ast::ClassTest::Kind;
  if (!edge.predicates) return {};
  if (edge.predicates->kind == Kind::kName) return {edge.predicates->text};
  std::vector<std::string> names;
  if (edge.predicates->kind != Kind::kOr) return {};
  for (const ast::ClassTest& child : edge.predicates->children) {
    if (child.kind != Kind::kName) return {};
    names.push_back(child.text);
  }
  return names;
}

}  // namespace

bool Evaluator::IsDefined(const ast::EdgePattern& edge) const {
  const std::vector<std::string> names = NamesOf(edge);
  // A TRANSITIVE predicate next to others, or both ways, stands for its chains, each as a pair.
  const bool plain = !edge.variable && !edge.statement_variable && !edge.hops &&
                     edge.properties.empty() && edge.where == nullptr;
  const bool either = edge.direction == ast::Direction::kEither;
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    bool inverse = false;
    if (const auto* definition = graph_.FindProperty(name, &inverse)) {
      return plain && definition->transitive &&
             (names.size() > 1 || (either && !definition->symmetric));
    }
    return std::any_of(stored_.begin(), stored_.end(), [&](const auto& stored) {
      return stored.kind == storage::StoredDefinition::Kind::kEdge && stored.name == name;
    });
  });
}

void Evaluator::AddPairs(const std::string& text, bool with_event,
                         std::vector<DefinedPair>* pairs) {
  auto script = query::Parse(text);
  if (!script.ok()) throw NotCovered("a definition that does not parse");
  scripts_.push_back(*std::move(script));
  auto& define = std::get<ast::DefineEdge>(scripts_.back().statements.front().node);
  if (with_event && !define.edge.variable) throw QueryFails("SL4017");
  Table table = TableOf(Row());
  for (const ast::MatchClause& match : define.body) RunMatch(match, &table);
  const std::string from = define.from.variable->text, to = define.to.variable->text;
  // What the head asks of the ends.
  auto tests = std::make_unique<ast::MatchClause>();
  for (ast::NodePattern* end : {&define.from, &define.to}) {
    ast::Pattern pattern;
    pattern.terms.emplace_back(std::move(*end));
    tests->patterns.push_back(std::move(pattern));
  }
  define.body.push_back(std::move(*tests));  // Where it lives as long as what is known of it.
  RunMatch(define.body.back(), &table);
  for (const Row& row : table.rows) {
    const TermId event = with_event ? graph_.TermOf(row.at(define.edge.variable->text)) : TermId{};
    pairs->push_back({graph_.TermOf(row.at(from)), graph_.TermOf(row.at(to)), event});
  }
}

const std::vector<DefinedPair>& Evaluator::PairsOf(const ast::EdgePattern& edge) {
  const auto known = pairs_.find(&edge);
  if (known != pairs_.end()) return known->second;
  std::vector<DefinedPair> pairs;
  for (const std::string& name : NamesOf(edge)) {
    bool inverse = false;
    if (graph_.FindProperty(name, &inverse) != nullptr) {
      AddPairs("DEFINE (a)-[:" + name + "]->(b) AS MATCH (a)-[:" + name + "]->(b)",
               edge.variable.has_value(), &pairs);
      continue;
    }
    bool any = false;
    for (const storage::StoredDefinition& stored : stored_) {
      if (stored.kind != storage::StoredDefinition::Kind::kEdge || stored.name != name) continue;
      AddPairs(stored.text, edge.variable.has_value(), &pairs);
      any = true;
    }
    if (!any) throw QueryFails("SL2012");
  }
  std::set<DefinedPair> joined;
  for (const DefinedPair& pair : pairs) {
    const DefinedPair turned{pair.to, pair.from, pair.event};
    if (edge.direction != ast::Direction::kLeft) joined.insert(pair);
    if (edge.direction != ast::Direction::kRight) joined.insert(turned);
  }
  if (edge.hops) {
    const auto [hops_min, hops_max] = HopsOf(*edge.hops);
    if (hops_min == 0) throw QueryFails("SL4017");
    std::set<DefinedPair> chains;
    std::set<TermId> starts;
    for (const DefinedPair& pair : joined) starts.insert(pair.from);
    const uint64_t longest = std::min<uint64_t>(hops_max, hops_min + 2 * joined.size() + 1);
    for (const TermId start : starts) {
      std::set<TermId> level = {start};
      for (uint64_t hops = 1; hops <= longest && !level.empty(); ++hops) {
        std::set<TermId> next;
        for (const DefinedPair& pair : joined) {
          if (level.contains(pair.from)) next.insert(pair.to);
        }
        level = std::move(next);
        for (const TermId end : level) {
          if (hops >= hops_min) chains.insert({start, end, TermId{}});
        }
      }
    }
    joined = std::move(chains);
  }
  return pairs_.emplace(&edge, std::vector<DefinedPair>(joined.begin(), joined.end()))
      .first->second;
}

void Evaluator::BindDefined(Pattern* pattern, size_t next, std::vector<Row>* found) {
  while (next < pattern->edges.size() && pattern->edges[next].pairs == nullptr) ++next;
  if (next == pattern->edges.size()) return BindSingles(pattern, 0, found);
  Pattern::Edge& edge = pattern->edges[next];
  Pattern::Node& left = pattern->nodes[edge.left];
  Pattern::Node& right = pattern->nodes[edge.right];
  for (const DefinedPair& pair : *edge.pairs) {
    if (!left.term.is_none() && left.term != pair.from) continue;
    if (!right.term.is_none() && right.term != pair.to) continue;
    if (edge.left == edge.right && pair.from != pair.to) continue;
    if (left.term.is_none() && !PassesTests(pattern, edge.left, pair.from)) continue;
    if (right.term.is_none() && !PassesTests(pattern, edge.right, pair.to)) continue;
    const TermId left_before = left.term, right_before = right.term;
    left.term = pair.from;
    right.term = pair.to;
    edge.event = pair.event;
    BindDefined(pattern, next + 1, found);
    left.term = left_before;
    right.term = right_before;
  }
}

void Evaluator::RunCall(const ast::CallClause& call, Table* table) {
  const std::string& name = call.procedure.text;
  const ast::DefineQuery*& query = queries_[name];
  for (const storage::StoredDefinition& stored : stored_) {
    if (query != nullptr || stored.kind != storage::StoredDefinition::Kind::kQuery ||
        stored.name != name) {
      continue;
    }
    auto script = query::Parse(stored.text);
    if (!script.ok()) throw NotCovered("a definition that does not parse");
    scripts_.push_back(*std::move(script));
    query = &std::get<ast::DefineQuery>(scripts_.back().statements.front().node);
  }
  if (query == nullptr) throw QueryFails("SL2020");
  if (call.arguments.size() != query->parameters.size()) throw QueryFails("SL2018");
  Row parameters;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    parameters[query->parameters[i].name] = Compute(*call.arguments[i], Row());
  }
  std::swap(parameters_, parameters);
  Table inner = RunParts(query->query, Row());
  Cut(&inner);
  std::swap(parameters_, parameters);
  std::vector<std::pair<std::string, std::string>> columns;  // Inner name, and that out here.
  for (const auto& [column, alias] : call.yields) {
    columns.emplace_back(column.text, alias ? alias->text : column.text);
  }
  if (call.yields.empty()) {
    for (const std::string& column : inner.columns) columns.emplace_back(column, column);
  }
  std::vector<Row> rows;
  for (const Row& row : table->rows) {
    for (const Row& found : inner.rows) {
      rows.push_back(row);
      for (const auto& [column, outside] : columns) rows.back()[outside] = found.at(column);
    }
  }
  table->rows = std::move(rows);
  table->groups.assign(table->rows.size(), 0);
  for (const auto& [column, outside] : columns) table->columns.push_back(outside);
  if (call.where != nullptr) Filter(*call.where, table);
}

}  // namespace sightline::reference
