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
    const SingleCallerAuthenticator authenticator({}, /*may_write=*/true);
    const Caller caller = *authenticator.Admit("/sightline.v1.StatementService/WriteStatements");
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

v1::LoadFileRequest Open(v1::FileFormat format = v1::FILE_FORMAT_SLQL) {
  v1::LoadFileRequest message;
  message.mutable_open()->set_file_name("claims.slql");
  message.mutable_open()->set_format(format);
  return message;
}

v1::LoadFileRequest Chunk(int64_t offset, std::string data) {
  v1::LoadFileRequest message;
  message.mutable_chunk()->set_offset(offset);
  message.mutable_chunk()->set_data(std::move(data));
  return message;
}

v1::LoadFileRequest Finish(int64_t total) {
  v1::LoadFileRequest message;
  message.mutable_finish()->set_total_bytes(total);
  return message;
}

// The first error, or that of the end.
Status Assemble(const std::vector<v1::LoadFileRequest>& messages, const ServerLimits& limits = {},
                std::string* text = nullptr) {
  FileAssembler file(limits);
  for (const v1::LoadFileRequest& message : messages) {
    if (Status status = file.Add(message); !status.ok()) return status;
  }
  if (text != nullptr) *text = file.text();
  return file.End();
}

TEST(FileAssembler, PutsChunksTogether) {
  std::string text;
  EXPECT_TRUE(
      Assemble({Open(), Chunk(0, "DEFINE "), Chunk(7, "CLASS X"), Finish(14)}, {}, &text).ok());
  EXPECT_EQ(text, "DEFINE CLASS X");
  EXPECT_TRUE(Assemble({Open(), Finish(0)}).ok());
}

TEST(FileAssembler, RefusesWhatIsNotWholeAndInOrder) {
  const std::vector<std::vector<v1::LoadFileRequest>> streams = {
      {},
      {Open()},
      {Open(), Chunk(0, "abc")},                          // No finish.
      {Open(), Chunk(0, "abc"), Finish(4)},               // Cut off.
      {Open(), Chunk(0, "abc"), Finish(2)},               //
      {Open(), Chunk(0, "abc"), Chunk(4, "d")},           // A gap.
      {Open(), Chunk(0, "abc"), Chunk(0, "abc")},         // Twice.
      {Open(), Chunk(-1, "abc")},                         //
      {Chunk(0, "abc"), Open(), Finish(3)},               //
      {Finish(0)},                                        //
      {Open(), Open()},                                   //
      {Open(), Finish(0), Chunk(0, "a")},                 //
      {Open(), Finish(0), Finish(0)},                     //
      {Open(v1::FILE_FORMAT_UNSPECIFIED), Finish(0)},     //
      {Open(static_cast<v1::FileFormat>(9)), Finish(0)},  //
      {v1::LoadFileRequest()},
  };
  for (size_t i = 0; i < streams.size(); ++i) {
    EXPECT_EQ(Assemble(streams[i]).code(), StatusCode::kInvalidArgument) << i;
  }
}

TEST(FileAssembler, BoundsChunkAndFile) {
  ServerLimits limits;
  limits.load_chunk_bytes_max = 10;
  limits.load_bytes_max = 25;
  const std::string ten(10, 'x');
  EXPECT_EQ(Assemble({Open(), Chunk(0, ten + "x")}, limits).code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(
      Assemble({Open(), Chunk(0, ten), Chunk(10, ten), Chunk(20, "12345"), Finish(25)}, limits)
          .ok());
  EXPECT_EQ(Assemble({Open(), Chunk(0, ten), Chunk(10, ten), Chunk(20, "123456")}, limits).code(),
            StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace sightline::server
