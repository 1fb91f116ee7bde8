#include "storage/dictionary/term_cache.h"

namespace sightline::storage {

std::optional<std::string> TermCache::Find(TermId term) const {
  const size_t place = SlotOf(term);
  MutexLock lock(&mutexes_[place % kMutexCount]);
  if (slots_[place].term != term) return std::nullopt;
  return slots_[place].bytes;
}

void TermCache::Keep(TermId term, std::string_view bytes) {
  if (bytes.size() > kTermBytesMax) return;
  const size_t place = SlotOf(term);
  MutexLock lock(&mutexes_[place % kMutexCount]);
  slots_[place].term = term;
  slots_[place].bytes.assign(bytes);
}

std::optional<TermId> TermNumberCache::Find(TermTag tag, std::string_view bytes) const {
  const size_t place = SlotOf(tag, bytes);
  MutexLock lock(&mutexes_[place % kMutexCount]);
  const Slot& slot = slots_[place];
  if (slot.term.tag() != tag || slot.bytes != bytes) return std::nullopt;
  return slot.term;
}

void TermNumberCache::Keep(TermId term, std::string_view bytes) {
  if (bytes.size() > kTermBytesMax) return;
  const size_t place = SlotOf(term.tag(), bytes);
  MutexLock lock(&mutexes_[place % kMutexCount]);
  slots_[place].term = term;
  slots_[place].bytes.assign(bytes);
}

}  // namespace sightline::storage
