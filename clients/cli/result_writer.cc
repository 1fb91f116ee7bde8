#include "clients/cli/result_writer.h"

#include "clients/cli/csv_writer.h"
#include "clients/cli/json_writer.h"
#include "clients/cli/table_writer.h"

namespace sightline::cli {

std::unique_ptr<ResultWriter> MakeResultWriter(const OutputOptions& options, Output* out) {
  switch (options.format) {
    case Format::kTable:
      return std::make_unique<TableWriter>(options, out);
    case Format::kCsv:
      return std::make_unique<CsvWriter>(options.guard_formulas, out);
    case Format::kJson:
      return std::make_unique<JsonWriter>(JsonWriter::Layout::kArray, out);
    case Format::kJsonLines:
      return std::make_unique<JsonWriter>(JsonWriter::Layout::kLines, out);
  }
  return nullptr;
}

}  // namespace sightline::cli
