#include "tests/reference/generator.h"

#include <fmt/format.h>

#include "tests/support/fake_clock.h"

namespace sightline::reference {

using storage::Value;

namespace {

constexpr int kEntityCount = 10;
constexpr int kKindCount = 4;
constexpr int kSourceCount = 5;
constexpr int kCommitCount = 3;
constexpr int64_t kDay = test::FakeClock::kMicrosPerDay;
constexpr int64_t k2020 = 1'577'836'800'000'000;  // 2020-01-01T00:00:00Z

const std::vector<std::string>& ClassNames() {
  static const std::vector<std::string> names = {"Body", "Firm", "Maker", "Site"};
  return names;
}
const std::vector<std::string>& KindNames() {
  static const std::vector<std::string> names = {"goods", "optics", "lenses", "drills"};
  return names;
}
// Of nodes to nodes; the first four lead from entity to entity.
const std::vector<std::string>& EdgeNames() {
  static const std::vector<std::string> names = {"supplies", "sells", "borders", "owns", "seat"};
  return names;
}
const std::vector<std::string>& Words() {
  static const std::vector<std::string> words = {"red", "green", "blue", "reddish"};
  return words;
}

std::string Entity(Random* random) { return "e" + std::to_string(random->Below(kEntityCount)); }
std::string Kind(Random* random) { return "kind/" + std::to_string(random->Below(kKindCount)); }
std::string Source(Random* random) { return "src/" + std::to_string(random->Below(kSourceCount)); }
std::string AnyNode(Random* random) { return random->Chance(80) ? Entity(random) : Kind(random); }
std::string EntityName(int number) { return "Name " + std::to_string(number % 8); }

// Figures that are exact and that are not, in two currencies.
Value RandomMoney(Random* random) {
  using storage::Comparator;
  const std::vector<Comparator> comparators = {Comparator::kExactly, Comparator::kExactly,
                                               Comparator::kAbout, Comparator::kLess,
                                               Comparator::kMore};
  return Value(
      storage::Money{storage::Decimal{.unscaled = static_cast<int64_t>(1 + random->Below(4))},
                     random->OneOf({"USD", "USD", "EUR"})},
      comparators[random->Below(comparators.size())]);
}

// Known to the day, the month or the year.
Value RandomDate(Random* random) {
  const std::string text =
      random->OneOf({"2021-06-01", "2021-06-15", "2021-06", "2021", "2022-01-01", "2022"});
  return Value(*storage::PartialDate::Parse(text));
}

WorldFact RandomFact(Random* random) {
  switch (random->Below(16)) {
    case 14:
      return {Entity(random), "worth", RandomMoney(random)};
    case 15:
      return {Entity(random), "since", RandomDate(random)};
    case 0:
      return {AnyNode(random), "instanceOf", random->OneOf(ClassNames())};
    case 1:
      return {Entity(random), "instanceOf", Kind(random)};
    case 2:
      return {Kind(random), "broader", Kind(random)};
    case 3:
      return {Entity(random), "staff", Value(static_cast<int64_t>(random->Below(6)))};
    case 4:
      return {AnyNode(random), "tag", Value::OfText(random->OneOf(Words()))};
    case 5:
    case 6:
      return {Entity(random), "within", Entity(random)};
    case 7:
      return {Source(random), "partOf", Source(random)};
    case 8:
      return {Entity(random), random->OneOf({"name", "alias"}),
              Value::OfText(EntityName(static_cast<int>(random->Below(8))))};
    case 9:
      return {Entity(random), random->OneOf({"supplies", "sells"}), Kind(random)};
    default:
      return {Entity(random), random->OneOf(EdgeNames()), Entity(random)};
  }
}

storage::TimeBound RandomBound(Random* random, int64_t micros) {
  if (random->Chance(20)) return {storage::BoundKind::kUnknown, 0};
  if (random->Chance(20)) return {storage::BoundKind::kOpen, 0};
  return {storage::BoundKind::kAt, micros};
}

}  // namespace

WorldStatement RandomStatement(const std::string& label, int commit_count, Random* random) {
  WorldStatement statement;
  statement.label = label;
  statement.facts = {RandomFact(random)};
  if (random->Chance(15)) {
    WorldFact other = RandomFact(random);
    if (other.subject != statement.facts[0].subject ||
        other.predicate != statement.facts[0].predicate) {
      statement.facts.push_back(std::move(other));
    }
  }
  if (random->Chance(20)) statement.polarity = storage::Polarity::kDenies;
  statement.claimant = Source(random);
  if (random->Chance(30)) statement.document = "doc/" + std::to_string(random->Below(2));
  if (random->Chance(15)) statement.dataset = "set/0";
  if (random->Chance(15)) statement.via = {Source(random)};
  if (random->Chance(60)) {
    statement.reliability = static_cast<storage::Reliability>(random->Below(7));
    statement.credibility = static_cast<storage::Credibility>(random->Below(7));
  }
  if (random->Chance(50)) {
    const int64_t first = static_cast<int64_t>(random->Below(1200));
    const int64_t days = 1 + static_cast<int64_t>(random->Below(500));
    statement.valid.from = RandomBound(random, k2020 + first * kDay);
    statement.valid.to = RandomBound(random, k2020 + (first + days) * kDay);
  }
  if (random->Chance(20)) {
    statement.marking.tlp =
        random->Chance(50) ? storage::TlpLabel::kAmber : storage::TlpLabel::kRed;
  }
  if (random->Chance(15)) statement.marking.access = random->OneOf({"A", "B", "A&B", "A|B"});
  if (random->Chance(20)) {
    statement.qualifiers = {{"share", Value(static_cast<int64_t>(random->Below(3)))}};
  }
  statement.commit = static_cast<int>(random->Below(static_cast<size_t>(commit_count)));
  if (statement.commit + 1 < commit_count && random->Chance(20)) {
    statement.retracted_commit =
        statement.commit + 1 +
        static_cast<int>(random->Below(static_cast<size_t>(commit_count - statement.commit - 1)));
  }
  return statement;
}

WorldStatement RandomRating(const std::string& label, const World& world, Random* random) {
  WorldStatement rating = RandomStatement(label, world.commit_count, random);
  rating.qualifiers.clear();
  if (random->Chance(50)) {
    rating.said = storage::TimeInterval::Of(
        *storage::PartialDate::Parse(random->OneOf({"2021-05-01", "2022-05-01", "2024-04-13"})));
  }
  if (random->Chance(60)) {
    const std::string source =
        random->Chance(80) ? Source(random) : random->OneOf({"doc/0", "set/0"});
    rating.facts = {
        {source, "reliability", Value::OfText(random->OneOf({"A", "B", "C", "D", "E", "F"}))}};
    return rating;
  }
  // Not another rating, which might be loaded after this one.
  size_t of = random->Below(world.statements.size());
  while (World::LabelRatedBy(world.statements[of])) of = (of + 1) % world.statements.size();
  const WorldStatement& rated = world.statements[of];
  rating.facts = {{StatementNode(rated.label), "credibility",
                   Value(static_cast<int64_t>(1 + random->Below(6)))}};
  // Whoever sees the one sees the other; nobody rates what has not been said.
  rating.marking = rated.marking;
  if (rating.commit < rated.commit) {
    rating.commit = rated.commit;
    rating.retracted_commit.reset();
  }
  return rating;
}

World RandomWorldWithJudgements(Random* random) {
  World world = RandomWorld(random);
  storage::PredicateDefinition judgement;
  judgement.name = "judgement";
  judgement.range_types = {storage::ValueType::kText};
  world.predicates.push_back(judgement);
  const size_t count = 2 + random->Below(8);
  for (size_t i = 0; i < count; ++i) {
    const auto node = [random] {
      return random->Chance(75)   ? "e" + std::to_string(random->Below(5))
             : random->Chance(50) ? Kind(random)
                                  : Source(random);
    };
    WorldStatement statement = RandomStatement("j" + std::to_string(i), world.commit_count, random);
    statement.facts = {{node(), "sameAs", node()}};
    if (random->Chance(15)) statement.facts.push_back({node(), "sameAs", node()});
    if (statement.facts.size() == 2 && statement.facts[0].subject == statement.facts[1].subject &&
        statement.facts[0].object == statement.facts[1].object) {
      statement.facts.pop_back();
    }
    if (random->Chance(50)) statement.credibility = 0;
    if (random->Chance(15)) {
      statement.qualifiers = {
          {"judgement", Value::OfText(random->OneOf({"positive", "negative", "unsure"}))}};
    }
    const size_t place = random->Below(world.statements.size() + 1);
    world.statements.insert(world.statements.begin() + static_cast<ptrdiff_t>(place),
                            std::move(statement));
  }
  return world;
}

World RandomWorld(Random* random) {
  World world;
  world.commit_count = kCommitCount;
  for (const std::string& name : ClassNames()) {
    storage::ClassDefinition definition;
    definition.name = name;
    if (name == "Firm") definition.parents = {"Body"};
    if (name == "Maker") definition.parents = {"Firm"};
    world.classes.push_back(definition);
  }
  const auto define =
      [&](const std::string& name, storage::Cardinality cardinality,
          std::vector<storage::ValueType> range_types = {}) -> storage::PredicateDefinition& {
    storage::PredicateDefinition definition;
    definition.name = name;
    definition.cardinality = cardinality;
    definition.range_types = std::move(range_types);
    world.predicates.push_back(definition);
    return world.predicates.back();
  };
  using storage::Cardinality;
  define("supplies", Cardinality::kMany).inverse = "suppliedBy";
  define("sells", Cardinality::kMany).parents = {"supplies"};
  define("borders", Cardinality::kMany).symmetric = true;
  define("owns", Cardinality::kMany).inverse = "ownedBy";
  define("within", Cardinality::kMany).transitive = true;
  define("seat", Cardinality::kOne);
  define("staff", Cardinality::kOne, {storage::ValueType::kInteger});
  define("tag", Cardinality::kMany, {storage::ValueType::kText});
  define("share", Cardinality::kOne, {storage::ValueType::kInteger});
  define("worth", Cardinality::kOne, {storage::ValueType::kMoney});
  define("since", Cardinality::kOne, {storage::ValueType::kDate});

  const auto store = [&](storage::StoredDefinition::Kind kind, const std::string& name,
                         std::vector<std::string> parameters, const std::string& text) {
    storage::StoredDefinition definition;
    definition.kind = kind;
    definition.name = name;
    definition.parameters = std::move(parameters);
    definition.text = "DEFINE " + text;
    world.stored.push_back(std::move(definition));
  };
  using StoredKind = storage::StoredDefinition::Kind;
  store(StoredKind::kEdge, "linked", {},
        "(a)-[:linked]->(b) AS MATCH (a)-[:supplies]->(x)-[:owns]->(b)");
  store(StoredKind::kEdge, "linked", {}, "(a)-[:linked]->(b:Body) AS MATCH (a)-[:seat]->(b)");
  store(StoredKind::kEdge, "deal", {},
        "(a:Body)-[e:deal]->(b) AS MATCH (e)-[:owns]->(a), (e)-[:supplies]->(b)");
  store(StoredKind::kEdge, "nested", {},
        "(a)-[:nested]->(b) AS MATCH (a)-[:linked]->(x) MATCH (x)-[:borders]->(b)");
  store(StoredKind::kQuery, "staffed", {"n"},
        "QUERY staffed($n) AS MATCH (a)-[:supplies]->(b) WHERE a.staff >= $n RETURN a, b");
  store(StoredKind::kQuery, "seats", {},
        "QUERY seats() AS MATCH (a)-[:seat]->(b) RETURN b, count(*) AS n");

  // What makes the rest interesting: entities with a class and a name, kinds in a tree.
  int number = 0;
  const auto say = [&](WorldFact fact) {
    WorldStatement statement = RandomStatement("s" + std::to_string(number++), 1, random);
    statement.polarity = storage::Polarity::kAsserts;
    statement.facts = {std::move(fact)};
    world.statements.push_back(std::move(statement));
  };
  for (int entity = 0; entity < kEntityCount; ++entity) {
    const std::string id = "e" + std::to_string(entity);
    say({id, "instanceOf", random->OneOf(ClassNames())});
    if (random->Chance(50)) say({id, "name", Value::OfText(EntityName(entity))});
  }
  for (int kind = 0; kind < kKindCount; ++kind) {
    const std::string id = "kind/" + std::to_string(kind);
    say({id, "name", Value::OfText(KindNames()[static_cast<size_t>(kind)])});
    if (kind > 0) say({id, "broader", "kind/" + std::to_string(random->Below(kind))});
  }
  const size_t count = 20 + random->Below(30);
  for (size_t i = 0; i < count; ++i) {
    WorldStatement statement =
        RandomStatement("s" + std::to_string(number++), kCommitCount, random);
    // Often of a fact that somebody has spoken of before.
    if (random->Chance(40)) {
      statement.facts = world.statements[random->Below(world.statements.size())].facts;
    }
    world.statements.push_back(std::move(statement));
  }
  const size_t rating_count = random->Below(8);
  for (size_t i = 0; i < rating_count; ++i) {
    world.statements.push_back(RandomRating("r" + std::to_string(i), world, random));
  }
  // Answers must not depend on the order of loading.
  for (size_t i = world.statements.size(); i > 1; --i) {
    std::swap(world.statements[i - 1], world.statements[random->Below(i)]);
  }
  return world;
}

storage::Clearance RandomReader(Random* random) {
  storage::Clearance clearance;
  clearance.tlp_max = random->Chance(40)   ? storage::TlpLabel::kClear
                      : random->Chance(50) ? storage::TlpLabel::kAmber
                                           : storage::TlpLabel::kRed;
  if (random->Chance(50)) clearance.authorizations.insert("A");
  if (random->Chance(50)) clearance.authorizations.insert("B");
  return clearance;
}

// --- Queries

namespace {

class QueryMaker {
 public:
  QueryMaker(const QueryOptions& options, Random* random) : options_(options), random_(random) {}

