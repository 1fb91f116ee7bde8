#include "query/show.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "query/exec/operator.h"
#include "storage/text/name_folding.h"

namespace sightline::query {
namespace {

// Looks for the text of NAMED.
class NameFilter {
 public:
  explicit NameFilter(std::string_view named) : wanted_(storage::FoldName(named)) {}

  bool Keeps(std::string_view name) const {
    return wanted_.empty() || storage::FoldName(name).find(wanted_) != std::string::npos;
  }

 private:
  const std::string wanted_;
};

Datum TextOrNull(std::string text) {
  return text.empty() ? Datum() : Datum::OfText(std::move(text));
}

std::string Join(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : "|") + name;
  return joined;
}

Table TextTable(std::vector<std::string> names) {
  Table table;
  for (std::string& name : names) table.columns.push_back({std::move(name), ColumnType::kText});
  return table;
}

Table ShowClasses(const storage::Catalog& catalog, const NameFilter& filter) {
  Table table = TextTable({"name", "label", "under", "note"});
  for (const auto& [name, definition] : catalog.classes()) {
    if (!filter.Keeps(name) && !filter.Keeps(definition.label)) continue;
    table.rows.push_back({Datum::OfText(name), TextOrNull(definition.label),
                          TextOrNull(Join(definition.parents)), TextOrNull(definition.note)});
  }
  return table;
}

Table ShowPredicates(const storage::Catalog& catalog, const NameFilter& filter) {
  Table table = TextTable(
      {"name", "label", "from", "to", "cardinality", "traits", "inverse", "under", "note"});
  for (const auto& [name, definition] : catalog.predicates()) {
    if (!filter.Keeps(name) && !filter.Keeps(definition.label) &&
        !(filter.Keeps(definition.inverse) && !definition.inverse.empty())) {
      continue;
    }
    std::vector<std::string> range = definition.range;
    for (const storage::ValueType type : definition.range_types) {
      range.emplace_back(ValueTypeName(type));
    }
    std::vector<std::string> traits;
    if (definition.symmetric) traits.emplace_back("SYMMETRIC");
    if (definition.transitive) traits.emplace_back("TRANSITIVE");
    table.rows.push_back(
        {Datum::OfText(name), TextOrNull(definition.label), TextOrNull(Join(definition.domain)),
         TextOrNull(Join(range)),
         Datum::OfText(definition.cardinality == storage::Cardinality::kOne ? "ONE" : "MANY"),
         TextOrNull(Join(traits)), TextOrNull(definition.inverse),
         TextOrNull(Join(definition.parents)), TextOrNull(definition.note)});
  }
  return table;
}

std::string MarkingText(const storage::Marking& marking) {
  std::string text(TlpLabelName(marking.tlp));
  if (!marking.access.empty()) text += " " + marking.access;
  return text;
}

Table ShowStored(storage::StoredDefinition::Kind kind, const storage::ReadView& view,
                 const NameFilter& filter) {
  const bool queries = kind == storage::StoredDefinition::Kind::kQuery;
  Table table = queries ? TextTable({"name", "parameters", "definition", "note", "marking"})
                        : TextTable({"name", "definition", "note", "marking"});
  for (const auto* stored : view.catalog().StoredOf(kind, view.clearance())) {
    // Of two queries of one name, marked differently, CALL takes the newer one.
    if (queries && view.catalog().FindQuery(stored->name, view.clearance()) != stored) continue;
    if (!filter.Keeps(stored->name)) continue;
    std::vector<Datum> row = {Datum::OfText(stored->name)};
    if (queries) {
      std::string parameters;
      for (const std::string& name : stored->parameters) {
        parameters += (parameters.empty() ? "$" : ", $") + name;
      }
      row.push_back(TextOrNull(std::move(parameters)));
    }
    row.push_back(Datum::OfText(stored->text));
    row.push_back(TextOrNull(stored->note));
    row.push_back(Datum::OfText(MarkingText(stored->marking)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table ShowPrefixes(const storage::ReadView& view, const NameFilter& filter) {
  Table table = TextTable({"name", "iri"});
  for (const auto* prefix :
       view.catalog().StoredOf(storage::StoredDefinition::Kind::kPrefix, view.clearance())) {
    if (!filter.Keeps(prefix->name) && !filter.Keeps(prefix->text)) continue;
    table.rows.push_back({Datum::OfText(prefix->name), Datum::OfText(prefix->text)});
  }
  return table;
}

struct SourceCount {
  int64_t statements = 0;
  std::set<storage::Reliability> grades;
};

StatusOr<Table> ShowSources(const storage::ReadView& view, const NameFilter& filter,
                            const storage::CancellationToken* cancellation) {
  enum Role { kClaimant, kDocument, kDataset };
  constexpr std::string_view kRoleNames[] = {"claimant", "document", "dataset"};
  std::map<std::pair<Role, storage::TermId>, SourceCount> counts;
  ExecutionContext running;
  running.cancellation = cancellation;
  size_t read = 0;
  for (const storage::StatementId id : view.default_scope()->Statements()) {
    if ((++read & 255) == 0) SL_RETURN_IF_ERROR(running.CheckRunning());
    SL_ASSIGN_OR_RETURN(const storage::Statement statement, view.GetStatement(id));
    const storage::StatementContext& context = statement.content.context;
    for (const auto& [role, node] :
         {std::pair(kClaimant, context.claimant), std::pair(kDocument, context.document),
          std::pair(kDataset, context.dataset)}) {
      if (node.is_none()) continue;
      SourceCount& count = counts[{role, node}];
      ++count.statements;
      if (context.reliability != storage::Reliability::kUnstated) {
        count.grades.insert(context.reliability);
      }
    }
  }
  Table table;
  table.columns = {{"source", ColumnType::kEntity},
                   {"name", ColumnType::kText},
                   {"role", ColumnType::kText},
                   {"statements", ColumnType::kInteger},
                   {"reliability", ColumnType::kText}};
  // By role, then the most talkative first, then by name: an order that people can use.
  struct Row {
    Role role;
    int64_t statements;
    std::string name, external_id;
    std::vector<Datum> cells;
  };
  std::vector<Row> rows;
  for (const auto& [key, count] : counts) {
    SL_ASSIGN_OR_RETURN(std::string name, view.CaptionOf(key.second));
    SL_ASSIGN_OR_RETURN(const std::string external_id, view.ExternalIdOf(key.second));
    if (!filter.Keeps(name) && !filter.Keeps(external_id)) continue;
    std::vector<std::string> grades;
    for (const storage::Reliability grade : count.grades) {
      grades.emplace_back(ReliabilityName(grade));
    }
    rows.push_back({key.first,
                    count.statements,
                    name,
                    external_id,
                    {Datum::OfNode(key.second), Datum::OfText(name),
                     Datum::OfText(std::string(kRoleNames[key.first])),
                     Datum::OfInteger(count.statements), TextOrNull(Join(grades))}});
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    if (a.role != b.role) return a.role < b.role;
    if (a.statements != b.statements) return a.statements > b.statements;
    if (a.name != b.name) return a.name < b.name;
    return a.external_id < b.external_id;
  });
  for (Row& row : rows) table.rows.push_back(std::move(row.cells));
  return table;
}

}  // namespace

StatusOr<Table> Show(const BoundShow& show, const storage::ReadView& view,
                     const storage::CancellationToken* cancellation) {
  const NameFilter filter(show.named);
  switch (show.kind) {
    case ast::ShowStatement::Kind::kClasses:
      return ShowClasses(view.catalog(), filter);
    case ast::ShowStatement::Kind::kPredicates:
      return ShowPredicates(view.catalog(), filter);
    case ast::ShowStatement::Kind::kSources:
      return ShowSources(view, filter, cancellation);
    case ast::ShowStatement::Kind::kQueries:
      return ShowStored(storage::StoredDefinition::Kind::kQuery, view, filter);
    case ast::ShowStatement::Kind::kPrefixes:
      return ShowPrefixes(view, filter);
    case ast::ShowStatement::Kind::kEdges:
      return ShowStored(storage::StoredDefinition::Kind::kEdge, view, filter);
  }
  return Internal("an unknown kind of SHOW");
}

StatusOr<Table> Describe(const BoundDescribe& describe, const storage::ReadView& view) {
  using Kind = ast::DescribeStatement::Kind;
  const storage::Catalog& catalog = view.catalog();
  // The row of SHOW, set upright.
  Table shown;
  std::string name = describe.name;
  const NameFilter all("");
  switch (describe.kind) {
    case Kind::kClass:
      shown = ShowClasses(catalog, all);
      break;
    case Kind::kPredicate:
      if (const auto* inverse = catalog.FindInverse(name)) name = inverse->name;
      shown = catalog.FindPredicate(name) != nullptr
                  ? ShowPredicates(catalog, all)
                  : ShowStored(storage::StoredDefinition::Kind::kEdge, view, all);
      break;
    case Kind::kQuery:
      shown = ShowStored(storage::StoredDefinition::Kind::kQuery, view, all);
      break;
    case Kind::kNode:
      return Internal("DESCRIBE of a thing is a query");
  }
  Table table = TextTable({"property", "value"});
  for (const std::vector<Datum>& row : shown.rows) {
    const auto* text = row.front().value()->get_if<storage::Text>();
    if (text == nullptr || text->text != name) continue;
    for (size_t column = 0; column < row.size(); ++column) {
      if (row[column].is_null()) continue;
      table.rows.push_back({Datum::OfText(shown.columns[column].name), row[column]});
    }
  }
  if (table.rows.empty()) return Internal("What the binder found is not defined: {}", name);
  if (describe.kind == Kind::kClass) {
    std::string below;
    for (const auto* definition : catalog.ClassesAtOrBelow(name)) {
      if (definition->name != name) below += (below.empty() ? "" : "|") + definition->name;
    }
    if (!below.empty()) {
      table.rows.push_back({Datum::OfText("classes below"), Datum::OfText(std::move(below))});
    }
  }
  return table;
}

}  // namespace sightline::query
