// Clause by clause: from one table of rows to the next.

#include <algorithm>
#include <numeric>

#include "query/functions/datum_order.h"
#include "query/parser/parser.h"
#include "tests/reference/cell_text.h"
#include "tests/reference/evaluator.h"

namespace sightline::reference {

Evaluator::Evaluator(const World& world, const storage::Clearance& clearance)
    : graph_(world, clearance), stored_(world.stored) {}

Answer Evaluator::Run(const ast::Query& query) {
  // Who is asked goes by names and what lies below, and those by time and handling alone.
  RefScope base;
  for (const ast::ScopeItem& item : query.scope) TakeBaseItem(item, &base);
  head_base_ = graph_.FactsUnder(base);
  head_ = ScopeOf(query.scope, RefScope());
  around_ = head_;
  scopes_ = {head_};
  head_facts_ = graph_.FactsUnder(head_);
  head_base_ = graph_.FactsUnder(base, head_facts_.identity);
  identity_around_ = head_facts_.identity;

  Table united = RunParts(query, Row());

  Answer answer;
  answer.columns = united.columns;
  answer.groups = united.groups;
  answer.skip = united.skip;
  answer.limit = united.limit;
  answer.ambiguous = ambiguous_;
  for (const Row& row : united.rows) {
    std::vector<Datum> cells;
    for (const std::string& column : united.columns) cells.push_back(row.at(column));
    answer.rows.push_back(RowText(cells, [this](TermId term) { return graph_.TextOf(term); }));
  }
  return answer;
}

Table Evaluator::RunParts(const ast::Query& query, const Row& outer) {
  Table united;
  for (size_t i = 0; i < query.parts.size(); ++i) {
    Table part = RunPart(query.parts[i], outer);
    if (query.parts.size() == 1) {
      united = std::move(part);
      break;
    }
    Cut(&part);
    if (i == 0) {
      united = std::move(part);
    } else {
      if (part.columns != united.columns) throw QueryFails("SL4007");
      united.rows.insert(united.rows.end(), part.rows.begin(), part.rows.end());
      if (!query.union_all[i - 1]) {
        std::set<std::string> seen;
        std::erase_if(united.rows, [&](const Row& row) {
          return !seen.insert(KeyOf(row, united.columns)).second;
        });
      }
    }
    united.groups.assign(united.rows.size(), 0);
  }
  return united;
}

Table Evaluator::TableOf(const Row& outer) {
  Table table;
  table.outer = outer;
  table.rows = {outer};
  table.groups = {0};
  return table;
}

Table Evaluator::RunPart(const ast::LinearQuery& part, const Row& outer) {
  Table table = TableOf(outer);
  for (const ast::Clause& clause : part.clauses) {
    Cut(&table);  // What SKIP and LIMIT left over takes effect before anything else does.
    if (const auto* match = std::get_if<ast::MatchClause>(&clause.node)) {
      RunMatch(*match, &table);
    } else if (const auto* unwind = std::get_if<ast::UnwindClause>(&clause.node)) {
      std::vector<Row> rows;
      for (const Row& row : table.rows) {
        const Datum list = Compute(*unwind->list, row);
        if (list.is_null()) continue;
        if (list.list() == nullptr) throw QueryFails("SL3011");
        for (const Datum& item : *list.list()) {
          rows.push_back(row);
          rows.back()[unwind->variable.text] = item;
        }
      }
      table.rows = std::move(rows);
      table.groups.assign(table.rows.size(), 0);
      table.columns.push_back(unwind->variable.text);
    } else if (const auto* let = std::get_if<ast::LetClause>(&clause.node)) {
      for (const auto& [name, value] : let->items) {
        for (Row& row : table.rows) row[name.text] = Compute(*value, row);
        table.columns.push_back(name.text);
      }
    } else if (const auto* filter = std::get_if<ast::FilterClause>(&clause.node)) {
      Filter(*filter->condition, &table);
    } else if (const auto* with = std::get_if<ast::WithClause>(&clause.node)) {
      Project(with->projection, &table);
      if (with->where != nullptr) {
        Cut(&table);
        Filter(*with->where, &table);
      }
    } else if (const auto* call = std::get_if<ast::CallClause>(&clause.node)) {
      RunCall(*call, &table);
    } else if (const auto* page = std::get_if<ast::PageClause>(&clause.node)) {
      Page(page->paging, &table);
    } else if (const auto* result = std::get_if<ast::ReturnClause>(&clause.node)) {
      Project(result->projection, &table);
    } else {
      throw NotCovered("this clause");
    }
  }
  return table;
}

void Evaluator::Filter(const ast::Expression& condition, Table* table) {
  std::vector<Row> rows;
  std::vector<size_t> groups;
  for (size_t i = 0; i < table->rows.size(); ++i) {
    if (Truth(condition, Context{&table->rows[i]}) != true) continue;
    rows.push_back(table->rows[i]);
    groups.push_back(table->groups[i]);
  }
  table->rows = std::move(rows);
  table->groups = std::move(groups);
}

void Evaluator::Project(const ast::Projection& projection, Table* table) {
  struct Item {
    std::string name;
    const ast::Expression* expression;  // Null: the variable of that name.
    bool aggregated = false;
  };
  std::vector<Item> items;
  if (projection.star) {
    for (const std::string& column : table->columns) items.push_back({column, nullptr});
  }
  bool aggregated = false;
  for (const ast::ProjectionItem& written : projection.items) {
    Item item{"", written.expression.get(), HasAggregate(*written.expression)};
    const auto* variable = std::get_if<ast::Variable>(&written.expression->node);
    if (written.alias) {
      item.name = written.alias->text;
    } else if (variable != nullptr) {
      item.name = variable->name;
    } else {
      item.name = "column " + std::to_string(items.size());  // Its text, which only people read.
    }
    aggregated = aggregated || item.aggregated;
    items.push_back(std::move(item));
  }
  const auto value_of = [&](const Item& item, const Context& context) {
    return item.expression != nullptr ? Compute(*item.expression, context)
                                      : context.row->at(item.name);
  };

  // Groups of rows that make one: each row its own, or by the values of what does not aggregate.
  std::vector<std::vector<Row>> gathered;
  std::vector<size_t> groups;
  if (!aggregated) {
    for (const Row& row : table->rows) gathered.push_back({row});
    groups = table->groups;
  } else {
    std::map<std::string, size_t> known;
    bool has_key = false;
    for (const Item& item : items) has_key = has_key || !item.aggregated;
    if (!has_key) gathered.emplace_back();
    for (const Row& row : table->rows) {
      std::string key;
      for (const Item& item : items) {
        if (item.aggregated) continue;
        const std::string part = query::IdentityKey(value_of(item, Context{&row}));
        key += std::to_string(part.size()) + ":" + part;
      }
      if (has_key) {
        const auto [entry, is_new] = known.emplace(key, gathered.size());
        if (is_new) gathered.emplace_back();
        gathered[entry->second].push_back(row);
      } else {
        gathered[0].push_back(row);
      }
    }
    groups.assign(gathered.size(), 0);
  }

  Table result;
  for (const Item& item : items) result.columns.push_back(item.name);
  std::vector<std::vector<Datum>> keys;
  std::set<std::string> seen;
  for (size_t i = 0; i < gathered.size(); ++i) {
    const std::vector<Row>& group = gathered[i];
    const Row& first = group.empty() ? table->outer : group.front();
    const Context context{&first, aggregated ? &group : nullptr};
    Row row;
    for (const Item& item : items) row[item.name] = value_of(item, context);
    if (projection.distinct && !seen.insert(KeyOf(row, result.columns)).second) continue;
    // ORDER BY sees the items, and behind them what was there before.
    Row both = first;
    for (const auto& [name, value] : row) both[name] = value;
    std::vector<Datum> key;
    for (const ast::SortItem& sort : projection.paging.order_by) {
      key.push_back(Compute(*sort.expression, Context{&both, context.group}));
    }
    keys.push_back(std::move(key));
    row.insert(table->outer.begin(), table->outer.end());
    result.rows.push_back(std::move(row));
    result.groups.push_back(projection.distinct ? 0 : groups[i]);
  }
  result.outer = table->outer;
  *table = std::move(result);
  Sort(projection.paging.order_by, keys, table);
  SetLimits(projection.paging, table);
}

void Evaluator::Page(const ast::Paging& paging, Table* table) {
  std::vector<std::vector<Datum>> keys;
  for (const Row& row : table->rows) {
    std::vector<Datum> key;
    for (const ast::SortItem& sort : paging.order_by) key.push_back(Compute(*sort.expression, row));
    keys.push_back(std::move(key));
  }
  Sort(paging.order_by, keys, table);
  SetLimits(paging, table);
}

void Evaluator::SetLimits(const ast::Paging& paging, Table* table) {
  if (paging.after != nullptr) throw NotCovered("AFTER");
  if (paging.skip) {
    table->skip = static_cast<uint64_t>(*Compute(*paging.skip, Row{}).value()->get_if<int64_t>());
  }
  if (paging.limit) {
    table->limit = static_cast<uint64_t>(*Compute(*paging.limit, Row{}).value()->get_if<int64_t>());
  }
}

void Evaluator::Sort(const std::vector<ast::SortItem>& items,
                     const std::vector<std::vector<Datum>>& keys, Table* table) {
  if (items.empty()) return;
  const auto before = [&](size_t a, size_t b) {
    for (size_t i = 0; i < items.size(); ++i) {
      const auto order = query::SortOrder(keys[a][i], keys[b][i]);
      if (order != 0) return items[i].descending ? order > 0 : order < 0;
    }
    return false;
  };
  std::vector<size_t> order(table->rows.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), before);
  Table sorted = *table;
  for (size_t i = 0; i < order.size(); ++i) {
    sorted.rows[i] = table->rows[order[i]];
    sorted.groups[i] = i == 0 ? 0 : sorted.groups[i - 1] + (before(order[i - 1], order[i]) ? 1 : 0);
  }
  *table = std::move(sorted);
}

