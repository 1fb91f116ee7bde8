// SnapshotView::NodesNamedFrom: entities by the beginning of a name, for those who are still typing
// it.

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "storage/kv/kv_store.h"
#include "storage/text/name_form.h"
#include "storage/txn/name_index.h"
#include "storage/txn/snapshot_view.h"

namespace sightline::storage {
namespace {

// Calls visit(words, text) for the texts of the index of names whose form begins with `prefix`, by
// form and then by term, until it gives false or an error, which is the result. `pending` are a
// transaction's own; may be null.
Status ForEachNameFrom(const KvStore& kv, const KvSnapshot* snapshot,
                       const std::set<NameEntry>* pending, std::string_view prefix,
                       const std::function<StatusOr<bool>(std::string_view, TermId)>& visit) {
  // What is pending merged into what is stored.
  std::set<NameEntry>::const_iterator next, end;
  if (pending != nullptr) {
    NameEntry first;
    first.form.words = prefix;
    next = pending->lower_bound(first);
    end = pending->end();
  }
  const auto is_pending = [&] {
    return pending != nullptr && next != end && next->form.words.starts_with(prefix);
  };
  // No form has the byte 0xFF, which UTF-8 does not know.
  const std::string upper = prefix.empty() ? "" : std::string(prefix) + "\xFF";
  const auto iterator = kv.NewIterator(ColumnFamily::kNames, std::string(prefix), upper, snapshot);
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    SL_ASSIGN_OR_RETURN(const NameKeyParts name, DecodeNameKey(iterator->key()));
    while (is_pending() && std::pair(std::string_view(next->form.words), next->text) <
                               std::pair(name.words, name.text)) {
      SL_ASSIGN_OR_RETURN(const bool go_on, visit(next->form.words, next->text));
      if (!go_on) return OkStatus();
      ++next;
    }
    SL_ASSIGN_OR_RETURN(const bool go_on, visit(name.words, name.text));
    if (!go_on) return OkStatus();
  }
  SL_RETURN_IF_ERROR(iterator->status());
  for (; is_pending(); ++next) {
    SL_ASSIGN_OR_RETURN(const bool go_on, visit(next->form.words, next->text));
    if (!go_on) return OkStatus();
  }
  return OkStatus();
}

}  // namespace

StatusOr<std::vector<NameMatch>> SnapshotView::NodesNamedFrom(
    std::string_view prefix, const Scope& scope, size_t count_max,
    const std::function<Status()>& may_go_on) const {
  const ScopePtr borrowed(ScopePtr(),
                          &scope);  // Scans hold their scope; ours lives as long as this call.
  const std::vector<TermId> predicates = NamePredicates(*catalog_, {kName, kAlias});
  std::vector<NameMatch> matches;
  std::set<TermId> found;
  // Those of one form, until the next comes: texts are in the order of their first use, which is
  // nobody's business.
  std::string form;
  std::vector<std::tuple<std::string, std::string, TermId>> of_form;
  std::vector<TermId> nodes;
  const auto take_form = [&] {
    std::sort(of_form.begin(), of_form.end());
    for (auto& [name, external_id, node] : of_form) {
      if (matches.size() < count_max && found.insert(node).second) {
        matches.push_back({node, 1, std::move(name)});
      }
    }
    of_form.clear();
    return matches.size() < count_max;
  };
  SL_RETURN_IF_ERROR(ForEachNameFrom(
      store_->kv(), published_->snapshot.get(), PendingNames(), FormOfName(prefix).words,
      [&](std::string_view words, TermId text_term) -> StatusOr<bool> {
        SL_RETURN_IF_ERROR(may_go_on());
        if (words != form) {
          if (!take_form()) return false;
          form = words;
        }
        nodes.clear();
        SL_RETURN_IF_ERROR(AppendBearers(text_term, predicates, borrowed, &nodes));
        if (nodes.empty()) return true;
        SL_ASSIGN_OR_RETURN(const Value value, ValueOf(text_term));
        const Text* text = value.get_if<Text>();
        if (text == nullptr) return DataLoss("The index of names has what is no text");
        for (const TermId node : nodes) {
          SL_ASSIGN_OR_RETURN(std::string external_id, ExternalIdOf(node));
          of_form.emplace_back(text->text, std::move(external_id), node);
        }
        return true;
      }));
  take_form();
  return matches;
}

}  // namespace sightline::storage
