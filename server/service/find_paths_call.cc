#include "server/service/find_paths_call.h"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "query/explore/path_search.h"
#include "query/explore/supported_facts.h"
#include "server/service/call_context.h"
#include "server/service/card_list.h"
#include "server/service/explore_calls.h"
#include "server/service/explore_codec.h"
#include "server/service/node_number.h"
#include "server/service/read_consistency.h"
#include "server/service/result_call.h"
#include "server/service/revision_token.h"
#include "server/service/status_mapping.h"

namespace sightline::server {
namespace {

constexpr std::string_view kMethod = "/sightline.v1.ExploreService/FindPaths";
constexpr int64_t kHopsDefault = 4;
constexpr int64_t kPathsDefault = 10;
constexpr int kEndsMax = 100;

class FindPathsCall final : public StreamedResult<v1::FindPathsResponse> {
 public:
  FindPathsCall(const ServiceContext* context, grpc::CallbackServerContext* call,
                const v1::FindPathsRequest* request)
      : StreamedResult(context, call, kMethod), request_(request) {
    Start({.name = "FindPaths"}, request->limits());
  }

 private:
  Status SendFirst() override {
    SL_RETURN_IF_ERROR(Search());
    return SendNext();
  }

  Status Search() {
    SL_RETURN_IF_ERROR(CheckTurn(*token_));
    CallContext call{*context_, *caller_, *token_, &error_};
    SL_ASSIGN_OR_RETURN(const std::optional<storage::Revision> read_at,
                        RevisionToRead(request_->consistency(), *context_->store));
    query::ExploreLimits limits = DefaultExploreLimits(call);
    limits.facts_max = static_cast<uint64_t>(limits_.max_steps());
    limits.memory_bytes_max = static_cast<uint64_t>(limits_.max_memory_bytes());
    SL_ASSIGN_OR_RETURN(exploration_, OpenExploration(&call, request_->scope(), read_at, limits));
    SL_ASSIGN_OR_RETURN(const query::PathRequest paths, ReadRequest());
    paths_max_ = paths.paths_max;
    query::QueryLimits query_limits;
    query_limits.memory_bytes_max = limits.memory_bytes_max;
    query_limits.steps_max = limits.facts_max;
    StatusOr<std::unique_ptr<query::ResultCursor>> cursor = query::FindPaths(
        paths, query_limits, &*token_, query_->memory_bytes(), *exploration_, context_->engine);
    if (!cursor.ok()) {
      if (!query::DiagnosticsOf(cursor.status()).empty()) return cursor.status();
      return Reader().At("predicates", cursor.status());
    }
    cursor_ = *std::move(cursor);
    cards_.emplace(exploration_.get(), nullptr);
    return OkStatus();
  }

  ExploreRequestReader Reader() { return ExploreRequestReader(&exploration_->view(), &error_); }

  StatusOr<query::PathRequest> ReadRequest() {
    ExploreRequestReader reader = Reader();
    query::PathRequest paths;
    SL_ASSIGN_OR_RETURN(paths.from, reader.Node(request_->from(), "from"));
    if (request_->to().empty() || request_->to_size() > kEndsMax) {
      return reader.At("to",
                       InvalidArgument("there are 1 to {}, not {}", kEndsMax, request_->to_size()));
    }
    SL_ASSIGN_OR_RETURN(paths.to, reader.Nodes(request_->to(), "to"));
    SL_ASSIGN_OR_RETURN(paths.hops_max, reader.Count(request_->max_hops(), kHopsDefault,
                                                     context_->limits.path_hops_max, "max_hops"));
    SL_ASSIGN_OR_RETURN(paths.paths_max, reader.Count(request_->max_paths(), kPathsDefault,
                                                      context_->limits.paths_max, "max_paths"));
    if (!v1::PathSelection_IsValid(request_->selection())) {
      return reader.At("selection", InvalidArgument("there is no selection {}",
                                                    static_cast<int>(request_->selection())));
    }
    paths.ranked = request_->selection() == v1::PATH_SELECTION_RANKED;
    paths.predicates.assign(request_->predicates().begin(), request_->predicates().end());
    SL_ASSIGN_OR_RETURN(paths.direction, reader.Direction(request_->direction(), "direction"));
    SL_ASSIGN_OR_RETURN(paths.avoiding, reader.Nodes(request_->avoiding(), "avoiding"));
    SL_ASSIGN_OR_RETURN(paths.hubs_over,
                        reader.Count(request_->avoid_hubs_over(), 0, INT64_MAX, "avoid_hubs_over"));
    return paths;
  }

  Status SendNext() override {
    SL_RETURN_IF_ERROR(CheckStillAdmitted());
    if (next_row_ == rows_.row_count) {
      next_row_ = 0;
      rows_.row_count = 0;
      SL_ASSIGN_OR_RETURN(const size_t row_count, cursor_->Next(&rows_));
      if (row_count == 0) {
        // Whether there are more is not looked for: the next shortest path may take long to find.
        const bool is_full = paths_sent_ == paths_max_;
        SendSummary(is_full ? query::Truncation::kRows : cursor_->summary().truncation);
        return OkStatus();
      }
    } else {
      // The cursor checks in Next; between two paths of one batch nobody does.
      SL_RETURN_IF_ERROR(token_->Check());
    }
    const query::PathDatum* path = rows_.columns[0][next_row_++].path();
    if (path == nullptr) return Internal("A row of a search for paths holds none");
    SL_RETURN_IF_ERROR(Encode(*path, response_.mutable_path()));
    ++paths_sent_;
    CountRows(static_cast<int64_t>(paths_sent_));
    Send();
    return OkStatus();
  }

  Status Encode(const query::PathDatum& path, v1::FoundPath* out) {
    out->Clear();
    cards_->WriteTo(out->mutable_cards());
    for (const storage::TermId node : path.nodes) out->add_nodes(cards_->NumberOf(node));
    for (const query::FactDatum& fact : path.facts) {
      SL_ASSIGN_OR_RETURN(const query::SupportedFact supported,
                          query::SupportOf(fact.fact, exploration_.get()));
      SL_RETURN_IF_ERROR(
          EncodeEdge(supported, supported.standing(), *exploration_, &*cards_, out->add_edges()));
    }
    return cards_->AddCards().status();
  }

  void SendSummary(query::Truncation truncation) {
    v1::FindPathsSummary* summary = response_.mutable_summary();
    summary->set_path_count(static_cast<int64_t>(paths_sent_));
    summary->set_truncation(ToProto(truncation));
    summary->mutable_stats()->set_facts_touched(
        static_cast<int64_t>(cursor_->summary().facts_touched));
    *summary->mutable_read_at() = ToProto(cursor_->read_at(), cursor_->ids());
    SendLast();
  }

  void ReleaseResult() override {
    cards_.reset();
    cursor_.reset();
    exploration_.reset();
  }

  const v1::FindPathsRequest* const request_;  // gRPC keeps it until OnDone.
  std::unique_ptr<query::ExploreContext> exploration_;
  std::optional<CardList> cards_;
  query::ResultBatch rows_;
  size_t next_row_ = 0;
  uint64_t paths_max_ = 0, paths_sent_ = 0;
};

}  // namespace

grpc::ServerWriteReactor<v1::FindPathsResponse>* NewFindPathsCall(
    const ServiceContext* context, grpc::CallbackServerContext* call,
    const v1::FindPathsRequest* request) {
  return new FindPathsCall(context, call, request);
}

}  // namespace sightline::server
