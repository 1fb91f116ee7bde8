#include "storage/load/load_stream.h"

#include <algorithm>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/encoding.h"
#include "storage/txn/write_checks.h"

namespace sightline::storage {
namespace {

// What Commit needs for each row of a batch: the row, and two sorting buffers of two threads.
constexpr uint64_t kSortBytesPerRow = 5 * sizeof(LoadRow);
constexpr uint64_t kRowsMin = 256;
constexpr uint64_t kRowsPerReport = 1 << 16;
constexpr uint64_t kRowsPerCheck = 1 << 12;
// A context: its encoding twice, the map's node, the strings.
constexpr size_t kContextBytes = 256;

}  // namespace

StatusOr<std::unique_ptr<LoadStream>> LoadStream::Create(LoadSession* session, uint32_t number) {
  SL_ASSIGN_OR_RETURN(StreamFiles files,
                      StreamFiles::Create(session->base().kv->ScratchDirectory()));
  auto stream = std::unique_ptr<LoadStream>(new LoadStream(session, number, std::move(files)));
  SL_RETURN_IF_ERROR(stream->BeginChunk());
  return stream;
}

LoadStream::LoadStream(LoadSession* session, uint32_t number, StreamFiles files)
    : session_(session),
      number_(number),
      files_(std::move(files)),
      table_bytes_max_(session->memory_bytes_max() / 2 /
                       static_cast<uint64_t>(session->options().thread_count)),
      rows_max_(std::max(session->memory_bytes_max() / 2 / kSortBytesPerRow, kRowsMin)) {}

// --- Terms

StatusOr<TermRef> LoadStream::Intern(TermTag tag, std::string_view bytes) {
  SL_RETURN_IF_ERROR(failure_);
  // Add seals before: this is for whoever hands in terms and no facts.
  if (table_.memory_bytes() > table_bytes_max_ + table_bytes_max_ / 4) SL_RETURN_IF_ERROR(Seal());
  auto local = table_.Intern(tag, bytes, [tag, bytes] {
    if (tag == TermTag::kEntity) return CheckExternalId(bytes);
    return tag == TermTag::kString ? CheckText(bytes) : OkStatus();
  });
  if (!local.ok()) return local.status();
  return MakeProvisional(tag, chunk_.number, *local);
}

StatusOr<TermRef> LoadStream::Entity(std::string_view external_id) {
  return Intern(TermTag::kEntity, external_id);
}

StatusOr<TermRef> LoadStream::Text(std::string_view text, std::string_view language) {
  constexpr size_t kInlineBytesMax = 7;
  if (language.empty() && text.size() > kInlineBytesMax) return Intern(TermTag::kString, text);
  return Value(storage::Value::OfText(std::string(text), std::string(language)));
}

StatusOr<TermRef> LoadStream::Value(const storage::Value& value) {
  if (const TermId* node = value.get_if<TermId>()) {
    SL_RETURN_IF_ERROR(LocalNode("value", *node).status());
    return *node;
  }
  SL_RETURN_IF_ERROR(CheckValue(value));
  if (const auto term = InlineTermId(value)) return *term;
  const DictionaryEntry entry = EntryOf(value);
  return Intern(entry.tag, entry.bytes);
}

StatusOr<PredicateRef> LoadStream::Predicate(std::string_view name) {
  const auto known = predicates_.find(name);
  if (known != predicates_.end()) return known->second;
  const auto found = session_->FindPredicate(name);
  if (!found) {
    return InvalidArgument("A statement's predicate is not defined: {}", name.substr(0, 200));
  }
  predicates_.emplace(name, *found);
  return *found;
}

StatusOr<uint32_t> LoadStream::LocalNumber(std::string_view role, TermRef term) {
  if (term.is_none()) return InvalidArgument("A statement has no {}", role);
  if (IsProvisional(term) && !term.is_statement()) {
    // A term of another chunk that does not exist is found out by Commit.
    if (ChunkOf(term) != chunk_.number) return table_.InternBits(term.bits);
    if (LocalOf(term) < table_.size()) return LocalOf(term);
    return InvalidArgument("A statement's {} is a term that does not exist", role);
  }
  bool exists = static_cast<uint8_t>(term.tag()) <= static_cast<uint8_t>(TermTag::kDecimal);
  if (term.is_statement()) exists = CheckReference(StatementRef{term.payload()}).ok();
  if (HasDictionaryEntry(term.tag())) {
    exists = term.payload() != 0 && term.payload() < session_->base().counters.Of(term.tag());
  }
  if (!exists) return InvalidArgument("A statement's {} is a term that does not exist", role);
  return table_.InternBits(term.bits);
}

StatusOr<uint32_t> LoadStream::LocalNode(std::string_view role, TermRef term) {
  if (!term.is_node() && !term.is_none()) {
    return InvalidArgument("A statement's {} is a value and not a node", role);
  }
  return LocalNumber(role, term);
}

StatusOr<TermId> LoadStream::LocalTerm(std::string_view role, TermRef node) {
  if (node.is_none()) return TermId{};
  SL_ASSIGN_OR_RETURN(const uint32_t local, LocalNode(role, node));
  return TermId{uint64_t{local} + 1};
}

Status LoadStream::CheckReference(StatementRef statement) const {
  const bool exists =
      IsProvisional(statement)
          ? OrdinalOf(statement) < session_->statements_opened() &&
                statement == MakeProvisionalStatement(OrdinalOf(statement))
          : statement.value != 0 && statement.value <= session_->base().statement_count;
  if (!exists) return InvalidArgument("There is no such statement in the load");
  return OkStatus();
}

// --- Statements

StatusOr<uint32_t> LoadStream::InternContext(const StatementContext& context) {
  if (!context_numbers_.empty() && context == last_context_) return last_context_number_;
  SL_RETURN_IF_ERROR(CheckContext(context, session_->base().clearance));
  if (context.claimant.is_none()) return InvalidArgument("A statement has no claimant");
  StatementContext local = context;
  SL_ASSIGN_OR_RETURN(local.claimant, LocalTerm("claimant", context.claimant));
  SL_ASSIGN_OR_RETURN(local.document, LocalTerm("document", context.document));
  SL_ASSIGN_OR_RETURN(local.dataset, LocalTerm("dataset", context.dataset));
  for (TermId& via : local.via) {
    if (via.is_none()) return InvalidArgument("A statement has no via");
    SL_ASSIGN_OR_RETURN(via, LocalTerm("via", via));
  }
  std::string encoded = EncodeContext(local);
  const auto [at, is_new] =
      context_numbers_.try_emplace(encoded, static_cast<uint32_t>(context_numbers_.size()));
  if (is_new) AppendLengthPrefixed(encoded, &contexts_);
  last_context_ = context;
  last_context_number_ = at->second;
  return at->second;
}

StatusOr<StatementRef> LoadStream::OpenStatement(const StatementDraft& draft) {
  SL_RETURN_IF_ERROR(failure_);
  if (!draft.facts.empty()) return InvalidArgument("A load takes a statement's facts by Add");
  SL_RETURN_IF_ERROR(CheckStatement(draft));
  if (IsFull()) SL_RETURN_IF_ERROR(Seal());
  for (const StatementRef origin : draft.derived_from) SL_RETURN_IF_ERROR(CheckReference(origin));
  SL_ASSIGN_OR_RETURN(const uint32_t context, InternContext(draft.context));
  // As in the draft, but for the terms. The context is not part of a record.
  StatementDraft local;
  local.polarity = draft.polarity;
  local.credibility = draft.credibility;
  local.valid = draft.valid;
  local.span = draft.span;
  local.quote = draft.quote;
  local.derived_from = draft.derived_from;
  for (const Qualifier& qualifier : draft.qualifiers) {
    SL_ASSIGN_OR_RETURN(const TermId predicate, LocalTerm("detail", qualifier.predicate));
    SL_ASSIGN_OR_RETURN(const uint32_t value, LocalNumber("detail's value", qualifier.value));
    if (predicate.is_none()) return InvalidArgument("A statement has no detail");
    local.qualifiers.push_back({predicate, TermId{uint64_t{value} + 1}});
  }
  SL_RETURN_IF_ERROR(EndStatement());
  SL_ASSIGN_OR_RETURN(current_, session_->NewStatement());
  current_context_ = context;
  record_ = EncodeStatement(local, context, Revision{});
  subject_count_ = 0;
  return MakeProvisionalStatement(current_);
}

Status LoadStream::EndStatement() {
  if (current_ == kNoStatement) return OkStatus();
  std::string head;
  AppendFixed32(current_, &head);
  const size_t subject_count = subject_count_ <= kRecordSubjectsMax ? subject_count_ : 0;
  AppendByte(static_cast<uint8_t>(subject_count), &head);
  for (size_t i = 0; i < subject_count; ++i) AppendFixed32(subjects_[i], &head);
  std::string length;
  AppendVarint(head.size() + record_.size(), &length);
  current_ = kNoStatement;
  SL_RETURN_IF_ERROR(files_.statements->Append(length));
  SL_RETURN_IF_ERROR(files_.statements->Append(head));
  return files_.statements->Append(record_);
}

Status LoadStream::Add(StatementRef statement, TermRef subject, const PredicateRef& predicate,
                       TermRef object) {
  SL_RETURN_IF_ERROR(failure_);
  if (!IsProvisional(statement)) {
    return InvalidArgument("Facts can only be added to statements of the load");
  }
  SL_RETURN_IF_ERROR(CheckReference(statement));
  SL_ASSIGN_OR_RETURN(const uint32_t s, LocalNode("subject", subject));
  SL_ASSIGN_OR_RETURN(const uint32_t p, LocalNode("predicate", predicate.term));
  SL_ASSIGN_OR_RETURN(const uint32_t o, LocalNumber("object", object));
  if (predicate.is_name && !object.is_node()) table_.MarkName(o);

  const uint32_t ordinal = OrdinalOf(statement);
  with_facts_.Insert(ordinal);
  if (ordinal != current_) {
    with_late_facts_.Insert(ordinal);
  } else if (subject_count_ <= kRecordSubjectsMax) {
    const auto end = subjects_.begin() + std::min(subject_count_, kRecordSubjectsMax);
    if (std::find(subjects_.begin(), end, s) == end) {
      if (subject_count_ < kRecordSubjectsMax) subjects_[subject_count_] = s;
      ++subject_count_;
    }
  }
  const LoadRow row = {s, p, o, ordinal};
  if (const Status appended =
          files_.rows->Append({reinterpret_cast<const char*>(row.data()), sizeof row});
      !appended.ok()) {
    failure_ = appended;
    return failure_;
  }
  ++chunk_.row_count;
  if (++rows_unreported_ % kRowsPerCheck == 0) {
    SL_RETURN_IF_ERROR(session_->token().Check());
    if (rows_unreported_ == kRowsPerReport) {
      session_->ReportRead(rows_unreported_);
      rows_unreported_ = 0;
    }
  }
  return IsFull() ? Seal() : OkStatus();
}

// --- Chunks

bool LoadStream::IsFull() const {
  return chunk_.row_count >= rows_max_ ||
         table_.memory_bytes() + contexts_.size() * 2 + context_numbers_.size() * kContextBytes >=
             table_bytes_max_;
}

Status LoadStream::BeginChunk() {
  chunk_ = {};
  SL_ASSIGN_OR_RETURN(chunk_.number, session_->NewChunk());
  chunk_.stream = number_;
  chunk_.files = &files_;
  chunk_.rows_begin = files_.rows->size();
  chunk_.statements_begin = files_.statements->size();
  return OkStatus();
}

Status LoadStream::Seal() {
  const auto seal = [&]() -> Status {
    SL_RETURN_IF_ERROR(EndStatement());
    chunk_.statements_end = chunk_.contexts_begin = files_.statements->size();
    SL_RETURN_IF_ERROR(files_.statements->Append(contexts_));
    chunk_.contexts_end = files_.statements->size();
    SL_RETURN_IF_ERROR(files_.statements->Flush());
    SL_RETURN_IF_ERROR(files_.rows->Flush());

    chunk_.local_count = table_.size();
    SL_ASSIGN_OR_RETURN(chunk_.terms, WriteTermRun(table_, session_->token(), files_.terms.get()));
    chunk_.bits_begin = files_.terms->size();
    for (uint32_t local = 0; local < table_.size(); ++local) {
      if (table_.IsDictionaryEntry(local)) continue;
      const BitsRecord record{table_.BitsOf(local), local, table_.IsName(local) ? 1u : 0u};
      SL_RETURN_IF_ERROR(
          files_.terms->Append({reinterpret_cast<const char*>(&record), sizeof record}));
      ++chunk_.bits_count;
    }
    SL_RETURN_IF_ERROR(files_.terms->Flush());
    session_->AddChunk(chunk_);
    table_.Clear();
    context_numbers_.clear();
    contexts_.clear();
    return BeginChunk();
  };
  failure_ = seal();
  return failure_;
}

Status LoadStream::Finish() {
  SL_RETURN_IF_ERROR(failure_);
  session_->ReportRead(std::exchange(rows_unreported_, 0));
  return Seal();
}

}  // namespace sightline::storage
