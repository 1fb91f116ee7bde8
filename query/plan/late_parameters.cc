#include "query/plan/late_parameters.h"

#include <algorithm>
#include <utility>

namespace sightline::query {
namespace {

// Up to so many nodes any plan is good enough; beyond, up to so many times as many.
constexpr size_t kFewNodes = 16;
constexpr size_t kTimesAsMany = 8;

}  // namespace

Datum WithCanonicalIds(Datum datum, const storage::IdentityMapPtr& identity) {
  if (identity == nullptr) return datum;
  if (!datum.node().is_none()) return Datum::OfNode(identity->CanonicalOf(datum.node()));
  if (const DatumList* list = datum.list()) {
    DatumList canonical;
    for (const Datum& item : *list) canonical.push_back(WithCanonicalIds(item, identity));
    return Datum(std::move(canonical));
  }
  return datum;
}

StatusOr<std::vector<storage::TermId>> FindLateNodes(const LateNodes& nodes,
                                                     const std::vector<Datum>& values,
                                                     const std::vector<storage::ScopePtr>& scopes,
                                                     const storage::ReadView& view) {
  const Datum& datum = values[nodes.value];
  const storage::Scope& scope = *scopes[nodes.scope_index];
  switch (nodes.kind) {
    case LateNodes::Kind::kNamed: {
      const storage::Value* value = datum.value();
      const auto* text = value != nullptr ? value->get_if<storage::Text>() : nullptr;
      if (text == nullptr) return Internal("A late name that is no text");
      return view.NodesNamed(text->text, scope);
    }
    case LateNodes::Kind::kItself: {
      std::vector<storage::TermId> found;
      const storage::TermId node = datum.node();
      if (!node.is_none() && scope.CanonicalOf(node) == node) found.push_back(node);
      return found;
    }
  }
  return Internal("An unknown kind of late nodes");
}

bool IsAlike(const ParameterValues& planned, const ParameterValues& values) {
  for (size_t i = 0; i < planned.nodes.size(); ++i) {
    const auto [fewer, more] = std::minmax({planned.nodes[i].size(), values.nodes[i].size()});
    if (more > kFewNodes && more / kTimesAsMany > fewer) return false;
  }
  return true;
}

}  // namespace sightline::query
