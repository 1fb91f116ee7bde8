#include "server/ingest/json_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "storage/base/utf8.h"

namespace sightline::server {
namespace {

namespace ondemand = simdjson::ondemand;

bool IsSpace(char byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

std::string_view TrimEnd(std::string_view text) {
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

// RFC 8259, 6.
bool IsNumber(std::string_view text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - from;
  };
  if (text.starts_with('-')) ++at;
  const bool leading_zero = at < text.size() && text[at] == '0';
  const size_t whole = digits();
  if (whole == 0 || (leading_zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

}  // namespace

struct JsonReader::Parser {
  ondemand::parser parser;
  std::vector<char> padded;
  ondemand::document document;
  std::vector<JsonNode>* nodes = nullptr;
  size_t size = 0;
  ParseFault* fault = nullptr;

  size_t Here() {
    const char* location = nullptr;
    if (document.current_location().get(location) != simdjson::SUCCESS) return size;
    return std::min(static_cast<size_t>(location - padded.data()), size);
  }
  bool Fail(size_t offset, std::string message, RejectReason reason = RejectReason::kSyntax) {
    *fault = {offset, reason, std::move(message)};
    return false;
  }
  bool Fail(simdjson::error_code error) { return Fail(Here(), simdjson::error_message(error)); }

  // Appends the value and all below it; `*index` is its own.
  template <typename AnyValue>
  bool Append(AnyValue& value, std::string_view key, int depth, uint32_t* index) {
    std::string_view token;
    if (const auto error =
            simdjson::simdjson_result<std::string_view>(value.raw_json_token()).get(token)) {
      return Fail(error);
    }
    *index = static_cast<uint32_t>(nodes->size());
    JsonNode node;
    node.key = key;
    node.offset = static_cast<size_t>(token.data() - padded.data());
    node.raw = TrimEnd(token);
    node.text = node.raw;
    nodes->push_back(node);

    ondemand::json_type type;
    if (const auto error = value.type().get(type)) return Fail(error);
    switch (type) {
      case ondemand::json_type::array:
      case ondemand::json_type::object:
        if (depth >= kNestingMax) {
          return Fail(node.offset, "nested too deeply", RejectReason::kNesting);
        }
        node.type =
            type == ondemand::json_type::array ? JsonNode::Type::kArray : JsonNode::Type::kObject;
        if (!(type == ondemand::json_type::array ? AppendItems(value, depth, &node)
                                                 : AppendFields(value, depth, &node))) {
          return false;
        }
        break;
      case ondemand::json_type::string:
        node.type = JsonNode::Type::kString;
        if (const auto error = value.get_string().get(node.text)) return Fail(error);
        break;
      // simdjson steps over what was not asked for, which keeps numbers of any size.
      case ondemand::json_type::number:
        node.type = JsonNode::Type::kNumber;
        if (!IsNumber(node.raw)) return Fail(node.offset, "not a number");
        break;
      case ondemand::json_type::boolean:
        node.type = JsonNode::Type::kBoolean;
        if (node.raw != "true" && node.raw != "false") return Fail(node.offset, "not a JSON value");
        break;
      case ondemand::json_type::null:
        if (node.raw != "null") return Fail(node.offset, "not a JSON value");
        break;
    }
    (*nodes)[*index] = node;
    return true;
  }

  void Link(JsonNode* parent, uint32_t* last, uint32_t child) {
    if (*last == JsonNode::kNoNode) {
      parent->first_child = child;
    } else {
      (*nodes)[*last].next = child;
    }
    *last = child;
  }

  // From the opening bracket, where `node->offset` is, to the closing one.
  void SetRaw(JsonNode* node, char close) {
    const std::string_view text(padded.data(), Here());
    const size_t end = text.rfind(close);
    node->raw = text.substr(node->offset, end + 1 - node->offset);
    node->text = node->raw;
  }

  template <typename AnyValue>
  bool AppendItems(AnyValue& value, int depth, JsonNode* node) {
    ondemand::array array;
    if (const auto error = value.get_array().get(array)) return Fail(error);
    uint32_t last = JsonNode::kNoNode;
    for (auto item : array) {
      ondemand::value child;
      if (const auto error = item.get(child)) return Fail(error);
      uint32_t index = 0;
      if (!Append(child, {}, depth + 1, &index)) return false;
      Link(node, &last, index);
    }
    SetRaw(node, ']');
    return true;
  }

  template <typename AnyValue>
  bool AppendFields(AnyValue& value, int depth, JsonNode* node) {
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) return Fail(error);
    uint32_t last = JsonNode::kNoNode;
    for (auto field : object) {
      std::string_view key;
      ondemand::value child;
      if (const auto error = field.unescaped_key().get(key)) return Fail(error);
      if (const auto error = field.value().get(child)) return Fail(error);
      uint32_t index = 0;
      if (!Append(child, key, depth + 1, &index)) return false;
      Link(node, &last, index);
    }
    SetRaw(node, '}');
    return true;
  }
};

JsonReader::JsonReader() : parser_(std::make_unique<Parser>()) {}
JsonReader::~JsonReader() = default;

const JsonNode* JsonReader::Read(std::string_view text, ParseFault* fault) {
  nodes_.clear();
  Parser& state = *parser_;
  state.padded.resize(text.size() + simdjson::SIMDJSON_PADDING);
  std::memcpy(state.padded.data(), text.data(), text.size());
  std::memset(state.padded.data() + text.size(), 0, simdjson::SIMDJSON_PADDING);
  state.nodes = &nodes_;
  state.size = text.size();
  state.fault = fault;
  const auto error = state.parser.iterate(state.padded.data(), text.size(), state.padded.size())
                         .get(state.document);
  if (error) {
    *fault = {0, RejectReason::kSyntax, simdjson::error_message(error)};
    if (error == simdjson::UTF8_ERROR) {
      *fault = {storage::ValidUtf8Prefix(text), RejectReason::kEncoding, "not UTF-8"};
    }
    return nullptr;
  }
  uint32_t root = 0;
  // A document that is one scalar cannot be moved into a value; no format here has such a record.
  ondemand::value value;
  if (const auto value_error = state.document.get_value().get(value)) {
    *fault = {0, RejectReason::kSyntax,
              value_error == simdjson::SCALAR_DOCUMENT_AS_VALUE
                  ? "expected an object"
                  : simdjson::error_message(value_error)};
    return nullptr;
  }
  if (!state.Append(value, {}, 0, &root)) return nullptr;
  // At the end there is no place to be at, and Here gives the size.
  if (const size_t here = state.Here(); here != text.size()) {
    *fault = {here, RejectReason::kSyntax, "something follows the JSON value"};
    return nullptr;
  }
  return &nodes_[root];
}

const JsonNode* JsonReader::Member(const JsonNode& object, std::string_view key) const {
  for (const JsonNode* child = FirstChild(object); child != nullptr; child = Next(*child)) {
    if (child->key == key) return child;
  }
  return nullptr;
}

std::string_view JsonReader::RepeatedKey(const JsonNode& object) const {
  std::vector<std::string_view> keys;
  for (const JsonNode* child = FirstChild(object); child != nullptr; child = Next(*child)) {
    keys.push_back(child->key);
  }
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  return twice == keys.end() ? std::string_view() : *twice;
}

}  // namespace sightline::server
