// QueryRegistry: the queries that wait, run or send rows, so that people can see and end them.
//
// Thread safety: safe from any thread.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/mutex.h"

namespace sightline::server {

// What is known of a query before it runs.
struct QueryDescription {
  std::string user;
  std::string tag;
  std::string fingerprint;
  std::string text;  // Its beginning.
  std::string peer;
};

enum class QueryState : uint8_t { kQueued, kRunning, kStreaming };

// One query. Its owner says how it is getting on.
class RegisteredQuery {
 public:
  // 16 hexadecimal digits, random: an id says nothing of other queries.
  const std::string& id() const { return id_; }
  void SetState(QueryState state) { state_.store(state); }
  void SetRows(int64_t rows) { rows_.store(rows, std::memory_order_relaxed); }
  // For the query to say how much memory it holds.
  std::atomic<uint64_t>* memory_bytes() { return &memory_bytes_; }
  // Somebody has ended it.
  bool is_cancelled() const { return is_cancelled_.load(); }

 private:
  friend class QueryRegistry;
  using Order = std::pair<int64_t, std::string>;

  std::string id_;
  QueryDescription description_;
  int64_t start_micros_ = 0;  // Since 1970.
  std::chrono::steady_clock::time_point started_;
  std::atomic<QueryState> state_{QueryState::kQueued};
  std::atomic<int64_t> rows_{0};
  std::atomic<uint64_t> memory_bytes_{0};
  std::atomic<bool> is_cancelled_{false};
  // Recursive: cancelling a query may finish its call at once, on the same thread.
  std::recursive_mutex mutex_;
  std::function<void(QueryState)> cancel_;  // Empty once the call is over. Guarded by mutex_.
};

// A query at one moment.
struct QuerySnapshot {
  std::string id;
  QueryDescription description;
  QueryState state = QueryState::kQueued;
  int64_t start_micros = 0;
  int64_t elapsed_micros = 0;
  int64_t rows = 0;
  uint64_t memory_bytes = 0;
};

class QueryRegistry {
 public:
  // `cancel` is called at most once, from any thread, never after Remove, with the state at that
  // moment. It has to end the query soon; the registry knows nothing more of it.
  // Null when its user has `of_user_max` queries already.
  std::shared_ptr<RegisteredQuery> Add(QueryDescription description, int64_t now_micros,
                                       size_t of_user_max, std::function<void(QueryState)> cancel);
  void Remove(const std::shared_ptr<RegisteredQuery>& query);

  struct Page {
    std::vector<QuerySnapshot> queries;
    std::string next;  // Where the next page begins; empty on the last.
  };
  // The newest first. `user` unset: everybody's. None when `from` is not what a page gave for the
  // next. What begins or ends meanwhile changes no other page.
  std::optional<Page> List(const std::optional<std::string>& user, size_t count_max,
                           std::string_view from) const;

  // False when there is none of this id, or it is not the user's. `user` unset: everybody's.
  bool Cancel(std::string_view id, const std::optional<std::string>& user);

 private:
  using Order = RegisteredQuery::Order;  // When it began, and its id.

  mutable storage::Mutex mutex_;
  std::map<Order, std::shared_ptr<RegisteredQuery>> queries_ SL_GUARDED_BY(mutex_);
  std::map<std::string, size_t, std::less<>> of_user_ SL_GUARDED_BY(mutex_);  // How many.
};

}  // namespace sightline::server
