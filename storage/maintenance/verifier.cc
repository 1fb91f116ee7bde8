#include "storage/maintenance/verifier.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "storage/base/encoding.h"
#include "storage/dictionary/dictionary.h"
#include "storage/dictionary/term_block.h"
#include "storage/dictionary/term_segments.h"
#include "storage/index/quad_block.h"
#include "storage/index/run_key.h"
#include "storage/index/run_manifest.h"
#include "storage/statements/statement_codec.h"
#include "storage/statements/statement_columns.h"
#include "storage/text/name_form.h"
#include "storage/txn/catalog_history.h"
#include "storage/txn/commit_log.h"
#include "storage/txn/name_index.h"
#include "storage/txn/store_state.h"

namespace sightline::storage {
namespace {

constexpr std::array<TermTag, 3> kDictionaryTags = {TermTag::kEntity, TermTag::kString,
                                                    TermTag::kValue};
constexpr uint64_t kEntriesPerReport = 1 << 14;

// Of a set whose members are met in any order.
struct HashSum {
  uint64_t low = 0;
  uint64_t high = 0;
  uint64_t count = 0;

  void Add(std::string_view member, uint64_t times = 1) {
    const XXH128_hash_t hash = XXH3_128bits(member.data(), member.size());
    low += hash.low64 * times;
    high += hash.high64 * times;
    count += times;
  }
  void Add(const Quad& quad) {
    const std::array<uint64_t, 4> numbers = {quad.fact.subject.bits, quad.fact.predicate.bits,
                                             quad.fact.object.bits, quad.statement.value};
    Add({reinterpret_cast<const char*>(numbers.data()), sizeof numbers});
  }
  friend bool operator==(const HashSum&, const HashSum&) = default;
};

std::string Number(uint64_t number) {
  std::string key;
  AppendFixed64(number, &key);
  return key;
}

std::string TermName(TermId term) {
  return fmt::format("tag {}, number {}", static_cast<int>(term.tag()), term.payload());
}

class Verifier {
 public:
  Verifier(const KvStore& kv, std::shared_ptr<const KvSnapshot> snapshot,
           const VerifyOptions& options, const CancellationToken& cancellation)
      : kv_(kv), snapshot_(std::move(snapshot)), options_(options), cancellation_(cancellation) {}

  StatusOr<VerifyResult> Run() {
    using Step = Status (Verifier::*)();
    constexpr std::array<std::pair<VerifyPart, Step>, 11> kSteps = {
        {{VerifyPart::kFiles, &Verifier::VerifyFiles},
         {VerifyPart::kMeta, &Verifier::VerifyMeta},
         {VerifyPart::kCommits, &Verifier::VerifyCommits},
         {VerifyPart::kContexts, &Verifier::VerifyContexts},
         {VerifyPart::kCatalog, &Verifier::VerifyCatalog},
         {VerifyPart::kDictionary, &Verifier::VerifyDictionary},
         {VerifyPart::kStatements, &Verifier::VerifyStatements},
         {VerifyPart::kRetractions, &Verifier::VerifyRetractions},
         {VerifyPart::kQuads, &Verifier::VerifyQuads},
         {VerifyPart::kNames, &Verifier::VerifyNames},
         {VerifyPart::kRequests, &Verifier::VerifyRequests}}};
    for (const auto& [part, step] : kSteps) {
      part_ = part;
      Report(0, 0);
      SL_RETURN_IF_ERROR(cancellation_.Check());
      SL_RETURN_IF_ERROR((this->*step)());
    }
    return std::move(result_);
  }

 private:
  // --- Findings

  template <typename... Args>
  void Found(fmt::format_string<Args...> format, Args&&... args) {
    FoundIn(part_, fmt::format(format, std::forward<Args>(args)...));
  }
  void FoundIn(VerifyPart part, std::string message) {
    if (result_.findings.size() < options_.findings_max) {
      result_.findings.push_back({part, std::move(message)});
    } else {
      ++result_.findings_left_out;
    }
  }
  // Damage becomes a finding, and the rest goes on; other errors end the verification.
  Status Note(const Status& status, std::string_view place = "") {
    const StatusCode code = status.code();
    if (code != StatusCode::kDataLoss && code != StatusCode::kNotFound) return status;
    if (place.empty()) {
      Found("{}", MessageOf(status));
    } else {
      Found("{}: {}", place, MessageOf(status));
    }
    return OkStatus();
  }

  void Report(uint64_t done, uint64_t total) {
    if (options_.progress) options_.progress({part_, done, total});
  }
  Status Tick(uint64_t done, uint64_t total) {
    if (done % kEntriesPerReport != 0) return OkStatus();
    Report(done, total);
    return cancellation_.Check();
  }

  // --- Reading

