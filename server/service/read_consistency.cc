#include "server/service/read_consistency.h"

#include "server/service/revision_token.h"

namespace sightline::server {

StatusOr<std::optional<storage::Revision>> RevisionToRead(const v1::Consistency& consistency,
                                                          const storage::Store& store) {
  if (consistency.has_exact()) {
    SL_ASSIGN_OR_RETURN(const storage::Revision revision,
                        RevisionFromProto(consistency.exact(), store.ids()));
    return std::optional<storage::Revision>(revision);
  }
  if (consistency.has_at_least_as_fresh()) {
    SL_ASSIGN_OR_RETURN(const storage::Revision revision,
                        RevisionFromProto(consistency.at_least_as_fresh(), store.ids()));
    if (store.revision() < revision) {
      return Unavailable("The server has not reached this revision yet");
    }
  }
  return std::optional<storage::Revision>();
}

}  // namespace sightline::server
