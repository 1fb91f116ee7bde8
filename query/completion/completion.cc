#include "query/completion/completion.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "query/binder/statement_details.h"
#include "query/binder/suggest.h"
#include "query/completion/name_counts.h"
#include "query/completion/written_context.h"
#include "query/functions/fields.h"
#include "query/functions/registry.h"
#include "query/node_card.h"
#include "query/parser/expected_syntax.h"
#include "query/plan/procedure.h"
#include "storage/base/utf8.h"
#include "storage/text/name_folding.h"

namespace sightline::query {
namespace {

using storage::Catalog;
using storage::ClassDefinition;
using storage::PredicateDefinition;
using storage::StoredDefinition;
using storage::TermId;
using Role = SyntaxRole;

// Names looked up of one text. Whoever wants others types on.
constexpr size_t kEntitiesMax = 50;
// Each costs a scope of its own.
constexpr size_t kSourcesMax = 20;
// Nodes of a name whose facts are looked at for what leaves them.
constexpr size_t kNodesMax = 16;

std::string JoinedNames(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : "|") + name;
  return joined;
}

// "Person -> Company", "anything -> MONEY"
std::string DetailOf(const PredicateDefinition& predicate, bool inverse) {
  std::vector<std::string> range = predicate.range;
  for (const storage::ValueType type : predicate.range_types) {
    range.emplace_back(ValueTypeName(type));
  }
  std::string from = predicate.domain.empty() ? "anything" : JoinedNames(predicate.domain);
  std::string to = range.empty() ? "anything" : JoinedNames(range);
  if (inverse) std::swap(from, to);
  std::string detail = from + " -> " + to;
  if (!predicate.label.empty()) detail += ", " + predicate.label;
  return detail;
}

// How well a name goes with what is around it; the lower the better.
enum Fit : int { kFits = 0, kMayFit = 1, kUnknownFit = 2, kDoesNotFit = 3 };

// How an instance of one of `classes` goes with an end that takes `taken`.
Fit FitOf(const Catalog& catalog, const std::vector<std::string>& classes,
          const std::vector<std::string>& taken) {
  if (classes.empty()) return kUnknownFit;
  if (taken.empty()) return kMayFit;
  Fit best = kDoesNotFit;
  for (const std::string& name : classes) {
    // A kind that is no class may be anything.
    if (catalog.FindClass(name) == nullptr) best = std::min(best, kMayFit);
    for (const std::string& wanted : taken) {
      if (catalog.IsClassAtOrBelow(name, wanted)) return kFits;
      if (catalog.IsClassAtOrBelow(wanted, name)) best = std::min(best, kMayFit);
    }
  }
  return best;
}

class Completer {
 public:
  Completer(const CompletionRequest& request, const storage::ReadView& view,
            const storage::CancellationToken& deadline)
      : request_(request),
        view_(view),
        catalog_(view.catalog()),
        deadline_(deadline),
        counts_(view, [this] { return deadline_.Check(); }) {}

  StatusOr<Completion> Run();

 private:
  struct Ranked {
    int group = 0;  // Of the sort of name: those that a place is for come first.
    int fit = 0;
    bool is_empty = false;  // Nothing has the name.
    uint64_t count = 0;
    Candidate candidate;
  };

  Status Collect();
  void Offer(int group, int fit, Candidate candidate);
  // Whether the name begins with what is typed, case and diacritics aside.
  bool Matches(std::string_view name) const {
    return storage::FoldName(name).starts_with(typed_folded_);
  }
  // The name as it is to be written in place of the word.
  std::string Written(std::string_view name) const {
    if (expected_.word.kind != SyntaxKind::kQuotedWord) return QuoteName(name);
    std::string quoted = "`";
    for (const char c : name) quoted += c == '`' ? "``" : std::string(1, c);
    return quoted + "`";
  }
  bool Expects(Role role) const { return expected_.roles.contains(role); }
  bool PreviousIs(std::string_view word, size_t back = 1) const {
    const auto& before = expected_.before;
    return before.size() >= back && before[before.size() - back].Is(word);
  }

