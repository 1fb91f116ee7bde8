#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clients/cpp/connection.h"
#include "clients/cpp/embedded_server.h"
#include "nlohmann/json.hpp"
#include "tests/conformance/cell_text.h"
#include "tests/conformance/session.h"
#include "tests/e2e/sightlined_process.h"
#include "tests/e2e/tls_files.h"

namespace sightline::conformance {
namespace {

Status Failure(const client::Error& error) {
  return Internal("{} {}", client::CodeName(error.code), error.message);
}

// Written for the protocol's values alone, so that it and the engine's rendering check each other.
class CellText {
 public:
  explicit CellText(const client::NodeCards& cards) : cards_(cards) {}

  std::string Of(const client::Cell& cell) const {
    if (std::holds_alternative<std::monostate>(cell)) return "null";
    if (const bool* b = std::get_if<bool>(&cell)) return *b ? "true" : "false";
    if (const int64_t* i = std::get_if<int64_t>(&cell)) return std::to_string(*i);
    if (const double* d = std::get_if<double>(&cell)) return Double(*d);
    if (const auto* text = std::get_if<std::string_view>(&cell)) return OneLine(*text);
    if (const auto* node = std::get_if<client::NodeId>(&cell)) return Node(*node);
    return Of(*std::get<const v1::Value*>(cell), /*nested=*/false);
  }

 private:
  static std::string Double(double d) {
    std::string text = fmt::format("{}", d);
    return text.find_first_of(".eni") == std::string::npos ? text + ".0" : text;
  }

  static std::string Digits(const v1::Decimal& decimal) {
    std::string digits = std::to_string(std::llabs(decimal.unscaled()));
    const size_t scale = static_cast<size_t>(decimal.scale());
    if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
    if (scale > 0) digits.insert(digits.size() - scale, ".");
    return (decimal.unscaled() < 0 ? "-" : "") + digits;
  }

  static std::string Hedge(v1::Comparator comparator) {
    switch (comparator) {
      case v1::COMPARATOR_ABOUT:
        return "~ ";
      case v1::COMPARATOR_LESS:
        return "< ";
      case v1::COMPARATOR_NEARLY:
        return "<~ ";
      case v1::COMPARATOR_MORE:
        return "> ";
      case v1::COMPARATOR_JUST_OVER:
        return ">~ ";
      default:
        return "";
    }
  }

  static std::string DateText(const v1::Date& date) {
    if (date.quarter() > 0) return fmt::format("{:04}-Q{}", date.year(), date.quarter());
    if (date.month() == 0) return fmt::format("{:04}", date.year());
    if (date.day() == 0) return fmt::format("{:04}-{:02}", date.year(), date.month());
    return fmt::format("{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
  }

  static std::string InstantText(const google::protobuf::Timestamp& at) {
    const time_t seconds = at.seconds();
    tm parts{};
    gmtime_r(&seconds, &parts);
    std::string text =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                    parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    if (at.nanos() != 0) {
      std::string fraction = fmt::format("{:06}", at.nanos() / 1000);
      while (fraction.back() == '0') fraction.pop_back();
      text += "." + fraction;
    }
    return text + "Z";
  }

  std::string Node(client::NodeId id) const {
    const v1::NodeCard* card = cards_.Find(id);
    return card == nullptr ? "a node without a card" : "#" + card->external_id();
  }

  std::string FactText(const v1::Fact& fact) const {
    return "(" + Node(client::NodeId{fact.subject()}) + ")-[:" + fact.predicate() + "]->(" +
           Of(fact.object(), true) + ")";
  }

  std::string Of(const v1::Value& value, bool nested) const {
    const std::string hedge = Hedge(value.comparator());
    switch (value.kind_case()) {
      case v1::Value::kBoolean:
        return value.boolean() ? "true" : "false";
      case v1::Value::kInteger:
        return hedge + std::to_string(value.integer());
      case v1::Value::kDecimal:
        return hedge + Digits(value.decimal());
      case v1::Value::kReal:
        return hedge + Double(value.real());
      case v1::Value::kText: {
        std::string text = nested ? Quoted(value.text().text()) : OneLine(value.text().text());
        return text;
      }
      case v1::Value::kDate:
        return DateText(value.date());
      case v1::Value::kInstant:
        return InstantText(value.instant());
      case v1::Value::kMoney:
        return hedge + Digits(value.money().amount()) + " " + value.money().currency();
      case v1::Value::kQuantity:
        return hedge + Digits(value.quantity().amount()) + " " + value.quantity().unit();
      case v1::Value::kPercentage:
        return hedge + Digits(value.percentage()) + " %";
      case v1::Value::kGeoPoint:
        return fmt::format("{}, {}", value.geo_point().latitude(), value.geo_point().longitude());
      case v1::Value::kNode:
        return Node(client::NodeId{value.node()});
      case v1::Value::kNodeId:
        return "#" + value.node_id();
      case v1::Value::kList: {
        std::string out = "[";
        for (const v1::Value& item : value.list().values()) {
          out += (out.size() > 1 ? ", " : "") + Of(item, true);
        }
        return out + "]";
      }
      case v1::Value::kMap: {
        std::string out = "{";
        for (const v1::ValueMapEntry& entry : value.map().entries()) {
          out += (out.size() > 1 ? ", " : "") + entry.key() + ": " + Of(entry.value(), true);
        }
        return out + "}";
      }
      case v1::Value::kFact:
        return FactText(value.fact());
      case v1::Value::kPath: {
        const v1::Path& path = value.path();
        std::string out = "(" + Node(client::NodeId{path.nodes(0)}) + ")";
        for (int i = 0; i < path.facts_size(); ++i) {
          const bool forward = path.facts(i).subject() == path.nodes(i);
          out += (forward ? "-[:" : "<-[:") + path.facts(i).predicate() +
                 (forward ? "]->(" : "]-(") + Node(client::NodeId{path.nodes(i + 1)}) + ")";
        }
        return out;
      }
      case v1::Value::KIND_NOT_SET:
        return "null";
    }
    return "?";
  }

  const client::NodeCards& cards_;
};

v1::Value ValueOf(const nlohmann::json& json) {
  v1::Value value;
  if (json.is_boolean()) value.set_boolean(json.get<bool>());
  if (json.is_number_integer()) value.set_integer(json.get<int64_t>());
  if (json.is_number_float()) value.set_real(json.get<double>());
  if (json.is_string()) value.mutable_text()->set_text(json.get<std::string>());
  if (json.is_array()) {
    value.mutable_list();
    for (const auto& item : json) *value.mutable_list()->add_values() = ValueOf(item);
  }
  if (json.is_object()) {
    value.mutable_map();
    for (const auto& [key, item] : json.items()) {
      v1::ValueMapEntry* entry = value.mutable_map()->add_entries();
      entry->set_key(key);
      *entry->mutable_value() = ValueOf(item);
    }
  }
  return value;
}

// A session over gRPC; how it gets at its server is the derived class's.
class ServerSession : public Session {
 public:
  ServerSession() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "sightline-slt.XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~ServerSession() override { std::filesystem::remove_all(directory_); }

