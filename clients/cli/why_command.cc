#include "clients/cli/why_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "clients/cli/display_text.h"
#include "clients/cli/evidence_text.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/json_writer.h"
#include "clients/cli/slql_tokens.h"
#include "clients/cli/value_text.h"

namespace sightline::cli {
namespace {

bool Is(std::string_view word, std::string_view keyword) {
  return word.size() == keyword.size() &&
         std::equal(word.begin(), word.end(), keyword.begin(), [](char a, char b) {
           return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 32) : a) == b;
         });
}

// Waits for one row, draws its evidence, and wants no more.
class OneRowWriter : public ResultWriter {
 public:
  // The `occurrence`-th row (from 1) with this fingerprint.
  // Sets `*is_found` once it is drawn.
  OneRowWriter(Session* session, size_t number, uint64_t fingerprint, size_t occurrence,
               size_t columns, bool* is_found)
      : session_(session),
        number_(number),
        fingerprint_(fingerprint),
        columns_(columns),
        is_found_(is_found),
        to_come_(occurrence) {}

  void Begin(const v1::ResultHeader& header) override {
    has_evidence_ = static_cast<size_t>(header.columns_size()) == columns_ + 1 &&
                    IsEvidenceColumn(header.columns(static_cast<int>(columns_)));
  }
  void Add(client::ResultBatch batch, const client::NodeCards& cards) override {
    for (size_t row = 0; row < batch.row_count() && has_evidence_ && to_come_ > 0; ++row) {
      if (RowFingerprint(batch, row, columns_, cards) != fingerprint_ || --to_come_ > 0) continue;
      std::string title;
      for (size_t column = 0; column < columns_; ++column) {
        if (column > 0) title += ", ";
        title += OneLine(CellText(batch.cell(column, row), cards));
      }
      session_->out().Write(EvidenceText(number_, title, batch.cell(columns_, row), cards,
                                         session_->options().output.terminal_columns));
      *is_found_ = true;
    }
  }
  void End(const client::NodeCards&) override {}
  bool is_done() const override { return *is_found_; }

 private:
  Session* const session_;
  const size_t number_;
  const uint64_t fingerprint_;
  const size_t columns_;
  bool* const is_found_;
  size_t to_come_;
  bool has_evidence_ = false;
};

}  // namespace

uint64_t RowFingerprint(const client::ResultBatch& batch, size_t row, size_t columns,
                        const client::NodeCards& cards) {
  // FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/.
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](std::string_view bytes) {
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  };
  for (size_t column = 0; column < columns; ++column) {
    add(CellJson(batch.cell(column, row), cards));
    add("\n");
  }
  return hash;
}

void LastQuery::Remember(const client::ResultBatch& batch, const client::NodeCards& cards) {
  for (size_t row = 0; row < batch.row_count() && rows.size() < kRowsMax; ++row) {
    rows.push_back(RowFingerprint(batch, row, columns, cards));
  }
}

std::string WithPrefix(std::string_view prefix, std::string_view script) {
  std::string_view statement = script.substr(LastStatement(script));
  const std::vector<SlqlToken> tokens = SlqlTokens(statement);
  if (tokens.empty()) return "";
  const std::string_view first = statement.substr(tokens[0].begin, tokens[0].end - tokens[0].begin);
  for (const char* other : {"SHOW", "DESCRIBE", "DEFINE", "DROP"}) {
    if (Is(first, other)) return "";
  }
  for (const char* known : {"EXPLAIN", "PROFILE", "WHY"}) {
    if (!Is(first, known)) continue;
    statement.remove_prefix(tokens[0].end);
    break;
  }
  std::string text(prefix);
  if (!statement.starts_with(' ')) text += ' ';
  return text.append(statement);
}

int ShowEvidence(Session* session, const LastQuery& last, size_t number) {
  const auto refuse = [&](const std::string& message) {
    session->Say("error: " + message);
    return kExitRefused;
  };
  if (last.text.empty()) return refuse("there is no result yet that one could ask about");
  const std::string text = WithPrefix("WHY", last.text);
  if (text.empty() || last.columns == 0) {
    return refuse("the last result rests on no statements: \\why is asked of what a query found");
  }
  if (number == 0 || number > last.rows.size()) {
    return refuse(last.rows.size() == LastQuery::kRowsMax
                      ? fmt::format("\\why knows the first {} rows", LastQuery::kRowsMax)
                  : last.rows.empty()
                      ? "the last result has no rows"
                      : fmt::format("the last result has rows 1 to {}", last.rows.size()));
  }
  const uint64_t fingerprint = last.rows[number - 1];
  const auto end = last.rows.begin() + static_cast<ptrdiff_t>(number);
  const auto occurrence = static_cast<size_t>(std::count(last.rows.begin(), end, fingerprint));
  RunOptions run;
  run.read_at = &last.read_at;
  run.is_read_only = true;
  run.parameters = last.parameters;
  run.has_footer = false;
  bool is_found = false;
  run.make_writer = [&](const v1::ResultHeader&) {
    return std::make_unique<OneRowWriter>(session, number, fingerprint, occurrence, last.columns,
                                          &is_found);
  };
  const QueryOutcome outcome = RunQuery(session, text, "", run);
  if (outcome.exit_code != kExitOk && !is_found) return outcome.exit_code;
  if (is_found) return kExitOk;
  return refuse("the query does not give this row again; does it hold rand() or now()?");
}

}  // namespace sightline::cli
