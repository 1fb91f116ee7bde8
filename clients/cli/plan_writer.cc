#include "clients/cli/plan_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "clients/cli/display_text.h"
#include "clients/cli/value_text.h"

namespace sightline::cli {
namespace {

// The figures, in the order of query/explain.h, and what they are called here.
constexpr std::pair<std::string_view, std::string_view> kFigures[] = {
    {"estimated_rows", "expected"}, {"rows", "rows"},
    {"facts_touched", "facts"},     {"micros", "time"},
    {"memory_bytes", "memory"},     {"spilled_bytes", "on disk"},
};
constexpr size_t kTreeColumnsMin = 24;

std::string MicrosText(int64_t micros) {
  if (micros < 1000) return fmt::format("{} µs", micros);
  if (micros < 1'000'000) return fmt::format("{:.1f} ms", static_cast<double>(micros) / 1e3);
  return fmt::format("{:.2f} s", static_cast<double>(micros) / 1e6);
}

std::string BytesText(int64_t bytes) {
  if (bytes < 1 << 10) return fmt::format("{} B", bytes);
  if (bytes < 1 << 20) return fmt::format("{:.1f} KiB", static_cast<double>(bytes) / (1 << 10));
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

std::string FigureText(std::string_view name, const client::Cell& cell) {
  const auto* figure = std::get_if<int64_t>(&cell);
  if (figure == nullptr) return "";
  if (name == "time") return MicrosText(*figure);
  // Most operators hold nothing and spill nothing: a blank is easier on the eye than a zero.
  if (name == "memory" || name == "on disk") return *figure == 0 ? "" : BytesText(*figure);
  return std::to_string(*figure);
}

}  // namespace

bool IsPlan(const v1::ResultHeader& header) {
  if (header.columns_size() != 3 && header.columns_size() != 8) return false;
  if (header.columns(0).name() != "operator" || header.columns(1).name() != "details") return false;
  if (header.columns(0).type() != v1::COLUMN_TYPE_TEXT) return false;
  for (int i = 2; i < header.columns_size(); ++i) {
    if (header.columns(i).name() != kFigures[i - 2].first) return false;
  }
  return true;
}

void PlanWriter::Begin(const v1::ResultHeader& header) {
  for (int i = 2; i < header.columns_size(); ++i) {
    figure_names_.emplace_back(kFigures[i - 2].second);
  }
}

void PlanWriter::Add(client::ResultBatch batch, const client::NodeCards& cards) {
  for (size_t row = 0; row < batch.row_count(); ++row) {
    Step step;
    const std::string name = CellText(batch.cell(0, row), cards);
    const size_t indent = std::min(name.find_first_not_of(' '), name.size());
    step.depth = indent / 2;
    step.name = OneLine(std::string_view(name).substr(indent));
    step.details = OneLine(CellText(batch.cell(1, row), cards));
    for (size_t i = 0; i < figure_names_.size(); ++i) {
      step.figures.push_back(FigureText(figure_names_[i], batch.cell(i + 2, row)));
    }
    steps_.push_back(std::move(step));
  }
}

void PlanWriter::End(const client::NodeCards&) {
  const auto paint = [&](const char* code, const std::string& text) {
    return options_.is_colored && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text)
                                                : text;
  };
  // From the last step up: whether a later step hangs on the same branch decides what is drawn.
  std::vector<std::string> branches(steps_.size());
  std::vector<bool> goes_on;  // By depth: a step further down has its parent there.
  for (size_t i = steps_.size(); i-- > 0;) {
    const size_t depth = steps_[i].depth;
    goes_on.resize(std::max(goes_on.size(), depth + 1), false);
    for (size_t level = 1; level < depth; ++level) {
      branches[i] += goes_on[level] ? (options_.is_ascii ? "|  " : "│  ") : "   ";
    }
    if (depth > 0) {
      branches[i] +=
          options_.is_ascii ? (goes_on[depth] ? "|- " : "`- ") : (goes_on[depth] ? "├─ " : "└─ ");
    }
    goes_on.resize(depth + 1);
    goes_on[depth] = true;
  }
  std::vector<size_t> widths;
  std::vector<size_t> shown;  // Figures of which at least one step has any.
  size_t figures_width = 0;
  for (size_t figure = 0; figure < figure_names_.size(); ++figure) {
    widths.push_back(figure_names_[figure].size());
    bool is_known = figure == 0;
    for (const Step& step : steps_) {
      widths[figure] = std::max(widths[figure], DisplayWidth(step.figures[figure]));
      is_known |= !step.figures[figure].empty();
    }
    if (!is_known) continue;
    shown.push_back(figure);
    figures_width += widths[figure] + 2;
  }
  size_t tree_width = 0;
  for (size_t i = 0; i < steps_.size(); ++i) {
    const size_t details = steps_[i].details.empty() ? 0 : DisplayWidth(steps_[i].details) + 2;
    tree_width =
        std::max(tree_width, DisplayWidth(branches[i]) + DisplayWidth(steps_[i].name) + details);
  }
  if (options_.terminal_columns) {
    const size_t room =
        *options_.terminal_columns > figures_width ? *options_.terminal_columns - figures_width : 0;
    tree_width = std::min(tree_width, std::max(room, kTreeColumnsMin));
  }
  std::string text(tree_width, ' ');
  for (const size_t figure : shown) {
    text += fmt::format("  {}{}", std::string(widths[figure] - figure_names_[figure].size(), ' '),
                        figure_names_[figure]);
  }
  text = paint("2", text) + "\n";
  size_t cut_steps = 0;
  for (size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    const size_t before = DisplayWidth(branches[i]);
    const std::string name =
        CutToWidth(step.name, tree_width > before + 1 ? tree_width - before : 1);
    size_t used = before + DisplayWidth(name);
    text += paint("2", branches[i]) + paint("1", name);
    if (!step.details.empty()) {
      const bool is_cut = used + 2 + DisplayWidth(step.details) > tree_width;
      cut_steps += is_cut ? 1 : 0;
      if (used + 3 < tree_width) {
        const std::string details = CutToWidth(step.details, tree_width - used - 2);
        text += "  " + details;
        used += 2 + DisplayWidth(details);
      }
    }
    std::string figures(tree_width > used ? tree_width - used : 0, ' ');
    for (const size_t figure : shown) {
      figures += std::string(2 + widths[figure] - DisplayWidth(step.figures[figure]), ' ') +
                 step.figures[figure];
    }
    text += figures.substr(0, figures.find_last_not_of(' ') + 1) + "\n";
  }
  out_->Write(text);
  if (cut_steps > 0) {
    out_->Write(fmt::format("{} cut to fit the terminal; formats vertical and json show all\n",
                            cut_steps == 1 ? "1 step is" : fmt::format("{} steps are", cut_steps)));
  }
}

}  // namespace sightline::cli