  std::string Make() {
    std::string text = options_.scopes && Chance(25) ? Scope(true) + " " : "";
    if (options_.unions && Chance(8)) {
      text += Part(1) + (Chance(50) ? " UNION " : " UNION ALL ");
      variables_.clear();
      return text + Part(1);
    }
    return text + Part(0);
  }

 private:
  // kPaths: a path of all those that there are, so that its nodes are the same for everybody.
  enum class Kind {
    kNode,
    kInteger,
    kText,
    kFact,
    kStatement,
    kChain,
    kPath,
    kPaths,
    kList,
    kOther
  };
  struct Variable {
    std::string name;
    Kind kind;
  };

  bool Chance(int percent) { return random_->Chance(percent); }
  size_t Below(size_t n) { return random_->Below(n); }
  std::string OneOf(const std::vector<std::string>& choices) { return random_->OneOf(choices); }
  std::string NewName(Kind kind) {
    const std::string name = "v" + std::to_string(next_name_++);
    variables_.push_back({name, kind});
    return name;
  }
  // One of the variables of a kind; empty when there is none.
  std::string Some(Kind kind) {
    std::vector<std::string> names;
    for (const Variable& variable : variables_) {
      if (variable.kind == kind) names.push_back(variable.name);
    }
    return names.empty() ? "" : OneOf(names);
  }
  std::string SomeId() {
    return "#" + (Chance(70)   ? Entity(random_)
                  : Chance(80) ? ::sightline::reference::Kind(random_)
                               : std::string("nobody"));
  }