void Evaluator::Cut(Table* table) {
  if (table->skip == 0 && !table->limit) return;
  const size_t begin = std::min<uint64_t>(table->skip, table->rows.size());
  const size_t end = table->limit
                         ? begin + std::min<uint64_t>(*table->limit, table->rows.size() - begin)
                         : table->rows.size();
  for (const size_t cut : {begin, end}) {
    if (cut == 0 || cut == table->rows.size()) continue;
    if (table->groups[cut - 1] == table->groups[cut]) ambiguous_ = true;
  }
  table->rows = {table->rows.begin() + static_cast<ptrdiff_t>(begin),
                 table->rows.begin() + static_cast<ptrdiff_t>(end)};
  table->groups = {table->groups.begin() + static_cast<ptrdiff_t>(begin),
                   table->groups.begin() + static_cast<ptrdiff_t>(end)};
  table->skip = 0;
  table->limit.reset();
}

std::string Evaluator::KeyOf(const Row& row, const std::vector<std::string>& columns) const {
  std::string key;
  for (const std::string& column : columns) {
    const std::string part = query::IdentityKey(row.at(column));
    key += std::to_string(part.size()) + ":" + part;
  }
  return key;
}

Answer Evaluate(const World& world, const storage::Clearance& clearance, const std::string& text) {
  const auto script = query::Parse(text);
  if (!script.ok()) throw QueryFails("SL1003");
  if (script->statements.size() != 1) throw NotCovered("a script of several statements");
  const auto* statement = std::get_if<ast::QueryStatement>(&script->statements[0].node);
  if (statement == nullptr || statement->cypher || statement->prefix != ast::QueryPrefix::kNone) {
    throw NotCovered("this statement");
  }
  return Evaluator(world, clearance).Run(statement->query);
}

std::string Disagreement(const Answer& answer, const std::vector<std::string>& rows) {
  const size_t begin = std::min<uint64_t>(answer.skip, answer.rows.size());
  size_t wanted = answer.rows.size() - begin;
  if (answer.limit) wanted = std::min<uint64_t>(wanted, *answer.limit);
  if (rows.size() != wanted) {
    return std::to_string(rows.size()) + " rows, not " + std::to_string(wanted);
  }
  // A group lies wholly in the answer, and then all of it is there, or a SKIP or LIMIT cuts it, and
  // then some of it is.
  for (size_t first = 0; first < answer.rows.size();) {
    size_t last = first;
    std::multiset<std::string> group;
    while (last < answer.rows.size() && answer.groups[last] == answer.groups[first]) {
      group.insert(answer.rows[last++]);
    }
    for (size_t at = std::max(first, begin); at < std::min(last, begin + wanted); ++at) {
      const auto found = group.find(rows[at - begin]);
      if (found == group.end()) return "a row that is wrong here: " + rows[at - begin];
      group.erase(found);
    }
    first = last;
  }
  return "";
}

}  // namespace sightline::reference
