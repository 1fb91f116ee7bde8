// Explore codec: what ExploreService's requests say, in one caller's view, and its edges.
//
// Thread-compatible.

#pragma once

#include <google/protobuf/repeated_field.h>

#include <cstdint>
#include <string>
#include <vector>

#include "query/explore/explore_context.h"
#include "query/explore/neighbors.h"
#include "query/explore/supported_facts.h"
#include "server/service/card_list.h"
#include "server/service/node_lookup.h"
#include "server/service/status_mapping.h"
#include "server/service/value_codec.h"
#include "sightline/v1/explore_service.pb.h"
#include "storage/base/status.h"
#include "storage/txn/read_view.h"

namespace sightline::server {

// Reads the parts of a request. Errors say which field is wrong, in words and in the error's
// metadata: kNotFound (SL8004) for a node that is not there or that the caller may not see, the
// same for both; kInvalidArgument (SL8021) for what is wrong in itself.
class ExploreRequestReader {
 public:
  // Borrows both.
  ExploreRequestReader(const storage::ReadView* view, ErrorContext* error)
      : nodes_(ExistingNodes(view)), error_(error) {}

  StatusOr<storage::TermId> Node(const v1::NodeReference& reference, const std::string& field);
  StatusOr<std::vector<storage::TermId>> Nodes(
      const google::protobuf::RepeatedPtrField<v1::NodeReference>& references,
      const std::string& field);
  StatusOr<query::ExploreScope> Scope(const v1::StatementScope& scope);
  StatusOr<query::EdgeFilter> Filter(const v1::EdgeFilter& filter);
  StatusOr<query::EdgeDirection> Direction(v1::EdgeDirection direction, const std::string& field);
  // A bound that is not given counts as open.
  StatusOr<storage::TimeInterval> Period(const v1::TimeInterval& interval,
                                         const std::string& field);
  // 0 is `by_default`, more than `most` is `most`.
  StatusOr<uint64_t> Count(int64_t given, int64_t by_default, int64_t most,
                           const std::string& field);
  const NodeResolver& nodes() const { return nodes_; }

  // The error, of this field. kInvalidArgument and kNotFound only are the request's fault.
  Status At(const std::string& field, const Status& status);

 private:
  const NodeResolver nodes_;
  ErrorContext* const error_;
};

v1::Standing ToProto(query::Standing standing);

// Errors: the store's.
Status EncodeEdge(const query::SupportedFact& fact, query::Standing standing,
                  const query::ExploreContext& context, CardList* cards, v1::Edge* out);

}  // namespace sightline::server
