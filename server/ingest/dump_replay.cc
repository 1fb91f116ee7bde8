#include "server/ingest/dump_replay.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/ingest/json_reader.h"
#include "server/ingest/line_chunker.h"
#include "server/ingest/statement_draft.h"
#include "server/ingest/statement_line.h"
#include "server/ingest/stored_line.h"
#include "storage/catalog/encoding.h"
#include "storage/load/store_load.h"
#include "storage/store.h"
#include "storage/txn/transaction.h"

namespace sightline::server {
namespace {

using storage::StatementDraft;
using storage::StatementId;
using storage::TermId;

constexpr std::string_view kFirstLineBegins = "{\"dump\":";
// A statement whose origins and details fill so much is not to be expected.
constexpr size_t kLineBytesMax = 256 << 20;

// Says what the dump says. Read from the writer's thread and the compaction's.
class ReplayClock final : public storage::Clock {
 public:
  int64_t NowMicros() override { return now_micros_; }
  void Set(int64_t micros) { now_micros_ = micros; }

 private:
  std::atomic<int64_t> now_micros_{0};
};

// "s/17" -> 17.
std::optional<uint64_t> NumberOf(std::string_view id) {
  uint64_t number = 0;
  if (!id.starts_with("s/")) return std::nullopt;
  const auto [end, error] = std::from_chars(id.data() + 2, id.data() + id.size(), number);
  if (error != std::errc() || end != id.data() + id.size()) return std::nullopt;
  return number;
}

// One commit that is being made again. Terms are those of the commit, and of no other.
class CommitWriter {
 public:
  virtual ~CommitWriter() = default;

  // All of the commit's definitions, before all else. `wrong` as Transaction::Record has it.
  virtual Status Define(const std::vector<storage::Definition>& definitions, size_t* wrong) = 0;
  virtual Status Retract(StatementId statement, std::string_view reason) = 0;
  virtual StatusOr<TermId> Entity(std::string_view external_id) = 0;
  virtual StatusOr<TermId> Value(const storage::Value& value) = 0;
  virtual TermId Statement(uint64_t number) const = 0;
  // A statement, whose facts follow; and its end.
  virtual Status Open(StatementDraft draft) = 0;
  virtual Status AddFact(TermId subject, std::string_view predicate, TermId object) = 0;
  virtual Status Close() = 0;
  virtual Status Commit(storage::Durability durability) = 0;

  StatusOr<TermId> Node(const ImportedNode& node) {
    if (node.statement != 0) return Statement(node.statement);
    // In a dump, an entity is never called so.
    if (const auto number = NumberOf(node.external_id)) return Statement(*number);
    return Entity(node.external_id);
  }
  StatusOr<TermId> Object(const ImportedObject& object) {
    switch (object.kind) {
      case ImportedObject::Kind::kNode:
        return Node(object.node);
      case ImportedObject::Kind::kText:
        return Value(
            storage::Value::OfText(std::string(object.text), std::string(object.language)));
      case ImportedObject::Kind::kValue:
        break;
    }
    return Value(*object.value);
  }
  // All of a statement but its facts.
  StatusOr<StatementDraft> Draft(const ImportedStatement& header) {
    const auto node_of = [this](const ImportedNode& node) { return Node(node); };
    return DraftOf(
        header, node_of, node_of, [this](const ImportedObject& object) { return Object(object); },
        [this](StatementHandle origin) { return StatementId{Statement(origin).payload()}; });
  }
};

class TransactionWriter final : public CommitWriter {
 public:
  explicit TransactionWriter(std::unique_ptr<storage::Transaction> transaction)
      : transaction_(std::move(transaction)) {}

