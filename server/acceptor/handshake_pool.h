// HandshakePool: works on TLS handshakes, which are dear, by threads of its own: whoever is
// connected does not wait for them. Addresses take turns, so that one that begins a thousand
// handshakes delays the others by one; and before those that begin come those that go on, who have
// done their own part of the work.
//
// Thread safety: safe from any thread. A session belongs to the pool while a step of it is there.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "server/acceptor/tls_context.h"
#include "server/acceptor/tls_session.h"
#include "storage/base/mutex.h"

namespace sightline::server {

class HandshakePool {
 public:
  // What a client has sent next, in its handshake.
  struct Step {
    uint64_t connection = 0;
    std::string host;
    std::shared_ptr<const TlsContext> context;  // Of a handshake that begins; its session is made.
    std::unique_ptr<TlsSession> tls;            // Of one that goes on.
    std::string ciphertext;
  };
  // As TlsSession::Read says.
  struct Result {
    uint64_t connection = 0;
    std::unique_ptr<TlsSession> tls;
    TlsSession::State state = TlsSession::State::kGoesOn;
    std::string plaintext, reply;
  };

  // `on_result` is called by the pool's threads when there is something to take.
  HandshakePool(int threads, std::function<void()> on_result);
  // What waits is not worked on any more.
  ~HandshakePool();
  HandshakePool(const HandshakePool&) = delete;
  HandshakePool& operator=(const HandshakePool&) = delete;

  // One step of a connection at a time.
  void Add(Step step);
  // The connection has gone: its step, if it still waits, is dropped. A result may still come.
  void Forget(uint64_t connection, const std::string& host);
  std::vector<Result> TakeResults();

 private:
  // Steps of one address come in the order in which they were added; addresses take turns.
  class Line {
   public:
    bool is_empty() const { return turns_.empty(); }
    void Add(Step step);
    void Forget(uint64_t connection, const std::string& host);
    Step Take();

   private:
    struct Turn {
      std::string host;
      std::deque<Step> steps;  // Not empty.
    };
    std::list<Turn> turns_;  // The first is next.
    std::unordered_map<std::string, std::list<Turn>::iterator> by_host_;
  };

  void Run();

  const std::function<void()> on_result_;
  storage::Mutex mutex_;
  std::condition_variable wake_;
  Line beginning_ SL_GUARDED_BY(mutex_), going_on_ SL_GUARDED_BY(mutex_);
  std::vector<Result> results_ SL_GUARDED_BY(mutex_);
  bool stops_ SL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace sightline::server
