// What a call costs: an empty one, and a point query, through gRPC to a real sightlined.
//
//   rpc_bench [--seconds=3] [--nodes=20000] [--only=tls] [--kind=point] [--in-flight=8]
//   [--json=FILE]
//
// The server runs on this machine with a store of its own, in three ways: with one caller and no
// encryption; with TLS and tokens; and with the audit log as well. For each way, and for 1, 8 and
// 64 calls in flight on one connection, it prints the rate and the 50th and 99th percentile of the
// time a call takes, of
//
//   empty   grpc.health.v1.Health/Check: an empty message each way and nothing done; what gRPC
//           itself costs here
//   info    AdminService/GetServerInfo: the smallest call of ours
//   point   QueryService/FetchRows of WITH $a AS a MATCH (a)-[:knows]->(x) RETURN x.name, two rows,
//           $a random
//   whole   the same by ExecuteQuery, the answer in one message (whole_if_small)
//   stream  the same by ExecuteQuery, the answer as a stream of messages
//   text    as whole, with the entity named in the text: another text each time, to be parsed
//
// Calls of the kinds take turns, in slices, so that a machine that others use as well is as busy
// for one as for the other. The client is on the same cores as the server: rates are of both
// together. What counts is the ratio of `point` to `empty`; on a machine that others use, that of
// the processor time of a call (cpu, of server and client), which bounds the rate.

#include <fmt/format.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "clients/cpp/connection.h"
#include "nlohmann/json.hpp"
#include "proto/crc32c.h"
#include "sightline/v1/admin_service.grpc.pb.h"
#include "sightline/v1/query_service.grpc.pb.h"
#include "tests/e2e/sightlined_process.h"
#include "tests/e2e/tls_files.h"

namespace sightline::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Settings {
  double seconds = 3;  // Of each kind, at each number in flight.
  int nodes = 20'000;
  std::string only, kind, json;
  size_t in_flight = 0;  // 0: all of them.
};

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "rpc_bench: %s\n", why.c_str());
  std::exit(1);
}

struct Measured {
  std::string kind;
  std::vector<double> micros;  // Of each call.
  double seconds = 0;
  double processor_seconds = 0;  // Of server and client.

  double ProcessorMicros() const {
    return 1e6 * processor_seconds / static_cast<double>(std::max<size_t>(micros.size(), 1));
  }

  double Rate() const { return static_cast<double>(micros.size()) / seconds; }
  double Percentile(double part) {
    if (micros.empty()) return 0;
    const auto at = static_cast<size_t>(part * static_cast<double>(micros.size() - 1));
    std::nth_element(micros.begin(), micros.begin() + static_cast<ptrdiff_t>(at), micros.end());
    return micros[at];
  }
};

// Keeps so many calls in flight until the time is up: each call that ends starts the next.
class Slice {
 public:
  Slice(size_t in_flight, double seconds, std::vector<double>* micros)
      : end_(Clock::now() +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))),
        running_(in_flight),
        micros_(micros) {}

  // Whether another call is to follow.
  bool CallEnded(Clock::time_point start, const grpc::Status& status) {
    if (!status.ok()) Die("a call failed: " + status.error_message());
    const Clock::time_point now = Clock::now();
    const std::lock_guard lock(mutex_);
    micros_->push_back(std::chrono::duration<double, std::micro>(now - start).count());
    if (now < end_) return true;
    if (--running_ == 0) over_.notify_all();
    return false;
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    over_.wait(lock, [this] { return running_ == 0; });
  }

 private:
  const Clock::time_point end_;
  std::mutex mutex_;
  std::condition_variable over_;
  size_t running_;
  std::vector<double>* const micros_;
};

// One place in flight: calls, one after the other.
class Caller {
 public:
  virtual ~Caller() = default;
  virtual void Start(Slice* slice) = 0;
};

struct Target {
  std::shared_ptr<grpc::Channel> channel;
  std::string token;
  int nodes = 0;

  std::unique_ptr<grpc::ClientContext> NewContext() const {
    auto context = std::make_unique<grpc::ClientContext>();
    if (!token.empty()) context->AddMetadata("authorization", "Bearer " + token);
    return context;
  }
};

class EmptyCaller final : public Caller {
 public:
  explicit EmptyCaller(const Target& target) : target_(target), stub_(target.channel) {}

