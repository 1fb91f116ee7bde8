#include "storage/txn/write_checks.h"

#include <cmath>
#include <optional>
#include <vector>

#include "storage/base/utf8.h"

namespace sightline::storage {
namespace {

bool HasControlCharacter(std::string_view text) {
  for (size_t offset = 0; offset < text.size();) {
    const char32_t code_point = NextCodePoint(text, &offset);
    if (code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0)) return true;
  }
  return false;
}

Status CheckInterval(std::string_view role, const TimeInterval& interval) {
  if (interval.from.kind == BoundKind::kAt && interval.to.kind == BoundKind::kAt &&
      interval.to.micros <= interval.from.micros) {
    return InvalidArgument("A statement's {} time ends before it begins", role);
  }
  return OkStatus();
}

// Every text within the value.
std::vector<std::string_view> TextsOf(const Value& value) {
  if (const Text* text = value.get_if<Text>()) return {text->text, text->language};
  if (const Money* money = value.get_if<Money>()) return {money->currency};
  if (const Quantity* quantity = value.get_if<Quantity>()) return {quantity->unit};
  return {};
}

std::optional<Decimal> AmountOf(const Value& value) {
  if (const Decimal* decimal = value.get_if<Decimal>()) return *decimal;
  if (const Money* money = value.get_if<Money>()) return money->amount;
  if (const Quantity* quantity = value.get_if<Quantity>()) return quantity->amount;
  if (const Percentage* percentage = value.get_if<Percentage>()) return percentage->percent;
  return std::nullopt;
}

}  // namespace

Status CheckExternalId(std::string_view external_id) {
  if (external_id.empty()) return InvalidArgument("An entity's id is empty");
  if (external_id.size() > kExternalIdBytesMax) {
    return InvalidArgument("An entity's id has {} bytes, more than {}", external_id.size(),
                           kExternalIdBytesMax);
  }
  if (!IsValidUtf8(external_id)) return InvalidArgument("An entity's id is not valid UTF-8");
  if (HasControlCharacter(external_id)) {
    return InvalidArgument("An entity's id has control characters");
  }
  const bool names_statement =
      external_id.size() > 2 && external_id.starts_with("s/") &&
      external_id.find_first_not_of("0123456789", 2) == std::string_view::npos;
  if (names_statement) {
    return InvalidArgument("'s/' and a number is the id of a statement, not of an entity");
  }
  return OkStatus();
}

Status CheckText(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return InvalidArgument("A text has {} bytes, more than {}", text.size(), kTextBytesMax);
  }
  if (!IsValidUtf8(text)) return InvalidArgument("A text is not valid UTF-8");
  return OkStatus();
}

Status CheckValue(const Value& value) {
  if (value.is_null()) return InvalidArgument("Unknown is not a value that a fact can hold");
  if (value.comparator() > Comparator::kJustOver) {
    return InvalidArgument("A value's comparator does not exist");
  }
  for (const std::string_view text : TextsOf(value)) {
    SL_RETURN_IF_ERROR(CheckText(text));
  }
  if (const auto amount = AmountOf(value); amount && amount->scale > kDecimalScaleMax) {
    return InvalidArgument("A number has {} digits behind the point, more than {}", amount->scale,
                           kDecimalScaleMax);
  }
  if (const PartialDate* date = value.get_if<PartialDate>(); date != nullptr && !date->IsValid()) {
    return InvalidArgument("A date does not exist");
  }
  if (const double* number = value.get_if<double>(); number != nullptr && !std::isfinite(*number)) {
    return InvalidArgument("A number is not finite");
  }
  if (const GeoPoint* point = value.get_if<GeoPoint>()) {
    // So written, NaN is refused as well.
    const bool is_on_earth = std::abs(point->latitude) <= 90 && std::abs(point->longitude) <= 180;
    if (!is_on_earth) return InvalidArgument("A point does not lie on the earth");
  }
  return OkStatus();
}

Status CheckContext(const StatementContext& context, const Clearance& clearance) {
  if (context.reliability > Reliability::kF) {
    return InvalidArgument("A statement's reliability is none of A to F");
  }
  if (context.mode > Mode::kRecord) return InvalidArgument("A statement's mode does not exist");
  SL_RETURN_IF_ERROR(CheckInterval("said", context.said));
  if (context.marking.tlp > TlpLabel::kRed) {
    return InvalidArgument("A statement's TLP label does not exist");
  }
  if (context.marking.access.size() > kAccessBytesMax) {
    return InvalidArgument("A statement's access expression has {} bytes, more than {}",
                           context.marking.access.size(), kAccessBytesMax);
  }
  SL_RETURN_IF_ERROR(AccessExpression::Parse(context.marking.access).status());
  if (!clearance.Permits(context.marking)) {
    return MakeStatus(StatusCode::kPermissionDenied,
                      "A statement is marked above the clearance of its writer");
  }
  return OkStatus();
}

Status CheckStatement(const StatementDraft& draft) {
  if (draft.credibility > 6) return InvalidArgument("A statement's credibility is none of 1 to 6");
  if (draft.polarity > Polarity::kDenies) {
    return InvalidArgument("A statement's polarity does not exist");
  }
  SL_RETURN_IF_ERROR(CheckInterval("valid", draft.valid));
  if (draft.span && draft.span->end < draft.span->begin) {
    return InvalidArgument("A statement's span ends before it begins");
  }
  if (draft.quote.size() > kQuoteBytesMax) {
    return InvalidArgument("A statement's quote has {} bytes, more than {}", draft.quote.size(),
                           kQuoteBytesMax);
  }
  if (!IsValidUtf8(draft.quote)) return InvalidArgument("A statement's quote is not valid UTF-8");
  return OkStatus();
}

}  // namespace sightline::storage
