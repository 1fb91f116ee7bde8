// DumpWriter: the whole history of a store as lines of our statement format (docs/dump.md), which
// DumpReplay makes into the same store again.
//
// Two stores with the same history have the same dump, byte for byte, however their terms are
// numbered: the facts of a statement are sorted by their text.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "server/ingest/sorted_texts.h"
#include "storage/base/status.h"
#include "storage/maintenance/history.h"
#include "storage/model/value.h"

namespace sightline::server {

struct DumpOptions {
  std::string scratch_directory;  // For statements of so many facts that they do not fit into ...
  size_t sort_bytes_max = 64 << 20;
  size_t line_bytes_max = 1 << 20;  // A statement goes on in another line after so many.
  // Told now and then; may be null.
  std::function<void(uint64_t statements, uint64_t facts)> on_progress;
};

class DumpWriter final : public storage::HistoryVisitor {
 public:
  // Takes a line, line end included. An error ends the dump with it.
  using LineSink = std::function<Status(std::string_view line)>;

  DumpWriter(const DumpOptions& options, LineSink sink)
      : options_(options),
        sink_(std::move(sink)),
        facts_(options.scratch_directory, options.sort_bytes_max) {}

  Status OnBegin(const std::shared_ptr<const storage::ReadView>& view) override;
  Status OnCommit(const storage::HistoryCommit& commit) override;
  Status OnDefinition(const storage::Definition& definition) override;
  Status OnRetraction(storage::StatementId statement, std::string_view reason) override;
  Status OnStatement(const storage::Statement& statement) override;
  Status OnFacts(std::span<const storage::Fact> facts) override;
  Status OnStatementEnd() override;

  uint64_t statement_count() const { return statement_count_; }
  uint64_t fact_count() const { return fact_count_; }

 private:
  // A term as a subject or a predicate, and as an object, in JSON.
  StatusOr<std::string> NodeText(storage::TermId node) const;
  StatusOr<std::string> ObjectText(storage::TermId object) const;
  StatusOr<std::string> QualifiersText(const std::vector<storage::Qualifier>& qualifiers) const;

  const DumpOptions options_;
  const LineSink sink_;
  SortedTexts facts_;  // Of the present statement.
  std::shared_ptr<const storage::ReadView> view_;
  storage::StatementId statement_;
  std::string header_;  // Of the present statement: all of its line but the facts.
  uint64_t statement_count_ = 0;
  uint64_t fact_count_ = 0;
};

}  // namespace sightline::server