  void Start(Slice* slice) override {
    context_ = target_.NewContext();
    const Clock::time_point start = Clock::now();
    response_.Clear();
    stub_.UnaryCall(context_.get(), "/grpc.health.v1.Health/Check", {}, &request_, &response_,
                    [this, slice, start](const grpc::Status& status) {
                      if (slice->CallEnded(start, status)) Start(slice);
                    });
  }

 private:
  const Target& target_;
  grpc::GenericStub stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  const grpc::Slice nothing_;
  grpc::ByteBuffer request_{&nothing_, 1}, response_;
};

class InfoCaller final : public Caller {
 public:
  explicit InfoCaller(const Target& target)
      : target_(target), stub_(v1::AdminService::NewStub(target.channel)) {}

  void Start(Slice* slice) override {
    context_ = target_.NewContext();
    const Clock::time_point start = Clock::now();
    stub_->async()->GetServerInfo(context_.get(), &request_, &response_,
                                  [this, slice, start](const grpc::Status& status) {
                                    if (slice->CallEnded(start, status)) Start(slice);
                                  });
  }

 private:
  const Target& target_;
  const std::unique_ptr<v1::AdminService::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  const v1::GetServerInfoRequest request_;
  v1::GetServerInfoResponse response_;
};

class PointCaller final : public Caller {
 public:
  PointCaller(const Target& target, uint64_t seed)
      : target_(target), stub_(v1::QueryService::NewStub(target.channel)), random_(seed) {
    request_.set_query("WITH $a AS a MATCH (a)-[:knows]->(x) RETURN x.name");
  }

  void Start(Slice* slice) override {
    (*request_.mutable_parameters())["a"].set_node_id(
        fmt::format("e/{}", random_() % static_cast<uint64_t>(target_.nodes)));
    context_ = target_.NewContext();
    const Clock::time_point start = Clock::now();
    stub_->async()->FetchRows(context_.get(), &request_, &response_,
                              [this, slice, start](const grpc::Status& status) {
                                const int rows = response_.batch().row_count();
                                if (status.ok() && rows != 2)
                                  Die(fmt::format("{} rows instead of 2", rows));
                                if (slice->CallEnded(start, status)) Start(slice);
                              });
  }

 private:
  const Target& target_;
  const std::unique_ptr<v1::QueryService::Stub> stub_;
  std::mt19937_64 random_;
  v1::FetchRowsRequest request_;
  v1::FetchRowsResponse response_;
  std::unique_ptr<grpc::ClientContext> context_;
};

class StreamCaller final : public Caller {
 public:
  StreamCaller(const Target& target, const std::string& kind, uint64_t seed)
      : target_(target),
        has_text_(kind == "text"),
        stub_(v1::QueryService::NewStub(target.channel)),
        random_(seed) {
    request_.set_whole_if_small(kind != "stream");
    request_.set_query("WITH $a AS a MATCH (a)-[:knows]->(x) RETURN x.name");
  }

  void Start(Slice* slice) override {
    const std::string node = fmt::format("e/{}", random_() % static_cast<uint64_t>(target_.nodes));
    if (has_text_) {
      request_.set_query(fmt::format("MATCH (#{})-[:knows]->(x) RETURN x.name", node));
    } else {
      (*request_.mutable_parameters())["a"].set_node_id(node);
    }
    context_ = target_.NewContext();
    reader_ = std::make_unique<Reader>(this, slice);
    stub_->async()->ExecuteQuery(context_.get(), &request_, reader_.get());
    reader_->StartRead(&response_);
    reader_->StartCall();
  }

 private:
  class Reader final : public grpc::ClientReadReactor<v1::ExecuteQueryResponse> {
   public:
    Reader(StreamCaller* caller, Slice* slice) : caller_(caller), slice_(slice) {}

    void OnReadDone(bool ok) override {
      if (!ok) return;
      rows_ += caller_->response_.batch().row_count();
      rows_ += caller_->response_.whole().batch().row_count();
      StartRead(&caller_->response_);
    }
    void OnDone(const grpc::Status& status) override {
      if (status.ok() && rows_ != 2) Die(fmt::format("{} rows instead of 2", rows_));
      Slice* const slice = slice_;
      StreamCaller* const caller = caller_;
      // Start replaces this object.
      if (slice->CallEnded(start_, status)) caller->Start(slice);
    }

   private:
    StreamCaller* const caller_;
    Slice* const slice_;
    const Clock::time_point start_ = Clock::now();
    int rows_ = 0;
  };

