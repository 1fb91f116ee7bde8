#include "server/ingest/statement_jsonl_importer.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/ingest/json_line_parser.h"
#include "server/ingest/line_import.h"
#include "server/ingest/statement_line.h"

namespace sightline::server {
namespace {

class StatementJsonlParser : public JsonLineParser {
 public:
  using JsonLineParser::JsonLineParser;

  Status Finish() override { return EndStatement(); }

 private:
  Status ParseRecord(const JsonNode& record) override {
    if (const std::string_view twice = reader_.RepeatedKey(record); !twice.empty()) {
      return lane_.Reject(RejectReason::kDuplicateKey,
                          fmt::format("the key \"{}\" stands here twice", twice));
    }
    const JsonNode* first = reader_.FirstChild(record);
    if (first != nullptr && first->key == "dump") {
      return FailedPrecondition(
          "This is a dump, the whole history of a store: sightline-admin import takes it, by "
          "itself "
          "and into a new directory");
    }
    ParseFault fault;
    if (IsDefinition(reader_, record)) {
      storage::Definition definition;
      if (!ReadDefinition(reader_, record, &definition, &fault)) return lane_.RejectAt(fault);
      return lane_.Define(definition);
    }
    StatementLine line;
    if (!ReadStatementLine(reader_, record, context_, &line, &fault)) {
      if (line.continued.empty()) SL_RETURN_IF_ERROR(EndStatement());
      return lane_.RejectAt(fault);
    }
    if (!line.continued.empty()) {
      if (!open_ || line.continued != open_label_) {
        return lane_.Reject(RejectReason::kBadField,
                            fmt::format("\"continue\": the statement before this line is not '{}'",
                                        line.continued));
      }
      return AddFacts(line);
    }
    SL_RETURN_IF_ERROR(EndStatement());
    if (!line.label.empty() && labels_.find(line.label) != labels_.end()) {
      return lane_.Reject(RejectReason::kBadField,
                          fmt::format("\"id\": '{}' is another statement's", line.label));
    }
    SL_ASSIGN_OR_RETURN(open_, lane_.Open(line.header));
    if (!open_) return OkStatus();
    open_label_ = line.label;
    if (!line.label.empty()) labels_.emplace(line.label, *open_);
    return AddFacts(line);
  }

  Status AddFacts(const StatementLine& line) {
    for (const StatementLine::FactLine& fact : line.facts) {
      SL_RETURN_IF_ERROR(lane_.AddFact(*open_, fact.subject, fact.predicate, fact.object));
    }
    return OkStatus();
  }

  Status EndStatement() {
    if (!open_) return OkStatus();
    const StatementHandle handle = *open_;
    open_.reset();
    return lane_.Close(handle);
  }

  std::map<std::string, StatementHandle, std::less<>> labels_;
  std::optional<StatementHandle> open_;  // Its facts may go on in the next line.
  std::string open_label_;
  const StatementLineContext context_{lane_.options(), false,
                                      [this](std::string_view label, StatementHandle* statement) {
                                        const auto found = labels_.find(label);
                                        if (found == labels_.end()) return false;
                                        *statement = found->second;
                                        return true;
                                      }};
};

}  // namespace

Status ImportStatementJsonl(ByteSource& source, ImportRun& run, ImportSink& sink) {
  return ImportLines(source, run, sink,
                     [](ImportLane& lane) { return std::make_unique<StatementJsonlParser>(lane); });
}

}  // namespace sightline::server
