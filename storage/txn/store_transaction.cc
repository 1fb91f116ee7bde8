#include "storage/txn/store_transaction.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/encoding.h"
#include "storage/base/utf8.h"
#include "storage/index/quad_key.h"
#include "storage/txn/name_index.h"
#include "storage/txn/origin_finder.h"
#include "storage/txn/request_log.h"
#include "storage/txn/write_checks.h"

namespace sightline::storage {
namespace {

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// In any order.
bool SameQualifiers(std::vector<Qualifier> a, std::vector<Qualifier> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

// Equal but for what the store fills in.
bool SameDefinition(const ClassDefinition& a, const ClassDefinition& b) {
  return a.name == b.name && a.parents == b.parents && a.label == b.label && a.note == b.note;
}
bool SameDefinition(const PredicateDefinition& a, const PredicateDefinition& b) {
  return a.name == b.name && a.domain == b.domain && a.range == b.range &&
         a.range_types == b.range_types && a.cardinality == b.cardinality &&
         a.symmetric == b.symmetric && a.transitive == b.transitive && a.inverse == b.inverse &&
         a.parents == b.parents && a.label == b.label && a.note == b.note &&
         a.taxonomic == b.taxonomic;
}
bool SameDefinition(const StoredDefinition& a, const StoredDefinition& b) {
  return a.kind == b.kind && a.name == b.name && a.text == b.text && a.note == b.note &&
         a.marking == b.marking;
}

}  // namespace

StatusOr<std::unique_ptr<Transaction>> StoreTransaction::Begin(
    std::shared_ptr<StoreState> store, const Clearance& clearance,
    const CancellationToken* cancellation) {
  SL_RETURN_IF_ERROR(store->writer_gate().Enter(cancellation));
  if (const Status takes_writes = store->TakeWrites(); !takes_writes.ok()) {
    store->writer_gate().Leave();
    return takes_writes;
  }
  // From here on the destructor opens the gate.
  auto transaction =
      std::unique_ptr<StoreTransaction>(new StoreTransaction(std::move(store), clearance));
  return transaction;
}

StoreTransaction::StoreTransaction(std::shared_ptr<StoreState> store, const Clearance& clearance)
    : store_(std::move(store)),
      published_(store_->written()),
      clearance_(std::make_shared<const Clearance>(clearance)),
      writes_(std::make_shared<PendingWrites>(
          DictionaryDelta(published_->dictionary.get(), published_->snapshot,
                          published_->counters.dictionary),
          published_->statement_count, published_->catalog)),
      name_predicates_(published_->name_predicates),
      contexts_before_(store_->contexts().size()) {}

StoreTransaction::~StoreTransaction() {
  if (ended_) return;
  store_->RollBackTables();
  End();
}

void StoreTransaction::End() {
  ended_ = true;
  store_->writer_gate().Leave();
}

Status StoreTransaction::CheckOpen() const {
  if (ended_) return FailedPrecondition("The transaction has ended");
  return OkStatus();
}

std::shared_ptr<const SnapshotView> StoreTransaction::MakeView() const {
  SnapshotView::Pending pending;
  pending.writes = writes_;
  pending.statement_count = writes_->drafts.size();
  pending.retraction_count = writes_->retractions.size();
  pending.statements = store_->statements().Snapshot();
  pending.retracted = writes_->retracted;
  pending.micros = CommitMicrosNow();
  return std::make_shared<const SnapshotView>(store_, published_, published_->revision,
                                              writes_->catalog, clearance_, std::move(pending));
}

const SnapshotView& StoreTransaction::CurrentView() {
  if (current_view_ == nullptr) current_view_ = MakeView();
  return *current_view_;
}

int64_t StoreTransaction::CommitMicrosNow() const {
  // The clock may go back; the order of commits may not.
  return std::max(store_->clock().NowMicros(), store_->commits().MicrosOf(published_->revision));
}

StatusOr<std::shared_ptr<const ReadView>> StoreTransaction::View() {
  SL_RETURN_IF_ERROR(CheckOpen());
  return std::shared_ptr<const ReadView>(MakeView());
}

// --- Terms

StatusOr<TermId> StoreTransaction::InternEntity(std::string_view external_id) {
  SL_RETURN_IF_ERROR(CheckOpen());
  SL_RETURN_IF_ERROR(CheckExternalId(external_id));
  return writes_->terms.Intern(TermTag::kEntity, external_id);
}

StatusOr<TermId> StoreTransaction::NewEntity() {
  SL_RETURN_IF_ERROR(CheckOpen());
  // Somebody may have used such an id on his own; then take the next.
  for (uint64_t number = writes_->terms.counters().entity;; ++number) {
    const std::string external_id =
        fmt::format("_/{:x}", store_->ids().Hide(number, kPublicNumberBits));
    SL_ASSIGN_OR_RETURN(const auto taken, writes_->terms.Find(TermTag::kEntity, external_id));
    if (!taken) return writes_->terms.Intern(TermTag::kEntity, external_id);
  }
}

StatusOr<TermId> StoreTransaction::InternValue(const Value& value) {
  SL_RETURN_IF_ERROR(CheckOpen());
  SL_RETURN_IF_ERROR(CheckValue(value));
  if (const TermId* node = value.get_if<TermId>()) {
    SL_RETURN_IF_ERROR(CheckNode("value", *node));
    return *node;
  }
  if (const auto term = InlineTermId(value)) return *term;
  const DictionaryEntry entry = EntryOf(value);
  return writes_->terms.Intern(entry.tag, entry.bytes);
}

// --- Statements

Status StoreTransaction::CheckTerm(std::string_view role, TermId term) {
  if (term.is_none()) return InvalidArgument("A statement has no {}", role);
  const bool exists = term.is_statement() ? CurrentView().IsVisible(StatementId{term.payload()})
                                          : static_cast<uint8_t>(term.tag()) <=
                                                    static_cast<uint8_t>(TermTag::kDecimal) &&
                                                writes_->terms.Knows(term);
  if (!exists) return InvalidArgument("A statement's {} is a term that does not exist", role);
  return OkStatus();
}

Status StoreTransaction::CheckNode(std::string_view role, TermId term) {
  SL_RETURN_IF_ERROR(CheckTerm(role, term));
  if (!term.is_node()) return InvalidArgument("A statement's {} is a value and not a node", role);
  return OkStatus();
}

Status StoreTransaction::CheckDraft(const StatementDraft& draft) {
  if (draft.facts.empty()) return InvalidArgument("A statement says no fact");
  for (const Fact& fact : draft.facts) {
    SL_RETURN_IF_ERROR(CheckNode("subject", fact.subject));
    SL_RETURN_IF_ERROR(CheckNode("predicate", fact.predicate));
    if (writes_->catalog->FindPredicate(fact.predicate) == nullptr &&
        recorded_drops_.find(fact.predicate) == recorded_drops_.end()) {
      return InvalidArgument("A statement's predicate is not defined");
    }
    SL_RETURN_IF_ERROR(CheckTerm("object", fact.object));
    if (fact.subject == fact.object && draft.polarity == Polarity::kAsserts) {
      const PredicateDefinition* predicate = writes_->catalog->FindPredicate(fact.predicate);
      if (predicate != nullptr &&
          writes_->catalog->IsPredicateAtOrBelow(predicate->name, kDerivedFrom)) {
        return InvalidArgument("A document cannot derive from itself");
      }
    }
  }
  const StatementContext& context = draft.context;
  SL_RETURN_IF_ERROR(CheckNode("claimant", context.claimant));
  if (!context.document.is_none()) SL_RETURN_IF_ERROR(CheckNode("document", context.document));
  if (!context.dataset.is_none()) SL_RETURN_IF_ERROR(CheckNode("dataset", context.dataset));
  for (const TermId via : context.via) SL_RETURN_IF_ERROR(CheckNode("via", via));
  SL_RETURN_IF_ERROR(CheckStatement(draft));
  for (const StatementId origin : draft.derived_from) {
    if (!CurrentView().IsVisible(origin)) {
      return InvalidArgument("A statement is derived from one that does not exist");
    }
  }
  for (const Qualifier& qualifier : draft.qualifiers) {
    SL_RETURN_IF_ERROR(CheckNode("detail", qualifier.predicate));
    SL_RETURN_IF_ERROR(CheckTerm("detail's value", qualifier.value));
  }
  return CheckContext(context, *clearance_);
}

StatusOr<std::optional<StatementId>> StoreTransaction::FindDuplicate(const StatementDraft& draft) {
  const SnapshotView& view = CurrentView();
  // An equal statement has an equal marking, so that the writer may see it, and nothing hidden
  // shows.
  SL_ASSIGN_OR_RETURN(const std::vector<StatementId> candidates,
                      view.StatementsOf(draft.facts.front()));
  for (const StatementId id : candidates) {
    // What the tables hold first; a record costs a read.
    const StatementRow row = store_->statements()[id];
    if (row.polarity != draft.polarity || store_->statements().ValidOf(row) != draft.valid ||
        store_->statements().IsRetracted(id) || writes_->IsRetracted(id)) {
      continue;
    }
    const StatementContext& context = store_->contexts()[row.context_number];
    if (context.claimant != draft.context.claimant || context.document != draft.context.document ||
        context.marking != draft.context.marking) {
      continue;
    }
    SL_ASSIGN_OR_RETURN(const Statement statement, view.GetStatement(id));
    if (statement.content.facts == draft.facts && statement.content.span == draft.span &&
        SameQualifiers(statement.content.qualifiers, draft.qualifiers)) {
      return std::optional<StatementId>(id);
    }
  }
  return std::optional<StatementId>();
}

StatusOr<StatementDraft> StoreTransaction::Checked(const StatementDraft& draft_in) {
  SL_RETURN_IF_ERROR(CheckOpen());
  SL_RETURN_IF_ERROR(CheckDraft(draft_in));
  StatementDraft draft = draft_in;
  std::sort(draft.facts.begin(), draft.facts.end());
  draft.facts.erase(std::unique(draft.facts.begin(), draft.facts.end()), draft.facts.end());
  return draft;
}

StatusOr<AddedStatement> StoreTransaction::Add(const StatementDraft& draft_in) {
  SL_ASSIGN_OR_RETURN(StatementDraft draft, Checked(draft_in));
  SL_ASSIGN_OR_RETURN(const auto duplicate, FindDuplicate(draft));
  if (duplicate) return AddedStatement{*duplicate, true};
  SL_ASSIGN_OR_RETURN(const StatementId id, AddChecked(std::move(draft)));
  return AddedStatement{id, false};
}

StatusOr<StatementId> StoreTransaction::Record(const StatementDraft& draft_in) {
  SL_ASSIGN_OR_RETURN(StatementDraft draft, Checked(draft_in));
  return AddChecked(std::move(draft));
}

StatusOr<StatementId> StoreTransaction::AddChecked(StatementDraft draft) {
  // What can fail comes before the first change: a statement is added whole or not at all.
  SL_ASSIGN_OR_RETURN(const std::vector<NameEntry> names, NamesIn(draft.facts));

  StatementHead head;
  head.polarity = draft.polarity;
  head.credibility = draft.credibility;
  head.valid = draft.valid;
  head.revision = NextRevision();
  SL_ASSIGN_OR_RETURN(head.context_number, store_->contexts().Intern(draft.context));
  SL_ASSIGN_OR_RETURN(const StatementId id, store_->statements().Append(head));
  std::vector<Quad> quads;
  quads.reserve(draft.facts.size());
  for (const Fact& fact : draft.facts) quads.push_back({fact, id});
  writes_->AddQuads(quads);
  writes_->names.insert(names.begin(), names.end());
  writes_->drafts.push_back(std::move(draft));
  current_view_.reset();
  return id;
}

Status StoreTransaction::Retract(StatementId id, std::string_view reason) {
  SL_RETURN_IF_ERROR(CheckOpen());
  if (IsBlank(reason)) return InvalidArgument("A retraction gives no reason");
  if (reason.size() > kReasonBytesMax) {
    return InvalidArgument("A retraction's reason has {} bytes, more than {}", reason.size(),
                           kReasonBytesMax);
  }
  if (!IsValidUtf8(reason)) return InvalidArgument("A retraction's reason is not valid UTF-8");
  if (!CurrentView().IsVisible(id))
    return NotFound("There is no such statement: {}", StatementName(id, store_->ids()));
  if (store_->statements().IsRetracted(id) || writes_->IsRetracted(id)) {
    return FailedPrecondition("The statement is retracted already: {}",
                              StatementName(id, store_->ids()));
  }
  writes_->AddRetraction(id, std::string(reason));
  current_view_.reset();
  return OkStatus();
}

// --- Definitions

template <typename AnyDefinition>
Status StoreTransaction::DefineAny(AnyDefinition definition, const AnyDefinition* earlier) {
  SL_RETURN_IF_ERROR(CheckDefinition(*writes_->catalog, definition));
  if (earlier != nullptr && SameDefinition(definition, *earlier)) return OkStatus();
  SL_ASSIGN_OR_RETURN(definition.id, InternEntity(definition.name));
  definition.revision = NextRevision();
  Append(std::move(definition));
  return OkStatus();
}

namespace {

// The class or predicate of this name, or the stored text of this number, that it defines or takes
// away.
using Subject = std::tuple<DroppedDefinition::Kind, std::string_view, uint64_t>;
Subject SubjectOf(const Definition& definition) {
  using Kind = DroppedDefinition::Kind;
  if (const auto* dropped = std::get_if<DroppedDefinition>(&definition)) {
    const bool is_stored = dropped->kind == Kind::kStored;
    return {dropped->kind, is_stored ? std::string_view() : dropped->name, dropped->number};
  }
  if (const auto* stored = std::get_if<StoredDefinition>(&definition)) {
    return {Kind::kStored, std::string_view(), stored->number};
  }
  const bool is_class = std::holds_alternative<ClassDefinition>(definition);
  return {is_class ? Kind::kClass : Kind::kPredicate, NameOf(definition), 0};
}

}  // namespace

void StoreTransaction::Append(Definition definition) {
  writes_->catalog = WithDefinitions(*writes_->catalog, {&definition, 1});
  // A drop leaves the definition: there may be facts between the two, whose predicate it says.
  const bool is_drop = std::holds_alternative<DroppedDefinition>(definition);
  if (!is_drop) {
    std::erase_if(writes_->definitions, [&definition](const Definition& other) {
      return SubjectOf(other) == SubjectOf(definition);
    });
  }
  writes_->definitions.push_back(std::move(definition));
  current_view_.reset();

  // A predicate keeps its parents for good, whether or not it was dropped in between
  // (CheckDefinition), and a new one has no facts: no fact that is there already becomes a name.
  name_predicates_ = std::make_shared<const std::vector<TermId>>(
      NamePredicates(*writes_->catalog, {kName, kAlias}));
}

Status StoreTransaction::Define(ClassDefinition definition) {
  SL_RETURN_IF_ERROR(CheckOpen());
  const ClassDefinition* earlier = writes_->catalog->FindClass(definition.name);
  return DefineAny(std::move(definition), earlier);
}

Status StoreTransaction::Define(PredicateDefinition definition) {
  SL_RETURN_IF_ERROR(CheckOpen());
  const PredicateDefinition* earlier = writes_->catalog->FindPredicate(definition.name);
  return DefineAny(std::move(definition), earlier);
}

Status StoreTransaction::Define(StoredDefinition definition) {
  SL_RETURN_IF_ERROR(CheckOpen());
  SL_RETURN_IF_ERROR(CheckDefinition(*writes_->catalog, definition));
  if (!clearance_->Permits(definition.marking)) {
    return MakeStatus(StatusCode::kPermissionDenied,
                      "The marking of the definition is above the writer's clearance");
  }
  uint64_t newest = 0;
  for (const auto& [number, other] : writes_->catalog->stored()) newest = std::max(newest, number);
  for (const Definition& other : writes_->definitions) {
    newest = std::max(newest, std::get<2>(SubjectOf(other)));
  }
  std::vector<StoredDefinition> replaced;
  for (const StoredDefinition* other : writes_->catalog->StoredOf(definition.kind, *clearance_)) {
    if (other->name != definition.name) continue;
    if (SameDefinition(*other, definition)) return OkStatus();
    if (definition.kind != StoredDefinition::Kind::kEdge) replaced.push_back(*other);
  }
  for (const StoredDefinition& other : replaced) DropStored(other);
  definition.number = newest + 1;
  definition.revision = NextRevision();
  Append(std::move(definition));
  return OkStatus();
}

Status StoreTransaction::Drop(DroppedDefinition::Kind kind, std::string_view name) {
  SL_RETURN_IF_ERROR(CheckOpen());
  SL_RETURN_IF_ERROR(CheckDrop(*writes_->catalog, kind, name));
  Append(DroppedDefinition{kind, std::string(name), 0, NextRevision()});
  return OkStatus();
}

Status StoreTransaction::DropClass(std::string_view name) {
  return Drop(DroppedDefinition::Kind::kClass, name);
}

Status StoreTransaction::DropPredicate(std::string_view name) {
  return Drop(DroppedDefinition::Kind::kPredicate, name);
}

void StoreTransaction::DropStored(const StoredDefinition& definition) {
  Append(DroppedDefinition{DroppedDefinition::Kind::kStored, definition.name, definition.number,
                           NextRevision()});
}

Status StoreTransaction::DropStored(StoredDefinition::Kind kind, std::string_view name) {
  SL_RETURN_IF_ERROR(CheckOpen());
  std::vector<StoredDefinition> dropped;
  for (const StoredDefinition* other : writes_->catalog->StoredOf(kind, *clearance_)) {
    if (other->name == name) dropped.push_back(*other);
  }
  if (dropped.empty()) return NotFound("Nothing of this name is stored: '{}'", name);
  for (const StoredDefinition& definition : dropped) DropStored(definition);
  return OkStatus();
}

namespace {

// What can be said of a definition that is gone at the end of its commit: those that it refers to
// may be gone as well, or otherwise.
Status CheckForm(ClassDefinition definition) {
  definition.parents.clear();
  return CheckDefinition(Catalog(), definition);
}
Status CheckForm(PredicateDefinition definition) {
  definition.parents.clear();
  definition.domain.clear();
  definition.range.clear();
  definition.range_types.clear();
  return CheckDefinition(Catalog(), definition);
}
Status CheckForm(const StoredDefinition& definition) {
  return CheckDefinition(Catalog(), definition);
}
Status CheckForm(const DroppedDefinition& /*definition*/) { return OkStatus(); }

// Whether what the commit leaves can do without it. `with_all`: what there was, and all that the
// commit has defined.
Status CheckDrop(const Catalog& with_all, const Catalog& after, const DroppedDefinition& drop) {
  Catalog catalog = after;
  switch (drop.kind) {
    case DroppedDefinition::Kind::kClass:
      if (const auto* definition = with_all.FindClass(drop.name)) catalog.Put(*definition);
      return CheckDrop(catalog, drop.kind, drop.name);
    case DroppedDefinition::Kind::kPredicate:
      if (const auto* definition = with_all.FindPredicate(drop.name)) catalog.Put(*definition);
      return CheckDrop(catalog, drop.kind, drop.name);
    case DroppedDefinition::Kind::kStored:
      break;
  }
  const auto found = with_all.stored().find(drop.number);
  if (found != with_all.stored().end() && found->second.name == drop.name) return OkStatus();
  return InvalidArgument("Nothing of this name and number is stored: '{}', {}", drop.name,
                         drop.number);
}

}  // namespace

Status StoreTransaction::Record(const std::vector<Definition>& recorded, size_t* wrong) {
  *wrong = 0;
  SL_RETURN_IF_ERROR(CheckOpen());
  if (!writes_->empty()) return FailedPrecondition("Definitions are recorded before all else");
  const Catalog& before = *writes_->catalog;
  const uint64_t newest = before.stored().empty() ? 0 : before.stored().rbegin()->first;

  std::vector<Definition> defined;
  std::vector<Definition> dropped;
  std::set<Subject> defined_subjects;
  std::set<Subject> dropped_subjects;
  for (*wrong = 0; *wrong < recorded.size(); ++*wrong) {
    Definition definition = recorded[*wrong];
    std::visit([this](auto& any) { any.revision = NextRevision(); }, definition);
    const bool is_drop = std::holds_alternative<DroppedDefinition>(definition);
    const Subject subject = SubjectOf(recorded[*wrong]);
    if (!(is_drop ? dropped_subjects : defined_subjects).insert(subject).second) {
      return InvalidArgument("One commit defines or drops the same twice: '{}'",
                             NameOf(definition));
    }
    if (const auto* stored = std::get_if<StoredDefinition>(&definition);
        stored != nullptr && stored->number <= newest) {
      return InvalidArgument("The number {} is not above those of what is stored already: '{}'",
                             stored->number, stored->name);
    }
    if (TermId* term = TermOf(&definition); term != nullptr) {
      SL_ASSIGN_OR_RETURN(*term, InternEntity(NameOf(definition)));
    }
    (is_drop ? dropped : defined).push_back(std::move(definition));
  }

  // Definitions are checked against what the commit leaves alone, and each other: in which order it
  // made them, and what it dropped in between, nobody knows.
  std::vector<Definition> out_of_the_way;
  for (const Definition& definition : recorded) {
    const auto& [kind, name, number] = SubjectOf(definition);
    out_of_the_way.push_back(DroppedDefinition{kind, std::string(name), number, NextRevision()});
  }
  Catalog catalog = *WithDefinitions(before, out_of_the_way);
  const auto stays = [&dropped_subjects](const Definition& definition) {
    return dropped_subjects.find(SubjectOf(definition)) == dropped_subjects.end();
  };
  // An edge may be older than the predicate that has its name now; never the other way around.
  for (*wrong = 0; *wrong < recorded.size(); ++*wrong) {
    const Definition& definition = recorded[*wrong];
    if (!stays(definition)) {
      SL_RETURN_IF_ERROR(std::visit([](const auto& any) { return CheckForm(any); }, definition));
    } else if (const auto* stored = std::get_if<StoredDefinition>(&definition)) {
      SL_RETURN_IF_ERROR(CheckDefinition(catalog, *stored));
    }
  }
  for (*wrong = 0; *wrong < recorded.size(); ++*wrong) {
    const Definition& definition = recorded[*wrong];
    if (!stays(definition)) continue;
    if (const auto* any_class = std::get_if<ClassDefinition>(&definition)) {
      SL_RETURN_IF_ERROR(CheckDefinition(catalog, *any_class));
      catalog.Put(*any_class);
    } else if (const auto* predicate = std::get_if<PredicateDefinition>(&definition)) {
      SL_RETURN_IF_ERROR(CheckDefinition(catalog, *predicate));
      catalog.Put(*predicate);
    }
  }

  const auto with_all = WithDefinitions(before, defined);
  const auto after = WithDefinitions(*with_all, dropped);
  for (*wrong = 0; *wrong < recorded.size(); ++*wrong) {
    const auto* drop = std::get_if<DroppedDefinition>(&recorded[*wrong]);
    if (drop == nullptr) continue;
    SL_RETURN_IF_ERROR(CheckDrop(*with_all, *after, *drop));
    if (const PredicateDefinition* predicate = after->FindDropped(drop->name);
        predicate != nullptr && drop->kind == DroppedDefinition::Kind::kPredicate) {
      recorded_drops_.insert(predicate->id);
    }
  }
  writes_->catalog = after;
  writes_->definitions = std::move(defined);
  writes_->definitions.insert(writes_->definitions.end(), dropped.begin(), dropped.end());
  current_view_.reset();
  name_predicates_ =
      std::make_shared<const std::vector<TermId>>(NamePredicates(*with_all, {kName, kAlias}));
  return OkStatus();
}

StatusOr<std::vector<NameEntry>> StoreTransaction::NamesIn(const std::vector<Fact>& facts) {
  std::vector<NameEntry> names;
  for (const Fact& fact : facts) {
    const bool is_name =
        std::binary_search(name_predicates_->begin(), name_predicates_->end(), fact.predicate);
    if (!is_name || fact.object.is_node()) continue;
    SL_ASSIGN_OR_RETURN(const Value value, CurrentView().ValueOf(fact.object));
    if (const Text* text = value.get_if<Text>()) {
      names.push_back({FormOfName(text->text), fact.object});
    }
  }
  return names;
}

// --- Requests

Status StoreTransaction::RememberRequest(std::string_view request_id, std::string_view reply) {
  SL_RETURN_IF_ERROR(CheckOpen());
  if (request_id.empty() || request_id.size() > kRequestIdBytesMax) {
    return InvalidArgument("A request id has {} bytes, not 1 to {}", request_id.size(),
                           kRequestIdBytesMax);
  }
  writes_->requests.insert_or_assign(std::string(request_id), std::string(reply));
  return OkStatus();
}

StatusOr<std::optional<std::string>> StoreTransaction::FindRequest(
    std::string_view request_id) const {
  SL_RETURN_IF_ERROR(CheckOpen());
  SL_ASSIGN_OR_RETURN(auto remembered,
                      FindReply(store_->kv(), published_->snapshot.get(), request_id));
  if (!remembered) return std::optional<std::string>();
  return std::optional<std::string>(std::move(remembered->reply));
}

// --- Commit

std::unique_ptr<KvBatch> StoreTransaction::MakeBatch(const CommitEntry& entry,
                                                     const StoreCounters& counters) const {
  auto batch = store_->kv().NewBatch();
  writes_->terms.AppendTo(batch.get());
  for (uint64_t number = contexts_before_; number < store_->contexts().size(); ++number) {
    std::string key;
    AppendFixed64(number, &key);
    batch->Put(ColumnFamily::kContexts, key,
               EncodeContext(store_->contexts()[static_cast<uint32_t>(number)]));
  }
  StatementId id{writes_->statements_before};
  for (const StatementDraft& draft : writes_->drafts) {
    ++id.value;
    batch->Put(ColumnFamily::kStatements, StatementKey(id),
               EncodeStatement(draft, store_->statements()[id].context_number, NextRevision()));
  }
  for (const auto& retraction : writes_->retractions) {
    batch->Put(ColumnFamily::kRetractions, StatementKey(retraction.id),
               EncodeRetraction(NextRevision(), retraction.reason));
  }
  for (const Definition& definition : writes_->definitions) {
    batch->Put(ColumnFamily::kCatalog, CatalogKey(definition), EncodeAnyDefinition(definition));
  }
  batch->Put(ColumnFamily::kMeta, kCountersKey, EncodeCounters(counters));
  batch->Put(ColumnFamily::kCommits, CommitKey(NextRevision()), EncodeCommitEntry(entry));
  return batch;
}

StatusOr<CommitResult> StoreTransaction::Commit(Durability durability) {
  SL_RETURN_IF_ERROR(CheckOpen());
  if (writes_->empty()) {
    store_->RollBackTables();
    const CommitResult nothing{published_->revision,
                               store_->commits().MicrosOf(published_->revision), 0, 0};
    End();
    // What it rests on, a statement that was on record already, say, may not be durable yet.
    SL_RETURN_IF_ERROR(store_->Publish(nothing.revision));
    return nothing;
  }
  CommitEntry entry;
  entry.micros = CommitMicrosNow();
  entry.statements_added = writes_->drafts.size();
  entry.statements_retracted = writes_->retractions.size();
  entry.quads_added = writes_->quad_count();
  StoreCounters counters;
  counters.dictionary = writes_->terms.counters();
  counters.quads = published_->counters.quads + entry.quads_added;

  SL_CHECK(store_->statements().size() == writes_->statements_before + writes_->drafts.size());
  const auto batch = MakeBatch(entry, counters);
  SL_RETURN_IF_ERROR(
      AppendNames(store_->kv(), published_->snapshot.get(), writes_->names, batch.get()));
  const Revision old =
      store_->commits().RevisionAt(entry.micros - kRequestKeptMicros, published_->revision);
  SL_ASSIGN_OR_RETURN(const Revision forgotten,
                      AppendForgetting(store_->kv(), published_->snapshot.get(),
                                       store_->requests_forgotten, old, batch.get()));
  for (const auto& [request_id, reply] : writes_->requests) {
    AppendReply(request_id, reply, NextRevision(), batch.get());
  }
  if (const Status written = store_->kv().WriteBuffered(*batch); !written.ok()) {
    store_->FailWrites(written);
    store_->RollBackTables();
    End();
    return written;
  }
  store_->requests_forgotten = forgotten;
  std::vector<StatementId> retracted;
  retracted.reserve(writes_->retractions.size());
  for (const auto& retraction : writes_->retractions) retracted.push_back(retraction.id);
  store_->Append(entry, counters, writes_->QuadsOnTopOf(*published_->delta), retracted,
                 writes_->definitions, writes_->catalog, durability);
  const CommitResult result{NextRevision(), entry.micros, entry.statements_added,
                            entry.statements_retracted};
  // The next writer need not wait for the disk, and one sync will do for both.
  End();
  SL_RETURN_IF_ERROR(store_->Publish(result.revision));
  return result;
}

}  // namespace sightline::storage