  const Target& target_;
  const bool has_text_;
  const std::unique_ptr<v1::QueryService::Stub> stub_;
  std::mt19937_64 random_;
  v1::ExecuteQueryRequest request_;
  v1::ExecuteQueryResponse response_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<Reader> reader_;
};

std::vector<std::unique_ptr<Caller>> CallersOf(const std::string& kind, const Target& target,
                                               size_t count) {
  std::vector<std::unique_ptr<Caller>> callers;
  for (size_t i = 0; i < count; ++i) {
    if (kind == "empty") {
      callers.push_back(std::make_unique<EmptyCaller>(target));
    } else if (kind == "info") {
      callers.push_back(std::make_unique<InfoCaller>(target));
    } else if (kind == "point") {
      callers.push_back(std::make_unique<PointCaller>(target, i));
    } else {
      callers.push_back(std::make_unique<StreamCaller>(target, kind, i));
    }
  }
  return callers;
}

// --- The server

struct Way {
  std::string name;
  bool has_tls, has_audit;
};

const Way kWays[] = {{"plain", false, false}, {"tls", true, false}, {"tls-audit", true, true}};

// That this process and another have used so far.
double ProcessorSeconds(pid_t other) {
  std::ifstream in("/proc/" + std::to_string(other) + "/stat");
  std::string text((std::istreambuf_iterator<char>(in)), {});
  text.erase(0, text.rfind(')') + 2);
  std::istringstream fields(text);
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user_ticks = 0, system_ticks = 0;
  fields >> user_ticks >> system_ticks;
  rusage own{};
  ::getrusage(RUSAGE_SELF, &own);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return (user_ticks + system_ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK)) +
         seconds(own.ru_utime) + seconds(own.ru_stime);
}

