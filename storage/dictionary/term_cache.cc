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

}  // namespace sightline::storage
