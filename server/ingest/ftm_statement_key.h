// The id of a statement in FollowTheMoney's statement files, which its content determines:
// sha1(dataset.entity_id.prop.value[@lang][.ext]).

#pragma once

#include <string>
#include <string_view>

namespace sightline::server {

struct FtmStatementKey {
  std::string_view dataset;
  std::string_view entity_id;
  std::string_view property;  // Without its schema.
  std::string_view value;
  std::string_view language;
  bool external = false;
};

// 40 lower-case hexadecimal digits.
std::string FtmStatementId(const FtmStatementKey& key);

}  // namespace sightline::server
