// JsonReader: one JSON text (RFC 8259) as a flat tree that keeps the text of every part, so that
// numbers and what nobody understands can be kept exactly.
//
// simdjson finds the structure; every part is looked at, so that what was read is valid throughout.
// Thread-compatible. Memory: the last text and its tree.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "server/ingest/rdf_lexer.h"

namespace sightline::server {

struct JsonNode {
  enum class Type : uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };
  static constexpr uint32_t kNoNode = UINT32_MAX;

  Type type = Type::kNull;
  std::string_view key;   // In an object.
  std::string_view text;  // A string without quotes and escapes; else as `raw`.
  std::string_view raw;   // As it stands in the text.
  size_t offset = 0;      // Of `raw`, in the text.
  uint32_t first_child = kNoNode;
  uint32_t next = kNoNode;  // The next in the same array or object.
};

class JsonReader {
 public:
  JsonReader();
  ~JsonReader();
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  // Null for a fault. The tree and its views live until the next call.
  const JsonNode* Read(std::string_view text, ParseFault* fault);

  // Null when there is none. Of several members with one key, Member gives the first.
  const JsonNode* FirstChild(const JsonNode& node) const { return At(node.first_child); }
  const JsonNode* Next(const JsonNode& node) const { return At(node.next); }
  const JsonNode* Member(const JsonNode& object, std::string_view key) const;
  // A key that the object has more than once, which JSON allows and nobody defines; empty when it
  // has none.
  std::string_view RepeatedKey(const JsonNode& object) const;

  static constexpr int kNestingMax = 64;

 private:
  struct Parser;

  const JsonNode* At(uint32_t index) const {
    return index == JsonNode::kNoNode ? nullptr : &nodes_[index];
  }

  const std::unique_ptr<Parser> parser_;
  std::vector<JsonNode> nodes_;
};

}  // namespace sightline::server
