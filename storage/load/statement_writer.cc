#include "storage/load/statement_writer.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/encoding.h"
#include "storage/statements/statement_codec.h"

namespace sightline::storage {
namespace {

constexpr size_t kReadBytes = 64 << 10;
constexpr uint64_t kStatementsPerCheck = 1 << 10;

}  // namespace

// The statements of one stream, ascending.
class StatementWriter::Source {
 public:
  Source(ContextTable* contexts, const AppendFinals& append_finals)
      : contexts_(contexts), append_finals_(append_finals) {}

  void AddChunk(const LoadChunk* chunk) { chunks_.push_back(chunk); }

  // False behind the last.
  StatusOr<bool> Next() {
    while (!reader_ || reader_->at_end()) {
      if (next_chunk_ == chunks_.size()) return false;
      SL_RETURN_IF_ERROR(OpenChunk(*chunks_[next_chunk_++]));
    }
    SL_ASSIGN_OR_RETURN(const uint64_t length, reader_->ReadVarint());
    SL_ASSIGN_OR_RETURN(const std::string_view bytes, reader_->Read(length));
    ByteReader head(bytes);
    SL_ASSIGN_OR_RETURN(ordinal_, head.ReadFixed32());
    SL_ASSIGN_OR_RETURN(const uint8_t subject_count, head.ReadByte());
    subjects_.resize(subject_count);
    for (TermId& subject : subjects_) {
      SL_ASSIGN_OR_RETURN(const uint32_t local, head.ReadFixed32());
      subject.bits = finals_[local];
    }
    std::sort(subjects_.begin(), subjects_.end());
    // Two of the chunk's terms are one: a term of the store and the same by its bytes.
    subjects_.erase(std::unique(subjects_.begin(), subjects_.end()), subjects_.end());
    SL_ASSIGN_OR_RETURN(record_, DecodeStatement(head.rest()));
    for (Qualifier& qualifier : record_.content.qualifiers) {
      qualifier.predicate = Final(qualifier.predicate);
      qualifier.value = Final(qualifier.value);
    }
    return true;
  }
  uint32_t ordinal() const { return ordinal_; }
  const std::vector<TermId>& subjects() const { return subjects_; }
  // Its context is a number in the chunk.
  StatementRecord& record() { return record_; }

  // The store's number of the current statement's context. Numbers are given in the order of
  // asking.
  StatusOr<uint32_t> ContextNumber() {
    ContextOfChunk& context = chunk_contexts_[record_.context_number];
    if (!context.number) {
      SL_ASSIGN_OR_RETURN(context.number, contexts_->Intern(context.context));
    }
    return *context.number;
  }

 private:
  struct ContextOfChunk {
    StatementContext context;
    std::optional<uint32_t> number;
  };

  // Of a term as spilled records have it.
  TermId Final(TermId local) const {
    return local.is_none() ? local : TermId{finals_[local.bits - 1]};
  }

  Status OpenChunk(const LoadChunk& chunk) {
    finals_.clear();
    chunk_contexts_.clear();
    reader_.emplace(chunk.files->statements.get(), chunk.statements_begin, chunk.statements_end,
                    kReadBytes);
    if (reader_->at_end()) return OkStatus();
    SL_RETURN_IF_ERROR(append_finals_(chunk, &finals_));
    SpillReader contexts(chunk.files->statements.get(), chunk.contexts_begin, chunk.contexts_end,
                         kReadBytes);
    while (!contexts.at_end()) {
      SL_ASSIGN_OR_RETURN(const uint64_t length, contexts.ReadVarint());
      SL_ASSIGN_OR_RETURN(const std::string_view bytes, contexts.Read(length));
      SL_ASSIGN_OR_RETURN(StatementContext context, DecodeContext(bytes));
      context.claimant = Final(context.claimant);
      context.document = Final(context.document);
      context.dataset = Final(context.dataset);
      for (TermId& via : context.via) via = Final(via);
      chunk_contexts_.push_back({std::move(context), std::nullopt});
    }
    return OkStatus();
  }

