#include "server/service/list_page.h"

#include <algorithm>

namespace sightline::server {
namespace {

constexpr int32_t kPageSizeDefault = 100;
constexpr int32_t kPageSizeMax = 1'000;

}  // namespace

StatusOr<ListPage> ListPageOf(size_t count, int32_t page_size, const std::string& token) {
  if (page_size < 0) return InvalidArgument("page_size is not negative");
  const auto size =
      static_cast<size_t>(page_size == 0 ? kPageSizeDefault : std::min(page_size, kPageSizeMax));
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
