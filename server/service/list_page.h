// The part of a short list that a page shows (AIP-158).
//
// Thread-safe: a pure function.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/service/limits.h"
#include "storage/base/status.h"

namespace sightline::server {

struct ListPage {
  size_t begin = 0;
  size_t end = 0;
  std::string next;  // The token of the next page; empty for the last one.
};

// The token is where the page begins: the lists are short, and a change between two pages may show
// one entry twice or not at all. A page_size of 0 is page_items_default, more than page_items_max
// that. Errors: kInvalidArgument.
StatusOr<ListPage> ListPageOf(size_t count, int32_t page_size, const ServerLimits& limits,
                              const std::string& token);

}  // namespace sightline::server
