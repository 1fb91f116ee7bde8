#include "storage/statements/context_table.h"

#include <absl/hash/hash.h>

namespace sightline::storage {

size_t ContextTable::ContextHash::operator()(const StatementContext& context) const {
  size_t hash = absl::HashOf(context.claimant.bits, context.document.bits, context.dataset.bits,
                             context.marking.tlp, context.marking.access, context.reliability,
                             context.mode, context.said.from.kind, context.said.from.micros,
                             context.said.to.kind, context.said.to.micros);
  for (const TermId via : context.via) hash = absl::HashOf(hash, via.bits);
  return hash;
}

size_t ContextTable::MarkingHash::operator()(const Marking& marking) const {
  return absl::HashOf(marking.tlp, marking.access);
}

StatusOr<uint32_t> ContextTable::Intern(const StatementContext& context) {
  SL_ASSIGN_OR_RETURN(const uint32_t marking, markings_.Intern(context.marking));
  SL_ASSIGN_OR_RETURN(const uint32_t number, contexts_.Intern(context));
  if (number == markings_of_.size()) {
    markings_of_.Append() = {marking, static_cast<uint32_t>(markings_.size())};
  }
  return number;
}

void ContextTable::Truncate(uint64_t size) {
  contexts_.Truncate(size);
  markings_of_.Truncate(size);
  markings_.Truncate(size == 0 ? 0 : markings_of_[size - 1].known_count);
}

}  // namespace sightline::storage
