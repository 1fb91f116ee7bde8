// EncodeValue and DecodeValue of storage/model/value.h.
//
// One value has one form, so that the dictionary finds it by its bytes: decimals are normalised,
// -0.0 is 0.0, there is one NaN.

#include <bit>
#include <cmath>

#include "storage/base/encoding.h"
#include "storage/model/value.h"

namespace sightline::storage {
namespace {

constexpr uint8_t kTypeMax = static_cast<uint8_t>(ValueType::kNode);
constexpr uint8_t kComparatorMax = static_cast<uint8_t>(Comparator::kJustOver);
constexpr uint8_t kPrecisionMax = static_cast<uint8_t>(DatePrecision::kDay);
constexpr uint64_t kNanBits = 0x7FF8'0000'0000'0000;

struct AppendData {
  std::string* out;

  void operator()(std::monostate) const {}
  void operator()(bool value) const { AppendByte(value ? 1 : 0, out); }
  void operator()(int64_t value) const { AppendSignedVarint(value, out); }
  void operator()(const Decimal& value) const {
    const Decimal normalized = value.Normalized();
    AppendSignedVarint(normalized.unscaled, out);
    AppendByte(normalized.scale, out);
  }
  void operator()(double value) const {
    uint64_t bits = std::bit_cast<uint64_t>(value == 0 ? 0.0 : value);
    if (std::isnan(value)) bits = kNanBits;
    AppendFixed64(bits, out);
  }
  void operator()(const Text& value) const {
    AppendLengthPrefixed(value.text, out);
    AppendLengthPrefixed(value.language, out);
  }
  void operator()(const PartialDate& value) const {
    AppendFixed16(static_cast<uint16_t>(value.year), out);
    AppendByte(value.month, out);
    AppendByte(value.day, out);
    AppendByte(static_cast<uint8_t>(value.precision), out);
  }
  void operator()(const Instant& value) const { AppendSignedVarint(value.micros, out); }
  void operator()(const Money& value) const {
    (*this)(value.amount);
    AppendLengthPrefixed(value.currency, out);
  }
  void operator()(const Quantity& value) const {
    (*this)(value.amount);
    AppendLengthPrefixed(value.unit, out);
  }
  void operator()(const Percentage& value) const { (*this)(value.percent); }
  void operator()(const GeoPoint& value) const {
    (*this)(value.latitude);
    (*this)(value.longitude);
  }
  void operator()(TermId value) const { AppendFixed64(value.bits, out); }
};

StatusOr<Decimal> ReadDecimal(ByteReader* reader) {
  Decimal decimal;
  SL_ASSIGN_OR_RETURN(decimal.unscaled, reader->ReadSignedVarint());
  SL_ASSIGN_OR_RETURN(decimal.scale, reader->ReadByte());
  if (decimal.scale > kDecimalScaleMax)
    return DataLoss("Decimal scale out of range: {}", decimal.scale);
  if (decimal.Normalized().scale != decimal.scale) return DataLoss("Decimal not in normal form");
  return decimal;
}

StatusOr<double> ReadDouble(ByteReader* reader) {
  SL_ASSIGN_OR_RETURN(const uint64_t bits, reader->ReadFixed64());
  return std::bit_cast<double>(bits);
}

StatusOr<std::string> ReadString(ByteReader* reader) {
  SL_ASSIGN_OR_RETURN(const std::string_view bytes, reader->ReadLengthPrefixed());
  return std::string(bytes);
}

StatusOr<Value::Data> ReadData(ValueType type, ByteReader* reader) {
  switch (type) {
    case ValueType::kNull:
      return Value::Data();
    case ValueType::kBoolean: {
      SL_ASSIGN_OR_RETURN(const uint8_t byte, reader->ReadByte());
      if (byte > 1) return DataLoss("Boolean out of range: {}", byte);
      return Value::Data(byte == 1);
    }
    case ValueType::kInteger: {
      SL_ASSIGN_OR_RETURN(const int64_t number, reader->ReadSignedVarint());
      return Value::Data(number);
    }
    case ValueType::kDecimal: {
      SL_ASSIGN_OR_RETURN(const Decimal decimal, ReadDecimal(reader));
      return Value::Data(decimal);
    }
    case ValueType::kDouble: {
      SL_ASSIGN_OR_RETURN(const double number, ReadDouble(reader));
      return Value::Data(number);
    }
    case ValueType::kText: {
      Text text;
      SL_ASSIGN_OR_RETURN(text.text, ReadString(reader));
      SL_ASSIGN_OR_RETURN(text.language, ReadString(reader));
      return Value::Data(std::move(text));
    }
    case ValueType::kDate: {
      PartialDate date;
      SL_ASSIGN_OR_RETURN(date.year, reader->ReadFixed16());
      SL_ASSIGN_OR_RETURN(date.month, reader->ReadByte());
      SL_ASSIGN_OR_RETURN(date.day, reader->ReadByte());
      SL_ASSIGN_OR_RETURN(const uint8_t precision, reader->ReadByte());
      if (precision > kPrecisionMax) return DataLoss("Date precision out of range: {}", precision);
      date.precision = static_cast<DatePrecision>(precision);
      if (!date.IsValid()) return DataLoss("Date out of range");
      return Value::Data(date);
    }
    case ValueType::kInstant: {
      SL_ASSIGN_OR_RETURN(const int64_t micros, reader->ReadSignedVarint());
      return Value::Data(Instant{micros});
    }
    case ValueType::kMoney: {
      Money money;
      SL_ASSIGN_OR_RETURN(money.amount, ReadDecimal(reader));
      SL_ASSIGN_OR_RETURN(money.currency, ReadString(reader));
      return Value::Data(std::move(money));
    }
    case ValueType::kQuantity: {
      Quantity quantity;
      SL_ASSIGN_OR_RETURN(quantity.amount, ReadDecimal(reader));
      SL_ASSIGN_OR_RETURN(quantity.unit, ReadString(reader));
      return Value::Data(std::move(quantity));
    }
    case ValueType::kPercentage: {
      SL_ASSIGN_OR_RETURN(const Decimal percent, ReadDecimal(reader));
      return Value::Data(Percentage{percent});
    }
    case ValueType::kGeoPoint: {
      GeoPoint point;
      SL_ASSIGN_OR_RETURN(point.latitude, ReadDouble(reader));
      SL_ASSIGN_OR_RETURN(point.longitude, ReadDouble(reader));
      return Value::Data(point);
    }
    case ValueType::kNode: {
      SL_ASSIGN_OR_RETURN(const uint64_t bits, reader->ReadFixed64());
      return Value::Data(TermId{bits});
    }
  }
  return DataLoss("Value type out of range: {}", static_cast<int>(type));
}

}  // namespace

std::string EncodeValue(const Value& value) {
  std::string bytes;
  AppendByte(static_cast<uint8_t>(value.type()), &bytes);
  AppendByte(static_cast<uint8_t>(value.comparator()), &bytes);
  std::visit(AppendData{&bytes}, value.data());
  return bytes;
}

StatusOr<Value> DecodeValue(std::string_view bytes) {
  ByteReader reader(bytes);
  SL_ASSIGN_OR_RETURN(const uint8_t type, reader.ReadByte());
  SL_ASSIGN_OR_RETURN(const uint8_t comparator, reader.ReadByte());
  if (type > kTypeMax) return DataLoss("Value type out of range: {}", type);
  if (comparator > kComparatorMax) return DataLoss("Comparator out of range: {}", comparator);
  SL_ASSIGN_OR_RETURN(Value::Data data, ReadData(static_cast<ValueType>(type), &reader));
  SL_RETURN_IF_ERROR(reader.ExpectEnd());
  return std::visit(
      [&](auto&& alternative) {
        return Value(std::move(alternative), static_cast<Comparator>(comparator));
      },
      std::move(data));
}

}  // namespace sightline::storage
