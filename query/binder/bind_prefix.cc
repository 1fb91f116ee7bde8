// DEFINE PREFIX. What a prefix does to names is the parser's (query/parser/prefixes.h).

#include "query/binder/statement_binder.h"

namespace sightline::query {

StatusOr<BoundDefineStored> StatementBinder::BindDefinePrefix(const ast::DefinePrefix& define,
                                                              const SourceSpan& span) {
  SL_RETURN_IF_ERROR(MayWrite("DEFINE PREFIX", span));
  BoundDefineStored bound;
  bound.definition.kind = storage::StoredDefinition::Kind::kPrefix;
  bound.definition.name = define.name.text;
  bound.definition.text = define.iri;
  const Status checked = CheckDefinition(*catalog_, bound.definition);
  if (!checked.ok()) return WithPlace(checked, "SL4011", span);
  return bound;
}

void StatementBinder::HelpWithPrefix(std::string_view name, Diagnostic* diagnostic) const {
  const size_t colon = name.find(':');
  if (colon == std::string_view::npos || name.substr(colon + 1).starts_with("//")) return;
  const std::string_view prefix = name.substr(0, colon);
  if (prefix.empty() || catalog_->FindPrefix(prefix) != nullptr) return;
  diagnostic->help.push_back(
      fmt::format("if '{0}' is a prefix, define it: DEFINE PREFIX {0} AS \"http://...\"", prefix));
}

}  // namespace sightline::query
