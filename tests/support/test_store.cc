#include "tests/support/test_store.h"

#include <charconv>
#include <utility>

namespace sightline::test {

using namespace storage;  // NOLINT: this file is about nothing else.

void ThrowIfError(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

TestStore::TestStore(StoreOptions options)
    : directory_(temp_directory_.Child("store")), options_(std::move(options)) {
  options_.clock = &clock_;
  options_.kv.block_cache_bytes = 8 << 20;
  store_ = OrThrow(Store::Open(directory_, options_));
}

TestStore::~TestStore() = default;

TermId TestStore::Entity(std::string_view external_id) {
  if (external_id.starts_with("s/")) {
    uint64_t number = 0;
    const auto [end, error] =
        std::from_chars(external_id.data() + 2, external_id.data() + external_id.size(), number);
    if (error == std::errc() && end == external_id.data() + external_id.size()) {
      return TermId::Make(TermTag::kStatement, number);
    }
  }
  return OrThrow(transaction().InternEntity(external_id));
}

TermId TestStore::Text(std::string text, std::string language) {
  return Term(Value::OfText(std::move(text), std::move(language)));
}

TermId TestStore::Term(const Value& value) { return OrThrow(transaction().InternValue(value)); }

TermId TestStore::Predicate(std::string_view name) {
  const auto view = OrThrow(transaction().View());
  if (const PredicateDefinition* known = view->catalog().FindPredicate(name)) return known->id;
  PredicateDefinition definition;
  definition.name = std::string(name);
  Define(std::move(definition));
  return Entity(name);
}

void TestStore::Define(ClassDefinition definition) {
  ThrowIfError(transaction().Define(std::move(definition)));
}
void TestStore::Define(PredicateDefinition definition) {
  ThrowIfError(transaction().Define(std::move(definition)));
}
void TestStore::DefineClass(std::string name, std::vector<std::string> parents) {
  ClassDefinition definition;
  definition.name = std::move(name);
  definition.parents = std::move(parents);
  Define(std::move(definition));
}

StatementDraft TestStore::Draft(Polarity polarity, std::string_view claimant,
                                std::string_view subject, std::string_view predicate,
                                ObjectText object, const SayDetails& details) {
  StatementDraft draft;
  draft.polarity = polarity;
  TermId object_term;
  if (object.external_id_) object_term = Entity(*object.external_id_);
  if (object.value_) object_term = Term(*object.value_);
  if (object.term_) object_term = *object.term_;
  draft.facts = {{Entity(subject), Predicate(predicate), object_term}};
  draft.context.claimant = Entity(claimant);
  if (!details.document.empty()) draft.context.document = Entity(details.document);
  if (!details.dataset.empty()) draft.context.dataset = Entity(details.dataset);
  for (const std::string& via : details.via) draft.context.via.push_back(Entity(via));
  draft.context.marking = details.marking;
  draft.context.reliability = details.reliability;
  draft.context.mode = details.mode;
  draft.context.said = details.said;
  draft.credibility = details.credibility;
  draft.valid = details.valid;
  draft.span = details.span;
  draft.quote = details.quote;
  draft.derived_from = details.derived_from;
  return draft;
}

AddedStatement TestStore::Add(const StatementDraft& draft) {
  return OrThrow(transaction().Add(draft));
}

StatementId TestStore::Say(std::string_view claimant, std::string_view subject,
                           std::string_view predicate, ObjectText object,
                           const SayDetails& details) {
  return Add(Draft(Polarity::kAsserts, claimant, subject, predicate, std::move(object), details))
      .id;
}

StatementId TestStore::Deny(std::string_view claimant, std::string_view subject,
                            std::string_view predicate, ObjectText object,
                            const SayDetails& details) {
  return Add(Draft(Polarity::kDenies, claimant, subject, predicate, std::move(object), details)).id;
}

StatementId TestStore::Name(std::string_view entity, std::string name) {
  return Say("test/namer", entity, kName, Value::OfText(std::move(name)));
}

void TestStore::Retract(StatementId id, std::string_view reason) {
  ThrowIfError(transaction().Retract(id, reason));
}

Transaction& TestStore::transaction() {
  if (transaction_ == nullptr) {
    transaction_ = OrThrow(store_->BeginTransaction(Clearance::Unrestricted()));
  }
  return *transaction_;
}

Revision TestStore::Commit() {
  if (transaction_ == nullptr) return store_->revision();
  const CommitResult result = OrThrow(transaction_->Commit(Durability::kRelaxed));
  transaction_.reset();
  return result.revision;
}

std::shared_ptr<const ReadView> TestStore::View(const Clearance& clearance) {
  Commit();
  return OrThrow(store_->OpenReadView(std::nullopt, clearance));
}

std::shared_ptr<const ReadView> TestStore::ViewAt(Revision revision, const Clearance& clearance) {
  Commit();
  return OrThrow(store_->OpenReadView(revision, clearance));
}

void TestStore::Reopen() {
  Close();
  store_ = OrThrow(Store::Open(directory_, options_));
}

void TestStore::Close() {
  transaction_.reset();
  store_.reset();
}

Clearance ClearanceOf(TlpLabel tlp_max, std::vector<std::string> authorizations) {
  Clearance clearance;
  clearance.tlp_max = tlp_max;
  clearance.authorizations.insert(authorizations.begin(), authorizations.end());
  return clearance;
}

std::vector<Fact> FactsIn(const ReadView& view, Permutation permutation, const KeyPrefix& prefix,
                          ScopePtr scope) {
  const auto scan = OrThrow(view.Scan(permutation, prefix, std::move(scope), {}));
  std::vector<Fact> facts;
  ScanBatch batch;
  while (OrThrow(scan->Next(&batch)) > 0) {
    for (size_t row = 0; row < batch.row_count; ++row) {
      facts.push_back(Unpermute(
          permutation, {batch.columns[0][row], batch.columns[1][row], batch.columns[2][row]}));
    }
  }
  return facts;
}

std::vector<Quad> QuadsIn(const ReadView& view, Permutation permutation, const KeyPrefix& prefix,
                          ScopePtr scope) {
  const auto scan =
      OrThrow(view.Scan(permutation, prefix, std::move(scope), {.rows = ScanRows::kStatements}));
  std::vector<Quad> quads;
  ScanBatch batch;
  while (OrThrow(scan->Next(&batch)) > 0) {
    for (size_t row = 0; row < batch.row_count; ++row) {
      quads.push_back({Unpermute(permutation, {batch.columns[0][row], batch.columns[1][row],
                                               batch.columns[2][row]}),
                       batch.statements[row]});
    }
  }
  return quads;
}

}  // namespace sightline::test
