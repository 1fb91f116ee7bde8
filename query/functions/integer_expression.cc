#include "query/functions/integer_expression.h"

namespace sightline::query {
namespace {

using ast::BinaryOperator;
using storage::TermId;

// Deeper ones are left alone: what is tried in vain here is tried again for each part.
constexpr int kDepthMax = 8;

std::optional<int64_t> IntegerIn(const Vector& column, size_t row) {
  if (row >= column.size()) return std::nullopt;
  if (column.kind() == Vector::Kind::kData) return PlainInteger(column.data()[row]);
  const TermId term = column.terms()[row];
  if (term.tag() != storage::TermTag::kInteger) return std::nullopt;
  return *storage::InlineValue(term).get_if<int64_t>();
}

// None where it is no INTEGER, or none of these operators.
std::optional<int64_t> Computed(BinaryOperator op, int64_t a, int64_t b) {
  int64_t result = 0;
  switch (op) {
    case BinaryOperator::kAdd:
      return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case BinaryOperator::kSubtract:
      return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case BinaryOperator::kMultiply:
      return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case BinaryOperator::kModulo:
      // By 0 it is an error, and INT64_MIN % -1 traps.
      return b == 0 || b == -1 ? std::nullopt : std::optional(a % b);
    default:
      return std::nullopt;
  }
}

// None for other operators.
std::optional<bool> Compared(BinaryOperator op, int64_t a, int64_t b) {
  switch (op) {
    case BinaryOperator::kEqual:
      return a == b;
    case BinaryOperator::kNotEqual:
      return a != b;
    case BinaryOperator::kLess:
      return a < b;
    case BinaryOperator::kLessEqual:
      return a <= b;
    case BinaryOperator::kGreater:
      return a > b;
    case BinaryOperator::kGreaterEqual:
      return a >= b;
    default:
      return std::nullopt;
  }
}

bool IsArithmetic(BinaryOperator op) {
  return op == BinaryOperator::kAdd || op == BinaryOperator::kSubtract ||
         op == BinaryOperator::kMultiply || op == BinaryOperator::kModulo;
}

std::optional<int64_t> Integer(const BoundExpression& expression, const Batch& batch, size_t row,
                               int depth) {
  if (const auto* slot = std::get_if<BoundSlot>(&expression.node)) {
    return IntegerIn(batch.columns[slot->column], row);
  }
  if (const auto* constant = std::get_if<BoundConstant>(&expression.node)) {
    return PlainInteger(constant->value);
  }
  const auto* const binary = std::get_if<BoundBinary>(&expression.node);
  if (binary == nullptr || depth == kDepthMax || !IsArithmetic(binary->op)) return std::nullopt;
  const std::optional<int64_t> a = Integer(*binary->left, batch, row, depth + 1);
  if (!a) return std::nullopt;
  const std::optional<int64_t> b = Integer(*binary->right, batch, row, depth + 1);
  return b ? Computed(binary->op, *a, *b) : std::nullopt;
}

}  // namespace

std::optional<int64_t> PlainInteger(const Datum& datum) {
  const storage::Value* const value = datum.value();
  const int64_t* const integer = value != nullptr ? value->get_if<int64_t>() : nullptr;
  if (integer == nullptr || value->comparator() != storage::Comparator::kExactly) {
    return std::nullopt;
  }
  return *integer;
}

std::optional<Datum> EvaluateIntegers(const BoundBinary& expression, const Batch& batch,
                                      size_t row) {
  if (!IsArithmetic(expression.op) && !Compared(expression.op, 0, 0)) return std::nullopt;
  const std::optional<int64_t> a = Integer(*expression.left, batch, row, 1);
  if (!a) return std::nullopt;
  const std::optional<int64_t> b = Integer(*expression.right, batch, row, 1);
  if (!b) return std::nullopt;
  if (const std::optional<bool> holds = Compared(expression.op, *a, *b)) {
    return Datum::OfBoolean(*holds);
  }
  const std::optional<int64_t> result = Computed(expression.op, *a, *b);
  return result ? std::optional(Datum::OfInteger(*result)) : std::nullopt;
}

}  // namespace sightline::query
