#include "tests/tck/tck_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace sightline::tck {
namespace {

class ValueReader {
 public:
  explicit ValueReader(std::string_view text) : text_(text) {}

  StatusOr<TckValue> Read() {
    SL_ASSIGN_OR_RETURN(TckValue value, Value());
    SkipSpace();
    if (at_ != text_.size()) return Wrong();
    return value;
  }

 private:
  Status Wrong() const {
    return InvalidArgument("No value of the TCK, at offset {}: {}", at_, text_);
  }
  void SkipSpace() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool Take(std::string_view token) {
    SkipSpace();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  Status Need(std::string_view token) { return Take(token) ? OkStatus() : Wrong(); }
  bool Sees(std::string_view token) {
    SkipSpace();
    return text_.substr(at_).starts_with(token);
  }

  StatusOr<TckValue> Value() {
    if (Sees("'")) return Text();
    if (Sees("{")) return Map();
    if (Sees("<")) return Path();
    if (Sees("(")) return Node();
    if (Sees("[:")) return Relationship();
    if (Sees("[")) return List();
    const size_t begin = at_;
    while (at_ < text_.size() && std::string_view(",]}| )").find(text_[at_]) == std::string::npos) {
      ++at_;
    }
    return Scalar(text_.substr(begin, at_ - begin));
  }

  StatusOr<TckValue> Scalar(std::string_view word) {
    if (word == "null") return TckValue();
    if (word == "true" || word == "false") return TckValue::OfBoolean(word == "true");
    if (word == "NaN") return TckValue::OfFloat(std::nan(""));
    if (word == "Inf") return TckValue::OfFloat(HUGE_VAL);
    if (word == "-Inf") return TckValue::OfFloat(-HUGE_VAL);
    int64_t integer = 0;
    const char* const end = word.data() + word.size();
    if (const auto [stop, error] = std::from_chars(word.data(), end, integer);
        error == std::errc() && stop == end) {
      return TckValue::OfInteger(integer);
    }
    const std::string copy(word);
    char* stop = nullptr;
    const double number = std::strtod(copy.c_str(), &stop);
    if (copy.empty() || *stop != '\0') return Wrong();
    return TckValue::OfFloat(number);
  }

  StatusOr<TckValue> Text() {
    SL_RETURN_IF_ERROR(Need("'"));
    std::string text;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\'') {
        ++at_;
        return TckValue::OfText(text);
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        text += text_[at_] == 'n' ? '\n' : text_[at_] == 't' ? '\t' : text_[at_];
      } else {
        text += text_[at_];
      }
    }
    return Wrong();
  }

  StatusOr<TckValue> List() {
    TckValue value{
        .kind = TckValue::Kind::kList, .text = "", .items = {}, .entries = {}, .names = {}};
    SL_RETURN_IF_ERROR(Need("["));
    if (Take("]")) return value;
    do {
      SL_ASSIGN_OR_RETURN(value.items.emplace_back(), Value());
    } while (Take(","));
    SL_RETURN_IF_ERROR(Need("]"));
    return value;
  }

  StatusOr<std::string> Name() {
    SkipSpace();
    std::string name;
    if (Take("`")) {
      while (at_ < text_.size() && text_[at_] != '`') name += text_[at_++];
      SL_RETURN_IF_ERROR(Need("`"));
      return name;
    }
    while (at_ < text_.size() &&
           std::string_view(":{}[]()<>, \t").find(text_[at_]) == std::string_view::npos) {
      name += text_[at_++];
    }
    if (name.empty()) return Wrong();
    return name;
  }

  Status Entries(TckValue* value) {
    SL_RETURN_IF_ERROR(Need("{"));
    if (Take("}")) return OkStatus();
    do {
      SL_ASSIGN_OR_RETURN(const std::string key, Name());
      SL_RETURN_IF_ERROR(Need(":"));
      SL_ASSIGN_OR_RETURN(value->entries[key], Value());
    } while (Take(","));
    return Need("}");
  }

  StatusOr<TckValue> Map() {
    TckValue value{
        .kind = TckValue::Kind::kMap, .text = "", .items = {}, .entries = {}, .names = {}};
    SL_RETURN_IF_ERROR(Entries(&value));
    return value;
  }

  // :A:B {x: 1}
  Status Element(TckValue* value, std::string_view end) {
    while (Take(":")) {
      SL_ASSIGN_OR_RETURN(value->names.emplace_back(), Name());
    }
    std::sort(value->names.begin(), value->names.end());
    if (Sees("{")) SL_RETURN_IF_ERROR(Entries(value));
    return Need(end);
  }
  StatusOr<TckValue> Node() {
    TckValue value{
        .kind = TckValue::Kind::kNode, .text = "", .items = {}, .entries = {}, .names = {}};
    SL_RETURN_IF_ERROR(Need("("));
    SL_RETURN_IF_ERROR(Element(&value, ")"));
    return value;
  }
  StatusOr<TckValue> Relationship() {
    TckValue value{
        .kind = TckValue::Kind::kRelationship, .text = "", .items = {}, .entries = {}, .names = {}};
    SL_RETURN_IF_ERROR(Need("["));
    SL_RETURN_IF_ERROR(Element(&value, "]"));
    return value;
  }