  // Calls visit(key, value) for all entries of a family. `visit` gives DataLoss for a bad entry.
  template <typename Visit>
  Status ForEach(ColumnFamily family, uint64_t total, Visit visit) {
    const auto iterator = kv_.NewIterator(family, "", "", snapshot_.get());
    uint64_t done = 0;
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
      SL_RETURN_IF_ERROR(Tick(done++, total));
      SL_RETURN_IF_ERROR(Note(visit(iterator->key(), iterator->value())));
    }
    return Note(iterator->status());
  }
  // The same for keys that are the numbers `first`, `first` + 1, ...; calls visit(number, value).
  // Gives how many there are, gaps included.
  template <typename Visit>
  StatusOr<uint64_t> ForEachNumbered(ColumnFamily family, uint64_t first, uint64_t total,
                                     Visit visit) {
    uint64_t next = first;
    SL_RETURN_IF_ERROR(
        ForEach(family, total, [&](std::string_view key, std::string_view value) -> Status {
          if (key.size() != 8) return DataLoss("A key has {} bytes and not 8", key.size());
          const uint64_t number = LoadFixed64(key.data());
          if (number < next) return DataLoss("There is a number {}", number);
          if (number > next) Found("The numbers {} to {} are missing", next, number - 1);
          next = number + 1;
          const Status visited = visit(number, value);
          return visited.ok() ? visited
                              : MakeStatus(visited.code(), fmt::format("Number {}: {}", number,
                                                                       MessageOf(visited)));
        }));
    return next - first;
  }
  // None when the key is not there.
  StatusOr<std::optional<std::string>> Get(ColumnFamily family, std::string_view key) {
    StatusOr<std::string> value = kv_.Get(family, key, snapshot_.get());
    if (value.status().code() == StatusCode::kNotFound) return std::optional<std::string>();
    if (!value.ok()) return value.status();
    return std::optional<std::string>(*std::move(value));
  }

  // Whether a term stands for something, as far as its number says.
  bool IsKnown(TermId term) const {
    if (term.is_none()) return false;
    if (term.is_statement()) return term.payload() >= 1 && term.payload() <= statement_total_;
    if (HasDictionaryEntry(term.tag())) {
      return term.payload() >= 1 && term.payload() < counters_.dictionary.Of(term.tag());
    }
    return term.tag() <= TermTag::kDecimal;
  }

  // --- The parts

  Status VerifyFiles() { return Note(kv_.VerifyChecksums()); }

  Status VerifyMeta() {
    const auto read = [&](std::string_view key, bool is_needed, auto decode) -> Status {
      SL_ASSIGN_OR_RETURN(const auto bytes, Get(ColumnFamily::kMeta, key));
      if (bytes) return Note(decode(*bytes), key);
      if (is_needed) Found("'{}' is missing", key);
      return OkStatus();
    };
    SL_RETURN_IF_ERROR(read("format", true, [&](std::string_view bytes) {
      return bytes.size() == 4 ? OkStatus() : DataLoss("It has {} bytes", bytes.size());
    }));
    SL_RETURN_IF_ERROR(read(kCountersKey, true, [&](std::string_view bytes) -> Status {
      SL_ASSIGN_OR_RETURN(counters_, DecodeCounters(bytes));
      return OkStatus();
    }));
    SL_RETURN_IF_ERROR(read(kRunManifestKey, false, [&](std::string_view bytes) -> Status {
      SL_ASSIGN_OR_RETURN(manifest_, DecodeRunManifest(bytes));
      return OkStatus();
    }));
    std::vector<TermSegment> list;
    SL_RETURN_IF_ERROR(read(kTermSegmentsKey, false, [&](std::string_view bytes) -> Status {
      SL_ASSIGN_OR_RETURN(list, DecodeTermSegments(bytes));
      return OkStatus();
    }));
    auto segments = TermSegments::Load(&kv_, list, nullptr);
    if (segments.ok()) {
      segments_ = *std::move(segments);
    } else {
      SL_RETURN_IF_ERROR(Note(segments.status(), kTermSegmentsKey));
      SL_ASSIGN_OR_RETURN(segments_, TermSegments::Load(&kv_, {}, nullptr));
    }
    dictionary_ = std::make_unique<Dictionary>(&kv_, segments_);
    return OkStatus();
  }

  Status VerifyCommits() {
    int64_t micros = INT64_MIN;
    uint64_t quads = 0;
    SL_ASSIGN_OR_RETURN(
        newest_.value,
        ForEachNumbered(ColumnFamily::kCommits, 1, 0,
                        [&](uint64_t revision, std::string_view value) -> Status {
                          SL_ASSIGN_OR_RETURN(const CommitEntry entry, DecodeCommitEntry(value));
                          if (entry.micros < micros) Found("Revision {}: time goes back", revision);
                          micros = entry.micros;
                          statement_total_ += entry.statements_added;
                          retractions_expected_.Add(Number(revision), entry.statements_retracted);
                          quads += entry.quads_added;
                          return OkStatus();
                        }));
    if (quads != counters_.quads) {
      Found("The commits have added {} quads, and the counters name {}", quads, counters_.quads);
    }
    return OkStatus();
  }

