#include "tests/unit/query/binder/binder_test.h"

namespace sightline::query {
namespace {

using testing::HasSubstr;

// What the language has and this version does not: an error that names it, never an empty or a
// wrong result.
struct Construct {
  const char* text;
  const char* named;  // Part of the message.
  const char* place;  // Part of the place.
};

class NotImplementedTest : public BinderTest, public testing::WithParamInterface<Construct> {};

TEST_P(NotImplementedTest, IsSaid) {
  const Construct& construct = GetParam();
  const Diagnostic error = Failure(construct.text, true);
  EXPECT_EQ(error.code, "SL9001");
  EXPECT_THAT(error.message, HasSubstr(construct.named));
  EXPECT_THAT(error.message, HasSubstr("is not implemented yet"));
  EXPECT_THAT(PlaceOf(error), HasSubstr(construct.place));
}

INSTANTIATE_TEST_SUITE_P(
    Constructs, NotImplementedTest,
    testing::Values(
        Construct{"MATCH p = SHORTEST (a)-[:owns @st]->(b) RETURN p", "statement variable", "@st"},
        Construct{"MATCH (a)-[:owns* @st]->(b) RETURN a", "statement variable", "@st"},
        Construct{"ASSERT (#a)-[r:owns]->(#b) ACCORDING TO #c", "edge variable in ASSERT", "r"},
        Construct{"UNWIND ['x'] AS who MATCH (a) ACCORDING TO who RETURN a",
                  "differs from row to row", "who"}));

}  // namespace
}  // namespace sightline::query
