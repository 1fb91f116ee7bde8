#include "storage/statements/context_table.h"

#include <utility>

#include "storage/statements/statement_codec.h"

namespace sightline::storage {

StatusOr<uint32_t> ContextTable::Intern(const StatementContext& context) {
  std::string encoded = EncodeContext(context);
  const auto known = numbers_.find(encoded);
  if (known != numbers_.end()) return known->second;
  if (contexts_.size() >= UINT32_MAX) return ResourceExhausted("The store has too many contexts");
  const auto number = static_cast<uint32_t>(contexts_.size());
  contexts_.Append() = context;
  numbers_.emplace(std::move(encoded), number);
  return number;
}

void ContextTable::Truncate(uint64_t size) {
  for (uint64_t number = size; number < contexts_.size(); ++number) {
    numbers_.erase(EncodeContext(contexts_[number]));
  }
  contexts_.Truncate(size);
}

}  // namespace sightline::storage