  Status VerifyContexts() {
    std::vector<std::pair<uint64_t, uint64_t>> hashes;
    SL_ASSIGN_OR_RETURN(
        context_count_,
        ForEachNumbered(
            ColumnFamily::kContexts, 0, 0, [&](uint64_t, std::string_view value) -> Status {
              const XXH128_hash_t hash = XXH3_128bits(value.data(), value.size());
              hashes.emplace_back(hash.high64, hash.low64);
              SL_ASSIGN_OR_RETURN(const StatementContext context, DecodeContext(value));
              std::vector<TermId> terms = {context.claimant};
              AppendSources(context, &terms);
              for (const TermId term : terms) {
                if (!IsKnown(term)) {
                  return DataLoss("It names a term that does not exist: {}", TermName(term));
                }
              }
              return OkStatus();
            }));
    std::sort(hashes.begin(), hashes.end());
    if (std::adjacent_find(hashes.begin(), hashes.end()) != hashes.end()) {
      Found("Two contexts are equal");
    }
    return OkStatus();
  }

  Status VerifyCatalog() {
    SL_RETURN_IF_ERROR(ForEach(
        ColumnFamily::kCatalog, 0, [&](std::string_view key, std::string_view value) -> Status {
          SL_ASSIGN_OR_RETURN(const Definition definition, DecodeDefinition(value));
          const std::string& name = NameOf(definition);
          if (CatalogKey(definition) != key) {
            return DataLoss("The definition of '{}' does not agree with its key", name);
          }
          if (RevisionOf(definition) > newest_) {
            Found("'{}' was defined by revision {}, which does not exist", name,
                  RevisionOf(definition).value);
          }
          const TermId* id = TermOf(definition);
          if (id == nullptr) return OkStatus();
          SL_ASSIGN_OR_RETURN(const auto found,
                              dictionary_->Find(TermTag::kEntity, name, snapshot_.get()));
          if (found != *id) Found("'{}' is not the entity that its definition says", name);
          return OkStatus();
        }));
    CatalogHistory history;
    if (const Status loaded = history.Load(kv_); !loaded.ok()) return Note(loaded);
    name_predicates_ = NamePredicates(*history.CatalogAt(newest_), {kName, kAlias});
    return OkStatus();
  }

  // --- Dictionary

  // An entry's bytes are of the form that its tag asks for.
  Status CheckEntry(TermTag tag, std::string_view bytes) {
    if (tag == TermTag::kEntity) {
      return bytes.empty() ? DataLoss("An entity's id is empty") : OkStatus();
    }
    SL_ASSIGN_OR_RETURN(const Value value, ValueOfEntry(tag, bytes));
    if (InlineTermId(value)) return DataLoss("An entry stands for a value that needs none");
    const DictionaryEntry entry = EntryOf(value);
    if (entry.tag != tag || entry.bytes != bytes) {
      return DataLoss("An entry is not of the form that its value has");
    }
    return OkStatus();
  }

