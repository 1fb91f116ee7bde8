#include "server/service/query_parameters.h"

#include <utility>

#include "server/service/node_lookup.h"
#include "server/service/request_error.h"
#include "server/service/value_codec.h"

namespace sightline::server {

StatusOr<std::map<std::string, query::Datum, std::less<>>> DecodeParameters(
    const google::protobuf::Map<std::string, v1::Value>& parameters, const ServiceContext& context,
    const Caller& caller, std::optional<storage::Revision> read_at, ErrorContext* error) {
  std::map<std::string, query::Datum, std::less<>> decoded;
  if (parameters.empty()) return decoded;
  if (static_cast<int64_t>(parameters.size()) > context.limits.parameters_max) {
    return WithCode(kTooManyParameters,
                    InvalidArgument("There are {} parameters, more than {}", parameters.size(),
                                    context.limits.parameters_max));
  }
  SL_ASSIGN_OR_RETURN(const std::shared_ptr<const storage::ReadView> view,
                      context.store->OpenReadView(read_at, caller.clearance()));
  const NodeResolver nodes = ExistingNodes(view.get());
  for (const auto& [name, value] : parameters) {
    StatusOr<query::Datum> datum =
        DecodeDatum(value, static_cast<int>(context.limits.value_nesting_max), nodes);
    if (!datum.ok()) {
      error->metadata["parameter"] = name;
      return WithCode(kBadParameter,
                      WithPrefix(fmt::format("Parameter {}: ", CutText(name, 80)), datum.status()));
    }
    decoded.emplace(name, std::move(*datum));
  }
  return decoded;
}

}  // namespace sightline::server