  Outcome Run(const std::string& text,
              const std::map<std::string, std::string>& parameters) override {
    v1::ExecuteQueryRequest request;
    request.set_query(text);
    request.set_whole_if_small(IsWholeIfSmall());
    *request.mutable_parameters() = ParametersOf(parameters);
    // Again and again: what is asked often may be answered in another way.
    std::optional<Outcome> fetched;
    const bool shows_times = text.starts_with("PROFILE");
    for (int i = 0; AlsoFetches() && !shows_times && i < 3; ++i) fetched = Fetch(request);
    Outcome outcome = Execute(request);
    if (fetched && Differs(*fetched, outcome)) outcome.error_code = "FetchRows answers otherwise";
    return outcome;
  }

 protected:
  // Whether small results come as one message: the rows are the same either way.
  virtual bool IsWholeIfSmall() const = 0;
  // Whether everything is asked with FetchRows before.
  virtual bool AlsoFetches() const = 0;
  std::string Folder(const char* name) const { return directory_ / name; }

  std::unique_ptr<client::Connection> connection_;

 private:
  static google::protobuf::Map<std::string, v1::Value> ParametersOf(
      const std::map<std::string, std::string>& parameters) {
    google::protobuf::Map<std::string, v1::Value> values;
    for (const auto& [name, json] : parameters) {
      v1::Value& value = values[name];
      if (!json.empty() && json[0] == '#') {
        value.set_node_id(json.substr(1));
      } else {
        const auto parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
        value = ValueOf(parsed.is_discarded() ? nlohmann::json(json) : parsed);
      }
    }
    return values;
  }

  // Of the same rows; their order, where the text says none, may be another.
  static bool Differs(const Outcome& fetched, const Outcome& executed) {
    if (fetched.error_code == "SL7001" || fetched.error_code == "SL8022") return false;
    std::vector<std::string> a = fetched.rows, b = executed.rows;
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    return a != b || fetched.columns != executed.columns || fetched.notices != executed.notices ||
           fetched.error_code != executed.error_code;
  }

  static void AddRows(const client::ResultBatch& batch, const client::NodeCards& cards,
                      Outcome* outcome) {
    const CellText cells(cards);
    for (size_t row = 0; row < batch.row_count(); ++row) {
      std::string line;
      for (size_t column = 0; column < batch.column_count(); ++column) {
        line += (column > 0 ? "\t" : "") + cells.Of(batch.cell(column, row));
      }
      outcome->rows.push_back(std::move(line));
    }
  }