  void OfferKeywords();
  void OfferVariables();
  void OfferParameters();
  void OfferFunctions();
  void OfferProcedures();
  void OfferYieldColumns();
  void OfferSettings(const std::vector<std::string>& words, std::string_view detail);
  void OfferFields(std::span<const Field> fields);
  void OfferStored(StoredDefinition::Kind kind, CandidateKind as);
  void OfferPrefixes();
  Status OfferClasses(int group, const std::vector<std::string>& wanted);
  Status OfferPredicates();
  Status OfferMembers();
  Status OfferProperties(const std::optional<WrittenNode>& node, bool as_edges);
  Status OfferDefinitionNames();
  Status OfferTexts();
  Status OfferIds();
  Status OfferSources(const std::vector<storage::NameMatch>& matches, bool as_ids);

  // What is known of a written node's classes: tested for, or told by edges at it.
  std::vector<std::string> ClassesOf(const WrittenNode& node) const;
  // The nodes that it names by id or text; few of them.
  StatusOr<std::vector<TermId>> NodesOf(const WrittenNode& node) const;
  // Puts a predicate among the candidates: `from_node` are the classes of the node that it leaves.
  Status OfferPredicate(const PredicateDefinition& predicate, bool inverse, bool against,
                        const std::vector<std::string>& from_node,
                        const std::map<TermId, NameCount>* along,
                        const std::map<TermId, NameCount>* backwards, CandidateKind kind);
  std::string QuotedAsTyped(std::string_view text) const;

