// StatementLine: a line of our own statement format, read. docs/import.md describes the format, and
// docs/dump.md the lines that only dumps have.

#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/ingest/import_options.h"
#include "server/ingest/import_sink.h"
#include "server/ingest/json_reader.h"
#include "storage/catalog/encoding.h"
#include "storage/model/value.h"

namespace sightline::server {

struct StatementLineContext {
  // What a line does not say itself.
  const ImportOptions& options;
  // Takes what a store can hold and a file has no business to: "s/17" as the id of a node, any
  // language, currency and unit.
  bool is_dump = false;
  // The statement of an earlier line, by the id that it gave itself. False: there is none.
  std::function<bool(std::string_view id, StatementHandle* statement)> find;
};

// Borrows from the reader and from itself: neither copied nor moved.
struct StatementLine {
  struct FactLine {
    ImportedNode subject;
    std::string_view predicate;
    ImportedObject object;
  };

  StatementLine() = default;
  StatementLine(const StatementLine&) = delete;
  StatementLine& operator=(const StatementLine&) = delete;

  std::string_view label;  // The id that it gives itself; may be empty.
  std::string_view
      continued;  // The statement whose facts go on here; then `header` does not count.
  ImportedStatement header;
  std::vector<FactLine> facts;

  // What `header` and `facts` borrow.
  std::vector<std::string_view> via;
  std::vector<StatementHandle> derived_from;
  std::vector<ImportedQualifier> qualifiers;
  std::deque<storage::Value> values;
};

// False after it has set the fault.
bool ReadStatementLine(const JsonReader& reader, const JsonNode& record,
                       const StatementLineContext& context, StatementLine* line, ParseFault* fault);

// Whether the line defines a class or a predicate: {"class": "Company", "under": ["Organization"]}.
bool IsDefinition(const JsonReader& reader, const JsonNode& record);
// As ReadStatementLine. REQUIRES: IsDefinition.
bool ReadDefinition(const JsonReader& reader, const JsonNode& record,
                    storage::Definition* definition, ParseFault* fault);

}  // namespace sightline::server