  // --- Scopes

  std::string Scope(bool head) {
    std::vector<std::string> items;
    const auto source = [&] { return Chance(80) ? "#" + Source(random_) : "#doc/0"; };
    if (Chance(35)) {
      items.push_back("ACCORDING TO " + source() + (Chance(30) ? ", " + source() : ""));
    } else if (options_.negation && Chance(20)) {
      items.push_back("NOT ACCORDING TO " + source());
    }
    if (Chance(20)) {
      items.push_back(OneOf({"AS OF 2020-07-01", "AS OF 2021-06-30", "AS OF 2022", "DURING 2020-Q4",
                             "DURING 2020 TO 2021", "DURING 2021-03 TO 2022-Q1"}));
    }
    if (Chance(15)) {
      items.push_back(OneOf({"EXCLUDING UNDATED", "ONLY UNDATED", "INCLUDING UNDATED"}));
    }
    // A pattern's own recorded time would leave open by what classes its WHERE goes.
    if (Chance(head ? 25 : 15)) {
      class_checks_ = class_checks_ && head;
      items.push_back(OneOf({"AS KNOWN AT 2024-04-13", "AS KNOWN AT 2024-04-14",
                             "AS KNOWN AT 2024-04-14T11:59Z", "AS KNOWN AT 2024-04-20"}));
    }
    if (Chance(15)) items.push_back("RELIABILITY " + OneOf({"A", "B", "C", "E"}) + " OR BETTER");
    if (Chance(15)) items.push_back("CREDIBILITY " + OneOf({"1", "2", "4"}) + " OR BETTER");
    if (Chance(head ? 12 : 6)) {
      class_checks_ = class_checks_ && head;
      items.push_back("MARKED AT MOST \"TLP:" + OneOf({"CLEAR", "GREEN", "AMBER"}) + "\"");
    }
    if (Chance(head ? 12 : 6)) {
      class_checks_ = class_checks_ && head;
      items.push_back("RELEASABLE TO " + OneOf({"\"A\"", "\"B\"", "\"A\", \"B\""}));
    }
    if (Chance(12)) items.push_back("BACKED BY " + OneOf({"1", "2", "2", "3"}) + " SOURCES");
    if (options_.negation && Chance(40)) {
      items.push_back(OneOf({"EXCLUDING DISPUTED", "ONLY DISPUTED", "INCLUDING DENIED",
                             "ONLY DENIED", "INCLUDING DISPUTED", "EXCLUDING DENIED"}));
    }
    std::string text;
    for (const std::string& item : items) text += (text.empty() ? "" : " ") + item;
    return text;
  }

