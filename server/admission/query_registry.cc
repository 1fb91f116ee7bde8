#include "server/admission/query_registry.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "storage/base/hex.h"

namespace sightline::server {
namespace {

constexpr size_t kIdDigits = 16;

// From the system, so that an id says nothing of the next one. In one go for many: asking costs
// more than a look-up.
std::string NewId() {
  constexpr size_t kBytes = kIdDigits / 2;
  constexpr size_t kPoolBytes = 256;  // getrandom gives so many or none.
  thread_local std::array<char, kPoolBytes> pool;
  thread_local size_t used = kPoolBytes;
  if (used == kPoolBytes) {
    while (::getrandom(pool.data(), kPoolBytes, 0) != static_cast<ssize_t>(kPoolBytes)) {
      // Only a signal that comes before the system has gathered its first random bytes.
    }
    used = 0;
  }
  const std::string_view bytes(pool.data() + used, kBytes);
  used += kBytes;
  return storage::ToHex(bytes);
}

}  // namespace

std::shared_ptr<RegisteredQuery> QueryRegistry::Add(QueryDescription description,
                                                    int64_t now_micros, size_t of_user_max,
                                                    std::function<void(QueryState)> cancel) {
  auto query = std::make_shared<RegisteredQuery>();
  query->id_ = NewId();
  query->description_ = std::move(description);
  query->start_micros_ = now_micros;
  query->started_ = std::chrono::steady_clock::now();
  query->cancel_ = std::move(cancel);
  storage::MutexLock lock(&mutex_);
  size_t& count = of_user_[query->description_.user];
  if (count >= of_user_max) return nullptr;
  ++count;
  queries_.emplace(Order(now_micros, query->id_), query);
  return query;
}

void QueryRegistry::Remove(const std::shared_ptr<RegisteredQuery>& query) {
  {
    std::lock_guard<std::recursive_mutex> lock(query->mutex_);
    query->cancel_ = nullptr;
  }
  storage::MutexLock lock(&mutex_);
  if (queries_.erase(Order(query->start_micros_, query->id_)) == 0) return;
  const auto of_user = of_user_.find(query->description_.user);
  if (--of_user->second == 0) of_user_.erase(of_user);
}

std::optional<QueryRegistry::Page> QueryRegistry::List(const std::optional<std::string>& user,
                                                       size_t count_max,
                                                       std::string_view from) const {
  // "1732600000000000-0123456789abcdef", the last one shown.
  std::optional<Order> before;
  if (!from.empty()) {
    int64_t micros = 0;
    const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), micros);
    const size_t digits = static_cast<size_t>(end - from.data());
    const bool is_ours = error == std::errc() && from.size() == digits + 1 + kIdDigits &&
                         from[digits] == '-' && micros > 0;
    if (!is_ours) return std::nullopt;
    before = Order(micros, std::string(from.substr(digits + 1)));
  }
  Page page;
  const auto now = std::chrono::steady_clock::now();
  storage::MutexLock lock(&mutex_);
  auto at = before ? queries_.lower_bound(*before) : queries_.end();
  while (at != queries_.begin()) {
    --at;
    const RegisteredQuery& query = *at->second;
    if (user && query.description_.user != *user) continue;
    if (page.queries.size() == count_max) {
      const QuerySnapshot& last = page.queries.back();
      page.next = fmt::format("{}-{}", last.start_micros, last.id);
      break;
    }
    page.queries.push_back(
        {query.id_, query.description_, query.state_.load(), query.start_micros_,
         std::chrono::duration_cast<std::chrono::microseconds>(now - query.started_).count(),
         query.rows_.load(std::memory_order_relaxed),
         query.memory_bytes_.load(std::memory_order_relaxed)});
  }
  return page;
}

bool QueryRegistry::Cancel(std::string_view id, const std::optional<std::string>& user) {
  std::shared_ptr<RegisteredQuery> query;
  {
    storage::MutexLock lock(&mutex_);
    const auto found = std::find_if(queries_.begin(), queries_.end(),
                                    [&](const auto& entry) { return entry.first.second == id; });
    if (found == queries_.end()) return false;
    query = found->second;
    if (user && query->description_.user != *user) return false;
  }
  // Without the registry's lock: a query that ends removes itself.
  std::lock_guard<std::recursive_mutex> lock(query->mutex_);
  // Moved out first, so that it is not destroyed while it runs.
  const std::function<void(QueryState)> cancel = std::exchange(query->cancel_, nullptr);
  query->is_cancelled_.store(true);
  if (cancel) cancel(query->state_.load());
  return true;
}

}  // namespace sightline::server
