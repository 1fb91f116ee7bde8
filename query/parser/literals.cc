#include "query/parser/literals.h"

#include <charconv>
#include <cstdint>
#include <limits>

namespace sightline::query {
namespace {

using storage::Value;

constexpr uint64_t kMagnitudeMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());

// A literal as a message shows it.
std::string Shown(std::string_view text) {
  constexpr size_t kShownMax = 40;
  return text.size() <= kShownMax ? std::string(text)
                                  : std::string(text.substr(0, kShownMax)) + "...";
}

Status TooLarge(std::string_view text) {
  return InvalidArgument("'{}' does not fit into an INTEGER of 64 bits", Shown(text));
}

// `digits` in `base`. The magnitude of the smallest integer is one more than that of the largest.
StatusOr<Value> DecodeInteger(std::string_view text, std::string_view digits, int base,
                              bool negative, storage::Comparator comparator) {
  uint64_t magnitude = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  if (error != std::errc() || end != digits.data() + digits.size() ||
      magnitude > kMagnitudeMax + (negative ? 1 : 0)) {
    return TooLarge(text);
  }
  return Value(static_cast<int64_t>(negative ? 0 - magnitude : magnitude), comparator);
}

// A decimal number as its digits and the power of ten of the last of them.
struct Scientific {
  std::string digits;
  int64_t exponent = 0;
};

Scientific Split(std::string_view text) {
  Scientific number;
  bool in_fraction = false;
  size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.') {
      in_fraction = true;
    } else if (c >= '0' && c <= '9') {
      number.digits += c;
      if (in_fraction) --number.exponent;
    } else {
      break;
    }
  }
  if (i < text.size()) {
    switch (text[i]) {
      case 'k':
        number.exponent += 3;
        break;
      case 'M':
        number.exponent += 6;
        break;
      case 'B':
        number.exponent += 9;
        break;
      case 'e':
      case 'E': {
        if (text[i + 1] == '+') ++i;
        int64_t exponent = 0;
        const auto [end, error] =
            std::from_chars(text.data() + i + 1, text.data() + text.size(), exponent);
        // An exponent beyond 64 bits is beyond every type as well.
        if (error != std::errc()) exponent = text[i + 1] == '-' ? -1'000'000 : 1'000'000;
        number.exponent += exponent;
        break;
      }
      default:
        break;
    }
  }
  const size_t first = number.digits.find_first_not_of('0');
  number.digits.erase(0, first == std::string::npos ? number.digits.size() : first);
  while (!number.digits.empty() && number.digits.back() == '0') {
    number.digits.pop_back();
    ++number.exponent;
  }
  if (number.digits.empty()) number = {"0", 0};
  return number;
}

StatusOr<storage::Decimal> DecimalOf(const Scientific& number, std::string_view text,
                                     bool negative) {
  // Decimal holds 18 digits behind the point and some 19 in all.
  const int64_t whole_digits = static_cast<int64_t>(number.digits.size()) + number.exponent;
  if (whole_digits > 19 || number.exponent < -18) {
    return InvalidArgument("'{}' has more digits than an exact number can hold (18)", Shown(text));
  }
  std::string plain = number.digits;
  if (number.exponent >= 0) {
    plain.append(static_cast<size_t>(number.exponent), '0');
  } else {
    const size_t fraction = static_cast<size_t>(-number.exponent);
    if (plain.size() <= fraction) plain.insert(0, fraction + 1 - plain.size(), '0');
    plain.insert(plain.size() - fraction, 1, '.');
  }
  if (negative) plain.insert(0, 1, '-');
  StatusOr<storage::Decimal> decimal = storage::Decimal::Parse(plain);
  if (!decimal.ok()) {
    return InvalidArgument("'{}' has more digits than an exact number can hold (18)", Shown(text));
  }
  return decimal;
}

// `text` has no letter but an exponent's.
StatusOr<Value> DecodeFloat(std::string_view text, std::string_view digits, bool negative,
                            storage::Comparator comparator) {
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::result_out_of_range) {
    const Scientific parts = Split(digits);
    if (parts.exponent + static_cast<int64_t>(parts.digits.size()) > 0) {
      return InvalidArgument("'{}' does not fit into a FLOAT of 64 bits", Shown(text));
    }
    number = 0;  // Too small to be told from nothing.
  } else if (error != std::errc() || end != digits.data() + digits.size()) {
    return InvalidArgument("'{}' is not a number", Shown(text));
  }
  return Value(negative ? -number : number, comparator);
}

std::string WithoutUnderscores(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c != '_') out += c;
  }
  return out;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The `count` hexadecimal digits at `at`; -1 when there are not so many.
