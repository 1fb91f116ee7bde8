#include "storage/maintenance/verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "storage/base/encoding.h"
#include "storage/dictionary/dictionary.h"
#include "storage/index/run_key.h"
#include "storage/index/run_manifest.h"
#include "storage/index/run_writer.h"
#include "storage/load/store_load.h"
#include "storage/statements/statement_codec.h"
#include "storage/statements/statement_columns.h"
#include "storage/txn/commit_log.h"
#include "storage/txn/store_state.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using test::TestStore;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const CancellationToken kNever;

std::string Fixed64(uint64_t number) {
  std::string bytes;
  AppendFixed64(number, &bytes);
  return bytes;
}

std::string DictionaryKey(TermTag tag, const std::string& rest) {
  return std::string(1, static_cast<char>(tag)) + rest;
}

// A store with all that can be wrong: runs, a delta, a bulk load, names, retractions, replies.
class VerifierTest : public ::testing::Test {
 protected:
  VerifierTest() : store_(Options()) {
    for (int i = 0; i < 20; ++i) {
      const std::string id = fmt::format("org/{}", i);
      store_.Say("org/ap", id, "supplies", fmt::format("prod/{}", i), {.quote = "so it says"});
      store_.Name(id, fmt::format("Company number {}", i));
    }
    test::ThrowIfError(store_.transaction().RememberRequest("request", "reply"));
    store_.Commit();
    test::ThrowIfError(store_->Compact(kNever));
    Load();
    store_.Deny("gov/x", "org/1", "supplies", "prod/1");
    store_.Name("org/1", "An alias that is long enough");
    store_.Retract(StatementId{3});
    store_.Commit();
  }

  static StoreOptions Options() {
    StoreOptions options;
    options.compacts_in_background = false;
    options.compaction.block_rows = 8;
    return options;
  }

  // Statements whose facts are in a run only, and whose terms are in segments.
  void Load(int count = 300) {
    LoadOptions options;
    options.segment_terms_min = 1;
    auto load = OrThrow(store_->BeginBulkLoad(Clearance::Unrestricted(), options));
    LoadStream* const stream = OrThrow(load->loader().NewStream());
    const auto predicate = OrThrow(stream->Predicate("supplies"));
    StatementDraft draft;
    draft.context.claimant = OrThrow(stream->Entity("org/loader"));
    for (int i = 0; i < count; ++i) {
      const auto statement = OrThrow(stream->OpenStatement(draft));
      const auto subject = OrThrow(stream->Entity(fmt::format("loaded/{}", i)));
      const auto object = OrThrow(stream->Entity(fmt::format("thing/{}", i)));
      test::ThrowIfError(stream->Add(statement, subject, predicate, object));
    }
    OrThrow(load->Commit());
  }

  // Closes the store, lets `damage` write to its entries, and verifies.
  using Damage = std::function<void(KvStore* kv, KvBatch* batch)>;
  VerifyResult VerifyAfter(const Damage& damage) {
    store_.Close();
    const auto kv = OrThrow(KvStore::Open(store_.directory(), {}));
    const auto batch = kv->NewBatch();
    damage(kv.get(), batch.get());
    test::ThrowIfError(kv->Write(*batch, Durability::kRelaxed));
    return OrThrow(VerifyStore(*kv, kv->TakeSnapshot(), {}, kNever));
  }
  void ExpectFinding(VerifyPart part, const std::string& text, const Damage& damage) {
    const VerifyResult result = VerifyAfter(damage);
    std::string all;
    for (const VerifyFinding& finding : result.findings) {
      if (finding.part == part && finding.message.find(text) != std::string::npos) return;
      all += fmt::format("\n  {}: {}", VerifyPartName(finding.part), finding.message);
    }
    ADD_FAILURE() << "Not found: " << VerifyPartName(part) << ": " << text << all;
  }
  // The first entry of a family at or after `lower`.
  static std::pair<std::string, std::string> FirstOf(KvStore* kv, ColumnFamily family,
                                                     const std::string& lower = "") {
    const auto iterator = kv->NewIterator(family, lower, "");
    iterator->SeekToFirst();
    if (!iterator->Valid()) throw std::runtime_error("the family is empty");
    return {std::string(iterator->key()), std::string(iterator->value())};
  }

