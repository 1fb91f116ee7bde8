#include "clients/cli/evidence_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "clients/cli/display_text.h"
#include "clients/cli/value_text.h"

namespace sightline::cli {
namespace {

constexpr size_t kColumnsOfAPipe = 100;
constexpr size_t kColumnsMin = 40;

const v1::Value* Find(const v1::ValueMap& map, std::string_view key) {
  for (const v1::ValueMapEntry& entry : map.entries()) {
    if (entry.key() == key) return &entry.value();
  }
  return nullptr;
}

bool IsKnown(const v1::Value* value) {
  return value != nullptr && value->kind_case() != v1::Value::KIND_NOT_SET;
}

class Writer {
 public:
  Writer(const client::NodeCards& cards, size_t columns)
      : cards_(cards), columns_(std::max(columns, kColumnsMin)) {}

  // A paragraph, broken between words at the last column; its further lines stand 2 columns deeper.
  void Line(size_t indent, std::string_view text) {
    std::string line(indent, ' ');
    size_t width = indent;
    bool has_word = false;
    while (!text.empty()) {
      const size_t space = std::min(text.find(' '), text.size());
      const std::string_view word = text.substr(0, space);
      const size_t word_width = DisplayWidth(word);
      if (has_word && width + 1 + word_width > columns_) {
        out_ += line + "\n";
        line.assign(indent + 2, ' ');
        width = indent + 2;
        has_word = false;
      }
      if (has_word) {
        line += ' ';
        ++width;
      }
      line += word;
      width += word_width;
      has_word = true;
      text.remove_prefix(std::min(space + 1, text.size()));
    }
    out_ += line + "\n";
  }

  // Whatever a server sends in place of what docs/language/why.md says.
  void Plain(size_t indent, std::string_view key, const v1::Value& value) {
    const std::string head = key.empty() ? "" : OneLine(key) + ": ";
    if (value.has_list() && !value.list().values().empty()) {
      if (!key.empty()) Line(indent, head);
      for (const v1::Value& element : value.list().values()) Plain(indent + 2, "-", element);
    } else if (value.has_map()) {
      if (!key.empty()) Line(indent, head);
      for (const v1::ValueMapEntry& entry : value.map().entries()) {
        Plain(indent + 2, entry.key(), entry.value());
      }
    } else {
      Line(indent, head + Text(&value));
    }
  }

  // REQUIRES: the item has statements.
  void Item(const v1::ValueMap& item) {
    const v1::Value* element = Find(item, "element");
    const v1::Value* fact = Find(item, "fact");
    const v1::Value* disputed = Find(item, "disputed");
    std::string head = IsKnown(fact) ? Text(fact) : "not found";
    if (IsKnown(element)) head = Text(element) + "   " + head;
    if (disputed != nullptr && disputed->boolean()) head += "   DISPUTED";
    Line(4, head);
    const v1::ValueList& statements = Find(item, "statements")->list();
    if (statements.values().empty()) {
      const v1::Value* as_of = Find(item, "as_of");
      Line(6, !IsKnown(as_of) ? "no statement visible to you"
                              : "no statement visible to you as of " + Text(as_of));
    }
    for (const v1::Value& statement : statements.values()) {
      if (statement.has_map()) {
        Statement(statement.map());
      } else {
        Plain(6, "", statement);
      }
    }
    for (const v1::ValueMapEntry& entry : item.entries()) {
      static constexpr std::string_view kDrawn[] = {
          "derivation", "of", "element", "fact", "disputed", "statements", "not_found", "as_of"};
      if (std::find(std::begin(kDrawn), std::end(kDrawn), entry.key()) == std::end(kDrawn)) {
        Plain(6, entry.key(), entry.value());
      }
    }
  }

  std::string Take() { return std::move(out_); }

 private:
  std::string Text(const v1::Value* value) const {
    return value == nullptr ? "" : OneLine(ValueText(*value, cards_));
  }

  void Statement(const v1::ValueMap& statement) {
    const v1::Value* polarity = Find(statement, "polarity");
    const bool is_denial = polarity != nullptr && polarity->text().text() == "denies";
    std::string line = is_denial ? "DENIED by " : "asserted by ";
    line += Text(Find(statement, "claimant"));
    if (const v1::Value* document = Find(statement, "document"); IsKnown(document)) {
      line += ", in " + Text(document);
    }
    std::vector<std::string> remarks;
    if (const v1::Value* mode = Find(statement, "mode"); IsKnown(mode)) {
      remarks.push_back(Text(mode));
    }
    if (const v1::Value* node = Find(statement, "statement"); IsKnown(node)) {
      const v1::NodeCard* card = cards_.Find(client::NodeId{node->node()});
      remarks.push_back(card == nullptr ? Text(node) : "#" + OneLine(card->external_id()));
    }
    if (!remarks.empty()) line += fmt::format(" ({})", fmt::join(remarks, ", "));
    Line(6, line);
    if (const v1::Value* quote = Find(statement, "quote"); IsKnown(quote)) {
      Line(8, "\"" + Text(quote) + "\"");
    }
    for (const v1::ValueMapEntry& entry : statement.entries()) {
      static constexpr std::string_view kDrawn[] = {"statement", "polarity", "claimant",
                                                    "document",  "quote",    "mode"};
      if (std::find(std::begin(kDrawn), std::end(kDrawn), entry.key()) == std::end(kDrawn)) {
        Plain(8, entry.key(), entry.value());
      }
    }
  }

  const client::NodeCards& cards_;
  const size_t columns_;
  std::string out_;
};

int64_t Number(const v1::ValueMap& item, std::string_view key) {
  const v1::Value* value = Find(item, key);
  return value == nullptr ? 0 : value->integer();
}

}  // namespace

bool IsEvidenceColumn(const v1::ColumnSpec& column) {
  return column.name() == "evidence" && column.type() == v1::COLUMN_TYPE_VALUE;
}

std::string EvidenceText(size_t row, const std::string& title, const client::Cell& evidence,
                         const client::NodeCards& cards, std::optional<size_t> columns) {
  Writer writer(cards, columns.value_or(kColumnsOfAPipe));
  writer.Line(0, fmt::format("Row {}: {}", row, title));
  const auto* cell = std::get_if<const v1::Value*>(&evidence);
  const v1::Value* value = cell == nullptr ? nullptr : *cell;
  if (value == nullptr || (value->has_list() && value->list().values().empty())) {
    writer.Line(2, "rests on no statement");
    return writer.Take() + "\n";
  }
  int64_t derivation = 0, total = 0;
  for (const v1::Value& item : value->list().values()) {
    if (!item.has_map() || Find(item.map(), "statements") == nullptr) {
      writer.Plain(2, "", item);
      continue;
    }
    const int64_t number = Number(item.map(), "derivation");
    total = std::max(total, Number(item.map(), "of"));
    if (number != derivation) {
      derivation = number;
      if (total > 1) writer.Line(2, fmt::format("way {} of {}", number, total));
    }
    writer.Item(item.map());
  }
  if (!value->has_list()) writer.Plain(2, "", *value);
  if (total > derivation) {
    writer.Line(2, fmt::format("{} more {} not shown", total - derivation,
                               total - derivation == 1 ? "way is" : "ways are"));
  }
  return writer.Take() + "\n";
}

}  // namespace sightline::cli
