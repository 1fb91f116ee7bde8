// Bindings: the variables that a stretch of a query can see, and the columns that hold them.
//
// Thread-compatible plain data.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/functions/expression.h"
#include "query/plan/frame.h"

namespace sightline::query {

struct Binding {
  std::string name = {};
  uint32_t slot = 0;
  StaticType type = StaticType::kAny;
  // The column holds terms (a node or statement that a pattern bound) and not computed data.
  Vector::Kind kind = Vector::Kind::kData;
  bool from_pattern = false;
  bool captured = false;  // By a subquery, of the row in which it stands.
  uint32_t named_at = 0;  // Byte of the text that names it first.
  // Classes that a pattern tested it for: what is known of it when directions are checked.
  std::vector<std::string> classes = {};
  // What NAMED ~ asked for last: score(x) is the likeness to it.
  std::optional<std::string> alike = {};
};

class Bindings {
 public:
  // Null when there is none.
  const Binding* Find(std::string_view name) const;
  Binding* Find(std::string_view name);
  void Add(Binding binding) { all_.push_back(std::move(binding)); }
  // In the order in which the text names them first.
  const std::vector<Binding>& all() const { return all_; }
  std::vector<std::string> Names() const;

 private:
  std::vector<Binding> all_;
};

}  // namespace sightline::query