  Status Define(const std::vector<storage::Definition>& definitions, size_t* wrong) override {
    return transaction_->Record(definitions, wrong);
  }
  Status Retract(StatementId statement, std::string_view reason) override {
    return transaction_->Retract(statement, reason);
  }
  StatusOr<TermId> Entity(std::string_view external_id) override {
    return transaction_->InternEntity(external_id);
  }
  StatusOr<TermId> Value(const storage::Value& value) override {
    return transaction_->InternValue(value);
  }
  TermId Statement(uint64_t number) const override {
    return TermId::Make(storage::TermTag::kStatement, number);
  }
  Status Open(StatementDraft draft) override {
    draft_ = std::move(draft);
    return OkStatus();
  }
  Status AddFact(TermId subject, std::string_view predicate, TermId object) override {
    SL_ASSIGN_OR_RETURN(const TermId term, Entity(predicate));
    draft_.facts.push_back({subject, term, object});
    return OkStatus();
  }
  Status Close() override { return transaction_->Record(draft_).status(); }
  Status Commit(storage::Durability durability) override {
    return transaction_->Commit(durability).status();
  }

 private:
  const std::unique_ptr<storage::Transaction> transaction_;
  StatementDraft draft_;
};

class LoadWriter final : public CommitWriter {
 public:
  LoadWriter(std::unique_ptr<storage::StoreLoad> load, storage::LoadStream* stream,
             uint64_t statements_before)
      : load_(std::move(load)), stream_(stream), statements_before_(statements_before) {}

  Status Define(const std::vector<storage::Definition>& definitions, size_t* wrong) override {
    for (*wrong = 0; *wrong < definitions.size(); ++*wrong) {
      SL_RETURN_IF_ERROR(std::visit([this](const auto& any) { return this->DefineAny(any); },
                                    definitions[*wrong]));
    }
    return OkStatus();
  }
  Status Retract(StatementId, std::string_view) override {
    return InvalidArgument("a bulk load retracts nothing");
  }
  StatusOr<TermId> Entity(std::string_view external_id) override {
    return stream_->Entity(external_id);
  }
  StatusOr<TermId> Value(const storage::Value& value) override { return stream_->Value(value); }
  TermId Statement(uint64_t number) const override {
    return StatementTerm(number <= statements_before_
                             ? StatementId{number}
                             : storage::MakeProvisionalStatement(
                                   static_cast<uint32_t>(number - statements_before_ - 1)));
  }
  Status Open(StatementDraft draft) override {
    SL_ASSIGN_OR_RETURN(statement_, stream_->OpenStatement(draft));
    return OkStatus();
  }
  Status AddFact(TermId subject, std::string_view predicate, TermId object) override {
    SL_ASSIGN_OR_RETURN(const storage::PredicateRef ref, stream_->Predicate(predicate));
    return stream_->Add(statement_, subject, ref, object);
  }
  Status Close() override { return OkStatus(); }
  Status Commit(storage::Durability) override { return load_->Commit().status(); }

 private:
  Status DefineAny(const storage::ClassDefinition& definition) {
    return load_->loader().Define(definition);
  }
  Status DefineAny(const storage::PredicateDefinition& definition) {
    return load_->loader().Define(definition);
  }
  Status DefineAny(const storage::StoredDefinition& definition) {
    return load_->loader().Define(definition);
  }
  static Status DefineAny(const storage::DroppedDefinition& definition) {
    return InvalidArgument("a bulk load drops nothing: '{}'", definition.name);
  }

  const std::unique_ptr<storage::StoreLoad> load_;
  storage::LoadStream* const stream_;
  const uint64_t statements_before_;
  storage::StatementRef statement_;
};

class DumpReplay {
 public:
  DumpReplay(storage::Store* store, ReplayClock* clock, const ReplayOptions& options,
             const storage::CancellationToken* cancellation)
      : store_(*store), clock_(*clock), options_(options), cancellation_(cancellation) {}

