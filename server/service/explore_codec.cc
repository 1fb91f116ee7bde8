#include "server/service/explore_codec.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/service/request_error.h"
#include "server/service/statement_codec.h"

namespace sightline::server {

using storage::TermId;

Status ExploreRequestReader::At(const std::string& field, const Status& status) {
  if (status.code() != StatusCode::kInvalidArgument && status.code() != StatusCode::kNotFound) {
    return status;
  }
  error_->metadata["field"] = field;
  if (status.code() == StatusCode::kNotFound) error_->reason = std::string(kNamesNothing);
  return WithCode(kBadReadRequest, WithPrefix(field + ": ", status));
}

StatusOr<TermId> ExploreRequestReader::Node(const v1::NodeReference& reference,
                                            const std::string& field) {
  std::optional<TermId> node;
  switch (reference.reference_case()) {
    case v1::NodeReference::kExternalId: {
      SL_ASSIGN_OR_RETURN(node, nodes_.find(reference.external_id()));
      if (node) return *node;
      return At(field, NotFound("there is nothing with the id '{}'",
                                CutText(reference.external_id(), 200)));
    }
    case v1::NodeReference::kId: {
      if (TermId{reference.id()}.is_node()) {
        SL_ASSIGN_OR_RETURN(node, nodes_.check(TermId{reference.id()}));
      }
      if (node) return *node;
      return At(field, NotFound("there is no node with the number {}", reference.id()));
    }
    case v1::NodeReference::REFERENCE_NOT_SET:
      break;
  }
  return At(field, InvalidArgument("an entity is missing: external_id or id"));
}

StatusOr<std::vector<TermId>> ExploreRequestReader::Nodes(
    const google::protobuf::RepeatedPtrField<v1::NodeReference>& references,
    const std::string& field) {
  std::vector<TermId> nodes;
  for (int i = 0; i < references.size(); ++i) {
    SL_ASSIGN_OR_RETURN(nodes.emplace_back(), Node(references[i], fmt::format("{}[{}]", field, i)));
  }
  return nodes;
}

StatusOr<storage::TimeInterval> ExploreRequestReader::Period(const v1::TimeInterval& interval,
                                                             const std::string& field) {
  StatusOr<storage::TimeInterval> period = DecodeInterval(interval);
  if (!period.ok()) return At(field, period.status());
  for (storage::TimeBound* bound : {&period->from, &period->to}) {
    if (bound->kind == storage::BoundKind::kUnknown) bound->kind = storage::BoundKind::kOpen;
  }
  return period;
}

StatusOr<query::ExploreScope> ExploreRequestReader::Scope(const v1::StatementScope& scope) {
  query::ExploreScope read;
  if (scope.has_as_of()) {
    v1::Value value;
    *value.mutable_date() = scope.as_of();
    const StatusOr<storage::Value> date = DecodeValue(value, nodes_);
    if (!date.ok()) return At("scope.as_of", date.status());
    read.valid = storage::TimeInterval::Of(*date->get_if<storage::PartialDate>());
  } else if (scope.has_during()) {
    SL_ASSIGN_OR_RETURN(read.valid, Period(scope.during(), "scope.during"));
  }
  read.excluding_undated = scope.excluding_undated();
  if (scope.has_as_known_at()) {
    const StatusOr<storage::Instant> instant = DecodeInstant(scope.as_known_at());
    if (!instant.ok()) return At("scope.as_known_at", instant.status());
    read.known_at_micros = instant->micros;
  }
  SL_ASSIGN_OR_RETURN(read.sources, Nodes(scope.according_to(), "scope.according_to"));
  SL_ASSIGN_OR_RETURN(read.excluded_sources,
                      Nodes(scope.not_according_to(), "scope.not_according_to"));
  if (scope.reliability_or_better() != v1::RELIABILITY_UNSPECIFIED) {
    if (scope.reliability_or_better() < v1::RELIABILITY_A ||
        scope.reliability_or_better() > v1::RELIABILITY_E) {
      return At("scope.reliability_or_better",
                InvalidArgument("a grade to be better than is A to E"));
    }
    read.reliability = static_cast<storage::Reliability>(scope.reliability_or_better());
  }
  if (scope.credibility_or_better() != 0) {
    if (scope.credibility_or_better() < 1 || scope.credibility_or_better() > 5) {
      return At("scope.credibility_or_better",
                InvalidArgument("a grade to be better than is 1 to 5"));
    }
    read.credibility = static_cast<storage::Credibility>(scope.credibility_or_better());
  }
  if (scope.backed_by_sources() < 0) {
    return At("scope.backed_by_sources", InvalidArgument("a number of sources is not negative"));
  }
  read.origins_min = static_cast<uint64_t>(scope.backed_by_sources());
  if (!v1::DisputeRule_IsValid(scope.dispute_rule())) {
    return At("scope.dispute_rule",
              InvalidArgument("there is no rule {}", static_cast<int>(scope.dispute_rule())));
  }
  // The wire's numbers are the store's.
  read.dispute_rule = static_cast<storage::DisputeRule>(scope.dispute_rule());
  if (scope.marked_at_most() != v1::TLP_LABEL_UNSPECIFIED) {
    read.marked_at_most = DecodeTlpLabel(scope.marked_at_most());
    if (!read.marked_at_most) {
      return At("scope.marked_at_most", InvalidArgument("there is no TLP label {}",
                                                        static_cast<int>(scope.marked_at_most())));
    }
  }
  for (const std::string& party : scope.releasable_to()) {
    if (party.empty()) {
      return At("scope.releasable_to", InvalidArgument("an empty text names nobody"));
    }
    read.releasable_to.push_back(party);
  }
  return read;
}

StatusOr<query::EdgeDirection> ExploreRequestReader::Direction(v1::EdgeDirection direction,
                                                               const std::string& field) {
  switch (direction) {
    case v1::EDGE_DIRECTION_UNSPECIFIED:
      return query::EdgeDirection::kEither;
    case v1::EDGE_DIRECTION_OUTBOUND:
      return query::EdgeDirection::kOutbound;
    case v1::EDGE_DIRECTION_INBOUND:
      return query::EdgeDirection::kInbound;
    default:
      return At(field, InvalidArgument("there is no direction {}", static_cast<int>(direction)));
  }
}

StatusOr<query::EdgeFilter> ExploreRequestReader::Filter(const v1::EdgeFilter& filter) {
  query::EdgeFilter read;
  read.predicates.assign(filter.predicates().begin(), filter.predicates().end());
  SL_ASSIGN_OR_RETURN(read.direction, Direction(filter.direction(), "filter.direction"));
  read.kinds.assign(filter.kinds().begin(), filter.kinds().end());
  read.taxonomic = filter.taxonomic();
  return read;
}

StatusOr<uint64_t> ExploreRequestReader::Count(int64_t given, int64_t by_default, int64_t most,
                                               const std::string& field) {
  if (given < 0) return At(field, InvalidArgument("it is not negative; 0 is the default"));
  if (given == 0) return static_cast<uint64_t>(std::min(by_default, most));
  return static_cast<uint64_t>(std::min(given, most));
}

v1::Standing ToProto(query::Standing standing) {
  switch (standing) {
    case query::Standing::kAsserted:
      return v1::STANDING_ASSERTED;
    case query::Standing::kDisputed:
      return v1::STANDING_DISPUTED;
    case query::Standing::kDenied:
      return v1::STANDING_DENIED;
  }
  return v1::STANDING_UNSPECIFIED;
}

Status EncodeEdge(const query::SupportedFact& fact, query::Standing standing,
                  const query::ExploreContext& context, CardList* cards, v1::Edge* out) {
  v1::Fact* to = out->mutable_fact();
  to->set_subject(cards->NumberOf(fact.fact.subject));
  SL_ASSIGN_OR_RETURN(*to->mutable_predicate(), context.NameOf(fact.fact.predicate));
  SL_RETURN_IF_ERROR(EncodeTerm(fact.fact.object, context, cards, to->mutable_object()));
  out->set_standing(ToProto(standing));
  out->set_asserting_statements(static_cast<int64_t>(fact.asserting));
  out->set_denying_statements(static_cast<int64_t>(fact.denying));
  return OkStatus();
}

}  // namespace sightline::server
