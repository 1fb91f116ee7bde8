// NodeLookup: nodes that a request names, as one caller may see them.
//
// Thread safety: one thread at a time. Borrows the view.

#pragma once

#include <optional>
#include <string_view>

#include "server/service/node_number.h"
#include "server/service/value_codec.h"
#include "storage/txn/read_view.h"

namespace sightline::server {

// Reads what is there, creates nothing. A number is looked up by its external id, so that one that
// the caller may not see is the same as one that does not exist.
inline NodeResolver ExistingNodes(const storage::ReadView* view) {
  NodeResolver nodes;
  nodes.find = [view](std::string_view external_id) { return view->FindNode(external_id); };
  nodes.check = [view](storage::TermId number) -> StatusOr<std::optional<storage::TermId>> {
    const storage::TermId node = NodeOfNumber(number.bits, view->ids());
    StatusOr<std::string> external_id = view->ExternalIdOf(node);
    // Not stored at all: a number that we never gave out.
    if (!external_id.ok()) return std::optional<storage::TermId>();
    SL_ASSIGN_OR_RETURN(const std::optional<storage::TermId> found, view->FindNode(*external_id));
    if (found != node) return std::optional<storage::TermId>();
    return found;
  };
  return nodes;
}

}  // namespace sightline::server
