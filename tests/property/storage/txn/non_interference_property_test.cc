// Two stores that differ only in what a reader may not see give him the same answers to everything.
//
// The low store gets random statements; the high store gets the same and, in the same transactions,
// hidden ones in between: about the same nodes, about nodes of their own, denials, names,
// retractions. Numbers of terms and statements differ then, so that answers are compared by
// external ids, and statements by their place among the visible ones.
//
// SIGHTLINE_PROPERTY_SEED repeats one run, SIGHTLINE_PROPERTY_RUNS sets how many there are.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "storage/store.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::ClearanceOf;
using test::OrThrow;
using test::SayDetails;
using test::TestStore;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

const std::vector<std::string> kNodes = {"org/a", "org/b", "org/c", "hid/a", "hid/b", "src/h"};
const std::vector<std::string> kNames = {"Hikvision", "HIKVISION", "Hikvisiom", "Dahua Technology",
                                         "Iray"};

// Writes one random statement. The same random numbers give the same statement.
StatementId SayRandomly(TestStore* store, std::mt19937_64* random, bool hidden) {
  const auto pick = [random](uint64_t count) { return (*random)() % count; };
  SayDetails details;
  if (hidden) {
    details.marking =
        pick(2) == 0 ? Marking{TlpLabel::kRed, ""} : Marking{TlpLabel::kClear, "nato"};
  }
  const std::string prefix = hidden && pick(2) == 0 ? "hid/" : "org/";
  const auto node = [&] {
    return prefix + static_cast<char>('a' + pick(prefix == "hid/" ? 2 : 3));
  };
  const std::string claimant = hidden ? "src/h" : "src/l";
  const std::string subject = node();
  switch (pick(4)) {
    case 0:
      return store->Say(claimant, subject, kName, Value::OfText(kNames[pick(kNames.size())]),
                        details);
    case 1:
      return store->Deny(claimant, subject, "supplies", node(), details);
    default:
      return store->Say(claimant, subject, pick(2) == 0 ? "supplies" : "owns", node(), details);
  }
}

// All that the reader can find out, as lines of text.
std::vector<std::string> Observe(TestStore* store, const Clearance& clearance) {
  std::vector<std::string> lines;
  const auto view = store->View(clearance);
  const std::vector<StatementId> visible = [&] {
    std::vector<StatementId> ids;
    for (uint64_t id = 1; id < 2000; ++id) {
      if (view->GetStatement(StatementId{id}).ok()) ids.push_back(StatementId{id});
    }
    return ids;
  }();
  const auto rank = [&](StatementId id) {
    const auto place = std::find(visible.begin(), visible.end(), id);
    EXPECT_NE(place, visible.end()) << "a hidden statement shows: s/" << id.value;
    return place - visible.begin();
  };
  const auto text = [&](TermId term) {
    return term.is_node() ? OrThrow(view->ExternalIdOf(term))
                          : OrThrow(view->ValueOf(term)).ToString();
  };
  lines.push_back(fmt::format("revision {}, {} statements", view->revision().value,
                              view->default_scope()->size()));
  for (uint64_t revision = 0; revision <= view->revision().value; ++revision) {
    for (int rule = 0; rule < 5; ++rule) {
      ScopeConditions conditions;
      conditions.known_at = Revision{revision};
      conditions.dispute_rule = static_cast<DisputeRule>(rule);
      const ScopePtr scope = OrThrow(view->Resolve(conditions));
      for (int order = 0; order < kPermutationCount; ++order) {
        std::vector<std::string> rows;
        for (const Quad& quad :
             test::QuadsIn(*view, static_cast<Permutation>(order), KeyPrefix::Of(), scope)) {
          rows.push_back(fmt::format("{} {} {} @{}", text(quad.fact.subject),
                                     text(quad.fact.predicate), text(quad.fact.object),
                                     rank(quad.statement)));
        }
        for (const Fact& fact :
             test::FactsIn(*view, static_cast<Permutation>(order), KeyPrefix::Of(), scope)) {
          rows.push_back(
              fmt::format("{} {} {}", text(fact.subject), text(fact.predicate), text(fact.object)));
        }
        std::sort(rows.begin(), rows.end());  // The order is that of the numbers.
        lines.push_back(fmt::format("known at {}, rule {}, order {}", revision, rule, order));
        lines.insert(lines.end(), rows.begin(), rows.end());
      }
    }
  }
  for (const StatementId id : visible) {
    const Statement statement = OrThrow(view->GetStatement(id));
    lines.push_back(
        fmt::format("@{}: {} {} r{} {}", rank(id), text(statement.content.context.claimant),
                    statement.content.facts.size(), statement.revision.value,
                    statement.retraction ? statement.retraction->reason : "not retracted"));
  }
  for (const std::string& id : kNodes) {
    const auto node = OrThrow(view->FindNode(id));
    lines.push_back(fmt::format("{} {}", id, node ? OrThrow(view->CaptionOf(*node)) : "unknown"));
  }
  for (const std::string& name : kNames) {
    std::vector<std::string> named;
    for (const TermId node : OrThrow(view->NodesNamed(name, *view->default_scope()))) {
      named.push_back(text(node));
    }
    std::sort(named.begin(), named.end());
    lines.push_back(fmt::format("named {}: {}", name, fmt::join(named, ", ")));
    std::string alike;
    for (const NameMatch& match :
         OrThrow(view->NodesAlike(name, *view->default_scope(), {.count_max = 2}))) {
      alike += fmt::format(" {} {} {}", text(match.node), match.score, match.name);
    }
    lines.push_back(fmt::format("alike {}:{}", name, alike));
    lines.push_back(
        fmt::format("like {}: {}", name, fmt::join(OrThrow(view->NamesLike(name, 2, 10)), ", ")));
  }
  for (const auto& [name, definition] : view->catalog().predicates()) lines.push_back(name);
  return lines;
}

