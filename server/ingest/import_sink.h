// ImportSink: where an importer puts what it reads. Text in, no ids: the importers know files, the
// sinks know the store (a bulk load, a transaction, a test's recording).
//
// The order of calls, for each statement: OpenStatement, AddFact any number of times, then
// CloseStatement. Many statements may be open at once (an RDF file has one for each graph, all open
// until the file ends). A predicate is passed to DefinePredicate, a class to DefineClass, before
// the first fact or qualifier of the same lane that names it; other entities need no announcement.
//
// What an importer promises, so that a sink need not look again (server/ingest/term_check.h):
//   - an external id is 1 to 1,024 bytes of UTF-8 without control characters, and not "s/<number>";
//   - text is at most 64 KiB of valid UTF-8, a language tag is lower-case ASCII;
//   - a quote is at most 4 KiB; a typed value is one that Transaction::InternValue takes;
//   - polarity, marking and times are valid.
//
// What a sink must do:
//   - copy what it keeps: every string_view and pointer is good only until the call returns;
//   - number statements from 1 on, in any order; the number is a handle for this import alone;
//   - let a class or predicate that the store defines already be as it is (a second definition is
//     not an error and changes nothing);
//   - drop a statement that is closed without a fact;
//   - not make anything visible before the import has ended well: the importer does not take back.
//
// Errors: kInvalidArgument from OpenStatement, AddFact or a definition means "not this one" (the
// catalog forbids it, say): the importer writes a reject and goes on. Any other error ends the
// import.
//
// Thread safety: one thread at a time a sink. NewLane gives further sinks of the same import for
// other threads.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "storage/base/status.h"
#include "storage/catalog/catalog.h"
#include "storage/model/marking.h"
#include "storage/model/statement.h"
#include "storage/model/time_interval.h"
#include "storage/model/value.h"

namespace sightline::server {

// A statement of this import: what OpenStatement returned, in any lane. 0 is none.
using StatementHandle = uint64_t;

// An entity by its external id, or a statement of this import.
struct ImportedNode {
  std::string_view external_id;
  StatementHandle statement = 0;  // When not 0, the external id is empty.

  ImportedNode() = default;
  ImportedNode(std::string_view id) : external_id(id) {}  // NOLINT: an id is a node everywhere.
  static ImportedNode OfStatement(StatementHandle handle) {
    ImportedNode node;
    node.statement = handle;
    return node;
  }
};

// The object of a fact or the value of a qualifier. Borrows.
struct ImportedObject {
  enum class Kind : uint8_t {
    kNode,   // `node`
    kText,   // `text`, with `language` when not empty
    kValue,  // `*value`: neither null, nor text, nor a node
  };
  Kind kind = Kind::kText;
  ImportedNode node;
  std::string_view text;
  std::string_view language;
  const storage::Value* value = nullptr;

  static ImportedObject OfNode(ImportedNode node) {
    ImportedObject object;
    object.kind = Kind::kNode;
    object.node = node;
    return object;
  }
  static ImportedObject OfText(std::string_view text, std::string_view language = {}) {
    ImportedObject object;
    object.text = text;
    object.language = language;
    return object;
  }
  // A text value becomes kText. REQUIRES: `value` outlives the object and is no node.
  static ImportedObject OfValue(const storage::Value& value) {
    if (const storage::Text* text = value.get_if<storage::Text>()) {
      return OfText(text->text, text->language);
    }
    ImportedObject object;
    object.kind = Kind::kValue;
    object.value = &value;
    return object;
  }
};

struct ImportedQualifier {
  std::string_view predicate;
  ImportedObject value;
};

// All of a statement but its facts: storage::StatementDraft with external ids for terms. Borrows.
struct ImportedStatement {
  std::string_view claimant;              // External id; never empty.
  std::string_view document;              // External id, or empty: none.
  std::string_view dataset;               // As above.
  std::span<const std::string_view> via;  // External ids, nearest to the claimant first.
  storage::Polarity polarity = storage::Polarity::kAsserts;
  storage::Mode mode = storage::Mode::kRecord;
  storage::Reliability reliability = storage::Reliability::kUnstated;
  storage::Credibility credibility = 0;
  storage::Marking marking;
  storage::TimeInterval said;
  storage::TimeInterval valid;
  std::optional<storage::TextSpan> text_span;
  std::string_view quote;
  std::span<const StatementHandle> derived_from;
  std::span<const ImportedQualifier> qualifiers;
};

// A definition as far as a file tells.
struct ImportedClass {
  std::string_view name;                      // Also the external id of the class as a node.
  std::span<const std::string_view> parents;  // One that does not exist is to be refused.
  std::string_view label = {};
  std::string_view note = {};
};
struct ImportedPredicate {
  std::string_view name;
  std::string_view label = {};
  // All of it, where the file says more. Null: no domain, no range, many values, as DEFINE has it.
  const storage::PredicateDefinition* definition = nullptr;
};

class ImportSink {
 public:
  virtual ~ImportSink() = default;

  virtual Status DefineClass(const ImportedClass& definition) = 0;
  virtual Status DefinePredicate(const ImportedPredicate& definition) = 0;

  // A prefix of IRIs that the file uses. One that the store defines already stays as it is. Errors:
  // kInvalidArgument when it cannot be one.
  virtual Status DefinePrefix(std::string_view name, std::string_view iri) = 0;

  virtual StatusOr<StatementHandle> OpenStatement(const ImportedStatement& header) = 0;
  // REQUIRES: `statement` is open. The same fact twice in one statement is one fact. From several
  // lanes, facts of one statement may come in any order.
  virtual Status AddFact(StatementHandle statement, ImportedNode subject,
                         std::string_view predicate, const ImportedObject& object) = 0;
  // No more facts come, from any lane. Lets a sink write the statement out.
  virtual Status CloseStatement(StatementHandle statement) = 0;

  // A further sink for another thread; a statement opened in one lane is open in all. This sink
  // outlives its lanes, and a lane is destroyed after its last call. Null when the sink has room
  // for one thread only; the importer then parses in one.
  virtual StatusOr<std::unique_ptr<ImportSink>> NewLane() { return std::unique_ptr<ImportSink>(); }
};

}  // namespace sightline::server
