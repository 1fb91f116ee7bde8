// The engine against the reference evaluator, on random worlds and random queries, under every
// configuration of the engine. REFERENCE_WORLDS=500 in the environment tries more worlds than the
// few of a usual run; REFERENCE_SEED=17 begins with that one (a failure prints its seed).

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <set>

#include "tests/reference/engine_world.h"
#include "tests/reference/generator.h"
#include "tests/reference/reference.h"
#include "tests/reference/trial.h"

namespace sightline::reference {
namespace {

constexpr int kQueriesPerWorld = 30;

// What is wrong with the engine's answer, under any configuration; empty when nothing is. `outcome`
// tells whether the query ran.
std::string WhatIsWrong(EngineWorld* engine, const World& world, const std::string& text,
                        const storage::Clearance& clearance, Tally* tally) {
  std::string wanted_error;
  Answer answer;
  try {
    answer = Evaluate(world, clearance, text);
  } catch (const NotCovered& not_covered) {
    ++tally->skipped;
    return std::string("not covered by the reference: ") + not_covered.what();
  } catch (const QueryFails& fails) {
    wanted_error = fails.what();
  }
  if (answer.ambiguous) {
    ++tally->ambiguous;
    return "";
  }
  for (const EngineConfig& config : EngineConfigs()) {
    const EngineRun run = engine->Run(config, text, clearance);
    std::string wrong;
    if (run.error_code != wanted_error) {
      wrong = run.error_code.empty() ? "no error, not " + wanted_error : "error " + run.error_text;
    } else if (wanted_error.empty()) {
      wrong = Disagreement(answer, run.rows);
    }
    if (wrong.empty()) continue;
    wrong = config.name + ": " + wrong + "\n  engine:";
    for (const std::string& row : run.rows) wrong += "\n    " + row;
    wrong += "\n  reference:" + wanted_error;
    for (const std::string& row : answer.rows) wrong += "\n    " + row;
    return wrong;
  }
  if (!wanted_error.empty()) {
    ++tally->failing;
  } else {
    ++(answer.rows.empty() ? tally->empty : tally->with_rows);
  }
  return "";
}

TEST(Differential, EngineAgreesWithReference) {
  Tally tally;
  ForEachSeed(20, [&](uint64_t seed) {
    Random random(seed);
    const World world = seed % 2 == 0 ? RandomWorldWithJudgements(&random) : RandomWorld(&random);
    EngineWorld engine(world);
    for (int i = 0; i < kQueriesPerWorld; ++i) {
      const storage::Clearance clearance =
          random.Chance(60) ? storage::Clearance::Unrestricted() : RandomReader(&random);
      const std::string text = RandomQuery({}, &random);
      const std::string wrong = WhatIsWrong(&engine, world, text, clearance, &tally);
      if (wrong.empty()) continue;
      // With as few statements as show it.
      const World small = Shrunk(world, [&](const World& smaller) {
        EngineWorld smaller_engine(smaller);
        Tally ignored;
        return !WhatIsWrong(&smaller_engine, smaller, text, clearance, &ignored).empty();
      });
      EngineWorld small_engine(small);
      ADD_FAILURE() << "REFERENCE_SEED=" << seed << ", query " << i << ", as "
                    << ReaderText(clearance) << "\n"
                    << ToScript(small) << "// The query\n"
                    << text << "\n"
                    << WhatIsWrong(&small_engine, small, text, clearance, &tally);
    }
  });
  std::cout << tally.ToString() << "\n";
  EXPECT_EQ(tally.skipped, 0u);
  // A generator that makes nothing but empty answers would test nothing.
  EXPECT_GT(tally.with_rows, tally.empty / 3);
  EXPECT_LT(tally.failing + tally.ambiguous, (tally.with_rows + tally.empty) / 5 + 10);
}

}  // namespace
}  // namespace sightline::reference