int64_t HexNumber(std::string_view text, size_t at, size_t count) {
  if (at + count > text.size()) return -1;
  int64_t value = 0;
  for (size_t i = at; i < at + count; ++i) {
    const int digit = HexDigit(text[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void AppendUtf8(char32_t c, std::string* out) {
  if (c < 0x80) {
    *out += static_cast<char>(c);
  } else if (c < 0x800) {
    *out += static_cast<char>(0xC0 | c >> 6);
    *out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    *out += static_cast<char>(0xE0 | c >> 12);
    *out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    *out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    *out += static_cast<char>(0xF0 | c >> 18);
    *out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    *out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    *out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

}  // namespace

StatusOr<Value> DecodeNumber(std::string_view text, bool negative,
                             const std::optional<NumberUnit>& unit,
                             storage::Comparator comparator) {
  std::string digits = WithoutUnderscores(text);
  const bool based = digits.starts_with("0x") || digits.starts_with("0o");
  if (unit.has_value()) {
    if (based)
      return InvalidArgument("'{}' with a unit has to be written in decimal digits", Shown(text));
    if (unit->text.empty()) return InvalidArgument("the unit behind '{}' is empty", Shown(text));
    SL_ASSIGN_OR_RETURN(const storage::Decimal decimal, DecimalOf(Split(digits), text, negative));
    if (unit->is_currency) return Value(storage::Money{decimal, unit->text}, comparator);
    if (unit->text == "%") return Value(storage::Percentage{decimal}, comparator);
    return Value(storage::Quantity{decimal, unit->text}, comparator);
  }
  if (based) {
    return DecodeInteger(text, std::string_view(digits).substr(2), digits[1] == 'x' ? 16 : 8,
                         negative, comparator);
  }
  if (digits.find_first_not_of("0123456789") == std::string::npos) {
    return DecodeInteger(text, digits, 10, negative, comparator);
  }
  const char last = digits.back();
  if (last == 'k' || last == 'M' || last == 'B') {
    Scientific number = Split(digits);
    if (number.exponent >= 0) {
      if (number.exponent > 19) return TooLarge(text);
      number.digits.append(static_cast<size_t>(number.exponent), '0');
      return DecodeInteger(text, number.digits, 10, negative, comparator);
    }
    digits = number.digits + "e" + std::to_string(number.exponent);
  } else if (last == 'f' || last == 'F' || last == 'd' || last == 'D') {
    digits.pop_back();
  }
  // from_chars takes no plus in an exponent's place and no point at the start.
  if (digits.front() == '.') digits.insert(0, 1, '0');
  return DecodeFloat(text, digits, negative, comparator);
}

StatusOr<std::string> DecodeString(std::string_view quoted, size_t* error_begin,
                                   size_t* error_end) {
  const char quote = quoted.front();
  const std::string_view body = quoted.substr(0, quoted.size() - 1);
  std::string out;
  out.reserve(body.size());
  for (size_t i = 1; i < body.size();) {
    const char c = body[i];
    if (c == quote) {  // Doubled.
      out += c;
      i += 2;
      continue;
    }
    if (c != '\\') {
      out += c;
      ++i;
      continue;
    }
    *error_begin = i;
    *error_end = i + 2;
    const char escape = i + 1 < body.size() ? body[i + 1] : '\0';
    i += 2;
    switch (escape) {
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'r':
        out += '\r';
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case '\\':
      case '\'':
      case '"':
      case '/':
      case '`':
        out += escape;
        break;
      case 'u':
      case 'U': {
        const size_t digits = escape == 'u' ? 4 : 8;
        int64_t value = HexNumber(body, i, digits);
        if (value < 0) {
          return InvalidArgument("\\{} needs {} hexadecimal digits", escape, digits);
        }
        i += digits;
        *error_end = i;
        if (value >= 0xD800 && value <= 0xDBFF && escape == 'u' && body.substr(i, 2) == "\\u") {
          const int64_t low = HexNumber(body, i + 2, 4);
          if (low >= 0xDC00 && low <= 0xDFFF) {
            value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
            i += 6;
          }
        }
        if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
          return InvalidArgument("U+{:04X} is no character", value);
        }
        AppendUtf8(static_cast<char32_t>(value), &out);
        break;
      }
      default:
        // The sign behind the backslash may take several bytes.
        while (*error_end < body.size() &&
               (static_cast<unsigned char>(body[*error_end]) & 0xC0) == 0x80) {
          ++*error_end;
        }
        return InvalidArgument("unknown escape {} in a text; a backslash itself is written \\\\",
                               body.substr(*error_begin, *error_end - *error_begin));
    }
  }
  return out;
}

StatusOr<Value> DecodeTemporal(std::string_view text) {
  if (text.find('T') == std::string_view::npos) {
    StatusOr<storage::PartialDate> date = storage::PartialDate::Parse(text);
    if (!date.ok()) return InvalidArgument("there is no date '{}'", Shown(text));
    return Value(*date);
  }
  // RFC 3339 wants a colon in the offset, ISO 8601 does not.
  std::string full(text);
  const size_t sign = full.find_last_of("+-");
  if (sign > full.find('T') && sign != std::string::npos &&
      full.find(':', sign) == std::string::npos) {
    full.insert(sign + 3, 1, ':');
  }
  StatusOr<storage::Instant> instant = storage::Instant::Parse(full);
  if (!instant.ok()) return InvalidArgument("there is no time '{}'", Shown(text));
  return Value(*instant);
}

std::string DecodeBackTicks(std::string_view quoted) {
  std::string out;
  for (size_t i = 1; i + 1 < quoted.size(); ++i) {
    out += quoted[i];
    if (quoted[i] == '`') ++i;
  }
  return out;
}

}  // namespace sightline::query
