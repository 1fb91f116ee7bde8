#include "storage/txn/snapshot_view.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "storage/base/check.h"
#include "storage/index/guarded_scan.h"
#include "storage/text/name_form.h"
#include "storage/text/name_match.h"
#include "storage/txn/name_index.h"
#include "storage/txn/origin_finder.h"

namespace sightline::storage {
namespace {

// A file of a bulk load can be one statement.
constexpr size_t kFactsListedMax = 1'000'000;

// Every statement, whatever it says of its facts. Who scans with it asks IsVisible of each.
class EveryStatement final : public Scope {
 public:
  EveryStatement() : Scope({}) {}
  bool Contains(StatementId) const override { return true; }
  Polarity PolarityOf(StatementId) const override { return Polarity::kAsserts; }
  bool Covers(StatementId, StatementId) const override { return true; }
  uint64_t size() const override { return UINT64_MAX; }
  std::vector<StatementId> Statements() const override { return {}; }
};

// One statement, whatever it says of its facts. For a reader who may see it.
class OneStatement final : public Scope {
 public:
  explicit OneStatement(StatementId id) : Scope({}), id_(id) {}
  bool Contains(StatementId statement) const override { return statement == id_; }
  Polarity PolarityOf(StatementId) const override { return Polarity::kAsserts; }
  bool Covers(StatementId first, StatementId last) const override {
    return first == id_ && last == id_;
  }
  bool Intersects(StatementId first, StatementId last) const override {
    return first <= id_ && id_ <= last;
  }
  uint64_t size() const override { return 1; }
  std::vector<StatementId> Statements() const override { return {id_}; }

 private:
  const StatementId id_;
};

// A qualifier of judgements on identity: "positive", "negative"; any other value judges nothing.
constexpr std::string_view kJudgement = "judgement";

class BackedBy final : public FactCondition {
 public:
  BackedBy(const ReadView& view, const Scope& scope)
      : origins_min_(scope.conditions().origins_min),
        origins_(view, scope.conditions().known_at, scope.identity()) {}

  StatusOr<bool> Holds(const std::vector<StatementId>& asserting) override {
    SL_ASSIGN_OR_RETURN(const std::vector<TermId> origins, origins_.OriginsOf(asserting));
    return origins.size() >= origins_min_;
  }

