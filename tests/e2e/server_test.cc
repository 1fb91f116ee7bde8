// The real server process over real sockets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/server_client.h"
#include "tests/e2e/sightlined_process.h"
#include "tests/support/temp_directory.h"

namespace sightline::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr const char* kGraph = R"(
DEFINE CLASS Company;
DEFINE CLASS Product;
DEFINE PREDICATE supplies FROM Company TO Product;
DEFINE PREDICATE usableOn FROM Product TO Product;
DEFINE PREDICATE employees FROM Company TO INTEGER;
ASSERT (#org/hikvision :Company {name: "Hikvision", employees: 100})-[:supplies]->(#prod/optics :Product {name: "optics"})
  ACCORDING TO #org/voice {mode: "record"};
ASSERT (#org/wgst :Company {name: "Wuhan Global Sensor Technology"})-[:supplies]->(#prod/optics)
  ACCORDING TO #org/voice {mode: "record"};
ASSERT (#prod/optics)-[:usableOn]->(#prod/armored-vehicles :Product {name: "armored vehicles"})
  ACCORDING TO #org/voice {mode: "record"};
)";

// So many companies, each with a name of so many bytes.
std::string ManyCompanies(int count, size_t name_bytes) {
  std::string script = "DEFINE CLASS Company;\n";
  for (int i = 0; i < count; ++i) {
    script += "ASSERT (#org/c" + std::to_string(i) + " :Company {name: \"" +
              std::string(name_bytes, 'n') + std::to_string(i) + "\"}) ACCORDING TO #org/voice;\n";
  }
  return script;
}

v1::Mutation Supplies(const std::string& company, const std::string& product) {
  v1::Mutation mutation;
  v1::StatementDraft* draft = mutation.mutable_add();
  draft->set_claimant("org/voice");
  draft->set_mode(v1::MODE_REPORTED);
  v1::FactDraft* fact = draft->add_facts();
  fact->set_subject(company);
  fact->set_predicate("supplies");
  fact->mutable_object()->set_node_id(product);
  return mutation;
}

constexpr const char* kCountSupplies = "MATCH (s)-[:supplies]->(o) RETURN count(*) AS n";

class ServerTest : public ::testing::Test {
 protected:
  void StartServer(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {"--listen", "127.0.0.1:0", "--without-users"});
    int exit_code = 0;
    std::string errors;
    server_ = SightlinedProcess::Start(SIGHTLINED, directory_.Child("store"), arguments, &exit_code,
                                       &errors);
    ASSERT_NE(server_, nullptr) << exit_code << " " << errors;
    client_ = std::make_unique<ServerClient>(server_->address());
  }
  void StopServer() {
    client_.reset();
    server_->Signal(SIGTERM);
    ASSERT_EQ(server_->Wait(seconds(15)), 0);
    server_.reset();
  }
  void Load(const std::string& script) {
    v1::BulkLoadResult response;
    const grpc::Status status = client_->Load(script, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  // Starts a server that must not come up.
  int ExitCodeOf(const std::string& directory, const std::vector<std::string>& arguments,
                 std::string* errors) {
    int exit_code = 0;
    const auto server =
        SightlinedProcess::Start(SIGHTLINED, directory, arguments, &exit_code, errors);
    EXPECT_EQ(server, nullptr);
    return exit_code;
  }

  TempDirectory directory_;
  std::unique_ptr<SightlinedProcess> server_;
  std::unique_ptr<ServerClient> client_;
};

// --- Queries ------------------------------------------------------------------------------------

TEST_F(ServerTest, AnswersTheHeadlineQuestion) {
  StartServer();
  Load(kGraph);
  const QueryResult result =
      client_->Query("MATCH (s)-[:supplies]->(\"optics\")-[*..3]->(\"armored vehicles\") RETURN s");
  ASSERT_TRUE(result.status.ok()) << result.status.error_message();
  EXPECT_EQ(result.header_count, 1);
  EXPECT_EQ(result.trailer_count, 1);
  ASSERT_THAT(result.header.columns(), SizeIs(1));
  EXPECT_EQ(result.header.columns(0).name(), "s");
  EXPECT_THAT(result.Cells(0), UnorderedElementsAre("org/hikvision", "org/wgst"));
  EXPECT_EQ(result.trailer.row_count(), 2);
  EXPECT_EQ(result.trailer.truncation(), v1::TRUNCATION_UNSPECIFIED);
  EXPECT_GT(result.trailer.stats().facts_touched(), 0);
  for (const auto& [id, card] : result.cards) {
    EXPECT_EQ(card.class_name(), "Company");
    EXPECT_THAT(card.caption(), ::testing::AnyOf("Hikvision", "Wuhan Global Sensor Technology"));
  }
}

TEST_F(ServerTest, TellsWhatItIs) {
  StartServer({"--query-rows", "77"});
  v1::GetServerInfoResponse info;
  ASSERT_TRUE(client_->Info(&info).ok());
  EXPECT_EQ(info.api_version(), "v1");
  EXPECT_THAT(info.version(), HasSubstr("."));
  EXPECT_EQ(info.limits().at("rows_max"), 77);
  EXPECT_EQ(info.limits().at("query_bytes_max"), 1 << 20);
  EXPECT_FALSE(info.read_only());
  EXPECT_NEAR(static_cast<double>(info.start_time().seconds()),
              static_cast<double>(std::time(nullptr)), 60);
  EXPECT_EQ(client_->Health(), 1);
}

TEST_F(ServerTest, ResolvesParameters) {
  StartServer();
  Load(kGraph);
  v1::ExecuteQueryRequest request;
  request.set_query("MATCH (s)-[:supplies]->(o) WHERE s = $who RETURN o, $n + 1 AS n, $text AS t");
  (*request.mutable_parameters())["who"].set_node_id("org/hikvision");
  (*request.mutable_parameters())["n"].set_integer(41);
  // Not spliced: it stays text.
  (*request.mutable_parameters())["text"].mutable_text()->set_text("\" RETURN 1 //");
  const QueryResult result = client_->Query(request);
  ASSERT_TRUE(result.status.ok()) << result.status.error_message();
  EXPECT_THAT(result.Cells(0), ElementsAre("prod/optics"));
  EXPECT_THAT(result.Cells(1), ElementsAre("42"));
  EXPECT_THAT(result.Cells(2), ElementsAre("\" RETURN 1 //"));
}

TEST_F(ServerTest, NamesTheParameterThatIsWrong) {
  StartServer();
  Load(kGraph);
  v1::ExecuteQueryRequest request;
  request.set_query("MATCH (s) WHERE s = $who RETURN s");
  (*request.mutable_parameters())["who"].set_node_id("org/nobody");
  QueryResult result = client_->Query(request);
  EXPECT_EQ(result.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(result.status).info.metadata().at("parameter"), "who");
  for (const uint64_t number :
       {uint64_t{1}, uint64_t{1} << 60 | 999'999, uint64_t{2} << 60 | 999'999, UINT64_MAX}) {
    (*request.mutable_parameters())["who"].set_node(number);
    result = client_->Query(request);
    EXPECT_EQ(result.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
  request.clear_parameters();
  result = client_->Query(request);
  EXPECT_EQ(DetailsOf(result.status).info.reason(), "SL2014");
  for (int i = 0; i < 1'001; ++i) {
    (*request.mutable_parameters())["p" + std::to_string(i)].set_integer(i);
  }
  EXPECT_EQ(client_->Query(request).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

// Every way in which a request can be wrong beside its query text, and the code that says which.
TEST_F(ServerTest, EveryWrongRequestHasAStableCode) {
  StartServer();
  Load(kGraph);
  const auto query_code = [this](const std::function<void(v1::ExecuteQueryRequest*)>& spoil) {
    v1::ExecuteQueryRequest request;
    request.set_query("RETURN 1 AS one");
    spoil(&request);
    const grpc::Status status = client_->Query(request).status;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    return DetailsOf(status).info.reason();
  };
  EXPECT_EQ(query_code([](auto* r) { r->mutable_limits()->set_max_rows(-1); }), "SL8001");
  EXPECT_EQ(query_code([](auto* r) { r->mutable_limits()->mutable_max_time()->set_nanos(-1); }),
            "SL8001");
  EXPECT_EQ(query_code([](auto* r) {
              for (int i = 0; i < 1'001; ++i) {
                (*r->mutable_parameters())["p" + std::to_string(i)].set_integer(i);
              }
            }),
            "SL8002");
  EXPECT_EQ(
      query_code([](auto* r) { (*r->mutable_parameters())["p"].mutable_date()->set_year(0); }),
      "SL8003");
  EXPECT_EQ(query_code([](auto* r) { (*r->mutable_parameters())["p"].mutable_path(); }), "SL8003");
  EXPECT_EQ(query_code([](auto* r) { (*r->mutable_parameters())["p"].set_node_id("org/nobody"); }),
            "SL8004");
  EXPECT_EQ(query_code([](auto* r) {
              (*r->mutable_parameters())["p"].set_node(uint64_t{1} << 60 | 999'999);
            }),
            "SL8004");
  EXPECT_EQ(query_code([](auto* r) { r->mutable_consistency()->mutable_exact(); }), "SL8005");
  EXPECT_EQ(query_code([](auto* r) { r->mutable_consistency()->mutable_at_least_as_fresh(); }),
            "SL8005");
  const QueryResult now = client_->Query("RETURN 1 AS one");
  EXPECT_EQ(query_code([&now](auto* r) {
              r->set_query("DEFINE CLASS Ship");
              *r->mutable_consistency()->mutable_exact() = now.header.read_at();
            }),
            "SL8006");

  const auto write_code = [this](const std::function<void(v1::WriteStatementsRequest*)>& spoil) {
    v1::WriteStatementsRequest request;
    *request.add_mutations() = Supplies("org/dmtg", "prod/optics");
    spoil(&request);
    v1::WriteStatementsResponse response;
    const grpc::Status status = client_->Write(request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    return DetailsOf(status).info.reason();
  };
  const auto draft_code = [&](const std::function<void(v1::StatementDraft*)>& spoil) {
    return write_code([&spoil](auto* r) { spoil(r->mutable_mutations(0)->mutable_add()); });
  };
  EXPECT_EQ(write_code([](auto* r) { r->set_request_id("17"); }), "SL8007");
  EXPECT_EQ(write_code([](auto* r) { r->clear_mutations(); }), "SL8008");
  EXPECT_EQ(write_code([](auto* r) { r->add_mutations(); }), "SL8009");
  EXPECT_EQ(write_code([](auto* r) {
              r->mutable_mutations(0)->mutable_retract()->set_reason("wrong number");
            }),
            "SL8009");
  EXPECT_EQ(draft_code([](auto* d) { d->clear_claimant(); }), "SL8009");
  EXPECT_EQ(draft_code([](auto* d) { d->mutable_facts(0)->clear_object(); }), "SL8009");
  // The store's own refusals, too.
  EXPECT_EQ(draft_code([](auto* d) { d->mutable_facts(0)->set_subject("org/\n"); }), "SL8009");
  EXPECT_EQ(draft_code([](auto* d) { d->mutable_facts(0)->set_predicate("suplies"); }), "SL8004");
  EXPECT_EQ(draft_code([](auto* d) { d->mutable_facts(0)->set_subject("s/12345"); }), "SL8004");
  EXPECT_EQ(draft_code([](auto* d) { d->add_derived_from(999); }), "SL8004");

  const auto load_code = [this](const std::vector<v1::BulkLoadRequest>& messages) {
    std::vector<v1::BulkLoadResponse> responses;
    const grpc::Status status = client_->BulkLoad(messages, &responses);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    return DetailsOf(status).info.reason();
  };
  const auto open = LoadOpen(NewLoadId(), "a.slql"), chunk = LoadChunk(0, "SHOW CLASSES");
  for (const std::vector<v1::BulkLoadRequest>& messages : {std::vector<v1::BulkLoadRequest>{},
                                                           {chunk},
                                                           {LoadFinish("")},
                                                           {open},
                                                           {open, open},
                                                           {open, chunk, LoadFinish("S")},
                                                           {open, v1::BulkLoadRequest()}}) {
    EXPECT_EQ(load_code(messages), "SL8010") << messages.size();
  }
  EXPECT_EQ(load_code({LoadOpen("17", "a.slql")}), "SL8007");
  EXPECT_EQ(load_code({LoadOpen(NewLoadId(), "a.csv")}), "SL8012");
  auto spoilt = chunk;
  spoilt.mutable_chunk()->set_crc32c(1);
  EXPECT_EQ(load_code({open, spoilt}), "SL8030");
}

TEST_F(ServerTest, ErrorsCarryCodePlaceAndRepair) {
  StartServer();
  Load(kGraph);
  const QueryResult result = client_->Query("MATCH (s:Compny) RETURN s");
  EXPECT_EQ(result.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(result.header_count, 0);
  const ErrorDetails details = DetailsOf(result.status);
  EXPECT_EQ(details.info.domain(), "sightline");
  EXPECT_EQ(details.info.reason(), "SL2011");
  ASSERT_THAT(details.diagnostics.diagnostics(), SizeIs(1));
  const v1::Diagnostic& diagnostic = details.diagnostics.diagnostics(0);
  EXPECT_EQ(diagnostic.code(), "SL2011");
  EXPECT_EQ(diagnostic.severity(), v1::SEVERITY_ERROR);
  EXPECT_EQ(diagnostic.span().start_byte(), 9u);
  EXPECT_EQ(diagnostic.span().end_byte(), 15u);
  EXPECT_EQ(diagnostic.span().line(), 1u);
  EXPECT_EQ(diagnostic.span().column(), 10u);
}

TEST_F(ServerTest, RefusesHostileTexts) {
  StartServer();
  const auto code_of = [this](const std::string& text) {
    const QueryResult result = client_->Query(text);
    EXPECT_EQ(result.trailer_count, 0);
    return result.status.error_code();
  };
  const size_t before = server_->ResidentBytes();
  EXPECT_EQ(code_of(std::string((1 << 20) + 1, ' ')), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(code_of(std::string(5 << 20, ' ')), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(code_of("RETURN " + std::string(1'000'000, '(')), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(code_of("RETURN " + std::string(1'000'000, '[')), grpc::StatusCode::INVALID_ARGUMENT);
  std::string chain = "RETURN 1";
  for (int i = 0; i < 200'000; ++i) chain += "+1";
  EXPECT_EQ(code_of(chain), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(code_of(std::string("RETURN \0 1", 10)), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(client_->Health(), 1);
  EXPECT_LT(server_->ResidentBytes(), before + (size_t{256} << 20));
}

TEST_F(ServerTest, ReadsYourWrites) {
  StartServer();
  Load(kGraph);
  const QueryResult written =
      client_->Query("ASSERT (#org/x :Company {name: \"X\"}) ACCORDING TO #org/voice");
  ASSERT_TRUE(written.status.ok()) << written.status.error_message();
  ASSERT_TRUE(written.trailer.has_committed_at());
  EXPECT_EQ(written.trailer.stats().statements_added(), 1);
  v1::ExecuteQueryRequest request;
  request.set_query("MATCH (c:Company) RETURN count(*) AS n");
  *request.mutable_consistency()->mutable_at_least_as_fresh() = written.trailer.committed_at();
  QueryResult result = client_->Query(request);
  ASSERT_TRUE(result.status.ok()) << result.status.error_message();
  EXPECT_THAT(result.Cells(0), ElementsAre("3"));

  // The state of before can still be had.
  v1::WriteStatementsRequest write;
  v1::StatementDraft* draft = write.add_mutations()->mutable_add();
  draft->set_claimant("org/voice");
  v1::FactDraft* fact = draft->add_facts();
  fact->set_subject("org/y");
  fact->set_predicate("instanceOf");
  fact->mutable_object()->set_node_id("Company");
  v1::WriteStatementsResponse response;
  const grpc::Status status = client_->Write(write, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  *request.mutable_consistency()->mutable_exact() = written.trailer.committed_at();
  EXPECT_THAT(client_->Query(request).Cells(0), ElementsAre("3"));
  *request.mutable_consistency()->mutable_exact() = response.revision();
  EXPECT_THAT(client_->Query(request).Cells(0), ElementsAre("4"));
}

TEST_F(ServerTest, RefusesRevisionsItHasNot) {
  StartServer();
  v1::ExecuteQueryRequest request;
  request.set_query("RETURN 1 AS one");
  request.mutable_consistency()->mutable_exact()->set_token("nonsense");
  EXPECT_EQ(client_->Query(request).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const std::string future = std::string("\x01", 1) + std::string("\0\0\0\0\0\1\0\0", 8);
  request.mutable_consistency()->mutable_exact()->set_token(future);
  EXPECT_EQ(client_->Query(request).status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  request.mutable_consistency()->mutable_at_least_as_fresh()->set_token(future);
  EXPECT_EQ(client_->Query(request).status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, LimitsMayBeLoweredAndTruncationIsSaid) {
  StartServer();
  Load(ManyCompanies(50, 5));
  v1::ExecuteQueryRequest request;
  request.set_query("MATCH (c:Company) RETURN c");
  request.mutable_limits()->set_max_rows(7);
  request.mutable_limits()->set_batch_rows(3);
  const QueryResult result = client_->Query(request);
  ASSERT_TRUE(result.status.ok()) << result.status.error_message();
  EXPECT_EQ(result.header.effective_limits().max_rows(), 7);
  EXPECT_EQ(result.header.effective_limits().batch_rows(), 3);
  EXPECT_EQ(result.RowCount(), 7);
  EXPECT_EQ(result.trailer.truncation(), v1::TRUNCATION_MAX_ROWS);
  for (const v1::ColumnBatch& batch : result.batches) EXPECT_LE(batch.row_count(), 3);
}

// --- Time, cancellation, slow readers -----------------------------------------------------------

// Has no end within anyone's patience.
constexpr const char* kEndless =
    "MATCH (a:Company), (b:Company), (c:Company), (d:Company) RETURN count(*) AS n";

TEST_F(ServerTest, StopsAtTheDeadline) {
  StartServer();
  Load(ManyCompanies(300, 5));
  v1::ExecuteQueryRequest request;
  request.set_query(kEndless);
  grpc::ClientContext context;
  const auto start = std::chrono::steady_clock::now();
  context.set_deadline(std::chrono::system_clock::now() + milliseconds(300));
  const auto reader = client_->queries().ExecuteQuery(&context, request);
  v1::ExecuteQueryResponse response;
  while (reader->Read(&response)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(5));
  // Its thread is free again: as many queries as threads, one after the other, all answer.
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(client_->Query("RETURN 1 AS one").status.ok());

  // The server's own limit.
  request.mutable_limits()->mutable_max_time()->set_nanos(200'000'000);
  const QueryResult result = client_->Query(request);
  EXPECT_EQ(result.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED)
      << result.status.error_message();
}

TEST_F(ServerTest, StopsWhenTheClientCancels) {
  StartServer({"--running", "1"});
  Load(ManyCompanies(300, 5));
  v1::ExecuteQueryRequest request;
  request.set_query(kEndless);
  grpc::ClientContext context;
  const auto reader = client_->queries().ExecuteQuery(&context, request);
  std::this_thread::sleep_for(milliseconds(200));
  const auto start = std::chrono::steady_clock::now();
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  // With one thread this waits until the cancelled one has let go of it.
  EXPECT_TRUE(client_->Query("RETURN 1 AS one").status.ok());
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(2));
}

TEST_F(ServerTest, CancelsInTheMiddleOfAStream) {
  StartServer();
  Load(ManyCompanies(300, 100));
  v1::ExecuteQueryRequest request;
  request.set_query("MATCH (a:Company), (b:Company) RETURN a.name AS x, b.name AS y");
  for (int i = 0; i < 10; ++i) {
    grpc::ClientContext context;
    const auto reader = client_->queries().ExecuteQuery(&context, request);
    v1::ExecuteQueryResponse response;
    for (int read = 0; read <= i; ++read) ASSERT_TRUE(reader->Read(&response));
    context.TryCancel();
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_TRUE(client_->Query("RETURN 1 AS one").status.ok());
}

TEST_F(ServerTest, ASlowReaderCostsLittleAndGetsEverything) {
  StartServer({"--running", "1"});
  Load(ManyCompanies(120, 1'000));
  v1::ExecuteQueryRequest request;
  // 14,400 rows, about 29 MB.
  request.set_query("MATCH (a:Company), (b:Company) RETURN a.name AS x, b.name AS y");
  const size_t before = server_->ResidentBytes();
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::ExecuteQueryResponse>>> readers;
  for (int i = 0; i < 8; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    readers.push_back(client_->queries().ExecuteQuery(contexts.back().get(), request));
  }
  std::this_thread::sleep_for(seconds(2));
  // Eight results of 29 MB each, of which nobody reads; one thread; another query still runs.
  EXPECT_TRUE(client_->Query("RETURN 1 AS one").status.ok());
  EXPECT_LT(server_->ResidentBytes(), before + (size_t{96} << 20));
  int64_t rows = 0;
  bool trailer = false;
  v1::ExecuteQueryResponse response;
  while (readers[0]->Read(&response)) {
    EXPECT_LE(response.ByteSizeLong(), size_t{1} << 20);
    rows += response.batch().row_count();
    trailer = response.has_trailer();
  }
  const grpc::Status finished = readers[0]->Finish();
  EXPECT_TRUE(finished.ok()) << finished.error_message();
  EXPECT_TRUE(trailer);
  EXPECT_EQ(rows, 14'400);
  for (auto& context : contexts) context->TryCancel();
  for (size_t i = 1; i < readers.size(); ++i) readers[i]->Finish();
}

TEST_F(ServerTest, CutsAReaderThatStalls) {
  StartServer({"--stall-ms", "300"});
  Load(ManyCompanies(120, 1'000));
  v1::ExecuteQueryRequest request;
  request.set_query("MATCH (a:Company), (b:Company) RETURN a.name AS x, b.name AS y");
  grpc::ClientContext context;
  const auto reader = client_->queries().ExecuteQuery(&context, request);
  std::this_thread::sleep_for(seconds(3));
  const auto start = std::chrono::steady_clock::now();
  v1::ExecuteQueryResponse response;
  bool trailer = false;
  while (reader->Read(&response)) trailer = response.has_trailer();
  EXPECT_FALSE(trailer);
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(5));
}

TEST_F(ServerTest, TurnsAwayWhatItCannotQueueAndSaysWhenToComeBack) {
  StartServer({"--running", "1", "--queued", "1"});
  Load(ManyCompanies(300, 5));
  v1::ExecuteQueryRequest request;
  request.set_query(kEndless);
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::ExecuteQueryResponse>>> readers;
  for (int i = 0; i < 4; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    readers.push_back(client_->queries().ExecuteQuery(contexts.back().get(), request));
    std::this_thread::sleep_for(milliseconds(100));
  }
  const QueryResult refused = client_->Query("RETURN 1 AS one");
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(DetailsOf(refused.status).info.reason(), "SERVER_BUSY");
  EXPECT_TRUE(DetailsOf(refused.status).has_retry);
  EXPECT_EQ(client_->Health(), 1);
  for (auto& context : contexts) context->TryCancel();
  for (auto& reader : readers) reader->Finish();
}

TEST_F(ServerTest, AWaitingWriterGivesUpWhenItsTimeIsUpOrItsClientLeaves) {
  StartServer({"--queued", "1", "--write-seconds", "0.4"});
  Load(std::string(kGraph) + ManyCompanies(300, 5));
  // Holds the writers' lane, and the store's gate within it.
  v1::ExecuteQueryRequest endless;
  endless.set_query(std::string("DEFINE CLASS Ship; ") + kEndless);
  endless.mutable_limits()->mutable_max_time()->set_seconds(60);
  grpc::ClientContext holder_context;
  const auto holder = client_->queries().ExecuteQuery(&holder_context, endless);
  std::this_thread::sleep_for(milliseconds(300));

  v1::WriteStatementsRequest write;
  *write.add_mutations() = Supplies("org/dmtg", "prod/optics");
  v1::WriteStatementsResponse response;
  const auto start = std::chrono::steady_clock::now();
  grpc::Status status = client_->Write(write, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED) << status.error_message();
  EXPECT_EQ(DetailsOf(status).info.reason(), "SL5002");
  EXPECT_THAT(status.error_message(), HasSubstr("before the turn came"));

  v1::ExecuteQueryRequest script;
  script.set_query("ASSERT (#org/x :Company {name: \"X\"}) ACCORDING TO #org/voice");
  script.mutable_limits()->mutable_max_time()->set_nanos(200'000'000);
  const QueryResult late = client_->Query(script);
  EXPECT_EQ(late.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(DetailsOf(late.status).info.reason(), "SL5002");

  // One that waits fills the queue; once its client has left there is room again.
  script.mutable_limits()->mutable_max_time()->set_seconds(60);
  grpc::ClientContext waiter_context;
  const auto waiter = client_->queries().ExecuteQuery(&waiter_context, script);
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_EQ(client_->Write(write, &response).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  waiter_context.TryCancel();
  EXPECT_EQ(waiter->Finish().error_code(), grpc::StatusCode::CANCELLED);
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_EQ(client_->Write(write, &response).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(20));

  holder_context.TryCancel();
  holder->Finish();
  status = client_->Write(write, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  // Nothing of those that gave up was written.
  EXPECT_THAT(client_->Query(kCountSupplies).Cells(0), ElementsAre("3"));
  EXPECT_THAT(client_->Query("MATCH (c:Company {name: \"X\"}) RETURN count(*) AS n").Cells(0),
              ElementsAre("0"));
}

// --- Memory of all queries ----------------------------------------------------------------------

TEST_F(ServerTest, AllQueriesTogetherHaveAMemoryCap) {
  StartServer({"--total-memory-mib", "80"});
  v1::GetServerInfoResponse info;
  ASSERT_TRUE(client_->Info(&info).ok());
  EXPECT_EQ(info.limits().at("total_memory_bytes_max"), 80 << 20);
  EXPECT_EQ(info.limits().at("memory_bytes_max"), 80 << 20);

  // Keeps some 50 MiB until its reader has taken the rows. One list cannot be put on the disk.
  v1::ExecuteQueryRequest request;
  request.set_query(
      "UNWIND range(1, 40000) AS i WITH collect($t + toString(i)) AS all UNWIND all AS t RETURN t");
  (*request.mutable_parameters())["t"].mutable_text()->set_text(std::string(1'000, 't'));
  grpc::ClientContext context;
  const auto reader = client_->queries().ExecuteQuery(&context, request);
  v1::ExecuteQueryResponse response;
  ASSERT_TRUE(reader->Read(&response));
  ASSERT_TRUE(reader->Read(&response));

  QueryResult refused = client_->Query(request);
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(DetailsOf(refused.status).info.reason(), "SL5005");
  EXPECT_THAT(refused.status.error_message(), HasSubstr("the server's cap of 83886080 bytes"));
  EXPECT_TRUE(client_->Query("RETURN 1 AS one").status.ok());

  // One's own limit is said as such.
  request.mutable_limits()->set_max_memory_bytes(1 << 20);
  refused = client_->Query(request);
  EXPECT_EQ(DetailsOf(refused.status).info.reason(), "SL5005");
  EXPECT_THAT(refused.status.error_message(), HasSubstr("its limit of 1048576 bytes"));
  request.mutable_limits()->clear_max_memory_bytes();

  // What the first held is free when it ends.
  context.TryCancel();
  reader->Finish();
  const auto deadline = std::chrono::steady_clock::now() + seconds(10);
  QueryResult again = client_->Query(request);
  while (!again.status.ok() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(20));
    again = client_->Query(request);
  }
  EXPECT_TRUE(again.status.ok()) << again.status.error_message();
  EXPECT_EQ(again.RowCount(), 40'000);
}

// --- Writes -------------------------------------------------------------------------------------

constexpr const char* kRequestId = "123e4567-e89b-12d3-a456-426614174000";

TEST_F(ServerTest, WritesStatementsAtomically) {
  StartServer();
  Load(kGraph);
  v1::WriteStatementsRequest request;
  *request.add_mutations() = Supplies("org/dmtg", "prod/optics");
  *request.add_mutations() = Supplies("org/dmtg", "prod/armored-vehicles");
  v1::WriteStatementsResponse response;
  grpc::Status status = client_->Write(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_THAT(response.results(), SizeIs(2));
  EXPECT_FALSE(response.results(0).duplicate());
  EXPECT_THAT(client_->Query(kCountSupplies).Cells(0), ElementsAre("4"));

  // Once more is the same statement.
  const uint64_t first = response.results(0).statement();
  status = client_->Write(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(response.results(0).duplicate());
  EXPECT_EQ(response.results(0).statement(), first);

  // One bad mutation undoes all.
  *request.add_mutations() = Supplies("org/new", "prod/optics");
  *request.add_mutations() = Supplies("org/new", "prod/optics");
  request.mutable_mutations(3)->mutable_add()->mutable_facts(0)->set_predicate("suplies");
  status = client_->Write(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(status).info.metadata().at("mutation"), "3");
  EXPECT_EQ(DetailsOf(status).info.metadata().at("field"), "mutations[3].add.facts[0].predicate");
  EXPECT_THAT(status.error_message(), HasSubstr("mutations[3].add.facts[0].predicate"));
  EXPECT_THAT(client_->Query(kCountSupplies).Cells(0), ElementsAre("4"));
}

TEST_F(ServerTest, RetractsByEitherNumber) {
  StartServer();
  Load(kGraph);
  v1::WriteStatementsRequest request;
  *request.add_mutations() = Supplies("org/dmtg", "prod/optics");
  *request.add_mutations() = Supplies("org/dmtg", "prod/armored-vehicles");
  v1::WriteStatementsResponse response;
  ASSERT_TRUE(client_->Write(request, &response).ok());
  request.clear_mutations();
  v1::Retraction* plain = request.add_mutations()->mutable_retract();
  plain->set_statement(response.results(0).statement());
  plain->set_reason("mistaken");
  v1::Retraction* node = request.add_mutations()->mutable_retract();
  node->set_statement(uint64_t{2} << 60 | response.results(1).statement());
  node->set_reason("mistaken");
  grpc::Status status = client_->Write(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(client_->Query(kCountSupplies).Cells(0), ElementsAre("2"));

  request.mutable_mutations()->RemoveLast();
  request.mutable_mutations(0)->mutable_retract()->set_statement(999'999);
  status = client_->Write(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  request.mutable_mutations(0)->mutable_retract()->set_statement(1);
  request.mutable_mutations(0)->mutable_retract()->clear_reason();
  EXPECT_EQ(client_->Write(request, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServerTest, ReplaysARequestItHasDone) {
  StartServer();
  Load(kGraph);
  v1::WriteStatementsRequest request;
  request.set_request_id(kRequestId);
  *request.add_mutations() = Supplies("org/dmtg", "prod/optics");
  v1::WriteStatementsResponse first, second;
  grpc::Status status = client_->Write(request, &first);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_FALSE(first.replayed());
  StopServer();
  StartServer();
  status = client_->Write(request, &second);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(second.replayed());
  EXPECT_EQ(second.revision().token(), first.revision().token());
  ASSERT_THAT(second.results(), SizeIs(1));
  EXPECT_EQ(second.results(0).statement(), first.results(0).statement());
  EXPECT_FALSE(second.results(0).duplicate());

  *request.add_mutations() = Supplies("org/dmtg", "prod/armored-vehicles");
  status = client_->Write(request, &second);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(DetailsOf(status).info.reason(), "REQUEST_ID_REUSED");
  EXPECT_THAT(client_->Query(kCountSupplies).Cells(0), ElementsAre("3"));
  request.set_request_id("not-a-uuid");
  EXPECT_EQ(client_->Write(request, &second).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServerTest, ReplaysUnderManyWritersAtOnce) {
  StartServer();
  Load(kGraph);
  v1::WriteStatementsRequest request;
  request.set_request_id(kRequestId);
  *request.add_mutations() = Supplies("org/dmtg", "prod/optics");
  std::atomic<int> done{0}, fresh{0};
  std::vector<std::thread> writers;
  for (int i = 0; i < 16; ++i) {
    writers.emplace_back([&] {
      ServerClient client(server_->address());
      v1::WriteStatementsResponse response;
      if (client.Write(request, &response).ok()) {
        done.fetch_add(1);
        if (!response.replayed()) fresh.fetch_add(1);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(done.load(), 16);
  EXPECT_EQ(fresh.load(), 1);
  EXPECT_THAT(client_->Query(kCountSupplies).Cells(0), ElementsAre("3"));
}

TEST_F(ServerTest, ValidateOnlyChecksAndWritesNothing) {
  StartServer();
  Load(kGraph);
  v1::WriteStatementsRequest request;
  request.set_validate_only(true);
  *request.add_mutations() = Supplies("org/dmtg", "prod/optics");
  v1::WriteStatementsResponse response;
  grpc::Status status = client_->Write(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_THAT(response.results(), SizeIs(1));
  EXPECT_EQ(response.results(0).statement(), 0u);
  EXPECT_THAT(client_->Query(kCountSupplies).Cells(0), ElementsAre("2"));
  request.mutable_mutations(0)->mutable_add()->mutable_marking()->set_tlp(v1::TLP_LABEL_RED);
  status = client_->Write(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(DetailsOf(status).info.reason(), "SL7002");
}

TEST_F(ServerTest, NamesTheFieldOfEachMistake) {
  StartServer();
  Load(kGraph);
  const auto field_of = [this](const std::function<void(v1::StatementDraft*)>& spoil) {
    v1::WriteStatementsRequest request;
    *request.add_mutations() = Supplies("org/dmtg", "prod/optics");
    spoil(request.mutable_mutations(0)->mutable_add());
    v1::WriteStatementsResponse response;
    const grpc::Status status = client_->Write(request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    const auto metadata = DetailsOf(status).info.metadata();
    return metadata.count("field") == 0 ? "" : metadata.at("field").substr(13);
  };
  EXPECT_EQ(field_of([](auto* d) { d->clear_claimant(); }), "add.claimant");
  EXPECT_EQ(field_of([](auto* d) { d->clear_facts(); }), "add.facts");
  EXPECT_EQ(field_of([](auto* d) { d->set_credibility(7); }), "add.credibility");
  EXPECT_EQ(field_of([](auto* d) { d->set_quote(std::string(5'000, 'q')); }), "add.quote");
  EXPECT_EQ(field_of([](auto* d) { d->mutable_marking()->set_access("a&b|c"); }),
            "add.marking.access");
  EXPECT_EQ(field_of([](auto* d) { d->set_mode(static_cast<v1::Mode>(99)); }), "add.mode");
  EXPECT_EQ(field_of([](auto* d) { d->add_derived_from(999); }), "add.derived_from[0]");
  EXPECT_EQ(field_of([](auto* d) { d->mutable_facts(0)->clear_subject(); }),
            "add.facts[0].subject");
  EXPECT_EQ(field_of([](auto* d) { d->mutable_facts(0)->clear_object(); }), "add.facts[0].object");
  EXPECT_EQ(field_of([](auto* d) { d->mutable_facts(0)->mutable_object()->set_integer(1); }),
            "add.facts[0].object");
  EXPECT_EQ(field_of([](auto* d) {
              d->mutable_facts(0)->set_predicate("employees");
              d->mutable_facts(0)->mutable_object()->mutable_text()->set_text("many");
            }),
            "add.facts[0].object");
  EXPECT_EQ(field_of([](auto* d) { d->mutable_facts(0)->set_subject("s/12345"); }),
            "add.facts[0].subject");
  EXPECT_EQ(field_of([](auto* d) {
              d->mutable_span()->set_begin(5);
              d->mutable_span()->set_end(4);
            }),
            "add.span");
  EXPECT_EQ(field_of([](auto* d) {
              d->mutable_valid()->mutable_from()->set_seconds(10);
              d->mutable_valid()->mutable_to()->set_seconds(10);
            }),
            "add.valid");
  v1::WriteStatementsRequest empty;
  v1::WriteStatementsResponse response;
  EXPECT_EQ(client_->Write(empty, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  empty.add_mutations();
  EXPECT_EQ(client_->Write(empty, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

// --- Files --------------------------------------------------------------------------------------

TEST_F(ServerTest, LoadsAFileOnceOrAgainToTheSameEffect) {
  StartServer();
  v1::BulkLoadResult response;
  grpc::Status status = client_->Load(kGraph, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.statements_added(), 3);
  EXPECT_EQ(response.definitions(), 5);
  EXPECT_FALSE(response.revision().token().empty());
  status = client_->Load(kGraph, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.statements_added(), 0);
  EXPECT_EQ(response.statements_existing(), 3);
}

TEST_F(ServerTest, ABadLineUndoesTheWholeFileAndIsNamed) {
  StartServer();
  v1::BulkLoadResult response;
  const grpc::Status status = client_->Load(
      std::string(kGraph) + "ASSERT (#org/a)-[:suplies]->(#org/b) ACCORDING TO #x;\n", &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const ErrorDetails details = DetailsOf(status);
  ASSERT_THAT(details.diagnostics.diagnostics(), SizeIs(1));
  EXPECT_EQ(details.diagnostics.diagnostics(0).code(), "SL2012");
  EXPECT_EQ(details.diagnostics.diagnostics(0).span().line(), 13u);
  EXPECT_EQ(details.info.metadata().at("file"), "test.slql");
  // Not even the definitions of the lines before.
  EXPECT_EQ(DetailsOf(client_->Query("MATCH (c:Company) RETURN c").status).info.reason(), "SL2011");
}

TEST_F(ServerTest, InvalidUtf8InAFileIsSaid) {
  StartServer();
  v1::BulkLoadResult response;
  const grpc::Status status = client_->Load("DEFINE CLASS Caf\xE9;", &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(status).info.reason(), "SL1004");
}

TEST_F(ServerTest, ABrokenStreamLoadsNothingAndIsKept) {
  StartServer();
  const std::string script = kGraph;
  const auto open = LoadOpen(NewLoadId(), "graph.slql"), chunk = LoadChunk(0, script),
             finish = LoadFinish(script);
  std::vector<v1::BulkLoadResponse> responses;
  {  // Cancelled after the last chunk.
    grpc::ClientContext context;
    const auto stream = client_->statements().BulkLoad(&context);
    v1::BulkLoadResponse response;
    EXPECT_TRUE(stream->Write(open) && stream->Read(&response));
    EXPECT_TRUE(stream->Write(chunk) && stream->Read(&response));
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_EQ(DetailsOf(client_->Query("MATCH (c:Company) RETURN c").status).info.reason(), "SL2011");
  // The server may not have heard of it yet.
  grpc::Status status;
  do {
    status = client_->BulkLoad({open}, &responses);
  } while (status.error_code() == grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);  // No finish.
  ASSERT_THAT(responses, SizeIs(1));
  EXPECT_EQ(responses[0].received_through(), static_cast<int64_t>(script.size()));
  EXPECT_EQ(responses[0].committed_through(), 0);
  EXPECT_EQ(DetailsOf(status).info.metadata().at("received_through"),
            std::to_string(script.size()));
  EXPECT_EQ(DetailsOf(client_->Query("MATCH (c:Company) RETURN c").status).info.reason(), "SL2011");
  ASSERT_TRUE(client_->BulkLoad({open, finish}, &responses).ok());
  EXPECT_EQ(responses.back().committed_through(), static_cast<int64_t>(script.size()));
  EXPECT_EQ(responses.back().result().statements_added(), 3);
}

TEST_F(ServerTest, ALoadIsTakenOnceHoweverOftenItIsSent) {
  StartServer();
  const std::string lines = "<ex:a> <ex:p> <ex:b> .\n<ex:a> <ex:q> \"text\" .\nnonsense\n";
  const std::string script = kGraph;
  const std::string import_id = NewLoadId(), script_id = NewLoadId();
  const std::vector<v1::BulkLoadRequest> import = {LoadOpen(import_id, "a.nt"), LoadChunk(0, lines),
                                                   LoadFinish(lines)};
  const std::vector<v1::BulkLoadRequest> load = {LoadOpen(script_id, "graph.slql"),
                                                 LoadChunk(0, script), LoadFinish(script)};
  std::vector<v1::BulkLoadResponse> first_import, first_load, responses;
  ASSERT_TRUE(client_->BulkLoad(import, &first_import).ok());
  const v1::BulkLoadResult& imported = first_import.back().result();
  EXPECT_EQ(imported.facts_added(), 2);
  EXPECT_EQ(imported.rejects(), 1);
  EXPECT_FALSE(imported.replayed());
  int told = 0;
  for (const v1::BulkLoadResponse& response : first_import) told += response.rejects_size();
  EXPECT_EQ(told, 1);
  ASSERT_TRUE(client_->BulkLoad(load, &first_load).ok());
  const auto expect_replay = [&](const std::vector<v1::BulkLoadRequest>& messages,
                                 const std::vector<v1::BulkLoadResponse>& first) {
    ASSERT_TRUE(client_->BulkLoad(messages, &responses).ok());
    ASSERT_THAT(responses, SizeIs(1));  // To open already.
    EXPECT_TRUE(responses[0].result().replayed());
    EXPECT_EQ(responses[0].committed_through(), first.back().committed_through());
    responses[0].mutable_result()->set_replayed(false);
    EXPECT_EQ(responses[0].result().SerializeAsString(), first.back().result().SerializeAsString());
  };
  expect_replay(import, first_import);
  expect_replay(load, first_load);
  StopServer();
  StartServer();
  expect_replay(import, first_import);
  expect_replay(load, first_load);
  EXPECT_THAT(client_->Query("MATCH (a)-[:`ex:p`]->(b) RETURN a, b").Cells(0), SizeIs(1));

  // Under the same id there is nothing else.
  const grpc::Status status =
      client_->BulkLoad({LoadOpen(import_id, "b.nt"), LoadChunk(0, lines)}, &responses);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(DetailsOf(status).info.reason(), "LOAD_ID_REUSED");
}

TEST_F(ServerTest, ChunksMayComeTwiceAndOverlapButHaveNoGap) {
  StartServer();
  std::string file;
  for (int i = 0; i < 2'000; ++i) {
    file += "<ex:s" + std::to_string(i) + "> <ex:p> <ex:o> .\n";
  }
  const auto part = [&file](size_t begin, size_t end) {
    return LoadChunk(begin, file.substr(begin, end - begin));
  };
  const auto open = LoadOpen(NewLoadId(), "a.nt");
  std::vector<v1::BulkLoadResponse> responses;
  grpc::Status status = client_->BulkLoad({open, part(0, 1'000), part(1'001, 2'000)}, &responses);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(DetailsOf(status).info.reason(), "SL8010");
  EXPECT_EQ(DetailsOf(status).info.metadata().at("received_through"), "1000");
  // Out of order, from the first on: a gap as well.
  status = client_->BulkLoad({LoadOpen(NewLoadId(), "a.nt"), part(1'000, 2'000), part(0, 1'000)},
                             &responses);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  // A damaged chunk is not taken, and the rest stays.
  auto damaged = part(1'000, 2'000);
  (*damaged.mutable_chunk()->mutable_data())[17] ^= 1;
  status = client_->BulkLoad({open, damaged}, &responses);
  EXPECT_EQ(DetailsOf(status).info.reason(), "SL8030");
  status = client_->BulkLoad(
      {open, part(0, 1'000), part(500, 1'500), part(200, 300), part(1'400, 9'000), part(0, 9'000),
       part(9'000, file.size()), part(file.size(), file.size()), LoadFinish(file)},
      &responses);
  ASSERT_TRUE(status.ok()) << status.error_message();
  const std::vector<int64_t> expected = {
      1'000, 1'000, 1'500, 1'500, 9'000, 9'000, static_cast<int64_t>(file.size())};
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(responses[i].received_through(), expected[i]) << i;
  }
  EXPECT_EQ(responses.back().result().facts_added(), 2'000);
}

TEST_F(ServerTest, AWrongChecksumOfTheWholeLoadsNothing) {
  StartServer();
  const std::string script = kGraph;
  const auto open = LoadOpen(NewLoadId(), "a.slql"), chunk = LoadChunk(0, script);
  std::vector<v1::BulkLoadResponse> responses;
  auto finish = LoadFinish(script);
  finish.mutable_finish()->set_crc32c(finish.finish().crc32c() ^ 1);
  const grpc::Status status = client_->BulkLoad({open, chunk, finish}, &responses);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(status).info.reason(), "SL8030");
  // What was sent is worth nothing: it begins again.
  client_->BulkLoad({open}, &responses);
  ASSERT_THAT(responses, SizeIs(1));
  EXPECT_EQ(responses[0].received_through(), 0);
  EXPECT_TRUE(client_->BulkLoad({open, chunk, LoadFinish(script)}, &responses).ok());
}

TEST_F(ServerTest, ALaterCallTakesALoadOver) {
  StartServer();
  const std::string script = kGraph;
  const auto open = LoadOpen(NewLoadId(), "a.slql"), chunk = LoadChunk(0, script);
  grpc::ClientContext context;
  const auto first = client_->statements().BulkLoad(&context);
  v1::BulkLoadResponse response;
  ASSERT_TRUE(first->Write(open) && first->Read(&response));
  ASSERT_TRUE(first->Write(chunk) && first->Read(&response));
  std::vector<v1::BulkLoadResponse> responses;
  ServerClient second(server_->address());
  grpc::Status status = second.BulkLoad({open, LoadFinish(script)}, &responses);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(first->Finish().error_code(), grpc::StatusCode::CANCELLED);
  do {
    status = second.BulkLoad({open, LoadFinish(script)}, &responses);
  } while (status.error_code() == grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(responses.back().result().statements_added(), 3);
}

TEST_F(ServerTest, AFileIsSentOnAfterTheServerHasDied) {
  StartServer();
  std::string file;
  for (int i = 0; i < 20'000; ++i) {
    file += "<ex:s" + std::to_string(i) + "> <ex:p> <ex:o> .\n";
  }
  const size_t half = file.size() / 2;
  const auto open = LoadOpen(NewLoadId(), "a.nt");
  std::vector<v1::BulkLoadResponse> responses;
  client_->BulkLoad({open, LoadChunk(0, file.substr(0, half))}, &responses);
  server_->Signal(SIGKILL);
  server_->Wait(seconds(5));
  client_.reset();
  StartServer();
  const grpc::Status status =
      client_->BulkLoad({open, LoadChunk(half, file.substr(half)), LoadFinish(file)}, &responses);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(responses[0].received_through(), static_cast<int64_t>(half));
  EXPECT_EQ(responses.back().result().facts_added(), 20'000);
  // Nothing of it is left beside the store.
  EXPECT_TRUE(std::filesystem::is_empty(directory_.Child("store") + "/loads"));
}

// --- Who may what -------------------------------------------------------------------------------

TEST_F(ServerTest, ReadOnlyRefusesEveryWrite) {
  StartServer();
  Load(kGraph);
  StopServer();
  StartServer({"--read-only"});
  v1::GetServerInfoResponse info;
  ASSERT_TRUE(client_->Info(&info).ok());
  EXPECT_TRUE(info.read_only());
  v1::WriteStatementsRequest write;
  *write.add_mutations() = Supplies("org/dmtg", "prod/optics");
  v1::WriteStatementsResponse response;
  EXPECT_EQ(client_->Write(write, &response).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  v1::BulkLoadResult loaded;
  EXPECT_EQ(client_->Load(kGraph, &loaded).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  const QueryResult result =
      client_->Query("ASSERT (#org/x :Company {name: \"X\"}) ACCORDING TO #org/voice");
  EXPECT_EQ(result.status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(DetailsOf(result.status).info.reason(), "SL7003");
  EXPECT_THAT(client_->Query(kCountSupplies).Cells(0), ElementsAre("2"));
}

TEST_F(ServerTest, CallersSeeWhatTheServersClearanceAllows) {
  StartServer({"--clearance", "RED", "--authorizations", "desk"});
  Load(kGraph);
  v1::WriteStatementsRequest write;
  *write.add_mutations() = Supplies("org/secret", "prod/optics");
  write.mutable_mutations(0)->mutable_add()->mutable_marking()->set_tlp(v1::TLP_LABEL_AMBER);
  *write.add_mutations() = Supplies("org/desk-only", "prod/optics");
  write.mutable_mutations(1)->mutable_add()->mutable_marking()->set_access("desk");
  v1::WriteStatementsResponse response;
  const grpc::Status status = client_->Write(write, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(client_->Query(kCountSupplies).Cells(0), ElementsAre("4"));
  StopServer();

  StartServer({"--clearance", "GREEN"});
  EXPECT_THAT(client_->Query(kCountSupplies).Cells(0), ElementsAre("2"));
  // Hidden is the same as absent, also for parameters and retractions.
  v1::ExecuteQueryRequest request;
  request.set_query("RETURN $who AS who");
  const auto message_for = [&](const std::string& id) {
    (*request.mutable_parameters())["who"].set_node_id(id);
    std::string message = client_->Query(request).status.error_message();
    const size_t at = message.find(id);
    return at == std::string::npos ? message : message.replace(at, id.size(), "ID");
  };
  EXPECT_EQ(message_for("org/secret"), message_for("org/never-said"));
  EXPECT_NE(message_for("org/secret"), "");
  v1::WriteStatementsRequest retract;
  retract.add_mutations()->mutable_retract()->set_statement(response.results(0).statement());
  retract.mutable_mutations(0)->mutable_retract()->set_reason("probe");
  v1::WriteStatementsResponse ignored;
  EXPECT_EQ(client_->Write(retract, &ignored).error_code(), grpc::StatusCode::NOT_FOUND);
}

// --- The process --------------------------------------------------------------------------------

TEST_F(ServerTest, DrainsOnSigterm) {
  StartServer();
  Load(ManyCompanies(120, 1'000));
  v1::ExecuteQueryRequest request;
  request.set_query("MATCH (a:Company), (b:Company) RETURN a.name AS x, b.name AS y");
  grpc::ClientContext context;
  const auto reader = client_->queries().ExecuteQuery(&context, request);
  v1::ExecuteQueryResponse response;
  ASSERT_TRUE(reader->Read(&response));
  server_->Signal(SIGTERM);
  while (client_->Health() == 1) std::this_thread::sleep_for(milliseconds(5));
  // While it drains: says so, takes nothing new, finishes what it has begun.
  EXPECT_EQ(client_->Health(), 2);
  EXPECT_EQ(client_->Query("RETURN 1 AS one").status.error_code(), grpc::StatusCode::UNAVAILABLE);
  int64_t rows = 0;
  while (reader->Read(&response)) rows += response.batch().row_count();
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(rows, 14'400);
  EXPECT_EQ(server_->Wait(seconds(10)), 0);
}

TEST_F(ServerTest, SigtermDoesNotWaitForeverForAQuery) {
  StartServer();
  Load(ManyCompanies(300, 5));
  v1::ExecuteQueryRequest request;
  request.set_query(kEndless);
  request.mutable_limits()->mutable_max_time()->set_seconds(600);
  grpc::ClientContext context;
  const auto reader = client_->queries().ExecuteQuery(&context, request);
  std::this_thread::sleep_for(milliseconds(200));
  server_->Signal(SIGTERM);
  std::this_thread::sleep_for(milliseconds(200));
  // The second one hurries.
  server_->Signal(SIGINT);
  EXPECT_EQ(server_->Wait(seconds(5)), 0);
  v1::ExecuteQueryResponse response;
  while (reader->Read(&response)) {
  }
  EXPECT_FALSE(reader->Finish().ok());
}

TEST_F(ServerTest, SigtermDoesNotWaitForWhatCannotBeCancelled) {
  StartServer();
  // A text is parsed in one go; so much of it takes a while.
  std::string list = "0";
  for (int i = 1; i < 250; ++i) list += ", " + std::to_string(i);
  std::string script = "DEFINE CLASS A;\n";
  for (int i = 0; i < 9'000; ++i) script += "RETURN [" + list + "] AS a;\n";
  grpc::Status status;
  std::thread loader([&] {
    ServerClient client(server_->address());
    v1::BulkLoadResult response;
    status = client.Load(script, &response);
  });
  std::this_thread::sleep_for(milliseconds(500));
  server_->Signal(SIGTERM);
  std::this_thread::sleep_for(milliseconds(100));
  server_->Signal(SIGTERM);
  EXPECT_EQ(server_->Wait(seconds(5)), 0);
  loader.join();
  EXPECT_FALSE(status.ok());
  client_.reset();
  StartServer();
  EXPECT_EQ(DetailsOf(client_->Query("MATCH (a:A) RETURN a").status).info.reason(), "SL2011");
}

TEST_F(ServerTest, EndsAtOnceWhenAnotherProcessIsItsParent) {
  std::string errors;
  EXPECT_EQ(ExitCodeOf(directory_.Child("store"),
                       {"--listen", "127.0.0.1:0", "--parent-pid", "1073741823"}, &errors),
            0);
  EXPECT_THAT(errors, HasSubstr("process 1073741823"));
  EXPECT_FALSE(std::filesystem::exists(directory_.Child("store")));
}

TEST_F(ServerTest, RefusesADirectoryThatIsNotItsOwn) {
  std::string errors;
  const std::string foreign = directory_.Child("foreign");
  std::filesystem::create_directory(foreign);
  std::ofstream(foreign + "/letters.txt") << "Dear Sir";
  EXPECT_EQ(ExitCodeOf(foreign, {"--listen", "127.0.0.1:0"}, &errors), 3);
  EXPECT_THAT(errors, HasSubstr("sightlined: "));
  EXPECT_TRUE(std::filesystem::exists(foreign + "/letters.txt"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(foreign), {}), 1);

  EXPECT_EQ(
      ExitCodeOf(directory_.Child("missing"), {"--listen", "127.0.0.1:0", "--no-create"}, &errors),
      3);
  EXPECT_FALSE(std::filesystem::exists(directory_.Child("missing")));

  StartServer();
  EXPECT_EQ(ExitCodeOf(directory_.Child("store"), {"--listen", "127.0.0.1:0"}, &errors), 3);
  EXPECT_EQ(client_->Health(), 1);
}

TEST_F(ServerTest, RefusesAddressesItMustNotTake) {
  std::string errors;
  EXPECT_EQ(ExitCodeOf(directory_.Child("a"), {"--listen", "0.0.0.0:0"}, &errors), 2);
  EXPECT_THAT(errors, HasSubstr("--tls-client-ca"));
  EXPECT_FALSE(std::filesystem::exists(directory_.Child("a")));
  StartServer();
  EXPECT_EQ(ExitCodeOf(directory_.Child("b"), {"--listen", server_->address()}, &errors), 4);
  EXPECT_FALSE(std::filesystem::exists(directory_.Child("b")));
  EXPECT_EQ(client_->Health(), 1);
}

TEST_F(ServerTest, AUnixSocketIsItsOwnersAlone) {
  const std::string path = directory_.Child("s");
  int exit_code = 0;
  std::string errors;
  server_ = SightlinedProcess::Start(SIGHTLINED, directory_.Child("store"),
                                     {"--listen", "unix:" + path}, &exit_code, &errors);
  ASSERT_NE(server_, nullptr) << errors;
  EXPECT_EQ(server_->address(), "unix:" + path);
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_TRUE(S_ISSOCK(info.st_mode));
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat(directory_.Child("store").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0077, 0u);
  client_ = std::make_unique<ServerClient>(server_->address());
  EXPECT_EQ(client_->Health(), 1);

  // A second server leaves it alone.
  EXPECT_EQ(ExitCodeOf(directory_.Child("other"), {"--listen", "unix:" + path}, &errors), 4);
  EXPECT_TRUE(client_->Query("RETURN 1 AS one").status.ok());

  // What a killed server leaves is no obstacle.
  server_->Signal(SIGKILL);
  EXPECT_EQ(server_->Wait(seconds(5)), 128 + SIGKILL);
  EXPECT_TRUE(std::filesystem::exists(path));
  server_ = SightlinedProcess::Start(SIGHTLINED, directory_.Child("store"),
                                     {"--listen", "unix:" + path}, &exit_code, &errors);
  ASSERT_NE(server_, nullptr) << errors;
  server_->Signal(SIGTERM);
  EXPECT_EQ(server_->Wait(seconds(10)), 0);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ServerTest, EndsWithItsParent) {
  // A shell starts the server and is killed.
  const std::string pid_file = directory_.Child("pid"), output = directory_.Child("out");
  const pid_t shell = ::fork();
  ASSERT_GE(shell, 0);
  if (shell == 0) {
    const std::string command = std::string(SIGHTLINED) + " --data " + directory_.Child("store") +
                                " --listen unix:" + directory_.Child("s") +
                                " --exit-with-parent > " + output + " & echo $! > " + pid_file +
                                "; sleep 60 & wait";
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
  }
  const auto text_of = [](const std::string& path) {
    std::ifstream file(path);
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  const auto deadline = std::chrono::steady_clock::now() + seconds(20);
  while (text_of(output).find("ready") == std::string::npos &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  const pid_t server = std::stoi("0" + text_of(pid_file));
  ASSERT_GT(server, 0);
  ASSERT_EQ(::kill(server, 0), 0);
  ::kill(shell, SIGKILL);
  // It is nobody's child here: its end shows as a process that is not there (or a zombie of init).
  const auto gone = [server] {
    std::ifstream file("/proc/" + std::to_string(server) + "/stat");
    std::string pid, name, state;
    return !(file >> pid >> name >> state) || state == "Z";
  };
  while (!gone() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_TRUE(gone());
}

}  // namespace
}  // namespace sightline::test
