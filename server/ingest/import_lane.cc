#include "server/ingest/import_lane.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "server/ingest/term_check.h"

namespace sightline::server {

Status ImportLane::Reject(RejectReason reason, std::string message) {
  return RejectAt({0, reason, std::move(message)});
}

Status ImportLane::RejectAt(const ParseFault& fault) {
  struct Reject reject;
  const std::string_view before = place_.text.substr(0, std::min(fault.offset, place_.text.size()));
  const size_t line_end = before.rfind('\n');
  reject.line = place_.line + static_cast<uint64_t>(std::count(before.begin(), before.end(), '\n'));
  reject.column =
      line_end == std::string_view::npos ? place_.column + before.size() : before.size() - line_end;
  reject.reason = fault.reason;
  reject.message = fault.message;
  reject.text = place_.text;
  return run_.rejects.Add(reject);
}

StatusOr<bool> ImportLane::Settle(const Status& status) {
  if (status.ok()) return true;
  if (status.code() != StatusCode::kInvalidArgument) return status;
  SL_RETURN_IF_ERROR(Reject(RejectReason::kRefused, MessageOf(status)));
  return false;
}

StatusOr<bool> ImportLane::DefinePredicate(std::string_view name) {
  if (predicates_.find(name) != predicates_.end()) return true;
  SL_ASSIGN_OR_RETURN(const bool defined, Settle(sink_.DefinePredicate({name})));
  if (defined) predicates_.emplace(name);
  return defined;
}

StatusOr<bool> ImportLane::DefineClass(std::string_view name,
                                       std::span<const std::string_view> parents) {
  if (classes_.find(name) != classes_.end()) return true;
  SL_ASSIGN_OR_RETURN(const bool defined, Settle(sink_.DefineClass({name, parents})));
  if (defined) classes_.emplace(name);
  return defined;
}

Status ImportLane::Define(const storage::Definition& definition) {
  if (const auto* predicate = std::get_if<storage::PredicateDefinition>(&definition)) {
    if (predicates_.find(predicate->name) != predicates_.end()) return OkStatus();
    SL_ASSIGN_OR_RETURN(
        const bool defined,
        Settle(sink_.DefinePredicate({predicate->name, predicate->label, predicate})));
    if (defined) predicates_.emplace(predicate->name);
    return OkStatus();
  }
  const auto& any_class = std::get<storage::ClassDefinition>(definition);
  if (classes_.find(any_class.name) != classes_.end()) return OkStatus();
  const std::vector<std::string_view> parents(any_class.parents.begin(), any_class.parents.end());
  SL_ASSIGN_OR_RETURN(
      const bool defined,
      Settle(sink_.DefineClass({any_class.name, parents, any_class.label, any_class.note})));
  if (defined) classes_.emplace(any_class.name);
  return OkStatus();
}

StatusOr<std::optional<StatementHandle>> ImportLane::Open(const ImportedStatement& header) {
  const std::optional<StatementHandle> rejected;
  for (const std::string_view id : {header.claimant, header.document, header.dataset}) {
    if (id.empty()) continue;
    if (const std::string_view fault = FaultOfExternalId(id); !fault.empty()) {
      SL_RETURN_IF_ERROR(Reject(RejectReason::kBadId, std::string(fault)));
      return rejected;
    }
  }
  for (const ImportedQualifier& qualifier : header.qualifiers) {
    SL_ASSIGN_OR_RETURN(const bool defined, DefinePredicate(qualifier.predicate));
    if (!defined) return rejected;
  }
  const StatusOr<StatementHandle> handle = sink_.OpenStatement(header);
  SL_ASSIGN_OR_RETURN(const bool opened, Settle(handle.status()));
  if (!opened) return rejected;
  ++statements_;
  return std::optional<StatementHandle>(*handle);
}

Status ImportLane::AddFact(StatementHandle statement, ImportedNode subject,
                           std::string_view predicate, const ImportedObject& object) {
  if (predicates_.find(predicate) == predicates_.end()) {
    SL_ASSIGN_OR_RETURN(const bool defined, DefinePredicate(predicate));
    if (!defined) return OkStatus();
  }
  const Status status = sink_.AddFact(statement, subject, predicate, object);
  if (!status.ok()) return Settle(status).status();
  ++facts_;
  return OkStatus();
}

void ImportLane::FlushCounts() {
  run_.records.fetch_add(std::exchange(records_, 0), std::memory_order_relaxed);
  run_.statements.fetch_add(std::exchange(statements_, 0), std::memory_order_relaxed);
  run_.facts.fetch_add(std::exchange(facts_, 0), std::memory_order_relaxed);
}

}  // namespace sightline::server