 private:
  const uint64_t origins_min_;
  OriginFinder origins_;
};

// A reader must not learn from the message which of these it was.
Status NoSuchStatement(StatementId id, const IdCipher& ids) {
  return NotFound("There is no such statement: {}", StatementName(id, ids));
}

}  // namespace

std::string StatementName(StatementId id, const IdCipher& ids) {
  // From 1, as the numbers themselves.
  return fmt::format("s/{}", ids.Hide(id.value - 1, kPublicNumberBits) + 1);
}

std::optional<StatementId> ParseStatementName(std::string_view external_id, const IdCipher& ids) {
  if (!external_id.starts_with("s/")) return std::nullopt;
  const std::string_view digits = external_id.substr(2);
  if (digits.empty() || digits[0] == '0') return std::nullopt;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return StatementId{ids.Show(number - 1, kPublicNumberBits) + 1};
}

SnapshotView::SnapshotView(std::shared_ptr<StoreState> store, PublishedPtr published,
                           Revision revision, std::shared_ptr<const Catalog> catalog,
                           std::shared_ptr<const Clearance> clearance, Pending pending)
    : store_(std::move(store)),
      published_(std::move(published)),
      committed_(revision),
      catalog_(std::move(catalog)),
      clearance_(std::move(clearance)),
      pending_(std::move(pending)),
      statements_(pending_.writes != nullptr ? pending_.statements : published_->statements),
      statement_bound_(pending_.writes != nullptr
                           ? pending_.writes->statements_before + pending_.statement_count
                           : store_->commits().StatementCountAt(revision)) {
  SL_CHECK(committed_ <= published_->revision);
}

Revision SnapshotView::revision() const {
  return pending_.writes != nullptr ? Revision{committed_.value + 1} : committed_;
}

std::shared_ptr<const Catalog> SnapshotView::CatalogAt(Revision revision) const {
  return revision < this->revision() ? store_->catalogs().CatalogAt(revision) : catalog_;
}

// --- Scope

ScopePtr SnapshotView::ScopeAt(const ScopeConditions& conditions, Revision known_at,
                               RetractedStatements retracted, RatingsPtr ratings) const {
  const bool with_pending = pending_.writes != nullptr && known_at > committed_;
  ScopeKey key;
  key.conditions = conditions;
  key.conditions.known_at.reset();
  key.conditions.dispute_rule = DisputeRule::kDefault;
  key.conditions.origins_min = 0;
  key.clearance = *clearance_;
  key.retracted = retracted;
  key.known_at = std::min(known_at, committed_);
  key.ratings = std::move(ratings);
  auto committed = store_->Bitmaps(*published_, key);
  if (!with_pending) return MakeScope(conditions, std::move(committed), nullptr, {});
  StatementBitmapsPtr pending;
  if (pending_.statement_count > 0) {
    key.known_at = known_at;
    pending =
        pending_.writes->scopes.Bitmaps({statements_, store_->contexts(), key.ratings.get()}, key,
                                        pending_.writes->statements_before, statement_bound_);
  }
  return MakeScope(
      conditions, std::move(committed), std::move(pending),
      retracted == RetractedStatements::kLeaveOut ? pending_.retracted : StatementBitmap());
}

StatusOr<ScopePtr> SnapshotView::Resolve(const ScopeConditions& conditions) const {
  if (conditions.known_at && *conditions.known_at > revision()) {
    return OutOfRange("The revision is later than the view's: {} after {}",
                      conditions.known_at->value, revision().value);
  }
  RatingsPtr ratings;
  if (conditions.reliability || conditions.credibility) {
    SL_ASSIGN_OR_RETURN(ratings, RatingsFor(conditions));
  }
  return ScopeAt(conditions, conditions.known_at.value_or(revision()),
                 RetractedStatements::kLeaveOut, std::move(ratings));
}

const ScopePtr& SnapshotView::default_scope() const {
  std::call_once(default_scope_once_, [this] {
    default_scope_ = ScopeAt({}, revision(), RetractedStatements::kLeaveOut);
  });
  return default_scope_;
}

StatusOr<ScopePtr> SnapshotView::MergingEntities(const ScopePtr& scope) const {
  SL_ASSIGN_OR_RETURN(const std::vector<IdentityCache::Row> rows, SaidOfIdentity(scope));
  if (rows.empty()) return WithIdentity(scope, nullptr);
  // The next transaction may give the number of a pending statement to another one.
  const bool is_lasting = std::none_of(
      rows.begin(), rows.end(), [this](const auto& row) { return IsPending(row.statement); });
  if (is_lasting) {
    if (const auto known = store_->identities().Find(rows)) return WithIdentity(scope, *known);
  }
  std::vector<Judgement> judgements;
  for (const IdentityCache::Row& row : rows) {
    SL_ASSIGN_OR_RETURN(Statement statement, GetStatement(row.statement));
    if (row.rated != 0) statement.content.credibility = row.rated;
    SL_ASSIGN_OR_RETURN(const std::optional<bool> same, JudgesSame(statement));
    if (same) judgements.push_back({row.subject, row.object, row.statement, *same});
  }
  SL_ASSIGN_OR_RETURN(
      IdentityMapPtr map,
      IdentityMap::Make(std::move(judgements), [this](TermId node) { return ExternalIdOf(node); }));
  if (is_lasting) store_->identities().Insert(rows, map);
  return WithIdentity(scope, std::move(map));
}

StatusOr<std::vector<IdentityCache::Row>> SnapshotView::SaidOfIdentity(
    const ScopePtr& scope) const {
  std::vector<IdentityCache::Row> rows;
  const PredicateDefinition* same_as = catalog_->FindPredicate(kSameAs);
  if (same_as == nullptr) return rows;
  // Each id for itself, whatever a denial does under the scope's own rule, and however few sources
  // a judgement has: one is enough to count what is told of both ids together.
  ScopeConditions conditions = scope->conditions();
  conditions.dispute_rule = DisputeRule::kIncludingDenied;
  conditions.origins_min = 0;
  SL_ASSIGN_OR_RETURN(const ScopePtr all, Resolve(conditions));
  SL_ASSIGN_OR_RETURN(const auto scan, Scan(Permutation::kPso, KeyPrefix::Of(same_as->id), all,
                                            {.rows = ScanRows::kStatements}));
  const auto may_merge = [this](TermId term) {
    return term.is_entity() && catalog_->FindClass(term) == nullptr &&
           catalog_->FindPredicate(term) == nullptr;
  };
  ScanBatch batch;
  while (true) {
    SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
    if (row_count == 0) break;
    for (size_t row = 0; row < row_count; ++row) {
      const TermId subject = batch.columns[1][row], object = batch.columns[2][row];
      if (subject == object || !may_merge(subject) || !may_merge(object)) continue;
      const StatementId id = batch.statements[row];
      rows.push_back({subject, object, id, all->PolarityOf(id) == Polarity::kDenies});
    }
  }
  if (rows.empty()) return rows;
  // A judgement counts by its effective credibility, as statements do in scopes.
  SL_ASSIGN_OR_RETURN(const RatingsPtr ratings, RatingsFor(scope->conditions()));
  for (IdentityCache::Row& row : rows) row.rated = ratings->CredibilityOf(row.statement, 0);
  return rows;
}

StatusOr<std::optional<bool>> SnapshotView::JudgesSame(const Statement& statement) const {
  constexpr Credibility kPossiblyTrue = 3;
  if (statement.content.credibility > kPossiblyTrue) return std::optional<bool>();
  bool same = statement.content.polarity == Polarity::kAsserts;
  const PredicateDefinition* judgement = catalog_->FindPredicate(kJudgement);
  for (const Qualifier& qualifier : statement.content.qualifiers) {
    if (judgement == nullptr || qualifier.predicate != judgement->id) continue;
    SL_ASSIGN_OR_RETURN(const Value value, ValueOf(qualifier.value));
    const Text* text = value.get_if<Text>();
    if (text != nullptr && text->text == "positive") continue;
    if (text == nullptr || text->text != "negative") return std::optional<bool>();
    same = false;
  }
  return std::optional<bool>(same);
}

const ScopePtr& SnapshotView::visible_scope() const {
  std::call_once(visible_scope_once_, [this] {
    ScopeConditions conditions;
    conditions.dispute_rule = DisputeRule::kIncludingDenied;
    visible_scope_ = ScopeAt(conditions, revision(), RetractedStatements::kKeep);
  });
  return visible_scope_;
}

bool SnapshotView::IsVisible(StatementId id) const {
  if (id.value == 0 || id.value > statement_bound_) return false;
  // Not through visible_scope(): looking at one statement need not evaluate all.
  const uint32_t context_number = statements_[id].context_number;
  return clearance_->Permits(store_->contexts()[context_number].marking);
}

Revision SnapshotView::RevisionAt(int64_t micros) const {
  if (pending_.writes != nullptr && pending_.micros <= micros) return revision();
  return store_->commits().RevisionAt(micros, committed_);
}

int64_t SnapshotView::CommitMicros(Revision revision) const {
  if (revision <= committed_) return store_->commits().MicrosOf(revision);
  return pending_.writes != nullptr ? pending_.micros : 0;
}

// --- Facts and statements

StatusOr<std::unique_ptr<MergedScan>> SnapshotView::Scan(Permutation permutation,
                                                         const KeyPrefix& prefix, ScopePtr scope,
                                                         const MergedScanOptions& options) const {
  ScanInputs inputs{published_->blocks, published_->runs, published_->delta, nullptr};
  if (pending_.writes != nullptr && pending_.statement_count > 0) {
    inputs.pending = pending_.writes->Quads();
  }
  // Whoever asserts a fact is one origin.
  if (scope->conditions().origins_min > 1) {
    inputs.fact_condition = std::make_shared<BackedBy>(*this, *scope);
  }
  std::shared_ptr<ScanGuard> guard;
  if (scope->identity() != nullptr) {
    const MutexLock lock(&guard_mutex_);
    guard = guard_;
  }
  return OpenGuardedScan(std::move(inputs), permutation, prefix, std::move(scope), options,
                         std::move(guard));
}

void SnapshotView::SetScanGuard(std::shared_ptr<ScanGuard> guard) const {
  const MutexLock lock(&guard_mutex_);
  guard_ = std::move(guard);
}

StatusOr<bool> SnapshotView::HasRow(Permutation permutation, const KeyPrefix& prefix,
                                    ScopePtr scope) const {
  SL_ASSIGN_OR_RETURN(const auto scan,
                      Scan(permutation, prefix, std::move(scope), {.batch_rows_max = 1}));
  ScanBatch batch;
  SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
  return row_count > 0;
}

StatusOr<std::vector<StatementId>> SnapshotView::StatementsOf(const Fact& fact) const {
  // Not through visible_scope(): looking at one fact need not evaluate all statements.
  static const ScopePtr every_statement = std::make_shared<const EveryStatement>();
  SL_ASSIGN_OR_RETURN(
      const auto scan,
      Scan(Permutation::kSpo, KeyPrefix::Of(fact.subject, fact.predicate, fact.object),
           every_statement, {.rows = ScanRows::kStatements}));
  std::vector<StatementId> statements;
  ScanBatch batch;
  while (true) {
    SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
    if (row_count == 0) return statements;
    std::copy_if(batch.statements.begin(), batch.statements.end(), std::back_inserter(statements),
                 [this](StatementId id) { return IsVisible(id); });
  }
}

StatusOr<StatementRecord> SnapshotView::RecordOf(StatementId id) const {
  StatusOr<std::string> bytes =
      store_->kv().Get(ColumnFamily::kStatements, StatementKey(id), published_->snapshot.get());
  if (bytes.status().code() == StatusCode::kNotFound) {
    return DataLoss("The store has lost the record of a statement: s/{}", id.value);
  }
  if (!bytes.ok()) return bytes.status();
  return DecodeStatement(*bytes);
}

StatusOr<Statement> SnapshotView::GetStatement(StatementId id) const {
  if (!IsVisible(id)) return NoSuchStatement(id, ids());
  Statement statement;
  statement.id = id;
  if (IsPending(id)) {
    statement.content = pending_.writes->DraftOf(id);
  } else {
    SL_ASSIGN_OR_RETURN(StatementRecord record, RecordOf(id));
    statement.content = std::move(record.content);
  }
  statement.content.context = store_->contexts()[statements_[id].context_number];
  // What it rests on may be above the reader's clearance, even the existence of it.
  std::erase_if(statement.content.derived_from,
                [this](StatementId origin) { return !IsVisible(origin); });
  statement.revision = IsPending(id) ? revision() : store_->commits().RevisionOf(id, committed_);
  statement.recorded_at_micros = CommitMicros(statement.revision);
  if (!IsPending(id) && statements_.IsRetracted(id)) {
    StatusOr<std::string> bytes =
        store_->kv().Get(ColumnFamily::kRetractions, StatementKey(id), published_->snapshot.get());
    if (bytes.status().code() == StatusCode::kNotFound) {
      return DataLoss("The store has lost a retraction: s/{}", id.value);
    }
    if (!bytes.ok()) return bytes.status();
    SL_ASSIGN_OR_RETURN(Retraction retraction, DecodeRetraction(*bytes));
    // In a view of an earlier revision it may not have been retracted yet.
    if (retraction.revision <= committed_) {
      retraction.recorded_at_micros = CommitMicros(retraction.revision);
      statement.retraction = std::move(retraction);
    }
  } else if (pending_.writes != nullptr) {
    for (size_t i = 0; i < pending_.retraction_count; ++i) {
      const auto& retraction = pending_.writes->retractions[i];
      if (retraction.id != id) continue;
      statement.retraction = Retraction{revision(), pending_.micros, retraction.reason};
    }
  }
  return statement;
}

StatusOr<std::vector<Fact>> SnapshotView::FactsOf(StatementId id) const {
  if (!IsVisible(id)) return NoSuchStatement(id, ids());
  if (IsPending(id)) return pending_.writes->DraftOf(id).facts;
  SL_ASSIGN_OR_RETURN(StatementRecord record, RecordOf(id));
  if (record.facts_inline) return std::move(record.content.facts);
  // A bulk load's: look among what is said of its subjects.
  std::vector<KeyPrefix> places;
  for (const TermId subject : record.subjects) places.push_back(KeyPrefix::Of(subject));
  if (places.empty()) places.push_back(KeyPrefix::Of());
  const auto only_this = std::make_shared<const OneStatement>(id);
  std::vector<Fact> facts;
  ScanBatch batch;
  for (const KeyPrefix& place : places) {
    SL_ASSIGN_OR_RETURN(const auto scan, Scan(Permutation::kSpo, place, only_this, {}));
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
      if (row_count == 0) break;
      if (facts.size() + row_count > kFactsListedMax) {
        return ResourceExhausted(
            "A statement has over {} facts, too many to list at once; match them instead: {}",
            kFactsListedMax, StatementName(id, ids()));
      }
      for (size_t row = 0; row < row_count; ++row) {
        facts.push_back({batch.columns[0][row], batch.columns[1][row], batch.columns[2][row]});
      }
    }
  }
  return facts;
}

