#include "tests/reference/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "tests/support/fake_clock.h"

namespace sightline::reference {
namespace {

constexpr std::string_view kStatementPrefix = "statement/";

using storage::BoundKind;
using storage::ValueType;

std::vector<std::string> SplitAt(const std::string& text, char separator) {
  std::vector<std::string> parts = {""};
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string ValueText(const storage::Value& value) {
  return value.type() == ValueType::kText ? "\"" + value.ToString() + "\"" : value.ToString();
}

std::string ObjectNode(const Object& object) {
  if (const auto* id = std::get_if<std::string>(&object)) return "(#" + *id + ")";
  return "(" + ValueText(std::get<storage::Value>(object)) + ")";
}

std::string BoundText(const storage::TimeBound& bound, bool is_end) {
  if (bound.kind == BoundKind::kUnknown) return "null";
  if (bound.kind == BoundKind::kOpen) return "\"open\"";
  const int64_t micros = bound.micros - (is_end ? test::FakeClock::kMicrosPerDay : 0);
  return storage::Instant{micros}.ToString().substr(0, 10);
}

std::string Joined(const std::vector<std::string>& parts, const std::string& between,
                   const std::string& before = "") {
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : between) + before + part;
  return all;
}

std::string SpokenOf(const WorldStatement& statement) {
  return fmt::format("MATCH (#{})-[:{} @st]->() INCLUDING DENIED WHERE st.quote = \"{}\"",
                     statement.facts[0].subject, statement.facts[0].predicate, statement.label);
}

std::string StatementText(const WorldStatement& statement, const World& world) {
  std::vector<std::string> patterns;
  std::string before;
  const auto rated_label = World::LabelRatedBy(statement);
  for (const WorldStatement& rated : world.statements) {
    if (rated.label != rated_label) continue;
    before = SpokenOf(rated) + " ";
    const WorldFact& fact = statement.facts[0];
    patterns.push_back(fmt::format("(st {{{}: {}}})", fact.predicate,
                                   ValueText(std::get<storage::Value>(fact.object))));
  }
  if (patterns.empty())
    for (const WorldFact& fact : statement.facts) {
      std::string qualifiers;
      for (const auto& [key, value] : statement.qualifiers) {
        qualifiers += (qualifiers.empty() ? " {" : ", ") + key + ": " + ValueText(value);
      }
      if (!qualifiers.empty()) qualifiers += "}";
      if (std::holds_alternative<storage::Value>(fact.object) && qualifiers.empty()) {
        patterns.push_back(fmt::format("(#{} {{{}: {}}})", fact.subject, fact.predicate,
                                       ValueText(std::get<storage::Value>(fact.object))));
      } else {
        patterns.push_back(fmt::format("(#{})-[:{}{}]->{}", fact.subject, fact.predicate,
                                       qualifiers, ObjectNode(fact.object)));
      }
    }
  std::vector<std::string> details = {"quote: \"" + statement.label + "\""};
  if (!statement.document.empty()) details.push_back("document: #" + statement.document);
  if (!statement.dataset.empty()) details.push_back("dataset: #" + statement.dataset);
  if (!statement.via.empty()) {
    details.push_back("via: [" + Joined(statement.via, ", ", "#") + "]");
  }
  if (statement.reliability != storage::Reliability::kUnstated) {
    details.push_back(
        fmt::format("reliability: \"{}\"", storage::ReliabilityName(statement.reliability)));
  }
  if (statement.credibility != 0) {
    details.push_back(fmt::format("credibility: {}", int{statement.credibility}));
  }
  if (statement.marking.tlp != storage::TlpLabel::kClear) {
    details.push_back(fmt::format("marking: \"{}\"", storage::TlpLabelName(statement.marking.tlp)));
  }
  if (!statement.marking.access.empty()) {
    details.push_back("access: \"" + statement.marking.access + "\"");
  }
  if (!statement.valid.undated()) {
    details.push_back("valid: [" + BoundText(statement.valid.from, false) + ", " +
                      BoundText(statement.valid.to, true) + "]");
  }
  if (!statement.said.undated()) {
    details.push_back("said: " + BoundText(statement.said.from, false));
  }
  return fmt::format("{}{} {} ACCORDING TO #{} {{{}}};\n", before,
                     statement.polarity == storage::Polarity::kAsserts ? "ASSERT" : "DENY",
                     Joined(patterns, ", "), statement.claimant, Joined(details, ", "));
}

std::string DefinitionText(const storage::PredicateDefinition& predicate) {
  std::string range = Joined(predicate.range, "|");
  for (const ValueType type : predicate.range_types) {
    range += (range.empty() ? "" : "|") + std::string(storage::ValueTypeName(type));
  }
  std::string text = fmt::format("DEFINE PREDICATE {} FROM {} TO {}{}", predicate.name,
                                 predicate.domain.empty() ? "%" : Joined(predicate.domain, "|"),
                                 range.empty() ? "%" : range,
                                 predicate.cardinality == storage::Cardinality::kOne ? " ONE" : "");
  if (predicate.symmetric) text += " SYMMETRIC";
  if (predicate.transitive) text += " TRANSITIVE";
  if (!predicate.inverse.empty()) text += " INVERSE " + predicate.inverse;
  if (!predicate.parents.empty()) text += " UNDER " + Joined(predicate.parents, ", ");
  return text + ";\n";
}

}  // namespace

std::string StatementNode(const std::string& label) {
  return std::string(kStatementPrefix) + label;
}

std::optional<std::string> World::LabelRatedBy(const WorldStatement& statement) {
  const std::string& subject = statement.facts[0].subject;
  if (!subject.starts_with(kStatementPrefix)) return std::nullopt;
  return subject.substr(kStatementPrefix.size());
}

bool World::Has(const std::string& label) const {
  return std::any_of(statements.begin(), statements.end(),
                     [&](const WorldStatement& statement) { return statement.label == label; });
}

int64_t World::CommitMicros(int commit) {
  return test::FakeClock::kStartMicros + commit * test::FakeClock::kMicrosPerDay;
}

bool MaySee(const storage::Clearance& clearance, const storage::Marking& marking) {
  if (clearance.unrestricted) return true;
  if (marking.tlp > clearance.tlp_max) return false;
  if (marking.access.empty()) return true;
  const bool any = marking.access.find('|') != std::string::npos;
  for (const std::string& token : SplitAt(marking.access, any ? '|' : '&')) {
    if (clearance.authorizations.contains(token) == any) return any;
  }
  return !any;
}

World Restricted(const World& world, const storage::Clearance& clearance) {
  World restricted = world;
  std::erase_if(restricted.statements, [&](const WorldStatement& statement) {
    return !MaySee(clearance, statement.marking);
  });
  return restricted;
}

std::string ToScript(const World& world) {
  std::string script;
  for (int commit = 0; commit < world.commit_count; ++commit) {
    script += fmt::format("// Commit {}, at {}\n", commit,
                          storage::Instant{World::CommitMicros(commit)}.ToString());
    if (commit == 0) {
      for (const storage::ClassDefinition& definition : world.classes) {
        script += "DEFINE CLASS " + definition.name +
                  (definition.parents.empty() ? "" : " UNDER " + Joined(definition.parents, ", ")) +
                  ";\n";
      }
      for (const auto& predicate : world.predicates) script += DefinitionText(predicate);
      for (const auto& definition : world.stored) script += definition.text + ";\n";
    }
    for (const WorldStatement& statement : world.statements) {
      if (World::LabelRatedBy(statement)) continue;
      if (statement.commit == commit) script += StatementText(statement, world);
    }
    for (const WorldStatement& statement : world.statements) {
      if (!World::LabelRatedBy(statement) || world.IsLeftOut(statement)) continue;
      if (statement.commit == commit) script += StatementText(statement, world);
    }
    for (const WorldStatement& statement : world.statements) {
      if (statement.retracted_commit != commit || world.IsLeftOut(statement)) continue;
      script += SpokenOf(statement) + " RETRACT st BECAUSE \"taken back\";\n";
    }
  }
  return script;
}

}  // namespace sightline::reference
