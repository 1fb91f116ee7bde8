#include "query/definitions.h"

#include <string>
#include <utility>

#include "query/diagnostics/diagnostic.h"

namespace sightline::query {
namespace {

Table Named(std::string column, std::string name) {
  Table table;
  table.columns = {{std::move(column), ColumnType::kText}};
  table.rows.push_back({Datum::OfText(std::move(name))});
  return table;
}

Status Drop(const BoundDrop& drop, storage::Transaction* transaction) {
  using Kind = ast::DropDefinition::Kind;
  using Stored = storage::StoredDefinition::Kind;
  switch (drop.kind) {
    case Kind::kClass:
      return transaction->DropClass(drop.name);
    case Kind::kPredicate:
      return transaction->DropPredicate(drop.name);
    case Kind::kQuery:
      return transaction->DropStored(Stored::kQuery, drop.name);
    case Kind::kEdge:
      return transaction->DropStored(Stored::kEdge, drop.name);
    case Kind::kPrefix:
      return transaction->DropStored(Stored::kPrefix, drop.name);
  }
  return Internal("an unknown kind of DROP");
}

// The name of what is defined or dropped, which `*status` says whether it could be.
Table Apply(BoundStatement* bound, storage::Transaction* transaction, Status* status) {
  if (auto* define = std::get_if<BoundDefineClass>(&bound->node)) {
    Table table = Named("defined", define->definition.name);
    *status = transaction->Define(std::move(define->definition));
    return table;
  }
  if (auto* define = std::get_if<BoundDefinePredicate>(&bound->node)) {
    Table table = Named("defined", define->definition.name);
    *status = transaction->Define(std::move(define->definition));
    return table;
  }
  if (auto* define = std::get_if<BoundDefineStored>(&bound->node)) {
    Table table = Named("defined", define->definition.name);
    *status = transaction->Define(std::move(define->definition));
    return table;
  }
  const auto& drop = std::get<BoundDrop>(bound->node);
  *status = Drop(drop, transaction);
  return Named("dropped", drop.name);
}

}  // namespace

StatusOr<Table> ApplyDefinition(BoundStatement* bound, storage::Transaction* transaction) {
  Status status;
  Table table = Apply(bound, transaction, &status);
  if (status.ok()) return table;
  return DiagnosticsOf(status).empty() ? WithPlace(status, "SL4011", bound->span) : status;
}

Prefixes PrefixesOf(const storage::ReadView& view) {
  Prefixes prefixes([&view](std::string_view name) {
    const storage::Catalog& catalog = view.catalog();
    if (catalog.FindClass(name) != nullptr || catalog.FindPredicate(name) != nullptr ||
        catalog.FindInverse(name) != nullptr || !catalog.FindEdge(name, view.clearance()).empty()) {
      return true;
    }
    const auto node = view.FindNode(name);
    return node.ok() && node->has_value();
  });
  for (const auto* prefix :
       view.catalog().StoredOf(storage::StoredDefinition::Kind::kPrefix, view.clearance())) {
    prefixes.Define(prefix->name, prefix->text);
  }
  return prefixes;
}

}  // namespace sightline::query
