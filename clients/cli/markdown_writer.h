// MarkdownWriter: a table of GitHub Flavored Markdown, a row a line, written as rows arrive.

#pragma once

#include <string>
#include <string_view>

#include "clients/cli/result_writer.h"

namespace sightline::cli {

class MarkdownWriter : public ResultWriter {
 public:
  explicit MarkdownWriter(Output* out) : out_(out) {}

  void Begin(const v1::ResultHeader& header) override;
  void Add(client::ResultBatch batch, const client::NodeCards& cards) override;
  void End(const client::NodeCards& cards) override;

 private:
  Output* const out_;
};

// Text as a cell shows it: what Markdown or HTML would take for markup is escaped, a line end is
// <br>, and control characters are made harmless.
std::string MarkdownCell(std::string_view text);

}  // namespace sightline::cli
