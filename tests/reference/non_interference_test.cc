// Non-interference (Goguen and Meseguer, 1982): two stores that differ only in what a reader may
// not see give him the same answers, to the last letter: columns, rows and their order, counts,
// cards, errors with their suggestions, notices, plans with their estimates, what was touched,
// pages.
//
// The one thing that may differ is how statements and unnamed entities are called: their names are
// images of the store's numbers under a key of its own (storage/base/id_cipher.h). They are
// compared up to renaming.
//
// Environment as in differential_test.cc; a world has kSessionsAWorld sessions.

#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <functional>
#include <map>
#include <regex>
#include <set>

#include "query/engine.h"
#include "tests/reference/cell_text.h"
#include "tests/reference/engine_world.h"
#include "tests/reference/generator.h"
#include "tests/reference/trial.h"

namespace sightline::reference {
namespace {

constexpr uint64_t kWorlds = 42;
constexpr int kSessionsAWorld = 12;  // 504 sessions in all.
constexpr int kQuestionsASession = 4;

// Names of statements and of unnamed entities, numbered in the order in which they come.
std::string UpToRenaming(const std::string& text) {
  std::map<std::string, size_t> numbers;
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const bool starts = at == 0 || std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0;
    const bool is_statement = text.compare(at, 2, "s/") == 0;
    const bool is_unnamed = text.compare(at, 2, "_/") == 0;
    size_t end = at + 2;
    while ((is_statement || is_unnamed) && end < text.size() &&
           std::isxdigit(static_cast<unsigned char>(text[end])) != 0) {
      ++end;
    }
    if (!starts || end <= at + 2) {
      out += text[at++];
      continue;
    }
    const std::string name = text.substr(at, end - at);
    out += name.substr(0, 2) + "#" +
           std::to_string(numbers.emplace(name, numbers.size()).first->second);
    at = end;
  }
  return out;
}

// All that a reader is told. `next_cursor` gets the cursor of the next page.
std::string Told(EngineWorld* world, const std::string& text, const storage::Clearance& reader,
                 const query::EngineOptions& options, const std::string& cursor,
                 std::string* next_cursor) {
  query::QueryEngine engine(&*world->store(), options);
  query::QueryRequest request;
  request.text = text;
  request.clearance = reader;
  if (text.find("$cursor") != std::string::npos) {
    request.parameters["cursor"] = cursor.empty() ? query::Datum() : query::Datum::OfText(cursor);
  }
  // How many facts a search for paths touches depends a little on the order of its rows: a known
  // gap (docs/security.md).
  const bool searches = text.find("SHORTEST") != std::string::npos ||
                        text.find("CHEAPEST") != std::string::npos ||
                        text.find(" = ANY") != std::string::npos;
  std::string told;
  const auto failed = [&](const Status& status) {
    for (const query::Diagnostic& diagnostic : query::DiagnosticsOf(status)) {
      told += query::Render(diagnostic, text);
    }
    return told + status.ToString();
  };
  const auto opened = engine.Execute(request);
  if (!opened.ok()) return failed(opened.status());
  query::ResultCursor& rows = **opened;
  for (const query::Column& column : rows.columns()) told += column.name + " | ";
  std::set<storage::TermId> seen;
  const TermText term_text = [&](storage::TermId term) {
    if (!term.is_node()) return ValueCellText(test::OrThrow(rows.ValueOf(term)));
    seen.insert(term);
    return test::OrThrow(rows.ExternalIdOf(term));
  };
  query::ResultBatch batch;
  while (true) {
    const StatusOr<size_t> count = rows.Next(&batch);
    if (!count.ok()) return failed(count.status());
    if (*count == 0) break;
    for (size_t row = 0; row < batch.row_count; ++row) {
      std::vector<query::Datum> cells;
      for (size_t column = 0; column < batch.columns.size(); ++column) {
        // What a profile measures with a clock is another figure each time.
        const std::string& name = rows.columns()[column].name;
        const bool is_measured =
            name == "micros" || name == "memory_bytes" || (name == "facts_touched" && searches);
        if (!is_measured) cells.push_back(batch.columns[column][row]);
      }
      // What WHY says of when it was asked is another time each time.
      static const std::regex kAsked(R"(as_of: \d{4}-[-0-9T:.]+Z)");
      told += "\n" + std::regex_replace(RowText(cells, term_text, ListOrder::kAsGiven), kAsked,
                                        "as_of: now");
    }
  }
  std::set<std::string> cards;
  for (const storage::TermId node : seen) {
    if (node.is_statement()) continue;  // Has no caption; its name is compared in the rows.
    const query::NodeCard card = test::OrThrow(rows.CardOf(node));
    cards.insert(card.external_id + " " + card.class_name + " " + card.caption);
  }
  for (const std::string& card : cards) told += "\ncard " + card;
  const query::QuerySummary& summary = rows.summary();
  for (const query::Diagnostic& notice : summary.notices) {
    told += "\n" + query::Render(notice, text);
  }
  told += "\nrows " + std::to_string(summary.rows) + ", touched " +
          (searches ? "" : std::to_string(summary.facts_touched)) + ", cut " +
          std::to_string(static_cast<int>(summary.truncation)) +
          (summary.next_cursor.empty() ? "" : ", more");
  *next_cursor = summary.next_cursor;
  return told;
}

// Questions for paths that show which of equally good ones is kept.
std::string RandomPathQuestion(Random* random) {
  const auto node = [random](const std::string& name) {
    return random->Chance(45)   ? "(" + name + ")"
           : random->Chance(25) ? "(" + name + ":Body)"
                                : "(" + name + ":#e" + std::to_string(random->Below(12)) + ")";
  };
  const std::string what =
      random->OneOf({"", ":supplies", ":owns|supplies", ":supplies|owns|borders",
                     ":supplies|owns|borders", ":within", ":borders|within", ":!owns"});
  const auto edge = [&](const std::string& variable, const std::string& hops) {
    return random->OneOf({"-[", "-[", "<-["}) + variable + what + hops + "]-" +
           (random->Chance(50) ? ">" : "");
  };
  const auto arrow = [&](const std::string& variable, const std::string& hops) {
    std::string text = edge(variable, hops);
    // Not both heads.
    if (text.starts_with("<") && text.ends_with(">")) text.pop_back();
    return text;
  };
  const std::string why = random->Chance(40) ? "WHY " : "";
  const std::string limit =
      random->Chance(30) ? " LIMIT " + std::to_string(1 + random->Below(4)) : "";
  switch (random->Below(6)) {
    case 0:
      return why + "MATCH " + node("a") +
             arrow("r", random->OneOf({"*", "*1..3", "*2..3", "*0.."})) + node("b") +
             " RETURN a, b, r" + limit;
    case 1:
      return why + "MATCH p = " + node("a") + arrow("", random->OneOf({"*", "*..3"})) + node("b") +
             " RETURN p.nodes, p.facts" + limit;
    case 2:
      return why + "MATCH p = " + random->OneOf({"CHEAPEST", "CHEAPEST 2", "CHEAPEST 3 ACYCLIC"}) +
             " " + node("a") + arrow("r", "*1..3") + node("b") + " COST " +
             random->OneOf({"1", "r.count", "10 - r.count"}) + " RETURN p.nodes, p.facts, cost(p)" +
             limit;
    case 3:
      return "MATCH (a:#e" + std::to_string(random->Below(12)) + ") MATCH (b:#e" +
             std::to_string(random->Below(12)) +
             ") MATCH p = " + random->OneOf({"SHORTEST 3", "ALL SHORTEST"}) + " (a)" +
             arrow("", "*1..4") + "(b)" +
             random->OneOf({"", " AVOIDING (#e3)", " AVOIDING HUBS OVER 3"}) +
             " RETURN p.nodes, p.facts ORDER BY length(p) LIMIT 3";
    case 4:
      return why + "MATCH (x)-[:owns]->" + node("a") + arrow("r", "*1..3") + node("b") +
             " RETURN x, a, b, r" + limit;
    default:
      return why + "MATCH p = " +
             random->OneOf({"SHORTEST", "SHORTEST", "ANY", "ANY 2", "ANY SHORTEST WALK",
                            "ALL SHORTEST", "SHORTEST 2", "SHORTEST 3 TRAIL", "SHORTEST 2 ACYCLIC",
                            "SHORTEST 2 WALK", "SHORTEST 2 GROUPS", "ANY ACYCLIC"}) +
             " " + node("a") + arrow("", random->OneOf({"*1..3", "*2..3", "*1..2"})) + node("b") +
             " RETURN p.nodes, p.facts" + limit;
  }
}

std::string RandomQuestion(Random* random) {
  switch (random->Below(15)) {
    case 14:
      return random->OneOf(
          {"MATCH (a)-[r:supplies|owns]->(b) RETURN a, b, origins(r), roots(r)",
           "BACKED BY 2 SOURCES MATCH (a)-[:supplies]->(b) RETURN a, b",
           "WHY ACCORDING TO #src/1 MATCH (a)-[:supplies|owns|borders]->(b) RETURN a, b",
           "WHY ACCORDING TO #src/0, #src/2 MATCH (a)-[:supplies]->(b) RETURN count(*) AS n",
           "MATCH (a:Firm)-[:weight]->(w) RETURN sum(w) AS total",
           "MATCH (a)-[:weight]->(w) RETURN sum(w) AS total, max(w) AS most",
           "CALL contradictions() YIELD denied, asserted, reading, how RETURN *",
           "WHY CALL contradictions() YIELD how RETURN how LIMIT 2",
           "CALL disputedFigures() YIELD subject, figure, other RETURN *"});
    case 12:
    case 13:
      return RandomPathQuestion(random);
    case 10:
      return random->OneOf(
          {"MATCH (a)-[:weight]->(w) RETURN sum(w) AS s, avg(w) AS m, stDev(w) AS d",
           "MATCH (a)-[:weight]->(w) RETURN a, sum(w) AS s, min(w) AS least, max(w) AS most",
           "MATCH (a)-[:weight]->(w) RETURN percentileDisc(w, 0.5) AS p, sum(DISTINCT w) AS s",
           "WHY MATCH (a)-[:supplies|owns|borders]->(b) RETURN count(*) AS n",
           "WHY MATCH (a)-[:supplies|owns|borders]-()-[:supplies|owns]-(b) RETURN DISTINCT b",
           "WHY MATCH (a:Body) WHERE EXISTS { (a)-[:owns|supplies|borders]-() } RETURN a",
           "WHY MATCH (a)-[:within]-()-[:within]-(b) RETURN DISTINCT 1 AS one"});
    case 11:
      return "WHY " + RandomQuery({}, random);
    case 0:
      return "EXPLAIN " + RandomQuery({}, random);
    case 1:
      return random->OneOf({"SHOW SOURCES", "SHOW PREDICATES", "SHOW CLASSES",
                            "SHOW SOURCES NAMED \"src\"", "DESCRIBE \"Name 1\"", "DESCRIBE #e2",
                            "DESCRIBE #h1", "DESCRIBE CLASS Firm"});
    case 2:
      return random->OneOf(
          {"MATCH (x NAMED \"Nmae 3\") RETURN x", "MATCH (x NAMED \"Hidden 1\") RETURN x",
           "MATCH (x NAMED ~\"Name 33\") RETURN x", "MATCH (x)-[:suplies]->(y) RETURN x",
           "MATCH (#h1)-[r]->(y) RETURN y", "MATCH (x:#h2) RETURN x",
           "MATCH (x:\"hidden\") RETURN x", "MATCH (\"gods\") RETURN 1 AS one",
           "ACCORDING TO #src/hidden MATCH (x) RETURN x",
           "ACCORDING TO \"Hidden 2\" MATCH (x) RETURN x"});
    case 3:
      return random->OneOf(
          {"MATCH (n) RETURN n LIMIT 3", "MATCH (n) RETURN n SKIP 2 LIMIT 4",
           "MATCH (a)-[:supplies|owns]->(b) RETURN a, b",
           "MATCH (a)-[:supplies]->(b) RETURN collect(b) AS bs, count(*) AS n",
           "MATCH (a)-[:owns]->(b) RETURN a, collect(DISTINCT b) AS bs LIMIT 2",
           "MATCH (a)-[:owns]->(b) RETURN a ORDER BY b.staff SKIP 1 LIMIT 2",
           "MATCH (a)-[:owns]->(b) RETURN b ORDER BY a", "MATCH (a) RETURN max(a) AS m",
           "MATCH (a)-[:supplies]->(b) RETURN DISTINCT b LIMIT 2",
           "MATCH (a:Body) RETURN a, [(a)-[:supplies]->(b) | b] AS bs",
           "MATCH (a:Body) WITH a LIMIT 3 MATCH (a)-[:owns|supplies]->(b) RETURN a, b"});
    case 4:
      return random->OneOf(
          {"MATCH (a)-[:supplies @st]->(b) RETURN st, st.id, st.source, st.revision, "
           "st.recorded_at",
           "MATCH (a)-[r:supplies]->(b) RETURN a, r.sources, r.denied_by, r.count, r.reliability",
           "MATCH (a)-[r:owns]->(b) RETURN r.statements, r.denials ORDER BY b",
           "RELIABILITY C OR BETTER MATCH (a)-[:supplies @st]->(b) RETURN a, b, st.reliability",
           "CREDIBILITY 3 OR BETTER MATCH (a)-[r:owns]->(b) RETURN a, b, r.credibility",
           "MATCH (a)-[:supplies]->(b) RETURN a, b, marking() AS m"});
    case 5:
      return "MATCH (a)-[:supplies|owns|borders]->(b) RETURN a, b" +
             random->OneOf({"", " ORDER BY b.staff", " ORDER BY a.name"}) +
             " LIMIT 3 AFTER $cursor";
    case 6:
      return "PROFILE " + RandomQuery({}, random);
    default:
      return RandomQuery({}, random);
  }
}

// FLOATs whose sum depends on the order in which one adds them up, and one that equals an INTEGER.
storage::Value Weight(Random* random) {
  switch (random->Below(4)) {
    case 0:
      return storage::Value(1e16);
    case 1:
      return storage::Value(-1e16);
    case 2:
      return random->Chance(50) ? storage::Value(int64_t{1}) : storage::Value(1.0);
    default:
      return storage::Value(0.1 * static_cast<double>(1 + random->Below(9)));
  }
}

WorldStatement RandomHidden(const std::string& label, int commits, Random* random) {
  WorldStatement statement = RandomStatement(label, commits, random);
  const std::string entity = "e" + std::to_string(random->Below(12));
  const std::string hidden = "h" + std::to_string(random->Below(3));
  const auto text = [](std::string words) { return storage::Value::OfText(std::move(words)); };
  switch (random->Below(11)) {
    case 9:
      statement.facts = {{StatementNode("s" + std::to_string(random->Below(20))), "credibility",
                          storage::Value(static_cast<int64_t>(1 + random->Below(6)))}};
      break;
    case 10:
      statement.facts = {{entity, "weight", Weight(random)}};
      break;
    case 0:
      statement.facts = {{hidden, "name", text("Hidden " + std::to_string(random->Below(3)))}};
      break;
    case 1:
      statement.facts = {{entity, "name", text("Name " + std::to_string(random->Below(40)))}};
      break;
    case 2:
      statement.facts = {{hidden, "supplies", entity}};
      break;
    case 3:
      statement.facts = {{entity, "owns", hidden}};
      break;
    case 4:
      statement.facts = {{"src/" + std::to_string(random->Below(5)), "reliability",
                          text(random->OneOf({"A", "C", "E", "F"}))}};
      break;
    case 5:
      statement.facts = {{hidden, "broader", "kind/1"}};
      break;
    case 6:
      statement.claimant = "src/hidden";
      break;
    default:
      break;
  }
  statement.marking = {storage::TlpLabel::kClear, "Z"};  // Nobody's authorisation.
  if (random->Chance(30)) statement.marking = {storage::TlpLabel::kRed, "A&Z"};
  return statement;
}

// Two stores, and what is asked of both. Gives up a world at its first difference, which `differ`
// is told.
struct Tried {
  uint64_t sessions = 0, with_rows = 0;
};
using Difference = std::function<void(const std::string&)>;

Tried Try(uint64_t worlds, const query::EngineOptions& options, const Difference& differ) {
  Tried tried;
  ForEachSeed(worlds, [&](uint64_t seed) {
    Random random(seed);
    World low = RandomWorld(&random);
    // Some sources are rated, for all to see.
    for (int i = 0; i < 3; ++i) {
      WorldStatement rating =
          RandomStatement("rated" + std::to_string(i), low.commit_count, &random);
      rating.facts = {{"src/" + std::to_string(i), "reliability",
                       storage::Value::OfText(random.OneOf({"A", "B", "D"}))}};
      rating.polarity = storage::Polarity::kAsserts;
      low.statements.push_back(std::move(rating));
    }
    storage::PredicateDefinition weight;
    weight.name = "weight";
    low.predicates.push_back(weight);
    for (const char* name : {"derivedFrom", "shareOf"}) {
      storage::PredicateDefinition between;
      between.name = name;
      low.predicates.push_back(between);
    }
    for (int i = 0; i < 6; ++i) {
      const bool shares = random.Chance(30);
      WorldStatement leads =
          RandomStatement("leads" + std::to_string(i), low.commit_count, &random);
      const size_t count = shares ? 10 : 3, first = random.Below(count);
      const auto one = [&](size_t number) {
        return (shares ? "e" : "doc/") + std::to_string(number % count);
      };
      leads.facts = {{one(first), shares ? "shareOf" : "derivedFrom",
                      one(first + 1 + random.Below(count - 1))}};
      leads.polarity = storage::Polarity::kAsserts;
      low.statements.push_back(std::move(leads));
    }
    for (int i = 0; i < 6; ++i) {
      WorldStatement weighs =
          RandomStatement("weighs" + std::to_string(i), low.commit_count, &random);
      weighs.facts = {{"e" + std::to_string(random.Below(10)), "weight", Weight(&random)}};
      weighs.polarity = storage::Polarity::kAsserts;
      low.statements.push_back(std::move(weighs));
    }
    // Between these there are many ways as short as one another.
    for (int i = 0; i < 18; ++i) {
      WorldStatement link = RandomStatement("link" + std::to_string(i), low.commit_count, &random);
      link.facts = {{"e" + std::to_string(random.Below(7)),
                     random.OneOf({"supplies", "supplies", "owns", "borders"}),
                     "e" + std::to_string(random.Below(7))}};
      link.polarity = storage::Polarity::kAsserts;
      link.marking = {};
      low.statements.push_back(std::move(link));
    }
    World high = low;
    const size_t hidden_count = 1 + random.Below(25);
    for (size_t i = 0; i < hidden_count; ++i) {
      const auto at = random.Chance(40) ? 0 : random.Below(high.statements.size() + 1);
      high.statements.insert(
          high.statements.begin() + static_cast<ptrdiff_t>(at),
          RandomHidden("hidden" + std::to_string(i), high.commit_count, &random));
    }
    EngineWorld low_store(low), high_store(high);
    if (random.Chance(50)) {
      // Revisions count on, and tell nobody.
      for (int i = 0; i < 3; ++i) {
        high_store.store().Say(
            "src/hidden", "h1", "supplies", "e1",
            {.marking = {storage::TlpLabel::kClear, "Z"}, .quote = "later" + std::to_string(i)});
        high_store.store().Commit();
      }
    }
    for (int session = 0; session < kSessionsAWorld; ++session) {
      ++tried.sessions;
      const storage::Clearance reader = RandomReader(&random);
      for (int i = 0; i < kQuestionsASession; ++i) {
        const std::string question = RandomQuestion(&random);
        const bool pages = question.find("$cursor") != std::string::npos;
        std::string low_cursor, high_cursor;
        for (int page = 0; page < (pages ? 3 : 1); ++page) {
          std::string low_next, high_next;
          const std::string without =
              UpToRenaming(Told(&low_store, question, reader, options, low_cursor, &low_next));
          const std::string with =
              UpToRenaming(Told(&high_store, question, reader, options, high_cursor, &high_next));
          tried.with_rows += without.find("\nrows 0,") == std::string::npos ? 1 : 0;
          if (without != with) {
            differ("REFERENCE_SEED=" + std::to_string(seed) + ", as " + ReaderText(reader) + "\n" +
                   question + "\n--- without the hidden\n" + without + "\n--- with it\n" + with);
            return;
          }
          low_cursor = low_next;
          high_cursor = high_next;
          if (low_next.empty()) break;
        }
      }
    }
  });
  return tried;
}

TEST(NonInterference, WhatIsHiddenChangesNothingThatIsTold) {
  const Tried tried =
      Try(kWorlds, {}, [](const std::string& difference) { ADD_FAILURE() << difference; });
  EXPECT_GT(tried.with_rows, tried.sessions);
  if (std::getenv("REFERENCE_WORLDS") == nullptr) {
    EXPECT_GE(tried.sessions, 500u);
  }
}

// As large answers are ordered.
TEST(NonInterference, RanksTellNoMoreThanNames) {
  query::EngineOptions options;
  options.ranked_rows_min = 0;
  Try(kWorlds / 3, options, [](const std::string& difference) { ADD_FAILURE() << difference; });
}

// The order of names is what it takes: without it, the same sessions tell.
TEST(NonInterference, TheStoredOrderTells) {
  query::EngineOptions options;
  options.canonical_order = false;
  uint64_t differences = 0;
  Try(6, options, [&](const std::string&) { ++differences; });
  EXPECT_GT(differences, 0u);
}

}  // namespace
}  // namespace sightline::reference