  TestStore store_;
};

TEST_F(VerifierTest, FindsNothingInASoundStoreAndReadsAllOfIt) {
  int reports = 0;
  VerifyOptions options;
  options.progress = [&](const VerifyProgress&) { ++reports; };
  const VerifyResult result = OrThrow(store_->Verify(options, kNever));
  EXPECT_THAT(result.findings, IsEmpty());
  const StoreStatistics statistics = store_->Statistics();
  EXPECT_EQ(result.statements, statistics.statements);
  EXPECT_EQ(result.quads, statistics.quads);
  EXPECT_EQ(result.terms, statistics.terms);
  EXPECT_GE(reports, 11);
}

TEST_F(VerifierTest, CanBeCancelled) {
  CancellationToken token;
  token.Cancel();
  EXPECT_EQ(store_->Verify({}, token).status().code(), StatusCode::kCancelled);
}

TEST_F(VerifierTest, ListsSoManyFindingsAndCountsTheRest) {
  store_.Close();
  const auto kv = OrThrow(KvStore::Open(store_.directory(), {}));
  const auto batch = kv->NewBatch();
  batch->DeleteRange(ColumnFamily::kNames, "a", "z");
  test::ThrowIfError(kv->Write(*batch, Durability::kRelaxed));
  VerifyOptions options;
  options.findings_max = 5;
  const VerifyResult result = OrThrow(VerifyStore(*kv, kv->TakeSnapshot(), options, kNever));
  EXPECT_EQ(result.findings.size(), 5u);
  EXPECT_EQ(result.findings_left_out, 17u);  // Of 21 names.
}

TEST_F(VerifierTest, NamesALostFormat) {
  ExpectFinding(VerifyPart::kMeta, "'format' is missing",
                [](KvStore*, KvBatch* batch) { batch->Delete(ColumnFamily::kMeta, "format"); });
}

TEST_F(VerifierTest, NamesCountersThatDoNotAgree) {
  const Damage damage = [](KvStore* kv, KvBatch* batch) {
    StoreCounters counters =
        OrThrow(DecodeCounters(OrThrow(kv->Get(ColumnFamily::kMeta, kCountersKey))));
    ++counters.quads;
    counters.dictionary.entity += 2;
    batch->Put(ColumnFamily::kMeta, kCountersKey, EncodeCounters(counters));
  };
  ExpectFinding(VerifyPart::kCommits, "and the counters name", damage);
}

TEST_F(VerifierTest, NamesNumbersThatWereGivenToNothing) {
  ExpectFinding(VerifyPart::kDictionary, "Numbers of the dictionary are missing: tag 1",
                [](KvStore* kv, KvBatch* batch) {
                  StoreCounters counters =
                      OrThrow(DecodeCounters(OrThrow(kv->Get(ColumnFamily::kMeta, kCountersKey))));
                  counters.dictionary.entity += 2;
                  batch->Put(ColumnFamily::kMeta, kCountersKey, EncodeCounters(counters));
                });
}

TEST_F(VerifierTest, NamesALostCommit) {
  ExpectFinding(VerifyPart::kCommits, "The numbers 2 to 2 are missing",
                [](KvStore*, KvBatch* batch) {
                  batch->Delete(ColumnFamily::kCommits, CommitKey(Revision{2}));
                });
}

TEST_F(VerifierTest, NamesALostContext) {
  ExpectFinding(VerifyPart::kContexts, "missing", [](KvStore*, KvBatch* batch) {
    batch->Delete(ColumnFamily::kContexts, Fixed64(0));
  });
}

