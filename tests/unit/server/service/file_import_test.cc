#include "server/service/file_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/service/request_error.h"
#include "tests/support/temp_directory.h"

namespace sightline::server {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr char kTwoLines[] = "<ex:a> <ex:p> <ex:b> .\n<ex:a> <ex:q> \"text\" .\n";

v1::BulkLoadOpen OpenOf(const std::string& file_name,
                        v1::FileFormat format = v1::FILE_FORMAT_UNSPECIFIED) {
  v1::BulkLoadOpen open;
  open.set_file_name(file_name);
  open.set_format(format);
  return open;
}

TEST(IsScript, IsToldByTheFormatOrByTheName) {
  const auto is_script = [](const std::string& name, v1::FileFormat format = {}) {
    const StatusOr<bool> is = IsScript(OpenOf(name, format));
    return is.ok() ? (*is ? "script" : "import") : RequestCodeOf(is.status());
  };
  EXPECT_EQ(is_script("claims.slql"), "script");
  EXPECT_EQ(is_script("/a.b/claims"), "script");
  EXPECT_EQ(is_script(""), "script");
  EXPECT_EQ(is_script("a.nt"), "import");
  EXPECT_EQ(is_script("d/a.ttl.gz"), "import");
  EXPECT_EQ(is_script("a.ftm.json.zst"), "import");
  EXPECT_EQ(is_script("a.csv"), "SL8012");
  EXPECT_EQ(is_script("a.slql.gz"), "script");
  EXPECT_EQ(is_script("a.csv", v1::FILE_FORMAT_STATEMENT_CSV), "import");
  EXPECT_EQ(is_script("a.nt", v1::FILE_FORMAT_SLQL), "script");
  EXPECT_EQ(is_script("a.nt", static_cast<v1::FileFormat>(99)), "SL8012");
  // Every format that there is.
  for (int format = v1::FILE_FORMAT_NTRIPLES; format <= v1::FileFormat_MAX; ++format) {
    EXPECT_EQ(is_script("x", static_cast<v1::FileFormat>(format)), "import") << format;
  }
}

class CheckOpenTest : public ::testing::Test {
 protected:
  std::string Code(const v1::BulkLoadOpen& open) {
    ErrorContext error;
    const Status status = CheckOpen(open, clearance_, &error);
    if (status.ok()) return "";
    return error.reason.empty() ? RequestCodeOf(status) : error.reason;
  }
  storage::Clearance clearance_;
};

TEST_F(CheckOpenTest, TellsWhatIsWrongBeforeTheFileComes) {
  v1::BulkLoadOpen open = OpenOf("a.nt");
  EXPECT_EQ(Code(open), "");
  open.set_dataset("s/12");  // A statement's id.
  EXPECT_EQ(Code(open), "SL8012");
  open.set_dataset("dataset/a");
  EXPECT_EQ(Code(open), "");
  open.set_claimant("a\nb");
  EXPECT_EQ(Code(open), "SL8012");
  open.clear_claimant();
  open.set_document(std::string(2'000, 'x'));
  EXPECT_EQ(Code(open), "SL8012");
  open.clear_document();
  open.set_language("EN");
  EXPECT_EQ(Code(open), "SL8012");
  open.set_language("en");
  EXPECT_EQ(Code(open), "");
  open.set_reject_limit(-1);
  EXPECT_EQ(Code(open), "SL8012");
  open.set_reject_limit(0);
  EXPECT_EQ(Code(open), "");
  open.mutable_marking()->set_access("a&b|c");
  EXPECT_EQ(Code(open), "SL8012");
}

TEST_F(CheckOpenTest, AMarkingIsWithinTheClearance) {
  v1::BulkLoadOpen open = OpenOf("a.nt");
  open.mutable_marking()->set_tlp(v1::TLP_LABEL_CLEAR);
  EXPECT_EQ(Code(open), "");
  open.mutable_marking()->set_tlp(v1::TLP_LABEL_GREEN);
  EXPECT_EQ(Code(open), "SL7002");
  clearance_.tlp_max = storage::TlpLabel::kGreen;
  EXPECT_EQ(Code(open), "");
  open.mutable_marking()->set_access("desk");
  EXPECT_EQ(Code(open), "SL7002");
}

TEST_F(CheckOpenTest, AScriptTakesNoOptionsOfImports) {
  v1::BulkLoadOpen open = OpenOf("a.slql");
  EXPECT_EQ(Code(open), "");
  open.set_dataset("dataset/a");
  EXPECT_EQ(Code(open), "SL8012");
  open.clear_dataset();
  open.set_reject_limit(5);
  EXPECT_EQ(Code(open), "SL8012");
}

class ImportFileTest : public ::testing::Test {
 protected:
  ImportFileTest() {
    store_ = *storage::Store::Open(directory_.Child("store"), {});
    context_.store = store_.get();
    context_.limits.load_memory_bytes_max = 8 << 20;
  }

  Status Import(const v1::BulkLoadOpen& open, const std::string& content) {
    return Import(open, content, storage::CancellationToken());
  }
  Status Import(const v1::BulkLoadOpen& open, const std::string& content,
                const storage::CancellationToken& token) {
    const ReadOnlySwitch read_only(false);
    const SingleCallerAuthenticator authenticator(clearance_, &read_only);
    const Caller caller = *authenticator.Admit("/sightline.v1.StatementService/BulkLoad", {});
    std::filesystem::remove(directory_.Child("part"));
    const auto transfer = *LoadTransfer::Open(directory_.Child("part"), open);
    EXPECT_TRUE(transfer->Append(content).ok());
    response_.Clear();
    rejects_.clear();
    progress_.clear();
    error_ = {};
    ImportListeners listeners;
    listeners.on_progress = [this](const v1::BulkLoadProgress& p) { progress_.push_back(p); };
    listeners.on_reject = [this](v1::RejectedRecord r) { rejects_.push_back(std::move(r)); };
    const Status status =
        ImportFile(context_, caller, *transfer, token, listeners, remembered_, &response_, &error_);
    std::sort(rejects_.begin(), rejects_.end(),
              [](const auto& a, const auto& b) { return a.line() < b.line(); });
    return status;
  }
  // The store as it was, and nothing on the disk beside it.
  void ExpectNothing() {
    EXPECT_EQ(store_->Statistics().quads, quads_before_);
    EXPECT_EQ(store_->Statistics().statements, statements_before_);
    EXPECT_TRUE(std::filesystem::is_empty(store_->ScratchDirectory()));
  }
  void Remember() {
    quads_before_ = store_->Statistics().quads;
    statements_before_ = store_->Statistics().statements;
  }

  test::TempDirectory directory_;
  std::unique_ptr<storage::Store> store_;
  ServiceContext context_;
  storage::Clearance clearance_;
  v1::BulkLoadResult response_;
  std::vector<v1::RejectedRecord> rejects_;
  std::vector<v1::BulkLoadProgress> progress_;
  RememberedImport remembered_;
  ErrorContext error_;
  uint64_t quads_before_ = 0;
  uint64_t statements_before_ = 0;
};

TEST_F(ImportFileTest, AddsOneRevision) {
  const storage::Revision before = store_->revision();
  ASSERT_TRUE(Import(OpenOf("a.nt"), kTwoLines).ok());
  EXPECT_EQ(response_.facts_added(), 2);
  EXPECT_EQ(response_.statements_added(), 1);
  EXPECT_EQ(response_.definitions(), 2);
  EXPECT_EQ(response_.rejects(), 0);
  EXPECT_EQ(store_->revision().value, before.value + 1);
  EXPECT_EQ(store_->Statistics().quads, 2u);
  EXPECT_TRUE(std::filesystem::is_empty(store_->ScratchDirectory()));
  // The store takes writes as before.
  EXPECT_TRUE(store_->BeginTransaction({}).ok());
}

TEST_F(ImportFileTest, TakesEveryTypeOfValue) {
  std::string content;
  int count = 0;
  for (const char* object :
       {"<ex:b>", "_:b", "\"short\"", "\"longer than that\"", "\"sv\"@sv", "5^integer",
        "-7^integer", "1.5^decimal", "-113969.15^decimal", "0.000000001^decimal", "2.5e300^double",
        "true^boolean", "2023-10-01^date", "2023^gYear", "2023-10-01T08:30:00Z^dateTime",
        "12:30:00^time"}) {
    std::string text = object;
    if (const size_t caret = text.find('^'); caret != std::string::npos) {
      text = "\"" + text.substr(0, caret) + "\"^^<http://www.w3.org/2001/XMLSchema#" +
             text.substr(caret + 1) + ">";
    }
    content += "<ex:a> <ex:p> " + text + " .\n";
    ++count;
  }
  v1::BulkLoadOpen open = OpenOf("a.nt");
  open.set_reject_limit(0);
  const Status status = Import(open, content);
  EXPECT_TRUE(status.ok()) << MessageOf(status);
  EXPECT_EQ(response_.facts_added(), count);
}

TEST_F(ImportFileTest, TellsOfRejectsByLine) {
  const std::string content = std::string("nonsense\n") + kTwoLines + "<ex:a> <ex:p> \xFF .\n" +
                              "<ex:a> <ex:p> \"" + std::string(3'000, 'x') + "\n";
  ASSERT_TRUE(Import(OpenOf("a.nt"), content).ok());
  EXPECT_EQ(response_.facts_added(), 2);
  EXPECT_EQ(response_.rejects(), 3);
  ASSERT_EQ(rejects_.size(), 3u);
  EXPECT_EQ(rejects_[0].line(), 1);
  EXPECT_EQ(rejects_[0].column(), 1);
  EXPECT_EQ(rejects_[0].reason(), "syntax");
  EXPECT_EQ(rejects_[0].text(), "nonsense");
  EXPECT_EQ(rejects_[1].line(), 4);
  EXPECT_THAT(rejects_[1].text(), HasSubstr("\xEF\xBF\xBD"));
  EXPECT_EQ(rejects_[2].line(), 5);
  EXPECT_LE(rejects_[2].text().size(), 1'024u);
}

TEST_F(ImportFileTest, TellsOfEveryReject) {
  std::string content = kTwoLines;
  for (int i = 0; i < 1'500; ++i) content += "nonsense " + std::to_string(i) + "\n";
  v1::BulkLoadOpen open = OpenOf("a.nt");
  open.set_reject_limit(1'500);
  ASSERT_TRUE(Import(open, content).ok());
  EXPECT_EQ(response_.rejects(), 1'500);
  ASSERT_EQ(rejects_.size(), 1'500u);
  EXPECT_EQ(rejects_.back().line(), 1'502);
}

TEST_F(ImportFileTest, TellsHowFarItIs) {
  ASSERT_TRUE(Import(OpenOf("a.nt"), kTwoLines).ok());
  ASSERT_FALSE(progress_.empty());
  EXPECT_EQ(progress_.front().stage(), v1::BULK_LOAD_STAGE_WAITING);
  EXPECT_EQ(progress_.back().stage(), v1::BULK_LOAD_STAGE_COMMITTING);
}

TEST_F(ImportFileTest, IsRememberedWithItsRevision) {
  remembered_.request_id = "mia/1";
  remembered_.reply = [](const v1::BulkLoadResult& result) { return result.SerializeAsString(); };
  ASSERT_TRUE(Import(OpenOf("a.nt"), kTwoLines).ok());
  const auto check = [this](const v1::BulkLoadResult& expected) {
    const auto reply = *store_->FindRequest("mia/1");
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->revision, store_->revision());
    v1::BulkLoadResult result;
    ASSERT_TRUE(result.ParseFromString(reply->reply));
    *result.mutable_revision() = expected.revision();
    EXPECT_EQ(result.SerializeAsString(), expected.SerializeAsString());
    EXPECT_EQ(result.facts_added(), 2);
  };
  check(response_);
  EXPECT_FALSE(store_->FindRequest("mia/2")->has_value());
  // One that fails is not.
  const v1::BulkLoadResult first = response_;
  remembered_.request_id = "mia/2";
  v1::BulkLoadOpen open = OpenOf("b.nt");
  open.set_reject_limit(0);
  EXPECT_FALSE(Import(open, "nonsense\n").ok());
  EXPECT_FALSE(store_->FindRequest("mia/2")->has_value());
  store_.reset();
  store_ = *storage::Store::Open(directory_.Child("store"), {});
  context_.store = store_.get();
  check(first);
}

TEST_F(ImportFileTest, TooManyRejectsLoadNothing) {
  v1::BulkLoadOpen open = OpenOf("a.nt");
  open.set_reject_limit(1);
  const std::string one = std::string(kTwoLines) + "nonsense\n";
  const Status status = Import(open, one + "rubbish\n");
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(RequestCodeOf(status), "SL8013");
  EXPECT_THAT(MessageOf(status), HasSubstr("More than 1 "));
  EXPECT_THAT(MessageOf(status), HasSubstr("line 3, column 1"));
  ExpectNothing();
  EXPECT_TRUE(Import(open, one).ok());
}

TEST_F(ImportFileTest, ALimitOfNoneTakesNoReject) {
  v1::BulkLoadOpen open = OpenOf("a.nt");
  open.set_reject_limit(0);
  EXPECT_EQ(RequestCodeOf(Import(open, "nonsense\n")), "SL8013");
  EXPECT_TRUE(Import(open, kTwoLines).ok());
}

TEST_F(ImportFileTest, DamagedCompressedDataIsTheFilesFault) {
  const Status status = Import(OpenOf("a.nt.gz"), std::string("\x1f\x8b\x08rubbish and more", 20));
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(RequestCodeOf(status), "SL8012");
  ExpectNothing();
}

TEST_F(ImportFileTest, AMarkingInTheFileIsWithinTheClearance) {
  const std::string amber =
      R"({"claimant": "org/a", "marking": "TLP:AMBER", "facts": [["org/a", "name", "A"]]})";
  const v1::BulkLoadOpen open = OpenOf("a.statements.jsonl");
  const Status status = Import(open, amber + "\n");
  EXPECT_EQ(status.code(), StatusCode::kPermissionDenied) << MessageOf(status);
  EXPECT_EQ(error_.reason, "SL7002");
  ExpectNothing();
  clearance_.tlp_max = storage::TlpLabel::kAmber;
  EXPECT_TRUE(Import(open, amber + "\n").ok());
}

TEST_F(ImportFileTest, KeepsWhatIsThereWhenALaterOneFails) {
  ASSERT_TRUE(Import(OpenOf("a.nt"), kTwoLines).ok());
  Remember();
  v1::BulkLoadOpen open = OpenOf("b.nt");
  open.set_reject_limit(0);
  EXPECT_FALSE(Import(open, std::string("<ex:c> <ex:r> <ex:d> .\n") + "nonsense\n").ok());
  ExpectNothing();
}

TEST_F(ImportFileTest, WaitsForAnotherWriterNoLongerThanItsTime) {
  auto other = *store_->BeginTransaction({});
  const storage::CancellationToken token(Clock::now() + milliseconds(30));
  const Status status = Import(OpenOf("a.nt"), kTwoLines, token);
  EXPECT_EQ(status.code(), StatusCode::kDeadlineExceeded);
  EXPECT_THAT(MessageOf(status), HasSubstr("nothing was loaded"));
  other = nullptr;
  ExpectNothing();
  EXPECT_TRUE(Import(OpenOf("a.nt"), kTwoLines).ok());
}

TEST_F(ImportFileTest, AClientThatLeavesLoadsNothing) {
  std::string content;
  for (int i = 0; i < 400'000; ++i) {
    content += "<ex:s" + std::to_string(i) + "> <ex:p> <ex:o" + std::to_string(i % 97) + "> .\n";
  }
  storage::CancellationToken token;
  std::thread client([&token] {
    std::this_thread::sleep_for(milliseconds(100));
    token.Cancel();
  });
  const auto begin = Clock::now();
  const Status status = Import(OpenOf("a.nt"), content, token);
  const auto spent = Clock::now() - begin;
  client.join();
  EXPECT_EQ(status.code(), StatusCode::kCancelled) << MessageOf(status);
  EXPECT_LT(spent, std::chrono::seconds(5));
  ExpectNothing();
  EXPECT_TRUE(Import(OpenOf("a.nt"), kTwoLines).ok());
}

}  // namespace
}  // namespace sightline::server
