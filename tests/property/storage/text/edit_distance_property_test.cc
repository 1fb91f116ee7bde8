#include "storage/text/edit_distance.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sightline::storage {
namespace {

rc::Gen<std::string> AnyWord() {
  return rc::gen::container<std::string>(rc::gen::element('a', 'b', 'c'));
}

// The whole table, as the textbook has it.
size_t PlainDistance(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> table(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        table[i][j] = i + j;
        continue;
      }
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1,
                              table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
      }
    }
  }
  return table[a.size()][b.size()];
}

RC_GTEST_PROP(EditDistance, IsThatOfTheWholeTableUpToTheLimit, ()) {
  const std::string a = *AnyWord();
  const std::string b = *AnyWord();
  const size_t distance = PlainDistance(a, b);
  for (size_t limit = 0; limit <= a.size() + b.size(); ++limit) {
    RC_ASSERT(EditDistance(a, b, limit) == std::min(distance, limit + 1));
  }
}

RC_GTEST_PROP(EditDistance, IsSymmetric, ()) {
  const std::string a = *AnyWord();
  const std::string b = *AnyWord();
  const size_t limit = *rc::gen::inRange<size_t>(0, 20);
  RC_ASSERT(EditDistance(a, b, limit) == EditDistance(b, a, limit));
  RC_ASSERT((EditDistance(a, b, limit) == 0) == (a == b));
}

}  // namespace
}  // namespace sightline::storage
