// NodesAlike finds what comparing the query with every visible name finds.
//
// Random names, said and denied under random markings, retracted, over random commits; asked by
// random readers, as known at random revisions, for all and for the first few. The other side goes
// through the facts in scope and knows no index.
//
// SIGHTLINE_PROPERTY_SEED repeats one run, SIGHTLINE_PROPERTY_RUNS sets how many there are.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "storage/store.h"
#include "storage/text/name_match.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::ClearanceOf;
using test::OrThrow;
using test::TestStore;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

const std::vector<std::string> kWords = {
    "Hikvision", "Hikvizhn", "Хиквижн", "海康",   "威视",   "haikang",  "weishi",
    "Mohammed",  "محمد",     "العدل",   "al-Adl", "GmbH",   "Co., Ltd", "ООО",
    "Sergei",    "Сергей",   "Lavrov",  "Лавров", "Lawrow", "Bank",     "of",
    "Moscow",    "a",        "7",       "...",    "Zhukov", "Жуков",    "Łódź"};

std::string RandomName(std::mt19937_64* random) {
  std::string name;
  for (uint64_t count = 1 + (*random)() % 3; count > 0; --count) {
    std::string word = kWords[(*random)() % kWords.size()];
    if ((*random)() % 3 == 0) word.insert((*random)() % 2 == 0 ? 0 : word.size(), "x");
    name += (name.empty() ? "" : " ") + word;
  }
  return name;
}

using Matches = std::vector<std::pair<std::string, std::string>>;  // Id, score and name.

std::string ScoreText(double score) { return fmt::format("{:.12f}", score); }

Matches FromIndex(const ReadView& view, const std::string& query, const Scope& scope,
                  size_t count_max) {
  Matches matches;
  for (const NameMatch& match : OrThrow(view.NodesAlike(query, scope, {.count_max = count_max}))) {
    matches.emplace_back(OrThrow(view.ExternalIdOf(match.node)),
                         ScoreText(match.score) + " " + match.name);
  }
  return matches;
}

Matches ByComparingAll(const ReadView& view, const std::string& query, const ScopePtr& scope,
                       size_t count_max) {
  const NameQuery asked(query);
  std::map<std::string, std::pair<double, std::string>> best;
  for (const std::string_view predicate : {kName, kAlias}) {
    const TermId id = view.catalog().FindPredicate(predicate)->id;
    for (const Fact& fact : test::FactsIn(view, Permutation::kPso, KeyPrefix::Of(id), scope)) {
      const std::string name = OrThrow(view.ValueOf(fact.object)).get_if<Text>()->text;
      const NameForm form = FormOfName(name);
      const double score = asked.Score(form);
      if (!asked.MayMatch(form) || score < kNameScoreMin) continue;
      auto& known = best[OrThrow(view.ExternalIdOf(fact.subject))];
      if (known.second.empty() || score > known.first ||
          (score == known.first && name < known.second)) {
        known = {score, name};
      }
    }
  }
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [id, match] : best) order.emplace_back(-match.first, id);
  std::sort(order.begin(), order.end());
  if (order.size() > count_max) order.resize(count_max);
  Matches matches;
  for (const auto& [score, id] : order) {
    matches.emplace_back(id, ScoreText(-score) + " " + best[id].second);
  }
  return matches;
}

TEST(NameSearchProperty, FindsWhatComparingAllNamesFinds) {
  const uint64_t first = FromEnvironment("SIGHTLINE_PROPERTY_SEED", std::random_device()());
  const uint64_t run_count = FromEnvironment("SIGHTLINE_PROPERTY_RUNS", 3);
  for (uint64_t seed = first; seed < first + run_count; ++seed) {
    SCOPED_TRACE(fmt::format("SIGHTLINE_PROPERTY_SEED={}", seed));
    std::mt19937_64 random(seed);
    TestStore store;
    std::vector<StatementId> said;
    // The last one makes more names than wait unnumbered.
    for (int commit = 0; commit < 6; ++commit) {
      const uint64_t names = commit == 4 ? 1500 : random() % 60;
      for (uint64_t i = 0; i < names; ++i) {
        const std::string subject = fmt::format("org/{}", random() % 40);
        const std::string_view predicate = random() % 2 == 0 ? kName : kAlias;
        const test::SayDetails details{
            .marking = {random() % 4 == 0 ? TlpLabel::kRed : TlpLabel::kClear, ""}};
        const Value name = Value::OfText(RandomName(&random));
        said.push_back(random() % 10 == 0
                           ? store.Deny("org/source", subject, predicate, name, details)
                           : store.Say("org/source", subject, predicate, name, details));
      }
      std::sort(said.begin(), said.end());
      said.erase(std::unique(said.begin(), said.end()), said.end());
      for (uint64_t i = random() % 4; i > 0 && !said.empty(); --i) {
        const auto which = said.begin() + static_cast<ptrdiff_t>(random() % said.size());
        store.Retract(*which);
        said.erase(which);
      }
      store.Commit();
    }
    const uint64_t newest = store.View()->revision().value;
    for (int i = 0; i < 40; ++i) {
      const Clearance reader =
          random() % 2 == 0 ? Clearance::Unrestricted() : ClearanceOf(TlpLabel::kGreen);
      const auto view = store.View(reader);
      ScopeConditions conditions;
      if (random() % 2 == 0) conditions.known_at = Revision{random() % (newest + 1)};
      const ScopePtr scope = OrThrow(view->Resolve(conditions));
      const std::string query = RandomName(&random);
      const size_t count_max = random() % 2 == 0 ? 3 : 1'000'000;
      ASSERT_EQ(FromIndex(*view, query, *scope, count_max),
                ByComparingAll(*view, query, scope, count_max))
          << query;
    }
  }
}

}  // namespace
}  // namespace sightline::storage
