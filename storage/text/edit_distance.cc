#include "storage/text/edit_distance.h"

#include <algorithm>
#include <string>
#include <vector>

#include "storage/base/utf8.h"

namespace sightline::storage {
namespace {

std::u32string CodePoints(std::string_view text) {
  std::u32string code_points;
  code_points.reserve(text.size());
  for (size_t offset = 0; offset < text.size();) {
    code_points.push_back(NextCodePoint(text, &offset));
  }
  return code_points;
}

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b, size_t distance_max) {
  std::u32string rows = CodePoints(a);
  std::u32string columns = CodePoints(b);
  if (columns.size() > rows.size()) std::swap(rows, columns);
  // No two words are further apart than the longer one is long.
  const size_t limit = std::min(distance_max, rows.size());
  const size_t too_far = limit + 1;
  if (rows.size() - columns.size() > limit) return distance_max + 1;

  // Rows i-2, i-1 and i of the table. Only cells within `limit` of the diagonal can be small
  // enough; the others hold too_far.
  const size_t width = columns.size() + 1;
  std::vector<size_t> before(width, too_far);
  std::vector<size_t> previous(width, too_far);
  std::vector<size_t> current(width, too_far);
  for (size_t j = 0; j < width && j <= limit; ++j) previous[j] = j;
  for (size_t i = 1; i <= rows.size(); ++i) {
    const size_t first = i > limit ? i - limit : 0;
    const size_t last = std::min(columns.size(), i + limit);
    // The neighbours of the band are read by the next rows.
    if (first > 0) current[first - 1] = too_far;
    if (last + 1 < width) current[last + 1] = too_far;
    size_t row_min = too_far;
    for (size_t j = first; j <= last; ++j) {
      size_t distance = i;  // Column 0: delete all.
      if (j > 0) {
        const bool same = rows[i - 1] == columns[j - 1];
        distance = previous[j - 1] + (same ? 0 : 1);
        distance = std::min({distance, previous[j] + 1, current[j - 1] + 1});
        if (i > 1 && j > 1 && rows[i - 1] == columns[j - 2] && rows[i - 2] == columns[j - 1]) {
          distance = std::min(distance, before[j - 2] + 1);
        }
      }
      current[j] = std::min(distance, too_far);
      row_min = std::min(row_min, current[j]);
    }
    // A swap reaches back two rows, so that one bad row alone does not end it; two do.
    const size_t previous_min = *std::min_element(previous.begin() + (first > 0 ? first - 1 : 0),
                                                  previous.begin() + last + 1);
    if (row_min > limit && previous_min > limit) return distance_max + 1;
    std::swap(before, previous);
    std::swap(previous, current);
  }
  const size_t distance = previous[columns.size()];
  return distance > limit ? distance_max + 1 : distance;
}

}  // namespace sightline::storage
