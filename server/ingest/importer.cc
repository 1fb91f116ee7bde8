#include "server/ingest/importer.h"

#include <string>
#include <string_view>
#include <utility>

#include "server/ingest/ftm_importer.h"
#include "server/ingest/ftm_record.h"
#include "server/ingest/import_lane.h"
#include "server/ingest/rdf_importer.h"
#include "server/ingest/statement_csv_importer.h"
#include "server/ingest/statement_jsonl_importer.h"
#include "server/ingest/term_check.h"
#include "storage/model/marking.h"

namespace sightline::server {
namespace {

Status RunImporter(ByteSource& source, ImportRun& run, ImportSink& sink) {
  switch (run.options.format) {
    case FileFormat::kNTriples:
    case FileFormat::kNQuads:
    case FileFormat::kTurtle:
    case FileFormat::kTriG:
      return ImportRdf(source, run, sink);
    case FileFormat::kFtmEntities:
      return ImportFtmEntities(source, run, sink);
    case FileFormat::kStatementCsv:
    case FileFormat::kStatementPack:
      return ImportFtmStatements(source, run, sink);
    case FileFormat::kStatementJsonl:
      return ImportStatementJsonl(source, run, sink);
    case FileFormat::kAutomatic:
    case FileFormat::kSlql:
      break;
  }
  return Internal("No importer for a format");
}

}  // namespace

Status CompleteOptions(ImportOptions* options) {
  if (options->format == FileFormat::kAutomatic) {
    SL_ASSIGN_OR_RETURN(options->format, FormatOfFileName(options->file_name));
  }
  if (options->format == FileFormat::kSlql) {
    return InvalidArgument("A script of SLQL is run by the query engine; no importer reads it");
  }
  if (options->dataset.empty()) options->dataset = DatasetId(FileStem(options->file_name));
  if (options->claimant.empty()) options->claimant = options->dataset;
  const std::pair<std::string_view, std::string_view> ids[] = {{"dataset", options->dataset},
                                                               {"claimant", options->claimant},
                                                               {"document", options->document}};
  for (const auto& [role, id] : ids) {
    if (id.empty() && role == "document") continue;
    std::string_view fault = FaultOfExternalId(id);
    if (fault.empty() && !IsUtf8(id)) fault = "not UTF-8";
    if (!fault.empty()) return InvalidArgument("The {} of the import: {}", role, fault);
  }
  if (options->language.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") !=
      std::string::npos) {
    return InvalidArgument("The language of the import is not a lower-case language tag: {}",
                           options->language);
  }
  return storage::AccessExpression::Parse(options->marking.access).status();
}

StatusOr<ImportReport> Import(std::unique_ptr<ByteSource> source, ImportOptions options,
                              ImportSink& sink, RejectFile& rejects) {
  SL_RETURN_IF_ERROR(CompleteOptions(&options));
  // A line of it may refer to the ones before.
  if (options.format == FileFormat::kStatementJsonl) options.thread_count = 1;
  SL_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> bytes, Decompress(std::move(source)));
  rejects.SetSourceName(options.file_name);
  const uint64_t rejects_before = rejects.count();
  ImportRun run{options, rejects};
  SL_RETURN_IF_ERROR(RunImporter(*bytes, run, sink));
  SL_RETURN_IF_ERROR(rejects.Finish());
  ImportReport report;
  report.format = options.format;
  report.records = run.records.load();
  report.statements = run.statements.load();
  report.facts = run.facts.load();
  report.rejects = rejects.count() - rejects_before;
  report.bytes_taken = bytes->bytes_taken();
  return report;
}

}  // namespace sightline::server
