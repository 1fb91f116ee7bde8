#include "server/service/load_transfers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "proto/crc32c.h"
#include "tests/support/temp_directory.h"

namespace sightline::server {
namespace {

constexpr int64_t kMebibyte = 1 << 20;
constexpr char kFirst[] = "123e4567-e89b-12d3-a456-426614174000";
constexpr char kSecond[] = "123e4567-e89b-12d3-a456-426614174001";
constexpr char kThird[] = "123e4567-e89b-12d3-a456-426614174002";

class TestClock final : public storage::Clock {
 public:
  int64_t NowMicros() override { return now_micros; }
  // Of now, because files have the machine's times.
  int64_t now_micros = storage::Clock::System()->NowMicros();
};

v1::BulkLoadOpen OpenOf(const std::string& load_id, const std::string& file_name = "a.nt") {
  v1::BulkLoadOpen open;
  open.set_load_id(load_id);
  open.set_file_name(file_name);
  return open;
}

std::string ContentOf(const LoadTransfers::Lease& lease) {
  const LoadTransfer& transfer = lease.transfer();
  return *ReadBytes(transfer.Read().get(), static_cast<size_t>(transfer.byte_count()) + 1);
}

class LoadTransfersTest : public ::testing::Test {
 protected:
  LoadTransfersTest() { Restart(); }

  void Restart() {
    transfers_.reset();
    transfers_ = *LoadTransfers::Open(directory_.Child("loads"), limits_, &clock_);
  }
  StatusOr<std::unique_ptr<LoadTransfers::Lease>> Take(const std::string& load_id,
                                                       const std::string& sender = "mia") {
    return transfers_->Take(sender, OpenOf(load_id), [this] { ++times_asked_; });
  }
  // Sends so many bytes of a new file, and stops there.
  void SendPart(const std::string& load_id, int64_t byte_count) {
    const auto lease = *Take(load_id);
    ASSERT_TRUE(lease->Append(0, std::string(static_cast<size_t>(byte_count), 'x'), 1 << 30).ok());
  }
  int64_t Received(const std::string& load_id, const std::string& sender = "mia") {
    const auto lease = Take(load_id, sender);
    return lease.ok() ? (*lease)->transfer().byte_count() : -1;
  }
  size_t FileCount() const {
    const std::filesystem::directory_iterator files(directory_.Child("loads"));
    return static_cast<size_t>(std::distance(begin(files), end(files)));
  }

