// TestStore: a store in a temporary directory, and short words for filling it.
//
//   TestStore store;
//   store.Say("org/ap", "org/hikvision", "supplies", "prod/optics");
//   store.Deny("gov/prc", "org/hikvision", "supplies", "prod/optics", {.marking =
//   {TlpLabel::kRed}}); store.Name("org/hikvision", "Hikvision"); auto view = store.View(); //
//   Commits what was said first.
//
// Writes collect in one transaction, for an unrestricted writer, until Commit() or View().
// Predicates are defined on first use (MANY, anything to anything); entities are made on first use.
// What fails throws std::runtime_error with the status, so that the test fails and says why.
//
// Thread-compatible.

#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/marking.h"
#include "storage/model/statement.h"
#include "storage/model/value.h"
#include "storage/store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace sightline::test {

void ThrowIfError(const Status& status);
// The value, or an exception.
template <typename T>
T OrThrow(StatusOr<T> result) {
  ThrowIfError(result.status());
  return *std::move(result);
}

// What a fact's object can be given as: the external id of an entity ("org/ap", or "s/3" for a
// statement), a value, or a term.
class ObjectText {
 public:
  ObjectText(const char* external_id) : external_id_(external_id) {}             // NOLINT
  ObjectText(std::string external_id) : external_id_(std::move(external_id)) {}  // NOLINT
  ObjectText(storage::Value value) : value_(std::move(value)) {}                 // NOLINT
  ObjectText(storage::TermId term) : term_(term) {}                              // NOLINT

 private:
  friend class TestStore;
  std::optional<std::string> external_id_;
  std::optional<storage::Value> value_;
  std::optional<storage::TermId> term_;
};

// Of a statement, all that is not who says what.
struct SayDetails {
  storage::Marking marking{};
  std::string document{};          // An entity's external id.
  std::string dataset{};           // As above.
  std::vector<std::string> via{};  // As above.
  storage::Reliability reliability = storage::Reliability::kUnstated;
  storage::Credibility credibility = 0;
  storage::Mode mode = storage::Mode::kUnspecified;
  storage::TimeInterval said{};
  storage::TimeInterval valid{};
  std::optional<storage::TextSpan> span{};
  std::string quote{};
  std::vector<storage::StatementId> derived_from{};
};

class TestStore {
 public:
  // `options.clock` is replaced by clock().
  explicit TestStore(storage::StoreOptions options = {});
  ~TestStore();
  TestStore(const TestStore&) = delete;
  TestStore& operator=(const TestStore&) = delete;

  storage::Store& operator*() { return *store_; }
  storage::Store* operator->() { return store_.get(); }
  FakeClock& clock() { return clock_; }
  const std::string& directory() const { return directory_; }

  // --- Terms
  storage::TermId Entity(std::string_view external_id);  // Also "s/3".
  storage::TermId Text(std::string text, std::string language = "");
  storage::TermId Term(const storage::Value& value);
  storage::TermId Predicate(std::string_view name);  // Defined on first use.

  // --- Writes
  void Define(storage::ClassDefinition definition);
  void Define(storage::PredicateDefinition definition);
  void DefineClass(std::string name, std::vector<std::string> parents = {});

  storage::StatementId Say(std::string_view claimant, std::string_view subject,
                           std::string_view predicate, ObjectText object,
                           const SayDetails& details = {});
  storage::StatementId Deny(std::string_view claimant, std::string_view subject,
                            std::string_view predicate, ObjectText object,
                            const SayDetails& details = {});
  // `name` of the entity, said by "test/namer".
  storage::StatementId Name(std::string_view entity, std::string name);
  // The draft of such a statement, for what the words above cannot say.
  storage::StatementDraft Draft(storage::Polarity polarity, std::string_view claimant,
                                std::string_view subject, std::string_view predicate,
                                ObjectText object, const SayDetails& details = {});
  storage::AddedStatement Add(const storage::StatementDraft& draft);
  void Retract(storage::StatementId id, std::string_view reason = "entered in error");

  // The transaction that collects the writes; begun when there is none.
  storage::Transaction& transaction();
  // Ends it. Gives the newest revision when there is none.
  storage::Revision Commit();
  void RollBack() { transaction_.reset(); }

  // --- Reads. Commit first.
  std::shared_ptr<const storage::ReadView> View(
      const storage::Clearance& clearance = storage::Clearance::Unrestricted());
  std::shared_ptr<const storage::ReadView> ViewAt(
      storage::Revision revision,
      const storage::Clearance& clearance = storage::Clearance::Unrestricted());

  // Closes the store and opens it again. Every view must be gone.
  void Reopen();
  // Closes the store, for a test that looks at the files.
  void Close();

 private:
  TempDirectory temp_directory_;
  const std::string directory_;
  FakeClock clock_;
  storage::StoreOptions options_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::Transaction> transaction_;
};

// A reader with a TLP ceiling and authorizations.
storage::Clearance ClearanceOf(storage::TlpLabel tlp_max,
                               std::vector<std::string> authorizations = {});

// All rows of a scan: the facts, in subject-predicate-object order of fields, as they come.
std::vector<storage::Fact> FactsIn(const storage::ReadView& view, storage::Permutation permutation,
                                   const storage::KeyPrefix& prefix, storage::ScopePtr scope);
// The same with statements.
std::vector<storage::Quad> QuadsIn(const storage::ReadView& view, storage::Permutation permutation,
                                   const storage::KeyPrefix& prefix, storage::ScopePtr scope);

}  // namespace sightline::test
