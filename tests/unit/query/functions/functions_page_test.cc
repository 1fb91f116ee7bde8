// docs/language/functions.md is written from the registry. SIGHTLINE_WRITE_PAGES=1 in the
// environment writes it anew; otherwise the test says whether it is up to date.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "query/functions/fields.h"
#include "query/functions/function_families.h"
#include "query/functions/registry.h"
#include "storage/base/status.h"

namespace sightline::query {
namespace {

constexpr char kPagePath[] = "docs/language/functions.md";

std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c;
  }
  return cell;
}

template <typename Functions>
std::string FunctionTable(std::string_view title, const Functions& functions) {
  std::string table = fmt::format("\n## {}\n\n| Function | |\n|---|---|\n", title);
  for (const auto& function : functions) {
    table += fmt::format("| `{}` | {} |\n", Cell(function.signature), Cell(function.summary));
  }
  return table;
}

std::string FieldTable(std::string_view title, std::span<const Field> fields) {
  std::string table = fmt::format("\n### {}\n\n| Field | Type | |\n|---|---|---|\n", title);
  for (const Field& field : fields) {
    table += fmt::format("| `{}` | {} | {} |\n", field.name, StaticTypeName(field.type),
                         Cell(field.summary));
  }
  return table;
}

std::string Page() {
  std::string page =
      "# Functions and fields\n\n"
      "Written from the registry of functions (`query/functions`); a test keeps it up to date.\n\n"
      "Names are matched without regard to case. Unless said otherwise an unknown argument gives\n"
      "unknown (null). NUMBER is INTEGER, FLOAT or DECIMAL; AMOUNT is MONEY, QUANTITY or\n"
      "PERCENTAGE. A number that is only bounded (`> 500M`, `~ 70`) keeps its bound where the\n"
      "result is certain; where it is not, the result is unknown and a notice (N3005) says so.\n"
      "\nA FLOAT is always a finite number. What would be larger is an error (SL5003), and so is\n"
      "what has no value, such as `sqrt(-1)`, `log(0)` or `1.0 / 0` (SL5004), as with INTEGER\n"
      "and DECIMAL. `toFloat('NaN')` is null: that text is no number.\n";
  page += FunctionTable("Texts", TextFunctions());
  page += FunctionTable("Numbers", NumberFunctions());
  page += FunctionTable("Lists and any values", ListFunctions());
  page += FunctionTable("Times", TimeFunctions());
  page += FunctionTable("Conversion and bounds", ConversionFunctions());
  page += FunctionTable("Nodes, facts and paths", GraphFunctions());
  page += FunctionTable("Origins, disputes, evidence", DisputeFunctions());
  page += FunctionTable("Identity", IdentityFunctions());
  page += FunctionTable("Aggregates", AggregateFunctions());
  page +=
      "\nAggregates skip what is unknown, except `count(*)`. `DISTINCT` before the argument "
      "counts\n"
      "each value once.\n\n## Fields\n\nWhat `x.field` reads. `recordedAt` is the same field as\n"
      "`recorded_at`. Of statements and facts, any other name reads the qualifier of that name.\n";
  page += FieldTable("Of a statement", StatementFields());
  page += FieldTable("Of a fact", FactFields());
  page += FieldTable("Of a path", PathFields());
  page += FieldTable("Of dates, amounts and points", ValueFields());
  return page;
}

TEST(FunctionsPage, IsUpToDate) {
  const std::string page = Page();
  if (std::getenv("SIGHTLINE_WRITE_PAGES") != nullptr) {
    std::ofstream(kPagePath, std::ios::binary) << page;
  }
  std::ifstream file(kPagePath, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), page) << "write it anew: SIGHTLINE_WRITE_PAGES=1 bin/query_functions_test "
                                 "--gtest_filter=FunctionsPage.*";
}

}  // namespace
}  // namespace sightline::query
