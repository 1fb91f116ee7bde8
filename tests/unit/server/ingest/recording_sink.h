// RecordingSink: keeps what an importer hands in, as text that a test can compare; and holds the
// importer to what ImportSink says that it promises.

#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "server/ingest/importer.h"

namespace sightline::server {

struct RecordedStatement {
  std::string claimant;
  std::string document;
  std::string dataset;
  ImportedStatement header;  // Its views are gone; only the plain fields count.
  std::string access;
  std::vector<std::string> qualifiers;  // "predicate object"
  std::vector<std::string> facts;       // "subject predicate object", sorted when closed.
  bool closed = false;
};

// "<id>", "\"text\"@en", "INTEGER 5": an object as a test writes it.
std::string ObjectText(const ImportedObject& object);

class RecordingSink : public ImportSink {
 public:
  Status DefineClass(const ImportedClass& definition) override;
  Status DefinePredicate(const ImportedPredicate& definition) override;
  Status DefinePrefix(std::string_view name, std::string_view iri) override;
  StatusOr<StatementHandle> OpenStatement(const ImportedStatement& header) override;
  Status AddFact(StatementHandle statement, ImportedNode subject, std::string_view predicate,
                 const ImportedObject& object) override;
  Status CloseStatement(StatementHandle statement) override;
  StatusOr<std::unique_ptr<ImportSink>> NewLane() override;

  // Of all statements, sorted.
  std::vector<std::string> Facts() const;

  bool has_lanes = false;
  std::string refused_predicate;                            // Whose facts it does not take.
  std::map<std::string, std::vector<std::string>> classes;  // Name -> parents.
  std::set<std::string> predicates;
  std::map<std::string, std::string> prefixes;  // Name -> IRI.
  std::vector<RecordedStatement> statements;    // By handle - 1.

 private:
  class Lane;
  std::mutex mutex_;
};

// Imports bytes; the rejects are "line:column reason".
struct Imported {
  Status status;
  ImportReport report;
  std::vector<std::string> rejects;
  std::vector<std::string> reject_texts;
};
Imported ImportBytes(std::string bytes, ImportOptions options, RecordingSink& sink,
                     uint64_t reject_limit = 1000, size_t read_bytes_max = 0);

// A file as a whole; empty when it is not there.
std::string ReadWholeFile(const std::string& path);

}  // namespace sightline::server
