// CheckingSink: holds an importer to what server/ingest/import_sink.h says that it promises.

#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/ingest/importer.h"
#include "server/ingest/term_check.h"
#include "storage/base/check.h"

namespace sightline::server {

class CheckingSink : public ImportSink {
 public:
  Status DefineClass(const ImportedClass& definition) override {
    CheckId(definition.name);
    for (const std::string_view parent : definition.parents) {
      if (!names_.contains(parent)) return InvalidArgument("There is no class {}", parent);
    }
    names_.emplace(definition.name);
    return OkStatus();
  }
  Status DefinePredicate(const ImportedPredicate& definition) override {
    CheckId(definition.name);
    predicates_.emplace(definition.name);
    return OkStatus();
  }
  Status DefinePrefix(std::string_view name, std::string_view /*iri*/) override {
    if (name.empty()) __builtin_trap();
    return OkStatus();
  }
  StatusOr<StatementHandle> OpenStatement(const ImportedStatement& header) override {
    CheckId(header.claimant);
    if (!header.document.empty()) CheckId(header.document);
    if (!header.dataset.empty()) CheckId(header.dataset);
    for (const std::string_view via : header.via) CheckId(via);
    for (const ImportedQualifier& qualifier : header.qualifiers) {
      SL_CHECK(predicates_.contains(qualifier.predicate));
      CheckObject(qualifier.value);
    }
    open_.push_back(true);
    return open_.size();
  }
  Status AddFact(StatementHandle statement, ImportedNode subject, std::string_view predicate,
                 const ImportedObject& object) override {
    SL_CHECK(statement >= 1 && statement <= open_.size() && open_[statement - 1]);
    SL_CHECK(predicates_.contains(predicate));
    CheckNode(subject);
    CheckObject(object);
    return OkStatus();
  }
  Status CloseStatement(StatementHandle statement) override {
    SL_CHECK(open_[statement - 1]);
    open_[statement - 1] = false;
    return OkStatus();
  }

  // After an import that ended well.
  void CheckAllClosed() const {
    for (const bool open : open_) SL_CHECK(!open);
  }

 private:
  static void CheckId(std::string_view id) {
    SL_CHECK(FaultOfExternalId(id).empty());
    SL_CHECK(IsUtf8(id));
  }
  void CheckNode(const ImportedNode& node) const {
    if (node.statement == 0) return CheckId(node.external_id);
    SL_CHECK(node.statement <= open_.size());
  }
  void CheckObject(const ImportedObject& object) const {
    switch (object.kind) {
      case ImportedObject::Kind::kNode:
        return CheckNode(object.node);
      case ImportedObject::Kind::kText:
        SL_CHECK(object.text.size() <= kTextBytesMax);
        SL_CHECK(IsUtf8(object.text));
        return;
      case ImportedObject::Kind::kValue:
        SL_CHECK(object.value != nullptr && !object.value->is_null());
        return;
    }
  }

  std::set<std::string, std::less<>> names_;
  std::set<std::string, std::less<>> predicates_;
  std::vector<bool> open_;
};

// Imports the bytes as `format`, once whole and once with a seam behind every byte; both must give
// the same counts.
inline void CheckImport(const std::string& bytes, FileFormat format) {
  ImportReport reports[2];
  for (const size_t read_bytes_max : {0, 1}) {
    CheckingSink sink;
    RejectFile rejects("", UINT64_MAX);
    ImportOptions options;
    options.file_name = "fuzz";
    options.format = format;
    const StatusOr<ImportReport> report =
        Import(BytesInMemory(bytes, read_bytes_max), options, sink, rejects);
    if (!report.ok()) continue;  // Damaged compressed data, a header without its columns.
    sink.CheckAllClosed();
    reports[read_bytes_max] = *report;
  }
  SL_CHECK(reports[0].records == reports[1].records);
  SL_CHECK(reports[0].statements == reports[1].statements);
  SL_CHECK(reports[0].facts == reports[1].facts);
  SL_CHECK(reports[0].rejects == reports[1].rejects);
}

}  // namespace sightline::server
