#include "server/service/statement_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/crash_file_system.h"
#include "tests/support/temp_directory.h"

namespace sightline::server {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

class WriteStatementsTest : public ::testing::Test {
 protected:
  WriteStatementsTest() {
    store_ = *storage::Store::Open(directory_.Child("store"), {});
    context_.store = store_.get();
    for (int i = 0; i < 3; ++i) {
      v1::StatementDraft* draft = request_.add_mutations()->mutable_add();
      draft->set_claimant("org/voice");
      v1::FactDraft* fact = draft->add_facts();
      fact->set_subject("org/" + std::to_string(i));
      fact->set_predicate("name");
      fact->mutable_object()->mutable_text()->set_text("n");
    }
  }
  Status Write(const storage::CancellationToken& cancellation) {
    const ReadOnlySwitch read_only(false);
    const SingleCallerAuthenticator authenticator({}, &read_only);
    const Caller caller =
        *authenticator.Admit("/sightline.v1.StatementService/WriteStatements", {});
    v1::WriteStatementsResponse response;
    error_ = {};
    return WriteStatements(context_, caller, request_, cancellation, &response, &error_);
  }

  test::TempDirectory directory_;
  std::unique_ptr<storage::Store> store_;
  ServiceContext context_;
  v1::WriteStatementsRequest request_;
  ErrorContext error_;
};

TEST_F(WriteStatementsTest, AWriteIsSyncedUnlessItIsToBeRelaxed) {
  const auto file_system = std::make_shared<test::CrashFileSystem>(1);
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(file_system);
  storage::StoreOptions options;
  options.kv.env = env.get();
  store_ = *storage::Store::Open(directory_.Child("failing"), options);
  context_.store = store_.get();
  file_system->FailSyncs(true);
  request_.set_durability(v1::DURABILITY_RELAXED);
  EXPECT_TRUE(Write({}).ok());
  for (const v1::Durability durability : {v1::DURABILITY_UNSPECIFIED, v1::DURABILITY_SYNCED}) {
    request_.set_durability(durability);
    request_.mutable_mutations(0)->mutable_add()->set_claimant("org/another");
    EXPECT_EQ(Write({}).code(), StatusCode::kUnavailable);
  }
  request_.set_durability(static_cast<v1::Durability>(7));
  EXPECT_EQ(MessageOf(Write({})), "durability: there is no 7");
  store_.reset();
}

TEST_F(WriteStatementsTest, GivesUpBehindAnotherWriterAtTheDeadline) {
  auto other = *store_->BeginTransaction({});
  const Status status = Write(storage::CancellationToken(Clock::now() + milliseconds(30)));
  EXPECT_EQ(status.code(), StatusCode::kDeadlineExceeded);
  EXPECT_THAT(MessageOf(status), HasSubstr("another writer"));
  other = nullptr;
  EXPECT_TRUE(Write({}).ok());
}

TEST_F(WriteStatementsTest, GivesUpBehindAnotherWriterWhenTheClientLeaves) {
  auto other = *store_->BeginTransaction({});
  storage::CancellationToken token;
  std::thread client([&token] {
    std::this_thread::sleep_for(milliseconds(20));
    token.Cancel();
  });
  EXPECT_EQ(Write(token).code(), StatusCode::kCancelled);
  client.join();
}

TEST_F(WriteStatementsTest, WritesNothingOnceItsTimeIsUp) {
  const storage::Revision before = store_->revision();
  // The store is free: what ends it is the question before the first mutation.
  const Status status = Write(storage::CancellationToken(Clock::now() - milliseconds(1)));
  EXPECT_EQ(status.code(), StatusCode::kDeadlineExceeded);
  EXPECT_THAT(MessageOf(status), HasSubstr("after 0 of 3 mutations; nothing was written"));
  EXPECT_EQ(store_->revision(), before);
  EXPECT_TRUE(Write({}).ok());
  EXPECT_GT(store_->revision(), before);
}

// Of writers whose commits wait for the disk together, the newest revision that can be seen is not
// the one before theirs.
TEST_F(WriteStatementsTest, ARepeatedWriteIsToldTheRevisionOfTheFirst) {
  constexpr int kWriters = 8, kWritesEach = 25;
  const ReadOnlySwitch read_only(false);
  const SingleCallerAuthenticator authenticator({}, &read_only);
  const Caller caller = *authenticator.Admit("/sightline.v1.StatementService/WriteStatements", {});
  const auto write = [&](int number, v1::WriteStatementsResponse* response) {
    v1::WriteStatementsRequest request = request_;
    request.set_request_id("123e4567-e89b-12d3-a456-" + std::to_string(100'000'000'000 + number));
    request.mutable_mutations(0)->mutable_add()->set_claimant("org/" + std::to_string(number));
    ErrorContext error;
    return WriteStatements(context_, caller, request, {}, response, &error);
  };
  std::vector<v1::WriteStatementsResponse> responses(kWriters * kWritesEach);
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < kWritesEach; ++i) {
        const int number = writer * kWritesEach + i;
        EXPECT_TRUE(write(number, &responses[static_cast<size_t>(number)]).ok());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  for (int number = 0; number < kWriters * kWritesEach; ++number) {
    v1::WriteStatementsResponse again;
    ASSERT_TRUE(write(number, &again).ok());
    EXPECT_TRUE(again.replayed());
    again.set_replayed(false);
    EXPECT_EQ(again.SerializeAsString(), responses[static_cast<size_t>(number)].SerializeAsString())
        << number;
  }
}

}  // namespace
}  // namespace sightline::server
