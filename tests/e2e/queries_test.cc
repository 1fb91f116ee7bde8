// Completing, analysing, listing and cancelling queries: the real server, the C++ client.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "clients/cpp/connection.h"
#include "tests/e2e/sightlined_process.h"
#include "tests/support/temp_directory.h"

namespace sightline::test {
namespace {

using client::Connection;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// A billion rows of the product of three.
constexpr const char* kProduct =
    "MATCH (a:Company), (b:Company), (c:Company) WHERE a.name = c.name + b.name RETURN count(*)";
// More than a connection takes without being read.
constexpr const char* kLongResult =
    "UNWIND range(1, 200000) AS x RETURN x, 'a text that takes up some room' AS filling";

std::string ManyCompanies() {
  std::string script =
      "DEFINE CLASS Company; DEFINE CLASS Product;\n"
      "DEFINE PREDICATE supplies FROM Company TO Product;\n";
  for (int i = 0; i < 1'000; ++i) {
    script += "ASSERT (#org/c" + std::to_string(i) + " :Company {name: \"Company " +
              std::to_string(i) + "\"}) ACCORDING TO #org/voice;\n";
  }
  script +=
      "ASSERT (#org/c1)-[:supplies]->(#prod/optics) ACCORDING TO #org/voice;\n"
      "ASSERT (#org/hidden :Company {name: \"Hidden Works\"}) ACCORDING TO #org/voice "
      "{marking: 'TLP:RED'};\n";
  return script;
}

class QueriesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string token_file = directory_.Child("admin.token");
    int exit_code = 0;
    std::string errors;
    server_ = SightlinedProcess::Start(
        SIGHTLINED, directory_.Child("store"),
        {"--listen", "127.0.0.1:0", "--admin-token-file", token_file}, &exit_code, &errors);
    ASSERT_NE(server_, nullptr) << exit_code << " " << errors;
    std::ifstream file(token_file);
    std::string token;
    ASSERT_TRUE(std::getline(file, token));
    admin_ = Connect(token);
    std::istringstream script(ManyCompanies());
    v1::BulkLoadOpen open;
    open.set_file_name("companies.slql");
    const auto loaded = admin_->BulkLoad(open, script, {});
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    mia_ = ConnectAs("mia", v1::ROLE_READER);
    bob_ = ConnectAs("bob", v1::ROLE_READER);
  }

  std::unique_ptr<Connection> Connect(const std::string& token) {
    client::ConnectOptions options;
    options.token = token;
    auto connection = Connection::Open(server_->address(), options);
    EXPECT_TRUE(connection.ok());
    return std::move(*connection);
  }
  std::unique_ptr<Connection> ConnectAs(const std::string& name, v1::Role role) {
    v1::CreateUserRequest user;
    user.mutable_user()->set_name(name);
    user.mutable_user()->set_role(role);
    user.mutable_user()->mutable_clearance()->set_tlp_max(v1::TLP_LABEL_GREEN);
    EXPECT_TRUE(admin_->CreateUser(user, {}).ok());
    v1::IssueTokenRequest token;
    token.set_user(name);
    const auto issued = admin_->IssueToken(token, {});
    EXPECT_TRUE(issued.ok());
    return Connect(issued->secret());
  }