// --- Terms

StatusOr<std::optional<TermId>> SnapshotView::FindTerm(TermTag tag, std::string_view bytes) const {
  if (pending_.writes != nullptr) return pending_.writes->terms.Find(tag, bytes);
  return published_->dictionary->Find(tag, bytes, published_->snapshot.get());
}

StatusOr<std::string> SnapshotView::DictionaryBytes(TermId term) const {
  if (pending_.writes != nullptr) return pending_.writes->terms.BytesOf(term);
  return published_->dictionary->BytesOf(term, published_->snapshot.get());
}

StatusOr<Value> SnapshotView::ValueOf(TermId term) const {
  if (term.is_none()) return Value();
  if (term.is_node()) return Value(term);
  if (!HasDictionaryEntry(term.tag())) return InlineValue(term);
  SL_ASSIGN_OR_RETURN(const std::string bytes, DictionaryBytes(term));
  return ValueOfEntry(term.tag(), bytes);
}

StatusOr<std::string> SnapshotView::ExternalIdOf(TermId node) const {
  if (node.is_statement()) return StatementName(StatementId{node.payload()}, ids());
  if (!node.is_entity()) return InvalidArgument("A value has no external id");
  return DictionaryBytes(node);
}

StatusOr<bool> SnapshotView::IsNodeVisible(TermId node) const {
  if (catalog_->FindPredicate(node) != nullptr || catalog_->FindClass(node) != nullptr) return true;
  for (const Permutation permutation : {Permutation::kSpo, Permutation::kOsp, Permutation::kPso}) {
    SL_ASSIGN_OR_RETURN(const bool has_row,
                        HasRow(permutation, KeyPrefix::Of(node), visible_scope()));
    if (has_row) return true;
  }
  const auto sources = store_->VisibleSources(*published_, committed_, *clearance_);
  if (std::binary_search(sources->begin(), sources->end(), node)) return true;
  if (pending_.writes != nullptr) {
    std::vector<TermId> pending_sources;
    for (size_t i = 0; i < pending_.statement_count; ++i) {
      AppendSources(pending_.writes->drafts[i].context, &pending_sources);
    }
    return std::find(pending_sources.begin(), pending_sources.end(), node) != pending_sources.end();
  }
  return false;
}

