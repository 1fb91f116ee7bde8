#include "query/plan/plan_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sightline::query {
namespace {

// Texts that go over lines, and long ones, are no good in a table.
std::string Short(std::string_view text) {
  constexpr size_t kBytesMax = 120;
  std::string line;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!space) {
      line.push_back(c);
    } else if (!line.empty() && line.back() != ' ') {
      line.push_back(' ');
    }
  }
  if (line.size() <= kBytesMax) return line;
  size_t end = kBytesMax;
  while ((static_cast<uint8_t>(line[end]) & 0xC0) == 0x80) --end;  // Not within a code point.
  return line.substr(0, end) + "…";
}

class PlanWriter {
 public:
  explicit PlanWriter(std::string_view text) : text_(text) {}

  size_t Write(const LogicalOperator& plan, size_t depth) {
    if (const auto* match = std::get_if<LogicalMatch>(&plan.node)) {
      return WriteMatch(plan, match->graph, depth);
    }
    const size_t row = Add(&plan, depth, NameOf(plan), DetailsOf(plan));
    for (const LogicalPlan& input : plan.inputs) WriteBelow(row, *input, depth + 1);
    if (const auto* optional = std::get_if<LogicalOptional>(&plan.node)) {
      WriteBelow(row, *optional->inner, depth + 1);
    }
    if (const auto* call = std::get_if<LogicalCall>(&plan.node)) {
      // The places in a definition's text are none in this one.
      const std::string_view text = std::exchange(text_, {});
      WriteBelow(row, *call->inner, depth + 1);
      text_ = text;
    }
    rows_[row].estimated_rows = EstimateOf(plan, rows_[row]);
    return row;
  }

  std::vector<PlanRow> Take() { return std::move(rows_); }

  // Asked by the expressions of the plan, for each of their rows.
  void WriteSubquery(const SubqueryPlan& subquery) {
    const size_t row = Add(nullptr, 0, "Subquery", NameOf(subquery.kind));
    WriteBelow(row, *subquery.plan, 1);
  }

 private:
  size_t Add(const void* node, size_t depth, std::string name, std::string details) {
    rows_.push_back({.node = node,
                     .depth = depth,
                     .name = std::move(name),
                     .details = Short(details),
                     .estimated_rows = {},
                     .inputs = {}});
    return rows_.size() - 1;
  }

  void WriteBelow(size_t row, const LogicalOperator& plan, size_t depth) {
    const size_t below = Write(plan, depth);
    rows_[row].inputs.push_back(below);
  }

  size_t WriteMatch(const LogicalOperator& plan, const PatternGraph& graph, size_t depth) {
    const size_t match = Add(&plan, depth, "Match", "");
    size_t above = match;
    for (auto step = graph.steps.rbegin(); step != graph.steps.rend(); ++step) {
      ++depth;
      const std::optional<double> estimated = step->estimated_rows;
      const std::string name = NameOf(graph, *step);
      std::string details = DetailsOf(graph, *step);
      // The edges that are joined at once, down to the first of them.
      while (step->kind == PatternStep::Kind::kIntersect) {
        ++step;
        details = DetailsOf(graph, *step) + ", " + details;
      }
      const size_t row = Add(&*step, depth, name, details);
      rows_[row].estimated_rows = estimated;
      rows_[above].inputs.push_back(row);
      above = row;
    }
    if (!graph.steps.empty()) {
      rows_[match].estimated_rows = rows_[rows_[match].inputs.front()].estimated_rows;
    }
    for (const LogicalPlan& input : plan.inputs) WriteBelow(above, *input, depth + 1);
    const std::optional<double> before =
        plan.inputs.empty() ? 1.0 : rows_[rows_[above].inputs.back()].estimated_rows;
    // The optimizer counts from one row on.
    for (size_t row = match; row < rows_.size() && rows_[row].depth <= depth; ++row) {
      if (rows_[row].estimated_rows && before) {
        *rows_[row].estimated_rows *= *before;
      } else {
        rows_[row].estimated_rows.reset();
      }
    }
    if (graph.steps.empty()) rows_[match].estimated_rows = before;
    return match;
  }

  static std::string NameOf(SubqueryKind kind) {
    switch (kind) {
      case SubqueryKind::kExists:
        return "EXISTS";
      case SubqueryKind::kCount:
        return "COUNT";
      case SubqueryKind::kCollect:
        return "list";
    }
    return {};
  }

