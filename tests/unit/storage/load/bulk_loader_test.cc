#include "storage/load/bulk_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <cmath>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "storage/statements/statement_columns.h"
#include "tests/unit/storage/load/load_fixture.h"

namespace sightline::storage {
namespace {

using test::LoadFixture;
using test::Random;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

PredicateDefinition PredicateNamed(std::string name, std::vector<std::string> parents = {}) {
  PredicateDefinition predicate;
  predicate.name = std::move(name);
  predicate.parents = std::move(parents);
  return predicate;
}

// Hands in statements by words.
class Speaker {
 public:
  explicit Speaker(BulkLoader::Stream* stream) : stream_(stream) {}

  StatementRef Open(std::string_view claimant) {
    StatementDraft draft;
    draft.context.claimant = *stream_->Entity(claimant);
    return *stream_->OpenStatement(draft);
  }
  Status Add(StatementRef statement, std::string_view subject, std::string_view predicate,
             TermRef object) {
    return stream_->Add(statement, *stream_->Entity(subject), *stream_->Predicate(predicate),
                        object);
  }
  Status Add(StatementRef statement, std::string_view subject, std::string_view predicate,
             std::string_view object) {
    return Add(statement, subject, predicate, *stream_->Entity(object));
  }

 private:
  BulkLoader::Stream* const stream_;
};

TEST(BulkLoader, WritesStatementsFactsTermsNamesAndDefinitions) {
  LoadFixture store;
  auto loader = store.Start(store.Options());
  ASSERT_TRUE(loader->Define(PredicateNamed("supplies")).ok());
  ASSERT_TRUE(loader->Define(PredicateNamed("legalName", {"name"})).ok());
  ClassDefinition company;
  company.name = "Company";
  ASSERT_TRUE(loader->Define(company).ok());
  BulkLoader::Stream* const stream = *loader->NewStream();
  Speaker speaker(stream);

  StatementDraft draft;
  draft.context.claimant = *stream->Entity("org/ap");
  draft.context.document = *stream->Entity("doc/1");
  draft.context.marking.tlp = TlpLabel::kAmber;
  draft.polarity = Polarity::kDenies;
  draft.credibility = 2;
  draft.quote = "no such thing";
  draft.span = TextSpan{3, 9};
  draft.valid = TimeInterval::Of(*PartialDate::Parse("2023"));
  draft.qualifiers = {{*stream->Entity("share"), *stream->Value(Value(Percentage{{70, 0}}))}};
  const StatementRef denied = *stream->OpenStatement(draft);
  ASSERT_TRUE(speaker.Add(denied, "org/hikvision", "supplies", "prod/optics").ok());
  ASSERT_TRUE(speaker.Add(denied, "org/hikvision", "supplies", "prod/optics").ok());
  ASSERT_TRUE(speaker.Add(denied, "org/hikvision", "instanceOf", "Company").ok());

  const StatementRef named = speaker.Open("org/ap");
  ASSERT_TRUE(
      speaker.Add(named, "org/hikvision", "legalName", *stream->Text("Hangzhou Hikvision Digital"))
          .ok());
  ASSERT_TRUE(speaker.Add(named, "org/hikvision", "alias", *stream->Text("HIK")).ok());
  ASSERT_TRUE(speaker.Add(named, "org/hikvision", "name", *stream->Text("Hikvisión", "es")).ok());
  // A value of a predicate of names that is no text, and a text that is no name.
  ASSERT_TRUE(speaker.Add(named, "org/hikvision", "name", *stream->Value(Value(int64_t{7}))).ok());
  ASSERT_TRUE(speaker.Add(named, "org/hikvision", "supplies", *stream->Text("not a name")).ok());

  StatementDraft about;
  about.context = draft.context;
  about.derived_from = {denied};
  const StatementRef contradiction = *stream->OpenStatement(about);
  ASSERT_TRUE(stream
                  ->Add(contradiction, StatementTerm(named), *stream->Predicate("contradicts"),
                        StatementTerm(denied))
                  .ok());

  const auto result = store.Commit(loader.get());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->revision.value, 1u);
  EXPECT_EQ(result->entry.statements_added, 3u);
  EXPECT_EQ(result->entry.quads_added, 8u);
  EXPECT_THAT(
      store.QuadsInWords(RunNumber{1}),
      ElementsAre(
          "s/1 <org/hikvision> <instanceOf> <Company>",
          "s/1 <org/hikvision> <supplies> <prod/optics>", "s/2 <org/hikvision> <alias> STRING:HIK",
          "s/2 <org/hikvision> <legalName> STRING:Hangzhou Hikvision Digital",
          "s/2 <org/hikvision> <name> INTEGER:7", "s/2 <org/hikvision> <name> STRING:Hikvisión@es",
          "s/2 <org/hikvision> <supplies> STRING:not a name", "s/3 s/2 <contradicts> s/1"));
  EXPECT_THAT(store.Names(),
              ElementsAre("hangzhou hikvision digital=STRING:Hangzhou Hikvision Digital",
                          "hik=STRING:HIK", "hikvision=STRING:Hikvisión@es"));

