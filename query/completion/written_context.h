// WrittenContext: what the words before a place say about it: which variables there are and what of
// them is known, which node an edge leaves, whose braces these are.
//
// Reads words and brackets, not syntax: the text is incomplete and may be wrong. What it misses
// makes candidates worse, never wrong.
//
// Thread-compatible; borrows the tokens.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/parser/expected_syntax.h"

namespace sightline::query {

// What is written of a node.
struct WrittenNode {
  std::string variable;
  std::vector<std::string> classes;  // That it is tested for, as written.
  std::string id;                    // #org/hikvision, without the #.
  std::string text;                  // ("optics")
  // Predicates of single edges at it, by the name written, and whether it is the end that the name
  // reads from. From edges that are complete.
  std::vector<std::pair<std::string, bool>> edges;
};

struct WrittenVariable {
  enum class Kind : uint8_t { kNode, kEdge, kPath, kStatement, kValue };
  std::string name;
  Kind kind = Kind::kValue;
  WrittenNode node;  // Of a node.
};

class WrittenContext {
 public:
  explicit WrittenContext(const std::vector<PlacedToken>& before);

  // That the place can see, the last named first.
  const std::vector<WrittenVariable>& variables() const { return variables_; }
  const WrittenVariable* Find(std::string_view name) const;

  // The node that the edge around the place leaves, and whether the edge is written against its
  // arrow (<-[ ). None outside of an edge.
  struct EdgeStart {
    WrittenNode node;
    bool against = false;
  };
  std::optional<EdgeStart> edge_start() const;
  // The node around the place.
  std::optional<WrittenNode> around() const;
  // The variable directly before the dot at the place; empty when something else is there.
  std::string_view before_dot() const;
  // The name behind the last CALL.
  std::string_view called() const;

 private:
  // The word at `index` is `word`; false beyond the ends.
  bool Is(size_t index, std::string_view word) const;
  // The bracket that belongs to the one at `close`, or npos.
  size_t OpenOf(size_t close) const;
  // The innermost bracket that is open at the place and is `sign`; npos.
  size_t InnermostOpen(std::string_view sign) const;
  WrittenNode NodeAt(size_t open, size_t end) const;
  // With what other patterns say of its variable.
  WrittenNode WithVariable(WrittenNode node) const;
  void ReadVariables();
  // The edge that ends before the node that opens at `open`, when it is single and names one
  // predicate: that, and whether the node is what it reads to.
  std::optional<std::pair<std::string, bool>> EdgeBefore(size_t open) const;
  std::vector<WrittenVariable> Projected(size_t begin, size_t end,
                                         const std::vector<WrittenVariable>& from) const;

  const std::vector<PlacedToken>& tokens_;
  std::vector<size_t> matching_;  // Of each bracket its partner, else npos.
  std::vector<size_t> open_;      // Brackets that are open at the place, outermost first.
  std::vector<WrittenVariable> variables_;
};

}  // namespace sightline::query