  static std::string NameOf(const PatternGraph& graph, const PatternStep& step) {
    if (step.kind == PatternStep::Kind::kScanNode) {
      return graph.nodes[step.index].bound_before ? "TestNode" : "ScanNode";
    }
    const PatternEdge& edge = graph.edges[step.index];
    const bool chain = edge.variable_length;
    switch (step.kind) {
      case PatternStep::Kind::kScanEdge:
        return "ScanEdge";
      case PatternStep::Kind::kExpand:
        return edge.search != nullptr ? "SearchPaths"
               : chain                ? "ExpandChain"
                                      : std::string(MethodOf(step)) + "Expand";
      case PatternStep::Kind::kIntersect:
        return "Intersect";
      default:
        return edge.search != nullptr               ? "CheckPaths"
               : chain                              ? "CheckChain"
               : step.method == JoinMethod::kLookUp ? "CheckEdge"
                                                    : std::string(MethodOf(step)) + "Check";
    }
  }

  static std::string_view MethodOf(const PatternStep& step) {
    switch (step.method) {
      case JoinMethod::kLookUp:
        return "";
      case JoinMethod::kHash:
        return "Hash";
      case JoinMethod::kMerge:
        return "Merge";
    }
    return "";
  }

  std::string DetailsOf(const PatternGraph& graph, const PatternStep& step) const {
    std::string details;
    if (step.kind == PatternStep::Kind::kScanNode) {
      details = graph.nodes[step.index].text;
    } else {
      const PatternEdge& edge = graph.edges[step.index];
      details = graph.nodes[edge.left].text + edge.text + graph.nodes[edge.right].text;
      const bool walks = step.kind == PatternStep::Kind::kExpand;
      if (walks && step.from_right) details += " from " + graph.nodes[edge.right].text;
    }
    for (const BoundExpression* filter : step.early_filters) {
      const std::string condition = TextOf(filter->span);
      if (!condition.empty()) details += " where " + condition;
    }
    return details;
  }

  static std::string NameOf(const LogicalOperator& plan) {
    struct Namer {
      std::string operator()(const LogicalArgument&) const { return "OneRow"; }
      std::string operator()(const LogicalMatch&) const { return "Match"; }
      std::string operator()(const LogicalNumberRows&) const { return "NumberRows"; }
      std::string operator()(const LogicalDistinct&) const { return "Distinct"; }
      std::string operator()(const LogicalFilter&) const { return "Filter"; }
      std::string operator()(const LogicalOptional&) const { return "Optional"; }
      std::string operator()(const LogicalCall& call) const {
        if (!call.edge) return "Call";
        return call.edge->variable_length ? "DefinedChain" : "DefinedEdge";
      }
      std::string operator()(const LogicalProcedure&) const { return "Procedure"; }
      std::string operator()(const LogicalExtend&) const { return "Compute"; }
      std::string operator()(const LogicalProject&) const { return "Project"; }
      std::string operator()(const LogicalAggregate&) const { return "Aggregate"; }
      std::string operator()(const LogicalSort& sort) const {
        return sort.rows_max ? "TopN" : "Sort";
      }
      std::string operator()(const LogicalSkipLimit&) const { return "SkipLimit"; }
      std::string operator()(const LogicalUnwind&) const { return "Unwind"; }
      std::string operator()(const LogicalUnion&) const { return "Union"; }
      std::string operator()(const LogicalAssert& node) const {
        return node.plan.polarity == storage::Polarity::kDenies ? "Deny" : "Assert";
      }
      std::string operator()(const LogicalRetract&) const { return "Retract"; }
    };
    return std::visit(Namer{}, plan.node);
  }

  std::string DetailsOf(const LogicalOperator& plan) const {
    const auto& frame = *plan.frame;
    if (const auto* filter = std::get_if<LogicalFilter>(&plan.node)) return filter->text;
    if (const auto* call = std::get_if<LogicalCall>(&plan.node)) return call->text;
    if (const auto* procedure = std::get_if<LogicalProcedure>(&plan.node)) return procedure->text;
    if (const auto* distinct = std::get_if<LogicalDistinct>(&plan.node)) {
      return Joined(distinct->keys, [&](uint32_t slot) { return SlotName(frame, slot); });
    }
    if (const auto* extend = std::get_if<LogicalExtend>(&plan.node)) {
      return Joined(extend->items, [&](const auto& item) { return Computed(frame, item); });
    }
    if (const auto* project = std::get_if<LogicalProject>(&plan.node)) {
      return Joined(project->items, [&](const auto& item) { return Computed(frame, item); });
    }
    if (const auto* aggregate = std::get_if<LogicalAggregate>(&plan.node)) {
      const std::string keys =
          Joined(aggregate->keys, [&](const auto& item) { return Computed(frame, item); });
      const std::string calls =
          Joined(aggregate->calls, [&](const AggregateCall& call) { return TextOf(call.span); });
      return keys.empty() ? calls : calls.empty() ? keys : keys + ": " + calls;
    }
    if (const auto* sort = std::get_if<LogicalSort>(&plan.node)) {
      std::string keys = Joined(sort->keys, [&](const SortKey& key) {
        const std::string name = SlotName(frame, key.slot);
        return (name.empty() ? "an expression" : name) + (key.descending ? " DESC" : "");
      });
      if (sort->total) keys += keys.empty() ? "names" : ", names";
      return sort->rows_max ? fmt::format("{}; first {}", keys, *sort->rows_max) : keys;
    }
    if (const auto* page = std::get_if<LogicalSkipLimit>(&plan.node)) {
      std::string details = page->skip > 0 ? fmt::format("SKIP {} ", page->skip) : "";
      return page->limit ? details + fmt::format("LIMIT {}", *page->limit) : details;
    }
    if (const auto* unwind = std::get_if<LogicalUnwind>(&plan.node)) {
      return TextOf(unwind->list->span) + " AS " + SlotName(frame, unwind->slot);
    }
    if (const auto* assertion = std::get_if<LogicalAssert>(&plan.node)) {
      return TextOf(assertion->plan.span);
    }
    if (const auto* retract = std::get_if<LogicalRetract>(&plan.node)) {
      return TextOf(retract->plan.span);
    }
    return {};
  }

