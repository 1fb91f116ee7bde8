#include "server/acceptor/handshake_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/server/acceptor/test_certificates.h"

namespace sightline::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HandshakePoolTest : public ::testing::Test {
 protected:
  // A pool of one thread, which is held within its first step until Release is called.
  HandshakePoolTest() {
    const test::TestCertificate server =
        test::MakeCertificate(test::MakeAuthority("authority"), "server", "DNS:localhost");
    context_ =
        *TlsContext::Make({.certificate = server.certificate, .key = server.key, .client_ca = {}});
    pool_ = std::make_unique<HandshakePool>(1, [this] { released_.wait(); });
    AddBeginning(0, "first");
    while (order().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    order_.clear();
  }
  ~HandshakePoolTest() override {
    if (!is_released_) release_.set_value();
  }

  // What is sent is no TLS: each step fails, which is as good.
  void AddBeginning(uint64_t connection, const std::string& host) {
    pool_->Add({.connection = connection,
                .host = host,
                .context = context_,
                .tls = nullptr,
                .ciphertext = "x"});
  }
  void AddGoingOn(uint64_t connection, const std::string& host) {
    pool_->Add({.connection = connection,
                .host = host,
                .context = nullptr,
                .tls = std::make_unique<TlsSession>(context_),
                .ciphertext = "x"});
  }
  void Release() {
    release_.set_value();
    is_released_ = true;
  }
  // In which connections were worked on, so far.
  std::vector<uint64_t> order() {
    for (const HandshakePool::Result& result : pool_->TakeResults()) {
      order_.push_back(result.connection);
    }
    return order_;
  }
  std::vector<uint64_t> OrderOf(size_t count) {
    for (int i = 0; i < 5'000 && order().size() < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return order();
  }

  std::shared_ptr<const TlsContext> context_;
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
  bool is_released_ = false;
  std::vector<uint64_t> order_;
  std::unique_ptr<HandshakePool> pool_;
};

TEST_F(HandshakePoolTest, AddressesTakeTurns) {
  for (uint64_t i = 1; i <= 5; ++i) AddBeginning(i, "flood");
  AddBeginning(100, "newcomer");
  AddBeginning(101, "newcomer");
  AddBeginning(200, "another");
  Release();
  EXPECT_THAT(OrderOf(8), ElementsAre(1, 100, 200, 2, 101, 3, 4, 5));
}

TEST_F(HandshakePoolTest, WhoGoesOnComesBeforeWhoBegins) {
  AddBeginning(1, "a");
  AddGoingOn(2, "a");
  AddBeginning(3, "b");
  AddGoingOn(4, "b");
  Release();
  EXPECT_THAT(OrderOf(4), ElementsAre(2, 4, 1, 3));
}

TEST_F(HandshakePoolTest, WhoHasGoneCostsNothing) {
  AddBeginning(1, "a");
  AddBeginning(2, "a");
  AddBeginning(3, "b");
  AddGoingOn(4, "b");
  pool_->Forget(1, "a");
  pool_->Forget(3, "b");
  pool_->Forget(4, "b");
  pool_->Forget(99, "c");
  Release();
  EXPECT_THAT(OrderOf(1), ElementsAre(2));
  AddBeginning(5, "b");
  EXPECT_THAT(OrderOf(2), ElementsAre(2, 5));
}

TEST_F(HandshakePoolTest, WhatWaitsInTheEndIsLeft) {
  AddBeginning(1, "a");
  std::thread end([this] { pool_.reset(); });
  Release();
  end.join();
}

}  // namespace
}  // namespace sightline::server
