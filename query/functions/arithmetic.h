// Arithmetic of SLQL: + - * / % ^ and the unary minus, over numbers, money, quantities,
// percentages, texts and lists.
//
// Numbers may be bounded ("> 500M"): the result is bounded the same way where that is certain, and
// unknown with notice N3005 where it is not. Amounts of different currencies or units give unknown
// with notice N3004. Thread-safe.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "query/ast/ast.h"
#include "query/functions/datum.h"
#include "query/functions/expression.h"
#include "storage/base/status.h"
#include "storage/model/value.h"

namespace sightline::query {

// Null in, null out. INTEGER op INTEGER is INTEGER, except that `/` and `^` give FLOAT; with a
// FLOAT it is FLOAT, else DECIMAL.
//
// Errors, without a place: SL3011 for types that do not go together; SL5003 overflow; SL5004
// division by zero, or a power that does not exist; SL5005 a text or list that grows too large. So
// a FLOAT is always finite: given finite ones, nothing here makes an infinity or a NaN. REQUIRES:
// an arithmetic operator (kAdd to kPower).
StatusOr<Datum> Arithmetic(ast::BinaryOperator op, const Datum& left, const Datum& right,
                           EvaluationContext* context);
StatusOr<Datum> Negate(const Datum& operand);

// Whether the value is a number or an amount: something to reckon with.
bool IsMeasurable(const storage::Value& value);

// How a sum of two numbers is bounded: "> 500M" and 200M give ">". nullopt when the bounds pull in
// opposite directions.
std::optional<storage::Comparator> AddComparators(storage::Comparator a, storage::Comparator b);
// > for <, and so on: of the negative, or of the reciprocal of a positive number.
storage::Comparator Opposite(storage::Comparator comparator);
// The same number or amount, meant another way. REQUIRES: IsMeasurable(value).
storage::Value WithComparator(const storage::Value& value, storage::Comparator comparator);

// The decimal that is written like the number: 0.1 of the FLOAT 0.1. SL5003 when it does not fit.
StatusOr<storage::Decimal> ToDecimal(const storage::Value& number);
// REQUIRES: the value is an INTEGER, DECIMAL or FLOAT.
double ToDouble(const storage::Value& number);

// A query error (SL5003, SL5004) for what the decimal arithmetic of storage/model refuses.
Status DecimalError(const Status& status);

}  // namespace sightline::query
