#include "query/node_card.h"

#include "query/node_kinds.h"

namespace sightline::query {

StatusOr<NodeCard> MakeNodeCard(const storage::ReadView& view, const storage::ScopePtr& scope,
                                storage::TermId node) {
  NodeCard card;
  card.id = node;
  SL_ASSIGN_OR_RETURN(card.external_id, view.ExternalIdOf(node));
  if (node.is_statement()) {
    card.caption = card.external_id;
    return card;
  }
  SL_ASSIGN_OR_RETURN(card.caption, view.CaptionOf(node, scope));
  NodeKinds kinds(&view, scope);
  SL_ASSIGN_OR_RETURN(card.class_name, kinds.KindOf(node));
  return card;
}

}  // namespace sightline::query
