#include "query/binder/bindings.h"

#include <algorithm>

namespace sightline::query {

const Binding* Bindings::Find(std::string_view name) const {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [name](const Binding& b) { return b.name == name; });
  return found == all_.end() ? nullptr : &*found;
}

Binding* Bindings::Find(std::string_view name) {
  return const_cast<Binding*>(static_cast<const Bindings*>(this)->Find(name));
}

std::vector<std::string> Bindings::Names() const {
  std::vector<std::string> names;
  names.reserve(all_.size());
  for (const Binding& binding : all_) names.push_back(binding.name);
  return names;
}

}  // namespace sightline::query
