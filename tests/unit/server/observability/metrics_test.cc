#include "server/observability/metrics.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <prometheus/check_names.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "server/observability/metrics_endpoint.h"
#include "server/observability/process_metrics.h"

namespace sightline::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kMethod = "/sightline.v1.QueryService/ExecuteQuery";

std::unique_ptr<Metrics> MakeMetrics() {
  return std::make_unique<Metrics>(std::vector<std::string>{kMethod},
                                   std::vector<std::string>{"read", "write"});
}

TEST(Metrics, CountsCallsByMethodAndCode) {
  const auto metrics = MakeMetrics();
  metrics->CallEnded(kMethod, StatusCode::kOk, 0.003);
  metrics->CallEnded(kMethod, StatusCode::kOk, 3);
  metrics->CallEnded(kMethod, StatusCode::kCancelled, 0.003);
  metrics->CallEnded("/not/ours", StatusCode::kOk, 1);
  metrics->MessageSent(kMethod, 1'000);
  const std::string text = metrics->Text();
  EXPECT_THAT(
      text,
      HasSubstr(
          "sightline_rpc_requests_total{code=\"OK\",method=\"QueryService/ExecuteQuery\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("code=\"CANCELLED\",method=\"QueryService/ExecuteQuery\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sightline_rpc_duration_seconds_bucket{method=\"QueryService/"
                              "ExecuteQuery\",le=\"0.005\"} 2\n"));
  EXPECT_THAT(
      text,
      HasSubstr("sightline_rpc_duration_seconds_count{method=\"QueryService/ExecuteQuery\"} 3\n"));
  EXPECT_THAT(
      text,
      HasSubstr("sightline_rpc_sent_bytes_total{method=\"QueryService/ExecuteQuery\"} 1000\n"));
  EXPECT_THAT(text, Not(HasSubstr("not/ours")));
}

TEST(Metrics, TellsWhatHasHappened) {
  const auto metrics = MakeMetrics();
  metrics->QueueWaited(1, 0.05);
  metrics->BudgetExceeded(Budget::kMemory);
  metrics->RowsSent(7);
  metrics->StatementsChanged(3, 2);
  metrics->SlowQuery();
  metrics->LoginFailed();
  const std::string text = metrics->Text();
  for (const char* line :
       {"sightline_queue_wait_seconds_count{lane=\"write\"} 1",
        "sightline_queue_wait_seconds_count{lane=\"read\"} 0",
        "sightline_query_budgets_exceeded_total{budget=\"memory\"} 1",
        "sightline_query_budgets_exceeded_total{budget=\"rows\"} 0", "sightline_query_rows_total 7",
        "sightline_statements_added_total 3", "sightline_statements_retracted_total 2",
        "sightline_slow_queries_total 1", "sightline_login_failures_total 1"}) {
    EXPECT_THAT(text, HasSubstr(std::string(line) + "\n"));
  }
}

TEST(Metrics, AsksSourcesUntilTheyAreRemoved) {
  const auto metrics = MakeMetrics();
  int asked = 0;
  metrics->AddSource([&asked](MetricSink* sink) {
    sink->Add(MetricKind::kGauge, "sightline_test_asked", "How often", ++asked, {{"kind", "a"}});
    sink->Add(MetricKind::kGauge, "sightline_test_asked", "How often", asked, {{"kind", "b"}});
    sink->Add(MetricKind::kCounter, "sightline_test_total", "All", 5);
  });
  const std::string text = metrics->Text();
  EXPECT_THAT(
      text, HasSubstr("# HELP sightline_test_asked How often\n# TYPE sightline_test_asked gauge\n"
                      "sightline_test_asked{kind=\"a\"} 1\nsightline_test_asked{kind=\"b\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE sightline_test_total counter\nsightline_test_total 5\n"));
  metrics->RemoveSources();
  EXPECT_THAT(metrics->Text(), Not(HasSubstr("sightline_test")));
  EXPECT_EQ(asked, 1);
}

TEST(Metrics, ManyThreadsCountTogether) {
  const auto metrics = MakeMetrics();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&metrics] {
      for (int j = 0; j < 1'000; ++j) metrics->CallEnded(kMethod, StatusCode::kAborted, 0.001);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(metrics->Text(),
              HasSubstr("code=\"ABORTED\",method=\"QueryService/ExecuteQuery\"} 4000\n"));
}

TEST(ProcessMetrics, AreThoseOfThisProcess) {
  const auto metrics = MakeMetrics();
  metrics->AddSource(&AddProcessMetrics);
  const std::string text = metrics->Text();
  const auto value = [&text](const std::string& name) {
    std::smatch match;
    if (!std::regex_search(text, match, std::regex("\n" + name + " ([^\n]+)"))) return -1.0;
    return std::stod(match[1]);
  };
  EXPECT_GT(value("process_resident_memory_bytes"), 1e6);
  EXPECT_LT(value("process_resident_memory_bytes"), 1e11);
  EXPECT_GT(value("process_virtual_memory_bytes"), value("process_resident_memory_bytes"));
  EXPECT_GE(value("process_open_fds"), 3);
  EXPECT_GE(value("process_max_fds"), value("process_open_fds"));
  EXPECT_GE(value("process_cpu_seconds_total"), 0);
  EXPECT_NEAR(value("process_start_time_seconds"), static_cast<double>(std::time(nullptr)), 600);
}

// What the endpoint answers to these bytes; "" when it closes without a word.
std::string Answer(int port, const std::string& request) {
  const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
    return "?";
  (void)!::send(connection, request.data(), request.size(), MSG_NOSIGNAL);
  ::shutdown(connection, SHUT_WR);
  std::string answer(1 << 20, '\0');
  size_t filled = 0;
  while (filled < answer.size()) {
    const ssize_t count = ::recv(connection, answer.data() + filled, answer.size() - filled, 0);
    if (count <= 0) break;
    filled += static_cast<size_t>(count);
  }
  ::close(connection);
  answer.resize(filled);
  return answer;
}

TEST(MetricsEndpoint, ServesThemAndNothingElse) {
  const auto metrics = MakeMetrics();
  auto endpoint = MetricsEndpoint::Start("127.0.0.1", 0, *metrics);
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  const int port = (*endpoint)->port();
  const std::string answer = Answer(port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain"));
  EXPECT_THAT(answer, HasSubstr("sightline_query_rows_total 0\n"));
  // No files, whatever way.
  for (const char* path : {"/", "/etc/passwd", "/../../../../etc/passwd", "/..%2f..%2fetc/passwd",
                           "/proc/self/environ"}) {
    EXPECT_THAT(Answer(port, std::string("GET ") + path + " HTTP/1.1\r\nHost: x\r\n\r\n"),
                Not(StartsWith("HTTP/1.1 200")))
        << path;
  }
  for (const char* request : {"PUT /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx",
                              "DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n"}) {
    EXPECT_THAT(Answer(port, request), Not(StartsWith("HTTP/1.1 200"))) << request;
  }
}

TEST(MetricsEndpoint, HostileRequestsDoNotEndIt) {
  const auto metrics = MakeMetrics();
  auto endpoint = MetricsEndpoint::Start("127.0.0.1", 0, *metrics);
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  const int port = (*endpoint)->port();
  for (const std::string& request :
       {std::string(), std::string("\r\n\r\n"), std::string("GET"), std::string(1 << 20, 'x'),
        "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n",
        "GET /metrics HTTP/1.1\r\n" + std::string(100'000, 'h') + ": 1\r\n\r\n",
        std::string("GET /metrics HTTP/9.9\r\n\r\n"), std::string(300, '\0'),
        std::string("GET /metrics HTTP/1.1\r\nContent-Length: -5\r\n\r\n")}) {
    (void)Answer(port, request);
  }
  EXPECT_THAT(Answer(port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"),
              StartsWith("HTTP/1.1 200 OK"));
}

TEST(MetricsEndpoint, AnAddressThatIsTakenIsAnError) {
  const auto metrics = MakeMetrics();
  auto first = MetricsEndpoint::Start("127.0.0.1", 0, *metrics);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = MetricsEndpoint::Start("127.0.0.1", (*first)->port(), *metrics);
  EXPECT_EQ(second.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(MessageOf(second.status()), HasSubstr("Cannot serve metrics on 127.0.0.1:"));
}

}  // namespace
}  // namespace sightline::server