StatusOr<std::optional<TermId>> SnapshotView::FindNode(std::string_view external_id) const {
  std::optional<TermId> node;
  if (const auto statement = ParseStatementName(external_id, ids())) {
    if (statement->value > kStatementCountMax) return std::optional<TermId>();
    node = TermId::Make(TermTag::kStatement, statement->value);
    if (IsVisible(*statement)) return node;
  } else {
    // One that somebody else has found in a later snapshot than this has no row here.
    SL_ASSIGN_OR_RETURN(node, pending_.writes != nullptr
                                  ? pending_.writes->terms.Find(TermTag::kEntity, external_id)
                                  : published_->dictionary->FindNewest(
                                        TermTag::kEntity, external_id, published_->snapshot.get()));
    if (!node) return node;
  }
  SL_ASSIGN_OR_RETURN(const bool is_visible, IsNodeVisible(*node));
  if (!is_visible) node.reset();
  return node;
}

StatusOr<std::optional<TermId>> SnapshotView::FindValue(const Value& value) const {
  if (value.is_null()) return std::optional<TermId>();
  if (const TermId* node = value.get_if<TermId>()) return std::optional<TermId>(*node);
  if (const auto term = InlineTermId(value)) return term;
  const DictionaryEntry entry = EntryOf(value);
  return FindTerm(entry.tag, entry.bytes);
}