  // Errors: kInvalidArgument for a line that cannot stand there; the store's.
  Status Replay(std::string_view line, uint64_t line_number) {
    line_number_ = line_number;
    ParseFault fault;
    const JsonNode* record = reader_.Read(line, &fault);
    const JsonNode* first = record == nullptr ? nullptr : reader_.FirstChild(*record);
    if (record == nullptr) return Wrong(fault);
    if (first == nullptr || record->type != JsonNode::Type::kObject) {
      return InvalidArgument("no JSON object with anything in it");
    }
    if (const std::string_view twice = reader_.RepeatedKey(*record); !twice.empty()) {
      return InvalidArgument("the key \"{}\" stands there twice", twice);
    }
    if (first->key == "dump") return Begin(*first);
    if (!has_begun_) return InvalidArgument("a dump begins with {{\"dump\":1}}");
    if (first->key == "commit") return BeginCommit(*record, *first);
    if (writer_ == nullptr) return InvalidArgument("no commit has begun");
    if (first->key == "retract") return Retract(*record, *first);
    if (IsDefinition(reader_, *record) || IsStoredOrDropped(reader_, *record)) {
      return Define(*record);
    }
    return State(*record);
  }

  // No more lines come.
  Status Finish() {
    if (!has_begun_) return InvalidArgument("a dump begins with {{\"dump\":1}}");
    return EndCommit(storage::Durability::kSynced);
  }

  const ReplayReport& report() const { return report_; }
  // Where the last error lies.
  uint64_t line_number() const { return line_number_; }

 private:
  static Status Wrong(const ParseFault& fault) {
    return InvalidArgument("column {}: {}", fault.offset + 1, fault.message);
  }

  Status Begin(const JsonNode& version) {
    if (has_begun_) return InvalidArgument("a second dump; one store takes one");
    if (version.raw != "1") {
      return InvalidArgument("a dump of version {}; this program reads version 1", version.raw);
    }
    has_begun_ = true;
    return OkStatus();
  }

  Status BeginCommit(const JsonNode& record, const JsonNode& time) {
    // All but the last need not wait for the disk.
    SL_RETURN_IF_ERROR(EndCommit(storage::Durability::kRelaxed));
    int64_t micros = 0;
    if (time.text.starts_with('@')) {
      const auto [end, error] =
          std::from_chars(time.text.data() + 1, time.text.data() + time.text.size(), micros);
      if (error != std::errc() || end != time.text.data() + time.text.size()) {
        return InvalidArgument("\"commit\": not a point in time: '{}'", time.text);
      }
    } else {
      SL_ASSIGN_OR_RETURN(const storage::Instant instant, storage::Instant::Parse(time.text));
      micros = instant.micros;
    }
    clock_.Set(micros);
    is_defined_ = false;
    const JsonNode* load = reader_.Member(record, "load");
    if (load == nullptr || load->raw != "true") {
      SL_ASSIGN_OR_RETURN(auto transaction, store_.BeginTransaction(
                                                storage::Clearance::Unrestricted(), cancellation_));
      writer_ = std::make_unique<TransactionWriter>(std::move(transaction));
      return OkStatus();
    }
    storage::LoadOptions load_options;
    load_options.memory_bytes_max = options_.memory_bytes_max;
    load_options.thread_count = options_.thread_count;
    load_options.token = cancellation_;
    SL_ASSIGN_OR_RETURN(auto bulk_load,
                        store_.BeginBulkLoad(storage::Clearance::Unrestricted(), load_options));
    SL_ASSIGN_OR_RETURN(storage::LoadStream* const stream, bulk_load->loader().NewStream());
    writer_ = std::make_unique<LoadWriter>(std::move(bulk_load), stream, report_.statements);
    return OkStatus();
  }

  Status Define(const JsonNode& record) {
    if (is_defined_) {
      return InvalidArgument("a commit's definitions come before its statements and retractions");
    }
    ParseFault fault;
    storage::Definition& definition = definitions_.emplace_back();
    definition_lines_.push_back(line_number_);
    const bool is_read = IsDefinition(reader_, record)
                             ? ReadDefinition(reader_, record, &definition, &fault)
                             : ReadStoredOrDropped(reader_, record, &definition, &fault);
    return is_read ? OkStatus() : Wrong(fault);
  }

