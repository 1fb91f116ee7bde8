#include "storage/load/load_commit.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <span>
#include <thread>
#include <variant>

#include "storage/base/check.h"
#include "storage/base/encoding.h"
#include "storage/dictionary/term_segments.h"
#include "storage/load/existing_terms.h"
#include "storage/load/name_postings_builder.h"
#include "storage/load/quad_run_builder.h"
#include "storage/load/statement_writer.h"
#include "storage/load/term_ranks.h"
#include "storage/text/name_form.h"
#include "storage/txn/catalog_history.h"
#include "storage/txn/commit_log.h"
#include "storage/txn/name_index.h"
#include "storage/txn/request_log.h"

namespace sightline::storage {
namespace {

constexpr size_t kReadBytes = 256 << 10;
constexpr uint64_t kTermsPerReport = 1 << 16;
constexpr uint64_t kTermsPerCheck = 1 << 12;
// Of a batch: what LoadStream counts for a row, and for a term its id, its rank, and twice a place
// in the sort.
constexpr uint64_t kBatchBytesPerRow = 5 * sizeof(LoadRow);
constexpr uint64_t kBatchBytesPerTerm = 8 + 4 + 2 * 16;
constexpr TermTag kNameTag = TermTag::kString;  // Of the keys of names in a TermTable.

class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

LoadCommit::LoadCommit(LoadSession* session, std::vector<LoadChunk> chunks,
                       StatementNumbers statements, OrdinalSet late, int64_t micros)
    : session_(session),
      base_(session->base()),
      directory_(session->base().kv->ScratchDirectory()),
      memory_(session->memory_bytes_max()),
      chunks_(std::move(chunks)),
      statements_(std::move(statements)),
      late_(std::move(late)),
      micros_(micros),
      has_carried_(chunks_.size()) {}

LoadCommit::~LoadCommit() {
  for (size_t family = 0; family < writers_.size(); ++family) {
    if (writers_[family] == nullptr) continue;
    writers_[family].reset();
    // What cannot be deleted now is deleted when the store is opened.
    std::remove(PathOf(family).c_str());
  }
}

std::string LoadCommit::PathOf(size_t family) const {
  return fmt::format("{}/load-{}-{}.sst", directory_, base_.revision.value + 1, family);
}

StatusOr<KvFileWriter*> LoadCommit::WriterOf(ColumnFamily family) {
  const auto index = static_cast<size_t>(family);
  if (writers_[index] == nullptr) {
    std::remove(PathOf(index).c_str());  // Of a load that failed, and could not delete it.
    SL_ASSIGN_OR_RETURN(writers_[index], base_.kv->NewFileWriter(family, PathOf(index)));
  }
  return writers_[index].get();
}

Status LoadCommit::Put(ColumnFamily family, std::string_view key, std::string_view value) {
  SL_ASSIGN_OR_RETURN(KvFileWriter* const writer, WriterOf(family));
  return writer->Put(key, value);
}

// --- Terms

Status LoadCommit::ReadBitsRecords() {
  std::unordered_map<uint32_t, size_t> index_of;
  for (size_t i = 0; i < chunks_.size(); ++i) index_of.emplace(chunks_[i].number, i);
  // The names of definitions: WriteDefinitions asks for all of them.
  has_carried_[0] = true;
  for (uint32_t local = 0; local < chunks_[0].local_count; ++local) {
    carried_.emplace(MakeProvisional(TermTag::kEntity, 0, local).bits, 0);
  }
  for (const LoadChunk& chunk : chunks_) {
    SL_RETURN_IF_ERROR(session_->token().Check());
    SpillReader reader(chunk.files->terms.get(), chunk.bits_begin,
                       chunk.bits_begin + chunk.bits_count * sizeof(BitsRecord), kReadBytes);
    for (uint64_t i = 0; i < chunk.bits_count; ++i) {
      if (i % kTermsPerCheck == 0) SL_RETURN_IF_ERROR(session_->token().Check());
      SL_ASSIGN_OR_RETURN(const std::string_view bytes, reader.Read(sizeof(BitsRecord)));
      BitsRecord record;
      std::memcpy(&record, bytes.data(), sizeof record);
      const TermRef term{record.bits};
      if (IsProvisional(term) && !term.is_statement()) {
        const auto owner = index_of.find(ChunkOf(term));
        if (owner == index_of.end()) return InvalidArgument("A term is of another load");
        has_carried_[owner->second] = true;
        carried_.emplace(term.bits, 0);
        if (record.is_name != 0) carried_names_.insert(term.bits);
      } else if (record.is_name != 0 && HasDictionaryEntry(term.tag())) {
        SL_ASSIGN_OR_RETURN(const std::string entry,
                            base_.dictionary->BytesOf(term, base_.snapshot.get()));
        SL_RETURN_IF_ERROR(AddName(term.tag(), entry, term));
      } else if (record.is_name != 0) {
        const Value value = InlineValue(term);
        if (const Text* text = value.get_if<Text>()) {
          SL_RETURN_IF_ERROR(AddNameText(text->text, term));
        }
      }
    }
  }
  return OkStatus();
}

// Numbers the new terms and writes them, ascending as they come: those of a kind as a segment or,
// when they are few, one by one.
class LoadCommit::NewTerms {
 public:
  NewTerms(LoadCommit* commit, LoadResult* result) : commit_(*commit), result_(*result) {}

