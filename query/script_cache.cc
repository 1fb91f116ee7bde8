#include "query/script_cache.h"

#include <utility>

namespace sightline::query {

std::shared_ptr<const ast::Script> ScriptCache::Find(std::string_view text) {
  storage::MutexLock lock(&mutex_);
  const auto known = by_text_.find(text);
  if (known == by_text_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, known->second);
  return known->second->script;
}

StatusOr<std::shared_ptr<const ast::Script>> ScriptCache::Parse(std::string_view text) {
  if (std::shared_ptr<const ast::Script> known = Find(text)) return known;
  SL_ASSIGN_OR_RETURN(ast::Script parsed, query::Parse(text, limits_));
  auto script = std::make_shared<const ast::Script>(std::move(parsed));
  if (text.size() > kTextBytesMax) return script;
  storage::MutexLock lock(&mutex_);
  // Another thread may have been as fast.
  if (by_text_.contains(text)) return script;
  entries_.push_front({std::string(text), script});
  by_text_.emplace(entries_.front().text, entries_.begin());
  total_bytes_ += text.size();
  while (total_bytes_ > kTotalBytesMax) {
    total_bytes_ -= entries_.back().text.size();
    by_text_.erase(entries_.back().text);
    entries_.pop_back();
  }
  return script;
}

}  // namespace sightline::query
