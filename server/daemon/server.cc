#include "server/daemon/server.h"

#include <fcntl.h>
#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "query/engine.h"
#include "query/parser/parser.h"
#include "server/acceptor/connected_clients.h"
#include "server/acceptor/connection_acceptor.h"
#include "server/admission/admission.h"
#include "server/admission/call_registry.h"
#include "server/audit/audit_log.h"
#include "server/auth/access_registry.h"
#include "server/auth/authenticator.h"
#include "server/auth/login_guard.h"
#include "server/auth/method_table.h"
#include "server/auth/read_only_switch.h"
#include "server/daemon/idle_trim.h"
#include "server/daemon/metric_sources.h"
#include "server/daemon/store_watch.h"
#include "server/daemon/tls_files.h"
#include "server/observability/metrics.h"
#include "server/observability/metrics_endpoint.h"
#include "server/observability/process_metrics.h"
#include "server/operations/operation_registry.h"
#include "server/service/access_service.h"
#include "server/service/admin_service.h"
#include "server/service/call_meter.h"
#include "server/service/explore_service.h"
#include "server/service/load_transfers.h"
#include "server/service/malformed_request.h"
#include "server/service/page_token.h"
#include "server/service/query_service.h"
#include "server/service/service_context.h"
#include "server/service/statement_service.h"
#include "storage/base/memory_budget.h"
#include "storage/store.h"