TEST_F(VerifierTest, NamesTwoEqualContexts) {
  ExpectFinding(VerifyPart::kContexts, "Two contexts are equal", [](KvStore* kv, KvBatch* batch) {
    batch->Put(ColumnFamily::kContexts, Fixed64(1), FirstOf(kv, ColumnFamily::kContexts).second);
  });
}

TEST_F(VerifierTest, NamesADefinitionUnderAnotherKey) {
  ExpectFinding(VerifyPart::kCatalog, "does not agree with its key",
                [](KvStore* kv, KvBatch* batch) {
                  const auto [key, value] = FirstOf(kv, ColumnFamily::kCatalog);
                  batch->Put(ColumnFamily::kCatalog, key.substr(0, 1) + "a" + key.substr(1), value);
                });
}

TEST_F(VerifierTest, NamesAnEntryThatIsNotFoundByItsBytes) {
  ExpectFinding(VerifyPart::kDictionary, "An entry is not found by its bytes: tag 1",
                [](KvStore*, KvBatch* batch) {
                  batch->Delete(ColumnFamily::kTermToId, DictionaryKey(TermTag::kEntity, "prod/7"));
                });
}

TEST_F(VerifierTest, NamesAnEntryThatIsNotFoundByItsNumber) {
  ExpectFinding(VerifyPart::kDictionary, "Numbers of the dictionary are missing",
                [](KvStore* kv, KvBatch* batch) {
                  const std::string number = OrThrow(
                      kv->Get(ColumnFamily::kTermToId, DictionaryKey(TermTag::kEntity, "prod/7")));
                  batch->Delete(ColumnFamily::kIdToTerm, DictionaryKey(TermTag::kEntity, number));
                });
}

TEST_F(VerifierTest, NamesAnEntryWithTheNumberOfAnother) {
  ExpectFinding(
      VerifyPart::kDictionary, "has a number that is not its own", [](KvStore* kv, KvBatch* batch) {
        batch->Put(
            ColumnFamily::kTermToId, DictionaryKey(TermTag::kEntity, "prod/7"),
            OrThrow(kv->Get(ColumnFamily::kTermToId, DictionaryKey(TermTag::kEntity, "prod/8"))));
      });
}

TEST_F(VerifierTest, NamesADamagedBlockOfTerms) {
  ExpectFinding(VerifyPart::kDictionary, "A block of terms", [](KvStore* kv, KvBatch* batch) {
    auto [key, value] = FirstOf(kv, ColumnFamily::kTermBlocks);
    value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 1);
    batch->Put(ColumnFamily::kTermBlocks, key, value);
  });
}

TEST_F(VerifierTest, NamesAnEntryThatIsInASegmentAsWell) {
  ExpectFinding(VerifyPart::kDictionary, "is in a segment as well",
                [](KvStore* kv, KvBatch* batch) {
                  batch->Put(ColumnFamily::kTermToId, DictionaryKey(TermTag::kEntity, "loaded/17"),
                             FirstOf(kv, ColumnFamily::kTermToId).second);
                });
}

TEST_F(VerifierTest, NamesALostStatement) {
  ExpectFinding(VerifyPart::kStatements, "The numbers 5 to 5 are missing",
                [](KvStore*, KvBatch* batch) {
                  batch->Delete(ColumnFamily::kStatements, StatementKey(StatementId{5}));
                });
}

