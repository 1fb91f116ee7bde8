#include "clients/cli/result_writer.h"

#include "clients/cli/csv_writer.h"
#include "clients/cli/dot_writer.h"
#include "clients/cli/gexf_writer.h"
#include "clients/cli/graphml_writer.h"
#include "clients/cli/json_writer.h"
#include "clients/cli/markdown_writer.h"
#include "clients/cli/plan_writer.h"
#include "clients/cli/table_writer.h"
#include "clients/cli/tsv_writer.h"
#include "clients/cli/vertical_writer.h"

namespace sightline::cli {

std::unique_ptr<ResultWriter> MakeResultWriter(const OutputOptions& options,
                                               const v1::ResultHeader& header, Output* out) {
  switch (options.format) {
    case Format::kTable:
      if (options.terminal_columns && IsPlan(header)) {
        return std::make_unique<PlanWriter>(options, out);
      }
      return std::make_unique<TableWriter>(options, out);
    case Format::kVertical:
      return std::make_unique<VerticalWriter>(options, out);
    case Format::kCsv:
      return std::make_unique<CsvWriter>(options.guard_formulas, out);
    case Format::kTsv:
      return std::make_unique<TsvWriter>(out);
    case Format::kJson:
      return std::make_unique<JsonWriter>(JsonWriter::Layout::kArray, out);
    case Format::kJsonLines:
      return std::make_unique<JsonWriter>(JsonWriter::Layout::kLines, out);
    case Format::kMarkdown:
      return std::make_unique<MarkdownWriter>(out);
    case Format::kDot:
      return std::make_unique<DotWriter>(out);
    case Format::kGraphml:
      return std::make_unique<GraphmlWriter>(out);
    case Format::kGexf:
      return std::make_unique<GexfWriter>(out);
  }
  return nullptr;
}

}  // namespace sightline::cli
