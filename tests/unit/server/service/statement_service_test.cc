#include "server/service/statement_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

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

}  // namespace
}  // namespace sightline::server
