#include "server/service/query_service.h"

#include <gtest/gtest.h>

namespace sightline::server {
namespace {

TEST(MayWrite, FindsEveryWritingWord) {
  for (const char* script :
       {"ASSERT (#a)-[:p]->(#b) ACCORDING TO #c", "match (a) deny (a)-[:p]->(#b) according to #c",
        "RETRACT #s/1 BECAUSE 'x'", "define class X", "DROP CLASS X", "MATCH (x)\nAsSeRt (x)"}) {
    EXPECT_TRUE(MayWrite(script)) << script;
  }
  EXPECT_FALSE(MayWrite("MATCH (s)-[:supplies]->(\"optics\") RETURN s"));
  EXPECT_FALSE(MayWrite(""));
  // Words that only contain one.
  EXPECT_FALSE(
      MayWrite("MATCH (c)-[r]->(i) EXCLUDING DENIED RETURN r.asserted_by, retracted, xdrop"));
  EXPECT_TRUE(MayWrite("MATCH (c) RETURN r.asserted_by;ASSERT(#a)"));
  // No-break spaces around the word.
  EXPECT_TRUE(MayWrite("MATCH (a)\u00a0DENY\u00a0(a)-[:p]->(#b) ACCORDING TO #c"));
}

}  // namespace
}  // namespace sightline::server
