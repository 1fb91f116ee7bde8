#include "tests/crash/storage/numbered_commits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include "storage/load/store_load.h"
#include "tests/support/test_store.h"

namespace sightline::test {

using storage::Clearance;
using storage::Durability;
using storage::KeyPrefix;
using storage::Permutation;
using storage::StatementId;
using storage::Store;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

void OnThreads(uint64_t count, const std::function<void(uint64_t)>& run) {
  constexpr int kThreads = 6;
  std::atomic<uint64_t> next = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (uint64_t n = next++; n < count; n = next++) run(n);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

storage::StoreOptions SmallOptions(rocksdb::Env* env) {
  storage::StoreOptions options;
  options.kv.env = env;
  options.kv.block_cache_bytes = 1 << 20;
  options.compacts_in_background = false;
  options.compaction.fold_quads = 50;
  options.compaction.block_rows = 8;
  options.compaction.background_share = 1;
  return options;
}

uint64_t StatementsOfCommit(uint64_t commit) { return commit % 11 == 0 ? 400 : commit % 7 + 1; }

bool IsBulkLoad(uint64_t commit) { return commit % 9 == 4; }

namespace {

Status Load(storage::StoreLoad* load, uint64_t commit) {
  SL_ASSIGN_OR_RETURN(storage::LoadStream * stream, load->loader().NewStream());
  storage::PredicateDefinition supplies;
  supplies.name = "supplies";
  SL_RETURN_IF_ERROR(load->loader().Define(supplies));
  SL_ASSIGN_OR_RETURN(const auto predicate, stream->Predicate("supplies"));
  storage::StatementDraft draft;
  SL_ASSIGN_OR_RETURN(draft.context.claimant, stream->Entity("org/ap"));
  draft.quote = std::string(200, 'q');
  SL_ASSIGN_OR_RETURN(const auto subject, stream->Entity(fmt::format("org/{}", commit)));
  for (uint64_t i = 0; i < StatementsOfCommit(commit); ++i) {
    SL_ASSIGN_OR_RETURN(const auto object, stream->Entity(fmt::format("prod/{}-{}", commit, i)));
    SL_ASSIGN_OR_RETURN(const auto statement, stream->OpenStatement(draft));
    SL_RETURN_IF_ERROR(stream->Add(statement, subject, predicate, object));
  }
  return load->Commit().status();
}

Status Write(storage::Transaction* transaction, uint64_t commit, Durability durability) {
  storage::PredicateDefinition supplies;
  supplies.name = "supplies";
  SL_RETURN_IF_ERROR(transaction->Define(supplies));
  storage::StatementDraft draft;
  SL_ASSIGN_OR_RETURN(const storage::TermId predicate, transaction->InternEntity("supplies"));
  SL_ASSIGN_OR_RETURN(draft.context.claimant, transaction->InternEntity("org/ap"));
  SL_ASSIGN_OR_RETURN(const storage::TermId subject,
                      transaction->InternEntity(fmt::format("org/{}", commit)));
  draft.quote = std::string(200, 'q');
  StatementId first;
  for (uint64_t i = 0; i < StatementsOfCommit(commit); ++i) {
    SL_ASSIGN_OR_RETURN(const storage::TermId object,
                        transaction->InternEntity(fmt::format("prod/{}-{}", commit, i)));
    draft.facts = {{subject, predicate, object}};
    SL_ASSIGN_OR_RETURN(const storage::AddedStatement added, transaction->Add(draft));
    if (i == 0) first = added.id;
  }
  if (commit > 1) {
    const StatementId previous{first.value - StatementsOfCommit(commit - 1)};
    SL_RETURN_IF_ERROR(transaction->Retract(previous, "superseded"));
  }
  SL_RETURN_IF_ERROR(transaction->RememberRequest(fmt::format("commit-{}", commit), "done"));
  return transaction->Commit(durability).status();
}

}  // namespace

StatusOr<uint64_t> WriteNextCommit(Store* store, Durability durability, uint64_t* attempted) {
  while (true) {
    const uint64_t expected = store->revision().value + 1;
    const bool is_load = IsBulkLoad(expected);
    std::unique_ptr<storage::StoreLoad> load;
    std::unique_ptr<storage::Transaction> transaction;
    if (is_load) {
      storage::LoadOptions options;
      options.memory_bytes_max = 4 << 20;
      options.thread_count = 1;
      options.block_rows = 8;
      options.request_id = fmt::format("commit-{}", expected);
      options.reply = [](const storage::LoadResult&) { return "done"; };
      SL_ASSIGN_OR_RETURN(load, store->BeginBulkLoad(Clearance::Unrestricted(), options));
    } else {
      SL_ASSIGN_OR_RETURN(transaction, store->BeginTransaction(Clearance::Unrestricted()));
    }
    // Now, for a commit that had failed may have become visible when the store took writes again.
    const uint64_t commit = store->revision().value + 1;
    if (IsBulkLoad(commit) != is_load || (is_load && commit != expected)) continue;
    if (attempted != nullptr) *attempted = std::max(*attempted, commit);
    SL_RETURN_IF_ERROR(is_load ? Load(load.get(), commit)
                               : Write(transaction.get(), commit, durability));
    return commit;
  }
}

void ExpectNumberedCommits(Store* store) {
  // First, for it may end a trouble, and make visible what was written before.
  const auto transaction = store->BeginTransaction(Clearance::Unrestricted());
  const uint64_t newest = store->revision().value;
  const auto view = OrThrow(store->OpenReadView(std::nullopt, Clearance::Unrestricted()));
  uint64_t statements = 0, retractions = 0;
  for (uint64_t commit = 1; commit <= newest; ++commit) {
    const uint64_t retracted = commit < newest && !IsBulkLoad(commit + 1) ? 1 : 0;
    statements += StatementsOfCommit(commit);
    retractions += retracted;
    const auto node = OrThrow(view->FindNode(fmt::format("org/{}", commit)));
    ASSERT_TRUE(node.has_value()) << "commit " << commit;
    for (const Permutation permutation : {Permutation::kSpo, Permutation::kSop}) {
      ASSERT_EQ(FactsIn(*view, permutation, KeyPrefix::Of(*node), view->default_scope()).size(),
                StatementsOfCommit(commit) - retracted)
          << "commit " << commit << " of " << newest;
    }
  }
  for (const Permutation permutation : storage::kPermutations) {
    ASSERT_EQ(QuadsIn(*view, permutation, KeyPrefix::Of(), view->default_scope()).size(),
              statements - retractions);
  }
  ASSERT_EQ(store->Statistics().statements, statements);
  ASSERT_EQ(OrThrow(view->FindNode(fmt::format("org/{}", newest + 1))), std::nullopt);
  if (!transaction.ok()) return;  // It takes no writes at present.
  for (uint64_t commit = 1; commit <= newest + 1; ++commit) {
    ASSERT_EQ(OrThrow((*transaction)->FindRequest(fmt::format("commit-{}", commit))).has_value(),
              commit <= newest);
  }
}

void ExpectSound(Store* store) {
  const auto result = OrThrow(store->Verify({}, storage::CancellationToken()));
  for (const storage::VerifyFinding& finding : result.findings) {
    ADD_FAILURE() << storage::VerifyPartName(finding.part) << ": " << finding.message;
  }
  EXPECT_EQ(result.statements, store->Statistics().statements);
  EXPECT_EQ(result.quads, store->Statistics().quads);
  EXPECT_EQ(result.terms, store->Statistics().terms);
}

StatusOr<std::string> EverythingIn(Store* store) {
  SL_ASSIGN_OR_RETURN(const auto view,
                      store->OpenReadView(std::nullopt, Clearance::Unrestricted()));
  std::string text = fmt::format("revision {}\n", view->revision().value);
  for (const Permutation permutation : storage::kPermutations) {
    SL_ASSIGN_OR_RETURN(const auto scan,
                        view->Scan(permutation, KeyPrefix::Of(), view->default_scope(),
                                   {.rows = storage::ScanRows::kStatements}));
    storage::ScanBatch batch;
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
      if (row_count == 0) break;
      for (size_t row = 0; row < row_count; ++row) {
        text +=
            fmt::format("{} {} {} s/{}\n", batch.columns[0][row].bits, batch.columns[1][row].bits,
                        batch.columns[2][row].bits, batch.statements[row].value);
      }
    }
  }
  for (uint64_t id = 1; id <= store->Statistics().statements; ++id) {
    SL_ASSIGN_OR_RETURN(const storage::Statement statement, view->GetStatement(StatementId{id}));
    text += fmt::format("s/{} {} {}", id, statement.revision.value, statement.content.quote);
    if (statement.retraction) text += " retracted: " + statement.retraction->reason;
    SL_ASSIGN_OR_RETURN(const auto facts, view->FactsOf(StatementId{id}));
    for (const storage::Fact& fact : facts) {
      for (const storage::TermId term : {fact.subject, fact.predicate, fact.object}) {
        if (!term.is_entity()) continue;
        SL_ASSIGN_OR_RETURN(const std::string name, view->ExternalIdOf(term));
        SL_ASSIGN_OR_RETURN(const auto node, view->FindNode(name));
        if (node != term) return DataLoss("A node is not found by its id: {}", name);
        text += " " + name;
      }
    }
    text += '\n';
  }
  for (const auto& [name, definition] : view->catalog().predicates()) text += name + "\n";
  for (const auto& [name, definition] : view->catalog().classes()) text += name + "\n";
  SL_ASSIGN_OR_RETURN(const auto transaction, store->BeginTransaction(Clearance::Unrestricted()));
  for (uint64_t commit = 1; commit <= view->revision().value + 1; ++commit) {
    SL_ASSIGN_OR_RETURN(const auto reply,
                        transaction->FindRequest(fmt::format("commit-{}", commit)));
    text += reply.value_or("no reply") + "\n";
  }
  return text;
}

}  // namespace sightline::test
