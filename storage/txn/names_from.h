// NodesNamedFrom: entities by the beginning of a name, for those who are still typing it.
//
// Thread-safe: free functions.

#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string_view>
#include <vector>

#include "storage/base/status.h"
#include "storage/kv/kv_store.h"
#include "storage/model/term_id.h"
#include "storage/statements/scope.h"
#include "storage/txn/name_index.h"
#include "storage/txn/read_view.h"

namespace sightline::storage {

// The nodes with a visible name or alias (in `scope`) whose form begins with that of `prefix`, each
// once, with the first of these names: by form, then by spelling and external id, at most
// `count_max`. The score is 1. Goes through all such names of the store, whoever may see them,
// until it has enough; `may_go_on` is asked before each, and its error is the result.
// REQUIRES: `view` is of a store; `scope` as NodesNamed has it.
StatusOr<std::vector<NameMatch>> NodesNamedFrom(const ReadView& view, std::string_view prefix,
                                                const Scope& scope, size_t count_max,
                                                const std::function<Status()>& may_go_on);

// Calls visit(words, text) for the texts of the index of names whose form begins with `prefix`, by
// form and then by term, until it gives false or an error, which is the result. `pending` are a
// transaction's own; may be null.
Status ForEachNameFrom(const KvStore& kv, const KvSnapshot* snapshot,
                       const std::set<NameEntry>* pending, std::string_view prefix,
                       const std::function<StatusOr<bool>(std::string_view, TermId)>& visit);

}  // namespace sightline::storage