  const StatementRecord record = store.Record(StatementId{1});
  EXPECT_FALSE(record.facts_inline);
  ASSERT_EQ(record.subjects.size(), 1u);
  EXPECT_EQ(store.Words(record.subjects[0]), "<org/hikvision>");
  EXPECT_EQ(record.content.polarity, Polarity::kDenies);
  EXPECT_EQ(record.content.credibility, 2);
  EXPECT_EQ(record.content.quote, "no such thing");
  EXPECT_EQ(record.content.span, (TextSpan{3, 9}));
  EXPECT_EQ(record.content.valid, draft.valid);
  EXPECT_EQ(record.revision.value, 1u);
  ASSERT_EQ(record.content.qualifiers.size(), 1u);
  EXPECT_EQ(store.Words(record.content.qualifiers[0].predicate), "<share>");
  EXPECT_EQ(store.Words(record.content.qualifiers[0].value), "PERCENTAGE:70 %");
  const StatementContext& context = store.contexts()[record.context_number];
  EXPECT_EQ(store.Words(context.claimant), "<org/ap>");
  EXPECT_EQ(store.Words(context.document), "<doc/1>");
  EXPECT_TRUE(context.dataset.is_none());
  EXPECT_EQ(context.marking.tlp, TlpLabel::kAmber);
  EXPECT_THAT(store.Record(StatementId{3}).content.derived_from, ElementsAre(StatementId{1}));
  EXPECT_EQ(store.Record(StatementId{3}).context_number, record.context_number);