  // --- Patterns

  std::string ClassTest() {
    const auto leaf = [&]() -> std::string {
      if (Chance(15)) return "\"" + OneOf(KindNames()) + "\"";
      if (Chance(15)) return "#" + ::sightline::reference::Kind(random_);
      return OneOf(ClassNames());
    };
    if (Chance(15)) return leaf() + " | " + leaf();
    if (options_.negation && Chance(10)) return "!" + leaf();
    if (options_.negation && Chance(8)) return leaf() + " & !" + leaf();
    if (Chance(8)) return "ONLY " + OneOf(ClassNames());
    if (Chance(3)) return "%";
    return leaf();
  }

  std::string Properties() {
    std::vector<std::string> entries = {"staff: " + std::to_string(Below(6)),
                                        "tag: '" + OneOf(Words()) + "'",
                                        "seat: " + SomeId(),
                                        "suppliedBy: " + SomeId(),
                                        "borders: " + SomeId(),
                                        "worth: " + std::to_string(1 + Below(4)) + " USD",
                                        "since: 2021-06-01",
                                        "name: '" + EntityName(static_cast<int>(Below(8))) + "'"};
    const std::string other = Some(Kind::kNode);
    if (!other.empty() && Chance(30)) return "{seat: " + other + "}";
    return "{" + OneOf(entries) + "}";
  }

  std::string Node() {
    std::string text;
    if (Chance(65)) {
      const std::string known = Chance(30) ? Some(Kind::kNode) : "";
      text = known.empty() ? NewName(Kind::kNode) : known;
    } else if (Chance(10)) {
      return "(\"" + OneOf(KindNames()) + "\")";
    } else if (Chance(20)) {
      return "(" + SomeId() + ")";
    }
    if (Chance(20)) text += ":" + ClassTest();
    if (Chance(3)) text += " NAMED 'name " + std::to_string(Below(8)) + "'";
    if (Chance(8)) text += (text.empty() ? "" : " ") + Properties();
    return "(" + text + ")";
  }

  // A fresh node that may be a value.
  std::string ValueNode(Kind kind) { return Chance(75) ? "(" + NewName(kind) + ")" : "()"; }

  std::string Arrow(const std::string& inside, const std::string& behind, bool directed = false) {
    const size_t way = Below(directed ? 4 : 5);
    if (way == 4) return "-[" + inside + "]-" + behind;
    return way == 3 ? "<-[" + inside + "]-" + behind : "-[" + inside + "]->" + behind;
  }

  // --- Searched paths

  // Of what is bound within a path nothing may be named again in the same MATCH.
  std::string NewInnerName(Kind kind) {
    const std::string name = "v" + std::to_string(next_name_++);
    inner_.push_back({name, kind});
    return name;
  }
  std::string InnerNode(bool named, Kind kind) {
    const std::string name = named && Chance(60) ? NewInnerName(kind) : "";
    std::string text = name;
    if (Chance(25)) text += ":" + OneOf(ClassNames());
    if (Chance(6))
      text += (text.empty() ? "" : " ") + ("{staff: " + std::to_string(Below(6)) + "}");
    if (!name.empty() && Chance(15))
      text += " WHERE " + name + ".staff > " + std::to_string(Below(3));
    return "(" + text + ")";
  }
  std::string Group(bool named, const std::string& times) {
    const Kind node_kind = times.empty() ? Kind::kNode : Kind::kChain;
    const Kind fact_kind = times.empty() ? Kind::kFact : Kind::kChain;
    const std::string left = named && Chance(40) ? NewInnerName(node_kind) : "";
    const std::string right = named && Chance(40) ? NewInnerName(node_kind) : "";
    std::string text = "((" + left + ")";
    text +=
        Arrow((named && Chance(20) ? NewInnerName(fact_kind) : "") + ":" + OneOf(EdgeNames()), "");
    if (Chance(35)) {
      text += InnerNode(named, node_kind) + Arrow(":" + OneOf(EdgeNames()), "");
    }
    text += "(" + right + (Chance(20) ? ":" + OneOf(ClassNames()) : "") + ")";
    if (!left.empty() && !right.empty() && Chance(40)) {
      text += " WHERE " + left + OneOf({".staff <= ", ".staff <> "}) + right + ".staff";
    } else if (!right.empty() && Chance(40)) {
      text += " WHERE " + right + ".staff IS UNKNOWN";
    }
    return text + ")" + times;
  }