TEST_F(VerifierTest, NamesAStatementOfAContextTermAndRevisionThatDoNotExist) {
  const VerifyResult result = VerifyAfter([](KvStore* kv, KvBatch* batch) {
    const std::string key = StatementKey(StatementId{5});
    StatementRecord record =
        OrThrow(DecodeStatement(OrThrow(kv->Get(ColumnFamily::kStatements, key))));
    record.content.qualifiers.push_back(
        {TermId::Make(TermTag::kEntity, 1'000'000), TermId::Make(TermTag::kInteger, 1)});
    record.content.derived_from.push_back(StatementId{4'000'000});
    batch->Put(ColumnFamily::kStatements, key,
               EncodeStatement(record.content, /*context_number=*/99, Revision{77}));
  });
  std::string all;
  for (const VerifyFinding& finding : result.findings) all += finding.message + "\n";
  EXPECT_THAT(all, HasSubstr("s/5: its context does not exist: 99"));
  EXPECT_THAT(all, HasSubstr("s/5: it names revision 77"));
  EXPECT_THAT(all, HasSubstr("s/5: it names a term that does not exist: tag 1, number 1000000"));
  EXPECT_THAT(all, HasSubstr("s/5: it is derived from s/4000000"));
}

TEST_F(VerifierTest, NamesARecordWhoseFactsAreNotThoseOfTheRuns) {
  ExpectFinding(VerifyPart::kQuads, "The runs have other quads than the records",
                [](KvStore* kv, KvBatch* batch) {
                  const std::string key = StatementKey(StatementId{5});
                  StatementRecord record =
                      OrThrow(DecodeStatement(OrThrow(kv->Get(ColumnFamily::kStatements, key))));
                  record.content.facts[0].object = record.content.facts[0].subject;
                  batch->Put(
                      ColumnFamily::kStatements, key,
                      EncodeStatement(record.content, record.context_number, record.revision));
                });
}

TEST_F(VerifierTest, NamesColumnsThatAreDamagedOrDoNotSayWhatTheRecordsSay) {
  Load(static_cast<int>(kSegmentRows));
  const auto store_segment = [&](const std::string& bytes) {
    return [bytes](KvStore* kv, KvBatch* batch) {
      ASSERT_EQ(FirstOf(kv, ColumnFamily::kStatementColumns).first, SegmentKey(0));
      batch->Put(ColumnFamily::kStatementColumns, SegmentKey(0), bytes);
    };
  };
  ExpectFinding(VerifyPart::kColumns, "Segment 0: ", store_segment("not a segment"));
  SegmentEncoder encoder;
  while (encoder.row_count() < kSegmentRows) encoder.Add({});
  ExpectFinding(VerifyPart::kColumns, "its columns do not say what its record says",
                store_segment(encoder.Encode()));
}

TEST_F(VerifierTest, NamesColumnsOfStatementsThatDoNotExist) {
  ExpectFinding(VerifyPart::kColumns, "There are columns of statements that do not exist",
                [](KvStore*, KvBatch* batch) {
                  SegmentEncoder encoder;
                  while (encoder.row_count() < kSegmentRows) encoder.Add({});
                  batch->Put(ColumnFamily::kStatementColumns, SegmentKey(0), encoder.Encode());
                });
}

TEST_F(VerifierTest, NamesALostRetraction) {
  ExpectFinding(VerifyPart::kRetractions, "There are 0 retractions", [](KvStore*, KvBatch* batch) {
    batch->Delete(ColumnFamily::kRetractions, StatementKey(StatementId{3}));
  });
}

TEST_F(VerifierTest, NamesARetractionBeforeItsStatement) {
  ExpectFinding(VerifyPart::kRetractions, "which cannot be", [](KvStore*, KvBatch* batch) {
    batch->Put(ColumnFamily::kRetractions, StatementKey(StatementId{3}),
               EncodeRetraction(Revision{0}, "before"));
  });
}

TEST_F(VerifierTest, NamesALostBlock) {
  ExpectFinding(VerifyPart::kQuads, "has other quads than SPO", [](KvStore* kv, KvBatch* batch) {
    const RunKeyRange range = KeysOf(RunNumber{1}, Permutation::kOsp);
    batch->Delete(ColumnFamily::kQuads, FirstOf(kv, ColumnFamily::kQuads, range.lower).first);
  });
}

