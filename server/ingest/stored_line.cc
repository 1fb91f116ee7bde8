#include "server/ingest/stored_line.h"

#include <charconv>
#include <string>
#include <system_error>
#include <utility>

#include "storage/base/status.h"
#include "storage/model/marking.h"

namespace sightline::server {
namespace {

using storage::DroppedDefinition;
using storage::StoredDefinition;

bool ReadText(const JsonNode& node, std::string* text) {
  *text = node.text;
  return node.type == JsonNode::Type::kString;
}

// From 1, and below the numbers that have no successor.
bool ReadNumber(const JsonNode& node, uint64_t* number) {
  int64_t read = 0;
  const auto [end, error] =
      std::from_chars(node.text.data(), node.text.data() + node.text.size(), read);
  *number = static_cast<uint64_t>(read);
  return node.type == JsonNode::Type::kNumber && error == std::errc() &&
         end == node.text.data() + node.text.size() && read > 0;
}

bool ReadTexts(const JsonReader& reader, const JsonNode& list, std::vector<std::string>* texts) {
  if (list.type != JsonNode::Type::kArray) return false;
  for (const JsonNode* text = reader.FirstChild(list); text != nullptr; text = reader.Next(*text)) {
    if (!ReadText(*text, &texts->emplace_back())) return false;
  }
  return true;
}

bool ReadMember(const JsonReader& reader, const JsonNode& member, StoredDefinition* definition) {
  if (member.key == "number") return ReadNumber(member, &definition->number);
  if (member.key == "text") return ReadText(member, &definition->text);
  if (member.key == "note") return ReadText(member, &definition->note);
  if (member.key == "access") return ReadText(member, &definition->marking.access);
  if (member.key == "marking") {
    const auto label = storage::ParseTlpLabel(member.text);
    if (!label || member.type != JsonNode::Type::kString) return false;
    definition->marking.tlp = *label;
    return true;
  }
  return member.key == "parameters" && definition->kind == StoredDefinition::Kind::kQuery &&
         ReadTexts(reader, member, &definition->parameters);
}

bool ReadMember(const JsonReader& /*reader*/, const JsonNode& member,
                DroppedDefinition* definition) {
  if (member.key == "number") return ReadNumber(member, &definition->number);
  if (member.key != "kind" || member.type != JsonNode::Type::kString) return false;
  using Kind = DroppedDefinition::Kind;
  if (member.text == "class") {
    definition->kind = Kind::kClass;
  } else if (member.text == "predicate") {
    definition->kind = Kind::kPredicate;
  } else if (member.text == "stored") {
    definition->kind = Kind::kStored;
  } else {
    return false;
  }
  return true;
}

template <typename AnyDefinition>
bool ReadMembers(const JsonReader& reader, const JsonNode& name, AnyDefinition* definition,
                 ParseFault* fault) {
  if (!ReadText(name, &definition->name)) {
    *fault = {name.offset, RejectReason::kBadField,
              fmt::format("\"{}\": it must be text", name.key)};
    return false;
  }
  for (const JsonNode* member = reader.Next(name); member != nullptr;
       member = reader.Next(*member)) {
    if (ReadMember(reader, *member, definition)) continue;
    *fault = {member->offset, RejectReason::kBadField,
              fmt::format("\"{}\": a line of \"{}\" has no such field, or it holds something else",
                          member->key, name.key)};
    return false;
  }
  return true;
}

bool Missing(const JsonNode& record, std::string_view key, ParseFault* fault) {
  *fault = {record.offset, RejectReason::kMissingField, fmt::format("\"{}\" is missing", key)};
  return false;
}

}  // namespace

bool IsStoredOrDropped(const JsonReader& reader, const JsonNode& record) {
  const JsonNode* first = reader.FirstChild(record);
  return first != nullptr && (first->key == "query" || first->key == "edge" ||
                              first->key == "prefix" || first->key == "drop");
}

bool ReadStoredOrDropped(const JsonReader& reader, const JsonNode& record,
                         storage::Definition* definition, ParseFault* fault) {
  const JsonNode& name = *reader.FirstChild(record);
  if (name.key == "drop") {
    DroppedDefinition dropped;
    if (!ReadMembers(reader, name, &dropped, fault)) return false;
    if (reader.Member(record, "kind") == nullptr) return Missing(record, "kind", fault);
    const bool is_stored = dropped.kind == DroppedDefinition::Kind::kStored;
    if (is_stored && dropped.number == 0) return Missing(record, "number", fault);
    if (!is_stored && dropped.number != 0) {
      *fault = {reader.Member(record, "number")->offset, RejectReason::kBadField,
                "\"number\": classes and predicates have none"};
      return false;
    }
    *definition = std::move(dropped);
    return true;
  }
  StoredDefinition stored;
  stored.kind = name.key == "query"  ? StoredDefinition::Kind::kQuery
                : name.key == "edge" ? StoredDefinition::Kind::kEdge
                                     : StoredDefinition::Kind::kPrefix;
  if (!ReadMembers(reader, name, &stored, fault)) return false;
  if (stored.number == 0) return Missing(record, "number", fault);
  if (stored.text.empty()) return Missing(record, "text", fault);
  *definition = std::move(stored);
  return true;
}

}  // namespace sightline::server