  ContextTable* const contexts_;
  const AppendFinals& append_finals_;
  std::vector<const LoadChunk*> chunks_;
  size_t next_chunk_ = 0;
  std::vector<uint64_t> finals_;  // Of the current chunk.
  std::vector<ContextOfChunk> chunk_contexts_;
  std::optional<SpillReader> reader_;
  uint32_t ordinal_ = 0;
  std::vector<TermId> subjects_;
  StatementRecord record_;
};

Status StatementWriter::AddHead(const StatementHead& head, const PutEntry& put) {
  columns_.Add(head);
  if (columns_.row_count() < kSegmentRows) return OkStatus();
  return put(ColumnFamily::kStatementColumns, SegmentKey(segment_count_++), columns_.Encode());
}

Status StatementWriter::Write(const std::vector<LoadChunk>& chunks,
                              const AppendFinals& append_finals, const PutEntry& put) {
  const LoadBase& base = session_->base();
  segment_count_ = base.segment_count;
  for (StatementId id{segment_count_ * kSegmentRows + 1}; id.value <= base.statement_count;
       ++id.value) {
    SL_RETURN_IF_ERROR(AddHead(base.head_of(id), put));
  }

  std::map<uint32_t, std::unique_ptr<Source>> by_stream;
  for (const LoadChunk& chunk : chunks) {
    std::unique_ptr<Source>& source = by_stream[chunk.stream];
    if (source == nullptr) source = std::make_unique<Source>(base.contexts, append_finals);
    source->AddChunk(&chunk);
  }
  // Few: as many as threads.
  std::vector<Source*> sources;
  const auto take_next = [&](Source* source) -> Status {
    SL_ASSIGN_OR_RETURN(const bool has_statement, source->Next());
    if (!has_statement) std::erase(sources, source);
    return OkStatus();
  };
  for (const auto& [stream, source] : by_stream) sources.push_back(source.get());
  for (const auto& [stream, source] : by_stream) SL_RETURN_IF_ERROR(take_next(source.get()));

  const uint64_t contexts_before = base.contexts->size();
  const Revision revision{base.revision.value + 1};
  const std::vector<TermId> anything;
  for (uint64_t written = 0; !sources.empty();) {
    Source* const source = *std::min_element(
        sources.begin(), sources.end(),
        [](const Source* a, const Source* b) { return a->ordinal() < b->ordinal(); });
    if (statements_.Has(source->ordinal())) {
      if (written++ % kStatementsPerCheck == 0) SL_RETURN_IF_ERROR(session_->token().Check());
      const StatementId id = statements_.Of(source->ordinal());
      SL_CHECK(id.value == base.statement_count + written);
      StatementDraft& content = source->record().content;
      for (StatementId& origin : content.derived_from) {
        if (!IsProvisional(origin)) continue;
        if (!statements_.Has(OrdinalOf(origin))) {
          return InvalidArgument("A statement is derived from one that has no fact");
        }
        origin = statements_.Of(OrdinalOf(origin));
      }
      SL_ASSIGN_OR_RETURN(const uint32_t context, source->ContextNumber());
      SL_RETURN_IF_ERROR(
          put(ColumnFamily::kStatements, StatementKey(id),
              EncodeStatementOfRuns(
                  content, context, revision,
                  late_.Contains(source->ordinal()) ? anything : source->subjects())));
      SL_RETURN_IF_ERROR(
          AddHead({context, content.polarity, content.credibility, revision, content.valid}, put));
    }
    SL_RETURN_IF_ERROR(take_next(source));
  }
  for (uint64_t number = contexts_before; number < base.contexts->size(); ++number) {
    std::string key;
    AppendFixed64(number, &key);
    SL_RETURN_IF_ERROR(put(ColumnFamily::kContexts, key,
                           EncodeContext((*base.contexts)[static_cast<uint32_t>(number)])));
  }
  return OkStatus();
}

}  // namespace sightline::storage