  StatusOr<TckValue> Path() {
    TckValue value{
        .kind = TckValue::Kind::kPath, .text = "", .items = {}, .entries = {}, .names = {}};
    SL_RETURN_IF_ERROR(Need("<"));
    SL_ASSIGN_OR_RETURN(value.items.emplace_back(), Node());
    while (!Take(">")) {
      const bool backwards = Take("<-");
      if (!backwards) SL_RETURN_IF_ERROR(Need("-"));
      SL_ASSIGN_OR_RETURN(value.items.emplace_back(), Relationship());
      SL_RETURN_IF_ERROR(Need(backwards ? "-" : "->"));
      value.text += backwards ? '<' : '>';
      SL_ASSIGN_OR_RETURN(value.items.emplace_back(), Node());
    }
    return value;
  }

  const std::string_view text_;
  size_t at_ = 0;
};

std::string EntriesText(const TckValue& value, bool any_list_order) {
  std::string text = "{";
  for (const auto& [key, entry] : value.entries) {
    text +=
        fmt::format("{}{}: {}", text.size() > 1 ? ", " : "", key, Canonical(entry, any_list_order));
  }
  return text + "}";
}

}  // namespace

TckValue TckValue::OfInteger(int64_t value) {
  TckValue made;
  made.text = std::to_string(value);
  return made;
}
TckValue TckValue::OfFloat(double value) {
  TckValue made;
  if (std::isnan(value)) {
    made.text = "NaN";
  } else if (std::isinf(value)) {
    made.text = value > 0 ? "Inf" : "-Inf";
  } else {
    made.text = fmt::format("{}", value);  // The shortest that reads back as the same.
    if (made.text.find_first_of(".e") == std::string::npos) made.text += ".0";
  }
  return made;
}
TckValue TckValue::OfText(std::string_view value) {
  TckValue made;
  made.text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') made.text += '\\';
    made.text += c;
  }
  made.text += "'";
  return made;
}
TckValue TckValue::OfBoolean(bool value) {
  TckValue made;
  made.text = value ? "true" : "false";
  return made;
}

StatusOr<TckValue> ParseTckValue(std::string_view text) { return ValueReader(text).Read(); }

std::string Canonical(const TckValue& value, bool any_list_order) {
  switch (value.kind) {
    case TckValue::Kind::kScalar:
      return value.text;
    case TckValue::Kind::kList: {
      std::vector<std::string> items;
      for (const TckValue& item : value.items) items.push_back(Canonical(item, any_list_order));
      if (any_list_order) std::sort(items.begin(), items.end());
      return fmt::format("[{}]", fmt::join(items, ", "));
    }
    case TckValue::Kind::kMap:
      return EntriesText(value, any_list_order);
    case TckValue::Kind::kNode:
    case TckValue::Kind::kRelationship: {
      std::string text;
      for (const std::string& name : value.names) text += ":" + name;
      if (!value.entries.empty()) {
        text += (text.empty() ? "" : " ") + EntriesText(value, any_list_order);
      }
      return value.kind == TckValue::Kind::kNode ? "(" + text + ")" : "[" + text + "]";
    }
    case TckValue::Kind::kPath: {
      std::string text = "<" + Canonical(value.items.front(), any_list_order);
      for (size_t i = 0; i < value.text.size(); ++i) {
        const bool forwards = value.text[i] == '>';
        text += fmt::format(
            "{}{}{}{}", forwards ? "-" : "<-", Canonical(value.items[2 * i + 1], any_list_order),
            forwards ? "->" : "-", Canonical(value.items[2 * i + 2], any_list_order));
      }
      return text + ">";
    }
  }
  return {};
}

StatusOr<query::Datum> DatumOf(const TckValue& value) {
  using query::Datum;
  switch (value.kind) {
    case TckValue::Kind::kScalar:
      break;
    case TckValue::Kind::kList: {
      query::DatumList list;
      for (const TckValue& item : value.items) {
        SL_ASSIGN_OR_RETURN(list.emplace_back(), DatumOf(item));
      }
      return Datum(std::move(list));
    }
    case TckValue::Kind::kMap: {
      query::DatumMap map;
      for (const auto& [key, entry] : value.entries) {
        SL_ASSIGN_OR_RETURN(Datum datum, DatumOf(entry));
        map.emplace_back(key, std::move(datum));
      }
      return Datum(std::move(map));
    }
    default:
      return InvalidArgument("A node, relationship or path is no parameter");
  }
  const std::string& text = value.text;
  if (text == "null") return Datum();
  if (text == "true" || text == "false") return Datum::OfBoolean(text == "true");
  if (text.front() == '\'') {
    std::string plain;
    for (size_t i = 1; i + 1 < text.size(); ++i) {
      if (text[i] == '\\') ++i;
      plain += text[i];
    }
    return Datum::OfText(std::move(plain));
  }
  int64_t integer = 0;
  const char* const end = text.data() + text.size();
  if (const auto [stop, error] = std::from_chars(text.data(), end, integer);
      error == std::errc() && stop == end) {
    return Datum::OfInteger(integer);
  }
  return Datum(storage::Value(std::strtod(text.c_str(), nullptr)));
}

}  // namespace sightline::tck