TEST_F(VerifierTest, NamesADamagedBlock) {
  ExpectFinding(VerifyPart::kQuads, "Run 1, POS", [](KvStore* kv, KvBatch* batch) {
    const RunKeyRange range = KeysOf(RunNumber{1}, Permutation::kPos);
    auto [key, value] = FirstOf(kv, ColumnFamily::kQuads, range.lower);
    value.back() = static_cast<char>(value.back() ^ 1);
    batch->Put(ColumnFamily::kQuads, key, value);
  });
}

// All checksums are right: only the comparison can find it.
TEST_F(VerifierTest, NamesAPermutationWithAnotherQuad) {
  ExpectFinding(VerifyPart::kQuads, "has other quads than SPO", [](KvStore* kv, KvBatch* batch) {
    const RunKeyRange range = KeysOf(RunNumber{1}, Permutation::kSop);
    const auto [key, value] = FirstOf(kv, ColumnFamily::kQuads, range.lower);
    const QuadBlock block = OrThrow(QuadBlock::Open(value));
    GroupRows group;
    test::ThrowIfError(block.UnpackGroup(0, &group));
    RunWriter writer(RunNumber{1}, Permutation::kSop,
                     [&](std::string_view block_key, std::string_view block_value) {
                       batch->Put(ColumnFamily::kQuads, block_key, block_value);
                       return OkStatus();
                     });
    ++group.columns[2][0];  // Another predicate.
    test::ThrowIfError(writer.Add(group.rows()));
    test::ThrowIfError(writer.Finish());
  });
}

TEST_F(VerifierTest, NamesALoadedStatementWithoutFacts) {
  ExpectFinding(VerifyPart::kQuads, "it has no fact, in no run", [](KvStore* kv, KvBatch* batch) {
    for (const Permutation permutation : kPermutations) {
      const RunKeyRange range = KeysOf(RunNumber{2}, permutation);
      batch->Delete(ColumnFamily::kQuads, FirstOf(kv, ColumnFamily::kQuads, range.lower).first);
    }
  });
}

TEST_F(VerifierTest, NamesARunThatIsNotInTheList) {
  ExpectFinding(VerifyPart::kQuads, "and the counters name", [](KvStore* kv, KvBatch* batch) {
    RunManifest manifest =
        OrThrow(DecodeRunManifest(OrThrow(kv->Get(ColumnFamily::kMeta, kRunManifestKey))));
    manifest.runs.pop_back();
    batch->Put(ColumnFamily::kMeta, kRunManifestKey, EncodeRunManifest(manifest));
  });
}

TEST_F(VerifierTest, NamesANameThatIsNotInTheIndex) {
  ExpectFinding(
      VerifyPart::kNames, "The name 'company number 4' is not in the index",
      [](KvStore* kv, KvBatch* batch) {
        batch->Delete(
            ColumnFamily::kNames,
            FirstOf(kv, ColumnFamily::kNames, std::string("company number 4\0", 17)).first);
      });
}

TEST_F(VerifierTest, NamesANameOfTheDeltaThatIsNotInTheIndex) {
  ExpectFinding(VerifyPart::kNames, "The name 'an alias that is long enough' is not in the index",
                [](KvStore* kv, KvBatch* batch) {
                  batch->Delete(ColumnFamily::kNames,
                                FirstOf(kv, ColumnFamily::kNames, "an alias").first);
                });
}

TEST_F(VerifierTest, NamesAnIndexedNameThatIsNotTheFormOfItsText) {
  ExpectFinding(VerifyPart::kNames, "is not the form of its text", [](KvStore* kv, KvBatch* batch) {
    batch->Put(ColumnFamily::kNames, "x" + FirstOf(kv, ColumnFamily::kNames).first, "");
  });
}

TEST_F(VerifierTest, NamesALostReply) {
  ExpectFinding(
      VerifyPart::kRequests, "The reply of request 'request' is missing",
      [](KvStore*, KvBatch* batch) { batch->Delete(ColumnFamily::kRequests, "\1request"); });
}

}  // namespace
}  // namespace sightline::storage