  StatusOr<TermId> Add(TermTag tag, std::string_view bytes) {
    if (tag != tag_) {
      SL_RETURN_IF_ERROR(EndTag());
      tag_ = tag;
    }
    const uint64_t number = result_.counters.Of(tag);
    if (number > TermId::kPayloadMask) return ResourceExhausted("The dictionary is full");
    if (!writer_ && (few_.size() + 1 >= commit_.session_->options().segment_terms_min ||
                     few_bytes_ + bytes.size() > kFewBytesMax)) {
      SL_RETURN_IF_ERROR(BeginSegment());
    }
    if (writer_) {
      SL_RETURN_IF_ERROR(writer_->Add(bytes).status());
    } else {
      few_.emplace_back(bytes);
      few_bytes_ += bytes.size();
    }
    ++result_.counters.Of(tag);
    ++result_.terms_new;
    return TermId::Make(tag, number);
  }

  // No more terms come.
  Status Finish() {
    SL_RETURN_IF_ERROR(EndTag());
    std::vector<TermSegment>& segments = result_.term_segments;
    segments.insert(segments.end(), added_.begin(), added_.end());
    std::stable_sort(segments.begin(), segments.end(),
                     [](const TermSegment& a, const TermSegment& b) { return a.tag < b.tag; });
    return OkStatus();
  }

 private:
  static constexpr size_t kFewBytesMax = 1 << 20;

  // Of the tag, with what was kept back.
  Status BeginSegment() {
    uint32_t segment = 1;
    for (const TermSegment& earlier : result_.term_segments) {
      if (earlier.tag == tag_) segment = std::max(segment, earlier.segment + 1);
    }
    SL_ASSIGN_OR_RETURN(KvFileWriter* const blocks, commit_.WriterOf(ColumnFamily::kTermBlocks));
    SL_ASSIGN_OR_RETURN(KvFileWriter* const index, commit_.WriterOf(ColumnFamily::kTermIndex));
    writer_.emplace(
        tag_, segment, result_.counters.Of(tag_) - few_.size(),
        [blocks](std::string_view key, std::string_view value) { return blocks->Put(key, value); },
        [index](std::string_view key, std::string_view value) { return index->Put(key, value); });
    for (const std::string& term : few_) SL_RETURN_IF_ERROR(writer_->Add(term).status());
    few_.clear();
    few_bytes_ = 0;
    return OkStatus();
  }

  Status EndTag() {
    if (writer_) {
      SL_ASSIGN_OR_RETURN(const TermSegment segment, writer_->Finish());
      added_.push_back(segment);
      writer_.reset();
      return OkStatus();
    }
    if (few_.empty()) return OkStatus();
    SL_ASSIGN_OR_RETURN(KvFileWriter* const to_id, commit_.WriterOf(ColumnFamily::kTermToId));
    SL_ASSIGN_OR_RETURN(KvFileWriter* const to_term, commit_.WriterOf(ColumnFamily::kIdToTerm));
    uint64_t number = result_.counters.Of(tag_) - few_.size();
    for (const std::string& bytes : few_) {
      const TermId term = TermId::Make(tag_, number++);
      SL_RETURN_IF_ERROR(to_id->Put(TermToIdKey(tag_, bytes), TermNumberValue(term)));
      SL_RETURN_IF_ERROR(to_term->Put(IdToTermKey(term), bytes));
    }
    few_.clear();
    few_bytes_ = 0;
    return OkStatus();
  }