  std::string SearchedChain() {
    has_chain_ = true;
    const bool every = Chance(55);
    const std::string selector =
        every ? OneOf({"ALL TRAIL", "ALL", "ALL ACYCLIC", "ALL SIMPLE PATHS", "ALL WALK", "TRAIL",
                       "ACYCLIC", "SIMPLE", "ALL SHORTEST", "ALL SHORTEST", "ALL SHORTEST TRAIL",
                       "ALL SHORTEST WALK", "ALL SHORTEST SIMPLE", "SHORTEST 2 SIMPLE GROUPS",
                       "SHORTEST 2 GROUPS", "SHORTEST 2 ACYCLIC GROUPS"})
              : OneOf({"ANY SHORTEST", "ANY ACYCLIC", "ANY SHORTEST TRAIL", "SHORTEST",
                       "SHORTEST 2", "SHORTEST 3 TRAIL", "ANY 2", "ANY", "SHORTEST 2 ACYCLIC",
                       "SHORTEST 2 WALK", "CHEAPEST 2", "CHEAPEST", "CHEAPEST 3 TRAIL"});
    const bool cheapest = selector.starts_with("CHEAPEST");
    const bool walk = selector.ends_with("WALK");
    const bool bounded = walk || selector.find("SHORTEST") == std::string::npos;
    const bool named = every || cheapest || Chance(75);
    std::string text = named ? NewName(every ? Kind::kPaths : Kind::kPath) + " = " + selector + " "
                             : selector + " ";
    text += Node();
    std::string cost;
    const size_t links = Chance(70) ? 1 : 2;
    for (size_t i = 0; i < links; ++i) {
      const std::string known = every && Chance(15) ? Some(Kind::kNode) : "";
      if (i > 0) text += known.empty() ? InnerNode(every, Kind::kNode) : "(" + known + ")";
      if (!cheapest && Chance(25)) {
        text += " " + Group(every, OneOf({"{1,2}", "{0,2}", "{2}", "{1}", ""})) + " ";
        continue;
      }
      const std::string what = Chance(25)   ? ""
                               : Chance(40) ? ":" + OneOf(EdgeNames()) + "|" + OneOf(EdgeNames())
                                            : ":" + OneOf(EdgeNames());
      std::string variable;
      if (cheapest && i == 0) {
        const std::string name = NewInnerName(Kind::kChain);
        variable = name;
        cost = " COST " + (options_.statements && Chance(60) ? name + ".count" : OneOf({"1", "2"}));
      }
      const bool short_name = what.empty() || links > 1 || bounded;
      const std::string hops = short_name ? OneOf({"*1..2", "*..3", "*0..2", "*2", "*2..3"})
                                          : OneOf({"*1..2", "*..4", "*0..2", "*2..3", "*", "*0.."});
      std::string condition;
      if (Chance(10)) {
        if (variable.empty()) variable = NewInnerName(Kind::kChain);
        condition = " WHERE " + variable + OneOf({".count > 1", ".disputed"});
        if (!options_.statements) condition.clear();
      }
      text += Arrow(variable + what + hops + condition, "");
    }
    return text + Node() + cost;
  }

  std::string Avoiding() {
    const auto item = [&] {
      return Chance(30)   ? "HUBS OVER " + std::to_string(1 + Below(4))
             : Chance(50) ? "(:" + OneOf(ClassNames()) + ")"
                          : "(" + SomeId() + ")";
    };
    return " AVOIDING " + item() + (Chance(25) ? ", " + item() : "");
  }

  // An edge and the node behind it. Sets `ends` when nothing can follow.
  std::string EdgeAndNode(bool* ends) {
    const auto predicate = [&] {
      return Chance(20) ? OneOf({"suppliedBy", "ownedBy"}) : OneOf(EdgeNames());
    };
    if (Chance(12)) {
      *ends = true;
      const bool integer = Chance(50);
      std::string inside = integer ? ":staff" : OneOf({":tag", ":name", ":name|alias"});
      if (Chance(20)) inside = NewName(Kind::kFact) + inside;
      if (options_.statements && Chance(20)) {
        inside += " @" + NewName(Kind::kStatement);
      }
      return "-[" + inside + "]->" + ValueNode(integer ? Kind::kInteger : Kind::kText);
    }
    if (options_.negation && Chance(4)) {
      has_chain_ = true;
      return " " + Group(true, OneOf({"{1,2}", "{0,2}", "{2}"})) + " " + Node();
    }
    if (Chance(12)) {
      // A chain.
      has_chain_ = true;
      const std::string what = Chance(25)   ? ""
                               : Chance(8)  ? ":!" + predicate()
                               : Chance(25) ? ":" + predicate() + "|" + predicate()
                               : Chance(20) ? std::string(":within")
                                            : ":" + predicate();
      const std::string variable = Chance(20) ? NewName(Kind::kChain) : "";
      if (Chance(40)) {
        return Arrow(variable + what, OneOf({"{2}", "{1,2}", "{0,2}", "+", "*", "{1}"})) + Node();
      }
      return Arrow(variable + what + OneOf({"*1..2", "*..3", "*0..1", "*2..3", "*", "*2"}), "") +
             Node();
    }
    if (!in_path_ && Chance(7)) {
      if (Chance(30)) {
        const std::string event = Chance(60) ? NewInnerName(Kind::kNode) : "";
        return Arrow(event + ":deal", "") + Node();
      }
      const std::string what =
          OneOf({":linked", ":linked", ":nested", ":linked|owns", ":deal|nested", ":within|seat"});
      const std::string hops =
          what == ":within|seat" ? "" : OneOf({"", "", "", "*1..2", "*2", "*"});
      return Arrow(what + hops, "") + Node();
    }
    if (Chance(10)) return Arrow(":within", "", !in_path_ && Chance(20) ? false : true) + Node();
    if (Chance(3)) {
      return Arrow((Chance(50) ? NewName(Kind::kFact) : "") + ":sameAs", "", true) + Node();
    }
    if (Chance(4)) {
      // What is not named may end in a value: a class keeps those out.
      return "-[" + OneOf({":%", ":!" + predicate()}) + "]->(" + NewName(Kind::kNode) + ":" +
             OneOf(ClassNames()) + ")";
    }
    std::string inside = Chance(12)   ? ""
                         : Chance(12) ? ":" + predicate() + "|" + predicate()
                                      : ":" + predicate();
    if (Chance(20)) inside = NewName(Kind::kFact) + inside;
    if (options_.statements && Chance(15)) inside += " @" + NewName(Kind::kStatement);
    if (Chance(6)) inside += " {share: " + std::to_string(Below(3)) + "}";
    return Arrow(inside, "") + Node();
  }