  Status VerifyDictionary() {
    const uint64_t total = counters_.dictionary.total();
    HashSum by_bytes, by_number;
    std::optional<TermSegmentsReader> reader;
    if (!segments_->empty()) reader.emplace(segments_);
    SL_RETURN_IF_ERROR(ForEach(ColumnFamily::kTermToId, total,
                               [&](std::string_view key, std::string_view value) -> Status {
                                 if (key.empty() || value.size() != 8)
                                   return DataLoss("An entry is malformed");
                                 const auto tag = static_cast<TermTag>(key[0]);
                                 if (!HasDictionaryEntry(tag))
                                   return DataLoss("An entry has an unknown tag");
                                 by_bytes.Add(fmt::format("{}{}", value, key));
                                 if (!reader) return OkStatus();
                                 SL_ASSIGN_OR_RETURN(const auto twice,
                                                     reader->Find(tag, key.substr(1)));
                                 if (twice)
                                   Found("An entry is in a segment as well: {}", TermName(*twice));
                                 return OkStatus();
                               }));
    // The numbers that come next, of the entries here and in segments.
    std::map<TermTag, uint64_t> next;
    const std::vector<TermSegment> list = segments_->list();
    const auto pass_to = [&](TermTag tag, uint64_t number) {
      uint64_t& expected = next.try_emplace(tag, 1).first->second;
      for (const TermSegment& segment : list) {
        if (segment.tag != tag || segment.first_number < expected ||
            segment.first_number >= number) {
          continue;
        }
        if (segment.first_number > expected) {
          Found("Numbers of the dictionary are missing: tag {}, {} to {}", static_cast<int>(tag),
                expected, segment.first_number - 1);
        }
        expected = segment.last_number + 1;
      }
      if (number > expected) {
        Found("Numbers of the dictionary are missing: tag {}, {} to {}", static_cast<int>(tag),
              expected, number - 1);
      } else if (number < expected) {
        Found("The dictionary has a number twice, or one that it has not given: tag {}, {}",
              static_cast<int>(tag), number);
      }
      expected = std::max(expected, number + 1);
    };
    SL_RETURN_IF_ERROR(ForEach(
        ColumnFamily::kIdToTerm, total,
        [&](std::string_view key, std::string_view value) -> Status {
          if (key.size() != 9) return DataLoss("The key of a term is malformed");
          const auto tag = static_cast<TermTag>(key[0]);
          if (!HasDictionaryEntry(tag)) return DataLoss("An entry has an unknown tag");
          by_number.Add(fmt::format("{}{}{}", key.substr(1), key.substr(0, 1), value));
          const uint64_t number = LoadFixed64(key.data() + 1);
          pass_to(tag, number);
          const Status checked = CheckEntry(tag, value);
          if (!checked.ok()) {
            return DataLoss("{}: {}", MessageOf(checked), TermName(TermId::Make(tag, number)));
          }
          return OkStatus();
        }));
    for (const TermTag tag : kDictionaryTags) {
      const uint64_t end = counters_.dictionary.Of(tag);
      pass_to(tag, end);
      if (next[tag] == end + 1) continue;
      Found("The counters name {} as the next number of tag {}", end, static_cast<int>(tag));
    }
    result_.terms += by_number.count;
    if (by_bytes != by_number) SL_RETURN_IF_ERROR(NameWhatDiffers());
    return VerifyTermSegments();
  }

  // The two directions of the transactions' entries differ: says where.
  Status NameWhatDiffers() {
    SL_RETURN_IF_ERROR(ForEach(
        ColumnFamily::kTermToId, 0, [&](std::string_view key, std::string_view value) -> Status {
          SL_ASSIGN_OR_RETURN(const auto bytes, Get(ColumnFamily::kIdToTerm,
                                                    fmt::format("{}{}", key.substr(0, 1), value)));
          if (bytes == key.substr(1) || value.size() != 8) return OkStatus();
          return DataLoss(
              "An entry found by its bytes has a number that is not its own: {}",
              TermName(TermId::Make(static_cast<TermTag>(key[0]), LoadFixed64(value.data()))));
        }));
    return ForEach(
        ColumnFamily::kIdToTerm, 0, [&](std::string_view key, std::string_view value) -> Status {
          SL_ASSIGN_OR_RETURN(const auto number, Get(ColumnFamily::kTermToId,
                                                     fmt::format("{}{}", key.substr(0, 1), value)));
          if (number == key.substr(1) || key.size() != 9) return OkStatus();
          return DataLoss(
              "An entry is not found by its bytes: {}",
              TermName(TermId::Make(static_cast<TermTag>(key[0]), LoadFixed64(key.data() + 1))));
        });
  }

  Status VerifyTermSegments() {
    SL_RETURN_IF_ERROR(Note(segments_->Verify()));
    if (segments_->empty()) return OkStatus();
    TermSegmentsReader reader(segments_);
    return ForEach(ColumnFamily::kTermBlocks, 0,
                   [&](std::string_view key, std::string_view value) -> Status {
                     if (key.size() != 9)
                       return DataLoss("The key of a block of terms is malformed");
                     const TermId last =
                         TermId::Make(static_cast<TermTag>(key[0]), LoadFixed64(key.data() + 1));
                     if (!segments_->Owns(last))
                       return OkStatus();  // No list names it: it does not count.
                     SL_ASSIGN_OR_RETURN(const TermBlock block, TermBlock::Open(value, last));
                     SL_ASSIGN_OR_RETURN(const std::vector<std::string> terms, block.Decode());
                     uint64_t number = block.first_number();
                     for (const std::string& bytes : terms) {
                       const TermId term = TermId::Make(last.tag(), number++);
                       SL_ASSIGN_OR_RETURN(const auto found, reader.Find(last.tag(), bytes));
                       if (found != term)
                         Found("An entry is not found by its bytes: {}", TermName(term));
                       if (const Status checked = CheckEntry(last.tag(), bytes); !checked.ok()) {
                         Found("{}: {}", MessageOf(checked), TermName(term));
                       }
                     }
                     result_.terms += terms.size();
                     return cancellation_.Check();
                   });
  }

  // --- Statements

