#include "server/service/explore_calls.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "query/entity_search.h"
#include "query/explore/entity_details.h"
#include "query/explore/neighbors.h"
#include "query/explore/statement_list.h"
#include "query/explore/timeline.h"
#include "server/service/caller_limits.h"
#include "server/service/card_list.h"
#include "server/service/explore_codec.h"
#include "server/service/node_number.h"
#include "server/service/page_token.h"
#include "server/service/read_consistency.h"
#include "server/service/request_error.h"
#include "server/service/revision_token.h"
#include "server/service/statement_codec.h"

namespace sightline::server {
namespace {

using google::protobuf::RepeatedPtrField;
using query::ExploreContext;

constexpr size_t kNameBytesMax = 1'000;
constexpr uint64_t kPropertiesMax = 1'000;
constexpr int kTimelineEntitiesMax = 100;
constexpr int kStatementsMax = 1'000;

StatusOr<std::unique_ptr<ExploreContext>> OpenAt(CallContext* call,
                                                 const v1::Consistency& consistency,
                                                 const v1::StatementScope& scope) {
  SL_ASSIGN_OR_RETURN(const std::optional<storage::Revision> read_at,
                      RevisionToRead(consistency, *call->service.store));
  return OpenExploration(call, scope, read_at, DefaultExploreLimits(*call));
}

// One page of a list: which items it is to have, and the token of the next one.
template <typename Request>
class Page {
 public:
  Page(CallContext* call, std::string_view method, const Request& request)
      : call_(call), method_(method), request_(request) {}

  // The context that the page is to be read in: of the first page, the one that is asked for.
  // Errors: kInvalidArgument for a page_size or page_token that is none; those of OpenExploration.
  StatusOr<std::unique_ptr<ExploreContext>> Open() {
    if (request_.page_size() < 0) {
      call_->error->metadata["field"] = "page_size";
      return WithCode(kBadReadRequest,
                      InvalidArgument("page_size: it is not negative; 0 is the default"));
    }
    const ServerLimits& limits = call_->service.limits;
    count_max_ = static_cast<uint64_t>(
        request_.page_size() == 0 ? std::min(limits.page_items_default, limits.page_items_max)
                                  : std::min<int64_t>(request_.page_size(), limits.page_items_max));
    std::optional<storage::Revision> read_at;
    if (request_.page_token().empty()) {
      SL_ASSIGN_OR_RETURN(read_at, RevisionToRead(request_.consistency(), *call_->service.store));
    } else {
      StatusOr<PagePlace> place = call_->service.page_tokens->Unseal(
          request_.page_token(), method_, request_, call_->caller.clearance());
      if (!place.ok()) {
        call_->error->metadata["field"] = "page_token";
        return place.status();
      }
      read_at = place->revision;
      skip_ = place->skip;
    }
    return OpenExploration(call_, request_.scope(), read_at, DefaultExploreLimits(*call_));
  }

  uint64_t skip() const { return skip_; }
  uint64_t count_max() const { return count_max_; }

  // Encodes items as long as a message holds them, and the cards of the nodes they name. `cards`
  // may be null. Errors: kResourceExhausted for a single item that no message holds; those of
  // `encode`.
  template <typename Item, typename Message, typename Encode>
  StatusOr<uint64_t> Fill(const std::vector<Item>& items, CardList* cards,
                          RepeatedPtrField<Message>* out, const Encode& encode) {
    const auto bytes_max = static_cast<size_t>(call_->service.limits.message_bytes_max);
    size_t bytes = 0;
    for (const Item& item : items) {
      Message* message = out->Add();
      SL_RETURN_IF_ERROR(encode(item, message));
      bytes += message->ByteSizeLong();
      if (cards != nullptr) {
        SL_ASSIGN_OR_RETURN(const size_t card_bytes, cards->AddCards());
        bytes += card_bytes;
      }
      if (out->size() == 1 && bytes > bytes_max - bytes_max / 8) {
        return ResourceExhausted(
            "One item of the list needs {} bytes, more than a message may have", bytes);
      }
      if (out->size() > 1 && bytes > bytes_max / 2) {
        out->RemoveLast();
        if (cards != nullptr) cards->TakeBack();
        break;
      }
    }
    call_->rows = out->size();
    return static_cast<uint64_t>(out->size());
  }