  std::string Chain() {
    if (options_.negation && Chance(12)) return SearchedChain();
    std::string text;
    in_path_ = Chance(5);
    if (in_path_) text = NewName(Kind::kPath) + " = ";
    text += Node();
    bool ends = false;
    for (size_t edges = Below(10) < 2 ? 0 : 1 + Below(Chance(30) ? 3 : 2); edges > 0 && !ends;
         --edges) {
      text += EdgeAndNode(&ends);
    }
    return text;
  }

  // A cycle, and at times a chain that must go around its facts.
  std::string Triangle() {
    const auto edge = [&](const std::string& hops) {
      return Arrow(":" + OneOf(EdgeNames()) + hops, "");
    };
    const std::string a = NewName(Kind::kNode), b = NewName(Kind::kNode), c = NewName(Kind::kNode);
    std::string text = "(" + a + ")" + edge("") + "(" + b + ")" + edge("") + "(" + c + "), (" + a +
                       ")" + edge("") + "(" + c + ")";
    if (!Chance(40)) return text;
    has_chain_ = true;
    return text + ", (" + OneOf({a, b, c}) + ")" + edge("*1..2") + Node();
  }

  std::string Match(bool optional) {
    std::string text = optional ? "OPTIONAL MATCH " : "MATCH ";
    has_chain_ = false;
    text += Chance(4) ? Triangle() : Chain();
    if (Chance(20)) text += ", " + Chain();
    if (options_.scopes && Chance(15)) text += " " + Scope(false);
    if (has_chain_ && options_.negation && Chance(20)) text += Avoiding();
    variables_.insert(variables_.end(), inner_.begin(), inner_.end());
    inner_.clear();
    if (Chance(30)) text += " WHERE " + Condition(2);
    class_checks_ = true;
    return text;
  }

  // --- Subqueries

  bool MayAsk() const { return options_.subqueries && nesting_ < 2; }

  // What stands in the braces of EXISTS and COUNT. Names that it brings in end with it.
  std::string Inside() {
    const std::vector<Variable> outer = variables_;
    const bool class_checks = class_checks_;
    ++nesting_;
    std::string text;
    if (Chance(60)) {
      text = Chain();
      if (Chance(20)) text += ", " + Chain();
      variables_.insert(variables_.end(), inner_.begin(), inner_.end());
      inner_.clear();
      if (Chance(35)) text += " WHERE " + Condition(1);
    } else {
      text = Match(false);
      class_checks_ = class_checks;
      if (Chance(20)) text += " FILTER " + Condition(0);
      if (Chance(25) && !Some(Kind::kNode).empty()) {
        const std::string node = Some(Kind::kNode);
        variables_ = outer;
        text += std::string(" WITH ") + (Chance(50) ? "DISTINCT " : "") + node + " AS ";
        text += NewName(Kind::kNode);
        if (Chance(30)) text += " WHERE " + Condition(0);
      }
      if (Chance(25)) text += " " + Match(options_.negation && Chance(40));
      class_checks_ = class_checks;
      Kind kind = Kind::kInteger;
      if (Chance(50)) {
        text += std::string(" RETURN ") + (Chance(40) ? "DISTINCT " : "") + Value(&kind) + " AS r";
      } else if (options_.aggregates && options_.negation && Chance(15)) {
        text += " RETURN count(*) AS r";
      }
    }
    --nesting_;
    variables_ = outer;
    inner_.clear();
    class_checks_ = class_checks;
    return "{ " + text + " }";
  }

  // A pattern of nodes that are known, or have no name.
  std::string PatternCheck() {
    const auto node = [&]() -> std::string {
      if (Chance(30)) return "(" + Some(Kind::kNode) + ")";
      if (Chance(20)) return "(" + SomeId() + ")";
      return Chance(30) ? "(:" + ClassTest() + ")" : "()";
    };
    std::string text = "(" + Some(Kind::kNode) + ")";
    for (size_t edges = 1 + Below(2); edges > 0; --edges) {
      const std::string inside = Chance(20)   ? ""
                                 : Chance(15) ? ":" + OneOf(EdgeNames()) + "*1..2"
                                              : ":" + OneOf(EdgeNames());
      text += Arrow(inside, "") + node();
    }
    return text;
  }

  // How many matches a pattern has, by a list of them.
  std::string PatternListSize() {
    const std::vector<Variable> outer = variables_;
    ++nesting_;
    std::string text = "size([" + Node() + Arrow(":" + OneOf(EdgeNames()), "") + Node();
    if (Chance(30)) text += " WHERE " + Condition(0);
    text += " | " + Integer(0) + "])";
    --nesting_;
    variables_ = outer;
    return text;
  }

  // --- Expressions

  std::string Integer(int depth) {
    std::vector<std::string> choices = {std::to_string(Below(6))};
    for (const Variable& variable : variables_) {
      const std::string& name = variable.name;
      if (variable.kind == Kind::kInteger) choices.push_back(name);
      if (!options_.dots) continue;
      if (variable.kind == Kind::kNode) choices.push_back(name + ".staff");
      if (variable.kind == Kind::kChain) choices.push_back("size(" + name + ")");
      if (variable.kind == Kind::kPath || variable.kind == Kind::kPaths) {
        choices.push_back("length(" + name + ")");
      }
      if (!options_.statements) continue;
      if (variable.kind == Kind::kFact) choices.push_back(name + ".count");
      if (variable.kind == Kind::kStatement) {
        choices.push_back(name + ".credibility");
        choices.push_back(name + ".share");
      }
    }
    if (MayAsk() && options_.negation && options_.dots && Chance(6)) {
      return Chance(60) ? "COUNT " + Inside() : PatternListSize();
    }
    if (depth > 0 && Chance(25)) {
      return "(" + Integer(depth - 1) + OneOf({" + ", " - ", " * "}) + Integer(depth - 1) + ")";
    }
    if (depth > 0 && options_.negation && Chance(8)) {
      return "CASE WHEN " + Condition(depth - 1) + " THEN " + Integer(depth - 1) + " ELSE " +
             Integer(depth - 1) + " END";
    }
    if (depth > 0 && options_.negation && Chance(8)) {
      return "coalesce(" + Integer(depth - 1) + ", " + Integer(depth - 1) + ")";
    }
    return OneOf(choices);
  }