  // The commit's definitions, once it has all of them: they may not agree one by one.
  Status EndDefinitions() {
    if (std::exchange(is_defined_, true) || definitions_.empty()) return OkStatus();
    size_t wrong = 0;
    if (Status defined = writer_->Define(definitions_, &wrong); !defined.ok()) {
      if (wrong < definition_lines_.size()) line_number_ = definition_lines_[wrong];
      return defined;
    }
    definitions_.clear();
    definition_lines_.clear();
    return OkStatus();
  }

  Status EndCommit(storage::Durability durability) {
    if (writer_ == nullptr) return OkStatus();
    SL_RETURN_IF_ERROR(EndDefinitions());
    SL_RETURN_IF_ERROR(EndStatement());
    SL_RETURN_IF_ERROR(writer_->Commit(durability));
    writer_.reset();
    ++report_.commits;
    return OkStatus();
  }

  Status Retract(const JsonNode& record, const JsonNode& id) {
    SL_RETURN_IF_ERROR(EndDefinitions());
    SL_RETURN_IF_ERROR(EndStatement());
    const JsonNode* reason = reader_.Member(record, "reason");
    const auto number = NumberOf(id.text);
    if (!number || reason == nullptr || reason->type != JsonNode::Type::kString) {
      return InvalidArgument("a retraction is {{\"retract\":\"s/1\",\"reason\":\"...\"}}");
    }
    return writer_->Retract(StatementId{*number}, reason->text);
  }

  Status State(const JsonNode& record) {
    StatementLine line;
    ParseFault fault;
    if (!ReadStatementLine(reader_, record, context_, &line, &fault)) return Wrong(fault);
    SL_RETURN_IF_ERROR(EndDefinitions());
    if (line.continued.empty()) {
      SL_RETURN_IF_ERROR(EndStatement());
      if (NumberOf(line.label) != report_.statements + 1) {
        return InvalidArgument("the statement should be s/{}", report_.statements + 1);
      }
      if (line.header.claimant.empty()) return InvalidArgument("the statement has no claimant");
      SL_ASSIGN_OR_RETURN(StatementDraft draft, writer_->Draft(line.header));
      SL_RETURN_IF_ERROR(writer_->Open(std::move(draft)));
      ++report_.statements;
      is_open_ = true;
    } else if (!is_open_ || NumberOf(line.continued) != report_.statements) {
      return InvalidArgument("no statement goes on there: '{}'", line.continued);
    }
    for (const StatementLine::FactLine& fact : line.facts) {
      SL_ASSIGN_OR_RETURN(const TermId subject, writer_->Node(fact.subject));
      SL_ASSIGN_OR_RETURN(const TermId object, writer_->Object(fact.object));
      SL_RETURN_IF_ERROR(writer_->AddFact(subject, fact.predicate, object));
    }
    report_.facts += line.facts.size();
    return OkStatus();
  }

  Status EndStatement() {
    if (!is_open_) return OkStatus();
    is_open_ = false;
    return writer_->Close();
  }