  const CompletionRequest& request_;
  const storage::ReadView& view_;
  const Catalog& catalog_;
  const storage::CancellationToken& deadline_;
  const NameCounts counts_;
  ExpectedSyntax expected_;
  std::string typed_folded_;
  std::optional<WrittenContext> context_;
  std::vector<Ranked> ranked_;
  bool incomplete_ = false;
};

void Completer::Offer(int group, int fit, Candidate candidate) {
  Ranked ranked;
  ranked.group = group;
  ranked.fit = fit;
  ranked.is_empty = candidate.count == uint64_t{0};
  ranked.count = candidate.count.value_or(0);
  ranked.candidate = std::move(candidate);
  ranked_.push_back(std::move(ranked));
}

// --- Words of the language

void Completer::OfferKeywords() {
  // Those that begin and lead on most queries; the others follow by the alphabet.
  constexpr std::array<std::string_view, 9> kFrequent = {
      "MATCH", "WHERE", "RETURN", "AND", "OR", "WITH", "ORDER BY", "LIMIT", "OPTIONAL MATCH"};
  for (const std::string& keyword : expected_.keywords) {
    if (!Matches(keyword)) continue;
    const auto* place = std::find(kFrequent.begin(), kFrequent.end(), keyword);
    Offer(4, static_cast<int>(place - kFrequent.begin()),
          {.insert_text = keyword, .kind = CandidateKind::kKeyword});
  }
}

void Completer::OfferVariables() {
  const bool nodes_only = !Expects(Role::kVariable);
  int place = 0;
  for (const WrittenVariable& variable : context_->variables()) {
    const bool is_node = variable.kind == WrittenVariable::Kind::kNode;
    if ((nodes_only && !is_node) || !Matches(variable.name)) continue;
    std::string detail;
    switch (variable.kind) {
      case WrittenVariable::Kind::kNode: {
        detail = JoinedNames(ClassesOf(variable.node));
        if (detail.empty()) detail = "node";
        break;
      }
      case WrittenVariable::Kind::kEdge:
        detail = "edge";
        break;
      case WrittenVariable::Kind::kPath:
        detail = "path";
        break;
      case WrittenVariable::Kind::kStatement:
        detail = "statement";
        break;
      case WrittenVariable::Kind::kValue:
        detail = "value";
        break;
    }
    Offer(0, place++,
          {.insert_text = Written(variable.name),
           .kind = CandidateKind::kVariable,
           .detail = std::move(detail)});
  }
}

void Completer::OfferParameters() {
  std::set<std::string> names(request_.parameters.begin(), request_.parameters.end());
  for (const PlacedToken& token : expected_.before) {
    if (token.kind == SyntaxKind::kParameter && !token.text.empty()) names.insert(token.text);
  }
  for (const std::string& name : names) {
    if (!Matches(name)) continue;
    // Behind the $ any word is a name.
    const bool is_plain = QuoteName("_" + name) == "_" + name;
    Offer(1, 0,
          {.insert_text = "$" + (is_plain ? name : QuoteName(name)),
           .kind = CandidateKind::kParameter});
  }
}

void Completer::OfferFunctions() {
  const bool has_bracket = expected_.word.span.end < request_.text.size() &&
                           request_.text[expected_.word.span.end] == '(';
  const auto offer = [&](std::string_view name, std::string_view signature) {
    if (!Matches(name)) return;
    Offer(5, 0,
          {.insert_text = std::string(name) + (has_bracket ? "" : "("),
           .kind = CandidateKind::kFunction,
           .detail = std::string(signature)});
  };
  for (const ScalarFunction& function : ScalarFunctions()) {
    offer(function.name, function.signature);
  }
  for (const AggregateFunction& function : AggregateFunctions()) {
    offer(function.name, function.signature);
  }
}

void Completer::OfferProcedures() {
  for (const Procedure& procedure : Procedures()) {
    if (!Matches(procedure.name)) continue;
    Offer(0, 0,
          {.insert_text = std::string(procedure.name),
           .kind = CandidateKind::kProcedure,
           .detail = std::string(procedure.signature)});
  }
  OfferStored(StoredDefinition::Kind::kQuery, CandidateKind::kProcedure);
}

void Completer::OfferStored(StoredDefinition::Kind kind, CandidateKind as) {
  std::set<std::string_view> seen;
  for (const StoredDefinition* stored : catalog_.StoredOf(kind, view_.clearance())) {
    if (!Matches(stored->name) || !seen.insert(stored->name).second) continue;
    std::string detail;
    if (kind == StoredDefinition::Kind::kQuery) {
      for (const std::string& parameter : stored->parameters) {
        detail += (detail.empty() ? "$" : ", $") + parameter;
      }
      detail = stored->name + "(" + detail + ")";
    } else if (kind == StoredDefinition::Kind::kEdge) {
      detail = "defined edge";
    } else {
      detail = stored->text;
    }
    if (!stored->note.empty()) detail += ", " + stored->note;
    Offer(0, kMayFit,
          {.insert_text = Written(stored->name), .kind = as, .detail = std::move(detail)});
  }
}

void Completer::OfferYieldColumns() {
  const Procedure* procedure = FindProcedure(context_->called());
  if (procedure == nullptr) return;
  for (const ProcedureColumn& column : procedure->columns) {
    if (!Matches(column.name)) continue;
    Offer(0, 0,
          {.insert_text = std::string(column.name),
           .kind = CandidateKind::kSetting,
           .detail = std::string(StaticTypeName(column.type))});
  }
}

void Completer::OfferSettings(const std::vector<std::string>& words, std::string_view detail) {
  for (const std::string& word : words) {
    if (!Matches(word)) continue;
    Offer(0, 0,
          {.insert_text = word, .kind = CandidateKind::kSetting, .detail = std::string(detail)});
  }
}

void Completer::OfferFields(std::span<const Field> fields) {
  for (const Field& field : fields) {
    if (!Matches(field.name)) continue;
    Offer(0, kFits,
          {.insert_text = std::string(field.name),
           .kind = CandidateKind::kProperty,
           .detail = std::string(field.summary)});
  }
}

void Completer::OfferPrefixes() {
  if (expected_.word.kind != SyntaxKind::kQuotedWord) return;
  std::set<std::string_view> seen;
  for (const auto* prefix : catalog_.StoredOf(StoredDefinition::Kind::kPrefix, view_.clearance())) {
    if (!seen.insert(prefix->name).second) continue;
    const std::string written = prefix->name + ":";
    if (Matches(written)) {
      // Open: a name is to follow.
      Offer(2, 0,
            {.insert_text = "`" + written, .kind = CandidateKind::kPrefix, .detail = prefix->text});
    }
    if (!expected_.typed.starts_with(written)) continue;
    const auto offer = [&](const std::string& name, CandidateKind kind) {
      if (!name.starts_with(prefix->text)) return;
      const std::string in_short = written + name.substr(prefix->text.size());
      if (Matches(in_short)) Offer(0, 0, {.insert_text = "`" + in_short + "`", .kind = kind});
    };
    const bool predicates = Expects(Role::kPredicate) || Expects(Role::kMemberKey) ||
                            Expects(Role::kNodeKey) || Expects(Role::kEdgeKey);
    if (Expects(Role::kClass)) {
      for (const auto& [name, definition] : catalog_.classes()) offer(name, CandidateKind::kClass);
    }
    if (predicates) {
      for (const auto& [name, definition] : catalog_.predicates()) {
        offer(name, CandidateKind::kPredicate);
      }
    }
  }
}

// --- Classes and predicates

std::vector<std::string> Completer::ClassesOf(const WrittenNode& node) const {
  if (!node.classes.empty()) return node.classes;
  for (const auto& [name, is_start] : node.edges) {
    const PredicateDefinition* predicate = catalog_.FindPredicate(name);
    const bool inverse = predicate == nullptr;
    if (inverse) predicate = catalog_.FindInverse(name);
    if (predicate == nullptr) continue;
    const auto& classes = is_start != inverse ? predicate->domain : predicate->range;
    if (!classes.empty()) return classes;
  }
  return {};
}

StatusOr<std::vector<TermId>> Completer::NodesOf(const WrittenNode& node) const {
  std::vector<TermId> nodes;
  if (!node.id.empty()) {
    SL_ASSIGN_OR_RETURN(const auto found, view_.FindNode(node.id));
    if (found) nodes.push_back(*found);
  } else if (!node.text.empty()) {
    SL_ASSIGN_OR_RETURN(nodes, view_.NodesNamed(node.text, *view_.default_scope()));
    // Of a name that many have, none says what leaves the others.
    if (nodes.size() > kNodesMax) nodes.clear();
  }
  return nodes;
}

Status Completer::OfferClasses(int group, const std::vector<std::string>& wanted) {
  for (const auto& [name, definition] : catalog_.classes()) {
    if (!Matches(name) && !Matches(definition.label)) continue;
    SL_ASSIGN_OR_RETURN(const NameCount count, counts_.InstancesOf(definition));
    std::string detail = definition.label;
    if (!definition.parents.empty()) {
      detail += (detail.empty() ? "" : ", ") + ("under " + JoinedNames(definition.parents));
    }
    Offer(group, FitOf(catalog_, {name}, wanted),
          {.insert_text = Written(name),
           .kind = CandidateKind::kClass,
           .detail = std::move(detail),
           .count = count.count,
           .count_is_least = count.is_least});
  }
  return OkStatus();
}

Status Completer::OfferPredicate(const PredicateDefinition& predicate, bool inverse, bool against,
                                 const std::vector<std::string>& from_node,
                                 const std::map<TermId, NameCount>* along,
                                 const std::map<TermId, NameCount>* backwards, CandidateKind kind) {
  const std::string& name = inverse ? predicate.inverse : predicate.name;
  if (!Matches(name) && (inverse || !Matches(predicate.label))) return OkStatus();
  // The node is the subject when the name is read forwards.
  const bool as_subject = inverse == against;
  const bool takes_values = predicate.attribute_only();
  Fit fit = FitOf(catalog_, from_node, as_subject ? predicate.domain : predicate.range);
  if (predicate.symmetric && fit == kDoesNotFit) {
    fit = FitOf(catalog_, from_node, as_subject ? predicate.range : predicate.domain);
  }
  if (!as_subject && takes_values) fit = kDoesNotFit;
  Candidate candidate{
      .insert_text = Written(name), .kind = kind, .detail = DetailOf(predicate, inverse)};
  const std::map<TermId, NameCount>* here = as_subject ? along : backwards;
  if (here != nullptr) {
    NameCount count;
    for (const TermId below : catalog_.PredicateIdsAtOrBelow(predicate.name)) {
      const auto found = here->find(below);
      if (found == here->end()) continue;
      count.count += found->second.count;
      count.is_least = count.is_least || found->second.is_least;
    }
    candidate.count = count.count;
    candidate.count_is_least = count.is_least;
    if (count.count > 0) fit = kFits;
  } else {
    SL_ASSIGN_OR_RETURN(const NameCount count, counts_.FactsOf(predicate));
    candidate.count = count.count;
    candidate.count_is_least = count.is_least;
  }
  Offer(0, fit, std::move(candidate));
  return OkStatus();
}

Status Completer::OfferPredicates() {
  const std::optional<WrittenContext::EdgeStart> start = context_->edge_start();
  std::vector<std::string> classes;
  std::vector<TermId> nodes;
  if (start) {
    classes = ClassesOf(start->node);
    SL_ASSIGN_OR_RETURN(nodes, NodesOf(start->node));
  }
  const bool against = start && start->against;
  std::map<TermId, NameCount> along, backwards;
  if (!nodes.empty()) {
    SL_ASSIGN_OR_RETURN(along, counts_.PredicatesAt(nodes, true));
    SL_ASSIGN_OR_RETURN(backwards, counts_.PredicatesAt(nodes, false));
  }
  for (const auto& [name, predicate] : catalog_.predicates()) {
    const auto* forwards = nodes.empty() ? nullptr : &along;
    const auto* back = nodes.empty() ? nullptr : &backwards;
    SL_RETURN_IF_ERROR(OfferPredicate(predicate, false, against, classes, forwards, back,
                                      CandidateKind::kPredicate));
    if (predicate.inverse.empty()) continue;
    SL_RETURN_IF_ERROR(OfferPredicate(predicate, true, against, classes, forwards, back,
                                      CandidateKind::kPredicate));
  }
  OfferStored(StoredDefinition::Kind::kEdge, CandidateKind::kPredicate);
  return OkStatus();
}

Status Completer::OfferProperties(const std::optional<WrittenNode>& node, bool as_edges) {
  std::vector<std::string> classes;
  if (node) classes = ClassesOf(*node);
  for (const auto& [name, predicate] : catalog_.predicates()) {
    SL_RETURN_IF_ERROR(OfferPredicate(predicate, false, false, classes, nullptr, nullptr,
                                      CandidateKind::kProperty));
    if (predicate.inverse.empty() || as_edges) continue;
    SL_RETURN_IF_ERROR(OfferPredicate(predicate, true, false, classes, nullptr, nullptr,
                                      CandidateKind::kProperty));
  }
  return OkStatus();
}

Status Completer::OfferMembers() {
  const WrittenVariable* variable = context_->Find(context_->before_dot());
  if (variable == nullptr) {
    OfferFields(ValueFields());
    return OfferProperties(std::nullopt, false);
  }
  switch (variable->kind) {
    case WrittenVariable::Kind::kNode:
      return OfferProperties(variable->node, false);
    case WrittenVariable::Kind::kEdge:
      OfferFields(FactFields());
      return OkStatus();
    case WrittenVariable::Kind::kPath:
      OfferFields(PathFields());
      return OkStatus();
    case WrittenVariable::Kind::kStatement:
      OfferFields(StatementFields());
      return OkStatus();
    case WrittenVariable::Kind::kValue:
      OfferFields(ValueFields());
      return OfferProperties(std::nullopt, false);
  }
  return OkStatus();
}

Status Completer::OfferDefinitionNames() {
  const auto offer_predicates = [&] { return OfferProperties(std::nullopt, true); };
  const auto& before = expected_.before;
  const bool drops = !before.empty() && before.front().Is("DROP");
  const bool of_predicate = before.size() > 1 && before[1].Is("PREDICATE");
  if (drops && PreviousIs("CLASS")) return OfferClasses(0, {});
  if (drops && PreviousIs("PREDICATE")) return offer_predicates();
  if (drops && PreviousIs("QUERY")) {
    OfferStored(StoredDefinition::Kind::kQuery, CandidateKind::kProcedure);
  } else if (drops && PreviousIs("EDGE")) {
    OfferStored(StoredDefinition::Kind::kEdge, CandidateKind::kPredicate);
  } else if (drops && PreviousIs("PREFIX")) {
    OfferStored(StoredDefinition::Kind::kPrefix, CandidateKind::kPrefix);
  } else if (PreviousIs("UNDER") || PreviousIs(",")) {
    return of_predicate ? offer_predicates() : OfferClasses(0, {});
  }
  return OkStatus();
}

// --- Texts and ids

std::string Completer::QuotedAsTyped(std::string_view text) const {
  const size_t begin = expected_.word.span.begin;
  const bool is_single = begin < request_.text.size() && request_.text[begin] == '\'';
  std::string quoted = QuoteText(text);
  if (!is_single) return quoted;
  quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted + "'";
}

Status Completer::OfferSources(const std::vector<storage::NameMatch>& matches, bool as_ids) {
  size_t looked_at = 0;
  for (const storage::NameMatch& match : matches) {
    if (++looked_at > kSourcesMax) {
      incomplete_ = true;
      break;
    }
    SL_RETURN_IF_ERROR(deadline_.Check());
    storage::ScopeConditions said;
    said.sources = {match.node};
    SL_ASSIGN_OR_RETURN(const storage::ScopePtr scope, view_.Resolve(said));
    if (scope->size() == 0) continue;
    SL_ASSIGN_OR_RETURN(const NodeCard card,
                        MakeNodeCard(view_, view_.default_scope(), match.node));
    Offer(0, 0,
          {.insert_text = as_ids ? "#" + card.external_id : QuotedAsTyped(match.name),
           .kind = CandidateKind::kSource,
           .detail = as_ids ? card.caption : card.class_name,
           .count = scope->size()});
  }
  return OkStatus();
}

Status Completer::OfferTexts() {
  const bool sources = Expects(Role::kSourceText);
  if (!sources && !Expects(Role::kEntityText) && !Expects(Role::kClassText) &&
      !Expects(Role::kAnyText)) {
    return OkStatus();
  }
  SL_ASSIGN_OR_RETURN(const std::vector<storage::NameMatch> matches,
                      view_.NodesNamedFrom(expected_.typed, *view_.default_scope(),
                                           kEntitiesMax + 1, [this] { return deadline_.Check(); }));
  if (matches.size() > kEntitiesMax) incomplete_ = true;
  if (sources) return OfferSources(matches, false);
  // By name, not by node: one text for all that are called so.
  std::map<std::string, int> places;
  int place = 0;
  for (const storage::NameMatch& match : matches) {
    if (!places.emplace(match.name, place).second) continue;
    SL_RETURN_IF_ERROR(deadline_.Check());
    SL_ASSIGN_OR_RETURN(const NodeCard card,
                        MakeNodeCard(view_, view_.default_scope(), match.node));
    Offer(0, place++,
          {.insert_text = QuotedAsTyped(match.name),
           .kind = CandidateKind::kEntity,
           .detail = card.class_name});
  }
  return OkStatus();
}

// #hik finds #org/hikvision by its name; #org/hik too.
Status Completer::OfferIds() {
  const bool sources = Expects(Role::kSourceId) && !Expects(Role::kEntityId);
  if (!sources && !Expects(Role::kEntityId)) return OkStatus();
  const std::string_view typed = expected_.typed;
  const size_t slash = typed.rfind('/');
  std::string name(slash == std::string_view::npos ? typed : typed.substr(slash + 1));
  if (name.empty()) return OkStatus();
  std::replace(name.begin(), name.end(), '-', ' ');
  SL_ASSIGN_OR_RETURN(std::vector<storage::NameMatch> matches,
                      view_.NodesNamedFrom(name, *view_.default_scope(), kEntitiesMax + 1,
                                           [this] { return deadline_.Check(); }));
  if (matches.size() > kEntitiesMax) incomplete_ = true;
  if (sources) return OfferSources(matches, true);
  int place = 0;
  for (const storage::NameMatch& match : matches) {
    SL_RETURN_IF_ERROR(deadline_.Check());
    SL_ASSIGN_OR_RETURN(const NodeCard card,
                        MakeNodeCard(view_, view_.default_scope(), match.node));
    if (slash != std::string_view::npos &&
        !card.external_id.starts_with(typed.substr(0, slash + 1))) {
      continue;
    }
    const bool is_plain = std::all_of(card.external_id.begin(), card.external_id.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '/' || c == '-';
    });
    const std::string id = is_plain ? card.external_id : QuoteName(card.external_id);
    std::string detail = card.caption;
    if (!card.class_name.empty()) detail += ", " + card.class_name;
    Offer(0, place++,
          {.insert_text = "#" + id, .kind = CandidateKind::kEntity, .detail = std::move(detail)});
  }
  return OkStatus();
}