  const PredicateDefinition* supplies = store.catalog()->FindPredicate("supplies");
  ASSERT_NE(supplies, nullptr);
  EXPECT_EQ(store.Words(supplies->id), "<supplies>");
  EXPECT_EQ(store.Words(store.catalog()->FindClass("Company")->id), "<Company>");
  EXPECT_TRUE(std::filesystem::is_empty(store.kv().ScratchDirectory()));
}

TEST(BulkLoader, LeavesOutStatementsWithoutFactsAndRefusesReferencesToThem) {
  LoadFixture store;
  {
    auto loader = store.Start(store.Options());
    BulkLoader::Stream* const stream = *loader->NewStream();
    Speaker speaker(stream);
    static_cast<void>(speaker.Open("org/ap"));
    const StatementRef second = speaker.Open("org/afp");
    ASSERT_TRUE(speaker.Add(second, "a", "partOf", "b").ok());
    static_cast<void>(speaker.Open("org/tass"));
    const auto result = store.Commit(loader.get());
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->statements_empty, 2u);
    EXPECT_THAT(store.QuadsInWords(RunNumber{1}), ElementsAre("s/1 <a> <partOf> <b>"));
    EXPECT_EQ(store.Words(store.contexts()[store.Record(StatementId{1}).context_number].claimant),
              "<org/afp>");
    EXPECT_EQ(store.contexts().size(), 1u);
  }
  const auto before = store.Contents();
  auto loader = store.Start(store.Options());
  BulkLoader::Stream* const stream = *loader->NewStream();
  Speaker speaker(stream);
  const StatementRef empty = speaker.Open("org/ap");
  const StatementRef about = speaker.Open("org/ap");
  ASSERT_TRUE(
      stream->Add(about, *stream->Entity("a"), *stream->Predicate("partOf"), StatementTerm(empty))
          .ok());
  EXPECT_EQ(store.Commit(loader.get()).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(store.Contents(), before);
}

TEST(BulkLoader, RefusesWhatMayNotStandInTheStoreAndGoesOn) {
  LoadFixture store;
  auto loader = store.Start(store.Options());
  BulkLoader::Stream* const stream = *loader->NewStream();
  Speaker speaker(stream);
  for (const std::string& bad : {std::string(), std::string("s/12"), std::string("a\nb"),
                                 std::string("\xff"), std::string(2000, 'x')}) {
    EXPECT_EQ(stream->Entity(bad).status().code(), StatusCode::kInvalidArgument) << bad;
  }
  EXPECT_EQ(stream->Text("not UTF-8 \xff\xff").status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(stream->Value(Value()).status().code(), StatusCode::kInvalidArgument);
  for (const double number : {std::nan(""), HUGE_VAL}) {
    EXPECT_EQ(stream->Value(Value(number)).status().code(), StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(stream->Predicate("supplies").status().code(), StatusCode::kInvalidArgument);

  StatementDraft draft;
  EXPECT_EQ(stream->OpenStatement(draft).status().code(), StatusCode::kInvalidArgument);
  draft.context.claimant = *stream->Text("a text is no claimant");
  EXPECT_EQ(stream->OpenStatement(draft).status().code(), StatusCode::kInvalidArgument);
  draft.context.claimant = *stream->Entity("org/ap");
  draft.credibility = 9;
  EXPECT_EQ(stream->OpenStatement(draft).status().code(), StatusCode::kInvalidArgument);

  const StatementRef statement = speaker.Open("org/ap");
  const PredicateRef part_of = *stream->Predicate("partOf");
  const TermRef a = *stream->Entity("a");
  const auto add = [&](StatementRef s, TermRef subject, TermRef object) {
    return stream->Add(s, subject, part_of, object).code();
  };
  EXPECT_EQ(add(statement, TermRef{}, a), StatusCode::kInvalidArgument);
  EXPECT_EQ(add(statement, *stream->Text("a longer text"), a), StatusCode::kInvalidArgument);
  EXPECT_EQ(add(statement, a, TermId::Make(TermTag::kEntity, 1'000)), StatusCode::kInvalidArgument);
  EXPECT_EQ(add(statement, a, MakeProvisional(TermTag::kEntity, ChunkOf(a), 1'000)),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(add(statement, a, TermId::Make(TermTag::kStatement, 4)), StatusCode::kInvalidArgument);
  EXPECT_EQ(add(StatementId{1}, a, a), StatusCode::kInvalidArgument);
  EXPECT_EQ(add(MakeProvisionalStatement(7), a, a), StatusCode::kInvalidArgument);
  EXPECT_EQ(add(statement, a, a), StatusCode::kOk);
  ASSERT_TRUE(store.Commit(loader.get()).ok());
  EXPECT_THAT(store.QuadsInWords(RunNumber{1}), ElementsAre("s/1 <a> <partOf> <a>"));
}

TEST(BulkLoader, RefusesATermOfAnotherLoad) {
  LoadFixture store;
  const auto before = store.Contents();
  auto loader = store.Start(store.Options());
  BulkLoader::Stream* const stream = *loader->NewStream();
  Speaker speaker(stream);
  ASSERT_TRUE(
      speaker.Add(speaker.Open("org/ap"), "a", "partOf", MakeProvisional(TermTag::kEntity, 900, 3))
          .ok());
  EXPECT_EQ(store.Commit(loader.get()).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(store.Contents(), before);
}

TEST(BulkLoader, RefusesAMarkingAboveTheWritersClearance) {
  LoadFixture store;
  LoadBase base = store.Base();
  base.clearance = Clearance{TlpLabel::kGreen, {}, false};
  auto loader = *BulkLoader::Start(base, store.Options());
  BulkLoader::Stream* const stream = *loader->NewStream();
  StatementDraft draft;
  draft.context.claimant = *stream->Entity("org/ap");
  draft.context.marking.tlp = TlpLabel::kRed;
  EXPECT_EQ(stream->OpenStatement(draft).status().code(), StatusCode::kPermissionDenied);
  draft.context.marking.tlp = TlpLabel::kGreen;
  EXPECT_TRUE(stream->OpenStatement(draft).ok());
}

TEST(BulkLoader, NamesSubjectsInARecordUnlessThereAreManyOrLateOnes) {
  LoadFixture store;
  auto loader = store.Start(store.Options());
  BulkLoader::Stream* const stream = *loader->NewStream();
  Speaker speaker(stream);
  const StatementRef few = speaker.Open("org/ap");
  for (int i = 0; i < 32; ++i) {
    ASSERT_TRUE(speaker.Add(few, std::to_string(i % 16), "partOf", std::to_string(i)).ok());
  }
  const StatementRef many = speaker.Open("org/ap");
  for (int i = 0; i < 17; ++i) {
    ASSERT_TRUE(speaker.Add(many, std::to_string(i), "partOf", "a").ok());
  }
  const StatementRef late = speaker.Open("org/ap");
  ASSERT_TRUE(speaker.Add(late, "a", "partOf", "b").ok());
  ASSERT_TRUE(speaker.Add(speaker.Open("org/ap"), "c", "partOf", "d").ok());
  ASSERT_TRUE(speaker.Add(late, "e", "partOf", "f").ok());
  ASSERT_TRUE(store.Commit(loader.get()).ok());
  EXPECT_EQ(store.Record(StatementId{1}).subjects.size(), 16u);
  EXPECT_THAT(store.Record(StatementId{2}).subjects, IsEmpty());
  EXPECT_THAT(store.Record(StatementId{3}).subjects, IsEmpty());
  EXPECT_EQ(store.Record(StatementId{4}).subjects.size(), 1u);
}

// A load of random statements about a random graph, and what must come out of it.
struct RandomLoad {
  uint64_t seed = 1;
  uint64_t statement_count = 0;
  uint64_t facts_each = 0;
  uint64_t entity_count = 0;

  // What the quads are, given how many statements there were before.
  std::vector<std::string> Expected(uint64_t statements_before) const {
    std::set<std::string> quads;
    Run([&](uint64_t statement, const std::string& subject, const std::string& predicate,
            const std::string& object) {
      quads.insert(fmt::format("s/{} <{}> <{}> {}", statements_before + statement + 1, subject,
                               predicate, object));
    });
    return {quads.begin(), quads.end()};
  }

  void Load(BulkLoader* loader, BulkLoader::Stream* stream) const {
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(loader->Define(PredicateNamed("predicate/" + std::to_string(i))).ok());
    }
    StatementDraft draft;
    // Made once, used in all chunks.
    draft.context.claimant = *stream->Entity("org/the-only-claimant");
    const TermRef carried = *stream->Entity("http://example.org/carried");
    std::vector<StatementRef> statements;
    Run([&](uint64_t statement, const std::string& subject, const std::string& predicate,
            const std::string& object) {
      while (statements.size() <= statement) {
        draft.context.document = *stream->Entity("doc/" + std::to_string(statements.size() / 100));
        statements.push_back(*stream->OpenStatement(draft));
      }
      TermRef term;
      if (object == "<http://example.org/carried>") {
        term = carried;
      } else if (object.starts_with("<")) {
        term = *stream->Entity(object.substr(1, object.size() - 2));
      } else if (object.starts_with("STRING:")) {
        term = *stream->Text(object.substr(7));
      } else {
        term = *stream->Value(Value(static_cast<int64_t>(std::stoll(object.substr(8)))));
      }
      const Status added = stream->Add(statements[statement], *stream->Entity(subject),
                                       *stream->Predicate(predicate), term);
      ASSERT_TRUE(added.ok()) << added;
    });
  }

 private:
  template <typename Visit>
  void Run(Visit visit) const {
    Random random(seed);
    for (uint64_t statement = 0; statement < statement_count; ++statement) {
      for (uint64_t i = 0; i < facts_each; ++i) {
        // Some facts go to a statement of long ago.
        const uint64_t target = random.Below(50) == 0 ? random.Below(statement + 1) : statement;
        const std::string subject =
            "http://example.org/entity/" + std::to_string(random.Below(entity_count));
        const std::string predicate = "predicate/" + std::to_string(random.Below(5));
        std::string object;
        switch (random.Below(5)) {
          case 0:
            object = "STRING:text number " + std::to_string(random.Below(entity_count));
            break;
          case 1:
            object = "INTEGER:" + std::to_string(random.Below(1000));
            break;
          case 2:
            object = "<http://example.org/carried>";
            break;
          default:
            object =
                "<http://example.org/entity/" + std::to_string(random.Below(entity_count)) + ">";
        }
        visit(i == 0 ? statement : target, subject, predicate, object);
      }
    }
  }
};

TEST(BulkLoader, GivesTheSameStoreWhetherItSpillsOrNot) {
  const RandomLoad load{1, 9000, 3, 20'000};
  std::vector<std::vector<std::string>> contents;
  for (const uint64_t memory : {1 << 20, 3 << 20, 256 << 20}) {
    LoadFixture store;
    LoadOptions options = store.Options(memory);
    options.thread_count = memory == 3 << 20 ? 1 : 2;
    auto loader = store.Start(options);
    load.Load(loader.get(), *loader->NewStream());
    const auto result = store.Commit(loader.get());
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(store.QuadsInWords(RunNumber{1}), load.Expected(0));
    EXPECT_EQ(result->entry.statements_added, 9000u);
    EXPECT_EQ(result->segment_count, 9000 / kSegmentRows);
    contents.push_back(store.Contents());
  }
  // Records name subjects or not, depending on where a chunk ended: all else is equal.
  for (auto& content : contents) {
    std::erase_if(content, [](const std::string& entry) {
      return entry.starts_with(std::to_string(static_cast<int>(ColumnFamily::kStatements)) + "|");
    });
  }
  EXPECT_EQ(contents[0], contents[2]);
  EXPECT_EQ(contents[1], contents[2]);
}

TEST(BulkLoader, AddsToWhatIsThere) {
  LoadFixture store;
  uint64_t statements = 0;
  for (uint32_t run = 1; run <= 3; ++run) {
    // Mostly the same terms, some new ones.
    const RandomLoad load{run, 3000, 2, 2000 * run};
    auto loader = store.Start(store.Options(2 << 20));
    load.Load(loader.get(), *loader->NewStream());
    const auto result = store.Commit(loader.get());
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->revision.value, run);
    EXPECT_EQ(store.QuadsInWords(RunNumber{run}), load.Expected(statements));
    statements += 3000;
    EXPECT_EQ(store.statement_count(), statements);
    EXPECT_EQ(result->segment_count, statements / kSegmentRows);
  }
  EXPECT_EQ(store.QuadsInWords(RunNumber{1}), (RandomLoad{1, 3000, 2, 2000}.Expected(0)));
  // One number a term.
  std::set<std::string> words;
  for (uint64_t number = 1; number < store.Base().counters.entity; ++number) {
    EXPECT_TRUE(words.insert(store.Words(TermId::Make(TermTag::kEntity, number))).second) << number;
  }
  // Each segment is there and says what the records say.
  for (uint64_t segment = 0; segment < statements / kSegmentRows; ++segment) {
    const auto bytes = store.kv().Get(ColumnFamily::kStatementColumns, SegmentKey(segment));
    ASSERT_TRUE(bytes.ok());
    auto decoded = std::make_unique<StatementSegment>();
    ASSERT_TRUE(DecodeSegment(*bytes, decoded.get()).ok());
    for (uint64_t row = 0; row < kSegmentRows; row += 97) {
      EXPECT_EQ(decoded->rows[row].context_number,
                store.Record(StatementId{segment * kSegmentRows + row + 1}).context_number);
    }
  }
}

// A store of many small files must not have a segment for each.
TEST(BulkLoader, WritesFewNewTermsOneByOneAndManyAsASegment) {
  LoadFixture store;
  uint64_t segments = 0;
  for (const int term_count : {5, 300, 19, 40}) {
    LoadOptions options = store.Options();
    options.segment_terms_min = 20;
    auto loader = store.Start(options);
    Speaker speaker(*loader->NewStream());
    const StatementRef statement = speaker.Open("org/ap");
    for (int i = 0; i + 1 < term_count; ++i) {
      ASSERT_TRUE(
          speaker.Add(statement, fmt::format("{}/{}", term_count, i), "partOf", "org/ap").ok());
    }
    const auto result = store.Commit(loader.get());
    ASSERT_TRUE(result.ok()) << result.status();
    if (term_count > 20) ++segments;
    EXPECT_EQ(result->term_segments.size(), segments) << term_count;
    EXPECT_EQ(result->terms_new, static_cast<uint64_t>(term_count) - (term_count == 5 ? 0 : 1));
    for (int i = 0; i + 1 < term_count; ++i) {
      const std::string id = fmt::format("{}/{}", term_count, i);
      const auto term = store.dictionary().Find(TermTag::kEntity, id, nullptr);
      ASSERT_TRUE(term.ok() && *term) << id;
      EXPECT_EQ(*store.dictionary().BytesOf(**term, nullptr), id);
    }
  }
}

// With a copy of the catalog for each, this would take minutes.
TEST(BulkLoader, DefinesTenThousand) {
  LoadFixture store;
  auto loader = store.Start(store.Options());
  constexpr int kCount = 6'000;
  for (int i = 0; i < kCount; ++i) {
    ASSERT_TRUE(loader->Define(PredicateNamed(fmt::format("predicate{}", i))).ok());
    ASSERT_TRUE(loader->Define(PredicateNamed(fmt::format("name{}", i), {"name"})).ok());
  }
  const auto result = store.Commit(loader.get());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->definitions.size(), 2u * kCount);
  EXPECT_NE(store.catalog()->FindPredicate("name5999"), nullptr);
}

TEST(BulkLoader, UsesTermsAndStatementsOfTheStoreByTheirIds) {
  LoadFixture store;
  {
    auto loader = store.Start(store.Options());
    Speaker speaker(*loader->NewStream());
    ASSERT_TRUE(speaker.Add(speaker.Open("org/ap"), "a", "partOf", "a longer text").ok());
    ASSERT_TRUE(store.Commit(loader.get()).ok());
  }
  auto loader = store.Start(store.Options());
  BulkLoader::Stream* const stream = *loader->NewStream();
  const TermId a = **store.dictionary().Find(TermTag::kEntity, "a", nullptr);
  StatementDraft draft;
  draft.context.claimant = a;
  draft.derived_from = {StatementId{1}};
  const StatementRef statement = *stream->OpenStatement(draft);
  ASSERT_TRUE(
      stream->Add(statement, a, *stream->Predicate("partOf"), StatementTerm(StatementId{1})).ok());
  ASSERT_TRUE(stream
                  ->Add(statement, *stream->Entity("a"), *stream->Predicate("partOf"),
                        StatementTerm(StatementId{1}))
                  .ok());
  ASSERT_TRUE(store.Commit(loader.get()).ok());
  EXPECT_THAT(store.QuadsInWords(RunNumber{2}), ElementsAre("s/2 <a> <partOf> s/1"));
  EXPECT_THAT(store.Record(StatementId{2}).subjects, ElementsAre(a));
}

TEST(BulkLoader, FindsNamesAmongTermsOfEarlierChunksAndOfTheStore) {
  LoadFixture store;
  TermId stored;
  {
    auto loader = store.Start(store.Options());
    BulkLoader::Stream* const stream = *loader->NewStream();
    Speaker speaker(stream);
    ASSERT_TRUE(
        speaker.Add(speaker.Open("x"), "a", "contradicts", *stream->Text("Known Before")).ok());
    ASSERT_TRUE(store.Commit(loader.get()).ok());
    stored = **store.dictionary().Find(TermTag::kString, "Known Before", nullptr);
    EXPECT_THAT(store.Names(), IsEmpty());
  }
  auto loader = store.Start(store.Options(1 << 20));
  BulkLoader::Stream* const stream = *loader->NewStream();
  Speaker speaker(stream);
  const TermRef early = *stream->Text("Made In The First Chunk");
  const StatementRef statement = speaker.Open("x");
  for (int i = 0; i < 40'000; ++i) {
    ASSERT_TRUE(speaker.Add(statement, std::to_string(i), "partOf", "y").ok());
  }
  ASSERT_NE(ChunkOf(*stream->Entity("z")), ChunkOf(early));
  ASSERT_TRUE(speaker.Add(statement, "a", "name", early).ok());
  ASSERT_TRUE(speaker.Add(statement, "a", "name", stored).ok());
  ASSERT_TRUE(store.Commit(loader.get()).ok());
  EXPECT_THAT(store.Names(), ElementsAre("known before=STRING:Known Before",
                                         "made in the first chunk=STRING:Made In The First Chunk"));
}

TEST(BulkLoader, TakesStatementsAndFactsFromSeveralStreams) {
  LoadFixture store;
  LoadOptions options = store.Options(4 << 20);
  options.thread_count = 3;
  auto loader = store.Start(options);
  std::vector<BulkLoader::Stream*> streams;
  for (int i = 0; i < 3; ++i) streams.push_back(*loader->NewStream());
  EXPECT_EQ(loader->NewStream().status().code(), StatusCode::kFailedPrecondition);
  // All streams add to this one.
  const StatementRef shared = Speaker(streams[0]).Open("org/shared");
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      Speaker speaker(streams[t]);
      ASSERT_TRUE(loader->Define(PredicateNamed("owns")).ok());
      for (int i = 0; i < 4000; ++i) {
        const StatementRef own = speaker.Open("org/" + std::to_string(t));
        ASSERT_TRUE(speaker.Add(own, fmt::format("{}/{}", t, i), "owns", "thing").ok());
        ASSERT_TRUE(speaker.Add(shared, "everyone/" + std::to_string(i), "owns", "thing").ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto result = store.Commit(loader.get());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->entry.statements_added, 12'001u);
  EXPECT_EQ(result->entry.quads_added, 16'000u);
  const auto quads = store.QuadsInWords(RunNumber{1});
  // Each statement's record goes with its facts, however the streams were interleaved.
  for (const std::string& quad : quads) {
    const uint64_t number = std::stoull(quad.substr(2));
    const std::string subject = quad.substr(quad.find('<') + 1, 2);
    const std::string claimant =
        store.Words(store.contexts()[store.Record(StatementId{number}).context_number].claimant);
    ASSERT_EQ(claimant, number == 1 ? "<org/shared>" : "<org/" + subject.substr(0, 1) + ">")
        << quad;
  }
  EXPECT_THAT(store.Record(StatementId{1}).subjects, IsEmpty());
}

TEST(BulkLoader, CancelledInAnyStageLeavesTheStoreAsItWas) {
  const RandomLoad load{5, 6000, 3, 8'000};
  for (const LoadStage stage :
       {LoadStage::kReading, LoadStage::kTerms, LoadStage::kQuads, LoadStage::kFiles}) {
    LoadFixture store;
    const auto before = store.Contents();
    CancellationToken token;
    LoadOptions options = store.Options(1 << 20);
    options.block_rows = 8;  // Many blocks: all stages report.
    options.token = &token;
    std::set<LoadStage> seen;
    bool stopped = false;
    options.observer = [&](const LoadProgress& progress) {
      seen.insert(progress.stage);
      if (progress.stage == stage && !stopped) {
        stopped = true;
        token.Cancel();
      }
    };
    auto loader = store.Start(options);
    if (stage == LoadStage::kReading) {
      token.Cancel();
      BulkLoader::Stream* const stream = *loader->NewStream();
      Speaker speaker(stream);
      const StatementRef statement = speaker.Open("org/ap");
      Status status = OkStatus();
      for (int i = 0; i < 100'000 && status.ok(); ++i) {
        status = speaker.Add(statement, "a", "partOf", "b");
      }
      EXPECT_EQ(status.code(), StatusCode::kCancelled);
    } else {
      load.Load(loader.get(), *loader->NewStream());
    }
    const auto result = store.Commit(loader.get());
    EXPECT_EQ(result.status().code(), StatusCode::kCancelled) << LoadStageName(stage);
    EXPECT_FALSE(loader->in_doubt().has_value());
    EXPECT_FALSE(seen.contains(LoadStage::kIngest));
    EXPECT_EQ(store.Contents(), before);
    EXPECT_TRUE(std::filesystem::is_empty(store.kv().ScratchDirectory()));
    // And the store can be loaded after.
    loader = store.Start(store.Options());
    Speaker speaker(*loader->NewStream());
    ASSERT_TRUE(speaker.Add(speaker.Open("org/ap"), "a", "partOf", "b").ok());
    ASSERT_TRUE(store.Commit(loader.get()).ok());
    EXPECT_THAT(store.QuadsInWords(RunNumber{1}), ElementsAre("s/1 <a> <partOf> <b>"));
  }
}

TEST(BulkLoader, DroppedUncommittedLeavesNothing) {
  LoadFixture store;
  const auto before = store.Contents();
  {
    auto loader = store.Start(store.Options());
    Speaker speaker(*loader->NewStream());
    ASSERT_TRUE(speaker.Add(speaker.Open("org/ap"), "a", "partOf", "b").ok());
  }
  EXPECT_EQ(store.Contents(), before);
  EXPECT_TRUE(std::filesystem::is_empty(store.kv().ScratchDirectory()));
}

// A store whose table files fail after some entries, as on a full disk.
class FullDisk final : public KvStore {
 public:
  FullDisk(KvStore* kv, int puts_left) : kv_(kv), puts_left_(puts_left) {}

  StatusOr<std::string> Get(ColumnFamily family, std::string_view key,
                            const KvSnapshot* snapshot) const override {
    return kv_->Get(family, key, snapshot);
  }
  std::unique_ptr<KvIterator> NewIterator(ColumnFamily family, std::string_view lower,
                                          std::string_view upper,
                                          const KvSnapshot* snapshot) const override {
    return kv_->NewIterator(family, lower, upper, snapshot);
  }
  std::shared_ptr<const KvSnapshot> TakeSnapshot() const override { return kv_->TakeSnapshot(); }
  Status Write(const KvBatch& batch, Durability durability) override {
    return kv_->Write(batch, durability);
  }
  Status WriteBuffered(const KvBatch& batch) override { return kv_->WriteBuffered(batch); }
  std::unique_ptr<KvBatch> NewBatch() const override { return kv_->NewBatch(); }
  Status FlushLog() override { return kv_->FlushLog(); }
  Status SyncLog() override { return kv_->SyncLog(); }
  Status write_trouble() const override { return kv_->write_trouble(); }
  Status Recover() override { return kv_->Recover(); }
  Status VerifyChecksums() const override { return kv_->VerifyChecksums(); }
  Status Checkpoint(const std::string& directory) override { return kv_->Checkpoint(directory); }
  StatusOr<KvBackup> Backup(const std::string& directory, const KvBackupOptions& options) override {
    return kv_->Backup(directory, options);
  }
  std::string ScratchDirectory() const override { return kv_->ScratchDirectory(); }
  StatusOr<std::unique_ptr<KvFileWriter>> NewFileWriter(ColumnFamily family,
                                                        const std::string& path) override {
    auto writer = kv_->NewFileWriter(family, path);
    if (!writer.ok()) return writer;
    return std::unique_ptr<KvFileWriter>(new Writer(std::move(*writer), &puts_left_));
  }
  Status Ingest(const std::vector<KvFile>& files) override { return kv_->Ingest(files); }
  uint64_t DiskBytes() const override { return kv_->DiskBytes(); }
  std::vector<KvFamilyBytes> BytesByFamily() const override { return kv_->BytesByFamily(); }

 private:
  class Writer final : public KvFileWriter {
   public:
    Writer(std::unique_ptr<KvFileWriter> writer, std::atomic<int>* puts_left)
        : writer_(std::move(writer)), puts_left_(puts_left) {}
    Status Put(std::string_view key, std::string_view value) override {
      if (--*puts_left_ < 0) return Unavailable("No space left on device");
      return writer_->Put(key, value);
    }
    uint64_t entry_count() const override { return writer_->entry_count(); }
    StatusOr<KvFile> Finish() override { return writer_->Finish(); }

   private:
    const std::unique_ptr<KvFileWriter> writer_;
    std::atomic<int>* const puts_left_;
  };

  KvStore* const kv_;
  std::atomic<int> puts_left_;
};

TEST(BulkLoader, WhenTheDiskIsFullTheStoreIsAsItWas) {
  LoadFixture store;
  const auto before = store.Contents();
  const RandomLoad load{6, 500, 2, 900};
  bool has_failed = false, has_succeeded = false;
  for (int puts = 0; !has_succeeded; puts = puts * 3 / 2 + 1) {
    FullDisk disk(&store.kv(), puts);
    store.kv_for_loads = &disk;
    LoadOptions options = store.Options();
    options.block_rows = 16;
    auto loader = store.Start(options);
    load.Load(loader.get(), *loader->NewStream());
    const auto result = store.Commit(loader.get());
    has_succeeded = result.ok();
    if (has_succeeded) break;
    has_failed = true;
    EXPECT_EQ(result.status().code(), StatusCode::kUnavailable);
    EXPECT_EQ(store.Contents(), before) << puts;
    EXPECT_TRUE(std::filesystem::is_empty(store.kv().ScratchDirectory()));
  }
  EXPECT_TRUE(has_failed);
  EXPECT_EQ(store.QuadsInWords(RunNumber{1}), load.Expected(0));
}

TEST(BulkLoader, WhenSpillFilesCannotGrowTheLoadFails) {
  LoadFixture store;
  const auto before = store.Contents();
  auto loader = store.Start(store.Options(1 << 20));
  BulkLoader::Stream* const stream = *loader->NewStream();
  const StatementRef statement = Speaker(stream).Open("org/ap");
  const TermRef a = *stream->Entity("a");
  const PredicateRef part_of = *stream->Predicate("partOf");
  const auto earlier_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit earlier_limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &earlier_limit), 0);
  rlimit limit = earlier_limit;
  limit.rlim_cur = 300'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  Status status = OkStatus();
  for (int i = 0; i < 200'000 && status.ok(); ++i) {
    status = stream->Add(statement, a, part_of, a);
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &earlier_limit), 0);
  std::signal(SIGXFSZ, earlier_handler);
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  // It stays failed: rows are missing.
  EXPECT_EQ(stream->Add(statement, a, part_of, a).code(), StatusCode::kUnavailable);
  EXPECT_EQ(store.Commit(loader.get()).status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(store.Contents(), before);
}

TEST(BulkLoader, CommitsALoadOfDefinitionsAlone) {
  LoadFixture store;
  auto loader = store.Start(store.Options());
  ASSERT_TRUE(loader->Define(PredicateNamed("supplies")).ok());
  ASSERT_TRUE(loader->Define(PredicateNamed("supplies")).ok());
  EXPECT_EQ(loader->Define(PredicateNamed("owns", {"unknown"})).code(),
            StatusCode::kInvalidArgument);
  const auto result = store.Commit(loader.get());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->definitions.size(), 1u);
  EXPECT_EQ(result->run.quad_count, 0u);
  EXPECT_EQ(loader->NewStream().status().code(), StatusCode::kFailedPrecondition);
}

TEST(BulkLoader, ReportsStagesInOrderUpToTheirTotals) {
  LoadFixture store;
  LoadOptions options = store.Options();
  std::vector<LoadProgress> reports;
  options.observer = [&reports](const LoadProgress& progress) { reports.push_back(progress); };
  auto loader = store.Start(options);
  const RandomLoad load{9, 3000, 3, 5000};
  load.Load(loader.get(), *loader->NewStream());
  ASSERT_TRUE(store.Commit(loader.get()).ok());
  ASSERT_FALSE(reports.empty());
  LoadProgress before;
  for (const LoadProgress& progress : reports) {
    EXPECT_LE(before.stage, progress.stage);
    EXPECT_TRUE(progress.total == 0 || progress.done <= progress.total);
    before = progress;
  }
  EXPECT_EQ(reports.back().stage, LoadStage::kIngest);
  EXPECT_EQ(reports.back().done, 1u);
}

TEST(BulkLoader, RefusesImpossibleOptions) {
  LoadFixture store;
  LoadOptions options = store.Options(1000);
  EXPECT_EQ(BulkLoader::Start(store.Base(), options).status().code(), StatusCode::kInvalidArgument);
  options = store.Options();
  options.thread_count = 0;
  EXPECT_EQ(BulkLoader::Start(store.Base(), options).status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace sightline::storage
