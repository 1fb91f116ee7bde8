#include "server/service/list_page.h"

#include <algorithm>

namespace sightline::server {
StatusOr<ListPage> ListPageOf(size_t count, int32_t page_size, const ServerLimits& limits,
                              const std::string& token) {
  if (page_size < 0) return InvalidArgument("page_size is not negative");
  const auto size = static_cast<size_t>(std::min<int64_t>(
      page_size == 0 ? limits.page_items_default : page_size, limits.page_items_max));
  ListPage page;
  if (!token.empty()) {
    const bool is_number = token.size() <= 9 && std::all_of(token.begin(), token.end(), [](char c) {
                             return c >= '0' && c <= '9';
                           });
    if (!is_number) return InvalidArgument("page_token is not one of this list");
    page.begin = std::min(count, static_cast<size_t>(std::stoul(token)));
  }
  page.end = std::min(count, page.begin + size);
  if (page.end < count) page.next = std::to_string(page.end);
  return page;
}

}  // namespace sightline::server
