#include "server/acceptor/handshake_pool.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace sightline::server {

void HandshakePool::Line::Add(Step step) {
  const auto [found, is_new] = by_host_.try_emplace(step.host);
  if (is_new) found->second = turns_.insert(turns_.end(), {.host = step.host, .steps = {}});
  found->second->steps.push_back(std::move(step));
}

void HandshakePool::Line::Forget(uint64_t connection, const std::string& host) {
  const auto found = by_host_.find(host);
  if (found == by_host_.end()) return;
  std::deque<Step>* const steps = &found->second->steps;
  const auto step = std::find_if(steps->begin(), steps->end(),
                                 [&](const Step& each) { return each.connection == connection; });
  if (step == steps->end()) return;
  steps->erase(step);
  if (!steps->empty()) return;
  turns_.erase(found->second);
  by_host_.erase(found);
}

HandshakePool::Step HandshakePool::Line::Take() {
  const auto turn = turns_.begin();
  Step step = std::move(turn->steps.front());
  turn->steps.pop_front();
  if (turn->steps.empty()) {
    by_host_.erase(turn->host);
    turns_.erase(turn);
  } else {
    turns_.splice(turns_.end(), turns_, turn);
  }
  return step;
}

HandshakePool::HandshakePool(int threads, std::function<void()> on_result)
    : on_result_(std::move(on_result)) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

HandshakePool::~HandshakePool() {
  {
    storage::MutexLock lock(&mutex_);
    stops_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void HandshakePool::Add(Step step) {
  {
    storage::MutexLock lock(&mutex_);
    (step.tls != nullptr ? going_on_ : beginning_).Add(std::move(step));
  }
  wake_.notify_one();
}

void HandshakePool::Forget(uint64_t connection, const std::string& host) {
  storage::MutexLock lock(&mutex_);
  going_on_.Forget(connection, host);
  beginning_.Forget(connection, host);
}

std::vector<HandshakePool::Result> HandshakePool::TakeResults() {
  storage::MutexLock lock(&mutex_);
  return std::exchange(results_, {});
}

void HandshakePool::Run() {
  while (true) {
    std::optional<Step> step;
    {
      storage::MutexLock lock(&mutex_);
      while (!stops_ && going_on_.is_empty() && beginning_.is_empty()) wake_.wait(lock.native());
      if (stops_) return;
      step = (going_on_.is_empty() ? beginning_ : going_on_).Take();
    }
    Result result{
        .connection = step->connection, .tls = std::move(step->tls), .plaintext = {}, .reply = {}};
    if (result.tls == nullptr) result.tls = std::make_unique<TlsSession>(std::move(step->context));
    result.state = result.tls->Read(step->ciphertext, &result.plaintext, &result.reply);
    {
      storage::MutexLock lock(&mutex_);
      results_.push_back(std::move(result));
    }
    on_result_();
  }
}

}  // namespace sightline::server
