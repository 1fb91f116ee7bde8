#include "tests/unit/server/ingest/recording_sink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "server/ingest/term_check.h"
#include "tests/support/temp_directory.h"

namespace sightline::server {
namespace {

std::string NodeText(const ImportedNode& node) {
  if (node.statement != 0) return "#" + std::to_string(node.statement);
  EXPECT_EQ(FaultOfExternalId(node.external_id), "") << node.external_id;
  EXPECT_TRUE(IsUtf8(node.external_id));
  return "<" + std::string(node.external_id) + ">";
}

}  // namespace

std::string ObjectText(const ImportedObject& object) {
  switch (object.kind) {
    case ImportedObject::Kind::kNode:
      return NodeText(object.node);
    case ImportedObject::Kind::kText: {
      EXPECT_LE(object.text.size(), kTextBytesMax);
      EXPECT_TRUE(IsUtf8(object.text));
      std::string text = "\"" + std::string(object.text) + "\"";
      if (!object.language.empty()) text += "@" + std::string(object.language);
      return text;
    }
    case ImportedObject::Kind::kValue:
      return std::string(storage::ValueTypeName(object.value->type())) + " " +
             object.value->ToString();
  }
  return "";
}

Status RecordingSink::DefineClass(const ImportedClass& definition) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const std::string_view parent : definition.parents) {
    EXPECT_TRUE(classes.contains(std::string(parent))) << parent;
  }
  classes.try_emplace(std::string(definition.name), definition.parents.begin(),
                      definition.parents.end());
  return OkStatus();
}

Status RecordingSink::DefinePredicate(const ImportedPredicate& definition) {
  const std::lock_guard<std::mutex> lock(mutex_);
  predicates.emplace(definition.name);
  return OkStatus();
}

Status RecordingSink::DefinePrefix(std::string_view name, std::string_view iri) {
  const std::lock_guard<std::mutex> lock(mutex_);
  prefixes.emplace(name, iri);
  return OkStatus();
}

StatusOr<StatementHandle> RecordingSink::OpenStatement(const ImportedStatement& header) {
  const std::lock_guard<std::mutex> lock(mutex_);
  RecordedStatement statement;
  EXPECT_FALSE(header.claimant.empty());
  statement.claimant = header.claimant;
  statement.document = header.document;
  statement.dataset = header.dataset;
  statement.header = header;
  statement.access = header.marking.access;
  for (const ImportedQualifier& qualifier : header.qualifiers) {
    EXPECT_TRUE(predicates.contains(std::string(qualifier.predicate))) << qualifier.predicate;
    statement.qualifiers.push_back(std::string(qualifier.predicate) + " " +
                                   ObjectText(qualifier.value));
  }
  statements.push_back(std::move(statement));
  return statements.size();
}

Status RecordingSink::AddFact(StatementHandle statement, ImportedNode subject,
                              std::string_view predicate, const ImportedObject& object) {
  const std::lock_guard<std::mutex> lock(mutex_);
  EXPECT_TRUE(predicates.contains(std::string(predicate))) << predicate;
  EXPECT_GE(statement, 1u);
  EXPECT_LE(statement, statements.size());
  EXPECT_FALSE(statements[statement - 1].closed);
  if (predicate == refused_predicate) return InvalidArgument("the catalog forbids it");
  statements[statement - 1].facts.push_back(NodeText(subject) + " " + std::string(predicate) + " " +
                                            ObjectText(object));
  return OkStatus();
}

Status RecordingSink::CloseStatement(StatementHandle statement) {
  const std::lock_guard<std::mutex> lock(mutex_);
  RecordedStatement& recorded = statements[statement - 1];
  EXPECT_FALSE(recorded.closed);
  recorded.closed = true;
  std::sort(recorded.facts.begin(), recorded.facts.end());
  return OkStatus();
}

class RecordingSink::Lane : public ImportSink {
 public:
  explicit Lane(RecordingSink& sink) : sink_(sink) {}
  Status DefineClass(const ImportedClass& definition) override {
    return sink_.DefineClass(definition);
  }
  Status DefinePredicate(const ImportedPredicate& definition) override {
    return sink_.DefinePredicate(definition);
  }
  Status DefinePrefix(std::string_view name, std::string_view iri) override {
    return sink_.DefinePrefix(name, iri);
  }
  StatusOr<StatementHandle> OpenStatement(const ImportedStatement& header) override {
    return sink_.OpenStatement(header);
  }
  Status AddFact(StatementHandle statement, ImportedNode subject, std::string_view predicate,
                 const ImportedObject& object) override {
    return sink_.AddFact(statement, subject, predicate, object);
  }
  Status CloseStatement(StatementHandle statement) override {
    return sink_.CloseStatement(statement);
  }

 private:
  RecordingSink& sink_;
};

StatusOr<std::unique_ptr<ImportSink>> RecordingSink::NewLane() {
  std::unique_ptr<ImportSink> lane;
  if (has_lanes) lane = std::make_unique<Lane>(*this);
  return lane;
}

std::vector<std::string> RecordingSink::Facts() const {
  std::vector<std::string> facts;
  for (const RecordedStatement& statement : statements) {
    facts.insert(facts.end(), statement.facts.begin(), statement.facts.end());
  }
  std::sort(facts.begin(), facts.end());
  return facts;
}

Imported ImportBytes(std::string bytes, ImportOptions options, RecordingSink& sink,
                     uint64_t reject_limit, size_t read_bytes_max) {
  const test::TempDirectory directory;
  const std::string path = directory.Child("rejects.jsonl");
  Imported imported;
  {
    RejectFile rejects(path, reject_limit);
    const StatusOr<ImportReport> report =
        Import(BytesInMemory(std::move(bytes), read_bytes_max), std::move(options), sink, rejects);
    imported.status = report.status();
    if (report.ok()) imported.report = *report;
  }
  std::istringstream lines(ReadWholeFile(path));
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json reject = nlohmann::json::parse(line);
    imported.rejects.push_back(std::to_string(reject["line"].get<uint64_t>()) + ":" +
                               std::to_string(reject["column"].get<uint64_t>()) + " " +
                               reject["reason"].get<std::string>());
    imported.reject_texts.push_back(reject["text"].get<std::string>());
  }
  if (imported.status.ok()) {
    for (const RecordedStatement& statement : sink.statements) EXPECT_TRUE(statement.closed);
  }
  return imported;
}

std::string ReadWholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

}  // namespace sightline::server
