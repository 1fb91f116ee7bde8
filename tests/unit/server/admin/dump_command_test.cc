// A dump, imported, is the same store again: the same dump, byte for byte, and the same answers.

#include "server/admin/dump_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "server/admin/import_command.h"
#include "server/admin/info_command.h"
#include "server/ingest/dump_writer.h"
#include "server/ingest/ftm_exporter.h"
#include "storage/load/store_load.h"
#include "storage/store.h"
#include "tests/support/test_store.h"

namespace sightline::server {
namespace {

using storage::Clearance;
using storage::Comparator;
using storage::StatementDraft;
using storage::StatementId;
using storage::TermId;
using storage::Value;
using test::OrThrow;
using test::TestStore;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kFixtures[] = "../shared/data/ftm_fixtures/";

std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string DumpOf(storage::Store& store, const storage::HistoryOptions& history = {},
                   DumpOptions options = {}) {
  std::string text;
  options.scratch_directory = store.ScratchDirectory();
  DumpWriter writer(options, [&text](std::string_view line) {
    text += line;
    return OkStatus();
  });
  test::ThrowIfError(store.VisitHistory(history, &writer, {}));
  return text;
}

class DumpCommandTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = directory_.Child(name);
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  // Imports files into a store of this name; what was said is in said_.
  AdminExitCode Import(std::vector<std::string> files, const std::string& store) {
    ImportCommand command;
    command.directory = directory_.Child(store);
    command.files = std::move(files);
    command.reject_path = directory_.Child("rejects.jsonl");
    command.memory_bytes_max = 16 << 20;
    command.thread_count = 2;
    return Told([&](std::FILE* to) { return RunImport(command, {}, to, to); });
  }
  AdminExitCode Dump(const std::string& store, const std::string& path) {
    return Told(
        [&](std::FILE* to) { return RunDump(directory_.Child(store), path, false, {}, to, to); });
  }
  template <typename Run>
  AdminExitCode Told(const Run& run) {
    const std::string path = directory_.Child("said");
    std::FILE* const file = std::fopen(path.c_str(), "w");
    const AdminExitCode code = run(file);
    std::fclose(file);
    said_ = ContentOf(path);
    return code;
  }
  std::unique_ptr<storage::Store> Open(const std::string& store) {
    return OrThrow(storage::Store::Open(directory_.Child(store), {}));
  }

  test::TempDirectory directory_;
  std::string said_;
};

storage::StoredDefinition Stored(storage::StoredDefinition::Kind kind, std::string name,
                                 std::string text, const storage::Marking& marking = {}) {
  storage::StoredDefinition definition;
  definition.kind = kind;
  definition.name = std::move(name);
  definition.text = std::move(text);
  definition.marking = marking;
  return definition;
}

// Random histories of everything that a store can hold.
class RandomHistory {
 public:
  RandomHistory(TestStore* store, uint64_t seed) : store_(*store), random_(seed) {}

  void Grow(int commit_count) {
    for (int i = 0; i < commit_count; ++i) {
      store_.clock().Advance(static_cast<int64_t>(Below(3) * 1'234'567'890'123));
      if (Below(4) == 0) {
        Load();
      } else {
        Transact();
      }
    }
  }

 private:
  uint64_t Below(uint64_t bound) { return random_() % bound; }
  bool Sometimes() { return Below(4) == 0; }
  std::string Name(const char* prefix, uint64_t count) {
    return prefix + std::to_string(Below(count));
  }
  storage::Decimal Amount() {
    return storage::Decimal{static_cast<int64_t>(random_()) >> Below(64),
                            static_cast<uint8_t>(Below(19))}
        .Normalized();
  }
  int64_t Micros() { return static_cast<int64_t>(random_()) >> Below(64); }