  test::TempDirectory directory_;
  ServerLimits limits_;
  TestClock clock_;
  int times_asked_ = 0;
  std::unique_ptr<LoadTransfers> transfers_;
};

TEST_F(LoadTransfersTest, PutsChunksTogether) {
  const auto lease = *Take(kFirst);
  EXPECT_EQ(lease->transfer().byte_count(), 0);
  ASSERT_TRUE(lease->Append(0, "DEFINE ", 100).ok());
  ASSERT_TRUE(lease->Append(7, "", 100).ok());
  ASSERT_TRUE(lease->Append(7, "CLASS X", 100).ok());
  EXPECT_EQ(lease->transfer().byte_count(), 14);
  EXPECT_EQ(ContentOf(*lease), "DEFINE CLASS X");
  EXPECT_EQ(*lease->transfer().Checksum({}), Crc32c("DEFINE CLASS X"));
  // Each reader begins at the beginning.
  for (int reader = 0; reader < 2; ++reader) {
    const auto source = lease->transfer().Read();
    std::string part(5, '\0');
    EXPECT_EQ(*source->Read(part.data(), 5), 5u);
    EXPECT_EQ(part, "DEFIN");
    EXPECT_EQ(source->bytes_taken(), 5u);
  }
}

TEST_F(LoadTransfersTest, PassesOverWhatItHas) {
  const auto lease = *Take(kFirst);
  ASSERT_TRUE(lease->Append(0, "abcdef", 100).ok());
  EXPECT_TRUE(lease->Append(0, "abcdef", 100).ok());
  EXPECT_TRUE(lease->Append(2, "cd", 100).ok());
  EXPECT_TRUE(lease->Append(6, "", 100).ok());
  EXPECT_TRUE(lease->Append(4, "efgh", 100).ok());
  EXPECT_EQ(ContentOf(*lease), "abcdefgh");
}

TEST_F(LoadTransfersTest, RefusesAGap) {
  const auto lease = *Take(kFirst);
  ASSERT_TRUE(lease->Append(0, "abc", 100).ok());
  EXPECT_EQ(lease->Append(4, "e", 100).code(), StatusCode::kOutOfRange);
  EXPECT_EQ(lease->Append(4, "", 100).code(), StatusCode::kOutOfRange);
  EXPECT_EQ(lease->Append(-1, "abcd", 100).code(), StatusCode::kOutOfRange);
  EXPECT_EQ(ContentOf(*lease), "abc");
}

TEST_F(LoadTransfersTest, BoundsAFile) {
  const auto lease = *Take(kFirst);
  EXPECT_TRUE(lease->Append(0, "12345", 10).ok());
  EXPECT_EQ(lease->Append(5, "678901", 10).code(), StatusCode::kResourceExhausted);
  EXPECT_TRUE(lease->Append(5, "67890", 10).ok());
}

TEST_F(LoadTransfersTest, GoesOnWhereItWasAlsoAfterARestart) {
  SendPart(kFirst, 1'000);
  EXPECT_EQ(Received(kFirst), 1'000);
  Restart();
  EXPECT_EQ(Received(kFirst), 1'000);
  const auto lease = *Take(kFirst);
  ASSERT_TRUE(lease->Append(1'000, "end", 10'000).ok());
  EXPECT_EQ(ContentOf(*lease), std::string(1'000, 'x') + "end");
}

TEST_F(LoadTransfersTest, IsTheSendersOwn) {
  SendPart(kFirst, 1'000);
  EXPECT_EQ(Received(kFirst, "bob"), 0);
  EXPECT_EQ(Received(kFirst), 1'000);
}

TEST_F(LoadTransfersTest, StandsForOneFile) {
  SendPart(kFirst, 1'000);
  const auto other = transfers_->Take("mia", OpenOf(kFirst, "b.nt"), [] {});
  EXPECT_EQ(other.status().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(Received(kFirst), 1'000);
}

TEST_F(LoadTransfersTest, OneAtATimeHasIt) {
  auto lease = *Take(kFirst);
  EXPECT_EQ(Take(kFirst).status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(times_asked_, 1);
  EXPECT_TRUE(Take(kFirst, "bob").ok());
  EXPECT_TRUE(Take(kSecond).ok());
  EXPECT_EQ(times_asked_, 1);
  lease.reset();
  EXPECT_TRUE(Take(kFirst).ok());
}

TEST_F(LoadTransfersTest, NothingIsLeftOfWhatIsDiscarded) {
  {
    const auto lease = *Take(kFirst);
    ASSERT_TRUE(lease->Append(0, "abc", 100).ok());
    EXPECT_EQ(FileCount(), 2u);
    lease->Discard();
  }
  EXPECT_EQ(FileCount(), 0u);
  EXPECT_EQ(transfers_->byte_count(), 0);
  EXPECT_EQ(Received(kFirst), 0);
}

TEST_F(LoadTransfersTest, ForgetsWhatNobodyHasTouchedForLong) {
  SendPart(kFirst, 1'000);
  clock_.now_micros += (limits_.load_keep_ms_max - 1'000) * 1'000;
  SendPart(kSecond, 1'000);
  EXPECT_EQ(FileCount(), 4u);
  clock_.now_micros += 2'000'000;
  const auto held = *Take(kSecond);
  EXPECT_EQ(FileCount(), 2u);
  EXPECT_EQ(held->transfer().byte_count(), 1'000);
  // Nothing that somebody is sending.
  clock_.now_micros += 2 * limits_.load_keep_ms_max * 1'000;
  EXPECT_EQ(Received(kFirst), 0);
  EXPECT_TRUE(held->Append(1'000, "end", 10'000).ok());
}

TEST_F(LoadTransfersTest, MakesRoomByForgettingTheLongestUntouched) {
  limits_.load_spool_bytes_max = 10 * kMebibyte;
  Restart();
  SendPart(kFirst, 4 * kMebibyte);
  clock_.now_micros += 10;
  SendPart(kSecond, 4 * kMebibyte);
  clock_.now_micros += 10;
  EXPECT_EQ(Received(kFirst), 4 * kMebibyte);  // Touched.
  {
    const auto lease = *Take(kThird);
    const std::string three(3 * kMebibyte, 'x');
    EXPECT_TRUE(lease->Append(0, three, 1 << 30).ok());
    EXPECT_EQ(transfers_->byte_count(), 7 * kMebibyte);
    const auto first = *Take(kFirst);
    EXPECT_EQ(first->transfer().byte_count(), 4 * kMebibyte);
    // Both are being sent now.
    EXPECT_TRUE(lease->Append(3 * kMebibyte, three, 1 << 30).ok());
    const Status status = lease->Append(6 * kMebibyte, "x", 1 << 30);
    EXPECT_EQ(status.code(), StatusCode::kResourceExhausted) << MessageOf(status);
    EXPECT_EQ(Take(kSecond).status().code(), StatusCode::kResourceExhausted);
    EXPECT_EQ(lease->transfer().byte_count(), 6 * kMebibyte);
  }
  EXPECT_EQ(Received(kSecond), 0);
}

TEST_F(LoadTransfersTest, SmallOnesAreCountedToo) {
  limits_.load_spool_bytes_max = 3 * kMebibyte;
  Restart();
  for (int i = 0; i < 100; ++i) {
    clock_.now_micros += 1;
    ASSERT_TRUE(Take("123e4567-e89b-12d3-a456-" + std::to_string(100'000'000'000 + i)).ok());
  }
  EXPECT_LE(FileCount(), 6u);
}

TEST_F(LoadTransfersTest, ClearsUpWhatAProcessLeftThatDied) {
  SendPart(kFirst, 10);
  std::ofstream(directory_.Child("loads") + "/0123.part") << "half";
  std::ofstream(directory_.Child("loads") + "/4567.new") << "half";
  Restart();
  EXPECT_EQ(FileCount(), 2u);
  EXPECT_EQ(Received(kFirst), 10);
}

TEST_F(LoadTransfersTest, BytesWhoseNameIsLostAreWorthNothing) {
  SendPart(kFirst, 10);
  for (const auto& file : std::filesystem::directory_iterator(directory_.Child("loads"))) {
    if (file.path().extension() == ".open") std::filesystem::resize_file(file.path(), 0);
  }
  EXPECT_EQ(Received(kFirst), 0);
}

TEST_F(LoadTransfersTest, SaysThatItCannotBeMade) {
  std::ofstream(directory_.Child("file")) << "no directory";
  const auto opened = LoadTransfers::Open(directory_.Child("file") + "/loads", limits_, &clock_);
  EXPECT_EQ(opened.status().code(), StatusCode::kUnavailable);
}

TEST_F(LoadTransfersTest, SaysThatItCannotBeWritten) {
  const auto lease = *Take(kFirst);
  // A file must not grow beyond this: a disk that takes no more.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 4'096;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status status = lease->Append(0, std::string(10'000, 'x'), 1 << 30);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(status.code(), StatusCode::kUnavailable) << MessageOf(status);
  // What came is there, and the rest can follow.
  EXPECT_EQ(lease->transfer().byte_count(), 4'096);
  EXPECT_TRUE(lease->Append(4'096, std::string(5'904, 'x'), 1 << 30).ok());
  EXPECT_EQ(ContentOf(*lease), std::string(10'000, 'x'));
}

}  // namespace
}  // namespace sightline::server