namespace sightline::server {
namespace {

// Given to cancelled calls to end.
constexpr std::chrono::milliseconds kCancelGrace{500};
// How soon health says that the store takes no writes.
constexpr std::chrono::milliseconds kWatchInterval{1'000};
// How soon a certificate that is renewed counts.
constexpr std::chrono::milliseconds kTlsInterval{2'000};

// gRPC's own words, as lines of our log.
Log* grpc_log = nullptr;
void LogForGrpc(gpr_log_func_args* args) {
  const LogLevel level = args->severity == GPR_LOG_SEVERITY_ERROR  ? LogLevel::kWarning
                         : args->severity == GPR_LOG_SEVERITY_INFO ? LogLevel::kInfo
                                                                   : LogLevel::kDebug;
  grpc_log->Write(level, "grpc", {{"message", args->message}});
}

std::vector<std::string> MethodNames() {
  std::vector<std::string> names;
  for (const MethodEntry& entry : MethodTable()) names.emplace_back(entry.method);
  return names;
}

// "sightline.v1.QueryService" and its like.
std::set<std::string> ServiceNames() {
  std::set<std::string> names;
  for (const std::string& method : DeclaredMethods()) {
    names.insert(method.substr(1, method.rfind('/') - 1));
  }
  return names;
}

// Whether a service is of use where the store takes no writes.
bool OnlyWrites(const std::string& service) {
  return service == "sightline.v1.StatementService" || service == "sightline.v1.AccessService";
}

query::EngineOptions EngineOptionsOf(const DaemonOptions& given, int64_t text_bytes_max,
                                     storage::MemoryBudget* memory_budget) {
  const ServerLimits& limits = given.limits;
  query::EngineOptions options;
  options.canonical_order = given.canonical_order;
  options.threads_max = given.query_threads;
  options.memory_budget = memory_budget;
  options.parser.text_bytes_max = static_cast<size_t>(text_bytes_max);
  options.parser.nesting_max = static_cast<int>(limits.nesting_max);
  options.parser.operators_max = static_cast<size_t>(limits.operators_max);
  options.limits.rows_max = static_cast<uint64_t>(limits.rows_max);
  options.limits.memory_bytes_max = static_cast<uint64_t>(limits.memory_bytes_max);
  options.limits.steps_max = static_cast<uint64_t>(limits.steps_max);
  options.limits.batch_rows = static_cast<uint32_t>(limits.batch_rows_max);
  return options;
}

// A new file for its owner alone.
Status WriteSecretFile(const std::string& path, const std::string& text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  bool is_written =
      file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  if (file >= 0 && ::close(file) != 0) is_written = false;
  if (is_written) return OkStatus();
  return FailedPrecondition("Cannot write {}: {}", path, std::strerror(error));
}

// The parser's tables fill with the first texts it sees; let that be ours and not a caller's.
void WarmUpParser() {
  for (const char* text :
       {"MATCH (s:Company)-[r:supplies*..3]->(o) WHERE s.name = \"x\" AND o.date >= 2023-01-01 "
        "RETURN s, count(*) AS n ORDER BY n DESC LIMIT 10",
        "MATCH (a)-[:supplies]->(b) ACCORDING TO #org/x RETURN a",
        "ASSERT (#org/x :Company {name: \"x\"})-[:supplies]->(#prod/y) ACCORDING TO #org/z "
        "{mode: \"record\", span: [0, 1]}"}) {
    // What comes of it is of no interest here.
    (void)query::Parse(text);
  }
}

class GrpcServer final : public Server {
 public:
  GrpcServer(const DaemonOptions& options, Log* log)
      : options_(options),
        log_(log),
        slow_query_ms_(options.slow_query_ms),
        logins_({.failures_max = options.limits.failed_logins_max,
                 .lock = std::chrono::milliseconds(options.limits.login_lock_ms),
                 .lock_max = std::chrono::milliseconds(options.limits.login_lock_ms_max)}),
        metrics_(options.metrics_listen
                     ? std::make_unique<Metrics>(MethodNames(),
                                                 std::vector<std::string>{"read", "write"})
                     : nullptr),
        memory_budget_(static_cast<uint64_t>(options.limits.total_memory_bytes_max)),
        fingerprints_(static_cast<size_t>(options.limits.query_bytes_max)),
        calls_(std::chrono::milliseconds(options.limits.stall_ms_max),
               std::chrono::milliseconds(std::min<int64_t>(1'000, options.limits.stall_ms_max))),
        admission_({.running_max = static_cast<size_t>(options.limits.running_max),
                    .queued_max = static_cast<size_t>(options.limits.queued_max),
                    .results_max = static_cast<size_t>(options.limits.results_max),
                    .on_begin = WaitObserver()}),
        access_service_(&context_),
        query_service_(&context_),
        statement_service_(&context_),
        explore_service_(&context_),
        admin_service_(&context_) {}

  ~GrpcServer() override {
    HurryUp();
    if (grpc_) Drain();
    metrics_endpoint_.reset();
    if (metrics_) metrics_->RemoveSources();
  }

  Failure StartUp() {
    if (Status status = CheckMethodTable(MethodTable()); !status.ok()) {
      return {status, ExitCode::kFailed};
    }
    if (Status status = CheckAddress(); !status.ok()) return {status, ExitCode::kAddressRefused};
    storage::StoreOptions store_options;
    store_options.create_if_missing = options_.create_if_missing;
    store_options.hides_numbers = options_.hide_numbers;
    StatusOr<std::unique_ptr<storage::Store>> store =
        storage::Store::Open(options_.data_directory, store_options);
    if (!store.ok()) return {store.status(), ExitCodeOfStoreError(store.status())};
    store_ = std::move(*store);
    StatusOr<std::unique_ptr<AccessRegistry>> access =
        AccessRegistry::Open(store_.get(), storage::Clock::System());
    if (!access.ok()) return {access.status(), ExitCodeOfStoreError(access.status())};
    access_ = std::move(*access);
    StatusOr<std::unique_ptr<LoadTransfers>> transfers = LoadTransfers::Open(
        options_.data_directory + "/loads", options_.limits, storage::Clock::System());
    if (!transfers.ok()) return {transfers.status(), ExitCodeOfStoreError(transfers.status())};
    transfers_ = std::move(*transfers);
    StatusOr<std::unique_ptr<PageTokens>> page_tokens = PageTokens::Open(store_.get());
    if (!page_tokens.ok()) {
      return {page_tokens.status(), ExitCodeOfStoreError(page_tokens.status())};
    }
    page_tokens_ = std::move(*page_tokens);
    if (!options_.audit_directory.empty()) {
      AuditLogOptions audit_options;
      audit_options.directory = options_.audit_directory;
      audit_options.log = log_;
      StatusOr<std::unique_ptr<AuditLog>> audit =
          AuditLog::Open(audit_options, storage::Clock::System());
      if (!audit.ok()) return {audit.status(), ExitCodeOfStoreError(audit.status())};
      audit_ = std::move(*audit);
    }
    StatusOr<std::unique_ptr<ReadOnlySwitch>> read_only =
        ReadOnlySwitch::Open(store_.get(), storage::Clock::System(), options_.read_only);
    if (!read_only.ok()) return {read_only.status(), ExitCodeOfStoreError(read_only.status())};
    read_only_ = std::move(*read_only);
    if (options_.has_users) {
      authenticator_ = std::make_unique<UserAuthenticator>(access_.get(), read_only_.get());
    } else {
      authenticator_ =
          std::make_unique<SingleCallerAuthenticator>(options_.clearance, read_only_.get());
    }
    engine_ = std::make_unique<query::QueryEngine>(
        store_.get(), EngineOptionsOf(options_, options_.limits.query_bytes_max, &memory_budget_));
    load_engine_ = std::make_unique<query::QueryEngine>(
        store_.get(), EngineOptionsOf(options_, options_.limits.load_bytes_max, &memory_budget_));
    WarmUpParser();

    context_.store = store_.get();
    context_.engine = engine_.get();
    context_.load_engine = load_engine_.get();
    context_.admission = &admission_;
    context_.calls = &calls_;
    context_.queries = &queries_;
    context_.authenticator = authenticator_.get();
    if (options_.listen.kind == ListenAddress::Kind::kTcp) context_.clients = &clients_;
    context_.access = access_.get();
    context_.transfers = transfers_.get();
    context_.audit = audit_.get();
    context_.audit_required = options_.audit_required;
    context_.fingerprints = &fingerprints_;
    context_.logins = &logins_;
    context_.log = log_;
    context_.metrics = metrics_.get();
    context_.slow_query_ms = &slow_query_ms_;
    context_.page_tokens = page_tokens_.get();
    context_.memory_budget = &memory_budget_;
    context_.limits = options_.limits;
    context_.version = SIGHTLINE_VERSION;
    context_.start_micros = storage::Clock::System()->NowMicros();
    context_.read_only = read_only_.get();
    context_.operations = &operations_;
    context_.backups = {.directory = options_.backup_directory,
                        .keep = static_cast<uint32_t>(options_.backups_kept)};
    Failure failure = Listen();
    if (failure.status.ok()) failure = StartMetrics();
    // Not before: a token that is made and not shown is lost.
    if (failure.status.ok() && options_.has_users) failure.status = MakeFirstAdministrator();
    if (failure.status.ok()) {
      watch_ =
          std::make_unique<StoreWatch>(store_.get(), read_only_.get(), kWatchInterval,
                                       [this](const std::string& reason) { SetHealth(reason); });
      log_->Write(LogLevel::kInfo, "ready",
                  {{"address", address()},
                   {"metrics", metrics_address()},
                   {"version", SIGHTLINE_VERSION},
                   {"data", options_.data_directory},
                   {"statements", static_cast<int64_t>(store_->Statistics().statements)}});
    }
    return failure;
  }

  std::string first_admin_token() const override { return first_admin_token_; }

  std::string address() const override { return address_.ToString(); }

  void Reload(const DaemonOptions& options) override {
    log_->SetLevel(options.log_level);
    slow_query_ms_.store(options.slow_query_ms, std::memory_order_relaxed);
    if (tls_files_) tls_files_->LookNow();
  }

  bool IsAlive() override { return store_->OpenReadView(std::nullopt, {}).ok(); }

  bool Drain() override {
    watch_.reset();
    idle_trim_.reset();
    calls_.StartDraining();
    grpc_->GetHealthCheckService()->SetServingStatus(false);
    // In slices, so that HurryUp is heard.
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.limits.drain_ms_max);
    bool idle = calls_.WaitIdle(std::chrono::milliseconds(0));
    while (!idle && !hurry_.load() && std::chrono::steady_clock::now() < end) {
      idle = calls_.WaitIdle(std::chrono::milliseconds(50));
    }
    if (acceptor_) acceptor_->StopAccepting();
    // Cancels what still runs, also health watchers, which never end by themselves.
    grpc_->Shutdown(std::chrono::system_clock::now() +
                    (idle ? std::chrono::milliseconds(0) : kCancelGrace));
    grpc_->Wait();
    if (acceptor_) acceptor_->Stop();
    grpc_.reset();
    admission_.Stop();
    // What they have begun is undone, or goes with the next one.
    operations_.Stop();
    if (address_.kind == ListenAddress::Kind::kUnix) ::unlink(address_.path.c_str());
    return idle;
  }

  void HurryUp() override { hurry_.store(true); }

 private:
  std::function<void(Lane, double)> WaitObserver() {
    if (!metrics_) return nullptr;
    return [metrics = metrics_.get()](Lane lane, double seconds) {
      metrics->QueueWaited(static_cast<size_t>(lane), seconds);
    };
  }

  std::string metrics_address() const {
    if (!metrics_endpoint_) return "";
    ListenAddress address = *options_.metrics_listen;
    address.port = metrics_endpoint_->port();
    return address.ToString();
  }

  Failure StartMetrics() {
    if (!metrics_) return {OkStatus(), ExitCode::kStopped};
    metrics_->AddSource([this](MetricSink* sink) {
      sink->Add(MetricKind::kGauge, "sightline_build_info", "1, for its labels", 1,
                {{"version", SIGHTLINE_VERSION}});
      AddStoreMetrics(*store_, options_.data_directory, sink);
      AddWorkMetrics(admission_, calls_, memory_budget_, sink);
      if (acceptor_) AddConnectionMetrics(*acceptor_, sink);
      AddTlsMetrics(tls_files_ ? tls_files_->Current().get() : nullptr, sink);
      if (audit_) AddAuditMetrics(*audit_, sink);
      AddLogMetrics(*log_, logins_, sink);
      AddProcessMetrics(sink);
    });
    StatusOr<std::unique_ptr<MetricsEndpoint>> endpoint = MetricsEndpoint::Start(
        options_.metrics_listen->host, options_.metrics_listen->port, *metrics_);
    if (!endpoint.ok()) return {endpoint.status(), ExitCode::kAddressRefused};
    metrics_endpoint_ = std::move(*endpoint);
    return {OkStatus(), ExitCode::kStopped};
  }

  // Reading goes on where the store takes no writes, and who only reads may ask for the service
  // that he needs.
  void SetHealth(const std::string& read_only_reason) {
    const bool is_well = read_only_reason.empty();
    grpc::HealthCheckServiceInterface* const health = grpc_->GetHealthCheckService();
    health->SetServingStatus("", is_well);
    for (const std::string& service : ServiceNames()) {
      health->SetServingStatus(service, is_well || !OnlyWrites(service));
    }
    if (is_well) {
      log_->Write(LogLevel::kInfo, "store_takes_writes", {});
    } else {
      log_->Write(LogLevel::kError, "store_read_only", {{"reason", read_only_reason}});
    }
  }

  Status CheckAddress() const {
    SL_RETURN_IF_ERROR(CheckCanListen(options_.listen));
    return options_.listen.kind == ListenAddress::Kind::kUnix
               ? ClearStaleSocket(options_.listen.path)
               : OkStatus();
  }

  Status MakeFirstAdministrator() {
    SL_ASSIGN_OR_RETURN(const std::optional<AccessRegistry::Issued> issued,
                        access_->CreateFirstAdministrator());
    if (!issued) return OkStatus();
    if (options_.admin_token_file.empty()) {
      first_admin_token_ = issued->text.ToString();
      return OkStatus();
    }
    return WriteSecretFile(options_.admin_token_file, issued->text.ToString() + "\n");
  }

  Failure Listen() {
    address_ = options_.listen;
    const bool is_unix = address_.kind == ListenAddress::Kind::kUnix;
    // Again: opening the store may have taken its time.
    if (Status status = CheckAddress(); !status.ok()) return {status, ExitCode::kAddressRefused};
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    // TLS ends in the acceptor.
    if (is_unix) {
      builder.AddListeningPort(address_.ToString(), grpc::InsecureServerCredentials());
    } else {
      connections_ = builder.experimental().AddExternalConnectionAcceptor(
          grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
          grpc::InsecureServerCredentials());
    }
    builder.RegisterService(&access_service_);
    builder.RegisterService(&query_service_);
    builder.RegisterService(&statement_service_);
    builder.RegisterService(&explore_service_);
    builder.RegisterService(&admin_service_);
    auto interceptors = MalformedRequestInterceptors();
    if (metrics_) interceptors.push_back(MakeCallMeter(metrics_.get()));
    builder.experimental().SetInterceptorCreators(std::move(interceptors));
    const ServerLimits& limits = options_.limits;
    builder.SetMaxReceiveMessageSize(static_cast<int>(limits.message_bytes_max));
    builder.SetMaxSendMessageSize(static_cast<int>(limits.message_bytes_max));
    // What is small on the wire and large in memory is not taken: gRPC would unpack it before it
    // looks at the size.
    for (const grpc_compression_algorithm algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
      builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
    }
    // All that gRPC keeps of what comes in, over all connections: it looks at a message's size when
    // all of it is there.
    grpc::ResourceQuota quota("connections");
    quota.Resize(static_cast<size_t>(limits.receive_memory_bytes_max));
    builder.SetResourceQuota(quota);
    // gRPC's default lets a second server take half of the first one's connections, silently.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE,
                               static_cast<int>(limits.metadata_bytes_max));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                               static_cast<int>(limits.streams_per_connection_max));
    grpc_ = builder.BuildAndStart();
    if (!grpc_) {
      return {FailedPrecondition("Cannot listen on {}: in use by another process, or not allowed",
                                 address_.ToString()),
              ExitCode::kAddressRefused};
    }
    for (const std::string& service : ServiceNames()) {
      grpc_->GetHealthCheckService()->SetServingStatus(service, true);
    }
    if (is_unix && ::chmod(address_.path.c_str(), S_IRUSR | S_IWUSR) != 0) {
      const Status status =
          Unavailable("The socket could not be made its owner's alone: {}", std::strerror(errno));
      return {status, ExitCode::kAddressRefused};
    }
    if (!is_unix) {
      if (!options_.tls.certificate.empty()) {
        if (Status status = OpenTlsFiles(); !status.ok()) return {status, ExitCode::kUsage};
      }
      if (Status status = StartAcceptor(); !status.ok()) {
        return {status, ExitCode::kAddressRefused};
      }
    }
    return {OkStatus(), ExitCode::kStopped};
  }

  Status OpenTlsFiles() {
    SL_ASSIGN_OR_RETURN(tls_files_,
                        TlsFiles::Open(options_.tls, kTlsInterval, [this](const Status& status) {
                          if (status.ok()) {
                            log_->Write(LogLevel::kInfo, "certificates_renewed", {});
                          } else {
                            log_->Write(LogLevel::kError, "certificates_not_renewed",
                                        {{"error", MessageOf(status)}});
                          }
                        }));
    return OkStatus();
  }

  Status StartAcceptor() {
    const ServerLimits& limits = options_.limits;
    AcceptorOptions options;
    options.host = address_.host;
    options.port = address_.port;
    options.connections_max = limits.connections_max;
    options.connections_per_peer_max = limits.connections_per_peer_max;
    options.greeting_ms_max = limits.greeting_ms_max;
    options.idle_ms_max = limits.connection_idle_ms_max;
    options.frames.header_block_bytes_max = static_cast<uint32_t>(limits.metadata_bytes_max);
    options.frames.resets_max = static_cast<uint32_t>(limits.resets_per_second_max);
    if (tls_files_) options.tls = [files = tls_files_.get()] { return files->Current(); };
    options.on_cut = [this](std::string_view reason, std::string_view host) {
      log_->Write(LogLevel::kWarning, "connection_cut", {{"reason", reason}, {"host", host}});
    };
    const HandOver hand_over = [this](int descriptor) {
      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
      connection.fd = descriptor;
      connections_->HandleNewConnection(&connection);
    };
    SL_ASSIGN_OR_RETURN(options.settings, AskServerSettings(&clients_, hand_over));
    SL_ASSIGN_OR_RETURN(acceptor_, ConnectionAcceptor::Start(options, &clients_, hand_over));
    address_.port = acceptor_->port();
    idle_trim_ =
        std::make_unique<IdleTrim>(kWatchInterval, &UnusedHeapBytes, [] { ::malloc_trim(0); });
    return OkStatus();
  }

  const DaemonOptions options_;
  Log* const log_;
  std::atomic<int64_t> slow_query_ms_;
  LoginGuard logins_;
  const std::unique_ptr<Metrics> metrics_;  // Null: nobody reads them.
  // In the order in which they need one another: each may use what stands above it.
  storage::MemoryBudget memory_budget_;
  FingerprintCache fingerprints_;
  std::unique_ptr<storage::Store> store_;
  OperationRegistry operations_{storage::Clock::System()};
  std::unique_ptr<query::QueryEngine> engine_;
  std::unique_ptr<query::QueryEngine> load_engine_;
  CallRegistry calls_;
  QueryRegistry queries_;
  Admission admission_;
  std::unique_ptr<AccessRegistry> access_;
  std::unique_ptr<LoadTransfers> transfers_;
  std::unique_ptr<PageTokens> page_tokens_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<ReadOnlySwitch> read_only_;
  std::unique_ptr<Authenticator> authenticator_;
  ServiceContext context_;
  AccessService access_service_;
  QueryService query_service_;
  StatementService statement_service_;
  ExploreService explore_service_;
  AdminService admin_service_;
  ListenAddress address_;
  ConnectedClients clients_;
  std::unique_ptr<TlsFiles> tls_files_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections_;
  std::unique_ptr<grpc::Server> grpc_;
  std::unique_ptr<ConnectionAcceptor> acceptor_;
  std::unique_ptr<StoreWatch> watch_;
  std::unique_ptr<IdleTrim> idle_trim_;
  std::unique_ptr<MetricsEndpoint> metrics_endpoint_;
  std::string first_admin_token_;
  std::atomic<bool> hurry_{false};
};

}  // namespace

std::unique_ptr<Server> Server::Start(const DaemonOptions& options, Log* log, Failure* failure) {
  grpc_log = log;
  gpr_set_log_function(&LogForGrpc);
  // gRPC ends with its last user, and that end waits for a thread that may sleep for ten seconds in
  // its poller. A process that ends need not wait: this user stays.
  static const bool is_kept = (grpc_init(), true);
  (void)is_kept;
  auto server = std::make_unique<GrpcServer>(options, log);
  *failure = server->StartUp();
  if (!failure->status.ok()) return nullptr;
  return server;
}

}  // namespace sightline::server