  Value AnyValue() {
    const auto comparator =
        Below(3) == 0 ? static_cast<Comparator>(Below(6)) : Comparator::kExactly;
    switch (Below(12)) {
      case 0:
        return Value(Below(2) == 0, comparator);
      case 1:
        return Value(static_cast<int64_t>(random_()) >> Below(64), comparator);
      case 2:
        return Value(Amount(), comparator);
      case 3:
        return Value(
            std::ldexp(static_cast<double>(random_()), static_cast<int>(Below(600)) - 300) *
                (Below(2) == 0 ? 1 : -1),
            comparator);
      case 4:
        return Value(storage::Text{std::string("\x00\x01\n\"\\\x7f", Below(6)) + "текст" +
                                       std::string(Below(90), 'x'),
                                   Sometimes() ? "En_us odd" : ""},
                     comparator);
      case 5:
        return Value(storage::Text{"short", Sometimes() ? "ru" : ""}, comparator);
      case 6: {
        auto date = storage::PartialDate::FromDays(static_cast<int64_t>(Below(900'000)) - 600'000);
        if (Sometimes()) date = *storage::PartialDate::Parse(date.ToString().substr(0, 7));
        if (Sometimes()) date = *storage::PartialDate::Parse("0020-Q3");
        return Value(date, comparator);
      }
      case 7:
        return Value(storage::Instant{Micros()}, comparator);
      case 8:
        return Value(storage::Money{Amount(), Sometimes() ? "odd currency" : "USD"}, comparator);
      case 9:
        return Value(storage::Quantity{Amount(), Sometimes() ? "" : "t a"}, comparator);
      case 10:
        return Value(storage::Percentage{Amount()}, comparator);
      default:
        return Value(storage::GeoPoint{static_cast<double>(Below(180)) / 7 - 12.5, -0.0},
                     comparator);
    }
  }
  TermId AnyStatement() {
    return TermId::Make(storage::TermTag::kStatement, 1 + Below(statement_count_));
  }
  TermId AnyNode() {
    if (statement_count_ > 0 && Below(6) == 0) return AnyStatement();
    return store_.Entity(Name("entity/\"", 12));
  }
  storage::TimeInterval AnyInterval() {
    const auto bound = [this]() -> storage::TimeBound {
      if (Below(3) == 0) return {static_cast<storage::BoundKind>(Below(2)), 0};
      int64_t micros = Micros();
      if (Below(2) == 0) micros -= micros % 86'400'000'000;
      return {storage::BoundKind::kAt, micros};
    };
    storage::TimeInterval interval{bound(), bound()};
    if (interval.from.kind == interval.to.kind && interval.to.micros < interval.from.micros) {
      std::swap(interval.from, interval.to);
    }
    if (interval.from == interval.to && interval.from.kind == storage::BoundKind::kAt) {
      interval.to.micros = interval.from.micros + (interval.from.micros < INT64_MAX ? 1 : 0);
    }
    return interval;
  }

  StatementDraft AnyDraft() {
    StatementDraft draft;
    draft.polarity = static_cast<storage::Polarity>(Below(2));
    for (uint64_t count = 1 + Below(Sometimes() ? 30 : 2); count > 0; --count) {
      const TermId object = Below(2) == 0 ? AnyNode() : store_.Term(AnyValue());
      draft.facts.push_back({AnyNode(), store_.Predicate(Name("p", 4)), object});
    }
    draft.context.claimant = AnyNode();
    if (Sometimes()) draft.context.document = AnyNode();
    if (Sometimes()) draft.context.dataset = AnyNode();
    for (uint64_t count = Below(3); count > 0; --count) draft.context.via.push_back(AnyNode());
    draft.context.marking.tlp = static_cast<storage::TlpLabel>(Below(5));
    if (Sometimes()) draft.context.marking.access = "a&(b|c)";
    draft.context.reliability = static_cast<storage::Reliability>(Below(7));
    draft.context.mode = static_cast<storage::Mode>(Below(11));
    if (Sometimes()) draft.context.said = AnyInterval();
    draft.credibility = static_cast<storage::Credibility>(Below(7));
    if (Sometimes()) draft.valid = AnyInterval();
    if (Sometimes()) draft.span = storage::TextSpan{Below(9), 9 + Below(100)};
    if (Sometimes()) draft.quote = "\"he said\"\n\xE2\x80\xA8";
    for (uint64_t count = statement_count_ > 0 ? Below(3) : 0; count > 0; --count) {
      draft.derived_from.push_back(StatementId{AnyStatement().payload()});
    }
    for (uint64_t count = Sometimes() ? Below(5) : 0; count > 0; --count) {
      // A detail needs no definition.
      const TermId predicate =
          Below(2) == 0 ? store_.Entity(Name("detail", 3)) : store_.Predicate(Name("p", 4));
      draft.qualifiers.push_back({predicate, Below(2) == 0 ? AnyNode() : store_.Term(AnyValue())});
    }
    return draft;
  }

  // Each may be refused, for want of what it drops or because something else needs that.
  void StoreAndDrop() {
    using Kind = storage::StoredDefinition::Kind;
    const auto kind = Below(2) == 0 ? Kind::kQuery : Kind::kEdge;
    switch (Below(8)) {
      case 0:
        (void)store_.transaction().DropPredicate(Name("p", 4));
        break;
      case 1:
        (void)store_.transaction().DropClass(Name("Z", 5));
        break;
      case 2:
        (void)store_.transaction().DropPredicate(Name("aq", 50));
        break;
      case 3:
        (void)store_.transaction().DropStored(kind, Name("p", 4));
        break;
      case 4: {
        // One who does not see all of a name.
        store_.Commit();
        auto writer = OrThrow(
            store_->BeginTransaction(test::ClearanceOf(storage::TlpLabel::kGreen, {"a", "b"})));
        (void)writer->DropStored(kind, Name("p", 4));
        (void)writer->Define(Stored(kind, Name("p", 4), "theirs"));
        test::ThrowIfError(writer->Commit().status());
        break;
      }
      default: {
        auto definition = Stored(kind, Name("p", 4), Name("DEFINE \"text\"\n", 9));
        definition.marking.tlp = static_cast<storage::TlpLabel>(Below(5));
        if (Sometimes()) definition.marking.access = "b&a";
        if (Sometimes()) definition.note = "a note";
        if (kind == Kind::kQuery && Sometimes()) definition.parameters = {"b", "a"};
        (void)store_.transaction().Define(std::move(definition));
      }
    }
  }

  void Transact() {
    for (uint64_t count = Below(3); count > 0; --count) StoreAndDrop();
    if (Sometimes()) {
      const std::string name = Name("Z", 5);
      store_.DefineClass(name);
      store_.DefineClass("A" + name, {name});
      storage::PredicateDefinition predicate;
      predicate.name = Name("q", 50);
      predicate.domain = {name};
      predicate.range = {name};
      predicate.range_types = {storage::ValueType::kMoney, storage::ValueType::kText};
      predicate.cardinality = static_cast<storage::Cardinality>(Below(2));
      predicate.inverse = "inverse of " + predicate.name;
      predicate.label = "label";
      predicate.note = "note\n" + std::to_string(Below(2));
      if (store_.transaction().Define(predicate).ok()) {
        storage::PredicateDefinition under;
        under.name = "a" + predicate.name;
        under.parents = {predicate.name};
        under.transitive = true;
        EXPECT_TRUE(store_.transaction().Define(under).ok());
      }
    }
    for (uint64_t count = Below(5); count > 0; --count) {
      if (statement_count_ == 0 || Below(4) > 0) {
        statement_count_ += store_.Add(AnyDraft()).duplicate ? 0 : 1;
      } else {
        // Again and again, retracted or not.
        (void)store_.transaction().Retract({StatementId{AnyStatement().payload()}}, "in \"error\"");
      }
    }
    // What is retracted may be said anew in the same breath.
    if (Sometimes()) {
      const StatementDraft draft = AnyDraft();
      const auto first = store_.Add(draft);
      if (!first.duplicate) {
        store_.Retract(first.id);
        EXPECT_FALSE(store_.Add(draft).duplicate);
        statement_count_ += 2;
      }
    }
    for (uint64_t count = Below(3); count > 0; --count) StoreAndDrop();
    store_.Commit();
  }

  // Loads add what is on record already.
  void Load() {
    store_.Commit();
    storage::LoadOptions options;
    options.memory_bytes_max = 4 << 20;
    options.thread_count = 1;
    const auto load = OrThrow(store_->BeginBulkLoad(Clearance::Unrestricted(), options));
    auto* const stream = OrThrow(load->loader().NewStream());
    storage::PredicateDefinition predicate;
    predicate.name = Name("p", 4);
    test::ThrowIfError(load->loader().Define(predicate));
    const uint64_t before = statement_count_;
    for (uint64_t count = 1 + Below(4); count > 0; --count) {
      StatementDraft draft;
      draft.context.claimant = OrThrow(stream->Entity("dataset/x"));
      if (before > 0 && Sometimes()) {
        draft.derived_from.push_back(StatementId{1 + Below(before)});
      }
      const auto statement = OrThrow(stream->OpenStatement(draft));
      const storage::PredicateRef ref = OrThrow(stream->Predicate(predicate.name));
      for (uint64_t facts = 1 + Below(Sometimes() ? 200 : 3); facts > 0; --facts) {
        const auto object = Below(2) == 0 ? OrThrow(stream->Entity(Name("entity/\"", 12)))
                                          : OrThrow(stream->Value(AnyValue()));
        test::ThrowIfError(
            stream->Add(statement, OrThrow(stream->Entity(Name("entity/\"", 40))), ref, object));
      }
      ++statement_count_;
    }
    test::ThrowIfError(load->Commit().status());
  }

  TestStore& store_;
  std::mt19937_64 random_;
  uint64_t statement_count_ = 0;
};

// What a reader gets to see, as text.
std::vector<std::string> Answers(storage::Store& store, const Clearance& clearance,
                                 int64_t known_at_micros) {
  const auto view = OrThrow(store.OpenReadView(std::nullopt, clearance));
  storage::ScopeConditions conditions;
  conditions.known_at = view->RevisionAt(known_at_micros);
  const auto scope = OrThrow(view->Resolve(conditions));
  std::vector<std::string> answers;
  for (const storage::Quad& quad :
       test::QuadsIn(*view, storage::Permutation::kSpo, storage::KeyPrefix::Of(), scope)) {
    const Value object = OrThrow(view->ValueOf(quad.fact.object));
    answers.push_back(fmt::format(
        "s/{} {} {} {}", quad.statement.value, OrThrow(view->ExternalIdOf(quad.fact.subject)),
        OrThrow(view->ExternalIdOf(quad.fact.predicate)),
        quad.fact.object.is_node() ? OrThrow(view->ExternalIdOf(quad.fact.object))
                                   : object.ToString()));
  }
  std::sort(answers.begin(), answers.end());
  return answers;
}

TEST_F(DumpCommandTest, AnyStoreComesBackTheSame) {
  const char* const runs = std::getenv("SIGHTLINE_PROPERTY_RUNS");
  const uint64_t run_count = runs != nullptr ? std::strtoull(runs, nullptr, 10) : 12;
  for (uint64_t seed = 1; seed <= run_count; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    TestStore store;
    RandomHistory(&store, seed).Grow(14);
    const std::string dump = DumpOf(*store);
    const std::string name = fmt::format("store{}", seed);
    ASSERT_EQ(Import({Write("dump", dump)}, name), AdminExitCode::kDone) << said_;
    const auto again = Open(name);
    ASSERT_EQ(DumpOf(*again), dump);
    EXPECT_TRUE(OrThrow(again->Verify({}, {})).findings.empty());
    for (const auto& clearance :
         {Clearance::Unrestricted(), test::ClearanceOf(storage::TlpLabel::kAmber, {"a", "c"})}) {
      for (const int64_t micros :
           {INT64_MAX, test::FakeClock::kStartMicros + 9'000'000'000'000, int64_t{0}}) {
        EXPECT_EQ(Answers(*again, clearance, micros), Answers(*store, clearance, micros));
      }
    }
    // Opened anew, definitions come in another order than they were made in.
    store.Reopen();
    EXPECT_EQ(DumpOf(*store), dump);
  }
}

TEST_F(DumpCommandTest, BoundsDoNotShowInTheDumpsContent) {
  TestStore store;
  RandomHistory(&store, 5).Grow(40);
  const std::string dump = DumpOf(*store);
  // Passes over the facts, spilled sorts: the same bytes.
  DumpOptions spilling;
  spilling.sort_bytes_max = 200;
  EXPECT_EQ(DumpOf(*store, {.facts_held_max = 10}, spilling), dump);
  // Lines that go on in others: the same store.
  DumpOptions short_lines;
  short_lines.line_bytes_max = 300;
  const std::string in_parts = DumpOf(*store, {}, short_lines);
  EXPECT_THAT(in_parts, HasSubstr("\n{\"continue\":\"s/"));
  ASSERT_EQ(Import({Write("dump", in_parts)}, "again"), AdminExitCode::kDone) << said_;
  EXPECT_EQ(DumpOf(*Open("again")), dump);
}

TEST_F(DumpCommandTest, FollowTheMoneyComesBackTheSame) {
  if (!std::filesystem::exists(kFixtures)) GTEST_SKIP() << "there is no " << kFixtures;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFixtures)) {
    if (entry.path().string().ends_with(".ftm.json")) files.push_back(entry.path());
  }
  if (files.empty()) GTEST_SKIP() << "no fixtures";
  std::sort(files.begin(), files.end());
  files.resize(std::min<size_t>(files.size(), 3));
  ASSERT_EQ(Import(files, "store"), AdminExitCode::kDone) << said_;
  for (const char* extension : {"", ".gz", ".zst"}) {
    const std::string name = std::string("dump") + extension;
    ASSERT_EQ(Dump("store", directory_.Child(name)), AdminExitCode::kDone) << said_;
    ASSERT_EQ(Import({directory_.Child(name)}, "again" + name), AdminExitCode::kDone) << said_;
    EXPECT_EQ(DumpOf(*Open("again" + name)), ContentOf(directory_.Child("dump")));
  }
  const auto exported = [this](const std::string& name) {
    std::string text;
    const auto store = Open(name);
    const auto view = OrThrow(store->OpenReadView(std::nullopt, Clearance::Unrestricted()));
    test::ThrowIfError(ExportFtmEntities(*view, "", [&text](std::string_view line) {
                         text += line;
                         return OkStatus();
                       }).status());
    return text;
  };
  EXPECT_EQ(exported("againdump"), exported("store"));
}

// What the store holds as texts, whoever may see it.
std::vector<std::string> StoredIn(storage::Store& store) {
  const auto view = OrThrow(store.OpenReadView(std::nullopt, Clearance::Unrestricted()));
  std::vector<std::string> stored;
  for (const auto& [number, definition] : view->catalog().stored()) {
    stored.push_back(fmt::format("{} {}", number, definition.name));
  }
  return stored;
}

TEST_F(DumpCommandTest, StoredTextsAndDropsComeBackTheSame) {
  using Kind = storage::StoredDefinition::Kind;
  const storage::Marking red{storage::TlpLabel::kRed, ""};
  TestStore store;
  store.DefineClass("Company");
  auto query = Stored(Kind::kQuery, "q", "DEFINE QUERY q ...", {storage::TlpLabel::kAmber, "b|a"});
  query.parameters = {"since", "a"};
  query.note = "of old";
  test::ThrowIfError(store.transaction().Define(query));
  test::ThrowIfError(store.transaction().Define(Stored(Kind::kEdge, "reaches", "first")));
  test::ThrowIfError(store.transaction().Define(Stored(Kind::kEdge, "reaches", "hidden", red)));
  test::ThrowIfError(store.transaction().Define(Stored(Kind::kEdge, "reaches", "third")));
  store.Say("org/ap", "org/a", "supplies", "org/b");
  store.Commit();
  // Sees two of the three.
  auto low = OrThrow(store->BeginTransaction(test::ClearanceOf(storage::TlpLabel::kGreen)));
  test::ThrowIfError(low->DropStored(Kind::kEdge, "reaches"));
  test::ThrowIfError(low->Commit().status());
  // Takes the place of the earlier one.
  test::ThrowIfError(store.transaction().Define(Stored(Kind::kQuery, "q", "newer")));
  test::ThrowIfError(store.transaction().DropPredicate("supplies"));
  test::ThrowIfError(store.transaction().DropClass("Company"));
  store.Commit();

  const std::string dump = DumpOf(*store);
  EXPECT_THAT(dump, HasSubstr("{\"class\":\"Company\"}\n"
                              "{\"predicate\":\"supplies\"}\n"
                              "{\"query\":\"q\",\"number\":1,\"parameters\":[\"since\",\"a\"],"
                              "\"marking\":\"TLP:AMBER\",\"access\":\"b|a\",\"note\":\"of old\","
                              "\"text\":\"DEFINE QUERY q ...\"}\n"
                              "{\"edge\":\"reaches\",\"number\":2,\"text\":\"first\"}\n"
                              "{\"edge\":\"reaches\",\"number\":3,\"marking\":\"TLP:RED\","
                              "\"text\":\"hidden\"}\n"
                              "{\"edge\":\"reaches\",\"number\":4,\"text\":\"third\"}\n"
                              "{\"id\":\"s/1\""));
  EXPECT_THAT(dump, HasSubstr("{\"drop\":\"reaches\",\"kind\":\"stored\",\"number\":2}\n"
                              "{\"drop\":\"reaches\",\"kind\":\"stored\",\"number\":4}\n"));
  EXPECT_THAT(dump, testing::EndsWith("{\"query\":\"q\",\"number\":4,\"text\":\"newer\"}\n"
                                      "{\"drop\":\"Company\",\"kind\":\"class\"}\n"
                                      "{\"drop\":\"supplies\",\"kind\":\"predicate\"}\n"
                                      "{\"drop\":\"q\",\"kind\":\"stored\",\"number\":1}\n"));
  ASSERT_EQ(Import({Write("dump", dump)}, "again"), AdminExitCode::kDone) << said_;
  const auto again = Open("again");
  EXPECT_EQ(DumpOf(*again), dump);
  EXPECT_EQ(StoredIn(*again), StoredIn(*store));
  EXPECT_THAT(StoredIn(*again), testing::ElementsAre("3 reaches", "4 q"));
  const auto view = OrThrow(again->OpenReadView(std::nullopt, Clearance::Unrestricted()));
  EXPECT_EQ(view->catalog().FindPredicate("supplies"), nullptr);
  EXPECT_EQ(view->catalog().FindClass("Company"), nullptr);
}

// Of a commit the store knows what it has come to, not the way there.
TEST_F(DumpCommandTest, ACommitThatMadeRoomComesBackTheSame) {
  TestStore store;
  storage::PredicateDefinition z;
  z.name = "z";
  z.inverse = "a";
  store.Define(z);
  storage::PredicateDefinition called;
  called.name = "called";
  called.parents = {"name"};
  store.Define(called);
  store.DefineClass("Narrow");
  store.DefineClass("Wide");
  store.DefineClass("AlsoNarrow", {"Narrow"});
  store.Commit();

  storage::Transaction& transaction = store.transaction();
  // The inverse's name becomes a predicate's, the predicate's name an edge's.
  store.Say("org/ap", "org/x", "z", "org/y");
  test::ThrowIfError(transaction.DropPredicate("z"));
  test::ThrowIfError(
      transaction.Define(Stored(storage::StoredDefinition::Kind::kEdge, "z", "an edge")));
  storage::PredicateDefinition a;
  a.name = "a";
  store.Define(a);
  // A class that was above another goes below it; one is dropped and is again as it was.
  test::ThrowIfError(transaction.DropClass("AlsoNarrow"));
  test::ThrowIfError(transaction.DropClass("Narrow"));
  store.DefineClass("AlsoNarrow");
  store.DefineClass("Narrow", {"AlsoNarrow"});
  test::ThrowIfError(transaction.DropClass("Wide"));
  store.DefineClass("Wide");
  // Predicates that have facts when they go: of before, and of this commit alone.
  store.Say("org/ap", "org/x", "called", Value::OfText("Old Name"));
  test::ThrowIfError(transaction.DropPredicate("called"));
  storage::PredicateDefinition brief = called;
  brief.name = "brief";
  store.Define(brief);
  store.Say("org/ap", "org/x", "brief", Value::OfText("Brief Name"));
  test::ThrowIfError(transaction.DropPredicate("brief"));
  store.Commit();

  const std::string dump = DumpOf(*store);
  ASSERT_EQ(Import({Write("dump", dump)}, "again"), AdminExitCode::kDone) << said_;
  {
    const auto again = Open("again");
    EXPECT_EQ(DumpOf(*again), dump);
    EXPECT_TRUE(OrThrow(again->Verify({}, {})).findings.empty());
    // Once they are defined again their facts are names again.
    const auto writer = OrThrow(again->BeginTransaction(Clearance::Unrestricted()));
    test::ThrowIfError(writer->Define(called));
    test::ThrowIfError(writer->Define(brief));
    test::ThrowIfError(writer->Commit().status());
    const auto view = OrThrow(again->OpenReadView(std::nullopt, Clearance::Unrestricted()));
    const auto scope = OrThrow(view->Resolve({}));
    EXPECT_EQ(OrThrow(view->NodesNamed("old name", *scope)).size(), 1);
    EXPECT_EQ(OrThrow(view->NodesNamed("brief name", *scope)).size(), 1);
  }
  store.Reopen();
  EXPECT_EQ(DumpOf(*store), dump);
}

TEST_F(DumpCommandTest, NamesThePlaceOfADefinitionThatIsWrong) {
  const std::string begin =
      "{\"dump\":1}\n{\"commit\":\"2024-04-13T12:00:00Z\"}\n"
      "{\"predicate\":\"p\"}\n{\"edge\":\"e\",\"number\":1,\"text\":\"t\"}\n";
  const std::string commit = "{\"commit\":\"2024-04-14T12:00:00Z\"}\n";
  const std::string load = "{\"commit\":\"2024-04-14T12:00:00Z\",\"load\":true}\n";
  const std::string statement =
      "{\"id\":\"s/1\",\"claimant\":\"x\",\"facts\":[[\"a\",\"p\",\"b\"]]}\n";
  const std::pair<std::string, std::string> cases[] = {
      {"{\"query\":\"q\",\"text\":\"t\"}\n", "line 5: column 1: \"number\" is missing"},
      {"{\"query\":\"q\",\"number\":2}\n", "line 5: column 1: \"text\" is missing"},
      {"{\"query\":7,\"number\":2,\"text\":\"t\"}\n", "line 5: column 10: \"query\": it must be"},
      {"{\"query\":\"q\",\"number\":0,\"text\":\"t\"}\n", "line 5: column 23: \"number\": a line"},
      {"{\"query\":\"q\",\"number\":2,\"marking\":\"x\",\"text\":\"t\"}\n",
       "line 5: column 35: \"marking\": a line of \"query\" has no such field"},
      {"{\"query\":\"q\",\"number\":2,\"access\":\"a&\",\"text\":\"t\"}\n{\"class\":\"C\"}\n",
       "line 5: "},
      {"{\"edge\":\"e\",\"number\":2,\"parameters\":[],\"text\":\"t\"}\n",
       "line 5: column 37: \"parameters\": a line of \"edge\" has no such field"},
      {commit + "{\"edge\":\"p\",\"number\":2,\"text\":\"t\"}\n",
       "line 6: A predicate has the name already: 'p'"},
      {"{\"edge\":\"f\",\"number\":1,\"text\":\"t\"}\n",
       "line 5: One commit defines or drops the same twice: 'f'"},
      {commit + "{\"edge\":\"f\",\"number\":1,\"text\":\"t\"}\n",
       "line 6: The number 1 is not above"},
      {"{\"drop\":\"e\",\"number\":1}\n", "line 5: column 1: \"kind\" is missing"},
      {"{\"drop\":\"e\",\"kind\":\"stored\"}\n", "line 5: column 1: \"number\" is missing"},
      {"{\"drop\":\"e\",\"kind\":\"edge\"}\n", "line 5: column 20: \"kind\": a line of \"drop\""},
      {"{\"drop\":\"p\",\"kind\":\"predicate\",\"number\":1}\n",
       "line 5: column 41: \"number\": classes and predicates have none"},
      {commit + "{\"drop\":\"e\",\"kind\":\"stored\",\"number\":2}\n" + statement,
       "line 6: Nothing of this name and number is stored: 'e', 2"},
      {commit + "{\"drop\":\"f\",\"kind\":\"stored\",\"number\":1}\n",
       "line 6: Nothing of this name and number is stored: 'f', 1"},
      {commit + "{\"drop\":\"q\",\"kind\":\"predicate\"}\n", "line 6: No such predicate: 'q'"},
      {commit + "{\"drop\":\"name\",\"kind\":\"predicate\"}\n", "line 6: What is built in stays"},
      {"{\"predicate\":\"c\",\"under\":[\"p\"]}\n" + commit +
           "{\"drop\":\"p\",\"kind\":\"predicate\"}\n",
       "line 7: The predicate 'p' is named by the definition of 'c'"},
      {"{\"predicate\":\"p\",\"one\":true}\n",
       "line 5: One commit defines or drops the same twice"},
      {"{\"predicate\":\"c\",\"under\":[\"nothing\"]}\n" + statement,
       "line 5: No such predicate to be UNDER: 'nothing'"},
      {statement + "{\"class\":\"C\"}\n", "line 6: a commit's definitions come before"},
      {load + "{\"query\":\"q\",\"number\":2,\"text\":\"t\"}\n" + statement,
       "line 6: A bulk load defines no queries and no edges"},
      {load + "{\"drop\":\"p\",\"kind\":\"predicate\"}\n" + statement,
       "line 6: a bulk load drops nothing"},
  };
  for (const auto& [lines, error] : cases) {
    EXPECT_EQ(Import({Write("dump", begin + lines)}, "again"), AdminExitCode::kFailed) << lines;
    EXPECT_THAT(said_, HasSubstr(error)) << lines;
    EXPECT_FALSE(std::filesystem::exists(directory_.Child("again")));
  }
  // No line of other files.
  (void)Import(
      {Write("a.sljsonl", "{\"class\":\"C\"}\n{\"query\":\"q\",\"number\":1,\"text\":\"t\"}\n")},
      "other");
  EXPECT_THAT(ContentOf(directory_.Child("rejects.jsonl")), HasSubstr("there is no such field"))
      << said_;
}

TEST_F(DumpCommandTest, WritesToStandardOutput) {
  ASSERT_EQ(Import({Write("a.nt", "<ex:a> <ex:p> \"b\"@EN .\n")}, "store"), AdminExitCode::kDone);
  ASSERT_EQ(Dump("store", ""), AdminExitCode::kDone);
  EXPECT_THAT(said_, StartsWith("{\"dump\":1}\n{\"commit\":\""));
  EXPECT_THAT(said_, testing::EndsWith(
                         "\",\"load\":true}\n{\"predicate\":\"ex:p\"}\n"
                         "{\"id\":\"s/1\",\"claimant\":\"dataset/a\",\"dataset\":\"dataset/a\","
                         "\"mode\":\"record\",\"facts\":[[\"ex:a\",\"ex:p\",{\"text\":\"b\","
                         "\"language\":\"en\"}]]}\n"));
}

TEST_F(DumpCommandTest, LeavesNothingOfADumpThatFails) {
  ASSERT_EQ(Import({Write("a.nt", "<ex:a> <ex:p> <ex:b> .\n")}, "store"), AdminExitCode::kDone);
  const std::string dump = DumpOf(*Open("store"));
  EXPECT_EQ(
      Import({Write("dump", dump + "{\"id\":\"s/3\",\"claimant\":\"x\",\"facts\":[]}\n")}, "again"),
      AdminExitCode::kFailed);
  EXPECT_THAT(said_, HasSubstr("line 5: column 1: \"facts\": a statement needs at least one"));
  EXPECT_EQ(Import({Write("dump", dump + "{\"id\":\"s/3\",\"claimant\":\"x\",\"facts\":"
                                         "[[\"a\",\"ex:p\",\"b\"]]}\n")},
                   "again"),
            AdminExitCode::kFailed);
  EXPECT_THAT(said_, HasSubstr("line 5: the statement should be s/2"));
  EXPECT_EQ(Import({Write("dump", "{\"dump\":2}\n")}, "again"), AdminExitCode::kFailed);
  EXPECT_THAT(said_, HasSubstr("line 1: a dump of version 2"));
  EXPECT_FALSE(std::filesystem::exists(directory_.Child("again")));
  EXPECT_FALSE(std::filesystem::exists(directory_.Child("again.partial")));
}

TEST_F(DumpCommandTest, TakesADumpByItselfIntoANewDirectory) {
  ASSERT_EQ(Import({Write("a.nt", "<ex:a> <ex:p> <ex:b> .\n")}, "store"), AdminExitCode::kDone);
  const std::string dump = Write("dump", DumpOf(*Open("store")));
  EXPECT_EQ(Import({dump}, "store"), AdminExitCode::kFailed);
  EXPECT_THAT(said_, HasSubstr("goes into a new directory"));
  EXPECT_EQ(Import({dump, directory_.Child("a.nt")}, "again"), AdminExitCode::kFailed);
  EXPECT_THAT(said_, HasSubstr("by itself"));
}

TEST_F(DumpCommandTest, KeepsAnOlderFileWhenItFails) {
  const std::string path = Write("dump.gz", "older");
  EXPECT_EQ(Dump("nothing", path), AdminExitCode::kFailed);
  EXPECT_EQ(ContentOf(path), "older");
}

TEST_F(DumpCommandTest, InfoCountsWhatIsThere) {
  ASSERT_EQ(
      Import({Write("a.nt", "<ex:a> <ex:p> <ex:b> .\n<ex:a> <ex:p> \"a text of its own\" .\n")},
             "store"),
      AdminExitCode::kDone);
  ASSERT_EQ(Told([&](std::FILE* to) { return RunInfo(directory_.Child("store"), to, to); }),
            AdminExitCode::kDone);
  EXPECT_THAT(said_, testing::ContainsRegex("statements +1\n"));
  EXPECT_THAT(said_, testing::ContainsRegex("facts +2\n"));
  EXPECT_THAT(said_, testing::ContainsRegex("runs +1\n"));
  EXPECT_THAT(said_, testing::ContainsRegex("delta, facts +0\n"));
  EXPECT_THAT(said_, testing::ContainsRegex("runs, blocks +6\n"));
  EXPECT_THAT(said_, HasSubstr("compaction due: nothing"));
  EXPECT_THAT(said_, testing::ContainsRegex("\nquads +[0-9.]+ KiB"));
  EXPECT_THAT(said_, testing::Not(HasSubstr("read only")));
  EXPECT_EQ(Told([&](std::FILE* to) { return RunInfo(directory_.Child("nothing"), to, to); }),
            AdminExitCode::kFailed);
}

}  // namespace
}  // namespace sightline::server
