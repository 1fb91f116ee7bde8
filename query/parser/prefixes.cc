#include "query/parser/prefixes.h"

#include <utility>

namespace sightline::query {

void Prefixes::Define(std::string name, std::string iri) {
  iris_.insert_or_assign(std::move(name), std::move(iri));
}

void Prefixes::Drop(std::string_view name) {
  if (const auto found = iris_.find(name); found != iris_.end()) iris_.erase(found);
}

const std::string* Prefixes::IriOf(std::string_view name) const {
  const size_t colon = name.find(':');
  if (colon == std::string_view::npos || name.substr(colon + 1).starts_with("//")) return nullptr;
  const auto found = iris_.find(name.substr(0, colon));
  return found == iris_.end() ? nullptr : &found->second;
}

std::string Prefixes::Expand(std::string name) const {
  const std::string* iri = IriOf(name);
  if (iri == nullptr || (is_taken_ && is_taken_(name))) return name;
  return *iri + name.substr(name.find(':') + 1);
}

bool Prefixes::OccurIn(std::string_view text) const {
  if (iris_.empty()) return false;
  for (size_t at = text.find('`'); at != std::string_view::npos; at = text.find('`', at + 1)) {
    const std::string_view rest = text.substr(at + 1);
    const size_t end = rest.find_first_of(":`");
    if (end != std::string_view::npos && rest[end] == ':' && iris_.contains(rest.substr(0, end))) {
      return true;
    }
  }
  return false;
}

}  // namespace sightline::query