  storage::Store& store_;
  ReplayClock& clock_;
  const ReplayOptions& options_;
  const storage::CancellationToken* const cancellation_;
  // A dump says everything itself.
  const ImportOptions no_defaults_{};
  const StatementLineContext context_{no_defaults_, true,
                                      [this](std::string_view id, StatementHandle* statement) {
                                        const auto number = NumberOf(id);
                                        if (!number || *number == 0 || *number > report_.statements)
                                          return false;
                                        *statement = *number;
                                        return true;
                                      }};
  JsonReader reader_;
  bool has_begun_ = false;
  std::unique_ptr<CommitWriter> writer_;          // Null between commits.
  std::vector<storage::Definition> definitions_;  // Of the commit; what the writer has not got.
  std::vector<uint64_t> definition_lines_;
  bool is_defined_ = false;  // The commit gets no more definitions.
  bool is_open_ = false;     // The last statement may get more facts.
  uint64_t line_number_ = 0;
  ReplayReport report_;
};

StatusOr<ReplayReport> ReplayInto(storage::Store* store, ReplayClock* clock, ByteSource& source,
                                  const ReplayOptions& options,
                                  const storage::CancellationToken& cancellation) {
  DumpReplay replay(store, clock, options, &cancellation);
  LineChunkerOptions chunker_options;
  chunker_options.line_bytes_max = kLineBytesMax;
  LineChunker chunker(source, chunker_options);
  LineChunk chunk;
  const auto named = [&options](const Status& status, uint64_t line_number) {
    return MakeStatus(status.code(), fmt::format("{}, line {}: {}", options.file_name, line_number,
                                                 MessageOf(status)));
  };
  while (true) {
    SL_ASSIGN_OR_RETURN(const bool has_more, chunker.Next(&chunk));
    if (!has_more) break;
    uint64_t line_number = chunk.first_line;
    if (chunk.too_long) {
      return named(InvalidArgument("a line of more than {} bytes", kLineBytesMax), line_number);
    }
    for (std::string_view rest = chunk.bytes; !rest.empty(); ++line_number) {
      SL_RETURN_IF_ERROR(cancellation.Check());
      const std::string_view line = rest.substr(0, rest.find('\n'));
      if (const Status status = replay.Replay(line, line_number); !status.ok()) {
        return named(status, replay.line_number());
      }
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    if (options.on_progress) {
      options.on_progress(
          {source.bytes_taken(), replay.report().statements, replay.report().facts});
    }
  }
  if (const Status status = replay.Finish(); !status.ok()) {
    return named(status, replay.line_number());
  }
  return replay.report();
}

Status SyncDirectory(const std::string& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!is_synced) return Unavailable("Cannot sync {}: {}", directory, std::strerror(error));
  return OkStatus();
}

}  // namespace

StatusOr<bool> IsDump(const std::string& path) {
  SL_ASSIGN_OR_RETURN(auto file, OpenFile(path));
  SL_ASSIGN_OR_RETURN(const auto source, Decompress(std::move(file)));
  const StatusOr<std::string> first = ReadBytes(source.get(), kFirstLineBegins.size());
  SL_RETURN_IF_ERROR(first.status());
  return *first == kFirstLineBegins;
}

StatusOr<ReplayReport> ReplayDump(std::unique_ptr<ByteSource> source, const std::string& directory,
                                  const ReplayOptions& options,
                                  const storage::CancellationToken& cancellation) {
  namespace fs = std::filesystem;
  const fs::path place = fs::absolute(directory).lexically_normal();
  const fs::path target = place.has_filename() ? place : place.parent_path();
  const fs::path partial = target.string() + ".partial";
  std::error_code error;
  if (fs::exists(target, error) && !fs::is_empty(target, error)) {
    return FailedPrecondition(
        "A dump is the whole history of a store, and goes into a new directory: {} is there "
        "already",
        directory);
  }
  if (fs::exists(partial, error)) {
    return FailedPrecondition(
        "{} is there, of an import that did not end; delete it when none is running",
        partial.string());
  }
  SL_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> bytes, Decompress(std::move(source)));
  ReplayClock clock;
  const auto replay = [&]() -> StatusOr<ReplayReport> {
    storage::StoreOptions store_options;
    store_options.clock = &clock;
    SL_ASSIGN_OR_RETURN(const auto store, storage::Store::Open(partial.string(), store_options));
    SL_ASSIGN_OR_RETURN(ReplayReport report,
                        ReplayInto(store.get(), &clock, *bytes, options, cancellation));
    report.store = store->Statistics();
    return report;
  };
  StatusOr<ReplayReport> report = replay();
  if (report.ok()) {
    fs::rename(partial, target, error);
    if (error) {
      report = Unavailable("Cannot give {} its name: {}", directory, error.message());
    } else if (const Status synced = SyncDirectory(target.parent_path().string()); !synced.ok()) {
      report = synced;
    }
  }
  if (!report.ok()) fs::remove_all(partial, error);
  return report;
}

}  // namespace sightline::server