  // Of the page after one that has shown `count` items.
  std::string TokenAfter(uint64_t count, const ExploreContext& context) const {
    return call_->service.page_tokens->Seal({context.view().revision(), skip_ + count}, method_,
                                            request_, call_->caller.clearance());
  }

 private:
  CallContext* const call_;
  const std::string_view method_;
  const Request& request_;
  uint64_t skip_ = 0, count_max_ = 0;
};

void SetReadAt(const ExploreContext& context, v1::Revision* out) {
  *out = ToProto(context.view().revision(), context.view().ids());
}

v1::EdgeDirection DirectionOf(bool inbound) {
  return inbound ? v1::EDGE_DIRECTION_INBOUND : v1::EDGE_DIRECTION_OUTBOUND;
}

// An error of query/explore that the request is to blame for is one of this field.
Status OfField(CallContext* call, const ExploreContext& context, const std::string& field,
               const Status& status) {
  if (status.code() != StatusCode::kInvalidArgument) return status;
  return ExploreRequestReader(&context.view(), call->error).At(field, status);
}

}  // namespace

query::ExploreLimits DefaultExploreLimits(const CallContext& call) {
  const ServerLimits limits = LimitsFor(call.caller.limits(), call.service.limits);
  return {.cancellation = &call.cancellation,
          .facts_max = static_cast<uint64_t>(limits.steps_max),
          .memory_bytes_max = static_cast<uint64_t>(limits.memory_bytes_max),
          .memory_budget = call.service.memory_budget};
}

StatusOr<std::unique_ptr<ExploreContext>> OpenExploration(CallContext* call,
                                                          const v1::StatementScope& scope,
                                                          std::optional<storage::Revision> read_at,
                                                          const query::ExploreLimits& limits) {
  SL_ASSIGN_OR_RETURN(std::shared_ptr<const storage::ReadView> view,
                      call->service.store->OpenReadView(read_at, call->caller.clearance()));
  ExploreRequestReader reader(view.get(), call->error);
  SL_ASSIGN_OR_RETURN(const query::ExploreScope read, reader.Scope(scope));
  return ExploreContext::Make(std::move(view), read, limits);
}

Status Answer(CallContext* call, const v1::SearchEntitiesRequest& request,
              v1::SearchEntitiesResponse* response) {
  Page page(call, "/sightline.v1.ExploreService/SearchEntities", request);
  SL_ASSIGN_OR_RETURN(const auto context, page.Open());
  ExploreRequestReader reader(&context->view(), call->error);
  if (request.name().empty() || request.name().size() > kNameBytesMax) {
    return reader.At("name", InvalidArgument("a name has 1 to {} bytes", kNameBytesMax));
  }
  // Written so that NaN fails.
  if (!(request.min_score() >= 0 && request.min_score() <= 1)) {
    return reader.At("min_score", InvalidArgument("a score is 0 to 1"));
  }
  query::EntitySearchRequest search;
  search.name = request.name();
  search.class_name = request.class_name();
  search.score_min = request.min_score();
  // One more tells whether there is another page.
  search.count_max = page.skip() + page.count_max() + 1;
  search.may_go_on = [&context] { return context->Touch(1); };
  StatusOr<std::vector<query::EntityMatch>> matches =
      query::SearchEntities(context->view(), context->names(), search);
  if (!matches.ok()) return OfField(call, *context, "class_name", matches.status());
  const uint64_t from = std::min<uint64_t>(page.skip(), matches->size());
  const uint64_t to = std::min<uint64_t>(from + page.count_max(), matches->size());
  const std::vector<query::EntityMatch> shown(matches->begin() + static_cast<ptrdiff_t>(from),
                                              matches->begin() + static_cast<ptrdiff_t>(to));
  SL_ASSIGN_OR_RETURN(const uint64_t count,
                      page.Fill(shown, nullptr, response->mutable_matches(),
                                [&](const query::EntityMatch& match, v1::EntityMatch* out) {
                                  EncodeCard(match.card, context->view().ids(),
                                             out->mutable_card());
                                  out->set_score(match.score);
                                  out->set_matched_name(match.matched_name);
                                  return OkStatus();
                                }));
  if (from + count < matches->size()) {
    response->set_next_page_token(page.TokenAfter(count, *context));
  }
  SetReadAt(*context, response->mutable_read_at());
  return OkStatus();
}

Status Answer(CallContext* call, const v1::GetEntityRequest& request,
              v1::GetEntityResponse* response) {
  SL_ASSIGN_OR_RETURN(const auto context, OpenAt(call, request.consistency(), request.scope()));
  ExploreRequestReader reader(&context->view(), call->error);
  SL_ASSIGN_OR_RETURN(const storage::TermId node, reader.Node(request.entity(), "entity"));
  SL_ASSIGN_OR_RETURN(query::EntityDetails details,
                      query::DescribeEntity(node, kPropertiesMax, context.get()));
  EncodeCard(std::move(details.card), context->view().ids(), response->mutable_card());
  for (std::string& id : details.external_ids) response->add_external_ids(std::move(id));
  for (std::string& name : details.class_names) response->add_class_names(std::move(name));
  const auto bytes_max = static_cast<size_t>(call->service.limits.message_bytes_max) / 2;
  size_t bytes = 0;
  for (const query::EntityProperty& property : details.properties) {
    v1::Property* to = response->add_properties();
    to->set_predicate(property.predicate);
    SL_ASSIGN_OR_RETURN(const storage::Value value,
                        context->view().ValueOf(property.fact.fact.object));
    EncodeValue(value, to->mutable_value());
    to->set_standing(ToProto(property.fact.standing()));
    to->set_asserting_statements(static_cast<int64_t>(property.fact.asserting));
    to->set_denying_statements(static_cast<int64_t>(property.fact.denying));
    bytes += to->ByteSizeLong();
    if (bytes <= bytes_max) continue;
    response->mutable_properties()->RemoveLast();
    break;
  }
  const auto shown = static_cast<uint64_t>(response->properties_size());
  response->set_properties_omitted(
      static_cast<int64_t>(details.properties.size() - shown + details.properties_omitted));
  call->rows = 1;
  SetReadAt(*context, response->mutable_read_at());
  return OkStatus();
}

Status Answer(CallContext* call, const v1::SummarizeNeighborsRequest& request,
              v1::SummarizeNeighborsResponse* response) {
  SL_ASSIGN_OR_RETURN(const auto context, OpenAt(call, request.consistency(), request.scope()));
  ExploreRequestReader reader(&context->view(), call->error);
  SL_ASSIGN_OR_RETURN(const storage::TermId node, reader.Node(request.entity(), "entity"));
  SL_ASSIGN_OR_RETURN(const query::EdgeFilter filter, reader.Filter(request.filter()));
  StatusOr<std::vector<query::NeighborGroup>> groups =
      query::SummarizeNeighbors(node, filter, {}, context.get());
  if (!groups.ok()) return OfField(call, *context, "filter.predicates", groups.status());
  for (query::NeighborGroup& group : *groups) {
    v1::NeighborGroup* to = response->add_groups();
    to->set_predicate(std::move(group.predicate));
    to->set_direction(DirectionOf(group.inbound));
    to->set_kind(std::move(group.kind));
    to->set_edge_count(static_cast<int64_t>(group.edges));
    to->set_denied_count(static_cast<int64_t>(group.denied));
    to->set_at_least(group.at_least);
    to->set_kinds_omitted(group.kinds_omitted);
  }
  SL_ASSIGN_OR_RETURN(query::NodeCard card, context->CardOf(context->CanonicalOf(node)));
  EncodeCard(std::move(card), context->view().ids(), response->mutable_card());
  call->rows = response->groups_size();
  SetReadAt(*context, response->mutable_read_at());
  return OkStatus();
}

Status Answer(CallContext* call, const v1::ExpandEntityRequest& request,
              v1::ExpandEntityResponse* response) {
  Page page(call, "/sightline.v1.ExploreService/ExpandEntity", request);
  SL_ASSIGN_OR_RETURN(const auto context, page.Open());
  ExploreRequestReader reader(&context->view(), call->error);
  SL_ASSIGN_OR_RETURN(const storage::TermId node, reader.Node(request.entity(), "entity"));
  SL_ASSIGN_OR_RETURN(const query::EdgeFilter filter, reader.Filter(request.filter()));
  StatusOr<query::NeighborPage> found =
      query::ListNeighbors(node, filter, page.skip(), page.count_max(), context.get());
  if (!found.ok()) return OfField(call, *context, "filter.predicates", found.status());
  CardList cards(context.get(), response->mutable_cards());
  cards.NumberOf(context->CanonicalOf(node));
  SL_ASSIGN_OR_RETURN(const uint64_t count,
                      page.Fill(found->neighbors, &cards, response->mutable_edges(),
                                [&](const query::Neighbor& neighbor, v1::Edge* out) {
                                  return EncodeEdge(neighbor.fact, neighbor.fact.standing(),
                                                    *context, &cards, out);
                                }));
  SL_RETURN_IF_ERROR(cards.AddCards().status());  // The entity's own, of a page without edges.
  if (page.skip() + count < found->total) {
    response->set_next_page_token(page.TokenAfter(count, *context));
  }
  response->set_edge_count(static_cast<int64_t>(found->total));
  SetReadAt(*context, response->mutable_read_at());
  return OkStatus();
}

Status Answer(CallContext* call, const v1::ListTimelineRequest& request,
              v1::ListTimelineResponse* response) {
  Page page(call, "/sightline.v1.ExploreService/ListTimeline", request);
  SL_ASSIGN_OR_RETURN(const auto context, page.Open());
  ExploreRequestReader reader(&context->view(), call->error);
  if (request.entities().empty() || request.entities_size() > kTimelineEntitiesMax) {
    return reader.At("entities", InvalidArgument("there are 1 to {}, not {}", kTimelineEntitiesMax,
                                                 request.entities_size()));
  }
  query::TimelineRequest timeline;
  SL_ASSIGN_OR_RETURN(timeline.entities, reader.Nodes(request.entities(), "entities"));
  if (request.has_window()) {
    SL_ASSIGN_OR_RETURN(timeline.window, reader.Period(request.window(), "window"));
  }
  timeline.predicates.assign(request.predicates().begin(), request.predicates().end());
  timeline.skip = page.skip();
  timeline.count_max = page.count_max();
  StatusOr<query::TimelinePage> found = query::ListTimeline(timeline, context.get());
  if (!found.ok()) return OfField(call, *context, "predicates", found.status());
  CardList cards(context.get(), response->mutable_cards());
  SL_ASSIGN_OR_RETURN(const uint64_t count,
                      page.Fill(found->items, &cards, response->mutable_items(),
                                [&](const query::TimelineItem& item, v1::TimelineItem* out) {
                                  EncodeInterval(item.when, out->mutable_when());
                                  out->set_is_value(item.is_value);
                                  return EncodeEdge(item.fact, item.standing, *context, &cards,
                                                    out->mutable_edge());
                                }));
  if (page.skip() + count < found->total) {
    response->set_next_page_token(page.TokenAfter(count, *context));
  }
  response->set_item_count(static_cast<int64_t>(found->total));
  SetReadAt(*context, response->mutable_read_at());
  return OkStatus();
}

Status Answer(CallContext* call, const v1::ListStatementsRequest& request,
              v1::ListStatementsResponse* response) {
  Page page(call, "/sightline.v1.ExploreService/ListStatements", request);
  SL_ASSIGN_OR_RETURN(const auto context, page.Open());
  ExploreRequestReader reader(&context->view(), call->error);
  if (request.has_about() && (request.has_subject() || request.has_object())) {
    return reader.At("about",
                     InvalidArgument("it stands for subject or object, and not with them"));
  }
  if (!request.has_about() && !request.has_subject() && !request.has_object() &&
      request.predicate().empty()) {
    return reader.At("about",
                     InvalidArgument("one of subject, predicate, object and about is set"));
  }
  query::StatementPattern pattern;
  pattern.predicate = request.predicate();
  if (request.has_subject()) {
    SL_ASSIGN_OR_RETURN(pattern.subject, reader.Node(request.subject(), "subject"));
  }
  if (request.has_about()) {
    SL_ASSIGN_OR_RETURN(pattern.about, reader.Node(request.about(), "about"));
  }
  bool is_stored = true;
  if (request.has_object()) {
    const StatusOr<storage::Value> value = DecodeValue(request.object(), reader.nodes());
    if (!value.ok()) return reader.At("object", value.status());
    if (value->is_null()) return reader.At("object", InvalidArgument("a value is missing"));
    SL_ASSIGN_OR_RETURN(pattern.object, context->view().FindValue(*value));
    is_stored = pattern.object.has_value();
  }
  query::StatementPage found;
  if (is_stored) {
    StatusOr<query::StatementPage> listed =
        query::ListStatements(pattern, page.skip(), page.count_max(), context.get());
    if (!listed.ok()) return OfField(call, *context, "predicate", listed.status());
    found = *std::move(listed);
  }
  CardList cards(context.get(), response->mutable_cards());
  StatementEncoder encoder(context.get(), &cards);
  SL_ASSIGN_OR_RETURN(const uint64_t count,
                      page.Fill(found.statements, &cards, response->mutable_statements(),
                                [&](storage::StatementId id, v1::Statement* out) -> Status {
                                  SL_ASSIGN_OR_RETURN(const bool is_there, encoder.Encode(id, out));
                                  return is_there ? OkStatus()
                                                  : Internal("A statement in scope has no record");
                                }));
  if (page.skip() + count < found.total) {
    response->set_next_page_token(page.TokenAfter(count, *context));
  }
  response->set_statement_count(static_cast<int64_t>(found.total));
  SetReadAt(*context, response->mutable_read_at());
  return OkStatus();
}

Status Answer(CallContext* call, const v1::BatchGetStatementsRequest& request,
              v1::BatchGetStatementsResponse* response) {
  SL_ASSIGN_OR_RETURN(const auto context, OpenAt(call, request.consistency(), {}));
  ExploreRequestReader reader(&context->view(), call->error);
  if (request.statements().empty() || request.statements_size() > kStatementsMax) {
    return reader.At("statements", InvalidArgument("there are 1 to {}, not {}", kStatementsMax,
                                                   request.statements_size()));
  }
  CardList cards(context.get(), response->mutable_cards());
  StatementEncoder encoder(context.get(), &cards);
  std::unordered_set<storage::StatementId> seen;
  for (int i = 0; i < request.statements_size(); ++i) {
    const StatusOr<storage::StatementId> id =
        DecodeStatementNumber(request.statements(i), context->view().ids());
    if (!id.ok()) return reader.At(fmt::format("statements[{}]", i), id.status());
    if (!seen.insert(*id).second) continue;
    SL_ASSIGN_OR_RETURN(const bool is_there, encoder.Encode(*id, response->add_statements()));
    if (!is_there) response->mutable_statements()->RemoveLast();
  }
  SL_RETURN_IF_ERROR(cards.AddCards().status());
  call->rows = response->statements_size();
  SetReadAt(*context, response->mutable_read_at());
  const auto bytes_max = static_cast<size_t>(call->service.limits.message_bytes_max);
  if (response->ByteSizeLong() + 64 > bytes_max) {
    return ResourceExhausted(
        "These statements need {} bytes, more than a message may have: {}; ask "
        "for fewer",
        response->ByteSizeLong(), bytes_max);
  }
  return OkStatus();
}

}  // namespace sightline::server