  LoadCommit& commit_;
  LoadResult& result_;
  TermTag tag_ = TermTag::kNone;
  std::vector<std::string> few_;  // Of the tag, as long as there is no segment.
  size_t few_bytes_ = 0;
  std::optional<TermSegmentWriter> writer_;
  std::vector<TermSegment> added_;
};

Status LoadCommit::MergeTerms(LoadResult* result) {
  std::vector<TermRun> runs;
  uint64_t total = 0;
  for (const LoadChunk& chunk : chunks_) {
    runs.push_back(chunk.terms);
    total += chunk.terms.term_count;
  }
  SL_ASSIGN_OR_RETURN(finals_, SpillFile::Create(directory_));
  SL_ASSIGN_OR_RETURN(names_file_, SpillFile::Create(directory_));
  for (const LoadChunk& chunk : chunks_) {
    FinalsOfChunk finals;
    SL_ASSIGN_OR_RETURN(finals.begin,
                        finals_->Reserve(chunk.terms.term_count * sizeof(FinalRecord)));
    finals.end = finals.begin;
    finals_of_chunks_.push_back(std::move(finals));
  }
  finals_buffer_records_ = std::clamp<size_t>(
      memory_ / 8 / sizeof(FinalRecord) / std::max<size_t>(chunks_.size(), 1), 256, 1 << 14);
  SL_RETURN_IF_ERROR(ReadBitsRecords());

  result->counters = base_.counters;
  if (base_.dictionary->segments() != nullptr) {
    result->term_segments = base_.dictionary->segments()->list();
  }
  NewTerms new_terms(this, result);
  ExistingTerms existing(*base_.kv, *base_.dictionary, base_.snapshot.get());
  TermMerge merge(runs, memory_ / 4);
  uint64_t done = 0, terms = 0;
  while (true) {
    SL_ASSIGN_OR_RETURN(const bool has_term, merge.Next());
    if (!has_term) break;
    if (terms++ % kTermsPerCheck == 0) SL_RETURN_IF_ERROR(session_->token().Check());
    const auto tag = static_cast<TermTag>(merge.key()[0]);
    const std::string_view bytes = merge.key().substr(1);
    SL_ASSIGN_OR_RETURN(const std::optional<TermId> found, existing.Find(merge.key()));
    TermId term;
    if (found) {
      term = *found;
    } else {
      SL_ASSIGN_OR_RETURN(term, new_terms.Add(tag, bytes));
    }
    SL_RETURN_IF_ERROR(SetFinal(merge, term));
    const uint64_t before = done;
    done += merge.occurrences().size();
    if (before / kTermsPerReport != done / kTermsPerReport) {
      session_->Report({LoadStage::kTerms, done, total});
    }
  }
  SL_RETURN_IF_ERROR(new_terms.Finish());
  for (FinalsOfChunk& finals : finals_of_chunks_) {
    SL_RETURN_IF_ERROR(FlushFinals(&finals));
    finals.buffer = std::vector<FinalRecord>();
  }
  for (const auto& [bits, final_bits] : carried_) {
    if (final_bits == 0) return InvalidArgument("A term is of another load");
  }
  session_->Report({LoadStage::kTerms, total, total});
  return WriteNames();
}

Status LoadCommit::SetFinal(const TermMerge& merge, TermId term) {
  bool is_name = false;
  for (const TermMerge::Occurrence& occurrence : merge.occurrences()) {
    is_name |= occurrence.is_name;
    if (has_carried_[occurrence.run]) {
      const TermRef ref =
          MakeProvisional(term.tag(), chunks_[occurrence.run].number, occurrence.local);
      const auto carried = carried_.find(ref.bits);
      if (carried != carried_.end()) carried->second = term.bits;
      is_name |= carried_names_.contains(ref.bits);
    }
    FinalsOfChunk& finals = finals_of_chunks_[occurrence.run];
    finals.buffer.push_back({occurrence.local, static_cast<uint32_t>(term.bits),
                             static_cast<uint32_t>(term.bits >> 32)});
    if (finals.buffer.size() >= finals_buffer_records_) SL_RETURN_IF_ERROR(FlushFinals(&finals));
  }
  return is_name ? AddName(term.tag(), merge.key().substr(1), term) : OkStatus();
}

Status LoadCommit::FlushFinals(FinalsOfChunk* chunk) {
  const std::string_view bytes(reinterpret_cast<const char*>(chunk->buffer.data()),
                               chunk->buffer.size() * sizeof(FinalRecord));
  SL_RETURN_IF_ERROR(finals_->WriteAt(chunk->end, bytes));
  chunk->end += bytes.size();
  chunk->buffer.clear();
  return OkStatus();
}

// --- Names

Status LoadCommit::AddName(TermTag tag, std::string_view bytes, TermId term) {
  if (tag == TermTag::kString) return AddNameText(std::string(bytes), term);
  SL_ASSIGN_OR_RETURN(const Value value, ValueOfEntry(tag, bytes));
  const Text* text = value.get_if<Text>();
  return text != nullptr ? AddNameText(text->text, term) : OkStatus();
}

Status LoadCommit::AddNameText(const std::string& text, TermId term) {
  const NameForm form = FormOfName(text);
  std::string key = NameKey(form.words, term);
  AppendByte(form.vowelless ? 1 : 0, &key);
  key += form.legal;
  SL_RETURN_IF_ERROR(names_.Intern(kNameTag, key, [] { return OkStatus(); }).status());
  return names_.memory_bytes() > memory_ / 8 ? SpillNames() : OkStatus();
}

Status LoadCommit::SpillNames() {
  SL_ASSIGN_OR_RETURN(const TermRun run,
                      WriteTermRun(names_, session_->token(), names_file_.get()));
  name_runs_.push_back(run);
  names_.Clear();
  return OkStatus();
}

Status LoadCommit::WriteNames() {
  SL_RETURN_IF_ERROR(SpillNames());
  TermMerge merge(name_runs_, memory_ / 8);
  SL_ASSIGN_OR_RETURN(const auto postings,
                      NamePostingsBuilder::Create(
                          *base_.kv, base_.snapshot.get(), directory_, memory_ / 8,
                          session_->token(), [this](std::string_view key, std::string_view value) {
                            return Put(ColumnFamily::kNamePostings, key, value);
                          }));
  for (uint64_t names = 0;; ++names) {
    SL_ASSIGN_OR_RETURN(const bool has_name, merge.Next());
    if (!has_name) break;
    if (names % kTermsPerCheck == 0) SL_RETURN_IF_ERROR(session_->token().Check());
    // The words have no zero byte: the first one ends them.
    const std::string_view bytes = merge.key().substr(1);
    const size_t key_bytes = bytes.find('\0') + 1 + sizeof(uint64_t);
    SL_ASSIGN_OR_RETURN(const NameKeyParts parts, DecodeNameKey(bytes.substr(0, key_bytes)));
    NameEntry entry{
        {std::string(parts.words), std::string(bytes.substr(key_bytes + 1)), bytes[key_bytes] == 1},
        parts.text};
    SL_ASSIGN_OR_RETURN(const bool is_new, postings->Add(entry));
    if (is_new) SL_RETURN_IF_ERROR(Put(ColumnFamily::kNames, bytes.substr(0, key_bytes), ""));
  }
  SL_RETURN_IF_ERROR(postings->Finish());
  names_file_.reset();
  return OkStatus();
}

// --- Final ids

StatusOr<uint64_t> LoadCommit::Resolve(uint64_t bits) const {
  const TermRef term{bits};
  if (!IsProvisional(term)) return bits;
  if (term.is_statement()) {
    const uint32_t ordinal = OrdinalOf(StatementRef{term.payload()});
    if (!statements_.Has(ordinal)) {
      return InvalidArgument("A fact or a statement refers to a statement that has no fact");
    }
    return StatementTerm(statements_.Of(ordinal)).bits;
  }
  const auto carried = carried_.find(bits);
  SL_CHECK(carried != carried_.end());
  return carried->second;
}

Status LoadCommit::AppendFinals(const LoadChunk& chunk, std::vector<uint64_t>* finals) const {
  const size_t first = finals->size();
  finals->resize(first + chunk.local_count);
  const FinalsOfChunk& region = finals_of_chunks_[static_cast<size_t>(&chunk - chunks_.data())];
  SpillReader reader(finals_.get(), region.begin, region.end, kReadBytes);
  for (uint64_t i = 0; i < chunk.terms.term_count; ++i) {
    if (i % kTermsPerCheck == 0) SL_RETURN_IF_ERROR(session_->token().Check());
    SL_ASSIGN_OR_RETURN(const std::string_view bytes, reader.Read(sizeof(FinalRecord)));
    FinalRecord record;
    std::memcpy(&record, bytes.data(), sizeof record);
    (*finals)[first + record.local] = uint64_t{record.id_high} << 32 | record.id_low;
  }
  SpillReader bits(chunk.files->terms.get(), chunk.bits_begin,
                   chunk.bits_begin + chunk.bits_count * sizeof(BitsRecord), kReadBytes);
  for (uint64_t i = 0; i < chunk.bits_count; ++i) {
    if (i % kTermsPerCheck == 0) SL_RETURN_IF_ERROR(session_->token().Check());
    SL_ASSIGN_OR_RETURN(const std::string_view bytes, bits.Read(sizeof(BitsRecord)));
    BitsRecord record;
    std::memcpy(&record, bytes.data(), sizeof record);
    SL_ASSIGN_OR_RETURN((*finals)[first + record.local], Resolve(record.bits));
  }
  return OkStatus();
}

// --- Quads

Status LoadCommit::WriteQuads(LoadResult* result) {
  const Stopwatch sorting;
  uint64_t total = 0, done = 0;
  for (const LoadChunk& chunk : chunks_) total += chunk.row_count;
  if (total == 0) return OkStatus();
  QuadRunBuilder builder({.run = base_.run,
                          .directory = directory_,
                          .thread_count = session_->options().thread_count,
                          .block_rows = session_->options().block_rows,
                          .token = &session_->token()});
  for (size_t begin = 0; begin < chunks_.size();) {
    // As many chunks as fit, one at least.
    size_t end = begin;
    uint64_t bytes = 0, row_count = 0;
    while (end < chunks_.size()) {
      const LoadChunk& chunk = chunks_[end];
      bytes += chunk.row_count * kBatchBytesPerRow + chunk.local_count * kBatchBytesPerTerm;
      if (end > begin && bytes > memory_ / 4 * 3) break;
      row_count += chunk.row_count;
      ++end;
    }
    TermRanks ranks;
    {
      std::vector<uint64_t> finals;
      for (size_t i = begin; i < end; ++i) SL_RETURN_IF_ERROR(AppendFinals(chunks_[i], &finals));
      SL_ASSIGN_OR_RETURN(ranks, RankTerms(finals, session_->token()));
    }
    std::vector<LoadRow> rows;
    rows.reserve(row_count);
    size_t first_local = 0;
    for (size_t i = begin; i < end; ++i) {
      const LoadChunk& chunk = chunks_[i];
      const uint32_t* const ranks_of_chunk = ranks.ranks.data() + first_local;
      first_local += chunk.local_count;
      SpillReader reader(chunk.files->rows.get(), chunk.rows_begin,
                         chunk.rows_begin + chunk.row_count * sizeof(LoadRow), kReadBytes);
      for (uint64_t row = 0; row < chunk.row_count; ++row) {
        if (row % kTermsPerCheck == 0) SL_RETURN_IF_ERROR(session_->token().Check());
        SL_ASSIGN_OR_RETURN(const std::string_view read, reader.Read(sizeof(LoadRow)));
        LoadRow local;
        std::memcpy(local.data(), read.data(), sizeof local);
        rows.push_back({ranks_of_chunk[local[0]], ranks_of_chunk[local[1]],
                        ranks_of_chunk[local[2]], local[3]});
      }
    }
    ranks.ranks = std::vector<uint32_t>();
    SL_RETURN_IF_ERROR(builder.AddBatch(rows, ranks.terms, statements_));
    done += row_count;
    session_->Report({LoadStage::kQuads, done, total});
    begin = end;
  }
  result->seconds_by_stage[static_cast<size_t>(LoadStage::kQuads)] = sorting.Seconds();

  const Stopwatch writing;
  uint64_t blocks = 0;
  SL_ASSIGN_OR_RETURN(KvFileWriter* const writer, WriterOf(ColumnFamily::kQuads));
  SL_ASSIGN_OR_RETURN(result->run,
                      builder.Finish([&](std::string_view key, std::string_view value) {
                        if (++blocks % 1024 == 0) session_->Report({LoadStage::kFiles, blocks, 0});
                        return writer->Put(key, value);
                      }));
  result->seconds_by_stage[static_cast<size_t>(LoadStage::kFiles)] = writing.Seconds();
  return OkStatus();
}

// --- Statements and definitions

Status LoadCommit::WriteStatements(LoadResult* result) {
  StatementWriter writer(session_, statements_, late_);
  SL_RETURN_IF_ERROR(writer.Write(
      chunks_,
      [this](const LoadChunk& chunk, std::vector<uint64_t>* finals) {
        return AppendFinals(chunk, finals);
      },
      [this](ColumnFamily family, std::string_view key, std::string_view value) {
        return Put(family, key, value);
      }));
  result->segment_count = writer.segment_count();
  return OkStatus();
}

Status LoadCommit::WriteDefinitions(LoadResult* result) {
  std::vector<Definition> definitions = session_->TakeDefinitions();
  for (Definition& definition : definitions) {
    if (TermId* id = TermOf(&definition); id != nullptr) {
      SL_ASSIGN_OR_RETURN(id->bits, Resolve(id->bits));
    }
  }
  result->definitions = definitions;
  result->catalog = WithDefinitions(*base_.catalog, definitions);
  std::vector<std::pair<std::string, std::string>> entries;
  for (const Definition& definition : definitions) {
    entries.emplace_back(CatalogKey(definition), EncodeAnyDefinition(definition));
  }
  std::sort(entries.begin(), entries.end());
  for (const auto& [key, value] : entries) {
    SL_RETURN_IF_ERROR(Put(ColumnFamily::kCatalog, key, value));
  }
  return OkStatus();
}

Status LoadCommit::MakeFiles(LoadResult* result) {
  result->revision = Revision{base_.revision.value + 1};
  result->run.number = base_.run;
  {
    const Stopwatch merging;
    SL_RETURN_IF_ERROR(MergeTerms(result));
    result->seconds_by_stage[static_cast<size_t>(LoadStage::kTerms)] = merging.Seconds();
  }
  SL_RETURN_IF_ERROR(WriteDefinitions(result));
  // Made here: the two threads below must not make writers at the same time.
  for (const ColumnFamily family : {ColumnFamily::kQuads, ColumnFamily::kStatements,
                                    ColumnFamily::kContexts, ColumnFamily::kStatementColumns}) {
    SL_RETURN_IF_ERROR(WriterOf(family).status());
  }
  if (session_->options().thread_count > 1) {
    Status statements = OkStatus();
    std::thread other([&] { statements = WriteStatements(result); });
    Status quads = WriteQuads(result);
    other.join();
    SL_RETURN_IF_ERROR(quads);
    SL_RETURN_IF_ERROR(statements);
  } else {
    SL_RETURN_IF_ERROR(WriteStatements(result));
    SL_RETURN_IF_ERROR(WriteQuads(result));
  }
  result->entry.micros = micros_;
  result->entry.statements_added = statements_.count();
  result->entry.quads_added = result->run.quad_count;
  result->statements_empty = session_->statements_opened() - statements_.count();
  if (const LoadOptions& options = session_->options(); !options.request_id.empty()) {
    for (const auto& [key, value] :
         EntriesOfReply(options.request_id, options.reply(*result), result->revision)) {
      SL_RETURN_IF_ERROR(Put(ColumnFamily::kRequests, key, value));
    }
  }
  return Put(ColumnFamily::kCommits, CommitKey(result->revision), EncodeCommitEntry(result->entry));
}

StatusOr<std::vector<KvFile>> LoadCommit::Finish(
    const std::vector<std::pair<std::string, std::string>>& meta_entries, LoadResult* result) {
  for (const auto& [key, value] : meta_entries) {
    SL_RETURN_IF_ERROR(Put(ColumnFamily::kMeta, key, value));
  }
  std::vector<KvFile> files;
  for (const auto& writer : writers_) {
    if (writer == nullptr || writer->entry_count() == 0) continue;
    SL_RETURN_IF_ERROR(session_->token().Check());
    SL_ASSIGN_OR_RETURN(KvFile file, writer->Finish());
    result->bytes_by_family[static_cast<size_t>(file.family)] = file.bytes;
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace sightline::storage
