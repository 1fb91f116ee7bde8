// The bytes of statement records, contexts and retractions (docs/file-format.md).

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/encoding.h"
#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/model/statement.h"
#include "storage/model/time_interval.h"

namespace sightline::storage {

// A statement as it is kept: its context is a number.
struct StatementRecord {
  uint32_t context_number = 0;
  Revision revision;
  StatementDraft content;  // `content.context` is not filled.
  // Whether `content.facts` are its facts. Else they are in the runs only, and `subjects` are what
  // they are about, ascending; with none, they may be about anything.
  bool facts_inline = true;
  std::vector<TermId> subjects;
};

// A statement of facts about more subjects names none of them.
inline constexpr size_t kRecordSubjectsMax = 16;

// The fields that every scope needs. They stand first in a record.
struct StatementHead {
  uint32_t context_number = 0;
  Polarity polarity = Polarity::kAsserts;
  Credibility credibility = 0;
  Revision revision;
  TimeInterval valid;
};

// With its facts.
std::string EncodeStatement(const StatementDraft& content, uint32_t context_number,
                            Revision revision);
// Without its facts, which are in the runs only: `subjects` as in StatementRecord. REQUIRES: at
// most kRecordSubjectsMax of them.
std::string EncodeStatementOfRuns(const StatementDraft& content, uint32_t context_number,
                                  Revision revision, const std::vector<TermId>& subjects);
// Errors of every Decode...: kDataLoss, for bytes that the encoder does not write.
StatusOr<StatementRecord> DecodeStatement(std::string_view bytes);
StatusOr<StatementHead> DecodeStatementHead(std::string_view bytes);

std::string EncodeContext(const StatementContext& context);
StatusOr<StatementContext> DecodeContext(std::string_view bytes);

// The time of a retraction is its commit's.
std::string EncodeRetraction(Revision revision, std::string_view reason);
StatusOr<Retraction> DecodeRetraction(std::string_view bytes);

// An interval within a record. Errors of reading: kDataLoss.
void AppendInterval(const TimeInterval& interval, std::string* out);
StatusOr<TimeInterval> ReadInterval(ByteReader* reader);

// The key of kStatements and kRetractions.
std::string StatementKey(StatementId id);

}  // namespace sightline::storage
