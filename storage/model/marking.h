// Marking and Clearance: what a statement demands of its reader, and what a reader holds.
//
// A marking has two parts, and a reader must satisfy both. The TLP label (Traffic Light
// Protocol 2.0, FIRST) is an ordered ceiling. The access expression is Apache Accumulo's: tokens
// combined with & and
// |, parentheses wherever the two mix, "" visible to all. There is no NOT: a marking is an
// allow-list. A marking that does not parse is refused on write; found in the store, it is visible
// to nobody.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"

namespace sightline::storage {

// Part of the persistent format. Ordered: a higher label is more restrictive.
enum class TlpLabel : uint8_t { kClear = 0, kGreen = 1, kAmber = 2, kAmberStrict = 3, kRed = 4 };
std::string_view TlpLabelName(TlpLabel label);                 // "TLP:AMBER+STRICT"
std::optional<TlpLabel> ParseTlpLabel(std::string_view text);  // Any case; WHITE reads as CLEAR.

// A parsed access expression. Immutable; thread-safe.
class AccessExpression {
 public:
  // Errors: kInvalidArgument with the byte offset, for text the grammar does not allow: an empty
  // term, & and | mixed without parentheses, a bad token, nesting deeper than 64.
  static StatusOr<AccessExpression> Parse(std::string_view text);

  bool IsSatisfiedBy(const std::set<std::string, std::less<>>& authorizations) const;

  struct Node;

 private:
  std::shared_ptr<const Node> root_;  // Null: visible to all.
};

struct Marking {
  TlpLabel tlp = TlpLabel::kClear;
  std::string access;  // Empty: no further condition.
  friend auto operator<=>(const Marking&, const Marking&) = default;
};

struct Clearance {
  TlpLabel tlp_max = TlpLabel::kClear;
  std::set<std::string, std::less<>> authorizations;
  // Reads everything. For the store's own maintenance and for the administrator's tools; never
  // built from a request.
  bool unrestricted = false;

  static Clearance Unrestricted();
  bool Permits(const Marking& marking) const;
  friend bool operator==(const Clearance&, const Clearance&) = default;
};

// Whether each of the parties, holding no authorisation but its own name, satisfies the access
// expression. What does not parse is releasable to nobody.
bool IsReleasableToEach(const Marking& marking, const std::vector<std::string>& parties);

// What a whole is to be marked that is made of these parts: the higher label, both expressions.
Marking JoinOf(const Marking& a, const Marking& b);

}  // namespace sightline::storage
