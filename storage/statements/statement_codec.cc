#include "storage/statements/statement_codec.h"

#include <limits>

#include "storage/base/check.h"

namespace sightline::storage {
namespace {

// Of a record's layout, in its first byte. A reader that meets another one must not guess.
constexpr uint8_t kStatementLayout = 2;
constexpr uint8_t kContextLayout = 1;
constexpr uint8_t kRetractionLayout = 1;

StatusOr<TimeBound> ReadBound(uint8_t kind, ByteReader* reader) {
  if (kind > static_cast<uint8_t>(BoundKind::kAt)) {
    return DataLoss("A time interval has an unknown kind of bound: {}", kind);
  }
  TimeBound bound{static_cast<BoundKind>(kind)};
  if (bound.kind == BoundKind::kAt) {
    SL_ASSIGN_OR_RETURN(bound.micros, reader->ReadSignedVarint());
  }
  return bound;
}

StatusOr<TermId> ReadTerm(ByteReader* reader) {
  SL_ASSIGN_OR_RETURN(const uint64_t bits, reader->ReadFixed64());
  return TermId{bits};
}

Status ReadLayout(uint8_t expected, ByteReader* reader) {
  SL_ASSIGN_OR_RETURN(const uint8_t layout, reader->ReadByte());
  if (layout != expected) return DataLoss("A record has an unknown layout: {}", layout);
  return OkStatus();
}

StatusOr<uint8_t> ReadEnumerator(uint8_t greatest, ByteReader* reader) {
  SL_ASSIGN_OR_RETURN(const uint8_t value, reader->ReadByte());
  if (value > greatest) return DataLoss("A record has an unknown enumerator: {}", value);
  return value;
}

// How many elements follow. Each takes a byte at least, so that a damaged count cannot make us
// reserve the memory of the world.
StatusOr<uint64_t> ReadCount(ByteReader* reader) {
  SL_ASSIGN_OR_RETURN(const uint64_t count, reader->ReadVarint());
  if (count > reader->rest().size()) return DataLoss("A record counts more than it holds");
  return count;
}

StatusOr<StatementHead> ReadHead(ByteReader* reader) {
  SL_RETURN_IF_ERROR(ReadLayout(kStatementLayout, reader));
  StatementHead head;
  SL_ASSIGN_OR_RETURN(const uint64_t context, reader->ReadVarint());
  if (context > std::numeric_limits<uint32_t>::max())
    return DataLoss("A context number is damaged");
  head.context_number = static_cast<uint32_t>(context);
  SL_ASSIGN_OR_RETURN(const uint8_t polarity, ReadEnumerator(1, reader));
  head.polarity = static_cast<Polarity>(polarity);
  SL_ASSIGN_OR_RETURN(head.credibility, ReadEnumerator(6, reader));
  SL_ASSIGN_OR_RETURN(head.revision.value, reader->ReadVarint());
  SL_ASSIGN_OR_RETURN(head.valid, ReadInterval(reader));
  return head;
}

// All of a record but for its facts.
void AppendAllButFacts(const StatementDraft& content, uint32_t context_number, Revision revision,
                       std::string* out) {
  AppendByte(kStatementLayout, out);
  AppendVarint(context_number, out);
  AppendByte(static_cast<uint8_t>(content.polarity), out);
  AppendByte(content.credibility, out);
  AppendVarint(revision.value, out);
  AppendInterval(content.valid, out);
  AppendByte(content.span ? 1 : 0, out);
  if (content.span) {
    AppendVarint(content.span->begin, out);
    AppendVarint(content.span->end - content.span->begin, out);
  }
  AppendLengthPrefixed(content.quote, out);
  AppendVarint(content.derived_from.size(), out);
  for (const StatementId id : content.derived_from) AppendVarint(id.value, out);
  AppendVarint(content.qualifiers.size(), out);
  for (const Qualifier& qualifier : content.qualifiers) {
    AppendFixed64(qualifier.predicate.bits, out);
    AppendFixed64(qualifier.value.bits, out);
  }
}

// What stands where the facts begin.
enum class FactPlace : uint8_t { kInRuns = 0, kInline = 1 };

}  // namespace

void AppendInterval(const TimeInterval& interval, std::string* out) {
  AppendByte(static_cast<uint8_t>(static_cast<uint8_t>(interval.from.kind) |
                                  static_cast<uint8_t>(interval.to.kind) << 4),
             out);
  if (interval.from.kind == BoundKind::kAt) AppendSignedVarint(interval.from.micros, out);
  if (interval.to.kind == BoundKind::kAt) AppendSignedVarint(interval.to.micros, out);
}

StatusOr<TimeInterval> ReadInterval(ByteReader* reader) {
  SL_ASSIGN_OR_RETURN(const uint8_t kinds, reader->ReadByte());
  TimeInterval interval;
  SL_ASSIGN_OR_RETURN(interval.from, ReadBound(kinds & 0x0f, reader));
  SL_ASSIGN_OR_RETURN(interval.to, ReadBound(kinds >> 4, reader));
  return interval;
}

std::string EncodeStatement(const StatementDraft& content, uint32_t context_number,
                            Revision revision) {
  std::string out;
  out.reserve(48 + content.quote.size() + content.facts.size() * 24);
  AppendAllButFacts(content, context_number, revision, &out);
  AppendByte(static_cast<uint8_t>(FactPlace::kInline), &out);
  AppendVarint(content.facts.size(), &out);
  for (const Fact& fact : content.facts) {
    AppendFixed64(fact.subject.bits, &out);
    AppendFixed64(fact.predicate.bits, &out);
    AppendFixed64(fact.object.bits, &out);
  }
  return out;
}

std::string EncodeStatementOfRuns(const StatementDraft& content, uint32_t context_number,
                                  Revision revision, const std::vector<TermId>& subjects) {
  SL_CHECK(subjects.size() <= kRecordSubjectsMax);
  std::string out;
  AppendAllButFacts(content, context_number, revision, &out);
  AppendByte(static_cast<uint8_t>(FactPlace::kInRuns), &out);
  AppendVarint(subjects.size(), &out);
  for (const TermId subject : subjects) AppendFixed64(subject.bits, &out);
  return out;
}

StatusOr<StatementHead> DecodeStatementHead(std::string_view bytes) {
  ByteReader reader(bytes);
  return ReadHead(&reader);
}

StatusOr<StatementRecord> DecodeStatement(std::string_view bytes) {
  ByteReader reader(bytes);
  SL_ASSIGN_OR_RETURN(const StatementHead head, ReadHead(&reader));
  StatementRecord record;
  record.context_number = head.context_number;
  record.revision = head.revision;
  StatementDraft& content = record.content;
  content.polarity = head.polarity;
  content.credibility = head.credibility;
  content.valid = head.valid;
  SL_ASSIGN_OR_RETURN(const uint8_t has_span, ReadEnumerator(1, &reader));
  if (has_span != 0) {
    SL_ASSIGN_OR_RETURN(const uint64_t begin, reader.ReadVarint());
    SL_ASSIGN_OR_RETURN(const uint64_t length, reader.ReadVarint());
    if (length > std::numeric_limits<uint64_t>::max() - begin) {
      return DataLoss("A statement's span is damaged");
    }
    content.span = TextSpan{begin, begin + length};
  }
  SL_ASSIGN_OR_RETURN(const std::string_view quote, reader.ReadLengthPrefixed());
  content.quote = std::string(quote);
  SL_ASSIGN_OR_RETURN(const uint64_t derived_count, ReadCount(&reader));
  content.derived_from.resize(derived_count);
  for (StatementId& id : content.derived_from) {
    SL_ASSIGN_OR_RETURN(id.value, reader.ReadVarint());
  }
  SL_ASSIGN_OR_RETURN(const uint64_t qualifier_count, ReadCount(&reader));
  content.qualifiers.resize(qualifier_count);
  for (Qualifier& qualifier : content.qualifiers) {
    SL_ASSIGN_OR_RETURN(qualifier.predicate, ReadTerm(&reader));
    SL_ASSIGN_OR_RETURN(qualifier.value, ReadTerm(&reader));
  }
  SL_ASSIGN_OR_RETURN(const uint8_t place, ReadEnumerator(1, &reader));
  record.facts_inline = static_cast<FactPlace>(place) == FactPlace::kInline;
  if (!record.facts_inline) {
    SL_ASSIGN_OR_RETURN(const uint64_t subject_count, ReadCount(&reader));
    if (subject_count > kRecordSubjectsMax) return DataLoss("A record names too many subjects");
    record.subjects.resize(subject_count);
    for (TermId& subject : record.subjects) {
      SL_ASSIGN_OR_RETURN(subject, ReadTerm(&reader));
    }
    SL_RETURN_IF_ERROR(reader.ExpectEnd());
    return record;
  }
  SL_ASSIGN_OR_RETURN(const uint64_t fact_count, ReadCount(&reader));
  content.facts.resize(fact_count);
  for (Fact& fact : content.facts) {
    SL_ASSIGN_OR_RETURN(fact.subject, ReadTerm(&reader));
    SL_ASSIGN_OR_RETURN(fact.predicate, ReadTerm(&reader));
    SL_ASSIGN_OR_RETURN(fact.object, ReadTerm(&reader));
  }
  SL_RETURN_IF_ERROR(reader.ExpectEnd());
  return record;
}

std::string EncodeContext(const StatementContext& context) {
  std::string out;
  AppendByte(kContextLayout, &out);
  AppendFixed64(context.claimant.bits, &out);
  AppendFixed64(context.document.bits, &out);
  AppendFixed64(context.dataset.bits, &out);
  AppendVarint(context.via.size(), &out);
  for (const TermId via : context.via) AppendFixed64(via.bits, &out);
  AppendByte(static_cast<uint8_t>(context.marking.tlp), &out);
  AppendLengthPrefixed(context.marking.access, &out);
  AppendByte(static_cast<uint8_t>(context.reliability), &out);
  AppendByte(static_cast<uint8_t>(context.mode), &out);
  AppendInterval(context.said, &out);
  return out;
}

StatusOr<StatementContext> DecodeContext(std::string_view bytes) {
  ByteReader reader(bytes);
  SL_RETURN_IF_ERROR(ReadLayout(kContextLayout, &reader));
  StatementContext context;
  SL_ASSIGN_OR_RETURN(context.claimant, ReadTerm(&reader));
  SL_ASSIGN_OR_RETURN(context.document, ReadTerm(&reader));
  SL_ASSIGN_OR_RETURN(context.dataset, ReadTerm(&reader));
  SL_ASSIGN_OR_RETURN(const uint64_t via_count, ReadCount(&reader));
  context.via.resize(via_count);
  for (TermId& via : context.via) {
    SL_ASSIGN_OR_RETURN(via, ReadTerm(&reader));
  }
  SL_ASSIGN_OR_RETURN(const uint8_t tlp,
                      ReadEnumerator(static_cast<uint8_t>(TlpLabel::kRed), &reader));
  context.marking.tlp = static_cast<TlpLabel>(tlp);
  SL_ASSIGN_OR_RETURN(const std::string_view access, reader.ReadLengthPrefixed());
  context.marking.access = std::string(access);
  SL_ASSIGN_OR_RETURN(const uint8_t reliability,
                      ReadEnumerator(static_cast<uint8_t>(Reliability::kF), &reader));
  context.reliability = static_cast<Reliability>(reliability);
  SL_ASSIGN_OR_RETURN(const uint8_t mode,
                      ReadEnumerator(static_cast<uint8_t>(Mode::kRecord), &reader));
  context.mode = static_cast<Mode>(mode);
  SL_ASSIGN_OR_RETURN(context.said, ReadInterval(&reader));
  SL_RETURN_IF_ERROR(reader.ExpectEnd());
  return context;
}

std::string EncodeRetraction(Revision revision, std::string_view reason) {
  std::string out;
  AppendByte(kRetractionLayout, &out);
  AppendVarint(revision.value, &out);
  AppendLengthPrefixed(reason, &out);
  return out;
}

StatusOr<Retraction> DecodeRetraction(std::string_view bytes) {
  ByteReader reader(bytes);
  SL_RETURN_IF_ERROR(ReadLayout(kRetractionLayout, &reader));
  Retraction retraction;
  SL_ASSIGN_OR_RETURN(retraction.revision.value, reader.ReadVarint());
  SL_ASSIGN_OR_RETURN(const std::string_view reason, reader.ReadLengthPrefixed());
  retraction.reason = std::string(reason);
  SL_RETURN_IF_ERROR(reader.ExpectEnd());
  return retraction;
}

std::string StatementKey(StatementId id) {
  std::string key;
  AppendFixed64(id.value, &key);
  return key;
}

}  // namespace sightline::storage