StatusOr<EntityRanksPtr> SnapshotView::RanksOfEntities(
    const EntityRanks::MayGoOn& may_go_on) const {
  if (pending_.writes != nullptr) return EntityRanksPtr();
  return store_->entity_ranks().Get(store_->kv(), *published_->dictionary,
                                    published_->snapshot.get(),
                                    published_->counters.dictionary.entity, may_go_on);
}

// --- Names

StatusOr<std::vector<TermId>> SnapshotView::NodesNamed(std::string_view name,
                                                       const Scope& scope) const {
  // Scans hold their scope; ours lives as long as this call, and so do they.
  const ScopePtr borrowed(ScopePtr(), &scope);
  SL_ASSIGN_OR_RETURN(const std::vector<TermId> texts,
                      TextsWithForm(store_->kv(), published_->snapshot.get(), PendingNames(),
                                    FormOfName(name).words));
  const std::vector<TermId> predicates = NamePredicates(*catalog_, {kName, kAlias});
  std::vector<TermId> nodes;
  for (const TermId text : texts) {
    SL_RETURN_IF_ERROR(AppendBearers(text, predicates, borrowed, &nodes));
  }
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

Status SnapshotView::AppendBearers(TermId text, const std::vector<TermId>& predicates,
                                   const ScopePtr& scope, std::vector<TermId>* nodes) const {
  ScanBatch batch;
  for (const TermId predicate : predicates) {
    SL_ASSIGN_OR_RETURN(const auto scan,
                        Scan(Permutation::kPos, KeyPrefix::Of(predicate, text), scope, {}));
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
      if (row_count == 0) break;
      nodes->insert(nodes->end(), batch.columns[2].begin(), batch.columns[2].end());
    }
  }
  return OkStatus();
}

