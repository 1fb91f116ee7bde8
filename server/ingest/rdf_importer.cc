#include "server/ingest/rdf_importer.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/ingest/line_import.h"
#include "server/ingest/nquads_parser.h"
#include "server/ingest/rdf_literal.h"
#include "server/ingest/rdf_vocabulary.h"
#include "server/ingest/term_check.h"
#include "server/ingest/turtle_chunker.h"
#include "server/ingest/turtle_parser.h"
#include "storage/base/mutex.h"
#include "storage/catalog/catalog.h"

namespace sightline::server {
namespace {

// Prefixes are for people to write. docs/import.md names the limit.
constexpr size_t kPrefixesOfFileMax = 1000;

// "_:watdiv/b0": unique to the file, and the same when the file is loaded again.
std::string BlankNodePrefix(const ImportOptions& options) {
  const std::string_view stem = FileStem(options.file_name);
  std::string prefix = "_:";
  if (options.dataset != "dataset/" + std::string(stem)) prefix += options.dataset + "/";
  prefix += stem;
  prefix += '/';
  return prefix;
}

// The statements of the graphs, which all lanes share. Thread-safe.
class GraphStatements {
 public:
  // The graph's statement, opened on first use. `graph` is an external id; empty: the default
  // graph. None when the sink refused it.
  StatusOr<std::optional<StatementHandle>> HandleOf(const std::string& graph, ImportLane& lane) {
    const storage::MutexLock lock(&mutex_);
    if (const auto found = handles_.find(graph); found != handles_.end()) return found->second;
    ImportedStatement header;
    header.claimant = lane.options().claimant;
    header.dataset = lane.options().dataset;
    header.document = graph.empty() ? std::string_view(lane.options().document) : graph;
    header.marking = lane.options().marking;
    SL_ASSIGN_OR_RETURN(const std::optional<StatementHandle> handle, lane.Open(header));
    handles_.emplace(graph, handle);
    return handle;
  }
  Status CloseAll(ImportSink& sink) {
    const storage::MutexLock lock(&mutex_);
    for (const auto& [graph, handle] : handles_) {
      if (handle) SL_RETURN_IF_ERROR(sink.CloseStatement(*handle));
    }
    return OkStatus();
  }

 private:
  storage::Mutex mutex_;
  std::unordered_map<std::string, std::optional<StatementHandle>> handles_ SL_GUARDED_BY(mutex_);
};

// Quads into facts.
class QuadWriter {
 public:
  QuadWriter(ImportLane& lane, GraphStatements& statements, std::string blank_node_prefix)
      : lane_(lane), statements_(statements), blank_node_prefix_(std::move(blank_node_prefix)) {}

  // `arena` takes what the fact needs beside the quad's own text.
  Status Write(const RdfQuad& quad, TextArena* arena) {
    std::string_view subject;
    std::string_view predicate;
    SL_ASSIGN_OR_RETURN(const bool named, IdOf(quad.subject, arena, &subject));
    if (!named) return OkStatus();
    SL_ASSIGN_OR_RETURN(const bool predicate_named, IdOf(quad.predicate, arena, &predicate));
    if (!predicate_named) return OkStatus();

    storage::Value value;
    ImportedObject object;
    if (quad.object.kind == RdfTerm::Kind::kLiteral) {
      object = ObjectOfLiteral(quad.object, &value, arena);
      if (object.text.size() > kTextBytesMax) {
        return lane_.Reject(
            RejectReason::kTextTooLong,
            fmt::format("a text of {} bytes, more than {}", object.text.size(), kTextBytesMax));
      }
    } else {
      object.kind = ImportedObject::Kind::kNode;
      SL_ASSIGN_OR_RETURN(const bool object_named,
                          IdOf(quad.object, arena, &object.node.external_id));
      if (!object_named) return OkStatus();
    }
    if (predicate == kRdfType) {
      predicate = storage::kInstanceOf;
      if (quad.object.kind == RdfTerm::Kind::kIri) {
        SL_ASSIGN_OR_RETURN(const bool defined, lane_.DefineClass(object.node.external_id, {}));
        if (!defined) return OkStatus();
      }
    }
    SL_ASSIGN_OR_RETURN(const std::optional<StatementHandle> statement, StatementOf(quad.graph));
    if (!statement) return OkStatus();
    return lane_.AddFact(*statement, subject, predicate, object);
  }

 private:
  // False: rejected.
  StatusOr<bool> IdOf(const RdfTerm& term, TextArena* arena, std::string_view* id) {
    *id =
        term.kind == RdfTerm::Kind::kBlank ? arena->Join(blank_node_prefix_, term.text) : term.text;
    const std::string_view fault = FaultOfExternalId(*id);
    if (fault.empty()) return true;
    SL_RETURN_IF_ERROR(lane_.Reject(RejectReason::kBadId, std::string(fault)));
    return false;
  }

