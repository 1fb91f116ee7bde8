// Prefixes: what stands before the colon of a name in back-quotes, `foaf:name`, and is short for
// the beginning of an IRI: http://xmlns.com/foaf/0.1/name. As in Turtle and SPARQL, one counts from
// where it is defined.
//
// Names of classes and predicates, keys of properties and ids are expanded; variables, parameters
// and names of stored queries are not. A name without back-quotes has no colon.
//
// Thread-compatible.

#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace sightline::query {

class Prefixes {
 public:
  // `is_taken`: whether something has a name just as it stands; then that is meant. May be null.
  explicit Prefixes(std::function<bool(std::string_view)> is_taken = nullptr)
      : is_taken_(std::move(is_taken)) {}

  void Define(std::string name, std::string iri);
  void Drop(std::string_view name);

  // The name in full, or as it is: when its prefix is not defined, or "//" follows the colon, as in
  // an IRI that is in full already.
  std::string Expand(std::string name) const;
  // Whether the text may hold a name to be expanded.
  bool OccurIn(std::string_view text) const;

 private:
  // Null when there is none.
  const std::string* IriOf(std::string_view name) const;

  std::function<bool(std::string_view)> is_taken_;
  std::map<std::string, std::string, std::less<>> iris_;
};

}  // namespace sightline::query