  Outcome Fetch(const v1::ExecuteQueryRequest& executed) {
    v1::FetchRowsRequest request;
    request.set_query(executed.query());
    *request.mutable_parameters() = executed.parameters();
    const auto fetched = connection_->FetchRows(request, {});
    if (!fetched.ok()) return Failed(fetched.error());
    Outcome outcome;
    for (const v1::ColumnSpec& column : fetched->columns) outcome.columns.push_back(column.name());
    AddRows(fetched->rows, fetched->cards, &outcome);
    for (const v1::Diagnostic& notice : fetched->notices) outcome.notices.push_back(notice.code());
    return outcome;
  }

  Outcome Execute(const v1::ExecuteQueryRequest& request) {
    auto stream = connection_->Execute(request, {});
    if (!stream.ok()) return Failed(stream.error());
    Outcome outcome;
    for (const v1::ColumnSpec& column : (*stream)->header().columns()) {
      outcome.columns.push_back(column.name());
    }
    client::ResultBatch batch;
    for (;;) {
      const auto more = (*stream)->Next(&batch);
      if (!more.ok()) return Failed(more.error());
      if (!*more) break;
      AddRows(batch, (*stream)->cards(), &outcome);
    }
    for (const v1::Diagnostic& notice : (*stream)->trailer().notices()) {
      outcome.notices.push_back(notice.code());
    }
    return outcome;
  }

  static Outcome Failed(const client::Error& error) {
    Outcome outcome;
    outcome.error_code = error.reason;
    outcome.error_text = client::CodeName(error.code) + " " + error.message;
    if (!error.diagnostics.empty()) {
      const v1::Diagnostic& first = error.diagnostics[0];
      outcome.error_code = first.code();
      outcome.error_place = fmt::format("{}:{}", first.span().line(), first.span().column());
    }
    return outcome;
  }

  std::filesystem::path directory_;
};

// On a unix socket, where the server is told at its start what its one caller may see.
class PrivateServerSession final : public ServerSession {
 public:
  ~PrivateServerSession() override { connection_.reset(); }

  Status SetClock(const std::string&) override {
    return Unimplemented("the server takes the time from the machine");
  }

  bool IsWholeIfSmall() const override { return false; }
  bool AlsoFetches() const override { return false; }

  Status SetUser(const User& user) override {
    user_ = user;
    return Restart();
  }

  Status Restart() override {
    connection_.reset();
    server_.reset();
    client::EmbeddedServerOptions options;
    options.data_dir = Folder("store");
    options.program = std::getenv("SIGHTLINED");
    options.arguments = {"--order", "names", "--clearance", user_.clearance};
    if (!user_.authorizations.empty()) {
      options.arguments.insert(options.arguments.end(), {"--authorizations", user_.authorizations});
    }
    auto server = client::EmbeddedServer::Start(options);
    if (!server.ok()) return Failure(server.error());
    server_ = std::move(*server);
    auto connection = client::Connection::Open(server_->address(), {});
    if (!connection.ok()) return Failure(connection.error());
    connection_ = std::move(*connection);
    return OkStatus();
  }

