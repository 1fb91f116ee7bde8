// NodeKinds: what a node is, in one word, as cards and groups of neighbours have it.
//
// Thread-compatible: keeps a scan, and the names of the kinds it has met. Nodes that ascend are
// cheapest.

#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/base/status.h"
#include "storage/index/merged_scan.h"
#include "storage/statements/scope.h"
#include "storage/txn/read_view.h"

namespace sightline::query {

class NodeKinds {
 public:
  // Borrows the view. `scope` is of names: what classes are read under.
  NodeKinds(const storage::ReadView* view, storage::ScopePtr scope);

  // A most specific class that the scope shows, the first by name when there are several; classes
  // that are defined come before kinds that are only named. Empty when there is none, and for a
  // statement. Errors: the store's.
  StatusOr<std::string> KindOf(storage::TermId node);
  // All of them, ascending, each once: classes by name, kinds by caption. Errors: the store's.
  StatusOr<std::vector<std::string>> AllOf(storage::TermId node);

 private:
  struct Found {
    std::vector<std::string> classes;  // Defined ones.
    std::vector<std::string> kinds;    // Others, by caption.
  };
  StatusOr<Found> Find(storage::TermId node);
  StatusOr<std::string> CaptionOf(storage::TermId kind);

  const storage::ReadView& view_;
  const storage::ScopePtr scope_;
  std::unique_ptr<storage::MergedScan> scan_;
  storage::ScanBatch batch_;
  std::unordered_map<storage::TermId, std::string> captions_;
};

}  // namespace sightline::query