  std::string Text() {
    std::vector<std::string> choices = {"'" + OneOf(Words()) + "'"};
    for (const Variable& variable : variables_) {
      if (variable.kind == Kind::kText) choices.push_back(variable.name);
      if (variable.kind == Kind::kStatement) choices.push_back(variable.name + ".quote");
      if (variable.kind == Kind::kFact) choices.push_back("type(" + variable.name + ")");
    }
    return OneOf(choices);
  }

  std::string Condition(int depth) {
    if (depth > 0 && Chance(35)) {
      const std::string op = OneOf({" AND ", " OR ", options_.negation ? " XOR " : " AND "});
      return "(" + Condition(depth - 1) + op + Condition(depth - 1) + ")";
    }
    if (depth > 0 && options_.negation && Chance(15)) return "NOT " + Condition(depth - 1);
    const std::string node = Some(Kind::kNode), fact = Some(Kind::kFact);
    const std::string statement = Some(Kind::kStatement), list = Some(Kind::kList);
    for (int attempt = 0; attempt < 10; ++attempt) {
      switch (Below(MayAsk() ? 15 : 12)) {
        case 12:
          // Most find nothing, and rows are what is compared.
          if (Chance(50)) break;
          return "EXISTS " + Inside();
        case 13:
          if (node.empty() || Chance(50)) break;
          return PatternCheck();
        case 14:
          if (!options_.negation) break;
          return "NOT " + (node.empty() || Chance(60) ? "EXISTS " + Inside() : PatternCheck());
        case 0:
          return Integer(1) + OneOf({" = ", " <> ", " < ", " <= ", " > ", " >= "}) + Integer(1);
        case 1:
          if (node.empty()) break;
          if (options_.negation) return node + OneOf({" = ", " <> "}) + SomeId();
          return node + " = " + SomeId();
        case 2:
          if (node.empty()) break;
          return node + OneOf({" = ", " <> "}) + Some(Kind::kNode);
        case 3:
          if (node.empty() || !class_checks_) break;
          return node + ":" + ClassTest();
        case 4:
          if (node.empty() || !options_.negation) break;
          if (Chance(50)) {
            const std::string op = OneOf({" = ", " <> ", " < ", " <= ", " > ", " >= "});
            if (Chance(20)) return node + ".worth" + op + Some(Kind::kNode) + ".worth";
            if (Chance(50)) return node + ".worth" + op + OneOf({"2 USD", "3 USD", "2 EUR"});
            return node + ".since" + op + OneOf({"2021-06-01", "2021-06-15", "date('2021-06')"});
          }
          return node + OneOf({".staff", ".worth", ".since", ".seat", ".tag", ".suppliedBy"}) +
                 OneOf({" IS UNKNOWN", " IS KNOWN"});
        case 5:
          if (node.empty()) break;
          return "'" + OneOf(Words()) + "' IN " + node + ".tag";
        case 6:
          if (node.empty() || !options_.negation) break;
          return node + ".seat = " + (Chance(50) ? SomeId() : Some(Kind::kNode));
        case 7:
          if (fact.empty() || !options_.statements) break;
          return fact + OneOf({".disputed", ".denied", ".count > 1"});
        case 8:
          if (statement.empty()) break;
          return statement + OneOf({".polarity = 'asserts'", ".reliability = 'B'",
                                    ".credibility <= 3", ".quote STARTS WITH 's1'"});
        case 9:
          return Text() + OneOf({" STARTS WITH ", " ENDS WITH ", " CONTAINS ", " = "}) + "'" +
                 OneOf({"red", "e", "ish", "s"}) + "'";
        case 10:
          if (node.empty() || !options_.negation) break;
          return OneOf({"any", "all", "none", "single"}) + "(w IN " + node + ".tag WHERE w " +
                 OneOf({"= 'red'", "CONTAINS 'e'", "<> 'blue'"}) + ")";
        default:
          if (list.empty()) {
            return Integer(0) + " IN [1, 2, " + (Chance(30) ? "null" : Integer(0)) + "]";
          }
          return "size(" + list + ") " + OneOf({"> 1", "= 1"});
      }
    }
    return "1 < 2";
  }

  // --- Projections

  // A value to return, and what kind of variable it makes.
  std::string Value(Kind* kind) {
    if (!variables_.empty() && Chance(75)) {
      const Variable variable = variables_[Below(variables_.size())];
      *kind = variable.kind;
      switch (variable.kind) {
        case Kind::kStatement:
          *kind = Kind::kText;
          return variable.name + (Chance(70) ? ".quote" : ".polarity");
        case Kind::kChain:
          *kind = Kind::kInteger;
          if (!options_.dots) return "1";
          return "size(" + variable.name + ")";
        case Kind::kPaths:
          if (options_.dots && Chance(60)) {
            *kind = Kind::kList;
            return "nodes(" + variable.name + ")";
          }
          [[fallthrough]];
        case Kind::kPath:
          *kind = Kind::kInteger;
          if (!options_.dots) return "1";
          return "length(" + variable.name + ")";
        case Kind::kFact:
          *kind = Kind::kFact;
          if (options_.statements && Chance(30)) {
            *kind = Kind::kList;
            return variable.name + OneOf({".denied_by", ".asserted_by"});
          }
          return variable.name;
        case Kind::kNode:
          if (options_.negation && Chance(20)) {
            *kind = Kind::kList;
            return variable.name + OneOf({".tag", ".name", ".suppliedBy", ".borders"});
          }
          if (options_.negation && Chance(8)) {
            *kind = Kind::kList;
            return "ids(" + variable.name + ")";
          }
          if (options_.negation && Chance(15)) {
            *kind = Kind::kNode;
            return variable.name + ".seat";
          }
          if (options_.negation && Chance(10)) {
            *kind = Kind::kOther;
            return variable.name + OneOf({".worth", ".since"});
          }
          return variable.name;
        default:
          return variable.name;
      }
    }
    if (Chance(20)) {
      *kind = Kind::kText;
      return Text();
    }
    if (options_.negation && Chance(15)) {
      *kind = Kind::kInteger;
      return "CASE WHEN " + Condition(1) + " THEN 1 WHEN " + Condition(0) + " THEN 2 END";
    }
    *kind = Kind::kInteger;
    return Integer(1);
  }

