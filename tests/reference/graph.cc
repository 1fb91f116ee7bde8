#include "tests/reference/graph.h"

#include <algorithm>
#include <cctype>
#include <tuple>

#include "storage/text/name_form.h"
#include "tests/reference/cell_text.h"
#include "tests/reference/reference.h"

namespace sightline::reference {

using query::Datum;
using storage::BoundKind;
using storage::PredicateDefinition;
using storage::TermTag;

namespace {

// The names here are ASCII: folding is small letters.
std::string Folded(const std::string& text) {
  std::string folded;
  for (const char c : text) {
    folded += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return folded;
}

bool Overlap(const storage::TimeInterval& a, const storage::TimeInterval& b) {
  const auto begins_before_end = [](const storage::TimeInterval& x,
                                    const storage::TimeInterval& y) {
    return x.from.kind != BoundKind::kAt || y.to.kind != BoundKind::kAt ||
           x.from.micros < y.to.micros;
  };
  return begins_before_end(a, b) && begins_before_end(b, a);
}

PredicateDefinition BuiltIn(const std::string& name, bool transitive, bool symmetric,
                            bool taxonomic) {
  PredicateDefinition definition;
  definition.name = name;
  definition.transitive = transitive;
  definition.symmetric = symmetric;
  definition.taxonomic = taxonomic;
  return definition;
}

}  // namespace

Graph::Graph(const World& world, const storage::Clearance& clearance) {
  for (const auto& definition : world.classes) classes_.emplace(definition.name, definition);
  for (const auto& definition :
       {BuiltIn("instanceOf", false, false, true), BuiltIn("broader", true, false, true),
        BuiltIn("sameAs", true, true, true), BuiltIn("partOf", true, false, false),
        BuiltIn("name", false, false, false), BuiltIn("alias", false, false, false),
        BuiltIn("contradicts", false, true, false), BuiltIn("reliability", false, false, false),
        BuiltIn("credibility", false, false, false)}) {
    predicates_.emplace(definition.name, definition);
  }
  for (const auto& definition : world.predicates) predicates_.emplace(definition.name, definition);

  constexpr int64_t kDay = int64_t{86'400} * 1'000'000;
  const int64_t midnight = World::CommitMicros(world.commit_count - 1) / kDay * kDay;
  today_ = {{BoundKind::kAt, midnight}, {BoundKind::kAt, midnight + kDay}};

  // Those about statements come last, behind what they are about.
  std::vector<const WorldStatement*> visible;
  for (const bool rates : {false, true}) {
    for (const WorldStatement& statement : world.statements) {
      if (World::LabelRatedBy(statement).has_value() != rates || world.IsLeftOut(statement)) {
        continue;
      }
      if (MaySee(clearance, statement.marking)) visible.push_back(&statement);
    }
  }
  // Numbers follow the order of the ids.
  std::set<std::string> ids;
  for (const auto& [name, definition] : classes_) ids.insert(name);
  for (const auto& [name, definition] : predicates_) ids.insert(name);
  for (const WorldStatement* statement : visible) {
    seen_.insert(statement->claimant);
    for (const std::string& id : {statement->document, statement->dataset}) {
      if (!id.empty()) seen_.insert(id);
    }
    seen_.insert(statement->via.begin(), statement->via.end());
    if (World::LabelRatedBy(*statement)) continue;
    for (const WorldFact& fact : statement->facts) {
      seen_.insert(fact.subject);
      if (const auto* id = std::get_if<std::string>(&fact.object)) seen_.insert(*id);
    }
  }
  ids.insert(seen_.begin(), seen_.end());
  for (const std::string& id : ids) Node(id);

  std::map<std::string, TermId> terms;  // Of statements, by label.
  for (const WorldStatement* statement : visible) {
    Said said;
    said.statement = statement;
    said.term = TermId::Make(TermTag::kStatement, said_.size());
    terms.emplace(statement->label, said.term);
    const auto rated = World::LabelRatedBy(*statement);
    for (const WorldFact& fact : statement->facts) {
      said.facts.push_back({rated ? terms.at(*rated) : Node(fact.subject), Node(fact.predicate),
                            OfObject(fact.object)});
    }
    said.sources.insert(Node(statement->claimant));
    if (!statement->document.empty()) said.sources.insert(Node(statement->document));
    if (!statement->dataset.empty()) said.sources.insert(Node(statement->dataset));
    for (const std::string& via : statement->via) said.sources.insert(Node(via));
    said_.push_back(std::move(said));
  }
}

TermId Graph::Node(const std::string& id) {
  const auto [entry, is_new] = nodes_.emplace(id, TermId::Make(TermTag::kEntity, ids_.size()));
  if (is_new) ids_.push_back(id);
  return entry->second;
}

TermId Graph::OfObject(const Object& object) {
  if (const auto* id = std::get_if<std::string>(&object)) return Node(*id);
  const TermId known = TermOf(Datum(std::get<storage::Value>(object)));
  if (!known.is_none()) return known;
  values_.push_back(std::get<storage::Value>(object));
  return TermId::Make(TermTag::kValue, values_.size() - 1);
}

TermId Graph::TermOf(const Datum& datum) const {
  if (datum.is_null() || datum.value() == nullptr) return {};
  if (!datum.node().is_none()) return datum.node();
  const auto found = std::find(values_.begin(), values_.end(), *datum.value());
  if (found == values_.end()) return {};
  return TermId::Make(TermTag::kValue, static_cast<uint64_t>(found - values_.begin()));
}

Datum Graph::DatumOf(TermId term) const {
  if (term.is_none()) return {};
  if (term.is_node()) return Datum::OfNode(term);
  return Datum(values_[term.payload()]);
}

std::string Graph::TextOf(TermId term) const {
  if (term.is_entity()) return ids_[term.payload()];
  if (term.is_statement()) return "statement " + SaidBy(term).statement->label;
  return ValueCellText(values_[term.payload()]);
}

const PredicateDefinition* Graph::FindPredicate(const std::string& name) const {
  const auto found = predicates_.find(name);
  return found == predicates_.end() ? nullptr : &found->second;
}

const PredicateDefinition* Graph::FindProperty(const std::string& name, bool* inverse) const {
  *inverse = false;
  if (const PredicateDefinition* found = FindPredicate(name)) return found;
  *inverse = true;
  for (const auto& [other, definition] : predicates_) {
    if (!name.empty() && definition.inverse == name) return &definition;
  }
  return nullptr;
}

std::set<TermId> Graph::PredicatesAtOrBelow(const std::string& name) {
  std::set<TermId> found = {Node(name)};
  // As often as there are predicates: then every chain of parents has been followed.
  for (size_t round = 0; round < predicates_.size(); ++round) {
    for (const auto& [below, definition] : predicates_) {
      for (const std::string& parent : definition.parents) {
        if (found.contains(Node(parent))) found.insert(Node(below));
      }
    }
  }
  return found;
}

Walk Graph::WalkOf(const std::string& name) {
  bool inverse = false;
  const PredicateDefinition* definition = FindProperty(name, &inverse);
  if (definition == nullptr) throw QueryFails("SL2012");
  Walk walk;
  for (const TermId id : PredicatesAtOrBelow(definition->name)) {
    const bool symmetric = FindPredicate(TextOf(id))->symmetric;
    if (!inverse || symmetric) walk.along.insert(id);
    if (inverse || symmetric) walk.against.insert(id);
  }
  return walk;
}

Walk Graph::AnyWalk() {
  Walk walk;
  walk.nodes_only = true;
  for (const auto& [name, definition] : predicates_) {
    if (definition.taxonomic) continue;
    walk.along.insert(Node(name));
    if (definition.symmetric) walk.against.insert(Node(name));
  }
  return walk;
}

bool Graph::InScope(const Said& said, const RefScope& scope) const {
  const WorldStatement& statement = *said.statement;
  const int known = scope.known_commit.value_or(INT32_MAX);
  if (statement.commit > known) return false;
  if (statement.retracted_commit && *statement.retracted_commit <= known) return false;
  const storage::TimeInterval& valid = statement.valid;
  if (valid.undated() && scope.excluding_undated) return false;
  if (!valid.undated() && scope.only_undated) return false;
  if (!valid.undated() && scope.valid && !Overlap(valid, *scope.valid)) return false;
  const auto is_among = [&](const std::set<TermId>& sources) {
    return std::any_of(said.sources.begin(), said.sources.end(),
                       [&](TermId source) { return sources.contains(source); });
  };
  if (scope.sources && !is_among(*scope.sources)) return false;
  if (is_among(scope.excluded_sources)) return false;
  if (scope.marked_at_most && statement.marking.tlp > *scope.marked_at_most) return false;
  for (const std::string& party : scope.releasable_to) {
    const storage::Clearance theirs{.tlp_max = storage::TlpLabel::kRed, .authorizations = {party}};
    if (!MaySee(theirs, statement.marking)) return false;
  }
  if (scope.reliability) {
    const storage::Reliability grade = ReliabilityOf(said, scope);
    if (grade == storage::Reliability::kUnstated || grade == storage::Reliability::kF ||
        grade > *scope.reliability) {
      return false;
    }
  }
  if (scope.credibility) {
    const int grade = CredibilityOf(said, scope);
    if (grade == 0 || grade == 6 || grade > *scope.credibility) return false;
  }
  return true;
}

uint8_t Graph::RatingOf(TermId rated, const std::string& predicate, const RefScope& scope) const {
  RefScope of_ratings = scope.Base();
  of_ratings.valid = scope.valid.value_or(today_);
  std::pair<int64_t, uint8_t> newest = {INT64_MIN, 0};
  for (const Said& judgement : said_) {
    const WorldStatement& statement = *judgement.statement;
    if (statement.polarity == storage::Polarity::kDenies) continue;
    if (!InScope(judgement, of_ratings)) continue;
    for (const Fact& fact : judgement.facts) {
      if (fact.subject != rated || fact.predicate != nodes_.at(predicate)) continue;
      const storage::Value& value = values_[fact.object.payload()];
      const uint8_t grade = predicate == "reliability"
                                ? static_cast<uint8_t>(*storage::ParseReliability(value.ToString()))
                                : static_cast<uint8_t>(*value.get_if<int64_t>());
      const int64_t said = statement.said.undated() ? World::CommitMicros(statement.commit)
                                                    : statement.said.from.micros;
      newest = std::max(newest, std::pair(said, grade));
    }
  }
  return newest.second;
}

storage::Reliability Graph::ReliabilityOf(const Said& said, const RefScope& scope) const {
  const WorldStatement& statement = *said.statement;
  if (statement.reliability != storage::Reliability::kUnstated) return statement.reliability;
  for (const std::string& source : {statement.claimant, statement.document, statement.dataset}) {
    if (source.empty()) continue;
    const uint8_t grade = RatingOf(nodes_.at(source), "reliability", scope);
    if (grade != 0) return static_cast<storage::Reliability>(grade);
  }
  return storage::Reliability::kUnstated;
}

storage::Credibility Graph::CredibilityOf(const Said& said, const RefScope& scope) const {
  const uint8_t grade = RatingOf(said.term, "credibility", scope);
  return grade != 0 ? grade : said.statement->credibility;
}

Identity Graph::IdentityUnder(const RefScope& scope) const {
  const TermId same_as = nodes_.at("sameAs");
  struct Judgement {
    int commit;
    size_t place;
    TermId a, b;
    bool operator<(const Judgement& other) const {
      return std::tie(commit, place, a, b) < std::tie(other.commit, other.place, other.a, other.b);
    }
  };
  std::vector<Judgement> links;
  std::set<std::pair<TermId, TermId>> apart;
  for (size_t place = 0; place < said_.size(); ++place) {
    const WorldStatement& statement = *said_[place].statement;
    if (!InScope(said_[place], scope) || CredibilityOf(said_[place], scope) > 3) continue;
    bool same = statement.polarity == storage::Polarity::kAsserts, judges = true;
    for (const auto& [key, value] : statement.qualifiers) {
      if (key != "judgement") continue;
      judges = judges && (value.ToString() == "positive" || value.ToString() == "negative");
      same = same && value.ToString() != "negative";
    }
    if (!judges) continue;
    for (const Fact& fact : said_[place].facts) {
      if (fact.predicate != same_as || !fact.object.is_entity()) continue;
      if (IsClass(TextOf(fact.subject)) || IsClass(TextOf(fact.object))) continue;
      const TermId a = std::min(fact.subject, fact.object), b = std::max(fact.subject, fact.object);
      if (same) {
        links.push_back({statement.commit, place, a, b});
      } else {
        apart.emplace(a, b);
      }
    }
  }
  std::sort(links.begin(), links.end());
  Identity entity;  // Of each id its least one.
  const auto of = [&entity](TermId id) {
    const auto found = entity.find(id);
    return found == entity.end() ? id : found->second;
  };
  for (const Judgement& link : links) {
    const TermId a = of(link.a), b = of(link.b);
    const bool denied = std::any_of(apart.begin(), apart.end(), [&](const auto& pair) {
      const TermId x = of(pair.first), y = of(pair.second);
      return (x == a && y == b) || (x == b && y == a);
    });
    if (a == b || denied) continue;
    for (const TermId id : {link.a, link.b}) entity.emplace(id, id);
    for (auto& [id, least] : entity) {
      if (least == a || least == b) least = std::min(a, b);
    }
  }
  std::erase_if(entity, [](const auto& id) { return id.first == id.second; });
  return entity;
}

HeldFacts Graph::FactsUnder(const RefScope& scope, const Identity& identity) const {
  HeldFacts spoken_of;
  spoken_of.identity = identity;
  for (const Said& said : said_) {
    if (!InScope(said, scope)) continue;
    std::set<Fact> facts;
    for (const Fact& fact : said.facts) {
      facts.insert({spoken_of.CanonicalOf(fact.subject), fact.predicate,
                    spoken_of.CanonicalOf(fact.object)});
    }
    for (const Fact& fact : facts) {
      auto held = std::find_if(spoken_of.begin(), spoken_of.end(),
                               [&](const Held& other) { return other.fact == fact; });
      if (held == spoken_of.end()) held = spoken_of.insert(held, Held{fact, {}, {}});
      const bool asserts = said.statement->polarity == storage::Polarity::kAsserts;
      (asserts ? held->asserting : held->denying).push_back(&said);
    }
  }
  std::erase_if(spoken_of, [&](const Held& held) {
    std::set<std::string> origins;
    for (const Said* said : held.asserting) origins.insert(said->statement->claimant);
    if (scope.origins_min > 1 && origins.size() < scope.origins_min) return true;
    const bool asserted = !held.asserting.empty(), denied = !held.denying.empty();
    switch (scope.rule) {
      case storage::DisputeRule::kDefault:
        return !asserted;
      case storage::DisputeRule::kExcludingDisputed:
        return !asserted || denied;
      case storage::DisputeRule::kOnlyDisputed:
        return !asserted || !denied;
      case storage::DisputeRule::kIncludingDenied:
        return false;
      case storage::DisputeRule::kOnlyDenied:
        return asserted;
    }
    return true;
  });
  return spoken_of;
}

Held Graph::SupportOf(const Fact& fact, const RefScope& scope) const {
  RefScope whatever_rule = scope;
  whatever_rule.rule = storage::DisputeRule::kIncludingDenied;
  whatever_rule.origins_min = 0;
  for (Held& held : FactsUnder(whatever_rule)) {
    if (held.fact == fact) return held;
  }
  return {};
}

std::vector<Step> Graph::StepsOf(const std::vector<Held>& facts, const Walk& walk) {
  std::vector<Step> steps;
  for (const Held& held : facts) {
    const Fact& fact = held.fact;
    if (walk.nodes_only && !fact.object.is_node()) continue;
    const bool along = walk.along.contains(fact.predicate);
    if (along) steps.push_back({&held, fact.subject, fact.object});
    // From a node to itself both ways are one.
    if (walk.against.contains(fact.predicate) && !(along && fact.subject == fact.object)) {
      steps.push_back({&held, fact.object, fact.subject});
    }
  }
  return steps;
}

std::set<TermId> Graph::KindsAtOrBelow(const std::set<TermId>& roots, const HeldFacts& base) {
  std::set<TermId> kinds = roots;
  const std::set<TermId> broader = PredicatesAtOrBelow("broader");
  for (size_t before = 0; before != kinds.size();) {
    before = kinds.size();
    for (const auto& [name, definition] : classes_) {
      for (const std::string& parent : definition.parents) {
        if (kinds.contains(Node(parent))) kinds.insert(Node(name));
      }
    }
    for (const Held& held : base) {
      if (broader.contains(held.fact.predicate) && kinds.contains(held.fact.object)) {
        kinds.insert(held.fact.subject);
      }
    }
  }
  return kinds;
}

// A class that facts only mention as what others are instances of, or as wider than a kind, is a
// word of the schema and not a thing in the data.
bool Graph::SpokenOf(TermId kind, const HeldFacts& base) {
  if (!IsClass(TextOf(kind))) return true;
  const TermId instance_of = Node("instanceOf"), broader = Node("broader");
  return std::any_of(base.begin(), base.end(), [&](const Held& held) {
    const bool membership = held.fact.predicate == instance_of || held.fact.predicate == broader;
    return held.fact.subject == kind || (held.fact.object == kind && !membership);
  });
}

bool Graph::IsOfKinds(TermId node, const std::set<TermId>& roots, bool only, bool only_named,
                      const HeldFacts& base) {
  const std::set<TermId> kinds = only ? roots : KindsAtOrBelow(roots, base);
  if (kinds.contains(node) && (only ? only_named : SpokenOf(node, base))) return true;
  const TermId instance_of = Node("instanceOf");
  return std::any_of(base.begin(), base.end(), [&](const Held& held) {
    return held.fact.subject == node && held.fact.predicate == instance_of &&
           kinds.contains(held.fact.object);
  });
}

bool Graph::IsA(TermId node, const query::ast::ClassTest& test, const HeldFacts& base) {
  using Kind = query::ast::ClassTest::Kind;
  switch (test.kind) {
    case Kind::kAny:
      return true;
    case Kind::kNot:
      return !IsA(node, test.children[0], base);
    case Kind::kAnd:
      return std::all_of(test.children.begin(), test.children.end(),
                         [&](const auto& child) { return IsA(node, child, base); });
    case Kind::kOr:
      return std::any_of(test.children.begin(), test.children.end(),
                         [&](const auto& child) { return IsA(node, child, base); });
    case Kind::kName:
      if (!IsClass(test.text)) throw QueryFails("SL2011");
      return IsOfKinds(node, {Node(test.text)}, test.only, false, base);
    case Kind::kId:
      if (!Sees(test.text)) return false;
      return IsOfKinds(node, {base.CanonicalOf(Node(test.text))}, test.only, false, base);
    case Kind::kQuoted:
      return IsOfKinds(node, KindsNamed(test.text, base), test.only, true, base);
    case Kind::kParameter:
      break;
  }
  throw NotCovered("a parameter as class");
}

std::set<TermId> Graph::NodesNamed(const std::string& name, const HeldFacts& base) {
  std::set<TermId> nodes;
  for (const Held& held : base) {
    const std::string predicate = TextOf(held.fact.predicate);
    if ((predicate != "name" && predicate != "alias") || held.fact.object.is_node()) continue;
    const Datum value = DatumOf(held.fact.object);
    const auto* text = value.value()->get_if<storage::Text>();
    if (text != nullptr && storage::FormOfName(text->text).words == storage::FormOfName(name).words)
      nodes.insert(held.fact.subject);
  }
  return nodes;
}

std::set<TermId> Graph::KindsNamed(const std::string& name, const HeldFacts& base) {
  std::set<TermId> kinds = NodesNamed(name, base);
  for (const auto& [class_name, definition] : classes_) {
    if (Folded(class_name) == Folded(name)) kinds.insert(Node(class_name));
  }
  return kinds;
}

std::set<TermId> Graph::SourcesAtOrBelow(const std::set<TermId>& roots, const HeldFacts& base) {
  std::set<TermId> sources;
  for (const TermId root : roots) sources.insert(base.CanonicalOf(root));
  for (size_t before = 0; before != sources.size();) {
    before = sources.size();
    for (const auto& [name, definition] : classes_) {
      for (const std::string& parent : definition.parents) {
        if (sources.contains(Node(parent))) sources.insert(Node(name));
      }
    }
    for (const Held& held : base) {
      const std::string predicate = TextOf(held.fact.predicate);
      const bool below = predicate == "partOf" || predicate == "memberOf" ||
                         predicate == "broader" || predicate == "instanceOf";
      if (below && sources.contains(held.fact.object)) sources.insert(held.fact.subject);
    }
  }
  // Statements name their sources by any id.
  for (const auto& [id, canonical] : base.identity) {
    if (sources.contains(canonical)) sources.insert(id);
  }
  return sources;
}

std::set<TermId> Graph::Universe(const HeldFacts& base) {
  std::set<TermId> nodes;
  for (const Held& held : base) {
    for (const TermId term : {held.fact.subject, held.fact.object}) {
      if (term.is_node() && SpokenOf(term, base)) nodes.insert(term);
    }
  }
  return nodes;
}

}  // namespace sightline::reference
