// The bytes of statement records, contexts and retractions (docs/file-format.md).

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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
};

// The fields that every scope needs. They stand first in a record.
struct StatementHead {
  uint32_t context_number = 0;
  Polarity polarity = Polarity::kAsserts;
  Credibility credibility = 0;
  Revision revision;
  TimeInterval valid;
};

std::string EncodeStatement(const StatementDraft& content, uint32_t context_number,
                            Revision revision);
// Errors of every Decode...: kDataLoss, for bytes that the encoder does not write.
StatusOr<StatementRecord> DecodeStatement(std::string_view bytes);
StatusOr<StatementHead> DecodeStatementHead(std::string_view bytes);

std::string EncodeContext(const StatementContext& context);
StatusOr<StatementContext> DecodeContext(std::string_view bytes);

// The time of a retraction is its commit's.
std::string EncodeRetraction(Revision revision, std::string_view reason);
StatusOr<Retraction> DecodeRetraction(std::string_view bytes);

// The key of kStatements and kRetractions.
std::string StatementKey(StatementId id);

}  // namespace sightline::storage