  static std::vector<v1::RunningQuery> ListOf(Connection* connection, int page_size = 0) {
    std::vector<v1::RunningQuery> queries;
    v1::ListRunningQueriesRequest request;
    request.set_page_size(page_size);
    do {
      const auto page = connection->ListRunningQueries(request, {});
      EXPECT_TRUE(page.ok());
      if (!page.ok()) break;
      queries.insert(queries.end(), page->queries().begin(), page->queries().end());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return queries;
  }

  // Waits until the connection lists a query of this tag in this state.
  static std::optional<v1::RunningQuery> WaitFor(Connection* connection, v1::QueryState state,
                                                 const std::string& tag) {
    for (const auto end = steady_clock::now() + std::chrono::seconds(20);
         steady_clock::now() < end;) {
      for (const v1::RunningQuery& query : ListOf(connection)) {
        if (query.state() == state && query.query_tag() == tag) return query;
      }
      std::this_thread::sleep_for(milliseconds(5));
    }
    ADD_FAILURE() << "No query came into state " << v1::QueryState_Name(state);
    return std::nullopt;
  }

  // A client may hear of the end a moment before the list does.
  static bool WaitUntilNoneRuns(Connection* connection) {
    for (int i = 0; i < 400; ++i) {
      if (ListOf(connection).empty()) return true;
      std::this_thread::sleep_for(milliseconds(5));
    }
    return false;
  }

  TempDirectory directory_;
  std::unique_ptr<SightlinedProcess> server_;
  std::unique_ptr<Connection> admin_, mia_, bob_;
};

// How a query ended, and when.
struct Ended {
  grpc::StatusCode code = grpc::StatusCode::OK;
  steady_clock::time_point at;
};

Ended RunToTheEnd(Connection* connection, const std::string& text, const std::string& tag) {
  v1::ExecuteQueryRequest request;
  request.set_query(text);
  request.set_query_tag(tag);
  request.mutable_limits()->set_max_steps(INT64_MAX);
  auto stream = connection->Execute(request, {});
  Ended ended;
  if (!stream.ok()) {
    ended.code = stream.error().code;
  } else {
    client::ResultBatch batch;
    while (true) {
      const auto next = (*stream)->Next(&batch);
      if (!next.ok()) ended.code = next.error().code;
      if (!next.ok() || !*next) break;
    }
  }
  ended.at = steady_clock::now();
  return ended;
}

TEST_F(QueriesTest, ABillionRowProductIsCancelledWithin200Milliseconds) {
  // The machine may be busy with other tests: of five, the best counts; each must end.
  auto best = milliseconds::max();
  for (int round = 0; round < 5; ++round) {
    Ended ended;
    const std::string tag = "product " + std::to_string(round);
    std::thread runner([&] { ended = RunToTheEnd(mia_.get(), kProduct, tag); });
    const auto running = WaitFor(mia_.get(), v1::QUERY_STATE_RUNNING, tag);
    // Into the middle of it.
    std::this_thread::sleep_for(milliseconds(100));
    const auto start = steady_clock::now();
    EXPECT_TRUE(running && mia_->CancelQuery(running->query_id(), {}).ok());
    runner.join();
    EXPECT_EQ(ended.code, grpc::StatusCode::CANCELLED);
    best = std::min(best, std::chrono::duration_cast<milliseconds>(ended.at - start));
  }
  EXPECT_LE(best, milliseconds(200));
  EXPECT_TRUE(WaitUntilNoneRuns(admin_.get()));
}

TEST_F(QueriesTest, AQueryIsSeenByHimWhoRunsItAndByAdministrators) {
  v1::ExecuteQueryRequest request;
  request.set_query(kLongResult);
  request.set_query_tag("weekly report");
  request.mutable_limits()->set_batch_rows(16);
  auto stream = mia_->Execute(request, {});
  ASSERT_TRUE(stream.ok());
  const std::string id = (*stream)->header().query_id();
  EXPECT_THAT(id, SizeIs(16));
  client::ResultBatch batch;
  ASSERT_TRUE((*stream)->Next(&batch).ok());
  const auto streaming = WaitFor(mia_.get(), v1::QUERY_STATE_STREAMING, "weekly report");
  ASSERT_TRUE(streaming.has_value());
  EXPECT_EQ(streaming->query_id(), id);
  EXPECT_EQ(streaming->user(), "mia");
  EXPECT_EQ(streaming->query_tag(), "weekly report");
  EXPECT_EQ(streaming->query_text(), kLongResult);
  EXPECT_THAT(streaming->fingerprint(), SizeIs(16));
  EXPECT_GE(streaming->rows_sent(), 16);
  EXPECT_GT(streaming->elapsed().seconds() * 1'000'000'000 + streaming->elapsed().nanos(), 0);
  EXPECT_GT(streaming->start_time().seconds(), 1'700'000'000);
  EXPECT_THAT(streaming->peer(), HasSubstr("127.0.0.1"));

  EXPECT_THAT(ListOf(bob_.get()), IsEmpty());
  const std::vector<v1::RunningQuery> all = ListOf(admin_.get());
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].query_id(), id);
  EXPECT_EQ(all[0].query_text(), "") << "what somebody else asks is his";
  EXPECT_EQ(all[0].fingerprint(), streaming->fingerprint());

  // Of somebody else's query there is no more to learn than of none.
  const auto others = bob_->CancelQuery(id, {});
  const auto unknown = bob_->CancelQuery("0123456789abcdef", {});
  ASSERT_FALSE(others.ok());
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(others.error().code, grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(unknown.error().code, grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(others.error().reason, unknown.error().reason);
  EXPECT_EQ(others.error().message, "There is no running query " + id);
  EXPECT_EQ(unknown.error().message, "There is no running query 0123456789abcdef");
  ASSERT_TRUE((*stream)->Next(&batch).ok()) << "it runs on";

  // A client that does not read is cut too.
  ASSERT_TRUE(admin_->CancelQuery(id, {}).ok());
  client::Result<bool> next = true;
  while (next.ok() && *next) next = (*stream)->Next(&batch);
  ASSERT_FALSE(next.ok());
  EXPECT_EQ(next.error().code, grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(WaitUntilNoneRuns(admin_.get()));
  EXPECT_EQ(mia_->CancelQuery(id, {}).error().code, grpc::StatusCode::NOT_FOUND);
}

TEST_F(QueriesTest, ListsComeInPages) {
  std::vector<std::unique_ptr<client::QueryStream>> streams;
  for (int i = 0; i < 5; ++i) {
    v1::ExecuteQueryRequest request;
    request.set_query(kLongResult);
    auto stream = mia_->Execute(request, {});
    ASSERT_TRUE(stream.ok());
    streams.push_back(std::move(*stream));
  }
  EXPECT_THAT(ListOf(mia_.get(), 2), SizeIs(5));
  v1::ListRunningQueriesRequest request;
  request.set_page_size(-1);
  EXPECT_EQ(mia_->ListRunningQueries(request, {}).error().code, grpc::StatusCode::INVALID_ARGUMENT);
  request.set_page_size(1);
  request.set_page_token("nonsense");
  EXPECT_EQ(mia_->ListRunningQueries(request, {}).error().code, grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(QueriesTest, CompletesFromWhatTheCallerCanSee) {
  v1::CompleteQueryRequest request;
  request.set_query("MATCH (c:Company)-[:");
  request.set_cursor_byte(static_cast<uint32_t>(request.query().size()));
  const auto completion = mia_->CompleteQuery(request, {.timeout = milliseconds(20'000)});
  ASSERT_TRUE(completion.ok()) << completion.error().message;
  ASSERT_GT(completion->candidates_size(), 0);
  EXPECT_EQ(completion->candidates(0).insert_text(), "supplies");
  EXPECT_EQ(completion->candidates(0).kind(), v1::CANDIDATE_KIND_PREDICATE);
  EXPECT_EQ(completion->candidates(0).detail(), "Company -> Product");
  EXPECT_EQ(completion->candidates(0).count(), 1);
  EXPECT_EQ(completion->replaces().start_byte(), request.cursor_byte());

  request.set_query("MATCH (\"Hidd");
  request.set_cursor_byte(12);
  EXPECT_THAT(mia_->CompleteQuery(request, {})->candidates(), IsEmpty());
  EXPECT_THAT(admin_->CompleteQuery(request, {})->candidates(), SizeIs(1));

  request.set_cursor_byte(13);
  EXPECT_EQ(mia_->CompleteQuery(request, {}).error().code, grpc::StatusCode::INVALID_ARGUMENT);
  request.set_cursor_byte(0);
  request.set_max_candidates(-1);
  EXPECT_EQ(mia_->CompleteQuery(request, {}).error().code, grpc::StatusCode::INVALID_ARGUMENT);
  request.set_max_candidates(3);
  EXPECT_THAT(mia_->CompleteQuery(request, {})->candidates(), SizeIs(3));
  EXPECT_TRUE(mia_->CompleteQuery(request, {})->incomplete());
  request.set_query("\xFF");
  EXPECT_EQ(mia_->CompleteQuery(request, {}).error().code, grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(QueriesTest, AnalysesWithoutRunning) {
  v1::AnalyzeQueryRequest request;
  request.set_query("MATCH (c:Company)-[:supplies]->(p) WHERE c.name = $who RETURN c, p LIMIT 3");
  request.set_include_plan(true);
  request.set_include_tokens(true);
  request.set_include_formatted_text(true);
  auto analysis = mia_->AnalyzeQuery(request, {});
  ASSERT_TRUE(analysis.ok()) << analysis.error().message;
  EXPECT_TRUE(analysis->valid());
  EXPECT_THAT(analysis->columns(), SizeIs(2));
  EXPECT_EQ(analysis->columns(0).type(), v1::COLUMN_TYPE_NODE);
  EXPECT_THAT(analysis->parameter_names(), ElementsAre("who"));
  ASSERT_THAT(analysis->statements(), SizeIs(1));
  EXPECT_EQ(analysis->statements(0).kind(), v1::STATEMENT_KIND_QUERY);
  EXPECT_GT(analysis->plan_size(), 2);
  EXPECT_EQ(analysis->tokens(0).token_class(), v1::TOKEN_CLASS_KEYWORD);
  EXPECT_THAT(analysis->formatted_text(), HasSubstr("MATCH"));

  request.set_query("MATCH (c:Compny) RETURN c");
  analysis = mia_->AnalyzeQuery(request, {});
  ASSERT_TRUE(analysis.ok());
  EXPECT_FALSE(analysis->valid());
  ASSERT_THAT(analysis->diagnostics(), SizeIs(1));
  EXPECT_EQ(analysis->diagnostics(0).code(), "SL2011");
  EXPECT_EQ(analysis->diagnostics(0).edits(0).replacement(), "Company");
  EXPECT_EQ(analysis->diagnostics(0).span().start_byte(), 9);

  // Names that are hidden are no help.
  request.set_query("MATCH (\"Hiden Works\") RETURN 1");
  EXPECT_THAT(mia_->AnalyzeQuery(request, {})->DebugString(), Not(HasSubstr("Hidden")));
  EXPECT_THAT(admin_->AnalyzeQuery(request, {})->DebugString(), HasSubstr("Hidden"));

  // A writer's script is looked at and not run; a reader's is refused.
  request.set_query("ASSERT (#org/c1)-[:supplies]->(#prod/new) ACCORDING TO #org/voice");
  EXPECT_TRUE(admin_->AnalyzeQuery(request, {})->valid());
  EXPECT_TRUE(admin_->AnalyzeQuery(request, {})->statements(0).writes());
  EXPECT_FALSE(mia_->AnalyzeQuery(request, {})->valid());
  request.set_query("MATCH (#prod/new) RETURN 1");
  EXPECT_THAT(admin_->AnalyzeQuery(request, {})->diagnostics(), SizeIs(1)) << "N1004: no such id";
}

// --- Look-ups

v1::FetchRowsRequest LookUp(const std::string& text) {
  v1::FetchRowsRequest request;
  request.set_query(text);
  return request;
}

v1::FetchRowsRequest LookUpOf(const std::string& node) {
  v1::FetchRowsRequest request = LookUp("WITH $c AS c MATCH (c:Company) RETURN c, c.name AS n");
  (*request.mutable_parameters())["c"].set_node_id(node);
  return request;
}

TEST_F(QueriesTest, ALookUpIsOneAnswer) {
  for (int i = 0; i < 200; ++i) {
    const std::string number = std::to_string(i);
    const auto fetched = mia_->FetchRows(LookUpOf("org/c" + number), {});
    ASSERT_TRUE(fetched.ok()) << fetched.error().message;
    ASSERT_THAT(fetched->columns, SizeIs(2));
    EXPECT_EQ(fetched->columns[0].name(), "c");
    ASSERT_EQ(fetched->columns[1].type(), v1::COLUMN_TYPE_VALUE);
    ASSERT_EQ(fetched->rows.row_count(), 1u);
    const auto node = std::get<client::NodeId>(fetched->rows.cell(0, 0));
    EXPECT_EQ(fetched->cards.Find(node)->external_id(), "org/c" + number);
    EXPECT_THAT(std::get<const v1::Value*>(fetched->rows.cell(1, 0))->ShortDebugString(),
                HasSubstr("\"Company " + number + "\""));
    EXPECT_EQ(fetched->truncation, v1::TRUNCATION_UNSPECIFIED);
    EXPECT_FALSE(fetched->read_at.token().empty());
  }
  const auto none = mia_->FetchRows(LookUp("MATCH (c {name: 'nobody'}) RETURN c"), {});
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->rows.row_count(), 0u);
  EXPECT_THAT(none->columns, SizeIs(1));
  EXPECT_TRUE(WaitUntilNoneRuns(admin_.get()));
}

TEST_F(QueriesTest, ALookUpSeesEachCommitAtOnce) {
  const auto ask = LookUp("MATCH (:Company)-[:supplies]->(p) RETURN p");
  for (size_t i = 0; i < 20; ++i) {
    for (int j = 0; j < 3; ++j) {
      const auto fetched = mia_->FetchRows(ask, {});
      ASSERT_TRUE(fetched.ok());
      ASSERT_EQ(fetched->rows.row_count(), 1 + i);
    }
    v1::ExecuteQueryRequest write;
    write.set_query("ASSERT (#org/c1)-[:supplies]->(#prod/p" + std::to_string(i) +
                    ") ACCORDING TO #org/voice");
    ASSERT_TRUE(admin_->Execute(write, {}).ok());
  }
}

TEST_F(QueriesTest, ALookUpIsForHimWhoMayAskAtThatMoment) {
  // What is hidden from mia is hidden however often somebody else has asked.
  const auto hidden = LookUp("MATCH (c:Company {name: 'Hidden Works'}) RETURN c");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(admin_->FetchRows(hidden, {})->rows.row_count(), 1u);
    EXPECT_EQ(mia_->FetchRows(hidden, {})->rows.row_count(), 0u);
  }
  const auto named = admin_->FetchRows(LookUpOf("org/hidden"), {});
  ASSERT_TRUE(named.ok());
  const auto told = [this](const std::string& node) {
    std::string text = mia_->FetchRows(LookUpOf(node), {}).error().message;
    const size_t at = text.find(node);
    return at == std::string::npos ? text : text.replace(at, node.size(), "it");
  };
  EXPECT_EQ(told("org/hidden"), told("org/absent")) << "named by a parameter";
  // Nor does anything stay behind of what was taken from him.
  const auto green = LookUp("MATCH (c:Company {name: 'Green Works'}) RETURN c");
  v1::ExecuteQueryRequest write;
  write.set_query(
      "ASSERT (#org/green :Company {name: \"Green Works\"}) ACCORDING TO #org/voice "
      "{marking: 'TLP:GREEN'}");
  ASSERT_TRUE(admin_->Execute(write, {}).ok());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(mia_->FetchRows(green, {})->rows.row_count(), 1u);
  v1::UpdateUserRequest lower;
  lower.mutable_user()->set_name("mia");
  lower.mutable_user()->set_role(v1::ROLE_READER);
  lower.mutable_user()->mutable_clearance()->set_tlp_max(v1::TLP_LABEL_CLEAR);
  ASSERT_TRUE(admin_->UpdateUser(lower, {}).ok());
  EXPECT_EQ(mia_->FetchRows(green, {})->rows.row_count(), 0u);
  lower.mutable_user()->set_disabled(true);
  ASSERT_TRUE(admin_->UpdateUser(lower, {}).ok());
  EXPECT_EQ(mia_->FetchRows(green, {}).error().code, grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Connect("")->FetchRows(green, {}).error().code, grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(QueriesTest, WhatIsNoLookUpIsRefusedAndSaysWhy) {
  const auto large = LookUp("UNWIND range(1, 2049) AS n RETURN n");
  for (int i = 0; i < 3; ++i) {
    const auto fetched = mia_->FetchRows(large, {});
    ASSERT_FALSE(fetched.ok());
    EXPECT_EQ(fetched.error().code, grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(fetched.error().reason, "SL8022");
    EXPECT_THAT(fetched.error().message, HasSubstr("ExecuteQuery"));
  }
  auto some = LookUp("UNWIND range(1, 2048) AS n RETURN n");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(mia_->FetchRows(some, {})->rows.row_count(), 2'048u);
  some.mutable_limits()->set_batch_rows(100);
  EXPECT_EQ(mia_->FetchRows(some, {}).error().reason, "SL8022");
  some.mutable_limits()->set_max_rows(50);
  const auto cut = mia_->FetchRows(some, {});
  ASSERT_TRUE(cut.ok());
  EXPECT_EQ(cut->rows.row_count(), 50u);
  EXPECT_EQ(cut->truncation, v1::TRUNCATION_MAX_ROWS);
  // Many bytes in few rows.
  const auto wide = LookUp("UNWIND range(1, 200) AS n RETURN '" + std::string(4'000, 'x') +
                           "' + toString(n) AS t");
  EXPECT_EQ(mia_->FetchRows(wide, {}).error().reason, "SL8022");

  const auto write = LookUp("ASSERT (#org/c1)-[:supplies]->(#prod/new) ACCORDING TO #org/voice");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(admin_->FetchRows(write, {}).error().reason, "SL7001");
  EXPECT_EQ(mia_->FetchRows(LookUp("MATCH (c:Compny) RETURN c"), {}).error().reason, "SL2011");
  EXPECT_EQ(mia_->FetchRows(LookUp("\xFF"), {}).error().reason, client::kReasonNotUtf8);
}

TEST_F(QueriesTest, ALookUpThatTakesLongIsAQueryLikeAnyOther) {
  Ended ended;
  std::thread runner([&] {
    v1::FetchRowsRequest request = LookUp(kProduct);
    request.set_query_tag("no look-up");
    request.mutable_limits()->set_max_steps(INT64_MAX);
    const auto fetched = mia_->FetchRows(request, {});
    ended.code = fetched.ok() ? grpc::StatusCode::OK : fetched.error().code;
  });
  const auto running = WaitFor(mia_.get(), v1::QUERY_STATE_RUNNING, "no look-up");
  // Others are answered meanwhile.
  EXPECT_TRUE(bob_->FetchRows(LookUpOf("org/c1"), {.timeout = milliseconds(20'000)}).ok());
  EXPECT_TRUE(running && mia_->CancelQuery(running->query_id(), {}).ok());
  runner.join();
  EXPECT_EQ(ended.code, grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(WaitUntilNoneRuns(admin_.get()));
}

TEST_F(QueriesTest, EachLookUpIsInTheAuditLog) {
  constexpr int kCalls = 30;
  for (int i = 0; i < kCalls; ++i) ASSERT_TRUE(bob_->FetchRows(LookUpOf("org/c7"), {}).ok());
  ASSERT_TRUE(WaitUntilNoneRuns(admin_.get()));
  int begins = 0, ends = 0;
  v1::TailAuditLogRequest request;
  request.set_user("bob");
  const auto error = admin_->TailAuditLog(
      request,
      [&](const v1::TailAuditLogResponse& part) {
        for (const v1::AuditLogRecord& record : part.records()) {
          if (record.json().find("QueryService/FetchRows") == std::string::npos) continue;
          EXPECT_THAT(record.json(), Not(HasSubstr("org/c7")));
          if (record.json().find("\"event\":\"begin\"") != std::string::npos) {
            EXPECT_THAT(record.json(), HasSubstr("\"fingerprint\":\""));
            ++begins;
          } else {
            EXPECT_THAT(record.json(), HasSubstr("\"outcome\":\"OK\""));
            EXPECT_THAT(record.json(), HasSubstr("\"rows\":1,"));
            ++ends;
          }
        }
        return true;
      },
      {});
  EXPECT_FALSE(error.has_value());
  EXPECT_EQ(begins, kCalls);
  EXPECT_EQ(ends, kCalls);
}

TEST_F(QueriesTest, NobodyIsHelpedWithoutAToken) {
  const auto stranger = Connect("");
  v1::CompleteQueryRequest completion;
  EXPECT_EQ(stranger->CompleteQuery(completion, {}).error().code,
            grpc::StatusCode::UNAUTHENTICATED);
  v1::AnalyzeQueryRequest analysis;
  EXPECT_EQ(stranger->AnalyzeQuery(analysis, {}).error().code, grpc::StatusCode::UNAUTHENTICATED);
  v1::ListRunningQueriesRequest list;
  EXPECT_EQ(stranger->ListRunningQueries(list, {}).error().code, grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(stranger->CancelQuery("0123456789abcdef", {}).error().code,
            grpc::StatusCode::UNAUTHENTICATED);
}

}  // namespace
}  // namespace sightline::test
