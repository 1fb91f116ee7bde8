// ResultGraph: the entities and facts of a result as nodes and edges.
//
// Nodes are the entities and statements of all cells, also those within facts, paths, lists, maps
// and evidence. Edges are the facts between them; a fact whose object is a plain value is an
// attribute of its subject's node, named by the predicate. A column whose name begins with another
// column's (`s.country` beside `s`, `r.count` beside `r`) is an attribute of what that column
// holds.
//
// Where the result tells whether a fact is denied (the evidence of WHY, columns `r.disputed` and
// `r.denied`), the edge says so. Each node and each edge is there once, in order of appearance.

#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "clients/cpp/result_batch.h"
#include "sightline/v1/query_service.pb.h"

namespace sightline::cli {

// Thread-compatible.
class ResultGraph {
 public:
  // Viewers slow down far below it, and the graph is held in memory: about 300 bytes an element.
  static constexpr size_t kElementsMax = 500'000;

  // Values by name, each value once.
  using Attributes = std::map<std::string, std::set<std::string>>;

  struct Node {
    client::NodeId number;
    std::string id;  // "org/hikvision", "s/17".
    std::string caption;
    std::string class_name;  // Empty for a statement.
    Attributes attributes;
  };
  struct Edge {
    size_t from = 0, to = 0;  // Positions in nodes().
    std::string predicate;
    // Whether both an assertion and a denial are on record, and whether a denial is; unset: the
    // result does not tell.
    std::optional<bool> is_disputed, is_denied;
    Attributes attributes;
  };

  void Begin(const v1::ResultHeader& header);
  // `cards` must know the nodes of the batch. Does nothing once is_full().
  void Add(const client::ResultBatch& batch, const client::NodeCards& cards);

  bool is_full() const { return nodes_.size() + edges_.size() > kElementsMax; }
  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<Edge>& edges() const { return edges_; }
  // The names of all attributes of nodes, and of edges, in order.
  std::vector<std::string> NodeAttributeNames() const;
  std::vector<std::string> EdgeAttributeNames() const;

 private:
  size_t AddNode(client::NodeId node, const client::NodeCards& cards);
  // The edge's position; nothing for a fact that is an attribute.
  std::optional<size_t> AddFact(const v1::Fact& fact, const client::NodeCards& cards);
  void AddValue(const v1::Value& value, const client::NodeCards& cards);
  void AddEvidence(const v1::ValueMap& item, size_t edge);

  std::vector<std::string> names_;
  // For each column the one whose attribute it is.
  std::vector<std::optional<size_t>> owners_;
  std::vector<Node> nodes_;
  std::vector<Edge> edges_;
  std::unordered_map<uint64_t, size_t> nodes_by_number_;
  std::unordered_map<std::string, size_t> edges_by_key_;
};

// "China; Hong Kong": the values of an attribute as one text.
std::string AttributeText(const std::set<std::string>& values);

}  // namespace sightline::cli