// --- All of it

Status Completer::Collect() {
  switch (expected_.word.kind) {
    case SyntaxKind::kText:
      return OfferTexts();
    case SyntaxKind::kId:
      return OfferIds();
    case SyntaxKind::kParameter:
      if (Expects(Role::kParameter)) OfferParameters();
      return OkStatus();
    case SyntaxKind::kAtName:
      return OkStatus();
    default:
      break;
  }
  const bool is_between = expected_.word.span.begin == request_.place;
  if (expected_.word.kind != SyntaxKind::kQuotedWord) OfferKeywords();
  if (Expects(Role::kVariable) || Expects(Role::kNodeVariable)) OfferVariables();
  if (Expects(Role::kParameter) && is_between) OfferParameters();
  if (Expects(Role::kProcedure)) OfferProcedures();
  if (Expects(Role::kYieldColumn)) OfferYieldColumns();
  // None has a dot in its name.
  if (Expects(Role::kFunction) && !PreviousIs(".")) OfferFunctions();
  if (Expects(Role::kGrade)) OfferSettings({"A", "B", "C", "D", "E"}, "of the source");
  if (Expects(Role::kDetailKey)) {
    OfferSettings({kStatementDetails.begin(), kStatementDetails.end()}, "of the statement");
  }
  if (Expects(Role::kDefinitionKey)) {
    const bool is_stored = !expected_.before.empty() && expected_.before.size() > 1 &&
                           !expected_.before[1].Is("CLASS") && !expected_.before[1].Is("PREDICATE");
    OfferSettings(is_stored ? std::vector<std::string>{"note", "marking", "access"}
                            : std::vector<std::string>{"label", "note"},
                  "of the definition");
  }
  OfferPrefixes();
  if (Expects(Role::kClass)) {
    const bool defines = !expected_.before.empty() && expected_.before.front().Is("DEFINE") &&
                         expected_.before.size() > 1 && expected_.before[1].Is("PREDICATE");
    if (defines && PreviousIs("TO")) {
      std::vector<std::string> types;
      for (int type = 1; type < static_cast<int>(storage::ValueType::kNode); ++type) {
        types.emplace_back(ValueTypeName(static_cast<storage::ValueType>(type)));
      }
      OfferSettings(types, "type of value");
    }
    std::vector<std::string> wanted;
    if (const auto node = context_->around()) {
      WrittenNode before = *node;
      before.classes.clear();
      wanted = ClassesOf(before);
    }
    SL_RETURN_IF_ERROR(OfferClasses(0, wanted));
  }
  if (Expects(Role::kPredicate)) SL_RETURN_IF_ERROR(OfferPredicates());
  if (Expects(Role::kMemberKey)) SL_RETURN_IF_ERROR(OfferMembers());
  if (Expects(Role::kNodeKey)) SL_RETURN_IF_ERROR(OfferProperties(context_->around(), false));
  if (Expects(Role::kEdgeKey)) {
    OfferFields(StatementFields());
    SL_RETURN_IF_ERROR(OfferProperties(std::nullopt, true));
  }
  if (Expects(Role::kDefinitionName)) SL_RETURN_IF_ERROR(OfferDefinitionNames());
  if (PreviousIs("CLASS") && PreviousIs("DESCRIBE", 2)) {
    SL_RETURN_IF_ERROR(OfferClasses(0, {}));
  } else if (PreviousIs("PREDICATE") && PreviousIs("DESCRIBE", 2)) {
    SL_RETURN_IF_ERROR(OfferProperties(std::nullopt, true));
  } else if (PreviousIs("QUERY") && PreviousIs("DESCRIBE", 2)) {
    OfferStored(StoredDefinition::Kind::kQuery, CandidateKind::kProcedure);
  }
  return OkStatus();
}

