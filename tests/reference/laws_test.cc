// Laws that hold whatever the right answer is: the engine against itself, on a world and on a
// changed one. Environment as in differential_test.cc.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "tests/reference/engine_world.h"
#include "tests/reference/generator.h"
#include "tests/reference/trial.h"

namespace sightline::reference {
namespace {

// What a query gave: its error, or its rows in an order of their own.
struct Given {
  std::string error_code, error_text;
  std::vector<std::string> rows;
  bool operator==(const Given& other) const {
    return error_code == other.error_code && rows == other.rows;
  }
};

Given Ask(EngineWorld* engine, const std::string& text, const storage::Clearance& reader) {
  EngineRun run = engine->Run({"default", 2048, {}}, text, reader);
  std::sort(run.rows.begin(), run.rows.end());
  return {run.error_code, run.error_text, std::move(run.rows)};
}

std::string Listed(const std::string& title, const Given& given) {
  std::string text = "  " + title + ": " + given.error_text;
  for (const std::string& row : given.rows) text += "\n    " + row;
  return text + "\n";
}

std::string Report(uint64_t seed, const std::string& text, const storage::Clearance& reader,
                   const World& before, const std::string& before_title, const Given& was,
                   const std::string& after_title, const Given& is) {
  return "REFERENCE_SEED=" + std::to_string(seed) + ", as " + ReaderText(reader) + "\n" +
         ToScript(before) + "// The query\n" + text + "\n" + Listed(before_title, was) +
         Listed(after_title, is);
}

// A law that adds a statement and wants every answer to stay: the statement, and the queries it is
// for.
void ExpectUnchanged(uint64_t worlds, const QueryOptions& options, bool restricted_reader,
                     const std::function<WorldStatement(const World&, Random*)>& make) {
  uint64_t rows = 0;
  ForEachSeed(worlds, [&](uint64_t seed) {
    Random random(seed);
    const World world = RandomWorld(&random);
    const WorldStatement added = make(world, &random);
    const storage::Clearance reader =
        restricted_reader ? RandomReader(&random) : storage::Clearance::Unrestricted();
    const auto with = [&added](World base, size_t at) {
      base.statements.insert(base.statements.begin() + static_cast<ptrdiff_t>(at), added);
      return base;
    };
    // First of all, so that it is there before anything else is.
    EngineWorld before(world), after(with(world, 0));
    for (int i = 0; i < 30; ++i) {
      const std::string text = RandomQuery(options, &random);
      const Given was = Ask(&before, text, reader), is = Ask(&after, text, reader);
      rows += was.rows.size();
      if (was == is) continue;
      const World small = Shrunk(world, [&](const World& smaller) {
        EngineWorld engine(smaller), engine_with(with(smaller, 0));
        return !(Ask(&engine, text, reader) == Ask(&engine_with, text, reader));
      });
      EngineWorld small_before(small), small_after(with(small, 0));
      ADD_FAILURE() << Report(seed, text, reader, with(small, 0), "without the first statement",
                              Ask(&small_before, text, reader), "with it",
                              Ask(&small_after, text, reader));
    }
  });
  EXPECT_GT(rows, 0u);
}

// However many threads work, and however little they may keep: in the same order, too.
TEST(Law, SeveralThreadsGiveTheRowsOfOne) {
  uint64_t rows = 0;
  std::vector<EngineConfig> configs = EngineConfigs();
  std::erase_if(configs, [](const EngineConfig& config) { return config.morsel_rows == 0; });
  ForEachSeed(10, [&](uint64_t seed) {
    Random random(seed);
    const World world = seed % 2 == 0 ? RandomWorldWithJudgements(&random) : RandomWorld(&random);
    const storage::Clearance reader =
        random.Chance(60) ? storage::Clearance::Unrestricted() : RandomReader(&random);
    EngineWorld engine(world);
    for (int i = 0; i < 60; ++i) {
      const std::string text = RandomQuery({}, &random);
      const EngineRun one = engine.Run({"default", 2048, {}}, text, reader);
      rows += one.rows.size();
      for (const EngineConfig& config : configs) {
        const EngineRun several = engine.Run(config, text, reader);
        if (several.error_code == one.error_code && several.rows == one.rows) continue;
        ADD_FAILURE() << Report(seed, text, reader, world, "one thread",
                                {one.error_code, one.error_text, one.rows}, config.name,
                                {several.error_code, several.error_text, several.rows});
      }
    }
  });
  EXPECT_GT(rows, 0u);
}

// result(reader, data) = result(who sees everything, what the reader may see of the data)
TEST(Law, ReaderSeesTheWorldWithoutTheHidden) {
  uint64_t rows = 0;
  ForEachSeed(10, [&](uint64_t seed) {
    Random random(seed);
    const World world = seed % 2 == 0 ? RandomWorldWithJudgements(&random) : RandomWorld(&random);
    const storage::Clearance reader = RandomReader(&random);
    const storage::Clearance all = storage::Clearance::Unrestricted();
    EngineWorld full(world), restricted(Restricted(world, reader));
    for (int i = 0; i < 40; ++i) {
      const std::string text = RandomQuery({.paging = false}, &random);
      const Given seen = Ask(&full, text, reader), left = Ask(&restricted, text, all);
      rows += left.rows.size();
      if (seen == left) continue;
      const World small = Shrunk(world, [&](const World& smaller) {
        EngineWorld small_full(smaller), small_restricted(Restricted(smaller, reader));
        return !(Ask(&small_full, text, reader) == Ask(&small_restricted, text, all));
      });
      EngineWorld small_full(small), small_restricted(Restricted(small, reader));
      ADD_FAILURE() << Report(seed, text, reader, small, "to the reader",
                              Ask(&small_full, text, reader), "without the hidden",
                              Ask(&small_restricted, text, all));
    }
  });
  EXPECT_GT(rows, 0u);
}

TEST(Law, HiddenStatementChangesNothing) {
  ExpectUnchanged(4, {.paging = false}, true, [](const World&, Random* random) {
    WorldStatement statement = RandomStatement("hidden", 1, random);
    statement.marking.access = "Z";  // Nobody's token.
    return statement;
  });
}

// Who else says so is no new fact.
TEST(Law, RepeatingAStatementChangesNoFact) {
  ExpectUnchanged(4, {.scopes = false, .statements = false, .paging = false}, false,
                  [](const World& world, Random* random) {
                    while (true) {
                      WorldStatement statement =
                          world.statements[random->Below(world.statements.size())];
                      // Of several values that a ONE predicate has, the one that more say may win.
                      const bool best_counts = std::any_of(
                          statement.facts.begin(), statement.facts.end(), [](const auto& fact) {
                            return fact.predicate == "staff" || fact.predicate == "seat" ||
                                   fact.predicate == "worth" || fact.predicate == "since";
                          });
                      if (best_counts) continue;
                      statement.label = "repeated";
                      statement.claimant = "src/new";
                      return statement;
                    }
                  });
}

// Polarity is the claimant's: a denial takes nothing from anybody, unless one asks for that.
TEST(Law, DenialRemovesNothing) {
  ExpectUnchanged(4, {.scopes = false, .statements = false, .paging = false}, false,
                  [](const World& world, Random* random) {
                    WorldStatement statement = RandomStatement("denial", 1, random);
                    if (random->Chance(80)) {
                      statement.facts =
                          world.statements[random->Below(world.statements.size())].facts;
                    }
                    statement.polarity = storage::Polarity::kDenies;
                    return statement;
                  });
}

// Fewer sources say less, wherever nothing is asked for that is lost by hearing more.
TEST(Law, NarrowerSourcesGiveFewerRows) {
  uint64_t rows = 0;
  const QueryOptions options = {
      .scopes = false, .aggregates = false, .negation = false, .paging = false, .dots = false};
  ForEachSeed(6, [&](uint64_t seed) {
    Random random(seed);
    const World world = RandomWorld(&random);
    const storage::Clearance all = storage::Clearance::Unrestricted();
    EngineWorld engine(world);
    for (int i = 0; i < 40; ++i) {
      const std::string text = RandomQuery(options, &random);
      const std::string narrow =
          random.OneOf({"ACCORDING TO #src/0 ", "ACCORDING TO #src/1, #src/2 ",
                        "NOT ACCORDING TO #src/3 ", "RELIABILITY C OR BETTER ",
                        "CREDIBILITY 3 OR BETTER ", "AS OF 2021-01-01 ", "BACKED BY 2 SOURCES "});
      const auto is_within = [&](EngineWorld* store, Given* wide, Given* less) {
        *wide = Ask(store, text, all);
        *less = Ask(store, narrow + text, all);
        return wide->error_code == less->error_code &&
               std::includes(wide->rows.begin(), wide->rows.end(), less->rows.begin(),
                             less->rows.end());
      };
      Given wide, less;
      const bool within = is_within(&engine, &wide, &less);
      rows += less.rows.size();
      if (within || less.error_code == "SL2016") continue;
      const World small = Shrunk(world, [&](const World& smaller) {
        EngineWorld smaller_engine(smaller);
        Given a, b;
        return !is_within(&smaller_engine, &a, &b) && b.error_code != "SL2016";
      });
      EngineWorld small_engine(small);
      is_within(&small_engine, &wide, &less);
      ADD_FAILURE() << Report(seed, narrow + text, all, small, "of all sources", wide, "of some",
                              less);
    }
  });
  EXPECT_GT(rows, 0u);
}

// Pages put together are the whole result, each row once.
TEST(Law, PagesPutTogetherAreTheResult) {
  uint64_t rows = 0;
  ForEachSeed(6, [&](uint64_t seed) {
    Random random(seed);
    const World world = RandomWorld(&random);
    const storage::Clearance reader = RandomReader(&random);
    EngineWorld engine(world);
    for (int i = 0; i < 25; ++i) {
      const std::string text = RandomQuery({.paging = false, .unions = false}, &random);
      const std::string order = random.Chance(50) ? " ORDER BY c0" : "";
      const std::string limit = std::to_string(1 + random.Below(3));
      Given whole = Ask(&engine, text + order, reader);
      EngineRun pages =
          engine.RunPages(text + order + " LIMIT " + limit + " AFTER $cursor", reader);
      std::sort(pages.rows.begin(), pages.rows.end());
      rows += pages.rows.size();
      EXPECT_EQ(pages.error_code, whole.error_code) << text << order << " " << pages.error_text;
      EXPECT_EQ(pages.rows, whole.rows)
          << "REFERENCE_SEED=" << seed << ", as " << ReaderText(reader) << "\n"
          << ToScript(world) << text << order << " LIMIT " << limit;
    }
  });
  EXPECT_GT(rows, 0u);
}

// The labels of the statements in the text of a row's evidence.
std::set<std::string> StatementsIn(const std::string& evidence) {
  static const std::string kBefore = "quote: '";
  std::set<std::string> labels;
  for (size_t at = evidence.find(kBefore); at != std::string::npos;
       at = evidence.find(kBefore, at)) {
    at += kBefore.size();
    labels.insert(evidence.substr(at, evidence.find('\'', at) - at));
  }
  return labels;
}

// What WHY shows for a row is enough: a world of nothing else gives the row again.
TEST(Law, EvidenceAloneGivesTheRow) {
  constexpr char kEvidence[] = "[{derivation: ";
  // That a node is there at all is no fact: neither a node without an edge nor a chain of no steps
  // rests on one.
  const std::regex kWithoutFacts(R"((MATCH |, )\([^()]*\)(?! ?[-<(])|\{0|\*0)");
  uint64_t rows = 0;
  const QueryOptions options = {
      .scopes = false, .aggregates = false, .negation = false, .paging = false};
  ForEachSeed(4, [&](uint64_t seed) {
    Random random(seed);
    const World world = RandomWorld(&random);
    const storage::Clearance all = storage::Clearance::Unrestricted();
    EngineWorld engine(world);
    for (int i = 0; i < 12; ++i) {
      const std::string scope =
          random.OneOf({"", "", "RELIABILITY C OR BETTER ", "CREDIBILITY 3 OR BETTER ",
                        "AS OF 2021-01-01 ", "NOT ACCORDING TO #src/3 "});
      const std::string text = "WHY " + scope + RandomQuery(options, &random);
      if (std::regex_search(text, kWithoutFacts)) continue;
      const Given given = Ask(&engine, text, all);
      for (size_t row = 0; row < given.rows.size() && row < 3; ++row) {
        const size_t evidence = given.rows[row].find(kEvidence);
        if (evidence == std::string::npos) continue;  // A row that rests on nothing.
        const std::string cells = given.rows[row].substr(0, evidence);
        const std::set<std::string> labels = StatementsIn(given.rows[row].substr(evidence));
        World rest = world;
        std::erase_if(rest.statements,
                      [&](const WorldStatement& s) { return !labels.contains(s.label); });
        EngineWorld small(rest);
        const Given again = Ask(&small, text, all);
        // A name that nothing has any more is an error and no answer.
        if (again.error_code.starts_with("SL20")) continue;
        ++rows;
        const bool is_there =
            std::any_of(again.rows.begin(), again.rows.end(),
                        [&](const std::string& other) { return other.starts_with(cells); });
        EXPECT_TRUE(is_there) << Report(seed, text, all, rest, "of all", given, "of the evidence",
                                        again)
                              << "  the row: " << given.rows[row];
      }
    }
  });
  EXPECT_GT(rows, 0u);
}

// A chain for path laws, of a few facts.
std::string RandomSteps(Random* random) {
  const std::vector<std::string> names = {"supplies", "sells", "borders", "owns", "suppliedBy"};
  const std::string inside = "[:" + random->OneOf(names) + "|" + random->OneOf(names) + "*1..3]";
  return random->Chance(30) ? "-" + inside + "-" : "-" + inside + "->";
}

// What must not come again takes paths away, and adds none.
TEST(Law, StricterModesGiveFewerPaths) {
  uint64_t rows = 0;
  ForEachSeed(4, [&](uint64_t seed) {
    Random random(seed);
    const World world = RandomWorld(&random);
    const storage::Clearance reader = RandomReader(&random);
    EngineWorld engine(world);
    for (int i = 0; i < 8; ++i) {
      const std::string behind =
          " (a)" + RandomSteps(&random) + "(b) RETURN a, b, facts(p), nodes(p)";
      Given wider = Ask(&engine, "MATCH p = ALL WALK" + behind, reader);
      for (const char* mode : {"ALL TRAIL", "ALL SIMPLE", "ALL ACYCLIC"}) {
        Given narrower = Ask(&engine, std::string("MATCH p = ") + mode + behind, reader);
        EXPECT_EQ(narrower.error_text, "") << behind;
        EXPECT_TRUE(std::includes(wider.rows.begin(), wider.rows.end(), narrower.rows.begin(),
                                  narrower.rows.end()))
            << "REFERENCE_SEED=" << seed << " " << mode << behind;
        rows += narrower.rows.size();
        wider = std::move(narrower);
      }
    }
  });
  EXPECT_GT(rows, 0u);
}

// A shortest path is as long as the shortest of all paths, by whichever search it was found.
TEST(Law, ShortestIsTheShortestOfAll) {
  uint64_t rows = 0;
  ForEachSeed(4, [&](uint64_t seed) {
    Random random(seed);
    const World world = RandomWorld(&random);
    const storage::Clearance reader = RandomReader(&random);
    EngineWorld engine(world);
    for (int i = 0; i < 8; ++i) {
      const std::string behind = " (a)" + RandomSteps(&random) + "(b) RETURN a, b, ";
      for (const std::string mode : {"WALK", "TRAIL", "SIMPLE", "ACYCLIC"}) {
        const Given all =
            Ask(&engine, "MATCH p = ALL " + mode + behind + "min(length(p)) AS n", reader);
        for (const std::string selector : {"SHORTEST ", "ANY ", "CHEAPEST "}) {
          const std::string cost = selector == "CHEAPEST " ? "(b) COST 1 RETURN" : "(b) RETURN";
          std::string text = "MATCH p = " + selector + mode + behind + "length(p) AS n";
          text.replace(text.find("(b) RETURN"), 10, cost);
          const Given one = Ask(&engine, text, reader);
          EXPECT_EQ(one.error_text, "") << text;
          EXPECT_EQ(all.rows, one.rows) << "REFERENCE_SEED=" << seed << " " << text;
          rows += one.rows.size();
        }
      }
    }
  });
  EXPECT_GT(rows, 0u);
}

}  // namespace
}  // namespace sightline::reference