  std::optional<double> EstimateOf(const LogicalOperator& plan, const PlanRow& row) const {
    std::vector<std::optional<double>> inputs;
    for (const size_t input : row.inputs) inputs.push_back(rows_[input].estimated_rows);
    const std::optional<double> first = inputs.empty() ? 1.0 : inputs.front();
    if (const auto* sort = std::get_if<LogicalSort>(&plan.node)) {
      return sort->rows_max ? AtMost(first, static_cast<double>(*sort->rows_max)) : first;
    }
    if (const auto* page = std::get_if<LogicalSkipLimit>(&plan.node)) {
      return page->limit ? AtMost(first, static_cast<double>(*page->limit)) : first;
    }
    if (const auto* aggregate = std::get_if<LogicalAggregate>(&plan.node)) {
      return aggregate->keys.empty() ? 1.0 : first;
    }
    if (const auto* unwind = std::get_if<LogicalUnwind>(&plan.node)) {
      const auto* list = std::get_if<BoundList>(&unwind->list->node);
      const auto* constant = std::get_if<BoundConstant>(&unwind->list->node);
      std::optional<size_t> size;
      if (list != nullptr) size = list->items.size();
      if (constant != nullptr && constant->value.list() != nullptr) {
        size = constant->value.list()->size();
      }
      if (!size || !first) return std::nullopt;
      return *first * static_cast<double>(*size);
    }
    if (std::holds_alternative<LogicalProcedure>(plan.node)) return std::nullopt;
    if (std::holds_alternative<LogicalUnion>(plan.node)) {
      double sum = 0;
      for (const auto& input : inputs) {
        if (!input) return std::nullopt;
        sum += *input;
      }
      return sum;
    }
    if (std::holds_alternative<LogicalOptional>(plan.node) ||
        std::holds_alternative<LogicalCall>(plan.node)) {
      if (inputs.size() != 2 || !inputs[0] || !inputs[1]) return std::nullopt;
      const bool is_optional = std::holds_alternative<LogicalOptional>(plan.node);
      return *inputs[0] * (is_optional ? std::max(1.0, *inputs[1]) : *inputs[1]);
    }
    return first;  // What filters do is not guessed at.
  }

  static std::optional<double> AtMost(std::optional<double> rows, double most) {
    return rows ? std::min(*rows, most) : most;
  }

  template <typename Items, typename NameOfItem>
  static std::string Joined(const Items& items, const NameOfItem& name_of) {
    std::string joined;
    for (const auto& item : items) {
      const std::string name = name_of(item);
      if (!name.empty()) joined += (joined.empty() ? "" : ", ") + name;
    }
    return joined;
  }

  static std::string SlotName(const Frame& frame, uint32_t slot) {
    return slot < frame.slots.size() ? frame.slots[slot].name : std::string();
  }

  std::string Computed(const Frame& frame,
                       const std::pair<uint32_t, BoundExpressionPtr>& item) const {
    const std::string name = SlotName(frame, item.first);
    const std::string text = TextOf(item.second->span);
    if (name.empty() || name == text) return text;
    return text.empty() ? name : text + " AS " + name;
  }

  std::string TextOf(const SourceSpan& span) const {
    if (span.end > text_.size() || span.end < span.begin) return {};
    return std::string(text_.substr(span.begin, span.end - span.begin));
  }

  std::string_view text_;
  std::vector<PlanRow> rows_;
};

}  // namespace

std::vector<PlanRow> PlanRows(const LogicalOperator& plan,
                              const std::vector<SubqueryPlan>& subqueries, std::string_view text) {
  PlanWriter writer(text);
  writer.Write(plan, 0);
  for (const SubqueryPlan& subquery : subqueries) writer.WriteSubquery(subquery);
  return writer.Take();
}

}  // namespace sightline::query