StatusOr<Completion> Completer::Run() {
  if (const size_t valid = storage::ValidUtf8Prefix(request_.text); valid < request_.text.size()) {
    return InvalidArgument("The text is not valid UTF-8: byte {}", valid);
  }
  const bool between_characters =
      request_.place == request_.text.size() ||
      (request_.place < request_.text.size() &&
       (static_cast<unsigned char>(request_.text[request_.place]) & 0xC0) != 0x80);
  if (!between_characters) {
    return InvalidArgument("There is no place between two characters at byte {}", request_.place);
  }
  Completion completion;
  Status status = OkStatus();
  StatusOr<ExpectedSyntax> expected =
      ExpectedAt(request_.text, request_.place, [this] { return deadline_.Check(); });
  if (expected.ok()) {
    expected_ = *std::move(expected);
    typed_folded_ = storage::FoldName(expected_.typed);
    context_.emplace(expected_.before);
    if (!expected_.is_closed) status = Collect();
  } else {
    status = expected.status();
  }
  completion.replaces = expected_.word.span;
  completion.incomplete = incomplete_;
  if (status.code() == StatusCode::kDeadlineExceeded) {
    completion.incomplete = true;
  } else {
    SL_RETURN_IF_ERROR(status);
  }
  std::sort(ranked_.begin(), ranked_.end(), [](const Ranked& a, const Ranked& b) {
    return std::tuple(a.group, a.fit, a.is_empty, -static_cast<int64_t>(a.count),
                      std::string_view(a.candidate.insert_text)) <
           std::tuple(b.group, b.fit, b.is_empty, -static_cast<int64_t>(b.count),
                      std::string_view(b.candidate.insert_text));
  });
  std::set<std::pair<CandidateKind, std::string>> seen;
  for (Ranked& ranked : ranked_) {
    if (!seen.emplace(ranked.candidate.kind, ranked.candidate.insert_text).second) continue;
    if (completion.candidates.size() == request_.candidates_max) {
      completion.incomplete = true;
      break;
    }
    completion.candidates.push_back(std::move(ranked.candidate));
  }
  return completion;
}

}  // namespace

StatusOr<Completion> Complete(const CompletionRequest& request, const storage::ReadView& view,
                              const storage::CancellationToken& deadline) {
  return Completer(request, view, deadline).Run();
}

}  // namespace sightline::query
