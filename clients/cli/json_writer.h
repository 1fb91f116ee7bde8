// JsonWriter: a result as JSON, one object a row. docs/cli.md says how each type is written.

#pragma once

#include <string>
#include <vector>

#include "clients/cli/result_writer.h"

namespace sightline::cli {

class JsonWriter : public ResultWriter {
 public:
  // kArray: one array over lines. kLines: one object a line, no array.
  enum class Layout { kArray, kLines };
  JsonWriter(Layout layout, Output* out) : layout_(layout), out_(out) {}

  void Begin(const v1::ResultHeader& header) override;
  void Add(client::ResultBatch batch, const client::NodeCards& cards) override;
  void End(const client::NodeCards& cards) override;

 private:
  const Layout layout_;
  Output* const out_;
  std::vector<std::string> names_;
  bool is_first_ = true;
};

// A cell as compact JSON text. Control characters are escaped, also those that JSON would allow, so
// that no terminal obeys them.
std::string CellJson(const client::Cell& cell, const client::NodeCards& cards);
// `text` as a JSON string.
std::string JsonString(std::string_view text);

}  // namespace sightline::cli