std::string FirstLine(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

void LoadScript(const Target& target, const std::string& text) {
  const auto stub = v1::StatementService::NewStub(target.channel);
  const auto context = target.NewContext();
  const auto stream = stub->BulkLoad(context.get());
  v1::BulkLoadRequest part;
  part.mutable_open()->set_load_id(client::NewLoadId());
  part.mutable_open()->set_file_name("people.slql");
  stream->Write(part);
  for (size_t at = 0; at < text.size(); at += 512 << 10) {
    const std::string data = text.substr(at, 512 << 10);
    part.mutable_chunk()->set_offset(static_cast<int64_t>(at));
    part.mutable_chunk()->set_data(data);
    part.mutable_chunk()->set_crc32c(Crc32c(data));
    stream->Write(part);
  }
  part.mutable_finish()->set_total_bytes(static_cast<int64_t>(text.size()));
  part.mutable_finish()->set_crc32c(Crc32c(text));
  stream->Write(part);
  stream->WritesDone();
  v1::BulkLoadResponse response;
  while (stream->Read(&response)) {
  }
  const grpc::Status status = stream->Finish();
  if (!status.ok()) Die("cannot load: " + status.error_message());
}

void Load(const Target& target, int nodes) {
  LoadScript(target, "DEFINE CLASS Person; DEFINE PREDICATE knows FROM Person TO Person;");
  std::string text;
  for (int i = 0; i < nodes; ++i) {
    text += fmt::format(
        "ASSERT (#e/{0} :Person {{name: \"Person {0}\"}})-[:knows]->(#e/{1}), "
        "(#e/{0})-[:knows]->(#e/{2}) ACCORDING TO #source;\n",
        i, (i + 1) % nodes, (i + 2) % nodes);
    if (i % 4'000 != 3'999 && i + 1 != nodes) continue;
    LoadScript(target, text);
    text.clear();
  }
}

void Run(const Way& way, const Settings& settings, nlohmann::json* results) {
  std::string pattern = (std::filesystem::temp_directory_path() / "sightline-rpc.XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) Die("no temporary folder");
  const std::string folder = pattern;
  std::vector<std::string> words = {"--listen", "127.0.0.1:0"};
  test::TlsFiles tls;
  if (way.has_tls) {
    tls = test::TlsFiles::MakeIn(folder);
    if (tls.certificate.empty()) Die("openssl made no certificate");
    for (const std::string& word :
         {std::string("--tls-certificate"), tls.certificate_file, std::string("--tls-key"),
          tls.key_file, std::string("--admin-token-file"), folder + "/token"}) {
      words.push_back(word);
    }
    if (!way.has_audit) words.emplace_back("--no-audit");
  } else {
    words.emplace_back("--without-users");
  }
  int exit_code = 0;
  std::string errors;
  const char* const program = std::getenv("SIGHTLINED");
  const auto server = test::SightlinedProcess::Start(program != nullptr ? program : SIGHTLINED,
                                                     folder + "/store", words, &exit_code, &errors);
  if (server == nullptr) Die("sightlined does not start: " + errors);

  Target target;
  target.nodes = settings.nodes;
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (way.has_tls) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = tls.certificate;
    credentials = grpc::SslCredentials(options);
    target.token = FirstLine(folder + "/token");
  }
  target.channel = grpc::CreateChannel(server->address(), credentials);
  Load(target, settings.nodes);

  for (const size_t in_flight : {size_t{1}, size_t{8}, size_t{64}}) {
    std::vector<Measured> measured;
    if (settings.in_flight != 0 && settings.in_flight != in_flight) continue;
    for (const char* kind : {"empty", "info", "point", "whole", "stream", "text"}) {
      if (!settings.kind.empty() && settings.kind != kind) continue;
      measured.push_back({.kind = kind, .micros = {}});
    }
    constexpr int kSlices = 12;
    // The first turn warms up and is not counted.
    for (int turn = 0; turn <= kSlices; ++turn) {
      for (Measured& each : measured) {
        const auto callers = CallersOf(each.kind, target, in_flight);
        std::vector<double> micros;
        const double processor_start = ProcessorSeconds(server->pid());
        const Clock::time_point start = Clock::now();
        Slice slice(in_flight, settings.seconds / kSlices, &micros);
        for (const auto& caller : callers) caller->Start(&slice);
        slice.Wait();
        if (turn == 0) continue;
        each.processor_seconds += ProcessorSeconds(server->pid()) - processor_start;
        each.seconds += std::chrono::duration<double>(Clock::now() - start).count();
        each.micros.insert(each.micros.end(), micros.begin(), micros.end());
      }
    }
    const double empty_rate = measured[0].Rate();
    for (Measured& each : measured) {
      const double p50 = each.Percentile(0.5), p99 = each.Percentile(0.99);
      fmt::print(
          "{:<10} {:>3} in flight  {:<6} {:>8.0f}/s  p50 {:>7.0f} us  p99 {:>7.0f} us  {:>5.0f} "
          "%  cpu {:>5.0f} us\n",
          way.name, in_flight, each.kind, each.Rate(), p50, p99, 100 * each.Rate() / empty_rate,
          each.ProcessorMicros());
      std::fflush(stdout);
      results->push_back({{"way", way.name},
                          {"in_flight", in_flight},
                          {"kind", each.kind},
                          {"per_second", each.Rate()},
                          {"p50_us", p50},
                          {"p99_us", p99},
                          {"processor_us", each.ProcessorMicros()},
                          {"of_empty", each.Rate() / empty_rate}});
    }
  }
  server->Signal(SIGTERM);
  server->Wait(std::chrono::seconds(30));
  std::filesystem::remove_all(folder);
}

Settings SettingsOf(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&](const std::string& name) -> const char* {
      return word.starts_with(name) ? word.c_str() + name.size() : nullptr;
    };
    if (const char* text = value("--seconds=")) {
      settings.seconds = std::atof(text);
    } else if (const char* text = value("--nodes=")) {
      settings.nodes = std::max(10, std::atoi(text));
    } else if (const char* text = value("--only=")) {
      settings.only = text;
    } else if (const char* text = value("--kind=")) {
      settings.kind = text;
    } else if (const char* text = value("--in-flight=")) {
      settings.in_flight = static_cast<size_t>(std::atoi(text));
    } else if (const char* text = value("--json=")) {
      settings.json = text;
    } else {
      Die("usage: rpc_bench [--seconds=3] [--nodes=20000] [--only=plain|tls|tls-audit] "
          "[--kind=empty|info|point|whole|stream|text] [--in-flight=1|8|64] [--json=FILE]");
    }
  }
  return settings;
}

}  // namespace
}  // namespace sightline::bench

int main(int argc, char** argv) {
  const sightline::bench::Settings settings = sightline::bench::SettingsOf(argc, argv);
  nlohmann::json results = nlohmann::json::array();
  for (const sightline::bench::Way& way : sightline::bench::kWays) {
    if (!settings.only.empty() && settings.only != way.name) continue;
    sightline::bench::Run(way, settings, &results);
  }
  if (!settings.json.empty()) std::ofstream(settings.json) << results.dump(2) << "\n";
  return 0;
}