StatusOr<std::vector<NameMatch>> SnapshotView::NodesAlike(std::string_view name, const Scope& scope,
                                                          const NameSearchOptions& options) const {
  std::vector<NameMatch> matches;
  if (options.count_max == 0) return matches;
  const ScopePtr borrowed(ScopePtr(), &scope);  // As above.
  const std::vector<TermId> predicates = NamePredicates(*catalog_, {kName, kAlias});
  SL_ASSIGN_OR_RETURN(
      NameSearch search,
      NameSearch::Open(store_->kv(), published_->snapshot.get(), PendingNames(), NameQuery(name),
                       std::max(options.score_min, kNameScoreMin)));
  // Of equal scores the least spelling counts: which text has come first is nobody's business.
  struct Best {
    double score = 0;
    std::string name;
  };
  std::map<TermId, Best> best;
  double score_last = 1;  // Of the match that filled the places.
  std::vector<TermId> nodes;
  NameSearch::Hit hit;
  while (true) {
    SL_ASSIGN_OR_RETURN(const bool found, search.Next(&hit));
    if (!found || (best.size() >= options.count_max && hit.score < score_last)) break;
    nodes.clear();
    SL_RETURN_IF_ERROR(AppendBearers(hit.text, predicates, borrowed, &nodes));
    if (nodes.empty()) continue;
    SL_ASSIGN_OR_RETURN(const Value value, ValueOf(hit.text));
    const Text* text = value.get_if<Text>();
    if (text == nullptr) return DataLoss("The index of names has what is no text");
    for (const TermId node : nodes) {
      if (options.passes) {
        SL_ASSIGN_OR_RETURN(const bool passes, options.passes(node));
        if (!passes) continue;
      }
      const auto [place, is_new] = best.try_emplace(node, Best{hit.score, text->text});
      if (is_new && best.size() <= options.count_max) score_last = hit.score;
      if (!is_new && hit.score == place->second.score && text->text < place->second.name) {
        place->second.name = text->text;
      }
    }
  }
  std::vector<std::pair<std::string, NameMatch>> ordered;
  for (auto& [node, match] : best) {
    SL_ASSIGN_OR_RETURN(std::string external_id, ExternalIdOf(node));
    ordered.emplace_back(std::move(external_id),
                         NameMatch{node, match.score, std::move(match.name)});
  }
  std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    if (a.second.score != b.second.score) return a.second.score > b.second.score;
    return a.first < b.first;
  });
  if (ordered.size() > options.count_max) ordered.resize(options.count_max);
  for (auto& [id, match] : ordered) matches.push_back(std::move(match));
  return matches;
}