  // The statements of the commits, in their order, for keys that ascend by statement.
  class RevisionCursor {
   public:
    RevisionCursor(const KvStore& kv, const KvSnapshot* snapshot)
        : iterator_(kv.NewIterator(ColumnFamily::kCommits, "", "", snapshot)) {
      iterator_->SeekToFirst();
    }
    // Of a statement that is not before the last one asked for; none when no commit added it.
    std::optional<Revision> Of(uint64_t statement) {
      while (statement > last_) {
        if (!iterator_->Valid()) return std::nullopt;
        const auto entry = DecodeCommitEntry(iterator_->value());
        if (!entry.ok() || iterator_->key().size() != 8) return std::nullopt;
        last_ += entry->statements_added;
        revision_ = Revision{LoadFixed64(iterator_->key().data())};
        iterator_->Next();
      }
      return revision_;
    }

   private:
    const std::unique_ptr<KvIterator> iterator_;
    uint64_t last_ = 0;
    Revision revision_;
  };

  Status CheckStatement(StatementId id, const StatementRecord& record,
                        std::optional<Revision> revision) {
    if (record.context_number >= context_count_) {
      Found("s/{}: its context does not exist: {}", id.value, record.context_number);
    }
    if (record.revision != revision) {
      Found("s/{}: it names revision {}, and another one added it", id.value,
            record.revision.value);
    }
    const StatementDraft& content = record.content;
    std::vector<TermId> terms = record.subjects;
    for (const Fact& fact : content.facts) {
      terms.insert(terms.end(), {fact.subject, fact.predicate, fact.object});
    }
    for (const Qualifier& qualifier : content.qualifiers) {
      terms.insert(terms.end(), {qualifier.predicate, qualifier.value});
    }
    for (const TermId term : terms) {
      if (!IsKnown(term)) {
        Found("s/{}: it names a term that does not exist: {}", id.value, TermName(term));
      }
    }
    for (const StatementId origin : content.derived_from) {
      if (origin.value == 0 || origin.value > statement_total_) {
        Found("s/{}: it is derived from s/{}, which does not exist", id.value, origin.value);
      }
    }
    const bool is_folded = id <= manifest_.folded_through;
    if (!record.facts_inline) {
      if (!is_folded) Found("s/{}: its facts are in runs, and it is after theirs", id.value);
      return OkStatus();
    }
    if (content.facts.empty()) Found("s/{}: it says no fact", id.value);
    for (const Fact& fact : content.facts) {
      (is_folded ? folded_of_records_ : delta_).Add(Quad{fact, id});
      if (!is_folded) SL_RETURN_IF_ERROR(CheckName(fact));
    }
    inline_[id.value] = true;
    return OkStatus();
  }

  Status VerifyStatements() {
    inline_.assign(statement_total_ + 1, false);
    RevisionCursor revisions(kv_, snapshot_.get());
    const auto columns = kv_.NewIterator(ColumnFamily::kStatementColumns, "", "", snapshot_.get());
    columns->SeekToFirst();
    auto segment = std::make_unique<StatementSegment>();
    uint64_t segment_count = 0;
    bool in_segment = false;
    // Takes the segment that begins with the statement, if there is one.
    const auto next_segment = [&]() -> Status {
      in_segment = false;
      if (!columns->Valid()) return OkStatus();
      if (columns->key() != SegmentKey(segment_count)) {
        FoundIn(VerifyPart::kColumns,
                fmt::format("Segment {} is missing, or a key is malformed", segment_count));
      } else if (const Status read = DecodeSegment(columns->value(), segment.get()); !read.ok()) {
        FoundIn(VerifyPart::kColumns,
                fmt::format("Segment {}: {}", segment_count, MessageOf(read)));
      } else {
        in_segment = true;
      }
      ++segment_count;
      columns->Next();
      return OkStatus();
    };
    SL_ASSIGN_OR_RETURN(
        result_.statements,
        ForEachNumbered(
            ColumnFamily::kStatements, 1, statement_total_,
            [&](uint64_t number, std::string_view value) -> Status {
              const uint64_t row = (number - 1) % kSegmentRows;
              if (row == 0) SL_RETURN_IF_ERROR(next_segment());
              SL_ASSIGN_OR_RETURN(const StatementRecord record, DecodeStatement(value));
              if (number > statement_total_) return DataLoss("No commit has added it");
              SL_RETURN_IF_ERROR(CheckStatement(StatementId{number}, record, revisions.Of(number)));
              if (!in_segment) return OkStatus();
              const StatementRow& kept = segment->rows[row];
              const bool is_same = kept.context_number == record.context_number &&
                                   kept.polarity == record.content.polarity &&
                                   kept.credibility == record.content.credibility &&
                                   segment->intervals[kept.interval_number] == record.content.valid;
              if (!is_same) {
                FoundIn(VerifyPart::kColumns,
                        fmt::format("s/{}: its columns do not say what its record says", number));
              }
              return OkStatus();
            }));
    SL_RETURN_IF_ERROR(Note(columns->status()));
    if (columns->Valid() || segment_count * kSegmentRows > result_.statements) {
      FoundIn(VerifyPart::kColumns, "There are columns of statements that do not exist");
    }
    if (result_.statements != statement_total_) {
      Found("There are {} statements, and the commits have added {}", result_.statements,
            statement_total_);
    }
    return OkStatus();
  }