  // Quads of one graph mostly stand together.
  StatusOr<std::optional<StatementHandle>> StatementOf(const RdfTerm& graph) {
    if (have_last_ && graph.kind == last_kind_ && graph.text == last_graph_) return last_handle_;
    std::string id;
    if (graph.kind == RdfTerm::Kind::kBlank) id = blank_node_prefix_;
    if (graph.kind != RdfTerm::Kind::kNone) id += graph.text;
    SL_ASSIGN_OR_RETURN(last_handle_, statements_.HandleOf(id, lane_));
    last_kind_ = graph.kind;
    last_graph_ = std::string(graph.text);
    have_last_ = true;
    return last_handle_;
  }

  ImportLane& lane_;
  GraphStatements& statements_;
  const std::string blank_node_prefix_;
  bool have_last_ = false;
  RdfTerm::Kind last_kind_ = RdfTerm::Kind::kNone;
  std::string last_graph_;
  std::optional<StatementHandle> last_handle_;
};

class NQuadsLineParser : public LineParser {
 public:
  NQuadsLineParser(ImportLane& lane, GraphStatements& statements)
      : lane_(lane),
        graphs_(lane.options().format == FileFormat::kNQuads),
        writer_(lane, statements, BlankNodePrefix(lane.options())) {}

  Status ParseLine(std::string_view line, uint64_t line_number) override {
    arena_.Reset();
    RdfQuad quad;
    const ParsedLine parsed = ParseNQuadsLine(line, graphs_, &arena_, &quad, &fault_);
    if (parsed == ParsedLine::kNothing) return OkStatus();
    lane_.BeginRecord({line_number, 1, line});
    if (parsed == ParsedLine::kFault) return lane_.RejectAt(fault_);
    return writer_.Write(quad, &arena_);
  }

 private:
  ImportLane& lane_;
  const bool graphs_;
  QuadWriter writer_;
  TextArena arena_;
  ParseFault fault_;
};

// Those that hold at the end of the file. What the store does not take as a prefix (the empty one,
// one for a relative IRI) is none to it: the quads do not need it.
Status DefinePrefixes(const TurtleParser& parser, ImportSink& sink) {
  size_t count = 0;
  for (const auto& [name, iri] : parser.prefixes()) {
    if (name.empty()) continue;
    if (++count > kPrefixesOfFileMax) break;
    const Status defined = sink.DefinePrefix(name, iri);
    if (!defined.ok() && defined.code() != StatusCode::kInvalidArgument) return defined;
  }
  return OkStatus();
}

Status ImportTurtle(ByteSource& source, ImportRun& run, ImportSink& sink,
                    GraphStatements& statements) {
  constexpr uint64_t kProgressPieces = 1 << 12;
  const bool trig = run.options.format == FileFormat::kTriG;
  ImportLane lane(sink, run);
  QuadWriter writer(lane, statements, BlankNodePrefix(run.options));
  TurtleChunker chunker(source, trig);
  TurtleParser parser(trig);
  TurtlePiece piece;
  std::vector<RdfQuad> quads;
  ParseFault fault;
  TextArena arena;
  for (uint64_t piece_count = 1;; ++piece_count) {
    SL_ASSIGN_OR_RETURN(const bool more, chunker.Next(&piece));
    if (!more) break;
    lane.BeginRecord({piece.line, piece.column, piece.text});
    if (piece.too_long) {
      SL_RETURN_IF_ERROR(
          lane.Reject(RejectReason::kRecordTooLong,
                      fmt::format("a statement of more than {} bytes", kRecordBytesMax)));
      continue;
    }
    if (!parser.Parse(piece.text, &quads, &fault)) SL_RETURN_IF_ERROR(lane.RejectAt(fault));
    arena.Reset();
    for (const RdfQuad& quad : quads) SL_RETURN_IF_ERROR(writer.Write(quad, &arena));
    if (piece_count % kProgressPieces == 0 && run.options.on_progress) {
      lane.FlushCounts();
      SL_RETURN_IF_ERROR(
          run.options.on_progress({source.bytes_taken(), run.records.load(), run.facts.load()}));
    }
  }
  SL_RETURN_IF_ERROR(DefinePrefixes(parser, sink));
  if (parser.InGraph()) {
    lane.BeginRecord({piece.line, piece.column, {}});
    return lane.Reject(RejectReason::kSyntax, "the file ends inside a graph: '}' is missing");
  }
  return OkStatus();
}

}  // namespace

Status ImportRdf(ByteSource& source, ImportRun& run, ImportSink& sink) {
  GraphStatements statements;
  const FileFormat format = run.options.format;
  if (format == FileFormat::kTurtle || format == FileFormat::kTriG) {
    SL_RETURN_IF_ERROR(ImportTurtle(source, run, sink, statements));
  } else {
    SL_RETURN_IF_ERROR(ImportLines(source, run, sink, [&statements](ImportLane& lane) {
      return std::make_unique<NQuadsLineParser>(lane, statements);
    }));
  }
  return statements.CloseAll(sink);
}

}  // namespace sightline::server