 private:
  User user_;
  std::unique_ptr<client::EmbeddedServer> server_;
};

std::string ReadLine(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

// As strangers meet the server: a TCP port with TLS, users, and a token for each of them.
class SecureServerSession final : public ServerSession {
 public:
  ~SecureServerSession() override { Stop(); }

  bool IsWholeIfSmall() const override { return true; }
  bool AlsoFetches() const override { return true; }

  // Of the user who asks from here on: one user, whose clearance an administrator changes.
  Status SetUser(const User& user) override {
    SL_ASSIGN_OR_RETURN(const auto admin, ConnectWith(ReadLine(Folder("admin.token"))));
    const auto label = kLabels.find(user.clearance);
    if (label == kLabels.end()) return InvalidArgument("No TLP label: {}", user.clearance);
    v1::User described;
    described.set_name("analyst");
    described.set_role(v1::ROLE_WRITER);
    described.mutable_clearance()->set_tlp_max(label->second);
    for (size_t begin = 0; begin < user.authorizations.size();) {
      const size_t end = std::min(user.authorizations.find(',', begin), user.authorizations.size());
      described.mutable_clearance()->add_authorizations(
          user.authorizations.substr(begin, end - begin));
      begin = end + 1;
    }
    if (token_.empty()) {
      v1::CreateUserRequest request;
      *request.mutable_user() = described;
      if (auto made = admin->CreateUser(request, {}); !made.ok()) return Failure(made.error());
      v1::IssueTokenRequest issue;
      issue.set_user(described.name());
      issue.mutable_lifetime();  // Without end: the clock may be set.
      auto issued = admin->IssueToken(issue, {});
      if (!issued.ok()) return Failure(issued.error());
      token_ = issued->secret();
    } else {
      v1::UpdateUserRequest request;
      *request.mutable_user() = described;
      if (auto made = admin->UpdateUser(request, {}); !made.ok()) return Failure(made.error());
    }
    SL_ASSIGN_OR_RETURN(connection_, ConnectWith(token_));
    return OkStatus();
  }

  // The server is started again under libfaketime, which reads the time from a file.
  Status SetClock(const std::string& instant) override {
    const std::string library = FakeTimeLibrary();
    if (library.empty()) return Unimplemented("there is no libfaketime to set the server's clock");
    std::string time = instant.substr(0, instant.find('Z'));
    if (const size_t t = time.find('T'); t != std::string::npos) time[t] = ' ';
    // The server may be reading it.
    std::ofstream(Folder("time.new")) << "@" << time << "\n";
    std::filesystem::rename(Folder("time.new"), Folder("time"));
    if (!program_.empty()) return OkStatus();
    program_ = Folder("sightlined");
    std::ofstream(program_) << "#!/bin/sh\nexec env TZ=UTC LD_PRELOAD=" << library
                            << " FAKETIME_TIMESTAMP_FILE='" << Folder("time")
                            << "' FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 '"
                            << std::getenv("SIGHTLINED") << "' \"$@\"\n";
    std::filesystem::permissions(program_, std::filesystem::perms::owner_all);
    return Restart();
  }

  Status Restart() override {
    Stop();
    if (tls_.certificate.empty()) tls_ = test::TlsFiles::MakeIn(Folder(""));
    if (tls_.certificate.empty()) return Internal("openssl made no certificate");
    int exit_code = 0;
    std::string errors;
    server_ = test::SightlinedProcess::Start(
        program_.empty() ? std::getenv("SIGHTLINED") : program_, Folder("store"),
        {"--listen", "127.0.0.1:0", "--tls-certificate", tls_.certificate_file, "--tls-key",
         tls_.key_file, "--admin-token-file", Folder("admin.token")},
        &exit_code, &errors);
    if (server_ == nullptr) return Internal("sightlined exited with {}: {}", exit_code, errors);
    if (token_.empty()) return SetUser({});
    SL_ASSIGN_OR_RETURN(connection_, ConnectWith(token_));
    return OkStatus();
  }

 private:
  static std::string FakeTimeLibrary() {
#if defined(__SANITIZE_ADDRESS__)
    return "";  // It would have to be loaded first, and so would the sanitizer.
#else
    for (const char* architecture : {"x86_64-linux-gnu", "aarch64-linux-gnu"}) {
      const std::string path = fmt::format("/usr/lib/{}/faketime/libfaketimeMT.so.1", architecture);
      if (std::filesystem::exists(path)) return path;
    }
    return "";
#endif
  }

  void Stop() {
    connection_.reset();
    if (server_ == nullptr) return;
    server_->Signal(SIGTERM);
    server_->Wait(std::chrono::seconds(30));
    server_.reset();
  }

  StatusOr<std::unique_ptr<client::Connection>> ConnectWith(const std::string& token) const {
    client::ConnectOptions options;
    options.timeout = std::chrono::seconds(30);
    options.token = token;
    options.tls = client::TlsOptions{.ca = tls_.certificate, .certificate = "", .key = ""};
    auto connection = client::Connection::Open(server_->address(), options);
    if (!connection.ok()) return Failure(connection.error());
    return std::move(*connection);
  }

  static const std::map<std::string, v1::TlpLabel> kLabels;

  test::TlsFiles tls_;
  std::string program_;  // What runs the server, where its clock is set.
  std::string token_;
  std::unique_ptr<test::SightlinedProcess> server_;
};

const std::map<std::string, v1::TlpLabel> SecureServerSession::kLabels = {
    {"TLP:CLEAR", v1::TLP_LABEL_CLEAR}, {"TLP:GREEN", v1::TLP_LABEL_GREEN},
    {"TLP:AMBER", v1::TLP_LABEL_AMBER}, {"TLP:AMBER+STRICT", v1::TLP_LABEL_AMBER_STRICT},
    {"TLP:RED", v1::TLP_LABEL_RED},
};

template <typename Kind>
StatusOr<std::unique_ptr<Session>> Open() {
  auto session = std::make_unique<Kind>();
  SL_RETURN_IF_ERROR(session->Restart());
  return session;
}

}  // namespace

std::vector<SessionKind> SessionKinds() {
  return {{.name = "server", .open = Open<PrivateServerSession>},
          {.name = "server_tls", .open = Open<SecureServerSession>}};
}

}  // namespace sightline::conformance
