#include "server/ingest/json_reader.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace sightline::server {
namespace {

// The tree as JSON again, from the parts' own text.
std::string Print(const JsonReader& reader, const JsonNode& node) {
  if (node.type != JsonNode::Type::kArray && node.type != JsonNode::Type::kObject) {
    return std::string(node.raw);
  }
  const bool object = node.type == JsonNode::Type::kObject;
  std::string text(1, object ? '{' : '[');
  for (const JsonNode* child = reader.FirstChild(node); child != nullptr;
       child = reader.Next(*child)) {
    if (text.size() > 1) text += ',';
    if (object) text += "\"" + std::string(child->key) + "\":";
    text += Print(reader, *child);
  }
  return text + (object ? '}' : ']');
}

TEST(JsonReader, KeepsTheTextOfEveryPart) {
  const std::string text =
      R"({ "a" : [1, 1.10 , -0, 12345678901234567890123, 1e400] , "b":{"c":null,"d":[ ]}, "e":"x\u0041\n", "f":true})";
  JsonReader reader;
  ParseFault fault;
  const JsonNode* root = reader.Read(text, &fault);
  ASSERT_NE(root, nullptr) << fault.message;
  EXPECT_EQ(root->raw, text);
  EXPECT_EQ(reader.Member(*root, "a")->raw, "[1, 1.10 , -0, 12345678901234567890123, 1e400]");
  EXPECT_EQ(reader.Member(*root, "b")->raw, R"({"c":null,"d":[ ]})");
  EXPECT_EQ(reader.Member(*root, "e")->raw, R"("x\u0041\n")");
  EXPECT_EQ(reader.Member(*root, "e")->text, "xA\n");
  EXPECT_EQ(reader.Member(*root, "g"), nullptr);
  EXPECT_EQ(
      Print(reader, *root),
      R"({"a":[1,1.10,-0,12345678901234567890123,1e400],"b":{"c":null,"d":[]},"e":"x\u0041\n","f":true})");
}

TEST(JsonReader, RefusesWhatIsNoJson) {
  JsonReader reader;
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "[1,]",
                           "{\"a\":1,}",
                           "{\"a\" 1}",
                           "{\"a\":1 \"b\":2}",
                           "[1 2]",
                           "{a:1}",
                           "{\"a\":01}",
                           "{\"a\":1.}",
                           "{\"a\":+1}",
                           "{\"a\":.5}",
                           "{\"a\":tru}",
                           "{\"a\":nul}",
                           "{\"a\":\"x}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\ud800\"}",
                           "{} {}",
                           "{}x",
                           "[\"\x01\"]",
                           "{\"a\":\"\xff\"}",
                           "{\"a\":1}]",
                           "[1]}"}) {
    ParseFault fault;
    EXPECT_EQ(reader.Read(text, &fault), nullptr) << text;
    EXPECT_FALSE(fault.message.empty()) << text;
  }
}

TEST(JsonReader, KeepsRepeatedKeysAndNamesThem) {
  JsonReader reader;
  ParseFault fault;
  const JsonNode* root = reader.Read(R"({"b": 1, "c": 2, "b": 3})", &fault);
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(Print(reader, *root), R"({"b":1,"c":2,"b":3})");
  EXPECT_EQ(reader.Member(*root, "b")->text, "1");
  EXPECT_EQ(reader.RepeatedKey(*root), "b");
  root = reader.Read(R"({"b": {"c": 1}, "c": 2})", &fault);
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(reader.RepeatedKey(*root), "");
}

TEST(JsonReader, SaysWhereAndWhy) {
  JsonReader reader;
  ParseFault fault;
  EXPECT_EQ(reader.Read(R"({"a": 1, "b": 01})", &fault), nullptr);
  EXPECT_EQ(fault.offset, 14u);
  EXPECT_EQ(reader.Read("{\"a\": \"\xff\"}", &fault), nullptr);
  EXPECT_EQ(fault.reason, RejectReason::kEncoding);
  EXPECT_EQ(fault.offset, 7u);
  EXPECT_EQ(reader.Read(std::string(100'000, '['), &fault), nullptr);
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  EXPECT_EQ(reader.Read(deep, &fault), nullptr);
  EXPECT_EQ(fault.reason, RejectReason::kNesting);
}

}  // namespace
}  // namespace sightline::server