StatusOr<std::vector<std::string>> SnapshotView::NamesLike(std::string_view name, int distance_max,
                                                           size_t count_max) const {
  std::vector<std::string> names;
  if (distance_max < 0 || count_max == 0) return names;
  SL_ASSIGN_OR_RETURN(const NearbyNames nearby,
                      NamesNear(store_->kv(), published_->snapshot.get(), PendingNames(),
                                FormOfName(name).words, static_cast<size_t>(distance_max)));
  const std::vector<TermId> predicates = NamePredicates(*catalog_, {kName, kAlias});
  for (const auto& [place, texts] : nearby) {
    // Among texts that fold alike, the spelling decides: term numbers follow the order of first
    // use, hidden use included.
    std::set<std::string> spellings;
    for (const TermId term : texts) {
      bool is_visible = false;
      for (const TermId predicate : predicates) {
        SL_ASSIGN_OR_RETURN(
            is_visible, HasRow(Permutation::kPos, KeyPrefix::Of(predicate, term), default_scope()));
        if (is_visible) break;
      }
      if (!is_visible) continue;
      SL_ASSIGN_OR_RETURN(const Value value, ValueOf(term));
      if (const Text* text = value.get_if<Text>()) spellings.insert(text->text);
    }
    for (const std::string& spelling : spellings) {
      if (names.size() == count_max) return names;
      names.push_back(spelling);
    }
  }
  return names;
}

StatusOr<std::string> SnapshotView::CaptionOf(TermId node, const ScopePtr& scope) const {
  std::optional<Value> best;
  ScanBatch batch;
  for (const TermId predicate : NamePredicates(*catalog_, {kName})) {
    SL_ASSIGN_OR_RETURN(const auto scan,
                        Scan(Permutation::kPso, KeyPrefix::Of(predicate, node), scope, {}));
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
      if (row_count == 0) break;
      for (const TermId term : batch.columns[2]) {
        SL_ASSIGN_OR_RETURN(Value value, ValueOf(term));
        if (value.get_if<Text>() == nullptr) continue;
        if (!best || TotalOrder(value, *best) < 0) best = std::move(value);
      }
    }
  }
  if (best) return best->get_if<Text>()->text;
  return ExternalIdOf(node);
}

}  // namespace sightline::storage