TEST(NonInterferenceProperty, HiddenStatementsChangeNoAnswer) {
  const uint64_t first = FromEnvironment("SIGHTLINE_PROPERTY_SEED", std::random_device()());
  const uint64_t run_count = FromEnvironment("SIGHTLINE_PROPERTY_RUNS", 6);
  const Clearance reader = ClearanceOf(TlpLabel::kAmber, {"eu"});
  for (uint64_t seed = first; seed < first + run_count; ++seed) {
    SCOPED_TRACE(fmt::format("SIGHTLINE_PROPERTY_SEED={}", seed));
    std::mt19937_64 shared_low(seed), shared_high(seed), hidden(seed + 1), choice(seed + 2);
    TestStore low, high;
    for (TestStore* store : {&low, &high}) {
      store->Predicate("supplies");
      store->Predicate("owns");
      store->Commit();
    }
    std::vector<std::pair<StatementId, StatementId>> open;  // The same statement, low and high.
    std::vector<StatementId> hidden_open;
    for (int step = 0; step < 60; ++step) {
      const uint64_t what = choice() % 10;
      if (what < 5) {
        const auto in_high = SayRandomly(&high, &shared_high, false);
        open.emplace_back(SayRandomly(&low, &shared_low, false), in_high);
        std::sort(open.begin(), open.end());
        open.erase(std::unique(open.begin(), open.end()), open.end());
      }
      if (what >= 2 && what < 8) {
        hidden_open.push_back(SayRandomly(&high, &hidden, true));
        std::sort(hidden_open.begin(), hidden_open.end());
        hidden_open.erase(std::unique(hidden_open.begin(), hidden_open.end()), hidden_open.end());
      }
      if (what == 8 && !open.empty()) {
        const size_t index = choice() % open.size();
        low.Retract(open[index].first, "withdrawn");
        high.Retract(open[index].second, "withdrawn");
        open.erase(open.begin() + static_cast<ptrdiff_t>(index));
        if (!hidden_open.empty()) {
          high.Retract(hidden_open.back(), "hidden reason");
          hidden_open.pop_back();
        }
      }
      if (what == 9 || step == 59) {
        // Something of its own in each commit: the number of commits is no secret, and the two
        // stores must make the same.
        for (TestStore* store : {&low, &high}) {
          store->DefineClass(fmt::format("Class{}", step));
          store->Commit();
        }
      }
    }
    ASSERT_EQ(low->revision(), high->revision());
    const auto in_low = Observe(&low, reader);
    const auto in_high = Observe(&high, reader);
    ASSERT_EQ(in_low, in_high);
    // The test would see a difference: whoever is cleared gets other answers.
    ASSERT_NE(in_low, Observe(&high, Clearance::Unrestricted()));
  }
}

}  // namespace
}  // namespace sightline::storage