  Status VerifyRetractions() {
    RevisionCursor revisions(kv_, snapshot_.get());
    HashSum found;
    SL_RETURN_IF_ERROR(ForEach(
        ColumnFamily::kRetractions, 0, [&](std::string_view key, std::string_view value) -> Status {
          if (key.size() != 8) return DataLoss("The key of a retraction is malformed");
          const uint64_t id = LoadFixed64(key.data());
          SL_ASSIGN_OR_RETURN(const Retraction retraction, DecodeRetraction(value));
          const auto recorded = id == 0 ? std::nullopt : revisions.Of(id);
          if (!recorded) return DataLoss("s/{} is retracted and does not exist", id);
          if (retraction.revision < *recorded || retraction.revision > newest_) {
            Found("s/{}: retracted by revision {}, which cannot be", id, retraction.revision.value);
          }
          found.Add(Number(retraction.revision.value));
          return OkStatus();
        }));
    if (found != retractions_expected_) {
      Found("There are {} retractions, and the commits name {}, or others", found.count,
            retractions_expected_.count);
    }
    return OkStatus();
  }

  // --- Quads

  Status VerifyQuads() {
    with_facts_.assign(statement_total_ + 1, false);
    HashSum folded_of_runs;
    for (const RunInfo& run : manifest_.runs) {
      HashSum first;
      uint64_t block_count = 0, bytes = 0;
      for (const Permutation permutation : kPermutations) {
        HashSum sum;
        SL_RETURN_IF_ERROR(
            VerifyRun(run, permutation, &sum, &block_count, &bytes, &folded_of_runs));
        if (permutation == kPermutations.front()) {
          first = sum;
          result_.quads += sum.count;
        } else if (sum != first) {
          Found("Run {}: {} has other quads than {} ({} and {})", run.number.value,
                PermutationName(permutation), PermutationName(kPermutations.front()), sum.count,
                first.count);
        }
      }
      if (first.count != run.quad_count || block_count != run.block_count || bytes != run.bytes) {
        Found(
            "Run {}: it has {} quads in {} blocks and {} bytes, and the list of runs says {}, {}"
            " and {}",
            run.number.value, first.count, block_count, bytes, run.quad_count, run.block_count,
            run.bytes);
      }
    }
    if (folded_of_runs != folded_of_records_) {
      Found("The runs have other quads than the records of their statements ({} and {})",
            folded_of_runs.count, folded_of_records_.count);
    }
    for (uint64_t id = 1; id <= statement_total_ && id <= manifest_.folded_through.value; ++id) {
      if (!inline_[id] && !with_facts_[id]) Found("s/{}: it has no fact, in no run", id);
    }
    result_.quads += delta_.count;
    if (result_.quads != counters_.quads) {
      Found("There are {} quads, and the counters name {}", result_.quads, counters_.quads);
    }
    return OkStatus();
  }

  Status VerifyRun(const RunInfo& run, Permutation permutation, HashSum* sum, uint64_t* block_count,
                   uint64_t* bytes, HashSum* folded_of_runs) {
    const RunKeyRange range = KeysOf(run.number, permutation);
    const auto iterator =
        kv_.NewIterator(ColumnFamily::kQuads, range.lower, range.upper, snapshot_.get());
    const bool is_first = permutation == kPermutations.front();
    std::optional<QuadKey> before;
    TermId name;  // The last object of a name predicate.
    GroupRows group;
    const auto verify_block = [&](std::string_view key, std::string_view value) -> Status {
      SL_ASSIGN_OR_RETURN(const QuadKey last, DecodeLastOfBlock(key));
      SL_ASSIGN_OR_RETURN(const QuadBlock block, QuadBlock::Open(value));
      for (size_t i = 0; i < block.group_count(); ++i) {
        SL_RETURN_IF_ERROR(block.UnpackGroup(i, &group));
        const QuadRows rows = group.rows();
        for (size_t row = 0; row < rows.row_count; ++row) {
          const QuadKey here = rows.Row(row);
          if (before && !(*before < here)) return DataLoss("Its quads do not ascend");
          before = here;
          const Quad quad{
              Unpermute(permutation, {TermId{here[0]}, TermId{here[1]}, TermId{here[2]}}),
              StatementId{here[3]}};
          sum->Add(quad);
          if (is_first) SL_RETURN_IF_ERROR(CheckQuad(quad, folded_of_runs));
          if (permutation == Permutation::kPos && quad.fact.object != name) {
            name = quad.fact.object;
            SL_RETURN_IF_ERROR(CheckName(quad.fact));
          }
        }
      }
      if (before != last) return DataLoss("Its key is not its last quad");
      return OkStatus();
    };
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
      SL_RETURN_IF_ERROR(cancellation_.Check());
      ++*block_count;
      *bytes += iterator->key().size() + iterator->value().size();
      SL_RETURN_IF_ERROR(Note(verify_block(iterator->key(), iterator->value()),
                              fmt::format("Run {}, {}, block {}", run.number.value,
                                          PermutationName(permutation), *block_count)));
      Report(result_.quads, counters_.quads);
    }
    return Note(iterator->status());
  }