  std::string Aggregate(Kind* kind) {
    *kind = Kind::kInteger;
    Kind inner = Kind::kInteger;
    switch (Below(6)) {
      case 0:
        return "count(*)";
      case 1:
        return "count(" + std::string(Chance(40) ? "DISTINCT " : "") + Value(&inner) + ")";
      case 2:
        *kind = Kind::kList;
        return "collect(" + std::string(Chance(40) ? "DISTINCT " : "") + Value(&inner) + ")";
      case 3:
        return "sum(" + Integer(1) + ")";
      case 4:
        return "min(" + Integer(1) + ")";
      default:
        return "max(" + Integer(0) + ") ";
    }
  }

  // Items with their names; the names replace the variables.
  std::string Items(size_t count, bool aggregated, std::vector<Variable>* named) {
    std::string text;
    for (size_t i = 0; i < count; ++i) {
      Kind kind = Kind::kInteger;
      const bool gathers = aggregated && (i + 1 == count || Chance(20));
      const std::string value = gathers ? Aggregate(&kind) : Value(&kind);
      const std::string name = "c" + std::to_string(i);
      text += (i > 0 ? ", " : "") + value + " AS " + name;
      named->push_back({name, kind});
    }
    return text;
  }

  std::string OrderBy(const std::vector<Variable>& named) {
    std::string text;
    for (const Variable& variable : named) {
      // Of nodes the order is not anyone's business, and lists have none.
      if (variable.kind != Kind::kInteger && variable.kind != Kind::kText) continue;
      if (!Chance(70)) continue;
      text += (text.empty() ? " ORDER BY " : ", ") + variable.name + (Chance(40) ? " DESC" : "");
    }
    return text;
  }

  std::string Projection(const std::string& word, size_t column_count) {
    const bool aggregated = options_.aggregates && Chance(30);
    std::vector<Variable> named;
    const bool distinct = Chance(20);
    std::string text = word + (distinct ? " DISTINCT " : " ");
    text += Items(column_count > 0 ? column_count : 1 + Below(3), aggregated, &named);
    if (options_.paging && Chance(40)) text += OrderBy(named);
    if (options_.paging && Chance(12)) text += " SKIP " + std::to_string(Below(3));
    if (options_.paging && Chance(15)) text += " LIMIT " + std::to_string(Below(5));
    variables_ = std::move(named);
    return text;
  }

  std::string Part(size_t column_count) {
    std::string text;
    if (Chance(8)) {
      text = "UNWIND [1, 3, 3, null] AS " + NewName(Kind::kInteger) + " ";
    }
    text += Match(options_.negation && Chance(4));
    if (Chance(25)) text += " " + Match(options_.negation && Chance(60));
    if (Chance(10)) {
      const std::string value = Integer(1);
      text += " LET " + NewName(Kind::kInteger) + " = " + value;
    }
    if (Chance(6) && !Some(Kind::kNode).empty()) {
      const std::string node = Some(Kind::kNode);
      text += " UNWIND " + node + ".tag AS " + NewName(Kind::kText);
    }
    if (Chance(4)) {
      if (Chance(60)) {
        const std::string argument = std::to_string(Below(4));
        text += " CALL staffed(" + argument + ") YIELD a AS " + NewName(Kind::kNode) + ", b AS " +
                NewName(Kind::kNode);
      } else if (options_.aggregates) {
        text += " CALL seats() YIELD b AS " + NewName(Kind::kNode) + ", n AS " +
                NewName(Kind::kInteger);
      }
    }
    if (Chance(12)) text += " FILTER " + Condition(1);
    if (Chance(15)) {
      const size_t before = next_name_;
      // The names of a WITH are used up: what follows must not take them again.
      std::vector<Variable> named;
      const bool aggregated = options_.aggregates && Chance(40);
      std::string items = Items(1 + Below(3), aggregated, &named);
      for (Variable& variable : named) {
        const std::string fresh = "w" + std::to_string(before) + variable.name;
        const size_t at = items.find(" AS " + variable.name);
        items.replace(at + 4, variable.name.size(), fresh);
        variable.name = fresh;
      }
      ++next_name_;
      variables_ = std::move(named);
      text += " WITH " + std::string(Chance(30) ? "DISTINCT " : "") + items;
      if (Chance(25)) text += " WHERE " + Condition(1);
      if (Chance(40)) text += " " + Match(options_.negation && Chance(40));
    }
    return text + " " + Projection("RETURN", column_count);
  }

  const QueryOptions& options_;
  Random* const random_;
  std::vector<Variable> variables_;
  size_t next_name_ = 0;
  bool class_checks_ = true;
  // Of the MATCH that is being made.
  bool has_chain_ = false;
  bool in_path_ = false;
  std::vector<Variable> inner_;
  int nesting_ = 0;  // Of subqueries.
};

}  // namespace

std::string RandomQuery(const QueryOptions& options, Random* random) {
  return QueryMaker(options, random).Make();
}

}  // namespace sightline::reference