  Status CheckQuad(const Quad& quad, HashSum* folded_of_runs) {
    const uint64_t id = quad.statement.value;
    if (id == 0 || id > statement_total_ || quad.statement > manifest_.folded_through) {
      return DataLoss("It has a quad of s/{}, which cannot be in a run", id);
    }
    for (const TermId term : {quad.fact.subject, quad.fact.predicate, quad.fact.object}) {
      if (!IsKnown(term)) {
        return DataLoss("It has a quad of a term that does not exist: {}", TermName(term));
      }
    }
    with_facts_[id] = true;
    if (inline_[id]) folded_of_runs->Add(quad);
    return OkStatus();
  }

  // --- Names

  // The form of the text behind a term; none when it is no text.
  StatusOr<std::optional<NameForm>> FormOf(TermId term) {
    Value value;
    if (HasDictionaryEntry(term.tag())) {
      if (term.is_entity()) return std::optional<NameForm>();
      SL_ASSIGN_OR_RETURN(const std::string bytes, dictionary_->BytesOf(term, snapshot_.get()));
      SL_ASSIGN_OR_RETURN(value, ValueOfEntry(term.tag(), bytes));
    } else if (term.tag() == TermTag::kShortString) {
      value = InlineValue(term);
    }
    const Text* text = value.get_if<Text>();
    if (text == nullptr) return std::optional<NameForm>();
    return std::optional<NameForm>(FormOfName(text->text));
  }

  // A fact that names something must be in the index of names.
  Status CheckName(const Fact& fact) {
    const bool is_name =
        std::binary_search(name_predicates_.begin(), name_predicates_.end(), fact.predicate);
    if (!is_name || fact.object.is_node() || !IsKnown(fact.object)) return OkStatus();
    const auto form = FormOf(fact.object);
    if (!form.ok()) return Note(form.status());
    if (!*form) return OkStatus();
    const std::string& words = (*form)->words;
    SL_ASSIGN_OR_RETURN(const auto entry, Get(ColumnFamily::kNames, NameKey(words, fact.object)));
    if (!entry) {
      FoundIn(VerifyPart::kNames,
              fmt::format("The name '{}' is not in the index ({})", words, TermName(fact.object)));
    }
    return OkStatus();
  }

  Status VerifyNames() {
    HashSum by_form;
    SL_RETURN_IF_ERROR(
        ForEach(ColumnFamily::kNames, 0, [&](std::string_view key, std::string_view) -> Status {
          SL_ASSIGN_OR_RETURN(const NameKeyParts entry, DecodeNameKey(key));
          by_form.Add(Number(entry.text.bits));
          if (!IsKnown(entry.text)) {
            return DataLoss("'{}' is of a term that does not exist: {}", entry.words,
                            TermName(entry.text));
          }
          SL_ASSIGN_OR_RETURN(const auto form, FormOf(entry.text));
          if (!form || form->words != entry.words) {
            Found("'{}' is not the form of its text ({})", entry.words, TermName(entry.text));
          }
          return OkStatus();
        }));
    return VerifyNamePostings(by_form);
  }

  // The lists have each name under all that its form has, and nothing else.
  Status VerifyNamePostings(const HashSum& by_form) {
    const auto read = ReadNamePostingsHeader(kv_, snapshot_.get());
    if (!read.ok()) return Note(read.status());
    const NamePostingsHeader header = *read;
    HashSum names, lists, lists_expected;
    std::string counts, counts_expected;
    uint64_t recent = 0;
    const auto check_name = [&](std::string_view value, std::optional<uint32_t> number) -> Status {
      SL_ASSIGN_OR_RETURN(const NameEntry entry, DecodeNumberedName(value));
      names.Add(Number(entry.text.bits));
      if (!IsKnown(entry.text)) {
        return DataLoss("A name for searching is of a term that does not exist: {}",
                        TermName(entry.text));
      }
      SL_ASSIGN_OR_RETURN(const auto form, FormOf(entry.text));
      if (form != entry.form) {
        Found("'{}', for searching, is not the form of its text ({})", entry.form.words,
              TermName(entry.text));
      }
      if (!number) return OkStatus();
      size_t trigram_count = 0;
      for (const std::string& list : PostingListsOf(entry.form, &trigram_count)) {
        lists_expected.Add(PostingBlockKey(list, *number));
      }
      AppendByte(TrigramCountByte(trigram_count), &counts_expected);
      return OkStatus();
    };
    SL_RETURN_IF_ERROR(ForEach(ColumnFamily::kNamePostings, 0,
                               [&](std::string_view key, std::string_view value) -> Status {
                                 if (key == NamePostingsHeaderKey()) return OkStatus();
                                 if (key.starts_with(RecentNamesKey(header.generation))) {
                                   ++recent;
                                   return check_name(value, std::nullopt);
                                 }
                                 const auto number = static_cast<uint32_t>(counts_expected.size());
                                 if (key == NumberedNameKey(number))
                                   return check_name(value, number);
                                 const auto chunk =
                                     static_cast<uint32_t>(counts.size() / kNamesPerChunk);
                                 if (key == TrigramCountsKey(chunk)) {
                                   counts += value;
                                   return OkStatus();
                                 }
                                 if (!IsPostingBlockKey(key))
                                   return DataLoss("An entry for searching names is malformed");
                                 std::vector<uint32_t> numbers;
                                 SL_RETURN_IF_ERROR(DecodePostingBlock(key, value, &numbers));
                                 const std::string_view list =
                                     key.substr(0, key.size() - sizeof(uint32_t));
                                 for (const uint32_t in_list : numbers)
                                   lists.Add(PostingBlockKey(list, in_list));
                                 return OkStatus();
                               }));
    if (header.numbered != counts_expected.size() || header.recent != recent) {
      Found("There are {} and {} names for searching, and their header says {} and {}",
            counts_expected.size(), recent, header.numbered, header.recent);
    }
    if (names != by_form) Found("The names for searching are not those of the index");
    if (counts != counts_expected) Found("The counts of trigrams do not agree with the names");
    if (lists != lists_expected) Found("The lists for searching do not agree with the names");
    return OkStatus();
  }

  // Replies by request id, and request ids by revision (storage/txn/request_log.h).
  Status VerifyRequests() {
    return ForEach(
        ColumnFamily::kRequests, 0, [&](std::string_view key, std::string_view value) -> Status {
          if (key.starts_with('\1')) {
            ByteReader reader(value);
            SL_ASSIGN_OR_RETURN(const uint64_t revision, reader.ReadVarint());
            SL_ASSIGN_OR_RETURN(
                const auto trace,
                Get(ColumnFamily::kRequests, "\2" + Number(revision) + std::string(key.substr(1))));
            if (!trace || revision > newest_.value) {
              Found("The reply of request '{}' does not agree with revision {}", key.substr(1),
                    revision);
            }
            return OkStatus();
          }
          if (!key.starts_with('\2') || key.size() < 9) return DataLoss("A key is malformed");
          const std::string_view request = key.substr(9);
          SL_ASSIGN_OR_RETURN(const auto reply,
                              Get(ColumnFamily::kRequests, fmt::format("\1{}", request)));
          if (!reply) Found("The reply of request '{}' is missing", request);
          return OkStatus();
        });
  }

  const KvStore& kv_;
  const std::shared_ptr<const KvSnapshot> snapshot_;
  const VerifyOptions& options_;
  const CancellationToken& cancellation_;
  VerifyPart part_ = VerifyPart::kFiles;
  VerifyResult result_;

  // What the parts before have found out.
  StoreCounters counters_;
  RunManifest manifest_;
  TermSegmentsPtr segments_;
  std::unique_ptr<Dictionary> dictionary_;
  Revision newest_;
  uint64_t statement_total_ = 0;  // That the commits have added.
  HashSum retractions_expected_;  // Of revisions, as often as they retracted something.
  uint64_t context_count_ = 0;
  std::vector<TermId> name_predicates_;
  std::vector<bool> inline_;      // By statement: whether its record has its facts.
  std::vector<bool> with_facts_;  // By statement: whether a run has any.
  HashSum folded_of_records_;     // Quads of records that runs must have as well.
  HashSum delta_;                 // Quads of records that no run has yet.
};

}  // namespace

std::string_view VerifyPartName(VerifyPart part) {
  constexpr std::array<std::string_view, kVerifyPartCount> kNames = {
      "files",      "meta",    "commits",     "contexts", "catalog", "dictionary",
      "statements", "columns", "retractions", "quads",    "names",   "requests"};
  return kNames[static_cast<size_t>(part)];
}

StatusOr<VerifyResult> VerifyStore(const KvStore& kv, std::shared_ptr<const KvSnapshot> snapshot,
                                   const VerifyOptions& options,
                                   const CancellationToken& cancellation) {
  return Verifier(kv, std::move(snapshot), options, cancellation).Run();
}

}  // namespace sightline::storage
